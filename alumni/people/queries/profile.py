"""A person as somebody else sees them: their page, their picture, and who looks at very many."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import and_, func, select

from alumni.audit.models import ChangeSet
from alumni.authz import ANYONE, Actor
from alumni.db import db
from alumni.errors import NotFound
from alumni.i18n import language
from alumni.people.models import Level, Person, Photo
from alumni.people.policy import is_self, may_view_people, shown, takes_relay, visible
from alumni.people.queries import display_name, facts
from alumni.people.queries.relaying import has_address

MANY_VIEWS = "viewed_many"
"""The verb by which the history says that an account opened very many people's pages."""


@dataclass(frozen=True, kw_only=True)
class Profile:
    """All that one actor may see of a person, in the language of the moment, and nothing else.

    What is not known and what is not shown are alike: empty.
    """

    public_id: str
    name: str
    other_names: tuple[str, ...]
    """The name in the other script, and the English one."""
    name_en: str
    surname: str
    """How it is read, in plain letters."""
    class_text: str
    photo: str
    """The public id of the picture."""
    courses: tuple[facts.Course, ...]
    trainings: tuple[facts.Stay, ...]
    jobs: tuple[facts.Job, ...]
    """The current one first."""
    city: str
    country: str
    former_names: tuple[str, ...]
    contacts: tuple[facts.Contact, ...]
    takes_relay: bool
    """Whether the actor may write to them through us."""
    is_own: bool
    """Whether the actor is this person."""
    is_whole: bool
    """Whether the actor sees all that is known, being of the office."""

    @property
    def place(self) -> str:
        """Where they live, as far as it is shown: the city, and the country around it."""
        parts = dict.fromkeys(filter(None, (self.city, self.country)))
        return " · ".join(parts)


def seen_as(actor: Actor, level: Level) -> Actor:
    """Somebody who is to the actor what the level says, and nothing more."""
    if level is Level.PUBLIC:
        return ANYONE
    return Actor(
        is_verified=True,
        classes=actor.classes if level is Level.CLASS else frozenset(),
        chapters=actor.chapters if level is Level.CHAPTERS else frozenset(),
    )


def own_public_id(actor: Actor) -> str:
    """The actor's own, as a person. Who is none is not found."""
    found = db.session.scalar(select(Person.public_id).where(Person.id == actor.person_id))
    if found is None:
        raise NotFound
    return found


def get_profile(actor: Actor, public_id: str) -> Profile:
    """The person as the actor sees them, in eight statements whatever is known of them."""
    asked = (
        select(Person, Photo.public_id, and_(takes_relay(actor), has_address()))
        .outerjoin(Photo, and_(Photo.person_id == Person.id, shown(actor, Photo)))
        .where(Person.public_id == public_id, visible(actor))
    )
    found = db.session.execute(asked).one_or_none()
    if found is None:
        raise NotFound
    person, photo, is_taking_letters = found
    courses = facts.courses(actor, person.id)
    city, country = facts.home(actor, person.id)
    name = display_name(person, language())
    return Profile(
        public_id=person.public_id,
        name=name,
        other_names=_other_names(person, name),
        name_en=person.name_en or "",
        surname=person.pinyin_surname,
        class_text=courses[0].title if courses else "",
        photo=photo or "",
        courses=courses,
        trainings=facts.trainings(actor, person.id),
        jobs=facts.jobs(actor, person.id),
        city=city,
        country=country,
        former_names=facts.former_names(actor, person.id),
        contacts=facts.contacts(actor, person.id),
        takes_relay=bool(is_taking_letters),
        is_own=is_self(actor, person),
        is_whole=may_view_people(actor),
    )


def get_photo(actor: Actor, public_id: str) -> Photo:
    """The picture of a person whom the actor may find, if it is shown to them; not its content."""
    asked = (
        select(Photo)
        .join(Person, Person.id == Photo.person_id)
        .where(Person.public_id == public_id, visible(actor), shown(actor, Photo))
    )
    photo = db.session.scalar(asked)
    if photo is None:
        raise NotFound
    return photo


def many_views(since: datetime) -> int:
    """How many accounts opened so many people's pages that they were stopped, since then."""
    asked = select(func.count(ChangeSet.account_id.distinct())).where(
        ChangeSet.verb == MANY_VIEWS, ChangeSet.at >= since
    )
    return db.session.scalar(asked) or 0


def _other_names(person: Person, name: str) -> tuple[str, ...]:
    known = (display_name(person, "zh"), display_name(person, "en"), person.name_en)
    return tuple(other for other in dict.fromkeys(known) if other and other != name)
