"""Changing what is known of a person."""

from dataclasses import replace
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select

from alumni.accounts.models import Account
from alumni.audit.models import Change, ChangeSet
from alumni.authz import SYSTEM, Actor
from alumni.codes.commands import add_code
from alumni.codes.models import Code, CodeKind
from alumni.codes.queries import code_named, home_institution
from alumni.db import db, now, today, transaction
from alumni.errors import Invalid, Refusal
from alumni.i18n import speaking
from alumni.people.commands import contacts, homes, jobs, levels, names, studies, tags, trainings
from alumni.people.commands.search import reindex_all
from alumni.people.models import (
    Consent,
    ConsentPurpose,
    ContactKind,
    ContactPoint,
    Employment,
    FormerName,
    Level,
    Person,
    PersonTag,
    Residence,
    Study,
    StudyInstitution,
    Tag,
    Training,
    TrainingKind,
)
from alumni.people.policy import may_edit, may_edit_people
from alumni.people.queries.editing import Outdated, get_person, get_row, held
from alumni.people.queries.search import hits, matches
from tests.browser import at_once
from tests.factories import actor_of, make_person, make_verified, saved
from tests.refusals import refused

STRANGER = Actor(account_id=1, is_verified=True)

JOB = jobs.Job(
    employer="大连市中心医院",
    department=None,
    title="主任医师",
    industry_id=None,
    from_year=2010,
    from_month=None,
    to_year=None,
    to_month=None,
    is_current=True,
    visibility=Level.OFFICE,
)

COURSE = studies.Course(
    level="bachelor",
    programme_id=None,
    college_id=None,
    major_id=None,
    class_label="3班",
    entry_year=1993,
    entry_month=9,
    graduation_year=1998,
    graduation_month=None,
    supervisor=None,
    visibility=Level.ALUMNI,
)

TRAINING = trainings.Told(
    kind=TrainingKind.RESIDENCY,
    written="附一院",
    department="心内科",
    from_year=2015,
    from_month=7,
    to_year=2018,
    to_month=6,
    certificate_number=None,
    visibility=Level.OFFICE,
)

PRIVACY = levels.Privacy(
    listed=Level.CLASS, levels={}, purposes=frozenset(), notice_version="2026-11-01"
)


def anew(person: Person) -> Person:
    """The person as they are now, inside the transaction."""
    return db.session.scalars(select(Person).where(Person.id == person.id)).one()


def of(person: Person, table: Any) -> list[Any]:
    """The rows about the person, the oldest first."""
    db.session.rollback()
    rows = select(table).where(table.person_id == person.id)
    return list(db.session.scalars(rows.order_by(*table.__mapper__.primary_key)))


def found(typed: str) -> list[str | None]:
    ids = select(hits(SYSTEM)).where(matches(SYSTEM, typed))
    asked = select(Person.name_zh).where(Person.id.in_(ids))
    return list(db.session.scalars(asked.order_by(Person.id)))


def last_deed() -> ChangeSet:
    return db.session.scalars(select(ChangeSet).order_by(ChangeSet.id.desc()).limit(1)).one()


def read(person: Person) -> tuple[str, str, bool]:
    return person.pinyin_surname, person.pinyin_given, person.pinyin_edited


def renamed(person: Person, actor: Actor = SYSTEM, **told: Any) -> Person:
    """The person after the form was sent back with these answers changed."""
    with transaction():
        person = anew(person)
        official = names.Official(name_zh=person.name_zh, name_latin=person.name_latin)
        asked: dict[str, Any] = {
            "name_en": person.name_en,
            "surname": person.pinyin_surname,
            "given": person.pinyin_given,
            "official": official,
        }
        names.change_names(actor, person, names.Names(**asked | told))
    return person


def documents(name_zh: str | None, name_latin: str | None = None) -> names.Official:
    return names.Official(name_zh=name_zh, name_latin=name_latin)


def test_a_made_reading_follows_the_name() -> None:
    person = renamed(make_person("曾国强"), official=documents("单雪"))

    assert read(person) == ("shan", "xue", False)
    assert person.sort_key == "shan xue 单雪"
    assert found("shanxue") == found("单雪") == ["单雪"]
    assert found("zengguoqiang") == []


def test_a_written_reading_survives_the_next_name() -> None:
    edited = renamed(make_person("曾国强"), surname="ceng")
    later = renamed(edited, official=documents("曾国勇"))

    assert read(later) == ("ceng", "guo qiang", True)
    assert later.sort_key == "ceng guo qiang 曾国勇"
    assert found("cgq") == ["曾国勇"]


