from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alumni.roster.cells import (
    REASONS,
    Phone,
    Unreadable,
    YearMonth,
    check_row,
    city,
    email,
    level,
    month,
    name,
    number,
    phone,
    plain,
    sex,
    text,
    year,
)

pytestmark = pytest.mark.once

NEXT_YEAR = datetime.now(UTC).year + 1
PARSERS = [name, text, year, month, email, phone, number, sex, level, city]


def reason_of(parse: Callable[[Any], object], cell: object) -> str:
    with pytest.raises(Unreadable) as caught:
        parse(cell)
    return caught.value.reason


@pytest.mark.parametrize(
    ("cell", "expected"),
    [
        ("杜强义", "杜强义"),
        (" 吴\u3000喆 ", "吴喆"),
        ("吴 六", "吴六"),
        ("欧 阳 震 华", "欧阳震华"),
        ("\ufeff王\u200b伟", "王伟"),
        ("阿卜杜拉•买买提", "阿卜杜拉·买买提"),
        ("阿卜杜拉 · 买买提", "阿卜杜拉·买买提"),
        ("Ｊｏｈｎ　Ｓｍｉｔｈ", "John Smith"),
        ("Mary  Ann\tO'Neil", "Mary Ann O'Neil"),
        ("⽥中", "田中"),
        ("𠮷田", "𠮷田"),
        ("Null", "Null"),
    ],
)
def test_names(cell: str, expected: str) -> None:
    assert name(cell) == expected


@pytest.mark.parametrize(
    ("cell", "reason"),
    [
        ("", "missing"),
        ("　", "missing"),
        (None, "missing"),
        ("—", "missing"),
        ("吴\0六", "control"),
        ("吴\x1b六", "control"),
        ("吴\ud800", "control"),
        ("吴\ufffd", "damaged"),
        ("12345", "not_name"),
        (7.0, "not_name"),
        ("王" * 81, "too_long"),
        ("a " * 81, "too_long"),
    ],
)
def test_names_refused(cell: object, reason: str) -> None:
    assert reason_of(name, cell) == REASONS[reason]


@pytest.mark.parametrize(
    ("cell", "expected"),
    [
        ("  主任医师 ", "主任医师"),
        ("已退休，\n住院中。", "已退休， 住院中。"),
        ("５班", "5班"),
        ("临床医学（英文班）", "临床医学（英文班）"),
        ('="007"', "007"),
        (5.0, "5"),
        (2.5, "2.5"),
        (True, "True"),
        (date(2001, 2, 3), "2001-02-03"),
        (datetime(2001, 2, 3), "2001-02-03"),  # noqa: DTZ001 - as spreadsheets give them
        (time(8, 30), "08:30:00"),
        (timedelta(hours=1), "1:00:00"),
        *((nothing, None) for nothing in ("", " ", None, "无", "/", "—", "N/A", "#REF!")),
    ],
)
def test_text(cell: Any, expected: str | None) -> None:
    assert text(cell) == expected


def test_text_has_a_length() -> None:
    assert text("字" * 40, 40) == "字" * 40
    assert reason_of(lambda cell: text(cell, 40), "字" * 41) == REASONS["too_long"]


@pytest.mark.parametrize(
    ("cell", "expected"),
    [
        ("65级", 1965),
        ("07级", 2007),
        ("00级", 2000),
        ("99届", 1999),
        ("60", 1960),
        ("2003届", 2003),
        ("2003 级", 2003),
        (1976.0, 1976),
        (1976, 1976),
        (65.0, 1965),
        ("1977.0", 1977),
        ("１９９８", 1998),
        ("1998年", 1998),
        ("1998年入学", 1998),
        ("1998-09", 1998),
        ("1998年9月1日", 1998),
        ("Class of 1998", 1998),
        ("Class of '98", 1998),
        (date(1998, 9, 1), 1998),
        ("1940", 1940),
        (str(NEXT_YEAR), NEXT_YEAR),
        ("", None),
        ("不详", None),
        (float("nan"), None),
    ],
)
def test_years(cell: Any, expected: int | None) -> None:
    assert year(cell) == expected


