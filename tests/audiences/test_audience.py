"""Audiences as values: JSON and addresses in and out, sentences, SQL, and why somebody is in."""

import json
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from alumni.audiences.criteria import Audience, Part, explain, why
from alumni.audiences.criteria.groups import All, AnyOf, Not
from alumni.audiences.criteria.reading import LONGEST_JSON, MOST_LEVELS
from alumni.authz import SYSTEM, Actor, Capability
from alumni.db import db
from alumni.errors import BadRequest, NotFound
from alumni.i18n import speaking
from alumni.people.models import Person, PersonStatus
from alumni.people.policy import visible
from tests.factories import make_member, make_person, the_chapter

LEAVES = (
    {"q": "wang"},
    {"chapter": "anshan"},
    {"chapter_state": "active"},
    {"year_from": "1995", "year_to": "1999"},
    {"year_from": "1995", "class": "3班"},
    {"entry_to": "1996"},
    {"level": "bachelor"},
    {"city": "鞍山"},
    {"province": "辽宁"},
    {"country": "中国"},
    {"employer": "鞍山中心医院"},
    {"status": "verified"},
    {"listed": "alumni"},
    {"email": "yes"},
    {"phone": "no"},
    {"language": "en"},
    {"confirmed_before": "never"},
    {"confirmed_before": "2026-01-31"},
    {"consent": "mailings"},
    {"training": "residency", "trained_from": "2015"},
)

leaves = st.sampled_from(LEAVES)
groups = st.recursive(
    leaves,
    lambda inside: (
        st.builds(lambda parts: {"all": parts}, st.lists(inside, min_size=1, max_size=3))
        | st.builds(lambda parts: {"any": parts}, st.lists(inside, min_size=1, max_size=3))
        | st.builds(lambda part: {"not": part}, inside)
    ),
    max_leaves=6,
)

few = settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.filter_too_much],
)


def levels(data: Any) -> int:
    if isinstance(data, list):
        return max(map(levels, data))
    if "not" in data:
        return 1 + levels(data["not"])
    group = data.get("all") or data.get("any")
    return 1 + levels(group) if group else 0


trees = groups.filter(lambda data: levels(data) < MOST_LEVELS)


def read(data: object) -> Audience:
    return Audience.from_json(SYSTEM, data)


def whom(audience: Audience) -> set[str | None]:
    meant = select(Person.name_zh).where(visible(SYSTEM), audience.condition(SYSTEM))
    return set(db.session.scalars(meant))


def village() -> list[Person]:
    """Few people who differ in much."""
    anshan = the_chapter("anshan")
    make_member(
        anshan,
        make_person(
            "王一",
            year=1997,
            class_label="3班",
            city="鞍山",
            email="one@example.org",
            consents=("mailings",),
            status=PersonStatus.VERIFIED,
        ),
    )
    make_member(anshan, make_person("李二", year=2005, city="沈阳", language="en"))
    make_person("王三", employer="鞍山中心医院眼科", phone="+8613800138000", status="verified")
    make_person("赵四", year=1995, city="波士顿")
    make_person("钱五")
    return list(db.session.scalars(select(Person).order_by(Person.id)))


@pytest.mark.usefixtures("app")
@few
@given(trees)
def test_an_audience_comes_back_from_json_and_from_its_address(data: dict[str, Any]) -> None:
    audience = read(data)

    assert read(json.loads(json.dumps(audience.to_json()))) == audience
    assert Audience.from_json_text(SYSTEM, audience.to_json_text()) == audience
    assert Audience.from_text(SYSTEM, audience.to_text()) == audience
    assert hash(read(data)) == hash(audience)


@pytest.mark.usefixtures("app")
@few
@given(trees)
def test_a_sentence_says_something_in_both_languages(data: dict[str, Any]) -> None:
    audience = read(data)

    for language in ("zh", "en"):
        with speaking(language):
            sentence = audience.sentence()
            labels = [chip.label for leaf in audience.leaves() for chip in leaf.chips()]
        assert sentence.strip()
        assert all(label and label in sentence for label in labels)
        assert "%(" not in sentence
        for begin, end in ("()", "（）"):
            assert sentence.count(begin) == sentence.count(end)


def test_the_database_means_whom_plain_logic_means(app: object) -> None:
    """SQL of a tree, against the answers to its leaves put together here."""
    people = village()

    def holds(part: Part, person: Person) -> bool:
        if isinstance(part, All):
            return all(holds(one, person) for one in part.parts)
        if isinstance(part, AnyOf):
            return any(holds(one, person) for one in part.parts)
        if isinstance(part, Not):
            return not holds(part.part, person)
        return person.name_zh in answers[part]

    singles = [read(data) for data in LEAVES]
    answers = {single.criteria[0]: whom(single) for single in singles}
    assert {len(names) for names in answers.values()} >= {0, 1, 2}

    @few
    @given(trees)
    def check(data: dict[str, Any]) -> None:
        audience = read(data)
        expected = {
            person.name_zh
            for person in people
            if all(holds(part, person) for part in audience.criteria)
        }
        assert whom(audience) == expected
        twice = read({"not": {"not": data}}) if levels(data) < MOST_LEVELS - 1 else audience
        assert whom(twice) == expected

    check()


