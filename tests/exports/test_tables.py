import csv
import hashlib
import io
import itertools
import json
import tracemalloc
import zipfile
from collections.abc import Callable, Generator, Iterable, Sequence
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Literal

import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl.workbook import Workbook
from python_calamine import CalamineWorkbook

from alumni.exports.tables import Batch, Cell, Counted, Sheets, Tally, as_csv, as_xlsx

HOSTILE = Path(__file__).parents[2].parent / "shared" / "corpora" / "hostile-strings.jsonl"

FORMULAS = [
    "=1+1",
    "+1+1",
    "-1+1",
    "@SUM(1+1)",
    "\t=1+1",
    "\r=1+1",
    "\n=1+1",
    " =1+1",
    "＝1+1",
    '=HYPERLINK("http://127.0.0.1:9/?"&A1,"点击")',
]

HARMLESS = ["王小明", "a=b", "1+1", "李-王", "li@example.org", "'quoted'", '"=1+1', "", " a"]

SHEETS = Sheets(rows="校友", notes="说明")


def notes(rows: int) -> list[tuple[str, str]]:
    return [("行数", f"{rows:,}")]


def csv_of(*batches: Batch, labels: Sequence[str] = ("Cell",)) -> list[list[str]]:
    text = b"".join(as_csv(labels, batches)).decode("utf-8-sig")
    return list(csv.reader(io.StringIO(text, newline="")))


def xlsx_of(
    *batches: Batch, labels: Sequence[str] = ("Cell",), sheets: Sheets = SHEETS
) -> io.BytesIO:
    return io.BytesIO(b"".join(as_xlsx(labels, batches, sheets=sheets, notes=notes)))


def opened(file: io.BytesIO) -> Workbook:
    return openpyxl.load_workbook(file)


def sheets_of(file: io.BytesIO) -> dict[str, list[list[object]]]:
    book = CalamineWorkbook.from_filelike(file)
    return {
        name: [list(row) for row in book.get_sheet_by_name(name).to_python()]
        for name in book.sheet_names
    }


def column(cells: Sequence[Cell]) -> list[tuple[Cell]]:
    return [(cell,) for cell in cells]


def guarded(text: str) -> str:
    return f"'{text}" if text.lstrip()[:1] in {*"=+-@＝＋－＠"} or _begins_a_line(text) else text


def _begins_a_line(text: str) -> bool:
    blank = text[: len(text) - len(text.lstrip())]
    return not {*"\t\r\n"}.isdisjoint(blank)


