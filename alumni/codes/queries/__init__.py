"""Finding places and words by any of their names, and what the association says of itself."""

import time
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from functools import lru_cache
from typing import NamedTuple
from unicodedata import normalize

from sqlalchemy import (
    ColumnElement,
    Select,
    and_,
    func,
    literal_column,
    or_,
    select,
    union_all,
)
from sqlalchemy import Text as LongText
from sqlalchemy.orm import aliased

from alumni.codes.models import Code, CodeAlias, CodeKind, Place, PlaceKind, PlaceName, Setting
from alumni.db import any_of, db, is_clean, is_postgresql
from alumni.i18n import either
from alumni.ready import Ready

LONGEST_NAME, LONGEST_WORD = 80, 160
"""Of a place and of a word, as the columns take them."""

SUFFIXES = ("特别行政区", "自治区", "自治州", "地区", "市", "省")

DEFAULTS: dict[str, str] = {
    "name_zh": "校友会",
    "name_en": "Alumni Association",
    "short_name_zh": "校友会",
    "short_name_en": "Alumni",
    "address_zh": "",
    "address_en": "",
    "contact_email": "",
    "contact_phone": "",
    "icp": "",
    "accent": "",
    "logo": "",
    "notice_version": "2026-11-01",
    "supporters": "30",
    "report_due": "01-31",
    "first_report_year": "2026",
}
"""What the association has not said yet.

``logo`` is what the picture is called and in which size it is shown: see ``LogoShown``.
``supporters`` is how many a petition for a chapter needs; ``report_due`` the month and day in the
year after, on which annual reports are due at last, from that of ``first_report_year`` on.
"""

DEMONSTRATION = "demonstration"
"""The setting that only ``alumni demo`` makes."""

NARROW = 48
"""Pixels: beside a logo that is no wider a telephone has room for the short name."""

KEPT_SECONDS = 10.0
"""For so long a process goes on with settings that another one may have changed."""


@dataclass
class _Kept:
    """The settings as they were read last, so that no page asks for them."""

    values: dict[str, str] = field(default_factory=dict)
    until: float = 0.0


_kept = _Kept()


class LogoShown(NamedTuple):
    """Where the association's picture is, and how large it is shown in pixels of a page."""

    public_id: str
    width: int
    height: int

    @property
    def is_narrow(self) -> bool:
        return self.width <= NARROW


@dataclass(frozen=True)
class Association:
    """What the association says of itself, in both languages."""

    values: dict[str, str]

    def __getitem__(self, key: str) -> str:
        return self.values[key]

    @property
    def is_demonstration(self) -> bool:
        """Whether all people in this database are invented."""
        return DEMONSTRATION in self.values

    @property
    def name(self) -> str:
        return either(self.values["name_zh"], self.values["name_en"])

    @property
    def address(self) -> str:
        return either(self.values["address_zh"], self.values["address_en"])

    @property
    def short_name(self) -> str:
        """What fits beside the mark on a phone."""
        return either(self.values["short_name_zh"], self.values["short_name_en"])

    @property
    def contact_email(self) -> str:
        return self.values["contact_email"]

    @property
    def phone(self) -> str:
        return self.values["contact_phone"]

    @property
    def icp(self) -> str:
        return self.values["icp"]

    @property
    def accent(self) -> str:
        return self.values["accent"]

    @property
    def logo(self) -> LogoShown | None:
        if not self.values["logo"]:
            return None
        public_id, width, height = self.values["logo"].split()
        return LogoShown(public_id, int(width), int(height))


def association_as_kept() -> Association:
    """What was read last, without asking the database: for a page that says it is busy."""
    return Association(_kept.values or DEFAULTS)


def association() -> Association:
    if _kept.until < time.monotonic():
        said = {
            key: str(value) for key, value in db.session.execute(select(Setting.key, Setting.value))
        }
        _kept.values = DEFAULTS | said
        _kept.until = time.monotonic() + KEPT_SECONDS
    return Association(_kept.values)


def forget_settings() -> None:
    """Read the settings anew at the next page."""
    _kept.until = 0.0


def normal_place(name: str) -> str:
    """The name as it is compared: without 市 or 省, white space and case."""
    plain = "".join(normalize("NFKC", name).lower().split()).replace("'", "")
    for suffix in SUFFIXES:
        if plain.endswith(suffix) and len(plain) > len(suffix) + 1:
            return plain.removesuffix(suffix)
    return plain


def normal_word(name: str) -> str:
    """A college's or major's name as it is compared."""
    return "".join(normalize("NFKC", name).lower().split())


def places_named(name: str) -> Select[Place]:
    """All places of that name; a city before a province, and a province before a country."""
    return (
        select(Place)
        .join(PlaceName, PlaceName.place_id == Place.id)
        .where(PlaceName.name == normal_place(name))
        .order_by(Place.kind, Place.code)
    )


def find_place(text: str) -> Place | None:
    """The place that somebody means who writes its name, with or without 市."""
    if len(normal_place(text)) > LONGEST_NAME:
        return None
    found = db.session.scalars(places_named(text)).all()
    cities = [place for place in found if place.kind is PlaceKind.CITY]
    return next(iter([*cities, *found]), None)


def colleges() -> list[Code]:
    return codes_of(CodeKind.COLLEGE)


