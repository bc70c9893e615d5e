"""Signing up: from the first form to the day the office, or the roster, knows who it is."""

from dataclasses import dataclass, replace
from datetime import timedelta

from sqlalchemy import exists, or_, select, update

from alumni.accounts.commands import FIRST_PASSWORD_LINK, make_link, open_account, use_link
from alumni.accounts.models import Account, Link, LinkPurpose
from alumni.accounts.queries import token_hash
from alumni.audit.commands import record
from alumni.authz import Actor, require
from alumni.chapters.models import Officer
from alumni.codes.queries import association, home_institution
from alumni.db import changed, db, inserted, now
from alumni.errors import Refusal
from alumni.i18n import _
from alumni.links import address_of
from alumni.outbox.commands import Recipient, queue
from alumni.outbox.queries import letters_lately
from alumni.people.commands import NewPerson, add_email, agree, enter_person, move
from alumni.people.commands.search import reindex
from alumni.people.models import (
    ConsentPurpose,
    Person,
    PersonStatus,
    Study,
    StudyInstitution,
)
from alumni.roster.models import Application, ApplicationState, Match, MatchVerdict
from alumni.roster.policy import may_decide_application
from alumni.roster.queries.applications import applicant_of, told_by, unconfirmed
from alumni.roster.queries.recognising import TAKABLE, Judged, recognise

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
    agrees_to_mailings: bool = False


def apply_to_join(actor: Actor, applicant: Applicant) -> None:
    """Keep the application and send its address a link to confirm it.

    Whoever belongs already gets a letter that says so. Nothing tells the asker which it was, and
    nothing that was typed stands in a letter: the address may be somebody else's. Of several
    letters the newest counts: it is the one whose link shows and confirms what was told last.
    """
    # Whoever belongs takes the same work, undone, and a link that opens nothing: the time it
    # takes tells no more than the page.
    belongs = _belongs(applicant.email)
    with db.session.begin_nested() as attempt:
        application = _opened(actor, applicant)
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
    account = open_account(
        actor, email=application.email, name=application.name, language=application.language
    )
    found = [_claimable(judged) for judged in recognise(told_by(application))]
    db.session.add_all(_match(application, one) for one in found[:MOST_MATCHES])
    record(actor, "confirmed_application", application)
    known = _exact(found)
    if known is not None and account.person_id is None:
        _admit(actor, application, known)
        record(actor, "recognised", application)
    else:
        _tell("application_waiting", application)
    if account.password_hash is not None:
        return None
    return make_link(LinkPurpose.SET_PASSWORD, FIRST_PASSWORD_LINK, account=account)


def approve_into(actor: Actor, application: Application, person: Person) -> None:
    """The office says that the applicant is this person."""
    _take_up(actor, application)
    person = _held(person.id)
    if person.status not in TAKABLE:
        raise Refusal(_("This person has died, or the record was closed."))
    if _has_account(person.id):
        raise Refusal(_("This person has an account already."))
    _admit(actor, application, person)
    record(actor, "approved_application", application)
    _tell("application_approved", application)


def approve_as_new(actor: Actor, application: Application) -> Person:
    """The office says that the applicant is a graduate whom we did not know."""
    _take_up(actor, application)
    person = enter_person(
        actor,
        NewPerson(
            name=application.name,
            graduation_year=application.graduation_year,
            college_id=application.college_id,
            language=application.language,
            status=PersonStatus.VERIFIED,
        ),
    )
    if application.student_number:
        _enter_number(person, application.student_number)
    _admit(actor, application, person)
    record(actor, "approved_application", application)
    _tell("application_approved", application)
    return person


def reject(actor: Actor, application: Application, reason: str) -> None:
    """The office cannot say who the applicant is. The reason is in words for them."""
    _take_up(actor, application)
    application.state = ApplicationState.REJECTED
    application.reason = reason
    _decided(actor, application)
    record(actor, "rejected_application", application)
    _tell("application_rejected", application)


def _belongs(email: str) -> bool:
    """Whether the address signs in as somebody, is closed, or waits for the office already."""
    waits = exists().where(
        Application.email == email, Application.state == ApplicationState.WAITING
    )
    taken = or_(Account.person_id.is_not(None), Account.suspended_at.is_not(None), waits)
    found = select(Account.id).where(Account.email == email, taken).with_for_update()
    return db.session.scalar(found) is not None


