"""Time spent learning at hospitals."""

from dataclasses import dataclass

from alumni.authz import Actor, require
from alumni.codes.models import CodeKind
from alumni.codes.queries import code_named
from alumni.db import db
from alumni.people.commands import done, put
from alumni.people.models import Level, Person, Training, TrainingKind
from alumni.people.policy import may_edit


@dataclass(frozen=True, kw_only=True)
class Told:
    """A training as a form says it. The hospital is in the editor's own words."""

    kind: TrainingKind
    written: str
    department: str | None
    from_year: int | None
    from_month: int | None
    to_year: int | None
    to_month: int | None
    certificate_number: str | None
    visibility: Level


def add_training(actor: Actor, person: Person, told: Told) -> None:
    require(may_edit, actor, person)
    training = Training(person_id=person.id)
    _write(training, told)
    db.session.add(training)
    done(actor, "added_training", person)


def change_training(actor: Actor, person: Person, training: Training, told: Told) -> None:
    require(may_edit, actor, person)
    _write(training, told)
    done(actor, "changed_training", person)


def remove_training(actor: Actor, person: Person, training: Training) -> None:
    require(may_edit, actor, person)
    db.session.delete(training)
    done(actor, "removed_training", person)


def _write(training: Training, told: Told) -> None:
    """Take what was told, and the hospital of the list that the words mean, if they mean one."""
    put(training, told)
    hospital = code_named(CodeKind.HOSPITAL, told.written)
    training.hospital_id = hospital.id if hospital else None
