import csv
import io
from typing import Any
from urllib.parse import quote

from flask import Flask

from alumni.i18n import speaking
from alumni.roster.models import BatchState, ImportBatch
from alumni.roster.queries.errors import errors_as_csv, errors_as_xlsx, wrong_cells, wrong_parts
from tests.browser import Browser
from tests.roster.rosters import HEADER, ZENG, as_csv, changed, counts, staged

WRONG = changed(ZENG, 学号="1993120002", 入学年份="20O5", 手机="+86 138 0000 1234", 邮箱="zeng@")
WHY = "入学年份 is not a year; 邮箱 is not an e-mail address"


def broken() -> ImportBatch:
    return staged(as_csv(ZENG, WRONG))


def sheets_of(content: bytes) -> dict[str, Any]:
    from python_calamine import CalamineWorkbook  # noqa: PLC0415 - heavy

    workbook = CalamineWorkbook.from_filelike(io.BytesIO(content))
    return {name: workbook.get_sheet_by_name(name).to_python() for name in workbook.sheet_names}


def test_each_wrong_cell_is_told_with_its_line_and_column() -> None:
    batch = broken()

    (rows,) = wrong_parts(batch)
    with speaking("en"):
        told = list(wrong_cells(batch.columns, rows))

    assert told == [
        (3, "入学年份", "20O5", "is not a year"),
        (3, "邮箱", "zeng@", "is not an e-mail address"),
    ]


def test_the_wrong_rows_are_a_spreadsheet_as_they_were_written() -> None:
    batch = broken()

    with speaking("en"):
        sheets = sheets_of(b"".join(errors_as_xlsx(batch)))

    assert sheets["Wrong rows"] == [["Line", *HEADER, "What is wrong"], [3, *WRONG, WHY]]
    assert sheets["About this table"][0] == ["Roster file", "roster.csv"]


def test_it_speaks_the_language_of_who_fetches_it() -> None:
    batch = broken()

    with speaking("zh"):
        header, row = csv.reader(io.StringIO(b"".join(errors_as_csv(batch)).decode("utf-8-sig")))

    assert (header[0], header[-1]) == ("行号", "问题")
    assert row[-1] == "入学年份 不是年份; 邮箱 不是有效的电子邮箱"


def test_corrected_it_comes_in_without_a_question(office: Browser) -> None:
    """In both languages and as both kinds of file the columns we added are known and left out."""
    batch = broken()
    for language in ("en", "zh"):
        with speaking(language):
            text, sheet = b"".join(errors_as_csv(batch)), b"".join(errors_as_xlsx(batch))
        corrected = text.replace(b"20O5", b"1993").replace(b"zeng@", b"zeng2@example.org")

        again = staged(corrected, name="errors.csv")

        assert (again.state, counts(again)) == (BatchState.STAGED, (1, 0, 0, 0, 0))
        assert counts(staged(sheet, name="errors.xlsx")) == (0, 0, 0, 0, 1)


def test_the_page_hands_it_out_as_both(app: Flask, office: Browser) -> None:
    batch = broken()
    address = f"/office/imports/{batch.public_id}/errors"

    sheet, text = office.get(f"{address}.xlsx"), office.get(f"{address}.csv")

    assert sheets_of(sheet.content)["Wrong rows"][1] == [3, *WRONG, WHY]
    assert text.content.decode("utf-8-sig").splitlines()[1].endswith(WHY)
    name = quote(f"{batch.file_name.removesuffix('.csv')}, wrong rows.xlsx", safe="")
    assert sheet.headers["Content-Disposition"].endswith(f"filename*=UTF-8''{name}")
    assert office.get(f"{address}.pdf").status == 404
