"""What is known of one person, for who edits it: the person themselves, or the office."""

from dataclasses import dataclass
from typing import Any, TypeAlias, TypeVar

from sqlalchemy import ColumnElement, Select, select
from sqlalchemy.orm import aliased, joinedload, selectinload

from alumni.accounts.models import Account
from alumni.authz import Actor, require
from alumni.chapters.models import (
    Chapter,
    ChapterMembership,
    ChapterStatus,
    JoinMode,
    MembershipState,
)
from alumni.chapters.queries import chapter_for_place
from alumni.codes.models import Code, CodeKind, Place
from alumni.codes.queries import codes_of
from alumni.db import db, locked
from alumni.errors import NotFound, Refusal
from alumni.i18n import _, either
from alumni.people.models import (
    Consent,
    ConsentPurpose,
    ContactPoint,
    Employment,
    FormerName,
    Person,
    PersonTag,
    Photo,
    Residence,
    Study,
    StudyInstitution,
    Tag,
    Training,
)
from alumni.people.policy import GONE, may_edit_people, visible
from alumni.people.queries import display_name
from alumni.people.queries.facts import study_text

Row: TypeAlias = FormerName | Study | Training | Employment | Residence | ContactPoint
R = TypeVar("R", FormerName, Study, Training, Employment, Residence, ContactPoint)
Levelled: TypeAlias = Row | Photo


class Outdated(Refusal):
    """The person is no longer as the editor saw them."""


@dataclass(frozen=True, kw_only=True)
class Edited:
    """A person with all that can be edited of them."""

    person: Person
    photo: Photo | None
    tags: list[Tag]
    agreed: frozenset[ConsentPurpose]
    login: str | None
    """The address that they sign in with, if they do."""


def get_person(actor: Actor, public_id: str | None) -> Person:
    """The person to be edited, without what hangs on them; the actor where there is no id."""
    person = db.session.scalar(_edited(actor, public_id))
    if person is None:
        raise NotFound
    return person


def get_edited(actor: Actor, public_id: str | None) -> Edited:
    """The person with all that can be edited of them, in a fixed number of statements."""
    chosen = _edited(actor, public_id).options(*everything())
    person = db.session.scalar(chosen.execution_options(populate_existing=True))
    if person is None:
        raise NotFound
    return Edited(
        person=person,
        photo=photo_of(person),
        tags=tags_of(person),
        agreed=agreed(person),
        login=db.session.scalar(select(Account.email).where(Account.person_id == person.id)),
    )


def held(actor: Actor, public_id: str | None, version: int) -> Person:
    """The person to be changed, whom nobody else changes until the transaction ends.

    Refuses where somebody has changed them since that version.
    """
    person = db.session.scalar(locked(_edited(actor, public_id)))
    if person is None:
        raise NotFound
    if person.version != version:
        raise Outdated(
            _(
                "Somebody else has changed these data in the meantime. What you typed is kept here:"
                " open the page in another window, and enter it there."
            )
        )
    return person


def get_row(person: Person, table: type[R], row_id: int, *which: ColumnElement[bool]) -> R:
    """A row about this person and no other, with what its form shows."""
    wanted = select(table).where(table.id == row_id, table.person_id == person.id, *which)
    if table is Study:
        wanted = wanted.options(selectinload(Study.institutions))
    row = db.session.scalar(wanted)
    if row is None:
        raise NotFound
    return row


def everything() -> tuple[Any, ...]:
    """How a person is read with all that hangs on them and the words it is in."""
    return (
        selectinload(Person.former_names),
        selectinload(Person.contact_points),
        selectinload(Person.employments).joinedload(Employment.industry),
        selectinload(Person.trainings).joinedload(Training.hospital),
        selectinload(Person.residences).joinedload(Residence.place),
        selectinload(Person.studies).options(
            selectinload(Study.institutions).joinedload(StudyInstitution.institution),
            joinedload(Study.programme),
            joinedload(Study.college),
            joinedload(Study.major),
        ),
    )


