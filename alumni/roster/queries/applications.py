"""Applications as the office reads them, and as the applicant's link and page find them."""

from dataclasses import dataclass

from sqlalchemy import Select, func, select
from sqlalchemy.orm import joinedload, selectinload

from alumni.accounts.models import Account, LinkPurpose
from alumni.accounts.queries import peek_link
from alumni.authz import Actor, require
from alumni.codes.queries import find_place
from alumni.db import db
from alumni.errors import Gone, NotFound
from alumni.i18n import _, either
from alumni.people.models import ContactKind, Person, Residence
from alumni.people.queries import display_name
from alumni.people.queries.facts import study_text
from alumni.roster import cells
from alumni.roster.models import Application, ApplicationState
from alumni.roster.policy import may_see_applications
from alumni.roster.queries.recognising import (
    TAKEN,
    Judged,
    Told,
    judge,
    known_people,
    people_like,
)

AT_A_TIME = 30

MOST_SHOWN = 20
"""Candidates beside one application."""


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
    emails: tuple[str, ...]
    judged: Judged


def applications(actor: Actor, state: ApplicationState) -> Select[Application]:
    """Those in the state, with what speaks for them: who waits longest, or was last, first."""
    require(may_see_applications, actor)
    waits = state in (ApplicationState.WAITING, ApplicationState.UNCONFIRMED)
    return (
        select(Application)
        .where(Application.state == state)
        .options(joinedload(Application.college), selectinload(Application.matches))
        .order_by(Application.id if waits else Application.id.desc())
    )


def application_counts(actor: Actor) -> dict[ApplicationState, int]:
    """How many there are in each state."""
    require(may_see_applications, actor)
    counted = select(Application.state, func.count()).group_by(Application.state)
    found = {state: number for state, number in db.session.execute(counted)}  # noqa: C416 - rows are no pairs to mypy
    return {state: found.get(state, 0) for state in ApplicationState}


def applications_waiting(actor: Actor) -> int:
    """How many wait for the office. Nought for those who may not see them."""
    if not may_see_applications(actor):
        return 0
    waiting = select(func.count()).where(Application.state == ApplicationState.WAITING)
    return db.session.scalar(waiting) or 0


def get_application(actor: Actor, public_id: str) -> Application:
    require(may_see_applications, actor)
    application = db.session.scalar(
        select(Application)
        .where(Application.public_id == public_id)
        .options(joinedload(Application.college), selectinload(Application.matches))
        .execution_options(populate_existing=True)
    )
    if application is None:
        raise NotFound
    return application


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
    application = db.session.scalar(asked.options(joinedload(Application.college)))
    if application is None:
        raise Gone(_("This link has been used or is too old. Please ask for a new one."))
    return application


def told_by(application: Application) -> Told:
    """What the applicant says, as it is compared."""
    place = find_place(application.city)
    return Told(
        name=application.name,
        student_number=application.student_number,
        graduation_year=application.graduation_year,
        college_id=application.college_id,
        place_id=place.id if place else None,
        email=application.email,
    )


def candidates(actor: Actor, application: Application, text: str = "") -> list[Candidate]:
    """Whom the application may mean, by what is known today, the likeliest first.

    With a text: who is found by that name, student number or e-mail address, however they fit.
    """
    require(may_see_applications, actor)
    told = told_by(application)
    people = known_people(people_like(_looked_for(text) if text else told))
    persons = {person.id: person for _known, person in people}
    judged = [
        one for one in judge(told, (known for known, _person in people)) if text or one.is_likely
    ]
    return [_candidate(persons[one.known.person_id], one) for one in judged[:MOST_SHOWN]]


def applicant_of(application: Application) -> Account | None:
    """The account that was opened for the application."""
    return db.session.scalar(select(Account).where(Account.email == application.email))


def get_candidate(actor: Actor, public_id: str) -> Person:
    """A person whom an application may be approved into."""
    require(may_see_applications, actor)
    person = db.session.scalar(
        select(Person).where(Person.public_id == public_id, Person.status.not_in(TAKEN))
    )
    if person is None:
        raise NotFound
    return person


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


def _candidate(person: Person, judged: Judged) -> Candidate:
    emails = (point for point in person.contact_points if point.kind is ContactKind.EMAIL)
    return Candidate(
        public_id=person.public_id,
        name=display_name(person, "zh"),
        other_names=_other_names(person),
        studies=tuple(filter(None, map(study_text, person.studies))),
        student_numbers=tuple(sorted(judged.known.student_numbers)),
        cities=tuple(_city(home) for home in person.residences if home.is_current),
        emails=tuple(point.value for point in emails),
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
