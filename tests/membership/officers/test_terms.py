"""When a term begins and ends, and its rights with it."""

from datetime import UTC, date, datetime, timedelta

import pytest
import time_machine

from alumni.authz import Right
from alumni.chapters.models import MembershipState, OfficerRight
from alumni.db import today
from alumni.membership.queries.officers import is_led_on, my_standing
from alumni.people.models import PersonStatus
from tests.factories import (
    account_of,
    actor_of,
    make_chapter,
    make_member,
    make_officer,
    make_verified,
    saved,
)
from tests.membership.officers.made import DAY, OFFICE, SignIn, term_of

NEW_YORK = "America/New_York"


def test_a_term_ends_and_begins_with_the_second_in_shanghai_for_a_reader_in_new_york(
    signed_in: SignIn,
) -> None:
    chapter = make_chapter()
    last_day = date(2027, 3, 31)
    going = make_officer(
        chapter, starts_on=date(2026, 4, 1), ends_on=last_day, person=make_verified()
    )
    coming = make_officer(chapter, starts_on=last_day + DAY, person=make_verified())
    for person in (going, coming):
        account = account_of(person)
        account.time_zone = NEW_YORK
        saved(account)
    desk = f"/chapters/{chapter.slug}/desk"
    midnight = datetime(2027, 3, 31, 16, tzinfo=UTC)  # still the 31st, noon, in New York

    with time_machine.travel(midnight - timedelta(seconds=1), tick=False) as clock:
        old, new = signed_in(going), signed_in(coming)
        before = [browser.get(desk).status for browser in (old, new)]
        clock.shift(1)
        after = [browser.get(desk).status for browser in (old, new)]

    assert before == [200, 403]
    assert after == [403, 200]


def test_what_was_typed_before_the_term_ended_is_not_lost(signed_in: SignIn) -> None:
    chapter = make_chapter()
    ends = date(2027, 3, 31)
    leader = make_officer(chapter, starts_on=date(2026, 4, 1), ends_on=ends)
    make_member(chapter, state=MembershipState.PENDING)

    with time_machine.travel(datetime(2027, 3, 31, 15, 59, 59, tzinfo=UTC), tick=False) as clock:
        browser = signed_in(leader)
        desk = browser.get(f"/chapters/{chapter.slug}/desk")
        link = next(one["href"] for one in desk.all("a") if one["href"].endswith("/reject"))
        form = browser.get(link)
        clock.shift(1)
        page = browser.send(form.form(), link, reason="请先补充毕业年份")

    assert page.status == 403
    assert "请先补充毕业年份" in page.text


@pytest.mark.parametrize(
    "status", [status for status in PersonStatus if status is not PersonStatus.VERIFIED]
)
def test_only_a_verified_graduate_holds_rights(status: PersonStatus) -> None:
    chapter = make_chapter()
    person = make_officer(chapter)
    saved(OfficerRight(officer_id=term_of(person).id, right=Right.EXPORT, **_month()))
    assert actor_of(person).rights != {}
    other = make_verified()

    person.status = status
    person.merged_into_id = other.id if status is PersonStatus.MERGED else None
    saved(person)

    assert actor_of(person).rights == {}
    assert not is_led_on(chapter.id, today())


def _month() -> dict[str, date]:
    return {"starts_on": today(), "ends_on": today() + 30 * DAY}


def test_terms_may_overlap_and_the_latest_day_counts() -> None:
    chapter = make_chapter()
    person = make_officer(chapter, "treasurer", ends_on=today() + 9 * DAY)
    make_officer(chapter, "president", person=person, ends_on=today() + 5 * DAY)

    standing = my_standing(actor_of(person), chapter)

    assert [held.position.code for held in standing.terms] == ["president", "treasurer"]
    until = {held.right: held.until for held in standing.rights}
    assert until[Right.VIEW] == today() + 9 * DAY
    assert until[Right.APPROVE] == today() + 5 * DAY
    assert Right.EXPORT not in until


def test_what_the_region_may_do_below() -> None:
    region = make_chapter()
    city = make_chapter(parent_id=region.id)
    president = make_officer(region, "president")
    treasurer = make_officer(region, "treasurer")

    here = my_standing(actor_of(president), city)

    assert [held.chapter_id for held in here.terms] == [region.id]
    assert {held.until for held in here.rights} == {None}
    assert {held.right for held in here.rights} == actor_of(president).rights[city.id]
    assert my_standing(actor_of(treasurer), city).rights == []
    assert my_standing(OFFICE, city).terms == []
