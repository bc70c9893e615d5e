"""Making one of two words, or of two places, and taking that back."""

from typing import Any

from sqlalchemy import ColumnElement, and_, insert, literal, null, select, update
from sqlalchemy.exc import IntegrityError

from alumni.audit.commands import as_told, record, record_changes
from alumni.audit.models import Change, ChangeSet
from alumni.authz import Actor, require
from alumni.codes.commands import tell_change
from alumni.codes.models import Code, CodeAlias, PlaceName
from alumni.codes.policy import may_manage_lists
from alumni.codes.queries import normal_place, normal_word
from alumni.codes.queries.references import (
    Reference,
    Thing,
    conflicts,
    names_reference,
    references_of,
)
from alumni.db import Model, changed, db, locked
from alumni.errors import Invalid, Refusal
from alumni.i18n import _, ngettext

MERGED = "merged_into"


def merge(actor: Actor, thing: Thing, into: Thing) -> int:
    """Put ``into`` wherever ``thing`` is, and keep the latter's names as other names of the first.

    Return how many rows were changed. Refuse what would make two rows the same, saying so. The
    word, or the place, is kept as one that nothing hangs on, so that it can be taken back.
    """
    require(may_manage_lists, actor)
    _refuse_unlike(thing, into)
    table = type(thing)
    list(db.session.scalars(locked(select(table).where(table.id.in_([thing.id, into.id])))))
    if thing.merged_into_id is not None or into.merged_into_id is not None:
        raise Refusal(_("One of the two was merged already. Please look at the list again."))
    in_the_way = sum(conflict.rows for conflict in conflicts(thing, into))
    if in_the_way:
        raise Refusal(conflict_text(in_the_way))
    tell_change(table.__tablename__, thing.id)
    _hand_over_names(thing, into)
    if isinstance(thing, Code) and isinstance(into, Code):
        thing.is_obsolete = True
        into.position = min(into.position, thing.position)  # the first university is the own one
    thing.merged_into_id = into.id
    facts = {"into": into.name_zh, "name": thing.name_zh}
    deed = record(actor, MERGED, thing, facts=facts)
    rows = sum(_move(deed, reference, thing.id, into.id) for reference in references_of(thing))
    db.session.expire_all()
    return rows


def take_back(actor: Actor, thing: Thing) -> int:
    """Undo the merger: what it changed and is still so becomes what it was. Return how many rows.

    What was entered since then stays with the other. Refuse if rows have changed in a way that
    leaves no room for the old ones.
    """
    require(may_manage_lists, actor)
    merged = merger_of(thing)
    into_id = thing.merged_into_id
    if merged is None or into_id is None:
        raise Refusal(_("This was not merged into another."))
    thing.merged_into_id = None
    if isinstance(thing, Code):
        thing.is_obsolete = _was_obsolete(merged, thing)
    deed = record(actor, "took_back_merger", thing)
    try:
        with db.session.begin_nested():
            rows = _put_back(deed, merged, thing, into_id)
    except IntegrityError as error:
        raise Refusal(
            _("This cannot be taken back any more: people were changed since then.")
        ) from error
    db.session.expire_all()
    tell_change(thing.__tablename__, thing.id)
    return rows


def merger_of(thing: Thing) -> ChangeSet | None:
    """The deed by which the thing became another."""
    told = select(ChangeSet).where(
        ChangeSet.subject_table == thing.__tablename__,
        ChangeSet.subject_id == thing.id,
        ChangeSet.verb == MERGED,
    )
    return db.session.scalar(told.order_by(ChangeSet.id.desc()).limit(1))


def conflict_text(rows: int) -> str:
    """Why the two cannot be merged yet, and what to do."""
    return ngettext(
        "%(num)s student number or study is registered with both and would stand there twice."
        " Correct this person first, then merge.",
        "%(num)s student numbers or studies are registered with both and would stand there twice."
        " Correct these people first, then merge.",
        rows,
    )


def _refuse_unlike(thing: Thing, into: Thing) -> None:
    if type(thing) is not type(into) or thing.kind != into.kind:
        raise Invalid(_("Only two of the same kind can be merged."), field="into")
    if thing.id == into.id:
        raise Invalid(_("Choose another one than itself."), field="into")


