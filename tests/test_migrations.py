"""The schema: made at once or step by step, it is the same, and nothing is lost on the way."""

import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic import command
from alembic.script import ScriptDirectory
from flask import Flask

from alumni.app import create_app, start
from alumni.cli import main
from alumni.config import Settings
from alumni.db import db, is_postgresql
from alumni.migrations import schema
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
        rows = connection.exec_driver_sql("SELECT sql FROM sqlite_master WHERE sql IS NOT NULL")
        parts = (part for (sql,) in rows for part in re.split(r",?\n\t?", sql))
        lines = {" ".join(part.split()).rstrip(",") for part in parts}
        return {line for line in lines if "alembic_version" not in line and line}
    found: set[str] = set()
    for query in SHAPE:
        found |= {str(tuple(row)) for row in connection.exec_driver_sql(query)}
    return found


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
                "INSERT INTO sign_in (account_id, token_hash, created_at, seen_at, ends_at)"
                " VALUES (1, 'x', '2026-01-01', '2026-01-01', '2027-01-01')"
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


def test_a_newer_database_is_refused(empty: Flask) -> None:
    schema.prepare()
    with schema.own_connection() as connection, connection.begin():
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = 'fromthefuture'")

    with pytest.raises(schema.SchemaError, match="newer"):
        schema.prepare()


def test_the_command_line_upgrades_and_checks(empty: Flask) -> None:
    runner = empty.test_cli_runner()
    group = main.commands["db"]
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
