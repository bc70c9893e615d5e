"""The rules of the slices below, and of this one."""

from datetime import timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Table, select

from alumni.chapters.models import MembershipState
from alumni.db import Model, now, today
from alumni.roster.certificates import certificate_key
from alumni.roster.merging import RULES, Merging, Reference, Rule, moves, stays
from alumni.roster.merging.folding import Folds, agree, filled, in_order
from alumni.roster.merging.rows import Row
from alumni.roster.models import PairState

CURRENT = frozenset({MembershipState.PENDING, MembershipState.ACTIVE})

TABLES = Model.metadata.tables


def register_rules() -> None:
    """Enter the rules. Twice is once."""
    RULES.update(_names_and_lives())
    RULES.update(_beside())


def _names_and_lives() -> dict[str, Rule]:
    return {
        "former_name": Folds(same=lambda one, other: one["name"] == other["name"]),
        "study": _studies,
        "study_institution": moves,
        "training": Folds(same=_same_training),
        "employment": Folds(same=_same_job, mark="is_current", taken=lambda _row: "employment"),
        "residence": Folds(same=_same_home, mark="is_current", taken=lambda _row: "residence"),
        "contact_point": Folds(
            same=lambda one, other: (
                (one["kind"], one["normal"]) == (other["kind"], other["normal"])
            ),
            mark="is_primary",
            among=lambda row: row["kind"],
            taken=lambda row: str(row["kind"].value),
        ),
        "photo": _if_none,
        "person_tag": _tags,
        "consent": _consents,
        "chapter_membership": Folds(
            same=_same_spell,
            mark="is_primary",
            among=lambda row: row["state"] is MembershipState.ACTIVE,
            take_over=_join_spells,
        ),
        "officer": _terms,
        "account": _accounts,
    }


def _beside() -> dict[str, Rule]:
    return {
        "person": stays,
        "person_search": stays,  # the words are made anew
        "stale_search": stays,
        "merge": stays,
        "import_row": stays,  # what an import did, it did to that record
        "roster_entry": moves,
        "application": moves,
        "invitation": moves,
        "match": Folds(same=_of_one_application),
        "vouch": Folds(same=_of_one_application),
        "activation": _activations,
        "duplicate_pair": _ignored_pairs,
        "delivery": _letters,
    }


def _same_training(one: Row, other: Row) -> bool:
    where = one["hospital_id"] is not None and one["hospital_id"] == other["hospital_id"]
    return (
        one["kind"] == other["kind"]
        and (where or one["written"] == other["written"])
        and agree(one, other, "department", "from_year", "from_month", "to_year", "to_month")
        and in_order(one, other, "from_year", "to_year")
    )


def _same_job(one: Row, other: Row) -> bool:
    goes_on = one["is_current"] or other["is_current"]
    has_ended = one["to_year"] is not None or other["to_year"] is not None
    return (
        not (goes_on and has_ended)
        and one["employer"].casefold() == other["employer"].casefold()
        and agree(one, other, "department", "title", "from_year", "from_month")
        and agree(one, other, "to_year", "to_month")
        and in_order(one, other, "from_year", "to_year")
    )


def _same_home(one: Row, other: Row) -> bool:
    where = one["place_id"] is not None and one["place_id"] == other["place_id"]
    return (
        (where or one["written"] == other["written"])
        and one["is_current"] == other["is_current"]
        and agree(one, other, "starts_on", "ends_on")
    )


def _same_spell(one: Row, other: Row) -> bool:
    """Whether both are in the chapter now, or ask to be."""
    both = one["state"] in CURRENT and other["state"] in CURRENT
    return both and one["chapter_id"] == other["chapter_id"]


