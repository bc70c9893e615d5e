"""Opening accounts, signing in and out, links by mail, passwords."""

import secrets
from datetime import timedelta

from sqlalchemy import delete, update

from alumni.accounts import passwords
from alumni.accounts.models import (
    STAFF_SESSION,
    Account,
    Assignment,
    Link,
    LinkPurpose,
    SignIn,
)
from alumni.accounts.policy import ROLES, may_make_staff
from alumni.accounts.queries import account_of, capabilities_of, peek_link, token_hash
from alumni.audit.commands import record
from alumni.audit.models import ChangeSet
from alumni.authz import Actor, require
from alumni.db import changed, db, inserted, now, today
from alumni.errors import Gone, Invalid, Refusal
from alumni.i18n import _
from alumni.links import address_of
from alumni.outbox.commands import Recipient, queue
from alumni.outbox.queries import letters_lately

SESSION = timedelta(days=30)
PASSWORD_LINK = timedelta(hours=1)
FIRST_PASSWORD_LINK = timedelta(days=3)
MOST_LETTERS_A_DAY = 3


def open_account(
    actor: Actor, *, email: str, name: str, language: str, person_id: int | None = None
) -> Account:
    """The account with this address: a new one, or the one there is.

    An account that belongs to nobody yet is given the person; one of somebody else is refused.
    """
    account = Account(email=email.lower(), name=name, language=language, person_id=person_id)
    if inserted(account):
        record(actor, "opened_account", account)
        return account
    known = account_of(email)
    if known is None:
        raise Refusal(_("This person has an account already."))
    if person_id is not None and known.person_id is None:
        known.person_id = person_id
        record(actor, "linked_account", known)
    elif person_id is not None and known.person_id != person_id:
        raise Refusal(_("This address belongs to somebody else’s account."), field="email")
    return known


def make_staff(actor: Actor, *, email: str, role: str, language: str = "zh") -> Account:
    """Give the account with this address, made if there is none, what the role brings."""
    require(may_make_staff, actor)
    if role not in ROLES:
        raise Invalid(_("There is no such role."), field="role")
    name = email.partition("@")[0]
    account = open_account(actor, email=email, name=name, language=language)
    held = set(db.session.scalars(capabilities_of(account.id, today())))
    db.session.add_all(
        Assignment(
            account_id=account.id,
            capability=capability,
            starts_on=today(),
            granted_by_id=actor.account_id,
        )
        for capability in ROLES[role]
        if capability not in held
    )
    end_sessions(account)  # what began with fewer rights lasts longer than staff's may
    record(actor, "made_staff", account, facts={"role": role})
    return account


def make_link(
    purpose: LinkPurpose,
    lasts: timedelta,
    *,
    account: Account | None = None,
    application_id: int | None = None,
) -> str:
    """A token for a link that works once and not after that time. Only its hash is kept."""
    token = secrets.token_urlsafe(32)
    db.session.add(
        Link(
            purpose=purpose,
            token_hash=token_hash(token),
            account_id=account.id if account else None,
            application_id=application_id,
            ends_at=now() + lasts,
        )
    )
    db.session.flush()
    return token


def use_link(purpose: LinkPurpose, token: str) -> Link:
    """Take the link's one use. Raise Gone if somebody was faster."""
    link = peek_link(purpose, token)
    unused = update(Link).where(Link.id == link.id, Link.used_at.is_(None))
    if not changed(unused.values(used_at=now())):
        raise Gone(_("This link has been used or is too old. Please ask for a new one."))
    return link


def forgot(email: str) -> None:
    """Send a link to set a new password to whoever owns the address, three a day at most.

    Says nothing to the asker, and does as much for an address that nobody has: a link is made
    that belongs to no account.
    """
    account = account_of(email)
    if account is not None and account.suspended_at is not None:
        account = None
    token = make_link(LinkPurpose.SET_PASSWORD, PASSWORD_LINK, account=account)
    if account is None or letters_lately(account.email, "password_link") >= MOST_LETTERS_A_DAY:
        return
    queue(
        "password_link",
        owner_of(account),
        deed=f"password:{token_hash(token)[:32]}",
        link=address_of("accounts.set_password", token=token),
    )


def set_password(actor: Actor, token: str, password: str) -> Account:
    """Set the password by a link. All sessions of the account end, and its other links."""
    link = peek_link(LinkPurpose.SET_PASSWORD, token)
    account = db.session.get(Account, link.account_id) if link.account_id else None
    if account is None:
        raise Gone(_("This link has been used or is too old. Please ask for a new one."))
    passwords.check(password, about=(account.name, account.email.split("@")[0]))
    use_link(LinkPurpose.SET_PASSWORD, token)
    had_one = account.password_hash is not None
    account.password_hash = passwords.hashed(password)
    end_sessions(account)
    end_links(account)
    deed = record(actor, "set_password", account)
    if had_one:
        tell("password_changed", account, deed)
    return account


def end_links(account: Account) -> None:
    """Let no link of the account work any more, nor a password that still waits for its code."""
    unused = update(Link).where(Link.account_id == account.id, Link.used_at.is_(None))
    changed(unused.values(used_at=now()))


def owner_of(account: Account) -> Recipient:
    """Where letters about the account go: to its own address, whatever else is known."""
    return Recipient(
        email=account.email,
        name=account.name,
        language=account.language,
        person_id=account.person_id,
    )


def tell(letter: str, account: Account, deed: ChangeSet, *, left: int = 0) -> None:
    """Write to the owner that something about signing in has changed, in case it was not them."""
    queue(
        letter,
        owner_of(account),
        deed=f"{letter}:{deed.id}",
        left=left,
        forgot_url=address_of("accounts.forgot"),
    )


def begin_session(
    account: Account, *, is_staff: bool, has_second_factor: bool = False, device: str = ""
) -> tuple[str, SignIn]:
    """A new session of the account. Return its token, of which we keep only the hash."""
    token = secrets.token_urlsafe(32)
    session = SignIn(
        account_id=account.id,
        token_hash=token_hash(token),
        device=device,
        has_second_factor=has_second_factor,
        ends_at=now() + (STAFF_SESSION if is_staff else SESSION),
    )
    db.session.add(session)
    db.session.flush()
    return token, session


def end_session(token: str) -> None:
    changed(delete(SignIn).where(SignIn.token_hash == token_hash(token)))


def end_sessions(account: Account) -> None:
    changed(delete(SignIn).where(SignIn.account_id == account.id))


def choose_language(account_id: int, language: str) -> None:
    """Remember what the account reads."""
    changed(update(Account).where(Account.id == account_id).values(language=language))
