"""Cards for address books, read back by hand as RFC 2426 says."""

import re
from datetime import UTC, datetime

import hypothesis.strategies as st
import pytest
from hypothesis import given

from alumni.exports.vcards import LONGEST_LINE, Card, as_vcards

pytestmark = pytest.mark.pure

ZENG = Card(
    uid="x" * 22,
    full="曾国强",
    family="曾",
    given="国强",
    nickname="Kevin",
    organisation="大连医科大学附属第一医院",
    department="心内科",
    title="主任医师",
    phones=[("CELL", "+8613800001234"), ("work", "+8641112345678")],
    emails=["zeng@example.org"],
    city="大连",
    country="中国",
    note="1998届 临床医学 3班\n微信：zeng, guoqiang",
    revision=datetime(2026, 11, 3, 9, 12, tzinfo=UTC),
)


def written(*cards: Card) -> str:
    return b"".join(as_vcards(cards)).decode()


def read(text: str) -> list[tuple[str, list[str]]]:
    """The properties of a card, each with the parts of its value."""
    assert text.endswith("\r\n")
    lines = text.replace("\r\n ", "").removesuffix("\r\n").split("\r\n")
    return [(name, parted(value)) for name, _, value in (line.partition(":") for line in lines)]


def parted(value: str) -> list[str]:
    parts = re.findall(r"((?:\\.|[^\\;])*)(?:;|$)", value)
    if not value.endswith(";"):
        parts.pop()  # the empty match at the end
    return [re.sub(r"\\(.)", lambda m: "\n" if m[1] == "n" else m[1], part) for part in parts]


def test_a_card_says_all_that_it_was_given() -> None:
    assert read(written(ZENG)) == [
        ("BEGIN", ["VCARD"]),
        ("VERSION", ["3.0"]),
        ("UID", ["x" * 22]),
        ("FN", ["曾国强"]),
        ("N", ["曾", "国强", "", "", ""]),
        ("NICKNAME", ["Kevin"]),
        ("ORG", ["大连医科大学附属第一医院", "心内科"]),
        ("TITLE", ["主任医师"]),
        ("TEL;TYPE=CELL", ["+8613800001234"]),
        ("TEL;TYPE=WORK", ["+8641112345678"]),
        ("EMAIL;TYPE=INTERNET", ["zeng@example.org"]),
        ("ADR", ["", "", "", "大连", "", "", "中国"]),
        ("NOTE", ["1998届 临床医学 3班\n微信：zeng, guoqiang"]),
        ("REV", ["2026-11-03T09:12:00Z"]),
        ("END", ["VCARD"]),
    ]


def test_what_is_empty_is_left_out() -> None:
    assert [name for name, _ in read(written(Card(uid="1", full="John")))] == [
        *("BEGIN", "VERSION", "UID", "FN", "N", "END")
    ]


def test_special_characters_are_escaped_as_the_standard_says() -> None:
    card = Card(uid="1", full=r"a\b,c;d" + "\r\ne")

    assert "FN:a\\\\b\\,c\\;d\\ne\r\n" in written(card)


def test_nothing_in_a_value_begins_a_line_of_its_own() -> None:
    for end in ("\n", "\r", "\r\n", "\x85", "\u2028", "\u2029", "\v", "\f"):
        card = Card(uid="1", full=f"Zeng{end}TEL:110", phones=[(f"CELL:1{end}TEL", "1")])

        assert [name for name, _ in read(written(card))] == [
            *("BEGIN", "VERSION", "UID", "FN", "N", "TEL;TYPE=CELLTEL", "END")
        ]


def test_several_cards_are_one_file() -> None:
    pieces = list(as_vcards([ZENG, Card(uid="2", full="王伟")]))

    assert len(pieces) == 2
    assert all(piece.startswith(b"BEGIN:VCARD\r\n") for piece in pieces)
    assert all(piece.endswith(b"END:VCARD\r\n") for piece in pieces)


@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=200))
def test_any_text_comes_back_and_no_line_is_too_long(text: str) -> None:
    plain = re.sub("\r\n|[\r\v\f\x85\u2028\u2029]", "\n", text)

    content = b"".join(as_vcards([Card(uid="1", full="x", note=text)]))

    assert dict(read(content.decode())).get("NOTE", [""]) == [plain]
    assert max(map(len, content.split(b"\r\n"))) <= LONGEST_LINE
    for line in content.split(b"\r\n"):
        line.decode()  # cut between characters
