"""Entering by hand a person who is in no roster."""

from typing import Any

import pytest
from sqlalchemy import select

from alumni.accounts.models import Account
from alumni.db import db
from alumni.people.commands import NewPerson
from alumni.people.models import ContactPoint, Person, PersonStatus, Residence, Study
from alumni.people.policy import may_edit_people
from alumni.roster.commands.newcomers import enter_by_hand
from tests.browser import Browser
from tests.conftest import SignIn
from tests.factories import actor_of, make_person, make_verified
from tests.refusals import refused

ELDER: dict[str, Any] = {
    "name": "曾国强",
    "graduation_year": "1958",
    "city": "鞍山",
    "phone": "138 0000 0000",
}


def people() -> list[Person]:
    db.session.rollback()
    return list(db.session.scalars(select(Person).order_by(Person.id)))


def test_an_elder_without_e_mail_is_entered_and_found(office: Browser) -> None:
    page = office.follow(office.submit("/office/people/new", **ELDER))

    person = people()[-1]
    assert page.url == f"/office/people/{person.public_id}"
    assert (person.status, person.pinyin_surname) == (PersonStatus.KNOWN, "zeng")
    assert db.session.scalars(select(Account).where(Account.person_id == person.id)).all() == []
    assert db.session.scalars(select(Study.graduation_year)).all() == [1958]
    assert db.session.scalars(select(Residence.written)).all() == ["鞍山"]
    points = db.session.execute(select(ContactPoint.normal, ContactPoint.verified_at)).all()
    assert [tuple(point) for point in points] == [("+8613800000000", None)]
    assert "曾国强" in office.get("/office/people?q=zengguoqiang").text


def test_the_file_of_an_export_has_them(office: Browser) -> None:
    office.submit("/office/people/new", **ELDER)
    made = office.submit(
        "/office/people/export", purpose="Birthday cards", format="csv", encoding="utf-8"
    )
    assert made.headers["Content-Disposition"].startswith("attachment")
    assert "曾国强" in made.content.decode("utf-8-sig")


def test_somebody_alike_is_shown_first(office: Browser) -> None:
    known = make_person("曾国强", year=1958, city="沈阳")
    first = office.submit("/office/people/new", **ELDER)

    assert first.status == 409
    assert first.all("a", href=f"/office/people/{known.public_id}")
    assert len(people()) == 1
    form = first.form()
    assert form.values["phone"] == "138 0000 0000"
    second = office.send(form, first.url)
    assert second.status == 303
    assert len(people()) == 2


def test_another_name_is_asked_about_anew(office: Browser) -> None:
    make_person("曾国强", year=1958)
    make_person("李雷", year=1958)
    first = office.submit("/office/people/new", **ELDER)
    again = office.send(first.form(), first.url, name="李雷")
    assert again.status == 409
    assert len(people()) == 2


@pytest.mark.parametrize(
    ("field", "value"),
    [("name", "…"), ("graduation_year", "98级"), ("phone", "123"), ("email", "zeng@")],
)
def test_what_cannot_be_is_said_and_kept(office: Browser, field: str, value: str) -> None:
    page = office.submit("/office/people/new", **(ELDER | {field: value}))
    assert page.status == 422
    assert page.form().values[field] == value
    assert people() == []


def test_two_people_may_share_an_address(office: Browser) -> None:
    make_person("李雷", email="family@example.org")
    done = office.submit("/office/people/new", **ELDER, email="family@example.org")
    assert done.status == 303
    shared = select(ContactPoint).where(ContactPoint.normal == "family@example.org")
    assert len(db.session.scalars(shared).all()) == 2


def test_only_who_edits_people_enters_them(signed_in: SignIn) -> None:
    member = make_verified()
    with refused(may_edit_people):
        enter_by_hand(actor_of(member), NewPerson(name="曾国强"), [])
    assert signed_in(member).get("/office/people/new").status == 403
