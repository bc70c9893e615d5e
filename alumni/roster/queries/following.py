"""Invitations into a chapter, as the graduate finds them who has an account already."""

from typing import Any

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
from alumni.db import db, now
from alumni.errors import Gone
from alumni.i18n import _
from alumni.membership.queries import CURRENT
from alumni.roster.models import Application, ApplicationState, Invitation


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
        Invitation.uses < Invitation.most_uses,
    )
