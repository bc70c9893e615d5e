"""Letters of chapters and of the office, the lists, and the way out of them."""

from flask import Blueprint, flash, render_template, request, url_for
from flask.typing import ResponseReturnValue

from alumni.authz import require
from alumni.chapters.models import Chapter
from alumni.db import db, transaction
from alumni.errors import BadRequest, NotFound
from alumni.i18n import _
from alumni.mailings import commands, queries
from alumni.mailings.compiling import chosen, compiled, list_name
from alumni.mailings.forms import ApproveForm, MailingForm, RejectForm
from alumni.mailings.models import Mailing, MailingStatus, MailList
from alumni.mailings.policy import may_follow, may_review, may_rewrite, may_write
from alumni.mailings.queries import Report
from alumni.mailings.states import STATUS_KINDS, status_names, subject_of
from alumni.membership.queries import get_desk
from alumni.outbox.models import Delivery
from alumni.outbox.routes import reason_name
from alumni.outbox.writing import filled
from alumni.web import acting, as_letter, asked, by_letter, require_proof, see_other

blueprint = Blueprint("mailings", __name__)

AT_ONCE = 30
LATEST = 100
"""So many letters a chapter's desk shows: a chapter writes a dozen a year."""


@blueprint.context_processor
def _rules() -> dict[str, object]:
    """What templates ask before they show something."""
    return {
        "status_names": status_names(),
        "status_kinds": STATUS_KINDS,
        "subject_of": subject_of,
        "list_name": list_name,
        "report_reasons": report_reasons,
        "places": ("{{name}}", "{{chapter}}"),
    }


def report_reasons(report: Report) -> list[tuple[str, int]]:
    """Why letters were skipped, in words, with how many."""
    return [(reason_name(reason), number) for reason, number in sorted(report.reasons.items())]


@blueprint.get("/chapters/<slug>/desk/letters")
def desk_letters(slug: str) -> ResponseReturnValue:
    waits = asked({"waits"}).get("waits") == ["1"]
    chapter = get_desk(acting(), slug)
    require(may_follow, acting(), chapter.id)
    mail_list = queries.list_of(chapter)
    letters = queries.mailings(acting()).where(MailList.chapter_id == chapter.id).limit(LATEST)
    if waits:
        letters = letters.where(queries.is_unfinished())
    return render_template(
        "mailings/desk_letters.html",
        chapter=chapter,
        waits=waits,
        mailings=db.session.scalars(letters).all(),
        size=queries.audience_size(mail_list) if mail_list else 0,
        may_write=mail_list is not None and may_write(acting(), mail_list),
    )


@blueprint.route("/chapters/<slug>/desk/letters/new", methods=["GET", "POST"])
def desk_new(slug: str) -> ResponseReturnValue:
    require(may_write, acting(), _desk_list(slug))
    form = MailingForm()
    if form.submitted():
        with form.saving():
            mailing = commands.write(acting(), _desk_list(slug), form.draft())
            return see_other(url_for(".desk_letter", slug=slug, public_id=mailing.public_id))
    return _desk_form(get_desk(acting(), slug), form, None)


@blueprint.get("/chapters/<slug>/desk/letters/<public_id>")
def desk_letter(slug: str, public_id: str) -> ResponseReturnValue:
    chapter, mailing = _desk_mailing(slug, public_id)
    return render_template(
        "mailings/desk_letter.html", chapter=chapter, mailing=mailing, **_told(mailing)
    )


@blueprint.route("/chapters/<slug>/desk/letters/<public_id>/edit", methods=["GET", "POST"])
def desk_edit(slug: str, public_id: str) -> ResponseReturnValue:
    _chapter, mailing = _desk_mailing(slug, public_id)
    require(may_rewrite, acting(), mailing.mail_list, of_office=queries.is_of_office(mailing))
    form = MailingForm.of(mailing)
    if form.submitted():
        with form.saving():
            _chapter, mailing = _desk_mailing(slug, public_id)
            commands.rewrite(acting(), mailing, form.draft())
            return see_other(url_for(".desk_letter", slug=slug, public_id=public_id))
    chapter, mailing = _desk_mailing(slug, public_id)
    return _desk_form(chapter, form, mailing)


