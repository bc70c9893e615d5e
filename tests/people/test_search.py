"""Who is found by what is typed, by the office and by graduates, through all that changes."""

import random
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import delete, select, text, update

from alumni.audit.commands import record
from alumni.authz import ANYONE, SYSTEM, Actor, Class
from alumni.codes.commands import add_code
from alumni.codes.commands.merging import merge, take_back
from alumni.codes.models import Code, CodeAlias, CodeKind, Place, PlaceName
from alumni.codes.queries import code_named, find_place, home_institution
from alumni.db import Model, db, insert_or_ignore, is_postgresql, transaction
from alumni.people.commands.search import (
    mark_stale,
    mark_stale_by,
    reindex,
    reindex_all,
    tidy_index,
)
from alumni.people.jobs import refresh
from alumni.people.models import (
    ContactKind,
    ContactPoint,
    Employment,
    FormerName,
    Level,
    Person,
    PersonStatus,
    Residence,
    Study,
    StudyInstitution,
    Training,
    TrainingKind,
)
from alumni.people.models.search import SEARCH_INDEXES, PersonSearch, StaleSearch
from alumni.people.queries.search import hits, matches, named_exactly
from tests.browser import at_once
from tests.factories import make_person, saved

ALUMNA = Actor(account_id=1, is_verified=True)

HIDDEN = (Level.OFFICE, Level.CLASS, Level.CHAPTERS)


def found(actor: Actor, typed: str) -> list[str]:
    """Whom the actor finds, by name."""
    ids = select(hits(actor)).where(matches(actor, typed))
    names = db.session.execute(select(Person.name_zh, Person.name_latin).where(Person.id.in_(ids)))
    return sorted(zh or latin or "" for zh, latin in names)


def not_found(actor: Actor, typed: list[str], name: str) -> list[str]:
    """By what the actor does not find this person alone."""
    return [one for one in typed if found(actor, one) != [name]]


def code(kind: CodeKind, name: str) -> Code:
    known = code_named(kind, name)
    assert known is not None
    return known


def entered(kind: CodeKind, name: str, **more: Any) -> Code:
    with transaction():
        made = add_code(kind, name, **more)
        record(SYSTEM, "entered", made)
    return made


def place(name: str) -> Place:
    known = find_place(name)
    assert known is not None
    return known


def kept() -> dict[int, tuple[str, str | None]]:
    rows = db.session.execute(
        select(PersonSearch.person_id, PersonSearch.tokens, PersonSearch.open_tokens)
    )
    return {person_id: (tokens, open_tokens) for person_id, tokens, open_tokens in rows}


def stale() -> list[int]:
    return list(db.session.scalars(select(StaleSearch.person_id).order_by(StaleSearch.person_id)))


def known_well(level: Level = Level.ALUMNI, status: PersonStatus = PersonStatus.VERIFIED) -> Person:
    """曾国强, of whom everything is known, all of it at this level."""
    person = make_person(
        "曾国强", status=status, name_en="Kevin Zeng", name_latin="Tseng Kuo-chiang"
    )
    whose: dict[str, Any] = {"person_id": person.id, "visibility": level}
    study = saved(
        Study(
            **whose,
            is_primary=True,
            entry_year=1993,
            graduation_year=1998,
            class_label="3班",
            college_id=code(CodeKind.COLLEGE, "口腔医学院").id,
            major_id=code(CodeKind.MAJOR, "临床医学").id,
            programme_id=entered(CodeKind.PROGRAMME, "七校联合培养").id,
        )
    )
    partner = entered(CodeKind.INSTITUTION, "北方联合大学", name_en="Northern Union University")
    hospital = entered(
        CodeKind.HOSPITAL,
        "北方联合大学附属第九医院",
        name_en="Ninth Affiliated Hospital of Northern Union University",
        other_names=["九院"],
    )
    industry = entered(CodeKind.INDUSTRY, "深海探测", name_en="Deep Sea")
    parts: list[Model] = [
        StudyInstitution(
            person_id=person.id,
            study_id=study.id,
            institution_id=institution_id,
            student_number=number,
            certificate_number="Z77712345",
        )
        for institution_id, number in ((home_institution().id, "1993120001"), (partner.id, "NU55"))
    ]
    parts += [
        FormerName(**whose, name="曾小猛"),
        Employment(**whose, employer="珠峰登山诊所", industry_id=industry.id),
        Employment(**whose, employer="长江游轮", is_current=False),
        Residence(**whose, written="Fushun City", place_id=place("抚顺").id),
        Residence(**whose, written="昆明", place_id=place("昆明").id, is_current=False),
        Training(
            **whose,
            kind=TrainingKind.RESIDENCY,
            hospital_id=hospital.id,
            written="第九医院",
            department="烧伤科",
            certificate_number="Z77712345",
        ),
        ContactPoint(
            **whose, kind=ContactKind.EMAIL, value="zeng.gq@163.com", normal="zeng.gq@163.com"
        ),
        ContactPoint(
            **whose, kind=ContactKind.PHONE, value="138 0000 1234", normal="+8613800001234"
        ),
    ]
    saved(parts[0], *parts[1:])
    with transaction():
        reindex([person.id])
    return person


