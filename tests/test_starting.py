"""The first start, and the first one after an upgrade that brought new lists."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import delete, select

from alumni.app import create_app
from alumni.audit.models import ChangeSet
from alumni.codes.models import Code, CodeAlias, CodeKind
from alumni.codes.queries import code_named, codes_of, wordless_kinds
from alumni.config import Settings
from alumni.db import changed, db, transaction
from alumni.starting import make_ready
from tests.engines import database

BROUGHT = (CodeKind.PROGRAMME, CodeKind.HOSPITAL, CodeKind.INDUSTRY)


@pytest.fixture
def fresh(engine_name: str, tmp_path: Path) -> Iterator[Flask]:
    """The program on a database of its own, after its first start."""
    with database(engine_name, tmp_path) as url:
        app = create_app(Settings(database_url=url, instance=str(tmp_path), secret_key="x" * 40))
        with app.app_context():
            assert make_ready() is True
            yield app
            db.session.remove()
            db.engine.dispose()


def names_of(kind: CodeKind) -> list[tuple[str, str, int]]:
    return [(code.name_zh, code.name_en, code.position) for code in codes_of(kind)]


def test_lists_that_an_older_program_did_not_have_are_filled_once(fresh: Flask) -> None:
    before = {kind: names_of(kind) for kind in CodeKind}
    with transaction():
        changed(delete(CodeAlias).where(CodeAlias.kind.in_(BROUGHT)))
        changed(delete(Code).where(Code.kind.in_(BROUGHT)))
    assert wordless_kinds() == set(BROUGHT)

    assert make_ready() is False
    assert make_ready() is False

    db.session.rollback()
    assert {kind: names_of(kind) for kind in CodeKind} == before
    assert all(before.values())
    deeds = db.session.scalars(select(ChangeSet).where(ChangeSet.verb == "loaded_words")).all()
    assert [deed.facts for deed in deeds] == [{"lists": ["hospital", "industry", "programme"]}]


def test_words_of_the_new_lists_are_found_by_their_other_names(fresh: Flask) -> None:
    found = {
        name: code.name_zh
        for kind, name in (
            (CodeKind.PROGRAMME, "在职"),
            (CodeKind.PROGRAMME, "合作办学"),
            (CodeKind.HOSPITAL, "附一院"),
            (CodeKind.INDUSTRY, "medical devices"),
        )
        if (code := code_named(kind, name))
    }
    assert found == {
        "在职": "非全日制",
        "合作办学": "联合培养",
        "附一院": "附属第一医院",
        "medical devices": "医疗器械",
    }
