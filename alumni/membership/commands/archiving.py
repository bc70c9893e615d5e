"""Putting a chapter away, with all that ends by it."""

from collections.abc import Collection
from datetime import date

from sqlalchemy import Select, delete, select

from alumni.audit.commands import record
from alumni.authz import Actor, require
from alumni.chapters.models import (
    Chapter,
    ChapterMembership,
    ChapterStatus,
    GroupPicture,
    MembershipState,
    Officer,
)
from alumni.chapters.models.governance import Handover, HandoverState
from alumni.db import any_of, changed, db, hold, locked, today
from alumni.errors import Invalid
from alumni.i18n import _
from alumni.links import address_of
from alumni.membership.commands.telling import tell_members_of_archiving
from alumni.membership.policy import may_manage_chapters
from alumni.membership.queries import CURRENT
from alumni.outbox.commands import Wanted, queue_many
from alumni.people.queries import addressed_all


def archive(actor: Actor, chapter: Chapter, reason: str) -> None:
    """Hide the chapter. Its members are so no longer from today on, who waits is declined with

    the reason, terms end today, chapters that are part of it come under the region above it.
    Everybody gets one letter. Events and letters stay. Archiving twice is archiving once.
    """
    require(may_manage_chapters, actor)
    if not reason:
        raise Invalid(_("Please say why: its officers are told."), field="reason")
    hold(chapter)
    if chapter.status is ChapterStatus.ARCHIVED:
        return
    officers = end_terms(chapter, today())
    cancel_handovers(chapter)
    spells = list(db.session.scalars(current_spells([chapter.id])))
    primary = [spell.person_id for spell in spells if spell.is_primary]
    waiting = [spell for spell in spells if spell.state is MembershipState.PENDING]
    for spell in spells:
        _end(spell, reason)
    db.session.flush()
    _promote(primary)
    for below in db.session.scalars(select(Chapter).where(Chapter.parent_id == chapter.id)):
        below.parent_id = chapter.parent_id
    changed(delete(GroupPicture).where(GroupPicture.chapter_id == chapter.id))
    chapter.status = ChapterStatus.ARCHIVED
    facts = {"members": len(spells) - len(waiting), "waiting": len(waiting)}
    deed = record(actor, "archived_chapter", chapter, why=reason, facts=facts)
    _tell_officers(deed.id, chapter, officers, reason)
    _tell_waiting(chapter, waiting)
    members = {one.person_id for one in spells} - {one.person_id for one in waiting}
    tell_members_of_archiving(deed.id, chapter, members - set(officers))


def current_spells(chapter_ids: Collection[int]) -> Select[ChapterMembership]:
    """Who is in the chapters or asks to be, held until the transaction ends."""
    return locked(
        select(ChapterMembership)
        .where(
            ChapterMembership.chapter_id.in_(chapter_ids),
            ChapterMembership.state.in_(CURRENT),
        )
        .order_by(ChapterMembership.id)
    )


def end_terms(chapter: Chapter, day: date) -> list[int]:
    """End the running terms on the day; those that have not begun are as if never given.

    Return the ids of those who were in office.
    """
    terms = select(Officer).where(
        Officer.chapter_id == chapter.id,
        Officer.ends_on.is_(None) | (Officer.ends_on > day) | (Officer.starts_on > day),
    )
    in_office = []
    for officer in db.session.scalars(locked(terms.order_by(Officer.id))).all():
        if officer.starts_on > day:
            db.session.delete(officer)
        else:
            officer.ends_on = day
            in_office.append(officer.person_id)
    return sorted(set(in_office))


def cancel_handovers(chapter: Chapter) -> None:
    """No next team takes over any more."""
    prepared = select(Handover).where(
        Handover.chapter_id == chapter.id, Handover.state == HandoverState.PREPARED
    )
    for handover in db.session.scalars(prepared.order_by(Handover.id)):
        handover.state = HandoverState.CANCELLED


def _end(spell: ChapterMembership, reason: str) -> None:
    if spell.state is MembershipState.PENDING:
        spell.state = MembershipState.REJECTED
        spell.reason = reason
        return
    spell.state = MembershipState.LEFT
    spell.is_primary = False
    spell.ends_on = today()


def _promote(person_ids: Collection[int]) -> None:
    """Of those who lost their primary chapter, the oldest of the others takes its place."""
    others = (
        select(ChapterMembership)
        .where(
            any_of(ChapterMembership.person_id, person_ids),
            ChapterMembership.state == MembershipState.ACTIVE,
        )
        .order_by(ChapterMembership.person_id, ChapterMembership.starts_on, ChapterMembership.id)
    )
    done: set[int] = set()
    for spell in db.session.scalars(others):
        if spell.person_id not in done:
            spell.is_primary = True
            done.add(spell.person_id)


def _tell_officers(deed_id: int, chapter: Chapter, officers: list[int], reason: str) -> None:
    addresses = addressed_all(officers)
    queue_many(
        "chapter_archived",
        (
            Wanted(
                to=to,
                deed=f"chapter_archived:{deed_id}:{person_id}",
                words={
                    "chapter": chapter,
                    "reason": reason,
                    "link": address_of("membership.chapters"),
                },
            )
            for person_id, to in sorted(addresses.items())
        ),
    )


def _tell_waiting(chapter: Chapter, waiting: list[ChapterMembership]) -> None:
    addresses = addressed_all([spell.person_id for spell in waiting])
    queue_many(
        "membership_rejected",
        (
            Wanted(
                to=addresses[spell.person_id],
                deed=f"membership_rejected:{spell.id}",
                words={
                    "chapter": chapter,
                    "membership": spell,
                    "link": address_of("membership.chapters"),
                },
            )
            for spell in waiting
            if spell.person_id in addresses
        ),
    )