NAMES = [
    *("曾国强", "曾國強", "国强", "曾", "强", "zgq", "zenggq", "zeng", "Zeng Guoqiang"),
    *("zengguoqiang", "zeng guo qiang", "Guoqiang Zeng", "guo qiang", "Kevin", "kevin zeng"),
    *("Tseng", "kuochiang", "Kuo-Chiang Tseng", "ｚｇｑ"),
]
LEVELLED = [
    *("曾小猛", "小猛", "xiaomeng", "zxm"),
    *("1998届", "98级", "1998", "１９９８", "曾 1993", "3班", "1998届3班"),
    *(
        "口腔医学院",
        "口腔",
        "School of Stomatology",
        "临床医学",
        "Clinical medicine",
        "七校联合培养",
    ),
    *("大连医学院", "大連醫學院", "Dalian Medical University", "大连医科大学 zgq"),
    *("北方联合大学", "northern union university", "曾 北方联合大学 98级"),
    *("珠峰", "珠峰登山诊所", "deep sea", "深海探测"),
    *("fushun", "抚顺", "抚顺市", "撫順", "辽宁", "辽宁省", "liaoning", "China", "中国 曾国强"),
    *("第九医院", "烧伤科", "九院", "ninth affiliated hospital of northern union university"),
    *("zeng.gq@", "zeng.gq@163.com", "1234", "13800001234", "138", "１３８", "+86 138 0000 1234"),
    *("zeng 辽宁 1998 烧伤", "0000 1234", "Stomatology 曾国强".removeprefix("Stomatology ")),
]
OFFICE_ONLY = ["1993120001", "１９９３１２", "NU55", "nu55"]
NOBODY = ["Z77712345", "长江游轮", "昆明", "yunnan", "曾国弱", "1997届", "139", "k1x", "y1998"]


def test_the_office_finds_by_all_that_is_known() -> None:
    make_person("李明", year=1977, city="沈阳", college="护理学院", employer="Merck")
    known_well(Level.OFFICE, PersonStatus.KNOWN)

    typed = [one for one in (*NAMES, *LEVELLED, *OFFICE_ONLY) if one not in ALSO_OF_OTHERS]
    assert not_found(SYSTEM, typed, "曾国强") == []
    assert {one for one in ALSO_OF_OTHERS if "曾国强" not in found(SYSTEM, one)} == set()
    assert [one for one in NOBODY if found(SYSTEM, one)] == []


ALSO_OF_OTHERS = [
    *("辽宁", "辽宁省", "liaoning", "China", "大连医学院", "大連醫學院"),
    "Dalian Medical University",
]
"""What finds 李明, too, who lives in the same province and studied at the same university."""


