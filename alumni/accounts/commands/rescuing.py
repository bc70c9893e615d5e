"""Helping somebody to sign in whose mailbox is dead, after a check of who they are."""

from sqlalchemy.exc import IntegrityError

from alumni.accounts.commands import end_links, end_sessions, owner_of
from alumni.accounts.commands.second_factor import EXPORTS_WAIT
from alumni.accounts.models import Account
from alumni.accounts.policy import may_rescue
from alumni.accounts.queries import account_of
from alumni.accounts.queries.staff import is_staff
from alumni.audit.commands import record
from alumni.authz import Actor, require
from alumni.db import db, now
from alumni.errors import Invalid, Refusal
from alumni.i18n import _
from alumni.links import address_of
from alumni.outbox.commands import queue


def change_address(actor: Actor, account: Account, email: str, *, why: str) -> None:
    """Let the account's owner sign in with another address.

    ``why`` is how it was found out that it is they who ask. Both addresses are told. The account's
    sessions and links end, and nothing can be exported for a day: perhaps it was somebody else.
    """
    require(may_rescue, actor, account, of_staff=is_staff(account))
    if account.suspended_at is not None:
        raise Refusal(_("This account is closed."))
    if email.lower() == account.email:
        raise Invalid(_("This is the address that the account has."), field="email")
    former = owner_of(account)
    _set(account, email.lower())
    end_sessions(account)
    end_links(account)
    deed = record(actor, "changed_login_address", account, why=why)
    for which, to in (("old", former), ("new", owner_of(account))):
        queue(
            "login_address_changed",
            to,
            deed=f"login_address_changed:{deed.id}:{which}",
            is_old=which == "old",
            address=masked(account.email),
            forgot_url=address_of("accounts.forgot"),
            contact_url=address_of("home.contact"),
        )


def masked(email: str) -> str:
    """Enough of an address for its owner to know it by: z…@example.org."""
    name, _at, host = email.partition("@")
    return f"{name[:1]}…@{host}"


def _set(account: Account, email: str) -> None:
    taken = Refusal(_("Another account signs in with this address."), field="email")
    if account_of(email) is not None:
        raise taken
    try:
        with db.session.begin_nested():
            account.email, account.exports_from = email, now() + EXPORTS_WAIT
    except IntegrityError as error:  # somebody was faster
        raise taken from error
