"""Accounts of the office: inviting, giving and taking what they hold, suspending, closing."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta

from alumni.accounts.commands import (
    FIRST_PASSWORD_LINK,
    end_links,
    end_sessions,
    make_link,
    make_staff,
    open_account,
    owner_of,
)
from alumni.accounts.models import Account, Assignment, LinkPurpose
from alumni.accounts.policy import GRANTABLE, may_make_staff, may_manage_staff
from alumni.accounts.queries import account_of, token_hash
from alumni.accounts.queries.staff import administrators, held_by, successors
from alumni.audit.commands import record
from alumni.authz import Actor, Capability, require
from alumni.db import db, hold, now, today
from alumni.errors import Invalid, Refusal
from alumni.i18n import _
from alumni.links import address_of
from alumni.outbox.commands import queue

Succession = Callable[[int, int], int]
"""Give what one account has to another, by their ids, through the session, so that the history
tells each row. Return how many there were.
"""

successions: dict[str, Succession] = {}
"""What passes on when a staff account is closed, by its table. Each slice enters its own."""


@dataclass(frozen=True, kw_only=True)
class Invitation:
    """Whom the office takes in, and as what."""

    email: str
    name: str
    role: str
    language: str


@dataclass(frozen=True, kw_only=True)
class Grant:
    """What somebody may do in the office, from one day through another."""

    capability: Capability
    starts_on: date
    ends_on: date | None
    why: str = ""


def invite(actor: Actor, invitation: Invitation) -> Account:
    """Give somebody an account with what the role brings, and write them how to sign in.

    Whoever has an account already, as graduates have, signs in with that.
    """
    require(may_make_staff, actor)
    known = account_of(invitation.email)
    if known is not None:
        require(may_manage_staff, actor, known)
        _insist_on_open(known)
    account = open_account(
        actor,
        email=invitation.email,
        name=invitation.name,
        language=invitation.language,
    )
    make_staff(actor, email=account.email, role=invitation.role)
    _write(account)
    return account


def invite_again(actor: Actor, account: Account) -> None:
    """Send the letter once more to who has not set a password yet. The former link ends."""
    require(may_manage_staff, actor, account)
    _insist_on_open(account)
    if account.password_hash is not None:
        raise Refusal(_("This account has a password. A forgotten one is set anew by letter."))
    end_links(account)
    _write(account)
    record(actor, "invited_staff_again", account)


def grant(actor: Actor, account: Account, given: Grant) -> Assignment:
    """Let the account do one more thing. Its sessions end: they began with fewer rights."""
    require(may_manage_staff, actor, account)
    hold(account)  # two administrators may be at it
    _insist_on_open(account)
    _check(given)
    for held in held_by(account):
        if held.capability is given.capability and _overlap(held, given):
            raise Refusal(_("This is held already. Take it first."), field="capability")
    assignment = Assignment(
        account_id=account.id,
        capability=given.capability,
        starts_on=given.starts_on,
        ends_on=given.ends_on,
        granted_by_id=actor.account_id,
    )
    db.session.add(assignment)
    end_sessions(account)
    record(actor, "granted_capability", account, why=given.why)
    return assignment


def take(actor: Actor, account: Account, assignment: Assignment) -> None:
    """Let the account do that no longer, from this moment on."""
    require(may_manage_staff, actor, account)
    if assignment.capability is Capability.MANAGE_ACCOUNTS:
        _insist_on_another_administrator(account)
    _end(assignment)
    record(actor, "took_capability", account)


def suspend(actor: Actor, account: Account, why: str) -> None:
    """Let nobody sign in with the account until it is opened again. What it holds stays."""
    require(may_manage_staff, actor, account)
    _insist_on_another_administrator(account)
    hold(account)  # two administrators may be at it
    _insist_on_open(account)
    account.suspended_at = now()
    end_sessions(account)
    end_links(account)
    record(actor, "suspended_account", account, why=why)


def unsuspend(actor: Actor, account: Account) -> None:
    """Let its owner sign in again, with what is still held."""
    require(may_manage_staff, actor, account)
    hold(account)  # two administrators may be at it
    account.suspended_at = account.successor_id = None
    record(actor, "unsuspended_account", account)


def close(actor: Actor, account: Account, successor: Account, why: str) -> dict[str, int]:
    """End the work of this account and pass on what it leaves. Return how much of each kind.

    A graduate can still sign in to the own page; an account that was only for the work is closed.
    """
    require(may_manage_staff, actor, account)
    _insist_on_another_administrator(account)
    hold(account)  # two administrators may be at it
    held = held_by(account)
    if not held:
        raise Refusal(_("This account holds nothing any more."))
    if successor.id not in {other.id for other in successors(account)}:
        raise Invalid(_("Choose somebody who works in the office."), field="successor")
    passed_on = {name: succeed(account.id, successor.id) for name, succeed in successions.items()}
    for assignment in held:
        _end(assignment)
    account.successor_id = successor.id
    if account.person_id is None and account.suspended_at is None:
        account.suspended_at = now()
    end_sessions(account)
    end_links(account)
    facts = {"successor": successor.id, "passed_on": passed_on}
    record(actor, "closed_staff_account", account, why=why, facts=facts)
    return passed_on


def _insist_on_open(account: Account) -> None:
    if account.suspended_at is not None:
        raise Refusal(_("This account is suspended. Open it again first."))


def _insist_on_another_administrator(account: Account) -> None:
    """Raise Refusal where nobody would be left to manage accounts."""
    left = {one.id for one in db.session.scalars(administrators())}
    if left == {account.id}:
        raise Refusal(_("This is the last administrator. Appoint another one first."))


def _check(given: Grant) -> None:
    if given.capability not in GRANTABLE:
        raise Invalid(_("No role of the office brings this."), field="capability")
    if given.starts_on < today():
        raise Invalid(_("From today on, please."), field="starts_on")
    if given.ends_on is not None and given.ends_on < given.starts_on:
        raise Invalid(_("The last day is before the first."), field="ends_on")


def _overlap(held: Assignment, given: Grant) -> bool:
    begins_after = given.ends_on is not None and held.starts_on > given.ends_on
    ends_before = held.ends_on is not None and held.ends_on < given.starts_on
    return not begins_after and not ends_before


def _end(assignment: Assignment) -> None:
    """End it with yesterday, whenever it began; what has not begun is taken away.

    That it was held at all has to stay: it is asked of the authors of letters.
    """
    if assignment.starts_on > today():
        db.session.delete(assignment)
        return
    assignment.ends_on = today() - timedelta(days=1)
    assignment.starts_on = min(assignment.starts_on, assignment.ends_on)


def _write(account: Account) -> None:
    token = make_link(LinkPurpose.SET_PASSWORD, FIRST_PASSWORD_LINK, account=account)
    has_password = account.password_hash is not None
    queue(
        "staff_invitation",
        owner_of(account),
        deed=f"staff_invitation:{token_hash(token)[:32]}",
        has_password=has_password,
        link=address_of("accounts.sign_in")
        if has_password
        else address_of("accounts.set_password", token=token),
    )
