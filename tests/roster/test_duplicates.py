"""What the office says of pairs, and the queue they stand in."""

from typing import Any

import pytest
from sqlalchemy import select

from alumni.audit.models import ChangeSet
from alumni.authz import SYSTEM, Actor
from alumni.db import db, transaction
from alumni.errors import NotFound, Refusal
from alumni.i18n import speaking
from alumni.people.models import Person
from alumni.roster.commands.duplicates import ask_again, ignore, look_for_duplicates
from alumni.roster.commands.merging import merge
from alumni.roster.finding import find_duplicates
from alumni.roster.models import DuplicatePair, DuplicateSearch, PairState
from alumni.roster.policy import may_merge, may_see_duplicates
from alumni.roster.queries import duplicates as queries
from alumni.roster.queries.duplicates import (
    AT_A_TIME,
    get_living_pair,
    get_pair,
    how_far,
    likely,
    merges,
    pair_counts,
    pairs,
    pairs_waiting,
)
from tests.factories import actor_of, make_account, make_person, make_verified, saved
from tests.refusals import refused

PHONE = "+8613800000001"


def paired(one: Person, other: Person, points: int = 60, **values: Any) -> DuplicatePair:
    first, second = sorted((one.id, other.id))
    return saved(DuplicatePair(person_id=first, other_id=second, score=points, **values))


def two(points: int = 60, **values: Any) -> DuplicatePair:
    return paired(make_person("曾国强"), make_person("曾国强"), points, **values)


def clerk() -> Actor:
    return actor_of(make_account(role="office"))


def deeds() -> list[str]:
    verbs = ("ignored_pair", "reopened_pair", "looked_for_duplicates")
    told = select(ChangeSet.verb).where(ChangeSet.verb.in_(verbs)).order_by(ChangeSet.id)
    return list(db.session.scalars(told))


@pytest.mark.usefixtures("app")
class TestDeciding:
    def test_that_two_different_people_are_not_asked_about(self) -> None:
        actor, pair = clerk(), two()
        for _twice in range(2):
            with transaction():
                ignore(actor, pair)
        assert (pair.state, pair.decided_by_id) == (PairState.IGNORED, actor.account_id)
        assert pair.decided_at is not None
        assert pairs(SYSTEM, PairState.OPEN).pairs == []
        assert deeds() == ["ignored_pair"]

    def test_that_they_can_be_asked_about_again(self) -> None:
        pair = two()
        with transaction():
            ignore(SYSTEM, pair)
        for _twice in range(2):
            with transaction():
                ask_again(SYSTEM, pair)
        assert (pair.state, pair.decided_at) == (PairState.OPEN, None)
        assert [one.public_id for one in pairs(SYSTEM, PairState.OPEN).pairs] == [pair.public_id]
        assert deeds() == ["ignored_pair", "reopened_pair"]

    def test_that_the_history_names_them(self) -> None:
        with transaction():
            ignore(SYSTEM, two())
        deed = db.session.scalars(select(ChangeSet).where(ChangeSet.verb == "ignored_pair")).one()
        assert deed.facts == {"persons": ["曾国强", "曾国强"]}

    @pytest.mark.parametrize("decide", [ignore, ask_again])
    def test_that_what_was_merged_is_decided(self, decide: Any) -> None:
        pair = two(state=PairState.MERGED)
        with speaking("en"), pytest.raises(Refusal, match="merged in the meantime"), transaction():
            decide(SYSTEM, pair)

    def test_who_may(self) -> None:
        pair = two()
        own = db.session.get_one(Person, pair.person_id)
        with refused(may_merge), transaction():
            ignore(actor_of(make_account(role="privacy")), pair)
        with refused(may_merge), transaction():
            ignore(actor_of(make_account(role="office", person=own)), pair)
        with refused(may_see_duplicates), transaction():
            look_for_duplicates(actor_of(make_verified()))

    def test_that_the_office_asks_for_everybody_to_be_compared(self) -> None:
        make_person("曾国强", phone=PHONE)
        make_person("曾国强", phone=PHONE)
        for _twice in range(2):
            with transaction():
                look_for_duplicates(SYSTEM)
        search = db.session.scalars(select(DuplicateSearch)).one()
        assert search.person_id == 0
        assert deeds() == ["looked_for_duplicates"]
        while find_duplicates():
            pass
        assert pairs_waiting(SYSTEM) == 1
        with transaction():
            look_for_duplicates(SYSTEM)
        assert how_far(SYSTEM) == (0, 2)
        assert deeds() == ["looked_for_duplicates"] * 2


