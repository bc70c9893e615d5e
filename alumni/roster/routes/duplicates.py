"""The queue of records that may stand for one graduate."""

from flask import flash, render_template, url_for
from flask.typing import ResponseReturnValue

from alumni.db import GREATEST, transaction
from alumni.errors import BadRequest
from alumni.i18n import _
from alumni.roster.commands import duplicates as commands
from alumni.roster.models import PairState
from alumni.roster.queries import duplicates as queries
from alumni.roster.routes import blueprint
from alumni.web import acting, asked, see_other


@blueprint.get("/office/duplicates")
def duplicates() -> ResponseReturnValue:
    given = asked({"state", "after", "ignored"})
    state = _state(given.get("state", [""])[-1])
    after = given.get("after", [""])[-1]
    shown: dict[str, object] = {
        "state": state,
        "counts": queries.pair_counts(acting()),
        "newer_url": url_for(".duplicates", state=state.value) if after else None,
    }
    if state is PairState.MERGED:
        return _merges(after, shown)
    page = queries.pairs(acting(), state, _mark(after))
    following = f"{page.after.score}-{page.after.id}" if page.after else None
    return render_template(
        "roster/duplicates.html",
        pairs=page.pairs,
        older_url=_older(state, following),
        ignored=given.get("ignored", [""])[-1],
        how_far=queries.how_far(acting()),
        last_search=queries.last_search(acting()),
        **shown,
    )


@blueprint.post("/office/duplicates/look")
def look_for_duplicates() -> ResponseReturnValue:
    with transaction():
        commands.look_for_duplicates(acting())
    return see_other(url_for(".duplicates"))


@blueprint.post("/office/duplicates/<public_id>/ignore")
def ignore_duplicate(public_id: str) -> ResponseReturnValue:
    with transaction():
        commands.ignore(acting(), queries.get_pair(acting(), public_id))
    return see_other(url_for(".duplicates", ignored=public_id))


@blueprint.post("/office/duplicates/<public_id>/again")
def ask_again(public_id: str) -> ResponseReturnValue:
    with transaction():
        commands.ask_again(acting(), queries.get_pair(acting(), public_id))
    flash(_("The two are asked about again."), "ok")
    return see_other(url_for(".duplicates"))


def _merges(after: str, shown: dict[str, object]) -> ResponseReturnValue:
    page = queries.merges(acting(), _number(after) if after else None)
    return render_template(
        "roster/merges.html",
        merges=page.merges,
        older_url=_older(PairState.MERGED, str(page.after) if page.after else None),
        **shown,
    )


def _older(state: PairState, after: str | None) -> str | None:
    return url_for(".duplicates", state=state.value, after=after) if after else None


def _state(name: str) -> PairState:
    if not name:
        return PairState.OPEN
    if name not in set(PairState):
        raise BadRequest(_("There is no state “%(name)s”.", name=name[:20]))
    return PairState(name)


def _mark(written: str) -> queries.Mark | None:
    if not written:
        return None
    points, _dash, row_id = written.partition("-")
    return queries.Mark(_number(points), _number(row_id))


def _number(written: str) -> int:
    readable = written.isascii() and written.isdigit() and len(written) <= len(str(GREATEST))
    if not readable or int(written) > GREATEST:
        raise BadRequest(_("There is no page “%(name)s”.", name=written[:20]))
    return int(written)
