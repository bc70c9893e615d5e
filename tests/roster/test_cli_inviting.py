"""``alumni roster invite``: the letters to those we know, from the command line."""

import json

import pytest
from click.testing import Result
from flask import Flask
from sqlalchemy import func, select

from alumni.authz import SYSTEM
from alumni.db import db
from alumni.outbox.models import Delivery
from alumni.roster.cli import roster
from alumni.roster.models import Activation, ActivationWave
from alumni.roster.queries.activating import get_wave
from tests.browser import outside
from tests.factories import make_account, make_person, make_verified
from tests.servers import Installation


def invite(app: Flask, *options: str) -> Result:
    db.session.rollback()
    return outside(lambda: app.test_cli_runner().invoke(roster, ["invite", *options]))


def letters() -> list[str]:
    db.session.rollback()
    return list(db.session.scalars(select(Delivery.email).order_by(Delivery.email)))


def count(model: type[Activation | ActivationWave]) -> int:
    return db.session.scalar(select(func.count()).select_from(model)) or 0


def people() -> None:
    """Two who can be asked, and one each for whom there is a reason not to."""
    make_person("曾国强", email="zeng@example.org", year=1998)
    make_person("李雷", email="lilei@example.org", year=1998)
    make_person("韩梅梅", year=1998)
    make_verified("王伟")
    make_account(email="taken@example.org")
    make_person("张三", email="taken@example.org", year=1998)


def test_each_gets_one_letter_with_a_link_and_the_others_are_counted(app: Flask) -> None:
    people()

    result = invite(app)

    assert (result.exit_code, result.stdout) == (
        0,
        "letters 2 members 1 asked 0 unreachable 1 shared 1\n",
    )
    assert letters() == ["lilei@example.org", "zeng@example.org"]
    letter = db.session.scalars(select(Delivery).order_by(Delivery.id)).first()
    assert letter is not None
    assert "/activate/" in str(letter.text)


def test_nobody_is_asked_twice(app: Flask) -> None:
    people()
    invite(app)

    again = invite(app)

    assert again.stdout == "letters 0 members 1 asked 2 unreachable 1 shared 1\n"
    assert len(letters()) == 2


def test_a_dry_run_writes_nothing(app: Flask) -> None:
    people()

    result = invite(app, "--dry-run")

    assert result.stdout == "letters 2 members 1 asked 0 unreachable 1 shared 1\n"
    assert (letters(), count(Activation), count(ActivationWave)) == ([], 0, 0)


def test_only_those_whom_the_query_means_are_asked(app: Flask) -> None:
    people()
    make_person("赵六", email="zhao@example.org", year=2005)

    result = invite(app, "--where", "year_from=2000", "--json")

    told = json.loads(result.stdout)
    wave = get_wave(SYSTEM, told.pop("wave"))
    assert told == {"letters": 1, "members": 0, "asked": 0, "unreachable": 0, "shared": 0}
    assert (wave.total, wave.people, wave.account_id) == (1, 1, None)
    assert wave.done_at is not None
    assert letters() == ["zhao@example.org"]


def test_a_query_that_nobody_understands_is_said(app: Flask) -> None:
    result = invite(app, "--where", "shoe_size=43")

    assert result.exit_code == 1
    assert "shoe_size" in result.stderr
    assert count(ActivationWave) == 0


@pytest.mark.slow
def test_it_runs_as_a_process(installed: Installation) -> None:
    make_person("曾国强", email="zeng@example.org")
    db.session.rollback()

    told = json.loads(installed.call("roster", "invite", "--json"))

    assert (told["letters"], letters()) == (1, ["zeng@example.org"])
