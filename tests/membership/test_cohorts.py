"""How many we know of each year, and which years have an anniversary."""

import csv
import io

import pytest

from alumni.authz import Actor
from alumni.db import today
from alumni.i18n import speaking
from alumni.membership.policy.classes import may_see_cohorts
from alumni.membership.queries.classes import By
from alumni.membership.queries.cohorts import (
    Figures,
    anniversaries,
    cohort_report,
    cohort_table,
)
from alumni.people.models import PersonStatus, Study
from tests.browser import Browser
from tests.conftest import SignIn
from tests.factories import actor_of, make_account, make_person, make_verified, saved
from tests.membership.test_liaisons import COLLEGE, college_id, make_liaison, the_class
from tests.refusals import refused


def the_office() -> Actor:
    return actor_of(make_account(role="office"))


def planted() -> None:
    """Nine people of whom the lists show all but the last two."""
    second = make_verified("曾国强", year=1998, college=COLLEGE, class_label="3班")
    saved(Study(person_id=second.id, graduation_year=2003))
    make_person(year=1998, college=COLLEGE, class_label="3班", email="a@163.com")
    make_person(
        year=1998, college=COLLEGE, class_label="3班", lost_since=today(), email="b@163.com"
    )
    make_person(year=1998, college=COLLEGE, status=PersonStatus.DECEASED, email="c@163.com")
    make_person(year=1998, contact_stopped_on=today(), email="d@163.com")
    make_person(year=2003)
    make_person(class_label="1班", college=COLLEGE)
    make_person()
    kept = make_person(year=1998)
    make_person(year=1998, status=PersonStatus.MERGED, merged_into_id=kept.id)
    make_person(year=1998, status=PersonStatus.ERASED)


def test_the_cohorts_together_are_all_persons(office: Browser) -> None:
    planted()
    report = cohort_report(the_office(), By.GRADUATION)
    assert {line.value: line.figures.roll for line in report.lines} == {"2003": 1, "1998": 6, "": 1}
    assert report.without_study.roll == 1
    parts = [line.figures for line in report.lines] + [report.without_study]
    assert sum(parts, Figures()) == report.total
    assert report.total.roll == 9
    assert "of 9" in office.get("/office/people").text


def test_what_is_counted_of_a_year() -> None:
    planted()
    lines = {line.value: line.figures for line in cohort_report(the_office(), By.GRADUATION).lines}
    assert lines["1998"] == Figures(roll=6, registered=1, reachable=2, lost=1, deceased=1)
    assert (lines["1998"].percent, Figures(roll=1, deceased=1).percent) == (20, 0)


def test_a_year_is_made_of_colleges_and_those_of_classes() -> None:
    planted()
    actor = the_office()
    year = cohort_report(actor, By.GRADUATION, 1998)
    assert [(line.value, line.figures.roll) for line in year.lines] == [
        (str(college_id()), 4),
        ("", 2),
    ]
    college = cohort_report(actor, By.GRADUATION, 1998, college_id())
    assert [(line.value, line.figures.roll) for line in college.lines] == [("3班", 3), ("", 1)]
    assert college.total == year.lines[0].figures
    entered = cohort_report(actor, By.ENTRY)
    assert {line.value: line.figures.roll for line in entered.lines} == {
        "1998": 1,
        "1993": 6,
        "": 1,
    }


def test_the_table_has_every_class_once(office: Browser) -> None:
    planted()
    page = office.get("/office/classes/report.csv")
    rows = list(csv.reader(io.StringIO(page.content.decode("utf-8-sig"))))
    assert len({tuple(row[:3]) for row in rows}) == len(rows)
    assert rows[0][0] == "Year of graduation"
    assert rows[0][-1] == "Registered, per cent"
    assert sum(int(row[3]) for row in rows[1:]) == 9
    assert [row[0] for row in rows[1:]] == [
        *("2003", "1998", "1998", "1998"),
        *("Year not known", "No study known"),
    ]


