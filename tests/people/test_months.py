"""Months as people write them."""

import pytest

from alumni.people.forms.months import Month, read_month

pytestmark = pytest.mark.pure


@pytest.mark.parametrize(
    ("text", "month"),
    [
        ("1998", Month(1998)),
        ("1998年", Month(1998)),
        ("1998届", Month(1998)),
        ("1998-07", Month(1998, 7)),
        ("1998.7", Month(1998, 7)),
        ("1998/07", Month(1998, 7)),
        ("1998年7月", Month(1998, 7)),
        (" 1998 年 12 月 ", Month(1998, 12)),
        ("199807", Month(1998, 7)),
        ("7/1998", Month(1998, 7)),
        ("", Month()),
        (None, Month()),
    ],
)
def test_a_month_is_as_exact_as_it_was_written(text: str | None, month: Month) -> None:
    assert read_month(text) == month


@pytest.mark.parametrize(
    "text", ["98", "1998-13", "1998-00", "199x", "1998-07-01", "1899", "2099", "July", "1998-"]
)
def test_what_is_no_month(text: str) -> None:
    with pytest.raises(ValueError, match=r"^$"):
        read_month(text)


@pytest.mark.parametrize(
    ("first", "second", "is_before"),
    [
        (Month(1997), Month(1998), True),
        (Month(1998), Month(1998, 7), False),
        (Month(1998, 7), Month(1998), False),
        (Month(1998, 6), Month(1998, 7), True),
        (Month(1998, 7), Month(1998, 7), False),
        (Month(1998, 9), Month(1999, 1), True),
        (Month(), Month(1998), False),
        (Month(1998), Month(), False),
    ],
)
def test_only_what_is_certain_is_before(first: Month, second: Month, *, is_before: bool) -> None:
    assert first.is_before(second) is is_before


@pytest.mark.parametrize("text", ["1998", "1998-07", ""])
def test_a_month_is_shown_as_it_can_be_typed(text: str) -> None:
    assert str(read_month(text)) == text
