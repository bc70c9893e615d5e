"""Making two records one, and taking that back."""

from flask import flash, render_template, url_for
from flask.typing import ResponseReturnValue

from alumni.db import transaction
from alumni.forms import tidy_number
from alumni.i18n import _, ngettext
from alumni.people.queries import display_name
from alumni.people.queries.apart import told_apart
from alumni.roster.commands import merging as commands
from alumni.roster.commands.unmerging import unmerge
from alumni.roster.forms.merging import MergeForm, merge_form
from alumni.roster.policy import may_merge
from alumni.roster.queries import duplicates as queries
from alumni.roster.queries.choosing import Compared, get_two
from alumni.roster.queries.likeness import alike, known_by_id, score
from alumni.roster.queries.merging import get_merge
from alumni.roster.routes import blueprint
from alumni.web import acting, asked, require_proof, see_other

LONGEST_QUESTION = 60


@blueprint.route("/office/duplicates/<public_id>", methods=["GET", "POST"])
def duplicate(public_id: str) -> ResponseReturnValue:
    """The two of a pair, to be made one."""
    done = queries.merge_of(queries.get_pair(acting(), public_id))
    if done is not None:
        return see_other(url_for(".merged", public_id=done.public_id))
    pair = queries.get_living_pair(acting(), public_id)
    return _merging(pair.one.public_id, pair.other.public_id, pair=pair)


@blueprint.get("/office/people/<public_id>/merge")
def merge_with(public_id: str) -> ResponseReturnValue:
    """Whom a person may be merged with: who is like them, or who is looked for."""
    text = (tidy_number(asked({"q"}).get("q", [""])[-1]) or "")[:LONGEST_QUESTION]
    person = queries.get_person(acting(), public_id)
    return render_template(
        "roster/merge_with.html",
        person=person,
        name=display_name(person),
        text=text,
        found=queries.likely(acting(), person, text),
    )


@blueprint.route("/office/people/<public_id>/merge/<other_id>", methods=["GET", "POST"])
def merge_two(public_id: str, other_id: str) -> ResponseReturnValue:
    """Any two people, to be made one."""
    return _merging(public_id, other_id)


@blueprint.get("/office/merges/<public_id>")
def merged(public_id: str) -> ResponseReturnValue:
    merge = queries.merged(acting(), public_id)
    conflicts = [conflict | {"said": queries.said_of(conflict)} for conflict in merge.conflicts]
    apart = told_apart(acting(), merge.persons)
    kept, gone = (apart.get(person_id, "") for person_id in merge.persons)
    return render_template(
        "roster/merged.html", merge=merge, conflicts=conflicts, kept_apart=kept, gone_apart=gone
    )


@blueprint.post("/office/merges/<public_id>/undo")
def take_back_merge(public_id: str) -> ResponseReturnValue:
    with transaction():
        merge = get_merge(acting(), public_id, hold=True)
        require_proof()
        left = len(unmerge(acting(), merge))
    if left:
        flash(
            ngettext(
                "Two records again. %(num)s row was left as it is; see below.",
                "Two records again. %(num)s rows were left as they are; see below.",
                left,
            ),
            "wait",
        )
    else:
        flash(_("Two records again, as they were before."), "ok")
    return see_other(url_for(".merged", public_id=public_id))


def _merging(one: str, other: str, pair: queries.Pair | None = None) -> ResponseReturnValue:
    form = merge_form(get_two(acting(), one, other))
    require_proof()
    if form.submitted():
        with form.saving():
            two = get_two(acting(), one, other)
            kept = two.side(form.kept.data)
            gone = two.other if kept is two.one else two.one
            done = commands.merge(acting(), kept.person, gone.person, form.chosen())
            flash(_("The two are one now. You can take it back for thirty days."), "ok")
            return see_other(url_for(".merged", public_id=done.public_id))
    return _page(get_two(acting(), one, other), form, pair), form.status


def _page(two: Compared, form: MergeForm, pair: queries.Pair | None) -> str:
    known = known_by_id([two.one.person.id, two.other.person.id])
    reasons = alike(known[two.one.person.id], known[two.other.person.id])
    return render_template(
        "roster/merge.html",
        two=two,
        form=form,
        pair=pair,
        reasons_found=reasons,
        score=score(reasons),
        may_merge=may_merge(acting(), two.one.person, two.other.person),
    )