@pytest.mark.parametrize(
    ("cell", "reason"),
    [
        ("20O5", "not_year"),
        ("7", "not_year"),
        (7.0, "not_year"),
        (1998.55, "not_year"),
        (27576.0, "not_year"),
        (float("inf"), "not_year"),
        (True, "not_year"),
        ("199", "not_year"),
        ("1998级临床", "not_year"),
        ("1998-13", "not_year"),
        ("1805", "year_range"),
        ("1939", "year_range"),
        ("39级", "year_range"),
        (NEXT_YEAR + 1.0, "year_range"),
        (date(1899, 12, 31), "year_range"),
        ("19\x0098", "control"),
    ],
)
def test_years_refused(cell: object, reason: str) -> None:
    assert reason_of(year, cell) == REASONS[reason]


@pytest.mark.parametrize(
    ("cell", "expected"),
    [
        ("1998年7月", YearMonth(1998, 7)),
        ("1998 年 7 月", YearMonth(1998, 7)),
        ("1998年07月份", YearMonth(1998, 7)),
        ("1998年7月1日", YearMonth(1998, 7)),
        ("98年7月", YearMonth(1998, 7)),
        ("1998.07", YearMonth(1998, 7)),
        ("1998.10", YearMonth(1998, 10)),
        ("1998/7/1", YearMonth(1998, 7)),
        ("1998-07", YearMonth(1998, 7)),
        ("1998-07-01 00:00:00", YearMonth(1998, 7)),
        ("1998-07-01T00:00:00Z", YearMonth(1998, 7)),
        ("１９９８．０７", YearMonth(1998, 7)),
        ("199807", YearMonth(1998, 7)),
        (199807.0, YearMonth(1998, 7)),
        (19980701.0, YearMonth(1998, 7)),
        ("07/1998", YearMonth(1998, 7)),
        ("July 1998", YearMonth(1998, 7)),
        ("Sept. 1998", YearMonth(1998, 9)),
        (1998.07, YearMonth(1998, 7)),
        (1998.12, YearMonth(1998, 12)),
        (1998.1, YearMonth(1998)),
        (date(1998, 7, 1), YearMonth(1998, 7)),
        (datetime(1998, 7, 1), YearMonth(1998, 7)),  # noqa: DTZ001 - as spreadsheets give them
        (35977.0, YearMonth(1998, 7)),
        (27576.0, YearMonth(1975, 7)),
        ("1981", YearMonth(1981)),
        (1981.0, YearMonth(1981)),
        ("1981届", YearMonth(1981)),
        ("65级", YearMonth(1965)),
        ("", None),
    ],
)
def test_months(cell: Any, expected: YearMonth | None) -> None:
    assert month(cell) == expected


@pytest.mark.parametrize(
    ("cell", "reason"),
    [
        ("1998-13", "not_month"),
        ("1998-00", "not_month"),
        ("1998-07-32", "not_month"),
        ("1998-7/1", "not_month"),
        ("Foo 1998", "not_month"),
        ("昨天", "not_month"),
        (float("inf"), "not_month"),
        ("1805年7月", "year_range"),
        (date(1805, 7, 1), "year_range"),
    ],
)
def test_months_refused(cell: object, reason: str) -> None:
    assert reason_of(month, cell) == REASONS[reason]


def test_a_month_says_how_exactly_it_is_known() -> None:
    assert str(YearMonth(1998, 7)) == "1998-07"
    assert str(YearMonth(1998)) == "1998"


@pytest.mark.parametrize(
    ("cell", "expected"),
    [
        ("A1962130001@EXAMPLE.ORG", "a1962130001@example.org"),
        ("  a.b-c+d_e@mail.example.net ", "a.b-c+d_e@mail.example.net"),
        ("ａｂ＠example.com", "ab@example.com"),
        ("mailto:a@example.com", "a@example.com"),
        ("o'neil@example.com", "o'neil@example.com"),
        ("a@例子.example.com", "a@xn--fsqu00a.example.com"),
        (f"{'a' * 64}@example.com", f"{'a' * 64}@example.com"),
        ("", None),
        ("无", None),
    ],
)
def test_emails(cell: str, expected: str | None) -> None:
    assert email(cell) == expected


