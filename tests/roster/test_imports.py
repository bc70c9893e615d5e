from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select

from alumni.audit.commands import record
from alumni.audit.models import Change, ChangeSet
from alumni.authz import ANYONE, SYSTEM, Actor
from alumni.codes.commands.merging import merge
from alumni.codes.models import Code, CodeKind
from alumni.db import WRITING, db, today, transaction
from alumni.errors import NotFound, Refusal
from alumni.people.commands.search import reindex_all
from alumni.people.fields import export_select
from alumni.people.models import (
    ContactKind,
    ContactPoint,
    Employment,
    Level,
    Person,
    PersonStatus,
    Residence,
    Study,
)
from alumni.people.models.search import PersonSearch
from alumni.roster.commands.imports import accept, apply_part, discard
from alumni.roster.commands.settling import Wish, settle, settle_all
from alumni.roster.jobs import go_on
from alumni.roster.models import BatchState, ImportBatch, ImportRow, RosterEntry, Verdict
from alumni.roster.policy import may_import
from alumni.roster.queries.imports import batch_rows, batches, get_batch
from tests.browser import at_once
from tests.factories import make_person, make_verified, saved
from tests.refusals import refused
from tests.roster.rosters import ZENG, as_csv, brought_in, changed, counts, staged
from tests.roster.test_undoing import undone

SAID = (
    *("name", "student_number", "entry_year", "graduation", "college", "major", "class_label"),
    *("employer", "title", "phone", "email", "province", "city"),
)


def said_of(number: str) -> tuple[Any, ...]:
    """What an export says of the person with this student number."""
    rows = export_select(SYSTEM, SAID, "zh").add_columns(Person.status)
    return next(tuple(row) for row in db.session.execute(rows) if row.student_number == number)


def count(model: type[Any]) -> int:
    return db.session.scalar(select(func.count()).select_from(model)) or 0


def person_of(number: str) -> Person:
    return db.session.scalars(
        select(Person)
        .join(RosterEntry, RosterEntry.person_id == Person.id)
        .where(RosterEntry.number == number)
        .execution_options(populate_existing=True)
    ).one()


def words() -> dict[int, tuple[str, str | None]]:
    """By person what the office and what graduates find them by."""
    kept = select(PersonSearch.person_id, PersonSearch.tokens, PersonSearch.open_tokens)
    return {
        person_id: (tokens, open_tokens)
        for person_id, tokens, open_tokens in db.session.execute(kept)
    }


def test_staging_writes_nothing_but_the_import() -> None:
    batch = staged(as_csv(ZENG))

    assert counts(batch) == (1, 0, 0, 0, 0)
    assert (batch.state, batch.rows) == (BatchState.STAGED, 1)
    assert [count(model) for model in (Person, RosterEntry, Study, Change, ChangeSet)] == [0] * 5


def test_two_in_the_office_settle_a_row_once(app: Flask) -> None:
    known = make_verified("曾国强")
    saved(Study(person_id=known.id, is_primary=True, graduation_year=1998))
    batch = staged(as_csv(ZENG))
    (row_id,) = db.session.scalars(select(ImportRow.id)).all()
    public_id, person_id = batch.public_id, known.id
    db.session.rollback()

    def decide(wish: Wish) -> None:
        with app.app_context(), transaction():
            settle(SYSTEM, get_batch(SYSTEM, public_id), row_id, wish, person_id=person_id)

    problems = at_once(decide, [Wish.SAME, Wish.SAME, Wish.SAME, Wish.NEW])

    db.session.expire_all()
    assert [type(problem) for problem in problems] == [Refusal] * 3
    assert batch.possible == 0
    assert batch.new + batch.updated == 1


def test_an_import_is_discarded_or_accepted(app: Flask) -> None:
    public_id = staged(as_csv(ZENG)).public_id
    db.session.rollback()

    def do(work: Callable[[Actor, ImportBatch], None]) -> None:
        with app.app_context(), transaction():
            work(SYSTEM, get_batch(SYSTEM, public_id))

    problems = at_once(do, [accept, discard, accept, discard])

    assert [type(problem) for problem in problems] == [Refusal] * 3


