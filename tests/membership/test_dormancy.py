"""Signs that a chapter falls asleep."""

from datetime import timedelta

from alumni.chapters.models import ChapterStatus
from alumni.db import now, today
from alumni.events.models import EventStatus
from alumni.membership.policy import may_manage_chapters
from alumni.membership.queries.dormancy import Signs, signs_of_sleep
from tests.factories import (
    actor_of,
    make_account,
    make_chapter,
    make_event,
    make_member,
    make_officer,
)
from tests.refusals import refused


def test_an_event_an_officer_and_a_report_each_clear_their_sign() -> None:
    office = actor_of(make_account(role="office"))
    chapter = make_chapter()
    assert signs_of_sleep(office)[chapter.id] == Signs(
        has_no_officer=True, has_no_event=True, has_no_report=False
    )

    make_event(chapter, starts_at=now() - timedelta(days=400))
    make_event(chapter, status=EventStatus.CANCELLED)
    assert signs_of_sleep(office)[chapter.id].has_no_event
    make_event(chapter, starts_at=now() - timedelta(days=300))
    assert not signs_of_sleep(office)[chapter.id].has_no_event

    make_officer(chapter, ends_on=today() - timedelta(days=1))
    assert signs_of_sleep(office)[chapter.id].has_no_officer
    make_officer(chapter)
    assert chapter.id not in signs_of_sleep(office)


def test_a_planned_chapter_shows_none() -> None:
    chapter = make_chapter(status=ChapterStatus.PLANNED)
    assert chapter.id not in signs_of_sleep(actor_of(make_account(role="office")))


def test_it_is_the_office_s_to_know() -> None:
    with refused(may_manage_chapters):
        signs_of_sleep(actor_of(make_member(make_chapter())))