def _join_spells(merging: Merging, twin: dict[str, Any], row: Row) -> None:
    """Who is a member by one record is one; and has been since the first day of either.

    A spell that was to end when another begins is that of the one record from now on.
    """
    table = TABLES["chapter_membership"]
    for after in merging.of(table, table.c.replaces_id == row["id"]):
        merging.change(table, after, {"replaces_id": twin["id"]})
    first_days = [one["starts_on"] for one in (twin, row) if one["starts_on"] is not None]
    joined: dict[str, Any] = {"starts_on": min(first_days, default=None)}
    if row["state"] is MembershipState.ACTIVE:
        joined["state"] = MembershipState.ACTIVE
    if twin["replaces_id"] is None:
        joined["replaces_id"] = merging.of(table, table.c.id == row["id"])[0]["replaces_id"]
    merging.change(table, twin, joined)
    twin.update(joined)


def _of_one_application(one: Row, other: Row) -> bool:
    return bool(one["application_id"] == other["application_id"])


def _studies(merging: Merging, reference: Reference) -> None:
    """Fold studies of one year and subject, whose numbers do not contradict each other."""
    registered = TABLES["study_institution"]
    of_both = registered.c.person_id.in_((merging.kept_id, merging.gone_id))
    there: dict[int, list[dict[str, Any]]] = {}
    for one in merging.of(registered, of_both):
        there.setdefault(one["study_id"], []).append(one)

    def same(one: Row, other: Row) -> bool:
        at = {row["institution_id"]: row for row in there.get(one["id"], [])}
        return _same_course(one, other) and all(
            _same_numbers(at[row["institution_id"]], row)
            for row in there.get(other["id"], [])
            if row["institution_id"] in at
        )

    def take_over(merging: Merging, twin: dict[str, Any], row: Row) -> None:
        ours = there.setdefault(twin["id"], [])
        at = {one["institution_id"]: one for one in ours}
        for one in there.pop(row["id"], []):
            _register(merging, twin, at.get(one["institution_id"]), one)
            ours.append(one)

    Folds(same=same, mark="is_primary", taken=lambda _row: "study", take_over=take_over)(
        merging, reference
    )


def _same_numbers(one: Row, other: Row) -> bool:
    certificates = [row["certificate_number"] for row in (one, other)]
    is_one = None in certificates or len({*map(certificate_key, certificates)}) == 1
    return is_one and agree(one, other, "student_number")


def _same_course(one: Row, other: Row) -> bool:
    subject = ("level", "programme_id", "college_id", "major_id", "class_label", "supervisor")
    months = ("entry_year", "entry_month", "graduation_month")
    return (
        one["graduation_year"] is not None
        and one["graduation_year"] == other["graduation_year"]
        and agree(one, other, *subject, *months)
        and in_order(one, other, "entry_year", "graduation_year")
    )


def _register(merging: Merging, study: Row, twin: dict[str, Any] | None, row: Row) -> None:
    """Let a registration be of that study, or part of the one that the study has there."""
    table = TABLES["study_institution"]
    if twin is None:
        values = {"study_id": study["id"], "person_id": merging.kept_id}
        merging.change(table, row, values)
        return
    merging.remove(table, row)
    more = filled(twin, row)
    merging.change(table, twin, more)
    twin.update(more)


def _if_none(merging: Merging, reference: Reference) -> None:
    """Move the one row that a person has, unless the other has one, too."""
    if not merging.ids(reference.table, reference.column == merging.kept_id):
        moves(merging, reference)


def _tags(merging: Merging, reference: Reference) -> None:
    table, column = reference.table, reference.column
    held = {row["tag_id"] for row in merging.of(table, column == merging.kept_id)}
    for row in merging.of(table, column == merging.gone_id):
        merging.remove(table, row)
        if row["tag_id"] not in held:
            merging.add(table, row | {column.name: merging.kept_id})


def _consents(merging: Merging, reference: Reference) -> None:
    """What was agreed to with either record holds, unless it was withdrawn with the other since."""
    table, column = reference.table, reference.column
    kept = merging.of(table, column == merging.kept_id)
    gone = merging.of(table, column == merging.gone_id)
    for mine, theirs in ((kept, gone), (gone, kept)):
        for row in mine:
            last = _last_withdrawal(row, theirs)
            if last is not None:
                merging.change(table, row, {"withdrawn_at": last})
                row["withdrawn_at"] = last
    given = {row["purpose"] for row in kept if row["withdrawn_at"] is None}
    moving = []
    for row in gone:
        if row["withdrawn_at"] is None and row["purpose"] in given:
            merging.remove(table, row)
        else:
            moving.append(row["id"])
    merging.move(reference, moving)


