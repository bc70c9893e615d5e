"""Made things: typed, each says what matters to the test and invents the rest."""

import itertools
from datetime import timedelta
from typing import Any, TypeVar

from sqlalchemy import select

from alumni.accounts.models import Account, Assignment
from alumni.accounts.passwords import hashed
from alumni.accounts.policy import ROLES
from alumni.audit.commands import record
from alumni.authz import SYSTEM, Actor
from alumni.chapters.models import (
    Chapter,
    ChapterMembership,
    MembershipState,
    Officer,
    Position,
)
from alumni.codes.models import Code, CodeKind
from alumni.codes.queries import find_place, home_institution
from alumni.db import Model, db, now, today
from alumni.events.models import Event, EventStatus
from alumni.i18n import ZONE_DATA
from alumni.people.commands import named
from alumni.people.commands.search import reindex
from alumni.people.models import (
    Consent,
    ConsentPurpose,
    ContactKind,
    ContactPoint,
    Employment,
    Person,
    PersonStatus,
    Residence,
    Study,
    StudyInstitution,
)
from alumni.people.queries import find_actor

T = TypeVar("T", bound=Model)

PASSWORD = "a long way home 27"
PASSWORD_HASH = hashed(PASSWORD)

number = itertools.count(1)

EXTRA = (
    "year",
    "college",
    "major",
    "class_label",
    "student_number",
    "city",
    "employer",
    "email",
    "phone",
    "consents",
)


def saved(thing: T, *others: Model) -> T:
    """Keep it as if somebody had made it yesterday."""
    db.session.add(thing)
    db.session.add_all(others)
    db.session.flush()
    record(SYSTEM, "made", thing)
    db.session.commit()
    return thing


def make_person(name: str = "", **values: Any) -> Person:
    """A person, with what EXTRA names beside columns of the table."""
    n = next(number)
    extra = {key: values.pop(key, None) for key in EXTRA}
    person = saved(Person(**{**named(name or f"王{_digits(n)}"), **values}))
    parts = _study(person, extra) + _contacts(person, extra)
    if extra["city"]:
        place = find_place(extra["city"])
        parts.append(
            Residence(
                person_id=person.id, written=extra["city"], place_id=place.id if place else None
            )
        )
    if extra["employer"]:
        parts.append(Employment(person_id=person.id, employer=extra["employer"]))
    for purpose in extra["consents"] or ():
        parts.append(
            Consent(
                person_id=person.id,
                purpose=purpose,
                version="1",
                language=person.language,
                source="test",
            )
        )
    if parts:
        saved(parts[0], *parts[1:])
    reindex([person.id])
    db.session.commit()
    return person


def _study(person: Person, extra: dict[str, Any]) -> list[Model]:
    if not (extra["year"] or extra["college"] or extra["student_number"] or extra["class_label"]):
        return []
    study = saved(
        Study(
            person_id=person.id,
            is_primary=True,
            graduation_year=extra["year"],
            entry_year=extra["year"] - 5 if extra["year"] else None,
            college_id=_word(CodeKind.COLLEGE, extra["college"]),
            major_id=_word(CodeKind.MAJOR, extra["major"]),
            class_label=extra["class_label"],
        )
    )
    return [
        StudyInstitution(
            person_id=person.id,
            study_id=study.id,
            institution_id=home_institution().id,
            student_number=extra["student_number"] or f"T{next(number):06}",
        )
    ]


def _word(kind: CodeKind, name: str | None) -> int | None:
    """Of the list, if it has that word."""
    return db.session.scalar(select(Code.id).where(Code.kind == kind, Code.name_zh == name))


def _contacts(person: Person, extra: dict[str, Any]) -> list[Model]:
    kinds = ((ContactKind.EMAIL, extra["email"]), (ContactKind.PHONE, extra["phone"]))
    return [
        ContactPoint(
            person_id=person.id, kind=kind, value=value, normal=value.lower(), is_primary=True
        )
        for kind, value in kinds
        if value
    ]


