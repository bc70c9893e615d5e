"""The audience language: what can be asked of people, in an address, in SQL and in words.

An audience is a value made of criteria that must all be met. The member list, the export and the
command line read the same parameters into it; slices above register criteria of their own.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple
from unicodedata import normalize
from urllib.parse import parse_qs, urlencode

from sqlalchemy import (
    ColumnElement,
    Select,
    and_,
    bindparam,
    cast,
    column,
    false,
    func,
    literal_column,
    or_,
    select,
    table,
    true,
)
from sqlalchemy import Text as LongText
from sqlalchemy.dialects.postgresql import TSQUERY

from alumni.authz import SYSTEM, Actor
from alumni.chapters.models import Chapter, ChapterMembership, MembershipState
from alumni.chapters.queries import chapters
from alumni.codes.models import Code, CodeKind, Place
from alumni.codes.queries import find_place
from alumni.db import GREATEST, db, is_clean, is_postgresql
from alumni.errors import BadRequest
from alumni.i18n import _, either, language
from alumni.people import names, tokens
from alumni.people.fields import status_words
from alumni.people.models import ContactKind, ContactPoint, Person, PersonStatus, Residence, Study
from alumni.people.models.search import PersonSearch
from alumni.people.policy import GONE, may_view_people, shown

LONGEST = 80
"""Characters of a value that can be meant; what is typed into the search box may be longer."""

FIRST_YEAR, LAST_YEAR = 1900, 2100
CENTURY = 40
"""Of a year of two digits: 98 is 1998, and 05 is 2005."""

PERSON_FTS = table("person_fts", column("rowid", Person.id.type))
EVERY_WORD: ColumnElement[str] = literal_column("person_fts")
"""What SQLite takes for the whole of a full-text index: a column of its own name."""


class Chip(NamedTuple):
    """A part of a criterion, in words, and the parameters that go when it is taken away."""

    label: str
    parameters: tuple[str, ...]


class Criterion(ABC):
    """One thing asked of people. A frozen value: equal if it asks the same."""

    @abstractmethod
    def parameters(self) -> dict[str, str]:
        """What it is in an address, in its one canonical form."""

    @abstractmethod
    def condition(self, actor: Actor) -> ColumnElement[bool]:
        """Over ``Person``, without joining anything to it. What the actor may not see of somebody

        does not count as there.
        """

    @abstractmethod
    def chips(self) -> list[Chip]:
        """In the language of the moment."""


class Beside(Criterion):
    """Asked of rows in a table that hang on people: memberships, studies, homes."""

    @abstractmethod
    def people(self, actor: Actor) -> Select[int]:
        """Their ids, the same more than once where a person has more than one such row."""

    def condition(self, actor: Actor) -> ColumnElement[bool]:
        """Begins at those rows: right where they are few, or where all are read anyway."""
        return Person.id.in_(self.people(actor))

    def probed(self, actor: Actor) -> ColumnElement[bool]:
        """The same, looked up for one person after the other: right where most have such a row."""
        people = self.people(actor)
        return people.where(people.selected_columns[0] == Person.id).correlate(Person).exists()


class Kind(NamedTuple):
    """Criteria of one kind: the parameters they are read from, and how."""

    parameters: tuple[str, ...]
    read: Callable[[Actor, Mapping[str, str]], Criterion]
    """Of the parameters that are given, at least one; a BadRequest if a value is not possible."""
    is_private: bool = False
    """Whether only the office may ask."""


class Named(NamedTuple):
    """A chapter, college or place that is asked for."""

    id: int
    name_zh: str
    name_en: str

    @property
    def name(self) -> str:
        return either(self.name_zh, self.name_en)


@dataclass(frozen=True)
class Audience:
    """Whom somebody means: all people that meet every criterion."""

    criteria: tuple[Criterion, ...] = ()

    @classmethod
    def from_query(cls, actor: Actor, given: Mapping[str, Sequence[str]]) -> "Audience":
        """Read the parameters of an address. Empty ones, as forms send them, ask for nothing."""
        values = {name: _only(name, sent) for name, sent in given.items()}
        unknown = sorted(set(values) - set(parameters(actor)))
        if unknown:
            raise BadRequest(
                _("There is no condition called “%(name)s”.", name=unknown[0]), field=unknown[0]
            )
        asked = {name: value for name, value in values.items() if value}
        mine = ({name: asked[name] for name in kind.parameters if name in asked} for kind in KINDS)
        return cls(
            tuple(kind.read(actor, some) for kind, some in zip(KINDS, mine, strict=True) if some)
        )

    @classmethod
    def from_text(cls, actor: Actor, query: str) -> "Audience":
        """Read what stands in the address of a list behind the question mark."""
        if not is_clean(query):
            raise BadRequest(_("The address contains a hidden character."))
        return cls.from_query(actor, parse_qs(query.removeprefix("?"), keep_blank_values=True))

    def to_query(self) -> dict[str, str]:
        return {
            name: value
            for criterion in self.criteria
            for name, value in criterion.parameters().items()
        }

    def to_text(self) -> str:
        return urlencode(self.to_query())

    def condition(self, actor: Actor) -> ColumnElement[bool]:
        """Over ``Person``: whom it means, as far as the actor may know. Not who may be found."""
        return and_(true(), *(criterion.condition(actor) for criterion in self.criteria))

    def sentence(self) -> str:
        """Whom it is about, in words of the language of the moment."""
        labels = [chip.label for criterion in self.criteria for chip in criterion.chips()]
        return ("，" if language() == "zh" else ", ").join(labels) or _("All people")

    def chips(self, path: str) -> list[tuple[str, str]]:
        """Each part in words, with the address of the list without it."""
        query = self.to_query()
        return [
            (chip.label, address(path, query, without=chip.parameters))
            for criterion in self.criteria
            for chip in criterion.chips()
        ]

    @property
    def text(self) -> "Text | None":
        """What is looked for by the search index, if anything is."""
        return next((one for one in self.criteria if isinstance(one, Text)), None)


def address(path: str, query: Mapping[str, str], without: Sequence[str] = ()) -> str:
    rest = urlencode({name: value for name, value in query.items() if name not in without})
    return f"{path}?{rest}" if rest else path


def parameters(actor: Actor = SYSTEM) -> tuple[str, ...]:
    """All that may stand in the address of a list of people."""
    sees_all = may_view_people(actor)
    return tuple(
        name for kind in KINDS if sees_all or not kind.is_private for name in kind.parameters
    )


def register(kind: Kind) -> None:
    """Let audiences be asked for by something that a slice above knows."""
    if set(kind.parameters) & set(parameters()):
        raise ValueError(f"{kind.parameters} are taken")
    KINDS.append(kind)


def impossible(name: str, value: str) -> BadRequest:
    """What to raise for a value that a parameter cannot have."""
    return BadRequest(
        _("The condition “%(name)s” cannot be “%(value)s”.", name=name, value=value[:LONGEST]),
        field=name,
    )


@dataclass(frozen=True)
class Text(Criterion):
    """Words typed into the search box: a name in any script, pinyin, initials, numbers, years …"""

    typed: str

    def parameters(self) -> dict[str, str]:
        return {"q": self.typed}

    def condition(self, actor: Actor) -> ColumnElement[bool]:
        return Person.id.in_(select(self.hit()).where(self.matches()))

    def hit(self) -> ColumnElement[int]:
        """The person's number in the search index."""
        return PersonSearch.person_id.expression if is_postgresql() else PERSON_FTS.c.rowid

    def matches(self) -> ColumnElement[bool]:
        """Over the search index. Where there is no word to look for nothing is found."""
        terms = tokens.query(self.typed)
        if is_postgresql():
            asked = tokens.for_tsquery(terms)
            return PersonSearch.tokens.op("@@")(cast(asked, TSQUERY)) if asked else false()
        asked = tokens.for_fts5(terms)
        wanted = bindparam("words", asked, LongText, unique=True)
        return EVERY_WORD.op("MATCH")(wanted) if asked else false()

    def names_exactly(self) -> ColumnElement[bool]:
        """Whether the whole name was typed, in Chinese or in full pinyin."""
        name = names.tidy_name(self.typed)
        written = Person.name_zh.in_({name[:LONGEST], names.simplified(name)[:LONGEST]})
        reading = names.tidy_reading(self.typed).replace(" ", "")
        if not reading:
            return written
        pinyin = func.replace(Person.pinyin_surname + Person.pinyin_given, " ", "")
        return or_(written, pinyin == reading)

    def chips(self) -> list[Chip]:
        return [Chip(_("“%(text)s”", text=self.typed), ("q",))]


