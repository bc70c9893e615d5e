"""The edge: who is asking, what is open to everybody, and how errors look.

Every page needs an account unless its view says ``@public``: a test holds the list of those.
"""

import secrets
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from math import ceil
from typing import Any, TypeVar, cast
from urllib.parse import quote, urlsplit

import structlog
from flask import (
    Flask,
    Response,
    current_app,
    g,
    redirect,
    render_template,
    request,
    session,
    url_for,
)
from flask.sessions import SecureCookieSessionInterface
from flask.typing import ResponseReturnValue
from flask_limiter import RateLimitExceeded
from flask_limiter.util import get_remote_address
from flask_login import LoginManager, UserMixin, login_user, logout_user
from itsdangerous import URLSafeTimedSerializer
from sqlalchemy.exc import DataError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as NoConnection
from werkzeug.exceptions import HTTPException, SecurityError
from werkzeug.middleware.proxy_fix import ProxyFix
from werkzeug.routing import IntegerConverter, Map
from whitenoise import WhiteNoise

from alumni import forgery, throttles
from alumni.authz import ANYONE, Actor, Owed
from alumni.config import Settings
from alumni.db import GREATEST, db, is_clean, now
from alumni.errors import BadRequest, BadValue, Forbidden, NotFound, Refusal, Unproved
from alumni.i18n import LANGUAGES, _, language
from alumni.templating import STATIC

View = TypeVar("View", bound=Callable[..., Any])

YEAR = 365 * 24 * 3600
LONGEST_NAME = 80
"""In an address: no slug and no public id is longer."""

LARGEST_FORM = 2 * 1024 * 1024
SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
UNSPOKEN = frozenset({"csrf_token", "password", "version", "body_hash", "next", "wish", "person"})
"""What forms send that nobody typed, or that nobody else should see."""

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:;"
    " font-src 'self'; connect-src 'self'; media-src 'self' blob:; frame-src 'self';"
    " form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
LETTER_POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; img-src data:; sandbox; frame-ancestors 'self'"
)
"""For a letter shown in its frame: its own styles, nothing that runs."""

limiter = throttles.Limits(get_remote_address, storage_uri="alumni://", strategy="fixed-window")
signing = LoginManager()
log = structlog.get_logger()


@dataclass(frozen=True, kw_only=True)
class Visitor(UserMixin):  # type: ignore[misc]
    """Who is signed in, as far as the frame of a page needs to know."""

    token: str = field(repr=False)
    account_id: int
    person_id: int | None
    name: str
    language: str
    time_zone: str
    is_proved: bool
    """Whether the session has shown a second factor, or none is asked of this account."""
    proof_ends_at: datetime | None
    """When what is grave asks for the password or a code again; None: never, of this account."""

    def get_id(self) -> str:
        return self.token


@dataclass(frozen=True, kw_only=True)
class Known:
    """How the edge finds out who acts. Filled by ``app.py`` from the slices that know."""

    visitor: Callable[[str], Visitor | None]
    actor: Callable[[Visitor], Actor]
    owed: Mapping[Owed, str]
    """The endpoint where somebody does what they owe before their work is theirs."""
    frame: Callable[[Actor, Visitor | None], object]


class Cookies(SecureCookieSessionInterface):
    """What a browser keeps between two pages, signed."""

    def get_signing_serializer(self, app: Flask) -> URLSafeTimedSerializer | None:
        """Made once: the program's key stays the same as long as it runs."""
        if "alumni.cookies" not in app.extensions:
            app.extensions["alumni.cookies"] = super().get_signing_serializer(app)
        return cast("URLSafeTimedSerializer | None", app.extensions["alumni.cookies"])


class Whole(IntegerConverter):
    """A whole number that both engines can look for: 99999999999999999999 is simply not found."""

    def __init__(self, url_map: Map) -> None:
        super().__init__(url_map, max=GREATEST)


