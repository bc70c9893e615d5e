"""What the slices above know of people who want no letters of our own accord.

Filled by ``app.py``.
"""

from collections.abc import Callable

from sqlalchemy import Select

SILENT: dict[str, Callable[[], Select[int]]] = {}
"""By the name of the slice: the numbers of the persons who told it so."""
