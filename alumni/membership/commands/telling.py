"""The letters about memberships: to those whose they are, and to those who decide about them."""

from collections.abc import Collection

from alumni.authz import Right
from alumni.chapters.models import Chapter, ChapterMembership
from alumni.db import db
from alumni.links import address_of
from alumni.membership.queries.officers import officers_with
from alumni.outbox.commands import Recipient, queue
from alumni.people.models import Person
from alumni.people.queries import addressed, addressed_all, display_name


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