def test_an_anniversary_lists_the_years_that_meet(office: Browser) -> None:
    for year in (2016, 2006, 1996, 1995, 1966):
        make_verified(year=year)
    twice = make_person(year=1996)
    saved(Study(person_id=twice.id, graduation_year=1996))
    liaison = make_liaison(make_verified("曾国强"), the_class(None, 1996))
    found = anniversaries(the_office(), 2026)
    assert [(one.years, one.graduation_year, one.figures.roll) for one in found] == [
        (10, 2016, 1),
        (20, 2006, 1),
        (30, 1996, 2),
        (40, 1986, 0),
        (50, 1976, 0),
        (60, 1966, 1),
    ]
    page = office.get("/office/classes/anniversaries?year=2026")
    assert "Class of 1996" in page.text
    assert "Zeng Guoqiang" in page.text
    addresses = [a.get("href") or "" for a in page.all("a")]
    assert f"/office/people/{liaison.public_id}" in addresses
    assert "/office/people?year_from=1996&year_to=1996" in addresses
    assert any(one.startswith("/office/events/new?") for one in addresses)
    assert f"Anniversaries of {today().year}" in office.get("/office/classes/anniversaries").text


def test_a_number_opens_the_list_behind_it(office: Browser) -> None:
    planted()
    page = office.get("/office/classes/report?year=1998")
    way = next(
        a["href"]
        for a in page.all("a")
        if "college=" in a.get("href", "") and "/people" in a["href"]
    )
    assert "of 4" in office.get(way).text
    down = next(
        a["href"]
        for a in page.all("a")
        if "report?" in a.get("href", "") and "college=" in a["href"]
    )
    assert "Class 3" in office.get(down).text


def test_long_reports_have_pages(office: Browser) -> None:
    for year in range(1980, 2012):
        make_person(year=year)
    first = office.get("/office/classes/report")
    assert ("2011" in first.texts("b"), "1981" in first.texts("b")) == (True, False)
    older = next(a["href"] for a in first.all("a") if "before=" in a.get("href", ""))
    second = office.get(older)
    assert ("1982" in second.texts("b"), "1981" in second.texts("b")) == (False, True)
    assert first.content.count(b"<svg") > 30
    assert len(first.content) < 60_000


def test_nobody_yet(office: Browser) -> None:
    assert "Nobody is known there" in office.get("/office/classes/report").text


@pytest.mark.parametrize(
    ("wrong", "status"),
    [
        ("report?by=month", 400),
        ("report?year=98", 400),
        ("report?year=1998&college=x", 400),
        ("report?year=1998&college=999999", 404),
        ("report?sort=1", 400),
        ("report.csv?year=1998", 400),
        ("anniversaries?year=x", 400),
    ],
)
def test_what_the_address_cannot_mean(office: Browser, wrong: str, status: int) -> None:
    assert office.get(f"/office/classes/{wrong}").status == status


def test_only_who_may_view_people_sees_cohorts(signed_in: SignIn) -> None:
    member = make_verified()
    with refused(may_see_cohorts):
        cohort_report(actor_of(member), By.ENTRY)
    with refused(may_see_cohorts):
        cohort_table(actor_of(member), By.ENTRY)
    with refused(may_see_cohorts):
        anniversaries(actor_of(member), 2026)
    browser = signed_in(member)
    for path in ("report", "report.csv", "anniversaries"):
        assert browser.get(f"/office/classes/{path}").status == 403


def test_in_both_languages() -> None:
    make_person(year=1998, college=COLLEGE, class_label="3班")
    with speaking("zh"):
        assert cohort_report(the_office(), By.GRADUATION, 1998).lines[0].words == COLLEGE


def test_every_number_of_a_cohort_is_that_of_the_list_behind_it(office: Browser) -> None:
    planted()
    for url in (
        "/office/classes/report",
        "/office/classes/report?year=1998",
        f"/office/classes/report?year=1998&college={college_id()}",
        "/office/classes?year=1998",
        "/office/classes/anniversaries?year=2008",
    ):
        page = office.get(url)
        numbers = {
            a["href"]: a["text"]
            for a in page.all("a")
            if a["href"].startswith("/office/people") and a["text"].isdigit()
        }
        assert numbers
        for way, number in numbers.items():
            assert f"of {number}" in office.get(way).text, (url, way)


def test_the_main_study_is_asked_for_by_one_word(office: Browser) -> None:
    planted()
    page = office.get("/office/people?year_from=2003&year_to=2003&primary=1")
    assert "of 1" in page.text
    assert "By the main study" in page.text
    assert "of 2" in office.get("/office/people?year_from=2003&year_to=2003").text
    assert office.get("/office/people?primary=yes").status == 400
