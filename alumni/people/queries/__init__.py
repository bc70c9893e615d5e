"""Who acts, whom a letter goes to, and how people are read for search."""

import re
from collections import defaultdict
from collections.abc import Iterable
from functools import lru_cache
from typing import Any

from sqlalchemy import (
    CTE,
    Date,
    Integer,
    Select,
    String,
    and_,
    bindparam,
    cast,
    exists,
    func,
    literal,
    null,
    select,
    union_all,
)
from sqlalchemy.orm import selectinload

from alumni.accounts.models import Account, Assignment
from alumni.authz import Actor, Capability, Class, Owed, Right, Roll
from alumni.chapters.models import (
    Chapter,
    ChapterMembership,
    ChapterStatus,
    MembershipState,
    Officer,
    OfficerRight,
    Position,
    PositionRight,
)
from alumni.chapters.models.governance import Acceptance, Agreement
from alumni.db import db, is_postgresql, today
from alumni.i18n import _, language
from alumni.outbox.commands import Recipient
from alumni.people import names
from alumni.people.models import (
    ContactKind,
    ContactPoint,
    Person,
    PersonStatus,
    Residence,
    Study,
)
from alumni.people.models.classes import ClassLiaison
from alumni.ready import Ready
from alumni.terms import runs

NUMBERS = 3
"""That a row of what an account holds can tell beside its value."""

CLASS_NUMBER = re.compile(r"([0-9]+)班")


def find_actor(account_id: int, person_id: int | None, time_zone: str) -> Actor:
    """What the account holds today, as staff, officer and liaison, in one statement.

    Only a verified graduate holds rights; and those of an officer who has not accepted the newest
    agreement on members' data wait.
    """
    asked = {"account_id": account_id, "person_id": person_id, "day": today()}
    held: defaultdict[str, list[tuple[Any, ...]]] = defaultdict(list)
    for kind, *told in _held(is_postgresql()).rows_at_once(asked):
        held[kind].append(tuple(told))
    capabilities = frozenset(Capability(name) for name, *_nothing in held["capability"])
    if held["status"] != [(PersonStatus.VERIFIED.value, *(None,) * NUMBERS)]:
        return Actor(
            account_id=account_id,
            person_id=person_id,
            capabilities=capabilities,
            time_zone=time_zone,
        )
    rights: dict[int, set[Right]] = {}
    for right, chapter, *_nothing in held["right"]:
        rights.setdefault(chapter, set()).add(Right(right))
    owes = Owed.AGREEMENT if rights and held["agreement"] else None
    return Actor(
        account_id=account_id,
        person_id=person_id,
        is_verified=True,
        capabilities=capabilities,
        rights={} if owes else {chapter: frozenset(some) for chapter, some in rights.items()},
        owes=owes,
        chapters=frozenset(chapter for _nothing, chapter, *_more in held["member"]),
        classes=frozenset(
            Class(year, college, label, major) for label, year, college, major in held["class"]
        ),
        liaises=frozenset(
            Roll(year, college, label, major) for label, year, college, major in held["liaison"]
        ),
        time_zone=time_zone,
    )


def actor_of_account(account_id: int) -> Actor | None:
    """Who the account acts as today, where it works without its owner. None if it is closed."""
    account = db.session.get(Account, account_id)
    if account is None or account.suspended_at is not None:
        return None
    return find_actor(account.id, account.person_id, account.time_zone)


