"""What the office does with an application: one deed, one letter, one line of history."""

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import select

from alumni.audit.commands import record
from alumni.audit.models import ChangeSet
from alumni.authz import SYSTEM, Actor
from alumni.db import db, transaction
from alumni.errors import NotFound, Refusal
from alumni.outbox.models import Delivery
from alumni.people.models import Person, PersonStatus, StudyInstitution
from alumni.roster.commands.applications import apply_to_join
from alumni.roster.commands.deciding import (
    approve_as_new,
    approve_into,
    ask,
    discard,
    reject,
)
from alumni.roster.commands.evidence import answer
from alumni.roster.models import Application, ApplicationState
from alumni.roster.queries.applications import (
    applicant_of,
    application_counts,
    applications_waiting,
    doubles,
    own_application,
    queue,
)
from alumni.roster.queries.candidates import likely_person
from tests.browser import Browser, Page
from tests.conftest import SignIn
from tests.factories import (
    account_of,
    actor_of,
    make_account,
    make_chapter,
    make_officer,
    make_person,
    make_verified,
)
from tests.roster.test_applications import (
    ZENG,
    applied,
    called,
    college_id,
    confirmed,
    kinds,
    letters,
    the_office,
    verbs,
)

S = ApplicationState


def applicant(application: Application) -> Actor:
    account = applicant_of(application)
    assert account is not None
    return actor_of(account)


def in_state(state: ApplicationState, office: Actor) -> Application:
    """A confirmed application that came into the state by the way there is."""
    application = called(confirmed())
    ways: dict[ApplicationState, Callable[[], Any]] = {
        S.WAITING: lambda: None,
        S.ASKED: lambda: ask(office, application, "Which dormitory?"),
        S.APPROVED: lambda: approve_as_new(office, application),
        S.REJECTED: lambda: reject(office, application, "No."),
        S.DISCARDED: lambda: discard(office, application),
    }
    with transaction():
        ways[state]()
    return application


DEEDS: dict[str, tuple[set[ApplicationState], ApplicationState, str, list[str]]] = {
    "approve": (
        {S.WAITING, S.ASKED},
        S.APPROVED,
        "approved_application",
        ["application_approved"],
    ),
    "ask": ({S.WAITING}, S.ASKED, "asked_applicant", ["application_asked"]),
    "reject": (
        {S.WAITING, S.ASKED},
        S.REJECTED,
        "rejected_application",
        ["application_rejected"],
    ),
    "discard": ({S.WAITING, S.ASKED}, S.DISCARDED, "discarded_application", []),
}
"""From which states, to which, by which word of the history, and with which letters."""


def decide(deed: str, office: Actor, application: Application) -> None:
    deeds: dict[str, Callable[[], Any]] = {
        "approve": lambda: approve_as_new(office, application),
        "ask": lambda: ask(office, application, "Who taught you anatomy?"),
        "reject": lambda: reject(office, application, "Not of ours."),
        "discard": lambda: discard(office, application),
    }
    with transaction():
        deeds[deed]()


@pytest.mark.parametrize("deed", list(DEEDS))
@pytest.mark.parametrize("state", [S.WAITING, S.ASKED, S.APPROVED, S.REJECTED, S.DISCARDED])
def test_every_step_is_taken_from_where_it_may_be(deed: str, state: ApplicationState) -> None:
    office = the_office()
    application = in_state(state, office)
    before, noted = kinds(), verbs()
    starts, after, verb, sent = DEEDS[deed]

    if state in starts:
        decide(deed, office, application)
        db.session.refresh(application)
        assert application.state is after
        assert kinds() == before + sent
        assert {letter.language for letter in letters()[len(before) :]} <= {"en"}
        assert verbs() == [*noted, verb]
        is_final = after is not S.ASKED
        assert (application.decided_by_id == office.account_id) is is_final
        assert (application.decided_at is not None) is is_final
    else:
        with pytest.raises(Refusal) as refusal:
            decide(deed, office, application)
        assert refusal.value.status == 409
        db.session.expire_all()
        assert application.state is state
        assert (kinds(), verbs()) == (before, noted)


def test_each_letter_is_in_the_applicants_language() -> None:
    office = the_office()
    for number, deed in enumerate(("approve", "ask", "reject", "discard")):
        email = f"zeng{number}@example.org"
        application = called(
            confirmed(email=email, student_number=f"1993000{number}", language="zh")
        )
        decide(deed, office, application)

    sent = select(Delivery.language, Delivery.kind).where(Delivery.kind.like("application_%"))
    assert {language for language, _kind in db.session.execute(sent)} == {"zh"}


