"""The registrar's roster of ten thousand, brought in by the command line."""

import json
import subprocess
import sys
import time
from collections.abc import Iterator
from resource import RUSAGE_CHILDREN, getrusage

from alumni.config import ROOT
from tests.bench.figures import Figure
from tests.bench.server import Place

ROSTER = ROOT.parent / "shared" / "data" / "roster.xlsx"
PATIENCE = 300


def measure(place: Place) -> Iterator[Figure]:
    if not ROSTER.is_file():
        print("  left out: the test data of ../shared are not here", file=sys.stderr)
        return
    yield _brought_in(place, "Roster of 10,000, new")
    yield _brought_in(place, "The same roster again")


def _brought_in(place: Place, name: str) -> Figure:
    begun, before = time.perf_counter(), _cpu()
    done = subprocess.run(
        [
            sys.executable,
            "-m",
            "alumni",
            "roster",
            "import",
            str(ROSTER),
            "--accept-good",
            "--json",
        ],
        env=place.environment(),
        cwd=ROOT,
        check=True,
        timeout=PATIENCE,
        capture_output=True,
        text=True,
    )
    wall, cpu = time.perf_counter() - begun, _cpu() - before
    counts = json.loads(done.stdout)
    told = ", ".join(
        f"{number} {what}" for what, number in counts.items() if what != "batch" and number
    )
    return Figure(
        name=f"{name}: CPU", value=cpu, unit="s", digits=1, note=f"({wall:.1f} s in all; {told})"
    )


def _cpu() -> float:
    usage = getrusage(RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime
