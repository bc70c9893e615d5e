"""Two records of one person beside each other: what they say, and what may be made of them."""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import TypeVar

from sqlalchemy import func, literal, or_, select, union_all

from alumni.accounts.models import Account, Assignment, SignIn
from alumni.authz import Actor, require
from alumni.chapters.models import Officer
from alumni.db import db, now, today
from alumni.errors import NotFound
from alumni.i18n import _, either, language
from alumni.people.fields.words import listed_words, sex_words, status_words
from alumni.people.models import ContactKind, Employment, Person, PersonStatus, Residence
from alumni.people.policy import visible
from alumni.people.queries import display_name, whole
from alumni.people.queries.facts import study_text
from alumni.roster.merging import references
from alumni.roster.merging.folding import narrower
from alumni.roster.models import Merge
from alumni.roster.policy import may_see_duplicates

R = TypeVar("R", Employment, Residence)

TERM = timedelta(days=30)
"""For so long a merge can be taken back."""

RANKS = (
    PersonStatus.KNOWN,
    PersonStatus.APPLICANT,
    PersonStatus.DEPARTED,
    PersonStatus.VERIFIED,
    PersonStatus.DECEASED,
)
"""What is to be believed of two states: the later one."""

NAMES = ("name_zh", "name_latin", "name_en")
READING = ("pinyin_surname", "pinyin_given", "pinyin_edited", "sort_key")
COLUMNS: Mapping[str, tuple[str, ...]] = {
    "name_zh": ("name_zh",),
    "name_latin": ("name_latin",),
    "name_en": ("name_en",),
    "sex": ("sex",),
    "birth_year": ("birth_year",),
    "language": ("language", "time_zone"),
    "listed": ("listed",),
    "status": ("status",),
}
"""The fields that are columns of the person. Blank ones are filled from the other record."""

MARKS = ("study", "employment", "residence", "email", "phone")
"""The fields that say whose row is the main one, the current one, the first one."""

FIELDS = (*COLUMNS, *MARKS)

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
        return tuple(map(_city, _current(self.person.residences)))

    @property
    def contacts(self) -> tuple[str, ...]:
        return tuple(point.value for point in self.person.contact_points)

    @property
    def numbers(self) -> tuple[str, ...]:
        registered = (there for study in self.person.studies for there in study.institutions)
        return tuple(there.student_number for there in registered if there.student_number)


@dataclass(frozen=True, kw_only=True)
class Choice:
    """A field that the two records answer differently."""

    field: str
    values: tuple[str, str]
    """In words, of the first and of the second record."""
    default: str
    """The public id of the record whose value is better."""


@dataclass(frozen=True, kw_only=True)
class Compared:
    """Two records side by side."""

    one: Side
    other: Side
    kept: str
    """The public id of the record that had better be kept."""
    choices: tuple[Choice, ...]

    def side(self, public_id: str) -> Side:
        return self.one if self.one.public_id == public_id else self.other


def get_two(actor: Actor, one: str, other: str) -> Compared:
    """The records of these public ids, of which neither is part of another yet."""
    require(may_see_duplicates, actor)
    found = select(Person.id, Person.public_id).where(
        Person.public_id.in_((one, other)), visible(actor)
    )
    ids: dict[str, int] = {public_id: row_id for row_id, public_id in db.session.execute(found)}
    if len(ids) < 2:  # noqa: PLR2004 - two
        raise NotFound
    return compared(ids[one], ids[other])


def compared(one_id: int, other_id: int) -> Compared:
    """The records side by side, whoever asks."""
    both = sides((one_id, other_id))
    one, other = both[one_id], both[other_id]
    kept = preferred(one, other)
    choices = []
    for field, say in _sayings().items():
        values = (say(one.person), say(other.person))
        if values[0] != values[1] and all(values):
            choices.append(
                Choice(
                    field=field, values=values, default=default(field, one, other, kept).public_id
                )
            )
    return Compared(one=one, other=other, kept=kept.public_id, choices=tuple(choices))


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


def preferred(one: Side, other: Side) -> Side:
    """The record that had better be kept: in use, then better known, older, and of two alike the

    fuller one.
    """
    return min(
        one,
        other,
        key=lambda side: (
            not side.is_used,
            not (side.is_staff or side.terms),
            -RANKS.index(side.person.status),
            side.person.created_at,
            -sum(side.rows.values()),
        ),
    )