def test_a_reading_left_empty_is_made_again() -> None:
    person = renamed(renamed(make_person("曾国强"), surname="ceng"), surname="", given="")

    assert read(person) == ("zeng", "guo qiang", False)


def test_names_in_latin_letters_are_read_as_they_are() -> None:
    person = renamed(make_person("曾国强"), official=documents(None, "Guoqiang Zeng"))

    assert (*read(person), person.sort_key) == ("zeng", "guoqiang", False, "zeng guoqiang")


def test_the_last_name_stays() -> None:
    person = make_person("曾国强")
    with pytest.raises(Invalid) as raised:
        renamed(person, official=documents(None))
    assert raised.value.field == "name_en"


def test_the_person_changes_reading_and_english_name_and_nothing_more() -> None:
    person = make_verified("曾国强")
    own = actor_of(person)

    renamed(person, own, official=None, name_en="Kevin", surname="tseng")

    assert (person.name_en, person.pinyin_surname, person.name_zh) == ("Kevin", "tseng", "曾国强")
    with refused(may_edit_people):
        renamed(person, own, official=documents("曾国勇"))
    with refused(may_edit):
        renamed(person, STRANGER, official=None, name_en="Bob")


def test_the_pages_call_them_by_the_new_name() -> None:
    person = make_verified("曾国强")
    renamed(person, official=documents("曾国勇"), name_en="Kevin")

    account = db.session.scalars(select(Account).where(Account.person_id == person.id)).one()
    assert account.name == "曾国勇"


def test_history_says_what_it_was_before() -> None:
    person = make_verified("曾国强")
    renamed(person, actor_of(person), official=None, name_en="Kevin")

    deed = last_deed()
    change = db.session.scalars(select(Change).where(Change.change_set_id == deed.id)).one()
    assert (deed.verb, deed.subject_id, deed.account_id) == (
        "changed_names",
        person.id,
        actor_of(person).account_id,
    )
    assert (change.before, change.after) == ({"name_en": None}, {"name_en": "Kevin"})


def test_former_names_are_found() -> None:
    person = make_verified("曾国强")
    own = actor_of(person)
    with transaction():
        names.add_former_name(
            own, anew(person), names.Former(name="曾小强", visibility=Level.CLASS)
        )
    assert found("曾小强") == ["曾国强"]

    with transaction():
        former = get_row(anew(person), FormerName, of_first(FormerName))
        told = names.Former(name="曾大强", visibility=Level.OFFICE)
        names.change_former_name(own, anew(person), former, told)
    assert (found("曾小强"), found("曾大强")) == ([], ["曾国强"])

    with transaction():
        former = get_row(anew(person), FormerName, of_first(FormerName))
        names.remove_former_name(own, anew(person), former)
    assert (found("曾大强"), of(person, FormerName)) == ([], [])


def of_first(table: Any) -> int:
    """The number of the only row of a table."""
    return int(db.session.scalars(select(table.id)).one())


def study(person: Person, *there: studies.Registration, is_first: bool = False) -> None:
    with transaction():
        told = studies.Told(course=COURSE, registrations=there, is_first=is_first)
        studies.add_study(SYSTEM, anew(person), told)


def at(institution: Code, number: str, degree: str = "") -> studies.Registration:
    return studies.Registration(
        institution_id=institution.id,
        student_number=number,
        degree=degree or None,
        certificate_number=None,
    )


def partner() -> Code:
    code = add_code(CodeKind.INSTITUTION, "哈佛大学", name_en="Harvard University")
    saved(code)
    return code


def test_of_several_studies_one_is_the_main_one() -> None:
    person = make_person("曾国强")
    study(person)
    study(person)
    assert [one.is_primary for one in of(person, Study)] == [True, False]

    study(person, is_first=True)
    assert [one.is_primary for one in of(person, Study)] == [False, False, True]

    with transaction():
        second = get_row(anew(person), Study, of(person, Study)[1].id)
        told = studies.Told(course=COURSE, registrations=(), is_first=True)
        studies.change_study(SYSTEM, anew(person), second, told)
    assert [one.is_primary for one in of(person, Study)] == [False, True, False]


def test_the_study_that_ended_last_takes_the_place_of_the_main_one() -> None:
    person = make_person("曾国强")
    study(person)
    for year in (2003, 2001):
        with transaction():
            course = replace(COURSE, graduation_year=year)
            told = studies.Told(course=course, registrations=(), is_first=False)
            studies.add_study(SYSTEM, anew(person), told)
    with transaction():
        main = get_row(anew(person), Study, of(person, Study)[0].id)
        studies.remove_study(SYSTEM, anew(person), main)

    left = {one.graduation_year: one.is_primary for one in of(person, Study)}
    assert left == {2003: True, 2001: False}


