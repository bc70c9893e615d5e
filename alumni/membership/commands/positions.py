"""Which positions there are, and what each of them may do."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import exists, select

from alumni.audit.commands import record
from alumni.authz import Actor, Right, require
from alumni.chapters.models import Officer, Position, PositionRight
from alumni.db import db, inserted, locked, public_id
from alumni.errors import Invalid, Refusal
from alumni.i18n import _, ngettext
from alumni.membership.policy import may_manage_chapters
from alumni.membership.policy.officers import may_give_to_position
from alumni.membership.queries.officers import led_chapters
from alumni.membership.queries.positions import BY_POSITION
from alumni.terms import lasts

CODE_LENGTH = 20


@dataclass(frozen=True, kw_only=True)
class PositionDetails:
    """What a position is called in both languages, and where it stands among the others."""

    name_zh: str
    name_en: str
    order: int
    reaches_below: bool


@dataclass(frozen=True, kw_only=True)
class RightsChange:
    """What a position shall bring and what it shall bring no more. All else stays as it is."""

    given: frozenset[Right] = frozenset()
    taken: frozenset[Right] = frozenset()


def make_position(actor: Actor, details: PositionDetails, rights: frozenset[Right]) -> Position:
    """Add a position that officers can be given from now on."""
    require(may_manage_chapters, actor)
    _insist_on_new_names(details, None)
    position = Position(code=_code_of(details.name_en), **_columns(details))
    while not inserted(position):
        position = Position(code=public_id()[:CODE_LENGTH], **_columns(details))
    _change(position, RightsChange(given=rights))
    record(actor, "made_position", position)
    return position


def change_position(actor: Actor, position: Position, details: PositionDetails) -> None:
    """Give the position other names, another place among the others, or another reach.

    Nobody lets the one they hold reach further.
    """
    require(may_manage_chapters, actor)
    if details.reaches_below and not position.reaches_below:
        require(may_give_to_position, actor, holds_it=_holds(actor, position))
    _insist_on_new_names(details, position.id)
    for name, value in _columns(details).items():
        setattr(position, name, value)
    record(actor, "changed_position", position)


def change_rights(
    actor: Actor, changes: Mapping[int, RightsChange], *, leaving_nobody: bool = False
) -> int:
    """Change what positions bring, by their ids. Who holds one has it with the next page.

    Return how many of them changed. Nobody gives more to the one they hold. Raise Refusal where
    chapters would be left without anybody who may decide there, unless that is meant.
    """
    require(may_manage_chapters, actor)
    led = frozenset() if leaving_nobody else led_chapters()
    wanted = locked(select(Position).where(Position.id.in_(changes)).order_by(Position.id))
    changed = 0
    for position in db.session.scalars(wanted).all():
        if changes[position.id].given:
            require(may_give_to_position, actor, holds_it=_holds(actor, position))
        if _change(position, changes[position.id]):
            record(actor, "changed_rights", position)
            changed += 1
    db.session.flush()
    if not leaving_nobody:
        _insist_on_leaders(led)
    return changed


def retire_position(actor: Actor, position: Position, *, is_retired: bool) -> None:
    """Let nobody be given the position any more, or again. Who holds it keeps it."""
    require(may_manage_chapters, actor)
    if position.is_retired is is_retired:
        return
    position.is_retired = is_retired
    record(actor, "retired_position" if is_retired else "reinstated_position", position)


def _insist_on_leaders(led: frozenset[int]) -> None:
    """Raise Refusal where somebody could decide in one of these chapters, and nobody can any more.

    It is asked of all of them anew: what one position loses another may bring.
    """
    number = len(led - led_chapters())
    if number:
        raise Refusal(
            ngettext(
                "Then nobody in %(num)s chapter could decide about joiners. Give the right to"
                " another position first, or say that this is meant.",
                "Then nobody in %(num)s chapters could decide about joiners. Give the right to"
                " another position first, or say that this is meant.",
                number,
            )
        )


def _holds(actor: Actor, position: Position) -> bool:
    """Whether the actor has a term in this position, today or later."""
    own = exists().where(
        Officer.person_id == actor.person_id, Officer.position_id == position.id, lasts(Officer)
    )
    return actor.person_id is not None and bool(db.session.scalar(select(own)))


def _columns(details: PositionDetails) -> dict[str, str | int | bool]:
    return {
        "name_zh": details.name_zh,
        "name_en": details.name_en,
        "order": details.order,
        "reaches_below": details.reaches_below,
    }


def _insist_on_new_names(details: PositionDetails, position_id: int | None) -> None:
    """Two positions of one name could not be told apart where one of them is given."""
    others = select(Position)
    if position_id is not None:
        others = others.where(Position.id != position_id)
    for other in db.session.scalars(others):
        for name in ("name_zh", "name_en"):
            if getattr(other, name).casefold() == getattr(details, name).casefold():
                raise Invalid(_("There is a position of this name already."), field=name)


def _change(position: Position, change: RightsChange) -> bool:
    """Whether anything changed."""
    held = {
        brought.right: brought
        for brought in db.session.scalars(
            select(PositionRight).where(PositionRight.position_id == position.id)
        )
    }
    after = (held.keys() | change.given) - change.taken
    _insist_on_sense(position, frozenset(after), change)
    for right in sorted(after - held.keys()):
        db.session.add(PositionRight(position_id=position.id, right=right))
    for right in sorted(held.keys() - after):
        db.session.delete(held[right])
    return after != held.keys()


def _insist_on_sense(position: Position, after: frozenset[Right], change: RightsChange) -> None:
    if not change.given <= set(BY_POSITION):
        raise Refusal(
            _("To export is granted to one officer for some time, not to everybody in a position.")
        )
    if after and Right.VIEW not in after:
        raise Invalid(
            _(
                "%(position)s: whoever does something at the desk also has to see it.",
                position=f"{position.name_zh} {position.name_en}",
            )
        )


def _code_of(name: str) -> str:
    code = re.sub(r"[^a-z0-9]+", "_", name.lower()).strip("_")[:CODE_LENGTH].strip("_")
    return code or public_id()[:CODE_LENGTH]
