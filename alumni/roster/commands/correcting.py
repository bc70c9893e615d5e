"""Bringing people whom we knew into line with a file, a few statements for thousands."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select

from alumni.codes.models import CodeKind
from alumni.db import db, today
from alumni.people.commands.search import reindex
from alumni.people.models import (
    ContactPoint,
    Employment,
    Level,
    Person,
    Residence,
    Study,
    StudyInstitution,
    Training,
)
from alumni.roster.commands.entering import (
    REGISTERED,
    STUDIED,
    Brought,
    Lists,
    contact_rows,
    entry_row,
    graduation_columns,
    home_row,
    is_registered,
    name_columns,
    number_row,
    study_row,
    training_columns,
    training_row,
    work_row,
)
from alumni.roster.commands.ledger import Ledger, touch
from alumni.roster.commands.loading import Row, new_ids
from alumni.roster.comparing import OF_A_JOB, POINTS, Changes, Values, trained
from alumni.roster.models import BatchKind, RosterEntry

AT_A_TIME = 500
"""So many people are held in memory while their search words are made."""

PLAIN = ("sex", "entry_year", "level", "class_label")
"""Columns of the same name in the roster and in the own record."""

WORDS = {"college": CodeKind.COLLEGE, "major": CodeKind.MAJOR}


@dataclass(frozen=True, kw_only=True)
class Correction:
    """What a row says, what we know of the person, and where the two differ."""

    values: Values
    known: Any
    changes: Changes

    @property
    def person_id(self) -> int:
        return int(self.known.person_id)

    @property
    def is_second_study(self) -> bool:
        """Whether the row brings another number than the one of the study that we know."""
        given = self.known.number
        return "student_number" in self.changes and given not in (
            None,
            self.values["student_number"],
        )

    @property
    def said(self) -> dict[str, Any]:
        """What is new of the row."""
        return {key: new for key, (_old, new) in self.changes.items()}


def correct(corrections: Sequence[Correction], brought: Brought) -> list[Row]:
    """Write what differs: into the roster always, into the own record as far as it is not theirs.

    What somebody wrote there instead of what the registrar used to say is left alone. Return the
    changes of each row for the history.
    """
    ledger = Ledger()
    if brought.kind is BatchKind.REGISTRAR:
        _entries(corrections, brought, ledger)
    for one in corrections:
        ledger.set(Person, one.person_id, _person(one))
        if not one.is_second_study and one.known.study_id is not None:
            ledger.set(Study, one.known.study_id, _study(one, brought.lists))
    _studies(corrections, brought.lists, ledger)
    for one in corrections:
        _work(one, ledger)
        _training(one, brought.lists, ledger)
    _homes([one for one in corrections if "city" in one.changes], brought.lists, ledger)
    _contacts([one for one in corrections if set(POINTS) & one.changes.keys()], ledger)
    told = ledger.write()
    person_ids = sorted({change["person_id"] for change in told})
    touch(person_ids)
    for begin in range(0, len(person_ids), AT_A_TIME):
        reindex(person_ids[begin : begin + AT_A_TIME])
    return told


def _entries(corrections: Sequence[Correction], brought: Brought, ledger: Ledger) -> None:
    """An entry that is there is set, and one that is not is added, in the words of the file."""
    for one in corrections:
        if one.known.entry_id is None:
            values = {"name": one.known.name, **one.values}
            ledger.add(RosterEntry, entry_row(one.person_id, values, brought))
        elif columns := _entry_columns(one.changes):
            ledger.set(RosterEntry, one.known.entry_id, {"batch_id": brought.batch_id, **columns})


def _entry_columns(changes: Changes) -> Row:
    columns = {key: changes[key][1] for key in (*PLAIN, *WORDS) if key in changes}
    if "name" in changes:
        columns["name_zh"] = changes["name"][1]
    if "graduation" in changes:
        columns |= graduation_columns({"graduation": changes["graduation"][1]})
    return columns


def _person(one: Correction) -> Row:
    """What changes in the person's own row; nothing, if nothing does."""
    known, changes = one.known, one.changes
    columns: Row = {}
    if "name" in changes and changes["name"][0] in (known.name_zh, known.name_latin):
        columns |= name_columns(changes["name"][1])
        if known.pinyin_edited:
            columns = {key: columns[key] for key in ("name_zh", "name_latin")}
    plain = ("name_latin", "name_en", "birth_year")
    columns |= {key: changes[key][1] for key in plain if key in changes}
    if "sex" in changes and known.own_sex in (None, changes["sex"][0]):
        columns["sex"] = changes["sex"][1]
    return columns