def test_a_joint_study_is_one_with_two_universities() -> None:
    person, other = make_person("曾国强"), partner()
    study(person, at(home_institution(), "S1998", "医学学士"), at(other, "H77", "MPH"))

    assert len(of(person, Study)) == 1
    assert [(one.student_number, one.degree) for one in of(person, StudyInstitution)] == [
        ("S1998", "医学学士"),
        ("H77", "MPH"),
    ]
    assert found("H77") == found("S1998") == ["曾国强"]


def test_registrations_become_those_that_were_told() -> None:
    person, other = make_person("曾国强"), partner()
    study(person, at(home_institution(), "S1998"), at(other, "H77"))
    kept = of(person, StudyInstitution)[0].id
    with transaction():
        one = get_row(anew(person), Study, of(person, Study)[0].id)
        there = (at(home_institution(), "S1999"),)
        told = studies.Told(course=COURSE, registrations=there, is_first=False)
        studies.change_study(SYSTEM, anew(person), one, told)

    left = [(one.id, one.student_number) for one in of(person, StudyInstitution)]
    assert left == [(kept, "S1999")]
    assert (found("H77"), found("S1999")) == ([], ["曾国强"])

    with transaction():
        one = get_row(anew(person), Study, of(person, Study)[0].id)
        studies.remove_study(SYSTEM, anew(person), one)
    assert of(person, StudyInstitution) == of(person, Study) == []


def test_the_table_has_the_last_word_on_a_number() -> None:
    make_person("李四", student_number="S1998")
    person = make_person("曾国强")

    with speaking("en"), pytest.raises(Refusal, match="student number"):
        study(person, at(home_institution(), "S1998"))

    assert of(person, Study) == []


def test_studies_are_the_offices() -> None:
    person = make_verified("曾国强", year=1998)
    own = actor_of(person)
    told = studies.Told(course=COURSE, registrations=(), is_first=False)
    mine = of(person, Study)[0]

    with refused(may_edit_people):
        studies.add_study(own, person, told)
    with refused(may_edit_people):
        studies.change_study(own, person, mine, told)
    with refused(may_edit_people):
        studies.remove_study(own, person, mine)


def test_a_training_means_the_hospital_by_any_of_its_names() -> None:
    person, known = make_verified("曾国强"), code_named(CodeKind.HOSPITAL, "附属第一医院")
    assert known is not None
    own = actor_of(person)
    with transaction():
        trainings.add_training(own, anew(person), TRAINING)
    stay = of(person, Training)[0]
    assert (stay.hospital_id, stay.written, stay.from_month) == (known.id, "附一院", 7)

    with transaction():
        stay = get_row(anew(person), Training, stay.id)
        trainings.change_training(own, anew(person), stay, replace(TRAINING, written="镇医院"))
    assert (of(person, Training)[0].hospital_id, of(person, Training)[0].written) == (
        None,
        "镇医院",
    )

    with transaction():
        stay = get_row(anew(person), Training, stay.id)
        trainings.remove_training(own, anew(person), stay)
    assert of(person, Training) == []
    with refused(may_edit):
        trainings.add_training(STRANGER, person, TRAINING)


def test_of_several_jobs_one_is_current() -> None:
    person = make_verified("曾国强")
    own = actor_of(person)
    for told in (JOB, replace(JOB, employer="沈阳医院"), replace(JOB, is_current=False)):
        with transaction():
            jobs.add_job(own, anew(person), told)
    assert [job.is_current for job in of(person, Employment)] == [False, True, False]
    assert found("沈阳医院") == ["曾国强"]

    with transaction():
        third = get_row(anew(person), Employment, of(person, Employment)[2].id)
        jobs.change_job(own, anew(person), third, JOB)
    assert [job.is_current for job in of(person, Employment)] == [False, False, True]

    with transaction():
        jobs.remove_job(own, anew(person), get_row(anew(person), Employment, third.id))
    assert [job.is_current for job in of(person, Employment)] == [False, False]
    with refused(may_edit):
        jobs.add_job(STRANGER, person, JOB)


def moved(person: Person, city: str, level: Level = Level.ALUMNI) -> None:
    with transaction():
        told = homes.Home(city=city, visibility=level)
        homes.move_home(actor_of(person), anew(person), told)


