"""Invitations into a chapter, as the graduate finds them who has an account already."""

from collections.abc import Collection
from datetime import date, datetime
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Select, and_, exists, or_, select

from alumni.accounts.models import Account
from alumni.authz import Actor
from alumni.chapters.models import (
    Chapter,
    ChapterMembership,
    ChapterStatus,
    JoinMode,
    MembershipState,
)
from alumni.db import day_of, db, now
from alumni.errors import Gone
from alumni.i18n import _
from alumni.membership.queries import CURRENT
from alumni.people.models import Person
from alumni.roster.models import Application, ApplicationState, Invitation


class Waits(NamedTuple):
    """A graduate who has been invited by name and has not answered."""

    name: str
    public_id: str
    """Of the invitation."""
    since: date
    until: date


def is_personal(token: str) -> bool:
    """Whether the link is for one graduate by name, who has an account."""
    known = select(Invitation.id).where(
        Invitation.token == token, Invitation.person_id.is_not(None)
    )
    return db.session.scalar(known) is not None


def followed(actor: Actor, token: str) -> Any:
    """The ``Invitation``, its ``Chapter``, ``by`` whom and whether the graduate ``is_there``.

    Raise Gone where the link does not take this graduate in, nor has done, or is another's.
    """
    is_there = exists().where(
        ChapterMembership.person_id == actor.person_id,
        ChapterMembership.chapter_id == Chapter.id,
        ChapterMembership.state == MembershipState.ACTIVE,
    )
    leads_in = or_(_is_open_to(actor), came_by(actor, Invitation.id), is_there)
    wanted = _invitations().add_columns(is_there.label("is_there"))
    found = db.session.execute(wanted.where(Invitation.token == token, leads_in)).first()
    if found is None:
        raise Gone(_("This invitation has been used up, has ended, or is for somebody else."))
    return found


def my_invitations(actor: Actor) -> list[Any]:
    """Rows of ``Invitation Chapter by``: the chapters that would take the actor in at a word.

    Those that invite by name, and those by whose link the actor came to the association if they
    take nobody without one.
    """
    if actor.person_id is None or not actor.is_verified:
        return []
    mine = (
        ChapterMembership.person_id == actor.person_id,
        ChapterMembership.chapter_id == Chapter.id,
    )
    by_name = and_(
        Invitation.person_id == actor.person_id,
        _is_open_to(actor),
        ~exists().where(*mine, ChapterMembership.state.in_(CURRENT)),
    )
    on_the_way = and_(
        Chapter.join_mode == JoinMode.INVITATION,
        came_by(actor, Invitation.id),
        ~exists().where(*mine),
    )
    listed = _invitations().where(or_(by_name, on_the_way)).order_by(Invitation.id.desc())
    return list(db.session.execute(listed))


def open_to(person_id: int, chapter_id: int) -> Invitation | None:
    """The invitation by name that the person has not answered yet."""
    return db.session.scalar(
        select(Invitation)
        .where(
            Invitation.person_id == person_id,
            Invitation.chapter_id == chapter_id,
            *_is_open(),
        )
        .limit(1)
    )


def came_by(actor: Actor, invitation_id: Any) -> ColumnElement[bool]:
    """Whether the actor came to the association by this link, and so has taken one of its places.

    A place that has been used to join the chapter is not there a second time.
    """
    return exists().where(
        Application.invitation_id == invitation_id,
        Application.person_id == actor.person_id,
        Application.state == ApplicationState.APPROVED,
    ) & Invitation.revoked_at.is_(None)


def open_by_name(token: str) -> Any:
    """The ``Invitation`` by name of this link and its ``Chapter``, if it waits for an answer.

    Raise Gone otherwise.
    """
    by_name = (Invitation.token == token, Invitation.person_id.is_not(None))
    found = db.session.execute(_invitations().where(*by_name, *_is_open())).first()
    if found is None:
        raise Gone(_("This invitation has been used up, has ended, or is for somebody else."))
    return found


def asked_before(chapter: Chapter, public_ids: Collection[str]) -> dict[str, Invitation]:
    """Whom of these people the chapter need not ask again, by public id: they were asked and have

    not answered yet, or have said no.
    """
    listed = (
        select(Person.public_id, Invitation)
        .join(Person, Person.id == Invitation.person_id)
        .where(
            Invitation.chapter_id == chapter.id,
            Person.public_id.in_(public_ids),
            or_(Invitation.declined_at.is_not(None), and_(*_is_open())),
        )
        .order_by(Invitation.id)
    )
    return dict(iter(db.session.execute(listed)))


def waiting_for(chapter: Chapter) -> list[Waits]:
    """The graduates whom the chapter has asked by name and not heard of yet, the last first."""
    is_in = exists().where(
        ChapterMembership.person_id == Invitation.person_id,
        ChapterMembership.chapter_id == chapter.id,
        ChapterMembership.state == MembershipState.ACTIVE,
    )
    by_name = (Invitation.chapter_id == chapter.id, Invitation.person_id.is_not(None))
    listed = select(Invitation).where(*by_name, *_is_open(), ~is_in)
    return [
        Waits(
            name=one.note,
            public_id=one.public_id,
            since=day_of(one.created_at),
            until=day_of(one.ends_at),
        )
        for one in db.session.scalars(listed.order_by(Invitation.id.desc()))
    ]


def has_declined(person_id: int, chapter_id: int) -> bool:
    """Whether the person said no when the chapter asked them."""
    said_no = select(Invitation.id).where(
        Invitation.person_id == person_id,
        Invitation.chapter_id == chapter_id,
        Invitation.declined_at.is_not(None),
    )
    return db.session.scalar(said_no.limit(1)) is not None


def was_asked_since(person_id: int, chapter_id: int, moment: datetime) -> bool:
    """Whether the chapter invited the person by name since then, taken back or not."""
    asked = select(Invitation.id).where(
        Invitation.person_id == person_id,
        Invitation.chapter_id == chapter_id,
        Invitation.created_at > moment,
    )
    return db.session.scalar(asked.limit(1)) is not None


def has_been_there(person_id: int, chapter_id: int) -> bool:
    """Whether the person is or was a member of the chapter."""
    spell = select(ChapterMembership.id).where(
        ChapterMembership.person_id == person_id,
        ChapterMembership.chapter_id == chapter_id,
        ChapterMembership.state.in_((MembershipState.ACTIVE, MembershipState.LEFT)),
        ChapterMembership.starts_on.is_not(None),
    )
    return db.session.scalar(spell.limit(1)) is not None


def _invitations() -> Select[Any]:
    """Into chapters that take members."""
    columns: tuple[Any, ...] = (Invitation, Chapter, Account.name.label("by"))
    return (
        select(*columns)
        .join(Chapter, Chapter.id == Invitation.chapter_id)
        .outerjoin(Account, Account.id == Invitation.account_id)
        .where(Chapter.status == ChapterStatus.ACTIVE)
    )


def _is_open_to(actor: Actor) -> ColumnElement[bool]:
    is_theirs = or_(Invitation.person_id.is_(None), Invitation.person_id == actor.person_id)
    return and_(is_theirs, *_is_open())


def _is_open() -> tuple[ColumnElement[bool], ...]:
    return (
        Invitation.ends_at > now(),
        Invitation.revoked_at.is_(None),
        Invitation.declined_at.is_(None),
        Invitation.uses < Invitation.most_uses,
    )
