"""Whether what is sent comes from a page of ours: the token that every form has."""

from functools import lru_cache

from flask import Flask, abort, current_app, g, request, session
from flask_wtf.csrf import CSRFProtect, generate_csrf, validate_csrf
from wtforms.validators import ValidationError

from alumni.errors import BadRequest
from alumni.i18n import _

protection = CSRFProtect()


def init_app(app: Flask) -> None:
    protection.init_app(app)
    app.jinja_env.globals["csrf_token"] = csrf_token  # for macros, which know no words of a page


def csrf_token() -> str:
    """What a form sends back, to show that it is a page of ours in the same session."""
    if "csrf_token" not in g:
        secret = session.get("csrf_token")
        if secret is None:
            return str(generate_csrf())  # which makes one
        g.csrf_token = _signed(str(current_app.secret_key), secret)
    return str(g.csrf_token)


@lru_cache(maxsize=1024)
def _signed(_key: str, _secret: str) -> str:
    """The token of the present session, which has this secret. When it was signed does not matter:

    it is good for as long as the session, and to sign it anew was a twentieth of each page.
    """
    return str(generate_csrf())


def check(*, is_shown_again: bool) -> None:
    """Hold what was sent to its token. A page that shows a form shows it again by itself (422)."""
    if request.is_json:
        abort(415)  # forms would take it, with numbers and lists where they expect text
    try:
        validate_csrf(request.form.get("csrf_token") or request.headers.get("X-CSRFToken"))
    except ValidationError as error:
        if is_shown_again:
            return  # ``Form.submitted`` finds the same and gives back what was typed
        raise BadRequest(
            _("This page was open for too long. Please go back, load it again and repeat.")
        ) from error
