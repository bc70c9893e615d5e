"""The directory: who may look into it, what of whom it shows, and what nobody finds by it."""

from typing import Any
from urllib.parse import quote

import pytest
from sqlalchemy import select, update

from alumni.accounts.models import Account
from alumni.audiences.policy import may_find_people
from alumni.audiences.queries.choices import choices
from alumni.audit.commands import record
from alumni.authz import ANYONE, SYSTEM
from alumni.chapters.models import Chapter
from alumni.codes.models import Code, CodeKind
from alumni.db import db, transaction
from alumni.people.commands.search import reindex
from alumni.people.models import (
    ContactPoint,
    Employment,
    Level,
    Person,
    PersonStatus,
    Residence,
    Study,
)
from alumni.throttles import Throttle
from tests.browser import Browser, Page
from tests.conftest import SignIn
from tests.factories import (
    account_of,
    make_account,
    make_event,
    make_member,
    make_person,
    make_verified,
    saved,
    the_chapter,
)
from tests.refusals import refused

PEOPLE = "/people"
CLASS = {"year": 2003, "college": "口腔医学院", "class_label": "3班"}
FACTS: dict[str, Any] = {
    "phone": ContactPoint,
    "employer": Employment,
    "city": Residence,
    "study": Study,
}


def names_in(page: Page) -> list[str]:
    return [text for text in page.texts("b") if text]


def levelled(person: Person, **levels: Level) -> Person:
    """Let these facts of the person be seen at these levels."""
    for fact, level in levels.items():
        rows = db.session.scalars(select(FACTS[fact]).where(FACTS[fact].person_id == person.id))
        for row in rows:
            row.visibility = level
    record(SYSTEM, "edited", person)
    reindex([person.id])
    db.session.commit()
    return person


def make_alumna(name: str, level: Level) -> Person:
    """Somebody of the class and chapter, all of whose facts are seen at the level."""
    person = make_verified(
        name, phone="+8613812345678", city="鞍山", employer="鞍山中心医院", **CLASS
    )
    make_member(the_chapter("anshan"), person)
    return levelled(person, phone=level, employer=level, city=level, study=level)


def viewer(kind: str) -> Account:
    """Somebody who looks into the directory."""
    if kind == "office":
        return make_account(role="office")
    if kind == "classmate":
        return account_of(make_verified("赵同学", **CLASS))
    person = make_verified("李校友", year=1990)
    return account_of(
        make_member(the_chapter("anshan"), person) if kind == "chapter mate" else person
    )


def test_graduates_and_the_office_look_into_the_directory(
    browser: Browser, signed_in: SignIn, office: Browser
) -> None:
    applicant = make_person("孙申请", status=PersonStatus.APPLICANT)
    waiting = signed_in(make_account(person=applicant))

    shut = waiting.get(PEOPLE)

    assert browser.get(f"{PEOPLE}?q=x").location == "/sign-in?next=/people?q%3Dx"
    assert [waiting.get(url).status for url in (PEOPLE, f"{PEOPLE}/filter")] == [403, 403]
    assert "/me" in [a["href"] for a in shut.all("a", class_="button main")]
    assert signed_in(make_verified("王伟")).get(PEOPLE).status == office.get(PEOPLE).status == 200


def test_choices_are_for_who_may_look() -> None:
    with refused(may_find_people):
        choices(ANYONE)


@pytest.mark.parametrize(
    ("kind", "levels"),
    [
        ("alumnus", {Level.ALUMNI, Level.PUBLIC}),
        ("classmate", {Level.CLASS, Level.ALUMNI, Level.PUBLIC}),
        ("chapter mate", {Level.CHAPTERS, Level.ALUMNI, Level.PUBLIC}),
        ("office", set(Level)),
    ],
)
@pytest.mark.parametrize("level", list(Level))
def test_what_is_hidden_is_not_shown_and_finds_nobody(
    signed_in: SignIn, kind: str, levels: set[Level], level: Level
) -> None:
    person = make_alumna("曾国强", level)
    college = db.session.scalars(select(Study.college_id)).first()
    looking = signed_in(viewer(kind))

    row = looking.get(f"{PEOPLE}?q=曾国强")
    met = {
        condition: names_in(looking.get(f"{PEOPLE}?{condition}"))
        for condition in ("city=鞍山", "employer=鞍山中心医院", f"college={college}&q=zeng")
    }

    is_shown = level in levels
    assert names_in(row) == ["Zeng Guoqiang"]
    assert [f"{PEOPLE}/{person.public_id}"] == [a["href"] for a in row.all("a", class_="who")]
    cells = " ".join(row.texts("td"))
    assert [word in cells for word in ("鞍山中心医院", "Anshan", "Class of 2003")] == [is_shown] * 3
    found = ["Zeng Guoqiang"] if is_shown else []
    assert {
        condition: [n for n in names if n == "Zeng Guoqiang"] for condition, names in met.items()
    } == dict.fromkeys(met, found)