def codes_of(kind: CodeKind) -> list[Code]:
    """The words of a list that may be chosen, in the office's order."""
    listed = select(Code).where(Code.kind == kind, Code.is_obsolete.is_(False))
    return list(db.session.scalars(listed.order_by(Code.position, Code.id)))


def wordless_kinds() -> frozenset[CodeKind]:
    """The lists without a single word: an older program's database has none of the newer ones."""
    return frozenset(CodeKind) - set(db.session.scalars(select(Code.kind).distinct()))


def code_of(code_id: int) -> Code | None:
    """The code with this id, or the one that it was merged into."""
    named = aliased(Code)
    asked = select(Code).join(named, Code.id == func.coalesce(named.merged_into_id, named.id))
    return db.session.scalar(asked.where(named.id == code_id))


def place_of(place_id: int) -> Place | None:
    """The place with this id, or the one that it was merged into."""
    named = aliased(Place)
    asked = select(Place).join(named, Place.id == func.coalesce(named.merged_into_id, named.id))
    return db.session.scalar(asked.where(named.id == place_id))


def code_named(kind: CodeKind, name: str) -> Code | None:
    """The code with this name, or that once had it, or that took in the one with this name."""
    known = normal_word(name)
    if len(known) > LONGEST_WORD:
        return None
    named = aliased(Code)
    asked = (
        select(Code)
        .join(named, Code.id == func.coalesce(named.merged_into_id, named.id))
        .outerjoin(CodeAlias, and_(CodeAlias.code_id == named.id, CodeAlias.name == known))
        .where(named.kind == kind, or_(named.name_zh == name, CodeAlias.id.is_not(None)))
        .order_by(CodeAlias.id.is_(None))
    )
    return db.session.scalar(asked.limit(1))


def names_of(code_ids: Iterable[int]) -> dict[int, Code]:
    """The words with these ids, for a list that shows many of them."""
    asked = select(Code).where(Code.id.in_(set(code_ids)))
    return {code.id: code for code in db.session.scalars(asked)}


@dataclass(frozen=True)
class Called:
    """What a word may mean: ids of codes, of any list, and of places."""

    code_ids: frozenset[int] = frozenset()
    place_ids: frozenset[int] = frozenset()


def called(words: Collection[str]) -> dict[str, Called]:
    """For each of the words all that has this name, or had it, or was merged into what has it.

    One statement for all of them. The words come back as they were given, without those that
    nothing is called. Names only: 辽宁 is the province, and not the cities in it.
    """
    as_word = {word: normal_word(word) for word in words if is_clean(word)}
    as_place = {word: normal_place(word) for word in as_word}
    asked = {
        "words": sorted(name for name in as_word.values() if 0 < len(name) <= LONGEST_WORD),
        "places": sorted(name for name in as_place.values() if 0 < len(name) <= LONGEST_NAME),
    }
    codes: dict[str, set[int]] = {}
    places: dict[str, set[int]] = {}
    for is_place, name, *ids in _called(is_postgresql()).rows(asked) if as_word else ():
        (places if is_place else codes).setdefault(name, set()).update(ids)
    return {
        word: Called(
            frozenset(codes.get(as_word[word], ())) - {None},
            frozenset(places.get(as_place[word], ())) - {None},
        )
        for word in as_word
        if as_word[word] in codes or as_place[word] in places
    }


@lru_cache(maxsize=2)
def _called(on_postgresql: bool) -> Ready:  # noqa: FBT001 - the engine at hand, to be kept by
    """Whether it is a place, the name, the id, and that of something merged into it. Two halves,

    since an OR would go past indexes; made once, and the same for any number of words.
    """
    kinds: list[ColumnElement[str]] = [literal_column(f"'{kind.value}'") for kind in CodeKind]
    named = any_of(CodeAlias.name, "words", LongText, on_postgresql=on_postgresql)
    located = any_of(PlaceName.name, "places", LongText, on_postgresql=on_postgresql)
    merged, moved = aliased(Code), aliased(Place)
    return Ready(
        union_all(
            select(literal_column("0"), CodeAlias.name, CodeAlias.code_id, merged.id)
            .outerjoin(merged, merged.merged_into_id == CodeAlias.code_id)
            .where(CodeAlias.kind.in_(kinds), named),
            select(literal_column("1"), PlaceName.name, PlaceName.place_id, moved.id)
            .outerjoin(moved, moved.merged_into_id == PlaceName.place_id)
            .where(located),
        )
    )


def home_institution() -> Code:
    """The university whose association this is: the first of the institutions."""
    first = select(Code).where(Code.kind == CodeKind.INSTITUTION, Code.merged_into_id.is_(None))
    return db.session.scalars(first.order_by(Code.position, Code.id).limit(1)).one()


def place_and_above(place_id: int) -> Select[Place]:
    """The place and those it lies in, the narrowest first."""
    one = select(Place.id, Place.parent_id, Place.code.label("code")).where(Place.id == place_id)
    chain = one.cte("chain", recursive=True)
    above = aliased(Place)
    chain = chain.union_all(
        select(above.id, above.parent_id, above.code).join(chain, above.id == chain.c.parent_id)
    )
    return select(Place).join(chain, chain.c.id == Place.id)
