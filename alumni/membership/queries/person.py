"""All that the office knows of one person, on one page."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, TypeAlias

from sqlalchemy import select
from sqlalchemy.orm import joinedload

from alumni.accounts.models import Account
from alumni.audit.models import Change, ChangeSet
from alumni.audit.queries import about
from alumni.authz import Actor, require
from alumni.chapters.models import ChapterMembership, Officer
from alumni.codes.models import Code
from alumni.db import db
from alumni.errors import NotFound
from alumni.i18n import either
from alumni.membership.policy import may_view_people
from alumni.people.models import Consent, Person, Photo, Tag
from alumni.people.policy import GONE, may_edit_people
from alumni.people.queries.asking import asked_by
from alumni.people.queries.editing import Levelled, everything, photo_of, tags_of
from alumni.people.queries.lines import Line, line

NEWEST = 20

CODES = {f"{name}_id" for name in ("programme", "college", "major", "institution", "hospital")}
CODES |= {"industry_id"}
"""Columns with the number of a word of a list."""

NOTHING: tuple[object, ...] = (None, "", {})


@dataclass(frozen=True, kw_only=True)
class Difference:
    """One column of one row that a deed changed."""

    table: str
    column: str
    before: Any
    after: Any


@dataclass(frozen=True, kw_only=True)
class Deed:
    """A change set as far as it is about the person."""

    at: datetime
    by: str
    """The name of the account, or nothing where the program itself acted."""
    verb: str
    why: str
    merge: str | None
    """The public id of the merger that it was, or took back."""
    asked_by: str
    """The name of the account that asked for it, where somebody did."""
    differences: list[Difference] = field(default_factory=list)


@dataclass(frozen=True, kw_only=True)
class Known:
    """A person with all that hangs on them."""

    person: Person
    photo: Photo | None
    tags: list[Tag]
    account: Account | None
    memberships: list[ChapterMembership]
    terms: list[Officer]
    consents: list[Consent]
    history: list[Deed]
    is_editable: bool
    """Whether the actor may change what is known."""

    def line(self, row: Levelled) -> Line:
        """One of the rows about the person, in words."""
        return line(row)


def get_known(actor: Actor, public_id: str) -> Known:
    """The person as the office sees them, in a fixed number of statements."""
    require(may_view_people, actor)
    known = select(Person).where(Person.public_id == public_id).options(*everything())
    person = db.session.scalar(known)
    if person is None:
        raise NotFound
    return Known(
        person=person,
        photo=photo_of(person),
        tags=tags_of(person),
        account=db.session.scalar(select(Account).where(Account.person_id == person.id)),
        memberships=_memberships(person),
        terms=_terms(person),
        consents=list(
            db.session.scalars(
                select(Consent).where(Consent.person_id == person.id).order_by(Consent.id.desc())
            )
        ),
        history=history(person),
        is_editable=may_edit_people(actor) and person.status not in GONE,
    )


def history(person: Person) -> list[Deed]:
    """The newest deeds that changed something of the person, or of a record merged into theirs."""
    mine = about(person.id)
    newest = (
        select(Change.change_set_id)
        .where(mine)
        .distinct()
        .order_by(Change.change_set_id.desc())
        .limit(NEWEST)
    )
    told = (
        select(ChangeSet, Account.name, Change)
        .join(Change, Change.change_set_id == ChangeSet.id)
        .outerjoin(Account, Account.id == ChangeSet.account_id)
        .where(mine, ChangeSet.id.in_(newest))
        .order_by(ChangeSet.id.desc(), Change.id)
    )
    rows = db.session.execute(told).all()
    words = _words([change for _deed, _by, change in rows])
    askers = asked_by({deed.facts["asked_by"] for deed, _by, _change in rows if _is_asked(deed)})
    deeds: dict[int, Deed] = {}
    for deed, by, change in rows:
        known = deeds.setdefault(
            deed.id,
            Deed(
                at=deed.at,
                by=by or "",
                verb=deed.verb,
                why=deed.why,
                merge=deed.facts.get("merge"),
                asked_by=askers.get(deed.facts.get("asked_by", 0), ""),
            ),
        )
        known.differences.extend(_differences(change, words))
    return list(deeds.values())


def _is_asked(deed: ChangeSet) -> bool:
    """Whether somebody else asked for it who had an account."""
    return bool(deed.facts.get("asked_by"))


UNTOLD = {("match", "evidence")}
"""What an application was compared by stands on its own page."""

Words: TypeAlias = Mapping[tuple[str, int], str]
"""What numbers in columns stand for, by column."""


def _words(changes: Iterable[Change]) -> Words:
    """The words that the changes name by their numbers."""
    named = {
        (column, number)
        for change in changes
        for values in (change.before or {}, change.after or {})
        for column, number in values.items()
        if number is not None and (column in CODES or column == "tag_id")
    }
    words: dict[tuple[str, int], str] = {}
    for table, columns in ((Code, CODES), (Tag, {"tag_id"})):
        wanted = {number for column, number in named if column in columns}
        asked = select(table.id, table.name_zh, table.name_en).where(table.id.in_(wanted))
        for number, zh, en in db.session.execute(asked) if wanted else ():
            words |= {(column, number): either(zh, en) for column in columns}
    return words


def _differences(change: Change, words: Words) -> Iterator[Difference]:
    """What a reader wants to compare: not keys, and not what stayed as it was, empty or not."""
    before, after = (
        {
            column: words.get((column, value), value) if isinstance(value, int) else value
            for column, value in values.items()
        }
        for values in (change.before or {}, change.after or {})
    )
    for column in [*before, *(name for name in after if name not in before)]:
        old, new = before.get(column), after.get(column)
        is_same = old == new or (old in NOTHING and new in NOTHING)
        if is_same or _is_key(column) or (change.table_name, column) in UNTOLD:
            continue
        yield Difference(table=change.table_name, column=column, before=old, after=new)


def _is_key(column: str) -> bool:
    """Whether the column tells a reader nothing."""
    if column in CODES or column == "tag_id":
        return False
    return column == "id" or column.endswith(("_id", "sort_key", "normal"))


def _memberships(person: Person) -> list[ChapterMembership]:
    spells = (
        select(ChapterMembership)
        .where(ChapterMembership.person_id == person.id)
        .options(joinedload(ChapterMembership.chapter))
        .order_by(ChapterMembership.id.desc())
    )
    return list(db.session.scalars(spells))


def _terms(person: Person) -> list[Officer]:
    held = (
        select(Officer)
        .where(Officer.person_id == person.id)
        .options(joinedload(Officer.chapter), joinedload(Officer.position))
        .order_by(Officer.starts_on.desc(), Officer.id.desc())
    )
    return list(db.session.scalars(held))
