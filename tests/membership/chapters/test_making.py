"""The office makes a chapter and changes it."""

import pytest

from alumni.chapters.models import ChapterPlace, ChapterStatus, JoinMode
from alumni.chapters.queries import chapter_for_place
from alumni.db import transaction
from alumni.errors import Invalid
from alumni.membership.commands.chapters import change_chapter, found_chapter, open_chapter
from alumni.membership.policy import may_manage_chapters
from alumni.membership.queries.places import Ambiguous, meant_place, places_of
from tests.factories import actor_of, make_chapter, make_officer, saved, the_chapter
from tests.membership.chapters.made import OFFICE, details, place_id, second_anshan, verbs
from tests.refusals import refused


def test_a_chapter_is_made_of_its_place() -> None:
    with transaction():
        made = found_chapter(
            OFFICE,
            details(
                name_en="San Francisco Chapter",
                place_id=place_id("旧金山"),
                places=(place_id("旧金山"),),
                parent_id=the_chapter("north-america").id,
            ),
        )

    assert (made.code, made.slug) == ("US-CA-sanfra", "san-francisco")
    assert made.position == 18
    assert made.status is ChapterStatus.ACTIVE
    assert [place.name_en for place in places_of(made)] == ["San Francisco"]
    found = chapter_for_place(place_id("旧金山"))
    assert found is not None
    assert found.id == made.id
    assert verbs() == ["founded_chapter"]


def test_a_second_chapter_of_a_place_gets_a_number() -> None:
    with transaction():
        first = found_chapter(OFFICE, details(place_id=place_id("鞍山"), name_en="Anshan Chapter"))
        second = found_chapter(OFFICE, details(name_en="Anshan"), code="21")

    assert (first.code, first.slug) == ("210300-2", "anshan-2")
    assert (second.code, second.slug) == ("21", "anshan-3")


@pytest.mark.parametrize(
    ("wrong", "code", "field"),
    [
        ({}, "", "code"),
        ({}, "210300", "code"),
        ({}, "中文", "code"),
        ({"slug": "Anshan"}, "X1", "slug"),
        ({"slug": "anshan"}, "X1", "slug"),
        ({"slug": "new"}, "X1", "slug"),
        ({"slug": "alumni"}, "X1", "slug"),
        ({"slug": "a--b"}, "X1", "slug"),
        ({"name_en": "分会"}, "X1", "slug"),
        ({"parent_id": 2**31 - 1}, "X1", "parent_id"),
        ({"status": ChapterStatus.ARCHIVED}, "X1", "standing"),
    ],
)
def test_what_a_new_chapter_may_not_be(wrong: dict[str, object], code: str, field: str) -> None:
    with pytest.raises(Invalid) as raised, transaction():
        found_chapter(OFFICE, details(None, **wrong), code=code)

    assert raised.value.field == field


def test_a_place_belongs_to_one_chapter() -> None:
    other = make_chapter()
    anshan = place_id("鞍山")

    with pytest.raises(Invalid, match="鞍山分会") as raised, transaction():
        change_chapter(OFFICE, other, details(other, places=(anshan,)))
    assert raised.value.field == "covered"

    beijing = make_chapter(status=ChapterStatus.ARCHIVED)
    york, lost = place_id("New York"), place_id("Boston")
    saved(ChapterPlace(chapter_id=beijing.id, place_id=york))
    saved(ChapterPlace(chapter_id=other.id, place_id=lost))
    with transaction():
        change_chapter(OFFICE, other, details(other, places=(york,)))
    assert [place.id for place in places_of(other)] == [york]
    assert places_of(beijing) == []


def test_the_office_changes_a_chapter() -> None:
    chapter = make_chapter()
    said = details(
        chapter,
        name_zh="新分会",
        name_en="New Chapter",
        intro_zh="介绍",
        intro_en="About",
        contact="new@example.org",
        join_mode=JoinMode.OPEN,
        status=ChapterStatus.DORMANT,
        language="en",
        time_zone="America/New_York",
    )

    with transaction():
        change_chapter(OFFICE, chapter, said)

    assert (chapter.name_zh, chapter.name_en) == ("新分会", "New Chapter")
    assert (chapter.intro_zh, chapter.intro_en) == ("介绍", "About")
    assert (chapter.contact, chapter.join_mode) == ("new@example.org", JoinMode.OPEN)
    assert (chapter.status, chapter.time_zone) == (ChapterStatus.DORMANT, "America/New_York")
    assert verbs() == ["changed"]
    leader = actor_of(make_officer(chapter))
    with refused(may_manage_chapters), transaction():
        change_chapter(leader, chapter, said)
    with refused(may_manage_chapters), transaction():
        found_chapter(leader, details())


def test_opening_a_planned_chapter() -> None:
    chapter = make_chapter(status=ChapterStatus.PLANNED)

    with refused(may_manage_chapters), transaction():
        open_chapter(actor_of(make_officer(chapter)), chapter)
    for _again in range(2):
        with transaction():
            open_chapter(OFFICE, chapter)

    assert chapter.status is ChapterStatus.ACTIVE
    assert verbs() == ["opened"]


def test_what_a_name_of_a_place_means() -> None:
    with transaction():
        names = [meant_place(text) for text in ("210300 鞍山", "鞍山市", "US", "Atlantis")]

    assert [place.code if place else None for place in names] == ["210300", "210300", "US", None]
    second_anshan()
    with pytest.raises(Ambiguous) as several:
        meant_place("鞍山")
    assert several.value.codes == ["210300", "US-TX-anshan"]