@pytest.mark.parametrize(
    ("cell", "reason"),
    [
        ("not-an-email", "not_email"),
        ("a@b@c", "not_email"),
        ("a@b", "not_email"),
        (".a@example.com", "not_email"),
        ("a..b@example.com", "not_email"),
        ("a@-example.com", "not_email"),
        ("张三@example.com", "not_email"),
        (f"{'a' * 65}@example.com", "not_email"),
        ("a@example.com; b@example.com", "many_emails"),
        (f"a@{'b.' * 130}com", "too_long"),
        ("a" * 2_000_000, "too_long"),
        ("a\0@example.com", "control"),
        (13.0, "not_email"),
    ],
)
def test_emails_refused(cell: object, reason: str) -> None:
    assert reason_of(email, cell) == REASONS[reason]


@pytest.mark.parametrize(
    ("cell", "e164"),
    [
        ("13092285142", "+8613092285142"),
        ("+86 18622657734", "+8618622657734"),
        ("0086-186-2265-7734", "+8618622657734"),
        ("158 7969 5030", "+8615879695030"),
        ("182-8324-5470", "+8618283245470"),
        ("１５２８２１２２０３３", "+8615282122033"),
        (13092285142.0, "+8613092285142"),
        ("13092285143.0", "+8613092285143"),
        ("0411-86110000", "+8641186110000"),
        ("0411-86110000转801", "+8641186110000"),
        ("12345 / 13092285142", "+8613092285142"),
        ("+1 (212) 736-5000", "+12127365000"),
        ("+1 (491) 555-8657", None),
        ("86110000", None),
        ("1", None),
    ],
)
def test_phones(cell: str | float, e164: str | None) -> None:
    assert phone(cell) == Phone(e164, plain(cell))


def test_a_phone_belongs_to_its_region() -> None:
    assert phone("1 391 234 5678", "US") == Phone("+8613912345678", "1 391 234 5678")
    assert phone("1 312 736 5000") == Phone("+8613127365000", "1 312 736 5000")
    assert phone("1 312 736 5000", "US") == Phone("+13127365000", "1 312 736 5000")
    assert phone("(212) 736-5000", "US") == Phone("+12127365000", "(212) 736-5000")


def test_no_phone_is_no_error() -> None:
    assert phone("") is None
    assert phone("无") is None


@pytest.mark.parametrize(
    ("cell", "reason"),
    [("请致电办公室", "not_phone"), ("1.30923E+10", "digits_lost"), ("1" * 61, "too_long")],
)
def test_phones_refused(cell: str, reason: str) -> None:
    assert reason_of(phone, cell) == REASONS[reason]


@pytest.mark.parametrize(
    ("cell", "expected"),
    [
        (1965120001.0, "1965120001"),
        ("1965120002.0", "1965120002"),
        ("1965120001", "1965120001"),
        ("0065120001", "0065120001"),
        ("'0065120001", "0065120001"),
        ('="0065120001"', "0065120001"),
        ("１９６５ 1200 01", "1965120001"),
        ("yx-2003/17", "YX-2003/17"),
        ("", None),
        ("无", None),
    ],
)
def test_numbers(cell: str | float, expected: str | None) -> None:
    assert number(cell) == expected


@pytest.mark.parametrize(
    ("cell", "reason"),
    [
        ("1.96512E+09", "digits_lost"),
        (2.0051100001e17, "digits_lost"),
        (12.5, "not_number"),
        ("张三", "not_number"),
        ("abc", "not_number"),
        ("-5", "not_number"),
        ("1" * 41, "too_long"),
    ],
)
def test_numbers_refused(cell: object, reason: str) -> None:
    assert reason_of(number, cell) == REASONS[reason]


@pytest.mark.parametrize(
    ("cell", "expected"),
    [
        *((cell, "m") for cell in ("男", " 男 ", "男性", "M", "m", "Male", "MALE", 1.0, "1")),
        *((cell, "f") for cell in ("女", "女性", "F", "female", 2.0)),
        *((cell, None) for cell in ("", "未知", 0.0, "9")),
    ],
)
def test_sexes(cell: str | float, expected: str | None) -> None:
    assert sex(cell) == expected


