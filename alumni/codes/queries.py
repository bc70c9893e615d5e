"""Finding places and words by any of their names, and what the association says of itself."""

import time
from dataclasses import dataclass, field
from unicodedata import normalize

from sqlalchemy import Select, and_, or_, select
from sqlalchemy.orm import aliased

from alumni.codes.models import Code, CodeAlias, CodeKind, Place, PlaceKind, PlaceName, Setting
from alumni.db import db
from alumni.i18n import either

LONGEST_NAME = 80

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
    "notice_version": "2026-11-01",
}
"""What the association has not said yet."""

DEMONSTRATION = "demonstration"
"""The setting that only ``alumni demo`` makes."""

KEPT_SECONDS = 10.0
"""For so long a process goes on with settings that another one may have changed."""


@dataclass
class _Kept:
    """The settings as they were read last, so that no page asks for them."""

    values: dict[str, str] = field(default_factory=dict)
    until: float = 0.0


_kept = _Kept()


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
    listed = select(Code).where(Code.kind == CodeKind.COLLEGE, Code.is_obsolete.is_(False))
    return list(db.session.scalars(listed.order_by(Code.position, Code.id)))


def code_named(kind: CodeKind, name: str) -> Code | None:
    """The code with this name, or that once had it."""
    known = normal_word(name)
    asked = (
        select(Code)
        .outerjoin(CodeAlias, and_(CodeAlias.code_id == Code.id, CodeAlias.name == known))
        .where(Code.kind == kind, or_(Code.name_zh == name, CodeAlias.id.is_not(None)))
    )
    return db.session.scalar(asked.limit(1))


def home_institution() -> Code:
    """The university whose association this is: the first of the institutions."""
    first = select(Code).where(Code.kind == CodeKind.INSTITUTION)
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