@dataclass(frozen=True)
class InChapter(Beside):
    """Members of the chapter as it is today."""

    slug: str
    chapter: Named

    def parameters(self) -> dict[str, str]:
        return {"chapter": self.slug}

    def people(self, actor: Actor) -> Select[int]:
        return select(ChapterMembership.person_id).where(
            ChapterMembership.chapter_id == self.chapter.id,
            ChapterMembership.state == MembershipState.ACTIVE,
        )

    def chips(self) -> list[Chip]:
        return [Chip(self.chapter.name, ("chapter",))]


@dataclass(frozen=True)
class Studied(Beside):
    """Who graduated in these years from this college: both is asked of one course of study."""

    first: int | None = None
    last: int | None = None
    college: Named | None = None

    def parameters(self) -> dict[str, str]:
        asked = {
            "year_from": self.first,
            "year_to": self.last,
            "college": self.college.id if self.college else None,
        }
        return {name: str(value) for name, value in asked.items() if value is not None}

    def people(self, actor: Actor) -> Select[int]:
        studies = select(Study.person_id).where(shown(actor, Study))
        if self.first is not None:
            studies = studies.where(Study.graduation_year >= self.first)
        if self.last is not None:
            studies = studies.where(Study.graduation_year <= self.last)
        if self.college:
            studies = studies.where(Study.college_id == self.college.id)
        return studies

    def chips(self) -> list[Chip]:
        chips = []
        if self.first is not None or self.last is not None:
            chips.append(Chip(self._years(), ("year_from", "year_to")))
        if self.college:
            chips.append(Chip(self.college.name, ("college",)))
        return chips

    def _years(self) -> str:
        words: str = _("Classes of %(first)s–%(last)s", first=self.first, last=self.last)
        if self.first is None:
            words = _("Class of %(year)s or earlier", year=self.last)
        elif self.last is None:
            words = _("Class of %(year)s or later", year=self.first)
        elif self.first == self.last:
            words = _("Class of %(year)s", year=self.first)
        return words


