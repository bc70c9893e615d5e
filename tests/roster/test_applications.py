"""Signing up, confirming, and what the office decides."""

from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select, update

from alumni.accounts.models import Account, Link, LinkPurpose
from alumni.accounts.queries import peek_link
from alumni.audit.commands import record
from alumni.audit.models import ChangeSet
from alumni.authz import ANYONE, SYSTEM, Actor, Capability
from alumni.chapters.models import Chapter, Officer, Position
from alumni.codes.models import CodeKind
from alumni.codes.queries import code_named
from alumni.db import db, now, today, transaction
from alumni.errors import Gone, NotFound, Refusal
from alumni.i18n import speaking
from alumni.membership.commands.officers import Appointment, appoint
from alumni.outbox.models import Delivery
from alumni.people.models import (
    Consent,
    ConsentPurpose,
    ContactPoint,
    Person,
    PersonStatus,
    Residence,
    StudyInstitution,
)
from alumni.roster.commands.applications import (
    MOST_LETTERS,
    Applicant,
    apply_to_join,
    confirm_application,
)
from alumni.roster.commands.deciding import (
    approve_as_new,
    approve_into,
    ask,
    discard,
    reject,
)
from alumni.roster.commands.evidence import note_call
from alumni.roster.models import Application, ApplicationState, Match, MatchVerdict
from alumni.roster.policy import may_compare, may_decide_application, may_see_applications
from alumni.roster.queries.applications import (
    application_counts,
    applications,
    applications_waiting,
    doubles,
    get_application,
    my_application,
    own_application,
    queue,
    unconfirmed,
)
from alumni.roster.queries.candidates import candidates, get_candidate
from tests.browser import at_once
from tests.factories import (
    actor_of,
    make_account,
    make_chapter,
    make_officer,
    make_person,
    make_verified,
)
from tests.refusals import refused

ZENG = Applicant(
    name="曾国强",
    email="zeng@example.org",
    student_number="19930001",
    graduation_year=None,
    college_id=None,
    city="鞍山",
    language="en",
)


def applied(**values: Any) -> str:
    """Sign up and return the token of the mailed link."""
    applicant = replace(ZENG, **values)
    with transaction():
        apply_to_join(ANYONE, applicant)
    letter = letters(applicant.email)[-1]
    return str(letter.text).split("/join/")[1].split()[0]


def confirmed(**values: Any) -> Application:
    token = applied(**values)
    with transaction():
        confirm_application(ANYONE, token)
    return db.session.scalars(select(Application).order_by(Application.id.desc())).first()  # type: ignore[return-value]


def letters(email: str = ZENG.email) -> list[Delivery]:
    sent = select(Delivery).where(Delivery.email == email).order_by(Delivery.id)
    return list(db.session.scalars(sent))


def kinds(email: str = ZENG.email) -> list[str]:
    return [letter.kind for letter in letters(email)]


def together(work: Callable[[Any], None], things: Iterable[Any]) -> list[BaseException]:
    """Do it for all at once, and then see what the others did."""
    db.session.rollback()
    problems = at_once(work, things)
    db.session.expire_all()
    return problems


def verbs() -> list[str]:
    ours = ChangeSet.subject_table == "application"
    return list(db.session.scalars(select(ChangeSet.verb).where(ours).order_by(ChangeSet.id)))


def the_office() -> Actor:
    return actor_of(make_account(role="office"))


def called(application: Application) -> Application:
    """The same, with the office's note of a call: something speaks for a new person."""
    with transaction():
        note_call(the_office(), application, "Her supervisor remembers her.")
    return application


def college_id() -> int:
    college = code_named(CodeKind.COLLEGE, "临床医学院")
    assert college is not None
    return college.id


def test_applying_keeps_it_and_mails_a_link() -> None:
    token = applied()

    application = db.session.scalars(select(Application)).one()
    assert application.state is ApplicationState.UNCONFIRMED
    assert (application.name, application.city) == ("曾国强", "鞍山")
    assert application.notice_version
    link = peek_link(LinkPurpose.CONFIRM_APPLICATION, token)
    assert link.application_id == application.id
    assert timedelta(days=2, hours=23) < link.ends_at - now() <= timedelta(days=3)
    assert kinds() == ["application_confirm"]
    assert verbs() == ["applied"]


