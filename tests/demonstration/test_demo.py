"""``alumni demo``: an invented association in an empty database, and nowhere else."""

from collections.abc import Iterator, Sequence
from datetime import date
from pathlib import Path
from typing import TypeVar

import pytest
import sqlalchemy as sa
from flask import Flask
from sqlalchemy import func, select
from sqlalchemy.orm import joinedload

from alumni.accounts.models import Account
from alumni.accounts.queries import account_of
from alumni.audiences.criteria import Audience
from alumni.audiences.models import ExportProfile, SavedAudience, Sharing
from alumni.audit.models import ChangeSet
from alumni.authz import Actor, Capability, Right
from alumni.chapters.models import (
    Chapter,
    ChapterMembership,
    ChapterStatus,
    MembershipState,
    Officer,
)
from alumni.codes.models import Code
from alumni.codes.queries import association, home_institution
from alumni.db import Model, db, now, today, transaction
from alumni.demonstration.cast import GRADUATE, LEADER, OFFICE, PASSWORD
from alumni.demonstration.commands import FEWEST, fill
from alumni.demonstration.graduates import Graduate
from alumni.demonstration.inventing import graduates
from alumni.errors import Refusal
from alumni.events.models import Event, EventStatus, Registration, RegistrationState
from alumni.mailings.models import Mailing, MailingStatus, MailList
from alumni.mailings.queries import report
from alumni.membership.queries import my_desks, suggested_chapter
from alumni.people.commands.search import reindex
from alumni.people.fields import level_words, sex_words
from alumni.people.models import (
    Consent,
    ConsentPurpose,
    ContactKind,
    ContactPoint,
    Employment,
    Level,
    Person,
    PersonStatus,
    PersonTag,
    Photo,
    Residence,
    Study,
    StudyInstitution,
    Tag,
    Training,
    TrainingKind,
)
from alumni.people.models.search import PersonSearch
from alumni.people.policy import takes_mailings, visible
from alumni.roster.models import Application, ApplicationState, MatchVerdict, RosterEntry
from tests.browser import Browser
from tests.demonstration.made import NUMBER, Made, installed, run
from tests.factories import actor_of, make_account, make_person

T = TypeVar("T", Training, Employment, Residence, ContactPoint)

DAY = date(2026, 11, 24)


def count(table: type[Model], *conditions: sa.ColumnElement[bool]) -> int:
    return db.session.scalar(select(func.count()).select_from(table).where(*conditions)) or 0


def test_an_empty_database_is_filled_and_the_sign_ins_are_told(there: Made) -> None:
    assert count(Person) == NUMBER
    assert all(email in there.output for email in (GRADUATE, LEADER, OFFICE))
    assert f"the password {PASSWORD}" in there.output
    assert association()["name_en"] == "Seaside Medical University Alumni Association"
    deeds = select(ChangeSet.facts).where(ChangeSet.verb == "made_demonstration")
    assert db.session.scalars(deeds).all() == [{"people": NUMBER, "seed": 7}]


@pytest.mark.parametrize(
    ("email", "way"), [(GRADUATE, "/me"), (LEADER, "/me"), (OFFICE, "/office")]
)
def test_the_printed_password_opens_the_door(made: Made, email: str, way: str) -> None:
    page = Browser(made.app).submit("/sign-in", email=email, password=PASSWORD)

    assert (page.status, page.location) == (303, way)


def test_the_graduate_is_shown_the_chapter_of_the_own_city(there: Made) -> None:
    actor = actor_of(account(GRADUATE))
    suggested = suggested_chapter(actor)

    assert actor.is_verified
    assert suggested is not None
    assert suggested.slug == "anshan"


def test_the_leader_leads_and_the_office_works(there: Made) -> None:
    leader, office = actor_of(account(LEADER)), actor_of(account(OFFICE))

    assert [chapter.slug for chapter in my_desks(leader)] == ["anshan"]
    assert all(
        leader.may_in(right, next(iter(leader.leads))) for right in (Right.APPROVE, Right.EVENTS)
    )
    assert office.can(Capability.DECIDE_APPLICATIONS)


