"""How many people an audience means, as far as is counted, and where reading them begins."""

from collections.abc import Sequence
from functools import lru_cache
from typing import Any, NamedTuple, cast

from sqlalchemy import (
    ColumnElement,
    ScalarSelect,
    Select,
    Subquery,
    and_,
    case,
    func,
    literal_column,
    select,
)

from alumni.audiences.criteria import Audience, Beside, seen_to_have_email
from alumni.audiences.queries import pages
from alumni.audiences.queries.seeing import KEPT, Sight, sight_of
from alumni.authz import Actor
from alumni.db import GREATEST, db, is_postgresql
from alumni.people.models import Person
from alumni.people.policy import may_view_people, visible
from alumni.ready import Ready

FEW = 5_000
"""So many are found and put in order sooner than others are passed over on the way to a page."""


class Limits(NamedTuple):
    """How far is counted. They stand in statements as they are, since plans depend on them."""

    few: int
    counted: int
    probed: int
    looked_up: int


def limits() -> Limits:
    return Limits(FEW, pages.MOST_COUNTED, pages.MOST_PROBED, pages.MOST_LOOKED_UP)


class Way(NamedTuple):
    """Where reading people begins: of one criterion of the audience the place in it, or neither."""

    few: int | None = None
    """Whose rows are so few that they are found all at once, and put in order then."""
    begun: int | None = None
    """Whose rows are read in the order of the list."""


class Counted(NamedTuple):
    way: Way
    total: int
    """So many they are, as far as is counted; where they are few, that is still to be counted."""
    is_more: bool


class Meant:
    """Whom an audience means, as far as an actor may know, as statements.

    Criteria that few people meet are where the database begins; what many meet it looks up for
    one person after the other, in the order of the names, until the page is full.
    """

    def __init__(self, actor: Actor, audience: Audience, limits: Limits) -> None:
        parts = audience.criteria
        rest = [one.condition(actor) for one in parts if not isinstance(one, Beside)]
        self._actor = actor
        self._limits = limits
        self._beside = [one for one in parts if isinstance(one, Beside)]
        self._own = [visible(actor), *rest]
        """What is asked of the person itself."""
        ways = ((place, one.ordered(actor)) for place, one in enumerate(self._beside))
        self._begun = {place: way.subquery("begun") for place, way in ways if way is not None}
        """By their places the criteria whose rows are in order."""
        self._is_found = may_view_people(actor) and not rest
        """Rows hang on nobody whom the office does not find."""
        self.counting = self._counting()
        """One row: how many they are, if that is wanted, and how long the list of each criterion

        is, in which somebody may stand twice.
        """

    @property
    def most(self) -> int:
        """So far they are counted."""
        if len(self._beside) > 1:
            return self._limits.probed if self._is_found else self._limits.looked_up
        is_looked_up = self._beside and not self._is_found
        return self._limits.looked_up if is_looked_up else self._limits.counted

    def asked(self, way: Way) -> list[ColumnElement[bool]]:
        """Of ``Person``: all that is not true of the rows anyway at which it begins."""
        if way.few is not None:
            whole = self._beside[way.few].condition(self._actor)
            return [whole, *self._own, *self._probed(way.few)]
        return [*self._own, *self._probed(way.begun)]

    def found(self, way: Way) -> Select[int, str]:
        """Them all, each once, as ``id`` and ``sort_key``; for a way that begins where few are.

        Each is looked up by itself: PostgreSQL expects so much of a lookup that it would read
        everybody for two thousand of them.
        """
        few = _once(self._beside[cast("int", way.few)].people(self._actor))
        asked = [*self._own, *self._probed(way.few)]
        one = select(Person.sort_key).where(Person.id == few.c.id, *asked).limit(1)
        sort_key = one.correlate(few).scalar_subquery().label("sort_key")
        looked_up = select(few.c.id, sort_key).offset(0).subquery()
        return select(looked_up.c.id, looked_up.c.sort_key).where(looked_up.c.sort_key.is_not(None))

    def begun(self, way: Way) -> Subquery | None:
        """Rows of people in the order of the list; None where it is everybody's."""
        return None if way.begun is None else self._begun[way.begun]

    def way(self, sizes: Sequence[int]) -> Way:
        """The short one, where the lists are so long, each as far as is counted."""
        few = self._limits.few
        least = min(sizes, default=few + 1)
        in_order = next(iter(self._begun), None)
        if least > few or (in_order is not None and sizes[in_order] == least):
            return Way(begun=in_order)
        return Way(few=sizes.index(least))

    def _counting(self) -> Select[Any]:
        if not self._beside:
            return select(_cut(select(Person.id).where(*self._own), self.most))
        few = self._limits.few
        cuts = [_cut(one.people(self._actor), few) for one in self._beside]
        told = select(*(size.label(f"size_{place}") for place, size in enumerate(cuts)))
        known = told.offset(0).subquery()  # or both engines count anew for each time it is named
        sizes = list(known.c)
        is_wanted = and_(*(size > few for size in sizes))
        for place in list(self._begun)[:1]:
            is_wanted |= and_(*(sizes[place] <= size for size in sizes))
        return select(case((is_wanted, self._total())), *sizes)

    def _total(self) -> ScalarSelect[int]:
        """How many they are: from the rows of one list on."""
        place, begun = next(iter(self._begun.items()), (0, None))
        whole = self._beside[place].people(self._actor)
        begun = _once(whole) if begun is None else _by_one(begun)
        asked = self._probed(place, begun)
        if not self._is_found:
            # Each looked up by itself: PostgreSQL would read everybody for it, and SQLite begin
            # at all who may be found.
            found = select(Person.id).where(Person.id == begun.c.id, *self._own).limit(1)
            asked.append(found.correlate(begun).scalar_subquery().is_not(None))
        return _cut(select(begun.c.id).where(*asked), self.most)

    def _probed(
        self, besides: int | None, begun: Subquery | None = None
    ) -> list[ColumnElement[bool]]:
        """All that is asked of rows, but for what the criterion at that place says already."""
        places = (place for place in range(len(self._beside)) if place != besides)
        return [self._beside[place].probed(self._actor, begun) for place in places]