def test_a_question_goes_out_with_a_link_and_comes_back_with_the_answer() -> None:
    application, office = confirmed(), the_office()
    with transaction():
        ask(office, application, "Who taught you anatomy?")

    letter = str(letters()[-1].text)
    assert "Who taught you anatomy?" in letter
    assert "/me/application" in letter
    assert applications_waiting(office) == 0
    with transaction():
        answer(applicant(application), application, "Professor Li.", None)
    assert application.state is S.WAITING
    assert applications_waiting(office) == 1
    with transaction():
        ask(office, application, "And physiology?")
    assert kinds()[-2:] == ["application_asked"] * 2
    assert "And physiology?" in str(letters()[-1].text)


def test_an_address_that_was_asked_is_told_to_sign_in() -> None:
    application = confirmed()
    with transaction():
        ask(the_office(), application, "Who?")
    with transaction():
        apply_to_join(Actor(), ZENG)

    assert kinds()[-1] == "already_member"
    assert db.session.scalars(select(Application.id)).all() == [application.id]


def test_what_nobody_confirmed_may_only_be_put_away() -> None:
    applied()
    office = the_office()
    application = db.session.scalars(select(Application)).one()
    for deed in ("approve", "ask", "reject"):
        with pytest.raises(Refusal) as refusal:
            decide(deed, office, application)
        assert refusal.value.status == 409
    decide("discard", office, application)

    assert application.state is S.DISCARDED
    assert kinds() == ["application_confirm"]


def test_who_was_put_away_is_told_nothing_and_may_apply_again() -> None:
    application = confirmed()
    me = applicant(application)
    with transaction():
        discard(the_office(), application)

    with pytest.raises(NotFound):
        own_application(me)
    again = confirmed()
    assert again.id != application.id
    assert again.state is S.WAITING


def test_one_person_is_one_item_however_often_they_sign_up() -> None:
    office = the_office()
    told = {"graduation_year": 1998, "college_id": college_id()}
    first = confirmed(student_number="1", **told)
    by_class = confirmed(email="b@example.org", student_number=None, **told)
    by_number = confirmed(email="c@example.org", name="曾国墙", student_number="1")
    stranger = confirmed(email="d@example.org", name="李四", student_number=None, **told)
    no_college = confirmed(email="e@example.org", student_number=None, graduation_year=1998)
    elsewhere = confirmed(email="f@example.org", student_number="2")

    items = queue(office, S.WAITING, 1)
    assert [(item.application.id, item.others) for item in items] == [
        (first.id, 2),
        (stranger.id, 0),
        (no_college.id, 0),
        (elsewhere.id, 0),
    ]
    assert application_counts(office)[S.WAITING] == applications_waiting(office) == 4
    assert doubles(office, first) == [by_class, by_number]
    assert doubles(office, by_number) == [first, by_class]
    assert doubles(office, stranger) == []
    with transaction():
        reject(office, first, "No.")
    assert queue(office, S.WAITING, 1)[0].application.id == by_class.id


def test_the_second_post_of_one_address_leaves_one_item() -> None:
    office = the_office()
    confirmed()
    with transaction():
        apply_to_join(Actor(), ZENG)

    assert len(queue(office, S.WAITING, 1)) == 1


def test_who_is_likely_enough_to_be_approved_with_others() -> None:
    office = the_office()
    nobody = confirmed(email="a@example.org", name="李四", student_number="7")
    assert likely_person(office, nobody) is None

    make_person("王五", year=1998, city="鞍山")
    named = confirmed(email="b@example.org", name="王五", student_number=None, graduation_year=1998)
    assert likely_person(office, named) is None  # a name and a year: 43 points

    known = make_person("曾国强", year=1998, student_number="19930001", birth_year=1975)
    numbered = confirmed(graduation_year=1998, birth_year=1976)
    likely = likely_person(office, numbered)
    assert likely is not None
    assert likely.id == known.id

    other = make_person("曾国强", year=1998, birth_year=1976)
    assert likely_person(office, numbered) is not None  # of one name and year, but far behind
    twin = StudyInstitution.person_id == other.id
    with transaction():
        there = db.session.scalars(select(StudyInstitution).where(twin)).one()
        there.certificate_number = "C1"
        numbered.certificate_number = "C1"
        record(SYSTEM, "made", other)
    assert likely_person(office, numbered) is None  # two who fit alike


