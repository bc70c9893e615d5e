"""The seals of the history: what is altered afterwards shows, and where."""

import json
from collections.abc import Sequence
from datetime import timedelta
from hashlib import sha256

import pytest
from flask import Flask
from sqlalchemy import UpdateBase, delete, insert, select, text, update

from alumni.audit.cli import audit
from alumni.audit.commands import closed, erase, record
from alumni.audit.jobs import seal_history
from alumni.audit.models import Change, ChangeSeal, ChangeSet, Seal
from alumni.audit.sealing import AT_ONCE, FIRST, Fault, Finding, verify
from alumni.authz import SYSTEM
from alumni.db import WRITING, db, is_postgresql, now, transaction
from alumni.people.models import Person
from tests.factories import make_person


def renamed(*names: str) -> Person:
    """A person whose English name was changed so often, each time in a deed of its own."""
    person = make_person("曾国强")
    for name in names:
        with transaction():
            person = db.session.get_one(Person, person.id)
            person.name_en = name
            record(SYSTEM, "renamed", person, facts={"方法": "电话"})
    return person


def sealed(*names: str) -> list[int]:
    """The numbers of the deeds on such a person, all sealed."""
    renamed(*names)
    while seal_history():
        pass
    named = select(ChangeSet.id).where(ChangeSet.verb == "renamed").order_by(ChangeSet.id)
    return list(db.session.scalars(named))


def found() -> Finding:
    db.session.rollback()
    return verify()


def seal_of(deed: int) -> int:
    return db.session.scalars(select(Seal.number).where(Seal.change_set_id == deed)).one()


def change_of(deed: int) -> int:
    return db.session.scalars(select(Change.id).where(Change.change_set_id == deed)).one()


def behind_its_back(*statements: UpdateBase) -> None:
    """Do what somebody with the database in their hands can do."""
    db.session.rollback()
    with db.engine.connect().execution_options(**WRITING) as connection:
        if not is_postgresql():
            connection.connection.execute("PRAGMA foreign_keys = OFF")  # before it begins
        with connection.begin():
            if is_postgresql():
                connection.execute(text("SET LOCAL session_replication_role = replica"))
            for statement in statements:
                connection.execute(statement)
        if not is_postgresql():
            connection.connection.execute("PRAGMA foreign_keys = ON")


def test_an_untouched_history_is_as_it_was_written() -> None:
    sealed("Kevin", "Calvin")
    numbers = list(db.session.scalars(select(Seal.number).order_by(Seal.number)))
    last = db.session.scalars(select(Seal.chain).order_by(Seal.number.desc()).limit(1)).one()

    finding = found()

    assert numbers == list(range(1, len(numbers) + 1))
    assert finding == Finding(sealed=len(numbers), unsealed=0, erased=0, head=last, fault=None)


def test_nothing_done_is_nothing_sealed() -> None:
    while seal_history():
        pass
    before = found()
    assert seal_history() == 0
    assert found() == before


def test_an_empty_history_holds() -> None:
    assert verify() == Finding(sealed=0, unsealed=0, erased=0, head=FIRST, fault=None)


def test_what_waits_for_its_seal_is_counted() -> None:
    sealed("Kevin")
    before = found()
    renamed("Calvin")
    assert found().unsealed == before.unsealed + 2  # the making of the person, and the name
    assert found().head == before.head


@pytest.mark.parametrize(
    "values",
    [
        {"after": {"name_en": "Melvin"}},
        {"before": {"name_en": "Melvin"}},
        {"after": None},
        {"person_id": 999_999},
        {"row_id": 999_999},
        {"table_name": "study"},
    ],
)
def test_an_altered_change_is_named(values: dict[str, object]) -> None:
    first, _second = sealed("Kevin", "Calvin")
    change_id = change_of(first)
    behind_its_back(update(Change).where(Change.id == change_id).values(**values))
    assert found().fault == Fault(seal_of(first), "change", change_id, "altered")
    assert found().sealed == seal_of(first) - 1


@pytest.mark.parametrize(
    "values", [{"verb": "tagged"}, {"why": "x"}, {"facts": {}}, {"account_id": 1}]
)
def test_an_altered_deed_is_named(values: dict[str, object]) -> None:
    first, _second = sealed("Kevin", "Calvin")
    behind_its_back(update(ChangeSet).where(ChangeSet.id == first).values(**values))
    assert found().fault == Fault(seal_of(first), "change_set", first, "altered")