def meant(actor: Actor, audience: Audience) -> Meant:
    """Kept where that is safe: to make statements takes longer than what they ask for."""
    if is_kept(audience):
        return _kept(sight_of(actor), audience, limits())
    return Meant(actor, audience, limits())


def is_kept(audience: Audience) -> bool:
    """Whether statements of it say the same every day."""
    return all(isinstance(one, Beside) for one in audience.criteria)


@lru_cache(maxsize=KEPT)
def _kept(sight: Sight, audience: Audience, limits: Limits) -> Meant:
    return Meant(sight.actor(), audience, limits)


@lru_cache(maxsize=KEPT)
def _counting(whom: Meant, _on_postgresql: bool) -> Ready:  # noqa: FBT001 - the engine at hand, to be kept by
    return Ready(whom.counting)


def counted(whom: Meant, *, is_kept: bool) -> Counted:
    """In one statement."""
    if is_kept:
        ((number, *sizes),) = _counting(whom, is_postgresql()).rows({})
    else:
        number, *sizes = db.session.connection().execute(whom.counting).one()
    total = min(number or 0, whom.most)
    return Counted(whom.way(sizes), total, (number or 0) > total)


def _once(people: Select[int]) -> Subquery:
    """Each ``id`` once. All are fetched first, by the index of the criterion: PostgreSQL would go

    through everybody in the order of their ids, since then the same come together.
    """
    fetched = people.offset(0).subquery()
    return select(fetched.c[0].label("id")).distinct().subquery()


def _by_one(rows: Subquery) -> Subquery:
    """The same, by one process: PostgreSQL would have others help where that takes longer than to

    do it. What is limited, by whatever number, is not shared out.
    """
    no_limit: ColumnElement[int] = literal_column(str(GREATEST))
    return select(rows).limit(no_limit).subquery(rows.name)


def _cut(some: Select[int], most: int) -> ScalarSelect[int]:
    """How many rows there are, counted to one more than so many."""
    one_more: ColumnElement[int] = literal_column(str(most + 1))
    rows = some.limit(one_more).correlate(None).subquery()
    return select(func.count()).select_from(rows).scalar_subquery()


def written_to(*conditions: ColumnElement[bool]) -> ScalarSelect[int]:
    """How many of those of whom these conditions hold have an e-mail address."""
    some = select(func.count()).select_from(Person).where(*conditions, seen_to_have_email())
    return some.correlate(None).scalar_subquery()
