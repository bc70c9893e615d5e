"""The schema: made at once or step by step, it is the same, and nothing is lost on the way."""

import re
import shutil
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic import command
from alembic.script import ScriptDirectory
from flask import Flask

from alumni.app import create_app, start
from alumni.config import Settings
from alumni.db import db, is_postgresql
from alumni.migrations import cli, schema
from alumni.tables import metadata
from tests.browser import outside
from tests.engines import database


@pytest.fixture
def empty(engine_name: str, tmp_path: Path) -> Iterator[Flask]:
    """The program on a database of its own, with nothing in it."""
    with database(engine_name, tmp_path) as url:
        app = create_app(Settings(database_url=url, instance=str(tmp_path), secret_key="x" * 40))
        with app.app_context():
            yield app
            db.session.remove()
            db.engine.dispose()


MADE = datetime(2026, 1, 1, tzinfo=UTC)

SHAPE = (
    """SELECT table_name, column_name, data_type, character_maximum_length, is_nullable,
    column_default, collation_name FROM information_schema.columns WHERE table_schema = 'public'""",
    """SELECT conrelid::regclass, conname, pg_get_constraintdef(oid) FROM pg_constraint
    WHERE connamespace = 'public'::regnamespace""",
    "SELECT indexname, indexdef FROM pg_indexes WHERE schemaname = 'public'",
)


def shape(connection: sa.Connection) -> set[str]:
    """All that the database knows of its tables, a line for each column and constraint."""
    if connection.dialect.name == "sqlite":
        rows = connection.exec_driver_sql(
            "SELECT name, sql FROM sqlite_master WHERE sql <> '' AND name <> 'alembic_version'"
        )
        parts = ((name, part) for name, sql in rows for part in re.split(r",?\n\t?", sql))
        lines = {f"{name}: {_unquoted(part)}" for name, part in parts}
        return {line for line in lines if not line.endswith(": ")}
    found: set[str] = set()
    for query in SHAPE:
        found |= {str(tuple(row)) for row in connection.exec_driver_sql(query)}
    return found


def _unquoted(part: str) -> str:
    """A table made anew under another name and renamed is said with its name in quotes."""
    line = " ".join(part.split()).rstrip(",")
    return re.sub(r'^CREATE TABLE "(\w+)"', r"CREATE TABLE \1", line)


def drop_all(connection: sa.Connection) -> None:
    metadata.drop_all(connection)
    connection.exec_driver_sql("DROP TABLE alembic_version")


def test_both_ways_give_the_same_schema(empty: Flask) -> None:
    schema.prepare()
    with db.engine.connect() as connection:
        made = shape(connection)
    assert schema.check() == []
    with schema.own_connection() as connection, connection.begin():
        drop_all(connection)
    with schema.own_connection() as connection, connection.begin():
        command.upgrade(schema.configured(connection), "head")
    with db.engine.connect() as connection:
        migrated = shape(connection)

    assert made == migrated
    assert schema.check() == []


def test_preparing_twice_changes_nothing(empty: Flask) -> None:
    assert schema.prepare() is True
    assert schema.prepare() is False


def test_the_head_is_what_alembic_says() -> None:
    script = ScriptDirectory(str(schema.HERE))
    assert schema.head() == script.get_current_head()
    assert set(schema.revisions()) == {found.revision for found in script.walk_revisions()}


