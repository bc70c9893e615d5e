"""Putting a chapter away, with all that ends by it."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from alumni.chapters.models import ChapterStatus, GroupPicture, MembershipState, Officer
from alumni.chapters.models.governance import Handover, HandoverState
from alumni.chapters.queries import get_chapter
from alumni.db import db, today, transaction
from alumni.errors import Invalid, NotFound
from alumni.membership.commands.archiving import archive
from alumni.membership.commands.chapters import change_chapter, open_chapter
from alumni.membership.policy import may_manage_chapters
from tests.factories import actor_of, make_chapter, make_event, make_member, make_officer, saved
from tests.membership.chapters.made import OFFICE, details, letters, spells, verbs
from tests.refusals import refused


def test_archiving_ends_memberships_and_terms() -> None:
    """CHP-18."""
    chapter, other = make_chapter(), make_chapter()
    leader = make_officer(chapter, person=make_member(chapter, is_primary=True))
    make_member(other, leader)
    make_officer(chapter, starts_on=today() + timedelta(days=9))
    waiting = make_member(chapter, state=MembershipState.PENDING, starts_on=None)

    for _again in range(2):
        with transaction():
            archive(OFFICE, chapter, "没有会员了")

    since = today() - timedelta(days=30)
    assert spells(leader) == [
        (chapter.id, MembershipState.LEFT, since, False),
        (other.id, MembershipState.ACTIVE, since, True),
    ]
    assert spells(waiting) == [(chapter.id, MembershipState.REJECTED, None, False)]
    terms = db.session.scalars(select(Officer).where(Officer.chapter_id == chapter.id)).all()
    assert [(term.person_id, term.ends_on) for term in terms] == [(leader.id, today())]
    assert verbs() == ["archived_chapter"]
    assert letters("chapter_archived") == [leader.id]
    assert letters("membership_rejected") == [waiting.id]


def test_archiving_hides_the_chapter_and_not_what_was_below() -> None:
    region = make_chapter()
    chapter = make_chapter(parent_id=region.id)
    below = make_chapter(parent_id=chapter.id)
    saved(GroupPicture(chapter_id=chapter.id, content=b"x"))
    handover = saved(Handover(chapter_id=chapter.id, effective_on=today()))
    event = make_event(chapter)

    with transaction():
        archive(OFFICE, chapter, "没有会员了")

    assert chapter.status is ChapterStatus.ARCHIVED
    assert below.parent_id == region.id
    assert db.session.scalars(select(GroupPicture)).all() == []
    assert handover.state is HandoverState.CANCELLED
    assert event.chapter_id == chapter.id
    with pytest.raises(NotFound):
        get_chapter(chapter.slug)
    with transaction():
        open_chapter(OFFICE, chapter)
    assert get_chapter(chapter.slug).id == chapter.id


def test_archiving_needs_the_office_and_a_reason() -> None:
    chapter = make_chapter()

    with refused(may_manage_chapters), transaction():
        archive(actor_of(make_officer(chapter)), chapter, "x")
    with pytest.raises(Invalid) as raised, transaction():
        archive(OFFICE, chapter, "")
    assert raised.value.field == "reason"
    with pytest.raises(Invalid) as raised, transaction():
        change_chapter(OFFICE, chapter, details(chapter, status=ChapterStatus.ARCHIVED))
    assert raised.value.field == "standing"