def test_every_active_chapter_is_introduced_and_led(there: Made) -> None:
    active = db.session.scalars(select(Chapter).where(Chapter.status == ChapterStatus.ACTIVE)).all()
    in_term = db.session.scalars(
        select(Officer)
        .options(joinedload(Officer.position))
        .where(Officer.starts_on <= today(), Officer.ends_on >= today())
    ).all()

    assert len(active) == 19
    for chapter in active:
        held = [officer.position.code for officer in in_term if officer.chapter_id == chapter.id]
        assert held.count("president") == held.count("secretary") == 1
        assert chapter.intro_zh
        assert chapter.intro_en
    assert count(Officer, Officer.ends_on < today()) == 5
    assert count(Officer, Officer.starts_on > today()) == 1
    joiners = (
        select(Chapter.slug, func.count())
        .join(ChapterMembership, ChapterMembership.chapter_id == Chapter.id)
        .where(ChapterMembership.state == MembershipState.PENDING)
        .group_by(Chapter.slug)
    )
    assert dict(db.session.execute(joiners).all()) == {
        "anshan": 5,
        "dashiqiao": 1,
        "greater-boston": 1,
        "north-america": 2,
    }


def test_nobody_held_a_position_before_being_a_member(there: Made) -> None:
    too_early = (
        select(func.count())
        .select_from(Officer)
        .outerjoin(
            ChapterMembership,
            sa.and_(
                ChapterMembership.person_id == Officer.person_id,
                ChapterMembership.chapter_id == Officer.chapter_id,
                ChapterMembership.state == MembershipState.ACTIVE,
                ChapterMembership.starts_on <= Officer.starts_on,
            ),
        )
        .where(ChapterMembership.id.is_(None))
    )

    assert db.session.scalar(too_early) == 0


def test_members_live_where_their_chapter_is(there: Made) -> None:
    anshan = db.session.scalars(select(Chapter).where(Chapter.slug == "anshan")).one()
    homes = (
        select(Residence.written)
        .join(ChapterMembership, ChapterMembership.person_id == Residence.person_id)
        .where(
            ChapterMembership.chapter_id == anshan.id,
            ChapterMembership.state == MembershipState.ACTIVE,
            Residence.is_current,
        )
        .distinct()
    )

    assert db.session.scalars(homes).all() == ["鞍山"]


def test_those_are_there_whom_everybody_looks_for(there: Made) -> None:
    known = (
        select(Study.graduation_year, Residence.written, StudyInstitution.student_number)
        .join(Person, Person.id == Study.person_id)
        .join(Residence, Residence.person_id == Person.id)
        .join(StudyInstitution, StudyInstitution.study_id == Study.id)
        .where(Person.name_zh == "曾国强", Person.sort_key == "zeng guo qiang 曾国强")
    )
    classes = (
        select(Study.class_label)
        .join(Person, Person.id == Study.person_id)
        .where(Person.name_zh == "王伟", Study.graduation_year == 2001)
        .order_by(Study.class_label)
    )

    assert db.session.execute(known).all() == [(1998, "鞍山", "1993110101")]
    assert db.session.scalars(classes).all() == ["2班", "5班"]


def test_people_are_reached_and_have_agreed_as_told(there: Made) -> None:
    verified = count(Person, Person.status == PersonStatus.VERIFIED)
    addresses = db.session.scalars(
        select(ContactPoint.normal).where(ContactPoint.kind == ContactKind.EMAIL)
    ).all()
    phones = db.session.scalars(
        select(ContactPoint.normal).where(ContactPoint.kind == ContactKind.PHONE)
    ).all()

    assert 0.4 < verified / NUMBER < 0.6
    assert 0.6 < len(addresses) / NUMBER < 0.85
    assert len(set(addresses)) == len(addresses)
    assert {address.rpartition("@")[2] for address in addresses} == {
        "example.org",
        "example.com",
        "example.net",
        "hospital.example.com",
    }
    assert all(phone.startswith(("+861380", "+1")) and 12 <= len(phone) <= 14 for phone in phones)
    died = count(Person, Person.status_before.is_not(None))
    assert died == 1
    assert agreed(ConsentPurpose.MEMBERSHIP) == verified + died
    assert verified > agreed(ConsentPurpose.MAILINGS) > agreed(ConsentPurpose.CHAPTER_SHARING) > 0


def agreed(purpose: ConsentPurpose) -> int:
    return count(Consent, Consent.purpose == purpose)


def test_the_search_words_are_those_that_the_program_would_make(there: Made) -> None:
    kept = search_words()
    reindex(list(kept))

    assert len(kept) == NUMBER
    assert search_words() == kept
    found = select(Person.id).where(Person.status == PersonStatus.VERIFIED)
    assert {person_id for person_id, (_all, shown) in kept.items() if shown} == set(
        db.session.scalars(found)
    )


def search_words() -> dict[int, tuple[str, str | None]]:
    kept = select(PersonSearch.person_id, PersonSearch.tokens, PersonSearch.open_tokens)
    return {
        person_id: (tokens, open_tokens)
        for person_id, tokens, open_tokens in db.session.execute(kept)
    }


