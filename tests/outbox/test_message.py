import base64
import email
import email.policy
import json
import re
import unicodedata
from dataclasses import replace
from datetime import UTC, datetime
from email.header import decode_header, make_header
from email.message import EmailMessage, MIMEPart
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alumni.outbox.message import Letter, as_bytes

CORPUS = Path(__file__).parents[2].parent / "shared" / "corpora" / "hostile-strings.jsonl"
INVITATION = "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nMETHOD:REQUEST\r\nEND:VCALENDAR\r\n"
LETTER = Letter(
    from_name="大连校友会",
    from_address="news@mail.example.org",
    to_name="欧阳喆堃",
    to_address="ouyang@example.com",
    subject="秋季通讯",
    text="您好",
    message_id="<m7.42@mail.example.org>",
    date=datetime(2026, 11, 3, 9, 30, tzinfo=UTC),
)
in_header = st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Zl", "Zp"]))


def parsed(letter: Letter) -> EmailMessage:
    return email.message_from_bytes(as_bytes(letter), policy=email.policy.default)


def headers(letter: Letter) -> list[str]:
    return as_bytes(letter).partition(b"\r\n\r\n")[0].decode("ascii").split("\r\n")


def unfolded(letter: Letter) -> list[str]:
    return "\r\n".join(headers(letter)).replace("\r\n ", " ").split("\r\n")


def changed(name: str, value: str) -> dict[str, Any]:
    return {name: value}


def name_of_reader(letter: Letter) -> str:
    """Return the name in the old parser's reading: the newer one puts spaces between words."""
    message = email.message_from_bytes(as_bytes(letter))
    unfolded = message["To"].replace("\r\n", "")
    display = unfolded.removesuffix(f"<{letter.to_address}>").removesuffix(" ")
    if display.startswith('"'):
        return re.sub(r"\\(.)", r"\1", display[1:-1])
    return str(make_header(decode_header(display)))


