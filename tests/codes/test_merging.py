"""Two words, or two places, become one: every row, with its history, and back again."""

import pytest
from sqlalchemy import func, select

from alumni.audit.commands import record
from alumni.audit.models import Change, ChangeSet
from alumni.authz import ANYONE, SYSTEM
from alumni.chapters.models import ChapterPlace
from alumni.chapters.queries import chapter_for_place
from alumni.codes.commands import merging, on_change
from alumni.codes.commands.merging import merge, take_back
from alumni.codes.commands.naming import Wording, add_name, change_word, enter_word, remove_name
from alumni.codes.models import Code, CodeAlias, CodeKind, Place
from alumni.codes.policy import may_manage_lists
from alumni.codes.queries import (
    Called,
    called,
    code_named,
    code_of,
    find_place,
    home_institution,
    place_of,
)
from alumni.codes.queries.lists import merged_into, names
from alumni.codes.queries.references import Conflict, conflicts, uses_of, uses_of_kind
from alumni.db import db, transaction
from alumni.errors import Invalid, Refusal
from alumni.i18n import speaking
from alumni.people.models import Employment, Residence, Study, StudyInstitution
from tests.codes.made import make_city, make_word, the_office
from tests.factories import make_chapter, make_person, saved
from tests.refusals import refused


def make_study(major: Code) -> Study:
    return saved(Study(person_id=make_person().id, major_id=major.id))


def at(institution: Code, number: str | None, study: Study) -> StudyInstitution:
    return saved(
        StudyInstitution(
            person_id=study.person_id,
            study_id=study.id,
            institution_id=institution.id,
            student_number=number,
        )
    )


def majors_of(*studies: Study) -> list[int | None]:
    db.session.expire_all()
    return [study.major_id for study in studies]


def test_what_had_the_one_has_the_other_and_every_row_says_so() -> None:
    old, new = make_word("甲学", name_en="Alpha"), make_word("乙学")
    studies = [make_study(old) for _ in range(5)]
    other = make_study(new)

    with transaction():
        rows = merge(the_office(), old, new)

    assert rows == 5
    assert majors_of(*studies, other) == [new.id] * 6
    deed = db.session.scalars(select(ChangeSet).where(ChangeSet.verb == merging.MERGED)).one()
    assert (deed.subject_table, deed.subject_id) == ("code", old.id)
    told = db.session.execute(
        select(Change.person_id, Change.row_id, Change.before, Change.after)
        .where(Change.change_set_id == deed.id, Change.table_name == "study")
        .order_by(Change.row_id)
    ).all()
    assert [tuple(row) for row in told] == [
        (study.person_id, study.id, {"major_id": old.id}, {"major_id": new.id}) for study in studies
    ]


def test_the_old_word_is_kept_and_leads_to_the_new_one() -> None:
    old, new = make_word("甲学", name_en="Alpha"), make_word("乙学")
    with transaction():
        add_name(SYSTEM, old, "甲科")
    with transaction():
        merge(SYSTEM, old, new)

    assert (old.is_obsolete, old.merged_into_id) == (True, new.id)
    assert {name.written for name in names([new])[new.id]} == {"甲学", "Alpha", "甲科"}
    assert names([old]) == {old.id: []}
    for name in ("甲学", "alpha", "甲科", "乙学"):
        found = code_named(CodeKind.MAJOR, name)
        assert found is not None
        assert found.id == new.id
        assert called([name]) == {name: Called(frozenset({old.id, new.id}))}
    followed = code_of(old.id)
    assert followed is not None
    assert followed.id == new.id
    assert [word.id for word in merged_into(new)] == [old.id]


def test_the_name_of_a_merged_word_stays_with_the_other() -> None:
    old, new = make_word("甲学"), make_word("乙学")
    with transaction():
        merge(SYSTEM, old, new)
    (name,) = names([new])[new.id]

    with speaking("en"), pytest.raises(Refusal, match="stays"), transaction():
        remove_name(SYSTEM, new, name.id)
    with speaking("en"), pytest.raises(Invalid, match="a name of “乙学”"), transaction():
        enter_word(SYSTEM, CodeKind.MAJOR, Wording(name_zh="甲学"))
    with pytest.raises(Refusal), transaction():
        change_word(SYSTEM, old, Wording(name_zh="甲学"))
    with pytest.raises(Refusal), transaction():
        add_name(SYSTEM, old, "甲")
    with pytest.raises(Invalid), transaction():
        change_word(SYSTEM, make_word("丙学"), Wording(name_zh="甲学"))