@lru_cache(maxsize=2)
def _held(_on_postgresql: bool) -> Ready:  # noqa: FBT001 - to be kept by
    """Rows of (what kind, its value, three numbers). Made once: every page asks it."""
    day, person_id = bindparam("day", type_=Date()), bindparam("person_id", type_=Integer())
    nothing = cast(null(), Integer)

    def told(kind: str, value: Any, *numbers: Any) -> Any:
        rest = (nothing,) * (NUMBERS - len(numbers))
        return select(literal(kind), cast(value, String), *numbers, *rest)

    assigned = told("capability", Assignment.capability).where(
        Assignment.account_id == bindparam("account_id"),
        runs(Assignment, day),
    )
    leads = _leads(person_id, day)
    in_term = told("right", PositionRight.right, leads.c.chapter_id).join(
        leads, leads.c.position_id == PositionRight.position_id
    )
    granted = (
        told("right", OfficerRight.right, Officer.chapter_id)
        .join(Officer, Officer.id == OfficerRight.officer_id)
        .join(Chapter, Chapter.id == Officer.chapter_id)
        .where(
            Officer.person_id == person_id,
            Chapter.status != ChapterStatus.ARCHIVED,
            runs(Officer, day),
            runs(OfficerRight, day),
        )
    )
    newest = select(func.max(Agreement.id)).scalar_subquery()
    accepted = exists().where(Acceptance.person_id == person_id, Acceptance.agreement_id == newest)
    unread = told("agreement", literal("")).where(newest.is_not(None), ~accepted)
    liaises = told(
        "liaison",
        ClassLiaison.class_label,
        ClassLiaison.graduation_year,
        ClassLiaison.college_id,
        ClassLiaison.major_id,
    ).where(ClassLiaison.person_id == person_id, runs(ClassLiaison, day))
    belongs = told("member", literal(""), ChapterMembership.chapter_id).where(
        ChapterMembership.person_id == person_id,
        ChapterMembership.state == MembershipState.ACTIVE,
    )
    studied = told(
        "class",
        Study.class_label,
        Study.graduation_year,
        Study.college_id,
        func.coalesce(Study.major_id, 0),
    ).where(
        Study.person_id == person_id,
        Study.graduation_year.is_not(None),
        Study.college_id.is_not(None),
        Study.class_label.is_not(None),
    )
    standing = told("status", Person.status).where(Person.id == person_id)
    parts = (assigned, in_term, granted, unread, liaises, belongs, studied, standing)
    return Ready(union_all(*parts), is_planned_once=False)


def _leads(person_id: Any, day: Any) -> CTE:
    """The chapters that the person leads, each with the position that gives the rights there:

    the own one, and where the position reaches down, those below it. None that is archived.
    """
    own = (
        select(Officer.position_id, Officer.chapter_id, Position.reaches_below)
        .join(Position, Position.id == Officer.position_id)
        .join(Chapter, Chapter.id == Officer.chapter_id)
        .where(
            Officer.person_id == person_id,
            runs(Officer, day),
            Chapter.status != ChapterStatus.ARCHIVED,
        )
        .cte("leads", recursive=True)
    )
    below = (
        select(own.c.position_id, Chapter.id, own.c.reaches_below)
        .join(Chapter, Chapter.parent_id == own.c.chapter_id)
        .where(own.c.reaches_below, Chapter.status != ChapterStatus.ARCHIVED)
    )
    return own.union(below)


def display_name(person: Any, code: str | None = None) -> str:
    """The name as the reader's language writes it, of a person or of a row with the name's columns:

    the chosen English name alone only where there is no other.
    """
    written = names.written(
        person.name_zh,
        person.name_latin,
        person.pinyin_surname,
        person.pinyin_given,
        code or language(),
    )
    return written or person.name_en or ""


def class_words(label: str | None) -> str:
    """The class within a year as the reader's language says it: 3班, Class 3."""
    numbered = CLASS_NUMBER.fullmatch(label or "")
    if numbered is None or language() == "zh":
        return label or ""
    return _("Class %(number)s", number=numbered[1])


def addressed(person_id: int) -> Recipient | None:
    """Where letters for this person go: the address of the login, else the primary e-mail.

    None where there is none, and for the dead.
    """
    return addressed_all([person_id]).get(person_id)


def addressed_all(person_ids: Iterable[int]) -> dict[int, Recipient]:
    """Where letters for these persons go, by person, in one statement. Who has none is left out,

    and so are the dead.
    """
    rows = db.session.execute(
        select(Person, Account.email, ContactPoint.value)
        .outerjoin(Account, Account.person_id == Person.id)
        .outerjoin(
            ContactPoint,
            and_(
                ContactPoint.person_id == Person.id,
                ContactPoint.kind == ContactKind.EMAIL,
                ContactPoint.is_primary,
            ),
        )
        .where(Person.id.in_(person_ids), Person.status != PersonStatus.DECEASED)
    )
    return {
        person.id: Recipient(
            email=login or primary,
            name=display_name(person, person.language),
            language=person.language,
            person_id=person.id,
        )
        for person, login, primary in rows
        if login or primary
    }


def whole(person_ids: Iterable[int]) -> Select[Person]:
    """The persons with all that hangs on them, in a fixed number of statements."""
    return (
        select(Person)
        .where(Person.id.in_(person_ids))
        .options(
            selectinload(Person.former_names),
            selectinload(Person.contact_points),
            selectinload(Person.employments),
            selectinload(Person.residences).joinedload(Residence.place),
            selectinload(Person.studies).options(
                selectinload(Study.institutions),
                selectinload(Study.college),
                selectinload(Study.major),
            ),
        )
    )
