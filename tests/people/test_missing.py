"""A whole study that is missing is asked for, and added by the office."""

from collections.abc import Iterator
from dataclasses import replace

import pytest
from sqlalchemy import select, update
from sqlalchemy.orm import selectinload

from alumni.audit.models import ChangeSet
from alumni.authz import SYSTEM
from alumni.codes.models import CodeKind
from alumni.codes.queries import code_named, home_institution
from alumni.db import db, transaction
from alumni.errors import Refusal
from alumni.i18n import speaking
from alumni.outbox.models import Delivery
from alumni.people.commands.asking import approve_change, reject_change
from alumni.people.commands.missing import MissingStudy, ask_for_study
from alumni.people.models import Person, Study
from alumni.people.models.asking import ChangeRequest, ChangeState
from alumni.people.policy import may_decide_change, may_edit
from alumni.people.queries.asking import changes_waiting, get_wish, my_wishes
from tests.browser import Browser
from tests.conftest import SignIn
from tests.factories import actor_of, make_verified
from tests.refusals import refused

COLLEGE = "口腔医学院"


@pytest.fixture(autouse=True)
def _in_english(_clean: None) -> Iterator[None]:
    with speaking("en"):
        yield


def told(**values: str) -> MissingStudy:
    said = MissingStudy(
        level="doctor",
        institution=home_institution().name_zh,
        college=COLLEGE,
        entry="2003-09",
        graduation="2006",
    )
    return replace(said, **values)


def wish_of(person: Person, **values: str) -> ChangeRequest:
    with transaction():
        found = db.session.get_one(Person, person.id)
        return ask_for_study(actor_of(person), found, told(**values), "diploma of 2006")


def approved(request: ChangeRequest) -> None:
    with transaction():
        approve_change(SYSTEM, get_wish(SYSTEM, request.public_id).request, "")


def studies(person: Person) -> list[Study]:
    db.session.rollback()
    mine = select(Study).where(Study.person_id == person.id).order_by(Study.id)
    loaded = mine.options(selectinload(Study.institutions)).execution_options(
        populate_existing=True
    )
    return list(db.session.scalars(loaded))


def test_the_study_that_was_asked_for_is_added() -> None:
    person = make_verified("曾国强", year=1998, language="en")
    request = wish_of(person)
    waiting = changes_waiting(SYSTEM)

    approved(request)

    old, new = studies(person)
    college = code_named(CodeKind.COLLEGE, COLLEGE)
    assert college is not None
    assert (new.level, new.college_id, new.major_id) == ("doctor", college.id, None)
    assert (new.entry_year, new.entry_month) == (2003, 9)
    assert (new.graduation_year, new.graduation_month) == (2006, None)
    assert [there.institution_id for there in new.institutions] == [home_institution().id]
    assert (old.is_primary, new.is_primary) == (True, False)
    assert (waiting, changes_waiting(SYSTEM)) == (1, 0)
    verbs = select(ChangeSet.verb).order_by(ChangeSet.id.desc()).limit(3)
    assert list(db.session.scalars(verbs)) == ["approved_change", "added_study", "asked_for_change"]
    [letter] = db.session.scalars(select(Delivery).where(Delivery.kind == "change_approved"))
    assert letter.subject == "Changed as you asked: A study that is missing"
    assert "September 2003 – 2006" in str(letter.text)


def test_the_queue_says_it_in_words_of_the_reader() -> None:
    person = make_verified()
    request = wish_of(person, graduation="")

    english = get_wish(SYSTEM, request.public_id)
    with speaking("zh"):
        chinese = get_wish(SYSTEM, request.public_id)

    assert english.label == "A study that is missing"
    assert english.after.split(" · ")[0] == "Doctor"
    assert english.after.endswith(" · since September 2003")
    assert COLLEGE in chinese.after
    assert not english.is_stale


def test_one_waits_at_a_time_and_none_that_is_known() -> None:
    person = make_verified()
    first = wish_of(person)

    with pytest.raises(Refusal, match="already"):
        wish_of(person, level="master")
    approved(first)
    with pytest.raises(Refusal, match="stands there already"):
        wish_of(person)

    assert len(my_wishes(actor_of(person), person)) == 1


def test_what_the_office_has_added_itself_meanwhile_is_not_added_twice() -> None:
    person = make_verified()
    first = wish_of(person)
    approved(first)
    again = wish_of(person, graduation="2007")
    db.session.execute(
        update(ChangeRequest).where(ChangeRequest.id == again.id).values(study=vars(told()))
    )
    db.session.commit()

    with pytest.raises(Refusal, match="stands there already"):
        approved(again)

    state = select(ChangeRequest.state).where(ChangeRequest.id == again.id)
    assert db.session.scalar(state) is ChangeState.WAITING


def test_a_word_that_left_the_list_is_said() -> None:
    request = wish_of(make_verified())
    said = vars(told(college="别处"))
    db.session.execute(
        update(ChangeRequest).where(ChangeRequest.id == request.id).values(study=said)
    )
    db.session.commit()

    with pytest.raises(Refusal, match="not in the list"):
        approved(request)


def test_rules() -> None:
    person, other = make_verified(), make_verified()
    request = wish_of(person)

    with refused(may_edit), transaction():
        ask_for_study(actor_of(other), db.session.get_one(Person, person.id), told(), "x")
    with refused(may_decide_change), transaction():
        approve_change(actor_of(person), get_wish(SYSTEM, request.public_id).request, "")


def test_declining_leaves_all_as_it_was() -> None:
    person = make_verified()
    request = wish_of(person)

    with transaction():
        reject_change(SYSTEM, get_wish(SYSTEM, request.public_id).request, "Not in the register.")

    assert studies(person) == []


def test_from_the_own_page_to_the_record(signed_in: SignIn, office: Browser) -> None:
    person = make_verified("曾国强")
    browser, url = signed_in(person), "/me/profile/changes/study"
    right = {"level": "doctor", "graduation": "2006", "college": COLLEGE, "reason": "Diploma."}

    assert url in [link["href"] for link in browser.get("/me/profile/changes").all("a")]
    for wrong in ({"graduation": ""}, {"level": ""}, {"entry": "2007"}, {"institution": "x"}):
        assert browser.submit(url, **right | wrong).status == 422, wrong
    mine = browser.follow(browser.submit(url, **right))
    (request,) = db.session.scalars(select(ChangeRequest)).all()
    queue = office.get("/office/changes")
    done = office.press(
        f"/office/changes/{request.public_id}", f"/office/changes/{request.public_id}/approve"
    )

    assert "Waits for the office" in mine.text
    assert "A study that is missing" in queue.text
    assert done.status == 303
    assert len(studies(person)) == 1
    record = office.get(f"/office/people/{person.public_id}")
    assert record.status == 200
    assert COLLEGE in record.text or "Stomatology" in record.text
