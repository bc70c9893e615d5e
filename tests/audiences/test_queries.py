"""Pages of the list of people."""

import base64
from urllib.parse import quote

import pytest
from sqlalchemy import select

from alumni.audiences import queries
from alumni.audiences.criteria import Audience
from alumni.audiences.policy import may_export_from, may_find_people
from alumni.audiences.queries import Mark, PeoplePage, Window, counting, pages
from alumni.audiences.queries.choices import choices
from alumni.audiences.queries.exports import Selection, table
from alumni.authz import ANYONE, SYSTEM, Actor, Capability, Right
from alumni.chapters.models import MembershipState
from alumni.db import db
from alumni.errors import BadRequest
from alumni.people.models import Level, Person, PersonStatus
from alumni.people.policy import visible
from tests.factories import actor_of, make_member, make_person, make_verified, the_chapter
from tests.refusals import refused

SEES = Actor(account_id=1, capabilities=frozenset({Capability.VIEW_PEOPLE}))


def page(query: str = "", **window: Mark | None) -> PeoplePage:
    return queries.people(SYSTEM, Audience.from_text(SYSTEM, query), Window(**window))


def names(found: PeoplePage) -> list[str]:
    return [row.name_zh for row in found.rows]


def exported(query: str) -> list[str]:
    rows = table(SYSTEM, Selection(audience=Audience.from_text(SYSTEM, query)), ["name"])
    return [row.name for part in rows.streamed() for row in part]


@pytest.fixture
def small_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pages, "PAGE", 3)


def walk(query: str) -> list[PeoplePage]:
    pages = [page(query)]
    while pages[-1].older:
        pages.append(page(query, after=pages[-1].older))
    return pages


def walk_back(query: str, last: PeoplePage) -> list[PeoplePage]:
    pages = [last]
    while pages[-1].newer:
        pages.append(page(query, before=pages[-1].newer))
    return pages[::-1]


@pytest.mark.usefixtures("small_pages")
@pytest.mark.parametrize("few", [0, 2, 100])
@pytest.mark.parametrize("see", ["office", "graduate"])
@pytest.mark.parametrize(
    "query",
    [
        "",
        "year_from=1998&year_to=1998",
        "chapter=anshan",
        "chapter=anshan&year_from=1995",
        "chapter=anshan&city=鞍山&year_from=1995",
        "chapter=anshan&city=沈阳",
        "city=鞍山",
        "where=" + quote('{"not": {"city": "沈阳"}}') + "&chapter=anshan",
    ],
)
def test_every_way_leads_to_the_same_people(
    monkeypatch: pytest.MonkeyPatch, query: str, see: str, few: int
) -> None:
    monkeypatch.setattr(counting, "FEW", few)
    names = ("王伟", "王芳", "李明", "王伟", "张强", "王磊", "李娜", "赵敏", "王一")
    people = [
        make_verified(name, year=1990 + 2 * (place % 5), city=("鞍山", "沈阳")[place % 2])
        for place, name in enumerate(names)
    ]
    for person in people[:7]:
        make_member(the_chapter("anshan"), person)
    make_member(the_chapter("anshan"), state=MembershipState.PENDING)
    actor = SYSTEM if see == "office" else actor_of(people[0])
    audience = Audience.from_text(actor, query)
    meant = select(Person).where(visible(actor), audience.condition(actor))
    expected = db.session.scalars(meant.order_by(Person.sort_key, Person.id)).all()

    pages_of = [queries.people(actor, audience, Window())]
    while pages_of[-1].older:
        pages_of.append(queries.people(actor, audience, Window(after=pages_of[-1].older)))
    back = [pages_of[-1]]
    while back[-1].newer:
        back.append(queries.people(actor, audience, Window(before=back[-1].newer)))

    for found in (pages_of, back[::-1]):
        assert [row.person_id for one in found for row in one.rows] == [one.id for one in expected]
        assert {(one.total, one.is_more) for one in found} == {(len(expected), False)}