@blueprint.post("/chapters/<slug>/desk/letters/<public_id>/submit")
def submit(slug: str, public_id: str) -> ResponseReturnValue:
    with transaction():
        _chapter, mailing = _desk_mailing(slug, public_id)
        commands.submit(acting(), mailing)
    flash(_("The office has your letter now. You will be written to when it has decided."), "ok")
    return see_other(url_for(".desk_letter", slug=slug, public_id=public_id))


@blueprint.get("/mailings/<public_id>/<any(zh, en):reader>")
def preview(public_id: str, reader: str) -> ResponseReturnValue:
    """The letter as a reader of the language would see it, with an invented name in it."""
    mailing = queries.get_mailing(acting(), public_id)
    words = {
        "name": "王小明" if reader == "zh" else "Wang Xiaoming",
        "chapter": list_name(mailing.mail_list, reader),
        "unsubscribe": "#",
    }
    return as_letter(filled(compiled(mailing, reader).html, words))


@blueprint.get("/office/mailings")
def office_mailings() -> ResponseReturnValue:
    require(may_review, acting())
    given = asked({"status", "before"})
    status = given.get("status", [""])[-1]
    if status and status not in set(MailingStatus):
        raise BadRequest(_("There is no state “%(name)s”.", name=status))
    found = queries.mailings(acting()).limit(AT_ONCE + 1)
    if status:
        found = found.where(Mailing.status == MailingStatus(status))
    if "before" in given:
        older = queries.get_mailing(acting(), given["before"][-1][:22])
        found = found.where(Mailing.id < older.id)
    rows = list(db.session.scalars(found))
    return render_template(
        "mailings/office_mailings.html",
        mailings=rows[:AT_ONCE],
        status=status,
        counts=queries.status_counts(acting()),
        older=rows[AT_ONCE - 1].public_id if len(rows) > AT_ONCE else None,
    )


@blueprint.route("/office/mailings/<public_id>", methods=["GET", "POST"])
def office_mailing(public_id: str) -> ResponseReturnValue:
    """The letter as its readers will see it, and the decision about it."""
    require(may_review, acting())
    form = RejectForm()
    if form.submitted():
        with form.saving():
            mailing = queries.get_mailing(acting(), public_id)
            commands.reject(acting(), mailing, form.note.data)
            flash(_("The author has been told what to change."), "ok")
            return see_other(url_for(".office_mailing", public_id=public_id))
    mailing = queries.get_mailing(acting(), public_id)
    page = render_template(
        "mailings/office_mailing.html", mailing=mailing, form=form, **_told(mailing)
    )
    return page, form.status


@blueprint.post("/office/mailings/<public_id>/approve")
def approve(public_id: str) -> ResponseReturnValue:
    form = ApproveForm()
    require(may_review, acting())
    require_proof()
    with transaction():
        mailing = queries.get_mailing(acting(), public_id)
        commands.approve(acting(), mailing, form.body_hash.data or "")
    flash(_("Approved. The letters are being made."), "ok")
    return see_other(url_for(".office_mailing", public_id=public_id))


@blueprint.post("/office/mailings/<public_id>/submit")
def office_submit(public_id: str) -> ResponseReturnValue:
    require(may_review, acting())
    with transaction():
        commands.submit(acting(), queries.get_mailing(acting(), public_id))
    flash(_("Please read the letter once more, then approve it."), "ok")
    return see_other(url_for(".office_mailing", public_id=public_id))


@blueprint.route("/office/mailings/<public_id>/edit", methods=["GET", "POST"])
def office_edit(public_id: str) -> ResponseReturnValue:
    require(may_review, acting())
    form = MailingForm.of(queries.get_mailing(acting(), public_id))
    if form.submitted():
        with form.saving():
            mailing = queries.get_mailing(acting(), public_id)
            commands.rewrite(acting(), mailing, form.draft())
            return see_other(url_for(".office_mailing", public_id=public_id))
    mailing = queries.get_mailing(acting(), public_id)
    return _office_form(mailing.mail_list, form, mailing)