@pytest.mark.parametrize("kind", ["alumnus", "classmate", "chapter mate", "office"])
@pytest.mark.parametrize("typed", ["13812345678", "5678", "鞍山中心医院", "鞍山", "2003"])
def test_typing_what_only_the_office_knows_finds_nobody(
    signed_in: SignIn, kind: str, typed: str
) -> None:
    make_alumna("曾国强", Level.OFFICE)

    page = signed_in(viewer(kind)).get(f"{PEOPLE}?q={quote(typed)}")

    found = [name for name in names_in(page) if name == "Zeng Guoqiang"]
    assert found == (["Zeng Guoqiang"] if kind == "office" else [])


@pytest.mark.parametrize("typed", ["13812345678", "5678", "鞍山中心医院", "鞍山", "2003"])
def test_typing_what_is_shown_to_all_finds_them(signed_in: SignIn, typed: str) -> None:
    make_alumna("曾国强", Level.ALUMNI)

    page = signed_in(viewer("alumnus")).get(f"{PEOPLE}?q={quote(typed)}")

    assert names_in(page) == ["Zeng Guoqiang"]


def test_a_hidden_city_does_not_reorder(signed_in: SignIn) -> None:
    looking = signed_in(make_verified("周校友"))
    for name, city in (("王伟", "鞍山"), ("王芳", "沈阳"), ("安一", "北京")):
        levelled(make_verified(name, city=city), city=Level.OFFICE)
    before = names_in(looking.get(PEOPLE)), names_in(looking.get(f"{PEOPLE}?q=wang"))

    with transaction():
        db.session.execute(update(Residence).values(written="阿克苏", place_id=None))
        record(SYSTEM, "edited", None)

    assert before == (["An Yi", "Wang Fang", "Wang Wei", "Zhou Xiaoyou"], ["Wang Fang", "Wang Wei"])
    assert (names_in(looking.get(PEOPLE)), names_in(looking.get(f"{PEOPLE}?q=wang"))) == before


@pytest.mark.parametrize(
    ("kind", "found"),
    [
        ("alumnus", {"alumni", "public"}),
        ("classmate", {"class", "alumni", "public"}),
        ("chapter mate", {"chapters", "alumni", "public"}),
    ],
)
def test_people_are_found_by_whom_they_let(signed_in: SignIn, kind: str, found: set[str]) -> None:
    for level in Level:
        person = make_verified("曾雪", name_en=level.value, listed=level, **CLASS)
        make_member(the_chapter("anshan"), person)
    make_person("曾雪", name_en="known", year=2003)
    make_person("曾雪", name_en="applicant", status=PersonStatus.APPLICANT, year=2003)
    looking = signed_in(viewer(kind))

    for query in ("", "?q=曾雪", "?year_from=2003"):
        page = looking.get(PEOPLE + query)
        said = {text.split(" · ")[-1] for text in page.texts("small") if "曾雪 · " in text}
        assert said == found, query


@pytest.mark.parametrize(
    "query", ["sort=city", "status=verified", "email=yes", "tag=x", "after=zz", "phone=yes"]
)
def test_what_graduates_cannot_ask_is_a_bad_request(signed_in: SignIn, query: str) -> None:
    assert signed_in(make_verified("王伟")).get(f"{PEOPLE}?{query}").status == 400


