"""Things of which a person has several: each is added, changed and removed in the same way."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

from flask import flash, get_template_attribute
from flask.typing import ResponseReturnValue

from alumni.authz import Actor
from alumni.errors import NotFound
from alumni.i18n import _
from alumni.people.commands import contacts, homes, jobs, names, studies, trainings
from alumni.people.forms import RowForm
from alumni.people.forms.contacts import ContactForm, EmailForm, PhoneForm, PostalForm, WechatForm
from alumni.people.forms.names import FormerNameForm
from alumni.people.forms.rows import HomeForm, JobForm, TrainingForm
from alumni.people.forms.studies import StudyForm
from alumni.people.models import (
    ContactKind,
    ContactPoint,
    Employment,
    FormerName,
    Person,
    Residence,
    Study,
    Training,
)
from alumni.people.queries import editing as queries
from alumni.people.routes.editing import FORM, at_both_doors, pressed, saved, shown
from alumni.web import acting


@dataclass(frozen=True, kw_only=True)
class Section:
    """What is done with the rows of one kind."""

    table: type[Any]
    form: type[Any]
    add: Callable[[Actor, Person, Any], object]
    """Takes the form that was sent, as ``change`` does after the row."""
    change: Callable[[Actor, Person, Any, Any], object]
    remove: Callable[[Actor, Person, Any], object]
    template: str
    part: str
    """Where on the overview they stand."""
    is_the_offices: bool = False
    kind: ContactKind | None = None

    def row(self, person: Person, row_id: int) -> Any:
        which = () if self.kind is None else (ContactPoint.kind == self.kind,)
        return queries.get_row(person, self.table, row_id, *which)


def _simple(
    table: type[Any], form: type[RowForm], part: str, template: str, *verbs: Callable[..., object]
) -> Section:
    add, change, remove = verbs
    return Section(
        table=table,
        form=form,
        add=lambda actor, person, sent: add(actor, person, sent.told()),
        change=lambda actor, person, row, sent: change(actor, person, row, sent.told()),
        remove=remove,
        template=template,
        part=part,
        is_the_offices=table is Study,
    )


def _add_contact(kind: ContactKind, actor: Actor, person: Person, sent: ContactForm) -> None:
    contacts.add_contact(actor, person, kind, sent.told(), first=sent.is_first())


def _change_contact(actor: Actor, person: Person, point: ContactPoint, sent: ContactForm) -> None:
    contacts.change_contact(actor, person, point, sent.told(), first=sent.is_first())


def _of_contacts(form: type[ContactForm]) -> Section:
    return Section(
        table=ContactPoint,
        form=form,
        add=partial(_add_contact, form.kind),
        change=_change_contact,
        remove=contacts.remove_contact,
        template="edit_contact",
        part="contacts",
        kind=form.kind,
    )


SECTIONS = {
    "former-names": _simple(
        FormerName,
        FormerNameForm,
        "names",
        "edit_former_name",
        names.add_former_name,
        names.change_former_name,
        names.remove_former_name,
    ),
    "studies": _simple(
        Study,
        StudyForm,
        "studies",
        "edit_study",
        studies.add_study,
        studies.change_study,
        studies.remove_study,
    ),
    "trainings": _simple(
        Training,
        TrainingForm,
        "trainings",
        "edit_training",
        trainings.add_training,
        trainings.change_training,
        trainings.remove_training,
    ),
    "jobs": _simple(
        Employment,
        JobForm,
        "jobs",
        "edit_job",
        jobs.add_job,
        jobs.change_job,
        jobs.remove_job,
    ),
    "homes": _simple(
        Residence,
        HomeForm,
        "homes",
        "edit_home",
        homes.move_home,
        homes.correct_home,
        homes.remove_home,
    ),
    "phones": _of_contacts(PhoneForm),
    "emails": _of_contacts(EmailForm),
    "wechat": _of_contacts(WechatForm),
    "addresses": _of_contacts(PostalForm),
}
"""By what stands in the address."""


@at_both_doors("/<section>/new", FORM)
def add(public_id: str | None, section: str) -> ResponseReturnValue:
    wanted = _section(section, public_id)
    person = queries.get_person(acting(), public_id)
    form = wanted.form(person.version)
    if form.submitted():
        with form.saving():
            person = queries.held(acting(), public_id, form.seen_version())
            wanted.add(acting(), person, form)
            answer = saved(public_id, part=wanted.part)
            _suggest_chapter(wanted, person, public_id)
            return answer
    return shown(wanted.template, form, person, public_id, section=section, row_id=None)


@at_both_doors("/<section>/<int:row_id>", FORM)
def change(public_id: str | None, section: str, row_id: int) -> ResponseReturnValue:
    wanted = _section(section, public_id)
    person = queries.get_person(acting(), public_id)
    form = wanted.form(person.version, wanted.row(person, row_id))
    if form.submitted():
        with form.saving():
            person = queries.held(acting(), public_id, form.seen_version())
            wanted.change(acting(), person, wanted.row(person, row_id), form)
            return saved(public_id, part=wanted.part)
    return shown(wanted.template, form, person, public_id, section=section, row_id=row_id)


@at_both_doors("/<section>/<int:row_id>/remove", ("POST",))
def remove(public_id: str | None, section: str, row_id: int) -> ResponseReturnValue:
    wanted = _section(section, public_id)
    return pressed(
        public_id,
        lambda person: wanted.remove(acting(), person, wanted.row(person, row_id)),
        _("Removed. It stays in the history that the office keeps."),
    )


def _section(key: str, public_id: str | None) -> Section:
    """The section of that name, if it may be edited at this door."""
    section = SECTIONS.get(key)
    if section is None or (section.is_the_offices and public_id is None):
        raise NotFound
    return section


def _suggest_chapter(section: Section, person: Person, public_id: str | None) -> None:
    """Tell who moved of the chapter there."""
    chapter = None
    if section.table is Residence and public_id is None:
        chapter = queries.chapter_at_home(person)
    if chapter is not None:
        near = get_template_attribute("membership/suggestion.html", "near")
        flash(near(chapter), "wait")
