import itertools
from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import select

from alumni.audit.commands import erase, record
from alumni.audit.models import Change, ChangeSet
from alumni.authz import ANYONE, SYSTEM
from alumni.codes.commands import add_code
from alumni.codes.models import CodeKind
from alumni.codes.queries import home_institution
from alumni.db import Model, db, today, transaction
from alumni.errors import Refusal
from alumni.events.models import Registration, RegistrationState
from alumni.i18n import speaking
from alumni.mailings.models import Choice, MailList, Subscription
from alumni.people.commands import named
from alumni.people.commands.search import reindex
from alumni.people.models import (
    Consent,
    ConsentPurpose,
    ContactKind,
    ContactPoint,
    Employment,
    Person,
    PersonStatus,
    PersonTag,
    Study,
    StudyInstitution,
    Tag,
)
from alumni.roster.commands.undoing import REASONS, ask_undo, give_up, undo_part
from alumni.roster.models import (
    Activation,
    Application,
    BatchState,
    DuplicatePair,
    ImportBatch,
    ImportChunk,
    ImportRow,
    Match,
    MatchVerdict,
    Merge,
    PairState,
    RosterEntry,
    Verdict,
)
from alumni.roster.policy import may_import
from tests.factories import (
    actor_of,
    make_account,
    make_chapter,
    make_event,
    make_member,
    make_person,
    number,
    saved,
)
from tests.outbox.factories import make_delivery
from tests.refusals import refused
from tests.roster.tables import search_words, tables

lines = itertools.count(2)


def make_batch(**values: Any) -> ImportBatch:
    return saved(
        ImportBatch(
            file_name="名册.csv", sha256="0" * 64, **{"state": BatchState.APPLIED, **values}
        )
    )


def imported(batch: ImportBatch, person: Person, *things: Model) -> Person:
    """Let the import write what waits in the session, and these things, for a row of its file."""
    db.session.add_all(things)
    deed = record(SYSTEM, "imported", batch)
    deed.batch_id = batch.id
    db.session.add(
        ImportRow(
            batch_id=batch.id,
            line=next(lines),
            verdict=Verdict.UPDATED,
            person_id=person.id,
            is_applied=True,
        )
    )
    batch.applied_rows += 1
    reindex([person.id])
    db.session.commit()
    return person


def entered(batch: ImportBatch, name: str = "曾国强") -> Person:
    """Somebody whom we knew from no other place, with what a roster says."""
    person = Person(**named(name))
    db.session.add(person)
    db.session.flush()
    study = Study(person_id=person.id, is_primary=True, graduation_year=1998)
    db.session.add(study)
    db.session.flush()
    student_number = f"S{next(number)}"
    return imported(
        batch,
        person,
        StudyInstitution(
            person_id=person.id,
            study_id=study.id,
            institution_id=home_institution().id,
            student_number=student_number,
        ),
        entry_of(batch, person, student_number),
        Employment(person_id=person.id, employer="鞍山中心医院"),
        phone_of(person, "+8613800001234"),
    )


def entry_of(batch: ImportBatch, person: Person, student_number: str) -> RosterEntry:
    return RosterEntry(
        institution_id=home_institution().id,
        number=student_number,
        name_zh=person.name_zh or "",
        person_id=person.id,
        batch_id=batch.id,
    )


def phone_of(person: Person, value: str, *, is_primary: bool = True) -> ContactPoint:
    return ContactPoint(
        person_id=person.id,
        kind=ContactKind.PHONE,
        value=value,
        normal=value,
        is_primary=is_primary,
    )


def undone(batch: ImportBatch, *, at_most: int = 5000) -> ImportBatch:
    """Ask, and let the worker do it to its end."""
    db.session.rollback()
    with transaction():
        ask_undo(SYSTEM, batch)
    worked(batch.id, at_most)
    db.session.refresh(batch)
    return batch


def worked(batch_id: int, at_most: int = 5000) -> None:
    is_more = True
    while is_more:
        with transaction():
            is_more = undo_part(batch_id, at_most=at_most) > 0


def left(batch: ImportBatch) -> list[str]:
    """Why rows stayed, in the order of the file."""
    rows = select(ImportRow.left).where(ImportRow.batch_id == batch.id, ImportRow.left != "")
    return list(db.session.scalars(rows.order_by(ImportRow.line)))


