"""What whoever was asked does with the link: take up the record, or decline."""

from sqlalchemy import update

from alumni.accounts.commands import FIRST_PASSWORD_LINK, make_link, open_account
from alumni.accounts.models import LinkPurpose
from alumni.accounts.queries import token_hash
from alumni.audit.commands import record
from alumni.authz import SYSTEM, Actor
from alumni.codes.queries import association
from alumni.db import changed, hold, now
from alumni.errors import Gone
from alumni.i18n import _
from alumni.people.commands import add_email, agree
from alumni.people.commands.search import reindex
from alumni.people.models import ConsentPurpose, PersonStatus
from alumni.people.queries import display_name
from alumni.roster.commands.admitting import has_account, held
from alumni.roster.commands.letters import insist_open
from alumni.roster.models import Activation
from alumni.roster.queries.activating import open_activation


def opened(token: str) -> None:
    """Note that somebody looked at the link, the first time."""
    looked = update(Activation).where(
        Activation.token_hash == token_hash(token), Activation.opened_at.is_(None)
    )
    changed(looked.values(opened_at=now()))


def activate(token: str, *, agrees_to_mailings: bool, language: str) -> str:
    """Take up the record: open an account, note the consents. Return a token to set a password.

    Raises Gone for a link that was used or is too old.
    """
    activation = open_activation(token)
    hold(activation)
    insist_open(activation)
    person = held(activation.person_id)
    if has_account(person.id):
        raise Gone(_("Somebody signs in as this person already. Please sign in."))
    if person.status is not PersonStatus.KNOWN:
        raise Gone(_("This link has been used or is too old. Please ask the office for a new one."))
    email = str(activation.email)
    account = open_account(
        SYSTEM,
        email=email,
        name=display_name(person),
        language=language,
        person_id=person.id,
    )
    if account.suspended_at is not None:
        raise Gone(_("This link has been used or is too old. Please ask the office for a new one."))
    person.status, person.language = PersonStatus.VERIFIED, language
    person.lost_since = None
    add_email(person, email)
    purposes = [ConsentPurpose.MEMBERSHIP]
    if agrees_to_mailings:
        purposes.append(ConsentPurpose.MAILINGS)
    agree(person, purposes, version=association()["notice_version"], source="activation")
    reindex([person.id])
    activation.activated_at = now()
    activation.token_hash = activation.code_hash = None
    record(Actor(account_id=account.id, person_id=person.id), "activated", person)
    return make_link(LinkPurpose.SET_PASSWORD, FIRST_PASSWORD_LINK, account=account)


def decline(token: str) -> None:
    """They want no record taken up, and no more letters of this kind."""
    activation = open_activation(token)
    hold(activation)
    insist_open(activation)
    activation.declined_at = now()
    activation.token_hash = activation.code_hash = None
    record(SYSTEM, "declined_activation", activation)
