"""Asking the office for a study that it does not know of, and adding it."""

from dataclasses import dataclass
from typing import Any

from alumni.audit.commands import record
from alumni.authz import Actor, require
from alumni.codes.models import Code, CodeKind
from alumni.codes.queries import code_named
from alumni.db import inserted
from alumni.errors import Refusal
from alumni.i18n import _
from alumni.people.commands.studies import Course, Registration, Told, add_study
from alumni.people.models import Level, Person
from alumni.people.models.asking import ChangeRequest
from alumni.people.policy import may_edit
from alumni.people.queries.kept import read_month
from alumni.people.queries.missing import MISSING, is_known


@dataclass(frozen=True, kw_only=True)
class MissingStudy:
    """What somebody says of it: words of lists by their Chinese names, months as 2003-07."""

    level: str
    institution: str
    college: str = ""
    major: str = ""
    entry: str = ""
    graduation: str = ""


def ask_for_study(actor: Actor, person: Person, study: MissingStudy, reason: str) -> ChangeRequest:
    """Ask the office to add a study of the actor's own. One at a time waits."""
    require(may_edit, actor, person)
    _refuse_known(person, _told(study))
    request = ChangeRequest(
        person_id=person.id,
        asked_by_id=actor.account_id,
        field=MISSING.key,
        study=vars(study),
        reason=reason,
    )
    if not inserted(request):
        raise Refusal(_("You have asked for a missing study already. It waits for the office."))
    record(actor, "asked_for_change", request, why=reason)
    return request


def add_missing(actor: Actor, person: Person, request: ChangeRequest) -> None:
    """Add the study that was asked for, as the office's own."""
    told = _told(MissingStudy(**request.study))
    _refuse_known(person, told)
    add_study(actor, person, told)


def _told(study: MissingStudy) -> Told:
    first, last = read_month(study.entry), read_month(study.graduation)
    course = Course(
        level=study.level,
        programme_id=None,
        college_id=_id(CodeKind.COLLEGE, study.college),
        major_id=_id(CodeKind.MAJOR, study.major),
        class_label=None,
        entry_year=first[0],
        entry_month=first[1],
        graduation_year=last[0],
        graduation_month=last[1],
        supervisor=None,
        visibility=Level.ALUMNI,
    )
    there = Registration(
        institution_id=_listed(CodeKind.INSTITUTION, study.institution).id,
        student_number=None,
        degree=None,
        certificate_number=None,
    )
    return Told(course=course, registrations=(there,), is_first=False)


def _refuse_known(person: Person, told: Told) -> None:
    names = ("level", "college_id", "major_id", "entry_year", "graduation_year")
    columns: dict[str, Any] = {name: getattr(told.course, name) for name in names}
    if is_known(person.id, columns, told.registrations[0].institution_id):
        raise Refusal(_("This study stands there already."))


def _id(kind: CodeKind, name: str) -> int | None:
    return _listed(kind, name).id if name else None


def _listed(kind: CodeKind, name: str) -> Code:
    code = code_named(kind, name)
    if code is None:
        raise Refusal(_("This is not in the list any more."))
    return code
