import csv
import html
import io
import json
import struct
import zipfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from alumni.roster import cells
from alumni.roster.cells import Phone, Unreadable, YearMonth
from alumni.roster.sheets import child
from alumni.roster.sheets.headers import Row, guess, normal_header
from alumni.roster.sheets.limits import REASONS, Limits
from alumni.roster.sheets.opening import sheets_of

pytestmark = [pytest.mark.pure, pytest.mark.once]

DATA = Path(__file__).resolve().parents[2].parent / "shared" / "data"
FILES = Path(__file__).parent / "files"
needs_data = pytest.mark.skipif(not DATA.is_dir(), reason="no ../shared/data beside the checkout")

HEADERS = {
    **dict.fromkeys(("姓名", "name", "chinesename"), "name"),
    "namepinyin": "name_pinyin",
    **dict.fromkeys(("学号", "studentno"), "number"),
    "性别": "sex",
    **dict.fromkeys(("入学年份", "入学年"), "entry_year"),
    **dict.fromkeys(("毕业年份", "毕业时间", "届别", "classof"), "graduation_year"),
    **dict.fromkeys(("学院系", "院系", "学院"), "college"),
    **dict.fromkeys(("专业名称", "专业", "program"), "major"),
    "培养层次": "level",
    "班级": "class_label",
    **dict.fromkeys(("工作单位", "单位", "employer"), "employer"),
    "职务职称": "title",
    **dict.fromkeys(("联系电话", "手机", "phone"), "phone"),
    **dict.fromkeys(("电子邮箱", "邮箱", "email"), "email"),
    "所在省": "province",
    **dict.fromkeys(("所在城市", "城市", "city"), "city"),
    "微信号": "wechat",
    "备注": "remark",
}
PARSERS: dict[str, Callable[[Any], object]] = {
    "name": cells.name,
    "number": cells.number,
    "sex": cells.sex,
    "entry_year": cells.year,
    "graduation_year": cells.month,
    "level": cells.level,
    "phone": cells.phone,
    "email": cells.email,
    "province": cells.city,
    "city": cells.city,
}
Fault = tuple[int, str, object, str]

COMPOUND = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"

ROWS = [
    ["姓名", "学号", "工作单位"],
    *([f"王伟{n}", f"00{n}", "大连, 中心医院"] for n in range(10)),
]


@dataclass(frozen=True, kw_only=True)
class Table:
    sheet: str
    encoding: str
    header: tuple[str, ...]
    header_line: int
    fields: tuple[str | None, ...]
    rows: list[Row]


def read(content: bytes) -> Table:
    found = child.table_of(sheets_of(content, Limits()), HEADERS, Limits())
    return Table(
        sheet=found.place.sheet,
        encoding=found.place.encoding,
        header=found.header.names,
        header_line=found.header.line,
        fields=tuple(one.key for one in guess(found.header.names, HEADERS.get)),
        rows=list(found.rows),
    )


def refused(content: bytes, limits: Limits | None = None) -> Unreadable:
    with pytest.raises(Unreadable) as caught:
        child.look(sheets_of(content, limits or Limits()), HEADERS, limits or Limits())
    assert caught.value.reason in REASONS.values()
    return caught.value


def parsed(table: Table) -> tuple[list[dict[str, object]], list[Fault]]:
    """The people whose cells are all good, and what is wrong with the others."""
    people: list[dict[str, object]] = []
    faults: list[Fault] = []
    for row in table.rows:
        values: dict[str, object] = {}
        wrong: list[Fault] = []
        for key, cell in zip(table.fields, row.cells, strict=True):
            if key is not None:
                try:
                    values[key] = PARSERS.get(key, cells.text)(cell)
                except Unreadable as fault:
                    wrong.append((row.line, key, cell, fault.reason))
        wrong += [
            (row.line, key, str(values[key]), reason) for key, reason in cells.check_row(values)
        ]
        people += [] if wrong else [values]
        faults += wrong
    return people, faults


def as_csv(rows: Sequence[Sequence[str]], delimiter: str = ",") -> str:
    out = io.StringIO()
    csv.writer(out, delimiter=delimiter).writerows(rows)
    return out.getvalue()