def _hand_over_names(thing: Thing, into: Thing) -> None:
    """Let ``into`` be found by all the names of the other."""
    if isinstance(thing, Code):
        own = {normal_word(name): name for name in (thing.name_zh, thing.name_en) if name}
        for alias in db.session.scalars(select(CodeAlias).where(CodeAlias.code_id == thing.id)):
            alias.code_id = into.id
            alias.written = alias.written or own.get(alias.name)
        return
    own = {normal_place(name): name for name in (thing.name_zh, thing.name_en)}
    held = select(PlaceName.name).where(PlaceName.place_id == into.id)
    known = set(db.session.scalars(held))
    for name in db.session.scalars(select(PlaceName).where(PlaceName.place_id == thing.id)):
        if name.name in known:
            db.session.delete(name)
        else:
            name.place_id = into.id
            name.written = name.written or own.get(name.name)


def _move(deed: ChangeSet, reference: Reference, old: int, new: int) -> int:
    """Let the rows that refer to the old one refer to the new one."""
    if reference.is_alone and _has_row(reference, new):
        return _drop(deed, reference, old)
    return _changed_over(deed, reference, reference.column == old, (old, new))


def _has_row(reference: Reference, thing_id: int) -> bool:
    there = select(literal(1)).select_from(reference.table).where(reference.column == thing_id)
    return db.session.scalar(there.limit(1)) is not None


def _drop(deed: ChangeSet, reference: Reference, old: int) -> int:
    """Take away the rows of the old one: the new one has its own, and can have no other."""
    listed = select(reference.table).where(reference.column == old)
    for row in db.session.execute(listed).mappings().all():
        said = _said(reference.name, row[reference.key.name])
        record_changes(deed, [said | {"before": as_told(dict(row)), "after": None}])
    return changed(reference.table.delete().where(reference.column == old))


def _changed_over(
    deed: ChangeSet, reference: Reference, which: ColumnElement[bool], way: tuple[int, int]
) -> int:
    """Write into these rows the second number instead of the first, and that into their history.

    The database does it by itself: of 100,000 rows none comes here.
    """
    column, table = reference.column, reference.table
    if reference.is_audited:
        told = select(
            literal(deed.id),
            table.c.get("person_id", null()),
            literal(reference.name),
            literal(way[1]) if column is reference.key else reference.key,
            literal({column.name: way[0]}, Change.before.type),
            literal({column.name: way[1]}, Change.after.type),
        ).where(which)
        columns = ["change_set_id", "person_id", "table_name", "row_id", "before", "after"]
        db.session.execute(insert(Change).from_select(columns, told))
    return changed(update(table).where(which).values({column: way[1]}))


def _said(table: str, row_id: int) -> dict[str, Any]:
    return {"table_name": table, "row_id": row_id, "person_id": None}


def _was_obsolete(merged: ChangeSet, code: Code) -> bool:
    """Whether the word was offered no more before it was merged."""
    own = select(Change.before).where(
        Change.change_set_id == merged.id,
        Change.table_name == Code.__tablename__,
        Change.row_id == code.id,
    )
    before: dict[str, Any] = db.session.scalar(own) or {}
    return bool(before.get("is_obsolete", True))


def _put_back(deed: ChangeSet, merged: ChangeSet, thing: Thing, into_id: int) -> int:
    """Undo what the merger did where nothing happened since. Return how many rows were changed."""
    own, all_of_it = names_reference(thing), references_of(thing)
    dropped = [own.name, *(reference.name for reference in all_of_it if reference.is_alone)]
    rows = sum(_enter_again(deed, merged, table) for table in dropped)
    for reference in (own, *all_of_it):
        moved = select(Change.row_id).where(
            Change.change_set_id == merged.id,
            Change.table_name == reference.name,
            Change.before[reference.column.name].as_integer() == thing.id,
        )
        which = and_(reference.column == into_id, reference.key.in_(moved))
        rows += _changed_over(deed, reference, which, (into_id, thing.id))
    return rows


def _enter_again(deed: ChangeSet, merged: ChangeSet, table: str) -> int:
    """Enter the rows of the table anew that the merger took away."""
    told = select(Change.row_id, Change.before, Change.after).where(
        Change.change_set_id == merged.id, Change.table_name == table
    )
    gone = [change for change in db.session.execute(told).all() if change.after is None]
    for change in gone:
        db.session.execute(insert(Model.metadata.tables[table]).values(change.before))
        entered = {"before": None, "after": change.before}
        record_changes(deed, [_said(table, change.row_id) | entered])
    return len(gone)
