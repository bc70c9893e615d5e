"""What becomes of places at events when two records of one person are made one."""

from collections.abc import Mapping
from typing import Any

from alumni.db import GREATEST, db, now
from alumni.events.commands.places import promote
from alumni.events.models import Event, RegistrationState
from alumni.events.queries.places import ACTIVE, held_seats, hold
from alumni.roster.merging import GUARDS, RULES, Merging, Reference


def register_rules() -> None:
    """Enter the rules. Twice is once."""
    RULES["registration"] = places
    GUARDS["registration"] = has_room


def places(merging: Merging, reference: Reference) -> None:
    """Of two registrations for one event the better one holds, and the other is cancelled.

    A place is better than one in the queue. A seat that comes free goes to who waits first.
    """
    table = reference.table
    held = {
        row["event_id"]: row
        for row in merging.of(table, reference.column == merging.kept_id)
        if row["state"] in ACTIVE
    }
    moving, both = [], []
    for row in merging.of(table, reference.column == merging.gone_id):
        ours = held.get(row["event_id"]) if row["state"] in ACTIVE else None
        if ours is None:
            moving.append(row["id"])
            continue
        both.append(row["event_id"])
        if _is_better(row, ours):
            merging.change(table, ours, _cancelled())
            moving.append(row["id"])
        else:
            merging.move_changed(reference, row, _cancelled())
    merging.move(reference, moving)
    for event_id in both:
        db.session.expire_all()
        promote(merging.actor, hold(event_id))


def has_room(row: Mapping[str, Any], before: Mapping[str, Any]) -> bool:
    """Whether there is a seat for a registration that is to have one again."""
    if before.get("state") is not RegistrationState.CONFIRMED:
        return True
    event = db.session.get_one(Event, row["event_id"])
    capacity = GREATEST if event.capacity is None else event.capacity
    return held_seats(event) + int(row["seats"]) <= capacity


def _is_better(one: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    states = (one["state"], other["state"])
    return states == (RegistrationState.CONFIRMED, RegistrationState.WAITING)


def _cancelled() -> dict[str, Any]:
    return {"state": RegistrationState.CANCELLED, "cancelled_at": now()}