def init_app(app: Flask, settings: Settings, known: Known) -> None:
    app.extensions["alumni.known"] = known
    app.session_interface = Cookies()
    app.url_map.converters["int"] = Whole
    app.before_request(_prepare)
    app.teardown_request(_forget)
    app.before_request(_guard)
    forgery.init_app(app)
    throttles.register()
    limiter.init_app(app)
    signing.init_app(app, add_context_processor=False)  # pages know an ``actor``
    signing.session_protection = None  # the session is a row of our own, ended on the server
    signing.user_loader(known.visitor)
    app.after_request(_harden)
    app.register_error_handler(Refusal, _refused)
    app.register_error_handler(HTTPException, _failed)
    app.register_error_handler(SecurityError, _not_our_host)
    app.register_error_handler(OperationalError, _busy)
    app.register_error_handler(NoConnection, _busy)
    for wrong in (DataError, OverflowError, UnicodeEncodeError, InterfaceError):
        app.register_error_handler(wrong, _unkeepable)
    app.context_processor(_words)
    app.wsgi_app = WhiteNoise(  # type: ignore[method-assign]
        app.wsgi_app, root=str(STATIC), prefix="static/", max_age=YEAR
    )
    if settings.trusted_proxies:
        count = settings.trusted_proxies
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=count, x_proto=count)  # type: ignore[method-assign]


def public(view: View) -> View:
    """Open this page to everybody."""
    view.is_public = True  # type: ignore[attr-defined]
    return view


def bare(view: View) -> View:
    """Answer without asking who is there, and so without the database."""
    view.is_bare = True  # type: ignore[attr-defined]
    return public(view)


def takes_files(view: View) -> View:
    """Let this page be sent a file, and so much more than a form may hold."""
    view.takes_files = True  # type: ignore[attr-defined]
    return view


def by_letter(view: View) -> View:
    """Let a program of the reader's mail provider send this, which has no cookie and no token."""
    view.is_by_letter = True  # type: ignore[attr-defined]
    return public(view)


def is_public(app: Flask, endpoint: str) -> bool:
    return getattr(app.view_functions[endpoint], "is_public", False)


def acting() -> Actor:
    """Who asks for this page."""
    if "actor" not in g:
        visitor = _visitor()
        g.actor = _known().actor(visitor) if visitor else ANYONE
    return cast("Actor", g.actor)


def require_proof() -> None:
    """Raise Unproved unless the visitor has lately given the password or a code: for what is grave,

    after ``require``. Who opens such a page is asked and led back; who sends it is told what to do.
    """
    visitor = _visitor()
    if visitor and visitor.proof_ends_at and visitor.proof_ends_at <= now():
        raise Unproved


def sign_in(visitor: Visitor) -> None:
    """Begin the visitor's session; nothing of the one before goes on, but for the language."""
    chosen = session.get("language")
    session.clear()
    if chosen:
        session["language"] = chosen
    session.permanent = True
    login_user(visitor)
    session.pop("_id", None)  # of the browser and its address, which nobody compares
    g.visitor = visitor
    g.pop("actor", None)


def sign_out() -> None:
    logout_user()
    session.clear()
    g.visitor = None
    g.pop("actor", None)
    g.leaving = True


def current_token() -> str | None:
    """The token of this visitor's sign-in."""
    visitor = _visitor()
    return visitor.token if visitor else None


def safe_path(path: str | None, otherwise: str) -> str:
    """The path to go on to, if it is one of this program and nothing else."""
    if not path or not path.startswith("/") or path.startswith("//"):
        return otherwise
    if "\\" in path or not path.isprintable():
        return otherwise
    parts = urlsplit(path)
    return otherwise if parts.scheme or parts.netloc else path


def see_other(url: str) -> ResponseReturnValue:
    """Go on by GET, so that the back button and a reload send nothing twice."""
    return redirect(url, code=303)


def attachment(name: str) -> str:
    """The header that gives a file its name, with a plain one for programs that read no Unicode."""
    stem, dot, ending = name.rpartition(".")
    kept = "".join(mark for mark in stem if mark.isascii() and (mark.isalnum() or mark in " -_"))
    plain = " ".join(kept.split()) or "file"
    return f"attachment; filename=\"{plain}{dot}{ending}\"; filename*=UTF-8''{quote(name, safe='')}"