def test_graduates_ask_only_for_their_own_chapters(signed_in: SignIn) -> None:
    anshan = the_chapter("anshan")
    looking = signed_in(make_member(anshan, make_verified("王伟")))

    page = looking.get(PEOPLE)

    offered = [
        option["value"] for option in page.all("option") if option["text"].endswith("Chapter")
    ]
    assert offered == ["anshan"]
    assert names_in(looking.get(f"{PEOPLE}?chapter=anshan")) == ["Wang Wei"]
    assert looking.get(f"{PEOPLE}?chapter=beijing").status == 400


def test_the_address_of_a_list_finds_the_same_again(signed_in: SignIn) -> None:
    for name, year, city in (
        ("曾国强", 1998, "鞍山"),
        ("曾雪", 2003, "鞍山"),
        ("曾明", 1998, "沈阳"),
    ):
        make_verified(name, year=year, city=city)
    looking = signed_in(make_verified("王伟"))
    page = looking.get(f"{PEOPLE}?q=zeng")
    panel = next(form for form in page.forms if "year_from" in form.values)

    narrow = looking.send(panel, page.url, year_from="1995", year_to="2000", city="鞍山")

    assert names_in(narrow) == ["Zeng Guoqiang"]
    chips = {a["text"].split("Take")[0].strip(): a["href"] for a in narrow.all("a", class_="chip")}
    assert list(chips) == ["“zeng”", "Classes of 1995–2000", "Lives in Anshan"]
    assert names_in(looking.get(chips["Lives in Anshan"])) == ["Zeng Guoqiang", "Zeng Ming"]
    assert names_in(
        looking.get(f"{PEOPLE}?q=zeng&year_from=1995&year_to=2000&city=鞍山")
    ) == names_in(narrow)


def test_the_first_page_leads_to_the_own_class_and_chapters(signed_in: SignIn) -> None:
    person = make_member(the_chapter("anshan"), make_verified("王伟", **CLASS))
    make_verified("曾国强", **CLASS)
    make_verified("李明", **CLASS | {"class_label": "4班"})
    looking = signed_in(person)

    page = looking.get(PEOPLE)
    shortcuts = {a["text"]: a["href"] for a in page.all("a", class_="chip")}

    assert list(shortcuts) == ["Class of 2003, School of Stomatology, Class 3", "Anshan Chapter"]
    mates, chapter = (names_in(looking.get(url)) for url in shortcuts.values())
    assert (mates, chapter) == (["Wang Wei", "Zeng Guoqiang"], ["Wang Wei"])
    assert "Type a name in any script" in page.text


def test_who_finds_nobody_reads_how_to_widen(signed_in: SignIn) -> None:
    page = signed_in(make_verified("王伟")).get(f"{PEOPLE}?q=nobody")

    assert "Nobody is like that" in page.text
    assert [a["href"] for a in page.all("a", class_="button main")] == [PEOPLE]


def test_names_are_in_the_readers_language_with_the_other_beneath(signed_in: SignIn) -> None:
    make_verified("曾国强", name_en="Kevin", city="鞍山", **CLASS)
    looking = signed_in(make_verified("王伟"))

    english = looking.get(f"{PEOPLE}?q=zeng")
    with looking.client.session_transaction() as session:
        session["language"] = "zh"
    chinese = looking.get(f"{PEOPLE}?q=zeng")

    assert (names_in(english), english.texts("small")) == (["Zeng Guoqiang"], ["曾国强 · Kevin"])
    assert (names_in(chinese), chinese.texts("small")) == (["曾国强"], ["Zeng Guoqiang · Kevin"])
    assert "2003届 口腔医学院 3班" in chinese.text
    assert "鞍山" in chinese.text


def test_all_conditions_have_a_page_that_leads_back(signed_in: SignIn) -> None:
    make_verified("曾国强", year=1998)
    looking = signed_in(make_verified("王伟", year=1998))

    page = looking.get(f"{PEOPLE}/filter?q=zeng&year_from=1990")
    form = next(form for form in page.forms if "year_from" in form.values)

    assert form.values["q"] == "zeng"
    assert form.values["year_from"] == "1990"
    assert names_in(looking.send(form, page.url, year_to="1999")) == ["Zeng Guoqiang"]
    assert names_in(looking.send(form, page.url, year_to="1997")) == []
    assert looking.get(f"{PEOPLE}/filter?status=verified").status == 400


