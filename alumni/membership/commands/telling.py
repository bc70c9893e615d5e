"""The letters about memberships: to those whose they are, and to those who decide about them."""

from collections.abc import Collection, Iterator

from sqlalchemy import select

from alumni.accounts.commands import owner_of
from alumni.accounts.models import Account, Assignment
from alumni.authz import Actor, Capability, Right
from alumni.chapters.models import Chapter, ChapterMembership, ChapterStatus, MembershipState
from alumni.chapters.models.governance import Handover
from alumni.db import any_of, db
from alumni.links import address_of
from alumni.membership.queries.officers import officers_with
from alumni.outbox.commands import Recipient, Wanted, queue, queue_many
from alumni.people.models import Person, PersonStatus
from alumni.people.queries import addressed, addressed_all, display_name
from alumni.terms import runs

SOME = 500
"""Members whose addresses are looked up together."""


def chapter_of(membership: ChapterMembership) -> Chapter:
    return db.session.get_one(Chapter, membership.chapter_id)


def tell_member(
    template: str, membership: ChapterMembership, *, leaving: Chapter | None = None
) -> None:
    """A letter to the one whose membership it is; none to who has no address.

    ``leaving``: the chapter that is left for this one.
    """
    to = addressed(membership.person_id)
    if to is None:
        return
    chapter = chapter_of(membership)
    queue(
        template,
        to,
        deed=f"{template}:{membership.id}",
        chapter=chapter,
        leaving=leaving,
        membership=membership,
        link=address_of("membership.chapter", slug=chapter.slug),
        mine=address_of("membership.my_chapters"),
    )


def tell_of_joiner(
    membership: ChapterMembership, chapter: Chapter, person: Person, leaving: Chapter | None = None
) -> None:
    """A letter to each officer in term who may approve: of whom, and from where, if they move."""
    for officer, _chapter_id in _deciding([chapter.id]):
        queue(
            "membership_asked",
            officer,
            deed=f"membership_asked:{membership.id}:{officer.person_id}",
            chapter=chapter,
            leaving=leaving,
            membership=membership,
            name=display_name(person, officer.language),
            link=address_of("membership.desk", slug=chapter.slug),
        )


def tell_of_transfer(membership: ChapterMembership, leaving: Chapter, person: Person) -> None:
    """A letter to the one who moved, and one to each officer of both chapters who may approve."""
    chapter = chapter_of(membership)
    tell_member("membership_transferred", membership, leaving=leaving)
    chapters = {leaving.id: leaving, chapter.id: chapter}
    for officer, chapter_id in _deciding(chapters, but=person.id):
        queue(
            "membership_transfer_told",
            officer,
            deed=f"membership_transfer_told:{membership.id}:{officer.person_id}",
            chapter=chapter,
            leaving=leaving,
            name=display_name(person, officer.language),
            link=address_of("membership.desk", slug=chapters[chapter_id].slug),
        )


def tell_members_of_archiving(deed_id: int, chapter: Chapter, members: Collection[int]) -> None:
    """A letter to each of these members of a chapter that is put away: where they find another."""
    region = db.session.get(Chapter, chapter.parent_id) if chapter.parent_id else None
    if region is not None and region.status is not ChapterStatus.ACTIVE:
        region = None
    words = {
        "chapter": chapter,
        "region": region,
        "there": address_of("membership.chapter", slug=region.slug) if region else "",
        "link": address_of("membership.chapters"),
    }
    queue_many(
        "chapter_archived_member",
        (
            Wanted(to=to, deed=f"chapter_archived_member:{deed_id}:{to.person_id}", words=words)
            for to in _hearing(members)
        ),
    )


def tell_members_of_uniting(
    deed_id: int, gone: Chapter, kept: Chapter, members: Collection[int], both: Collection[int]
) -> None:
    """A letter to each who belonged to the chapter that is gone, or asked to, by what they are now.

    ``both``: those of them who were in the other one, too.
    """
    pending = select(ChapterMembership.person_id).where(
        ChapterMembership.chapter_id == kept.id, ChapterMembership.state == MembershipState.PENDING
    )
    waiting = set(db.session.scalars(pending))
    words = {
        "gone": gone,
        "kept": kept,
        "link": address_of("membership.chapter", slug=kept.slug),
        "mine": address_of("membership.my_chapters"),
    }
    queue_many(
        "chapters_united_member",
        (
            Wanted(
                to=to,
                deed=f"chapters_united_member:{deed_id}:{to.person_id}",
                words=words
                | {
                    "waits": to.person_id in waiting,
                    "was_in_both": to.person_id in both and to.person_id not in waiting,
                },
            )
            for to in _hearing(members)
        ),
    )


def tell_office_of_handover(actor: Actor, handover: Handover, chapter: Chapter) -> None:
    """A letter to each in the office who may confirm it, once: the handover is ready for them."""
    keeping = (
        select(Account)
        .join(Assignment, Assignment.account_id == Account.id)
        .where(
            Assignment.capability == Capability.MANAGE_CHAPTERS,
            runs(Assignment),
            Account.suspended_at.is_(None),
            Account.id != actor.account_id,
        )
    )
    for account in db.session.scalars(keeping.order_by(Account.id)):
        queue(
            "handover_waits",
            owner_of(account),
            deed=f"handover_waits:{handover.id}:{account.id}",
            chapter=chapter,
            handover=handover,
            link=address_of("membership.handover", slug=chapter.slug),
        )


def _hearing(person_ids: Collection[int]) -> Iterator[Recipient]:
    """Those of them who have signed up and want to hear from us, some at a time."""
    listed = sorted(person_ids)
    for first in range(0, len(listed), SOME):
        wanted = select(Person.id).where(
            any_of(Person.id, listed[first : first + SOME]),
            Person.status == PersonStatus.VERIFIED,
            Person.contact_stopped_on.is_(None),
        )
        addresses = addressed_all(list(db.session.scalars(wanted)))
        yield from (addresses[person_id] for person_id in sorted(addresses))


def _deciding(
    chapter_ids: Collection[int], *, but: int | None = None
) -> list[tuple[Recipient, int]]:
    """Where letters for the officers go who may approve there, each with the chapter they lead."""
    found: dict[int, int] = {}
    for chapter_id, person_id in officers_with(Right.APPROVE, chapter_ids):
        if person_id != but:
            found.setdefault(person_id, chapter_id)
    addresses = addressed_all(found)
    return [
        (addresses[person_id], chapter_id)
        for person_id, chapter_id in sorted(found.items())
        if person_id in addresses
    ]