def as_letter(content: str) -> Response:
    """Show a letter inside its sandboxed frame."""
    response = Response(content, mimetype="text/html")
    response.headers["Content-Security-Policy"] = LETTER_POLICY
    return response


def asked(allowed: Iterable[str]) -> dict[str, list[str]]:
    """The parameters of the address. One that the page does not know is an error that names it."""
    given = request.args.to_dict(flat=False)
    unknown = set(given) - set(allowed)
    if unknown:
        raise BadRequest(
            _("This page knows no parameter “%(name)s”.", name=", ".join(sorted(unknown)))
        )
    return given


def _known() -> Known:
    return cast("Known", current_app.extensions["alumni.known"])


def _view() -> Any:
    return current_app.view_functions.get(request.endpoint or "")


def _visitor() -> Visitor | None:
    """Found out once for each page, and without what the library looks at for cookies of its own

    that we do not use.
    """
    if "visitor" not in g:
        token = session.get("_user_id")
        g.visitor = _known().visitor(token) if token else None
    return cast("Visitor | None", g.visitor)


def _prepare() -> None:
    structlog.contextvars.clear_contextvars()
    structlog.contextvars.bind_contextvars(request=secrets.token_hex(6))
    g.frame_ready = False


def _forget(_error: BaseException | None) -> None:
    """What this thread does after the request is not of it."""
    structlog.contextvars.clear_contextvars()


def _guard() -> ResponseReturnValue | None:
    view = _view()
    if getattr(view, "is_bare", False):
        return None
    if not getattr(view, "takes_files", False):
        request.max_content_length = LARGEST_FORM
    _refuse_unkeepable()
    visitor = _welcome()
    if view is None:
        return None  # not found, which its page says in the right frame
    if visitor is None and not getattr(view, "is_public", False):
        return _to_sign_in()
    if request.method not in SAFE and not getattr(view, "is_by_letter", False):
        forgery.check(is_shown_again="GET" in _methods())
    return None


def _welcome() -> Visitor | None:
    """Find out who is there, and what they read."""
    visitor = _visitor()
    g.frame_ready = True
    if visitor and "language" not in session:
        g.language = visitor.language
    return visitor


def _refuse_unkeepable() -> None:
    """Turn away what no column keeps before anything is asked with it. Forms say it themselves."""
    if not is_clean(request.path):
        raise NotFound
    if not all(
        is_clean(name) and is_clean(value) for name, value in request.args.items(multi=True)
    ):
        raise BadRequest(_("The address contains a hidden character."))
    if request.method not in SAFE and "GET" not in _methods():
        for name, value in request.form.items(multi=True):
            if not is_clean(name) or not is_clean(value):
                raise BadValue


def _methods() -> set[str]:
    return set(request.url_rule.methods or ()) if request.url_rule else set()


def _to_sign_in() -> ResponseReturnValue:
    """Ask who is there. What somebody typed before the session ended is shown, not thrown away."""
    if request.method not in SAFE:
        return _error_page(
            401,
            _("You are signed out. Sign in, go back and send it again; this is what you typed."),
        )
    return see_other(url_for("accounts.sign_in", next=request.full_path.rstrip("?")))


def _words() -> dict[str, Any]:
    """What every page may use beside its own words."""
    ready = g.get("frame_ready", False)
    visitor = _visitor() if ready else None
    actor = acting() if ready else ANYONE
    return {
        "language": language(),
        "languages": LANGUAGES,
        "actor": actor,
        "in_wechat": "MicroMessenger" in request.headers.get("User-Agent", ""),  # it keeps no files
        "frame": _known().frame(actor, visitor),
        "csrf_token": forgery.csrf_token,
    }


def _harden(response: Response) -> Response:
    headers = response.headers
    headers.setdefault("Content-Security-Policy", POLICY)
    headers["X-Content-Type-Options"] = "nosniff"
    headers["Referrer-Policy"] = "same-origin"
    headers["Cross-Origin-Opener-Policy"] = "same-origin"
    headers["Permissions-Policy"] = "camera=(self), geolocation=(), microphone=()"
    if "Cache-Control" not in headers:
        headers["Cache-Control"] = "no-store"
    if request.is_secure:
        headers["Strict-Transport-Security"] = f"max-age={YEAR}"
    if g.get("leaving"):
        headers["Clear-Site-Data"] = '"cache", "storage"'
    return response