def test_a_new_row_becomes_an_entry_and_a_person() -> None:
    batch = brought_in(as_csv(ZENG))

    assert (batch.state, batch.applied_rows) == (BatchState.APPLIED, 1)
    assert said_of("1993120001") == (
        *("曾国强", "1993120001", 1993, "1998-07", "口腔医学院", "口腔医学", "3班"),
        *("鞍山中心医院", "医师", "138 0000 1234", "zeng@example.org", "辽宁", "鞍山"),
        PersonStatus.KNOWN,
    )
    entry = db.session.scalars(select(RosterEntry)).one()
    assert (entry.name_zh, entry.graduation_month, entry.college) == ("曾国强", 7, "口腔医学院")
    assert (entry.person_id, entry.batch_id) == (person_of("1993120001").id, batch.id)


def test_a_new_person_is_found_by_the_words_that_a_new_index_would_hold() -> None:
    brought_in(as_csv(ZENG, changed(ZENG, 姓名="John Smith", 学号="1993120002", 邮箱="")))
    made = words()

    reindex_all()

    assert made == words()
    assert [open_tokens for _tokens, open_tokens in made.values()] == [None, None]


def test_who_is_verified_is_found_by_graduates_by_what_a_roster_adds() -> None:
    person = make_verified("曾国强", year=1998, student_number="1993120001")

    brought_in(as_csv(ZENG))

    made = words()
    _tokens, open_tokens = made[person.id]
    assert open_tokens is not None
    said = {word.strip("'") for word in open_tokens.split()}
    assert {"o鞍山", "o口腔"} <= said
    assert not {"n01993120001", "m0zengexampleorg"} & said
    reindex_all()
    assert made == words()


def test_the_history_says_who_was_entered_and_by_which_import() -> None:
    batch = brought_in(as_csv(ZENG))

    deed = db.session.scalars(select(ChangeSet).where(ChangeSet.verb == "imported")).one()
    change = db.session.scalars(select(Change).where(Change.change_set_id == deed.id)).one()
    assert (deed.batch_id, deed.facts) == (batch.id, {"rows": 1})
    assert change.person_id == change.row_id == person_of("1993120001").id
    assert change.before is None
    assert change.after is not None
    assert change.after["employer"] == "鞍山中心医院"


def test_the_same_file_again_changes_nothing() -> None:
    content = as_csv(ZENG, changed(ZENG, 姓名="李雷", 学号="1993120002", 职务="", 城市=""))
    brought_in(content)
    changes = count(Change)

    again = staged(content)

    assert counts(again) == (0, 0, 2, 0, 0)
    assert again.state is BatchState.APPLIED
    assert count(Change) == changes


@pytest.mark.parametrize(
    ("cells", "field", "value"),
    [
        ({"姓名": "曾国富"}, "name", "曾国富"),
        ({"入学年份": "1992"}, "entry_year", 1992),
        ({"毕业时间": "1999.07"}, "graduation", "1999-07"),
        ({"学院": "护理学院"}, "college", "护理学院"),
        ({"专业": "口腔正畸学"}, "major", "口腔正畸学"),
        ({"班级": "4班"}, "class_label", "4班"),
        ({"工作单位": "大连中心医院"}, "employer", "大连中心医院"),
        ({"职务": "主任医师"}, "title", "主任医师"),
        ({"手机": "13900005678"}, "phone", "13900005678"),
        ({"邮箱": "guoqiang@example.org"}, "email", "guoqiang@example.org"),
        ({"城市": "大连"}, "city", "大连"),
    ],
)
def test_a_changed_cell_changes_that_field_alone(
    cells: dict[str, str], field: str, value: object
) -> None:
    brought_in(as_csv(ZENG))
    before = said_of("1993120001")

    batch = brought_in(as_csv(changed(ZENG, **cells)))

    expected = dict(zip(SAID, before, strict=False)) | {field: value}
    assert counts(batch) == (0, 1, 0, 0, 0)
    assert dict(zip(SAID, said_of("1993120001"), strict=False)) == expected
    row = db.session.scalars(select(ImportRow).where(ImportRow.batch_id == batch.id)).one()
    assert list(row.changes) == [field]
    assert row.changes[field][1] == value
    assert counts(staged(as_csv(changed(ZENG, **cells)))) == (0, 0, 1, 0, 0)