def as_xlsx(rows: Sequence[Sequence[Any]], *others: Sequence[Sequence[Any]]) -> bytes:
    workbook = openpyxl.Workbook()
    workbook.remove(workbook.worksheets[0])
    for sheet in (rows, *others):
        page = workbook.create_sheet()
        for row in sheet:
            page.append(row)
    out = io.BytesIO()
    workbook.save(out)
    return out.getvalue()


def with_entry(content: bytes, name: str, markup: str) -> bytes:
    """The workbook with one of its parts replaced."""
    out = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(content)) as old,
        zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new,
    ):
        for entry in old.namelist():
            new.writestr(entry, markup if entry == name else old.read(entry))
    return out.getvalue()


def as_sheet(markup: str) -> bytes:
    namespace = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    sheet = f'<worksheet xmlns="{namespace}"><sheetData>{markup}</sheetData></worksheet>'
    return with_entry(as_xlsx([["-"]]), "xl/worksheets/sheet1.xml", sheet)


def inline(said: str, place: str = "") -> str:
    reference = f' r="{place}"' if place else ""
    return f'<c{reference} t="inlineStr"><is><t>{said}</t></is></c>'


def as_ods(rows: str) -> bytes:
    names = " ".join(
        f'xmlns:{short}="urn:oasis:names:tc:opendocument:xmlns:{short}:1.0"'
        for short in ("office", "table", "text")
    )
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        archive.writestr(
            "META-INF/manifest.xml",
            '<m:manifest xmlns:m="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0"/>',
        )
        archive.writestr(
            "content.xml",
            f"<office:document-content {names}><office:body><office:spreadsheet>"
            f'<table:table table:name="名册">{rows}</table:table>'
            "</office:spreadsheet></office:body></office:document-content>",
        )
    return out.getvalue()


def ods_row(*said: str, repeated: int = 1, of: str = "columns") -> str:
    row = f' table:number-rows-repeated="{repeated}"' if of == "rows" else ""
    column = f' table:number-columns-repeated="{repeated}"' if of == "columns" else ""
    inside = "".join(
        f'<table:table-cell{column} office:value-type="string"><text:p>{one}</text:p>'
        "</table:table-cell>"
        for one in said
    )
    return f"<table:table-row{row}>{inside}</table:table-row>"


@needs_data
def test_the_registrars_roster() -> None:
    truth = json.loads((DATA / "truth.json").read_text())
    table = read((DATA / "roster.xlsx").read_bytes())

    people, faults = parsed(table)

    assert faults == []
    assert (table.sheet, table.encoding, table.header_line) == ("毕业生名册", "", 3)
    assert table.fields[:4] == (None, "name", "number", "sex")
    assert (table.rows[0].line, table.rows[-1].line) == (4, 10003)
    assert len(people) == truth["rows"]
    assert len({person["number"] for person in people}) == truth["student_numbers"]
    assert sum(person["email"] is not None for person in people) == truth["with_email"]
    assert sum(person["province"] == "辽宁" for person in people) == truth["liaoning"]
    assert told(people[0], graduation=7) == truth["first"]
    assert told(people[-1], graduation=7) == truth["last"]


def told(person: dict[str, Any], *, graduation: int) -> dict[str, object]:
    """The person in the words of ``truth.json``."""
    assert person["graduation_year"].month == graduation
    return {
        "name": person["name"],
        "number": person["number"],
        "sex": {"m": "男", "f": "女"}[person["sex"]],
        "entry": person["entry_year"],
        "grad": person["graduation_year"].year,
        "college": person["college"],
        "major": person["major"],
        "level": {"bachelor": "本科", "master": "硕士", "doctor": "博士"}[person["level"]],
        "klass": person["class_label"],
        "province": person["province"],
        "city": person["city"],
        "employer": person["employer"],
        "title": person["title"],
        "phone": person["phone"].e164.removeprefix("+86"),
        "email": person["email"] or "",
    }


