"""From a fresh checkout to the first page, by the one command of the README."""

import os
import shutil
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

from alumni.config import ROOT
from tests.bench.figures import Figure
from tests.bench.server import Place, free_port, stop, wait_for

MOST_SECONDS = 60
PATIENCE = 300


def measure(place: Place) -> Iterator[Figure]:
    checkout = place.folder / "checkout"
    _copy(checkout)
    port = free_port()
    own = ("ALUMNI_", "VIRTUAL_ENV", "PYTHONPATH", "MAKE")
    environment = {name: value for name, value in os.environ.items() if not name.startswith(own)}
    begun = time.perf_counter()
    with (place.folder / "start.log").open("w") as log:
        process = subprocess.Popen(
            ["make", "run"],
            cwd=checkout,
            env=environment | {"PORT": str(port)},
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
    try:
        wait_for(port, "/", process, PATIENCE)
        wall = time.perf_counter() - begun
    finally:
        stop(process)
    yield Figure(
        name="First page from nothing (make run)", value=wall, unit="s", limit=MOST_SECONDS
    )


def _copy(checkout: Path) -> None:
    """What is kept in git and what is about to be; of this installation nothing."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"],
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
    )
    for name in filter(None, listed.stdout.split("\0")):
        if (ROOT / name).is_file():
            (checkout / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, checkout / name)
