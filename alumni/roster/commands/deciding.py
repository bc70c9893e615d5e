"""What the office decides about an application, and what an officer says of it before."""

from collections.abc import Set as AbstractSet

from alumni.accounts.queries import account_of
from alumni.audit.commands import record
from alumni.authz import Actor, require
from alumni.db import hold, now
from alumni.errors import Refusal
from alumni.i18n import _
from alumni.people.commands import NewPerson, enter_person
from alumni.people.models import Person, PersonStatus
from alumni.roster.commands.admitting import admit, has_account, held, note_decided, tell
from alumni.roster.commands.wishing import join_wished, wished_chapter
from alumni.roster.models import Application, ApplicationState
from alumni.roster.policy import may_decide_application, may_recommend
from alumni.roster.queries.applications import DECIDABLE, OPEN, applicant_of
from alumni.roster.queries.evidence import support_of
from alumni.roster.queries.recognising import TAKABLE


def approve_into(
    actor: Actor,
    application: Application,
    person: Person,
    wanted: AbstractSet[str] | None = None,
) -> None:
    """The office says that the applicant is this person.

    ``wanted`` are the keys of ``queries.taking.choices`` whose new value is taken; without it
    what is taken by default.
    """
    _take_up(actor, application)
    chapter = wished_chapter(application)
    person = held(person.id)
    if person.status not in TAKABLE:
        raise Refusal(_("This person has died, or the record was closed."))
    if has_account(person.id):
        raise Refusal(_("This person has an account already."))
    _refuse_shared_login(application)
    taken = admit(actor, application, person, wanted)
    record(actor, "approved_application", application, facts={"taken": taken})
    tell("application_approved", application)
    join_wished(application, chapter, person)


def approve_as_new(actor: Actor, application: Application) -> Person:
    """The office says that the applicant is a graduate whom we did not know.

    Something must speak for it beside what the applicant wrote: a certificate, an answer, two
    classmates, an officer, or what the office itself noted.
    """
    _take_up(actor, application)
    _refuse_shared_login(application)
    if not support_of(application).is_enough:
        raise Refusal(
            _(
                "Nothing speaks for this applicant yet. Note what you found out, ask for a"
                " certificate, or wait until two classmates vouch."
            )
        )
    chapter = wished_chapter(application)
    person = enter_person(
        actor,
        NewPerson(
            name=application.name,
            language=application.language,
            status=PersonStatus.VERIFIED,
        ),
    )
    taken = admit(actor, application, person)
    record(actor, "approved_application", application, facts={"taken": taken})
    tell("application_approved", application)
    join_wished(application, chapter, person)
    return person


def ask(actor: Actor, application: Application, question: str) -> None:
    """The office wants to know more. The applicant gets the question by letter, and answers."""
    _take_up(actor, application)
    if application.state is ApplicationState.ASKED:
        raise Refusal(_("The applicant has been asked already and has not answered yet."))
    application.state = ApplicationState.ASKED
    application.question = question
    deed = record(actor, "asked_applicant", application)
    tell("application_asked", application, deed.id)


def reject(actor: Actor, application: Application, reason: str) -> None:
    """The office cannot say who the applicant is. The reason is in words for them."""
    _take_up(actor, application)
    application.state = ApplicationState.REJECTED
    application.reason = reason
    note_decided(actor, application)
    record(actor, "rejected_application", application)
    tell("application_rejected", application)


def discard(actor: Actor, application: Application) -> None:
    """Put the application away without a word to anybody: it is nobody's, or somebody's second."""
    _take_up(actor, application, OPEN)
    application.state = ApplicationState.DISCARDED
    note_decided(actor, application)
    record(actor, "discarded_application", application)


def recommend(actor: Actor, application: Application, note: str) -> None:
    """An officer of the chapter says that the applicant is who they say. The office decides."""
    hold(application)
    require(may_recommend, actor, application.chapter_id, applicant_of(application))
    _refuse_undecidable(application, DECIDABLE)
    application.recommended_by_id = actor.account_id
    application.recommended_at = now()
    application.recommendation = note
    record(actor, "recommended_applicant", application)


def _take_up(
    actor: Actor,
    application: Application,
    states: tuple[ApplicationState, ...] = DECIDABLE,
) -> None:
    """Hold the application, to be decided now and by this actor."""
    hold(application)
    require(may_decide_application, actor, applicant_of(application))
    _refuse_undecidable(application, states)


def _refuse_undecidable(application: Application, states: tuple[ApplicationState, ...]) -> None:
    if application.state in states:
        return
    if application.state is ApplicationState.UNCONFIRMED:
        raise Refusal(_("The applicant has not confirmed the e-mail address yet."))
    raise Refusal(_("This application has been decided already."))


def _refuse_shared_login(application: Application) -> None:
    """Two may be reached at one address, but only one signs in with it."""
    account = account_of(application.email)
    if account is not None and account.person_id is not None:
        raise Refusal(
            _(
                "Somebody else signs in with this address already. Each login needs an address of"
                " its own: ask the applicant to sign up with another one. As a way to be reached"
                " both may have the same."
            )
        )
