"""Made letters, and a mail server that takes them."""

import asyncio
import itertools
import socket
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from typing import Any

from aiosmtpd.controller import Controller

from alumni.db import db, now
from alumni.mailings.models import Mailing, MailingVariant, MailList
from alumni.outbox.commands import NEXT
from alumni.outbox.models import Delivery, DeliveryState, SharedText
from tests.factories import make_person, saved

number = itertools.count(1)


def make_delivery(**values: Any) -> Delivery:
    """A single letter that is due."""
    n = next(number)
    invented = {
        "deed": f"test:{n}",
        "kind": "test",
        "name": f"Reader {n}",
        "email": f"reader{n}@example.com",
        "language": "en",
        "subject": f"Letter {n}",
        "text": "Good day.\n",
        "not_before": NEXT,
    }
    return saved(Delivery(**invented | values))


def make_mailing(mail_list: MailList | None = None, **values: Any) -> Mailing:
    """A mailing with a Chinese text, which nobody has decided about."""
    n = next(number)
    mail_list = mail_list or saved(MailList(slug=f"l{n}", name_zh=f"列表{n}", name_en=f"List {n}"))
    mailing = Mailing(mail_list_id=mail_list.id, **{"body_hash": f"{n:064}", **values})
    mailing.variants = [
        MailingVariant(language="zh", subject="聚会", source="亲爱的 {{name}}，你好。")
    ]
    return saved(mailing)


def make_shared(**values: Any) -> SharedText:
    n = next(number)
    invented = {
        "key": f"test:{n}",
        "language": "zh",
        "subject": "致{{name}}",
        "text": "{{name}}，{{chapter}}。{{unsubscribe}}\n",
        "html": "<p>{{name}}，{{chapter}}。<a href='{{unsubscribe}}'>x</a></p>",
        "from_name": "鞍山分会",
        "list_id": '"鞍山分会" <anshan.lists.example.org>',
    }
    return saved(SharedText(**invented | values))


def make_bulk(mailing: Mailing, shared: SharedText, **values: Any) -> Delivery:
    """A letter of a mailing that is due."""
    name = values.pop("name", "李华")
    return make_delivery(
        mailing_id=mailing.id,
        person_id=make_person(name).id,
        shared_text_id=shared.id,
        subject=None,
        text=None,
        name=name,
        language="zh",
        priority=5,
        **{"words": {"name": name, "chapter": "鞍山分会"}, **values},
    )


def states(*deliveries: Delivery) -> list[DeliveryState]:
    """The states as they are in the database."""
    db.session.rollback()
    for delivery in deliveries:
        db.session.refresh(delivery)
    return [delivery.state for delivery in deliveries]


def later(delivery: Delivery) -> float:
    """Minutes from now until it is due."""
    db.session.rollback()
    db.session.refresh(delivery)
    return (delivery.not_before - now()).total_seconds() / 60


@dataclass
class Sink:
    """A mail server: what it answers to whom, and what it took."""

    recipients: dict[str, str] = field(default_factory=dict)
    """Answers to RCPT, by address."""
    contents: dict[str, str] = field(default_factory=dict)
    """Answers to the end of a letter, by address. ``hang up`` is no answer."""
    senders: str = "250 OK"
    pause: float = 0.0
    """Seconds of thinking at the end of each letter."""
    taken: list[tuple[str, str, bytes]] = field(default_factory=list)
    grown: threading.Condition = field(default_factory=threading.Condition)

    async def handle_MAIL(  # noqa: N802 - aiosmtpd's name
        self, server: Any, session: Any, envelope: Any, address: str, options: list[str]
    ) -> str:
        envelope.mail_from = address
        return self.senders

    async def handle_RCPT(  # noqa: N802 - aiosmtpd's name
        self, server: Any, session: Any, envelope: Any, address: str, options: list[str]
    ) -> str:
        envelope.rcpt_tos.append(address)
        return self.recipients.get(address, "250 OK")

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802
        (address,) = envelope.rcpt_tos
        await asyncio.sleep(self.pause)
        answer = self.contents.get(address, "250 2.0.0 Ok: queued as 4ZxY1w")
        if answer == "hang up":
            server.transport.abort()
        elif answer.startswith("2"):
            with self.grown:
                self.taken.append((envelope.mail_from, address, envelope.original_content))
                self.grown.notify_all()
        return answer

    @property
    def addresses(self) -> list[str]:
        return [address for _sender, address, _content in self.taken]

    @property
    def most(self) -> int:
        """How often the one was written to who was written to most."""
        return max(Counter(self.addresses).values(), default=0)

    def letter(self, index: int = -1) -> EmailMessage:
        return message_from_bytes(self.taken[index][2], policy=default)

    def wait_for(self, how_many: int) -> bool:
        """Wait until it has taken so many letters in all, at most half a minute."""
        with self.grown:
            return self.grown.wait_for(lambda: len(self.taken) >= how_many, timeout=30)


@contextmanager
def running(sink: Sink) -> Iterator[str]:
    """The address of the mail server."""
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        port = int(listening.getsockname()[1])
    controller = Controller(sink, hostname="127.0.0.1", port=port)
    controller.start()
    try:
        yield f"smtp://127.0.0.1:{port}"
    finally:
        controller.stop()