@needs_data
def test_the_broken_file_names_its_seven_lines() -> None:
    people, faults = parsed(read((DATA / "broken.csv").read_bytes()))

    assert len(people) == 20
    assert faults == [
        (3, "name", "", "is missing"),
        (5, "entry_year", "20O5", "is not a year"),
        (7, "graduation_year", "2005", "is before the entry year"),
        (9, "email", "not-an-email", "is not an e-mail address"),
        (11, "email", "a@b@c", "is not an e-mail address"),
        (13, "entry_year", "1805", "year out of range"),
        (13, "graduation_year", "1810", "year out of range"),
        (15, "name", "吴\0六", "contains a control character"),
    ]
    expected = json.loads((DATA / "broken.expected.json").read_text())
    assert sorted({line for line, *_ in faults}) == [row["line"] for row in expected]


@needs_data
def test_a_chapters_list() -> None:
    table = read((DATA / "chapter-gb18030.csv").read_bytes())

    people, faults = parsed(table)

    assert faults == []
    assert (table.encoding, table.header_line) == ("gb18030", 1)
    assert len(people) == json.loads((DATA / "truth.json").read_text())["chapter_rows"]
    assert people[0] == {
        "name": "任喆俊",
        "graduation_year": YearMonth(2010),
        "college": "公共卫生学院",
        "major": "预防医学",
        "employer": "朝阳生物制药有限公司",
        "phone": Phone("+8618243171258", "18243171258"),
        "wechat": "wx_140019",
        "city": "朝阳",
        "remark": '已退休,"住院"中',
    }
    assert all(isinstance(one["phone"], Phone) and one["phone"].e164 for one in people)


@needs_data
def test_the_overseas_list() -> None:
    table = read((DATA / "overseas-utf16.tsv").read_bytes())

    people, faults = parsed(table)

    assert faults == []
    assert table.encoding == "utf-16"
    assert len(people) == json.loads((DATA / "truth.json").read_text())["overseas_rows"]
    assert people[0] == {
        "name": "郑磊静",
        "name_pinyin": None,
        "graduation_year": YearMonth(1993),
        "major": "药学",
        "email": "o1988130004@example.com",
        "phone": Phone(None, "+1 (491) 555-8657"),
        "employer": "University Health Network",
        "city": "Toronto",
    }


@needs_data
def test_corrections() -> None:
    table = read((DATA / "corrections.csv").read_bytes())

    people, faults = parsed(table)

    assert faults == []
    assert table.encoding == "utf-8-sig"
    assert table.fields == ("number", "name", "major", "employer", "email")
    assert len(people) == json.loads((DATA / "truth.json").read_text())["corrections"]
    assert {person["employer"] for person in people} == {None}


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "gbk", "utf-16"])
@pytest.mark.parametrize("delimiter", [",", "\t", ";", "|"])
def test_the_same_rows_in_any_dress(encoding: str, delimiter: str) -> None:
    table = read(as_csv(ROWS, delimiter).encode(encoding))

    assert table.header == tuple(ROWS[0])
    assert table.rows == [Row(n + 2, tuple(row)) for n, row in enumerate(ROWS[1:])]


def test_the_same_rows_in_a_workbook() -> None:
    assert read(as_xlsx(ROWS)).rows == read(as_csv(ROWS).encode()).rows


def test_the_same_rows_without_references_as_our_own_exports_write_them() -> None:
    markup = "".join(f"<row>{''.join(map(inline, row))}</row>" for row in ROWS)
    assert read(as_sheet(markup)).rows == read(as_csv(ROWS).encode()).rows


def test_the_same_rows_in_open_document() -> None:
    table = read(as_ods("".join(ods_row(*row) for row in ROWS)))

    assert table.sheet == "名册"
    assert table.rows == read(as_csv(ROWS).encode()).rows


@pytest.mark.parametrize(
    ("written", "normal"),
    [
        ("姓 名", "姓名"),
        ("姓\u3000名\n", "姓名"),
        ("*姓名（必填）", "姓名"),
        ("学院(系)", "学院系"),
        ("学院（系）", "学院系"),
        ("Student No.", "studentno"),
        ("STUDENT_NO", "studentno"),
        ("Ｅ-mail", "email"),
        ("Name (Pinyin)", "namepinyin"),
        ("Name (required)", "name"),
        ("职务/职称", "职务职称"),
        ("", ""),
        ("—", ""),
    ],
)
def test_normal_headers(written: str, normal: str) -> None:
    assert normal_header(written) == normal