def unix(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\r", "\n")


def body(part: MIMEPart) -> str:
    return unix(part.get_content())


def test_a_plain_letter_to_the_byte() -> None:
    plain = replace(
        LETTER, from_name="Alumni", to_name='Li "Max" Ming', subject="Hello", text="Hi\n"
    )

    assert as_bytes(plain).decode() == (
        'From: "Alumni" <news@mail.example.org>\r\n'
        'To: "Li \\"Max\\" Ming" <ouyang@example.com>\r\n'
        "Subject: Hello\r\n"
        "Date: Tue, 03 Nov 2026 09:30:00 +0000\r\n"
        "Message-ID: <m7.42@mail.example.org>\r\n"
        "MIME-Version: 1.0\r\n"
        "Content-Type: text/plain; charset=utf-8\r\n"
        "Content-Transfer-Encoding: base64\r\n"
        "\r\n"
        "SGkNCg==\r\n"
    )


def test_all_three_bodies_from_plain_to_rich() -> None:
    message = parsed(replace(LETTER, html="<p>您好</p>", calendar=INVITATION))

    parts = list(message.iter_parts())
    assert message.get_content_type() == "multipart/alternative"
    assert [(part.get_content_type(), body(part)) for part in parts] == [
        ("text/plain", "您好"),
        ("text/html", "<p>您好</p>"),
        ("text/calendar", unix(INVITATION)),
    ]
    assert parts[2].get_param("method") == "REQUEST"
    assert [part.get_content_charset() for part in parts] == ["utf-8"] * 3


def test_an_invitation_needs_no_html() -> None:
    message = parsed(replace(LETTER, calendar=INVITATION))

    kinds = [part.get_content_type() for part in message.iter_parts()]
    assert kinds == ["text/plain", "text/calendar"]


def test_a_calendar_without_method_is_no_invitation() -> None:
    with pytest.raises(ValueError, match="method"):
        as_bytes(replace(LETTER, calendar="BEGIN:VCALENDAR\r\nEND:VCALENDAR\r\n"))


def test_a_mailing_can_be_left_with_one_click() -> None:
    link = "https://alumni.example.org/u/" + "a" * 300
    mailing = replace(
        LETTER,
        list_id="dalian.lists.example.org",
        list_name="大连校友会",
        unsubscribe_url=link,
        unsubscribe_mailto="u+token@example.org",
        delivery_token="m7abc",
    )

    assert headers(mailing)[-8:-2] == [
        "X-Alumni-Delivery: m7abc",
        "List-Id: =?utf-8?b?5aSn6L+e5qCh5Y+L5Lya?= <dalian.lists.example.org>",
        f"List-Unsubscribe: <{link}>, <mailto:u+token@example.org>",
        "List-Unsubscribe-Post: List-Unsubscribe=One-Click",
        "Precedence: bulk",
        "MIME-Version: 1.0",
    ]


def test_by_mail_alone_there_is_no_one_click() -> None:
    by_mail = headers(replace(LETTER, unsubscribe_mailto="u+token@example.org"))

    assert by_mail[-5:-3] == [
        "List-Unsubscribe: <mailto:u+token@example.org>",
        "Precedence: bulk",
    ]


def test_a_notification_says_so() -> None:
    notification = parsed(replace(LETTER, auto_generated=True, reply_to="office@example.org"))

    assert notification["Auto-Submitted"] == "auto-generated"
    assert notification["Reply-To"] == "office@example.org"
    assert notification["Precedence"] is None
    assert notification["List-Unsubscribe"] is None


@pytest.mark.parametrize(
    "subject",
    [
        "",
        " ",
        "two  spaces",
        " before",
        "after ",
        "=?utf-8?q?no?=",
        "word " * 40,
        "w" * 400,
        "通" * 400,
    ],
)
def test_subjects_come_back(subject: str) -> None:
    assert parsed(replace(LETTER, subject=subject))["Subject"] == subject


@given(subject=in_header, text=st.text(st.characters(codec="utf-8")))
def test_any_subject_and_body_come_back(subject: str, text: str) -> None:
    message = parsed(replace(LETTER, subject=subject, text=text))

    assert message["Subject"] == subject
    assert body(message) == unix(text)


@given(name=in_header, subject=in_header)
def test_any_name_comes_back_in_short_lines(name: str, subject: str) -> None:
    letter = replace(LETTER, to_name=name, subject=subject)

    assert name_of_reader(letter) == name
    assert [a.addr_spec for a in parsed(letter)["To"].addresses] == ["ouyang@example.com"]
    assert max(map(len, headers(letter))) <= 78
    assert all(len(word) <= 75 for line in headers(letter) for word in line.split())


@given(subject=in_header)
def test_no_character_is_cut_in_two(subject: str) -> None:
    """Most readers decode each word by itself."""
    field = next(line for line in unfolded(replace(LETTER, subject=subject)) if "Subject:" in line)

    for word in re.findall(r"=\?utf-8\?b\?([^?]*)\?=", field):
        assert base64.b64decode(word).decode() in subject


@pytest.mark.parametrize(
    "name", ["欧阳喆堃", "Li Ming", 'a\\b "c"', "x@y.cn, <z@y.cn>", "José 🎓", "李𬭎㛃"]
)
def test_names_come_back_for_the_newer_parser(name: str) -> None:
    letter = replace(LETTER, from_name=name, to_name=name)

    message = parsed(letter)

    assert message["From"].addresses[0].display_name == name
    assert message["To"].addresses[0].display_name == name


def test_hostile_strings_come_back_or_are_refused() -> None:
    if not CORPUS.exists():
        pytest.skip(f"no {CORPUS}")
    strings = [json.loads(line)["text"] for line in CORPUS.read_text("utf-8").splitlines()]
    refused = []
    for text in strings:
        letter = replace(LETTER, text=text, html=text)
        try:
            message = parsed(replace(letter, subject=text))
        except ValueError:
            refused.append(text)
            message = parsed(letter)
        else:
            assert message["Subject"] == text
            assert name_of_reader(replace(LETTER, to_name=text)) == text
        assert [body(part) for part in message.iter_parts()] == [unix(text)] * 2
    assert refused == [
        text for text in strings if any(unicodedata.category(c) in ("Cc", "Zl", "Zp") for c in text)
    ]


@pytest.mark.parametrize(
    "control", ["\r", "\n", "\r\n Bcc: x@y.cn", "\0", "\t", "\x1b", "\x85", "\u2028"]
)
@pytest.mark.parametrize(
    "name",
    [
        "from_name",
        "from_address",
        "to_name",
        "to_address",
        "reply_to",
        "subject",
        "message_id",
        "list_id",
        "list_name",
        "unsubscribe_url",
        "unsubscribe_mailto",
        "delivery_token",
    ],
)
def test_nothing_breaks_out_of_its_header(name: str, control: str) -> None:
    whole = replace(
        LETTER,
        reply_to="office@example.org",
        list_id="a.example.org",
        unsubscribe_url="https://alumni.example.org/u/x",
        unsubscribe_mailto="u@example.org",
        delivery_token="x",
    )
    as_bytes(whole)
    value = getattr(whole, name)

    for broken in (value + control, control + value, value[:1] + control + value[1:]):
        with pytest.raises(ValueError, match=r"control|not a valid"):
            as_bytes(replace(whole, **changed(name, broken)))


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("to_address", "a@x.cn,b@y.cn"),
        ("to_address", "张三@例子.公司"),
        ("to_address", '"a b"@x.cn'),
        ("to_address", "a@x.cn> SIZE=1"),
        ("to_address", ""),
        ("message_id", "m1@x.cn"),
        ("unsubscribe_url", "javascript:alert(1)"),
        ("unsubscribe_url", "https://x.cn/>, <https://y.cn/"),
        ("unsubscribe_url", "https://x.cn/" + "a" * 1000),
        ("message_id", f"<{'m' * 1000}@x.cn>"),
        ("delivery_token", "a" * 1000),
        ("list_id", "dalian"),
        ("subject", "\ud800"),
    ],
)
def test_what_cannot_be_written_is_refused(name: str, value: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - three kinds, one of them Python's own
        as_bytes(replace(LETTER, **changed(name, value)))


def test_a_date_needs_a_zone() -> None:
    with pytest.raises(ValueError, match="zone"):
        as_bytes(replace(LETTER, date=datetime(2026, 11, 3)))  # noqa: DTZ001 - it is what is refused
