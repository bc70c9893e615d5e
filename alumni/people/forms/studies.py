"""What the office says of a study and of the universities at which it was registered."""

import re
from collections.abc import Iterator
from typing import Any

from wtforms import Field
from wtforms.fields import BooleanField, SelectField, StringField
from wtforms.validators import Length, Optional, ValidationError

from alumni.codes.models import CodeKind
from alumni.forms import tidy, tidy_number
from alumni.i18n import _
from alumni.people.commands.studies import Course, Registration, Told
from alumni.people.fields.words import level_words
from alumni.people.forms import RowForm
from alumni.people.forms.months import Month, check_order, month_field, read_month
from alumni.people.models import Level, Study, StudyInstitution
from alumni.people.queries.editing import bearer, choices

SLOTS = (1, 2, 3)
"""A joint programme is of two universities; nobody has yet heard of one of four."""

CODES = {
    "programme_id": CodeKind.PROGRAMME,
    "college_id": CodeKind.COLLEGE,
    "major_id": CodeKind.MAJOR,
}


NUMBER = re.compile("[0-9A-Za-z][0-9A-Za-z_./-]*")


def _is_number(form: RowForm, field: Field) -> None:
    if not NUMBER.fullmatch(field.data):
        raise ValidationError(_("A student number has only letters and digits."))


def _number() -> StringField:
    return StringField(filters=[tidy_number], validators=[Optional(), Length(max=40), _is_number])


def _words(longest: int) -> StringField:
    return StringField(filters=[tidy], validators=[Optional(), Length(max=longest)])


class StudyForm(RowForm):
    level = SelectField(default="")
    programme_id = SelectField(default="")
    college_id = SelectField(default="")
    major_id = SelectField(default="")
    class_label = _words(40)
    entry = month_field()
    graduation = month_field()
    supervisor = _words(80)
    first = BooleanField()
    institution_1 = SelectField(default="")
    institution_2 = SelectField(default="")
    institution_3 = SelectField(default="")
    student_number_1, student_number_2, student_number_3 = _number(), _number(), _number()
    degree_1, degree_2, degree_3 = _words(80), _words(80), _words(80)
    certificate_number_1, certificate_number_2, certificate_number_3 = (
        _words(40),
        _words(40),
        _words(40),
    )

    def __init__(self, version: int, row: Study | None = None) -> None:
        there = sorted(row.institutions, key=lambda one: one.id) if row else []
        super().__init__(version, {"visibility": Level.ALUMNI, **_course(row), **_slots(there)})
        self.study_id = row.id if row else None
        self.slots = SLOTS[: max(2, len(there) + 1)]
        """Those on the page: there is always room for one more university."""
        self.level.choices = [("", _("Not said")), *level_words().items()]
        for name, kind in CODES.items():
            listed = choices(kind, getattr(row, name) if row else None)
            self[name].choices = [("", _("Not said")), *listed]
        for slot in SLOTS:
            known = there[slot - 1].institution_id if slot <= len(there) else None
            self[f"institution_{slot}"].choices = [
                ("", _("Not said")),
                *choices(CodeKind.INSTITUTION, known),
            ]
        if row is not None and row.is_primary:
            del self.first

    def validate(self, extra_validators: Any = None) -> bool:
        """Check the fields, their order, and that each number is this person's alone."""
        valid = super().validate(extra_validators)
        ordered = check_order(self.entry, self.graduation)
        return bool(valid) and ordered and self._are_registrations_sound()

    def told(self) -> Told:
        first, last = read_month(self.entry.data), read_month(self.graduation.data)
        return Told(
            course=Course(
                level=self.level.data or None,
                programme_id=_id(self.programme_id),
                college_id=_id(self.college_id),
                major_id=_id(self.major_id),
                class_label=self.class_label.data or None,
                entry_year=first.year,
                entry_month=first.month,
                graduation_year=last.year,
                graduation_month=last.month,
                supervisor=self.supervisor.data or None,
                visibility=self.visibility.data,
            ),
            registrations=tuple(one for _slot, one in self._registrations()),
            is_first="first" in self and bool(self.first.data),
        )

    def _registrations(self) -> Iterator[tuple[int, Registration]]:
        for slot in SLOTS:
            institution_id = _id(self[f"institution_{slot}"])
            if institution_id is not None:
                yield (
                    slot,
                    Registration(
                        institution_id=institution_id,
                        student_number=_upper(self[f"student_number_{slot}"]),
                        degree=self[f"degree_{slot}"].data or None,
                        certificate_number=self[f"certificate_number_{slot}"].data or None,
                    ),
                )

    def _are_registrations_sound(self) -> bool:
        """Say beside the fields what cannot be: a number without its university, or of another."""
        seen: set[int] = set()
        for slot, one in self._registrations():
            if one.institution_id in seen:
                self[f"institution_{slot}"].errors = [_("This university stands here already.")]
            seen.add(one.institution_id)
            self._check_number(slot, one)
        for slot in SLOTS:
            if not self[f"institution_{slot}"].data and self[f"student_number_{slot}"].data:
                self[f"institution_{slot}"].errors = [_("Whose number is it? Choose a university.")]
        return not self.errors

    def _check_number(self, slot: int, one: Registration) -> None:
        if one.student_number is None:
            return
        who = bearer(one.institution_id, one.student_number, self.study_id)
        if who is not None:
            field = self[f"student_number_{slot}"]
            field.errors = [_("%(who)s has this student number.", who=who)]


def _course(row: Study | None) -> dict[str, Any]:
    if row is None:
        return {}
    return {
        **{name: getattr(row, name) for name in ("class_label", "supervisor", "visibility")},
        **{name: str(getattr(row, name) or "") for name in ("level", *CODES)},
        "entry": str(Month(row.entry_year, row.entry_month)),
        "graduation": str(Month(row.graduation_year, row.graduation_month)),
    }


def _slots(there: list[StudyInstitution]) -> dict[str, Any]:
    return {
        f"{name}_{slot}": value
        for slot, one in zip(SLOTS, there, strict=False)
        for name, value in (
            ("institution", str(one.institution_id)),
            ("student_number", one.student_number),
            ("degree", one.degree),
            ("certificate_number", one.certificate_number),
        )
    }


def _id(field: Field) -> int | None:
    return int(field.data) if field.data else None


def _upper(field: Field) -> str | None:
    """As imports write them."""
    return field.data.upper() if field.data else None
