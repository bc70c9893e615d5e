import json
import re
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from alumni.people.names import Reading, reading_of
from alumni.people.tokens import Findable, document, for_fts5, for_tsquery, query, tagged

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
    tags=("c12", "k5"),
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

    def search(self, text: str, *tags: str) -> list[int]:
        asked = for_fts5([*query(text), *map(tagged, tags)])
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
        *("1999", "99级", "139", "3班", "连", "o0merck", "c12", "c1", "k5", "y1998", "y", "m0zeng"),
        *("Kevin Li", "zeng.gx", "zeng@gmail.com", "", " ", "!!!", "*", '"', "5"),
    ],
)
def test_not_found(index: Index, text: str) -> None:
    assert index.search(text) == []


def test_tags_narrow(index: Index) -> None:
    assert index.search("zeng", "c12", "k5") == [1]
    assert index.search("", "c12") == [1]
    assert index.search("zeng", "c1") == []


def test_document_is_its_words_in_order() -> None:
    person = Findable(
        name_zh="吴喆", surname="wu", given="zhe", years=(2001,), phones=("+12125550100",)
    )

    assert document(person) == (
        "p12125550100 p2125550100 t00105552121 w wuz wuzhe wz y2001 zhewu zw zwu 吴 吴喆 喆"
    )
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
        ("王 1998", '"王" AND ("y1998" OR "t8991"*)', "'王' & ('y1998' | 't8991':*)"),
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
    assert for_fts5(query(text)) == fts5
    assert for_tsquery(query(text)) == tsquery


def check_harmless(index: Index, text: str) -> None:
    """It runs, and nothing but words stands between the quotes."""
    index.search(text)
    compiled = for_tsquery(query(text))
    words = [word for term in query(text) for way in term.alternatives for word in way]
    assert all(re.fullmatch(r"[^\W_]{1,66}", word.text) for word in words)
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
    assert all(re.fullmatch(r"[^\W_]*", word) for word in words)


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