def test_a_letter_before_the_confirmation_repeats_nothing_that_was_typed() -> None:
    applied(name="Buy at evil.example now")

    (letter,) = letters()
    assert "evil" not in f"{letter.subject}{letter.text}{letter.name}"


def test_applying_again_refreshes_the_open_one() -> None:
    applied()
    applied(name="曾国墙", city="大连", agrees_to_mailings=True)

    application = db.session.scalars(select(Application)).one()
    assert (application.name, application.city) == ("曾国墙", "大连")
    assert application.agrees_to_mailings
    assert kinds() == ["application_confirm"] * 2
    assert verbs() == ["applied", "applied_again"]


def test_three_letters_a_day_to_one_address() -> None:
    for _time in range(5):
        applied()
    applied(email="other@example.org")

    assert kinds() == ["application_confirm"] * 3
    assert kinds("other@example.org") == ["application_confirm"]


def test_three_letters_a_day_to_a_member_too() -> None:
    make_verified(email=ZENG.email)
    for _time in range(5):
        with transaction():
            apply_to_join(ANYONE, ZENG)

    assert kinds() == ["already_member"] * 3
    assert db.session.scalars(select(Application)).all() == []


def test_a_day_later_letters_go_out_again() -> None:
    for _time in range(3):
        applied()
    with transaction():
        for letter in letters():
            letter.created_at = now() - timedelta(days=1, minutes=1)
    applied()

    assert len(letters()) == 4


@pytest.mark.parametrize("email", ["zeng@example.org"])
def test_an_address_that_waits_for_the_office_is_told_to_sign_in(email: str) -> None:
    confirmed()
    with transaction():
        apply_to_join(ANYONE, replace(ZENG, name="Somebody else"))

    assert kinds(email) == ["application_confirm", "application_waiting", "already_member"]
    assert db.session.scalars(select(Application.name)).all() == ["曾国强"]


def test_a_suspended_account_is_not_opened_again() -> None:
    make_account(email=ZENG.email, suspended_at=now())
    with transaction():
        apply_to_join(ANYONE, ZENG)

    assert kinds() == ["already_member"]


def test_an_account_without_a_person_may_apply() -> None:
    account = make_account(email=ZENG.email)
    person = make_person("曾国强", student_number="19930001")
    token = applied()
    with transaction():
        assert confirm_application(ANYONE, token) is None

    assert db.session.get_one(Account, account.id).person_id == person.id


def test_applying_many_times_at_once_makes_one_application(app: Flask) -> None:
    def apply(_n: int) -> None:
        with app.app_context(), transaction():
            apply_to_join(ANYONE, ZENG)

    assert together(apply, range(6)) == []

    assert len(db.session.scalars(select(Application)).all()) == 1
    assert kinds() == ["application_confirm"] * 3


def test_confirming_many_times_at_once_is_confirming_once(app: Flask) -> None:
    tokens = [applied(), applied()] * 3

    def confirm(token: str) -> None:
        with app.app_context(), transaction():
            confirm_application(ANYONE, token)

    wrong = [type(problem) for problem in together(confirm, tokens)]

    assert wrong == [Gone] * 5
    assert len(db.session.scalars(select(Account)).all()) == 1
    assert kinds() == ["application_confirm"] * 2 + ["application_waiting"]


def test_two_who_say_they_are_one_person_do_not_both_become_it(app: Flask) -> None:
    make_person("曾国强", student_number="19930001")
    tokens = [applied(), applied(email="other@example.org")]

    def confirm(token: str) -> None:
        with app.app_context(), transaction():
            confirm_application(ANYONE, token)

    assert together(confirm, tokens) == []

    states = sorted(db.session.scalars(select(Application.state)))
    assert states == [ApplicationState.APPROVED, ApplicationState.WAITING]