def default(field: str, one: Side, other: Side, kept: Side) -> Side:
    """Whose value of the field had better be kept."""
    gone = other if kept is one else one
    if field == "listed":
        level = narrower(one.person.listed, other.person.listed)
        return kept if kept.person.listed is level else gone
    if field == "status":
        return _truer(kept, gone)
    if field in ("email", "phone"):
        return kept if _has_confirmed(kept, field) or not _has_confirmed(gone, field) else gone
    return kept


def signing_in(kept: Side, gone: Side) -> Side | None:
    """The record whose account will be that of both, if there is one."""
    return next((side for side in (kept, gone) if side.account is not None), None)


def waits_for_verification(kept: Side, gone: Side) -> bool:
    """Whether whoever signs in is not known to be a graduate, and must not become one by this."""
    bearer = signing_in(kept, gone)
    return bearer is not None and bearer.person.status is not PersonStatus.VERIFIED


def get_merge(actor: Actor, public_id: str, *, hold: bool = False) -> Merge:
    require(may_see_duplicates, actor)
    asked = select(Merge).where(Merge.public_id == public_id)
    if hold:
        asked = asked.with_for_update()
    merge = db.session.scalar(asked.execution_options(populate_existing=True))
    if merge is None:
        raise NotFound
    return merge


def last_merge_of(actor: Actor, person: Person) -> Merge | None:
    """The merge by which the record went."""
    require(may_see_duplicates, actor)
    asked = select(Merge).where(Merge.gone_id == person.id, Merge.undone_at.is_(None))
    return db.session.scalar(asked.order_by(Merge.id.desc()).limit(1))


def can_be_undone(merge: Merge) -> bool:
    return merge.undone_at is None and merge.at > now() - TERM


def _truer(kept: Side, gone: Side) -> Side:
    best = max((kept, gone), key=lambda side: RANKS.index(side.person.status))
    if best.person.status is PersonStatus.VERIFIED and waits_for_verification(kept, gone):
        return signing_in(kept, gone) or kept
    return best


def _has_confirmed(side: Side, kind: str) -> bool:
    return any(
        point.kind.value == kind and point.is_primary and point.verified_at is not None
        for point in side.person.contact_points
    )


def _sayings() -> dict[str, Callable[[Person], str]]:
    """Each field in words."""
    sexes, levels = sex_words(), listed_words()
    languages = {"zh": _("Chinese"), "en": _("English")}
    states = status_words()
    return {
        "name_zh": lambda person: person.name_zh or "",
        "name_latin": lambda person: person.name_latin or "",
        "name_en": lambda person: person.name_en or "",
        "sex": lambda person: sexes.get(person.sex or "", ""),
        "birth_year": lambda person: str(person.birth_year or ""),
        "language": lambda person: f"{languages[person.language]} · {person.time_zone}",
        "listed": lambda person: levels[person.listed],
        "status": lambda person: states[person.status],
        "study": _main_study,
        "employment": _current_job,
        "residence": lambda person: _one(map(_city, _current(person.residences))),
        "email": lambda person: _first(person, ContactKind.EMAIL),
        "phone": lambda person: _first(person, ContactKind.PHONE),
    }


def _current(rows: Iterable[R]) -> Iterator[R]:
    return (row for row in rows if row.is_current)


def _city(home: Residence) -> str:
    return either(home.place.name_zh, home.place.name_en) if home.place else home.written


def _main_study(person: Person) -> str:
    return _one(study_text(study) for study in person.studies if study.is_primary)


def _current_job(person: Person) -> str:
    return _one(
        " · ".join(filter(None, (job.employer, job.title))) for job in _current(person.employments)
    )


def _first(person: Person, kind: ContactKind) -> str:
    return _one(
        point.value for point in person.contact_points if point.kind is kind and point.is_primary
    )


def _one(told: Iterable[str]) -> str:
    return next(iter(told), "")


def _staff(account_ids: list[int]) -> set[int]:
    held = select(Assignment.account_id).where(
        Assignment.account_id.in_(account_ids),
        or_(Assignment.ends_on.is_(None), Assignment.ends_on >= today()),
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
            or_(Officer.ends_on.is_(None), Officer.ends_on >= today()),
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
