"""Taking an import back: what it would do, how far it is, and what stayed."""

from flask import flash, render_template, url_for
from flask.typing import ResponseReturnValue

from alumni.db import db, transaction
from alumni.errors import BadRequest
from alumni.i18n import _
from alumni.people.queries import display_name
from alumni.people.queries.apart import told_apart
from alumni.roster.commands import undoing as commands
from alumni.roster.models import BatchState
from alumni.roster.policy import may_identify
from alumni.roster.queries.imports import get_batch
from alumni.roster.queries.undoing import left_rows, to_take_back
from alumni.roster.routes import blueprint
from alumni.web import acting, asked, see_other

AT_A_TIME = 100
"""Rows of a page."""


@blueprint.get("/office/imports/<public_id>/undo")
def undo(public_id: str) -> ResponseReturnValue:
    after = _line(asked({"after"}).get("after", ["0"])[-1])
    batch = get_batch(acting(), public_id)
    wanted = left_rows(acting(), batch, after=after).limit(AT_A_TIME + 1)
    left = db.session.execute(wanted).all()
    shown = left[:AT_A_TIME]
    here = url_for(".undo", public_id=public_id)
    return render_template(
        "roster/undo.html",
        batch=batch,
        refusal=commands.not_to_undo(batch),
        is_under_way=batch.state is BatchState.UNDOING,
        waiting=to_take_back(batch),
        left=shown,
        apart=told_apart(acting(), [person.id for _row, person in shown]),
        newer=here if after else None,
        older=f"{here}?after={shown[-1][0].line}" if len(left) > AT_A_TIME else None,
        reasons=commands.REASONS,
        display_name=display_name,
        identifies=may_identify(acting()),
    )


@blueprint.post("/office/imports/<public_id>/undo")
def ask_undo(public_id: str) -> ResponseReturnValue:
    with transaction():
        commands.ask_undo(acting(), get_batch(acting(), public_id))
    flash(_("The import is being taken back."), "ok")
    return see_other(url_for(".undo", public_id=public_id))


def _line(number: str) -> int:
    if not (number.isascii() and number.isdigit() and len(number) < 10):  # noqa: PLR2004
        raise BadRequest(_("There is no page “%(name)s”.", name=number[:20]))
    return int(number)
