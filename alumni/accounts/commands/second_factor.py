"""The second factor: setting it up, taking its codes, and the codes on paper."""

from base64 import b32encode
from datetime import timedelta
from secrets import token_bytes

from sqlalchemy import delete, insert, or_, update

from alumni.accounts import totp
from alumni.accounts.commands import end_links, end_sessions, make_link, tell, use_link
from alumni.accounts.models import Account, Link, LinkPurpose, RecoveryCode, SignIn
from alumni.accounts.policy import may_do_without, may_rescue, may_secure
from alumni.accounts.queries import peek_link, token_hash
from alumni.accounts.queries.security import codes_left
from alumni.accounts.queries.staff import is_staff
from alumni.audit.commands import record
from alumni.authz import Actor, require
from alumni.db import changed, db, now
from alumni.errors import Gone, Invalid, Refusal
from alumni.i18n import _

HALF_WAY = timedelta(minutes=5)
"""Between the password and the code."""

EXPORTS_WAIT = timedelta(days=1)
CODES = 10
CODE_BYTES = 10
"""80 random bits, sixteen letters and digits: nobody tries them all, so a quick hash will do."""


def turn_on(actor: Actor, account: Account, secret: str, code: str) -> list[str]:
    """Ask for codes of this secret from now on, instead of any other. Return recovery codes,

    which are shown once: only their hashes are kept. Raise Invalid for a code of another secret.
    """
    require(may_secure, actor, account)
    step = totp.step_of(secret, code, now())
    if step is None:
        raise Invalid(
            _("This is not the code that the app shows. Is the telephone’s clock right?"),
            field="code",
        )
    account.totp_secret, account.totp_since, account.totp_last_step = secret, now(), step
    codes = _renewed_codes(account)
    end_links(account)
    deed = record(actor, "turned_on_second_factor", account)
    tell("second_factor_on", account, deed)
    return codes


def turn_off(actor: Actor, account: Account) -> None:
    """Ask for the password alone. Not where the work with other people's data needs more."""
    require(may_secure, actor, account)
    require(may_do_without, actor, account)
    if not account.has_second_factor:
        return
    _forget(account)
    deed = record(actor, "turned_off_second_factor", account)
    tell("second_factor_off", account, deed)


def take_away(actor: Actor, account: Account, *, why: str = "") -> None:
    """Take the second factor from somebody who lost the telephone and the codes.

    Its sessions end, and nothing can be exported for a day: perhaps it was somebody else who asked.
    """
    require(may_rescue, actor, account, of_staff=is_staff(account))
    _forget(account)
    account.exports_from = now() + EXPORTS_WAIT
    end_sessions(account)
    end_links(account)
    deed = record(actor, "took_second_factor_away", account, why=why)
    tell("second_factor_off", account, deed)


def renew_codes(actor: Actor, account: Account) -> list[str]:
    """New recovery codes instead of the old ones."""
    require(may_secure, actor, account)
    if not account.has_second_factor:
        raise Refusal(_("Set up the second factor first."))
    codes = _renewed_codes(account)
    deed = record(actor, "made_recovery_codes", account)
    tell("recovery_codes_made", account, deed)
    return codes


def ask_for_code(account: Account) -> str:
    """Note that the account's password was given. Return the token by which the browser says so."""
    over = delete(Link).where(
        Link.account_id == account.id,
        Link.purpose == LinkPurpose.SIGN_IN,
        Link.ends_at <= now(),
    )
    changed(over)
    return make_link(LinkPurpose.SIGN_IN, HALF_WAY, account=account)


def enter_with_code(token: str, code: str) -> Account:
    """The account for whose password the token was given, if the code is right: its session may

    begin, once. Raise Gone where the password was given too long ago, Invalid for a wrong code.
    """
    link = peek_link(LinkPurpose.SIGN_IN, token)
    account = db.session.get_one(Account, link.account_id)
    if account.suspended_at is not None:
        raise Gone(_("This account is closed. Please write to the office."))
    check_code(account, code)
    use_link(LinkPurpose.SIGN_IN, token)
    return account


def check_code(account: Account, code: str) -> None:
    """Take a code of the app, or one on paper. Raise Invalid if it is neither, or was used."""
    if not _take_code(account, code) and not _take_recovery_code(account, code):
        raise Invalid(
            _("This code is not right, or was used already. Please wait for the next one."),
            field="code",
        )


def _take_code(account: Account, code: str) -> bool:
    """Whether it is a code of the app that nobody has given yet, nor any after it."""
    if account.totp_secret is None or not account.has_second_factor:
        return False
    step = totp.step_of(account.totp_secret, code, now())
    if step is None:
        return False
    unused = update(Account).where(
        Account.id == account.id,
        or_(Account.totp_last_step.is_(None), Account.totp_last_step < step),
    )
    return changed(unused.values(totp_last_step=step)) == 1


def _take_recovery_code(account: Account, code: str) -> bool:
    unused = update(RecoveryCode).where(
        RecoveryCode.account_id == account.id,
        RecoveryCode.code_hash == token_hash(totp.plain(code)),
        RecoveryCode.used_at.is_(None),
    )
    if not account.has_second_factor or not changed(unused.values(used_at=now())):
        return False
    left = codes_left(account)
    deed = record(_owner(account), "used_recovery_code", account, facts={"left": left})
    tell("recovery_code_used", account, deed, left=left)
    return True


def _owner(account: Account) -> Actor:
    """Who acts while nobody is signed in yet."""
    return Actor(account_id=account.id, person_id=account.person_id)


def _renewed_codes(account: Account) -> list[str]:
    codes = [b32encode(token_bytes(CODE_BYTES)).decode() for _number in range(CODES)]
    _end_codes(account)
    hashes = [{"account_id": account.id, "code_hash": token_hash(code)} for code in codes]
    db.session.execute(insert(RecoveryCode), hashes)
    return [totp.in_groups(code) for code in codes]


def _end_codes(account: Account) -> None:
    changed(delete(RecoveryCode).where(RecoveryCode.account_id == account.id))


def _forget(account: Account) -> None:
    account.totp_secret = account.totp_since = account.totp_last_step = None
    _end_codes(account)
    shown = update(SignIn).where(SignIn.account_id == account.id)
    changed(shown.values(has_second_factor=False))