def test_recognised_by_number_and_name() -> None:
    person = make_person("曾国强", student_number="19930001", year=1998, city="大连")
    application = confirmed(agrees_to_mailings=True)

    db.session.refresh(person)
    assert application.state is ApplicationState.APPROVED
    assert application.person_id == person.id
    assert application.decided_by_id is None
    assert person.status is PersonStatus.VERIFIED
    assert person.language == "en"
    account = db.session.scalars(select(Account)).one()
    assert (account.email, account.person_id) == (ZENG.email, person.id)
    point = db.session.scalars(select(ContactPoint)).one()
    assert (point.value, point.is_primary) == (ZENG.email, True)
    assert point.verified_at is not None
    homes = db.session.execute(
        select(Residence.written, Residence.is_current).order_by(Residence.id)
    ).all()
    assert [tuple(home) for home in homes] == [("大连", False), ("鞍山", True)]
    consents = db.session.scalars(select(Consent)).all()
    assert {consent.purpose for consent in consents} == {
        ConsentPurpose.MEMBERSHIP,
        ConsentPurpose.MAILINGS,
    }
    assert {consent.version for consent in consents} == {application.notice_version}
    match = db.session.scalars(select(Match)).one()
    assert (match.person_id, match.verdict) == (person.id, MatchVerdict.EXACT)
    assert match.evidence == {"name": True, "student_number": True}
    assert verbs() == ["applied", "confirmed_application", "recognised"]
    assert kinds() == ["application_confirm"]


def test_consent_to_letters_is_only_given_by_ticking() -> None:
    make_person("曾国强", student_number="19930001")
    confirmed()

    assert db.session.scalars(select(Consent.purpose)).all() == [ConsentPurpose.MEMBERSHIP]


def test_recognised_by_name_year_and_college() -> None:
    person = make_person("曾国强", year=1998, college="临床医学院")
    application = confirmed(student_number=None, graduation_year=1998, college_id=college_id())

    assert (application.state, application.person_id) == (ApplicationState.APPROVED, person.id)


def test_a_wrong_year_goes_to_the_office() -> None:
    person = make_person("曾国强", year=1998, student_number="19930001")
    application = confirmed(graduation_year=1999)

    db.session.refresh(person)
    assert application.state is ApplicationState.WAITING
    assert application.confirmed_at is not None
    assert application.person_id is None
    assert person.status is PersonStatus.KNOWN
    match = db.session.scalars(select(Match)).one()
    assert (match.verdict, match.score) == (MatchVerdict.POSSIBLE, 70)
    assert match.evidence == {"name": True, "student_number": True, "graduation_year": False}
    account = db.session.scalars(select(Account)).one()
    assert (account.email, account.person_id) == (ZENG.email, None)
    assert kinds() == ["application_confirm", "application_waiting"]
    assert my_application(ZENG.email) == application


def test_somebody_who_has_an_account_is_never_taken_over() -> None:
    person = make_verified("曾国强", student_number="19930001", email="old@example.org")
    application = confirmed()

    assert application.state is ApplicationState.WAITING
    assert db.session.scalars(select(Match.person_id)).all() == [person.id]


@pytest.mark.parametrize(
    ("first_day", "last_day"), [(-30, None), (-30, -10), (10, None)], ids=["in", "over", "coming"]
)
def test_an_officer_is_never_recognised_without_the_office(
    first_day: int, last_day: int | None
) -> None:
    person = make_person("曾国强", year=1998, college="临床医学院")
    chapter = make_chapter()
    ends_on = None if last_day is None else today() + timedelta(days=last_day)
    starts_on = today() + timedelta(days=first_day)
    make_officer(chapter, person=person, starts_on=starts_on, ends_on=ends_on)
    application = confirmed(
        email="stranger@example.org",
        student_number=None,
        graduation_year=1998,
        college_id=college_id(),
    )

    db.session.refresh(person)
    assert (application.state, application.person_id) == (ApplicationState.WAITING, None)
    assert person.status is PersonStatus.KNOWN
    account = db.session.scalars(select(Account)).one()
    assert (account.email, account.person_id) == ("stranger@example.org", None)
    assert actor_of(account).rights == {}
    match = db.session.scalars(select(Match)).one()
    assert (match.person_id, match.verdict) == (person.id, MatchVerdict.POSSIBLE)
    assert kinds("stranger@example.org") == ["application_confirm", "application_waiting"]


def test_an_officer_is_approved_by_the_office() -> None:
    person = make_person("曾国强", student_number="19930001")
    make_officer(make_chapter(), person=person)
    application = confirmed()
    with transaction():
        approve_into(the_office(), application, person)

    assert application.person_id == person.id


