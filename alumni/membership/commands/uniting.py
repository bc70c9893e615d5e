"""Making a chapter part of another, with all that hangs on it."""

from typing import Any

from sqlalchemy import Column, delete, select

from alumni.audit.commands import record, record_changes
from alumni.authz import Actor, require
from alumni.chapters.models import (
    Chapter,
    ChapterMembership,
    ChapterStatus,
    GroupPicture,
    MembershipState,
    Officer,
)
from alumni.chapters.queries import chapter_and_above
from alumni.db import changed, db, locked, today
from alumni.errors import Invalid, Refusal
from alumni.i18n import _
from alumni.links import address_of
from alumni.membership.commands.archiving import cancel_handovers, current_spells, end_terms
from alumni.membership.commands.telling import tell_members_of_uniting
from alumni.membership.policy import may_manage_chapters
from alumni.membership.uniting import RULES, Uniting, moves, pointing_at_chapters, stays
from alumni.outbox.commands import Wanted, queue_many
from alumni.people.queries import addressed_all
from alumni.terms import runs


def unite(actor: Actor, gone: Chapter, kept: Chapter, *, why: str = "") -> None:
    """Make one chapter part of another: members, events, places and the rest go along.

    Who is in both is a member since the earlier of the two days. The terms of the officers of the
    one that goes end today; it is archived, and its address leads to the other.
    """
    require(may_manage_chapters, actor)
    gone, kept = _held(gone.id, kept.id)
    _check(gone, kept)
    uniting = Uniting(actor=actor, gone=gone, kept=kept, day=today())
    teams = [*_team(gone), *_team(kept)]
    columns = pointing_at_chapters()
    if columns.keys() - RULES.keys():
        raise LookupError(f"no rule for {', '.join(sorted(columns.keys() - RULES.keys()))}")
    for name, rule in RULES.items():
        rule(uniting, columns[name])
    db.session.flush()
    db.session.expire_all()  # some were changed behind the session's back
    gone.status = ChapterStatus.ARCHIVED
    gone.merged_into_id = kept.id
    facts = {
        "from": gone.slug,
        "into": kept.slug,
        "joined": len(uniting.joined),
        "both": len(uniting.both),
    }
    deed = record(actor, "united_chapters", gone, why=why, facts=facts)
    record_changes(deed, uniting.changes)
    _tell(deed.id, uniting, teams)
    told = (uniting.joined | uniting.both) - set(teams)
    tell_members_of_uniting(deed.id, gone, kept, told, uniting.both)


def _held(*chapter_ids: int) -> list[Chapter]:
    """These chapters in the order asked for, with all others held: nobody moves one meanwhile."""
    every = db.session.scalars(locked(select(Chapter).order_by(Chapter.id)))
    known = {chapter.id: chapter for chapter in every}
    return [known[chapter_id] for chapter_id in chapter_ids]


def _check(gone: Chapter, kept: Chapter) -> None:
    if gone.id == kept.id:
        raise Invalid(_("Choose another chapter."), field="into")
    if kept.status is ChapterStatus.ARCHIVED:
        raise Invalid(_("This chapter is archived. Open it first."), field="into")
    if gone.status is ChapterStatus.ARCHIVED:
        raise Refusal(_("The chapter is archived already."))


def _team(chapter: Chapter) -> list[int]:
    serving = select(Officer.person_id).where(Officer.chapter_id == chapter.id, runs(Officer))
    return list(db.session.scalars(serving.distinct().order_by(Officer.person_id)))


def _tell(deed_id: int, uniting: Uniting, team: list[int]) -> None:
    addresses = addressed_all(set(team))
    queue_many(
        "chapters_united",
        (
            Wanted(
                to=to,
                deed=f"chapters_united:{deed_id}:{person_id}",
                words={
                    "gone": uniting.gone,
                    "kept": uniting.kept,
                    "joined": len(uniting.joined),
                    "link": address_of("membership.chapter", slug=uniting.kept.slug),
                },
            )
            for person_id, to in sorted(addresses.items())
        ),
    )


def _members(uniting: Uniting, _column: "Column[Any]") -> None:
    """Each is in the other chapter once. Spells that are over stay where they were."""
    spells = db.session.scalars(current_spells([uniting.gone.id, uniting.kept.id])).all()
    ours = {spell.person_id: spell for spell in spells if spell.chapter_id == uniting.kept.id}
    theirs = [spell for spell in spells if spell.chapter_id == uniting.gone.id]
    folded = []
    for spell in theirs:
        own = ours.get(spell.person_id)
        if own is None:
            spell.chapter_id = uniting.kept.id
            uniting.joined.add(spell.person_id)
            continue
        uniting.both.add(spell.person_id)
        folded.append((own, spell.state, spell.starts_on, spell.is_primary))
        _earlier(own, spell)
        spell.state = MembershipState.LEFT
        spell.is_primary = False
        spell.ends_on = uniting.day
    db.session.flush()  # before: of two primary ones the database would refuse the second
    for own, state, since, was_primary in folded:
        if state is not MembershipState.ACTIVE:
            continue
        days = [day for day in (own.starts_on, since) if day is not None]
        own.state, own.starts_on = MembershipState.ACTIVE, min(days)
        own.is_primary = own.is_primary or was_primary


def _earlier(own: ChapterMembership, other: ChapterMembership) -> None:
    """Of two wishes to join, the earlier one counts, with what was said to the chapter."""
    own.asked_at = min(own.asked_at, other.asked_at)
    own.message = own.message or other.message


def _officers(uniting: Uniting, _column: "Column[Any]") -> None:
    end_terms(uniting.gone, uniting.day)


def _handovers(uniting: Uniting, _column: "Column[Any]") -> None:
    cancel_handovers(uniting.gone)


def _picture(uniting: Uniting, _column: "Column[Any]") -> None:
    """Its group is not that of the other chapter."""
    changed(delete(GroupPicture).where(GroupPicture.chapter_id == uniting.gone.id))


def _tree(uniting: Uniting, _column: "Column[Any]") -> None:
    """What is part of the one is part of the other; if that is the other, it takes its place."""
    gone, kept = uniting.gone, uniting.kept
    if gone.id in set(db.session.scalars(chapter_and_above(kept.id))):
        kept.parent_id = gone.parent_id
    below = select(Chapter).where(Chapter.parent_id == gone.id, Chapter.id != kept.id)
    for chapter in db.session.scalars(below.order_by(Chapter.id)):
        chapter.parent_id = kept.id


RULES.update(
    {
        "chapter_membership.chapter_id": _members,
        "officer.chapter_id": _officers,
        "handover.chapter_id": _handovers,
        "group_picture.chapter_id": _picture,
        "chapter.parent_id": _tree,
        "chapter.merged_into_id": moves,
        "former_slug.chapter_id": moves,
        "chapter_place.chapter_id": moves,
        "announcement.chapter_id": moves,
        "annual_report.chapter_id": stays,
        "petition.chapter_id": stays,
        # Of slices above, which say so themselves where it is more than this.
        "application.chapter_id": moves,
        "audience.chapter_id": moves,
        "event.chapter_id": moves,
        "import_batch.chapter_id": stays,
        "invitation.chapter_id": moves,
        "mail_list.chapter_id": stays,
    }
)