def _refused(refusal: Refusal) -> ResponseReturnValue:
    if isinstance(refusal, Unproved):
        way = url_for("accounts.prove", next=_asked_from())
        return see_other(way) if request.method in SAFE else _error_page(403, str(refusal), way)
    if isinstance(refusal, BadValue) and (request.method in SAFE or _leads_nowhere()):
        refusal = NotFound()
    if isinstance(refusal, (NotFound, Forbidden)) and request.method in SAFE:
        owes = acting().owes if g.get("frame_ready") else None
        if owes is not None:  # perhaps it is refused for that alone
            return see_other(url_for(_known().owed[owes], next=request.full_path.rstrip("?")))
    return _error_page(refusal.status, str(refusal))


def _asked_from() -> str:
    """The page that was asked for, or the one whose button was pressed."""
    if "GET" in _methods():
        return request.full_path.rstrip("?")
    page = urlsplit(request.referrer or "")
    return f"{page.path}?{page.query}".rstrip("?") if page.netloc == request.host else "/"


def _leads_nowhere() -> bool:
    """Whether the address itself has what no column keeps."""
    return any(len(str(value)) > LONGEST_NAME for value in (request.view_args or {}).values())


def _failed(error: HTTPException) -> ResponseReturnValue:
    if error.code is None or error.code < 400:  # noqa: PLR2004 - a redirect on its way
        return cast("ResponseReturnValue", error)
    response = Response(_error_page(error.code, _sentence(error.code))[0], status=error.code)
    for name, value in error.get_headers(request.environ):
        if name.lower() in {"allow", "retry-after"}:
            response.headers[name] = value
    if isinstance(error, RateLimitExceeded) and limiter.current_limit:
        # Not its reset_at: that adds a second, and so names a wait longer than the limit's own.
        wait = limiter.current_limit.window.reset_time - time.time()
        response.headers["Retry-After"] = str(max(1, ceil(wait)))
    return response


def _not_our_host(_error: SecurityError) -> ResponseReturnValue:
    """A request for another host's name. No page: its links would be that host's."""
    return Response(_sentence(400), status=400, mimetype="text/plain")


def _sentence(code: int) -> str:
    said = {
        400: _("This request could not be understood."),
        404: _("There is no such page."),
        405: _("This cannot be opened like that. Please go back and use the button."),
        413: _("This is too large. A file may have 20 MB."),
        429: _("That was too often. Please wait a while and try again."),
        500: _("Something went wrong on our side. It has been noted. Nothing was changed."),
    }
    return said.get(code, said[500] if code >= 500 else said[400])  # noqa: PLR2004


def _busy(error: Exception) -> ResponseReturnValue:
    log.warning("database busy", error=type(error).__name__)
    db.session.rollback()
    g.frame_ready = False
    page, status = _error_page(
        503, _("We are very busy at this moment. Nothing was changed; please try again.")
    )
    response = Response(page, status=status)
    response.headers["Retry-After"] = "5"
    return response


def _unkeepable(error: Exception) -> ResponseReturnValue:
    """The database would not take a value, which no form had looked at."""
    log.info("value refused", error=type(error).__name__)
    db.session.rollback()
    return _refused(BadValue())


def _error_page(status: int, message: str, way: str = "") -> tuple[str, int]:
    page = render_template(
        "errors/refusal.html",
        status=status,
        message=message,
        way=way,
        kept=_typed(),
        again=status == 503,  # noqa: PLR2004
    )
    return page, status


def _typed() -> list[tuple[str, str]]:
    """What was sent with the request, to be shown again: nobody should type a thing twice."""
    if request.method in SAFE or (request.content_length or 0) > 200_000:  # noqa: PLR2004
        return []
    return [
        (name, value)
        for name, value in request.form.items(multi=True)
        if name not in UNSPOKEN and value and is_clean(value)
    ]
