"""Positions and what each of them brings with it."""

from dataclasses import dataclass

from sqlalchemy import func, select

from alumni.authz import Actor, Right, require
from alumni.chapters.models import Officer, Position, PositionRight
from alumni.db import db
from alumni.errors import NotFound
from alumni.membership.policy import may_manage_chapters
from alumni.terms import runs

BY_POSITION = tuple(right for right in Right if right is not Right.EXPORT)
"""What a position may bring. To export is granted to one officer, for some time."""


@dataclass(frozen=True, kw_only=True)
class PositionRow:
    position: Position
    rights: frozenset[Right]
    holders: int
    """How many hold it today, in all chapters."""


def positions() -> list[Position]:
    """The positions that may be given, in their order."""
    offered = select(Position).where(~Position.is_retired)
    return list(db.session.scalars(offered.order_by(Position.order, Position.id)))


def rights_of_positions() -> dict[int, frozenset[Right]]:
    """What each position brings, by its id. Of one that brings nothing there is no entry."""
    rights: dict[int, set[Right]] = {}
    for brought in db.session.scalars(select(PositionRight)):
        rights.setdefault(brought.position_id, set()).add(brought.right)
    return {position_id: frozenset(brought) for position_id, brought in rights.items()}


def list_positions(actor: Actor) -> list[PositionRow]:
    """All positions, retired ones last, each with its rights; in three statements."""
    require(may_manage_chapters, actor)
    rights = rights_of_positions()
    counted = (
        select(Officer.position_id, func.count()).where(runs(Officer)).group_by(Officer.position_id)
    )
    holders = dict(db.session.execute(counted).all())
    listed = select(Position).order_by(Position.is_retired, Position.order, Position.id)
    return [
        PositionRow(
            position=position,
            rights=rights.get(position.id, frozenset()),
            holders=holders.get(position.id, 0),
        )
        for position in db.session.scalars(listed)
    ]


def get_position(actor: Actor, position_id: int) -> Position:
    require(may_manage_chapters, actor)
    position = db.session.get(Position, position_id)
    if position is None:
        raise NotFound
    return position