def test_a_joint_programme_is_one_study_at_two_universities(there: Made) -> None:
    studies = (
        select(Study.id, Study.level, Study.is_primary)
        .join(Person, Person.id == Study.person_id)
        .where(Person.name_zh == "李雪梅")
        .order_by(Study.graduation_year)
    )
    (_first, *first), (second, *later) = db.session.execute(studies).all()
    registered = (
        select(Code.name_zh, StudyInstitution.student_number, StudyInstitution.degree)
        .join(StudyInstitution, StudyInstitution.institution_id == Code.id)
        .where(StudyInstitution.study_id == second)
        .order_by(StudyInstitution.id)
    )
    home, partner = db.session.execute(registered).all()

    assert (first, later) == (["bachelor", True], ["master", False])
    assert tuple(home) == (home_institution().name_zh, "2006110101", "医学硕士")
    assert tuple(partner) == ("诺斯菲尔德大学", "NF06-01027", "Master of Science")
    assert home_institution().name_zh == "海滨医科大学"


def test_facts_are_those_that_the_office_s_forms_offer(there: Made) -> None:
    assert set(db.session.scalars(select(Person.sex))) == set(sex_words())
    assert set(db.session.scalars(select(RosterEntry.sex))) == set(sex_words())
    assert set(db.session.scalars(select(Study.level))) == set(level_words())


def test_lives_are_told_of_trainings_jobs_homes_and_ways(there: Made) -> None:
    trainings, jobs = own(Training), own(Employment)
    homes, points = own(Residence), own(ContactPoint)

    assert [(stay.kind, stay.hospital_id is not None) for stay in trainings] == [
        (TrainingKind.INTERN, True),
        (TrainingKind.RESIDENCY, True),
        (TrainingKind.FURTHER, False),
    ]
    assert [(job.is_current, job.industry_id is not None) for job in jobs] == [
        (False, True),
        (True, True),
    ]
    assert [(home.written, home.is_current) for home in homes] == [("大连", False), ("鞍山", True)]
    assert [(point.kind, point.is_primary, point.label) for point in points] == [
        (ContactKind.EMAIL, True, None),
        (ContactKind.PHONE, True, "手机"),
        (ContactKind.PHONE, False, "单位"),
        (ContactKind.EMAIL, False, "单位"),
        (ContactKind.WECHAT, True, None),
        (ContactKind.POSTAL, True, "单位"),
    ]
    assert set(db.session.scalars(select(Training.kind))) == set(TrainingKind)


def own(table: type[T]) -> Sequence[T]:
    """What is told of the graduate who signs in."""
    columns = table.__table__.c
    mine = select(table).where(columns.person_id == account(GRADUATE).person_id)
    return db.session.scalars(mine.order_by(columns.id)).all()


def test_most_keep_the_first_levels_and_each_level_is_somebody_s(there: Made) -> None:
    verified = count(Person, Person.status == PersonStatus.VERIFIED)
    unchanged = count(Person, Person.status == PersonStatus.VERIFIED, Person.listed == Level.ALUMNI)

    assert 0.85 < unchanged / verified < 1
    assert count(Person, Person.status != PersonStatus.VERIFIED, Person.listed != Level.ALUMNI) == 0
    assert set(db.session.scalars(select(Employment.visibility).distinct())) == set(Level)
    logins = select(Account.email)
    assert set(
        db.session.scalars(
            select(ContactPoint.visibility).where(ContactPoint.normal.in_(logins)).distinct()
        )
    ) == {Level.OFFICE}


def test_what_is_public_stands_with_people_who_may_be_found_by_everybody(there: Made) -> None:
    actor = Actor()
    found = select(Person.name_zh).where(visible(actor)).order_by(Person.id)

    assert db.session.scalars(found).first() == "解晓东"
    hidden = (
        select(func.count())
        .select_from(Study)
        .join(Person, Person.id == Study.person_id)
        .where(Study.visibility == Level.PUBLIC, Person.listed != Level.PUBLIC)
    )
    assert db.session.scalar(hidden) == 0


def test_the_cast_has_photographs(there: Made) -> None:
    shown_to = (
        select(Person.name_zh, Photo.visibility)
        .join(Photo, Photo.person_id == Person.id)
        .order_by(Person.id)
    )

    assert [tuple(row) for row in db.session.execute(shown_to)] == [
        ("李雪梅", Level.ALUMNI),
        ("解晓东", Level.PUBLIC),
        ("欧阳静", Level.CHAPTERS),
        ("仇志刚", Level.OFFICE),
    ]


