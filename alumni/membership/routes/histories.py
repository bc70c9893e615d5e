"""The history as a file, and what its words are made of."""

import re
from datetime import datetime
from typing import Any

from flask import flash, request, url_for
from flask.typing import ResponseReturnValue

from alumni.audit.policy import may_read_history
from alumni.audit.routes import NARROWING, narrowed
from alumni.authz import require
from alumni.db import transaction
from alumni.forms import tidy
from alumni.i18n import _, language
from alumni.membership.histories import order_history
from alumni.membership.routes import blueprint
from alumni.people.fields import FIELDS
from alumni.web import acting, asked, require_proof, see_other

MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d.*(?:Z|[+-]\d\d:\d\d)")
"""As the history keeps one."""


@blueprint.app_template_global()
def kept_moment(value: object) -> datetime | None:
    """The moment that a value of the history is; None where it is none."""
    if not isinstance(value, str) or not MOMENT.fullmatch(value):
        return None
    try:
        return datetime.fromisoformat(value)
    except ValueError:
        return None


@blueprint.app_template_global()
def field_words(key: str) -> str:
    """How a file heads the column that was chosen by this key."""
    return str(FIELDS[key].label) if key in FIELDS else key


@blueprint.post("/office/audit/export")
def export_history() -> ResponseReturnValue:
    """The part of the history that the list shows, as a file that the worker makes."""
    require(may_read_history, acting())
    require_proof()
    given = {name: values[-1] for name, values in asked(NARROWING).items() if values[-1]}
    purpose = (tidy(request.form.get("purpose", "")) or "")[:200]
    if not purpose:
        flash(_("Please say what the file is for."), "bad")
        return see_other(url_for("audit.log", **dict[str, Any](given)))
    with transaction():
        file = order_history(acting(), narrowed(given), purpose=purpose, language=language())
    return see_other(url_for("exports.kept", public_id=file.public_id))