def outcome(batch: ImportBatch) -> tuple[BatchState, int, int]:
    return batch.state, batch.undone_rows, batch.left_rows


def test_whom_it_entered_goes_with_all_that_belongs_to_them() -> None:
    make_person("李雷", year=1998, phone="+8613900000000", employer="大连医院")
    batch = make_batch()
    before, words = tables(), search_words()
    for name in ("曾国强", "王芳", "赵敏"):
        entered(batch, name)

    undone(batch)

    assert outcome(batch) == (BatchState.UNDONE, 3, 0)
    assert (tables(), search_words()) == (before, words)
    assert batch.undone_at is not None


def test_what_was_erased_from_the_history_stays_as_it_is() -> None:
    batch = make_batch()
    person = entered(batch)
    before = tables()
    with transaction():
        erase(SYSTEM, db.session.scalars(select(Change.id).order_by(Change.id)).all())

    undone(batch)

    assert tables() == before
    assert db.session.get(Person, person.id) is not None


def test_what_it_changed_becomes_what_it_was() -> None:
    first = make_batch()
    person = make_person("李雷", phone="+8613900000000", employer="大连医院", year=1998)
    saved(entry := entry_of(first, person, "1993120001"))
    before, words = tables(), search_words()
    batch = make_batch()
    job = db.session.scalars(select(Employment)).one()
    point = db.session.scalars(select(ContactPoint)).one()
    job.is_current, point.is_primary = False, False
    entry.name_zh, entry.batch_id, person.name_zh, person.sort_key = "李磊", batch.id, "李磊", "li"
    db.session.flush()
    imported(
        batch,
        person,
        Employment(person_id=person.id, employer="鞍山医院"),
        phone_of(person, "+8613811112222"),
    )
    assert tables() != before

    undone(batch)

    assert outcome(batch) == (BatchState.UNDONE, 1, 0)
    assert (tables(), search_words()) == (before, words)
    assert db.session.scalars(select(RosterEntry.batch_id)).one() == first.id


def test_the_primary_one_changes_places_and_back() -> None:
    person = make_person("李雷", phone="+8613900000000")
    saved(other := phone_of(person, "+8613811112222", is_primary=False))
    before, batch = tables(), make_batch()
    db.session.scalars(select(ContactPoint).filter_by(is_primary=True)).one().is_primary = False
    db.session.flush()
    other.is_primary = True
    imported(batch, person)

    undone(batch)

    assert (outcome(batch), tables()) == ((BatchState.UNDONE, 1, 0), before)


def test_what_people_changed_elsewhere_in_the_row_stays() -> None:
    person = make_person("李雷")
    batch = make_batch()
    person.sex = "男"
    imported(batch, person)
    person.birth_year = 1970
    saved(person)

    undone(batch)

    assert db.session.execute(select(Person.sex, Person.birth_year)).one() == (None, 1970)
    assert outcome(batch) == (BatchState.UNDONE, 1, 0)


def test_a_row_that_was_changed_since_stays_as_a_whole() -> None:
    batch = make_batch()
    people = [make_person("李雷", employer="大连医院"), make_person("王芳", employer="大连医院")]
    for person in people:
        job = db.session.scalars(select(Employment).filter_by(person_id=person.id)).one()
        person.sex, job.employer = "男", "鞍山医院"
        imported(batch, person)
    db.session.scalars(select(Employment).filter_by(person_id=people[0].id)).one().employer = "新"
    saved(people[0])

    undone(batch)

    db.session.expire_all()
    assert [person.sex for person in people] == ["男", None]
    jobs = db.session.scalars(select(Employment.employer).order_by(Employment.person_id))
    assert list(jobs) == ["新", "大连医院"]
    assert (outcome(batch), left(batch)) == ((BatchState.UNDONE, 1, 1), ["edited"])


def _edited(person: Person) -> None:
    person.name_en = "Kevin"
    saved(person)


def _with_job(person: Person) -> None:
    saved(Employment(person_id=person.id, employer="另一个", is_current=False))


def _with_account(person: Person) -> None:
    make_account(person=person)


def _applied(person: Person) -> None:
    saved(make_application(person_id=person.id))


def _found_alike(person: Person) -> None:
    application = saved(make_application())
    saved(
        Match(
            application_id=application.id,
            person_id=person.id,
            score=50,
            verdict=MatchVerdict.POSSIBLE,
            evidence={},
        )
    )


