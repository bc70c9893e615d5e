"""Links to join with: who made which, who came by them, and whether they still open the door."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Select, func, select
from sqlalchemy.orm import aliased

from alumni.accounts.models import Account
from alumni.authz import Actor, Right, require
from alumni.chapters.models import Chapter
from alumni.codes.models import Code
from alumni.db import db, now
from alumni.errors import Gone, NotFound
from alumni.i18n import _, either
from alumni.people.queries import class_words
from alumni.roster.models import Application, ApplicationState, Invitation
from alumni.roster.policy import may_invite, may_see_applications

AT_A_TIME = 50

college = aliased(Code)


def invitations(
    actor: Actor, chapter_id: int | None = None, *, before: int | None = None
) -> Select[Any]:
    """Of a chapter, or all there are for the office: the newest first, with the names they need.

    ``before``: only those older than the one with this number.
    """
    require(may_invite, actor, chapter_id)
    listed = _any().order_by(Invitation.id.desc())
    if chapter_id is not None:
        listed = listed.where(Invitation.chapter_id == chapter_id)
    return listed.where(Invitation.id < before) if before else listed


def get_invitation(actor: Actor, public_id: str) -> Any:
    """One with the names it needs. Another chapter's is not there for an officer."""
    mine = [chapter for chapter, rights in actor.rights.items() if Right.APPROVE in rights]
    theirs = [] if may_see_applications(actor) else [Invitation.chapter_id.in_(mine)]
    found = db.session.execute(_any().where(Invitation.public_id == public_id, *theirs)).first()
    if found is None:
        raise NotFound
    return found


def came_by(invitation: Invitation) -> dict[ApplicationState, int]:
    """How many came by the link, by what became of their application.

    Before an address is confirmed nobody came: it would tell who belongs already.
    """
    counted = (
        select(Application.state, func.count())
        .where(Application.invitation_id == invitation.id, Application.confirmed_at.is_not(None))
        .group_by(Application.state)
    )
    return {row[0]: int(row[1]) for row in db.session.execute(counted)}


def open_invitation(token: str) -> Any:
    """The one of this link with the names it needs. Raise Gone where it lets nobody in any more,

    or nobody but the graduate for whom it is.
    """
    for_all = (Invitation.token == token, Invitation.person_id.is_(None))
    found = db.session.execute(_any().where(*for_all, *_open())).first()
    if found is None:
        raise Gone(
            _("This invitation has been used up or has ended. You can join without one, too.")
        )
    return found


def is_open(invitation: Invitation) -> bool:
    """Whether it lets somebody in at this moment."""
    ended = invitation.revoked_at or invitation.declined_at or invitation.ends_at <= now()
    return not ended and invitation.uses < invitation.most_uses


def invited_text(row: Any) -> str:
    """Whom it is for, in words: 鞍山分会, or 1998届 临床医学院 3班."""
    if row.Invitation.chapter_id is not None:
        return either(row.chapter_zh, row.chapter_en)
    parts: Sequence[str] = (
        _("Class of %(year)s", year=row.Invitation.graduation_year),
        either(row.college_zh or "", row.college_en or ""),
        class_words(row.Invitation.class_label),
    )
    return " ".join(filter(None, parts))


def _any() -> Select[Any]:
    columns: tuple[Any, ...] = (
        Invitation,
        Chapter.name_zh.label("chapter_zh"),
        Chapter.name_en.label("chapter_en"),
        Chapter.slug,
        Chapter.join_mode,
        college.name_zh.label("college_zh"),
        college.name_en.label("college_en"),
        Account.name.label("by"),
    )
    return (
        select(*columns)
        .outerjoin(Chapter, Chapter.id == Invitation.chapter_id)
        .outerjoin(college, college.id == Invitation.college_id)
        .outerjoin(Account, Account.id == Invitation.account_id)
    )


def _open() -> tuple[Any, ...]:
    return (
        Invitation.ends_at > now(),
        Invitation.revoked_at.is_(None),
        Invitation.uses < Invitation.most_uses,
    )
