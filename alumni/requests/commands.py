"""Asking the office, and its answers."""

from dataclasses import dataclass

from alumni.audit.commands import record
from alumni.audit.models import ChangeSet
from alumni.authz import Actor, require
from alumni.codes.queries import association
from alumni.db import db, hold, now
from alumni.errors import Refusal
from alumni.i18n import _
from alumni.links import address_of
from alumni.outbox.commands import Recipient, queue
from alumni.outbox.queries import letters_lately
from alumni.requests.models import Request, RequestState
from alumni.requests.policy import may_handle_requests, may_settle_request

MOST_RECEIPTS_A_DAY = 3
"""To one address: anybody can type that of somebody else."""


@dataclass(frozen=True, kw_only=True)
class Question:
    """What somebody writes to the office, and where the answer goes."""

    name: str
    email: str
    subject: str
    words: str
    language: str


def ask(actor: Actor, question: Question) -> Request:
    """Put the question into the office's queue, and tell its writer that it is there.

    Only of who is signed in is it known who asks. The receipt repeats nothing that was typed: it
    may go to somebody who asked nothing.
    """
    request = Request(
        person_id=actor.person_id,
        name=question.name,
        email=question.email.lower(),
        subject=question.subject,
        words=question.words,
        language=question.language,
    )
    db.session.add(request)
    record(actor, "asked_office", request)
    if letters_lately(request.email, "request_received") < MOST_RECEIPTS_A_DAY:
        queue(
            "request_received",
            Recipient(email=request.email, language=request.language, person_id=request.person_id),
            deed=f"request:{request.id}:received",
            contact_url=address_of("home.contact"),
        )
    return request


def take(actor: Actor, request: Request) -> None:
    """Say that the actor looks after it, also where somebody else did so far."""
    require(may_handle_requests, actor)
    hold(request)
    _insist_on_open(request)
    request.taken_by_id = actor.account_id
    record(actor, "took_request", request)


def answer(actor: Actor, request: Request, words: str) -> None:
    """Answer by letter. What is written back reaches the office's own mailbox."""
    require(may_settle_request, actor, request)
    hold(request)
    _insist_on_open(request)
    request.answer = words
    deed = _settle(actor, request, RequestState.ANSWERED)
    queue(
        "request_answered",
        Recipient(
            email=request.email,
            name=request.name,
            language=request.language,
            person_id=request.person_id,
        ),
        deed=f"request:{request.id}:answered:{deed.id}",
        reply_to=association().contact_email or None,
        subject=request.subject,
        answer=words,
        question=request.words,
        can_reply=bool(association().contact_email),
        contact_url=address_of("home.contact"),
    )


def close(actor: Actor, request: Request, why: str) -> None:
    """Settle it without a letter: it was answered elsewhere, or asks for nothing."""
    require(may_settle_request, actor, request)
    hold(request)
    _insist_on_open(request)
    _settle(actor, request, RequestState.CLOSED, why=why)


def reopen(actor: Actor, request: Request) -> None:
    """Take it up again. The answer that was given stays to be read, until there is another."""
    require(may_settle_request, actor, request)
    hold(request)
    if request.state is RequestState.OPEN:
        raise Refusal(_("This request is open."))
    request.state = RequestState.OPEN
    request.settled_at = request.settled_by_id = None
    record(actor, "reopened_request", request)


def _settle(actor: Actor, request: Request, state: RequestState, *, why: str = "") -> ChangeSet:
    request.state, request.settled_at = state, now()
    request.settled_by_id = actor.account_id
    verb = "answered_request" if state is RequestState.ANSWERED else "closed_request"
    return record(actor, verb, request, why=why)


def _insist_on_open(request: Request) -> None:
    if request.state is not RequestState.OPEN:
        raise Refusal(_("Somebody has settled this already."))