def test_a_removed_change_is_named() -> None:
    first, _second = sealed("Kevin", "Calvin")
    change_id = change_of(first)
    behind_its_back(delete(Change).where(Change.id == change_id))
    assert found().fault == Fault(seal_of(first), "change", change_id, "missing")


def test_a_change_removed_with_its_seal_breaks_the_chain() -> None:
    first, _second = sealed("Kevin", "Calvin")
    change_id = change_of(first)
    behind_its_back(
        delete(ChangeSeal).where(ChangeSeal.change_id == change_id),
        delete(Change).where(Change.id == change_id),
    )
    assert found().fault == Fault(seal_of(first), "seal", seal_of(first), "altered")


def test_a_change_put_in_between_is_named() -> None:
    first, _second = sealed("Kevin", "Calvin")
    behind_its_back(
        insert(Change).values(
            id=999_999, change_set_id=first, table_name="person", row_id=1, after={"sex": "m"}
        )
    )
    assert found().fault == Fault(seal_of(first), "change", 999_999, "added")


def test_a_removed_deed_is_named() -> None:
    first, _second = sealed("Kevin", "Calvin")
    number = seal_of(first)
    behind_its_back(delete(ChangeSet).where(ChangeSet.id == first))
    assert found().fault == Fault(number, "change_set", first, "missing")


def test_a_removed_seal_is_named() -> None:
    first, _second = sealed("Kevin", "Calvin")
    number = seal_of(first)
    behind_its_back(
        delete(ChangeSeal).where(ChangeSeal.number == number),
        delete(Seal).where(Seal.number == number),
    )
    assert found().fault == Fault(number, "seal", number, "missing")


def test_a_seal_cut_off_the_end_is_named() -> None:
    _first, second = sealed("Kevin", "Calvin")
    number = seal_of(second)
    behind_its_back(
        delete(ChangeSeal).where(ChangeSeal.number == number),
        delete(Seal).where(Seal.number == number),
    )
    assert found().fault == Fault(number, "change_set", second, "missing")


def erased(*change_ids: int) -> int:
    """The number of the deed that erased the values of these changes."""
    with transaction():
        return erase(SYSTEM, change_ids, why="asked for").id


def values_of(change_id: int) -> tuple[object, object]:
    row = db.session.execute(
        select(Change.before, Change.after).where(Change.id == change_id)
    ).one()
    return row.before, row.after


BLANK = {"before": None, "after": None}


def test_an_erased_value_breaks_nothing() -> None:
    first, _second = sealed("Kevin", "Calvin")
    change_id = change_of(first)
    deed = erased(change_id)
    assert values_of(change_id) == (None, None)
    assert (
        db.session.scalars(select(ChangeSeal.salt).where(ChangeSeal.change_id == change_id)).one()
        == ""
    )
    facts = db.session.scalars(select(ChangeSet.facts).where(ChangeSet.id == deed)).one()
    assert facts == {"changes": [change_id]}
    assert (found().fault, found().unsealed, found().erased) == (None, 0, 1)


def test_a_value_erased_before_it_was_sealed_breaks_nothing() -> None:
    renamed("Kevin")
    change_id = db.session.scalars(select(Change.id).order_by(Change.id.desc()).limit(1)).one()
    erased(change_id)
    assert found().unsealed == 2
    while seal_history():
        pass
    assert (found().fault, found().unsealed, found().erased) == (None, 0, 1)


@pytest.mark.parametrize("salt", [{"salt": ""}, {}])
def test_values_blanked_without_a_deed_are_named(salt: dict[str, str], app: Flask) -> None:
    first, _second = sealed("Kevin", "Calvin")
    change_id = change_of(first)
    statements: list[UpdateBase] = [update(Change).where(Change.id == change_id).values(**BLANK)]
    if salt:
        statements.append(
            update(ChangeSeal).where(ChangeSeal.change_id == change_id).values(**salt)
        )
    behind_its_back(*statements)
    assert found().fault == Fault(seal_of(first), "change", change_id, "blanked")
    done = app.test_cli_runner().invoke(audit, ["verify"])
    assert done.output.splitlines()[0] == (
        f"change {change_id} blanked: seal {seal_of(first)} does not hold."
    )
    assert done.exit_code == 1


