import json
import re
import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from alumni.people.names import Reading, reading_of
from alumni.people.tokens import (
    Term,
    Word,
    email_word,
    for_fts5,
    for_tsquery,
    joined,
    name_words,
    number_word,
    phone_words,
    query,
    reading_words,
    runs,
    text_words,
    year_word,
)

pytestmark = pytest.mark.once


@dataclass(kw_only=True, slots=True)
class Findable:
    """What somebody is found by."""

    name_zh: str = ""
    surname: str = ""
    given: str = ""
    latin_names: Sequence[str] = ()
    other_names: Sequence[str] = ()
    other_readings: Sequence[Reading] = ()
    emails: Sequence[str] = ()
    phones: Sequence[str] = ()
    student_numbers: Sequence[str] = ()
    years: Sequence[int] = ()
    employers: Sequence[str] = ()
    cities: Sequence[str] = ()
    colleges: Sequence[str] = ()
    majors: Sequence[str] = ()
    class_labels: Sequence[str] = ()
    hospitals: Sequence[str] = ()
    tags: Sequence[str] = ()


def document(person: Findable) -> str:
    """All words the person is found by, each once, in order, a space apart."""
    words = set(person.tags)
    for name in (person.name_zh, *person.latin_names, *person.other_names):
        words.update(name_words(name))
    for reading in (Reading(person.surname, person.given), *person.other_readings):
        words.update(reading_words(reading.surname, reading.given))
    for text in chain(
        person.employers,
        person.cities,
        person.colleges,
        person.majors,
        person.class_labels,
        person.hospitals,
    ):
        words.update(text_words(text))
    for phone in person.phones:
        words.update(phone_words(phone))
    words.update(map(email_word, person.emails))
    words.update(map(number_word, person.student_numbers))
    words.update(map(year_word, person.years))
    return joined(words)


WORD = "(?:[^\\W_]|[\ue000-\uf8ff])"
"""Letters, digits, and what stands for years."""

ROOT = Path(__file__).parents[2]
HOSTILE = ROOT.parent / "shared" / "corpora" / "hostile-strings.jsonl"

ZENG = Findable(
    name_zh="曾国强",
    surname="zeng",
    given="guo qiang",
    latin_names=("Kevin Zeng",),
    other_names=("曾小强",),
    other_readings=(Reading("zeng", "xiao qiang"),),
    emails=("zeng.gq@163.com",),
    phones=("+8613800001234",),
    student_numbers=("1993110001",),
    years=(1993, 1998),
    employers=("大连医科大学附属第二医院", "Merck KGaA"),
    cities=("大连",),
    colleges=("基础医学院",),
    majors=("临床医学",),
    class_labels=("1993级2班",),
    tags=("k5x", "l7x"),
)


class Index:
    """FTS5 as the program makes it."""

    def __init__(self) -> None:
        self.connection = sqlite3.connect(":memory:")
        self.connection.execute(
            "CREATE VIRTUAL TABLE found USING fts5(tokens, content='', detail=none, columnsize=0,"
            " prefix='2 3 4 5', tokenize='ascii')"
        )

    def add(self, row: int, person: Findable) -> None:
        self.connection.execute(
            "INSERT INTO found (rowid, tokens) VALUES (?, ?)", (row, document(person))
        )

    def search(self, text: str, tags: Mapping[str, Sequence[str]] | None = None) -> list[int]:
        asked = for_fts5(query(text, tags or {}))
        if asked is None:
            return []
        rows = self.connection.execute("SELECT rowid FROM found WHERE found MATCH ?", (asked,))
        return [row for (row,) in rows]


@pytest.fixture(scope="module")
def index() -> Iterator[Index]:
    made = Index()
    made.add(1, ZENG)
    yield made
    made.connection.close()


@pytest.mark.parametrize(
    "text",
    [
        *("zeng", "zgq", "gq", "zenggq", "zengguoqiang", "zeng guoqiang", "zeng guo qiang"),
        *("guoqiang", "guoqiang zeng", "GuoQiangZeng", "Zeng, Guo-Qiang", "zengg", "zeng g", "z"),
        *("国强", "曾", "曾國強", "强", "曾国强", "曾 国强", "zeng国强", "小强", "xiaoqiang"),
        *(
            "Kevin",
            "kev",
            "ｋｅｖ",
            "Kevin Zeng",
            "zengkevin",
            "ZENG@",
            "zeng.gq",
            "zeng.gq@163.com",
        ),
        *("1234", "13800001234", "138 0000 1234", "+86 138-0000-1234", "１３８", "008613800001234"),
        *("1998", "曾 1998", "曾1998", "1998曾", "１９９８", "98级", "1993级", "1998届", "98"),
        *(
            "1993110001",
            "199311",
            "大连",
            "大連",
            "第二医院",
            "merck",
            "临床医学",
            "2班",
            "曾 大连",
        ),
    ],
)
def test_found(index: Index, text: str) -> None:
    assert index.search(text) == [1]