def test_who_had_an_account_is_never_recognised_without_the_office() -> None:
    person = make_person("曾国强", student_number="19930001")
    confirmed()
    with transaction():
        db.session.execute(update(Account).values(person_id=None))
        person.status = PersonStatus.KNOWN
        record(SYSTEM, "unlinked", person)
    again = confirmed(email="other@example.org")

    assert (again.state, again.person_id) == (ApplicationState.WAITING, None)


def test_who_was_verified_is_never_recognised_without_the_office() -> None:
    make_person("曾国强", student_number="19930001", status=PersonStatus.VERIFIED)

    assert confirmed().state is ApplicationState.WAITING


def test_appointing_and_signing_up_at_once_makes_no_stranger_an_officer(app: Flask) -> None:
    person = make_person("曾国强", student_number="19930001")
    chapter_id, token = make_chapter().id, applied()
    president = db.session.scalars(select(Position.id).where(Position.code == "president")).one()
    appointment = Appointment(
        person=person.public_id, position_id=president, starts_on=today(), ends_on=None
    )

    def do(work: Callable[[], object]) -> None:
        with app.app_context(), transaction():
            work()

    problems = together(
        do,
        [
            lambda: confirm_application(ANYONE, token),
            lambda: appoint(SYSTEM, db.session.get_one(Chapter, chapter_id), appointment),
        ],
    )

    assert problems == []
    assert db.session.scalars(select(Officer.person_id)).all() == [person.id]
    became = db.session.scalars(select(Application.decided_at)).one()
    appointed = select(ChangeSet.at).where(ChangeSet.verb == "appointed")
    assert became is None or became <= db.session.scalars(appointed).one()


def test_confirming_gives_the_token_of_a_first_password() -> None:
    token = applied()
    with transaction():
        password = confirm_application(ANYONE, token)

    assert password is not None
    account = db.session.scalars(select(Account)).one()
    assert peek_link(LinkPurpose.SET_PASSWORD, password).account_id == account.id


def test_a_used_link_is_gone() -> None:
    token = applied()
    with transaction():
        confirm_application(ANYONE, token)
    with pytest.raises(Gone), transaction():
        confirm_application(ANYONE, token)


def test_a_second_attempt_ends_the_first_letters_link() -> None:
    first = applied()
    second = applied(name="陌生人", city="大连", agrees_to_mailings=True)

    for look in (unconfirmed, lambda token: confirm_application(ANYONE, token)):
        with pytest.raises(Gone), transaction():
            look(first)
    application = db.session.scalars(select(Application)).one()
    assert application.confirmed_at is None
    assert db.session.scalars(select(Account)).all() == []
    assert unconfirmed(second).name == "陌生人"
    with transaction():
        confirm_application(ANYONE, second)
    assert application.state is ApplicationState.WAITING


def test_an_attempt_that_gets_no_letter_changes_nothing() -> None:
    tokens = [applied() for _time in range(MOST_LETTERS)]
    with transaction():
        apply_to_join(ANYONE, replace(ZENG, name="陌生人"))

    assert db.session.scalars(select(Application.name)).all() == ["曾国强"]
    with transaction():
        confirm_application(ANYONE, tokens[-1])


def test_a_link_to_an_application_that_is_decided_is_gone() -> None:
    token = applied()
    with transaction():
        application = db.session.scalars(select(Application)).one()
        application.state = ApplicationState.REJECTED
        record(SYSTEM, "rejected", application)
    with pytest.raises(Gone), transaction():
        confirm_application(ANYONE, token)


def test_an_old_link_is_gone() -> None:
    token = applied()
    with transaction():
        db.session.scalars(select(Link)).one().ends_at = now()
    with pytest.raises(Gone), transaction():
        confirm_application(ANYONE, token)


def test_the_office_approves_into_a_known_person() -> None:
    person = make_person("曾国强", year=1998, student_number="19930001", email="old@example.org")
    application = confirmed(graduation_year=1999)
    office = the_office()
    with transaction():
        approve_into(office, application, person)

    db.session.refresh(person)
    assert application.state is ApplicationState.APPROVED
    assert (application.person_id, application.decided_by_id) == (person.id, office.account_id)
    assert application.decided_at is not None
    assert person.status is PersonStatus.VERIFIED
    points = db.session.execute(
        select(ContactPoint.value, ContactPoint.is_primary).order_by(ContactPoint.id)
    ).all()
    assert [tuple(point) for point in points] == [("old@example.org", False), (ZENG.email, True)]
    assert kinds() == ["application_confirm", "application_waiting", "application_approved"]
    assert verbs()[-1] == "approved_application"


