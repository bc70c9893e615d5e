"""What people ask to have changed of what the office keeps: by themselves, and as a queue."""

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeAlias

from sqlalchemy import Select, func, select
from sqlalchemy.orm import joinedload, selectinload

from alumni.accounts.models import Account
from alumni.authz import Actor, require
from alumni.db import db
from alumni.errors import NotFound
from alumni.i18n import either
from alumni.people.models import Person
from alumni.people.models.asking import ChangeRequest, ChangeState
from alumni.people.policy import GONE, may_edit_people, visible
from alumni.people.queries import display_name, missing
from alumni.people.queries.apart import told_apart
from alumni.people.queries.facts import study_text
from alumni.people.queries.kept import (
    FACTS,
    NOTHING,
    Fact,
    Row,
    of_study,
    rows_of,
    words_for,
)
from alumni.people.queries.missing import MISSING

AT_A_TIME = 50

Words: TypeAlias = Callable[[Fact, str], str]


@dataclass(frozen=True, kw_only=True)
class Asked:
    """A fact of a person, as the person reads it."""

    fact: Fact
    row_id: int
    """0 is the person."""
    value: str
    words: str
    waits: bool
    """Whether a change of it is asked for."""


@dataclass(frozen=True, kw_only=True)
class Wish:
    """A request, in words, with what stands there now."""

    request: ChangeRequest
    label: str
    before: str
    now: str
    after: str
    value: str
    """What stands there now, as it is compared."""
    is_there: bool
    """Whether the row it is about is still there."""
    by: str
    """Whom it is about."""
    apart: str
    """What tells them from others of that name."""
    public_id: str
    """Theirs."""
    asked_at: datetime

    @property
    def is_stale(self) -> bool:
        """Whether somebody changed it since it was asked for."""
        return not self.is_there or self.value != self.request.before

    @property
    def is_waiting(self) -> bool:
        return self.request.state is ChangeState.WAITING


def fact_of(request: ChangeRequest) -> Fact:
    """What the request is about."""
    return MISSING if request.field == MISSING.key else FACTS[request.field]


def values_in(request: ChangeRequest) -> Iterator[tuple[Fact, str]]:
    """What ``words_for`` has to be given to say what was asked."""
    if request.field == MISSING.key:
        yield from missing.values_of(request.study)
        return
    fact = FACTS[request.field]
    yield from ((fact, request.before), (fact, request.after))


def before_in(request: ChangeRequest, words: Words) -> str:
    """What stood there when it was asked, in words."""
    return NOTHING if request.field == MISSING.key else words(fact_of(request), request.before)


def after_in(request: ChangeRequest, words: Words) -> str:
    """What should stand there, in words."""
    if request.field == MISSING.key:
        return missing.said(request.study, words)
    return words(fact_of(request), request.after)


def get_self(actor: Actor) -> Person:
    """The actor as a person. Who is none is not found."""
    mine = select(Person).where(Person.id == actor.person_id, Person.status.not_in(GONE))
    person = db.session.scalar(mine.options(*_with_studies()))
    if person is None:
        raise NotFound
    return person


def own_facts(person: Person, wishes: Iterable[Wish]) -> list[tuple[str, list[Asked]]]:
    """All that can be asked for: what of the person, then of each study under its title."""
    waiting = {(wish.request.field, wish.request.row_id) for wish in wishes if wish.is_waiting}
    studies = sorted(person.studies, key=lambda study: (not study.is_primary, study.id))
    rows: list[tuple[str, Row]] = [("", person)]
    for study in studies:
        rows.append((study_text(study), study))
        rows += [
            (either(there.institution.name_zh, there.institution.name_en), there)
            for there in sorted(study.institutions, key=lambda there: there.id)
        ]
    facts = [
        (title, fact, row)
        for title, row in rows
        for fact in FACTS.values()
        if fact.table is type(row)
    ]
    words = words_for([(fact, fact.value(row)) for _title, fact, row in facts])
    groups: dict[tuple[str, int, str], list[Asked]] = {}
    for title, fact, row in facts:
        row_id = _row_id(row)
        asked = Asked(
            fact=fact,
            row_id=row_id,
            value=fact.value(row),
            words=words(fact, fact.value(row)),
            waits=(fact.key, row_id) in waiting,
        )
        groups.setdefault((title, row_id, fact.table.__name__), []).append(asked)
    return [(title, group) for (title, _id, _table), group in groups.items()]


