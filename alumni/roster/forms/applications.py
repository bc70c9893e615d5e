"""What a graduate answers to join."""

from collections.abc import Callable
from typing import Any, TypeVar

from wtforms import Field
from wtforms.fields import BooleanField, EmailField, SelectField, StringField
from wtforms.validators import DataRequired, Length, Optional, ValidationError

from alumni.chapters.models import Chapter
from alumni.codes.queries import colleges
from alumni.db import now
from alumni.forms import EmailAddress, Form, tidy, tidy_number
from alumni.i18n import _, either, language
from alumni.people.names import tidy_name
from alumni.roster import cells
from alumni.roster.commands.applications import Applicant
from alumni.roster.queries.joining import chapter_near, open_chapters

T = TypeVar("T")

EARLIEST_BIRTH = 1880

ANOTHER = "other"
"""A college that the list does not have, or that nobody remembers."""


class ApplyForm(Form):
    name = StringField(filters=[tidy], validators=[DataRequired(), Length(max=80)])
    student_number = StringField(filters=[tidy_number], validators=[Optional()])
    graduation_year = StringField(filters=[tidy_number], validators=[Optional()])
    college_id = SelectField()
    email = EmailField(filters=[tidy], validators=[DataRequired(), EmailAddress()])
    city = StringField(filters=[tidy_number], validators=[DataRequired(), Length(max=60)])
    chapter = SelectField()
    """Empty: the one near the city."""
    birth_year = StringField(filters=[tidy_number], validators=[Optional()])
    certificate_number = StringField(filters=[tidy_number], validators=[Optional()])
    phone = StringField(filters=[tidy_number], validators=[Optional()])
    consent = BooleanField()
    mailings = BooleanField()
    website = StringField()
    """No person sees it. A program that fills in everything fills in this too."""

    def __init__(self, said: dict[str, str] | None = None) -> None:
        """``said``: what an invitation tells of whoever follows it."""
        super().__init__(data=said)
        self.college_id.choices = [
            ("", _("Please choose")),
            *((str(one.id), either(one.name_zh, one.name_en)) for one in colleges()),
            (ANOTHER, _("Another one, or I do not remember")),
        ]
        self._chapters = open_chapters()
        self.chapter.choices = [
            ("", _("The one near my city")),
            *((one.slug, either(one.name_zh, one.name_en)) for one in self._chapters),
        ]

    def validate(self, extra_validators: Any = None) -> bool:
        """Check the fields, and that together they tell one bearer of the name from another."""
        valid = super().validate(extra_validators)
        return self._tells_apart() and valid

    def validate_name(self, field: Field) -> None:
        if not any(map(str.isalpha, tidy_name(field.data))):
            raise ValidationError(_("Please write your name, in characters or in letters."))

    def validate_student_number(self, field: Field) -> None:
        try:
            cells.number(field.data)
        except cells.Unreadable as error:
            raise ValidationError(_("A student number has only letters and digits.")) from error

    def validate_graduation_year(self, field: Field) -> None:
        if _readable(cells.year, field.data) is None or "级" in field.data:
            raise ValidationError(
                _(
                    "Please write the year of graduation, from %(first)s to %(last)s.",
                    first=cells.EARLIEST_YEAR,
                    last=now().year + 1,
                )
            )

    def validate_birth_year(self, field: Field) -> None:
        if _birth_year(field.data) is None:
            raise ValidationError(_("Please write the year of your birth, such as 1975."))

    def validate_certificate_number(self, field: Field) -> None:
        try:
            cells.number(field.data)
        except cells.Unreadable as error:
            raise ValidationError(_("A certificate number has only letters and digits.")) from error

    def validate_phone(self, field: Field) -> None:
        told = _readable(cells.phone, field.data)
        if told is None or told.e164 is None:
            raise ValidationError(
                _("This is not a telephone number. Abroad it begins with + and the country.")
            )

    def validate_consent(self, field: Field) -> None:
        if not field.data:
            raise ValidationError(_("Without your consent we may not keep what you write."))

    def is_from_a_program(self) -> bool:
        return bool(self.website.data)

    def applicant(self) -> Applicant:
        college = self.college_id.data
        chosen = self._chosen()
        return Applicant(
            name=tidy_name(self.name.data),
            email=self.email.data,
            student_number=_readable(cells.number, self.student_number.data),
            graduation_year=_readable(cells.year, self.graduation_year.data),
            college_id=int(college) if college and college != ANOTHER else None,
            city=self.city.data,
            chapter_id=self._chapter_id(chosen),
            chapter_is_wished=chosen is not None,
            birth_year=_birth_year(self.birth_year.data),
            certificate_number=_readable(cells.number, self.certificate_number.data),
            phone=self.phone.data or None,
            language=language(),
            agrees_to_mailings=self.mailings.data,
        )

    def tells_more(self) -> bool:
        """Whether anything stands in what is folded away at first."""
        folded = (self.chapter, self.birth_year, self.certificate_number, self.phone)
        return any(field.data or field.errors for field in folded)

    def _chosen(self) -> Chapter | None:
        return next((one for one in self._chapters if one.slug == self.chapter.data), None)

    def _chapter_id(self, chosen: Chapter | None) -> int | None:
        """The chapter that was chosen, or the one near the city."""
        meant = chosen or chapter_near(self.city.data)
        return meant.id if meant else None

    def _tells_apart(self) -> bool:
        if self.student_number.errors or self.graduation_year.errors or self.college_id.errors:
            return False
        if _readable(cells.number, self.student_number.data):
            return True
        if not self.graduation_year.data:
            self.student_number.errors = [
                _("Please write your student number, or the year and college of graduation.")
            ]
        elif not self.college_id.data:
            self.college_id.errors = [_("Please choose your college, too.")]
        return not self.student_number.errors and not self.college_id.errors


def _readable(read: Callable[[str], T | None], text: str | None) -> T | None:
    """What the text says. None where it says nothing, or what cannot be understood."""
    try:
        return read(text or "")
    except cells.Unreadable:
        return None


def _birth_year(text: str | None) -> int | None:
    digits = (text or "").removesuffix("年").strip()
    if not (digits.isascii() and digits.isdigit() and len(digits) == len("1975")):
        return None
    year = int(digits)
    return year if EARLIEST_BIRTH <= year < now().year else None
