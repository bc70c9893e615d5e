"""Giving evidence for an application: by the applicant, by classmates, by the office."""

from sqlalchemy import func, select

from alumni.audit.commands import record
from alumni.authz import Actor, require
from alumni.db import db, hold, inserted
from alumni.errors import Gone, Refusal
from alumni.i18n import _
from alumni.people.photos import prepare_paper
from alumni.roster.models import Application, ApplicationState, Evidence, EvidenceKind, Vouch
from alumni.roster.policy import may_decide_application, may_give_evidence, may_vouch
from alumni.roster.queries.applications import DECIDABLE, applicant_of
from alumni.roster.queries.evidence import is_classmate

MOST_CERTIFICATES = 5
MOST_ANSWERS = 20


class NoClassmate(Refusal):
    """Somebody who was not there wants to vouch."""

    status = 403

    def __init__(self) -> None:
        super().__init__(
            _(
                "Only graduates of the same college, of the year or the one before or after, can"
                " vouch for this applicant. Please pass the link on to somebody of that class."
            )
        )


def answer(actor: Actor, application: Application, text: str, picture: bytes | None) -> None:
    """The applicant answers, with words, a picture of a certificate, or both.

    If the office had asked, it looks at the application again. The picture is a file as it was
    sent; what cannot be read is a BadRequest that says why.
    """
    hold(application)
    require(may_give_evidence, actor, applicant_of(application))
    if application.state not in DECIDABLE:
        raise Refusal(_("This application has been decided already."))
    if picture is not None:
        _refuse_more(application, EvidenceKind.CERTIFICATE, MOST_CERTIFICATES)
        _keep(actor, application, EvidenceKind.CERTIFICATE, picture=prepare_paper(picture))
    if text:
        _refuse_more(application, EvidenceKind.ANSWER, MOST_ANSWERS)
        _keep(actor, application, EvidenceKind.ANSWER, text=text)
    application.state = ApplicationState.WAITING
    record(actor, "answered_office", application)


def note_call(actor: Actor, application: Application, text: str) -> None:
    """The office notes what it heard in a call, or found out otherwise."""
    hold(application)
    require(may_decide_application, actor, applicant_of(application))
    if application.state not in DECIDABLE:
        raise Refusal(_("This application has been decided already."))
    _keep(actor, application, EvidenceKind.CALL, text=text)
    record(actor, "noted_call", application)


def vouch(actor: Actor, application: Application, text: str) -> None:
    """A classmate says how they know the applicant."""
    hold(application)
    refuse_to_vouch(actor, application)
    if not inserted(Vouch(application_id=application.id, person_id=actor.person_id, text=text)):
        raise Refusal(_("You have vouched for this applicant already. Thank you!"))
    record(actor, "vouched", application)


def refuse_to_vouch(actor: Actor, application: Application) -> None:
    """Raise what keeps the actor from vouching: Forbidden, NoClassmate, or Gone if it is late."""
    require(may_vouch, actor, applicant_of(application))
    if not is_classmate(actor, application):
        raise NoClassmate
    if application.state not in DECIDABLE:
        raise Gone(_("The office has decided about this application. Thank you all the same!"))


def _keep(
    actor: Actor,
    application: Application,
    kind: EvidenceKind,
    *,
    text: str = "",
    picture: bytes | None = None,
) -> None:
    db.session.add(
        Evidence(
            application_id=application.id,
            kind=kind,
            text=text,
            picture=picture,
            account_id=actor.account_id,
        )
    )


def _refuse_more(application: Application, kind: EvidenceKind, most: int) -> None:
    counted = select(func.count()).where(
        Evidence.application_id == application.id, Evidence.kind == kind
    )
    if (db.session.scalar(counted) or 0) >= most:
        raise Refusal(_("You have sent as much as we can keep. The office looks at what is there."))
