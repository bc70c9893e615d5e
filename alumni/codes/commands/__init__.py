"""Loading the lists that the program brings, and keeping what the association says of itself."""

import csv
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

from sqlalchemy import select

from alumni.audit.commands import record
from alumni.authz import SYSTEM, Actor, require
from alumni.codes.models import Code, CodeAlias, CodeKind, Place, PlaceKind, PlaceName, Setting
from alumni.codes.policy import may_change_settings
from alumni.codes.queries import (
    DEFAULTS,
    forget_settings,
    normal_place,
    normal_word,
    wordless_kinds,
)
from alumni.db import db

HERE = Path(__file__).parent.parent

on_change: list[Callable[[str, int], None]] = []
"""Told, in the transaction of the change, that a word or a place is called differently from now on,

or is about to become another: its table (``code`` or ``place``) and its number. While they are
told, whoever has the thing still refers to it.
"""


def load_lists() -> None:
    """Enter the places, institutions, colleges and majors of the package. For an empty database:

    from then on they are the office's own.
    """
    places: dict[str, Place] = {}
    for code, kind, zh, en, parent, zone in rows_of(HERE / "places.tsv"):
        place = Place(
            code=code,
            kind=PlaceKind(kind),
            name_zh=zh,
            name_en=en,
            parent_id=places[parent].id if parent else None,
            time_zone=zone,
        )
        db.session.add(place)
        db.session.flush()
        places[code] = place
        names = {normal_place(zh), normal_place(en)}
        db.session.add_all(PlaceName(name=name, place_id=place.id) for name in sorted(names))
    _enter_words(CodeKind)
    record(SYSTEM, "loaded_lists", None)


def load_missing_words() -> None:
    """Enter the words of lists that have none yet: an older program did not know these lists."""
    missing = wordless_kinds()
    if missing:
        _enter_words(missing)
        kinds = sorted(kind.value for kind in missing)
        record(SYSTEM, "loaded_words", None, facts={"lists": kinds})


def _enter_words(kinds: Iterable[CodeKind]) -> None:
    wanted = frozenset(kinds)
    for position, (kind, zh, en, others) in enumerate(rows_of(HERE / "words.tsv")):
        if CodeKind(kind) in wanted:
            names = [name for name in others.split(";") if name]
            add_code(CodeKind(kind), zh, name_en=en, other_names=names, position=position)


def add_code(
    kind: CodeKind,
    name_zh: str,
    *,
    name_en: str = "",
    other_names: Iterable[str] = (),
    position: int = 1000,
) -> Code:
    """Enter a word of a list with all names it is found by."""
    code = Code(kind=kind, name_zh=name_zh, name_en=name_en, position=position)
    db.session.add(code)
    db.session.flush()
    names: dict[str, str | None] = {normal_word(name): name for name in other_names}
    names |= {normal_word(name): None for name in (name_zh, name_en) if name}
    db.session.add_all(
        CodeAlias(code_id=code.id, kind=kind, name=name, written=written)
        for name, written in sorted(names.items())
    )
    return code


def change_settings(actor: Actor, values: Mapping[str, str]) -> None:
    """Keep what the association says of itself. Only what is known is kept."""
    require(may_change_settings, actor)
    kept = {setting.key: setting for setting in db.session.scalars(select(Setting))}
    for key in sorted(DEFAULTS.keys() & values.keys()):
        if key in kept:
            kept[key].value = values[key]
        else:
            db.session.add(Setting(key=key, value=values[key]))
    record(actor, "changed_settings", None)
    forget_settings()


def tell_change(table: str, thing_id: int) -> None:
    """Let those know who keep words made of this thing's names."""
    db.session.flush()
    for told in on_change:
        told(table, thing_id)


def rows_of(path: Path) -> list[list[str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.reader(file, delimiter="\t"))