def _opened(actor: Actor, applicant: Applicant) -> Application | None:
    """The open application of the address, as told just now. None if it was confirmed meanwhile."""
    told = {
        "name": applicant.name,
        "student_number": applicant.student_number,
        "graduation_year": applicant.graduation_year,
        "college_id": applicant.college_id,
        "city": applicant.city,
        "language": applicant.language,
        "agrees_to_mailings": applicant.agrees_to_mailings,
        "notice_version": association()["notice_version"],
    }
    application = Application(email=applicant.email, **told)
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
    if judged.verdict is MatchVerdict.EXACT and _is_for_the_office(_held(judged.known.person_id)):
        return replace(judged, verdict=MatchVerdict.POSSIBLE)
    return judged


def _is_for_the_office(person: Person) -> bool:
    """Whether only the office may say who becomes this person.

    The account of somebody who holds, held or will hold an office brings rights over others, and
    the year and college of an officer are known to many. Whoever was verified once has, or had,
    an account and does not come as a stranger.
    """
    if person.status is PersonStatus.VERIFIED or _has_account(person.id):
        return True
    office = select(Officer.id).where(Officer.person_id == person.id)
    became = select(Application.id).where(Application.person_id == person.id)
    return any(db.session.scalar(one.limit(1)) is not None for one in (office, became))


def _exact(found: list[Judged]) -> Person | None:
    """The person recognised beyond doubt, held since."""
    for one in found:
        if one.verdict is MatchVerdict.EXACT:
            return db.session.get_one(Person, one.known.person_id)
    return None


def _held(person_id: int) -> Person:
    """The person, held until the transaction ends: two applicants must not both become them."""
    return db.session.scalars(
        select(Person)
        .where(Person.id == person_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).one()


def _has_account(person_id: int) -> bool:
    return db.session.scalar(select(Account.id).where(Account.person_id == person_id)) is not None


def _match(application: Application, judged: Judged) -> Match:
    return Match(
        application_id=application.id,
        person_id=judged.known.person_id,
        score=judged.score,
        verdict=judged.verdict,
        evidence=judged.evidence,
    )


def _take_up(actor: Actor, application: Application) -> None:
    """Hold the application, to be decided now and by this actor."""
    db.session.scalars(
        select(Application)
        .where(Application.id == application.id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).one()
    require(may_decide_application, actor, applicant_of(application))
    if application.state is ApplicationState.UNCONFIRMED:
        raise Refusal(_("The applicant has not confirmed the e-mail address yet."))
    if application.state is not ApplicationState.WAITING:
        raise Refusal(_("This application has been decided already."))


def _admit(actor: Actor, application: Application, person: Person) -> None:
    """The applicant is this person: link the account, and keep what was told with the consents."""
    open_account(
        actor,
        email=application.email,
        name=application.name,
        language=application.language,
        person_id=person.id,
    )
    person.status = PersonStatus.VERIFIED
    person.language = application.language
    add_email(person, application.email)
    move(person, application.city)
    purposes = [ConsentPurpose.MEMBERSHIP]
    if application.agrees_to_mailings:
        purposes.append(ConsentPurpose.MAILINGS)
    agree(person, purposes, version=application.notice_version, source="join")
    reindex([person.id])
    application.state = ApplicationState.APPROVED
    application.person_id = person.id
    _decided(actor, application)


def _decided(actor: Actor, application: Application) -> None:
    application.decided_at = now()
    application.decided_by_id = actor.account_id


def _enter_number(person: Person, number: str) -> None:
    """Note the student number, so that the registrar's next roster finds the person.

    One that somebody else bears stays in the application only: the office has seen both.
    """
    study = db.session.scalar(select(Study).where(Study.person_id == person.id, Study.is_primary))
    if study is None:
        study = Study(person_id=person.id, is_primary=True)
        db.session.add(study)
        db.session.flush()
    inserted(
        StudyInstitution(
            person_id=person.id,
            study_id=study.id,
            institution_id=home_institution().id,
            student_number=number,
        )
    )


def _tell(letter: str, application: Application) -> None:
    """Send the one letter that an application has of this kind, in the applicant's language."""
    to = Recipient(
        email=application.email,
        name=application.name,
        language=application.language,
        person_id=application.person_id,
    )
    queue(
        letter,
        to,
        deed=f"application:{application.id}:{letter}",
        application=application,
        link=address_of("home.me"),
        join=address_of("roster.join"),
        contact=address_of("home.contact"),
    )