@pytest.mark.parametrize("level", [Level.ALUMNI, Level.PUBLIC])
def test_graduates_find_by_what_is_shown_to_all_of_them(level: Level) -> None:
    known_well(level)

    assert not_found(ALUMNA, [*NAMES, *LEVELLED], "曾国强") == []
    assert [one for one in (*OFFICE_ONLY, *NOBODY) if found(ALUMNA, one)] == []


@pytest.mark.parametrize("level", HIDDEN)
def test_graduates_find_nothing_that_is_not_shown_to_all_of_them(level: Level) -> None:
    """Not even classmates and those of the same chapter, who see it on the page."""
    known_well(level)
    classmate = Actor(
        is_verified=True,
        chapters=frozenset(range(1, 50)),
        classes=frozenset({Class(1998, code(CodeKind.COLLEGE, "口腔医学院").id, "3班")}),
    )
    shown_anyway = {"大连医科大学 zgq", "中国 曾国强", "曾国强"}

    for actor in (ALUMNA, classmate):
        assert not_found(actor, NAMES, "曾国强") == []
        hidden = set(LEVELLED) - shown_anyway
        assert [one for one in (*hidden, *OFFICE_ONLY, *NOBODY) if found(actor, one)] == []
        assert found(actor, "曾国强 辽宁") == []


@pytest.mark.parametrize("status", [one for one in PersonStatus if one.value != "merged"])
def test_graduates_find_verified_people_only(status: PersonStatus) -> None:
    known_well(Level.PUBLIC, status)

    is_verified = status is PersonStatus.VERIFIED
    assert found(ALUMNA, "曾国强") == (["曾国强"] if is_verified else [])
    assert found(SYSTEM, "zgq") == ([] if status is PersonStatus.ERASED else ["曾国强"])


def test_who_may_not_look_for_people_finds_nobody() -> None:
    known_well(Level.PUBLIC)

    assert found(ANYONE, "曾国强") == []
    assert found(Actor(account_id=1, person_id=1), "曾国强") == []


@pytest.mark.parametrize("actor", [SYSTEM, ALUMNA])
@pytest.mark.parametrize(
    "typed", ["", " ", "!?", "*", '"', "\0", "\ud800", "' OR 1", "5", "a" * 300]
)
def test_strange_words_find_nobody(actor: Actor, typed: str) -> None:
    known_well()

    assert found(actor, typed) == []


Planted = Callable[[int, Level, str], Model]

PLANTS: dict[str, Planted] = {
    "former_name": lambda who, level, word: FormerName(person_id=who, visibility=level, name=word),
    "class_label": lambda who, level, word: Study(
        person_id=who, visibility=level, class_label=word
    ),
    "supervisor": lambda who, level, word: Study(person_id=who, visibility=level, supervisor=word),
    "employer": lambda who, level, word: Employment(person_id=who, visibility=level, employer=word),
    "written": lambda who, level, word: Residence(person_id=who, visibility=level, written=word),
    "hospital": lambda who, level, word: Training(
        person_id=who, visibility=level, written=word, kind=TrainingKind.INTERN
    ),
    "department": lambda who, level, word: Training(
        person_id=who, visibility=level, written="x", department=word, kind=TrainingKind.INTERN
    ),
    "email": lambda who, level, word: ContactPoint(
        person_id=who,
        visibility=level,
        kind=ContactKind.EMAIL,
        value=f"{word}@example.org",
        normal=f"{word}@example.org",
    ),
}

UNSEARCHED = {"supervisor"}


def test_planted_words_are_found_at_their_levels_and_nowhere_else() -> None:
    """Every field of every row at every level has a word of its own."""
    planted: dict[str, tuple[str, str, Level]] = {}
    for level in Level:
        for field, plant in PLANTS.items():
            person = make_person(status=PersonStatus.VERIFIED)
            word = f"mark{field.replace('_', '')}{level.value}"
            saved(plant(person.id, level, word))
            planted[word] = (person.name_zh or "", field, level)
            with transaction():
                reindex([person.id])

    for word, (name, field, level) in planted.items():
        by_office = [] if field in UNSEARCHED else [name]
        by_alumna = [] if level in HIDDEN else by_office
        assert (word, found(SYSTEM, word)) == (word, by_office)
        assert (word, found(ALUMNA, word)) == (word, by_alumna)


