"""Finding people by what somebody typed, in the index that is the searcher's."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from sqlalchemy import (
    BindParameter,
    ColumnElement,
    cast,
    column,
    false,
    func,
    literal_column,
    or_,
    table,
)
from sqlalchemy import Text as LongText
from sqlalchemy.dialects.postgresql import TSQUERY
from sqlalchemy.sql.expression import bindparam

from alumni.authz import Actor
from alumni.codes.queries import Called, called
from alumni.db import is_postgresql
from alumni.people import names
from alumni.people.models import Person
from alumni.people.models.search import SEARCH_INDEXES, PersonSearch
from alumni.people.policy import may_browse, may_view_people
from alumni.people.tokens import code_tag, for_fts5, for_tsquery, place_tag, query, runs

LONGEST_NAME = 80

OFFICE, OPEN = SEARCH_INDEXES
"""The full-text indexes of SQLite: the office's, and that of every verified graduate."""

INDEXES = {name: table(name, column("rowid", Person.id.type)) for name in SEARCH_INDEXES}


def hits(actor: Actor) -> ColumnElement[int]:
    """The person's id, as a column of the index that the actor searches.

    ``select(hits(actor)).where(matches(actor, typed))`` are the ids of whom the typed words find,
    each once. Whether the actor may find them at all is ``visible``'s to say.
    """
    if is_postgresql():
        return PersonSearch.person_id.expression
    return INDEXES[_index(actor)].c.rowid


def matches(actor: Actor, typed: str) -> ColumnElement[bool]:
    """Over the index of ``hits``: whether the person is found by all words that were typed.

    Nothing is found where there is no word to look for.
    """
    asked = sought(actor, typed)
    words = bindparam("words", asked, LongText, unique=True)
    return found_by(actor, words) if asked else false()


def sought(actor: Actor, typed: str) -> str | None:
    """The words that were typed, in the language of the index; None where there is no word to look

    for. The office searches all that is known, and verified graduates what is shown to all of
    them; nobody else searches. Asks the lists of codes and places, in one statement, what the
    words are names of.
    """
    terms = query(typed, _tags(typed)) if may_browse(actor) else ()
    return for_tsquery(terms) if is_postgresql() else for_fts5(terms)


def found_by(actor: Actor, words: ColumnElement[str]) -> ColumnElement[bool]:
    """Over the index of ``hits``: whether the person is found by what ``sought`` returned."""
    if is_postgresql():
        kept = PersonSearch.tokens if _index(actor) == OFFICE else PersonSearch.open_tokens
        return kept.op("@@")(cast(words, TSQUERY))
    # SQLite takes a column of the index's own name for the whole of it.
    whole: ColumnElement[str] = literal_column(_index(actor))
    return whole.op("MATCH")(words)


def named_exactly(typed: str) -> ColumnElement[bool]:
    """Over ``Person``: whether the whole name was typed, in any script it is written in."""
    values = spellings(typed)
    told = {name: bindparam(name, values[name], LongText, unique=True) for name in values}
    return so_named(has_reading=bool(values["reading"]), told=told)


def spellings(typed: str) -> dict[str, Any]:
    """The values for the parameters of ``so_named``."""
    name = names.tidy_name(typed)[:LONGEST_NAME]
    return {
        "spelt": name,
        "simplified": names.simplified(name),
        "reading": names.tidy_reading(typed).replace(" ", ""),
        "lower": name.lower(),
    }


_TOLD: Mapping[str, BindParameter[str]] = MappingProxyType(
    {name: bindparam(name, type_=LongText) for name in ("spelt", "simplified", "reading", "lower")}
)


def so_named(
    *, has_reading: bool, told: Mapping[str, BindParameter[str]] = _TOLD
) -> ColumnElement[bool]:
    """Over ``Person``: whether the name is exactly that of the parameters. What has no letters has

    no reading, and is in no name but the Chinese one.
    """
    spelt, simplified, reading, lower = (told[name] for name in _TOLD)
    chinese = (Person.name_zh == spelt, Person.name_zh == simplified)
    if not has_reading:
        return or_(*chinese)
    surname, given = Person.pinyin_surname, Person.pinyin_given
    readings = (func.replace(both, " ", "") for both in (surname + given, given + surname))
    latin = (func.lower(one) == lower for one in (Person.name_latin, Person.name_en))
    return or_(*chinese, *(one == reading for one in readings), *latin)


def _index(actor: Actor) -> str:
    return OFFICE if may_view_people(actor) else OPEN


def _tags(typed: str) -> dict[str, list[str]]:
    """What parts of the text are names of, as tags, by the part. Traditional characters and

    simplified ones are the same name.
    """
    parts = {run: {run, names.simplified(run)} for run in runs(typed)}
    if not parts:
        return {}
    meant = called(set().union(*parts.values()))
    tags = {
        run: sorted({tag for spelling in spellings for tag in _tags_of(meant.get(spelling))})
        for run, spellings in parts.items()
    }
    return {run: found for run, found in tags.items() if found}


def _tags_of(meant: Called | None) -> list[str]:
    if meant is None:
        return []
    return [*map(code_tag, meant.code_ids), *map(place_tag, meant.place_ids)]
