"""What people send: CSRF, tidying, and coming back with all that was typed."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from unicodedata import normalize

from email_validator import EmailNotValidError, validate_email
from flask import request
from flask_wtf import FlaskForm
from flask_wtf.file import FileField
from flask_wtf.i18n import Translations
from wtforms import Field, IntegerField, PasswordField, StringField, TextAreaField
from wtforms.validators import ValidationError

from alumni.db import GREATEST, is_clean, transaction
from alumni.errors import Refusal
from alumni.i18n import _, lazy_gettext

LONGEST_LINE = 200
LONGEST_TEXT = 50_000
LONGEST_ADDRESS, LONGEST_LOCAL_PART = 254, 64


SAYINGS = {
    "This field is required.": lazy_gettext("This field is required."),
    "Not a valid choice.": lazy_gettext("Not a valid choice."),
    "Not a valid integer value.": lazy_gettext("Not a valid integer value."),
    "Not a valid date value.": lazy_gettext("Not a valid date value."),
}
"""What fields say most often by themselves. WTForms’ own Chinese is that of a program."""


class Words(Translations):  # type: ignore[misc]
    """What fields say by themselves, in our words where we have some."""

    def gettext(self, string: str) -> str:
        return str(SAYINGS[string] if string in SAYINGS else super().gettext(string))


class Form(FlaskForm):  # type: ignore[misc]
    """A form of the program. Words live in its template, not here."""

    class Meta(FlaskForm.Meta):  # type: ignore[misc]
        def get_translations(self, _form: FlaskForm) -> Translations:
            return Words()

    status = 200

    def submitted(self) -> bool:
        """Whether it was sent and is valid. If sent and not, the page answers 422."""
        if request.method != "POST":
            return False
        if self.validate():
            return True
        self.status = 422
        return False

    def validate(self, extra_validators: Any = None) -> bool:
        """Check the fields, and first that the database can keep what was typed."""
        valid = super().validate(extra_validators)
        for field in self:
            problem = unkeepable(field)
            if problem and not field.errors:
                field.errors = [problem]
                valid = False
        return bool(valid)

    @contextmanager
    def saving(self) -> Iterator[None]:
        """One transaction for the block. A refusal is shown on the form, beside its field."""
        try:
            with transaction():
                yield
        except Refusal as refusal:
            if refusal.status in (403, 404):
                raise
            self.refuse(refusal)

    def refuse(self, refusal: Refusal) -> None:
        self.status = 422 if refusal.status == 400 else refusal.status  # noqa: PLR2004
        if refusal.field and refusal.field in self:
            field = self[refusal.field]
            field.errors = [*field.errors, str(refusal)]
        else:
            self.form_errors.append(str(refusal))


def unkeepable(field: Field) -> str | None:
    """Say what no column would take, in one place for every form and both engines."""
    if isinstance(field, FileField):
        return None
    if isinstance(field, IntegerField):
        too_large = isinstance(field.data, int) and abs(field.data) > GREATEST
        return _("This number is too large.") if too_large else None
    if not isinstance(field, StringField):
        return None
    longest = LONGEST_TEXT if isinstance(field, TextAreaField) else LONGEST_LINE
    sent = field.raw_data[0] if field.raw_data else ""
    is_line = not isinstance(field, TextAreaField)
    if not is_clean(sent) or (is_line and any(end in sent for end in "\r\n\t")):
        return _("This contains a hidden character. Please type it anew.")
    if len(sent) > longest:
        return _("This is too long: at most %(longest)s characters.", longest=longest)
    return None


def tidy(text: str | None) -> str | None:
    """White space at the ends and ideographic spaces gone, characters in their usual form."""
    if text is None:
        return None
    return normalize("NFC", text.replace("\u3000", " ")).strip()


def tidy_number(text: str | None) -> str | None:
    """Full-width digits and letters made plain: people type １９９８."""
    if text is None:
        return None
    return normalize("NFKC", text).strip()


class EmailAddress:
    """Accept an address a letter can be sent to, and keep its normal form. Nobody is asked by

    DNS: a closed network must not make signing up fail.
    """

    def __call__(self, form: Form, field: Field) -> None:
        typed = normalize("NFKC", field.data or "").strip()
        if len(typed) > LONGEST_ADDRESS or typed.find("@") > LONGEST_LOCAL_PART:
            raise ValidationError(_("This e-mail address is too long."))
        if "@" not in typed or typed.endswith("@"):
            raise ValidationError(
                _("The e-mail address lacks the part after the @, as in zeng@163.com.")
            )
        try:
            address = validate_email(typed, check_deliverability=False, allow_smtputf8=False)
        except EmailNotValidError as error:
            raise ValidationError(
                _("This is not an e-mail address. It looks like zeng@163.com.")
            ) from error
        field.data = address.normalized.lower()


__all__ = ["EmailAddress", "Form", "PasswordField", "tidy", "tidy_number"]