@pytest.mark.parametrize(
    "text",
    [
        *("zengguoqian9", "李", "5678", "zgx", "zg李", "国曾", "李 1998", "曾 1999"),
        *("1999", "99级", "139", "3班", "连", "o0merck", "k5x", "l7", "k5", "y1998", "y", "m0zeng"),
        *("Kevin Li", "zeng.gx", "zeng@gmail.com", "", " ", "!!!", "*", '"', "5"),
    ],
)
def test_not_found(index: Index, text: str) -> None:
    assert index.search(text) == []


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("大连医学院", ["大连医学院"]),
        ("Clinical  Medicine 98级", ["Clinical", "Clinical  Medicine", "Medicine"]),
        ("王,辽宁", ["辽宁"]),
        ("临床医学（英文班）", ["临床医学", "临床医学(", "临床医学(英文班", "临床医学(英文班)"]),
        ("13800001234 1998 a@b.org 强", []),
    ],
)
def test_what_may_be_a_name(text: str, expected: list[str]) -> None:
    assert set(expected) <= set(runs(text))
    assert not {"98", "强", "13800001234", "a@b.org"} & set(runs(text))
    assert expected or runs(text) == []


def test_there_are_not_too_many_runs() -> None:
    assert len(runs("a大" * 100)) < 128


TAGS = {"大连医学院": ["k5x"], "辽宁": ["l7x", "l8x"], "clinical medicine": ["k6x", "k5x"]}


@pytest.mark.parametrize(
    ("text", "is_found"),
    [
        ("大连医学院", True),
        ("曾大连医学院", False),
        ("曾 大连医学院 98级", True),
        ("曾国强 辽宁", True),
        ("辽宁 大连医学院 clinical medicine", True),
        ("z clinical medicine 1998", True),
        ("辽宁 1999", False),
        ("李 辽宁", False),
        ("clinical", False),
    ],
)
def test_a_name_finds_who_has_its_tag(index: Index, text: str, *, is_found: bool) -> None:
    assert index.search(text, TAGS) == ([1] if is_found else [])


def test_who_is_named_like_a_place_is_found_beside_who_lives_there(index: Index) -> None:
    assert index.search("国强", {"国强": ["l99x"]}) == [1]
    assert index.search("大连", {"大连": ["l99x"]}) == [1]
    assert index.search("大连", {"大连": ["l99x"], "沈阳": ["l98x"]}) == [1]


def test_the_longest_name_is_meant() -> None:
    asked = query("clinical medicine 王", {"clinical": ["k1x"], "clinical medicine": ["k2x"]})
    compiled = for_fts5(asked) or ""
    assert "k2x" in compiled
    assert "k1x" not in compiled


def test_document_is_its_words_in_order() -> None:
    person = Findable(
        name_zh="吴喆", surname="wu", given="zhe", years=(2001,), phones=("+12125550100",)
    )

    words = f"p2125550100 t0010555212 w wuzhe wz zhewu zwu 吴 吴喆 喆 {year_word(2001)}"
    assert document(person) == words
    assert document(Findable()) == ""


@pytest.mark.parametrize(
    ("name", "texts"),
    [
        ("吕绿", ["lyu", "lv", "lu", "lü", "LÜ LÜ", "lvlv", "lulu", "ll", "呂"]),
        ("欧阳国强", ["ouyang", "oygq", "ogq", "ouyanggq", "欧阳", "歐陽國強"]),
        ("李乾坤", ["乾坤", "乾", "干坤", "liqiankun"]),
        ("阿卜杜·热合曼", ["阿卜杜·热合曼", "阿卜杜热合曼", "热合曼", "abudu", "reheman"]),
    ],
)
def test_spellings(name: str, texts: list[str]) -> None:
    read = reading_of(name)
    index = Index()
    index.add(7, Findable(name_zh=name, surname=read.surname, given=read.given))

    assert [text for text in texts if index.search(text) != [7]] == []
    index.connection.close()


@pytest.mark.parametrize(
    ("latin", "texts"),
    [
        ("Mary-Jane O'Brien", ["mary", "jane", "maryjane", "o'brien", "obrien mary", "O’Brien"]),
        ("José Łuczak", ["jose", "José", "luczak", "łuczak"]),
        ("Zeng Guo Qiang", ["guo qiang zeng", "guoqiangzeng"]),
    ],
)
def test_latin_names(latin: str, texts: list[str]) -> None:
    index = Index()
    index.add(7, Findable(latin_names=(latin,)))

    assert [text for text in texts if index.search(text) != [7]] == []
    index.connection.close()