def in_a_sheet(text: str) -> str:
    """What a spreadsheet can hold of the text."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n")
    return "".join(c for c in lines if c in "\t\n" or (c >= " " and c not in "\ufffe\uffff"))


def hostile() -> list[str]:
    if not HOSTILE.exists():
        pytest.skip("../shared/corpora is not here")
    lines = HOSTILE.read_text(encoding="utf-8").splitlines()
    return [json.loads(line)["text"] for line in lines]


# CSV


def test_csv_is_utf8_with_its_mark() -> None:
    written = b"".join(as_csv(["届别", "Name"], [[(1998, "王"), (None, "Li, Wei")]]))

    assert written == '\ufeff届别,Name\r\n1998,王\r\n,"Li, Wei"\r\n'.encode()


def test_csv_in_gb18030_has_no_mark_and_all_characters() -> None:
    written = b"".join(as_csv(["姓名"], [[("𠮷é王",)], [("㛃",)]], encoding="gb18030"))

    assert written.decode("gb18030") == "姓名\r\n𠮷é王\r\n㛃\r\n"


@pytest.mark.parametrize("encoding", ["utf-8-sig", "gb18030"])
def test_half_a_character_does_not_stop_a_csv(
    encoding: Literal["utf-8-sig", "gb18030"],
) -> None:
    written = b"".join(as_csv(["a"], [[("x\ud800",)]], encoding=encoding))

    assert written.decode(encoding) == "a\r\nx?\r\n"


@pytest.mark.parametrize("formula", FORMULAS)
def test_a_formula_in_a_csv_gets_a_quote(formula: str) -> None:
    rows = csv_of([("harmless",), (formula,), (7,), (None,), ("harmless",)])

    assert rows[1:] == [["harmless"], [f"'{formula}"], ["7"], [""], ["harmless"]]


@pytest.mark.parametrize("text", HARMLESS)
def test_other_text_in_a_csv_stays(text: str) -> None:
    assert csv_of([("=1",), (text,)])[2] == [text]


def test_a_label_can_be_a_formula_too() -> None:
    assert csv_of(labels=["=1+1", "Name"]) == [["'=1+1", "Name"]]


def test_numbers_are_no_formulas() -> None:
    assert csv_of([(-5,), (10**20,)])[1:] == [["-5"], ["100000000000000000000"]]


def test_moments_and_days_are_iso_text() -> None:
    rows = [(date(1998, 7, 1),), (datetime(2026, 5, 3, 8, 0, 0, 999, UTC),), (None,)]

    expected = ["1998-07-01", "2026-05-03 08:00:00+00:00"]

    assert csv_of(rows)[1:] == [*([text] for text in expected), [""]]
    assert [row[0].value for row in opened(xlsx_of(rows))["校友"].iter_rows(min_row=2)] == [
        *expected,
        None,
    ]


def test_a_csv_ends_as_the_caller_wants() -> None:
    batches = [column(["a"] * 1000)] * 3

    written = b"".join(as_csv(["Cell"], batches, closing=lambda rows: f"# {rows:,} rows"))

    assert written.decode().splitlines()[3000:] == ["a", '"# 3,000 rows"']


@settings(deadline=None)
@given(st.lists(st.lists(st.tuples(st.text(), st.none() | st.integers() | st.text()))))
def test_a_csv_gives_back_what_went_in(batches: list[list[tuple[str, Cell]]]) -> None:
    rows = csv_of(*batches, labels=["a", "b"])

    assert rows[1:] == [
        [guarded(a), guarded(b) if isinstance(b, str) else "" if b is None else str(b)]
        for batch in batches
        for a, b in batch
    ]


def test_hostile_strings_in_a_csv() -> None:
    texts = hostile()

    rows = csv_of(*(column(texts[at : at + 100]) for at in range(0, len(texts), 100)))

    assert rows[1:] == [[guarded(text)] for text in texts]


# XLSX


def test_xlsx_has_a_header_the_rows_and_notes() -> None:
    file = xlsx_of([("王", 1998), (None, 2001)], [], [("Li", None)], labels=["姓名", "届别"])

    assert sheets_of(file) == {
        "校友": [["姓名", "届别"], ["王", 1998], ["", 2001], ["Li", ""]],
        "说明": [["行数", "3"]],
    }
    sheet = opened(file)["校友"]
    assert sheet.freeze_panes == "A2"
    assert sheet.auto_filter.ref == "A1:B4"
    assert [cell.font.b for cell in next(sheet.iter_rows())] == [True, True]


def test_a_column_is_as_wide_as_its_text() -> None:
    sheet = opened(xlsx_of([("大连市中山区人民路", "x" * 300, "a")], labels=["a", "b", "c"]))[
        "校友"
    ]

    assert [sheet.column_dimensions[c].width for c in "ABC"] == [20, 52, 8]


@pytest.mark.parametrize("batches", [[], [[]], [[], []]], ids=str)
def test_an_empty_table_is_a_file(batches: list[Batch]) -> None:
    assert csv_of(*batches) == [["Cell"]]
    assert sheets_of(xlsx_of(*batches)) == {"校友": [["Cell"]], "说明": [["行数", "0"]]}


@pytest.mark.parametrize("text", [*FORMULAS, "13800001234", "+8613800001234", "007", "1998-07-01"])
def test_text_in_a_sheet_stays_text_also_when_edited(text: str) -> None:
    cell = opened(xlsx_of([(text,), ("<",)]))["校友"]["A2"]

    assert (cell.value, cell.data_type, cell.number_format) == (in_a_sheet(text), "s", "@")


def test_there_is_no_formula_in_the_file() -> None:
    file = xlsx_of(column(FORMULAS), labels=["=1+1"])

    with zipfile.ZipFile(file) as archive:
        assert b"<f" not in archive.read("xl/worksheets/sheet1.xml")


@pytest.mark.parametrize(
    "text",
    ["a & b", "<b>", "]]>", " before", "after ", "a\nb", "a\tb", "\u3000", "_x0041_", "a|b", "%s#"],
)
def test_text_with_something_special(text: str) -> None:
    assert sheets_of(xlsx_of(column(["plain", text, "plain"])))["校友"][1:] == [
        ["plain"],
        [text],
        ["plain"],
    ]


def test_control_characters_are_left_out_of_a_sheet() -> None:
    rows = sheets_of(xlsx_of(column(["a\x00b\x1bc\ufffe\ud800d", "a\r\nb\rc", "\x07"])))["校友"]

    assert rows == [["Cell"], ["abcd"], ["a\nb\nc"]]


def test_a_cell_holds_as_much_as_a_spreadsheet_lets_it() -> None:
    assert sheets_of(xlsx_of([("字" * 40_000,)]))["校友"][1] == ["字" * 32_767]


def test_numbers_in_a_sheet_keep_all_their_digits() -> None:
    numbers = [0, -5, 10**15 - 1, 10**15, -(10**18)]

    cells = [row[0].value for row in opened(xlsx_of(column(numbers)))["校友"].iter_rows(min_row=2)]

    assert cells == [0, -5, 10**15 - 1, "1000000000000000", "-1000000000000000000"]


def test_numbers_among_text_stay_numbers() -> None:
    assert sheets_of(xlsx_of(column(["a", 1, None, 2])))["校友"][1:] == [["a"], [1], [""], [2]]


def test_columns_beyond_z() -> None:
    labels = [f"c{n}" for n in range(60)]

    assert sheets_of(xlsx_of([tuple(range(60))], labels=labels))["校友"] == [
        labels,
        list(range(60)),
    ]


@settings(deadline=None)
@given(st.lists(st.tuples(st.text(), st.none() | st.text())))
def test_a_sheet_gives_back_what_went_in(rows: list[tuple[str, str | None]]) -> None:
    numbered = [(n, *row) for n, row in enumerate(rows)]

    read = sheets_of(xlsx_of(numbered, labels=["n", "a", "b"]))["校友"]

    assert read[1:] == [[n, in_a_sheet(a), in_a_sheet(b or "")] for n, a, b in numbered]


def test_hostile_strings_in_a_sheet() -> None:
    texts = hostile()
    file = xlsx_of(
        *(list(enumerate(texts))[at : at + 100] for at in range(0, len(texts), 100)),
        labels=["n", "text"],
    )

    expected = [[n, in_a_sheet(text)] for n, text in enumerate(texts)]
    assert sheets_of(file)["校友"][1:] == expected
    rows = opened(file)["校友"].iter_rows(min_row=2)
    assert [[n.value, text.value or ""] for n, text in rows] == expected


# Long tables


def test_a_table_goes_on_in_the_next_sheet() -> None:
    numbers = column(range(7))

    file = xlsx_of(numbers[:5], numbers[5:], sheets=Sheets("校友", "说明", last_row=4))

    assert sheets_of(file) == {
        "校友": [["Cell"], [0], [1], [2]],
        "校友 2": [["Cell"], [3], [4], [5]],
        "校友 3": [["Cell"], [6]],
        "说明": [["行数", "7"]],
    }


def test_a_full_sheet_is_not_followed_by_an_empty_one() -> None:
    file = xlsx_of(column(range(3)), sheets=Sheets("校友", "说明", last_row=4))

    assert list(sheets_of(file)) == ["校友", "说明"]


def test_a_sheet_does_not_grow_too_large_for_the_archive() -> None:
    batches = [column(["x" * 1000])] * 5

    file = xlsx_of(*batches, sheets=Sheets("校友", "说明", enough_bytes=2000))

    assert [len(rows) for rows in sheets_of(file).values()] == [3, 3, 2, 1]


@pytest.mark.parametrize(
    ("wanted", "names"),
    [
        (("A/B: [c]*?\\d", "'n'"), ["A B c d", "n"]),
        (("about", "About"), ["about", "About 2"]),
        (("长" * 40, '<&">'), ["长" * 27, '<&">']),
        (("", "\x00"), ["-", "- 2"]),
    ],
)
def test_sheets_have_names_a_spreadsheet_allows(wanted: tuple[str, str], names: list[str]) -> None:
    assert opened(xlsx_of(sheets=Sheets(*wanted))).sheetnames == names


@pytest.mark.parametrize("write", [csv_of, xlsx_of])
@pytest.mark.parametrize("rows", [[(1,)], [(1, 2), (1,)], [(1, 2, 3)]], ids=str)
def test_rows_must_fit_the_labels(write: Callable[..., object], rows: Batch) -> None:
    with pytest.raises(ValueError, match=r"cells under|zip\(\)"):
        write(rows, labels=["a", "b"])


def batches_of(rows: int) -> Iterable[Batch]:
    """The same thousand again and again: while memory is watched, everything is slow."""
    batch = [
        (n, f"王{n}", f"p{n}@example.org", f"+86138{n:08}", None, date(1998, 7, 1))
        for n in range(1000)
    ]
    return itertools.repeat(batch, rows // 1000)


def file_of(kind: str, rows: int, tally: Tally) -> Generator[bytes, None, None]:
    labels = ["id", "name", "mail", "phone", "employer", "born"]
    if kind == "csv":
        return as_csv(labels, batches_of(rows), tally=tally)
    return as_xlsx(labels, batches_of(rows), sheets=SHEETS, notes=notes, tally=tally)


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_a_long_table_needs_no_more_memory(kind: str) -> None:
    tally = Tally()
    tracemalloc.start()
    for _ in file_of(kind, 200_000, tally):
        pass
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert tally.rows == 200_000
    assert peak < 4 * 2**20


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_the_first_bytes_do_not_wait_for_the_rows(kind: str) -> None:
    tally = Tally()

    assert next(file_of(kind, 10_000, tally)) != b""
    assert tally.rows == 0


# What is known of a file afterwards


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_a_file_is_counted_on_its_way(kind: str) -> None:
    tally = Tally()
    file = Counted(file_of(kind, 3000, tally))

    written = b"".join(file)

    assert file.done
    assert file.size == len(written)
    assert file.sha256 == hashlib.sha256(written).hexdigest()
    assert tally == Tally(rows=3000)


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_a_file_that_is_not_read_to_its_end_is_not_done(kind: str) -> None:
    file = Counted(file_of(kind, 3000, Tally()))

    next(iter(file))
    file.close()

    assert not file.done
    assert list(file) == []


def test_the_same_rows_make_the_same_file() -> None:
    first, second = (Counted(file_of("xlsx", 2000, Tally())) for _ in range(2))

    assert b"".join(first) == b"".join(second)


def test_a_cut_file_is_no_workbook() -> None:
    whole = xlsx_of(column(["王"] * 5000)).getvalue()

    with zipfile.ZipFile(io.BytesIO(whole)) as archive:
        assert archive.testzip() is None
    with pytest.raises(zipfile.BadZipFile):
        zipfile.ZipFile(io.BytesIO(whole[:-200]))
