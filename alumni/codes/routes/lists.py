"""The lists of words: what is in them, what each is called, and which two are one."""

from typing import Any

from flask import flash, render_template, request, url_for
from flask.typing import ResponseReturnValue

from alumni.authz import require
from alumni.codes.commands.merging import conflict_text, merge, merger_of, take_back
from alumni.codes.commands.naming import add_name, change_word, enter_word, remove_name
from alumni.codes.forms import MergeForm, NameForm, WordForm
from alumni.codes.models import Code, CodeKind
from alumni.codes.policy import may_manage_lists
from alumni.codes.queries import LONGEST_WORD, codes_of
from alumni.codes.queries.lists import (
    all_places,
    counts,
    get_word,
    merged_into,
    names,
    words_of,
)
from alumni.codes.queries.references import Thing, conflicts, uses_of, uses_of_kind
from alumni.codes.routes import blueprint
from alumni.db import GREATEST, transaction
from alumni.errors import BadRequest, NotFound
from alumni.forms import Form
from alumni.i18n import _, ngettext
from alumni.web import acting, asked, see_other


@blueprint.get("/office/settings/lists")
def lists() -> ResponseReturnValue:
    actor = acting()
    return render_template("codes/lists.html", counts=counts(actor), places=all_places(actor))


@blueprint.get("/office/settings/lists/<kind>")
def words(kind: str) -> ResponseReturnValue:
    known = kind_of(kind)
    listed = words_of(acting(), known)
    return render_template(
        "codes/words.html",
        kind=known,
        words=listed,
        names=names(listed),
        uses=uses_of_kind(known),
        by_id={word.id: word for word in listed},
    )


@blueprint.route("/office/settings/lists/<kind>/new", methods=["GET", "POST"])
def new_word(kind: str) -> ResponseReturnValue:
    actor, known = acting(), kind_of(kind)
    require(may_manage_lists, actor)
    form = WordForm()
    if form.submitted():
        with form.saving():
            enter_word(actor, known, form.wording())
            flash(_("Saved."), "ok")
            return see_other(url_for(".words", kind=kind))
    return render_template("codes/new_word.html", kind=known, form=form), form.status


@blueprint.route("/office/settings/lists/<kind>/<int:code_id>", methods=["GET", "POST"])
def word(kind: str, code_id: int) -> ResponseReturnValue:
    actor, known = acting(), kind_of(kind)
    form = WordForm(get_word(actor, known, code_id))
    if form.submitted():
        with form.saving():
            change_word(actor, get_word(actor, known, code_id), form.wording())
            flash(_("Saved."), "ok")
            return see_other(url_for(".words", kind=kind))
    return _word_page(known, code_id, form, NameForm(LONGEST_WORD)), form.status


@blueprint.route("/office/settings/lists/<kind>/<int:code_id>/names", methods=["GET", "POST"])
def word_names(kind: str, code_id: int) -> ResponseReturnValue:
    actor, known = acting(), kind_of(kind)
    form = NameForm(LONGEST_WORD)
    if form.submitted():
        with form.saving():
            add_name(actor, get_word(actor, known, code_id), form.other_name.data or "")
            flash(_("Saved."), "ok")
            return see_other(url_for(".word", kind=kind, code_id=code_id))
    edited = WordForm(get_word(actor, known, code_id), formdata=None)
    return _word_page(known, code_id, edited, form), form.status


@blueprint.post("/office/settings/lists/<kind>/<int:code_id>/names/<int:name_id>/remove")
def remove_word_name(kind: str, code_id: int, name_id: int) -> ResponseReturnValue:
    with transaction():
        remove_name(acting(), get_word(acting(), kind_of(kind), code_id), name_id)
    flash(_("The name was taken away. You can add it again at any time."), "ok")
    return see_other(url_for(".word", kind=kind, code_id=code_id))


@blueprint.get("/office/settings/lists/<kind>/<int:code_id>/merge")
def merge_word(kind: str, code_id: int) -> ResponseReturnValue:
    actor, known = acting(), kind_of(kind)
    code = get_word(actor, known, code_id)
    chosen = number(asked({"into"}).get("into", [""])[0])
    into = get_word(actor, known, chosen) if chosen is not None else None
    if into is not None and into.id == code.id:
        into = None
    others = [other for other in codes_of(known) if other.id != code.id]
    return render_template(
        "codes/merge_word.html",
        kind=known,
        word=code,
        form=MergeForm(others, into),
        others=others,
        into=into,
        **(merger(code, into) if into else {}),
    )


@blueprint.post("/office/settings/lists/<kind>/<int:code_id>/merge")
def merge_words(kind: str, code_id: int) -> ResponseReturnValue:
    actor, known = acting(), kind_of(kind)
    with transaction():
        into = get_word(actor, known, number(request.form.get("into", "")) or 0)
        rows = merge(actor, get_word(actor, known, code_id), into)
    flash(merged_text(rows), "ok")
    return see_other(url_for(".word", kind=kind, code_id=into.id))


@blueprint.post("/office/settings/lists/<kind>/<int:code_id>/take-back")
def take_back_word(kind: str, code_id: int) -> ResponseReturnValue:
    with transaction():
        take_back(acting(), get_word(acting(), kind_of(kind), code_id))
    flash(_("The two are two again."), "ok")
    return see_other(url_for(".word", kind=kind, code_id=code_id))


def kind_of(written: str) -> CodeKind:
    """The list of this name in the address."""
    if written not in set(CodeKind):
        raise NotFound
    return CodeKind(written)


def number(written: str) -> int | None:
    """The number in an address; None for none."""
    if not written:
        return None
    readable = written.isascii() and written.isdigit() and len(written) <= len(str(GREATEST))
    if not readable or int(written) > GREATEST:
        raise BadRequest(_("“%(value)s” is no number of the list.", value=written[:20]))
    return int(written)


def merger(thing: Thing, into: Thing) -> dict[str, Any]:
    """What a merger of the two would do, for the page that asks whether it shall be."""
    in_the_way = sum(conflict.rows for conflict in conflicts(thing, into))
    return {
        "uses": uses_of(thing),
        "names": names([thing])[thing.id],
        "problem": conflict_text(in_the_way) if in_the_way else "",
    }


def merged_text(rows: int) -> str:
    return ngettext("Merged. %(num)s row was changed.", "Merged. %(num)s rows were changed.", rows)


def _word_page(kind: CodeKind, code_id: int, form: WordForm, name_form: Form) -> str:
    actor = acting()
    code: Code = get_word(actor, kind, code_id)
    is_merged = code.merged_into_id is not None
    return render_template(
        "codes/word.html",
        kind=kind,
        word=code,
        form=form,
        name_form=name_form,
        names=names([code])[code.id],
        uses=uses_of(code),
        merged=merged_into(code),
        into=get_word(actor, kind, code.merged_into_id) if code.merged_into_id else None,
        merger=merger_of(code) if is_merged else None,
    )
