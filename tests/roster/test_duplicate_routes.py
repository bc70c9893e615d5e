"""The queue of duplicates, the merge and its undoing, as pages."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from alumni.accounts.models import Account
from alumni.audit.commands import record
from alumni.authz import SYSTEM
from alumni.db import db, now, transaction
from alumni.people.models import ContactPoint, Level, Person, PersonStatus
from alumni.roster.commands.merging import merge
from alumni.roster.finding import find_duplicates
from alumni.roster.models import DuplicatePair, Merge, PairState
from alumni.roster.queries.duplicates import AT_A_TIME, MERGES_AT_A_TIME
from tests.browser import Browser
from tests.conftest import SignIn
from tests.factories import (
    make_account,
    make_chapter,
    make_officer,
    make_person,
    make_verified,
    saved,
)

PHONE = "+8613800000001"
QUEUE = "/office/duplicates"


def pair_of(one: Person, other: Person, points: int = 60) -> DuplicatePair:
    first, second = sorted((one.id, other.id))
    return saved(DuplicatePair(person_id=first, other_id=second, score=points))


def merged(kept: Person, gone: Person) -> Merge:
    with transaction():
        return merge(SYSTEM, kept, gone, {})


def the_merge() -> Merge:
    return db.session.scalars(select(Merge).execution_options(populate_existing=True)).one()


class TestQueue:
    def test_that_an_empty_one_says_what_to_do(self, office: Browser) -> None:
        page = office.get(QUEUE)
        assert "Nobody has been compared yet" in page.text
        assert "No pair is marked so" in office.get(f"{QUEUE}?state=ignored").text
        assert "Nothing has been merged yet" in office.get(f"{QUEUE}?state=merged").text

    def test_the_way_from_looking_to_a_pair(self, office: Browser) -> None:
        make_person("曾国强", phone=PHONE, city="鞍山")
        make_person("Zeng Guoqiang", phone=PHONE)
        page = office.follow(office.press(QUEUE, f"{QUEUE}/look"))
        assert "Everybody is being compared" in page.text
        assert page.texts("h2") == ["Nobody like that so far"]
        while find_duplicates():
            pass
        page = office.get(QUEUE)
        assert page.texts("h2")[0] == "Zeng Guoqiang"
        assert {"Read alike", "Same telephone"} <= set(page.texts("span"))
        assert page.text.count(PHONE) == 2
        assert "Anshan" in page.text

    def test_that_different_people_are_put_away_and_brought_back(self, office: Browser) -> None:
        pair = pair_of(make_person("曾国强"), make_person("曾国强"))
        page = office.follow(office.press(QUEUE, f"{QUEUE}/{pair.public_id}/ignore"))
        assert "Noted: two different people." in page.text
        assert [one["href"] for one in page.all("a") if one["text"] == "Merge…"] == []
        page = office.follow(office.send(page.form(f"{QUEUE}/{pair.public_id}/again"), page.url))
        assert "The two are asked about again." in page.text
        assert [one["href"] for one in page.all("a") if one["text"] == "Merge…"] == [
            f"{QUEUE}/{pair.public_id}"
        ]

    def test_that_the_pages_follow_each_other(self, office: Browser) -> None:
        for points in range(50, 50 + AT_A_TIME + 1):
            pair_of(make_person(), make_person(), points)
        first = office.get(QUEUE)
        [following] = [one["href"] for one in first.all("a", rel="next")]
        second = office.get(following)
        assert len(first.all("article")) == AT_A_TIME
        assert len(second.all("article")) == 1
        [back] = [one["href"] for one in second.all("a", rel="prev")]
        assert back == f"{QUEUE}?state=open"

    def test_that_merges_follow_each_other(self, office: Browser) -> None:
        kept = make_person()
        for _ in range(MERGES_AT_A_TIME + 1):
            merged(kept, make_person())
        first = office.get(f"{QUEUE}?state=merged")
        [following] = [one["href"] for one in first.all("a", rel="next")]
        assert len(office.get(following).all("tr")) == 2

    @pytest.mark.parametrize(
        "address",
        ["?state=wrong", "?after=wrong", "?after=1", "?after=1-99999999999", "?wrong=1"],
    )
    def test_that_a_wrong_address_is_said(self, office: Browser, address: str) -> None:
        assert office.get(QUEUE + address).status == 400
        assert office.get(f"{QUEUE}?state=merged&after=x").status == 400

    def test_who_sees_it(self, signed_in: SignIn, browser: Browser) -> None:
        pair = pair_of(make_person(), make_person())
        done = merged(make_person(), make_person())
        person = make_person()
        addresses = [
            QUEUE,
            f"{QUEUE}?state=merged",
            f"{QUEUE}/{pair.public_id}",
            f"/office/people/{person.public_id}/merge",
            f"/office/people/{person.public_id}/merge/{make_person().public_id}",
            f"/office/merges/{done.public_id}",
        ]
        for who in (make_verified(), make_account(role="privacy")):
            visitor = signed_in(who)
            assert {visitor.get(address).status for address in addresses} == {403}
        assert {browser.get(address).status for address in addresses} == {303}


class TestMerging:
    def test_the_way_through_a_pair(self, office: Browser) -> None:
        one = make_person("曾国强", phone=PHONE, birth_year=1975)
        other = make_person("曾强", phone=PHONE, birth_year=1976)
        pair = pair_of(one, other)
        address = f"{QUEUE}/{pair.public_id}"
        page = office.get(address)
        [form] = [form for form in page.forms if "kept" in form.values]
        assert form.values["kept"] == one.public_id
        assert {name for name in form.values if name.startswith("take_")} == {
            "take_name_zh",
            "take_birth_year",
        }
        page = office.send(form, address, take_birth_year=other.public_id)
        assert page.location == f"/office/merges/{the_merge().public_id}"
        page = office.follow(page)
        assert "The two are one now." in page.text
        db.session.rollback()
        assert (one.name_zh, one.birth_year) == ("曾国强", 1976)
        assert office.get(address).location == f"/office/merges/{the_merge().public_id}"
        page = office.press(page.url, f"/office/merges/{the_merge().public_id}/undo")
        assert "as they were before" in office.follow(page).text
        db.session.rollback()
        assert (one.birth_year, other.status) == (1975, PersonStatus.KNOWN)
        assert db.session.scalars(select(DuplicatePair.state)).one() is PairState.OPEN

    def test_that_the_other_record_can_be_kept(self, office: Browser) -> None:
        one, other = make_person("曾国强"), make_person("曾国强")
        address = f"/office/people/{one.public_id}/merge/{other.public_id}"
        office.submit(address, kept=other.public_id)
        assert (the_merge().kept_id, the_merge().gone_id) == (other.id, one.id)

    def test_that_a_person_is_merged_with_one_who_is_looked_for(self, office: Browser) -> None:
        person, alike = make_person("曾国强", phone=PHONE), make_person("曾强", phone=PHONE)
        namesake = make_person("曾国强")
        address = f"/office/people/{person.public_id}/merge"
        assert "Nobody like that is known" in office.get(address).text
        page = office.get(f"{address}?q=曾国强")
        links = [one["href"] for one in page.all("a") if one["text"] == "Merge…"]
        assert links == [f"{address}/{namesake.public_id}"]
        page = office.get(f"{address}?q=13800000001")
        links = [one["href"] for one in page.all("a") if one["text"] == "Merge…"]
        assert links == [f"{address}/{alike.public_id}"]
        assert "Nobody found" in office.get(f"{address}?q=nobody").text

    def test_that_a_refusal_is_shown_with_what_was_chosen(self, office: Browser) -> None:
        one, other = make_verified("曾国强"), make_verified("曾强")
        address = f"/office/people/{one.public_id}/merge/{other.public_id}"
        page = office.submit(address, kept=other.public_id, take_name_zh=other.public_id)
        assert page.status == 409
        assert "Both records sign in." in page.text
        assert page.form("").values["take_name_zh"] == other.public_id

    def test_that_only_the_two_can_be_chosen(self, office: Browser) -> None:
        one, other, third = make_person(), make_person(), make_person()
        address = f"/office/people/{one.public_id}/merge/{other.public_id}"
        assert office.submit(address, kept=third.public_id).status == 422

    def test_that_the_own_record_is_for_somebody_else(self, signed_in: SignIn) -> None:
        own = make_person("曾国强")
        pair = pair_of(own, make_person("曾国强"))
        office = signed_in(make_account(role="office", person=own))
        assert "your own record" in office.get(QUEUE).text
        page = office.get(f"{QUEUE}/{pair.public_id}")
        assert "your own record" in page.text
        assert page.all("input", name="kept") == []

    def test_that_it_says_that_terms_end(self, office: Browser) -> None:
        officer, other = make_person(), make_person()
        make_officer(make_chapter(), person=officer)
        page = office.get(f"/office/people/{officer.public_id}/merge/{other.public_id}")
        assert "A merge gives nobody an office" in page.text

    def test_that_nobody_is_merged_with_who_is_gone(self, office: Browser) -> None:
        kept, gone = make_person(), make_person()
        merged(kept, gone)
        for address in (
            f"/office/people/{gone.public_id}/merge",
            f"/office/people/{kept.public_id}/merge/{gone.public_id}",
            f"/office/people/{kept.public_id}/merge/{kept.public_id}",
            "/office/merges/nobody",
        ):
            assert office.get(address).status == 404


class TestTakingBack:
    def test_that_what_was_changed_since_is_listed(self, office: Browser) -> None:
        kept, gone = make_person("曾国强"), make_person("曾国强", phone=PHONE)
        done = merged(kept, gone)
        [point] = db.session.scalars(select(ContactPoint))
        edit = f"/office/people/{kept.public_id}/edit/phones/{point.id}"
        assert office.submit(edit, label="ward").status == 303
        page = office.press(
            f"/office/merges/{done.public_id}", f"/office/merges/{done.public_id}/undo"
        )
        page = office.follow(page)
        assert "1 row was left as it is" in page.text
        assert f"Way to be reached · {PHONE}" in page.text
        assert "Changed since" in page.text

    def test_that_the_two_are_told_apart_once_they_are_two_again(self, office: Browser) -> None:
        kept, gone = make_person("王伟", year=1998), make_person("王伟", year=2003)
        address = f"/office/merges/{merged(kept, gone).public_id}"
        page = office.get(address)
        assert page.texts("h1") == ["Wang Wei became part of Wang Wei"]
        page = office.follow(office.press(address, f"{address}/undo"))
        assert page.texts("h1") == ["Wang Wei and Wang Wei are two records again"]
        links = [page.texts("a", href=f"/office/people/{one.public_id}") for one in (kept, gone)]
        assert [["1998" in text, "2003" in text] for (text,) in links] == [
            [True, False],
            [False, True],
        ]

    def test_that_it_is_offered_for_thirty_days(self, office: Browser) -> None:
        done = merged(make_person(), make_person())
        with transaction():
            the_merge().at = now() - timedelta(days=31)
        page = office.get(f"/office/merges/{done.public_id}")
        assert "cannot be taken back any more" in page.text
        assert [form for form in page.forms if form.action.endswith("/undo")] == []


class TestTheOldAddress:
    def test_that_it_leads_to_the_record_that_was_kept(
        self, office: Browser, signed_in: SignIn
    ) -> None:
        kept, gone = make_verified("曾国强"), make_person("曾国强")
        last = make_verified("曾国强")
        merged(kept, gone)
        reader = signed_in(make_verified())
        page = reader.get(f"/people/{gone.public_id}")
        assert (page.status, page.location) == (302, f"/people/{kept.public_id}")
        page = reader.get(f"/people/{gone.public_id}/card.vcf")
        assert page.location == f"/people/{kept.public_id}/card.vcf"
        with transaction():
            account = db.session.scalars(select(Account).where(Account.person_id == kept.id)).one()
            db.session.delete(account)
            record(SYSTEM, "made", last)
        merged(last, kept)
        assert reader.get(f"/people/{gone.public_id}").location == f"/people/{last.public_id}"

    def test_that_it_leads_nowhere_for_who_may_not_see_that_one(
        self, browser: Browser, signed_in: SignIn
    ) -> None:
        kept, gone = make_verified(listed=Level.OFFICE), make_person()
        merged(kept, gone)
        address = f"/people/{gone.public_id}"
        assert signed_in(make_verified()).get(address).status == 404
        assert browser.get(address).location == f"/sign-in?next={address}"
        assert browser.get("/people/nobody").location.startswith("/sign-in")
