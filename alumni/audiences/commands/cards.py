"""A list of people as cards for an address book."""

from collections.abc import Generator
from typing import Any, NamedTuple

from alumni.audiences.queries import exports as queries
from alumni.audiences.queries.exports import Selection
from alumni.authz import Actor
from alumni.exports.tables import Tally
from alumni.exports.vcards import Card, as_vcards
from alumni.i18n import _, language, speaking
from alumni.people.models import Person
from alumni.people.queries import display_name
from alumni.people.queries.cards import parts_of_name, phone_kind
from alumni.people.queries.facts import class_text

COLUMNS = (
    "name",
    "graduation_year",
    "college",
    "major",
    "class_label",
    "employer",
    "department",
    "title",
    "phone",
    "other_phones",
    "email",
    "other_emails",
    "wechat",
    "postal",
    "city",
    "country",
)
"""What stands on a card, as far as it may be seen."""

NAMES = (
    Person.public_id,
    Person.name_zh,
    Person.name_latin,
    Person.name_en,
    Person.pinyin_surname,
    Person.pinyin_given,
)


class Words(NamedTuple):
    """What is said in a language, found out while there is one."""

    language: str
    separator: str
    """Between several values of a column."""
    wechat: str
    """With a place for the value."""


def written(
    actor: Actor, selection: Selection, separator: str, tally: Tally
) -> Generator[bytes, None, None]:
    words = Words(language(), separator, _("WeChat: %(value)s", value="{}"))
    rows = queries.table(actor, selection, COLUMNS).streamed(*NAMES)

    def written_out() -> Generator[bytes, None, None]:
        for batch in rows:
            with speaking(words.language):  # by now the request has been answered
                cards = b"".join(as_vcards(_card(row, words) for row in batch))
            yield cards
            tally.rows += len(batch)

    return written_out()


def _card(row: Any, words: Words) -> Card:
    full = display_name(row, words.language)
    family, given = parts_of_name(full, row.pinyin_surname)
    return Card(
        uid=row.public_id,
        full=full,
        family=family,
        given=given,
        nickname=row.name_en if row.name_en and row.name_en != full else "",
        organisation=row.employer or "",
        department=row.department or "",
        title=row.title or "",
        phones=[
            (phone_kind(number), number)
            for number in _several(row.phone, row.other_phones, words.separator)
        ],
        emails=_several(row.email, row.other_emails, words.separator),
        city=row.city or "",
        country=row.country or "",
        note="\n".join(_notes(row, words)),
    )


def _several(first: str | None, others: str | None, separator: str) -> list[str]:
    return [value for value in (first, *(others or "").split(separator)) if value]


def _notes(row: Any, words: Words) -> list[str]:
    """What a card has no place of its own for, a line each."""
    studied = row.major or row.college or ""
    lines = (
        class_text(row.graduation_year, None, studied, row.class_label),
        words.wechat.format(row.wechat) if row.wechat else "",
        row.postal or "",
    )
    return [line for line in lines if line]