def history(batch: ImportBatch) -> dict[tuple[str, int], tuple[Any, Any]]:
    """What the import did to which row: its columns before and after."""
    deeds = select(ChangeSet.id).where(ChangeSet.batch_id == batch.id)
    changes = db.session.scalars(select(Change).where(Change.change_set_id.in_(deeds))).all()
    told = {(one.table_name, one.row_id): (one.before, one.after) for one in changes}
    assert len(told) == len(changes)
    return told


def points_of(person: Person, kind: ContactKind = ContactKind.EMAIL) -> list[ContactPoint]:
    mine = select(ContactPoint).where(ContactPoint.person_id == person.id)
    return list(db.session.scalars(mine.where(ContactPoint.kind == kind).order_by(ContactPoint.id)))


def entry_of(person: Person) -> RosterEntry:
    return db.session.scalars(select(RosterEntry).where(RosterEntry.person_id == person.id)).one()


def test_a_change_is_in_the_history_and_in_the_index() -> None:
    first = brought_in(as_csv(ZENG))

    batch = brought_in(as_csv(changed(ZENG, 姓名="曾国富", 邮箱="fu@example.org")))

    person = person_of("1993120001")
    old, new = points_of(person)
    assert history(batch) == {
        ("person", person.id): (
            {"name_zh": "曾国强", "pinyin_given": "guo qiang", "sort_key": "zeng guo qiang 曾国强"},
            {"name_zh": "曾国富", "pinyin_given": "guo fu", "sort_key": "zeng guo fu 曾国富"},
        ),
        ("roster_entry", entry_of(person).id): (
            {"name_zh": "曾国强", "batch_id": first.id},
            {"name_zh": "曾国富", "batch_id": batch.id},
        ),
        ("contact_point", old.id): ({"is_primary": True}, {"is_primary": False}),
        ("contact_point", new.id): (
            None,
            {
                "id": new.id,
                "person_id": person.id,
                "kind": "email",
                "is_primary": True,
                "value": "fu@example.org",
                "normal": "fu@example.org",
                "visibility": "office",
            },
        ),
    }
    assert person.version == 2
    made = words()
    reindex_all()
    assert made == words()
    assert person_of("1993120001").sort_key == "zeng guo fu 曾国富"


def test_a_new_address_comes_first_and_the_old_one_stays() -> None:
    brought_in(as_csv(ZENG))
    brought_in(as_csv(changed(ZENG, 邮箱="new@example.org")))
    brought_in(as_csv(ZENG))

    points = select(ContactPoint.normal, ContactPoint.is_primary).where(
        ContactPoint.kind == ContactKind.EMAIL
    )
    found = db.session.execute(points.order_by(ContactPoint.normal)).all()
    assert found == [("new@example.org", False), ("zeng@example.org", True)]


def test_a_new_employer_follows_the_old_one() -> None:
    brought_in(as_csv(ZENG))
    brought_in(as_csv(changed(ZENG, 工作单位="大连中心医院", 职务="")))

    jobs = select(Employment.employer, Employment.title, Employment.is_current)
    assert db.session.execute(jobs.order_by(Employment.id)).all() == [
        ("鞍山中心医院", "医师", False),
        ("大连中心医院", None, True),
    ]


WORK = ("姓名", "学号", "工作单位", "科室", "职务")


def worked_at(*cells: str) -> bytes:
    """A list of where Zeng Guoqiang works."""
    return as_csv((*ZENG[:2], *cells), header=WORK)


def jobs() -> list[Any]:
    told = select(Employment.employer, Employment.department, Employment.title)
    return list(db.session.execute(told.order_by(Employment.id)).all())


def test_the_department_belongs_to_the_employer() -> None:
    brought_in(worked_at("鞍山中心医院", "口腔内科", "医师"))
    assert jobs() == [("鞍山中心医院", "口腔内科", "医师")]

    moved = brought_in(worked_at("鞍山中心医院", "口腔外科", "医师"))
    assert jobs() == [("鞍山中心医院", "口腔外科", "医师")]
    assert counts(staged(worked_at("鞍山中心医院", "", ""))) == (0, 0, 1, 0, 0)

    brought_in(worked_at("大连中心医院", "", "主任医师"))
    assert jobs() == [
        ("鞍山中心医院", "口腔外科", "医师"),
        ("大连中心医院", None, "主任医师"),
    ]
    row = db.session.scalars(select(ImportRow).where(ImportRow.batch_id == moved.id)).one()
    assert row.changes == {"department": ["口腔内科", "口腔外科"]}


