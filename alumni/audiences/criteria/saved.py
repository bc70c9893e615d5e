"""An audience that was saved under a name, as a criterion of another one."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass

from sqlalchemy import ColumnElement, select

from alumni.audiences.criteria.audience import Audience
from alumni.audiences.criteria.base import (
    Chip,
    Control,
    Criterion,
    Kind,
    Question,
    fits,
    impossible,
)
from alumni.audiences.criteria.reading import Misplaced, placed
from alumni.audiences.models import SavedAudience
from alumni.audiences.policy import usable
from alumni.authz import Actor
from alumni.db import PUBLIC_ID_LENGTH, db
from alumni.i18n import _, either, lazy_gettext

MOST_NESTED = 3
"""Saved audiences inside one another."""

MOST_OFFERED = 100

_being_read: ContextVar[tuple[str, ...]] = ContextVar("_being_read", default=())


@dataclass(frozen=True)
class InSaved(Criterion):
    """Whom a saved audience means today, as far as who asks may know."""

    public_id: str
    name_zh: str
    name_en: str
    audience: Audience

    def parameters(self) -> dict[str, str]:
        return {"saved": self.public_id}

    def condition(self, actor: Actor) -> ColumnElement[bool]:
        return self.audience.condition(actor)

    def chips(self) -> list[Chip]:
        name = either(self.name_zh, self.name_en)
        return [Chip(_("Of the audience “%(name)s”", name=name), ("saved",))]

    def weight(self) -> int:
        return max(1, sum(leaf.weight() for leaf in self.audience.leaves()))


@contextmanager
def reading(public_id: str) -> Iterator[None]:
    """While the criteria of this saved audience are read: it cannot be made of itself."""
    inside = _being_read.get()
    if public_id in inside:
        raise Misplaced("", _("An audience cannot be made of itself."))
    if len(inside) > MOST_NESTED:
        raise Misplaced(
            "", _("Saved audiences can stand %(most)s deep in each other.", most=MOST_NESTED)
        )
    token = _being_read.set((*inside, public_id))
    try:
        yield
    finally:
        _being_read.reset(token)


def _read(actor: Actor, given: Mapping[str, str]) -> Criterion:
    public_id = given["saved"]
    asked = select(SavedAudience).where(SavedAudience.public_id == public_id, usable(actor))
    saved = db.session.scalar(asked) if fits(public_id, PUBLIC_ID_LENGTH) else None
    if saved is None:
        raise impossible("saved", public_id)

    def read() -> Criterion:
        with reading(public_id):
            audience = Audience.from_json(actor, saved.criteria)
        return InSaved(public_id, saved.name_zh, saved.name_en, audience)

    return placed("saved", read, field="saved")


def _offered(actor: Actor) -> list[tuple[str, str]]:
    """Those that the actor may use and that are not being read, those changed last first."""
    asked = (
        select(SavedAudience.public_id, SavedAudience.name_zh, SavedAudience.name_en)
        .where(usable(actor), SavedAudience.public_id.not_in(_being_read.get()))
        .order_by(SavedAudience.updated_at.desc(), SavedAudience.id.desc())
        .limit(MOST_OFFERED)
    )
    return [(value, either(zh, en)) for value, zh, en in db.session.execute(asked)]


KIND = Kind(
    ("saved",),
    _read,
    questions=(
        Question(
            "saved",
            lazy_gettext("Saved audience"),
            (Control("saved", lazy_gettext("Saved audience"), offered=_offered),),
        ),
    ),
)
