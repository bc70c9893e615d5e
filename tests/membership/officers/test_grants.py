"""What is granted to an officer beside the position."""

from datetime import UTC, date, datetime, timedelta

import pytest
import time_machine
from sqlalchemy import select

from alumni.authz import Actor, Capability, Right
from alumni.chapters.models import OfficerRight
from alumni.db import db, today, transaction
from alumni.errors import Invalid, NotFound
from alumni.membership.commands.officers import Grant, grant_right, take_right_away
from alumni.membership.policy import may_manage_chapters
from alumni.membership.policy.officers import may_grant
from alumni.membership.queries.officers import get_granted, granted_to, my_standing
from tests.factories import actor_of, make_chapter, make_officer, saved
from tests.membership.officers.made import DAY, OFFICE, SignIn, deeds, term_of
from tests.refusals import refused


def grant(right: Right = Right.EXPORT, **values: object) -> Grant:
    invented: dict[str, object] = {
        "right": right,
        "starts_on": today(),
        "ends_on": today() + 30 * DAY,
        "reason": "年会通讯录",
    }
    return Grant(**(invented | values))  # type: ignore[arg-type]


def test_exporting_is_granted_and_dated(signed_in: SignIn) -> None:
    chapter = make_chapter()
    leader = make_officer(chapter)
    members, export = (f"/chapters/{chapter.slug}/desk/{page}" for page in ("members", "export"))
    last_day = date(2027, 3, 31)

    with time_machine.travel(datetime(2027, 3, 1, 4, tzinfo=UTC), tick=False) as clock:
        without = [signed_in(leader).get(url).status for url in (export, members)]
        for _again in range(2):
            with transaction():
                grant_right(OFFICE, term_of(leader), grant(ends_on=last_day))
        with_it = signed_in(leader).get(export).status
        clock.move_to(datetime(2027, 3, 31, 15, 59, 59, tzinfo=UTC))
        browser = signed_in(leader)
        last = browser.get(export).status
        clock.shift(1)
        afterwards = [browser.get(url).status for url in (export, members)]

    assert without == [403, 200]
    assert (with_it, last) == (200, 200)
    assert afterwards == [403, 200]
    assert deeds() == ["granted_right"]


def test_a_grant_ends_with_the_term() -> None:
    chapter = make_chapter()
    leader = make_officer(chapter, ends_on=today())
    with transaction():
        grant_right(OFFICE, term_of(leader), grant())

    standing = my_standing(actor_of(leader), chapter)

    assert {held.until for held in standing.rights} == {today()}
    assert Right.EXPORT in {held.right for held in standing.rights}
    with time_machine.travel(datetime.now(UTC) + 2 * DAY):
        assert actor_of(leader).rights == {}
        shown = granted_to([term_of(leader)])[term_of(leader).id]
        assert [one.state for one in shown] == ["over"]


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"ends_on": timedelta(-1)}, "ends_on"),
        ({"ends_on": timedelta(366)}, "ends_on"),
        ({"starts_on": timedelta(-1)}, "starts_on"),
        ({"starts_on": timedelta(101), "ends_on": timedelta(102)}, "starts_on"),
        ({"right": Right.APPROVE}, "right"),
        ({"right": Right.PUBLISH, "ends_on": timedelta(31)}, "right"),
    ],
    ids=str,
)
def test_what_a_grant_may_not_be(values: dict[str, object], field: str) -> None:
    leader = make_officer(make_chapter(), ends_on=today() + 100 * DAY)
    with transaction():
        grant_right(OFFICE, term_of(leader), grant(Right.PUBLISH))
    wrong = {
        name: today() + value if isinstance(value, timedelta) else value
        for name, value in values.items()
    }

    with pytest.raises(Invalid) as raised, transaction():
        grant_right(OFFICE, term_of(leader), grant(**wrong))  # type: ignore[arg-type]

    assert raised.value.field == field
    assert len(db.session.scalars(select(OfficerRight)).all()) == 1


def test_a_whole_year_is_granted() -> None:
    leader = make_officer(make_chapter())

    with transaction():
        given = grant_right(OFFICE, term_of(leader), grant(ends_on=today() + 365 * DAY))

    assert given.ends_on - given.starts_on == 365 * DAY


def test_nobody_grants_to_themselves_and_no_leader_grants() -> None:
    chapter = make_chapter()
    leader, mate = make_officer(chapter), make_officer(chapter, "treasurer")
    staff = Actor(person_id=leader.id, capabilities=OFFICE.capabilities)

    for actor, officer in ((staff, term_of(leader)), (actor_of(leader), term_of(mate))):
        with refused(may_grant), transaction():
            grant_right(actor, officer, grant())
    with transaction():
        given = grant_right(staff, term_of(mate), grant())
    with refused(may_manage_chapters), transaction():
        take_right_away(actor_of(leader), term_of(mate), given)

    assert Right.EXPORT not in actor_of(leader).rights[chapter.id]
    assert Right.EXPORT in actor_of(mate).rights[chapter.id]


def test_who_may_not_export_lets_nobody_export() -> None:
    chapter = make_chapter()
    officer = term_of(make_officer(chapter))
    clerk = Actor(capabilities=frozenset({Capability.MANAGE_CHAPTERS}))

    with refused(may_grant), transaction():
        grant_right(clerk, officer, grant())
    with transaction():
        grant_right(clerk, officer, grant(Right.PUBLISH))

    assert [one.given.right for one in granted_to([officer])[officer.id]] == [Right.PUBLISH]


def test_taking_away_ends_it_at_once() -> None:
    chapter = make_chapter()
    officer = term_of(make_officer(chapter))
    running = saved(
        OfficerRight(
            officer_id=officer.id,
            right=Right.EXPORT,
            starts_on=today() - 5 * DAY,
            ends_on=today() + DAY,
        )
    )
    coming = saved(
        OfficerRight(
            officer_id=officer.id, right=Right.PUBLISH, starts_on=today(), ends_on=today() + DAY
        )
    )

    for given in (running, running, coming):
        with transaction():
            take_right_away(OFFICE, officer, given)

    kept = db.session.scalars(select(OfficerRight)).one()
    assert (kept.right, kept.ends_on) == (Right.EXPORT, today() - DAY)
    assert deeds() == ["took_right_away", "took_right_away"]
    with pytest.raises(NotFound):
        get_granted(officer, 999_999)
