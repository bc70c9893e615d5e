"""Signs that a chapter falls asleep."""

from datetime import timedelta

import time_machine

from alumni.chapters.models import Chapter, ChapterStatus
from alumni.db import db, now, today, transaction
from alumni.events.models import EventStatus
from alumni.membership.commands.chapters import open_chapter
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


def test_a_chapter_that_was_opened_within_the_year_has_not_been_quiet_for_one() -> None:
    office = actor_of(make_account(role="office"))
    chapter = make_chapter(status=ChapterStatus.PLANNED)
    with transaction():
        open_chapter(office, db.session.get_one(Chapter, chapter.id))

    assert not signs_of_sleep(office)[chapter.id].has_no_event
    with time_machine.travel(now() + timedelta(days=366), tick=False):
        assert signs_of_sleep(office)[chapter.id].has_no_event
