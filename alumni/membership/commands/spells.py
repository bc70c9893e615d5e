"""How spells in chapters begin and end, whoever asks for it."""

from datetime import date

from sqlalchemy import select

from alumni.chapters.models import (
    Chapter,
    ChapterMembership,
    ChapterStatus,
    JoinMode,
    MembershipState,
)
from alumni.db import db, locked, today
from alumni.errors import Refusal
from alumni.i18n import _
from alumni.membership.queries.mine import running
from alumni.people.models import Person


def held(person_id: int) -> Person:
    """The person, held until the transaction ends: one after another their spells change."""
    return db.session.scalars(locked(select(Person).where(Person.id == person_id))).one()


def insist_on_open(chapter: Chapter, *, is_invited: bool = False) -> None:
    """Raise Refusal where the chapter takes nobody, or only those whom it invites.

    It stays so until the transaction ends: nobody joins a chapter that is archived meanwhile.
    """
    as_it_is = select(Chapter).where(Chapter.id == chapter.id).with_for_update(read=True)
    db.session.scalar(as_it_is.execution_options(populate_existing=True))
    if chapter.status is not ChapterStatus.ACTIVE:
        raise Refusal(
            _("This chapter takes no members at present. The alumni office is there for you.")
        )
    if chapter.join_mode is JoinMode.INVITATION and not is_invited:
        raise Refusal(_("This chapter takes new members by invitation only."))


def begin(membership: ChapterMembership, since: date | None = None) -> None:
    """Make it a running spell; the person's primary one if there is no other."""
    primary = running(membership.person_id).where(ChapterMembership.is_primary)
    membership.is_primary = db.session.scalar(primary.limit(1)) is None
    membership.state = MembershipState.ACTIVE
    membership.starts_on = since or today()


def end(membership: ChapterMembership) -> None:
    """End it today. Of the person's others, the oldest becomes the primary one if this was."""
    if _ended(membership):
        oldest = running(membership.person_id).order_by(
            ChapterMembership.starts_on, ChapterMembership.id
        )
        following = db.session.scalar(oldest.limit(1))
        if following is not None:
            following.is_primary = True


def hand_over(before: ChapterMembership, after: ChapterMembership) -> None:
    """End the one and begin the other on one day. The new one is primary if the old one was."""
    _ended(before)
    begin(after)


def prefer(membership: ChapterMembership) -> None:
    """Make the running spell the person's primary one."""
    others = running(membership.person_id).where(ChapterMembership.is_primary)
    for other in db.session.scalars(others):
        other.is_primary = False
    db.session.flush()  # of two primary ones the database would refuse the second
    membership.is_primary = True


def _ended(membership: ChapterMembership) -> bool:
    """End it today, and return whether it was the primary one."""
    was_primary = membership.is_primary
    membership.state = MembershipState.LEFT
    membership.is_primary = False
    membership.ends_on = today()
    db.session.flush()
    return was_primary
