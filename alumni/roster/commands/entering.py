"""Entering the people of a file whom we did not know, a few statements for thousands."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from alumni.codes.commands import add_code
from alumni.codes.models import Code, CodeKind
from alumni.codes.queries import home_institution, normal_word
from alumni.db import now, public_id
from alumni.people.commands import named
from alumni.people.commands.search import reindex
from alumni.people.models import (
    ContactKind,
    ContactPoint,
    Employment,
    Person,
    PersonStatus,
    Residence,
    Study,
    StudyInstitution,
    Training,
    TrainingKind,
)
from alumni.roster.commands.loading import Row, load, new_ids
from alumni.roster.comparing import (
    OF_A_JOB,
    PlaceOf,
    Values,
    city_of,
    located,
    normal_words,
)
from alumni.roster.models import BatchKind, RosterEntry
from alumni.roster.queries.lists import place_finder, words
from alumni.roster.rows import normal_phone, year_month

LONGEST = {"pinyin_surname": 60, "pinyin_given": 60, "sort_key": 220}
"""Characters that are kept of what follows from a name."""

REGISTERED = ("student_number", "certificate_number", "degree")
"""What a row may say of the registration at our university."""

STUDIED = (
    *("level", "college", "major", "class_label", "entry_year", "graduation"),
    *REGISTERED,
)
"""What it may say of a study."""

NORMAL_FORMS: dict[ContactKind, Callable[[str], str]] = {
    ContactKind.EMAIL: str,
    ContactKind.PHONE: normal_phone,
    ContactKind.WECHAT: normal_words,
    ContactKind.POSTAL: normal_words,
}
"""What each way to reach somebody is compared by."""


@dataclass(frozen=True, kw_only=True)
class Lists:
    """The office's lists as they stand in this transaction."""

    institution_id: int
    place_of: PlaceOf
    codes: dict[CodeKind, dict[str, Code]] = field(repr=False)

    def code(self, kind: CodeKind, name: str | None) -> Code | None:
        """The college or major of this name. One that we did not know is entered."""
        if name is None:
            return None
        known = self.codes[kind]
        normal = normal_word(name)
        if normal not in known:
            known[normal] = add_code(kind, name)
        return known[normal]


_LISTS = (CodeKind.COLLEGE, CodeKind.MAJOR, CodeKind.HOSPITAL)


def read_lists() -> Lists:
    return Lists(
        institution_id=home_institution().id,
        place_of=place_finder(),
        codes={kind: words(kind) for kind in _LISTS},
    )


@dataclass(frozen=True, kw_only=True)
class Brought:
    """What an import brings: of which kind it is, with the lists, and its number."""

    kind: BatchKind
    lists: Lists
    batch_id: int


def enter(brought: Brought, rows: Sequence[Values]) -> list[int]:
    """Enter a person for each of the rows, with all that the row says. Return their ids.

    Of a registrar's rows the roster has an entry each.
    """
    if not rows:
        return []
    moment, lists = now(), brought.lists
    person_ids = new_ids(Person, len(rows))
    told = list(zip(person_ids, rows, strict=True))
    load(Person, [{"id": i, **person_columns(values, moment)} for i, values in told])
    _enter_studies([one for one in told if one[1].keys() & set(STUDIED)], lists)
    if brought.kind is BatchKind.REGISTRAR:
        load(RosterEntry, [entry_row(*one, brought) for one in told])
    load(Employment, [work_row(*one) for one in told if "employer" in one[1]])
    load(Training, [training_row(*one, lists) for one in told if is_trained(one[1])])
    load(Residence, [home_row(*one, lists) for one in told if city_of(one[1])])
    load(ContactPoint, [point for one in told for point in contact_rows(*one)])
    reindex(person_ids)
    return person_ids


def _enter_studies(told: Sequence[tuple[int, Values]], lists: Lists) -> None:
    study_ids = new_ids(Study, len(told)) if told else []
    studies = list(zip(study_ids, told, strict=True))
    load(Study, [{"id": i, **study_row(*one, lists)} for i, one in studies])
    registered = [(i, one) for i, one in studies if is_registered(one[1])]
    load(StudyInstitution, [number_row(*one, i, lists) for i, one in registered])


