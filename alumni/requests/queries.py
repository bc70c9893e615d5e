"""The office's queue of what was asked of it."""

from dataclasses import dataclass

from sqlalchemy import ColumnElement, Select, func, or_, select
from sqlalchemy.orm import aliased

from alumni.accounts.models import Account
from alumni.authz import Actor, require
from alumni.db import db
from alumni.errors import NotFound
from alumni.people.models import Person
from alumni.people.policy import GONE
from alumni.requests.models import Request, RequestState
from alumni.requests.policy import may_handle_requests

AT_A_TIME = 50


@dataclass(frozen=True, kw_only=True)
class Case:
    """A request, and who is about it."""

    request: Request
    person: str | None
    """The public id of the person who asked, if they were signed in."""
    taken_by: str | None
    settled_by: str | None


def counts(actor: Actor) -> dict[RequestState, int]:
    """How many there are in each state."""
    require(may_handle_requests, actor)
    asked = select(Request.state, func.count()).group_by(Request.state)
    found: dict[RequestState, int] = {row[0]: row[1] for row in db.session.execute(asked)}
    return {state: found.get(state, 0) for state in RequestState}


def requests_waiting(actor: Actor) -> int:
    return counts(actor)[RequestState.OPEN]


def requests(actor: Actor, state: RequestState, text: str, page: int) -> list[Case]:
    """One page of those in the state in which the text stands: the open ones as they came, the

    settled ones the last first.
    """
    require(may_handle_requests, actor)
    is_open = state is RequestState.OPEN
    order = Request.id if is_open else Request.settled_at.desc()
    asked = _cases().where(Request.state == state, *_has(text)).order_by(order, Request.id.desc())
    rows = db.session.execute(asked.limit(AT_A_TIME).offset((page - 1) * AT_A_TIME))
    return [_case(*row) for row in rows]


def found(actor: Actor, state: RequestState, text: str) -> int:
    """How many there are on all pages."""
    require(may_handle_requests, actor)
    return db.session.scalar(select(func.count()).where(Request.state == state, *_has(text))) or 0


def get_case(actor: Actor, public_id: str) -> Case:
    require(may_handle_requests, actor)
    row = db.session.execute(_cases().where(Request.public_id == public_id)).one_or_none()
    if row is None:
        raise NotFound
    return _case(*row)


def _cases() -> Select[Request, str, str, str]:
    taker, settler = aliased(Account), aliased(Account)
    return (
        select(Request, Person.public_id, taker.name, settler.name)
        .outerjoin(Person, (Person.id == Request.person_id) & Person.status.not_in(GONE))
        .outerjoin(taker, taker.id == Request.taken_by_id)
        .outerjoin(settler, settler.id == Request.settled_by_id)
    )


def _case(
    request: Request, person: str | None, taken_by: str | None, settled_by: str | None
) -> Case:
    return Case(request=request, person=person, taken_by=taken_by, settled_by=settled_by)


def _has(text: str) -> list[ColumnElement[bool]]:
    """That each word stands somewhere in the request."""
    columns = (Request.name, Request.email, Request.subject, Request.words, Request.answer)
    return [
        or_(*(column.icontains(word, autoescape=True) for column in columns))
        for word in text.split()[:8]
    ]
