"""Tables to be filled in and brought in: made from the catalogue as it is today."""

from collections.abc import Iterator

from alumni.authz import Actor, require
from alumni.exports.tables import Sheets, as_csv, as_xlsx
from alumni.i18n import _
from alumni.people.fields import Group, level_words, sex_words, training_words
from alumni.roster.importable import IMPORTABLE
from alumni.roster.models import BatchKind
from alumni.roster.policy import may_fetch_template

_INSTEAD = frozenset({"graduation_year"})
"""The month of graduation is asked for; where only the year is known, it may hold that."""

_TRAINING = frozenset(
    {"hospital", "training_kind", "training_department", "training_from", "training_to"}
)

_NOT_ASKED = {
    BatchKind.REGISTRAR: _INSTEAD,
    BatchKind.CHAPTER: _INSTEAD
    | _TRAINING
    | {"sex", "birth_year", "certificate_number", "degree", "entry_year"},
    BatchKind.CONTACTS: _INSTEAD
    | _TRAINING
    | {key for key, field in IMPORTABLE.items() if field.group is Group.STUDIES}
    - {"student_number", "graduation"}
    | {"sex", "birth_year", "name_latin"},
}


def template_keys(kind: BatchKind) -> list[str]:
    """The fields of a template, in their order: all that a file can bring in, or nearly so."""
    return [key for key in IMPORTABLE if key not in _NOT_ASKED[kind]]


def template_xlsx(actor: Actor, kind: BatchKind) -> Iterator[bytes]:
    require(may_fetch_template, actor, kind)
    labels, rows = _table(kind)
    sheets = Sheets(rows=_("People"), notes=_("About this table"))
    return as_xlsx(labels, [rows], sheets=sheets, notes=lambda _rows: _notes())


def template_csv(actor: Actor, kind: BatchKind) -> Iterator[bytes]:
    require(may_fetch_template, actor, kind)
    labels, rows = _table(kind)
    return as_csv(labels, [rows])


def _table(kind: BatchKind) -> tuple[list[str], list[list[str]]]:
    keys, examples = template_keys(kind), _examples()
    return [str(IMPORTABLE[key].label) for key in keys], [[examples.get(key, "") for key in keys]]


def _notes() -> list[tuple[str, str]]:
    return [
        (
            _("Example"),
            _("The row that begins with “Example:” is left out when you send the file."),
        ),
        (_("Columns"), _("Delete those you do not need. Their order does not matter.")),
        (_("Blank cells"), _("They never erase what we know.")),
        (_("Years and months"), _("2008-07, or only 2008 where the month is not known.")),
    ]


def _examples() -> dict[str, str]:
    """The first column's begins so that the row is known for an example: see ``sheets.headers``."""
    return {
        "name": _("Example: Wang Xiaoming"),
        "name_latin": "WANG XIAOMING",
        "name_en": "Michael Wang",
        "sex": sex_words()["m"],
        "birth_year": "1985",
        "student_number": "2003120001",
        "entry_year": "2003",
        "graduation": "2008-07",
        "college": _("School of Stomatology"),
        "major": _("Stomatology"),
        "level": level_words()["bachelor"],
        "class_label": _("Class 3"),
        "certificate_number": "105971200805000123",
        "degree": _("Bachelor of Medicine"),
        "employer": _("Shenyang Central Hospital"),
        "department": _("Oral medicine"),
        "title": _("Attending physician"),
        "hospital": _("First Affiliated Hospital"),
        "training_kind": training_words()["residency"],
        "training_department": _("Orthodontics"),
        "training_from": "2008-09",
        "training_to": "2011-08",
        "province": _("Liaoning Province"),
        "city": _("Shenyang"),
        "country": _("China"),
        "phone": "138 0000 0000",
        "email": "wang.xiaoming@example.org",
        "wechat": "wang_xiaoming",
        "postal": _("2 Zhongshan Road, Shenyang 110001"),
    }
