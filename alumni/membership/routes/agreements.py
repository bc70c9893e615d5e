"""The agreement of officers on members' data."""

from flask import flash, render_template, request, url_for
from flask.typing import ResponseReturnValue

from alumni.authz import require
from alumni.i18n import _, either
from alumni.membership.commands import agreements as agreement_commands
from alumni.membership.forms.agreements import AcceptForm, AgreementForm
from alumni.membership.policy import may_manage_chapters
from alumni.membership.queries.agreements import (
    agreement_to_read,
    get_version,
    list_agreements,
    my_acceptance,
    newest_agreement,
    who_accepted,
    who_has_to,
)
from alumni.membership.routes import blueprint
from alumni.richtext import rendered
from alumni.web import acting, safe_path, see_other


@blueprint.route("/agreement", methods=["GET", "POST"])
def agreement() -> ResponseReturnValue:
    """What an officer reads and accepts before the desk opens."""
    newest = agreement_to_read(acting())
    form = AcceptForm(newest.version, request.args.get("next", ""))
    if form.submitted():
        with form.saving():
            agreement_commands.accept_agreement(acting(), form.version.data)
            flash(_("Thank you. Your desk is open."), "ok")
            return see_other(safe_path(form.next.data, url_for("home.me")))
    shown = agreement_to_read(acting())
    if form.version.data != shown.version:
        form.version.data, form.agree.data = shown.version, False
        form.version.raw_data = None
    accepted = my_acceptance(acting())
    return (
        render_template(
            "membership/agreement.html",
            form=form,
            agreement=shown,
            text=rendered(either(shown.text_zh, shown.text_en)),
            accepted=accepted if accepted and accepted.version == shown.version else None,
            onwards=safe_path(form.next.data, url_for("home.me")),
        ),
        form.status,
    )


@blueprint.get("/office/agreement")
def office_agreement() -> ResponseReturnValue:
    return render_template(
        "membership/office_agreement.html",
        rows=list_agreements(acting()),
        missing=who_has_to(acting()),
    )


@blueprint.route("/office/agreement/new", methods=["GET", "POST"])
def new_agreement() -> ResponseReturnValue:
    require(may_manage_chapters, acting())
    form = AgreementForm(newest_agreement())
    if form.submitted():
        with form.saving():
            published = agreement_commands.publish_agreement(acting(), form.text())
            flash(
                _(
                    "Version %(version)s is published. Officers accept it before they work on.",
                    version=published.version,
                ),
                "ok",
            )
            return see_other(url_for(".office_agreement"))
    newest = newest_agreement()
    return render_template("membership/new_agreement.html", form=form, newest=newest), form.status


@blueprint.get("/office/agreement/<int:version>")
def agreement_version(version: int) -> ResponseReturnValue:
    shown = get_version(acting(), version)
    return render_template(
        "membership/agreement_version.html",
        agreement=shown,
        text_zh=rendered(shown.text_zh),
        text_en=rendered(shown.text_en),
        signed=who_accepted(acting(), shown),
    )