@pytest.mark.parametrize(
    ("typed", "is_whole"),
    [
        *(("曾国强", True), ("曾國強", True), (" 曾 国强 ", True), ("zengguoqiang", True)),
        *(("Zeng Guo Qiang", True), ("guoqiang zeng", True), ("Kevin ZENG", True)),
        *(("tseng kuo-chiang", True), ("ＺＥＮＧ Guoqiang", True)),
        *(("曾国", False), ("zgq", False), ("zeng", False), ("kevin", False), ("", False)),
        *(("1998", False), ("*", False), ("曾国强 1998", False), ("a" * 300, False)),
    ],
)
def test_a_whole_name(typed: str, *, is_whole: bool) -> None:
    known_well()
    make_person("曾国")

    names = db.session.scalars(select(Person.name_zh).where(named_exactly(typed))).all()

    expected = ["曾国"] if typed == "曾国" else []
    assert names == (["曾国强"] if is_whole else expected)


def test_a_former_name_of_a_major_finds_the_same_people() -> None:
    major = code(CodeKind.MAJOR, "口腔医学")
    person = make_person("李明", status=PersonStatus.VERIFIED)
    saved(Study(person_id=person.id, major_id=major.id))
    with transaction():
        reindex([person.id])
    assert found(ALUMNA, "牙医专修") == []

    saved(CodeAlias(code_id=major.id, kind=CodeKind.MAJOR, name="牙医专修"))

    assert found(ALUMNA, "牙医专修") == found(SYSTEM, "明 牙医专修") == ["李明"]


def test_a_name_of_several_places_finds_who_lives_in_any() -> None:
    for name, city in (("李明", "抚顺"), ("王强", "鞍山"), ("赵云", "北京")):
        make_person(name, city=city)
    for city in ("抚顺", "鞍山"):
        saved(PlaceName(place_id=place(city).id, name="钢煤城"))

    assert found(SYSTEM, "钢煤城") == ["李明", "王强"]
    assert found(SYSTEM, "王 钢煤城") == ["王强"]
    assert found(SYSTEM, "辽宁") == ["李明", "王强"]
    assert found(SYSTEM, "中国") == ["李明", "王强", "赵云"]


def test_a_merger_of_majors_loses_nobody() -> None:
    old = entered(CodeKind.MAJOR, "老牙科", name_en="Old Dentistry")
    new = entered(CodeKind.MAJOR, "新牙科", name_en="New Dentistry")
    for name, major in (("李明", old), ("王强", new)):
        person = make_person(name, status=PersonStatus.VERIFIED)
        saved(Study(person_id=person.id, major_id=major.id))
        with transaction():
            reindex([person.id])

    with transaction():
        merge(SYSTEM, db.session.get_one(Code, old.id), db.session.get_one(Code, new.id))
    asked = ("老牙科", "新牙科", "old dentistry", "New Dentistry")
    before = [found(ALUMNA, typed) for typed in asked]
    marked = len(stale())
    assert refresh() == marked == 1
    after = [found(ALUMNA, typed) for typed in asked]

    assert before == after == [["李明", "王强"]] * 4
    assert (found(SYSTEM, "新牙"), stale()) == (["李明", "王强"], [])
    with transaction():
        take_back(SYSTEM, db.session.get_one(Code, old.id))
    refresh()
    assert [found(SYSTEM, typed) for typed in ("老牙科", "新牙科", "老牙")] == [
        *(["李明"], ["王强"], ["李明"])
    ]


