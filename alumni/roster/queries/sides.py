"""The records that may stand for one person, each with what hangs on it."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import TypeVar

from sqlalchemy import func, literal, select, union_all

from alumni.accounts.models import Account, Assignment, SignIn
from alumni.chapters.models import Officer
from alumni.db import db
from alumni.i18n import either, language
from alumni.people.models import Employment, Person, Residence
from alumni.people.queries import display_name, whole
from alumni.people.queries.facts import study_text
from alumni.roster.merging import references
from alumni.terms import lasts

R = TypeVar("R", Employment, Residence)

COUNTED = ("study", "contact_point", "employment", "chapter_membership", "registration", "delivery")
"""Tables of whose rows it is said how many each record has."""


@dataclass(frozen=True, kw_only=True)
class Side:
    """One of two records, with all that there is to compare."""

    person: Person
    account: Account | None
    is_used: bool
    """Whether somebody signs in as this person."""
    is_staff: bool
    """Whether the account holds something of the staff's, today or later."""
    terms: int
    """Terms as an officer that are not over."""
    rows: Mapping[str, int]
    """How many rows of each table of ``COUNTED`` there are."""

    @property
    def public_id(self) -> str:
        return self.person.public_id

    @property
    def name(self) -> str:
        return display_name(self.person)

    @property
    def other_names(self) -> tuple[str, ...]:
        """In the other script, as in English, and as it was before."""
        other = display_name(self.person, "en" if language() == "zh" else "zh")
        former = (one.name for one in self.person.former_names)
        known = dict.fromkeys(filter(None, (other, self.person.name_en, *former)))
        known.pop(self.name, None)
        return tuple(known)

    @property
    def studies(self) -> tuple[str, ...]:
        return tuple(filter(None, map(study_text, self.person.studies)))

    @property
    def cities(self) -> tuple[str, ...]:
        return tuple(map(city_text, current(self.person.residences)))

    @property
    def contacts(self) -> tuple[str, ...]:
        return tuple(point.value for point in self.person.contact_points)

    @property
    def numbers(self) -> tuple[str, ...]:
        registered = (there for study in self.person.studies for there in study.institutions)
        return tuple(there.student_number for there in registered if there.student_number)


def sides(person_ids: Collection[int]) -> dict[int, Side]:
    """The records by their numbers, in a fixed number of statements."""
    fresh = whole(person_ids).execution_options(populate_existing=True)
    people = db.session.scalars(fresh).all()
    held = select(Account).where(Account.person_id.in_(person_ids))
    accounts = {account.person_id: account for account in db.session.scalars(held)}
    staff = _staff([account.id for account in accounts.values()])
    used = _used(list(accounts.values()))
    terms, rows = _terms(person_ids), _rows(person_ids)

    def side(person: Person) -> Side:
        account = accounts.get(person.id)
        return Side(
            person=person,
            account=account,
            is_used=account is not None and account.id in used,
            is_staff=account is not None and account.id in staff,
            terms=terms.get(person.id, 0),
            rows={name: rows.get((name, person.id), 0) for name in COUNTED},
        )

    return {person.id: side(person) for person in people}


def current(rows: Iterable[R]) -> Iterator[R]:
    """Those that are so today."""
    return (row for row in rows if row.is_current)


def city_text(home: Residence) -> str:
    """As the list of places says it, else as it was written."""
    return either(home.place.name_zh, home.place.name_en) if home.place else home.written


def _staff(account_ids: list[int]) -> set[int]:
    held = select(Assignment.account_id).where(
        Assignment.account_id.in_(account_ids),
        lasts(Assignment),
    )
    return set(db.session.scalars(held))


def _used(accounts: list[Account]) -> set[int]:
    """Those that are not closed, and that somebody has signed in with or can."""
    asked = select(SignIn.account_id).where(
        SignIn.account_id.in_([account.id for account in accounts])
    )
    signed_in = set(db.session.scalars(asked))
    return {
        account.id
        for account in accounts
        if account.suspended_at is None and (account.password_hash or account.id in signed_in)
    }


def _terms(person_ids: Collection[int]) -> dict[int, int]:
    held = (
        select(Officer.person_id, func.count())
        .where(
            Officer.person_id.in_(person_ids),
            lasts(Officer),
        )
        .group_by(Officer.person_id)
    )
    return {person_id: number for person_id, number in db.session.execute(held)}  # noqa: C416 - rows are no pairs to mypy


def _rows(person_ids: Collection[int]) -> dict[tuple[str, int], int]:
    counted = [
        select(literal(one.table.name).label("name"), one.column.label("person_id"), func.count())
        .where(one.column.in_(person_ids))
        .group_by(one.column)
        for one in references()
        if one.table.name in COUNTED
    ]
    return {
        (name, person_id): rows for name, person_id, rows in db.session.execute(union_all(*counted))
    }