@pytest.mark.usefixtures("small_pages")
@pytest.mark.parametrize("query", ["", "year_from=1990", "q=wang"])
def test_pages_hold_everyone_once_in_both_directions(query: str) -> None:
    for name in ("王伟", "王伟", "王芳", "王国庆", "王磊", "王安", "王伟"):
        make_person(name, year=1998)

    pages = walk(query)

    assert [names(found) for found in pages] == [
        ["王安", "王芳", "王国庆"],
        ["王磊", "王伟", "王伟"],
        ["王伟"],
    ]
    assert [(found.first, found.last) for found in pages] == [(1, 3), (4, 6), (7, 7)]
    back = walk_back(query, pages[-1])
    assert [[row.person_id for row in found.rows] for found in back] == [
        [row.person_id for row in found.rows] for found in pages
    ]
    assert [(found.first, found.last) for found in back] == [(1, 3), (4, 6), (7, 7)]
    assert exported(query) == [name for found in pages for name in names(found)]


@pytest.mark.usefixtures("small_pages")
@pytest.mark.parametrize("query", ["", "year_from=1990", "q=wang"])
@pytest.mark.parametrize("who", ["member", "office"])
def test_each_stands_on_one_page_while_others_come_in_between(who: str, query: str) -> None:
    mine = make_verified("王二", year=1998)
    actor = actor_of(mine) if who == "member" else SYSTEM
    there = {mine.id} | {make_verified(f"王{name}", year=1998).id for name in "安芳磊伟洋振"}
    audience = Audience.from_text(actor, query)
    pages = [queries.people(actor, audience, Window())]

    for name in ("阿宝", "磊明", "子", "爱国"):
        if pages[-1].older:
            make_verified(f"王{name}", year=1998)
            pages.append(queries.people(actor, audience, Window(after=pages[-1].older)))

    seen = [row.person_id for found in pages for row in found.rows]
    assert pages[-1].older is None
    assert len(seen) == len(set(seen))
    assert there <= set(seen)


@pytest.mark.usefixtures("small_pages")
def test_who_comes_in_between_moves_nobody_onto_two_pages() -> None:
    for name in ("安一", "王芳", "王伟", "周杰", "周天"):
        make_person(name)
    first = page()

    make_person("白二")
    second = page(after=first.older)

    assert (names(first), names(second)) == (["安一", "王芳", "王伟"], ["周杰", "周天"])


def test_the_exact_name_comes_first_in_the_list_and_in_the_file() -> None:
    for name in ("王安伟", "王伟国", "王伟", "王卫"):
        make_person(name)

    assert names(page("q=王伟")) == ["王伟", "王伟国"]
    assert names(page("q=wangwei")) == ["王伟", "王卫", "王伟国"]
    assert exported("q=wangwei") == ["王伟", "王卫", "王伟国"]


def test_figures_count_people_and_addresses() -> None:
    make_person("王伟", email="a@example.org", phone="+8613800001234")
    make_person("王芳")

    for query in ("", "q=wang"):
        found = page(query)
        assert (found.total, found.with_email, found.is_more) == (2, 1, False)


@pytest.mark.parametrize(
    "query",
    [
        *("", "year_from=1990", "chapter=anshan", "status=known"),
        *("year_from=1990&email=no", "chapter=anshan&year_from=1990"),
    ],
)
def test_counting_ends_somewhere(monkeypatch: pytest.MonkeyPatch, query: str) -> None:
    monkeypatch.setattr(pages, "MOST_COUNTED", 2)
    monkeypatch.setattr(pages, "MOST_PROBED", 2)
    monkeypatch.setattr(pages, "MOST_LOOKED_UP", 2)
    monkeypatch.setattr(counting, "FEW", 2)
    for name in ("王伟", "王芳", "王安"):
        make_member(the_chapter("anshan"), make_person(name, year=1998))

    found = page(query)

    assert (found.total, found.is_more, found.with_email) == (2, True, None)
    assert names(found) == ["王安", "王芳", "王伟"]


