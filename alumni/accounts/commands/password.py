"""Another password for who is signed in."""

from alumni.accounts import passwords
from alumni.accounts.commands import end_links, tell
from alumni.accounts.models import Account
from alumni.accounts.policy import may_secure
from alumni.audit.commands import record
from alumni.authz import Actor, require


def change_password(actor: Actor, account: Account, password: str) -> None:
    """Set another password for the own account, whose present one was asked for."""
    require(may_secure, actor, account)
    passwords.check(password, about=(account.name, account.email.split("@")[0]))
    account.password_hash = passwords.hashed(password)
    end_links(account)
    deed = record(actor, "changed_password", account)
    tell("password_changed", account, deed)