def test_the_department_is_taken_back_with_its_import() -> None:
    brought_in(worked_at("鞍山中心医院", "口腔内科", "医师"))
    batch = brought_in(worked_at("鞍山中心医院", "口腔外科", "医师"))

    undone(batch)

    assert jobs() == [("鞍山中心医院", "口腔内科", "医师")]


def test_what_a_list_says_of_another_job_than_their_own_is_left_aside() -> None:
    """Their employer stays, and the department is none of that one."""
    brought_in(worked_at("鞍山中心医院", "", ""))
    with transaction():
        person = person_of("1993120001")
        person.status = PersonStatus.VERIFIED
        record(SYSTEM, "approved", person)

    batch = brought_in(worked_at("大连中心医院", "口腔外科", "医师"))

    assert jobs() == [("鞍山中心医院", None, None)]
    assert counts(batch) == (0, 0, 1, 0, 0)


def test_a_blank_never_erases() -> None:
    brought_in(as_csv(ZENG))
    before = said_of("1993120001")

    batch = staged(as_csv(tuple(cell if i == 1 else "" for i, cell in enumerate(ZENG))))

    assert counts(batch) == (0, 0, 1, 0, 0)
    assert said_of("1993120001") == before


def test_a_mere_year_does_not_take_the_month_away() -> None:
    brought_in(as_csv(ZENG))

    assert counts(staged(as_csv(changed(ZENG, 毕业时间="1998")))) == (0, 0, 1, 0, 0)


def test_what_people_keep_up_themselves_is_only_filled() -> None:
    brought_in(as_csv(changed(ZENG, 手机="")))
    person = person_of("1993120001")
    with transaction():
        person = person_of("1993120001")
        person.status = PersonStatus.VERIFIED
        record(SYSTEM, "verified", person)

    brought_in(as_csv(changed(ZENG, 邮箱="wrong@example.org", 城市="大连", 专业="护理学")))

    said = dict(zip(SAID, said_of("1993120001"), strict=False))
    assert (said["email"], said["city"]) == ("zeng@example.org", "鞍山")
    assert (said["phone"], said["major"]) == ("138 0000 1234", "护理学")


def test_unknown_words_are_added_once() -> None:
    other = changed(ZENG, 学号="1993120002", 姓名="李雷")
    content = as_csv(*(changed(row, 学院="第三 临床学院", 专业="假肢学") for row in (ZENG, other)))
    brought_in(content)

    made = select(Code.kind, Code.name_zh).where(Code.name_zh.in_(["第三 临床学院", "假肢学"]))
    assert sorted(db.session.execute(made)) == [
        (CodeKind.COLLEGE, "第三 临床学院"),
        (CodeKind.MAJOR, "假肢学"),
    ]


def test_after_a_merger_rows_mean_the_word_that_is_left() -> None:
    other = changed(ZENG, 学号="1993120002", 姓名="李雷", 学院="海滨第一学院")
    brought_in(as_csv(changed(ZENG, 学院="第一临床学院"), other))
    with transaction():
        former, left = (code_of(name) for name in ("第一临床学院", "海滨第一学院"))
        merge(SYSTEM, former, left)
    before = count(Code)

    third = changed(ZENG, 学号="1993120003", 姓名="韩梅", 学院="第一临床学院")
    fourth = changed(ZENG, 学号="1993120004", 姓名="林涛", 学院="海滨第一学院")
    brought_in(as_csv(third, fourth))

    colleges = select(Study.college_id).order_by(Study.person_id)
    assert db.session.scalars(colleges).all() == [code_of("海滨第一学院").id] * 4
    assert count(Code) == before
    made = words()
    reindex_all()
    assert words()[person_of("1993120003").id] == made[person_of("1993120003").id]


def test_a_new_home_is_shown_to_whom_the_old_one_was() -> None:
    brought_in(as_csv(ZENG))
    with transaction():
        home = db.session.scalars(select(Residence)).one()
        home.visibility = Level.CLASS
        record(SYSTEM, "changed_levels", person_of("1993120001"))

    brought_in(as_csv(changed(ZENG, 城市="大连")))

    homes = select(
        Residence.written,
        Residence.is_current,
        Residence.starts_on,
        Residence.ends_on,
        Residence.visibility,
    ).order_by(Residence.id)
    assert db.session.execute(homes).all() == [
        ("鞍山", False, None, today(), Level.CLASS),
        ("大连", True, today(), None, Level.CLASS),
    ]


