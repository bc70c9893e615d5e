"""The program without its pages, as workers and most commands have it."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from flask import Flask

from alumni.app import create_app
from alumni.config import ROOT, Settings
from alumni.links import address_of, bring_pages

pytestmark = [pytest.mark.pure, pytest.mark.once]

LOADED = """
import sys
import alumni.cli
alumni.cli._create()
print(*sorted(name for name in sys.modules if name.startswith("alumni.")))
"""


@pytest.fixture
def bare(tmp_path: Path) -> Flask:
    return create_app(Settings(instance=str(tmp_path), secret_key="x" * 40), pages=False)


def test_where_a_page_is_it_learns_when_it_is_asked(bare: Flask) -> None:
    assert list(bare.url_map.iter_rules()) == []

    with bare.app_context():
        written = [address_of("roster.join"), address_of("home.index")]

    assert written == ["http://127.0.0.1:5000/join", "http://127.0.0.1:5000/"]


def test_it_has_all_pages_as_soon_as_somebody_serves_them(bare: Flask) -> None:
    whole = create_app(Settings(instance=bare.instance_path, secret_key="x" * 40))

    bring_pages(bare)
    bring_pages(bare)

    assert set(map(str, bare.url_map.iter_rules())) == set(map(str, whole.url_map.iter_rules()))
    assert bare.test_client().get("/healthz").status_code == 200


def test_a_worker_holds_no_page(tmp_path: Path) -> None:
    loaded = subprocess.run(
        [sys.executable, "-c", LOADED],
        cwd=ROOT,
        env=os.environ | {"ALUMNI_INSTANCE": str(tmp_path)},
        capture_output=True,
        text=True,
        check=True,
    ).stdout.split()

    rooms = [name for name in loaded if ".routes" in name or ".forms" in name]
    assert rooms == []
    assert {"alumni.web", "alumni.pages", "alumni.forms"}.isdisjoint(loaded)
    assert "alumni.exports.jobs" in loaded
