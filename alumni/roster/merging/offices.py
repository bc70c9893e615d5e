"""The rules of what people hold, promise and ask for."""

from collections.abc import Callable

from alumni.people.models.asking import ChangeState
from alumni.roster.merging import RULES, Merging, Reference, moves
from alumni.roster.merging.folding import Folds
from alumni.roster.merging.rows import Row
from alumni.roster.merging.rules import end_before_today


def register_rules() -> None:
    """Enter the rules. Twice is once."""
    RULES.update(
        {
            "acceptance": Folds(same=_agree_in("agreement_id")),
            "petition": moves,
            "supporter": Folds(same=_agree_in("petition_id")),
            "handover_seat": Folds(same=_agree_in("handover_id", "position_id")),
            "class_liaison": _liaisons,
            "lead": moves,
            "change_request": Folds(same=_same_wish),
            "relayed_message": _between_two,
            "block": _between_two,
            "request": moves,
        }
    )


def _agree_in(*columns: str) -> Callable[[Row, Row], bool]:
    """Whether both rows are about the same thing, of which a person has one."""
    return lambda one, other: all(one[name] == other[name] for name in columns)


def _same_wish(one: Row, other: Row) -> bool:
    """Whether both wait for the same fact of the person. Facts of their studies are others."""
    waiting = one["state"] is other["state"] is ChangeState.WAITING
    return waiting and (one["field"], one["row_id"]) == (other["field"], other["row_id"])


def _liaisons(merging: Merging, reference: Reference) -> None:
    """As with officers: a merge brings nobody a term that is under way."""
    rows = merging.of(reference.table, reference.column == merging.gone_id)
    end_before_today(merging, reference.table, rows)
    moves(merging, reference)


def _between_two(merging: Merging, reference: Reference) -> None:
    """What stands between the two records was of one person with themselves: it goes.

    So does what the one that is kept has already.
    """
    table, column = reference.table, reference.column
    other = next(
        name
        for name in ("sender_id", "recipient_id", "person_id", "blocked_id")
        if name in table.c and name != column.name
    )
    is_unique = table.name == "block"
    had = {row[other] for row in merging.of(table, column == merging.kept_id)} if is_unique else ()
    moving = []
    for row in merging.of(table, column == merging.gone_id):
        if row[other] == merging.kept_id or row[other] in had:
            merging.remove(table, row)
        else:
            moving.append(row["id"])
    merging.move(reference, moving)