@blueprint.get("/office/lists")
def lists() -> ResponseReturnValue:
    require(may_review, acting())
    return render_template("mailings/lists.html", lists=queries.all_lists(), sizes=queries.sizes())


@blueprint.route("/office/lists/<slug>/write", methods=["GET", "POST"])
def office_write(slug: str) -> ResponseReturnValue:
    require(may_review, acting())
    form = MailingForm()
    if form.submitted():
        with form.saving():
            mailing = commands.write(acting(), queries.get_list(slug), form.draft())
            return see_other(url_for(".office_mailing", public_id=mailing.public_id))
    return _office_form(queries.get_list(slug), form, None)


@blueprint.route("/u/<string(length=26):token>", methods=["GET", "POST"])
@by_letter
def unsubscribe(token: str) -> ResponseReturnValue:
    """What the reader takes, with buttons. Programs open every link: that changes nothing.

    A POST ends the list, as the reader's mail provider or the page's button asks, or does what
    else it says. It answers 200: a provider that posts does not follow anywhere.
    """
    if request.method != "POST":
        return _choices(*queries.get_delivery(token))
    with transaction():
        delivery, mail_list = queries.get_delivery(token)
        wish = request.form.get("wish")
        if wish == "all":
            commands.suppress(acting(), delivery)
        elif wish == "back":
            commands.resubscribe(acting(), delivery, mail_list)
        else:
            commands.unsubscribe(acting(), delivery, mail_list)
    return _choices(delivery, mail_list)


def _choices(delivery: Delivery, mail_list: MailList) -> ResponseReturnValue:
    return render_template(
        "mailings/unsubscribe.html",
        token=delivery.token,
        mail_list=mail_list,
        address=masked(delivery.email),
        takes_list=queries.takes_letters(delivery, mail_list),
        takes_any=queries.takes_any(delivery),
    )


def masked(email: str) -> str:
    """``z•••@163.com``: enough for its owner to know it."""
    name, _at, domain = email.rpartition("@")
    return f"{name[:1]}•••@{domain}"


def _desk_list(slug: str) -> MailList:
    """The chapter's list, for who works at its desk. Only an active chapter need have one."""
    mail_list = queries.list_of(get_desk(acting(), slug))
    if mail_list is None:
        raise NotFound
    return mail_list


def _desk_mailing(slug: str, public_id: str) -> tuple[Chapter, Mailing]:
    """The chapter's letter, for who works at its desk."""
    chapter = get_desk(acting(), slug)
    mailing = queries.get_mailing(acting(), public_id)
    if mailing.mail_list.chapter_id != chapter.id:
        raise NotFound
    return chapter, mailing


def _told(mailing: Mailing) -> dict[str, object]:
    """What is told of a letter beside its text: numbers, and no addresses."""
    return {
        "report": queries.report(mailing),
        "reviews": queries.reviews(mailing),
        "size": queries.audience_size(mailing.mail_list),
        "writable": commands.is_writable(mailing),
        "may_write": may_rewrite(
            acting(), mailing.mail_list, of_office=queries.is_of_office(mailing)
        ),
        "text_language": {reader: chosen(mailing, reader).language for reader in ("zh", "en")},
    }


def _desk_form(chapter: Chapter, form: MailingForm, mailing: Mailing | None) -> ResponseReturnValue:
    page = render_template("mailings/desk_edit.html", chapter=chapter, form=form, mailing=mailing)
    return page, form.status


def _office_form(
    mail_list: MailList, form: MailingForm, mailing: Mailing | None
) -> ResponseReturnValue:
    page = render_template(
        "mailings/office_edit.html", mail_list=mail_list, form=form, mailing=mailing
    )
    return page, form.status