def test_who_has_an_account_is_not_approved_with_others() -> None:
    make_verified("曾国强", student_number="19930001")

    assert likely_person(the_office(), confirmed()) is None


def ticked(office: Browser, *applications: Application, **fields: Any) -> Page:
    return office.submit(
        "/office/applications",
        on="/office/applications",
        application=[one.public_id for one in applications],
        **fields,
    )


def outcomes(page: Page) -> list[tuple[str, str, str]]:
    cells = [cell["text"] for cell in page.all("td")]
    return [(cells[n].split()[0], cells[n + 1], cells[n + 2]) for n in range(0, len(cells), 3)]


def states() -> dict[str, ApplicationState]:
    db.session.rollback()
    db.session.expire_all()
    return dict(db.session.execute(select(Application.email, Application.state)).all())


def test_the_clear_ones_are_approved_at_one_press(office: Browser) -> None:
    clear = confirmed(graduation_year=1999)
    known = make_person("曾国强", student_number="19930001", year=1998)
    unclear = confirmed(email="li@example.org", name="李四", student_number="7")
    page = ticked(office, clear, unclear, deed="approve")

    assert page.status == 200
    assert outcomes(page) == [
        ("曾国强", "Yes", "Approved as Zeng Guoqiang."),
        (
            "李四",
            "No",
            "It is not clear enough who this is. Please look at it by itself.",
        ),
    ]
    assert states() == {ZENG.email: S.APPROVED, "li@example.org": S.WAITING}
    assert db.session.get_one(Person, known.id).status is PersonStatus.VERIFIED
    assert kinds()[-1] == "application_approved"
    assert kinds("li@example.org")[-1] == "application_waiting"


def test_many_are_declined_for_one_reason_and_put_away_without_a_letter(office: Browser) -> None:
    first = confirmed()
    second = confirmed(email="li@example.org", name="李四", student_number="7")
    third = confirmed(email="wang@example.org", name="王五", student_number="8")

    without = ticked(office, first, second, deed="reject")
    assert without.status == 422
    assert "please write it" in without.text
    declined = ticked(office, first, second, deed="reject", reason="Not of ours.")
    assert [done for _name, done, _text in outcomes(declined)] == ["Yes", "Yes"]
    away = ticked(office, first, third, deed="discard")
    assert outcomes(away)[0] == ("曾国强", "No", "This application has been decided already.")
    assert states() == {
        ZENG.email: S.REJECTED,
        "li@example.org": S.REJECTED,
        "wang@example.org": S.DISCARDED,
    }
    for email in (ZENG.email, "li@example.org"):
        assert kinds(email)[-1] == "application_rejected"
        assert kinds(email).count("application_rejected") == 1
        assert "Not of ours." in str(letters(email)[-1].text)
    assert kinds("wang@example.org") == ["application_confirm", "application_waiting"]


def test_with_nothing_ticked_nothing_is_done(office: Browser) -> None:
    confirmed()
    page = ticked(office, deed="discard")

    assert page.status == 422
    assert page.texts("div", role="alert") == ["Tick the applications first."]
    chosen = [one["value"] for one in page.all("option") if "selected" in one]
    assert "discard" in chosen
    assert states() == {ZENG.email: S.WAITING}


def test_the_own_application_among_several_is_left_to_somebody_else(signed_in: SignIn) -> None:
    account = make_account(role="office", email=ZENG.email)
    own, other = confirmed(), confirmed(email="li@example.org", name="李四", student_number="7")
    page = ticked(signed_in(account), own, other, deed="discard")

    assert [done for _name, done, _text in outcomes(page)] == ["No", "Yes"]
    assert states() == {ZENG.email: S.WAITING, "li@example.org": S.DISCARDED}


def test_one_that_is_not_there_keeps_none_of_the_others(office: Browser) -> None:
    first, last = confirmed(), confirmed(email="li@example.org", name="李四", student_number="7")
    page = office.submit(
        "/office/applications",
        on="/office/applications",
        application=[first.public_id, "forged", last.public_id],
        deed="discard",
    )

    assert page.status == 200
    assert outcomes(page) == [
        ("曾国强", "Yes", "Put away. Nobody gets a letter."),
        ("–", "No", "There is no such application."),
        ("李四", "Yes", "Put away. Nobody gets a letter."),
    ]
    assert states() == {ZENG.email: S.DISCARDED, "li@example.org": S.DISCARDED}