def test_each_answer_of_why_is_the_databases(app: object) -> None:
    people = village()

    @few
    @given(trees)
    def check(data: dict[str, Any]) -> None:
        audience = read(data)
        meant = whom(audience)
        for person in people[:3]:
            explanation = explain(SYSTEM, audience, person.id)
            assert explanation.holds is (person.name_zh in meant)
            assert list(explanation.reasons())
            assert why(explanation).startswith("在内" if explanation.holds else "不在内")

    check()


def test_why_asks_one_statement(queries: list[str]) -> None:
    person = village()[0]
    audience = read({"any": [*({"all": [leaf, {"not": leaf}]} for leaf in LEAVES[2:12])]})
    queries.clear()

    explain(SYSTEM, audience, person.id)

    assert len(queries) == 1


def test_why_says_the_reasons_in_words() -> None:
    one, two, *_others = village()
    audience = read(
        {
            "all": [
                {"any": [{"city": "鞍山"}, {"city": "沈阳"}]},
                {"year_from": "1990", "year_to": "1999"},
                {"not": {"language": "en"}},
            ]
        }
    )

    with speaking("en"):
        first, second = explain(SYSTEM, audience, one.id), explain(SYSTEM, audience, two.id)
        assert why(first) == (
            "In, because this holds: Classes of 1990–1999; Lives in Anshan;"
            " not (Is written to in English)."
        )
        assert why(second) == (
            "Out, because this does not hold: Classes of 1990–1999; not (Is written to in English)."
        )
    assert why(explain(SYSTEM, audience, two.id)) == (
        "不在内，因为不符合：1990–1999届；不是（来信语言：英文）。"
    )
    assert [part.holds for part in second.parts] == [False, True, False]


def test_nobody_hears_why_of_somebody_whom_they_cannot_find() -> None:
    person = make_person("王伟")

    with pytest.raises(NotFound):
        explain(Actor(account_id=1, is_verified=True), Audience(), person.id)


@pytest.mark.parametrize(
    ("data", "zh", "en"),
    [
        ({"all": []}, "全部校友", "All people"),
        (
            {"any": [{"chapter": "anshan"}, {"chapter": "beijing"}]},
            "鞍山分会或北京分会",
            "Anshan Chapter or Beijing Chapter",
        ),
        (
            {"all": [{"chapter": "anshan"}, {"any": [{"email": "yes"}, {"phone": "yes"}]}]},
            "鞍山分会，（有邮箱或有电话）",
            "Anshan Chapter, (With an e-mail address or With a telephone number)",
        ),
        (
            {"any": [{"chapter": "anshan"}, {"all": [{"email": "yes"}, {"phone": "yes"}]}]},
            "鞍山分会或（有邮箱且有电话）",
            "Anshan Chapter or (With an e-mail address and With a telephone number)",
        ),
        (
            {"not": {"any": [{"email": "yes"}, {"not": {"phone": "yes"}}]}},
            "不是（有邮箱或不是（有电话））",
            "not (With an e-mail address or not (With a telephone number))",
        ),
        (
            {"any": [{"year_from": "1995", "class": "3"}, {"level": "master"}]},
            "1995届及以后 · 3班或硕士",
            "Class of 1995 or later · Class 3 or Master",
        ),
    ],
)
def test_a_sentence_says_what_belongs_together(data: object, zh: str, en: str) -> None:
    audience = read(data)

    assert audience.sentence().replace(" 或 ", "或").replace(" 且 ", "且") == zh
    with speaking("en"):
        assert audience.sentence() == en


def test_what_an_address_can_say_plainly_stands_there_plainly() -> None:
    plain = read({"all": [{"city": "鞍山"}, {"chapter": "anshan"}, {"all": [{"q": "wang"}]}]})
    twice = read({"all": [{"city": "鞍山"}, {"city": "沈阳"}]})
    mixed = read({"all": [{"any": [{"city": "鞍山"}, {"city": "沈阳"}]}, {"q": "wang"}]})

    assert plain.to_query() == {"q": "wang", "chapter": "anshan", "city": "鞍山"}
    assert twice.to_query() == {"city": "鞍山", "where": '{"city":"沈阳"}'}
    assert mixed.to_query() == {"q": "wang", "where": '{"any":[{"city":"鞍山"},{"city":"沈阳"}]}'}
    assert mixed.text is not None