def _in_chapter(person: Person) -> None:
    make_member(make_chapter(), person)


def _registered(person: Person) -> None:
    state = RegistrationState.CONFIRMED
    saved(Registration(event_id=make_event().id, person_id=person.id, state=state))


def _agreed(person: Person) -> None:
    purpose = ConsentPurpose.MAILINGS
    saved(Consent(person_id=person.id, purpose=purpose, version="1", language="zh", source="test"))


def _subscribed(person: Person) -> None:
    wanted = saved(MailList(slug=f"list{next(number)}", name_zh="通讯", name_en="News"))
    choice = Choice.SUBSCRIBED
    saved(Subscription(person_id=person.id, mail_list_id=wanted.id, choice=choice, source="test"))


def _written_to(person: Person) -> None:
    make_delivery(person_id=person.id)


def _invited(person: Person) -> None:
    saved(Activation(person_id=person.id, ends_on=today()))


def _merged(person: Person) -> None:
    saved(Merge(kept_id=make_person("李雷").id, gone_id=person.id))


def _judged_other(person: Person) -> None:
    _paired(person, PairState.IGNORED)


def _tagged(person: Person) -> None:
    tag = saved(Tag(name_zh="荣誉校友"))
    saved(PersonTag(person_id=person.id, tag_id=tag.id))


def _imported_again(person: Person) -> None:
    batch = make_batch()
    person.sex = "女"
    imported(batch, person)


def make_application(**values: Any) -> Application:
    email = f"zeng{next(number)}@example.org"
    return Application(
        name="曾国强",
        email=email,
        city="大连",
        language="zh",
        notice_version="1",
        student_number="1",
        **values,
    )


def _paired(person: Person, state: PairState) -> None:
    other = make_person("曾国强")
    first, second = sorted((person.id, other.id))
    saved(DuplicatePair(person_id=first, other_id=second, score=60, state=state))


@pytest.mark.parametrize(
    ("do", "reason"),
    [
        (_edited, "edited"),
        (_with_job, "edited"),
        (_with_account, "account"),
        (_applied, "application"),
        (_found_alike, "application"),
        (_in_chapter, "chapter"),
        (_registered, "event"),
        (_agreed, "consent"),
        (_subscribed, "letters"),
        (_written_to, "letters"),
        (_invited, "invited"),
        (_merged, "merged"),
        (_judged_other, "compared"),
        (_tagged, "used"),
        (_imported_again, "imported"),
    ],
)
def test_with_whom_something_was_done_since_stays(
    do: Callable[[Person], None], reason: str
) -> None:
    batch = make_batch()
    person, other = entered(batch), entered(batch, "王芳")
    other_id = other.id
    do(person)
    of_them = select(Change.id).where(Change.person_id == person.id)
    history = len(db.session.scalars(of_them).all())

    undone(batch)

    assert (outcome(batch), left(batch)) == ((BatchState.UNDONE, 1, 1), [reason])
    assert reason in REASONS
    db.session.expire_all()
    assert db.session.get(Person, other_id) is None
    theirs = [db.session.scalars(select(m.person_id)).all() for m in (Study, RosterEntry)]
    assert [list(ids) for ids in theirs] == [[person.id]] * 2
    assert len(db.session.scalars(of_them).all()) == history


def test_what_it_changed_of_somebody_who_was_made_one_with_another_stays() -> None:
    person, batch = make_person("李雷"), make_batch()
    person.sex = "男"
    imported(batch, person)
    person.status, person.merged_into_id = PersonStatus.MERGED, make_person("李磊").id
    saved(person)

    undone(batch)

    assert (left(batch), person.sex) == (["merged"], "男")


def test_a_pair_that_nobody_judged_goes_too() -> None:
    batch = make_batch()
    _paired(entered(batch), PairState.OPEN)

    undone(batch)

    assert outcome(batch) == (BatchState.UNDONE, 1, 0)
    assert db.session.scalar(select(DuplicatePair.id)) is None