def test_several_are_decided_by_the_office_alone(signed_in: SignIn) -> None:
    application = confirmed()
    browser = signed_in(make_verified())
    token = browser.get("/me").form("/language").values["csrf_token"]
    page = browser.post(
        "/office/applications",
        csrf_token=token,
        application=application.public_id,
        deed="discard",
    )

    assert page.status == 403
    assert states() == {ZENG.email: S.WAITING}


def test_approving_one_offers_to_put_the_other_away(office: Browser) -> None:
    first = called(confirmed())
    second = confirmed(email="again@example.org")
    url = f"/office/applications/{first.public_id}"

    queue_page = office.get("/office/applications")
    assert "Signed up 1 more time" in queue_page.text
    assert len(queue_page.all("a", class_="who")) == 1
    approved = office.press(url, f"{url}/approve")
    assert approved.location == url
    shown = office.follow(approved)
    assert "The same person seems to have signed up 1 more time" in shown.text
    assert "again@example.org" in shown.text
    away = f"/office/applications/{second.public_id}/put-away"
    assert office.press(url, away).status == 303
    assert states() == {ZENG.email: S.APPROVED, "again@example.org": S.DISCARDED}
    assert kinds("again@example.org") == ["application_confirm", "application_waiting"]


def test_asking_on_its_page(office: Browser) -> None:
    application = confirmed()
    url = f"/office/applications/{application.public_id}/ask"

    assert office.submit(url, question=" ").status == 422
    assert office.submit(url, question="Who taught you?").status == 303
    assert states() == {ZENG.email: S.ASKED}
    assert "Who taught you?" in office.get(f"/office/applications/{application.public_id}").text
    again = office.submit(url, question="And who else?")
    assert again.status == 409
    assert "The applicant has been asked already" in again.text
    listed = office.get("/office/applications?state=asked")
    assert len(listed.all("a", class_="who")) == 1
    assert len(listed.all("input", type="checkbox")) == 1


def test_each_state_has_its_tab_with_a_count(office: Browser) -> None:
    actor = the_office()
    told = iter(range(100))
    for deed in ("approve", "ask", "reject", "discard"):
        number = next(told)
        decide(
            deed,
            actor,
            called(confirmed(email=f"z{number}@example.org", student_number=f"{number}")),
        )
    confirmed(email="w@example.org", student_number="99")
    applied(email="u@example.org", student_number="98")

    (tabs,) = office.get("/office/applications").all("ul", class_="tabs")
    assert " ".join(tabs["text"].split()) == (
        "Waits for the office 1 Asked for more 1 Approved 1 Declined 1 Put away 1 Not confirmed 1"
    )


def test_the_history_says_what_was_done() -> None:
    office = the_office()
    application = confirmed()
    person = make_person("曾国强")
    with transaction():
        ask(office, application, "Who?")
    with transaction():
        approve_into(office, application, person)

    assert verbs()[-2:] == ["asked_applicant", "approved_application"]
    deeds = db.session.scalars(select(ChangeSet.account_id).where(ChangeSet.verb.in_(verbs()[-2:])))
    assert set(deeds) == {office.account_id}
    assert account_of(person).email == ZENG.email


def test_an_officer_is_not_approved_with_others() -> None:
    officer = make_person("曾国强", student_number="19930001")
    make_officer(make_chapter(), person=officer)

    assert likely_person(the_office(), confirmed()) is None


def test_the_office_is_told_who_would_get_rights(office: Browser) -> None:
    officer = make_person("曾国强", student_number="19930001")
    make_officer(make_chapter(), person=officer)
    make_person("曾国强", year=1998)
    application = confirmed(graduation_year=1998)
    url = f"/office/applications/{application.public_id}"

    first, second = office.get(url).all("section", class_="card")[:2]
    assert ["Holds or held an office" in one["text"] for one in (first, second)] == [True, False]
    told = "holds or held an office"
    assert told in office.get(f"{url}/into/{officer.public_id}").text


def test_what_was_ticked_stays_ticked_when_the_reason_is_missing(office: Browser) -> None:
    first, _second = confirmed(), confirmed(name="李雷", email="li@example.org", student_number="7")

    page = ticked(office, first, deed="reject")

    assert page.status == 422
    boxes = {box["value"]: "checked" in box for box in page.all("input", type="checkbox")}
    assert len(boxes) == 2
    assert [value for value, is_checked in boxes.items() if is_checked] == [first.public_id]
