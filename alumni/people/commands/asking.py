"""Asking the office to change what it keeps, and the office's answer."""

from dataclasses import dataclass, fields, replace
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import selectinload

from alumni.audit.commands import record
from alumni.authz import Actor, require
from alumni.codes.models import CodeKind
from alumni.codes.queries import code_named
from alumni.db import db, hold, inserted, locked, now
from alumni.errors import Invalid, NotFound, Refusal
from alumni.i18n import _, speaking
from alumni.links import address_of
from alumni.outbox.commands import queue
from alumni.people.commands.missing import add_missing
from alumni.people.commands.names import Names, Official, change_names
from alumni.people.commands.studies import Course, Registration, Told, change_study
from alumni.people.models import Person, Study, StudyInstitution
from alumni.people.models.asking import ChangeRequest, ChangeState
from alumni.people.policy import may_decide_change, may_edit, may_withdraw_change, visible
from alumni.people.queries import addressed
from alumni.people.queries.asking import after_in, before_in, fact_of, values_in
from alumni.people.queries.editing import bearer
from alumni.people.queries.kept import Fact, Row, get_row, read_month, words_for
from alumni.people.queries.missing import MISSING


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """What somebody asks for."""

    after: str
    """In the form of ``queries.kept.Fact``; empty: nothing should stand there."""
    reason: str


def ask_change(
    actor: Actor, person: Person, field: str, row_id: int, wanted: Wanted
) -> ChangeRequest:
    """Ask the office to change a fact of the actor's own."""
    require(may_edit, actor, person)
    fact, row = get_row(person.id, field, row_id)
    before = fact.value(row)
    if wanted.after == before:
        raise Invalid(_("This is what stands there already."), field="after")
    _check(person, fact, row, wanted.after)
    request = ChangeRequest(
        person_id=person.id,
        asked_by_id=actor.account_id,
        field=field,
        row_id=row_id,
        before=before,
        after=wanted.after,
        reason=wanted.reason,
    )
    if not inserted(request):
        raise Refusal(_("You have asked for a change of this already. It waits for the office."))
    record(actor, "asked_for_change", request, why=wanted.reason)
    return request


def withdraw_change(actor: Actor, request: ChangeRequest) -> None:
    """Ask for it no more."""
    require(may_withdraw_change, actor, request)
    _hold(request)
    request.state, request.decided_at = ChangeState.WITHDRAWN, now()
    record(actor, "withdrew_change", request)


def approve_change(actor: Actor, request: ChangeRequest, seen: str) -> None:
    """Make the change, as the office's own. ``seen`` is what stood there when it was looked at."""
    require(may_decide_change, actor, request)
    _hold(request)
    person = db.session.scalar(
        locked(select(Person).where(Person.id == request.person_id, visible(actor)))
    )
    if person is None:
        raise NotFound
    if request.field == MISSING.key:
        add_missing(actor, person, request)
    else:
        _make_change(actor, person, request, seen)
    _decide(actor, request, ChangeState.APPROVED, "")


def reject_change(actor: Actor, request: ChangeRequest, answer: str) -> None:
    """Leave it as it is. The person learns why."""
    require(may_decide_change, actor, request)
    if not answer:
        raise Invalid(_("Please say why: the person reads it in a letter."), field="answer")
    _hold(request)
    _decide(actor, request, ChangeState.REJECTED, answer)


def _make_change(actor: Actor, person: Person, request: ChangeRequest, seen: str) -> None:
    try:
        fact, row = get_row(person.id, request.field, request.row_id)
    except NotFound as gone:
        raise Refusal(_("What it is about was removed meanwhile.")) from gone
    if fact.value(row) != seen:
        raise Refusal(_("Somebody has changed this meanwhile. Please look at it again."))
    if fact.value(row) != request.after:
        _check(person, fact, row, request.after)
        _check_number(fact, row, request.after)
        _apply(actor, person, fact, row, request.after)


def _hold(request: ChangeRequest) -> None:
    """Let nobody else decide about it until the transaction ends."""
    hold(request)
    if request.state is not ChangeState.WAITING:
        raise Refusal(_("This request does not wait for a decision any more."))