def _last_withdrawal(given: Row, others: list[dict[str, Any]]) -> Any:
    """When the consent was withdrawn with the other record, after it was given. None: never."""
    if given["withdrawn_at"] is not None:
        return None
    moments = [
        row["withdrawn_at"]
        for row in others
        if row["purpose"] == given["purpose"]
        and row["withdrawn_at"] is not None
        and row["withdrawn_at"] > given["given_at"]
    ]
    return max(moments, default=None)


def _terms(merging: Merging, reference: Reference) -> None:
    """Terms that are over stand in the one record's history. No other term comes with a merge."""
    rows = merging.of(reference.table, reference.column == merging.gone_id)
    end_before_today(merging, reference.table, rows)
    moves(merging, reference)


def end_before_today(merging: Merging, table: Table, rows: list[dict[str, Any]]) -> None:
    """End terms that are under way, and take those away that have not begun."""
    yesterday = today() - timedelta(days=1)
    for row in rows:
        if row["ends_on"] is not None and row["ends_on"] <= yesterday:
            continue
        if row["starts_on"] <= yesterday:
            merging.change(table, row, {"ends_on": yesterday})
        else:
            merging.remove(table, row)


def _accounts(merging: Merging, reference: Reference) -> None:
    """The one account of both is the kept record's. Of two, the one that goes signs in no more:

    that it is closed or was never used has been made sure of, and that it is nobody's of the staff.
    """
    table, column = reference.table, reference.column
    has_one = bool(merging.ids(table, column == merging.kept_id))
    for row in merging.of(table, column == merging.gone_id):
        if has_one:
            merging.change(
                table, row, {column.name: None, "suspended_at": row["suspended_at"] or now()}
            )
        else:
            merging.move(reference, [row["id"]])


def _activations(merging: Merging, reference: Reference) -> None:
    """That somebody was asked is known of the one record. What they were sent opens no more."""
    table, yesterday = reference.table, today() - timedelta(days=1)
    was_asked = bool(merging.ids(table, reference.column == merging.kept_id))
    for row in merging.of(table, reference.column == merging.gone_id):
        ended = {"ends_on": min(row["ends_on"], yesterday)}
        if was_asked:
            merging.change(table, row, ended)
        else:
            merging.move_changed(reference, row, ended)


def _ignored_pairs(merging: Merging, reference: Reference) -> None:
    """Whoever is not the one that goes is not the one that is kept either: nobody is asked again.

    The pairs themselves stay with their records, and are shown again if the merge is taken back.
    """
    table = reference.table
    other = "other_id" if reference.column.name == "person_id" else "person_id"
    ignored = merging.of(
        table, reference.column == merging.gone_id, table.c.state == PairState.IGNORED
    )
    for row in ignored:
        if row[other] != merging.kept_id:
            _ignore(merging, table, row, row[other])


def _ignore(merging: Merging, table: Table, told: Row, other_id: int) -> None:
    first, second = sorted((merging.kept_id, other_id))
    pair = {"person_id": first, "other_id": second}
    found = merging.of(table, *(table.c[name] == number for name, number in pair.items()))
    decided = {name: told[name] for name in ("state", "decided_by_id", "decided_at")}
    if not found:
        merging.add(table, pair | decided | {name: told[name] for name in ("score", "reasons")})
    elif found[0]["state"] is PairState.OPEN:
        merging.change(table, found[0], decided)


def _letters(merging: Merging, reference: Reference) -> None:
    """Letters of a mailing that both got stay where they are: each was one person's."""
    table = reference.table
    got = select(table.c.mailing_id).where(
        reference.column == merging.kept_id, table.c.mailing_id.is_not(None)
    )
    mine = sa.or_(table.c.mailing_id.is_(None), table.c.mailing_id.not_in(got))
    merging.move(reference, merging.ids(table, reference.column == merging.gone_id, mine))