@pytest.mark.usefixtures("app")
class TestQueue:
    def test_that_the_likeliest_come_first_page_by_page(self) -> None:
        made = [two(50 + n % 3) for n in range(AT_A_TIME + 2)]
        expected = sorted(made, key=lambda pair: (-pair.score, -pair.id))
        first = pairs(SYSTEM, PairState.OPEN)
        second = pairs(SYSTEM, PairState.OPEN, first.after)
        found = [pair.public_id for pair in (*first.pairs, *second.pairs)]
        assert found == [pair.public_id for pair in expected]
        assert second.after is None

    def test_that_each_is_shown_once_whatever_the_scores(self) -> None:
        for _ in range(AT_A_TIME + 1):
            two(60)
        first = pairs(SYSTEM, PairState.OPEN)
        second = pairs(SYSTEM, PairState.OPEN, first.after)
        assert len({pair.public_id for pair in (*first.pairs, *second.pairs)}) == AT_A_TIME + 1

    def test_that_it_takes_as_many_statements_for_ten_as_for_one(self, queries: list[str]) -> None:
        two()
        asked = []
        for more in (0, 5):
            for _ in range(more):
                two()
            db.session.commit()
            queries.clear()
            pairs(SYSTEM, PairState.OPEN)
            asked.append(len(queries))
        assert asked[0] == asked[1]

    def test_that_whoever_is_gone_drops_out(self) -> None:
        kept, gone, third = make_person(), make_person(), make_person()
        with_gone, left = paired(gone, third), paired(kept, third)
        pair = paired(kept, gone)
        with transaction():
            merge(SYSTEM, kept, gone, {})
        assert [one.public_id for one in pairs(SYSTEM, PairState.OPEN).pairs] == [left.public_id]
        assert pair_counts(SYSTEM) == {
            PairState.OPEN: 1,
            PairState.IGNORED: 0,
            PairState.MERGED: 1,
        }
        assert pairs_waiting(SYSTEM) == 1
        with pytest.raises(NotFound):
            get_living_pair(SYSTEM, with_gone.public_id)
        with pytest.raises(NotFound):
            get_pair(SYSTEM, "nobody")
        [done] = merges(SYSTEM).merges
        assert queries.merge_of(pair) is not None
        assert (done.kept_id, done.undone_at) == (kept.public_id, None)

    def test_who_sees_it(self) -> None:
        auditor = actor_of(make_account(role="auditor"))
        assert pairs_waiting(auditor) == 0
        for look in (pair_counts, merges, how_far, queries.last_search):
            with refused(may_see_duplicates):
                look(auditor)
        with refused(may_see_duplicates):
            pairs(auditor, PairState.OPEN)

    def test_who_may_be_the_same_person(self) -> None:
        person = make_person("曾国强", phone=PHONE)
        alike = make_person("Zeng Guoqiang", phone=PHONE)
        namesake, other = make_person("曾国强"), make_person("李娜")
        assert [one.side.person.id for one in likely(SYSTEM, person)] == [alike.id]
        found = likely(SYSTEM, person, "曾国强")
        assert [(one.side.person.id, one.score > 0) for one in found] == [(namesake.id, True)]
        assert [one.side.person.id for one in likely(SYSTEM, person, "李娜")] == [other.id]
