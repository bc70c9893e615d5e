"""That somebody died, left, is lost or wants no letters: what it does, and how it is taken back."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from alumni.accounts.commands import forgot
from alumni.accounts.models import Assignment
from alumni.accounts.models import SignIn as Session
from alumni.audiences.criteria import Audience
from alumni.audit.models import ChangeSet
from alumni.authz import SYSTEM, Actor, Capability
from alumni.chapters.models import ChapterMembership, MembershipState, Officer
from alumni.codes.models import Code, CodeKind
from alumni.db import db, now, today, transaction
from alumni.errors import Invalid, Refusal
from alumni.i18n import speaking
from alumni.mailings.queries import audience
from alumni.outbox.commands import queue
from alumni.outbox.models import Delivery, DeliveryState
from alumni.people.commands import levels
from alumni.people.commands.statuses import (
    Said,
    allow_contact,
    declare,
    find_again,
    lose,
    stop_contact,
    take_back,
)
from alumni.people.fields import export_select
from alumni.people.models import ConsentPurpose, Person, PersonStatus
from alumni.people.models.classes import ClassLiaison
from alumni.people.policy import may_be_asked, may_set_status, visible
from alumni.people.queries import addressed, find_actor
from alumni.people.queries.search import hits, matches
from alumni.roster.queries.activating import address_to_ask, askable
from tests.browser import Browser
from tests.conftest import SignIn
from tests.factories import (
    PASSWORD,
    account_of,
    actor_of,
    make_account,
    make_chapter,
    make_member,
    make_officer,
    make_person,
    make_verified,
    saved,
)
from tests.mailings.factories import list_of
from tests.refusals import refused

DECEASED, DEPARTED = PersonStatus.DECEASED, PersonStatus.DEPARTED
CONSENTS = (ConsentPurpose.MEMBERSHIP, ConsentPurpose.MAILINGS)


@pytest.fixture(autouse=True)
def _in_english(_clean: None) -> Iterator[None]:
    with speaking("en"):
        yield


def said(day: date | None = None, why: str = "told by the family") -> Said:
    return Said(day=day or today(), why=why)


def anew(person: Person) -> Person:
    return db.session.scalars(select(Person).where(Person.id == person.id)).one()


def now_of(person: Person) -> Person:
    db.session.rollback()
    db.session.expire_all()
    return anew(person)


def end(person: Person, status: PersonStatus, actor: Actor = SYSTEM, **values: Any) -> None:
    with transaction():
        declare(actor, anew(person), status, said(**values))


def bring_back(person: Person) -> None:
    with transaction():
        take_back(SYSTEM, anew(person), "another of that name")


def spell_of(person: Person) -> ChapterMembership:
    db.session.rollback()
    mine = select(ChapterMembership).where(ChapterMembership.person_id == person.id)
    return db.session.scalars(mine.order_by(ChapterMembership.id)).one()


def finds(actor: Actor, person: Person) -> bool:
    asked = select(Person.id).where(Person.id == person.id, visible(actor))
    return db.session.scalar(asked) is not None


def found(actor: Actor, typed: str) -> list[int]:
    ids = select(hits(actor)).where(matches(actor, typed))
    return list(db.session.scalars(select(Person.id).where(Person.id.in_(ids), visible(actor))))


def office_finds(**query: str) -> set[int]:
    wanted = Audience.from_query(SYSTEM, {name: [value] for name, value in query.items()})
    return set(db.session.scalars(select(Person.id).where(wanted.condition(SYSTEM))))


def readers(chapter: Any = None) -> set[int]:
    return {row.id for row in db.session.execute(audience(list_of(chapter)))}


def letter_to(person: Person, kind: str = "password_link", **words: Any) -> Delivery:
    deed = f"{kind} to {person.id}"
    with transaction():
        to = addressed(person.id)
        assert to is not None
        queue(kind, to, deed=deed, link="https://x", **words)
    return db.session.scalars(select(Delivery).where(Delivery.deed == deed)).one()


@pytest.mark.parametrize("status", [DECEASED, DEPARTED])
def test_who_ended_is_met_by_nobody_but_the_office(status: PersonStatus) -> None:
    chapter = make_chapter()
    person = make_member(chapter, make_verified("曾国强", consents=CONSENTS))
    graduate = actor_of(make_member(chapter))
    leader = actor_of(make_officer(chapter))
    assert finds(graduate, person)

    end(person, status)

    assert (finds(graduate, person), finds(leader, person), finds(SYSTEM, person)) == (
        False,
        False,
        True,
    )
    assert found(graduate, "曾国强") == []
    assert found(leader, "曾国强") == []
    assert found(SYSTEM, "曾国强") == [person.id]
    assert person.id not in readers(chapter) | readers()
    assert office_finds(status=status.value) == {person.id}


@pytest.mark.parametrize("status", [DECEASED, DEPARTED])
def test_even_a_membership_that_went_on_shows_nobody_to_leaders(status: PersonStatus) -> None:
    """As an import may leave it behind."""
    chapter = make_chapter()
    person = make_member(chapter, make_person("曾国强", status=status))
    assert not finds(actor_of(make_officer(chapter)), person)


def test_the_dead_cannot_sign_in(signed_in: SignIn, browser: Browser) -> None:
    person = make_verified("曾国强")
    inside = signed_in(person)
    assert inside.get("/me").status == 200

    end(person, DECEASED)

    assert inside.get("/me").status == 303
    assert db.session.scalars(select(Session)).all() == []
    email = account_of(person).email
    page = browser.submit("/sign-in", email=email, password=PASSWORD)
    assert page.status != 303
    with transaction():
        forgot(email)
    assert db.session.scalars(select(Delivery)).all() == []


def test_who_left_signs_in_to_the_own_data_alone(signed_in: SignIn) -> None:
    person, other = make_verified("曾国强"), make_verified()
    end(person, DEPARTED)

    browser = signed_in(person)

    assert browser.get("/me/profile").status == 200
    assert browser.get(f"/people/{other.public_id}").status == 404
    assert browser.get("/people").status == 403


def test_letters_that_wait_are_kept_back() -> None:
    dead, left, stopped, other = (make_verified() for _ in range(4))
    waiting = {person.id: letter_to(person) for person in (dead, left, stopped, other)}
    end(dead, DECEASED)
    end(left, DEPARTED)
    with transaction():
        stop_contact(SYSTEM, anew(stopped), said())

    db.session.expire_all()
    states = {number: letter.state for number, letter in waiting.items()}
    assert states == {
        dead.id: DeliveryState.SKIPPED,
        left.id: DeliveryState.QUEUED,
        stopped.id: DeliveryState.QUEUED,
        other.id: DeliveryState.QUEUED,
    }
    assert waiting[dead.id].reason == "deceased"
    assert addressed(dead.id) is None
    assert addressed(left.id) is not None
    assert addressed(stopped.id) is not None


def make_busy() -> Person:
    """A member, an officer now and in a week, and the liaison of a class."""
    chapter, person = make_chapter(), make_verified("曾国强")
    make_member(chapter, person, is_primary=True)
    make_officer(chapter, person=person)
    later = today() + timedelta(days=9)
    make_officer(chapter, "secretary", person=person, starts_on=later)
    college = db.session.scalars(select(Code).where(Code.kind == CodeKind.COLLEGE).limit(1)).one()
    saved(
        ClassLiaison(
            person_id=person.id,
            graduation_year=1998,
            college_id=college.id,
            starts_on=today() - timedelta(days=5),
            ends_on=today() + timedelta(days=5),
        )
    )
    return person


def terms_of(person: Person) -> list[tuple[date, date | None]]:
    db.session.rollback()
    held = select(Officer.starts_on, Officer.ends_on).where(Officer.person_id == person.id)
    rows = db.session.execute(held.order_by(Officer.starts_on))
    return [(starts_on, ends_on) for starts_on, ends_on in rows]


@pytest.mark.parametrize("ends", ["deceased", "departed", "contact"])
def test_what_others_caused_is_kept_back_from_all_of_them(ends: str) -> None:
    person = make_verified()
    waiting = letter_to(person, "activation", ends_on=today(), decline="https://x")
    if ends == "contact":
        with transaction():
            stop_contact(SYSTEM, anew(person), said())
    else:
        end(person, PersonStatus(ends))
    db.session.expire_all()
    assert waiting.state is DeliveryState.SKIPPED


def test_the_marks_are_columns_of_a_file() -> None:
    person = make_verified()
    with transaction():
        lose(SYSTEM, anew(person), said(day=date(2026, 3, 1)))
    columns = ["lost_since", "contact_stopped_on", "status_since"]
    row = db.session.execute(
        export_select(SYSTEM, columns, "en").where(Person.id == person.id)
    ).one()
    assert tuple(row)[-3:] == (date(2026, 3, 1), None, None)


def test_memberships_and_positions_end() -> None:
    person = make_busy()
    account = account_of(person)
    begun = today() - timedelta(days=365)

    end(person, DECEASED)

    gone = find_actor(account.id, person.id, account.time_zone)
    assert (gone.leads, gone.liaises, gone.chapters) == (frozenset(), frozenset(), frozenset())
    assert not gone.is_verified
    spell = spell_of(person)
    assert (spell.state, spell.ends_on) == (MembershipState.LEFT, today())
    assert terms_of(person) == [(begun, today() - timedelta(days=1))]


def test_memberships_and_positions_come_back() -> None:
    person = make_busy()
    before = actor_of(person)
    begun, later = today() - timedelta(days=365), today() + timedelta(days=9)
    assert before.leads
    assert before.liaises
    end(person, DECEASED)

    bring_back(person)

    person = now_of(person)
    assert (person.status, person.status_before) == (PersonStatus.VERIFIED, None)
    assert person.status_since is None
    assert account_of(person).suspended_at is None
    assert actor_of(person) == before
    spell = spell_of(person)
    assert (spell.state, spell.ends_on, spell.is_primary) == (MembershipState.ACTIVE, None, True)
    assert terms_of(person) == [(begun, None), (later, None)]
    liaison = db.session.scalars(select(ClassLiaison)).one()
    assert liaison.ends_on == today() + timedelta(days=5)


def test_first_departed_then_dead_comes_back_whole() -> None:
    chapter = make_chapter()
    person = make_member(chapter)
    end(person, DEPARTED)
    end(person, DECEASED)

    bring_back(person)

    assert now_of(person).status is PersonStatus.VERIFIED
    assert spell_of(person).state is MembershipState.ACTIVE
    assert account_of(person).suspended_at is None


def test_what_others_did_meanwhile_stays() -> None:
    """An account that was closed before stays closed, and what ended earlier stays ended."""
    person = make_verified()
    with transaction():
        account_of(person).suspended_at = now() - timedelta(days=3)
        levels.confirm(SYSTEM, anew(person))
    closed = account_of(person).suspended_at
    end(person, DECEASED)
    bring_back(person)
    assert account_of(person).suspended_at == closed

    end(person, DECEASED)
    with transaction():
        take_back(SYSTEM, anew(person), "again")
    with pytest.raises(Refusal), transaction():
        take_back(SYSTEM, anew(person), "twice")


def test_who_asked_to_join_is_declined_and_asks_again_after_an_error() -> None:
    person = make_verified()
    make_member(make_chapter(), person, state=MembershipState.PENDING, starts_on=None)
    end(person, DEPARTED)
    assert spell_of(person).state is MembershipState.REJECTED
    bring_back(person)
    assert spell_of(person).state is MembershipState.PENDING


def test_what_was_said_stands_in_the_history() -> None:
    person = make_verified()
    end(person, DECEASED, day=today() - timedelta(days=40), why="read in the paper")
    deed = db.session.scalars(select(ChangeSet).order_by(ChangeSet.id.desc()).limit(1)).one()
    assert (deed.verb, deed.why, deed.subject_id) == (
        "declared_deceased",
        "read in the paper",
        person.id,
    )
    assert now_of(person).status_since == today() - timedelta(days=40)
    with pytest.raises(Refusal):
        end(person, DECEASED)
    with pytest.raises(Invalid) as raised:
        end(make_verified(), DECEASED, day=today() + timedelta(days=1))
    assert raised.value.field == "day"


def test_who_wants_no_letters_gets_no_mailings_and_is_not_asked_to_sign_up() -> None:
    chapter = make_chapter()
    person = make_member(chapter)
    known = make_person("单雪", email="shan@example.org")
    everybody = Audience.from_query(SYSTEM, {})
    assert person.id in readers(chapter) & readers()
    assert [row.id for row in db.session.execute(askable(everybody, after=0))] == [known.id]

    for one in (person, known):
        with transaction():
            stop_contact(SYSTEM, anew(one), said())

    assert person.id not in readers(chapter) | readers()
    assert list(db.session.execute(askable(everybody, after=0))) == []
    assert address_to_ask(known.id) is None
    assert office_finds(contact_stopped="yes") == {person.id, known.id}
    asked = select(Person.id).where(may_be_asked(), Person.id.in_([person.id, known.id]))
    assert list(db.session.scalars(asked)) == []
    assert finds(actor_of(make_verified()), person)
    assert addressed(person.id) is not None

    with transaction():
        allow_contact(SYSTEM, anew(person), "asked for them again")
    assert person.id in readers(chapter) & readers()


def test_who_is_lost_is_found_by_the_office_and_by_confirming() -> None:
    one, two, other = make_verified(), make_verified(), make_verified()
    for person in (one, two):
        with transaction():
            lose(SYSTEM, anew(person), said())
    assert office_finds(lost="yes") == {one.id, two.id}

    with transaction():
        levels.confirm(actor_of(one), anew(one))
    with transaction():
        find_again(SYSTEM, anew(two), "met at the dinner")

    assert office_finds(lost="yes") == set()
    assert now_of(other).lost_since is None


def test_marks_are_the_offices_to_ask_for() -> None:
    graduate = actor_of(make_verified())
    wanted = Audience.from_query(SYSTEM, {"lost": ["yes"]})
    assert wanted.sentence()
    for name in ("lost", "contact_stopped"):
        with pytest.raises(Refusal):
            Audience.from_query(graduate, {name: ["yes"]})
        with pytest.raises(Refusal):
            Audience.from_query(SYSTEM, {name: ["no"]})


def test_the_rule() -> None:
    office = actor_of(make_account(role="office"))
    person = make_verified()
    own = replace(office, person_id=person.id)
    staff = make_verified()
    saved(
        Assignment(
            account_id=account_of(staff).id,
            capability=Capability.MANAGE_ACCOUNTS,
            starts_on=today(),
        )
    )
    for actor, whom in (
        (actor_of(person), make_verified()),
        (own, person),
        (office, staff),
    ):
        with refused(may_set_status):
            end(whom, DECEASED, actor)
    with refused(may_set_status), transaction():
        lose(own, anew(person), said())
    with refused(may_set_status), transaction():
        stop_contact(own, anew(person), said())
    with refused(may_set_status), transaction():
        take_back(own, anew(person), "x")
    with refused(may_set_status), transaction():
        find_again(actor_of(person), anew(staff), "x")
    with refused(may_set_status), transaction():
        allow_contact(actor_of(person), anew(staff), "x")
    end(staff, DECEASED, SYSTEM)
    assert now_of(staff).status is DECEASED


def test_the_pages_say_it_and_take_it_back(office: Browser) -> None:
    person = make_verified("曾国强")
    here = f"/office/people/{person.public_id}"
    page = office.submit(f"{here}/edit/status", mark="deceased", day="", why="")
    assert page.status == 422
    assert now_of(person).status is PersonStatus.VERIFIED

    office.submit(f"{here}/edit/status", mark="deceased", day="2026-01-05", why="told")
    page = office.get(here)
    assert {"Deceased"} <= set(page.texts("span", class_="state off"))
    assert "told" in page.text
    offered = office.get(f"{here}/edit/status").all("input", name="mark")
    assert [one["value"] for one in offered] == ["lost", "contact"]

    office.submit(f"{here}/edit/status", mark="lost", day="2026-02-05", why="no answer")
    assert "Lost sight of" in office.get(here).texts("span", class_="state wait")

    page = office.submit(f"{here}/edit/status/deceased/back", why="")
    assert page.status == 422
    office.submit(f"{here}/edit/status/deceased/back", why="an error")
    office.submit(f"{here}/edit/status/lost/back", why="an error")
    assert now_of(person).status is PersonStatus.VERIFIED
    assert person.lost_since is None
    assert office.get(f"{here}/edit/status/lost/back").status == 404
    assert office.get(f"{here}/edit/status/nonsense/back").status == 404


def test_what_somebody_else_changed_is_not_overwritten(office: Browser) -> None:
    person = make_verified("曾国强")
    here = f"/office/people/{person.public_id}/edit/status"
    page = office.submit(here, mark="deceased", day="2026-01-05", why="told", version="0")
    assert page.status == 409
    assert page.form().values["why"] == "told"
    assert now_of(person).status is PersonStatus.VERIFIED


def test_the_office_sees_the_marks_in_its_list(office: Browser) -> None:
    dead, lost, stopped = (make_verified(name) for name in ("曾国强", "单雪", "李平"))
    end(dead, DECEASED)
    with transaction():
        lose(SYSTEM, anew(lost), said())
        stop_contact(SYSTEM, anew(stopped), said())

    page = office.get("/office/people")

    assert sorted(row["text"] for row in page.all("td", data_label="Status")) == [
        "Deceased",
        "Lost sight of",
        "Wants no letters",
    ]
    page = office.get("/office/people?lost=yes")
    assert "Shan Xue" in page.text
    assert "Zeng Guoqiang" not in page.text


def test_strangers_see_no_page_of_it(signed_in: SignIn) -> None:
    person = make_verified()
    here = f"/office/people/{person.public_id}/edit/status"
    for path in (here, f"{here}/lost/back"):
        assert signed_in(make_verified()).get(path).status == 403


def test_who_came_as_deceased_can_be_made_known() -> None:
    person = make_person("曾国强", status=DECEASED)
    bring_back(person)
    assert now_of(person).status is PersonStatus.KNOWN
