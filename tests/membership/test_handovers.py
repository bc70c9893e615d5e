"""Handing a chapter over: prepared by the leader, confirmed by the office, done by the day."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta

import pytest
import time_machine
from flask import Flask
from sqlalchemy import select

from alumni.accounts.models import Account
from alumni.audit.models import ChangeSet
from alumni.authz import Actor, Capability, Right
from alumni.chapters.models import Chapter, ChapterStatus, Officer, OfficerRight, Position
from alumni.chapters.models.governance import (
    Handover,
    HandoverSeat,
    HandoverState,
    HandoverStep,
)
from alumni.db import db, today, transaction
from alumni.errors import Invalid, NotFound, Refusal
from alumni.membership.commands.handovers import (
    Plan,
    call_off,
    confirm,
    obstacles,
    prepare,
    seat,
    tick,
    unseat,
)
from alumni.membership.commands.officers import Grant, end_term, grant_right
from alumni.membership.policy import may_manage_chapters
from alumni.membership.policy.officers import may_confirm, may_prepare
from alumni.membership.queries.handovers import (
    Step,
    get_handover,
    get_seat,
    handovers_waiting,
    member_candidates,
    open_handovers,
    past_handovers,
    steps_done,
    teams,
)
from alumni.outbox.models import Delivery
from alumni.people.models import Level, Person, PersonStatus
from tests.browser import Browser, at_once
from tests.factories import (
    actor_of,
    make_chapter,
    make_member,
    make_officer,
    make_verified,
    saved,
)
from tests.refusals import refused

SignIn = Callable[[Account | Person], Browser]

OFFICE = Actor(
    capabilities=frozenset(
        {Capability.MANAGE_CHAPTERS, Capability.VIEW_PEOPLE, Capability.EXPORT_PEOPLE}
    )
)

DAY = timedelta(days=1)

FOR_THE_ACTOR = 2
"""Statements of every page: the session, and what the account holds."""


def position(code: str = "president") -> int:
    return db.session.scalars(select(Position.id).where(Position.code == code)).one()


def plan(**values: object) -> Plan:
    invented: dict[str, object] = {
        "effective_on": today() + 10 * DAY,
        "ends_on": today() + 1000 * DAY,
        "note": "",
    }
    return Plan(**(invented | values))  # type: ignore[arg-type]


def planned(chapter: Chapter, team: dict[str, Person], **values: object) -> Handover:
    """A handover that is prepared, with these persons by the code of their position."""
    with transaction():
        handover = prepare(OFFICE, chapter, plan(**values))
    for code, person in team.items():
        with transaction():
            seat(OFFICE, handover, person.public_id, position(code))
    return handover


def confirmed(chapter: Chapter, team: dict[str, Person], **values: object) -> Handover:
    handover = planned(chapter, team, **values)
    with transaction():
        confirm(OFFICE, handover)
    return handover


def terms_of(person: Person) -> list[tuple[date, date | None]]:
    mine = select(Officer).where(Officer.person_id == person.id).order_by(Officer.id)
    return [(term.starts_on, term.ends_on) for term in db.session.scalars(mine)]


def letters() -> list[tuple[str, int | None]]:
    sent = select(Delivery.kind, Delivery.person_id).where(Delivery.kind.startswith("handover"))
    return sorted((kind, person_id) for kind, person_id in db.session.execute(sent))


def deeds() -> list[str]:
    done = select(ChangeSet.verb).where(ChangeSet.verb != "made").order_by(ChangeSet.id)
    return list(db.session.scalars(done))


# -- preparing -------------------------------------------------------------------------------


def test_preparing_changes_nothing_but_the_plan() -> None:
    chapter = make_chapter()
    leader, next_one = make_officer(chapter), make_member(chapter)
    actor = actor_of(leader)

    with transaction():
        handover = prepare(actor, chapter, plan())
    with transaction():
        again = prepare(actor, chapter, plan(effective_on=today() + 20 * DAY))
    for _again in range(2):
        with transaction():
            seat(actor, handover, next_one.public_id, position())

    assert again.id == handover.id
    assert handover.effective_on == today() + 20 * DAY
    assert terms_of(next_one) == []
    assert actor_of(leader).rights == actor.rights
    assert deeds() == ["prepared_handover", "changed_handover", "named_officer"]
    assert letters() == []


@pytest.mark.parametrize(
    ("days", "field"), [({"effective_on": -1}, "effective_on"), ({"ends_on": 9}, "ends_on")]
)
def test_what_days_cannot_be(days: dict[str, int], field: str) -> None:
    values = {name: today() + number * DAY for name, number in days.items()}

    with pytest.raises(Invalid) as raised, transaction():
        prepare(OFFICE, make_chapter(), plan(**values))

    assert raised.value.field == field


def test_the_new_team_is_of_members_whom_the_leader_finds() -> None:
    chapter = make_chapter()
    leader = actor_of(make_officer(chapter))
    member = make_member(chapter, make_verified("曾国强", listed=Level.OFFICE))
    make_member(make_chapter(), make_verified("曾国平"))
    stranger = make_verified("曾国安")
    handover = planned(chapter, {})

    found = member_candidates(leader, chapter, "zengguo")

    assert [one.person_id for one in found] == [member.id]
    with pytest.raises(Invalid) as raised, transaction():
        seat(leader, handover, stranger.public_id, position())
    assert raised.value.field == "person"
    saved(Position(code="old", name_zh="旧", name_en="Old", is_retired=True))
    with pytest.raises(Invalid) as raised, transaction():
        seat(leader, handover, member.public_id, position("old"))
    assert raised.value.field == "position_id"


def test_taking_somebody_out_and_ticking_the_list() -> None:
    chapter = make_chapter()
    leader = actor_of(make_officer(chapter))
    handover = planned(chapter, {"president": make_member(chapter)})
    with transaction():
        tick(leader, handover, [Step.MONEY])
    kept = db.session.scalars(select(HandoverStep)).one().id

    with transaction():
        tick(leader, handover, [Step.MONEY, Step.GROUPS])
    with transaction():
        tick(leader, handover, [Step.MONEY, Step.GROUPS])
    with transaction():
        unseat(leader, handover, db.session.scalars(select(HandoverSeat)).one())

    done = steps_done(handover)
    assert done.keys() == {Step.MONEY, Step.GROUPS}
    assert done[Step.MONEY].id == kept
    assert db.session.scalars(select(HandoverSeat)).all() == []
    assert deeds()[-3:] == ["ticked_handover", "ticked_handover", "unnamed_officer"]
    with transaction():
        tick(leader, handover, [])
    assert steps_done(handover) == {}


def test_who_may_prepare_and_who_may_confirm() -> None:
    chapter = make_chapter()
    member = make_member(chapter)
    handover = planned(chapter, {"president": member})
    leader = actor_of(make_officer(chapter))
    looks_only = actor_of(make_officer(chapter, "treasurer"))
    elsewhere = actor_of(make_officer(make_chapter()))
    chosen = Actor(person_id=member.id, capabilities=OFFICE.capabilities)
    seated = db.session.scalars(select(HandoverSeat)).one()

    forbidden: list[Callable[[Actor], object]] = [
        lambda actor: prepare(actor, chapter, plan()),
        lambda actor: seat(actor, handover, member.public_id, position()),
        lambda actor: unseat(actor, handover, seated),
        lambda actor: tick(actor, handover, []),
        lambda actor: call_off(actor, handover),
    ]
    for stranger in (looks_only, elsewhere, actor_of(member)):
        for command in forbidden:
            with refused(may_prepare), transaction():
                command(stranger)
    for actor in (leader, looks_only, chosen):
        with refused(may_confirm), transaction():
            confirm(actor, handover)
    with refused(may_manage_chapters):
        open_handovers(leader)
    assert (handovers_waiting(leader), handovers_waiting(OFFICE)) == (0, 1)


# -- confirming ------------------------------------------------------------------------------


def test_the_terms_change_on_the_day_in_one_deed_and_all_have_a_letter() -> None:
    chapter = make_chapter()
    president, treasurer = make_officer(chapter), make_officer(chapter, "treasurer")
    former = make_officer(chapter, ends_on=today() - DAY)
    short = make_officer(chapter, "secretary", ends_on=today() + 2 * DAY)
    later = make_officer(chapter, "vice_president", starts_on=today() + 30 * DAY)
    elsewhere = make_officer(make_chapter())
    new = make_member(chapter)
    before = {person.id: terms_of(person) for person in (former, short, later, elsewhere)}
    day = today() + 10 * DAY

    handover = planned(chapter, {"president": new, "treasurer": treasurer})
    count = len(deeds())
    for _again in range(2):
        with transaction():
            confirm(OFFICE, handover)

    began = today() - 365 * DAY
    assert terms_of(president) == [(began, day - DAY)]
    assert terms_of(treasurer) == [(began, day - DAY), (day, handover.ends_on)]
    assert terms_of(new) == [(day, handover.ends_on)]
    assert {person.id: terms_of(person) for person in (former, short, later, elsewhere)} == before
    assert deeds()[count:] == ["confirmed_handover"]
    assert handover.state is HandoverState.CONFIRMED
    assert letters() == sorted(
        ("handover_confirmed", person.id) for person in (president, treasurer, new)
    )


def test_rights_pass_at_midnight_in_shanghai() -> None:
    chapter = make_chapter()
    old, new = make_officer(chapter, starts_on=date(2026, 1, 1)), make_member(chapter)
    midnight = datetime(2027, 3, 31, 16, tzinfo=UTC)

    with time_machine.travel(midnight - timedelta(days=9), tick=False) as clock:
        confirmed(chapter, {"president": new}, effective_on=date(2027, 4, 1), ends_on=None)
        clock.move_to(midnight - timedelta(seconds=1))
        before = [actor_of(person).may_in(Right.APPROVE, chapter.id) for person in (old, new)]
        clock.shift(1)
        after = [actor_of(person).may_in(Right.APPROVE, chapter.id) for person in (old, new)]

    assert (before, after) == ([True, False], [False, True])


def test_the_letter_says_what_begins_and_what_ends() -> None:
    chapter = make_chapter(name_en="Testville Chapter")
    old = make_officer(chapter, person=make_verified("安心", language="en"))
    new = make_member(chapter, make_verified("曾国强", language="zh"))
    confirmed(chapter, {"president": new}, effective_on=today() + DAY)

    sent = {
        letter.person_id: f"{letter.subject}\n{letter.text}"
        for letter in db.session.scalars(select(Delivery))
    }

    assert "Testville Chapter" in sent[old.id]
    assert "President: Zeng Guoqiang" in sent[old.id]
    assert "Your term before ends" in sent[old.id]
    assert "Your term begins" not in sent[old.id]
    assert "会长" in sent[new.id]
    assert "曾国强" in sent[new.id]
    assert f"/chapters/{chapter.slug}/desk" in sent[new.id]


@pytest.mark.parametrize(
    "team",
    [
        {},
        {"treasurer": PersonStatus.VERIFIED},
        {"president": PersonStatus.KNOWN},
        {"president": PersonStatus.VERIFIED, "treasurer": PersonStatus.DECEASED},
    ],
    ids=str,
)
def test_never_without_somebody_who_may_decide(team: dict[str, PersonStatus]) -> None:
    chapter = make_chapter()
    old = make_officer(chapter)
    people = {code: make_member(chapter) for code in team}
    handover = planned(chapter, people)
    for code, status in team.items():
        people[code].status = status
        saved(people[code])

    with pytest.raises(Refusal) as raised, transaction():
        confirm(OFFICE, handover)

    assert raised.value.status == 409
    assert terms_of(old) == [(today() - 365 * DAY, None)]
    assert handover.state is HandoverState.PREPARED


def test_a_day_that_has_passed_and_a_retired_position_stop_it() -> None:
    chapter = make_chapter()
    old = saved(Position(code="old", name_zh="旧", name_en="Old"))
    team = {"president": make_member(chapter), "old": make_member(chapter)}
    handover = planned(chapter, team)
    old.is_retired = True
    saved(old)

    assert len(obstacles(handover)) == 1
    with time_machine.travel(datetime.now(UTC) + timedelta(days=11)):
        assert len(obstacles(handover)) == 2
        with pytest.raises(Refusal), transaction():
            confirm(OFFICE, handover)


def test_what_was_granted_ends_with_the_old_term() -> None:
    chapter = make_chapter()
    leader = make_officer(chapter)
    term = db.session.scalars(select(Officer)).one()
    days = {"starts_on": today(), "ends_on": today() + 300 * DAY}
    with transaction():
        grant_right(OFFICE, term, Grant(right=Right.EXPORT, reason="x", **days))
    confirmed(chapter, {"president": leader})

    assert actor_of(leader).may_in(Right.EXPORT, chapter.id)
    with time_machine.travel(datetime.now(UTC) + timedelta(days=11)):
        assert actor_of(leader).may_in(Right.APPROVE, chapter.id)
        assert not actor_of(leader).may_in(Right.EXPORT, chapter.id)


def test_two_who_confirm_at_once_confirm_once(app: Flask) -> None:
    chapter = make_chapter()
    make_officer(chapter)
    new = make_member(chapter)
    handover_id = planned(chapter, {"president": new}).id

    def confirm_it(_n: int) -> None:
        with app.app_context(), transaction():
            confirm(OFFICE, db.session.get_one(Handover, handover_id))

    assert at_once(confirm_it, range(3)) == []
    db.session.rollback()
    assert len(terms_of(new)) == 1
    assert len(letters()) == 2


# -- calling off -----------------------------------------------------------------------------


def test_a_confirmed_handover_is_called_off_before_its_day() -> None:
    chapter = make_chapter()
    old = make_officer(chapter)
    limited = make_officer(chapter, "secretary", ends_on=today() + 500 * DAY)
    new = make_member(chapter)
    before = [terms_of(person) for person in (old, limited)]
    handover = confirmed(chapter, {"president": new})
    coming = db.session.scalars(select(Officer).where(Officer.person_id == new.id)).one()
    days = {"starts_on": coming.starts_on, "ends_on": coming.starts_on}
    with transaction():
        grant_right(OFFICE, coming, Grant(right=Right.EXPORT, reason="x", **days))

    with refused(may_manage_chapters), transaction():
        call_off(actor_of(old), handover)
    for _again in range(2):
        with transaction():
            call_off(OFFICE, handover)

    assert [terms_of(person) for person in (old, limited)] == before
    assert terms_of(new) == []
    assert db.session.scalars(select(OfficerRight)).all() == []
    assert handover.state is HandoverState.CANCELLED
    called_off = [person for kind, person in letters() if kind == "handover_called_off"]
    assert called_off == sorted(person.id for person in (old, limited, new))
    with pytest.raises(Refusal), transaction():
        confirm(OFFICE, handover)


def test_what_was_changed_meanwhile_stays() -> None:
    chapter = make_chapter()
    old, other = make_officer(chapter), make_officer(chapter, "treasurer")
    handover = confirmed(chapter, {"president": make_member(chapter)})
    term = db.session.scalars(select(Officer).where(Officer.person_id == other.id)).one()
    with transaction():
        end_term(OFFICE, term, today() + DAY)

    with transaction():
        call_off(OFFICE, handover)

    assert terms_of(old)[0][1] is None
    assert terms_of(other)[0][1] == today() + DAY


def test_a_prepared_one_is_given_up_by_the_leader_and_another_can_begin() -> None:
    chapter = make_chapter()
    leader = actor_of(make_officer(chapter))
    handover = planned(chapter, {"president": make_member(chapter)})

    with transaction():
        call_off(leader, handover)
    with transaction():
        other = prepare(leader, chapter, plan())

    assert other.id != handover.id
    assert letters() == []
    seated = db.session.scalars(select(HandoverSeat)).one()
    too_late: list[Callable[[], object]] = [
        lambda: unseat(leader, handover, seated),
        lambda: tick(leader, handover, []),
        lambda: confirm(OFFICE, handover),
    ]
    for command in too_late:
        with pytest.raises(Refusal), transaction():
            command()


def test_nobody_gives_the_own_term_back_to_themselves() -> None:
    chapter = make_chapter()
    old = make_officer(chapter)
    handover = confirmed(chapter, {"president": make_member(chapter)})
    staff = Actor(person_id=old.id, capabilities=OFFICE.capabilities)

    with refused(may_confirm), transaction():
        call_off(staff, handover)

    assert terms_of(old)[0][1] == handover.effective_on - DAY


def test_after_its_day_it_cannot_be_called_off() -> None:
    chapter = make_chapter()
    handover = confirmed(chapter, {"president": make_member(chapter)}, effective_on=today())

    with pytest.raises(Refusal), transaction():
        call_off(OFFICE, handover)
    with transaction():
        prepare(OFFICE, chapter, plan())

    assert [one.id for one in past_handovers(chapter)] == [handover.id]


def test_while_one_is_confirmed_no_other_begins() -> None:
    chapter = make_chapter()
    confirmed(chapter, {"president": make_member(chapter)})

    with pytest.raises(Refusal), transaction():
        prepare(OFFICE, chapter, plan())


# -- reading ---------------------------------------------------------------------------------


def test_which_terms_end_and_which_go_on() -> None:
    chapter = make_chapter()
    leaving = make_officer(chapter)
    staying = make_officer(chapter, "secretary", starts_on=today() + 10 * DAY)
    make_officer(chapter, "treasurer", ends_on=today() + 9 * DAY)

    found = teams(OFFICE, chapter, today() + 10 * DAY)

    assert [term.who.person_id for term in found.leaving] == [leaving.id]
    assert [term.who.person_id for term in found.staying] == [staying.id]


def test_the_office_sees_all_that_are_open() -> None:
    waiting, empty, done = make_chapter(), make_chapter(), make_chapter()
    planned(waiting, {"president": make_member(waiting)}, effective_on=today() + 3 * DAY)
    planned(empty, {}, effective_on=today() + 2 * DAY)
    confirmed(done, {"president": make_member(done)}, effective_on=today() + DAY)
    past = make_chapter()
    confirmed(past, {"president": make_member(past)}, effective_on=today())
    archived = make_chapter()
    planned(archived, {"president": make_member(archived)})
    archived.status = ChapterStatus.ARCHIVED
    saved(archived)

    rows = [(row.handover.chapter_id, row.seats) for row in open_handovers(OFFICE)]

    assert rows == [(done.id, 1), (empty.id, 0), (waiting.id, 1)]
    assert handovers_waiting(OFFICE) == 1


def test_things_of_another_chapter_are_not_found() -> None:
    chapter, other = make_chapter(), make_chapter()
    handover = planned(chapter, {"president": make_member(chapter)})
    elsewhere = planned(other, {"president": make_member(other)})
    seats = {one.handover_id: one.id for one in db.session.scalars(select(HandoverSeat))}

    for hidden in (
        lambda: get_handover(chapter, elsewhere.public_id),
        lambda: get_seat(handover, seats[elsewhere.id]),
    ):
        with pytest.raises(NotFound):
            hidden()


# -- pages -----------------------------------------------------------------------------------


def test_the_leader_prepares_and_the_office_confirms(office: Browser, signed_in: SignIn) -> None:
    chapter = make_chapter()
    leader = signed_in(make_officer(chapter))
    new = signed_in(make_member(chapter, make_verified("曾国强")))
    url = f"/chapters/{chapter.slug}/desk/handover"

    empty = leader.get(url)
    begun = leader.submit(f"{url}/day", effective_on=(today() + DAY).isoformat(), note="已选举")
    asked = leader.get(f"{url}/officers?q=zeng")
    choice = asked.all("input", type="radio")[0]["value"]
    named = leader.send(asked.form(), f"{url}/officers?q=zeng", person=choice)
    ticked = leader.submit(f"{url}/steps", on=url, done=["money", "groups"])
    shown = leader.get(url)
    waiting = office.get("/office/handovers")
    action = next(f.action for f in office.get(url).forms if f.action.endswith("/confirm"))
    done = office.press(url, action)
    after = leader.get(url)

    assert "No handover is prepared" in empty.text
    assert [page.status for page in (begun, named, ticked, done)] == [303] * 4
    assert "已选举" in shown.text
    assert "Zeng Guoqiang" in shown.text
    assert not [f for f in shown.forms if f.action.endswith("/confirm")]
    assert shown.form(f"{url}/steps").values["done"] == ["groups", "money"]
    assert "To be confirmed" in waiting.text
    assert "On the day the rights pass by themselves" in after.text
    assert new.get(f"/chapters/{chapter.slug}/desk").status == 403  # not yet


def test_what_the_leader_changed_behind_the_offices_page_is_not_confirmed(office: Browser) -> None:
    chapter = make_chapter()
    leader, friend = actor_of(make_officer(chapter)), make_member(chapter)
    handover = planned(chapter, {"president": make_member(chapter)})
    url = f"/chapters/{chapter.slug}/desk/handover"
    changes: list[Callable[[], object]] = [
        lambda: seat(leader, handover, friend.public_id, position("secretary")),
        lambda: prepare(leader, chapter, plan(ends_on=None)),
    ]

    for change in changes:
        page = office.get(url)
        with transaction():
            change()
        refusal = office.send(page.form(f"{url}/{handover.public_id}/confirm"), url)
        assert (refusal.status, "meanwhile" in refusal.text) == (409, True)
        assert terms_of(friend) == []
    assert office.press(url, f"{url}/{handover.public_id}/confirm").status == 303
    db.session.rollback()
    assert len(terms_of(friend)) == 1


def test_calling_off_and_refusing_on_the_pages(office: Browser, signed_in: SignIn) -> None:
    chapter = make_chapter()
    leader = signed_in(make_officer(chapter))
    handover = planned(chapter, {"treasurer": make_member(chapter)})
    url = f"/chapters/{chapter.slug}/desk/handover"

    page = office.get(url)
    token = page.form(f"{url}/steps").values["csrf_token"]
    refusal = office.post(f"{url}/{handover.public_id}/confirm", csrf_token=token)
    own = leader.get(url).form(f"{url}/steps").values["csrf_token"]
    forbidden = leader.post(f"{url}/{handover.public_id}/confirm", csrf_token=own)
    strange = leader.post(f"{url}/steps", csrf_token=own, done="gold")
    removed = leader.press(
        url, next(f.action for f in leader.get(url).forms if "/remove" in f.action)
    )
    given_up = leader.press(url, f"{url}/{handover.public_id}/call-off")

    assert "Before it can be confirmed" in page.text
    assert (refusal.status, forbidden.status, strange.status) == (409, 403, 422)
    assert (removed.status, given_up.status) == (303, 303)
    assert leader.get(f"{url}/officers").status == 404
    db.session.rollback()
    db.session.refresh(handover)
    assert handover.state is HandoverState.CANCELLED


@pytest.mark.parametrize(
    ("method", "page"),
    [
        ("GET", ""),
        ("GET", "/day"),
        ("POST", "/day"),
        ("GET", "/officers"),
        ("POST", "/officers"),
        ("POST", "/officers/{seat}/remove"),
        ("POST", "/steps"),
        ("POST", "/{handover}/confirm"),
        ("POST", "/{handover}/call-off"),
    ],
)
def test_whose_pages_they_are(signed_in: SignIn, method: str, page: str) -> None:
    chapter = make_chapter()
    handover = planned(chapter, {"president": make_member(chapter)})
    seated = db.session.scalars(select(HandoverSeat)).one()
    address = page.format(seat=seated.id, handover=handover.public_id)
    url = f"/chapters/{chapter.slug}/desk/handover{address}"
    stranger = make_officer(make_chapter())
    looks_only = make_officer(chapter, "treasurer")
    former = make_officer(chapter, ends_on=today() - DAY)

    answers = [_opened(signed_in(person), method, url) for person in (stranger, looks_only, former)]

    assert answers == [404, 403, 403]
    db.session.rollback()
    db.session.refresh(handover)
    assert handover.state is HandoverState.PREPARED


@pytest.mark.parametrize("how_many", [1, 3])
def test_pages_ask_as_often_for_three_as_for_one(
    office: Browser, queries: list[str], how_many: int
) -> None:
    chapter, free = make_chapter(), make_chapter()
    team = [make_member(chapter, make_verified(year=1998, city="鞍山")) for _n in range(how_many)]
    handover = planned(chapter, {"president": team[0]})
    for person in team:
        make_officer(chapter, person=person)
        with transaction():
            seat(OFFICE, handover, person.public_id, position("treasurer"))
        other = make_chapter()
        confirmed(other, {"president": make_member(other)})
        done = make_member(free)
        confirmed(free, {"president": done}, effective_on=today())
    desk = f"/chapters/{chapter.slug}/desk"
    office.get("/chapters")  # the settings are read once
    asked = {}
    for name, url in {
        "handovers": "/office/handovers",
        "handover": f"{desk}/handover",
        "none": f"/chapters/{free.slug}/desk/handover",
        "candidates": f"{desk}/handover/officers?q=wang",
        "officers": f"{desk}/officers",
        "positions": "/office/positions",
        "agreement": "/office/agreement",
    }.items():
        queries.clear()
        assert office.get(url).status == 200
        asked[name] = sum(query.lstrip("( ").startswith(("SELECT", "WITH")) for query in queries)

    assert {name: count - FOR_THE_ACTOR for name, count in asked.items()} == {
        "handovers": 1,
        "handover": 9,
        "none": 4,
        "candidates": 5,
        "officers": 4,
        "positions": 3,
        "agreement": 2,
    }


def _opened(browser: Browser, method: str, url: str) -> int:
    if method == "GET":
        return browser.get(url).status
    token = browser.get("/chapters").forms[0].values["csrf_token"]
    return browser.post(url, csrf_token=token).status
