"""Asking of thousands of rows at once: they are told as JSON, one parameter however many."""

from typing import Any

from sqlalchemy import JSON, Integer, Subquery, Text, bindparam, cast, column, func, select


def told_rows(on_postgresql: bool, **columns: Any) -> Subquery:  # noqa: FBT001 - to be cached by
    """The rows of the parameter ``rows`` as a table: a number ``n`` and these columns."""
    rows = bindparam("rows", type_=Text())
    typed = {"n": Integer(), **columns}
    if on_postgresql:
        told = func.json_to_recordset(cast(rows, JSON)).table_valued(
            *(column(name, kind) for name, kind in typed.items())
        )
        return select(*told.render_derived(with_types=True).c).subquery("asked")
    told = func.json_each(rows).table_valued("value")
    values = [func.json_extract(told.c.value, f"$.{name}").label(name) for name in typed]
    return select(*values).subquery("asked")