def test_the_office_approves_a_new_person() -> None:
    application = called(confirmed(graduation_year=1998, college_id=college_id()))
    with transaction():
        person = approve_as_new(the_office(), application)

    assert application.state is ApplicationState.APPROVED
    assert application.person_id == person.id
    assert (person.name_zh, person.status) == ("曾国强", PersonStatus.VERIFIED)
    assert db.session.scalars(select(StudyInstitution.student_number)).all() == ["19930001"]
    assert db.session.scalars(
        select(Account.person_id).where(Account.email == ZENG.email)
    ).all() == [person.id]
    assert kinds()[-1] == "application_approved"


def test_a_new_person_does_not_take_the_number_of_another() -> None:
    make_person("李四", student_number="19930001")
    application = called(confirmed())
    with transaction():
        person = approve_as_new(the_office(), application)

    numbers = select(StudyInstitution.student_number).where(StudyInstitution.person_id == person.id)
    assert db.session.scalars(numbers).all() == []


def test_a_new_person_without_year_has_the_number_too() -> None:
    application = called(confirmed())
    with transaction():
        person = approve_as_new(the_office(), application)

    there = db.session.scalars(select(StudyInstitution)).one()
    assert (there.person_id, there.student_number) == (person.id, "19930001")


def test_the_office_declines_with_a_reason() -> None:
    application = confirmed()
    with transaction():
        reject(the_office(), application, "Not of our university.")

    assert application.state is ApplicationState.REJECTED
    assert application.reason == "Not of our university."
    assert kinds()[-1] == "application_rejected"
    assert "Not of our university." in str(letters()[-1].text)
    assert verbs()[-1] == "rejected_application"


def test_who_was_declined_may_apply_again() -> None:
    application = confirmed()
    with transaction():
        reject(the_office(), application, "No.")
    person = make_person("曾国强", student_number="19930001")
    again = confirmed()

    assert again.id != application.id
    assert (again.state, again.person_id) == (ApplicationState.APPROVED, person.id)


def test_a_letter_is_in_the_applicants_language() -> None:
    application = confirmed(language="zh")
    with transaction():
        reject(the_office(), application, "查无此人。")

    assert {letter.language for letter in letters()} == {"zh"}


def test_what_was_decided_stays_decided() -> None:
    application, person, office = confirmed(), make_person(), the_office()
    with transaction():
        reject(office, application, "No.")

    for again in (
        lambda: approve_into(office, application, person),
        lambda: approve_as_new(office, application),
        lambda: ask(office, application, "Who?"),
        lambda: reject(office, application, "No."),
        lambda: discard(office, application),
    ):
        with pytest.raises(Refusal) as refusal, transaction():
            again()
        assert refusal.value.status == 409
    assert kinds()[-1] == "application_rejected"
    assert len(letters()) == 3


def test_what_nobody_confirmed_is_not_decided() -> None:
    applied()
    application = db.session.scalars(select(Application)).one()
    with pytest.raises(Refusal) as refusal, transaction():
        approve_as_new(the_office(), application)

    assert refusal.value.status == 409


@pytest.mark.parametrize("values", [{"status": PersonStatus.DECEASED}, {"account": True}], ids=str)
def test_whom_nobody_can_become(values: dict[str, Any]) -> None:
    has_account = values.pop("account", False)
    person = make_person("李四", **values)
    if has_account:
        make_account(person=person)
    application = confirmed()
    with pytest.raises(Refusal) as refusal, transaction():
        approve_into(the_office(), application, person)

    assert refusal.value.status == 409
    db.session.refresh(application)
    assert application.state is ApplicationState.WAITING


def test_two_in_the_office_decide_once(app: Flask) -> None:
    application_id = called(confirmed()).public_id
    offices = [the_office(), the_office()]

    def approve(office: Actor) -> None:
        with app.app_context(), transaction():
            approve_as_new(office, get_application(office, application_id))

    problems = together(approve, offices)

    assert [type(problem) for problem in problems] == [Refusal]
    assert len(db.session.scalars(select(Person)).all()) == 1


