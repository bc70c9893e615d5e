"""A list in the order of the names, read from a row on."""

from collections.abc import Sequence
from functools import lru_cache
from typing import Any, NamedTuple

from sqlalchemy import (
    BindParameter,
    ColumnElement,
    Integer,
    Select,
    bindparam,
    case,
    func,
    literal_column,
    select,
    tuple_,
)

from alumni.audiences.criteria import Audience
from alumni.audiences.queries import pages
from alumni.audiences.queries.counting import (
    Counted,
    Meant,
    Way,
    counted,
    is_kept,
    meant,
    written_to,
)
from alumni.audiences.queries.pages import Key, Mark, PeoplePage, Window
from alumni.audiences.queries.seeing import KEPT, Sight, listed_for, sight_of
from alumni.authz import Actor
from alumni.db import db, is_postgresql
from alumni.i18n import language
from alumni.people.models import Person
from alumni.people.policy import may_view_people
from alumni.ready import Ready

_MOST_ASKED: BindParameter[int] = bindparam("most_asked", type_=Integer)
_EDGE: tuple[BindParameter[Any], ...] = (
    bindparam("edge", type_=Person.sort_key.type),
    bindparam("edge_id", type_=Person.id.type),
)
"""The row that the address of the page names."""


class _Shape(NamedTuple):
    """What a statement for a page depends on, beside whom it is about and who looks."""

    language: str
    way: Way
    edge: str
    """Which row is known, that ``after`` or that ``before`` the page begins or ends; or none."""
    with_email: bool
    """Whether those are counted who have an address."""
    size: int
    """Of the page, and one more. It stands in the statement as it is: its plan depends on it."""


def walked(actor: Actor, audience: Audience, window: Window) -> PeoplePage:
    whom, keeps = meant(actor, audience), is_kept(audience)
    known = counted(whom, is_kept=keeps)
    shape = _shape(actor, known, window)
    if keeps:
        statement = _kept(sight_of(actor), audience, shape, is_postgresql())
        rows = statement.named(_values(window))
    else:
        made = _statement(actor, whom, shape)
        rows = list(db.session.connection().execute(made, _values(window)))
    if known.way.few is not None:
        known = known._replace(total=_total(whom, known.way, rows, window))
    return _page(rows, known, shape, window)


def _shape(actor: Actor, known: Counted, window: Window) -> _Shape:
    is_few = known.way.few is not None or known.total <= pages.MOST_ASKED
    return _Shape(
        language=language(),
        way=known.way,
        edge="before" if window.before else "after" if window.after else "",
        with_email=may_view_people(actor) and is_few and not known.is_more,
        size=pages.PAGE + 1,
    )


def _values(window: Window) -> dict[str, Any]:
    edge = window.before or window.after
    return {
        "edge": edge.key.sort_key if edge else "",
        "edge_id": edge.key.person_id if edge else 0,
        "most_asked": pages.MOST_ASKED,
    }


def _page(rows: list[Any], known: Counted, shape: _Shape, window: Window) -> PeoplePage:
    is_cut = len(rows) > pages.PAGE
    if window.before:
        rows = rows[-pages.PAGE :]
        first = max(1, window.before.number - len(rows))
    else:
        rows = rows[: pages.PAGE]
        first = window.after.number + 1 if window.after else 1
    return PeoplePage(
        rows=rows,
        total=known.total,
        is_more=known.is_more,
        with_email=_with_email(rows, known, shape),
        first=first,
        newer=_mark(rows, 0, first) if window.after or (window.before and is_cut) else None,
        older=_mark(rows, -1, first) if window.before or is_cut else None,
    )


def _with_email(rows: list[Any], known: Counted, shape: _Shape) -> int | None:
    """The number that stands in each row."""
    if not shape.with_email:
        return None
    if rows:
        return int(rows[0].written_to) if rows[0].written_to is not None else None
    return None if known.total else 0


def _total(whom: Meant, way: Way, rows: list[Any], window: Window) -> int:
    if rows:
        return int(rows[0].total)
    if window == Window():
        return 0
    # None beyond a row that somebody kept the address of.
    everybody = select(func.count()).select_from(Person).where(*whom.asked(way))
    return db.session.scalar(everybody) or 0


@lru_cache(maxsize=KEPT)
def _kept(sight: Sight, audience: Audience, shape: _Shape, _on_postgresql: bool) -> Ready:  # noqa: FBT001 - the engine at hand, to be kept by
    actor = sight.actor()
    return Ready(_statement(actor, meant(actor, audience), shape))


def _statement(actor: Actor, whom: Meant, shape: _Shape) -> Select[Any]:
    make = _passed if shape.way.few is None else _sorted
    rows = make(listed_for(sight_of(actor), shape.language), whom, shape)
    return rows.order_by(Person.sort_key, Person.id)


def _passed(listed: Select[Any], whom: Meant, shape: _Shape) -> Select[Any]:
    """People are read in their order, and asked one after the other, until the page is full."""
    asked, begun = whom.asked(shape.way), whom.begun(shape.way)
    if begun is None:
        some = select(Person.id).where(*asked, *_beyond(Person, shape))
        some = some.order_by(*_order(Person, shape))
        whole = asked
    else:
        some = select(begun.c.id).join_from(begun, Person, Person.id == begun.c.id)
        some = some.where(*asked, *_beyond(begun.c, shape)).order_by(*_order(begun.c, shape))
        whole = [Person.id.in_(select(begun.c.id)), *asked]
    page = some.limit(_size(shape)).subquery()
    rows = listed.join(page, page.c.id == Person.id)
    return rows.add_columns(written_to(*whole).label("written_to")) if shape.with_email else rows


def _sorted(listed: Select[Any], whom: Meant, shape: _Shape) -> Select[Any]:
    """They are all found at once, and counted and put in order by the database."""
    found = whom.found(shape.way).cte("found").prefix_with("MATERIALIZED")  # asked three times
    total = select(func.count()).select_from(found).scalar_subquery()
    page = select(found.c.id).where(*_beyond(found.c, shape)).order_by(*_order(found.c, shape))
    some = page.limit(_size(shape)).subquery()
    rows = listed.join(some, some.c.id == Person.id).add_columns(total.label("total"))
    if not shape.with_email:
        return rows
    addressed = case((total <= _MOST_ASKED, written_to(Person.id.in_(select(found.c.id)))))
    return rows.add_columns(addressed.label("written_to"))


def _size(shape: _Shape) -> ColumnElement[int]:
    return literal_column(str(shape.size))


def _beyond(columns: Any, shape: _Shape) -> list[ColumnElement[bool]]:
    """What the rows of the page have in common: they come after one, or before it."""
    order, edge = tuple_(columns.sort_key, columns.id), tuple_(*_EDGE)
    if not shape.edge:
        return []
    return [order < edge] if shape.edge == "before" else [order > edge]


def _order(columns: Any, shape: _Shape) -> list[Any]:
    """From the row that is known away."""
    order = (columns.sort_key, columns.id)
    return [column.desc() for column in order] if shape.edge == "before" else list(order)


def _mark(rows: Sequence[Any], index: int, first: int) -> Mark | None:
    if not rows:
        return None
    row = rows[index]
    return Mark(Key(1, row.sort_key, row.person_id), first + (index % len(rows)))
