"""Codes of a telephone, and what devices are called."""

from datetime import UTC, datetime

import pytest

from alumni.accounts.devices import device_words
from alumni.accounts.totp import address, in_groups, new_secret, plain, step_of
from tests.accounts.made import NOON, SECRET, shown

pytestmark = [pytest.mark.pure, pytest.mark.once]

STEP_OF_NOON = int(NOON.timestamp()) // 30


@pytest.mark.parametrize(
    ("later", "step"), [(-2, None), (-1, -1), (0, 0), (1, 1), (2, None), (120, None)]
)
def test_a_clock_may_be_half_a_minute_off(later: int, step: int | None) -> None:
    expected = None if step is None else STEP_OF_NOON + step
    assert step_of(SECRET, shown(at=NOON, later=later), NOON) == expected


def test_a_code_of_the_standard_is_right() -> None:
    """RFC 6238, appendix B: its last six digits at 1111111109 seconds."""
    secret = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"
    moment = datetime.fromtimestamp(1111111109, UTC)
    assert step_of(secret, "081804", moment) == 1111111109 // 30


@pytest.mark.parametrize("typed", ["０８１ ８０４", " 081804 ", "081-804"])
def test_a_code_is_read_as_people_type_it(typed: str) -> None:
    assert plain(typed) == "081804"


@pytest.mark.parametrize("typed", ["", "abc", "08180", "0818040", "٠٨١٨٠٤", "\ud800", "x" * 9999])
def test_what_is_no_code_is_wrong(typed: str) -> None:
    assert step_of("GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ", typed, NOON) is None


def test_secrets_are_long_and_differ() -> None:
    assert len({new_secret() for _ in range(20)}) == 20
    assert len(new_secret()) == 32
    assert in_groups("ABCDEFGHIJ") == "ABCD EFGH IJ"


def test_an_app_is_told_whose_code_it_is() -> None:
    told = address(SECRET, email="a@example.org", issuer="DMU: Alumni")
    assert (
        told
        == f"otpauth://totp/DMU%20%20Alumni:a%40example.org?secret={SECRET}&issuer=DMU%20%20Alumni"
    )


@pytest.mark.parametrize(
    ("user_agent", "words"),
    [
        (
            (
                "Mozilla/5.0 (Linux; Android 14; V2309A) AppleWebKit/537.36 (KHTML, like Gecko)"
                " Chrome/116.0 Mobile Safari/537.36 MicroMessenger/8.0.50 Language/zh_CN"
            ),
            "WeChat · Android",
        ),
        (
            (
                "Mozilla/5.0 (Linux; Android 15; Pixel 8) AppleWebKit/537.36 (KHTML, like Gecko)"
                " Chrome/140.0.0.0 Mobile Safari/537.36"
            ),
            "Chrome · Android",
        ),
        (
            (
                "Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) AppleWebKit/605.1.15"
                " (KHTML, like Gecko) Version/18.1 Mobile/15E148 Safari/604.1"
            ),
            "Safari · iPhone",
        ),
        (
            (
                "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko)"
                " Chrome/140.0.0.0 Safari/537.36 Edg/140.0.0.0"
            ),
            "Edge · Windows",
        ),
        (
            "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0",
            "Firefox · Linux",
        ),
        ("curl/8.0", ""),
        ("", ""),
    ],
)
def test_a_device_is_called_as_its_owner_knows_it(user_agent: str, words: str) -> None:
    assert device_words(user_agent) == words