def test_who_refers_to_a_thing_is_marked() -> None:
    person = known_well()
    make_person("李明", city="沈阳")
    codes = ("口腔医学院", "临床医学", "七校联合培养", "北方联合大学", "深海探测")
    for name in (*codes, "北方联合大学附属第九医院"):
        (code_id,) = db.session.scalars(select(Code.id).where(Code.name_zh == name))
        with transaction():
            mark_stale_by("code", code_id)
        assert (name, stale()) == (name, [person.id])
        assert (refresh(), refresh()) == (1, 0)
    for name, marked in (("抚顺", 1), ("辽宁", 2), ("中国", 2), ("上海", 0)):
        with transaction():
            mark_stale_by("place", place(name).id)
        assert (name, len(stale())) == (name, marked)
        refresh()


def test_marks_are_made_once_and_worked_off_in_parts() -> None:
    people = [make_person().id for _time in range(5)]
    for _time in range(2):
        with transaction():
            mark_stale(select(Person.id).where(Person.id.in_(people)))
    db.session.execute(update(Person).values(name_en="Anew"))
    db.session.commit()

    assert stale() == people
    assert [refresh(at_most=2) for _time in range(4)] == [2, 2, 1, 0]
    assert len(found(SYSTEM, "anew")) == 5


def test_several_workers_share_the_work(app: Flask) -> None:
    for _time in range(12):
        make_person()
    with transaction():
        mark_stale(select(Person.id))
        db.session.execute(update(Person).values(name_en="Anew"))
    done: list[int] = []

    def work(_number: int) -> None:
        with app.app_context():
            while (number := refresh(at_most=2)) > 0:
                done.append(number)

    assert at_once(work, range(4)) == []
    while (number := refresh()) > 0:
        done.append(number)
    assert (sum(done), stale(), len(found(SYSTEM, "anew"))) == (12, [], 12)


def test_two_who_change_a_person_at_once_are_both_found(app: Flask) -> None:
    person_id = make_person("曾国强").id

    def change(number: int) -> None:
        with app.app_context(), transaction():
            row = {"person_id": person_id, "name": f"Alias{number}qqq", "visibility": Level.OFFICE}
            db.session.execute(insert_or_ignore(FormerName), row)
            reindex([person_id])

    numbers = [chr(ord("a") + number) for number in range(8)]
    assert at_once(change, numbers) == []

    assert [found(SYSTEM, f"alias{number}qqq") for number in numbers] == [["曾国强"]] * 8


def test_making_words_twice_changes_nothing() -> None:
    person = known_well()
    before = kept()

    with transaction():
        assert reindex([person.id, person.id]) == 1
        tidy_index()

    assert kept() == before
    assert found(ALUMNA, "zgq") == ["曾国强"]


def test_who_is_gone_is_forgotten() -> None:
    person, into = known_well(), make_person("李明")
    with transaction():
        gone = {"status": PersonStatus.MERGED, "merged_into_id": into.id}
        db.session.execute(update(Person).where(Person.id == person.id).values(**gone))
        assert reindex([person.id, into.id, 999_999]) == 1

    assert (found(SYSTEM, "曾国强"), found(ALUMNA, "曾国强")) == ([], [])
    assert kept().keys() == {into.id}


WRITES = ("BEGIN", "INSERT", "UPDATE", "DELETE")


def test_one_person_is_read_in_few_statements(queries: list[str]) -> None:
    person = known_well()
    queries.clear()
    with transaction():
        reindex([person.id])
    assert len([query for query in queries if not query.startswith(WRITES)]) <= 5

    for typed, number in (("大连医学院 1998", 1), ("13800001234", 0), ("王", 0), ("", 0)):
        queries.clear()
        matches(SYSTEM, typed)
        asked = [query for query in queries if not query.startswith(WRITES)]
        assert (typed, len(asked)) == (typed, number)


def test_a_broken_index_is_made_anew() -> None:
    known_well()
    with transaction():
        if is_postgresql():
            db.session.execute(delete(PersonSearch))
        else:
            for index in SEARCH_INDEXES:
                db.session.execute(text(f"INSERT INTO {index}({index}) VALUES ('delete-all')"))  # noqa: S608 - a name of ours
    assert found(SYSTEM, "zgq") == []
    parts: list[int] = []

    assert reindex_all(done=parts.append) == 1

    assert (found(SYSTEM, "zgq"), found(ALUMNA, "zgq"), parts) == (["曾国强"], ["曾国强"], [1])
    with transaction():
        db.session.execute(update(Person).values(name_en="Anew"))
        reindex([*kept()])
    assert (found(SYSTEM, "anew"), found(ALUMNA, "anew")) == (["曾国强"], ["曾国强"])
    for index in () if is_postgresql() else SEARCH_INDEXES:
        merging = text(f"SELECT v FROM {index}_config WHERE k = 'automerge'")  # noqa: S608 - a name of ours
        assert db.session.scalar(merging) == 4, index


