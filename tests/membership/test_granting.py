"""Nobody gives more than they have, whatever page they give it on."""

from datetime import timedelta

import pytest
import time_machine

from alumni.authz import SYSTEM, Actor, Capability, Right
from alumni.chapters.models import Officer, OfficerRight, Position
from alumni.db import db, now, today, transaction
from alumni.membership.commands.liaisons import end_liaison
from alumni.membership.commands.officers import Grant, end_term, grant_right
from alumni.membership.policy.chapters import may_see_group
from alumni.membership.policy.classes import may_appoint_liaison
from alumni.membership.policy.officers import may_grant
from alumni.people.models import Person
from alumni.people.models.classes import ClassLiaison
from tests.browser import Browser
from tests.factories import (
    actor_of,
    make_chapter,
    make_member,
    make_officer,
    make_verified,
    number,
    saved,
)
from tests.refusals import refused

DAY = timedelta(days=1)
KEEPER = Actor(capabilities=frozenset({Capability.MANAGE_CHAPTERS}))
"""Of the office, who keeps chapters and does nothing else."""


def term_of(person: Person) -> Officer:
    return db.session.query(Officer).filter_by(person_id=person.id).one()


def granted(officer: Officer, right: Right, days: int) -> OfficerRight:
    last_day = today() + days * DAY
    return saved(
        OfficerRight(officer_id=officer.id, right=right, starts_on=today(), ends_on=last_day)
    )


def wish(right: Right) -> Grant:
    return Grant(right=right, starts_on=today(), ends_on=today() + DAY, reason="x")


@pytest.mark.parametrize(
    "held", [Capability.EXPORT_PEOPLE, Capability.VIEW_PEOPLE, Capability.EDIT_PEOPLE]
)
def test_to_export_is_granted_by_who_may_export_all_people(held: Capability) -> None:
    officer = term_of(make_officer(make_chapter()))
    nearly = Actor(capabilities=KEEPER.capabilities | {held})
    both = frozenset({Capability.VIEW_PEOPLE, Capability.EXPORT_PEOPLE})

    with refused(may_grant), transaction():
        grant_right(nearly, officer, wish(Right.EXPORT))
    with transaction():
        grant_right(Actor(capabilities=KEEPER.capabilities | both), officer, wish(Right.EXPORT))

    assert (
        Right.EXPORT
        in actor_of(db.session.get_one(Person, officer.person_id)).rights[officer.chapter_id]
    )


def test_all_else_of_a_chapter_is_the_keeper_s_to_give() -> None:
    held = saved(Position(code=f"p{next(number)}", name_zh="职务", name_en="A position"))
    officer = term_of(make_officer(make_chapter(), held.code))

    with transaction():
        for right in set(Right) - {Right.EXPORT}:
            grant_right(KEEPER, officer, wish(right))

    rights = actor_of(db.session.get_one(Person, officer.person_id)).rights[officer.chapter_id]
    assert rights == set(Right) - {Right.EXPORT}


def test_no_longer_term_brings_more_than_who_gives_it_has() -> None:
    """What was granted for longer than the term would go on with it."""
    officer = term_of(make_officer(make_chapter(), ends_on=today()))
    granted(officer, Right.PUBLISH, days=9)
    granted(officer, Right.EXPORT, days=5)

    with refused(may_grant), transaction():
        end_term(KEEPER, db.session.get_one(Officer, officer.id), today() + DAY)
    with transaction():
        end_term(SYSTEM, db.session.get_one(Officer, officer.id), today() + 6 * DAY)
    with transaction():
        end_term(KEEPER, db.session.get_one(Officer, officer.id), today() + 9 * DAY)

    assert db.session.get_one(Officer, officer.id).ends_on == today() + 9 * DAY


def test_no_liaison_makes_the_own_term_longer() -> None:
    person = make_verified()
    term = saved(
        ClassLiaison(
            person_id=person.id, graduation_year=1998, starts_on=today() - DAY, ends_on=today()
        )
    )
    both = frozenset({Capability.VIEW_PEOPLE, Capability.MANAGE_CHAPTERS})
    own, colleague = (Actor(person_id=one, capabilities=both) for one in (person.id, None))

    with refused(may_appoint_liaison), transaction():
        end_liaison(own, db.session.get_one(ClassLiaison, term.id), today() + DAY)
    with transaction():
        end_liaison(colleague, db.session.get_one(ClassLiaison, term.id), today() + DAY)
    with transaction():
        end_liaison(own, db.session.get_one(ClassLiaison, term.id), today())

    assert db.session.get_one(ClassLiaison, term.id).ends_on == today()


def test_appointing_a_liaison_asks_again_who_is_there(office: Browser) -> None:
    term = saved(
        ClassLiaison(person_id=make_verified().id, graduation_year=1998, starts_on=today())
    )
    pages = [f"/office/classes/liaisons/{which}" for which in ("new", f"{term.id}/end")]
    assert [office.get(page).status for page in pages] == [200, 200]

    with time_machine.travel(now() + timedelta(minutes=11), tick=False):
        told = [office.get(page).location for page in pages]

    assert told == [f"/me/prove?next={page}" for page in pages]


def test_the_group_is_for_members_and_for_who_has_a_right_there_today() -> None:
    chapter, other = make_chapter(), make_chapter()
    bare = saved(Position(code=f"p{next(number)}", name_zh="名誉", name_en="Honorary"))

    def outsider(where: object = chapter, position: str = "treasurer", **term: object) -> Actor:
        person = make_verified()
        return actor_of(make_officer(where, position, person, **term))  # type: ignore[arg-type]

    with_one = make_officer(chapter, bare.code, make_verified())
    granted(term_of(with_one), Right.REPORT, days=1)
    let_in = [actor_of(make_member(chapter)), outsider(), actor_of(with_one), KEEPER]
    kept_out = [
        actor_of(make_member(other)),
        outsider(other),
        outsider(position=bare.code),
        outsider(ends_on=today() - DAY),
        outsider(starts_on=today() + DAY),
        Actor(capabilities=frozenset(Capability) - {Capability.MANAGE_CHAPTERS}),
    ]

    assert [may_see_group(actor, chapter.id) for actor in let_in] == [True] * len(let_in)
    assert [may_see_group(actor, chapter.id) for actor in kept_out] == [False] * len(kept_out)