def test_the_office_has_tags_audiences_and_a_way_of_exporting(there: Made) -> None:
    office, leader = actor_of(account(OFFICE)), actor_of(account(LEADER))
    saved = db.session.scalars(select(SavedAudience).order_by(SavedAudience.id)).all()

    assert db.session.execute(
        select(Tag.name_en, func.count(PersonTag.person_id))
        .join(PersonTag, PersonTag.tag_id == Tag.id)
        .group_by(Tag.id)
        .order_by(Tag.id)
    ).all() == [
        ("Homecoming volunteer", 12),
        ("Guest of the 80th anniversary", 12),
        ("Speaker at the young graduates’ forum", 12),
    ]
    assert [audience.sharing for audience in saved].count(Sharing.OFFICE) == 3
    assert all(audience.name_zh and audience.name_en for audience in saved)
    for audience in saved[:-1]:
        assert whom(office, audience) > 0
    assert whom(leader, saved[-2]) > 0
    assert whom(actor_of(account(GRADUATE)), saved[-1]) > 0
    assert count(ExportProfile) == 1


def whom(actor: Actor, saved: SavedAudience) -> int:
    meant = Audience.from_json(actor, saved.criteria).condition(actor)
    return count(Person, visible(actor), meant)


def test_no_event_has_more_guests_than_seats_and_nobody_waits_beside_a_free_one(
    there: Made,
) -> None:
    events = db.session.scalars(select(Event)).all()

    for event in events:
        places = db.session.execute(
            select(Registration.state, Registration.wait_number)
            .where(Registration.event_id == event.id)
            .order_by(Registration.wait_number)
        )
        numbers: dict[RegistrationState, list[int | None]] = {}
        for state, number in places:
            numbers.setdefault(state, []).append(number)
        coming = len(numbers.get(RegistrationState.CONFIRMED, []))
        waiting = numbers.get(RegistrationState.WAITING, [])
        assert event.capacity is None or coming <= event.capacity
        assert not waiting or coming == event.capacity
        assert waiting == list(range(1, event.wait_count + 1))
    full = next(event for event in events if event.slug == "beijing-health-salon")
    dinner = next(event for event in events if event.slug == "anshan-new-year-dinner")
    assert full.wait_count == 5
    assert (dinner.capacity, confirmed(dinner)) == (40, 33)
    assert dinner.starts_at > now()


def confirmed(event: Event) -> int:
    return count(
        Registration,
        Registration.event_id == event.id,
        Registration.state == RegistrationState.CONFIRMED,
    )


def test_there_are_events_of_every_kind(there: Made) -> None:
    events = db.session.scalars(select(Event)).all()
    statuses = dict.fromkeys(EventStatus, 0)
    for event in events:
        statuses[event.status] += 1

    assert statuses == {
        EventStatus.DRAFT: 1,
        EventStatus.IN_REVIEW: 1,
        EventStatus.PUBLISHED: 22,
        EventStatus.CANCELLED: 1,
    }
    assert sum(event.ends_at < now() for event in events) == 15
    assert {event.time_zone for event in events} == {"Asia/Shanghai", "America/New_York"}
    assert sum(event.chapter_id is None for event in events) == 3


def test_nobody_finds_the_graduate_registered_already(there: Made) -> None:
    assert count(Registration, Registration.person_id == account(GRADUATE).person_id) == 0


def test_one_letter_went_out_and_one_waits(there: Made) -> None:
    mailings = db.session.scalars(
        select(Mailing).options(joinedload(Mailing.mail_list)).order_by(Mailing.id)
    ).all()

    assert [mailing.status for mailing in mailings] == [MailingStatus.SENT, MailingStatus.SUBMITTED]
    found = report(mailings[0])
    agreeing = (
        select(func.count())
        .select_from(Consent)
        .join(Person, Person.id == Consent.person_id)
        .where(Consent.purpose == ConsentPurpose.MAILINGS, takes_mailings())
    )
    assert found.audience == db.session.scalar(agreeing)
    assert found.waiting == 0
    assert found.reasons == {"unsubscribed": found.skipped}
    assert found.skipped > 0
    assert found.failed > 0
    assert mailings[0].approved_hash == mailings[0].body_hash
    assert mailings[1].author_id == account(LEADER).id
    assert count(MailList) == 20