def test_a_deed_that_names_another_change_does_not_hide_a_blanked_one() -> None:
    first, second = sealed("Kevin", "Calvin")
    erased(change_of(second))
    behind_its_back(update(Change).where(Change.id == change_of(first)).values(**BLANK))
    assert found().fault == Fault(seal_of(first), "change", change_of(first), "blanked")


def test_a_deed_made_to_name_a_blanked_change_is_named() -> None:
    first, second = sealed("Kevin", "Calvin")
    both = [change_of(first), change_of(second)]
    deed = erased(both[1])
    behind_its_back(
        update(Change).where(Change.id == both[0]).values(**BLANK),
        update(ChangeSet).where(ChangeSet.id == deed).values(facts={"changes": both}),
    )
    assert found().fault == Fault(seal_of(deed), "change_set", deed, "altered")


def test_a_deed_without_its_seal_hides_nothing() -> None:
    first, _second = sealed("Kevin", "Calvin")
    change_id = change_of(first)
    behind_its_back(
        update(Change).where(Change.id == change_id).values(**BLANK),
        insert(ChangeSet).values(
            verb="erased", subject_table="", facts={"changes": [change_id]}, is_sealed=True
        ),
    )
    assert found().fault == Fault(seal_of(first), "change", change_id, "blanked")


@pytest.mark.parametrize(
    "values", [{"person_id": 999_999}, {"row_id": 999_999}, {"table_name": "study"}]
)
def test_what_an_erased_value_was_about_cannot_be_altered(values: dict[str, object]) -> None:
    first, _second = sealed("Kevin", "Calvin")
    change_id = change_of(first)
    erased(change_id)
    behind_its_back(update(Change).where(Change.id == change_id).values(**values))
    assert found().fault == Fault(seal_of(first), "change", change_id, "altered")


def test_a_forged_value_is_not_hidden_by_erasing_it_nor_by_taking_its_salt_away() -> None:
    first, second = sealed("Kevin", "Calvin")
    erased(change_of(first))
    behind_its_back(
        update(Change).where(Change.id == change_of(first)).values(after={"name_en": "Melvin"})
    )
    assert found().fault == Fault(seal_of(first), "change", change_of(first), "altered")
    behind_its_back(
        update(Change).where(Change.id == change_of(first)).values(**BLANK),
        update(Change).where(Change.id == change_of(second)).values(after={"name_en": "Melvin"}),
        update(ChangeSeal).where(ChangeSeal.change_id == change_of(second)).values(salt=""),
    )
    assert found().fault == Fault(seal_of(second), "change", change_of(second), "altered")


def test_a_digest_of_what_a_change_is_about_cannot_be_taken_away() -> None:
    first, _second = sealed("Kevin", "Calvin")
    change_id = change_of(first)
    row = db.session.execute(select(Change).where(Change.id == change_id)).scalar_one()
    told = [row.id, first, None, row.table_name, row.row_id, row.before, row.after]
    behind_its_back(
        update(Change).where(Change.id == change_id).values(person_id=None),
        update(ChangeSeal)
        .where(ChangeSeal.change_id == change_id)
        .values(about="", salt="", digest=digest_of(told)),
    )
    assert found().fault == Fault(seal_of(first), "seal", seal_of(first), "altered")


def test_changes_sealed_when_one_digest_stood_for_all_still_hold() -> None:
    """As the program sealed before: the same row, one digest of it all, and a chain over those."""
    first = sealed("Kevin")[0]
    number, change_id = seal_of(first), change_of(first)
    row = db.session.execute(select(Change).where(Change.id == change_id)).scalar_one()
    told = [row.id, first, row.person_id, row.table_name, row.row_id, row.before, row.after]
    former = db.session.scalars(select(Seal).where(Seal.number == number)).one()
    before = db.session.scalars(select(Seal.chain).where(Seal.number == number - 1)).one()
    digest = digest_of(told)
    chain = sha256(f"{before} {number} {former.digest} {digest}".encode()).hexdigest()
    behind_its_back(
        update(ChangeSeal)
        .where(ChangeSeal.change_id == change_id)
        .values(about="", salt="", digest=digest),
        update(Seal).where(Seal.number == number).values(chain=chain),
    )
    assert (found().fault, found().erased) == (None, 0)
    behind_its_back(update(Change).where(Change.id == change_id).values(row_id=999_999))
    assert found().fault == Fault(number, "change", change_id, "altered")


