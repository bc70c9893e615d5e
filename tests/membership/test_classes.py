"""Classes, made of studies: each roll, and the way to the list of its people."""

import pytest

from alumni.authz import Actor
from alumni.codes.models import CodeKind
from alumni.codes.queries import code_named
from alumni.db import db, transaction
from alumni.membership.queries.classes import By, rolls, years
from alumni.people.models import PersonStatus
from alumni.people.policy import may_view_people
from tests.browser import Browser
from tests.conftest import SignIn
from tests.factories import actor_of, make_account, make_person, make_verified
from tests.refusals import refused

CLINICAL = "第一临床学院"


def the_office() -> Actor:
    return actor_of(make_account(role="office"))


def told(year: int, by: By = By.GRADUATION) -> list[tuple[str, str, int, int]]:
    db.session.rollback()
    return [
        (one.college, one.label, one.people, one.members) for one in rolls(the_office(), year, by)
    ]


def college() -> str:
    with transaction():
        known = code_named(CodeKind.COLLEGE, "口腔医学院")
    assert known is not None
    return known.name_zh


def test_whoever_is_entered_stands_in_their_class() -> None:
    name = college()
    make_person("曾国强", year=1998, college=name, class_label="3班")
    make_verified("李雷", year=1998, college=name, class_label="3班")
    make_person("韩梅", year=1998, college=name, class_label="10班")
    make_person("王伟", year=1999, college=name, class_label="3班")

    listed = told(1998)

    assert [row[1:] for row in listed] == [("3班", 2, 1), ("10班", 1, 0)]


def test_a_class_is_found_by_its_year_of_entry_too() -> None:
    make_person("曾国强", year=1998, college=college(), class_label="3班")
    assert [row[1:] for row in told(1993, By.ENTRY)] == [("3班", 1, 0)]
    assert years(the_office(), By.ENTRY) == [(1993, 1)]
    assert years(the_office(), By.GRADUATION) == [(1998, 1)]


def test_who_is_merged_or_erased_is_in_no_class() -> None:
    kept = make_person("曾国强", year=1998)
    make_person("曾强", year=1998, status=PersonStatus.MERGED, merged_into_id=kept.id)
    assert [row[2] for row in told(1998)] == [1]


def test_a_year_of_who_is_merged_or_erased_alone_is_none() -> None:
    kept = make_person(year=1999)
    make_person(year=1998, status=PersonStatus.MERGED, merged_into_id=kept.id)
    make_person(year=1998, status=PersonStatus.ERASED)
    assert years(the_office(), By.GRADUATION) == [(1999, 1)]


def test_the_sum_of_the_classes_is_everybody_of_the_year() -> None:
    name = college()
    for label in ("1班", "2班", None):
        make_person(year=1998, college=name, class_label=label)
    make_person(year=1998)
    assert sum(row[2] for row in told(1998)) == 4 == dict(years(the_office(), By.GRADUATION))[1998]


def test_only_who_may_view_people_sees_classes(signed_in: SignIn) -> None:
    member = make_verified()
    with refused(may_view_people):
        rolls(actor_of(member), 1998, By.GRADUATION)
    with refused(may_view_people):
        years(actor_of(member), By.GRADUATION)
    assert signed_in(member).get("/office/classes").status == 403


def test_a_class_leads_to_its_people_and_to_a_link_for_it(office: Browser) -> None:
    person = make_person("曾国强", year=1998, college=college(), class_label="3班")
    make_person("李雷", year=1998, college=college(), class_label="4班")

    page = office.get("/office/classes")
    first = next(a for a in page.all("a") if (a.get("href") or "").startswith("/office/people?"))
    listed = office.get(first["href"])
    link = next(a for a in page.all("a") if (a.get("href") or "").startswith("/office/invitations"))
    form = office.get(link["href"]).form()

    assert f"/office/people/{person.public_id}" in str(listed.content)
    assert "Li Lei" not in listed.text
    assert (form.values["graduation_year"], form.values["class_label"]) == ("1998", "3班")


@pytest.mark.parametrize("wrong", ["year=98", "year=x", "by=month", "sort=1"])
def test_what_the_address_cannot_mean(office: Browser, wrong: str) -> None:
    assert office.get(f"/office/classes?{wrong}").status == 400


def test_no_class_yet(office: Browser) -> None:
    assert "No class is known yet" in office.get("/office/classes").text
    make_person(year=1998)
    assert "Nobody of that year is known" in office.get("/office/classes?year=1950").text
