"""Where a person lives and lived."""

from dataclasses import dataclass

from alumni.audit.commands import record
from alumni.authz import Actor, require
from alumni.codes.queries import find_place
from alumni.db import db
from alumni.people.commands import done, follow, move
from alumni.people.models import Level, Person, Residence
from alumni.people.policy import may_edit


@dataclass(frozen=True, kw_only=True)
class Home:
    city: str
    visibility: Level


def move_home(actor: Actor, person: Person, told: Home) -> None:
    """The person lives there from now on. The home before is kept with its last day."""
    require(may_edit, actor, person)
    move(person, told.city, told.visibility)
    done(actor, "moved", person)


def correct_home(actor: Actor, person: Person, home: Residence, told: Home) -> None:
    """The person never lived where the home was said to be: nobody moved."""
    require(may_edit, actor, person)
    place = find_place(told.city)
    if home.is_current:
        follow(person, home.place_id, place)
    home.written = told.city
    if home.place_id != (place.id if place else None):
        home.chapter_declined = False  # of another place they were not asked yet
    home.place_id = place.id if place else None
    home.visibility = told.visibility
    done(actor, "corrected_home", person)


def decline_chapter(actor: Actor, person: Person, home: Residence) -> None:
    """Be told no more of the chapter of this place. Another home begins without such a word."""
    require(may_edit, actor, person)
    if home.chapter_declined:
        return
    home.chapter_declined = True
    record(actor, "declined_chapter", home)


def remove_home(actor: Actor, person: Person, home: Residence) -> None:
    require(may_edit, actor, person)
    db.session.delete(home)
    done(actor, "removed_home", person)