def test_long_lists_of_choices_come_with_their_own_page_only(
    signed_in: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("alumni.audiences.routes.directory.MOST_OFFERED", 12)
    looking = signed_in(make_verified("王伟"))
    major = db.session.scalars(select(Code.id).where(Code.kind == CodeKind.MAJOR)).first()

    page = looking.get(f"{PEOPLE}?major={major}")
    panel = next(form for form in page.forms if "year_from" in form.values)

    assert [
        select["name"] for select in page.all("select") if select["name"] in ("college", "major")
    ] == ["college"]
    assert panel.values["major"] == str(major)
    whole = looking.get(page.all("a", href=f"{PEOPLE}/filter?major={major}")[0]["href"])
    assert [s["name"] for s in whole.all("select") if s["name"] == "major"] == ["major"]


def test_lists_of_choices_are_right_after_a_change(office: Browser) -> None:
    college = saved(Code(kind=CodeKind.COLLEGE, name_zh="海洋医学院", name_en="Marine Medicine"))
    chapter = the_chapter("anshan")
    seen = [option["text"] for option in office.get(PEOPLE).all("option")]

    college.name_en, was = "School of the Sea", chapter.name_en
    with transaction():
        db.session.add(college)
        db.session.execute(
            update(Code).where(Code.id == college.id).values(name_en="School of the Sea")
        )
        db.session.execute(
            update(Chapter).where(Chapter.slug == "anshan").values(name_en="Iron Chapter")
        )
        record(SYSTEM, "edited", None)
    anew = [option["text"] for option in office.get(PEOPLE).all("option")]
    with transaction():
        db.session.execute(update(Chapter).where(Chapter.slug == "anshan").values(name_en=was))
        record(SYSTEM, "edited", None)

    assert "Marine Medicine" in seen
    assert "Anshan Chapter" in seen
    assert "School of the Sea" in anew
    assert "Iron Chapter" in anew


def test_an_account_reads_two_hundred_pages_an_hour(signed_in: SignIn) -> None:
    looking, other = signed_in(make_verified("王伟")), signed_in(make_verified("王芳"))
    looking.get(PEOPLE)
    assert other.get(PEOPLE).status == 200
    with transaction():
        own = account_of(db.session.scalars(select(Person).where(Person.name_zh == "王伟")).one())
        mine = Throttle.key.contains(f"account:{own.id}/")
        db.session.execute(update(Throttle).where(mine).values(times=199))

    answers = [looking.get(PEOPLE) for _ in range(2)]

    assert [answer.status for answer in answers] == [200, 429]
    assert int(answers[1].headers["Retry-After"]) > 0
    assert other.get(PEOPLE).status == 200


@pytest.mark.parametrize(("query", "most"), [("", 2), ("?q=wang", 3)])
@pytest.mark.parametrize("path", [PEOPLE, "/office/people"])
def test_a_page_of_people_asks_little(
    signed_in: SignIn, queries: list[str], path: str, query: str, most: int
) -> None:
    """Beside who it is that asks, which two statements find out."""
    member = make_member(the_chapter("anshan"), make_verified("王伟", **CLASS))
    looking = signed_in(member if path == PEOPLE else make_account(role="office"))
    counts = []
    for name in ("王芳", "王磊"):
        make_verified(name, city="鞍山", employer="鞍山中心医院", **CLASS)
        looking.get(path)
        queries.clear()
        looking.get(path + query)
        counts.append(len([q for q in queries if q.startswith(("SELECT", "WITH"))]))

    assert counts[0] == counts[1]
    assert counts[0] <= 2 + most


def test_of_what_a_graduate_cannot_choose_nothing_is_asked(signed_in: SignIn) -> None:
    make_event()
    browser = signed_in(account_of(make_verified("曾国强")))

    page = browser.get(f"{PEOPLE}/filter")

    asked = {name for form in page.forms for name in form.values}
    assert "year_from" in asked
    assert asked.isdisjoint({"event", "event_state"})
