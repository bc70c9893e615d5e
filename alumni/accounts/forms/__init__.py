"""Signing in, and asking for and setting a password."""

from wtforms import EmailField, HiddenField, PasswordField
from wtforms.validators import DataRequired

from alumni.forms import EmailAddress, Form, tidy


class SignInForm(Form):
    email = EmailField(filters=[tidy], validators=[DataRequired()])
    password = PasswordField(validators=[DataRequired()])
    next = HiddenField()


class ForgotForm(Form):
    email = EmailField(filters=[tidy], validators=[DataRequired(), EmailAddress()])


class PasswordForm(Form):
    password = PasswordField(validators=[DataRequired()])