def test_each_field_is_found_once_and_by_its_whole_name_first() -> None:
    table = read("姓名(曾用),姓名,学号（新）,姓名,年龄\n,王伟,1,李四,30\n".encode())

    assert table.fields == (None, "name", "number", None, None)


def test_the_header_is_the_row_with_most_known_names() -> None:
    lines = ["姓名、学号请核对,,", ",,", "姓名,学号,", "姓名,学号,性别", "王伟,1,男"]

    table = read("\n".join(lines).encode())

    assert (table.header_line, table.header) == (4, ("姓名", "学号", "性别"))
    assert table.rows == [Row(5, ("王伟", "1", "男"))]


def test_a_header_stands_among_the_first_thirty_rows() -> None:
    below = "姓名,学号\n王伟,1\n"

    assert read(("名册,\n" * 29 + below).encode()).rows == [Row(31, ("王伟", "1"))]
    assert refused(("名册,\n" * 30 + below).encode()).reason == REASONS["no_header"]
    assert refused("年龄,身高\n30,1\n".encode()).reason == REASONS["no_header"]
    assert refused("姓名\n王伟\n".encode()).reason == REASONS["no_header"]
    assert read("姓名,年龄\n王伟,1\n".encode()).fields == ("name", None)


def test_of_several_sheets_the_one_with_the_best_header() -> None:
    content = as_xlsx([["说明"]], [["姓名", "学号"], ["甲", "1"]], [*ROWS], [["姓名", "班级"]])

    assert read(content).header == tuple(ROWS[0])


def test_lines_are_counted_as_the_spreadsheet_does() -> None:
    rows: list[list[Any]] = [[], [], ["", "姓名", "学号"], [], ["", "王伟", 1], [], ["", "李四", 2]]

    assert [(row.line, row.cells[-2:]) for row in read(as_xlsx(rows)).rows] == [
        (5, ("王伟", 1.0)),
        (7, ("李四", 2.0)),
    ]


def test_lines_are_counted_through_cells_of_several_lines() -> None:
    content = '姓名,学号,备注\r\n王伟,1,"一\r\n二 ""三"""\r\n\r\n李四,2,\r\n'.encode()

    assert read(content).rows == [
        Row(2, ("王伟", "1", '一\r\n二 "三"')),
        Row(5, ("李四", "2", "")),
    ]


@pytest.mark.parametrize(
    "line",
    [
        "合计:10000人,,",
        ",合 计,10000",
        "总计：3,,",
        ",共 3 人,",
        "Total: 3,,",
        "Grand Total,3,",
        ",,制表人：张三",
        "示例：王小明,1,30",
        "Example: Wang Xiaoming,1,30",
        "审核:李四,制表日期:2024年9月,",
        "备注：以上信息仅供内部使用,,",
        "姓名,学号,年龄",
        " , ,30",
    ],
)
def test_what_is_no_person_is_left_out(line: str) -> None:
    table = read(f"姓名,学号,年龄\n王伟,1,30\n\n , ,\n{line}\n".encode())

    assert table.rows == [Row(2, ("王伟", "1", "30"))]


@pytest.mark.parametrize("name", ["共青", "总理", "合欢", "Totalis", "注册"])
def test_a_name_that_looks_like_a_footer_is_a_person(name: str) -> None:
    assert read(f"姓名,学号\n{name},\n".encode()).rows == [Row(2, (name, ""))]


def test_a_row_without_name_is_still_a_row() -> None:
    assert read("姓名,学号\n,1\n".encode()).rows == [Row(2, ("", "1"))]


def test_short_and_shifted_rows() -> None:
    table = read("姓名,学号,备注\n王伟\n李四,2,大连,退休\n赵六,3,,,\n".encode())

    assert table.rows == [
        Row(2, ("王伟", "", "")),
        Row(3, ("李四", "2", "大连"), is_shifted=True),
        Row(4, ("赵六", "3", "")),
    ]