def hit_by(index: str, column: str) -> dict[str, set[int]]:
    """For each word in the documents whom the engine's own index finds by it."""
    words = {word for row in documents(column).values() for word in row}
    if is_postgresql():
        asked = "SELECT person_id FROM person_search WHERE {0} @@ CAST(:word AS tsquery)"
    else:
        asked = "SELECT rowid FROM {1} WHERE {1} MATCH :word"
    quote = "'" if is_postgresql() else '"'
    return {
        word: set(
            db.session.scalars(text(asked.format(column, index)), {"word": f"{quote}{word}{quote}"})
        )
        for word in sorted(words)
    }


def documents(column: str) -> dict[int, set[str]]:
    rows = db.session.execute(select(PersonSearch.person_id, getattr(PersonSearch, column)))
    return {
        person_id: {word.strip("'") for word in tokens.split(" ")}
        for person_id, tokens in rows
        if tokens
    }


def one_edit(chance: random.Random, people: list[int]) -> None:
    """Something that happens to a person, and what is done after it."""
    person_id = chance.choice(people)
    level = chance.choice(list(Level))
    word = f"{chance.choice('abcdefgh')}{chance.randint(10, 14)}"
    rows: dict[str, Callable[[], Any]] = {
        "former": lambda: FormerName(person_id=person_id, visibility=level, name=f"猛{word}"),
        "job": lambda: Employment(
            person_id=person_id, visibility=level, employer=f"厂 {word}", is_current=False
        ),
        "training": lambda: Training(
            person_id=person_id, visibility=level, written=f"院{word}", kind=TrainingKind.INTERN
        ),
        "study": lambda: Study(
            person_id=person_id, visibility=level, graduation_year=1990 + chance.randint(0, 5)
        ),
    }
    tables = (FormerName, Employment, Training, Study)
    statements: dict[str, Callable[[], Any]] = {
        "status": lambda: (
            update(Person)
            .where(Person.id == person_id)
            .values(status=chance.choice(["known", "verified", "deceased", "erased"]))
        ),
        "name": lambda: (
            update(Person).where(Person.id == person_id).values(name_zh=f"王{word}", name_en=word)
        ),
        "levels": lambda: (
            update(chance.choice(tables)).where(text("id % 2 = 0")).values(visibility=level)
        ),
        "gone": lambda: delete(chance.choice(tables)).where(text("id % 5 = 0")),
    }
    what = chance.choice([*rows, *statements])
    with transaction():
        if what in rows:
            db.session.add(rows[what]())
            db.session.flush()
            db.session.info.pop("changes", None)
            reindex([person_id])
        else:
            db.session.execute(statements[what]())
            if what in ("levels", "gone"):
                mark_stale(select(Person.id))
            else:
                reindex([person_id])
    if chance.random() < 0.3:
        refresh(at_most=chance.randint(1, 20))


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_after_any_edits_the_index_is_as_if_made_anew(seed: int) -> None:
    chance = random.Random(seed)  # noqa: S311 - nothing to guess
    people = [make_person(status=PersonStatus.VERIFIED).id for _time in range(6)]
    for _time in range(40):
        one_edit(chance, people)
    while refresh() > 0:
        pass
    edited = kept()
    for index, column in SEARCH_INDEXES.items():
        hit = hit_by(index, column)
        own = documents(column)
        assert hit == {
            word: {person_id for person_id, words in own.items() if word in words} for word in hit
        }

    reindex_all()

    assert kept() == edited