def _study(one: Correction, lists: Lists) -> Row:
    """What changes in the study; nothing where that would make no sense."""
    known, changes = one.known, one.changes
    columns: Row = {
        key: changes[key][1]
        for key in ("entry_year", "level", "class_label")
        if key in changes and getattr(known, f"own_{key}") in (None, changes[key][0])
    }
    columns |= _study_words(one, lists)
    own = (known.own_graduation_year, known.own_graduation_month)
    if "graduation" in changes and own in (
        (None, None),
        (known.graduation_year, known.graduation_month),
    ):
        columns |= graduation_columns({"graduation": changes["graduation"][1]})
    entered = columns.get("entry_year", known.own_entry_year)
    graduated = columns.get("graduation_year", known.own_graduation_year)
    return {} if entered and graduated and entered > graduated else columns


def _study_words(one: Correction, lists: Lists) -> Row:
    columns: Row = {}
    for key, kind in WORDS.items():
        if key in one.changes:
            old, new = (lists.code(kind, name) for name in one.changes[key])
            own = lists.code(kind, getattr(one.known, f"own_{key}"))
            if new is not None and own in (None, old):
                columns[f"{key}_id"] = new.id
    return columns


def _studies(corrections: Sequence[Correction], lists: Lists, ledger: Ledger) -> None:
    """Give a study to people who had none, or had another, and the numbers to their study."""
    without = [
        one
        for one in corrections
        if one.changes.keys() & set(STUDIED) and (one.known.study_id is None or one.is_second_study)
    ]
    study_ids = new_ids(Study, len(without)) if without else []
    made = {one.person_id: i for one, i in zip(without, study_ids, strict=True)}
    for one in without:
        row = study_row(one.person_id, one.said | _numbered(one), lists)
        is_primary = one.known.study_id is None
        ledger.add(Study, {**row, "id": made[one.person_id], "is_primary": is_primary})
    for one in corrections:
        if not is_registered(one.changes):
            continue
        if one.known.registration_id is None or one.is_second_study:
            study_id = made.get(one.person_id, one.known.study_id)
            row = number_row(one.person_id, one.said, study_id, lists)
            ledger.add(StudyInstitution, row)
        else:
            columns = {key: one.changes[key][1] for key in REGISTERED if key in one.changes}
            ledger.set(StudyInstitution, one.known.registration_id, columns)


def _numbered(one: Correction) -> dict[str, Any]:
    """A second study is all that the row says of it, and not only what differs from the first."""
    if not one.is_second_study:
        return {}
    return {key: one.values[key] for key in STUDIED if key in one.values}


def _work(one: Correction, ledger: Ledger) -> None:
    """A new employer follows the old one; a new title takes the place of the old."""
    if "employer" in one.changes:
        ledger.end(Employment, one.known.employment_id, is_current=False)
        ledger.add(Employment, work_row(one.person_id, one.values))
    elif columns := {key: one.changes[key][1] for key in OF_A_JOB if key in one.changes}:
        ledger.set(Employment, one.known.employment_id, columns)


def _training(one: Correction, lists: Lists, ledger: Ledger) -> None:
    """One that we did not know is added; what is news of another takes its place in it."""
    if "hospital" in one.changes:
        ledger.add(Training, training_row(one.person_id, one.said, lists))
    elif columns := training_columns(one.said):
        known = trained(one.values, one.known)
        if known is not None and _makes_sense(known._asdict() | columns):
            ledger.set(Training, known.id, columns)


def _makes_sense(training: Row) -> bool:
    """Whether it does not end before it begins."""
    begins, ends = training["from_year"], training["to_year"]
    return begins is None or ends is None or begins <= ends


def _homes(corrections: Sequence[Correction], lists: Lists, ledger: Ledger) -> None:
    """A new home follows the old one, and is shown to whom that was."""
    former = [one.known.residence_id for one in corrections if one.known.residence_id is not None]
    shown_to = select(Residence.id, Residence.visibility).where(Residence.id.in_(former))
    levels: dict[int | None, Level] = dict(db.session.execute(shown_to).all())
    for one in corrections:
        ledger.end(Residence, one.known.residence_id, is_current=False, ends_on=today())
        ledger.add(
            Residence,
            {
                **home_row(one.person_id, one.values, lists),
                "starts_on": today(),
                "visibility": levels.get(one.known.residence_id, Level.ALUMNI),
            },
        )


def _contacts(corrections: Sequence[Correction], ledger: Ledger) -> None:
    """What the file says comes first; the former address or number stays beside it."""
    wanted = [point for one in corrections for point in contact_rows(one.person_id, one.said)]
    mine = select(
        ContactPoint.person_id, ContactPoint.kind, ContactPoint.normal, ContactPoint.id
    ).where(ContactPoint.person_id.in_({point["person_id"] for point in wanted}))
    known = {tuple(theirs): i for *theirs, i in db.session.execute(mine)}
    for one in corrections:
        for way in POINTS:
            if way in one.changes:
                ledger.end(ContactPoint, getattr(one.known, f"{way}_id"), is_primary=False)
    for point in wanted:
        row_id = known.get((point["person_id"], point["kind"], point["normal"]))
        if row_id is None:
            ledger.add(ContactPoint, point)
        else:
            ledger.set(ContactPoint, row_id, {"is_primary": True})
