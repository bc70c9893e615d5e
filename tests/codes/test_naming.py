"""What words and places are called, and finding them by any of it."""

from collections.abc import Iterator

import pytest
from sqlalchemy import select

from alumni.audit.models import ChangeSet
from alumni.authz import ANYONE, SYSTEM
from alumni.codes.commands import on_change
from alumni.codes.commands.merging import merge
from alumni.codes.commands.naming import (
    Location,
    Wording,
    add_name,
    change_place,
    change_word,
    enter_city,
    enter_word,
    remove_name,
)
from alumni.codes.models import Code, CodeAlias, CodeKind, Place, PlaceName
from alumni.codes.policy import may_manage_lists
from alumni.codes.queries import (
    Called,
    called,
    code_named,
    codes_of,
    find_place,
    home_institution,
    names_of,
)
from alumni.codes.queries.lists import get_place, names, words_of
from alumni.db import db, transaction
from alumni.errors import Invalid, NotFound, Refusal
from alumni.i18n import speaking
from tests.codes.made import make_city, make_word, the_office
from tests.refusals import refused


@pytest.fixture
def told() -> Iterator[list[tuple[str, int]]]:
    """What those were told who keep words made of names."""
    heard: list[tuple[str, int]] = []

    def hear(table: str, thing_id: int) -> None:
        heard.append((table, thing_id))

    on_change.append(hear)
    yield heard
    on_change.remove(hear)


def test_an_entered_word_is_found_by_both_names_and_stands_last() -> None:
    with transaction():
        word = enter_word(
            the_office(), CodeKind.MAJOR, Wording(name_zh="法医学", name_en="Forensic Medicine")
        )

    assert codes_of(CodeKind.MAJOR)[-1].id == word.id
    for name in ("法医学", "forensic medicine", "ＦＯＲＥＮＳＩＣ Medicine"):
        found = code_named(CodeKind.MAJOR, name)
        assert found is not None
        assert found.id == word.id
    assert code_named(CodeKind.COLLEGE, "法医学") is None
    assert names_of([word.id]) == {word.id: word}


def test_a_name_belongs_to_one_word_of_a_list() -> None:
    has = make_word("甲学", name_en="Alpha Studies")
    other = make_word("乙学")

    with speaking("en"), pytest.raises(Invalid, match="a name of “Alpha Studies”"), transaction():
        add_name(SYSTEM, other, "alpha  studies")
    with pytest.raises(Invalid) as raised, transaction():
        enter_word(SYSTEM, CodeKind.MAJOR, Wording(name_zh="丙学", name_en="Alpha Studies"))
    assert raised.value.field == "name_en"
    with pytest.raises(Invalid), transaction():
        change_word(SYSTEM, other, Wording(name_zh="甲学"))
    with pytest.raises(Invalid), transaction():
        enter_word(SYSTEM, CodeKind.MAJOR, Wording(name_zh="甲学"))
    with transaction():
        elsewhere = enter_word(SYSTEM, CodeKind.INDUSTRY, Wording(name_zh="甲学"))

    assert called(["甲学"]) == {"甲学": Called(frozenset({has.id, elsewhere.id}))}
    assert code_named(CodeKind.MAJOR, "丙学") is None


def test_a_renamed_word_keeps_its_former_name(told: list[tuple[str, int]]) -> None:
    word = make_word("甲学", name_en="Alpha")

    with transaction():
        change_word(SYSTEM, word, Wording(name_zh="新甲学", name_en="Alpha", position=3))
    with transaction():
        change_word(SYSTEM, word, Wording(name_zh="新甲学", name_en="Alpha", is_obsolete=True))

    assert (word.name_zh, word.position, word.is_obsolete) == ("新甲学", 3, True)
    assert [name.written for name in names([word])[word.id]] == ["甲学"]
    found = code_named(CodeKind.MAJOR, "甲学")
    assert found is not None
    assert found.id == word.id
    assert told == [("code", word.id)], "people are read anew for a name, not for a place in a list"
    assert word.id not in {code.id for code in codes_of(CodeKind.MAJOR)}
    assert word.id in {code.id for code in words_of(SYSTEM, CodeKind.MAJOR)}


def test_another_name_is_added_once_and_taken_away() -> None:
    word = make_word("甲学")
    with transaction():
        add_name(SYSTEM, word, "甲 科")
    with transaction():
        add_name(SYSTEM, word, "甲科")
    (other,) = names([word])[word.id]
    own = db.session.scalars(select(CodeAlias).where(CodeAlias.name == "甲学")).one()
    assert other.written == "甲 科"

    with transaction():
        remove_name(SYSTEM, word, other.id)
    with speaking("en"), pytest.raises(Refusal, match="stays"), transaction():
        remove_name(SYSTEM, word, own.id)
    with pytest.raises(NotFound), transaction():
        remove_name(SYSTEM, make_word(), own.id)

    assert names([word]) == {word.id: []}
    assert called(["甲科"]) == {}
    verbs = db.session.scalars(select(ChangeSet.verb).where(ChangeSet.subject_id == word.id))
    assert set(verbs) == {"made", "added_name", "removed_name"}


