"""Entering by hand somebody whom we did not know: an elder without e-mail, found by telephone."""

from collections.abc import Sequence

from alumni.authz import Actor, require
from alumni.people.commands import NewPerson, enter_person
from alumni.people.commands.contacts import Contact, add_contact
from alumni.people.commands.search import reindex
from alumni.people.models import ContactKind, Person
from alumni.people.policy import may_edit_people


def enter_by_hand(
    actor: Actor, told: NewPerson, contacts: Sequence[tuple[ContactKind, Contact]]
) -> Person:
    """Enter the person. They have no account; a code lets them take up the record one day."""
    require(may_edit_people, actor)
    person = enter_person(actor, told)
    for kind, contact in contacts:
        add_contact(actor, person, kind, contact, first=True)
    reindex([person.id])
    return person
