"""Chapters that are part of others."""

import pytest
from flask import Flask
from sqlalchemy import select

from alumni.chapters.models import Chapter, ChapterMembership, ChapterStatus
from alumni.chapters.queries import in_tree
from alumni.db import db, transaction
from alumni.errors import Invalid, NotFound, Refusal
from alumni.membership.commands.chapters import change_chapter, found_chapter
from alumni.membership.policy import may_manage_chapters
from alumni.membership.queries import get_desk, my_desks
from alumni.membership.queries.desk import member_page
from alumni.membership.queries.narrowing import MemberFilter
from alumni.membership.queries.office import get_managed_chapter, list_chapters, tree
from alumni.membership.queries.public import above_and_below, grouped_chapters
from tests.browser import at_once
from tests.factories import (
    actor_of,
    make_chapter,
    make_member,
    make_officer,
    make_verified,
    the_chapter,
)
from tests.membership.chapters.made import OFFICE, details
from tests.refusals import refused


def test_leaders_of_a_region_see_the_desks_below_and_ids_stay() -> None:
    """CHP-01."""
    region = make_chapter()
    anshan = make_chapter()
    member = make_member(anshan)
    president = make_officer(region)
    treasurer = make_officer(region, "treasurer")
    spell_before = db.session.scalars(
        select(ChapterMembership.id).where(ChapterMembership.person_id == member.id)
    ).one()
    with pytest.raises(NotFound):
        get_desk(actor_of(president), anshan.slug)

    with transaction():
        change_chapter(OFFICE, anshan, details(anshan, parent_id=region.id))

    assert get_desk(actor_of(president), anshan.slug).id == anshan.id
    page = member_page(actor_of(president), anshan, MemberFilter())
    assert [(one.who.public_id, one.is_found) for one in page.rows] == [(member.public_id, True)]
    assert actor_of(president).rights[anshan.id] == actor_of(president).rights[region.id]
    assert actor_of(treasurer).rights.get(anshan.id) is None
    after = db.session.scalars(
        select(ChapterMembership).where(ChapterMembership.person_id == member.id)
    ).one()
    assert (after.id, after.chapter_id) == (spell_before, anshan.id)
    assert {chapter.id for chapter in my_desks(actor_of(president))} >= {region.id}


def test_the_tree_has_no_circles() -> None:
    top = make_chapter()
    middle = make_chapter(parent_id=top.id)
    leaf = make_chapter(parent_id=middle.id)

    for below in (top, middle, leaf):
        with pytest.raises(Invalid) as raised, transaction():
            change_chapter(OFFICE, top, details(top, parent_id=below.id))
        assert raised.value.field == "parent_id"
    with transaction():
        change_chapter(OFFICE, middle, details(middle, parent_id=None))

    assert middle.parent_id is None


def test_two_moves_at_once_make_no_circle(app: Flask) -> None:
    one, other = make_chapter(), make_chapter()
    moves = [(one.slug, other.id), (other.slug, one.id)]

    def move(wanted: tuple[str, int]) -> None:
        slug, parent_id = wanted
        with app.app_context(), transaction():
            chapter = get_managed_chapter(OFFICE, slug)
            change_chapter(OFFICE, chapter, details(chapter, parent_id=parent_id))

    problems = at_once(move, moves)

    assert [type(problem) for problem in problems] == [Invalid]
    parents = select(Chapter.parent_id).where(Chapter.id.in_([one.id, other.id]))
    assert len([parent for parent in db.session.scalars(parents) if parent is not None]) == 1


def test_one_address_for_two_at_once(app: Flask) -> None:
    def found(code: str) -> None:
        with app.app_context(), transaction():
            found_chapter(OFFICE, details(slug="california"), code=code)

    problems = at_once(found, ["X1", "X2", "X3"])

    assert len(problems) == 2
    assert all(isinstance(problem, Refusal) for problem in problems)


def test_lists_show_the_tree() -> None:
    liaoning = make_chapter(code="210000", name_zh="辽宁")
    anshan = make_chapter(code="2103XX", parent_id=liaoning.id)
    west = make_chapter(code="US-CA", parent_id=the_chapter("north-america").id)

    groups = grouped_chapters()

    assert [chapter.slug for chapter in groups.overseas] == ["north-america", west.slug]
    at = groups.liaoning.index(liaoning)
    assert groups.liaoning[at + 1] is anshan
    assert {id_: above.id for id_, above in groups.regions.items()} == {
        anshan.id: liaoning.id,
        west.id: the_chapter("north-america").id,
    }
    rows = [(row.chapter.id, row.depth) for row in list_chapters(OFFICE)]
    assert rows[rows.index((liaoning.id, 0)) + 1] == (anshan.id, 1)
    offered = [branch.chapter.id for branch in tree(OFFICE, liaoning)]
    assert not {liaoning.id, anshan.id} & set(offered)
    assert west.id in offered
    assert [branch.depth for branch in in_tree([anshan])] == [0]
    with refused(may_manage_chapters):
        tree(actor_of(make_verified()))


def test_what_is_above_and_below() -> None:
    region = make_chapter()
    city = make_chapter(parent_id=region.id)
    street = make_chapter(parent_id=city.id)
    make_chapter(parent_id=city.id, status=ChapterStatus.ARCHIVED)

    above, below = above_and_below(city)

    assert above is not None
    assert above.id == region.id
    assert [chapter.id for chapter in below] == [street.id]