def digest_of(told: Sequence[object]) -> str:
    """Without a salt."""
    written = json.dumps(told, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return sha256(written.encode()).hexdigest()


def test_a_deed_of_which_more_will_be_known_is_not_sealed_before() -> None:
    with transaction():
        deed = record(SYSTEM, "exported", None, facts={"rows": None})
        deed.open_until = now() + timedelta(days=2)
    while seal_history():
        pass
    assert found().unsealed == 1

    with transaction():
        db.session.execute(closed(deed.id, {"rows": 7}))
    while seal_history():
        pass
    assert (found().unsealed, found().fault) == (0, None)
    with transaction():
        db.session.execute(closed(deed.id, {"rows": 8}))
    assert found().fault is None
    facts = db.session.scalars(select(ChangeSet.facts).where(ChangeSet.id == deed.id)).one()
    assert facts == {"rows": 7}


def test_a_deed_that_nobody_closes_is_sealed_as_it_is() -> None:
    with transaction():
        deed = record(SYSTEM, "exported", None)
        deed.open_until = now() - timedelta(seconds=1)
    while seal_history():
        pass
    assert found().unsealed == 0


def test_a_large_deed_is_sealed_with_all_its_rows() -> None:
    with transaction():
        deed = record(SYSTEM, "imported", None)
        rows = [
            {"change_set_id": deed.id, "table_name": "person", "row_id": n, "after": {"sex": "m"}}
            for n in range(12_000)
        ]
        db.session.execute(insert(Change), rows)
    renamed("Kevin")
    while seal_history():
        pass
    finding = found()
    assert (finding.fault, finding.unsealed) == (None, 0)
    assert db.session.query(ChangeSeal).count() == db.session.query(Change).count()


def test_more_deeds_than_are_sealed_at_once() -> None:
    with transaction():
        for n in range(AT_ONCE + 3):
            record(SYSTEM, "looked", None, facts={"n": n})
    first = seal_history()
    assert (first, found().unsealed) == (AT_ONCE, 3)
    seal_history()
    assert (found().unsealed, found().fault) == (0, None)


def test_the_command_seals_and_says_that_all_is_well(app: Flask) -> None:
    renamed("Kevin")
    done = app.test_cli_runner().invoke(audit, ["verify"])
    number, chain = db.session.execute(
        select(Seal.number, Seal.chain).order_by(Seal.number.desc()).limit(1)
    ).one()
    assert done.output.splitlines() == [
        f"The history is as it was written: {number} deeds sealed.",
        f"Head {number}:{chain}",
    ]
    assert done.exit_code == 0
    again = app.test_cli_runner().invoke(audit, ["verify", "--head", f"{number}:{chain}"])
    assert again.exit_code == 0


def test_the_command_names_the_first_altered_row(app: Flask) -> None:
    first, second = sealed("Kevin", "Calvin")
    change_ids = [change_of(first), change_of(second)]
    behind_its_back(update(Change).where(Change.id.in_(change_ids)).values(row_id=999_999))
    done = app.test_cli_runner().invoke(audit, ["verify"])
    number = seal_of(first)
    assert done.output.splitlines() == [
        f"change {change_ids[0]} altered: seal {number} does not hold.",
        f"The {number - 1} seals before it do.",
    ]
    assert done.exit_code == 1


def test_a_history_replaced_as_a_whole_is_not_the_one_that_was_noted(app: Flask) -> None:
    renamed("Kevin")
    done = app.test_cli_runner().invoke(audit, ["verify", "--head", f"1:{FIRST}"])
    assert done.output.splitlines()[-1] == (
        "Seal 1 is not the one that was noted: the history was replaced."
    )
    assert done.exit_code == 1


@pytest.mark.parametrize("head", ["1", "x:y", "0:abc", "99999999999999999999:abc"])
def test_a_head_that_is_none(app: Flask, head: str) -> None:
    done = app.test_cli_runner().invoke(audit, ["verify", "--head", head])
    assert done.exit_code == 2
    assert "it is NUMBER:DIGEST" in done.output
