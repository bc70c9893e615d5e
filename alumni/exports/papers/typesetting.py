"""Run by itself: a paper's content comes in as JSON, and its PDF goes out.

``python typesetting.py TEMPLATE [FOLDER …]``, with folders of fonts in the order of their rank.
"""

import json
import re
import sys
from collections.abc import Sequence
from pathlib import Path

import typst

HERE = Path(__file__).parent

CHINESE = ("Noto Sans CJK SC", "Source Han Sans SC", "WenQuanYi Micro Hei", "Droid Sans Fallback")
"""Fonts of systems that have characters as they are written on the mainland."""


def families(folders: Sequence[str]) -> list[str]:
    """The names of the fonts, by the rank of their folders, those for the mainland first."""
    found: list[str] = []
    for folder in folders:
        fonts = typst.Fonts(
            include_system_fonts=False, include_embedded_fonts=False, font_paths=[folder]
        )
        found += sorted(fonts.families(), key=lambda name: not re.search(r"\b(SC|CN|GB)\b", name))
    if folders:
        return found
    known = typst.Fonts(include_system_fonts=True, include_embedded_fonts=False).families()
    return [name for name in CHINESE if name in known]


def typeset(template: str, content: str, folders: Sequence[str]) -> bytes:
    """The PDF. It names no time, so that the same content makes the same file."""
    return typst.compile(
        str(HERE / f"{template}.typ"),
        root=str(HERE),
        font_paths=list(folders),
        ignore_system_fonts=bool(folders),
        sys_inputs={"content": content, "fonts": json.dumps(families(folders))},
        format="pdf",
        pdf_tags=False,  # they make it sixteen times as large; a table to be heard is an XLSX
    )


if __name__ == "__main__":
    made = typeset(sys.argv[1], sys.stdin.buffer.read().decode(), sys.argv[2:])
    sys.stdout.buffer.write(made)