def test_an_older_database_is_copied_and_upgraded(
    empty: Flask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With a migration of its own, made for the test, so that there is an older one."""
    schema.prepare()
    versions = tmp_path / "migrations"
    shutil.copytree(schema.HERE, versions)
    (versions / "versions" / "0001_added.py").write_text(
        f"from alembic import op\nimport sqlalchemy as sa\nrevision = 'added0001'\n"
        f"down_revision = '{schema.head()}'\nbranch_labels = None\ndepends_on = None\n"
        "def upgrade():\n"
        "    with op.batch_alter_table('account') as table:\n"
        "        table.add_column(sa.Column('nickname', sa.String(20)))\n"
        "        table.alter_column('name', existing_type=sa.String(120), nullable=True)\n"
    )
    with db.engine.connect().execution_options(writing=True) as connection, connection.begin():
        connection.execute(
            sa.text(
                "INSERT INTO account (id, public_id, email, name, language, time_zone,"
                " is_demonstration, created_at)"
                " VALUES (1, 'a', 'a@example.org', 'A', 'zh', 'Asia/Shanghai', false, '2026-01-01')"
            )
        )
        connection.execute(
            sa.text(
                "INSERT INTO sign_in (account_id, token_hash, created_at, seen_at, ends_at,"
                " proved_at, device, has_second_factor)"
                " VALUES (1, 'x', '2026-01-01', '2026-01-01', '2027-01-01',"
                " '2026-01-01', '', false)"
            )
        )
    monkeypatch.setattr(schema, "HERE", versions)
    schema.revisions.cache_clear()
    try:
        assert schema.prepare() is False
        with db.engine.connect() as connection:
            assert schema.current(connection) == "added0001"
            assert connection.scalar(sa.text("SELECT count(nickname) FROM account")) == 0
            kept = connection.scalar(sa.text("SELECT count(*) FROM sign_in"))
    finally:
        schema.revisions.cache_clear()
    assert kept == 1, "a table made anew keeps the rows that hang on it"
    copies = list((tmp_path / "backups").glob("*.sqlite")) if not is_postgresql() else [versions]
    assert len(copies) == 1


KNOWN: dict[str, dict[str, object]] = {
    "place": {
        "id": 1,
        "code": "210300",
        "kind": "city",
        "name_zh": "鞍山",
        "name_en": "Anshan",
        "time_zone": "Asia/Shanghai",
    },
    "place_name": {"id": 1, "name": "鞍山", "place_id": 1},
    "code": {
        "id": 1,
        "kind": "institution",
        "name_zh": "甲大学",
        "name_en": "",
        "position": 0,
        "is_obsolete": False,
    },
    "code_alias": {"id": 1, "code_id": 1, "kind": "institution", "name": "甲大学"},
    "person": {
        "id": 1,
        "public_id": "a",
        "name_zh": "曾国强",
        "pinyin_surname": "zeng",
        "pinyin_given": "guo qiang",
        "pinyin_edited": False,
        "sort_key": "zeng guo qiang",
        "language": "zh",
        "time_zone": "Asia/Shanghai",
        "status": "verified",
        "listed": "alumni",
        "version": 1,
        "created_at": MADE,
        "updated_at": MADE,
    },
    "person_search": {"person_id": 1, "tokens": "zeng zengguoqiang"},
    "former_name": {"id": 1, "person_id": 1, "name": "曾国"},
    "study": {
        "id": 1,
        "person_id": 1,
        "is_primary": True,
        "entry_year": 1998,
        "graduation_year": 2003,
        "visibility": "alumni",
    },
    "study_institution": {
        "id": 1,
        "person_id": 1,
        "study_id": 1,
        "institution_id": 1,
        "student_number": "98001",
    },
    "employment": {
        "id": 1,
        "person_id": 1,
        "employer": "市医院",
        "is_current": True,
        "visibility": "office",
    },
    "residence": {
        "id": 1,
        "person_id": 1,
        "place_id": 1,
        "written": "鞍山",
        "is_current": True,
        "visibility": "alumni",
    },
    "contact_point": {
        "id": 1,
        "person_id": 1,
        "kind": "email",
        "value": "Z@example.org",
        "normal": "z@example.org",
        "is_primary": True,
        "visibility": "office",
    },
    "consent": {
        "id": 1,
        "person_id": 1,
        "purpose": "mailings",
        "version": "1",
        "language": "zh",
        "source": "test",
        "given_at": MADE,
    },
}
"""A row of each table that the second migration touches, as the first schema has it."""

FOUND = {
    "sqlite": "SELECT rowid FROM person_fts WHERE person_fts MATCH :word",
    "postgresql": "SELECT person_id FROM person_search WHERE tokens @@ cast(:word AS tsquery)",
}


def kept(connection: sa.Connection) -> dict[str, list[dict[str, object]]]:
    """All rows, as far as the columns go that KNOWN names."""
    return {
        name: [
            dict(row)
            for row in connection.execute(
                sa.text(f"SELECT {', '.join(columns)} FROM {name} ORDER BY 1")  # noqa: S608 - ours
            ).mappings()
        ]
        for name, columns in KNOWN.items()
    }


def found_by(connection: sa.Connection, word: str) -> list[int]:
    asked = sa.text(FOUND[connection.dialect.name])
    return list(connection.execute(asked, {"word": word}).scalars())


def test_what_is_known_of_people_goes_to_the_second_schema_and_back(empty: Flask) -> None:
    with schema.own_connection() as connection, connection.begin():
        command.upgrade(schema.configured(connection), "0001")
        for name, row in KNOWN.items():
            connection.execute(sa.table(name, *map(sa.column, row)).insert(), row)
        other = KNOWN["person"] | {"id": 2, "public_id": "b", "status": "known"}
        connection.execute(sa.table("person", *map(sa.column, other)).insert(), other)
    with db.engine.connect() as connection:
        first, before = kept(connection), shape(connection)
        assert found_by(connection, "zengguoqiang") == [1]

    with schema.own_connection() as connection, connection.begin():
        command.upgrade(schema.configured(connection), "0002")
    with db.engine.connect().execution_options(writing=True) as connection:
        assert kept(connection) == first
        assert found_by(connection, "zengguoqiang") == [1]
        former = connection.exec_driver_sql("SELECT visibility FROM former_name")
        assert former.scalars().all() == ["office"]
        stale = connection.exec_driver_sql("SELECT person_id FROM stale_search ORDER BY 1")
        assert stale.scalars().all() == [1, 2], "the worker reads everybody anew"
        connection.exec_driver_sql("UPDATE person_search SET tokens = 'li'")
        assert (found_by(connection, "zengguoqiang"), found_by(connection, "li")) == ([], [1])

    with schema.own_connection() as connection, connection.begin():
        command.downgrade(schema.configured(connection), "0001")
    with db.engine.connect() as connection:
        assert kept(connection) == first
        assert shape(connection) == before
        assert found_by(connection, "zengguoqiang") == [1]


LATER: dict[str, dict[str, object]] = {
    "chapter": {
        "id": 1,
        "code": "210300",
        "slug": "anshan",
        "name_zh": "鞍山分会",
        "name_en": "Anshan",
        "intro_zh": "",
        "intro_en": "",
        "contact": "",
        "time_zone": "Asia/Shanghai",
        "language": "zh",
        "join_mode": "approval",
        "status": "active",
        "position": 0,
    },
    "chapter_membership": {
        "id": 1,
        "person_id": 1,
        "chapter_id": 1,
        "state": "pending",
        "is_primary": True,
        "message": "",
        "reason": "",
        "asked_at": MADE,
    },
    "application": {
        "id": 1,
        "public_id": "a",
        "name": "李雷",
        "email": "li@example.org",
        "student_number": "98002",
        "city": "鞍山",
        "language": "zh",
        "notice_version": "1",
        "agrees_to_mailings": False,
        "state": "waiting",
        "reason": "",
        "created_at": MADE,
    },
    "import_batch": {
        "id": 1,
        "public_id": "b",
        "kind": "registrar",
        "file_name": "roster.xlsx",
        "sha256": "",
        "columns": "{}",
        "state": "applied",
        "rows": 1,
        "new": 1,
        "updated": 0,
        "unchanged": 0,
        "possible": 0,
        "errors": 0,
        "applied_rows": 1,
        "accept_good": False,
        "problem": "",
        "created_at": MADE,
    },
    "import_row": {
        "id": 1,
        "batch_id": 1,
        "line": 2,
        "verdict": "new",
        "values": "{}",
        "changes": "{}",
        "reasons": "[]",
        "person_id": 1,
        "is_applied": True,
    },
    "change_set": {
        "id": 1,
        "public_id": "c",
        "verb": "entered",
        "subject_table": "person",
        "subject_id": 1,
        "why": "",
        "facts": "{}",
        "at": MADE,
    },
    "change": {
        "id": 1,
        "change_set_id": 1,
        "person_id": 1,
        "table_name": "person",
        "row_id": 1,
        "after": "{}",
    },
}
"""A row of each table that the third migration touches, as the second schema has it."""


def inserted(connection: sa.Connection, name: str, row: dict[str, object]) -> None:
    """A row, written without what the models add of themselves."""
    quoted = ", ".join(f'"{column}"' for column in row)
    named = ", ".join(f":{column}" for column in row)
    connection.execute(sa.text(f'INSERT INTO "{name}" ({quoted}) VALUES ({named})'), row)  # noqa: S608 - ours


def told(connection: sa.Connection, name: str, *columns: str) -> list[tuple[object, ...]]:
    quoted = ", ".join(f'"{column}"' for column in columns)
    rows = connection.execute(sa.text(f'SELECT {quoted} FROM "{name}" ORDER BY id'))  # noqa: S608 - ours
    return [tuple(row) for row in rows]


def as_it_was(connection: sa.Connection) -> tuple[object, object]:
    """All rows, as far as the columns go that the second schema has."""
    later = {name: told(connection, name, *row) for name, row in LATER.items()}
    return later, kept(connection)


def but_numbers(lines: set[str]) -> set[str]:
    """Without how SQLite numbers people: that it never does so twice stays where one goes back."""
    ways = ("sqlite_sequence", "person: id ", "person: PRIMARY KEY", "person: CONSTRAINT pk_person")
    return {line for line in lines if not line.startswith(ways)}


def in_the_second_schema() -> None:
    """Make it, with a row in each of its tables that come to the third."""
    with schema.own_connection() as connection, connection.begin():
        command.upgrade(schema.configured(connection), "0001")
        for name, row in KNOWN.items():
            inserted(connection, name, row)
        command.upgrade(schema.configured(connection), "0002")
        for name, row in LATER.items():
            inserted(connection, name, row)
        connection.exec_driver_sql("DELETE FROM stale_search")


def test_what_was_imported_goes_to_the_third_schema(empty: Flask) -> None:
    in_the_second_schema()
    with db.engine.connect() as connection:
        before = as_it_was(connection)

    with schema.own_connection() as connection, connection.begin():
        command.upgrade(schema.configured(connection), "0003")

    with db.engine.connect().execution_options(writing=True) as connection:
        assert as_it_was(connection) == before
        assert told(connection, "chapter_membership", "sort_key") == [("zeng guo qiang",)]
        assert told(connection, "import_row", "key", "left") == [(None, "")]
        assert told(connection, "application", "question", "birth_year") == [("", None)]
        assert found_by(connection, "zengguoqiang") == [1]
        stale = connection.exec_driver_sql("SELECT person_id FROM stale_search")
        assert stale.scalars().all() == [1], "the worker reads everybody anew"
        connection.exec_driver_sql("UPDATE person SET sort_key = 'li lei'")
        assert told(connection, "chapter_membership", "sort_key") == [("li lei",)]
        connection.rollback()


def test_what_was_imported_goes_back_to_the_second_schema(empty: Flask) -> None:
    in_the_second_schema()
    with db.engine.connect() as connection:
        before, second = as_it_was(connection), shape(connection)
    with schema.own_connection() as connection, connection.begin():
        command.upgrade(schema.configured(connection), "0003")
        connection.exec_driver_sql("UPDATE application SET state = 'asked'")
        connection.exec_driver_sql("UPDATE import_batch SET state = 'undone'")

        command.downgrade(schema.configured(connection), "0002")

    with db.engine.connect() as connection:
        assert but_numbers(shape(connection)) == but_numbers(second)
        assert as_it_was(connection) == before


def in_the_third_schema() -> None:
    """Make it, with rows that the fourth one asks something of."""
    in_the_second_schema()
    with schema.own_connection() as connection, connection.begin():
        command.upgrade(schema.configured(connection), "0003")
        for name, row in OFFICES.items():
            inserted(connection, name, row)


OFFICES: dict[str, dict[str, object]] = {
    "account": {
        "id": 7,
        "public_id": "o",
        "email": "office@example.org",
        "name": "Office",
        "language": "zh",
        "time_zone": "Asia/Shanghai",
        "is_demonstration": False,
        "created_at": MADE,
    },
    "assignment": {
        "account_id": 7,
        "capability": "applications.decide",
        "starts_on": MADE.date(),
    },
    "sign_in": {
        "account_id": 7,
        "token_hash": "x",
        "created_at": MADE,
        "seen_at": MADE,
        "ends_at": MADE,
    },
    "position": {"id": 7, "code": "president", "name_zh": "会长", "name_en": "P", "order": 0},
    "position_right": {"position_id": 7, "right": "view"},
}


def test_offices_go_to_the_fourth_schema_and_back(empty: Flask) -> None:
    in_the_third_schema()
    with db.engine.connect() as connection:
        before, third = as_it_was(connection), shape(connection)
    with schema.own_connection() as connection, connection.begin():
        command.upgrade(schema.configured(connection), "0004")
    with db.engine.connect() as connection:
        assert as_it_was(connection) == before
        assert told(connection, "assignment", "capability") == [
            ("applications.decide",),
            ("requests.handle",),
        ]
        assert told(connection, "position", "reaches_below", "is_retired") == [(True, False)]
        assert told(connection, "position_right", "right") == [("view",), ("report",)]
        proved = told(connection, "sign_in", "proved_at", "created_at", "has_second_factor")
        assert [(row[0] == row[1], row[2]) for row in proved] == [(True, False)]
        assert told(connection, "person", "takes_relay", "lost_since") == [(True, None)]

    with schema.own_connection() as connection, connection.begin():
        command.downgrade(schema.configured(connection), "0003")
    with db.engine.connect() as connection:
        assert but_numbers(shape(connection)) == but_numbers(third)
        assert as_it_was(connection) == before
        assert told(connection, "assignment", "capability") == [("applications.decide",)]


def test_what_chapters_send_goes_to_the_fifth_schema_and_back(empty: Flask) -> None:
    in_the_third_schema()
    with schema.own_connection() as connection, connection.begin():
        command.upgrade(schema.configured(connection), "0004")
    with db.engine.connect() as connection:
        before, fourth = as_it_was(connection), shape(connection)
    with schema.own_connection() as connection, connection.begin():
        looked = {"columns": [{"header": "姓名", "samples": ["曾国强"]}]}
        batch = sa.table("import_batch", sa.column("looked", sa.JSON))
        connection.execute(batch.update().values(looked=looked))
        command.upgrade(schema.configured(connection), "0005")
    with db.engine.connect() as connection:
        assert as_it_was(connection) == before
        emptied = [{"header": "姓名", "samples": []}]
        assert connection.scalar(sa.select(batch.c.looked)) == {"columns": emptied}
        assert told(connection, "application", "chapter_is_wished") == [(False,)]
        assert told(connection, "import_batch", "proposal", "answer") == [(None, "")]
        assert told(connection, "import_row", "is_unreadable") == [(False,)]

    with schema.own_connection() as connection, connection.begin():
        command.downgrade(schema.configured(connection), "0004")
    with db.engine.connect() as connection:
        assert but_numbers(shape(connection)) == but_numbers(fourth)
        assert as_it_was(connection) == before


def test_a_newer_database_is_refused(empty: Flask) -> None:
    schema.prepare()
    with schema.own_connection() as connection, connection.begin():
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = 'fromthefuture'")

    with pytest.raises(schema.SchemaError, match="newer"):
        schema.prepare()


def test_the_command_line_upgrades_and_checks(empty: Flask) -> None:
    runner = empty.test_cli_runner()
    group = cli.database
    upgraded = outside(lambda: runner.invoke(group, ["upgrade"]))
    checked = outside(lambda: runner.invoke(group, ["check"]))
    with schema.own_connection() as connection, connection.begin():
        connection.exec_driver_sql("DROP TABLE heartbeat")
    broken = outside(lambda: runner.invoke(group, ["check"]))

    assert (upgraded.exit_code, checked.exit_code, broken.exit_code) == (0, 0, 1)
    assert "heartbeat" in broken.output


def test_a_first_start_brings_places_and_chapters(empty: Flask) -> None:
    start(empty)
    start(empty)
    with db.engine.connect() as connection:
        active = connection.exec_driver_sql("SELECT count(*) FROM chapter WHERE status = 'active'")
        planned = connection.exec_driver_sql("SELECT slug FROM chapter WHERE status = 'planned'")
        assert active.scalar() == 17
        assert planned.scalars().all() == ["dalian"]