def test_people_whom_one_may_not_find_are_not_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pages, "MOST_COUNTED", 2)
    mine = make_member(the_chapter("anshan"), make_verified("王一", year=1998, city="鞍山"))
    for name in ("王伟", "王芳", "王安"):
        hidden = make_verified(name, year=1998, city="鞍山", listed=Level.OFFICE)
        make_member(the_chapter("anshan"), hidden)
        make_verified("李明", year=1980, city="沈阳")
    actor = actor_of(mine)

    for query in ("year_from=1998", "city=鞍山", "chapter=anshan", "q=wang"):
        found = queries.people(actor, Audience.from_text(actor, query), Window())
        assert (names(found), found.total, found.is_more) == (["王一"], 1, False), query
        assert found.with_email is None


def test_a_search_that_finds_too_many_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pages, "MOST_FOUND", 2)
    for name in ("王伟", "王芳", "王安"):
        make_person(name)

    found = page("q=wang")

    assert (found.total, found.is_more, len(found.rows)) == (2, True, 2)


def test_who_is_merged_or_erased_is_in_no_list() -> None:
    kept = make_person("王伟")
    make_person("王芳", status=PersonStatus.ERASED)
    make_person("王安", status=PersonStatus.MERGED, merged_into_id=kept.id)

    assert names(page()) == names(page("q=wang")) == exported("") == exported("q=wang") == ["王伟"]


def test_a_mark_comes_back_from_its_text() -> None:
    make_person("曾国强")
    (row,) = page().rows
    mark = Mark(queries.Key(1, row.sort_key, row.person_id), 51)

    assert Mark.read(str(mark)) == mark


@pytest.mark.parametrize(
    "written",
    [
        "",
        "x",
        "!!!!",
        "AAAA",
        "曾",
        base64.urlsafe_b64encode(b"1 1 1").decode(),
        base64.urlsafe_b64encode(b"1 1 99999999999999999999 zeng").decode(),
        base64.urlsafe_b64encode(b"-1 1 1 zeng").decode(),
        base64.urlsafe_b64encode(b"1 1 1 ze\x00ng").decode(),
        base64.urlsafe_b64encode(b"1 1 1 \xff").decode(),
        base64.urlsafe_b64encode(b"1 1 1 " + b"z" * 500).decode(),
        "A" * 100_000,
    ],
)
def test_a_made_up_mark_is_a_bad_request(written: str) -> None:
    with pytest.raises(BadRequest):
        Mark.read(written)


def test_a_page_is_after_a_row_or_before_one() -> None:
    mark = str(Mark(queries.Key(1, "zeng", 1), 1))

    with pytest.raises(BadRequest):
        Window.read([mark], [mark])
    with pytest.raises(BadRequest):
        Window.read([mark, mark], [])


def test_only_who_may_sees_and_exports() -> None:
    make_person("王伟")
    leader = Actor(account_id=1, person_id=1, rights={1: frozenset(Right)})

    for actor in (ANYONE, leader):
        with refused(may_find_people):
            queries.people(actor, Audience(), Window())
        with refused(may_find_people):
            choices(actor)
    with refused(may_export_from):
        table(SEES, Selection(audience=Audience()), ["name"])
    assert names(queries.people(SEES, Audience(), Window())) == ["王伟"]


def test_people_are_in_the_order_of_their_pinyin() -> None:
    for name in ("吕布", "卢俊", "栾平", "陆逊", "李白", "连城"):
        make_person(name)

    assert names(page()) == ["李白", "连城", "卢俊", "陆逊", "吕布", "栾平"]


def test_a_surname_stands_where_it_is_read() -> None:
    for name in ("朝阳", "曾国强", "安一", "单田芳", "查良镛", "仇英"):
        make_person(name)

    assert names(page()) == ["安一", "朝阳", "仇英", "单田芳", "曾国强", "查良镛"]
    assert [row.pinyin_surname for row in page().rows] == [
        *("an", "chao", "qiu", "shan", "zeng", "zha")
    ]


def test_full_width_digits_find_the_same() -> None:
    make_person("王伟", phone="+8613800001234")

    assert names(page("q=１３８")) == names(page("q=138")) == ["王伟"]