@pytest.mark.parametrize(
    ("cell", "expected"),
    [
        *((cell, "college") for cell in ("专科", "大专", "高职", "College")),
        *(
            (cell, "bachelor")
            for cell in ("本科", "大学本科", "学士", "专升本", "Bachelor's", "BSc")
        ),
        *((cell, "master") for cell in ("硕士", "硕士研究生", "本硕连读", "Master", "M.S.")),
        *((cell, "doctor") for cell in ("博士", "博士研究生", "硕博连读", "Ph.D.", "Doctor", "MD")),
        ("", None),
    ],
)
def test_levels(cell: str, expected: str | None) -> None:
    assert level(cell) == expected


def test_what_no_list_holds_is_refused() -> None:
    assert reason_of(sex, "x") == REASONS["not_sex"]
    assert reason_of(level, "研究生") == REASONS["not_level"]
    assert reason_of(level, "博士后") == REASONS["not_level"]


@pytest.mark.parametrize(
    ("cell", "expected"),
    [
        ("鞍山市", "鞍山"),
        ("鞍山", "鞍山"),
        ("北京市", "北京"),
        ("辽宁省", "辽宁"),
        ("辽宁省大连市", "大连"),
        ("大连市沙河口区", "大连"),
        ("辽宁省大连市中山区", "大连"),
        ("沙市", "沙市"),
        ("津市", "津市"),
        ("津市市", "津市"),
        ("内蒙古自治区", "内蒙古"),
        ("广西壮族自治区", "广西"),
        ("新疆维吾尔自治区", "新疆"),
        ("延边朝鲜族自治州", "延边"),
        ("恩施土家族苗族自治州", "恩施"),
        ("巴音郭楞蒙古自治州", "巴音郭楞"),
        ("香港特别行政区", "香港"),
        ("阿克苏地区", "阿克苏"),
        ("锡林郭勒盟", "锡林郭勒盟"),
        ("本溪满族自治县", "本溪满族自治县"),
        ("New  York", "New York"),
        ("", None),
    ],
)
def test_cities(cell: str, expected: str | None) -> None:
    assert city(cell) == expected


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        (
            {"entry_year": 2010, "graduation_year": 2005},
            [("graduation_year", "is before the entry year")],
        ),
        (
            {"entry_year": 1960, "graduation_year": YearMonth(2005, 7)},
            [("graduation_year", REASONS["long_after_entry"])],
        ),
        ({"entry_year": 2005, "graduation_year": YearMonth(2005, 1)}, []),
        ({"entry_year": 2005, "graduation_year": 2025}, []),
        ({"entry_year": 2005, "graduation_year": None}, []),
        ({}, []),
    ],
)
def test_rows(values: dict[str, object], expected: list[tuple[str, str]]) -> None:
    assert check_row(values) == expected


CELLS = st.one_of(
    st.none(),
    st.text(st.characters(exclude_categories=())),
    st.text(alphabet="0123456789年月日级届-./:+eE@市省自治区州 转a'\"=，；Ａ９\0\n"),
    st.floats(),
    st.floats(min_value=0, max_value=3_000_000),
    st.integers(),
    st.booleans(),
    st.dates(),
    st.datetimes(),
    st.times(),
    st.timedeltas(),
    st.emails(),
)


@pytest.mark.parametrize("parse", PARSERS)
@given(cell=CELLS)
def test_a_parser_raises_nothing_but_what_it_says(
    parse: Callable[[object], object], cell: object
) -> None:
    try:
        said = parse(cell)
    except Unreadable as fault:
        said = fault
    assert said != ""
    assert not isinstance(said, Unreadable) or said.reason in REASONS.values()


@given(cell=CELLS)
def test_what_was_parsed_parses_to_itself(cell: Any) -> None:
    for parse in (name, text, email, number, sex, city):
        try:
            value = parse(cell)
        except Unreadable:
            continue
        assert value is None or parse(value) == value
