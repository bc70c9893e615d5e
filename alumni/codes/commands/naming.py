"""Entering words and places, and what they are called."""

import re
from dataclasses import dataclass
from unicodedata import combining, normalize

from sqlalchemy import func, select

from alumni.audit.commands import record
from alumni.authz import Actor, require
from alumni.codes.commands import tell_change
from alumni.codes.models import Code, CodeAlias, CodeKind, Place, PlaceKind, PlaceName
from alumni.codes.policy import may_manage_lists
from alumni.codes.queries import normal_place, normal_word
from alumni.codes.queries.lists import merged_into, own_names
from alumni.codes.queries.references import Thing
from alumni.db import db, inserted
from alumni.errors import Invalid, NotFound, Refusal
from alumni.i18n import _, either

LONGEST_CODE = 24


@dataclass(frozen=True, kw_only=True)
class Wording:
    """What a word is called, and where it stands in its list."""

    name_zh: str
    name_en: str = ""
    position: int | None = None
    """None: after all others."""
    is_obsolete: bool = False


@dataclass(frozen=True, kw_only=True)
class Location:
    """What a place is called, and its clock."""

    name_zh: str
    name_en: str
    time_zone: str


def enter_word(actor: Actor, kind: CodeKind, wording: Wording) -> Code:
    """Add a word to a list. Refuse a name that another word of the list has."""
    require(may_manage_lists, actor)
    position = wording.position
    if position is None:
        last = db.session.scalar(select(func.max(Code.position)).where(Code.kind == kind))
        position = (last or 0) + 1
    code = Code(
        kind=kind,
        name_zh=wording.name_zh,
        name_en=wording.name_en,
        position=position,
        is_obsolete=wording.is_obsolete,
    )
    if not inserted(code):
        raise _taken(kind, wording.name_zh, "name_zh")
    _take_own_names(code)
    record(actor, "entered_word", code)
    return code


def change_word(actor: Actor, code: Code, wording: Wording) -> None:
    """Name a word anew or move it in its list. What it was called remains as another name."""
    require(may_manage_lists, actor)
    if code.merged_into_id is not None:
        raise Refusal(_("This word was merged into another and is offered no more."))
    before = (code.name_zh, code.name_en)
    if wording.position is not None:
        code.position = wording.position
    code.is_obsolete = wording.is_obsolete
    if before != (wording.name_zh, wording.name_en):
        _refuse_same_name(code, wording.name_zh)
        _keep_written(code, (wording.name_zh, wording.name_en))
        code.name_zh, code.name_en = wording.name_zh, wording.name_en
        _take_own_names(code)
        tell_change(Code.__tablename__, code.id)
    record(actor, "changed_word", code)


def add_name(actor: Actor, thing: Thing, written: str) -> None:
    """Let the word, or the place, be found by another name too."""
    require(may_manage_lists, actor)
    if thing.merged_into_id is not None:
        raise Refusal(_("This word was merged into another and is offered no more."))
    if isinstance(thing, Code):
        _take_name(thing, written, field="other_name", written=written)
    else:
        _name_place(thing, written, written=written)
    record(actor, "added_name", thing, facts={"name": written})


def remove_name(actor: Actor, thing: Thing, name_id: int) -> None:
    """Take back another name. Its own, and those of what was merged into it, stay."""
    require(may_manage_lists, actor)
    name: CodeAlias | PlaceName | None
    if isinstance(thing, Code):
        name = db.session.get(CodeAlias, name_id)
        is_its = name is not None and name.code_id == thing.id
    else:
        name = db.session.get(PlaceName, name_id)
        is_its = name is not None and name.place_id == thing.id
    if name is None or not is_its:
        raise NotFound
    if any(name.name in own_names(one) for one in (thing, *merged_into(thing))):
        raise Refusal(_("This name stays: it is that of a word itself, or of one merged into it."))
    db.session.delete(name)
    record(actor, "removed_name", thing, facts={"name": name.written or name.name})


def enter_city(actor: Actor, parent: Place, location: Location) -> Place:
    """Add a city to a province or a country. Refuse one that is there already."""
    require(may_manage_lists, actor)
    if parent.kind is PlaceKind.CITY or parent.merged_into_id is not None:
        raise Invalid(_("A city lies in a province or a country."), field="parent_id")
    named = select(Place.id).join(PlaceName, PlaceName.place_id == Place.id)
    here = named.where(
        Place.parent_id == parent.id, PlaceName.name == normal_place(location.name_zh)
    )
    if db.session.scalar(here.limit(1)) is not None:
        raise Invalid(
            _("“%(name)s” is in the list already.", name=location.name_zh), field="name_zh"
        )
    place = Place(
        code=_free_code(parent, location.name_en),
        kind=PlaceKind.CITY,
        name_zh=location.name_zh,
        name_en=location.name_en,
        parent_id=parent.id,
        time_zone=location.time_zone,
    )
    db.session.add(place)
    db.session.flush()
    _name_place(place, location.name_zh)
    _name_place(place, location.name_en)
    record(actor, "entered_place", place)
    return place


