"""The history's page."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from alumni.audit.commands import record, record_changes
from alumni.audit.models import ChangeSet
from alumni.audit.policy import may_read_values
from alumni.audit.queries import person_called
from alumni.authz import SYSTEM, Actor
from alumni.db import db, today, transaction
from alumni.people.models import FormerName, Person, PersonStatus
from tests.browser import Browser
from tests.conftest import SignIn
from tests.factories import actor_of, make_account, make_person, make_verified
from tests.refusals import refused


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
    assert "deed9 " not in page.text
    assert "deed9 " in second.text
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


def renamed(name_zh: str, name_en: str) -> Person:
    person = make_person(name_zh)
    with transaction():
        person = db.session.get_one(Person, person.id)
        person.name_en = name_en
        record(SYSTEM, "renamed", person, why="by telephone")
    return person


def test_a_deed_names_the_person_and_leads_to_them(office: Browser) -> None:
    person = renamed("曾国强", "Kevin")
    page = office.get("/office/audit?verb=renamed")
    names = page.texts("a", href=f"/office/people/{person.public_id}")
    assert names == ["曾国强", "曾国强"]


def test_who_is_not_signed_in_is_a_visitor_and_what_no_request_did_the_program(
    office: Browser, browser: Browser
) -> None:
    with transaction():
        record(SYSTEM, "tidied", None)
    asked = {
        "name": "王伟",
        "email": "wang@example.org",
        "subject": "Card",
        "words": "Where is it?",
    }
    browser.submit("/contact", **asked)

    told = office.get("/office/audit").texts("span", **{"class": "push muted"})

    assert [text.partition(" · ")[0].strip() for text in told[:2]] == ["A visitor", "The program"]


def test_the_history_of_one_person_holds_that_of_the_records_merged_into_theirs(
    office: Browser,
) -> None:
    person, other, gone = renamed("曾国强", "Kevin"), renamed("李雷", "Leo"), renamed("曾强", "Ken")
    with transaction():
        gone = db.session.get_one(Person, gone.id)
        gone.status, gone.merged_into_id = PersonStatus.MERGED, person.id
        record(SYSTEM, "merged", gone)
    first = renamed("曾小强", "Kim")
    with transaction():
        first = db.session.get_one(Person, first.id)
        first.status, first.merged_into_id = PersonStatus.MERGED, gone.id
        record(SYSTEM, "merged", first)

    page = office.get(f"/office/audit?verb=renamed&person={person.public_id}")

    assert "Kevin" in page.text
    assert "Ken" in page.text.replace("Kevin", "")
    assert "Kim" in page.text
    assert "Leo" not in page.text
    assert other.public_id not in str(page.content)


def test_the_history_of_some_days(office: Browser) -> None:
    renamed("曾国强", "Kevin")
    day = today()
    assert "Kevin" in office.get(f"/office/audit?verb=renamed&since={day}&until={day}").text
    later = office.get(f"/office/audit?verb=renamed&since={day + timedelta(days=1)}")
    assert "Kevin" not in later.text
    earlier = office.get(f"/office/audit?verb=renamed&until={day - timedelta(days=1)}")
    assert "Kevin" not in earlier.text


def test_what_one_account_did(office: Browser) -> None:
    account = make_account(name="Mrs Li")
    with transaction():
        record(Actor(account_id=account.id), "looked", None)
        record(SYSTEM, "looked", None, why="by itself")
    page = office.get(f"/office/audit?account={account.id}&verb=looked")
    assert "Mrs Li" in page.text
    assert "by itself" not in page.text


def test_a_condition_is_taken_away_by_its_chip(office: Browser) -> None:
    renamed("曾国强", "Kevin")
    day = today()
    page = office.get(f"/office/audit?verb=renamed&since={day}")
    without = [a["href"] for a in page.all("a", class_="chip")]
    assert without == [
        f"/office/audit?since={day}",
        "/office/audit?verb=renamed",
    ]


@pytest.mark.parametrize(
    "asked", ["since=yesterday", "until=9999-12-31", "account=x", "before=x", "nothing=1"]
)
def test_what_the_address_cannot_mean(office: Browser, asked: str) -> None:
    page = office.get(f"/office/audit?{asked}")
    assert page.status == 400
    assert page.texts("h1") != ["History"]


def test_a_deed_has_a_page_of_all_its_rows(office: Browser) -> None:
    with transaction():
        deed = record(SYSTEM, "imported", None, facts={"rows": 70})
        record_changes(
            deed,
            [
                {
                    "person_id": None,
                    "table_name": "study",
                    "row_id": n,
                    "before": {"class_label": f"{n}a"},
                    "after": {"class_label": f"{n}b"},
                }
                for n in range(70)
            ],
        )
    listed = office.get("/office/audit?verb=imported")
    page = office.get(f"/office/audit/{deed.public_id}")
    second = office.get(next(a["href"] for a in page.all("a") if "after=" in (a.get("href") or "")))

    assert f"/office/audit/{deed.public_id}" in str(listed.content)
    assert page.texts("td")[:4] == ["Study 0", "Class", "0a", "0b"]
    assert (len(page.all("td")), len(second.all("td"))) == (50 * 4, 20 * 4)
    assert second.texts("td")[-1] == "69b"


def test_what_a_row_held_is_said_in_words(office: Browser) -> None:
    with transaction():
        deed = record(SYSTEM, "imported", None)
        record_changes(
            deed,
            [
                {
                    "person_id": None,
                    "table_name": "contact_point",
                    "row_id": 1,
                    "before": {"visibility": "office", "is_primary": False, "label": None},
                    "after": {"visibility": "alumni", "is_primary": True, "label": "Ward 3"},
                }
            ],
        )

    page = office.get(f"/office/audit/{deed.public_id}")

    told = page.texts("td")
    assert [told[n + 2 : n + 4] for n in range(0, len(told), 4)] == [
        ["The office only", "Verified graduates"],
        ["No", "Yes"],
        ["", "Ward 3"],
    ]


def test_who_may_not_see_people_sees_no_values(signed_in: SignIn) -> None:
    person = renamed("曾国强", "Kevin")
    browser = signed_in(make_account(role="auditor"))
    page = browser.get("/office/audit?verb=renamed")
    deed = db.session.scalars(select(ChangeSet).where(ChangeSet.verb == "renamed")).one()
    whole = browser.get(f"/office/audit/{deed.public_id}")
    for one in (page, whole):
        assert "•••" in one.text
        assert "Kevin" not in one.text
        assert "by telephone" not in one.text
        assert person.public_id not in str(one.content)
    assert browser.get(f"/office/audit?person={person.public_id}").status == 403
    with refused(may_read_values):
        person_called(actor_of(make_account(role="auditor")), person.public_id)


def test_there_is_no_such_deed_or_person(office: Browser) -> None:
    assert office.get("/office/audit/nothing").status == 404
    assert office.get("/office/audit?person=nothing").status == 404
    assert office.get("/office/audit?account=999999").status == 404


def test_what_a_merge_left_is_told_in_words(office: Browser) -> None:
    left = {"table": "study", "row": 7, "why": "edited", "columns": ["class_label"]}
    of_merge = {"person_id": None, "table_name": "merge", "row_id": 1}
    after = {"conflicts": [left, {**left, "row": 8}]}
    with transaction():
        deed = record(SYSTEM, "unmerged_people", None)
        record_changes(deed, [{**of_merge, "before": {}, "after": after}])

    page = office.get("/office/audit?verb=unmerged_people")

    said = "Kind: Study · Row: {} · Reason: Changed since · Columns: Class"
    assert page.texts("td")[1:4] == [
        "Left as they are",
        "",
        f"{said.format(7)} · {said.format(8)}",
    ]


def test_a_comparison_is_told_without_its_evidence_and_a_moment_as_a_moment(
    office: Browser,
) -> None:
    after = {"verdict": "possible", "evidence": {"name": True}}
    of_match = {"person_id": None, "table_name": "match", "row_id": 1, "before": None}
    of_letter = {"person_id": None, "table_name": "lead", "row_id": 2, "before": None}
    with transaction():
        deed = record(SYSTEM, "compared", None)
        record_changes(deed, [{**of_match, "after": after}])
        record_changes(
            deed, [{**of_letter, "after": {"answered_at": "2026-11-23T04:00:00.120000+00:00"}}]
        )

    page = office.get("/office/audit?verb=compared")

    told = [page.texts("td")[n + 1 : n + 4] for n in (0, 4)]
    assert told == [
        ["Result of the comparison", "", "Possibly the same person"],
        ["Answered on", "", "23 November 2026 12:00"],
    ]


def test_an_export_is_told_in_the_words_of_its_form(office: Browser) -> None:
    facts = {"columns": ["name", "email"], "format": "csv-gb18030"}
    with transaction():
        record(SYSTEM, "exported", None, facts=facts | {"withheld_by_column": {"email": 3}})

    page = office.get("/office/audit?verb=exported")

    assert page.texts("dd") == [
        "Name · E-mail",
        "CSV for older Chinese programs (GB18030)",
        "E-mail: 3",
    ]
