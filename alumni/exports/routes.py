"""Files that were made for somebody: how far they are, and fetching them."""

from flask import Blueprint, Response, flash, render_template, request, url_for
from flask.typing import ResponseReturnValue

from alumni.authz import require
from alumni.db import db, transaction
from alumni.errors import Forbidden, Gone, Refusal
from alumni.exports import commands, queries
from alumni.exports.making import may_have
from alumni.exports.models import FileState, KeptFile
from alumni.exports.policy import may_see_office
from alumni.i18n import _, moment_text
from alumni.web import acting, asked, attachment, see_other

blueprint = Blueprint("exports", __name__)

MOST_SHOWN = 100


@blueprint.get("/office/exports")
def office() -> ResponseReturnValue:
    require(may_see_office, acting())
    return see_other(url_for(".files"))


@blueprint.get("/files")
def files() -> ResponseReturnValue:
    asked(())
    own = db.session.scalars(queries.files(acting()).limit(MOST_SHOWN)).all()
    return render_template("exports/files.html", files=own, size_text=size_text)


@blueprint.get("/files/<public_id>")
def kept(public_id: str) -> ResponseReturnValue:
    file = _get(public_id)
    is_open = file.state in queries.OPEN
    return render_template("exports/kept.html", file=file, is_open=is_open, size_text=size_text)


@blueprint.get("/files/<public_id>/content")
def content(public_id: str) -> ResponseReturnValue:
    file = _get(public_id)
    if file.state is not FileState.READY:
        raise Refusal(_("This file is not ready."))
    commands.insist_on_wait(acting())
    if not may_have(file):
        raise Forbidden("exports.making.may_have")
    response = Response(queries.content(file), content_type=file.mimetype)
    response.content_length = file.size
    response.set_etag(file.sha256 or "")
    response.headers["Content-Disposition"] = attachment(file.name)
    return response.make_conditional(request)


@blueprint.post("/files/<public_id>/cancel")
def cancel(public_id: str) -> ResponseReturnValue:
    with transaction():
        cancelled = commands.cancel(acting(), _get(public_id))
    if cancelled:
        flash(_("Cancelled. The file is not made."), "ok")
    return see_other(url_for(".kept", public_id=public_id))


@blueprint.post("/files/<public_id>/delete")
def delete(public_id: str) -> ResponseReturnValue:
    with transaction():
        commands.remove(acting(), queries.get_file(acting(), public_id))
    flash(_("The file is deleted."), "ok")
    return see_other(url_for(".files"))


@blueprint.post("/files/<public_id>/letter")
def letter(public_id: str) -> ResponseReturnValue:
    with transaction():
        file = _get(public_id)
        written = commands.ask_for_letter(acting(), file)
    if not written:
        flash(_("The letter was sent already. Another one can be sent in an hour."), "wait")
    elif file.state is FileState.READY:
        flash(_("The letter is on its way. Open its link where you can keep files."), "ok")
    else:
        flash(_("You will get a letter as soon as the file is ready."), "ok")
    return see_other(url_for(".kept", public_id=public_id))


def _get(public_id: str) -> KeptFile:
    file = queries.get_file(acting(), public_id)
    if file.is_expired:
        day = moment_text(file.expires_at, acting().time_zone)
        raise Gone(_("This file was kept until %(day)s. You can have it made again.", day=day))
    return file


def size_text(size: int) -> str:
    """16.0 MB, 240 kB: as file managers say it."""
    if size >= 10**6:
        return f"{size / 10**6:.1f} MB"
    return f"{max(1, round(size / 1000))} kB"