def test_a_part_can_be_taken_away() -> None:
    audience = read(
        {"all": [{"any": [{"city": "鞍山"}, {"city": "沈阳"}]}, {"not": {"q": "x"}}, {"q": "wang"}]}
    )

    with speaking("en"):
        chips = dict(audience.chips("/people"))

    assert list(chips) == ["“wang”", "Lives in Anshan or Lives in Shenyang", "not (“x”)"]
    for part, address in zip(audience.criteria, chips.values(), strict=True):
        others = Audience.from_text(SYSTEM, address.partition("?")[2])
        assert set(others.criteria) == set(audience.criteria) - {part}


@pytest.mark.parametrize(
    ("data", "place"),
    [
        ({"unknown": "1"}, "unknown"),
        ({"all": [{"q": "x"}, {"q": "y"}, {"any": [{"city": "沈" * 81}]}]}, "all[2].any[0].city"),
        ({"all": [{"any": [{"year_from": "never"}]}]}, "all[0].any[0].year_from"),
        ({"not": {"not": {"tag": "x"}}}, "not.not.tag"),
        ({"all": [{"email": True}]}, "all[0].email"),
        ({"all": [{"year_from": 1990}]}, "all[0].year_from"),
        ({"all": [{"q": None}]}, "all[0].q"),
        ({"all": [{"q": ""}]}, "all[0].q"),
        ({"all": [{"q": "a\ud800"}]}, "all[0].q"),
        ({"all": [{"q": "a\x00"}]}, "all[0].q"),
        ({"all": [{"q": "a" * 3000}]}, "all[0].q"),
        ({"any": []}, "any"),
        ({"any": {"q": "x"}}, "any"),
        ({"all": ["q"]}, "all[0]"),
        ({"all": [[]]}, "all[0]"),
        ({"all": [{}]}, "all[0]"),
        ({"all": [{"any": [{"q": "x"}], "q": "y"}]}, "all[0]"),
        ({"all": [{"q": "x", "city": "鞍山"}]}, "all[0].city"),
        ({"all": [{"where": "{}"}]}, "all[0].where"),
        ({"any": [{"q": str(number)} for number in range(61)]}, "any"),
        ({"not": {"not": {"not": {"not": {"not": {"not": {"q": "x"}}}}}}}, "not.not.not.not.not"),
    ],
)
def test_what_cannot_be_meant_is_told_with_its_place(data: object, place: str) -> None:
    with pytest.raises(BadRequest) as refused:
        read(data)

    assert f"“{place}”" in str(refused.value)
    str(refused.value).encode()


@pytest.mark.parametrize("data", [None, 1, "q", [], True, {"\ud800": "x"}])
def test_what_is_no_audience_at_all_is_refused(data: object) -> None:
    with pytest.raises(BadRequest) as refused:
        read(data)
    str(refused.value).encode()


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "nonsense",
        "[1e999]",
        '{"q": 1e999}',
        '{"q": NaN}',
        '{"q": Infinity}',
        '{"q": ' + "9" * 5000 + "}",
        '{"q": "x", "q": "y"}',
        '{"q": "\\ud800"}',
        '{"\\ud800": "x"}',
        '{"q": "\\u0000"}',
        "[" * 7000,
        '{"not":' * 2000,
        '{"all":[' * 2000,
        " " * (LONGEST_JSON + 1),
        '{"q": "' + "x" * LONGEST_JSON + '"}',
        "\ufeff{}",
    ],
)
def test_hostile_json_is_refused_wherever_it_comes(text: str) -> None:
    def in_a_text() -> Audience:
        return Audience.from_json_text(SYSTEM, text)

    def in_an_address() -> Audience:
        return Audience.from_query(SYSTEM, {"where": [text.strip() or "{"]})

    for use in (in_a_text, in_an_address):
        with pytest.raises(BadRequest) as refused:
            use()
        assert refused.value.status == 400
        assert refused.value.field == "where"
        str(refused.value).encode()


def test_conditions_are_counted_over_all_groups() -> None:
    some = [{"q": str(number)} for number in range(30)]

    read({"all": [{"any": some}, {"not": {"any": some}}]})
    with pytest.raises(BadRequest):
        read({"all": [{"any": some}, {"not": {"any": some}}, {"q": "one more"}]})


def test_only_the_office_asks_what_is_private() -> None:
    member = Actor(account_id=1, is_verified=True)
    office = Actor(account_id=1, capabilities=frozenset({Capability.VIEW_PEOPLE}))

    for data in ({"not": {"status": "known"}}, {"any": [{"q": "x"}, {"consent": "mailings"}]}):
        Audience.from_json(office, data)
        with pytest.raises(BadRequest) as refused:
            Audience.from_json(member, data)
        assert "no condition" in str(refused.value) or "没有" in str(refused.value)


def test_repeated_parts_stand_once() -> None:
    audience = read({"all": [{"q": "x"}, {"any": [{"q": "x"}, {"q": "x"}]}, {"all": [{"q": "x"}]}]})

    assert audience == Audience.from_text(SYSTEM, "q=x")