def test_the_last_import_first_and_all_is_as_before() -> None:
    known = make_person("李雷", employer="大连医院")
    moments = [tables()]
    batches = [make_batch() for _ in range(3)]
    fresh = entered(batches[0])
    moments.append(tables())
    fresh.sex, known.sex = "女", "男"
    imported(batches[1], fresh)
    imported(batches[1], known)
    moments.append(tables())
    known.sex = "女"
    imported(batches[2], known, phone_of(known, "+8613811112222"))

    for batch, moment in zip(reversed(batches), reversed(moments), strict=True):
        undone(batch)

        assert tables() == moment
        assert batch.left_rows == 0


def test_what_another_import_changed_since_is_listed() -> None:
    known = make_person("李雷")
    first, second = make_batch(), make_batch()
    known.sex = "男"
    imported(first, known)
    fresh = entered(first)
    known.sex = "女"
    imported(second, known)
    fresh.sex = "女"
    imported(second, fresh)

    undone(first)

    assert (outcome(first), left(first)) == ((BatchState.UNDONE, 0, 2), ["imported"] * 2)
    db.session.expire_all()
    assert (known.sex, fresh.sex) == ("女", "女")


def test_what_another_import_left_behind_counts() -> None:
    first, second = make_batch(), make_batch()
    fresh = entered(first)
    fresh.sex = "女"
    imported(second, fresh)
    fresh.sex = "男"
    saved(fresh)

    undone(second)
    undone(first)

    assert (left(second), left(first)) == (["edited"], ["imported"])


def test_what_somebody_removed_since_is_listed() -> None:
    person = make_person("李雷")
    batch = make_batch()
    imported(batch, person, job := Employment(person_id=person.id, employer="鞍山医院"))
    db.session.delete(job)
    saved(person)

    undone(batch)

    assert left(batch) == ["gone"]


def test_a_new_row_that_somebody_added_to_is_listed() -> None:
    person = make_person("李雷")
    batch = make_batch()
    imported(batch, person, job := Employment(person_id=person.id, employer="鞍山医院"))
    job.department = "内科"
    saved(job)

    undone(batch)

    assert left(batch) == ["edited"]


def test_a_value_that_somebody_else_has_by_now_holds_up_no_other() -> None:
    batch = make_batch()
    people = [make_person(f"李{digit}", student_number=f"A{digit}") for digit in range(3)]
    for person in people:
        of_them = select(StudyInstitution).filter_by(person_id=person.id)
        db.session.scalars(of_them).one().student_number = f"B{person.id}"
        imported(batch, person)
    make_person("王芳", student_number="A1")

    undone(batch)

    assert (outcome(batch), left(batch)) == ((BatchState.UNDONE, 2, 1), ["clash"])
    numbers = select(StudyInstitution.student_number).order_by(StudyInstitution.person_id)
    assert list(db.session.scalars(numbers)) == ["A0", f"B{people[1].id}", "A2", "A1"]


def test_a_new_row_that_others_hang_on_is_left() -> None:
    person = make_person("李雷")
    batch = make_batch()
    imported(batch, person, study := Study(person_id=person.id, graduation_year=1998))
    saved(
        StudyInstitution(
            person_id=person.id, study_id=study.id, institution_id=home_institution().id
        )
    )

    undone(batch)

    assert left(batch) == ["clash"]


def test_two_rows_of_one_person_are_taken_back_together() -> None:
    known = make_person("李雷")
    before, batch = tables(), make_batch()
    fresh = entered(batch)
    for sex in ("女", "男"):
        fresh.sex = known.sex = sex
        imported(batch, fresh)
        imported(batch, known)

    undone(batch, at_most=1)

    assert (outcome(batch), tables()) == ((BatchState.UNDONE, 5, 0), before)


def test_words_that_it_added_to_the_lists_go_unless_they_are_used() -> None:
    before, batch = tables(), make_batch()
    person = entered(batch)
    used, unused = (add_code(CodeKind.MAJOR, name) for name in ("航天医学", "太空护理"))
    study = db.session.scalars(select(Study)).one()
    study.major_id = unused.id
    imported(batch, person)
    saved(other := make_person("李雷", year=1998))
    db.session.scalars(select(Study).filter_by(person_id=other.id)).one().major_id = used.id
    saved(other)

    undone(batch)

    rest = tables()
    assert rest["code"][0] == before["code"][0] + 1
    assert rest["code_alias"][0] == before["code_alias"][0] + 1
    assert db.session.scalars(select(Study.major_id)).one() == used.id