def test_nobody_decides_about_the_own_application() -> None:
    make_account(role="office", email=ZENG.email)
    application, person = confirmed(), make_person()
    me = actor_of(db.session.scalars(select(Account)).one())

    with refused(may_decide_application), transaction():
        approve_into(me, application, person)
    with refused(may_decide_application), transaction():
        approve_as_new(me, application)
    deeds: tuple[Callable[[], None], ...] = (
        lambda: ask(me, application, "Who am I?"),
        lambda: reject(me, application, "No."),
        lambda: discard(me, application),
        lambda: note_call(me, application, "I called myself."),
    )
    for deed in deeds:
        with refused(may_decide_application), transaction():
            deed()
    db.session.refresh(application)
    assert application.state is ApplicationState.WAITING


def test_only_the_office_sees_and_decides() -> None:
    application, leader = confirmed(), actor_of(make_verified())

    for look in (
        lambda: applications(leader, ApplicationState.WAITING),
        lambda: application_counts(leader),
        lambda: get_application(leader, application.public_id),
        lambda: doubles(leader, application),
        lambda: queue(leader, ApplicationState.WAITING, 1),
    ):
        with refused(may_see_applications):
            look()
    deciding = Actor(account_id=1, capabilities=frozenset({Capability.DECIDE_APPLICATIONS}))
    for actor in (leader, deciding):
        with refused(may_compare):
            candidates(actor, application)
        with refused(may_compare):
            get_candidate(actor, application.public_id)
    with refused(may_decide_application), transaction():
        reject(leader, application, "No.")
    assert applications_waiting(leader) == 0
    assert applications_waiting(the_office()) == 1


def test_what_there_is_not() -> None:
    with pytest.raises(NotFound):
        get_application(the_office(), "nothing")
    with pytest.raises(NotFound):
        get_candidate(the_office(), "nothing")


def test_the_queue_begins_with_who_waits_longest() -> None:
    first, second = confirmed(), confirmed(email="other@example.org", student_number="19930002")
    applied(email="third@example.org")
    office = the_office()

    waiting = db.session.scalars(applications(office, ApplicationState.WAITING)).all()
    assert [one.id for one in waiting] == [first.id, second.id]
    assert application_counts(office) == {
        ApplicationState.UNCONFIRMED: 1,
        ApplicationState.WAITING: 2,
        ApplicationState.ASKED: 0,
        ApplicationState.APPROVED: 0,
        ApplicationState.REJECTED: 0,
        ApplicationState.DISCARDED: 0,
    }


def test_candidates_are_known_by_what_is_in_the_books_today() -> None:
    application, office = confirmed(), the_office()
    assert candidates(office, application) == []

    make_person("曾国强", year=1998, student_number="19930001", city="鞍山", class_label="3班")
    with speaking("en"):
        (one,) = candidates(office, application)
    assert one.judged.verdict is MatchVerdict.EXACT
    assert (one.name, one.other_names) == ("曾国强", ("Zeng Guoqiang",))
    assert one.student_numbers == ("19930001",)
    assert one.studies == ("Class of 1998, Class 3",)


@pytest.mark.parametrize("text", ["李四", "Li Si", "a77", "Li@Example.org"])
def test_the_office_looks_for_somebody_else(text: str) -> None:
    application, office = confirmed(), the_office()
    person = make_person("李四", student_number="A77", email="li@example.org")

    (one,) = candidates(office, application, text)
    assert one.public_id == person.public_id
    assert one.judged.evidence == {"name": False, "student_number": False}


def test_my_application_is_the_newest_that_was_confirmed() -> None:
    applied()
    assert my_application(ZENG.email) is None
    application = confirmed()
    assert my_application(ZENG.email.upper()) == application
    account = actor_of(db.session.scalars(select(Account)).one())
    assert own_application(account) == application
    with pytest.raises(NotFound):
        own_application(the_office())


def test_an_account_suspended_since_is_not_confirmed() -> None:
    person = make_person("曾国强", student_number="19930001")
    token = applied()
    make_account(email=ZENG.email, suspended_at=now())
    with pytest.raises(Gone), transaction():
        confirm_application(ANYONE, token)

    db.session.rollback()
    assert db.session.get_one(Person, person.id).status is PersonStatus.KNOWN
    assert db.session.scalars(select(Account.person_id)).one() is None