def code_of(name: str) -> Code:
    return db.session.scalars(select(Code).where(Code.name_zh == name)).one()


def test_one_address_may_be_two_people_s() -> None:
    brought_in(as_csv(ZENG, changed(ZENG, 姓名="李雷", 学号="1993120002")))

    points = select(ContactPoint.normal, ContactPoint.is_primary).where(
        ContactPoint.kind == ContactKind.EMAIL
    )
    assert db.session.execute(points).all() == [("zeng@example.org", True)] * 2


def test_rows_that_say_the_same_are_one() -> None:
    assert counts(staged(as_csv(ZENG, ZENG))) == (1, 0, 1, 0, 0)


def test_rows_that_contradict_each_other_are_all_wrong() -> None:
    batch = staged(as_csv(ZENG, changed(ZENG, 姓名="李雷"), changed(ZENG, 姓名="韩梅梅")))

    assert counts(batch) == (0, 0, 0, 0, 3)


def test_where_rows_are_wrong_nothing_is_brought_in_unless_said() -> None:
    batch = staged(as_csv(ZENG, changed(ZENG, 学号="1993120002", 邮箱="zeng@")))

    with pytest.raises(Refusal), transaction():
        accept(SYSTEM, batch)
    assert go_on() == 0
    with transaction():
        accept(SYSTEM, batch, accept_good=True)
    assert go_on() == 1
    assert count(Person) == 1


def test_somebody_known_without_a_number_is_perhaps_the_same() -> None:
    known = make_verified("曾国强", year=None)
    other = make_person("曾国强")
    with transaction():
        db.session.add(Study(person_id=known.id, is_primary=True, graduation_year=1998))
        db.session.add(Study(person_id=other.id, is_primary=True, graduation_year=1999))
        record(SYSTEM, "made", None)

    batch = staged(as_csv(ZENG))

    row = db.session.scalars(batch_rows(batch, Verdict.POSSIBLE)).one()
    assert counts(batch) == (0, 0, 0, 1, 0)
    assert row.candidates == [[known.id, 40, {"name": True, "graduation_year": True}]]


def make_possible() -> tuple[Person, ImportBatch, int]:
    known = make_verified("曾国强")
    with transaction():
        db.session.add(Study(person_id=known.id, is_primary=True, graduation_year=1998))
        record(SYSTEM, "made", None)
    batch = staged(as_csv(ZENG))
    return known, batch, db.session.scalars(batch_rows(batch, Verdict.POSSIBLE)).one().id


def test_the_office_says_that_it_is_the_same() -> None:
    known, batch, row_id = make_possible()
    with transaction():
        settle(SYSTEM, batch, row_id, Wish.SAME, person_id=known.id)
        accept(SYSTEM, batch)

    assert go_on() == 1

    assert (batch.possible, batch.updated) == (0, 1)
    assert person_of("1993120001").id == known.id
    said = dict(zip(SAID, said_of("1993120001"), strict=False))
    assert (said["entry_year"], said["employer"], said["college"]) == (
        *(1993, "鞍山中心医院", "口腔医学院"),
    )
    assert said["email"] != "zeng@example.org"
    assert counts(staged(as_csv(ZENG))) == (0, 0, 1, 0, 0)


def test_the_office_says_that_it_is_somebody_else() -> None:
    known, batch, row_id = make_possible()
    with transaction():
        settle(SYSTEM, batch, row_id, Wish.NEW)
        accept(SYSTEM, batch)

    assert go_on() == 1

    assert person_of("1993120001").id != known.id
    with pytest.raises(Refusal), transaction():
        settle(SYSTEM, batch, row_id, Wish.SAME, person_id=known.id)


def test_a_row_is_settled_once_and_in_its_own_import() -> None:
    known, batch, row_id = make_possible()
    other = staged(as_csv(changed(ZENG, 姓名="李雷", 学号="1993120009")))
    stranger = make_person("李雷")

    def same(where: ImportBatch, person: Person) -> None:
        with transaction():
            settle(SYSTEM, where, row_id, Wish.SAME, person_id=person.id)

    with pytest.raises(Refusal):
        same(other, known)
    with pytest.raises(NotFound):
        same(batch, stranger)
    same(batch, known)
    with pytest.raises(Refusal):
        same(batch, known)


