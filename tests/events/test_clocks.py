"""When an event happens, in words."""

from datetime import UTC, datetime

import pytest
from flask import Flask

from alumni.events.clocks import Clocks, both_clocks, zone_choices
from alumni.i18n import speaking
from tests.events.made import BOSTON, SHANGHAI

DINNER = datetime(2027, 1, 13, 14, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("language", "reader_zone", "said"),
    [
        ("zh", SHANGHAI, "2027年1月13日 22:00（北京时间）"),
        ("en", SHANGHAI, "13 January 2027 22:00 Beijing time"),
        (
            "en",
            BOSTON,
            "13 January 2027 22:00 Beijing time / 13 January 2027 09:00 New York time",
        ),
    ],
)
def test_a_moment_on_both_clocks(app: Flask, language: str, reader_zone: str, said: str) -> None:
    with speaking(language):
        assert both_clocks(DINNER, SHANGHAI, reader_zone) == said


def test_what_is_kept_of_one_language_is_not_said_in_the_other(app: Flask) -> None:
    clocks = Clocks(
        starts_at=DINNER, ends_at=DINNER.replace(hour=16), zone=SHANGHAI, reader_zone=SHANGHAI
    )

    said = []
    for language in ("en", "zh", "en"):
        with speaking(language):
            said.append(clocks.there)

    assert (
        said[0]
        == said[2]
        == "Wed 13 January 2027 22:00 – Thu 14 January 2027 00:00 (Beijing time, UTC+8)"
    )
    assert "北京时间" in said[1]


@pytest.mark.parametrize(
    ("now", "offered"),
    [(SHANGHAI, ["Europe/Kyiv"]), ("Europe/Kiev", ["Europe/Kiev", "Europe/Kyiv"])],
)
def test_a_zone_is_offered_by_its_name_of_today_and_by_the_one_in_use(
    app: Flask, now: str, offered: list[str]
) -> None:
    with speaking("en"):
        usual, others = zone_choices("en", now)
    assert [zone for zone, _label in others if zone in {"Europe/Kiev", "Europe/Kyiv"}] == offered
    assert "Asia/Shanghai" in dict(usual)
    assert "Asia/Shanghai" not in dict(others)