@dataclass(frozen=True)
class LivesIn(Beside):
    """Who lives in the place now, or somewhere in it; or in the city that is written like that."""

    written: str
    place: Named | None = None

    def parameters(self) -> dict[str, str]:
        return {"city": self.written}

    def people(self, actor: Actor) -> Select[int]:
        homes = select(Residence.person_id).where(Residence.is_current, shown(actor, Residence))
        if self.place is None:
            return homes.where(func.lower(Residence.written) == self.written.lower())
        inside = select(Place.id).where(Place.parent_id == self.place.id)
        whole = select(Place.id).where(
            or_(
                Place.id == self.place.id,
                Place.parent_id == self.place.id,
                Place.parent_id.in_(inside),
            )
        )
        return homes.where(Residence.place_id.in_(whole))

    def chips(self) -> list[Chip]:
        where = self.place.name if self.place else self.written
        return [Chip(_("Lives in %(place)s", place=where), ("city",))]


@dataclass(frozen=True)
class HasStatus(Criterion):
    status: PersonStatus

    def parameters(self) -> dict[str, str]:
        return {"status": self.status.value}

    def condition(self, actor: Actor) -> ColumnElement[bool]:
        return Person.status == self.status

    def chips(self) -> list[Chip]:
        return [Chip(status_words()[self.status.value], ("status",))]


@dataclass(frozen=True)
class HasEmail(Criterion):
    """Whether there is an e-mail address to write to."""

    wanted: bool

    def parameters(self) -> dict[str, str]:
        return {"email": "yes" if self.wanted else "no"}

    def condition(self, actor: Actor) -> ColumnElement[bool]:
        return has_email() if self.wanted else ~has_email()

    def chips(self) -> list[Chip]:
        words = _("With an e-mail address") if self.wanted else _("Without an e-mail address")
        return [Chip(words, ("email",))]


