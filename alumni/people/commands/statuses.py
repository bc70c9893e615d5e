"""What became of a person: that they died, left, are lost, want no letters. The office says it,

with a day and a reason, and can take each of it back.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import Date, Select, and_, func, select
from sqlalchemy.orm import InstrumentedAttribute

from alumni.accounts.commands import end_sessions
from alumni.accounts.models import Account
from alumni.accounts.queries.staff import is_staff
from alumni.audit.commands import as_told
from alumni.audit.models import Change, ChangeSet
from alumni.authz import Actor, require
from alumni.chapters.models import ChapterMembership, MembershipState, Officer
from alumni.db import Model, Moment, db, inserted, now, today
from alumni.errors import Invalid, Refusal
from alumni.i18n import _
from alumni.outbox.commands import keep_back
from alumni.people.commands import done
from alumni.people.endings import ENDINGS
from alumni.people.models import Person, PersonStatus
from alumni.people.models.classes import ClassLiaison
from alumni.people.policy import ENDED, GONE, may_set_status
from alumni.terms import lasts

DECLARED = {
    PersonStatus.DECEASED: "declared_deceased",
    PersonStatus.DEPARTED: "declared_departed",
}
TOOK_BACK = "took_back_status"

ENDING: Mapping[str, type[Any]] = {
    table.__tablename__: table for table in (Account, Officer, ChapterMembership, ClassLiaison)
}
"""The tables of what ends with somebody, and comes back if that was an error."""

UNASKED = ("activation", "chapter_invitation", "lead", "relayed")
"""Kinds of letters that others cause; what somebody causes themselves still goes to them."""

CURRENT = (MembershipState.PENDING, MembershipState.ACTIVE)


@dataclass(frozen=True, kw_only=True)
class Said:
    """Since when it is so, and why we believe it."""

    day: date
    why: str


def declare(actor: Actor, person: Person, status: PersonStatus, said: Said) -> None:
    """The person died, or left the association.

    Their memberships and positions end today. Of the dead the account is closed and no letter
    goes out, and their places at events go to others; who left can still sign in, and sees
    nobody's data but their own.
    """
    account = _account(person)
    is_dead = status is PersonStatus.DECEASED
    require(
        may_set_status,
        actor,
        person,
        of_staff=is_dead and account is not None and is_staff(account),
    )
    _check(said)
    if person.status in GONE or person.status is status:
        raise Refusal(_("This has been said of the person already."))
    if person.status not in ENDED:
        person.status_before = person.status.value
    person.status, person.status_since = status, said.day
    _end_memberships(person)
    _end_terms(person)
    if is_dead and account is not None and account.suspended_at is None:
        account.suspended_at = now()
        end_sessions(account)
    keep_back(person.id, status.value, only=None if is_dead else UNASKED)
    done(actor, DECLARED[status], person, why=said.why)
    if is_dead:
        for name in sorted(ENDINGS):
            ENDINGS[name](actor, person)


def take_back(actor: Actor, person: Person, why: str) -> None:
    """The person did not die, or came back: all is again as it was, as far as nobody changed it

    since. Letters that were kept back are not sent, and places that went to others stay theirs.
    """
    account = _account(person)
    require(may_set_status, actor, person, of_staff=(account is not None and is_staff(account)))
    if person.status not in ENDED:
        raise Refusal(_("This is not said of the person any more."))
    # An import that brought somebody as deceased knows of no status before.
    otherwise = PersonStatus.KNOWN if account is None else PersonStatus.VERIFIED
    person.status = PersonStatus(person.status_before or otherwise)
    person.status_before = person.status_since = None
    db.session.flush()
    for change in db.session.scalars(_ended_with(person)).all():
        _put_back(change)
    done(actor, TOOK_BACK, person, why=why)


def lose(actor: Actor, person: Person, said: Said) -> None:
    """Nobody knows how to reach the person."""
    require(may_set_status, actor, person, of_staff=False)
    _check(said)
    person.lost_since = said.day
    done(actor, "lost_sight", person, why=said.why)


def find_again(actor: Actor, person: Person, why: str) -> None:
    require(may_set_status, actor, person, of_staff=False)
    person.lost_since = None
    done(actor, "found_again", person, why=why)


def stop_contact(actor: Actor, person: Person, said: Said) -> None:
    """The person wants no letters but those that they cause themselves."""
    require(may_set_status, actor, person, of_staff=False)
    _check(said)
    person.contact_stopped_on = said.day
    keep_back(person.id, "contact stopped", only=UNASKED)
    done(actor, "stopped_contact", person, why=said.why)


def allow_contact(actor: Actor, person: Person, why: str) -> None:
    require(may_set_status, actor, person, of_staff=False)
    person.contact_stopped_on = None
    done(actor, "allowed_contact", person, why=why)


def _check(said: Said) -> None:
    if said.day > today():
        raise Invalid(_("This day is still to come."), field="day")


def _account(person: Person) -> Account | None:
    return db.session.scalar(select(Account).where(Account.person_id == person.id))


def _end_memberships(person: Person) -> None:
    """Who is a member was one until today; who asked to be one is not."""
    current = select(ChapterMembership).where(
        ChapterMembership.person_id == person.id, ChapterMembership.state.in_(CURRENT)
    )
    for spell in db.session.scalars(current):
        if spell.state is MembershipState.ACTIVE:
            spell.state, spell.ends_on = MembershipState.LEFT, today()
        else:
            spell.state = MembershipState.REJECTED


def _end_terms(person: Person) -> None:
    """End terms that are under way with yesterday, and take those away that have not begun."""
    yesterday = today() - timedelta(days=1)
    tables: tuple[Any, ...] = (Officer, ClassLiaison)
    for table in tables:
        for term in db.session.scalars(
            select(table).where(table.person_id == person.id, lasts(table))
        ):
            if term.starts_on <= yesterday:
                term.ends_on = yesterday
            else:
                db.session.delete(term)


def _ended_with(person: Person) -> Select[Change]:
    """What the deeds did to other rows by which the person ended last, the last first."""
    of_person = and_(
        ChangeSet.subject_table == Person.__tablename__, ChangeSet.subject_id == person.id
    )
    last = select(func.max(ChangeSet.id)).where(of_person, ChangeSet.verb == TOOK_BACK)
    return (
        select(Change)
        .join(ChangeSet, ChangeSet.id == Change.change_set_id)
        .where(
            of_person,
            ChangeSet.verb.in_(DECLARED.values()),
            ChangeSet.id > func.coalesce(last.scalar_subquery(), 0),
            Change.table_name.in_(ENDING),
        )
        .order_by(Change.id.desc())
    )


def _put_back(change: Change) -> None:
    """Make the row what it was, in what is still as that deed left it."""
    table = ENDING[change.table_name]
    row = db.session.get(table, change.row_id, populate_existing=True)
    before = {name: _read(getattr(table, name), value) for name, value in _told(change.before)}
    if row is None and change.after is None:
        inserted(table(**before))
    elif row is not None and change.after is not None:
        with db.session.no_autoflush:
            _restore(row, before, change.after)


def _restore(row: Model, before: Mapping[str, Any], after: Mapping[str, Any]) -> None:
    for name, value in before.items():
        if as_told({name: getattr(row, name)}) == {name: after.get(name)}:
            setattr(row, name, value)


def _told(values: Mapping[str, Any] | None) -> list[tuple[str, Any]]:
    return list((values or {}).items())


def _read(column: InstrumentedAttribute[Any], value: Any) -> Any:
    """A value as the column has it, of one as the history keeps it."""
    if value is None:
        return None
    if isinstance(column.type, Date):
        return date.fromisoformat(value)
    if isinstance(column.type, Moment):
        return datetime.fromisoformat(value)
    kind = getattr(column.type, "enum_class", None)
    return kind(value) if kind else value
