"""The history's page."""

from alumni.audit.commands import record
from alumni.authz import SYSTEM
from alumni.db import db, transaction
from alumni.people.models import FormerName, Person
from tests.browser import Browser
from tests.conftest import SignIn
from tests.factories import make_account, make_person, make_verified


def test_the_history_shows_what_was_done(office: Browser) -> None:
    person = make_person("曾国强")
    with transaction():
        person = db.session.get_one(Person, person.id)
        person.name_en = "Kevin"
        record(SYSTEM, "renamed", person)

    page = office.get("/office/audit?verb=renamed")

    assert page.status == 200
    assert "renamed" in page.text
    assert page.texts("td")[1:4] == ["English name", "", "Kevin"]


def test_older_deeds_are_a_page_further(office: Browser) -> None:
    with transaction():
        for n in range(30):
            record(SYSTEM, f"deed{n}", None)

    page = office.get("/office/audit")
    older = next(a["href"] for a in page.all("a") if "before=" in (a.get("href") or ""))
    second = office.get(older)

    assert "deed29" in page.text
    assert "deed5 " not in page.text
    assert "deed5 " in second.text
    assert "None" not in page.text + second.text


def test_a_deed_with_many_rows_hides_no_other(office: Browser) -> None:
    person_id = make_person("曾国强").id
    with transaction():
        small = FormerName(person_id=person_id, name="before")
        db.session.add(small)
        record(SYSTEM, "named", small)
    with transaction():
        db.session.add_all(FormerName(person_id=person_id, name=f"name {n}") for n in range(600))
        record(SYSTEM, "named", None)

    page = office.get("/office/audit?verb=named")

    folded = [text for text in page.texts("summary") if "changed" in text]
    assert folded == ["600 rows changed", "1 row changed"]


def test_who_may_not_read_history(signed_in: SignIn, browser: Browser) -> None:
    assert signed_in(make_verified()).get("/office/audit").status == 403
    assert signed_in(make_account(role="auditor")).get("/office/audit").status == 200
    assert browser.get("/office/audit").status == 303


def test_odd_parameters_are_refused(office: Browser) -> None:
    for odd in (
        "before=" + "9" * 5000,
        "before=x",
        "before=99999999999999999999",
        "before=-1",
        "sort=id",
        "verb=%00",
    ):
        assert office.get(f"/office/audit?{odd}").status == 400


def test_an_auditor_sees_that_it_changed_and_not_what(signed_in: SignIn) -> None:
    person = make_person("曾国强")
    with transaction():
        person.name_en = "Kevin"
        record(SYSTEM, "renamed", person, why="Kevin asked", facts={"filter": "Kevin"})

    page = signed_in(make_account(role="auditor")).get("/office/audit?verb=renamed")

    assert "English name" in page.text
    assert "•••" in page.text
    assert "Kevin" not in page.text