def test_merging_again_leads_all_the_way() -> None:
    first, second, third = make_word("甲学"), make_word("乙学"), make_word("丙学")
    study = make_study(first)
    with transaction():
        merge(SYSTEM, first, second)
    with transaction():
        merge(SYSTEM, second, third)

    assert majors_of(study) == [third.id]
    assert (first.merged_into_id, second.merged_into_id) == (third.id, third.id)
    assert called(["甲学"]) == {"甲学": Called(frozenset({first.id, second.id, third.id}))}

    with transaction():
        take_back(SYSTEM, second)
    db.session.expire_all()
    assert (first.merged_into_id, second.merged_into_id) == (second.id, None)
    assert called(["甲学"]) == {"甲学": Called(frozenset({first.id, second.id}))}
    assert called(["丙学"]) == {"丙学": Called(frozenset({third.id}))}


def test_what_would_stand_twice_is_refused() -> None:
    old = make_word("甲大学", CodeKind.INSTITUTION)
    new = make_word("乙大学", CodeKind.INSTITUTION)
    both = make_study(make_word())
    at(old, "1", both)
    at(new, "2", both)
    at(old, "7", make_study(make_word()))
    at(new, "7", make_study(make_word()))
    fine = at(old, None, make_study(make_word()))
    at(new, None, make_study(make_word()))

    assert sorted(conflicts(old, new), key=lambda found: found.columns) == [
        Conflict("study_institution", ("student_number",), 1),
        Conflict("study_institution", ("study_id",), 1),
    ]
    with speaking("en"), pytest.raises(Refusal, match="2 student numbers or"), transaction():
        merge(SYSTEM, old, new)

    db.session.expire_all()
    assert fine.institution_id == old.id
    assert (old.is_obsolete, old.merged_into_id) == (False, None)


def test_only_what_is_alike_and_not_merged_is_merged() -> None:
    word, other = make_word("甲学"), make_word("乙学")
    with pytest.raises(Invalid), transaction():
        merge(SYSTEM, word, make_word("甲学院", CodeKind.COLLEGE))
    with pytest.raises(Invalid), transaction():
        merge(SYSTEM, word, word)
    city, province = make_city("新城", "New Town"), find_place("辽宁")
    assert province is not None
    with pytest.raises(Invalid), transaction():
        merge(SYSTEM, city, province)
    with pytest.raises(Invalid), transaction():
        merge(SYSTEM, city, word)
    with transaction():
        merge(SYSTEM, word, other)
    with pytest.raises(Refusal), transaction():
        merge(SYSTEM, word, other)
    with pytest.raises(Refusal), transaction():
        merge(SYSTEM, make_word("丙学"), word)
    with pytest.raises(Refusal), transaction():
        take_back(SYSTEM, other)


def test_the_own_university_stays_the_own() -> None:
    former = home_institution()
    new = make_word("新大连医科大学", CodeKind.INSTITUTION)
    with transaction():
        merge(SYSTEM, former, new)
    try:
        assert home_institution().id == new.id
    finally:
        with transaction():
            take_back(SYSTEM, former)
    assert home_institution().id == former.id


def test_a_merger_is_taken_back_where_nothing_happened_since() -> None:
    old, new = make_word("甲学", name_en="Alpha"), make_word("乙学")
    moved, changed_since, later = make_study(old), make_study(old), make_study(new)
    with transaction():
        merge(SYSTEM, old, new)
    changed_since = db.session.get_one(Study, changed_since.id)
    changed_since.major_id = make_word("丙学").id
    saved(changed_since)
    elsewhere = changed_since.major_id

    with refused(may_manage_lists), transaction():
        take_back(ANYONE, old)
    with transaction():
        rows = take_back(SYSTEM, old)

    assert rows == 3, "one study and the two names"
    assert majors_of(moved, changed_since, later) == [old.id, elsewhere, new.id]
    assert (old.is_obsolete, old.merged_into_id) == (False, None)
    assert called(["甲学", "alpha", "乙学"]) == {
        "甲学": Called(frozenset({old.id})),
        "alpha": Called(frozenset({old.id})),
        "乙学": Called(frozenset({new.id})),
    }
    assert names([old, new]) == {old.id: [], new.id: []}
    last = db.session.scalars(
        select(Change.after)
        .where(Change.table_name == "study", Change.row_id == moved.id)
        .order_by(Change.id)
    ).all()[-1]
    assert last == {"major_id": old.id}
    with pytest.raises(Refusal), transaction():
        take_back(SYSTEM, old)


def test_an_obsolete_word_comes_back_obsolete() -> None:
    old, new = make_word("甲学"), make_word("乙学")
    with transaction():
        change_word(SYSTEM, old, Wording(name_zh="甲学", is_obsolete=True))
    with transaction():
        merge(SYSTEM, old, new)
    with transaction():
        take_back(SYSTEM, old)
    assert old.is_obsolete


