"""Codes, and showing again who one is."""

from wtforms import HiddenField, PasswordField, StringField
from wtforms.validators import DataRequired

from alumni.forms import Form, tidy


class CodeForm(Form):
    code = StringField(filters=[tidy], validators=[DataRequired()])
    next = HiddenField()


class ProofForm(Form):
    password = PasswordField(validators=[DataRequired()])
    next = HiddenField()


class ChangePasswordForm(Form):
    present = PasswordField(validators=[DataRequired()])
    password = PasswordField(validators=[DataRequired()])