@pytest.mark.parametrize(
    ("phone", "texts"),
    [
        ("+8641186110000", ["0411-86110000", "041186110000", "86110000", "8611 0000", "0000"]),
        ("+12125550100", ["(212) 555-0100", "+1 212 555 0100", "0100", "2125550100"]),
        ("+442079460958", ["+44 20 7946 0958", "2079460958", "02079460958", "0958"]),
        ("+353861234567", ["861234567", "4567"]),
    ],
)
def test_telephones(phone: str, texts: list[str]) -> None:
    index = Index()
    index.add(7, Findable(phones=(phone,)))

    assert [text for text in texts if index.search(text) != [7]] == []
    index.connection.close()


@pytest.mark.parametrize(
    ("text", "fts5", "tsquery"),
    [
        ("", None, None),
        (
            "王 1998",
            f'"王" AND ("{year_word(1998)}" OR "t8991"*)',
            f"'王' & ('{year_word(1998)}' | 't8991':*)",
        ),
        ("辽宁", '("l7x" OR "l8x" OR ("辽宁" OR "o辽宁"))', "('l7x' | 'l8x' | ('辽宁' | 'o辽宁'))"),
        (
            "曾國強",
            '(("曾国" AND "国强") OR ("o曾国" AND "o国强"))',
            "(('曾国' & '国强') | ('o曾国' & 'o国强'))",
        ),
        ("zg g", '"zg"*', "'zg':*"),
        ("z g", '"zg"*', "'zg':*"),
    ],
)
def test_compiled(text: str, fts5: str | None, tsquery: str | None) -> None:
    assert for_fts5(query(text, TAGS)) == fts5
    assert for_tsquery(query(text, TAGS)) == tsquery


def words_of(terms: Iterable[Word | Term]) -> Iterator[Word]:
    for term in terms:
        if isinstance(term, Word):
            yield term
        else:
            yield from words_of(part for way in term.alternatives for part in way)


def check_harmless(index: Index, text: str) -> None:
    """It runs, and nothing but words stands between the quotes."""
    for tags in ({}, {run: ["k5x"] for run in runs(text)}):
        index.search(text, tags)
        compiled = for_tsquery(query(text, tags))
        words = list(words_of(query(text, tags)))
        assert all(re.fullmatch(f"{WORD}{{1,65}}", word.text) for word in words)
        assert (compiled is None) == (words == [])


@settings(deadline=None)
@given(st.text(max_size=300))
def test_any_text_may_be_asked(index: Index, text: str) -> None:
    check_harmless(index, text)


@settings(deadline=None)
@given(st.text(alphabet="曾国第级班19ab@ -'\"*():&|!\\\0\ud800", max_size=40))
def test_any_likely_text_may_be_asked(index: Index, text: str) -> None:
    check_harmless(index, text)


@settings(deadline=None)
@given(st.text(alphabet=st.characters(exclude_categories=["Cs"]), max_size=40))
def test_any_text_may_be_a_person(text: str) -> None:
    person = Findable(
        name_zh=text,
        surname=text,
        given=text,
        latin_names=(text,),
        emails=(text,),
        phones=(text,),
        student_numbers=(text,),
        employers=(text,),
    )
    words = document(person).split(" ")

    assert words == sorted(set(words))
    assert all(re.fullmatch(f"{WORD}*", word) for word in words)


@settings(deadline=None)
@given(st.text(alphabet="曾国强小欧阳吕單乾", min_size=2, max_size=4))
def test_whoever_is_entered_is_found(name: str) -> None:
    read = reading_of(name)
    index = Index()
    index.add(3, Findable(name_zh=name, surname=read.surname, given=read.given))
    joined = f"{read.surname} {read.given}".replace(" ", "")

    for text in (name, name[-1], name[1:], f"{read.surname} {read.given}", joined, joined[:4]):
        assert index.search(text) == [3]
    index.connection.close()


def test_hostile_strings(index: Index) -> None:
    if not HOSTILE.exists():
        pytest.skip(f"{HOSTILE.name} is not here")
    with HOSTILE.open(encoding="utf-8") as lines:
        for line in lines:
            text = json.loads(line)["text"]
            check_harmless(index, text)
            document(Findable(name_zh=text, latin_names=(text,), emails=(text,)))


def test_several_words_are_no_address() -> None:
    """Each would be looked for among all addresses, which doubles what a search costs."""
    assert '"0zeng"*' in str(for_fts5(query("zeng")))
    assert '"0' not in str(for_fts5(query("zeng guoqiang")))
    assert '"0zeng163com"*' in str(for_fts5(query("zeng@163.com 1998")))
