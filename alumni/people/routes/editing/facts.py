"""Things of which a person has one: names, photograph, language, and who may see what."""

from flask import render_template
from flask.typing import ResponseReturnValue

from alumni.codes.queries import association
from alumni.i18n import _
from alumni.people.commands import levels, names, photos, tags
from alumni.people.forms.facts import FactsForm, LanguageForm, PhotoForm, TagForm
from alumni.people.forms.names import NamesForm
from alumni.people.forms.privacy import name_of, privacy_form
from alumni.people.queries import display_name
from alumni.people.queries import editing as queries
from alumni.people.queries.lines import line
from alumni.people.queries.relaying import blocked
from alumni.people.routes.editing import (
    FORM,
    Door,
    at_both_doors,
    at_the_office,
    pressed,
    saved,
    shown,
)
from alumni.web import acting, takes_files


@at_both_doors("/names", FORM)
def edit_names(public_id: str | None) -> ResponseReturnValue:
    person = queries.get_person(acting(), public_id)
    form = NamesForm(person, is_official=public_id is not None)
    if form.submitted():
        with form.saving():
            person = queries.held(acting(), public_id, form.seen_version())
            names.change_names(acting(), person, form.told())
            return saved(public_id, part="names")
    return shown("edit_names", form, person, public_id)


@at_both_doors("/privacy", FORM)
def edit_privacy(public_id: str | None) -> ResponseReturnValue:
    person = queries.get_person(acting(), public_id)
    form = privacy_form(person, queries.levelled(person), queries.agreed(person))
    if form.submitted():
        with form.saving():
            person = queries.held(acting(), public_id, form.seen_version())
            levels.change_privacy(acting(), person, form.told(association()["notice_version"]))
            return saved(public_id, "edit_privacy")
    edited = queries.get_edited(acting(), public_id)
    page = render_template(
        "people/edit_privacy.html",
        form=form,
        edited=edited,
        door=Door(public_id),
        name=display_name(edited.person),
        name_of=name_of,
        name_in_words=display_name,
        blocked=blocked(acting()),
        line=line,
    )
    return page, form.status


@at_both_doors("/language", FORM)
def edit_language(public_id: str | None) -> ResponseReturnValue:
    person = queries.get_person(acting(), public_id)
    form = LanguageForm(person)
    if form.submitted():
        with form.saving():
            person = queries.held(acting(), public_id, form.seen_version())
            levels.change_language(acting(), person, form.language.data, form.time_zone.data)
            return saved(public_id, part="language")
    return shown("edit_language", form, person, public_id)


@at_both_doors("/photo", FORM)
@takes_files
def edit_photo(public_id: str | None) -> ResponseReturnValue:
    person = queries.get_person(acting(), public_id)
    photo = queries.photo_of(person)
    form = PhotoForm(person.version, photo)
    if form.submitted():
        with form.saving():
            person = queries.held(acting(), public_id, form.seen_version())
            photos.set_photo(acting(), person, form.content(), form.visibility.data)
            return saved(public_id, part="photo")
    return shown("edit_photo", form, person, public_id, photo=photo)


@at_both_doors("/photo/remove", ("POST",))
def remove_photo(public_id: str | None) -> ResponseReturnValue:
    return pressed(
        public_id,
        lambda person: photos.remove_photo(acting(), person),
        _("The photograph is removed for good."),
    )


@at_the_office("/facts", FORM)
def edit_facts(public_id: str) -> ResponseReturnValue:
    person = queries.get_person(acting(), public_id)
    form = FactsForm(person)
    if form.submitted():
        with form.saving():
            person = queries.held(acting(), public_id, form.seen_version())
            levels.change_facts(acting(), person, form.told())
            return saved(public_id, part="facts")
    return shown("edit_facts", form, person, public_id)


@at_the_office("/tags", FORM)
def edit_tags(public_id: str) -> ResponseReturnValue:
    person = queries.get_person(acting(), public_id)
    form = TagForm(person)
    if form.submitted():
        with form.saving():
            person = queries.held(acting(), public_id, form.seen_version())
            chosen = form.tag.data
            tag = (
                queries.get_tag(chosen)
                if chosen
                else tags.tag_named(acting(), form.name_zh.data, form.name_en.data or "")
            )
            tags.add_tag(acting(), person, tag)
            return saved(public_id, "edit_tags")
    return shown("edit_tags", form, person, public_id, tags=queries.tags_of(person))


@at_the_office("/tags/<tag_id>/remove", ("POST",))
def remove_tag(public_id: str, tag_id: str) -> ResponseReturnValue:
    return pressed(
        public_id,
        lambda person: tags.remove_tag(acting(), person, queries.get_tag(tag_id)),
        _("Removed."),
        "edit_tags",
    )
