"""Words typed into the search box."""

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import ColumnElement, select

from alumni.audiences.criteria.base import Chip, Control, Criterion, Kind, Question
from alumni.authz import Actor
from alumni.i18n import _, lazy_gettext
from alumni.people.models import Person
from alumni.people.queries.search import hits, matches, named_exactly


@dataclass(frozen=True)
class Text(Criterion):
    """Words typed into the search box: a name in any script, pinyin, initials, numbers, years …"""

    typed: str

    def parameters(self) -> dict[str, str]:
        return {"q": self.typed}

    def condition(self, actor: Actor) -> ColumnElement[bool]:
        return Person.id.in_(select(self.hits(actor)).where(self.matches(actor)))

    def hits(self, actor: Actor) -> ColumnElement[int]:
        """The person's number in the index that the actor searches."""
        return hits(actor)

    def matches(self, actor: Actor) -> ColumnElement[bool]:
        """Over that index. Where there is no word to look for nothing is found."""
        return matches(actor, self.typed)

    def names_exactly(self) -> ColumnElement[bool]:
        """Over ``Person``: whether the whole name was typed."""
        return named_exactly(self.typed)

    def chips(self) -> list[Chip]:
        return [Chip(_("“%(text)s”", text=self.typed), ("q",))]


def _read(_actor: Actor, given: Mapping[str, str]) -> Text:
    return Text(given["q"])


KIND = Kind(
    ("q",),
    _read,
    questions=(
        Question(
            "q",
            lazy_gettext("Words that are searched for"),
            (Control("q", lazy_gettext("Name, pinyin, number, employer …")),),
        ),
    ),
)