def my_wishes(actor: Actor, person: Person) -> list[Wish]:
    """What the person asked for, the newest first."""
    mine = _requests().where(ChangeRequest.person_id == person.id)
    return _wishes(actor, mine.order_by(ChangeRequest.id.desc()).limit(AT_A_TIME))


def get_own_request(actor: Actor, public_id: str) -> ChangeRequest:
    mine = select(ChangeRequest).where(
        ChangeRequest.public_id == public_id, ChangeRequest.person_id == actor.person_id
    )
    request = db.session.scalar(mine)
    if request is None:
        raise NotFound
    return request


def wishes(actor: Actor, state: ChangeState, page: int) -> list[Wish]:
    """A page of the office's queue: what waits longest, or what was decided last, comes first."""
    require(may_edit_people, actor)
    is_waiting = state is ChangeState.WAITING
    order = ChangeRequest.id if is_waiting else ChangeRequest.id.desc()
    listed = _requests().where(ChangeRequest.state == state, visible(actor)).order_by(order)
    return _wishes(actor, listed.limit(AT_A_TIME).offset((page - 1) * AT_A_TIME))


def counts(actor: Actor) -> dict[ChangeState, int]:
    """How many requests are in each state."""
    require(may_edit_people, actor)
    asked = (
        select(ChangeRequest.state, func.count())
        .join(Person, Person.id == ChangeRequest.person_id)
        .where(visible(actor))
        .group_by(ChangeRequest.state)
    )
    found = dict(iter(db.session.execute(asked)))
    return {state: found.get(state, 0) for state in ChangeState}


def changes_waiting(actor: Actor) -> int:
    """How many requests wait for the actor's decision."""
    return counts(actor)[ChangeState.WAITING] if may_edit_people(actor) else 0


def get_wish(actor: Actor, public_id: str) -> Wish:
    """One of the queue's."""
    require(may_edit_people, actor)
    asked = _requests().where(ChangeRequest.public_id == public_id, visible(actor))
    found = _wishes(actor, asked)
    if not found:
        raise NotFound
    return found[0]


def asked_by(account_ids: Collection[int]) -> dict[int, str]:
    """The names of these accounts."""
    if not account_ids:
        return {}
    named = select(Account.id, Account.name).where(Account.id.in_(account_ids))
    return dict(iter(db.session.execute(named)))


def _requests() -> Select[ChangeRequest]:
    return (
        select(ChangeRequest).join(ChangeRequest.person).options(joinedload(ChangeRequest.person))
    )


def _wishes(actor: Actor, asked: Select[ChangeRequest]) -> list[Wish]:
    requests = db.session.scalars(asked).all()
    facts = [fact_of(request) for request in requests]
    told = [
        (request, fact, *there)
        for request, fact, there in zip(requests, facts, _values(requests, facts), strict=True)
    ]
    words = words_for(
        [
            *((fact, value) for _request, fact, value, _there in told),
            *(value for request in requests for value in values_in(request)),
        ]
    )
    apart = told_apart(actor, [request.person_id for request in requests]) if requests else {}
    return [
        Wish(
            request=request,
            label=str(fact.label),
            before=before_in(request, words),
            now=words(fact, value),
            after=after_in(request, words),
            value=value,
            is_there=is_there,
            by=display_name(request.person),
            apart=apart.get(request.person_id, ""),
            public_id=request.person.public_id,
            asked_at=request.asked_at,
        )
        for request, fact, value, is_there in told
    ]


def _values(requests: Sequence[ChangeRequest], facts: Sequence[Fact]) -> Iterator[tuple[str, bool]]:
    """Of each what stands there now, and whether its row is still there, or need not be."""
    asked = [
        (fact, request.row_id)
        for request, fact in zip(requests, facts, strict=True)
        if fact is not MISSING
    ]
    rows = rows_of(asked, [request.person_id for request in requests])
    for request, fact in zip(requests, facts, strict=True):
        # What is about the person has no row of its own.
        row = rows.get((fact.table, request.row_id or request.person_id))
        if fact is MISSING:
            yield "", True
        elif row is not None and _owner(row) == request.person_id:
            yield fact.value(row), True
        else:
            yield "", False


def _with_studies() -> tuple[Any, ...]:
    return (selectinload(Person.studies).options(*of_study()),)


def _row_id(row: Row) -> int:
    return 0 if isinstance(row, Person) else row.id


def _owner(row: Row) -> int:
    return row.id if isinstance(row, Person) else row.person_id