def test_who_moves_keeps_where_they_lived() -> None:
    person = make_verified("曾国强", city="鞍山")
    moved(person, "Boston", Level.CLASS)

    before, after = of(person, Residence)
    assert (before.written, before.is_current, before.ends_on) == ("鞍山", False, today())
    assert (after.written, after.is_current, after.starts_on) == ("Boston", True, today())
    assert after.visibility is Level.CLASS
    assert found("鞍山") == []
    assert found("Boston") == ["曾国强"]


def test_moving_to_the_same_place_is_not_moving() -> None:
    person = make_verified("曾国强", city="鞍山")
    moved(person, "鞍山市", Level.CHAPTERS)

    assert [(one.written, one.visibility) for one in of(person, Residence)] == [
        ("鞍山", Level.CHAPTERS)
    ]


def test_clocks_move_along_unless_others_were_chosen() -> None:
    person = make_verified("曾国强", city="鞍山")
    moved(person, "Boston")
    account = db.session.scalars(select(Account).where(Account.person_id == person.id)).one()
    assert (person.time_zone, account.time_zone) == ("America/New_York", "America/New_York")

    with transaction():
        levels.change_language(actor_of(person), anew(person), "en", "Europe/Berlin")
    moved(person, "大连")
    assert (person.time_zone, person.language) == ("Europe/Berlin", "en")


def test_a_mistake_is_no_move() -> None:
    person = make_verified("曾国强", city="安山")
    own = actor_of(person)
    with transaction():
        home = get_row(anew(person), Residence, of_first(Residence))
        told = homes.Home(city="鞍山", visibility=Level.OFFICE)
        homes.correct_home(own, anew(person), home, told)
    (home,) = of(person, Residence)
    assert (home.written, home.ends_on, home.visibility) == ("鞍山", None, Level.OFFICE)
    assert home.place_id is not None

    with transaction():
        homes.remove_home(own, anew(person), get_row(anew(person), Residence, home.id))
    assert of(person, Residence) == []
    with refused(may_edit):
        homes.move_home(STRANGER, person, told)


def contact(value: str, **told: Any) -> contacts.Contact:
    said: dict[str, Any] = {"label": None, "visibility": Level.OFFICE}
    return contacts.Contact(**{"value": value, "normal": value.lower(), **said, **told})


def reach(person: Person, value: str, *, first: bool = False) -> None:
    with transaction():
        told = contact(value)
        contacts.add_contact(actor_of(person), anew(person), ContactKind.WECHAT, told, first=first)


def ways(person: Person) -> dict[str, bool]:
    return {
        point.value: point.is_primary
        for point in of(person, ContactPoint)
        if point.kind is ContactKind.WECHAT
    }


def test_of_each_kind_one_way_is_the_main_one() -> None:
    person = make_verified("曾国强")
    reach(person, "zeng_a")
    reach(person, "zeng_b")
    assert ways(person) == {"zeng_a": True, "zeng_b": False}
    reach(person, "zeng_c", first=True)
    assert ways(person) == {"zeng_a": False, "zeng_b": False, "zeng_c": True}

    points = {point.value: point.id for point in of(person, ContactPoint)}
    own = actor_of(person)
    with transaction():
        point = get_row(anew(person), ContactPoint, points["zeng_b"])
        contacts.change_contact(own, anew(person), point, contact("zeng_b"), first=True)
    assert ways(person) == {"zeng_a": False, "zeng_b": True, "zeng_c": False}

    with transaction():
        point = get_row(anew(person), ContactPoint, points["zeng_b"])
        contacts.remove_contact(own, anew(person), point)
    assert ways(person) == {"zeng_a": True, "zeng_c": False}
    with refused(may_edit):
        contacts.remove_contact(STRANGER, person, point)


def test_another_address_is_not_confirmed_yet() -> None:
    person = make_verified("曾国强", email="zeng@163.com")
    own, (point,) = actor_of(person), of(person, ContactPoint)
    point.verified_at = now()
    saved(point)

    for value, is_confirmed in (("ZENG@163.com", True), ("zeng@qq.com", False)):
        with transaction():
            mine = get_row(anew(person), ContactPoint, point.id)
            contacts.change_contact(own, anew(person), mine, contact(value), first=False)
        assert (of(person, ContactPoint)[0].verified_at is not None) is is_confirmed


def test_two_may_share_an_address_and_nobody_has_it_twice() -> None:
    person, wife = make_verified("曾国强"), make_verified("单雪")
    reach(person, "family")
    reach(wife, "family")
    assert ways(wife) == {"family": True}

    with pytest.raises(Invalid) as raised:
        reach(person, "FAMILY")
    assert raised.value.field == "value"


