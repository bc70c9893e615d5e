"""Liaisons of classes, their terms, and finding a graduate to be one."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import String as Text
from sqlalchemy import or_, select, type_coerce

from alumni.authz import Actor, Roll, require
from alumni.db import db, today
from alumni.errors import NotFound
from alumni.membership.policy.classes import may_appoint_liaisons, may_see_cohorts
from alumni.membership.queries.classmates import names_of_rolls
from alumni.membership.queries.persons import (
    COLUMNS,
    MOST_CANDIDATES,
    Somebody,
    named_like,
    somebody,
    with_facts,
    with_people,
)
from alumni.people.models import Person, PersonStatus, StudyInstitution
from alumni.people.models.classes import ClassLiaison
from alumni.terms import lasts, runs

MOST_SHOWN = 300


@dataclass(frozen=True, kw_only=True)
class LiaisonTerm:
    """A graduate's time as liaison."""

    liaison: ClassLiaison
    who: Somebody
    scope: str
    """The class in words."""
    state: str
    """``coming``, ``running`` or ``over``, as of today."""


def liaison_terms(actor: Actor, *, over: bool = False) -> list[LiaisonTerm]:
    """All who are liaisons or will be, the latest year first; or those whose term is over."""
    require(may_see_cohorts, actor)
    listed = (
        with_people(actor, select(ClassLiaison, *COLUMNS), ClassLiaison.person_id)
        .where(~lasts(ClassLiaison) if over else lasts(ClassLiaison))
        .order_by(
            ClassLiaison.graduation_year.desc(), ClassLiaison.starts_on.desc(), ClassLiaison.id
        )
        .limit(MOST_SHOWN)
    )
    return _terms(db.session.execute(listed).all())


def get_liaison(actor: Actor, liaison_id: int) -> LiaisonTerm:
    require(may_appoint_liaisons, actor)
    asked = with_people(actor, select(ClassLiaison, *COLUMNS), ClassLiaison.person_id)
    found = _terms(db.session.execute(asked.where(ClassLiaison.id == liaison_id)).all())
    if not found:
        raise NotFound
    return found[0]


def liaisons_of_years(actor: Actor, years: list[int]) -> dict[int, list[LiaisonTerm]]:
    """Those in term today, by the year, whatever part of it they are there for."""
    require(may_see_cohorts, actor)
    listed = (
        with_people(actor, select(ClassLiaison, *COLUMNS), ClassLiaison.person_id)
        .where(
            ClassLiaison.graduation_year.in_(years),
            runs(ClassLiaison),
            Person.status == PersonStatus.VERIFIED,
        )
        .order_by(ClassLiaison.graduation_year, ClassLiaison.id)
    )
    found: defaultdict[int, list[LiaisonTerm]] = defaultdict(list)
    for term in _terms(db.session.execute(listed).all()):
        found[term.liaison.graduation_year].append(term)
    return dict(found)


def possible_liaisons(actor: Actor, text: str) -> list[Somebody]:
    """Verified graduates of that name, student number or public id; never the reader."""
    require(may_appoint_liaisons, actor)
    number = type_coerce(StudyInstitution.student_number, Text)
    numbered = select(StudyInstitution.person_id).where(number == text)
    found = (
        with_facts(actor, select(*COLUMNS).select_from(Person))
        .where(
            Person.status == PersonStatus.VERIFIED,
            Person.id != (actor.person_id or 0),
            or_(
                named_like(text),
                type_coerce(Person.public_id, Text) == text,
                Person.id.in_(numbered),
            ),
        )
        .order_by(Person.sort_key, Person.id)
        .limit(MOST_CANDIDATES)
    )
    return [somebody(row) for row in db.session.execute(found)]


def _terms(rows: Any) -> list[LiaisonTerm]:
    rolls = [
        Roll(one.graduation_year, one.college_id, one.class_label, one.major_id)
        for one in (row.ClassLiaison for row in rows)
    ]
    return [
        LiaisonTerm(
            liaison=row.ClassLiaison,
            who=somebody(row),
            scope=scope,
            state=_state(row.ClassLiaison.starts_on, row.ClassLiaison.ends_on),
        )
        for row, scope in zip(rows, names_of_rolls(rolls), strict=True)
    ]


def _state(starts_on: date, ends_on: date | None) -> str:
    if starts_on > today():
        return "coming"
    return "over" if ends_on is not None and ends_on < today() else "running"