def make_account(
    *, role: str | None = None, person: Person | None = None, **values: Any
) -> Account:
    n = next(number)
    invented = {
        "email": f"account{n}@example.org",
        "name": f"Account {n}",
        "language": "en",
        "password_hash": PASSWORD_HASH,
        "person_id": person.id if person else None,
    }
    account = saved(Account(**invented | values))
    for capability in ROLES[role] if role else ():
        saved(Assignment(account_id=account.id, capability=capability, starts_on=today()))
    return account


def make_verified(name: str = "", **values: Any) -> Person:
    """A graduate with an account who agreed to be written to."""
    email = values.pop("email", None) or f"alumna{next(number)}@example.org"
    consents = values.pop("consents", (ConsentPurpose.MEMBERSHIP, ConsentPurpose.MAILINGS))
    person = make_person(
        name, status=PersonStatus.VERIFIED, email=email, consents=consents, **values
    )
    make_account(person=person, email=email, name=person.name_zh or name, language=person.language)
    return person


def account_of(person: Person) -> Account:
    return db.session.scalars(select(Account).where(Account.person_id == person.id)).one()


def actor_of(thing: Person | Account) -> Actor:
    """What the person or account holds today, as a request would find it."""
    account = thing if isinstance(thing, Account) else account_of(thing)
    return find_actor(account.id, account.person_id, account.time_zone)


def make_chapter(**values: Any) -> Chapter:
    n = next(number)
    place = find_place(values.pop("place", "")) if values.get("place") else None
    invented = {
        "code": f"T{n}",
        "slug": f"town-{n}",
        "name_zh": f"小城{n}分会",
        "name_en": f"Town {n} Chapter",
        "place_id": place.id if place else None,
    }
    return saved(Chapter(**invented | values))


def the_chapter(slug: str) -> Chapter:
    """One of those the program brings."""
    return db.session.scalars(select(Chapter).where(Chapter.slug == slug)).one()


def make_member(chapter: Chapter, person: Person | None = None, **values: Any) -> Person:
    """A verified graduate in the chapter."""
    person = person or make_verified()
    invented: dict[str, Any] = {
        "state": MembershipState.ACTIVE,
        "starts_on": today() - timedelta(days=30),
    }
    saved(ChapterMembership(person_id=person.id, chapter_id=chapter.id, **invented | values))
    return person


def make_officer(
    chapter: Chapter, position: str = "president", person: Person | None = None, **values: Any
) -> Person:
    """A verified graduate who leads the chapter since last year."""
    person = person or make_member(chapter)
    held = db.session.scalars(select(Position).where(Position.code == position)).one()
    invented: dict[str, Any] = {"starts_on": today() - timedelta(days=365), "ends_on": None}
    saved(
        Officer(
            person_id=person.id, chapter_id=chapter.id, position_id=held.id, **invented | values
        )
    )
    return person


def make_event(chapter: Chapter | None = None, **values: Any) -> Event:
    """A published event in thirty days, two hours long."""
    n = next(number)
    starts = values.pop("starts_at", now().replace(microsecond=0) + timedelta(days=30))
    ends = values.pop("ends_at", starts + timedelta(hours=2))
    invented: dict[str, Any] = {
        "slug": f"event-{n}",
        "chapter_id": chapter.id if chapter else None,
        "title_zh": f"聚会{n}",
        "title_en": f"Gathering {n}",
        "time_zone": "Asia/Shanghai",
        "starts_at": starts,
        "ends_at": ends,
        "starts_local": (starts + timedelta(hours=8)).replace(tzinfo=None),
        "ends_local": (ends + timedelta(hours=8)).replace(tzinfo=None),
        "zone_data": ZONE_DATA,
        "status": EventStatus.PUBLISHED,
    }
    return saved(Event(**invented | values))


def _digits(n: int) -> str:
    return "".join("零一二三四五六七八九"[int(digit)] for digit in str(n))
