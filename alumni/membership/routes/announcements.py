"""Announcements: for their readers, at the desk of a chapter, and in the office."""

from flask import flash, render_template, url_for
from flask.typing import ResponseReturnValue

from alumni.authz import require
from alumni.chapters.models import Chapter
from alumni.db import GREATEST, transaction
from alumni.errors import NotFound
from alumni.i18n import _
from alumni.membership import queries
from alumni.membership.commands import announcements as commands
from alumni.membership.forms.announcements import AnnouncementForm
from alumni.membership.policy.chapters import may_announce
from alumni.membership.queries.announcements import (
    Removed,
    get_news,
    get_removed,
    get_written,
    written,
)
from alumni.membership.routes import blueprint
from alumni.richtext import rendered
from alumni.web import acting, asked, public, see_other

FORM = ("GET", "POST")


@blueprint.get("/announcements/<public_id>")
@public
def announcement(public_id: str) -> ResponseReturnValue:
    """What is not shown to this reader today does not exist."""
    news = get_news(acting(), public_id)
    return render_template("membership/announcement.html", news=news, body=rendered(news.body))


@blueprint.get("/office/announcements", defaults={"slug": None})
@blueprint.get("/chapters/<slug>/desk/announcements")
def announcements(slug: str | None) -> ResponseReturnValue:
    chapter = _writing(slug)
    return render_template(
        "membership/announcements.html",
        chapter=chapter,
        rows=written(acting(), chapter),
        removed=_removed(chapter, asked({"removed"}).get("removed", [""])[0]),
    )


@blueprint.route("/office/announcements/new", methods=FORM, defaults={"slug": None})
@blueprint.route("/chapters/<slug>/desk/announcements/new", methods=FORM)
def new_announcement(slug: str | None) -> ResponseReturnValue:
    chapter = _writing(slug)
    form = AnnouncementForm(of_chapter=chapter is not None)
    if form.submitted():
        with form.saving():
            commands.announce(acting(), _writing(slug), form.words())
            flash(_("Announced. It disappears after its last day by itself."), "ok")
            return see_other(url_for(".announcements", slug=slug))
    return _page(form, _writing(slug), "")


@blueprint.route("/office/announcements/<public_id>", methods=FORM, defaults={"slug": None})
@blueprint.route("/chapters/<slug>/desk/announcements/<public_id>", methods=FORM)
def edit_announcement(slug: str | None, public_id: str) -> ResponseReturnValue:
    chapter = _writing(slug)
    known = get_written(acting(), chapter, public_id)
    form = AnnouncementForm(known, of_chapter=chapter is not None)
    if form.submitted():
        with form.saving():
            known = get_written(acting(), _writing(slug), public_id)
            commands.change_announcement(acting(), known, form.words())
            flash(_("Saved."), "ok")
            return see_other(url_for(".announcements", slug=slug))
    return _page(form, _writing(slug), public_id)


@blueprint.post("/office/announcements/<public_id>/remove", defaults={"slug": None})
@blueprint.post("/chapters/<slug>/desk/announcements/<public_id>/remove")
def remove_announcement(slug: str | None, public_id: str) -> ResponseReturnValue:
    with transaction():
        known = get_written(acting(), _writing(slug), public_id)
        deed_id = commands.remove_announcement(acting(), known)
    return see_other(url_for(".announcements", slug=slug, removed=deed_id))


@blueprint.post("/office/announcements/put-back/<int:deed_id>", defaults={"slug": None})
@blueprint.post("/chapters/<slug>/desk/announcements/put-back/<int:deed_id>")
def put_back_announcement(slug: str | None, deed_id: int) -> ResponseReturnValue:
    with transaction():
        commands.put_back(acting(), get_removed(acting(), _writing(slug), deed_id))
    flash(_("It is announced again."), "ok")
    return see_other(url_for(".announcements", slug=slug))


def _writing(slug: str | None) -> Chapter | None:
    """The chapter at whose desk it is written; None in the office, which writes to all."""
    chapter = queries.get_desk(acting(), slug) if slug is not None else None
    require(may_announce, acting(), chapter.id if chapter else None)
    return chapter


def _removed(chapter: Chapter | None, deed_id: str) -> Removed | None:
    """What was just removed and can be put back."""
    is_number = deed_id.isascii() and deed_id.isdigit() and len(deed_id) <= len(str(GREATEST))
    if not is_number or int(deed_id) > GREATEST:
        return None
    try:
        return get_removed(acting(), chapter, int(deed_id))
    except NotFound:
        return None


def _page(form: AnnouncementForm, chapter: Chapter | None, public_id: str) -> ResponseReturnValue:
    page = render_template(
        "membership/edit_announcement.html", form=form, chapter=chapter, public_id=public_id
    )
    return page, form.status