def test_notes_beside_a_sheets_table_shift_nothing() -> None:
    table = read(as_xlsx([["姓名", "学号"], ["王伟", "1", "", "已核对"]]))

    assert table.rows == [Row(2, ("王伟", "1"))]


def test_a_quotation_mark_never_closed_is_found() -> None:
    ending = "".join(f"王伟,{n},\n" for n in range(5))
    fault = refused(f'姓名,学号,备注\n李四,1,"退休\n{ending}'.encode())
    assert (fault.reason, fault.line) == (REASONS["open_quote"], 2)

    fault = refused(f'姓名,学号,备注\n李四,1,"退休\n{ending}赵六,9,"在职"\n'.encode())
    assert (fault.reason, fault.line) == (REASONS["open_quote"], 2)

    fault = refused(('姓名,学号,备注\n李四,1,"' + "退休\n" * 100_000).encode())
    assert (fault.reason, fault.line) == (REASONS["open_quote"], 2)


def test_a_quotation_mark_within_words_is_harmless() -> None:
    assert read('姓名,学号\n5"王伟,1\n'.encode()).rows == [Row(2, ('5"王伟', "1"))]


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "empty"),
        (b"\r\n \0", "empty"),
        (b"\xef\xbb\xbf\n<!DOCTYPE html>", "web_page"),
        (b"<html><p>\xe5\xa7\x93</p></html>", "web_page"),
        (b"MIME-Version: 1.0\nContent-Type: multipart/related\n", "web_page"),
        (b"<?xml version='1.0'?><Workbook/>", "markup"),
        (b"%PDF-1.7 ...", "pdf"),
        (b"\x89PNG\r\n\x1a\n" + b"\0\1\2\3" * 50, "picture"),
        (b"\xff\xd8\xff\xe0" + b"\0\1\2\3" * 50, "picture"),
        (b"\0\0\0\x18ftypheic" + bytes(50), "picture"),
        (b"Rar!\x1a\x07\x01\0", "archive"),
        (b"\x1f\x8b\x08\0" + bytes(50), "archive"),
        (b"{\\rtf1 ...", "document"),
        (b"\0\1\2\3" * 50, "not_table"),
        (b"PK\x03\x04junk", "damaged"),
        (COMPOUND + bytes(600), "damaged"),
        (COMPOUND + bytes(600) + "EncryptedPackage".encode("utf-16-le"), "password"),
        (COMPOUND + bytes(600) + "WordDocument".encode("utf-16-le"), "document"),
        (b"name,number\n\xff", "undecodable"),
        (b"\xff\xfea", "undecodable"),
    ],
)
def test_what_cannot_be_read_is_said(content: bytes, reason: str) -> None:
    assert refused(content).reason == REASONS[reason]


def test_undecodable_bytes_are_named_by_line() -> None:
    assert refused("姓名,学号\n王伟,1\n".encode("gb18030") + b"\xff\xff,2\n").line == 3


@pytest.mark.parametrize(
    ("names", "reason"),
    [
        (["a.xlsx"], "archive"),
        (["word/document.xml"], "document"),
        (["ppt/presentation.xml"], "not_table"),
        (["xl/workbook.bin"], "binary_workbook"),
        (["Index/Document.iwa", "preview.jpg"], "numbers"),
        (["名册.numbers/Index.zip"], "numbers"),
    ],
)
def test_a_zip_of_something_else_is_told_from_a_workbook(names: list[str], reason: str) -> None:
    assert refused(as_zip(dict.fromkeys(names, "<x/>"))).reason == REASONS[reason]


