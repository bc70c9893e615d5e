"""What recognising and approving end with: the applicant is a person, with an account."""

from collections.abc import Set as AbstractSet

from sqlalchemy import select

from alumni.accounts.commands import open_account
from alumni.accounts.models import Account
from alumni.authz import Actor
from alumni.db import db, locked, now
from alumni.links import address_of
from alumni.outbox.commands import Recipient, queue
from alumni.people.commands import agree
from alumni.people.commands.search import reindex
from alumni.people.models import ConsentPurpose, Person, PersonStatus
from alumni.roster.commands.taking import take
from alumni.roster.models import Application, ApplicationState


def admit(
    actor: Actor,
    application: Application,
    person: Person,
    wanted: AbstractSet[str] | None = None,
) -> list[str]:
    """The applicant is this person: link the account, and keep what was told with the consents.

    Return the keys of the fields that were taken from what the applicant wrote.
    """
    open_account(
        actor,
        email=application.email,
        name=application.name,
        language=application.language,
        person_id=person.id,
    )
    person.status = PersonStatus.VERIFIED
    person.lost_since = None
    person.language = application.language
    taken = take(person, application, wanted)
    purposes = [ConsentPurpose.MEMBERSHIP]
    if application.agrees_to_mailings:
        purposes.append(ConsentPurpose.MAILINGS)
    agree(person, purposes, version=application.notice_version, source="join")
    application.state = ApplicationState.APPROVED
    application.person_id = person.id
    note_decided(actor, application)
    db.session.flush()
    reindex([person.id])
    return taken


def note_decided(actor: Actor, application: Application) -> None:
    application.decided_at = now()
    application.decided_by_id = actor.account_id


def held(person_id: int) -> Person:
    """The person, held until the transaction ends: two applicants must not both become them."""
    return db.session.scalars(locked(select(Person).where(Person.id == person_id))).one()


def has_account(person_id: int) -> bool:
    return db.session.scalar(select(Account.id).where(Account.person_id == person_id)) is not None


def tell(letter: str, application: Application, occasion: int | None = None) -> None:
    """Send the applicant a letter in their language: one of its kind for each occasion."""
    to = Recipient(
        email=application.email,
        name=application.name,
        language=application.language,
        person_id=application.person_id,
    )
    once = "" if occasion is None else f":{occasion}"
    queue(
        letter,
        to,
        deed=f"application:{application.id}:{letter}{once}",
        application=application,
        link=address_of("home.me"),
        mine=address_of("roster.my_application"),
        join=address_of("roster.join"),
        contact=address_of("home.contact"),
    )
