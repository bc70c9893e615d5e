"""Who may see what of a person, what they agreed to, and what they say of it all."""

from collections.abc import Mapping
from dataclasses import dataclass

from alumni.authz import Actor, require
from alumni.db import now
from alumni.people.commands import agree, done, put, set_zone, withdraw
from alumni.people.models import ConsentPurpose, Level, Person
from alumni.people.policy import may_edit, may_edit_people
from alumni.people.queries.editing import levelled

OPEN_PURPOSES = (
    ConsentPurpose.MAILINGS,
    ConsentPurpose.CHAPTER_SHARING,
    ConsentPurpose.ADDRESS_BOOK,
)
"""What may be agreed to and taken back here. Who takes back membership leaves."""


@dataclass(frozen=True, kw_only=True)
class Privacy:
    """Who may see what, and what the person agrees to, as one page says it."""

    listed: Level
    levels: Mapping[tuple[str, int], Level]
    """By table and row. A row that is not named stays as it is."""
    takes_relay: bool = True
    """Whether others may write to them through us."""
    purposes: frozenset[ConsentPurpose]
    """Of ``OPEN_PURPOSES``; those that are missing are taken back."""
    notice_version: str
    """What the person read."""


@dataclass(frozen=True, kw_only=True)
class Facts:
    sex: str | None
    birth_year: int | None


def change_privacy(actor: Actor, person: Person, told: Privacy) -> None:
    require(may_edit, actor, person)
    person.listed, person.takes_relay = told.listed, told.takes_relay
    for row in levelled(person):
        row.visibility = told.levels.get((row.__tablename__, row.id), row.visibility)
    source = "own page" if actor.person_id == person.id else "office"
    agreed = [purpose for purpose in OPEN_PURPOSES if purpose in told.purposes]
    agree(person, agreed, version=told.notice_version, source=source)
    withdraw(person, [purpose for purpose in OPEN_PURPOSES if purpose not in told.purposes])
    done(actor, "changed_privacy", person)


def change_language(actor: Actor, person: Person, language: str, time_zone: str) -> None:
    """Change what we write to the person in, and on whose clocks they read times."""
    require(may_edit, actor, person)
    person.language = language
    set_zone(person, time_zone)
    done(actor, "changed_language", person)


def change_facts(actor: Actor, person: Person, told: Facts) -> None:
    """Change what only the office knows."""
    require(may_edit_people, actor)
    put(person, told)
    done(actor, "changed_facts", person)


def confirm(actor: Actor, person: Person) -> None:
    """All that is known of the person is still right today: so they are not lost, either."""
    require(may_edit, actor, person)
    person.confirmed_at, person.lost_since = now(), None
    done(actor, "confirmed_data", person)