def test_what_leaves_no_room_cannot_be_taken_back() -> None:
    old = make_word("甲大学", CodeKind.INSTITUTION)
    new = make_word("乙大学", CodeKind.INSTITUTION)
    study = make_study(make_word())
    moved = at(old, "1", study)
    with transaction():
        merge(SYSTEM, old, new)
    at(old, "2", study)

    with speaking("en"), pytest.raises(Refusal, match="any more"), transaction():
        take_back(SYSTEM, old)

    db.session.expire_all()
    assert moved.institution_id == new.id
    assert old.merged_into_id == new.id


def test_those_who_keep_words_are_told_while_the_rows_still_say_the_old_one() -> None:
    old, new = make_word("甲业", CodeKind.INDUSTRY), make_word("乙业", CodeKind.INDUSTRY)
    saved(Employment(person_id=make_person().id, employer="厂", industry_id=old.id))
    heard: list[tuple[str, int, int]] = []

    def hear(table: str, thing_id: int) -> None:
        count = select(func.count()).where(Employment.industry_id == thing_id)
        heard.append((table, thing_id, db.session.scalar(count) or 0))

    on_change.append(hear)
    try:
        with transaction():
            merge(SYSTEM, old, new)
        with transaction():
            take_back(SYSTEM, old)
    finally:
        on_change.remove(hear)
    assert heard == [("code", old.id, 1), ("code", old.id, 1)]


def test_two_places_become_one_and_two_again() -> None:
    old, new = make_city("旧城", "Oldtown"), make_city("新城", "Newtown")
    chapter = make_chapter()
    with transaction():
        db.session.add(ChapterPlace(place_id=old.id, chapter_id=chapter.id))
        record(SYSTEM, "made", None)
    home = saved(Residence(person_id=make_person().id, place_id=old.id, written="旧城"))

    with transaction():
        merge(SYSTEM, old, new)

    db.session.expire_all()
    assert home.place_id == new.id
    found = chapter_for_place(new.id)
    assert found is not None
    assert found.id == chapter.id
    assert called(["旧城市", "oldtown"]) == {
        name: Called(place_ids=frozenset({old.id, new.id})) for name in ("旧城市", "oldtown")
    }
    followed = place_of(old.id)
    assert followed is not None
    assert followed.id == new.id

    with transaction():
        take_back(SYSTEM, old)
    db.session.expire_all()
    assert home.place_id == old.id
    assert db.session.get_one(ChapterPlace, old.id).chapter_id == chapter.id
    assert called(["旧城"]) == {"旧城": Called(place_ids=frozenset({old.id}))}


def test_a_place_keeps_its_own_chapter_and_name() -> None:
    old = make_city("同城", "Samecity", parent="黑龙江")
    new = make_city("同城", "Samecity")
    mine, theirs = make_chapter(), make_chapter()
    with transaction():
        db.session.add(ChapterPlace(place_id=old.id, chapter_id=theirs.id))
        db.session.add(ChapterPlace(place_id=new.id, chapter_id=mine.id))
        record(SYSTEM, "made", None)

    with transaction():
        merge(SYSTEM, old, new)
    db.session.expire_all()
    assert db.session.get(ChapterPlace, old.id) is None
    assert db.session.get_one(ChapterPlace, new.id).chapter_id == mine.id
    assert called(["同城"]) == {"同城": Called(place_ids=frozenset({old.id, new.id}))}

    with transaction():
        take_back(SYSTEM, old)
    db.session.expire_all()
    assert db.session.get_one(ChapterPlace, old.id).chapter_id == theirs.id
    found = find_place("Samecity")
    assert found is not None
    assert called(["同城"]) == {"同城": Called(place_ids=frozenset({old.id, new.id}))}
    assert db.session.get_one(Place, old.id).merged_into_id is None


def test_uses_are_counted_in_one_statement(queries: list[str]) -> None:
    major, hospital = make_word("甲学"), make_word("甲院", CodeKind.HOSPITAL)
    make_study(major)
    make_study(major)
    queries.clear()

    assert uses_of_kind(CodeKind.MAJOR)[major.id] == 2
    assert uses_of_kind(CodeKind.HOSPITAL).get(hospital.id) is None
    assert uses_of(major) == {"study": 2}
    assert len([query for query in queries if query.startswith("SELECT")]) == 3


def test_a_merger_of_many_asks_as_often_as_one_of_few(queries: list[str]) -> None:
    def statements(how_many: int) -> int:
        old, new = make_word(), make_word()
        for _ in range(how_many):
            make_study(old)
        queries.clear()
        with transaction():
            merge(SYSTEM, old, new)
        return len(queries)

    assert statements(1) == statements(6)


def test_every_alias_leads_somewhere() -> None:
    strays = select(CodeAlias.id).join(Code).where(Code.merged_into_id.is_not(None))
    assert db.session.scalars(strays).all() == []
