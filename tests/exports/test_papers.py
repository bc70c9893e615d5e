import json
import resource
import time
from pathlib import Path

import pypdfium2  # type: ignore[import-untyped]
import pytest
from flask import Flask

from alumni.config import Settings
from alumni.errors import BadRequest
from alumni.exports.papers import (
    MOST_ROWS,
    SHEETS,
    Address,
    Entry,
    address_book,
    labels,
    people_list,
)
from alumni.exports.papers.drawing import NotDrawn, draw, font_folders
from alumni.exports.papers.typesetting import families

pytestmark = [pytest.mark.usefixtures("app"), pytest.mark.once]

MARKUP = [
    '#panic("x") $a$ <l> *b* _c_ \\ ] }',
    "#let x = 1;",
    "= no heading",
    "//comment /* here */",
    "@reference and `code` ~ --",
    '#image("/etc/passwd")',
    "\\u{41} \\# \\$",
]
RARE = ["李𬭎㛃", "欧阳喆堃", "María José O’Neill", "李·王", "𠮷野家"]

NOTES = [("Conditions", "2003届"), ("Exported by", "王老师"), ("Purpose", "校庆 #let")]


def texts(pdf: bytes) -> list[str]:
    """What stands on each page, with single blanks."""
    document = pypdfium2.PdfDocument(pdf)
    return [" ".join(page.get_textpage().get_text_range().split()) for page in document]


def rows(number: int, width: int = 3) -> list[list[str]]:
    return [[f"王{n}", *["鞍山"] * (width - 1)] for n in range(number)]


def listed(table: list[list[str]], language: str = "en") -> bytes:
    heads = ["Name", "City", "Employer", "E-mail"][: len(table[0])] if table else ["Name"]
    return people_list(heads, table, "People", NOTES, language)


@pytest.mark.parametrize("text", MARKUP + RARE)
def test_content_is_data_and_every_character_is_drawn(text: str) -> None:
    pages = [
        *texts(people_list([text], [[text]], text, [(text, text)], "en")),
        *texts(address_book([Entry(name=text, job=text)], text, [(text, text)], "zh")),
        *texts(labels([Address(name=text, lines=(text,))], SHEETS["3x8"])),
    ]

    assert [page.count(text) for page in pages] == [7, 7, 2]


def test_hostile_strings(shared: Path) -> None:
    lines = (shared / "corpora" / "hostile-strings.jsonl").read_text(encoding="utf-8").splitlines()
    strings = [str(json.loads(line)["text"]) for line in lines]
    table = [[text, "末"] for text in strings]

    pages = texts(people_list(["Name", "End"], table, "List", NOTES, "zh"))

    assert sum(page.count("末") for page in pages) == len(strings)


def test_every_page_has_the_header_the_number_and_whose_it_is() -> None:
    pages = texts(listed(rows(100)))

    assert len(pages) > 2
    for number, page in enumerate(pages, 1):
        assert "Name City Employer" in page
        assert f"Page {number} of {len(pages)}" in page
        assert "Exported by: 王老师 · Purpose: 校庆 #let" in page
    assert [sum(f"王{n} 鞍山" in page for page in pages) for n in range(100)] == [1] * 100


def test_it_speaks_the_language_of_the_file() -> None:
    assert "Exported by：王老师" in texts(listed(rows(3), "zh"))[0]


def test_a_list_of_nobody() -> None:
    assert "People" in texts(listed([]))[0]


def test_a_page_lies_across_and_has_the_size_of_paper() -> None:
    width, height = pypdfium2.PdfDocument(listed(rows(1)))[0].get_size()
    assert (round(width), round(height)) == (842, 595)


@pytest.mark.parametrize("columns", [1, 4, 12, 30])
def test_nothing_runs_over_the_edge_or_into_its_neighbour(columns: int) -> None:
    long = "zhangsan.wangwu.lisi" + "x" * 80 + "@hospital.example.org"
    table = [["欧阳"] * columns for _ in range(30)] + [[long] * columns]

    document = pypdfium2.PdfDocument(people_list(["姓名"] * columns, table, "T", NOTES, "zh"))

    for page in document:
        text = page.get_textpage()
        boxes = [text.get_charbox(n) for n in range(text.count_chars())]
        assert max(right for _left, _bottom, right, _top in boxes) <= 842 - 25
    ends = [page.get_textpage().get_text_range().replace("\r\n", "") for page in document]
    if columns < 12:
        assert sum(page.count(long) for page in ends) == columns


def test_the_same_content_makes_the_same_file() -> None:
    assert listed(rows(50)) == listed(rows(50))
    book = [Entry(name="王小明", reading="Wang Xiaoming")]
    assert address_book(book, "T", NOTES, "zh") == address_book(book, "T", NOTES, "zh")


def test_a_row_that_is_too_short() -> None:
    with pytest.raises(ValueError, match="shorter"):
        people_list(["a", "b"], [["a", "b"], ["a"]], "T", NOTES, "zh")