def as_zip(entries: dict[str, str]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, markup in entries.items():
            archive.writestr(name, markup)
    return out.getvalue()


def test_a_sealed_open_document_is_known_by_its_manifest() -> None:
    entries = {
        "mimetype": "application/vnd.oasis.opendocument.spreadsheet",
        "content.xml": "no markup but noise",
        "META-INF/manifest.xml": "<manifest:encryption-data/>",
    }

    assert refused(as_zip(entries)).reason == REASONS["password"]


def test_a_sealed_zip_is_known_by_its_directory() -> None:
    content = bytearray(as_xlsx(ROWS))
    at = content.index(b"PK\x01\x02")
    struct.pack_into("<H", content, at + 8, 1)

    assert refused(bytes(content)).reason == REASONS["password"]


@pytest.mark.parametrize("name", ["old.xls", "sealed.xls", "sealed.ods"])
def test_files_as_an_office_program_writes_them(name: str) -> None:
    content = (FILES / name).read_bytes()

    if name.startswith("sealed"):
        assert refused(content).reason == REASONS["password"]
    else:
        assert read(content).rows == read(as_csv(ROWS).encode()).rows


def as_page(rows: Sequence[Sequence[str]], before: str = "", after: str = "") -> str:
    told = "".join(
        f"<tr>{''.join(f'<td x:str>{html.escape(cell)}' for cell in row)}" for row in rows
    )
    return f"{before}<table border=1>{told}</table>{after}"


HEAD = "<head><meta charset=gb2312><title>a</title><style>td {color: red}</style></head>"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
@pytest.mark.parametrize(
    "before",
    [
        "",
        f"<html xmlns:x='urn:schemas-microsoft-com:office:excel'>{HEAD}<body><p>名册</p>",
        "<!-- made by a program --><!DOCTYPE html><script>'<table>'</script>",
        "<?xml version='1.0'?>\n<html><body><div>",
        "<table><tr><td>菜单</td></tr></table>",
    ],
)
def test_the_table_of_a_web_page(encoding: str, before: str) -> None:
    rows = [["二〇二四年名册", ""], *ROWS]

    table = read(as_page(rows, before, "<p>完</p>").encode(encoding))

    assert table.header_line == 2
    assert table.header == tuple(ROWS[0])
    assert [row.cells for row in table.rows] == [tuple(row) for row in ROWS[1:]]


def test_cells_of_a_page_that_span_others() -> None:
    page = """
      <table><thead><tr><th colspan=3>名册<tr><th>姓名<th>学号<th>院系</thead>
      <tr><td>王伟<td>1<td rowspan="2">口腔<br>医学院<tr><td>李四<td>2
      <tr><td>赵六<td colspan="x">3<td><table><tr><td>4</table></table>
    """

    table = read(page.encode())

    assert table.rows == [
        Row(3, ("王伟", "1", "口腔 医学院")),
        Row(4, ("李四", "2", "")),
        Row(5, ("赵六", "3", "")),
    ]


def test_of_several_tables_of_a_page_the_one_with_the_best_header() -> None:
    table = read((as_page([["姓名", "年龄"]]) + as_page(ROWS)).encode())

    assert (table.sheet, table.header) == ("2", tuple(ROWS[0]))


def test_utf_16_without_its_mark() -> None:
    for encoding in ("utf-16-le", "utf-16-be"):
        table = read(as_csv(ROWS, "\t").encode(encoding))
        assert (table.encoding, table.rows) == (encoding, read(as_csv(ROWS).encode()).rows)


def test_limits() -> None:
    content, workbook = as_csv(ROWS).encode(), as_xlsx(ROWS)

    fault = refused(content, Limits(size=len(content) - 1))
    assert fault.reason == REASONS["too_large"]
    limits = Limits(size=len(content), rows=10, columns=3)
    looked = child.look(sheets_of(content, limits), HEADERS, limits)
    assert looked["rows"] == 10
    assert str(refused(content, Limits(rows=9))) == (
        "The file has more than 9 rows. Split it into several files."
    )
    assert refused(workbook, Limits(rows=9)).reason == REASONS["too_many_rows"]
    assert refused(content, Limits(columns=2)).values == {"columns": 2}
    assert refused(workbook, Limits(unzipped=1000)).reason == REASONS["unzipped"]


def test_what_a_look_tells() -> None:
    rows = [["名册", "", ""], *ROWS, ["合计", "", ""]]

    assert child.look(sheets_of(as_csv(rows, ";").encode(), Limits()), HEADERS, Limits()) == {
        "sheet": "",
        "encoding": "utf-8",
        "delimiter": ";",
        "header_line": 2,
        "headers": tuple(ROWS[0]),
        "samples": [["王伟0", "王伟1", "王伟2"], ["000", "001", "002"], ["大连, 中心医院"]],
        "rows": 10,
    }


def test_a_bomb_is_refused_by_its_directory() -> None:
    content = as_sheet(inline("a" * 20 * 2**20))

    assert len(content) < 100_000
    assert refused(content).reason == REASONS["unzipped"]


def test_a_directory_that_lies_is_found_out() -> None:
    content = bytearray(as_sheet(inline("a" * 20 * 2**20)))
    entry = zipfile.ZipFile(io.BytesIO(content)).getinfo("xl/worksheets/sheet1.xml")
    directory = content.index(b"PK\x01\x02")
    at = content.index(b"xl/worksheets/sheet1.xml", directory) - 46
    assert struct.unpack_from("<L", content, at + 24) == (entry.file_size,)
    struct.pack_into("<L", content, at + 24, 1000)

    assert refused(bytes(content)).reason == REASONS["damaged"]


@pytest.mark.parametrize(
    "markup",
    [
        f'<row r="1048576">{inline("x", "XFD1048576")}</row>',
        f"<row>{inline('x', 'DA2')}</row>",
        f"<row>{inline('x', 'B300001')}</row>",
        f"<row>{'<c/>' * 104}{inline('x')}</row>",
        f'<row r="300001">{inline("x")}</row>',
        f"<row/><row r='300001'>{inline('x')}</row>",
    ],
)
def test_a_cell_far_away_is_refused_before_it_costs_anything(markup: str) -> None:
    start = f"<row r='1'>{inline('姓名', 'A1')}{inline('学号', 'B1')}</row>"

    assert refused(as_sheet(start + markup)).reason == REASONS["far_cells"]


def test_an_empty_cell_far_away_is_harmless() -> None:
    rows = f"<row>{inline('姓名', 'A1')}{inline('学号', 'B1')}</row><row>{inline('甲', 'A2')}</row>"
    far = '<row r="1048576"><c r="XFD1048576" s="1"/></row>'

    assert read(as_sheet(rows + far)).rows == [Row(2, ("甲", ""))]


@pytest.mark.parametrize("of", ["rows", "columns"])
def test_a_cell_repeated_without_end_is_refused(of: str) -> None:
    rows = ods_row("姓名", "学号") + ods_row("x", repeated=1_000_000, of=of)

    assert refused(as_ods(rows)).reason == REASONS["far_cells"]


def test_a_zip_packed_in_an_unusual_way_is_refused() -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_BZIP2) as archive:
        archive.writestr("xl/workbook.xml", "<x/>")

    assert refused(out.getvalue()).reason == REASONS["damaged"]


