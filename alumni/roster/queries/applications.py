"""Applications as the office reads them, and as the applicant's link and page find them."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, exists, func, or_, select
from sqlalchemy.orm import aliased, joinedload, selectinload

from alumni.accounts.models import Account, LinkPurpose
from alumni.accounts.queries import peek_link
from alumni.authz import Actor, require
from alumni.codes.queries import find_place
from alumni.db import db
from alumni.errors import Gone, NotFound
from alumni.i18n import _
from alumni.people.models import Person
from alumni.roster.certificates import certificate_key
from alumni.roster.models import Application, ApplicationState
from alumni.roster.policy import may_see_applications
from alumni.roster.queries.evidence import Support, supports
from alumni.roster.queries.recognising import Told
from alumni.roster.rows import normal_phone

AT_A_TIME = 30

DECIDABLE = (ApplicationState.WAITING, ApplicationState.ASKED)
"""The address is the applicant's, and the office has not said yes or no."""

OPEN = (ApplicationState.UNCONFIRMED, *DECIDABLE)


@dataclass(frozen=True, kw_only=True)
class Item:
    """One item of the queue: a person who signed up, however often."""

    application: Application
    others: int
    """How many more applications in the same state seem to be of the same person."""
    support: Support


def applications(actor: Actor, state: ApplicationState) -> Select[Application]:
    """Those in the state, with what speaks for them: who waits longest, or was last, first.

    Of several that one person wrote, the first.
    """
    require(may_see_applications, actor)
    return (
        select(Application)
        .where(Application.state == state, *_firsts(state))
        .options(joinedload(Application.college), selectinload(Application.matches))
        .order_by(Application.id if state in OPEN else Application.id.desc())
    )


def queue(actor: Actor, state: ApplicationState, page: int) -> list[Item]:
    """A page of the applications in the state, counted from 1, in four statements at most."""
    first = (page - 1) * AT_A_TIME
    listed = applications(actor, state).limit(AT_A_TIME).offset(first)
    found = db.session.scalars(listed).all()
    numbers = [application.id for application in found]
    others = _others(state, numbers)
    support = supports(found)
    return [
        Item(application=one, others=others.get(one.id, 0), support=support[one.id])
        for one in found
    ]


def application_counts(actor: Actor) -> dict[ApplicationState, int]:
    """How many there are in each state; of what one person wrote twice, one."""
    require(may_see_applications, actor)
    counted = select(Application.state, func.count()).group_by(Application.state)
    found: dict[ApplicationState, int] = dict.fromkeys(ApplicationState, 0)
    found |= {state: number for state, number in db.session.execute(counted)}  # noqa: C416 - rows are no pairs to mypy
    return found | {state: _items(state) for state in DECIDABLE if found[state] > 1}


def applications_waiting(actor: Actor) -> int:
    """How many wait for the office. Nought for those who may not see them."""
    if not may_see_applications(actor):
        return 0
    return _items(ApplicationState.WAITING)


def get_application(actor: Actor, public_id: str) -> Application:
    require(may_see_applications, actor)
    application = db.session.scalar(
        select(Application)
        .where(Application.public_id == public_id)
        .options(
            joinedload(Application.college),
            joinedload(Application.chapter),
            selectinload(Application.matches),
        )
        .execution_options(populate_existing=True)
    )
    if application is None:
        raise NotFound
    return application


def doubles(actor: Actor, application: Application) -> list[Application]:
    """The other applications that wait and seem to be of the same person, the oldest first.

    Those of one person hang together: who has the number of the first and the class of the second
    makes the two one.
    """
    require(may_see_applications, actor)
    together = select(Application.id).where(Application.id == application.id).cte(recursive=True)
    known, other = aliased(Application), aliased(Application)
    together = together.union(
        select(other.id)
        .join_from(known, other, _is_double(known, other))
        .where(known.id == together.c.id, other.state.in_(DECIDABLE))
    )
    found = (
        select(Application)
        .where(Application.id.in_(select(together.c.id)), Application.id != application.id)
        .options(joinedload(Application.college))
        .order_by(Application.id)
    )
    return list(db.session.scalars(found))