def test_a_number_given_at_sign_up_is_joined_to_the_roster() -> None:
    known = make_verified("曾国强", year=1998, student_number="1993120001")

    batch = brought_in(as_csv(ZENG))

    assert counts(batch) == (0, 1, 0, 0, 0)
    assert person_of("1993120001").id == known.id


def test_a_number_under_another_name_is_only_perhaps_the_same() -> None:
    make_verified("李雷", year=1998, student_number="1993120001")
    batch = staged(as_csv(ZENG))
    row_id = db.session.scalars(batch_rows(batch, Verdict.POSSIBLE)).one().id

    assert counts(batch) == (0, 0, 0, 1, 0)
    with pytest.raises(Refusal), transaction():
        settle(SYSTEM, batch, row_id, Wish.NEW)


def test_an_import_stopped_half_way_goes_on_where_it_was() -> None:
    rows = [changed(ZENG, 学号=f"199312{n:04}", 姓名=f"曾{'一二三四五六七'[n]}") for n in range(7)]
    batch = staged(as_csv(*rows))
    with transaction():
        accept(SYSTEM, batch)
    assert go_on(at_most=3) == 3
    db.session.connection(execution_options=WRITING)
    apply_part(batch.id, at_most=3)
    db.session.remove()
    batch = db.session.get_one(ImportBatch, batch.id)
    assert (count(RosterEntry), batch.state) == (3, BatchState.APPLYING)

    done = [go_on(at_most=3) for _ in range(3)]

    db.session.refresh(batch)
    assert done == [3, 1, 0]
    assert (batch.state, batch.applied_rows) == (BatchState.APPLIED, 7)
    assert (count(RosterEntry), count(Person), count(PersonSearch)) == (7, 7, 7)


def test_two_imports_of_one_file_enter_nobody_twice() -> None:
    first, second = staged(as_csv(ZENG)), staged(as_csv(ZENG))
    for batch in (first, second):
        with transaction():
            accept(SYSTEM, batch)

    done = [go_on() for _ in range(3)]

    assert done == [1, 1, 0]
    assert count(Person) == 1


def test_a_row_that_the_database_does_not_take_ends_the_import() -> None:
    batch = staged(as_csv(ZENG))
    with transaction():
        accept(SYSTEM, batch)
        row = db.session.scalars(batch_rows(batch, Verdict.NEW)).one()
        row.values = row.values | {"entry_year": 1}

    assert go_on() == 0

    db.session.refresh(batch)
    assert batch.state is BatchState.FAILED
    assert batch.problem != ""
    assert count(Person) == 0
    with transaction():
        accept(SYSTEM, batch)
    assert batch.problem == ""


def test_a_discarded_import_keeps_no_rows() -> None:
    batch = staged(as_csv(ZENG))
    with transaction():
        discard(SYSTEM, batch)

    assert (batch.state, count(ImportRow)) == (BatchState.DISCARDED, 0)
    for again in (accept, discard):
        with pytest.raises(Refusal), transaction():
            again(SYSTEM, batch)


def test_only_who_brings_in_rosters_may() -> None:
    batch = staged(as_csv(ZENG))

    for verb in (accept, discard):
        with refused(may_import):
            verb(ANYONE, batch)
    with refused(may_import):
        settle(ANYONE, batch, 1, Wish.LEAVE)
    with refused(may_import):
        settle_all(ANYONE, batch, Wish.LEAVE)
    with refused(may_import):
        batches(ANYONE)
    with refused(may_import):
        get_batch(ANYONE, batch.public_id)


def test_bringing_in_takes_as_many_statements_for_ten_as_for_two(queries: list[str]) -> None:
    asked = []
    for start, number in ((0, 2), (2, 10)):
        rows = [
            changed(
                ZENG,
                学号=f"199312{start + n:04}",
                姓名=f"曾{'一二三四五六七八九十百千'[start + n]}",
            )
            for n in range(number)
        ]
        batch = staged(as_csv(*rows))
        with transaction():
            accept(SYSTEM, batch)
        queries.clear()
        assert go_on() == number
        asked.append(len(queries))

    assert asked[0] == asked[1]