def test_entities_are_refused() -> None:
    markup = '<!DOCTYPE x [<!ENTITY a "b">]><worksheet/>'
    content = with_entry(as_xlsx(ROWS), "xl/worksheets/sheet1.xml", markup)

    assert refused(content).reason == REASONS["damaged"]


def is_read_or_refused(content: bytes) -> bool:
    try:
        return len(child.look(sheets_of(content, Limits()), HEADERS, Limits())["headers"]) >= 2
    except Unreadable as fault:
        return fault.reason in REASONS.values()


@given(content=st.binary() | st.text().map(str.encode))
def test_any_bytes_are_read_or_refused(content: bytes) -> None:
    assert is_read_or_refused(content)


WORKBOOK = as_xlsx(ROWS)
SHEET = zipfile.ZipFile(io.BytesIO(WORKBOOK)).read("xl/worksheets/sheet1.xml").decode()


@given(at=st.integers(0, len(WORKBOOK) - 1), byte=st.integers(0, 255))
def test_a_damaged_workbook_is_read_or_refused(at: int, byte: int) -> None:
    assert is_read_or_refused(WORKBOOK[:at] + bytes((byte,)) + WORKBOOK[at + 1 :])


@given(at=st.integers(0, len(SHEET) - 1), put=st.text(alphabet="<>/\"'&; r=A1cv", max_size=4))
def test_a_damaged_sheet_is_read_or_refused(at: int, put: str) -> None:
    markup = SHEET[:at] + put + SHEET[at + 1 :]
    assert is_read_or_refused(with_entry(WORKBOOK, "xl/worksheets/sheet1.xml", markup))