def test_no_name_is_no_name() -> None:
    word = make_word("甲学")
    for nothing in (" ", "\u3000"):
        with pytest.raises(Invalid), transaction():
            add_name(SYSTEM, word, nothing)
        with pytest.raises(Invalid), transaction():
            add_name(SYSTEM, make_city("新城", "New Town"), nothing)


def test_a_new_city_is_found_and_another_of_its_name_too() -> None:
    city = make_city("新城市", "Neustadt", parent="Germany")
    other = make_city("新城", "New Town")

    found = find_place("neustadt")
    assert found is not None
    assert (found.id, found.code, found.time_zone) == (city.id, "DE-neustadt", "Europe/Berlin")
    assert called(["新城"]) == {"新城": Called(place_ids=frozenset({city.id, other.id}))}
    again = make_city("新城镇", "Neustadt", parent="Germany")
    assert again.code == "DE-neustadt-2"
    with pytest.raises(Invalid, match="新城"), transaction():
        enter_city(SYSTEM, _parent_of(other.parent_id), _location("新城市"))
    with pytest.raises(Invalid), transaction():
        enter_city(SYSTEM, city, _location("里城"))


def _location(name: str) -> Location:
    return Location(name_zh=name, name_en="Town", time_zone="Asia/Shanghai")


def _parent_of(place_id: int | None) -> Place:
    assert place_id is not None
    return get_place(SYSTEM, place_id)


def test_a_place_is_renamed(told: list[tuple[str, int]]) -> None:
    city = make_city("旧城", "Old Town")
    with transaction():
        change_place(
            SYSTEM,
            city,
            Location(name_zh="新城", name_en="Old Town", time_zone="Asia/Urumqi"),
        )
    with transaction():
        add_name(SYSTEM, city, "老城")

    assert {name.written for name in names([city])[city.id]} == {"旧城", "老城"}
    assert (city.name_zh, city.time_zone) == ("新城", "Asia/Urumqi")
    assert told == [("place", city.id)]
    for name in ("旧城", "老城市", "新城"):
        found = find_place(name)
        assert found is not None
        assert found.id == city.id
    (kept, _newer) = db.session.scalars(
        select(PlaceName).where(PlaceName.place_id == city.id, PlaceName.written.is_not(None))
    )
    with transaction():
        remove_name(SYSTEM, city, kept.id)
    assert len(names([city])[city.id]) == 1


def test_called_asks_once_and_takes_anything(queries: list[str]) -> None:
    queries.clear()
    found = called(["大连医学院", "大连", "OLD", "", " ", "曾" * 500, "a\x00b", "辽宁省"])

    assert len(queries) == 1
    dalian, liaoning = find_place("大连"), find_place("辽宁")
    assert dalian is not None
    assert liaoning is not None
    assert found == {
        "大连医学院": Called(frozenset({home_institution().id})),
        "大连": Called(place_ids=frozenset({dalian.id})),
        "辽宁省": Called(place_ids=frozenset({liaoning.id})),
    }
    queries.clear()
    assert called([]) == {}
    assert queries == []


def test_only_the_office_names(told: list[tuple[str, int]]) -> None:
    word, city = make_word("甲学"), make_city("新城", "New Town")
    with refused(may_manage_lists), transaction():
        enter_word(ANYONE, CodeKind.MAJOR, Wording(name_zh="乙学"))
    with refused(may_manage_lists), transaction():
        change_word(ANYONE, word, Wording(name_zh="乙学"))
    with refused(may_manage_lists), transaction():
        add_name(ANYONE, word, "乙学")
    with refused(may_manage_lists), transaction():
        remove_name(ANYONE, word, 1)
    with refused(may_manage_lists), transaction():
        enter_city(ANYONE, city, _location("乙城"))
    with refused(may_manage_lists), transaction():
        change_place(ANYONE, city, _location("乙城"))
    with refused(may_manage_lists), transaction():
        merge(ANYONE, word, make_word())
    with refused(may_manage_lists):
        words_of(ANYONE, CodeKind.MAJOR)
    with refused(may_manage_lists):
        get_place(ANYONE, city.id)
    assert told == []
    assert db.session.scalars(select(Code.name_zh).where(Code.name_zh == "乙学")).all() == []
