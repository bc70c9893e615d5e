"""What belongs to a chapter, and what is done at its desk."""

from typing import Any

from sqlalchemy import select

from alumni.authz import SYSTEM
from alumni.chapters.models import Chapter, ChapterMembership, GroupPicture, Position
from alumni.chapters.models.governance import (
    Announcement,
    AnnualReport,
    Handover,
    HandoverSeat,
    Readers,
)
from alumni.db import db, today, transaction
from alumni.events.models import EventStatus, Visibility
from alumni.membership.commands.announcements import remove_announcement
from alumni.people.models import Level, Person, PersonStatus
from tests.factories import make_chapter, make_event, make_member, make_person, make_verified, saved
from tests.mailings.factories import list_of
from tests.matrix.objects.naming import applied, called, fixed, pair, png
from tests.matrix.world import APPOINTEE, DAY, Things, World
from tests.outbox.factories import make_mailing

YEAR = 2026


def of_chapters(world: World) -> dict[str, Things]:
    home, foreign = world.home, world.foreign
    pictures = [saved(GroupPicture(chapter_id=one.id, content=png())) for one in (home, foreign)]
    draft = [make_event(one, status=EventStatus.DRAFT) for one in (home, foreign)]
    published = [
        make_event(one, slug=f"meeting-{one.slug}", visibility=Visibility.CHAPTER)
        for one in (home, foreign)
    ]
    return {
        "chapter": Things({"slug": home.slug}, {"united": {"slug": world.merged.slug}}),
        "other_chapter": Things({"slug": world.young.slug}),
        "picture": called(*pictures),
        "announcement": called(*(_announced(one) for one in (home, foreign))),
        "own_announcement": called(_announced(None)),
        "removed_announcement": pair(
            {"deed_id": _removed(home)}, foreign={"deed_id": _removed(foreign)}
        ),
        "removed_own_announcement": pair({"deed_id": _removed(None)}),
        "draft_event": called(*draft),
        "chapter_event": Things(
            {"slug": published[0].slug},
            {"foreign": {"slug": published[1].slug}, "hidden": {"slug": draft[1].slug}},
        ),
        "desk_event": called(*published),
        "event_in_review": called(make_event(home, status=EventStatus.IN_REVIEW)),
        "own_event": called(make_event()),
    }


def _announced(chapter: Chapter | None, **values: Any) -> Announcement:
    invented: dict[str, Any] = {
        "chapter_id": chapter.id if chapter else None,
        "title_zh": "通知",
        "readers": Readers.MEMBERS if chapter else Readers.ALUMNI,
        "starts_on": today() - DAY,
        "ends_on": today() + DAY,
    }
    return saved(Announcement(**invented | values))


def _removed(chapter: Chapter | None) -> int:
    announcement = _announced(chapter)
    with transaction():
        announcement = db.session.get_one(Announcement, announcement.id)
        return remove_announcement(SYSTEM, announcement)


def _dead() -> Person:
    return make_member(
        make_chapter(slug="of-the-dead"), make_person("蒋先生", status=PersonStatus.DECEASED)
    )


def of_desks(world: World) -> dict[str, Things]:
    home, foreign = world.home, world.foreign
    chapters = (home, foreign)
    newcomers = make_verified("新人"), make_verified("新人")
    joiners = [
        saved(ChapterMembership(person_id=person.id, chapter_id=one.id))
        for person, one in zip(newcomers, chapters, strict=True)
    ]
    handovers = [
        saved(Handover(chapter_id=one.id, effective_on=today() + 10 * DAY)) for one in chapters
    ]
    president = db.session.scalars(select(Position).where(Position.code == "president")).one()
    seats = [
        saved(
            HandoverSeat(
                handover_id=one.id,
                person_id=world.people["member"].id,
                position_id=president.id,
            )
        )
        for one in handovers
    ]
    letters = [make_mailing(list_of(one)) for one in chapters]
    reports = [saved(AnnualReport(chapter_id=one.id, year=YEAR)) for one in chapters]
    applications = [applied(one) for one in chapters]
    into = world.people["member"].id
    gone = make_person("姜某", status=PersonStatus.MERGED, merged_into_id=into)
    outsider = make_member(foreign, make_verified("郑会员"))
    return {
        "joiner": pair(
            *({"membership_id": one.id} for one in joiners[:1]),
            foreign={"membership_id": joiners[1].id},
        ),
        "handover": called(*handovers),
        "seat": pair({"seat_id": seats[0].id}, foreign={"seat_id": seats[1].id}),
        "chapter_mailing": Things(
            {"public_id": letters[0].public_id, "reader": "zh"},
            {"foreign": {"public_id": letters[1].public_id, "reader": "zh"}},
        ),
        "year": fixed({"year": YEAR}),
        "year_list": fixed({"year": YEAR, "kind": "members"}),
        "draft_report": pair(
            {"year": YEAR, "public_id": reports[0].public_id},
            foreign={"year": YEAR, "public_id": reports[1].public_id},
        ),
        "applicant": called(*applications),
        "mate_person": called(make_member(home)),
        "appointment": Things({"slug": home.slug, "q": APPOINTEE}),
        "liaison_wanted": fixed({"q": APPOINTEE}),
        "found_person": Things(
            {"public_id": world.people["member"].public_id},
            {
                "hidden": {"public_id": make_verified("陈隐者", listed=Level.OFFICE).public_id},
                "dead": {"public_id": _dead().public_id},
                "united": {"public_id": gone.public_id},
            },
        ),
        "member_person": called(world.people["member"], outsider),
    }
