"""The history as a file: its lines, who may have it, and that taking it is told."""

import csv
import io
from datetime import date

import pytest
from sqlalchemy import select, update

from alumni.accounts.models import Account, Assignment
from alumni.audit.commands import record
from alumni.audit.models import ChangeSet
from alumni.audit.policy import may_read_history
from alumni.audit.queries import Narrowed
from alumni.authz import SYSTEM
from alumni.db import db, now, today, transaction
from alumni.exports.jobs import make_files
from alumni.exports.models import FileState, KeptFile
from alumni.membership.histories import order_history
from alumni.people.models import Person
from tests.browser import Browser
from tests.conftest import SignIn
from tests.factories import actor_of, make_account, make_person, make_verified
from tests.refusals import refused


def renamed(name_zh: str, name_en: str) -> Person:
    person = make_person(name_zh)
    with transaction():
        person = db.session.get_one(Person, person.id)
        person.name_en = name_en
        record(SYSTEM, "renamed", person, why="by telephone")
    return person


def made(browser: Browser, address: str, purpose: str = "Inspection") -> list[list[str]]:
    """The lines of the file that the page at this address leads to, without its header."""
    page = browser.get(address)
    form = next(one for one in page.forms if "audit/export" in one.action)
    kept = browser.follow(browser.send(form, page.url, purpose=purpose))
    db.session.rollback()
    assert make_files("worker") == 1
    content = browser.get(f"{kept.url}/content").content.decode("utf-8-sig")
    return list(csv.reader(io.StringIO(content)))[1:]


def test_each_value_is_a_line(office: Browser) -> None:
    person = renamed("曾国强", "Kevin")
    renamed("李雷", "Leo")
    lines = made(office, f"/office/audit?verb=renamed&person={person.public_id}")
    assert [line[2:] for line in lines] == [
        [
            "renamed",
            "by telephone",
            "",
            person.public_id,
            f"person {person.id}",
            "name_en",
            "",
            "Kevin",
        ]
    ]


def test_a_deed_without_rows_is_a_line_too(office: Browser) -> None:
    with transaction():
        record(SYSTEM, "looked", None)
    assert [line[2] for line in made(office, "/office/audit?verb=looked")] == ["looked"]


def test_only_the_days_that_were_asked_for(office: Browser) -> None:
    renamed("曾国强", "Kevin")
    assert len(made(office, f"/office/audit?verb=renamed&until={today()}")) == 1


def test_taking_the_history_away_is_told(office: Browser) -> None:
    renamed("曾国强", "Kevin")
    made(office, "/office/audit?verb=renamed", purpose="Inspection of May")
    deed = db.session.scalars(select(ChangeSet).where(ChangeSet.verb == "exported_history")).one()
    assert (deed.why, deed.facts["filter"]["verb"]) == ("Inspection of May", "renamed")
    assert deed.account_id is not None


def test_without_a_purpose_there_is_no_file(office: Browser) -> None:
    renamed("曾国强", "Kevin")
    page = office.get("/office/audit?verb=renamed")
    form = next(one for one in page.forms if "audit/export" in one.action)
    back = office.follow(office.send(form, page.url, purpose=" "))
    assert back.url == "/office/audit?verb=renamed"
    assert "what the file is for" in back.text
    assert db.session.scalars(select(KeptFile)).all() == []


def test_who_may_not_see_people_gets_no_values(signed_in: SignIn) -> None:
    person = renamed("曾国强", "Kevin")
    lines = made(signed_in(make_account(role="auditor")), "/office/audit?verb=renamed")
    assert [line[2:] for line in lines] == [
        ["renamed", "•••", "", "", f"person {person.id}", "name_en", "", "•••"]
    ]


def test_who_sees_people_and_may_not_export_them_gets_no_values(signed_in: SignIn) -> None:
    person = renamed("曾国强", "Kevin")
    lines = made(signed_in(make_account(role="privacy")), "/office/audit?verb=renamed")
    assert [line[2:] for line in lines] == [
        ["renamed", "•••", "", "", f"person {person.id}", "name_en", "", "•••"]
    ]


def test_a_right_that_ended_ends_for_the_file(office: Browser) -> None:
    renamed("曾国强", "Kevin")
    page = office.get("/office/audit?verb=renamed")
    form = next(one for one in page.forms if "audit/export" in one.action)
    kept = office.follow(office.send(form, page.url, purpose="x"))
    with transaction():
        ended = date(2020, 1, 1)
        db.session.execute(update(Assignment).values(starts_on=ended, ends_on=ended))
    make_files("worker")
    db.session.rollback()
    assert db.session.scalars(select(KeptFile.state)).all() == [FileState.FAILED]
    assert office.get(f"{kept.url}/content").status != 200


@pytest.mark.parametrize("is_suspended", [True, False])
def test_a_closed_account_fetches_nothing(office: Browser, *, is_suspended: bool) -> None:
    renamed("曾国强", "Kevin")
    page = office.get("/office/audit?verb=renamed")
    form = next(one for one in page.forms if "audit/export" in one.action)
    office.send(form, page.url, purpose="x")
    if is_suspended:
        with transaction():
            db.session.execute(update(Account).values(suspended_at=now()))
    make_files("worker")
    db.session.rollback()
    state = FileState.FAILED if is_suspended else FileState.READY
    assert db.session.scalars(select(KeptFile.state)).all() == [state]


def test_members_take_no_history_away(signed_in: SignIn) -> None:
    member = make_verified()
    with refused(may_read_history):
        order_history(actor_of(member), Narrowed(), purpose="x", language="en")