def person_of(application: Application) -> Person | None:
    """Whom the applicant turned out to be."""
    if application.person_id is None:
        return None
    return db.session.get(Person, application.person_id)


def my_application(account_email: str) -> Application | None:
    """The newest that was confirmed from this address."""
    mine = select(Application).where(
        Application.email == account_email.lower(), Application.confirmed_at.is_not(None)
    )
    return db.session.scalar(mine.order_by(Application.id.desc()).limit(1))


def own_application(actor: Actor) -> Application:
    """The actor's own, confirmed last. Raise NotFound where there is none, or it was put away:

    nobody is told of that.
    """
    mine = (
        select(Application)
        .join(Account, Account.email == Application.email)
        .where(Account.id == actor.account_id, Application.confirmed_at.is_not(None))
        .options(joinedload(Application.college), joinedload(Application.chapter))
        .order_by(Application.id.desc())
        .limit(1)
    )
    application = db.session.scalar(mine)
    if application is None or application.state is ApplicationState.DISCARDED:
        raise NotFound
    return application


def unconfirmed(token: str, *, hold: bool = False) -> Application:
    """The application that the link is about. Raise Gone if nothing is left to confirm.

    With ``hold`` nobody else confirms it until the transaction ends.
    """
    link = peek_link(LinkPurpose.CONFIRM_APPLICATION, token)
    asked = select(Application).where(
        Application.id == link.application_id, Application.state == ApplicationState.UNCONFIRMED
    )
    if hold:
        asked = asked.with_for_update(of=Application)
    shown = asked.options(joinedload(Application.college), joinedload(Application.chapter))
    application = db.session.scalar(shown)
    if application is None:
        raise Gone(_("This link has been used or is too old. Please ask for a new one."))
    return application


def told_by(application: Application) -> Told:
    """What the applicant says, as it is compared."""
    place = find_place(application.city)
    certificate = application.certificate_number
    return Told(
        name=application.name,
        student_number=application.student_number,
        certificate_number=certificate_key(certificate) if certificate else None,
        graduation_year=application.graduation_year,
        birth_year=application.birth_year,
        college_id=application.college_id,
        place_id=place.id if place else None,
        email=application.email,
        phone=normal_phone(application.phone) if application.phone else "",
    )


def applicant_of(application: Application) -> Account | None:
    """The account that was opened for the application."""
    return db.session.scalar(select(Account).where(Account.email == application.email))


def _items(state: ApplicationState) -> int:
    counted = select(func.count()).select_from(Application)
    return db.session.scalar(counted.where(Application.state == state, *_firsts(state))) or 0


def _firsts(state: ApplicationState) -> list[ColumnElement[bool]]:
    """That nobody wrote an earlier one who seems to be the same person."""
    if state not in DECIDABLE:
        return []
    earlier = aliased(Application)
    return [
        ~exists().where(
            earlier.state == state, earlier.id < Application.id, _is_double(earlier, Application)
        )
    ]


def _others(state: ApplicationState, numbers: Collection[int]) -> dict[int, int]:
    """How many later ones seem to be of the same person, by application; only where there are."""
    if state not in DECIDABLE or not numbers:
        return {}
    later = aliased(Application)
    counted = (
        select(Application.id, func.count())
        .join(later, and_(later.id > Application.id, _is_double(Application, later)))
        .where(Application.id.in_(numbers), later.state == state)
        .group_by(Application.id)
    )
    return {number: others for number, others in db.session.execute(counted)}  # noqa: C416 - as above


def _is_double(one: Any, other: Any) -> ColumnElement[bool]:
    """Whether both tell one student number, or one name of one class."""
    one_class = and_(
        one.name == other.name,
        one.graduation_year == other.graduation_year,
        one.college_id.is_not_distinct_from(other.college_id),
    )
    return or_(one.student_number == other.student_number, one_class)
