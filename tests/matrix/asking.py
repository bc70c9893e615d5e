"""Asking as somebody, quickly, and without leaving anything behind."""

import re
from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from functools import lru_cache
from io import BytesIO
from typing import Any
from urllib.parse import unquote, urlencode

import pytest
from flask import Flask
from itsdangerous import URLSafeTimedSerializer
from sqlalchemy import event

from alumni import web
from alumni.accounts.commands import begin_session
from alumni.accounts.models import PROOF, Account
from alumni.db import db
from alumni.web import Known
from tests.browser import outside
from tests.factories import number

MISSING = {True: 2**31 - 2, False: "nothing-that-there-is"}
"""What nothing is called, by whether it is called by a number."""

RAW = "a" * 40
"""What the token of the forms is made from, in all sessions."""

SERVER: dict[str, Any] = {
    "SERVER_NAME": "localhost",
    "SERVER_PORT": "80",
    "HTTP_HOST": "localhost",
    "HTTP_ACCEPT_LANGUAGE": "en",
    "SERVER_PROTOCOL": "HTTP/1.1",
    "SCRIPT_NAME": "",
    "wsgi.version": (1, 0),
    "wsgi.url_scheme": "http",
    "wsgi.errors": None,
    "wsgi.multithread": False,
    "wsgi.multiprocess": False,
    "wsgi.run_once": False,
}


class KeptNothing(BaseException):
    """Somebody was let do it. It is not done, so that the next finds the world as it was."""


@contextmanager
def nothing_kept() -> Iterator[None]:
    """Stop whoever is about to keep what they changed."""

    def stop(_session: Any) -> None:
        raise KeptNothing

    event.listen(db.session, "before_commit", stop)
    try:
        yield
    finally:
        event.remove(db.session, "before_commit", stop)


@contextmanager
def remembered(app: Flask) -> Iterator[None]:
    """Find out once who is there and what they hold, and not with each of ten thousand requests;

    and draw no page that says no more than that it may not be.

    The program's own functions find it; nothing is changed while the block lasts.
    """
    known: Known = app.extensions["alumni.known"]
    remembering = replace(
        known,
        visitor=lru_cache(maxsize=None)(known.visitor),
        actor=lru_cache(maxsize=None)(known.actor),
    )
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(app.extensions, "alumni.known", remembering)
        patch.setattr(web, "_error_page", _in_a_word)
        yield


def _in_a_word(status: int, message: str, _way: str = "") -> tuple[str, int]:
    return message, status


class Principal:
    """Somebody who asks. Each request comes with the same cookie, and from the same address, which

    is nobody else's: who asks often is counted by that.
    """

    def __init__(
        self,
        app: Flask,
        account: Account | None,
        *,
        is_proved: bool = True,
        is_asked_lately: bool = True,
    ) -> None:
        self.app = app
        here = next(number)
        self.here = f"10.0.{here // 250 % 250}.{here % 250}"
        client = app.test_client()
        self.token = URLSafeTimedSerializer(str(app.secret_key), salt="wtf-csrf-token").dumps(RAW)
        with client.session_transaction() as session:
            session["csrf_token"] = RAW
            session["language"] = "en"
            if account is not None:
                session["_fresh"] = True
                session["_user_id"], begun = begin_session(
                    account, is_staff=False, has_second_factor=is_proved
                )
                if not is_asked_lately:
                    begun.proved_at -= 2 * PROOF
                db.session.commit()
        cookie = client.get_cookie(app.config["SESSION_COOKIE_NAME"])
        self.cookie = f"{cookie.key}={cookie.value}" if cookie else ""

    def ask(self, method: str, url: str, **fields: str) -> str:
        """What happens: the status, with the path that a redirect leads to; "done" if a change was

        let through to where it would be kept; "broke" and why, if the page broke.
        """
        try:
            status, location = outside(lambda: self._open(method, url, fields))
        except KeptNothing:
            db.session.remove()
            return "done"
        except Exception as error:  # noqa: BLE001 - told beside the others, each with its page
            db.session.remove()
            return f"broke: {error!r}"
        return f"{status} {location.partition('?')[0]}" if location else status

    def _open(self, method: str, url: str, fields: dict[str, str]) -> tuple[str, str]:
        path, _, query = url.partition("?")
        sent = urlencode({"csrf_token": self.token, **fields}).encode() if method == "POST" else b""
        environ = SERVER | {
            "REQUEST_METHOD": method,
            "PATH_INFO": unquote(path),
            "QUERY_STRING": query,
            "HTTP_COOKIE": self.cookie,
            "REMOTE_ADDR": self.here,
            "CONTENT_LENGTH": str(len(sent)),
            "CONTENT_TYPE": "application/x-www-form-urlencoded",
            "wsgi.input": BytesIO(sent),
        }
        told: dict[str, str] = {}

        def start(status: str, headers: Iterable[tuple[str, str]], *_error: object) -> Any:
            told.update({"status": status[:3]} | dict(headers))
            return lambda _part: None

        with closing(self.app(environ, start)) as answer:  # type: ignore[type-var]
            for _part in answer:
                pass
        return told["status"], told.get("Location", "")


def address(rule: str, named: dict[str, Any], slug: str) -> str:
    """The address that the rule has for these names; names it does not know follow behind it."""
    left = {"slug": slug, **named}
    asked = set(named)

    def fill(part: re.Match[str]) -> str:
        asked.discard(part[1])
        return str(left[part[1]])

    path = re.sub(r"<(?:[^<>:]+:)?(\w+)>", fill, rule)
    query = urlencode({name: left[name] for name in sorted(asked - {"slug"})})
    return f"{path}?{query}" if query else path