def levelled(person: Person) -> list[Levelled]:
    """All rows about the person that say who may see them."""
    tables: tuple[type[Levelled], ...] = (
        Photo,
        FormerName,
        Study,
        Training,
        Employment,
        Residence,
        ContactPoint,
    )
    rows: list[Levelled] = []
    for table in tables:
        rows += db.session.scalars(select(table).where(table.person_id == person.id))
    return rows


def photo_of(person: Person) -> Photo | None:
    """The photograph, without the picture itself."""
    return db.session.scalar(select(Photo).where(Photo.person_id == person.id))


def agreed(person: Person) -> frozenset[ConsentPurpose]:
    """What the person agrees to today."""
    given = select(Consent.purpose).where(
        Consent.person_id == person.id, Consent.withdrawn_at.is_(None)
    )
    return frozenset(db.session.scalars(given))


def tags_of(person: Person) -> list[Tag]:
    given = select(Tag).join(PersonTag).where(PersonTag.person_id == person.id)
    return list(db.session.scalars(given.order_by(Tag.name_zh)))


def other_tags(person: Person) -> list[Tag]:
    """The tags that the person does not have."""
    given = select(PersonTag.tag_id).where(PersonTag.person_id == person.id)
    return list(db.session.scalars(select(Tag).where(Tag.id.not_in(given)).order_by(Tag.name_zh)))


def get_tag(public_id: str) -> Tag:
    tag = db.session.scalar(select(Tag).where(Tag.public_id == public_id))
    if tag is None:
        raise NotFound
    return tag


def choices(kind: CodeKind, chosen_id: int | None = None) -> list[tuple[str, str]]:
    """The words of a list as (id, name), with one that is chosen already and offered no more."""
    listed = codes_of(kind)
    if chosen_id is not None and chosen_id not in {code.id for code in listed}:
        listed += db.session.scalars(select(Code).where(Code.id == chosen_id))
    return [(str(code.id), either(code.name_zh, code.name_en)) for code in listed]


def bearer(institution_id: int, student_number: str, study_id: int | None) -> str | None:
    """Who has this number at this university in another study, told apart; None if nobody has."""
    other = aliased(Study)
    asked = (
        select(Person, other)
        .join(StudyInstitution, StudyInstitution.person_id == Person.id)
        .join(other, other.id == StudyInstitution.study_id)
        .where(
            StudyInstitution.institution_id == institution_id,
            StudyInstitution.student_number == student_number,
            other.id != (study_id if study_id is not None else 0),
        )
        .options(joinedload(other.college), joinedload(other.major))
    )
    found = db.session.execute(asked).first()
    if found is None:
        return None
    person, study = found
    return " · ".join(filter(None, (display_name(person), study_text(study))))


def zones_of_places() -> list[str]:
    """The time zones of all places of the list."""
    return list(db.session.scalars(select(Place.time_zone).distinct().order_by(Place.time_zone)))


def chapter_at_home(person: Person) -> Chapter | None:
    """The chapter of the city where the person lives, if it takes who asks, and they have not."""
    place_id = db.session.scalar(
        select(Residence.place_id).where(Residence.person_id == person.id, Residence.is_current)
    )
    chapter = chapter_for_place(place_id) if place_id is not None else None
    if chapter is None or chapter.status is not ChapterStatus.ACTIVE:
        return None
    is_there = select(ChapterMembership.id).where(
        ChapterMembership.person_id == person.id,
        ChapterMembership.chapter_id == chapter.id,
        ChapterMembership.state.in_((MembershipState.PENDING, MembershipState.ACTIVE)),
    )
    is_closed = chapter.join_mode is JoinMode.INVITATION
    return None if is_closed or db.session.scalar(is_there) is not None else chapter


def _edited(actor: Actor, public_id: str | None) -> Select[Person]:
    """Who is edited at which door: the office's has an id in its address, the own page has none."""
    if public_id is None:
        mine = actor.person_id if actor.person_id is not None else 0
        return select(Person).where(Person.id == mine, Person.status.not_in(GONE))
    require(may_edit_people, actor)
    return select(Person).where(Person.public_id == public_id, visible(actor))
