"""Forms: the same refusals for all, and nothing typed is lost."""

import json
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from wtforms import IntegerField, StringField, TextAreaField
from wtforms.validators import DataRequired

from alumni.errors import Invalid, NotFound, Refusal
from alumni.forms import EmailAddress, Form, tidy, tidy_number
from alumni.i18n import _


class Question(Form):
    name = StringField(filters=[tidy], validators=[DataRequired()])
    text = TextAreaField()
    year = IntegerField()
    email = StringField()


class Address(Form):
    email = StringField(validators=[EmailAddress()])


def filled(app: Flask, kind: type[Form], **values: Any) -> Form:
    with app.test_request_context("/", method="POST", data=values):
        form = kind(meta={"csrf": False})
        form.submitted()
        return form


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"name": "a\x00b", "year": "1"}, "name"),
        ({"name": "a\u202e\x1b", "year": "1"}, "name"),
        ({"name": "x" * 201, "year": "1"}, "name"),
        ({"name": "x", "text": "y" * 50_001, "year": "1"}, "text"),
        ({"name": "x", "year": "99999999999999999999"}, "year"),
        ({"name": "x", "year": "twelve"}, "year"),
        ({"name": "title\nsecond line", "year": "1"}, "name"),
        ({"name": " \u3000 ", "year": "1"}, "name"),
    ],
)
def test_what_no_column_takes_is_said_beside_its_field(
    app: Flask, values: dict[str, str], field: str
) -> None:
    form = filled(app, Question, **values)
    assert form.status == 422
    assert set(form.errors) == {field}


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"year": "1"}, "This field is required."),
        ({"name": "x", "year": "twelve"}, "Not a valid integer value."),
    ],
)
def test_fields_say_by_themselves_what_we_say(
    app: Flask, values: dict[str, str], said: str
) -> None:
    with app.test_request_context(
        "/", method="POST", data=values, headers={"Accept-Language": "zh"}
    ):
        form = Question(meta={"csrf": False})
        form.submitted()
        assert list(form.errors.values()) == [[_(said)]]


def test_hostile_strings_are_kept_or_refused_and_never_break(app: Flask, shared: Path) -> None:
    lines = (shared / "corpora" / "hostile-strings.jsonl").read_text().splitlines()
    for line in lines[::7]:
        string = json.loads(line)["text"]
        form = filled(app, Question, name=string, text=string, year="1")
        assert form.status in (200, 422)


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("Zeng@163.COM", "zeng@163.com"),
        (" ｚｅｎｇ＠163.com ", "zeng@163.com"),
        ("a.b+c@mail.example.edu.cn", "a.b+c@mail.example.edu.cn"),
    ],
)
def test_an_address_gets_its_normal_form(app: Flask, typed: str, kept: str) -> None:
    form = filled(app, Address, email=typed)
    assert (form.status, form.data["email"]) == (200, kept)


@pytest.mark.parametrize(
    "typed",
    [
        "",
        "zeng",
        "zeng@",
        "@163.com",
        "a@b@c",
        "张三@例子.公司",
        "x" * 65 + "@163.com",
        "x@" + "y" * 300,
        "a@b\r\nBcc: c@d.e",
        "a b@163.com",
    ],
)
def test_what_is_no_address_is_refused(app: Flask, typed: str) -> None:
    form = filled(app, Address, email=typed)
    assert form.status == 422
    assert list(form.errors) == ["email"]


def refuse(refusal: Refusal) -> None:
    raise refusal


@pytest.mark.parametrize(
    ("refusal", "status", "errors"),
    [
        (Refusal("full"), 409, {"": ["full"]}),
        (Invalid("no", field="name"), 422, {"name": ["no"]}),
        (Invalid("no", field="not on this form"), 422, {"": ["no"]}),
    ],
)
def test_a_refusal_comes_back_on_the_form(
    app: Flask, refusal: Refusal, status: int, errors: dict[str, list[str]]
) -> None:
    with app.test_request_context("/", method="POST", data={"name": "x", "year": "1"}):
        form = Question(meta={"csrf": False})
        assert form.submitted()
        with form.saving():
            refuse(refusal)
        assert (form.status, form.errors) == (status, errors)


def test_what_is_not_there_stays_not_there(app: Flask) -> None:
    with app.test_request_context("/", method="POST", data={"name": "x", "year": "1"}):
        form = Question(meta={"csrf": False})
        with pytest.raises(NotFound), form.saving():
            raise NotFound


def test_tidying() -> None:
    assert tidy("\u3000吴喆 ") == "吴喆"
    assert tidy(None) is None
    assert tidy_number(" １９９８ ") == "1998"
    assert tidy_number(None) is None
