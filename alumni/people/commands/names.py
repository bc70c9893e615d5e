"""How a person is called: by whom, and how it is read."""

from dataclasses import dataclass

from sqlalchemy import select

from alumni.accounts.models import Account
from alumni.authz import Actor, require
from alumni.db import db
from alumni.errors import Invalid
from alumni.i18n import _
from alumni.people import names
from alumni.people.commands import READING, SORT_KEY, done, named, put
from alumni.people.models import FormerName, Level, Person
from alumni.people.policy import may_edit, may_edit_people


@dataclass(frozen=True, kw_only=True)
class Official:
    """The names in documents, which the office writes."""

    name_zh: str | None
    name_latin: str | None


@dataclass(frozen=True, kw_only=True)
class Names:
    """What a form says of the names. A reading is in the form of ``names.tidy_reading``."""

    name_en: str | None
    surname: str
    given: str
    """Both readings empty: to be made from the name."""
    official: Official | None = None
    """None where they stay as they are."""


@dataclass(frozen=True, kw_only=True)
class Former:
    name: str
    visibility: Level


def change_names(actor: Actor, person: Person, told: Names) -> None:
    """Change the names. A reading that somebody wrote is kept; one that was made is made anew."""
    require(may_edit, actor, person)
    before = _name(person)
    if told.official is not None:
        require(may_edit_people, actor)
        put(person, told.official)
    person.name_en = told.name_en
    name = _name(person)
    if name is None:
        raise Invalid(_("A person needs one name at least."), field="name_en")
    _read(person, name, told)
    if name != before:
        _greet(person, name)
    done(actor, "changed_names", person)


def _name(person: Person) -> str | None:
    """The first of the names, in the order of their weight."""
    return person.name_zh or person.name_latin or person.name_en


def _greet(person: Person, name: str) -> None:
    """Let the pages call the person by the new name, too."""
    for account in db.session.scalars(select(Account).where(Account.person_id == person.id)):
        account.name = name


def _read(person: Person, name: str, told: Names) -> None:
    """Take the reading that was told, or make one, and put the person in order by it."""
    if not (told.surname or told.given):
        person.pinyin_edited = False
    elif (told.surname, told.given) != (person.pinyin_surname, person.pinyin_given):
        person.pinyin_edited = True
        person.pinyin_surname, person.pinyin_given = told.surname[:READING], told.given[:READING]
    if not person.pinyin_edited:
        made = named(name)
        person.pinyin_surname = made["pinyin_surname"] or ""
        person.pinyin_given = made["pinyin_given"] or ""
    key = names.sort_key(person.pinyin_surname, person.pinyin_given)
    person.sort_key = f"{key} {person.name_zh or ''}".strip()[:SORT_KEY]


def add_former_name(actor: Actor, person: Person, told: Former) -> None:
    require(may_edit, actor, person)
    db.session.add(FormerName(person_id=person.id, **vars(told)))
    done(actor, "added_former_name", person)


def change_former_name(actor: Actor, person: Person, former: FormerName, told: Former) -> None:
    require(may_edit, actor, person)
    put(former, told)
    done(actor, "changed_former_name", person)


def remove_former_name(actor: Actor, person: Person, former: FormerName) -> None:
    require(may_edit, actor, person)
    db.session.delete(former)
    done(actor, "removed_former_name", person)
