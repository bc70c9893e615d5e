"""What templates put into pages, and what they share."""

import jinja2
import pytest
from flask import Flask, render_template_string
from markupsafe import Markup, escape

from alumni.i18n import speaking
from alumni.templating import escaped, icon, static_url

HOSTILE = "<script>alert('1')</script> & \"x\""


class Drawn:
    """Knows how it stands in a page."""

    def __html__(self) -> str:
        return "<b>drawn</b>"


class Shy(str):
    """A text that is not exactly one."""

    __slots__ = ()


@pytest.mark.parametrize(
    "value",
    [HOSTILE, Markup("<b>bold</b>"), Drawn(), Shy(f"{HOSTILE}!"), 0, 1.5, None, [HOSTILE], ""],
)
def test_what_is_put_into_a_page_is_as_safe_as_the_library_makes_it(value: object) -> None:
    assert str(escaped(value)) == str(escape(value))


@pytest.mark.parametrize(
    "template",
    [
        "{{ x }}",
        "{% if x %}{{ x }}{% endif %}",
        "{% for one in [x] %}{{ one }}{% endfor %}",
        "{% macro m(y) %}{{ y }}{% endmacro %}{{ m(x) }}",
        "{% macro m() %}{{ caller() }}{% endmacro %}{% call m() %}{{ x }}{% endcall %}",
        "{% set y %}{{ x }}{% endset %}{{ y }}",
        "{% filter trim %}{{ x }}{% endfilter %}",
        "{% block b %}{{ x }}{% endblock %}",
        "{{ x|trim }}",
        "{{ x ~ '' }}",
        "{{ _('%(name)s', name=x) }}",
    ],
)
def test_it_is_escaped_once_wherever_it_stands(app: Flask, template: str) -> None:
    with app.test_request_context():
        assert render_template_string(template, x=HOSTILE) == str(escape(HOSTILE))


def test_texts_are_in_the_language_of_the_moment(app: Flask) -> None:
    template = "{{ _('Help') }} {{ _('100%% of') }} {{ ngettext('person', 'people', 2) }}"
    with app.test_request_context():
        with speaking("en"):
            assert render_template_string(template) == "Help 100% of people"
        with speaking("zh"):
            assert render_template_string("{{ _('Help') }}") == "帮助"


def test_letters_of_plain_text_are_not_escaped(app: Flask) -> None:
    template = app.jinja_env.from_string("{% autoescape false %}{{ x }}{% endautoescape %}")
    assert template.render(x=HOSTILE) == HOSTILE


def test_what_is_not_there_is_an_error(app: Flask) -> None:
    with app.test_request_context(), pytest.raises(jinja2.UndefinedError):
        render_template_string("{{ nothing }}")


def test_templates_share_what_the_program_gives_them(app: Flask) -> None:
    one = app.jinja_env.get_template("macros/pages.html")
    other = app.jinja_env.get_template("macros/forms.html", globals={"mine": 1})
    assert one.globals.keys() >= {"icon", "static_url", "_", "csrf_token", "url_for"}
    assert "mine" in other.globals
    assert "mine" not in app.jinja_env.globals


def test_a_drawing_says_nothing() -> None:
    assert 'aria-hidden="true"' in icon("user")
    assert icon("user") is icon("user")


def test_the_address_of_a_static_file_changes_with_it() -> None:
    assert static_url("app.css").startswith("/static/app.css?v=")
