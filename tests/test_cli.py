"""The ``alumni`` command as an operator types it."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
STRONG = "0123456789abcdef0123456789abcdef"

pytestmark = [pytest.mark.slow, pytest.mark.once]


def alumni(folder: Path, *arguments: str, **settings: str) -> subprocess.CompletedProcess[str]:
    """Run it in an instance folder of its own, with these settings and no others."""
    plain = {key: value for key, value in os.environ.items() if not key.startswith("ALUMNI_")}
    plain.pop("HOST", None)
    return subprocess.run(
        [sys.executable, "-m", "alumni", *arguments],
        cwd=ROOT,
        env=plain | {"ALUMNI_INSTANCE": str(folder)} | settings,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_production_is_refused_without_a_key_and_an_address(tmp_path: Path) -> None:
    for arguments, settings, said in (
        (["serve"], {}, "ALUMNI_BASE_URL"),
        (["serve"], {"ALUMNI_BASE_URL": "https://a.example.edu"}, "ALUMNI_SECRET_KEY"),
        (["run"], {"HOST": "0.0.0.0"}, "ALUMNI_BASE_URL"),  # noqa: S104 - refused
        (["run"], {"ALUMNI_SECRET_KEI": STRONG}, "there is no setting ALUMNI_SECRET_KEI"),
    ):
        done = alumni(tmp_path, *arguments, **settings)
        assert done.returncode == 1
        assert said in done.stderr
        assert "Traceback" not in done.stderr


def test_every_command_has_help(tmp_path: Path) -> None:
    top = alumni(tmp_path, "--help")
    commands = {line.split()[0] for line in top.stdout.splitlines() if line.startswith("  ")}
    wanted = {"accounts", "db", "demo", "i18n", "people", "roster", "run", "serve", "work"}
    assert wanted <= commands
    for command in ("run", "serve", "work", "demo"):
        assert alumni(tmp_path, command, "--help").returncode == 0


def test_the_worker_does_what_is_due_and_stops(tmp_path: Path) -> None:
    assert alumni(tmp_path, "db", "upgrade").returncode == 0
    made = alumni(tmp_path, "accounts", "create", "o@example.org", "--role", "office")
    assert "/password/" in made.stdout

    done = alumni(tmp_path, "work", "--once")

    assert (done.returncode, "job failed" in done.stderr) == (0, False)


def test_a_fresh_installation_has_no_account(tmp_path: Path) -> None:
    """And says so by doing nothing with what others have as a default."""
    assert alumni(tmp_path, "db", "upgrade").returncode == 0
    asked = (
        "import sqlite3; print(sqlite3.connect('alumni.sqlite')"
        ".execute('SELECT count(*) FROM account').fetchone()[0])"
    )
    told = subprocess.run(
        [sys.executable, "-c", asked], cwd=tmp_path, capture_output=True, text=True, check=True
    )
    assert told.stdout == "0\n"
