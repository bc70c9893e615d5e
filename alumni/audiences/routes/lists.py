"""What the office's list of people and the graduates' directory have in common."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, NamedTuple

from flask import flash

from alumni.audiences import queries
from alumni.audiences.criteria import Audience, address, parameters
from alumni.audiences.queries import Mark, PeoplePage, Window
from alumni.authz import Actor
from alumni.errors import BadRequest
from alumni.i18n import LANGUAGES, language
from alumni.people.fields.words import status_words
from alumni.people.forms.statuses import Standing, standing_words
from alumni.people.models import PersonStatus
from alumni.people.names import written
from alumni.people.queries.facts import class_text
from alumni.web import asked

BADGES = {
    PersonStatus.VERIFIED: "ok",
    PersonStatus.APPLICANT: "wait",
    Standing.LOST: "wait",
    Standing.CONTACT: "wait",
}


class Line(NamedTuple):
    """A row of the list as the page shows it. Unpacked there: it is the hottest loop we have."""

    url: str
    name: str
    sub: str
    class_text: str
    employer: str
    title: str
    city: str
    badge: str
    status: str


@dataclass(frozen=True, kw_only=True)
class Listing:
    """What an address asks of a list of people, and a page of whom it finds."""

    here: str
    """The path of the list."""
    audience: Audience
    page: PeoplePage
    status: int
    """Of the answer: 400 where a condition could not be read and was left out."""

    @property
    def query(self) -> dict[str, str]:
        return self.audience.to_query()

    def with_(self, **more: str) -> str:
        """The address of the list with more conditions."""
        return address(self.here, self.query | more)

    def shown(self, person_url: str) -> dict[str, Any]:
        """For the template. The page of a person is the address and the person's public id."""
        query = self.query
        return {
            "audience": self.audience,
            "here": self.here,
            "query": query,
            "without_text": {name: value for name, value in query.items() if name != "q"},
            "page": self.page,
            "lines": list(lines(self.page, person_url)),
            "chips": self.audience.chips(self.here),
            "newer_url": self._turned("before", self.page.newer),
            "older_url": self._turned("after", self.page.older),
        }

    def _turned(self, name: str, row: Mark | None) -> str | None:
        """The address of the page after or before the row."""
        return self.with_(**{name: str(row)}) if row else None


def listing(actor: Actor, here: str) -> Listing:
    """Read the address of this request, and look for whom it means."""
    given = asked([*parameters(actor), "after", "before"])
    window = Window.read(given.pop("after", []), given.pop("before", []))
    audience, status = wanted(actor, given)
    return Listing(
        here=here,
        audience=audience,
        page=queries.people(actor, audience, window),
        status=status,
    )


def wanted(actor: Actor, given: Mapping[str, list[str]]) -> tuple[Audience, int]:
    """What is looked for, and the page's status: a value that means nothing is said and left out,

    and the other conditions stay.
    """
    status, left = 200, dict(given)
    while True:
        try:
            return Audience.from_query(actor, left), status
        except BadRequest as refusal:
            if refusal.field not in left:
                raise
            del left[refusal.field]
            status = refusal.status
            flash(str(refusal), "bad")


def lines(page: PeoplePage, person_url: str) -> Iterator[Line]:
    """Each row in the reader’s language. A person’s page is the address and the public id."""
    here = language()
    other, words = "en" if here == "zh" else "zh", _state_words(here)
    for row in page.rows:
        parts = (row.name_zh, row.name_latin, row.pinyin_surname, row.pinyin_given)
        name = written(*parts, here) or row.name_en or ""
        sub = written(*parts, other) or row.name_en or ""
        if row.name_en and row.name_en not in (name, sub):
            sub = f"{sub} · {row.name_en}"
        state, subject = row.state, row.major or row.college or ""
        yield Line(
            person_url + row.public_id,
            name,
            "" if sub == name else sub,
            _class_text(here, row.graduation_year, row.entry_year, subject, row.class_label),
            row.employer or "",
            row.title or "",
            row.city or "",
            BADGES.get(state, "off"),
            words[state],
        )


@lru_cache(maxsize=4096)
def _class_text(
    _language: str,
    graduation_year: int | None,
    entry_year: int | None,
    subject: str,
    label: str | None,
) -> str:
    """Kept, since many have the same: put together for each row it would be a tenth of the page."""
    return class_text(graduation_year, entry_year, subject, label)


@lru_cache(maxsize=len(LANGUAGES))
def _state_words(_language: str) -> dict[str, str]:
    return status_words() | {state.value: words for state, words in standing_words().items()}
