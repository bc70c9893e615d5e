"""The history, for those who may read it."""

from itertools import groupby

from flask import Blueprint, render_template, url_for
from flask.typing import ResponseReturnValue

from alumni.audit.policy import may_read_history
from alumni.audit.queries import changes_of, deeds
from alumni.authz import Capability, require
from alumni.db import GREATEST, db
from alumni.errors import BadRequest
from alumni.i18n import _
from alumni.web import acting, asked

blueprint = Blueprint("audit", __name__)

EACH = 5
"""Rows shown of a deed: an import has thousands, and one is like the other."""

PAGE = 15


@blueprint.get("/office/audit")
def log() -> ResponseReturnValue:
    require(may_read_history, acting())
    given = asked({"before", "verb"})
    before = _number(given.get("before", [""])[0])
    verb = given.get("verb", [""])[0][:40]
    rows = db.session.execute(deeds(before=before, verb=verb).limit(PAGE + 1)).all()
    shown = rows[:PAGE]
    changes = db.session.execute(changes_of([deed.id for deed, _name in shown], each=EACH)).all()
    by_deed = {
        deed_id: list(group)
        for deed_id, group in groupby(changes, key=lambda row: row[0].change_set_id)
    }
    older = url_for(".log", before=shown[-1][0].id, verb=verb or None) if len(rows) > PAGE else None
    return render_template(
        "audit/log.html",
        rows=shown,
        changes=by_deed,
        older=older,
        newest=url_for(".log", verb=verb or None) if before else None,
        verb=verb,
        sees_people=acting().can(Capability.VIEW_PEOPLE),
    )


def _number(written: str) -> int | None:
    if not written:
        return None
    readable = written.isascii() and written.isdigit() and len(written) <= len(str(GREATEST))
    if not readable or int(written) > GREATEST:
        raise BadRequest(_("“%(value)s” is not a number of the history.", value=written[:20]))
    return int(written)