def change_place(actor: Actor, place: Place, location: Location) -> None:
    """Name a place anew, or set its clock. What it was called remains as another name."""
    require(may_manage_lists, actor)
    if place.merged_into_id is not None:
        raise Refusal(_("This place was merged into another and is offered no more."))
    before = (place.name_zh, place.name_en)
    place.time_zone = location.time_zone
    if before != (location.name_zh, location.name_en):
        _keep_written(place, (location.name_zh, location.name_en))
        place.name_zh, place.name_en = location.name_zh, location.name_en
        _name_place(place, location.name_zh)
        _name_place(place, location.name_en)
        tell_change(Place.__tablename__, place.id)
    record(actor, "changed_place", place)


def _take_own_names(code: Code) -> None:
    """Let the word be found by its own names, which no other word of the list may have."""
    _take_name(code, code.name_zh, field="name_zh")
    if code.name_en:
        _take_name(code, code.name_en, field="name_en")


def _take_name(code: Code, name: str, *, field: str, written: str | None = None) -> None:
    normal = normal_word(name)
    if not normal:
        raise Invalid(_("This is no name."), field=field)
    alias = CodeAlias(code_id=code.id, kind=code.kind, name=normal, written=written)
    if inserted(alias):
        return
    held = select(CodeAlias).where(CodeAlias.kind == code.kind, CodeAlias.name == normal)
    known = db.session.scalars(held).one()
    if known.code_id != code.id:
        raise _taken(code.kind, name, field)


def _refuse_same_name(code: Code, name: str) -> None:
    """Refuse the name of a word that stands in the list only as merged: the list has it once."""
    same = select(Code.id).where(Code.kind == code.kind, Code.name_zh == name, Code.id != code.id)
    if db.session.scalar(same) is not None:
        raise _taken(code.kind, name, "name_zh")


def _taken(kind: CodeKind, name: str, field: str) -> Invalid:
    """The refusal that names the word which has the name."""
    has = select(Code).join(CodeAlias, CodeAlias.code_id == Code.id)
    aliased = has.where(CodeAlias.kind == kind, CodeAlias.name == normal_word(name))
    holder = db.session.scalar(aliased)
    return Invalid(
        _(
            "“%(name)s” is already a name of “%(word)s”. Take it away there first, or merge the"
            " two words.",
            name=name,
            word=either(holder.name_zh, holder.name_en) if holder else name,
        ),
        field=field,
    )


def _keep_written(thing: Thing, names_now: tuple[str, str]) -> None:
    """Remember how the names are written that the thing is about to lose."""
    normal = normal_word if isinstance(thing, Code) else normal_place
    written = {normal(name): name for name in (thing.name_zh, thing.name_en) if name}
    for name in names_now:
        written.pop(normal(name), None)
    names: list[CodeAlias] | list[PlaceName]
    if isinstance(thing, Code):
        held = select(CodeAlias).where(CodeAlias.code_id == thing.id)
        names = list(db.session.scalars(held.where(CodeAlias.name.in_(written))))
    else:
        named = select(PlaceName).where(PlaceName.place_id == thing.id)
        names = list(db.session.scalars(named.where(PlaceName.name.in_(written))))
    for kept in names:
        kept.written = written[kept.name]


def _name_place(place: Place, name: str, *, written: str | None = None) -> None:
    """Let the place be found by the name. Other places may have the same."""
    normal = normal_place(name)
    if not normal:
        raise Invalid(_("This is no name."), field="other_name")
    inserted(PlaceName(place_id=place.id, name=normal, written=written))


def _free_code(parent: Place, name_en: str) -> str:
    """A key for a place that has no official one, such as ``US-MA-boston``."""
    plain = "".join(one for one in normalize("NFKD", name_en.lower()) if not combining(one))
    slug = re.sub(r"[^a-z0-9]+", "-", plain).strip("-") or "city"
    base = f"{parent.code}-{slug}"[: LONGEST_CODE - 3].rstrip("-")
    like = select(Place.code).where(Place.code.startswith(base, autoescape=True))
    taken = set(db.session.scalars(like))
    numbered = (f"{base}-{number}" for number in range(2, len(taken) + 3))
    return next(code for code in (base, *numbered) if code not in taken)
