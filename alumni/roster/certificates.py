"""Certificate numbers, which everybody writes in another way: C1998 001, c1998-001."""

import re
from typing import Any
from unicodedata import normalize

from sqlalchemy import ColumnElement, String, func, literal_column


def certificate_key(written: str) -> str:
    """A certificate number as it is compared: without spaces and dashes, in capital letters."""
    return _BETWEEN.sub("", normalize("NFKC", written)).upper()


def certificate_key_of(column: Any) -> ColumnElement[str]:
    """The same of a column, in the words of its index: ``ix_study_institution_certificate_key``."""
    parted: ColumnElement[str] = column
    for sign in ("' '", "'-'", "'–'", "'—'"):
        parted = func.replace(parted, literal_column(sign), literal_column("''"))
    return func.upper(parted, type_=String())


_BETWEEN = re.compile(r"[\s\-‐-―−]+")
