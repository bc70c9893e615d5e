"""Letters for the office: what went out to whom, what became of it, and what is in doubt."""

import re
from typing import Any

from flask import Blueprint, flash, render_template, request, url_for
from flask.typing import ResponseReturnValue

from alumni.db import GREATEST, db, transaction
from alumni.errors import BadRequest, NotFound
from alumni.i18n import _
from alumni.outbox import commands, queries
from alumni.outbox.models import Delivery, DeliveryState
from alumni.outbox.policy import may_settle
from alumni.outbox.queries import LetterFilter
from alumni.outbox.writing import letter_of, subject_of
from alumni.web import acting, as_letter, asked, see_other

blueprint = Blueprint("outbox", __name__)

AT_ONCE = 50
PRIVATE = frozenset({"relayed"})
"""What one graduate writes to another. The office reads it where it was complained of, not here."""

_SECRET = re.compile(r"(?<=/)[A-Za-z0-9_-]{20,}")
"""What opens a door in the address of a single letter."""

_HIDDEN = "•••"


@blueprint.get("/office/letters")
def letters() -> ResponseReturnValue:
    given = asked({"state", "q", "before", "after"})
    wanted = _wanted(given)
    page, newer, older = _page_of(wanted, given)
    return render_template(
        "outbox/letters.html",
        letters=page,
        counts=queries.counts(acting()),
        states=state_names(),
        kinds=STATE_KINDS,
        subject_of=subject_of,
        wanted=wanted,
        newer_url=newer,
        older_url=older,
    )


@blueprint.get("/office/letters/<int:delivery_id>")
def letter(delivery_id: int) -> ResponseReturnValue:
    delivery = queries.get_letter(acting(), delivery_id)
    written = letter_of(delivery, delivery.shared_text)
    return render_template(
        "outbox/letter.html",
        delivery=delivery,
        letter=written,
        text=_shown(delivery, written.text),
        states=state_names(),
        kinds=STATE_KINDS,
        reason=reason_name(delivery.reason),
        may_settle=may_settle(acting()),
    )


@blueprint.get("/office/letters/<int:delivery_id>/body")
def letter_body(delivery_id: int) -> ResponseReturnValue:
    delivery = queries.get_letter(acting(), delivery_id)
    html = letter_of(delivery, delivery.shared_text).html
    if html is None:
        raise NotFound
    return as_letter(_shown(delivery, html))


@blueprint.post("/office/letters/<int:delivery_id>/settle")
def settle(delivery_id: int) -> ResponseReturnValue:
    again = request.form.get("again") == "yes"
    with transaction():
        delivery = queries.get_letter(acting(), delivery_id)
        commands.settle(acting(), delivery, again=again)
    flash(_("It will be sent again.") if again else _("It counts as sent."), "ok")
    return see_other(url_for(".letter", delivery_id=delivery_id))


STATE_KINDS = {
    DeliveryState.HELD: "off",
    DeliveryState.QUEUED: "wait",
    DeliveryState.SENDING: "wait",
    DeliveryState.DATA: "wait",
    DeliveryState.SENT: "ok",
    DeliveryState.UNCERTAIN: "bad",
    DeliveryState.DEFERRED: "wait",
    DeliveryState.FAILED: "bad",
    DeliveryState.SKIPPED: "off",
    DeliveryState.BOUNCED: "bad",
    DeliveryState.COMPLAINED: "bad",
}


def state_names() -> dict[DeliveryState, str]:
    return {
        DeliveryState.HELD: _("Held"),
        DeliveryState.QUEUED: _("Still to send"),
        DeliveryState.SENDING: _("Being sent"),
        DeliveryState.DATA: _("At the mail server"),
        DeliveryState.SENT: _("Sent"),
        DeliveryState.UNCERTAIN: _("Uncertain"),
        DeliveryState.DEFERRED: _("Tried again later"),
        DeliveryState.FAILED: _("Failed"),
        DeliveryState.SKIPPED: _("Skipped"),
        DeliveryState.BOUNCED: _("Came back"),
        DeliveryState.COMPLAINED: _("Complained of"),
    }


def reason_name(reason: str) -> str:
    """Our own reasons in the reader's language; what a server said stays as it said it."""
    ours = {
        "same address": _("Somebody else at the same address gets this letter"),
        "unsubscribed": _("The reader does not want these letters"),
        "deceased": _("The reader has died"),
        "departed": _("The reader has left the association"),
        "contact stopped": _("The reader does not want these letters"),
        "refused": _("The mail server refuses our letters at the moment"),
        "the worker ended while the server was answering": _(
            "The program ended while the mail server was answering"
        ),
    }
    return str(ours.get(reason, reason))


def _wanted(given: dict[str, list[str]]) -> LetterFilter:
    state = _one(given, "state")
    if state and state not in set(DeliveryState):
        raise BadRequest(_("There is no state “%(name)s”.", name=state))
    return LetterFilter(
        state=DeliveryState(state) if state else None, text=_one(given, "q").strip()[:254]
    )


def _page_of(
    wanted: LetterFilter, given: dict[str, list[str]]
) -> tuple[list[Delivery], str | None, str | None]:
    """One page, newest first, with the addresses of the newer and the older one."""
    before, after = _number(given, "before"), _number(given, "after")
    found = queries.letters(acting(), wanted).limit(AT_ONCE + 1)
    if after:
        rows = list(db.session.scalars(found.where(Delivery.id > after).order_by(Delivery.id)))
    else:
        found = found.where(Delivery.id < before) if before else found
        rows = list(db.session.scalars(found.order_by(Delivery.id.desc())))
    more, rows = len(rows) > AT_ONCE, rows[:AT_ONCE]
    if after:
        rows.reverse()
    newer, older = (more, True) if after else (bool(before), more)
    return (
        rows,
        _address(wanted, after=rows[0].id) if rows and newer else None,
        _address(wanted, before=rows[-1].id) if rows and older else None,
    )


def _address(wanted: LetterFilter, **place: Any) -> str:
    return url_for(".letters", state=wanted.state, q=wanted.text or None, **place)


def _one(given: dict[str, list[str]], name: str) -> str:
    return given.get(name, [""])[-1]


def _number(given: dict[str, list[str]], name: str) -> int:
    text = _one(given, name)
    if not text:
        return 0
    if not (text.isascii() and text.isdigit()) or not 0 < int(text[:11]) <= GREATEST:
        raise BadRequest(_("“%(text)s” is not a place in this list.", text=text[:40]))
    return int(text)


def _shown(delivery: Delivery, text: str) -> str:
    """The text without what opens a door for its reader alone, or what is not for the office."""
    if delivery.kind in PRIVATE:
        return _HIDDEN
    if delivery.mailing_id is not None:
        return text.replace(delivery.token, _HIDDEN)
    return str(_SECRET.sub(_HIDDEN, text))
