"""The audience language: what can be asked of people, in an address, as JSON, in SQL and in words.

An audience is a value made of criteria, put together by all, any and not. The member list, the
export, saved audiences and the command line read the same parameters into it; slices above
register criteria of their own.
"""

from alumni.audiences.criteria import (
    chapters,
    persons,
    places,
    saved,
    studies,
    text,
    training,
    work,
)
from alumni.audiences.criteria.audience import Audience, address
from alumni.audiences.criteria.base import (
    KINDS,
    LONGEST,
    Beside,
    Chip,
    Control,
    Criterion,
    Kind,
    Named,
    Part,
    Question,
    impossible,
    kinds_for,
    parameters,
    register,
)
from alumni.audiences.criteria.explaining import Explanation, explain, why
from alumni.audiences.criteria.persons import seen_to_have_email
from alumni.audiences.criteria.reading import Misplaced
from alumni.audiences.criteria.text import Text

for _kind in (
    text.KIND,
    chapters.KIND,
    studies.KIND,
    training.KIND,
    work.KIND,
    *places.KINDS,
    *persons.KINDS,
    saved.KIND,
):
    register(_kind)

__all__ = [
    "KINDS",
    "LONGEST",
    "Audience",
    "Beside",
    "Chip",
    "Control",
    "Criterion",
    "Explanation",
    "Kind",
    "Misplaced",
    "Named",
    "Part",
    "Question",
    "Text",
    "address",
    "explain",
    "impossible",
    "kinds_for",
    "parameters",
    "register",
    "seen_to_have_email",
    "why",
]