def is_registered(values: Values) -> bool:
    """Whether the row tells a number of our university, or what it awarded."""
    return bool(values.keys() & set(REGISTERED))


def person_columns(values: Values, moment: datetime) -> Row:
    person = name_columns(values["name"])
    return person | {
        "public_id": public_id(),
        "name_latin": values.get("name_latin") or person["name_latin"],
        "name_en": values.get("name_en"),
        "sex": values.get("sex"),
        "birth_year": values.get("birth_year"),
        "status": PersonStatus.KNOWN,
        "created_at": moment,
        "updated_at": moment,
    }


def name_columns(name: str) -> Row:
    """The columns that follow from a name, of the longest as much as is kept."""
    columns: Row = {**named(name)}
    return columns | {key: columns[key][:longest] for key, longest in LONGEST.items()}


def study_row(person_id: int, values: Values, lists: Lists) -> Row:
    college = lists.code(CodeKind.COLLEGE, values.get("college"))
    major = lists.code(CodeKind.MAJOR, values.get("major"))
    return {
        "person_id": person_id,
        "is_primary": True,
        "level": values.get("level"),
        "college_id": college.id if college else None,
        "major_id": major.id if major else None,
        "class_label": values.get("class_label"),
        "entry_year": values.get("entry_year"),
        **graduation_columns(values),
    }


def graduation_columns(values: Values) -> Row:
    graduated = year_month(values["graduation"]) if "graduation" in values else None
    return {
        "graduation_year": graduated.year if graduated else None,
        "graduation_month": graduated.month if graduated else None,
    }


def number_row(person_id: int, values: Values, study_id: int, lists: Lists) -> Row:
    return {
        "person_id": person_id,
        "study_id": study_id,
        "institution_id": lists.institution_id,
        **{key: values.get(key) for key in REGISTERED},
    }


def entry_row(person_id: int, values: Values, brought: Brought) -> Row:
    return {
        "institution_id": brought.lists.institution_id,
        "number": values["student_number"],
        "name_zh": values["name"],
        "sex": values.get("sex"),
        "entry_year": values.get("entry_year"),
        **graduation_columns(values),
        "college": values.get("college"),
        "major": values.get("major"),
        "level": values.get("level"),
        "class_label": values.get("class_label"),
        "person_id": person_id,
        "batch_id": brought.batch_id,
    }


def work_row(person_id: int, values: Values) -> Row:
    return {
        "person_id": person_id,
        "employer": values["employer"],
        **{key: values.get(key) for key in OF_A_JOB},
        "is_current": True,
    }


def is_trained(values: Values) -> bool:
    return {"hospital", "training_kind"} <= values.keys()


def training_row(person_id: int, values: Values, lists: Lists) -> Row:
    """A hospital that is none of the list stands as it is written."""
    hospital = lists.codes[CodeKind.HOSPITAL].get(normal_word(values["hospital"]))
    return {
        "person_id": person_id,
        "kind": TrainingKind(values["training_kind"]),
        "hospital_id": hospital.id if hospital else None,
        "written": values["hospital"],
        "department": None,
        "from_year": None,
        "from_month": None,
        "to_year": None,
        "to_month": None,
        **training_columns(values),
    }


def training_columns(values: Values) -> Row:
    """What is told of a training beside its hospital and kind."""
    columns: Row = {}
    if "training_department" in values:
        columns["department"] = values["training_department"]
    for end in ("from", "to"):
        if f"training_{end}" in values:
            moment = year_month(values[f"training_{end}"])
            columns |= {f"{end}_year": moment.year, f"{end}_month": moment.month}
    return columns


def home_row(person_id: int, values: Values, lists: Lists) -> Row:
    return {
        "person_id": person_id,
        "written": city_of(values) or "",
        "place_id": located(values, lists.place_of).place_id,
        "is_current": True,
    }


def contact_rows(person_id: int, values: Values) -> list[Row]:
    """The ways to reach the person, each the first of its kind."""
    return [
        {
            "person_id": person_id,
            "kind": kind,
            "value": values[kind.value],
            "normal": normal(values[kind.value]),
            "is_primary": True,
        }
        for kind, normal in NORMAL_FORMS.items()
        if kind.value in values
    ]
