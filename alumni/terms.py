"""Terms: what somebody holds from one day through another, both included.

The days are those of the association's time zone. Rights follow them in the query itself.
"""

from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, and_, or_

from alumni.db import today


def lasts(term: Any, day: date | ColumnElement[date] | None = None) -> ColumnElement[bool]:
    """That the term of this table is not over on the day, whether it has begun or not.

    Without a day, today. A term without a last day goes on until further notice.
    """
    day = today() if day is None else day
    return or_(term.ends_on.is_(None), term.ends_on >= day)


def runs(term: Any, day: date | ColumnElement[date] | None = None) -> ColumnElement[bool]:
    """That the term of this table has begun on the day, and is not over. Without a day, today."""
    day = today() if day is None else day
    return and_(term.starts_on <= day, lasts(term, day))