def test_it_says_in_the_history_what_it_did() -> None:
    account = make_account(role="office")
    person, batch = make_person("李雷"), make_batch()
    person.sex = "男"
    imported(batch, person)
    fresh_id = entered(batch).id
    db.session.rollback()
    with transaction():
        ask_undo(actor_of(account), batch)

    worked(batch.id)

    newest = select(ChangeSet).order_by(ChangeSet.id.desc()).limit(2)
    deed, asked = db.session.scalars(newest)
    assert (asked.verb, asked.account_id) == ("asked_to_undo_import", account.id)
    assert (deed.verb, deed.account_id, deed.batch_id) == ("undid_import", account.id, batch.id)
    assert deed.facts == {"rows": 2, "left": {}}
    changes = db.session.scalars(select(Change).filter_by(change_set_id=deed.id)).all()
    told = {(c.person_id, c.table_name, c.row_id): (c.before, c.after) for c in changes}
    assert told.keys() == {(person.id, "person", person.id), (fresh_id, "person", fresh_id)}
    assert told[person.id, "person", person.id] == ({"sex": "男"}, {"sex": None})
    before, after = told[fresh_id, "person", fresh_id]
    assert (before and before["name_zh"], after) == ("曾国强", None)


@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        ({"state": BatchState.RECEIVED}, "Nothing of this file was brought in."),
        ({"state": BatchState.READING}, "This import is under way."),
        ({"state": BatchState.STAGED}, "Nothing of this file was brought in."),
        ({"state": BatchState.WAITING}, "This import is under way."),
        ({"state": BatchState.APPLYING, "applied_rows": 5}, "This import is under way."),
        ({"state": BatchState.DISCARDED}, "Nothing of this file was brought in."),
        ({"state": BatchState.FAILED}, "Nothing of this file was brought in."),
        ({"state": BatchState.APPLIED}, "Nothing of this file was brought in."),
        ({"state": BatchState.UNDOING}, "This import is being taken back already."),
        ({"state": BatchState.UNDONE}, "This import was taken back already."),
    ],
)
def test_what_cannot_be_taken_back_is_said(values: dict[str, Any], sentence: str) -> None:
    batch = make_batch(**values)
    db.session.rollback()

    with speaking("en"), pytest.raises(Refusal, match=sentence), transaction():
        ask_undo(SYSTEM, batch)


def test_what_was_brought_in_before_it_stopped_can_be_taken_back() -> None:
    before, batch = tables(), make_batch(state=BatchState.FAILED)
    entered(batch)

    undone(batch)

    assert (outcome(batch), tables()) == ((BatchState.UNDONE, 1, 0), before)


def test_what_stopped_can_be_asked_for_again() -> None:
    before, batch = tables(), make_batch()
    entered(batch)
    with transaction():
        ask_undo(SYSTEM, batch)
        give_up(batch.id, "The disk is full.")
    assert (batch.state, batch.problem) == (BatchState.APPLIED, "The disk is full.")

    undone(batch)

    assert (outcome(batch), batch.problem, tables()) == ((BatchState.UNDONE, 1, 0), "", before)


def test_nothing_is_done_unless_somebody_asked() -> None:
    batch = make_batch()
    entered(batch)
    before = tables()

    worked(batch.id)

    assert (batch.state, tables()) == (BatchState.APPLIED, before)


def test_only_the_office_takes_back() -> None:
    batch = make_batch(applied_rows=1)
    with refused(may_import):
        ask_undo(ANYONE, batch)


def test_the_file_is_not_kept_any_longer() -> None:
    batch = make_batch()
    entered(batch)
    saved(ImportChunk(batch_id=batch.id, number=0, content=b"x"))

    undone(batch)

    assert db.session.scalar(select(ImportChunk.number)) is None


def test_many_take_as_many_statements_as_one(queries: list[str]) -> None:
    asked = []
    for size in (1, 4):
        batch = make_batch()
        for n in range(size):
            known = make_person(f"李{n}", phone="+8613900000000")
            known.sex = "男"
            imported(batch, known, phone_of(known, "+8613811112222", is_primary=False))
            entered(batch)
        with transaction():
            ask_undo(SYSTEM, batch)
        batch_id = batch.id
        queries.clear()
        with transaction():
            assert undo_part(batch_id) == 2 * size
        asked.append(len(queries))

    assert asked[0] == asked[1]
