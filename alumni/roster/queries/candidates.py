"""Whom an application may mean, shown beside it."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import exists, or_, select

from alumni.accounts.models import Account
from alumni.authz import Actor, require
from alumni.chapters.models import Officer
from alumni.db import db
from alumni.errors import NotFound
from alumni.i18n import either
from alumni.people.models import ContactKind, Person, PersonStatus, Residence
from alumni.people.queries import display_name
from alumni.people.queries.facts import study_text
from alumni.roster import cells
from alumni.roster.models import Application, MatchVerdict
from alumni.roster.policy import may_compare
from alumni.roster.queries.applications import told_by
from alumni.roster.queries.recognising import (
    TAKEN,
    Judged,
    Told,
    judge,
    known_people,
    people_like,
)

MOST_SHOWN = 20
"""Candidates beside one application."""

LIKELY = 60
"""From this score on a person may be approved with others at one press, if nobody else is near."""

APART = 20
"""By so much the next one must fit worse."""


@dataclass(frozen=True, kw_only=True)
class Candidate:
    """A person whom an application may mean, as far as it is shown beside it."""

    public_id: str
    name: str
    other_names: tuple[str, ...]
    studies: tuple[str, ...]
    """1998届 临床医学 3班: year, subject and class of each."""
    student_numbers: tuple[str, ...]
    cities: tuple[str, ...]
    contacts: tuple[str, ...]
    """E-mail addresses and telephone numbers."""
    birth_year: int | None
    is_officer: bool
    """Whoever signs in as them has, or may get, rights over others."""
    judged: Judged


def candidates(actor: Actor, application: Application, text: str = "") -> list[Candidate]:
    """Whom the application may mean, by what is known today, the likeliest first.

    With a text: who is found by that name, student number or e-mail address, however they fit.
    """
    judged = _judged(actor, application, text)[:MOST_SHOWN]
    officers = _officers([person.id for _one, person in judged])
    return [_candidate(person, one, officers) for one, person in judged]


def likely_person(actor: Actor, application: Application) -> Person | None:
    """The one whom the application means with hardly a doubt: exact, or likely and alone.

    None where the office should look at it by itself.
    """
    judged = _judged(actor, application, "")
    if not judged:
        return None
    (best, person), *others = judged
    is_apart = all(best.score - other.score >= APART for other, _person in others)
    is_likely = best.score >= LIKELY and best.evidence.get("name", False) and is_apart
    is_sure = best.verdict is MatchVerdict.EXACT or is_likely
    is_free = best.known.is_takable and not is_for_the_office(person)
    return person if is_sure and is_free else None


def is_for_the_office(person: Person) -> bool:
    """Whether only the office, with a look at it, may say who becomes this person.

    The account of somebody who holds, held or will hold an office brings rights over others, and
    the year and college of an officer are known to many. Whoever was verified once has, or had,
    an account and does not come as a stranger.
    """
    if person.status is PersonStatus.VERIFIED:
        return True
    known_for = (
        exists().where(Account.person_id == person.id),
        exists().where(Officer.person_id == person.id),
        exists().where(Application.person_id == person.id),
    )
    return bool(db.session.scalar(select(or_(*known_for))))


def get_candidate(actor: Actor, public_id: str) -> Person:
    """A person whom an application may be approved into."""
    require(may_compare, actor)
    person = db.session.scalar(
        select(Person).where(Person.public_id == public_id, Person.status.not_in(TAKEN))
    )
    if person is None:
        raise NotFound
    return person


def beside(actor: Actor, application: Application, person: Person) -> Candidate:
    """The one whom the office chose, as they are shown beside the application."""
    require(may_compare, actor)
    ((known, whole),) = known_people(select(Person.id).where(Person.id == person.id))
    (judged,) = judge(told_by(application), [known])
    return _candidate(whole, judged, _officers([person.id]))


def _judged(actor: Actor, application: Application, text: str) -> list[tuple[Judged, Person]]:
    require(may_compare, actor)
    told = told_by(application)
    people = known_people(people_like(_looked_for(text) if text else told))
    persons = {person.id: person for _known, person in people}
    judged = judge(told, (known for known, _person in people))
    return [(one, persons[one.known.person_id]) for one in judged if text or one.is_likely]


def _looked_for(text: str) -> Told:
    """What somebody typed to find a person: an address, a student number or a name."""
    if "@" in text:
        return Told(email=text.lower())
    if any(character.isdigit() for character in text):
        return Told(student_number=_number(text))
    return Told(name=text)


def _number(text: str) -> str:
    try:
        return cells.number(text) or text
    except cells.Unreadable:
        return text


def _officers(person_ids: Sequence[int]) -> frozenset[int]:
    """Who of them holds, held or will hold an office."""
    held = select(Officer.person_id).where(Officer.person_id.in_(person_ids))
    return frozenset(db.session.scalars(held))


def _candidate(person: Person, judged: Judged, officers: frozenset[int]) -> Candidate:
    reached = (ContactKind.EMAIL, ContactKind.PHONE)
    points = (point for point in person.contact_points if point.kind in reached)
    return Candidate(
        public_id=person.public_id,
        name=display_name(person, "zh"),
        other_names=_other_names(person),
        studies=tuple(filter(None, map(study_text, person.studies))),
        student_numbers=tuple(sorted(judged.known.student_numbers)),
        cities=tuple(_city(home) for home in person.residences if home.is_current),
        contacts=tuple(point.value for point in points),
        birth_year=person.birth_year,
        is_officer=person.id in officers,
        judged=judged,
    )


def _other_names(person: Person) -> tuple[str, ...]:
    """The reading, the passport's name, and names borne before."""
    reading = display_name(person, "en")
    former = (one.name for one in person.former_names)
    known = dict.fromkeys(filter(None, (reading, person.name_en, *former)))
    known.pop(display_name(person, "zh"), None)
    return tuple(known)


def _city(home: Residence) -> str:
    return either(home.place.name_zh, home.place.name_en) if home.place else home.written
