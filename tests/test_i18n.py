"""Both languages: dates, zones and the catalogue."""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest
from flask import Flask, g, render_template_string

from alumni.i18n import (
    _,
    clock_text,
    date_text,
    day_text,
    either,
    language,
    lazy_gettext,
    moment_text,
    ngettext,
    span_text,
    speaking,
    zone_name,
    zones,
)
from tests.browser import outside

EVENING = datetime(2027, 1, 16, 10, 30, tzinfo=UTC)


def test_each_language_writes_dates_its_own_way() -> None:
    with speaking("zh"):
        assert date_text(date(2026, 5, 3)) == "2026年5月3日"
        assert day_text(date(2027, 1, 16)) == "2027年1月16日 周六"
    with speaking("en"):
        assert date_text(date(2026, 5, 3)) == "3 May 2026"
        assert day_text(date(2027, 1, 16)) == "Sat 16 January 2027"
        assert date_text(None) == ""


def test_moments_are_shown_in_a_zone() -> None:
    with speaking("en"):
        assert clock_text(EVENING, "Asia/Shanghai") == "18:30"
        assert moment_text(EVENING, "America/New_York") == "16 January 2027 05:30"
        later = EVENING.replace(hour=13)
        assert span_text(EVENING, later, "Asia/Shanghai") == "Sat 16 January 2027 18:30–21:30"
        assert span_text(EVENING, later.replace(day=17), "Asia/Shanghai") == (
            "Sat 16 January 2027 18:30 – Sun 17 January 2027 21:30"
        )


@pytest.mark.parametrize(
    ("zone", "zh", "en"),
    [
        ("Asia/Shanghai", "北京时间", "Beijing time"),
        ("America/New_York", "纽约时间", "New York time"),
        ("America/Vancouver", "温哥华时间", "Vancouver time"),
        ("Asia/Kolkata", "加尔各答时间", "Kolkata time"),
        ("Europe/Kyiv", "基辅时间", "Kyiv time"),
        ("Asia/Ho_Chi_Minh", "胡志明市时间", "Ho Chi Minh City time"),
        ("America/Nuuk", "努克时间", "Nuuk time"),
        ("America/Argentina/Cordoba", "科尔多瓦时间", "Cordoba time"),
    ],
)
def test_zones_are_named_by_their_city(zone: str, zh: str, en: str) -> None:
    with speaking("zh"):
        assert zone_name(zone) == zh
    with speaking("en"):
        assert zone_name(zone) == en


def test_zones_come_from_the_pinned_data() -> None:
    """Vancouver keeps its summer time from 2026 on, which older data do not know."""
    winter = datetime(2026, 12, 15, 12, tzinfo=ZoneInfo("America/Vancouver"))
    offset = winter.utcoffset()
    assert offset is not None
    assert offset.total_seconds() == -7 * 3600
    assert "Asia/Shanghai" in zones()


def test_a_pair_of_texts_falls_back() -> None:
    assert either("中文", "English", "en") == "English"
    assert either("中文", "", "en") == "中文"
    assert either(None, "English", "zh") == "English"
    assert either(None, None, "zh") == ""


def test_speaking_is_for_the_block_only() -> None:
    before = language()
    with speaking("en"):
        assert language() == "en"
        with speaking("zh"):
            assert language() == "zh"
            assert _("Sign in") == "登录"
            assert ngettext("%(num)s row changed", "%(num)s rows changed", 3) != "3 rows changed"
        assert _("Sign in") == "Sign in"
    assert language() == before
    with speaking("xx"):
        assert language() == "zh"


def test_speaking_needs_no_program() -> None:
    def said() -> list[str]:
        before = [language(), _("Sign in")]
        with speaking("zh"):
            return [*before, language(), _("Sign in")]

    assert outside(said) == ["zh", "Sign in", "zh", "登录"]


def test_speaking_ends_with_what_goes_wrong() -> None:
    before = language()
    with pytest.raises(LookupError), speaking("en"):
        raise LookupError
    assert language() == before


def test_a_lazy_text_is_in_the_language_of_whoever_reads_it() -> None:
    text = lazy_gettext("Class of %(year)s", year=1998)
    with speaking("en"):
        assert str(text) == "Class of 1998"
    with speaking("zh"):
        assert str(text) == "1998届"


def test_a_visitor_is_asked_once_what_they_read(app: Flask) -> None:
    with app.app_context(), app.test_request_context(headers={"Accept-Language": "en"}):
        g.language = "en"
        assert language() == "en"
        g.language = "zh"
        assert language() == "en"
        with speaking("zh"):
            assert language() == "zh"


def test_a_page_escapes_what_is_put_into_its_texts(app: Flask) -> None:
    page = """{{ _("Class of %(year)s", year="<b>") }}|{{ _("100%% of") }}|
        {{- ngettext("%(num)s row changed", "%(num)s rows changed", 2) }}|
        {{- ngettext("%(number)s person", "%(number)s people", 3, number="<3") }}"""
    with app.test_request_context(), speaking("en"):
        assert render_template_string(page) == (
            "Class of &lt;b&gt;|100% of|2 rows changed|&lt;3 people"
        )
    plain = '{% autoescape false %}{{ _("Class of %(year)s", year="<b>") }}{% endautoescape %}'
    with app.test_request_context(), speaking("en"):
        assert render_template_string(plain) == "Class of <b>"


def test_large_numbers_of_things_are_written_in_groups() -> None:
    with speaking("en"):
        assert ngettext("%(num)s row", "%(num)s rows", 12_000) == "12,000 rows"
    with speaking("zh"):
        assert "12,000" in ngettext("%(num)s row", "%(num)s rows", 12_000)