def test_levels_and_consents_in_one_deed() -> None:
    person, other = make_verified("曾国强", city="鞍山"), make_verified("单雪", city="鞍山")
    home, theirs = of(person, Residence)[0], of(other, Residence)[0]
    told = replace(
        PRIVACY,
        levels={
            ("residence", home.id): Level.PUBLIC,
            ("residence", theirs.id): Level.PUBLIC,
        },
        purposes=frozenset({ConsentPurpose.ADDRESS_BOOK, ConsentPurpose.MEMBERSHIP}),
    )
    with transaction():
        levels.change_privacy(actor_of(person), anew(person), told)

    assert (person.listed, of(person, Residence)[0].visibility) == (Level.CLASS, Level.PUBLIC)
    assert of(other, Residence)[0].visibility is Level.ALUMNI
    given = {(one.purpose, one.source, one.withdrawn_at is None) for one in of(person, Consent)}
    assert given == {
        (ConsentPurpose.MEMBERSHIP, "test", True),
        (ConsentPurpose.MAILINGS, "test", False),
        (ConsentPurpose.ADDRESS_BOOK, "own page", True),
    }
    with refused(may_edit):
        levels.change_privacy(STRANGER, person, told)


def test_agreeing_again_is_another_consent() -> None:
    person = make_verified("曾国强")
    wanted = frozenset({ConsentPurpose.MAILINGS})
    for purposes in (frozenset[ConsentPurpose](), wanted, wanted):
        with transaction():
            levels.change_privacy(SYSTEM, anew(person), replace(PRIVACY, purposes=purposes))

    mailings = [one for one in of(person, Consent) if one.purpose is ConsentPurpose.MAILINGS]
    assert [(one.source, one.withdrawn_at is None) for one in mailings] == [
        ("test", False),
        ("office", True),
    ]


def test_facts_and_tags_are_the_offices() -> None:
    person = make_verified("曾国强")
    own = actor_of(person)
    with transaction():
        levels.change_facts(SYSTEM, anew(person), levels.Facts(sex="m", birth_year=1975))
        tag = tags.tag_named(SYSTEM, "校庆嘉宾", "Guests of honour")
        tags.add_tag(SYSTEM, anew(person), tag)
        tags.add_tag(SYSTEM, anew(person), tags.tag_named(SYSTEM, "校庆嘉宾"))
    assert (person.sex, person.birth_year, len(of(person, PersonTag))) == ("m", 1975, 1)
    assert db.session.scalar(select(func.count()).select_from(Tag)) == 1

    with transaction():
        for _twice in range(2):
            tags.remove_tag(SYSTEM, anew(person), tags.tag_named(SYSTEM, "校庆嘉宾"))
    assert of(person, PersonTag) == []
    with refused(may_edit_people):
        levels.change_facts(own, person, levels.Facts(sex=None, birth_year=None))
    with refused(may_edit_people):
        tags.add_tag(own, person, tag)


def test_all_is_right_today() -> None:
    person = make_verified("曾国强")
    with transaction():
        levels.confirm(actor_of(person), anew(person))

    assert person.confirmed_at is not None
    assert last_deed().verb == "confirmed_data"
    with refused(may_edit):
        levels.confirm(STRANGER, person)


def test_nobody_overwrites_what_they_have_not_seen() -> None:
    person = make_verified("曾国强")
    own, seen = actor_of(person), person.version
    reach(person, "zeng_a")

    with speaking("en"), transaction(), pytest.raises(Refusal, match="in the meantime"):
        held(own, None, seen)
    with transaction():
        assert held(own, None, seen + 1).id == person.id


def test_of_two_who_save_at_once_one_is_told(app: Flask) -> None:
    person = make_verified("曾国强")
    own, seen = actor_of(person), person.version
    db.session.commit()

    def save(value: str) -> None:
        with app.app_context(), transaction():
            mine = held(own, None, seen)
            contacts.add_contact(own, mine, ContactKind.WECHAT, contact(value), first=False)

    problems = at_once(save, ["zeng_a", "zeng_b"])

    assert [type(problem) for problem in problems] == [Outdated]
    assert len(ways(person)) == 1


def test_only_the_office_comes_by_the_offices_door() -> None:
    person = make_verified("曾国强")

    with refused(may_edit_people):
        get_person(actor_of(person), person.public_id)
    assert get_person(SYSTEM, person.public_id).id == person.id


def test_every_word_can_be_made_again() -> None:
    """What the index says after changes is what it says when it is made anew."""
    person = make_verified("曾国强")
    moved(person, "Boston")
    renamed(person, official=documents("单雪"))
    reindex_all()

    assert found("shanxue") == found("Boston") == ["单雪"]
