"""What a delivery says, put together: its own text or a shared one with the words filled in."""

import re
from collections.abc import Callable, Mapping

from flask import Flask, current_app
from markupsafe import escape

from alumni.i18n import _, speaking
from alumni.links import address_of
from alumni.outbox.message import Letter
from alumni.outbox.models import Delivery, SharedText

FIELD = re.compile(r"\{\{(\w+)\}\}")
"""A place in a shared text."""

_LIST_ID = re.compile(r'"(?P<name>.*)" <(?P<id>[^<>]+)>', re.DOTALL)


def init_app(app: Flask, name: Callable[[str], str]) -> None:
    """``name`` answers what the association is called in a language: it stands in ``From``."""
    app.extensions["alumni.sender"] = name


def sender_domain() -> str:
    domain: str = current_app.config["ALUMNI"].sender_domain
    return domain


def envelope_sender(delivery: Delivery) -> str:
    """Where a bounce goes. The token in it says which letter it is about."""
    return f"bounces+{delivery.token}@{sender_domain()}"


def letter_of(delivery: Delivery, shared: SharedText | None) -> Letter:
    """The letter, the same for every attempt at it. ``shared`` is the text it refers to, if any."""
    domain = sender_domain()
    found = _LIST_ID.fullmatch(shared.list_id) if shared else None
    way_out = unsubscribe_url(delivery) if delivery.mailing_id is not None else None
    words = {**delivery.words, "unsubscribe": way_out or ""}
    return Letter(
        from_name=_line(shared.from_name if shared else _association(delivery.language)),
        from_address=f"noreply@{domain}",
        to_name=_line(delivery.name),
        to_address=delivery.email,
        reply_to=delivery.reply_to or (shared.reply_to if shared else None),
        subject=subject_of(delivery, shared),
        text=filled(shared.text, words) if shared else delivery.text or "",
        html=filled(shared.html, _escaped(words)) if shared else delivery.html,
        calendar=delivery.calendar,
        message_id=f"<d{delivery.id}.{delivery.token}@{domain}>",
        date=delivery.created_at,
        list_id=found["id"] if found else None,
        list_name=_line(found["name"]) if found else "",
        unsubscribe_url=way_out,
        auto_generated=way_out is None,
        delivery_token=delivery.token,
    )


def subject_of(delivery: Delivery, shared: SharedText | None) -> str:
    """On one line, with the words in it."""
    return _line(filled(shared.subject, delivery.words) if shared else delivery.subject or "")


def unsubscribe_url(delivery: Delivery) -> str:
    return address_of("mailings.unsubscribe", token=delivery.token)


def filled(text: str, words: Mapping[str, str]) -> str:
    """The text with its places filled, once: what a word brings along is not looked at again."""
    return FIELD.sub(lambda place: words.get(place[1], ""), text)


def _escaped(words: Mapping[str, str]) -> dict[str, str]:
    return {name: str(escape(word)) for name, word in words.items()}


def _association(language: str) -> str:
    name = current_app.extensions.get("alumni.sender")
    if name is not None:
        return str(name(language))
    with speaking(language):
        return str(_("Alumni association"))


def _line(text: str) -> str:
    """On one line, with nothing that no header may hold."""
    return " ".join("".join(mark if mark.isprintable() else " " for mark in text).split())