def has_email() -> ColumnElement[bool]:
    return _emails().exists()


def seen_to_have_email() -> ColumnElement[bool]:
    """The same, for counting among a few: PostgreSQL would read the addresses of all for it."""
    return _emails().limit(1).scalar_subquery().is_not(None)


def _emails() -> Select[int]:
    return select(ContactPoint.id).where(
        ContactPoint.person_id == Person.id, ContactPoint.kind == ContactKind.EMAIL
    )


def _read_text(_actor: Actor, given: Mapping[str, str]) -> Text:
    return Text(given["q"])


def _read_chapter(_actor: Actor, given: Mapping[str, str]) -> InChapter:
    slug = given["chapter"]
    asked = chapters().with_only_columns(Chapter.id, Chapter.name_zh, Chapter.name_en)
    row = db.session.execute(asked.where(Chapter.slug == slug)).first() if _fits(slug, 60) else None
    if row is None:
        raise impossible("chapter", slug)
    return InChapter(slug, Named(*row))


def _read_study(_actor: Actor, given: Mapping[str, str]) -> Studied:
    first, last = (
        _year(name, given[name]) if name in given else None for name in ("year_from", "year_to")
    )
    if first is not None and last is not None:
        first, last = sorted((first, last))
    college = _college(given["college"]) if "college" in given else None
    return Studied(first, last, college)


def _read_city(_actor: Actor, given: Mapping[str, str]) -> LivesIn:
    written = given["city"]
    if not _fits(written, LONGEST):
        raise impossible("city", written)
    place = _place_coded(written) or find_place(written)
    if place is None:
        return LivesIn(written)
    return LivesIn(written, Named(place.id, place.name_zh, place.name_en))


def _read_status(_actor: Actor, given: Mapping[str, str]) -> HasStatus:
    if given["status"] not in set(PersonStatus) - set(GONE):
        raise impossible("status", given["status"])
    return HasStatus(PersonStatus(given["status"]))


def _read_email(_actor: Actor, given: Mapping[str, str]) -> HasEmail:
    if given["email"] not in ("yes", "no"):
        raise impossible("email", given["email"])
    return HasEmail(given["email"] == "yes")


def _only(name: str, sent: Sequence[str]) -> str:
    """The parameter's one value, as one would write it."""
    values = {" ".join(normalize("NFKC", value).split()) for value in sent} - {""}
    if len(values) > 1:
        raise BadRequest(
            _("The condition “%(name)s” can only be given once.", name=name), field=name
        )
    return values.pop() if values else ""


def _fits(value: str, longest: int) -> bool:
    return len(value) <= longest


def _year(name: str, value: str) -> int:
    if not (value.isascii() and value.isdigit()) or len(value) not in (2, 4):
        raise impossible(name, value)
    year = int(value)
    if len(value) == len("98"):
        year += 1900 if year >= CENTURY else 2000
    if not FIRST_YEAR <= year <= LAST_YEAR:
        raise impossible(name, value)
    return year


def _college(value: str) -> Named:
    is_number = value.isascii() and value.isdigit() and _fits(value, len(str(GREATEST)))
    if not is_number or int(value) > GREATEST:
        raise impossible("college", value)
    asked = select(Code.id, Code.name_zh, Code.name_en).where(
        Code.id == int(value), Code.kind == CodeKind.COLLEGE
    )
    row = db.session.execute(asked).first()
    if row is None:
        raise impossible("college", value)
    return Named(*row)


def _place_coded(value: str) -> Place | None:
    if not value.isascii() or not _fits(value, 12):
        return None
    return db.session.scalar(select(Place).where(Place.code == value))


KINDS = [
    Kind(("q",), _read_text),
    Kind(("chapter",), _read_chapter),
    Kind(("year_from", "year_to", "college"), _read_study),
    Kind(("city",), _read_city),
    Kind(("status",), _read_status, is_private=True),
    Kind(("email",), _read_email, is_private=True),
]
"""In the order in which an audience says itself."""
