"""Setting a paper: with fonts that have the characters of Chinese names, in a process of its own.

The typesetter keeps what it has once read, 150 MB and more: that ends with its process.
"""

import json
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from flask import current_app

HERE = Path(__file__).parent

PATIENCE = 300
"""Seconds that one paper may take."""


class NotDrawn(Exception):
    """The typesetter did not make the paper. The text is what it said."""


def draw(template: str, content: dict[str, Any]) -> bytes:
    """The PDF that the template makes of the content. The same content makes the same bytes."""
    command = [sys.executable, "-I", str(HERE / "typesetting.py"), template, *font_folders()]
    done = subprocess.run(  # noqa: S603 - our own program, and the names of folders
        command,
        input=json.dumps(content).encode(),
        capture_output=True,
        timeout=PATIENCE,
        check=False,
    )
    if done.returncode:
        raise NotDrawn(done.stderr.decode(errors="replace")[-2000:])
    return done.stdout


def font_folders() -> list[str]:
    """Where fonts are looked for: in the folder of the settings, then in the package.

    In none where there is neither: then the system's are taken.
    """
    chosen = current_app.config["ALUMNI"].font_dir
    packaged = find_spec("manimgx_fonts_cjk")
    return [
        *([chosen] if chosen else []),
        *((packaged.submodule_search_locations or []) if packaged else []),
    ]