def test_more_than_paper_is_for() -> None:
    with pytest.raises(BadRequest, match="5,000"):
        listed([["王"]] * (MOST_ROWS + 1))
    with pytest.raises(BadRequest, match="2,000"):
        people_list(["a"] * 20, [["王"] * 20] * 2001, "T", NOTES, "zh")
    with pytest.raises(BadRequest, match="5,000"):
        address_book([Entry(name="王")] * (MOST_ROWS + 1), "T", NOTES, "zh")
    with pytest.raises(BadRequest, match="5,000"):
        labels([Address(name="王", lines=())] * (MOST_ROWS + 1), SHEETS["3x8"])


def test_an_address_book_goes_by_letters() -> None:
    people = [
        Entry(name="曾国强", reading="Zeng Guoqiang", city="鞍山", job="主任医师"),
        Entry(name="欧阳喆堃", reading="ouyang zhekun", class_="2003届 临床医学 3班"),
        Entry(name="Émile Zola", reading="Émile Zola", email="emile@example.org"),
        Entry(name="Shan Wenhua", reading="Shan Wenhua", other="单文华", city="Anshan"),
        Entry(name="无名"),
        Entry(name="欧阳娜", reading="Ouyang Na", phone="+86 138 0000 0000"),
    ]

    page = texts(address_book(people, "通讯录", NOTES, "zh"))[0]

    wanted = [
        "通讯录",
        "E Émile Zola emile@example.org",
        "O 欧阳娜 Ouyang Na +86 138 0000 0000 欧阳喆堃 ouyang zhekun · 2003届 临床医学 3班",
        "S Shan Wenhua 单文华 Anshan",
        "Z 曾国强 Zeng Guoqiang 鞍山 · 主任医师",
        "# 无名",
    ]
    places = [page.index(part) for part in wanted]
    assert places == sorted(places)


@pytest.mark.parametrize("name", SHEETS)
def test_labels_fill_as_many_sheets_as_they_need(name: str) -> None:
    sheet = SHEETS[name]
    for number, pages in ((1, 1), (sheet.labels, 1), (sheet.labels + 1, 2)):
        stuck = [Address(name=f"王{n}收", lines=("110001", "沈阳市")) for n in range(number)]
        found = texts(labels(stuck, sheet))
        assert len(found) == pages
        assert [sum(f"王{n}收" in page for page in found) for n in range(number)] == [1] * number


@pytest.mark.parametrize("name", SHEETS)
def test_a_label_stays_on_its_label(name: str) -> None:
    """However much stands on it: the name of the next is where it always is."""
    sheet = SHEETS[name]
    long = Address(name="a" * 90, lines=("辽宁省沈阳市和平区南京北街155号" * 6, "x" * 300))
    stuck = [long, Address(name="终点", lines=()), *[long] * (sheet.labels - 2)]

    document = pypdfium2.PdfDocument(labels(stuck, sheet))

    assert len(document) == 1
    text = document[0].get_textpage()
    place = text.get_text_range().index("终点")
    left, bottom, right, top = text.get_charbox(place)
    point = 72 / 25.4
    begins = (sheet.left + sheet.width + sheet.gap) * point
    assert begins < left < right < begins + sheet.width * point
    assert 842 - (sheet.top + sheet.height) * point < bottom < top < 842 - sheet.top * point


def test_fonts_are_looked_for_in_the_settings_first(
    app: Flask, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    packaged = font_folders()
    monkeypatch.setitem(app.config, "ALUMNI", Settings(font_dir=str(tmp_path)))

    assert len(packaged) == 1
    assert font_folders() == [str(tmp_path), *packaged]
    assert families(packaged)[0] == "Noto Sans CJK SC"
    assert families(font_folders())[0] == "Noto Sans CJK SC"


def test_without_any_folder_the_systems_fonts_serve() -> None:
    assert set(families([])) <= {
        "Noto Sans CJK SC",
        "Source Han Sans SC",
        "WenQuanYi Micro Hei",
        "Droid Sans Fallback",
    }


def test_a_paper_that_cannot_be_set_says_why() -> None:
    with pytest.raises(NotDrawn, match="dictionary does not contain key"):
        draw("people_list", {"language": "zh", "title": "T", "notes": [], "mark": "", "number": ""})


@pytest.mark.slow
def test_two_thousand_people_take_bounded_time_and_memory() -> None:
    table = [["欧阳喆堃", *["中国医科大学附属医院"] * 11] for _ in range(2000)]
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    begun = time.monotonic()

    pages = texts(people_list(["列"] * 12, table, "T", NOTES, "zh"))

    assert time.monotonic() - begun < 60
    assert sum(page.count("欧阳喆堃") for page in pages) == 2000
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    assert after.ru_maxrss < max(before.ru_maxrss, 700 * 1024)