def test_three_applications_wait_each_with_what_speaks_for_it(there: Made) -> None:
    waiting = (
        db.session.scalars(
            select(Application)
            .options(joinedload(Application.matches))
            .where(Application.state == ApplicationState.WAITING)
            .order_by(Application.id)
        )
        .unique()
        .all()
    )

    assert [application.name for application in waiting] == ["吕思远", "王伟", "Zhao Mingyue"]
    numbered, common, unknown = (application.matches for application in waiting)
    assert [match.evidence["student_number"] for match in numbered] == [True]
    assert len(common) >= 2
    assert {match.verdict for match in (*numbered, *common)} == {MatchVerdict.POSSIBLE}
    assert [match for match in unknown if match.verdict is MatchVerdict.EXACT] == []


def test_no_row_is_without_its_parent(there: Made) -> None:
    assert db.session.execute(sa.text("PRAGMA foreign_key_check")).all() == []


def test_a_second_one_is_refused_and_changes_nothing(there: Made) -> None:
    before = (count(Person), count(Account), count(ChangeSet))

    status, output = run(there.app)

    assert status == 1
    assert "a demonstration needs an empty one" in output
    db.session.rollback()
    assert (count(Person), count(Account), count(ChangeSet)) == before


def test_if_empty_leaves_it_and_tells_the_sign_ins_again(there: Made) -> None:
    status, output = run(there.app, "--if-empty")

    assert status == 0
    assert output.strip().splitlines() == there.output.strip().splitlines()[2:]
    db.session.rollback()
    assert count(Person) == NUMBER


def test_where_real_people_are_no_sign_in_is_told(app: Flask) -> None:
    make_person()

    assert run(app, "--if-empty") == (
        0,
        "The database has people of its own; no demonstration was made.\n",
    )
    assert run(app)[0] == 1


def test_an_account_is_enough_to_refuse(app: Flask) -> None:
    make_account(role="office")

    with pytest.raises(Refusal), transaction():
        fill(number=FEWEST, seed=1, entered=lambda _more: None)


def test_where_others_can_reach_the_program_nothing_is_made(tmp_path: Path) -> None:
    elsewhere = installed(tmp_path, "https://alumni.example.edu")

    status, output = run(elsewhere)

    assert status == 1
    assert "https://alumni.example.edu" in output
    assert not (tmp_path / "alumni.sqlite").exists()


def test_too_few_people_are_refused(app: Flask) -> None:
    assert run(app, "--people=3")[0] == 2
    assert count(Person) == 0


class Undone(Exception):
    """Thrown to take the demonstration back."""


def test_either_engine_is_filled_in_one_transaction(app: Flask) -> None:
    """All or nothing: what a fault interrupts leaves an empty database, which can be filled."""
    steps: list[int] = []

    with pytest.raises(Undone):
        fill_and_fail(steps)

    assert sum(steps) == FEWEST
    assert (count(Person), count(Account), count(Event)) == (0, 0, 0)


def fill_and_fail(steps: list[int]) -> None:
    with transaction():
        fill(number=FEWEST, seed=1, entered=steps.append)
        assert count(Person) == count(PersonSearch) == FEWEST
        assert count(Event) == 25
        raise Undone


def test_the_same_seed_gives_the_same_people() -> None:
    assert list(graduates(150, 3, DAY)) == list(graduates(150, 3, DAY))
    assert names_of(graduates(150, 3, DAY)) != names_of(graduates(150, 4, DAY))


def test_more_people_are_the_same_ones_and_then_some() -> None:
    assert list(graduates(300, 3, DAY))[:100] == list(graduates(100, 3, DAY))


def test_lives_hold_together() -> None:
    people = list(graduates(3000, 5, DAY))
    numbers = [
        (course.partner.institution, course.partner.number)
        for graduate in people
        for course in graduate.courses
        if course.partner
    ]

    assert len(numbers) > 50
    assert len(set(numbers)) == len(numbers)
    for graduate in people:
        life, last = graduate.life, graduate.courses[-1]
        assert all(
            (course.programme == "联合培养") == (course.partner is not None)
            for course in graduate.courses
        )
        for stay in life.stays:
            assert stay.ends is None or stay.begins <= stay.ends
            if stay.kind is TrainingKind.RESIDENCY:
                assert stay.begins == (last.graduation_year, 9)
        for post in life.posts:
            assert graduate.courses[0].graduation_year <= post.begins <= post.ends
            assert post.ends <= (life.works_there_since or DAY.year)
        for _place, until in life.former_homes:
            assert until == life.lives_there_since
        assert life.lives_there_since is None or life.lives_there_since <= DAY


def names_of(people: Iterator[Graduate]) -> list[str]:
    return [graduate.name_zh for graduate in people]


def account(email: str) -> Account:
    found = account_of(email)
    assert found is not None
    return found
