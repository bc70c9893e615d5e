import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from alumni.people.names import (
    Reading,
    initials,
    reading_of,
    simplified,
    sort_key,
    split_chinese,
    tidy_name,
    tidy_reading,
    written,
)

pytestmark = pytest.mark.once

SURNAMES = {
    "曾": "zeng",
    "单": "shan",
    "仇": "qiu",
    "解": "xie",
    "查": "zha",
    "朴": "piao",
    "区": "ou",
    "翟": "zhai",
    "盖": "ge",
    "缪": "miao",
    "覃": "qin",
    "员": "yun",
    "种": "chong",
    "薄": "bo",
    "牟": "mu",
    "隗": "wei",
    "阚": "kan",
    "乐": "yue",
    "卜": "bu",
    "吕": "lyu",
    "任": "ren",
    "华": "hua",
    "召": "shao",
    "折": "she",
    "秘": "bi",
    "祭": "zhai",
    "乜": "nie",
    "句": "gou",
    "繁": "po",
    "能": "nai",
    "粘": "nian",
    "都": "du",
    "王": "wang",
    "单于": "chan yu",
    "尉迟": "yu chi",
    "万俟": "mo qi",
    "长孙": "zhang sun",
    "令狐": "ling hu",
    "澹台": "tan tai",
    "欧阳": "ou yang",
}


@pytest.mark.parametrize(("surname", "read"), SURNAMES.items())
def test_surnames_are_read_as_surnames(surname: str, read: str) -> None:
    assert split_chinese(f"{surname}国强") == (surname, "国强")
    assert reading_of(f"{surname}国强") == Reading(read, "guo qiang")


@pytest.mark.parametrize(
    ("name", "surname", "given_name"),
    [
        ("曾国强", "曾", "国强"),
        ("歐陽修", "歐陽", "修"),
        ("司马", "司", "马"),
        ("爱新觉罗溥仪", "爱新觉罗", "溥仪"),
        ("阿卜杜·热合曼", "", "阿卜杜·热合曼"),
        ("买买提艾力", "", "买买提艾力"),
        ("吴　六", "吴", "六"),
        ("曾", "曾", ""),
        ("John Smith", "", "John Smith"),
        ("", "", ""),
    ],
)
def test_split(name: str, surname: str, given_name: str) -> None:
    assert split_chinese(name) == (surname, given_name)


@pytest.mark.parametrize(
    ("name", "read"),
    [
        ("單雪", Reading("shan", "xue")),
        ("張朝陽", Reading("zhang", "chao yang")),
        ("吕绿", Reading("lyu", "lyu")),
        ("张略", Reading("zhang", "lyue")),
        ("李长青", Reading("li", "chang qing")),
        ("阿卜杜·热合曼", Reading("", "a bu du re he man")),
        ("John Smith", Reading("", "john smith")),
        ("", Reading("", "")),
    ],
)
def test_reading(name: str, read: Reading) -> None:
    assert reading_of(name) == read


@pytest.mark.parametrize(
    ("typed", "syllables", "read"),
    [
        ("Guoqiang", 2, "guo qiang"),
        ("guo-qiang", 0, "guo qiang"),
        ("xian", 1, "xian"),
        ("xian", 2, "xi an"),
        ("Xi'an", 2, "xi an"),
        ("Lǚ", 1, "lyu"),
        ("Lv", 1, "lyu"),
        ("lu:", 0, "lyu"),
        ("nüe", 1, "nyue"),
        ("Zēng", 1, "zeng"),
        ("Silva", 0, "silva"),
        ("hmm", 2, "hmm"),
    ],
)
def test_pinyin_as_typed(typed: str, syllables: int, read: str) -> None:
    assert tidy_reading(typed, syllables) == read


@pytest.mark.parametrize(
    ("name", "latin", "language", "shown"),
    [
        ("曾国强", None, "zh", "曾国强"),
        ("曾国强", None, "en", "Zeng Guoqiang"),
        ("曾国强", "TSENG Kuo-chiang", "en", "TSENG Kuo-chiang"),
        ("曾国强", "TSENG Kuo-chiang", "zh", "曾国强"),
        ("欧阳修", "", "en", "Ouyang Xiu"),
        ("吕丽", None, "en", "Lyu Li"),
        ("阿卜杜·热合曼", None, "en", "Abudu Reheman"),
        ("John Smith", None, "en", "John Smith"),
        (None, "John Smith", "zh", "John Smith"),
        (None, None, "zh", ""),
    ],
)
def test_written(name: str | None, latin: str | None, language: str, shown: str) -> None:
    read = reading_of(name or "")

    assert written(name, latin, read.surname, read.given, language) == shown


def test_written_without_a_reading() -> None:
    assert written("曾国强", None, "", "", "en") == "曾国强"
    assert written(None, None, "zeng", "guo qiang", "zh") == "Zeng Guoqiang"


def test_pinyin_order() -> None:
    names = ["安宁", "李明", "连波", "卢一", "吕布", "栾平", "曾国强", "张三"]

    def key(name: str) -> str:
        read = reading_of(name)
        return sort_key(read.surname, read.given)

    assert sorted(set(names), key=key) == names


def test_initials() -> None:
    assert initials("zeng", "guo qiang") == "zgq"
    assert initials("ou yang", "xiu") == "oyx"
    assert initials("", "") == ""


@pytest.mark.parametrize(
    ("typed", "tidied"),
    [
        ("吴　喆", "吴喆"),
        (" 吴 六 ", "吴六"),
        ("ＺＥＮＧ　 Guo  qiang", "ZENG Guo qiang"),
        ("吴 六 Kevin  Wu", "吴六 Kevin Wu"),
        ("阿卜杜 • 热合曼", "阿卜杜·热合曼"),
        ("阿卜杜．热合曼", "阿卜杜·热合曼"),
        ("吴\u200b六\u0000", "吴六"),
        ("\ud800", ""),
    ],
)
def test_tidy_name(typed: str, tidied: str) -> None:
    assert tidy_name(typed) == tidied


def test_simplified_takes_no_heed_of_neighbours() -> None:
    assert simplified("曾國強 Zeng") == "曾国强 Zeng"
    assert simplified("乾") == simplified("乾坤")[0]


@settings(deadline=None)
@given(st.text(max_size=20), st.integers(0, 9))
def test_any_text_is_a_name(text: str, syllables: int) -> None:
    name = tidy_name(text)
    read = reading_of(text)

    assert tidy_name(name) == name
    assert "".join(split_chinese(text)) == name
    assert set(f"{read.surname}{read.given}") <= set("abcdefghijklmnopqrstuvwxyz ")
    assert tidy_reading(read.given) == read.given
    assert tidy_reading(text, syllables).replace(" ", "") == tidy_reading(text).replace(" ", "")
