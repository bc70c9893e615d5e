"""Signing up: from the form until the roster knows who it is, or the office looks at it."""

from dataclasses import dataclass, replace
from datetime import timedelta

from sqlalchemy import exists, or_, select, update

from alumni.accounts.commands import FIRST_PASSWORD_LINK, make_link, open_account, use_link
from alumni.accounts.models import Account, Link, LinkPurpose
from alumni.accounts.queries import token_hash
from alumni.audit.commands import record
from alumni.authz import Actor
from alumni.codes.queries import association
from alumni.db import changed, db, inserted, now
from alumni.errors import Gone
from alumni.i18n import _
from alumni.links import address_of
from alumni.outbox.commands import Recipient, queue
from alumni.outbox.queries import letters_lately
from alumni.people.models import Person
from alumni.roster.commands.admitting import admit, held, tell
from alumni.roster.commands.inviting import take_place
from alumni.roster.commands.wishing import join_wished, wished_chapter
from alumni.roster.models import Application, ApplicationState, Invitation, Match, MatchVerdict
from alumni.roster.queries.applications import DECIDABLE, told_by, unconfirmed
from alumni.roster.queries.candidates import is_for_the_office
from alumni.roster.queries.recognising import Judged, recognise

CONFIRM_LINK = timedelta(days=3)
MOST_LETTERS = 3
"""To one address in a day: whoever types somebody else's address must not flood it."""

MOST_MATCHES = 20


@dataclass(frozen=True, kw_only=True)
class Applicant:
    """A valid answer to the form: what somebody says of themselves."""

    name: str
    email: str
    student_number: str | None
    graduation_year: int | None
    college_id: int | None
    city: str
    language: str
    birth_year: int | None = None
    certificate_number: str | None = None
    phone: str | None = None
    chapter_id: int | None = None
    """Which chapter is theirs: the one they chose, or that of the city."""
    chapter_is_wished: bool = False
    """Whether they chose it, and so want to join it."""
    agrees_to_mailings: bool = False


def apply_to_join(actor: Actor, applicant: Applicant, invitation: Invitation | None = None) -> None:
    """Keep the application and send its address a link to confirm it.

    Whoever belongs already gets a letter that says so. Nothing tells the asker which it was, and
    nothing that was typed stands in a letter: the address may be somebody else's. Of several
    letters the newest counts: it is the one whose link shows and confirms what was told last.

    Who comes by an ``invitation`` takes one of its places by confirming: whoever types addresses
    of others uses none up, and what is left of them tells nobody which address belongs to whom.
    """
    # Whoever belongs takes the same work, undone, and a link that opens nothing: the time it
    # takes tells no more than the page.
    belongs = _belongs(applicant.email)
    with db.session.begin_nested() as attempt:
        application = _opened(actor, applicant, invitation)
        is_enough = _has_letters_enough(applicant.email)
        if belongs or is_enough:
            attempt.rollback()
            application = None
    if is_enough:
        return
    token = make_link(
        LinkPurpose.CONFIRM_APPLICATION,
        CONFIRM_LINK,
        application_id=application.id if application else None,
    )
    queue(
        "application_confirm" if application else "already_member",
        Recipient(email=applicant.email, language=applicant.language),
        deed=f"application:{token_hash(token)[:32]}",
        link=address_of("roster.confirm", token=token),
        sign_in=address_of("accounts.sign_in"),
        forgot=address_of("accounts.forgot"),
    )


def confirm_application(actor: Actor, token: str) -> str | None:
    """Take the application as its address' own, open an account, and see who it may be.

    Return the token of a link to set the first password; None where the account has one.
    """
    application = unconfirmed(token, hold=True)
    use_link(LinkPurpose.CONFIRM_APPLICATION, token)
    application.state = ApplicationState.WAITING
    application.confirmed_at = now()
    if application.invitation_id is not None and not take_place(application.invitation_id):
        application.invitation_id = None  # too late for the link, but not for joining
    account = open_account(
        actor, email=application.email, name=application.name, language=application.language
    )
    if account.suspended_at is not None:
        raise Gone(_("This link has been used or is too old. Please ask for a new one."))
    chapter = wished_chapter(application)
    found = [_claimable(judged) for judged in recognise(told_by(application))]
    db.session.add_all(_match(application, one) for one in found[:MOST_MATCHES])
    record(actor, "confirmed_application", application)
    known = _exact(found)
    if known is not None and account.person_id is None:
        admit(actor, application, known)
        record(actor, "recognised", application)
        join_wished(application, chapter, known)
    else:
        tell("application_waiting", application)
    if account.password_hash is not None:
        return None
    return make_link(LinkPurpose.SET_PASSWORD, FIRST_PASSWORD_LINK, account=account)


def _belongs(email: str) -> bool:
    """Whether the address signs in as somebody, is closed, or waits for the office already."""
    waits = exists().where(Application.email == email, Application.state.in_(DECIDABLE))
    taken = or_(Account.person_id.is_not(None), Account.suspended_at.is_not(None), waits)
    found = select(Account.id).where(Account.email == email, taken).with_for_update()
    return db.session.scalar(found) is not None


def _opened(
    actor: Actor, applicant: Applicant, invitation: Invitation | None
) -> Application | None:
    """The open application of the address, as told just now. None if it was confirmed meanwhile."""
    told = {**vars(applicant), "notice_version": association()["notice_version"]}
    if invitation is not None:
        told["invitation_id"] = invitation.id
    application = Application(**told)
    if inserted(application):
        record(actor, "applied", application)
        return application
    open_one = select(Application).where(
        Application.email == applicant.email, Application.state == ApplicationState.UNCONFIRMED
    )
    known = db.session.scalar(open_one.with_for_update())
    if known is not None:
        for name, value in told.items():
            setattr(known, name, value)
        _end_links(known)
        record(actor, "applied_again", known)
    return known


def _end_links(application: Application) -> None:
    """Whoever follows an earlier letter must not confirm what somebody else wrote since."""
    unused = update(Link).where(Link.application_id == application.id, Link.used_at.is_(None))
    changed(unused.values(used_at=now()))


def _has_letters_enough(email: str) -> bool:
    return letters_lately(email, "application_confirm", "already_member") >= MOST_LETTERS


def _claimable(judged: Judged) -> Judged:
    """The same, but never beyond doubt where knowing somebody's facts must not be enough."""
    if judged.verdict is MatchVerdict.EXACT and is_for_the_office(held(judged.known.person_id)):
        return replace(judged, verdict=MatchVerdict.POSSIBLE)
    return judged


def _exact(found: list[Judged]) -> Person | None:
    """The person recognised beyond doubt, held since."""
    for one in found:
        if one.verdict is MatchVerdict.EXACT:
            return db.session.get_one(Person, one.known.person_id)
    return None


def _match(application: Application, judged: Judged) -> Match:
    return Match(
        application_id=application.id,
        person_id=judged.known.person_id,
        score=judged.score,
        verdict=judged.verdict,
        evidence=judged.evidence,
    )
