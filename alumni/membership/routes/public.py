"""Chapters as everybody sees them."""

from flask import render_template
from flask.typing import ResponseReturnValue

from alumni.chapters.models import ChapterStatus, JoinMode
from alumni.chapters.queries import get_chapter
from alumni.i18n import either
from alumni.membership import queries
from alumni.membership.policy import (
    may_join,
    may_see_desk,
)
from alumni.membership.queries.public import (
    grouped_chapters,
    member_counts,
    my_states,
    officers_in_term,
)
from alumni.membership.routes import blueprint
from alumni.richtext import rendered
from alumni.web import acting, public


@blueprint.get("/chapters")
@public
def chapters() -> ResponseReturnValue:
    return render_template(
        "membership/chapters.html",
        groups=grouped_chapters(),
        counts=member_counts(acting()),
        states=my_states(acting()),
    )


@blueprint.get("/chapters/<slug>")
@public
def chapter(slug: str) -> ResponseReturnValue:
    actor, shown = acting(), get_chapter(slug)
    takes_members = shown.status is ChapterStatus.ACTIVE
    asks_in = takes_members and shown.join_mode is not JoinMode.INVITATION
    return render_template(
        "membership/chapter.html",
        chapter=shown,
        officers=officers_in_term(actor, shown),
        members=member_counts(actor, shown.id).get(shown.id, 0),
        spell=queries.latest_spell(actor, shown.id) if actor.person_id else None,
        joinable=asks_in and (actor.account_id is None or may_join(actor)),
        takes_members=takes_members,
        may_desk=may_see_desk(actor, shown.id),
        intro=rendered(either(shown.intro_zh, shown.intro_en)),
    )
