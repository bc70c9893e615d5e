"""Taking a list of people away as a file."""

from urllib.parse import quote

from flask import Response, render_template, url_for
from flask.typing import ResponseReturnValue

from alumni.audiences import queries
from alumni.audiences.commands import exports as commands
from alumni.audiences.criteria import Audience, address, parameters
from alumni.audiences.forms.exports import ExportForm
from alumni.audiences.policy import may_export_people
from alumni.audiences.queries import Window
from alumni.audiences.routes import blueprint
from alumni.authz import require
from alumni.db import transaction
from alumni.web import acting, asked


@blueprint.route("/office/people/export", methods=["GET", "POST"])
def export() -> ResponseReturnValue:
    actor = acting()
    require(may_export_people, actor)
    audience = Audience.from_query(actor, asked(parameters(actor)))
    form = ExportForm()
    if form.submitted():
        with transaction():
            file = commands.export(actor, audience, form.wish())
        return _sent(file)
    page = queries.people(actor, audience, Window())
    people_url = address(url_for(".people"), audience.to_query())
    shown = {"audience": audience, "page": page, "people_url": people_url}
    return render_template("audiences/export.html", form=form, **shown), form.status


def _sent(file: commands.Exported) -> Response:
    """Stream the file under its name, with a plain one for programs that read no Unicode."""
    response = Response(file.chunks, content_type=file.format.mimetype)
    ending, plain = file.format.ending, file.name.encode("ascii", "ignore").decode().strip()
    response.headers["Content-Disposition"] = (
        f'attachment; filename="people {plain.removeprefix("People ")}.{ending}";'
        f" filename*=UTF-8''{quote(f'{file.name}.{ending}')}"
    )
    return response