def _decide(actor: Actor, request: ChangeRequest, state: ChangeState, answer: str) -> None:
    request.state, request.answer = state, answer
    request.decided_at, request.decided_by_id = now(), actor.account_id
    record(
        actor,
        f"{state.value}_change",
        request,
        why=request.reason if state is ChangeState.APPROVED else answer,
        facts={"asked_by": request.asked_by_id},
    )
    to = addressed(request.person_id)
    if to is None:
        return
    with speaking(to.language):
        words = words_for(values_in(request))
        told = {
            "label": str(fact_of(request).label),
            "before": before_in(request, words),
            "after": after_in(request, words),
        }
    queue(
        f"change_{state.value}",
        to,
        deed=f"change:{request.id}:{state.value}",
        answer=answer,
        link=address_of("people.changes"),
        **told,
    )


def _check(person: Person, fact: Fact, row: Row, after: str) -> None:
    """Refuse what cannot stand there, now that all is as it is."""
    problem = None
    if fact.kind is not None and after and code_named(fact.kind, after) is None:
        problem = _("This is not in the list any more.")
    elif fact.is_month and isinstance(row, Study):
        problem = _wrong_order(fact, row, after)
    if fact.table is Person and not (after or _other_name(person, fact)):
        problem = _("A person needs one name at least.")
    if problem:
        raise Invalid(problem, field="after")


def _check_number(fact: Fact, row: Row, after: str) -> None:
    """Refuse a student number that somebody else has, of which nobody who asks for it is told."""
    if fact.key != "student_number" or not after or not isinstance(row, StudyInstitution):
        return
    who = bearer(row.institution_id, after, row.study_id)
    if who is not None:
        raise Refusal(_("%(who)s has this student number.", who=who))


def _other_name(person: Person, fact: Fact) -> str | None:
    names = {"name_zh": person.name_zh, "name_latin": person.name_latin, "en": person.name_en}
    return next((name for key, name in names.items() if name and key != fact.key), None)


def _wrong_order(fact: Fact, study: Study, after: str) -> str | None:
    """What is wrong with the order of entry and graduation if this becomes one of them."""
    course = replace(_course(study), **_values(fact, after))
    first, last = course.entry_year, course.graduation_year
    if first is None or last is None or first < last:
        return None
    months = (course.entry_month, course.graduation_month)
    if first > last or (None not in months and months[0] > months[1]):  # type: ignore[operator]
        return _("The end comes after the beginning.")
    return None


def _apply(actor: Actor, person: Person, fact: Fact, row: Row, after: str) -> None:
    if isinstance(row, Person):
        change_names(actor, person, _names(person, fact, after))
        return
    study_id = row.id if isinstance(row, Study) else row.study_id
    study = db.session.scalars(
        select(Study).where(Study.id == study_id).options(selectinload(Study.institutions))
    ).one()
    course, registrations = _course(study), [_registration(one) for one in study.institutions]
    if isinstance(row, Study):
        course = replace(course, **_values(fact, after))
    else:
        registrations = [
            replace(one, **_values(fact, after))
            if one.institution_id == row.institution_id
            else one
            for one in registrations
        ]
    told = Told(course=course, registrations=tuple(registrations), is_first=False)
    change_study(actor, person, study, told)


def _names(person: Person, fact: Fact, after: str) -> Names:
    """All the names, with the new one. Of another name the reading is made anew."""
    official = Official(name_zh=person.name_zh, name_latin=person.name_latin)
    official = replace(official, **{fact.key: after or None})
    leads = fact.key == "name_zh" or not person.name_zh
    return Names(
        name_en=person.name_en,
        surname="" if leads else person.pinyin_surname,
        given="" if leads else person.pinyin_given,
        official=official,
    )


def _course(study: Study) -> Course:
    return Course(**{field.name: getattr(study, field.name) for field in fields(Course)})


def _registration(there: StudyInstitution) -> Registration:
    told = {field.name: getattr(there, field.name) for field in fields(Registration)}
    return Registration(**told)


def _values(fact: Fact, after: str) -> dict[str, Any]:
    """The columns that say this."""
    if fact.is_month:
        year, month = read_month(after)
        return {f"{fact.key}_year": year, f"{fact.key}_month": month}
    if fact.kind is None:
        return {fact.name: after or None}
    return {f"{fact.key}_id": _code_id(fact.kind, after)}


def _code_id(kind: CodeKind, name: str) -> int | None:
    code = code_named(kind, name) if name else None
    return code.id if code else None
