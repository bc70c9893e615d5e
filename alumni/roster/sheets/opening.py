"""What a file is, told by its content and never by its name."""

import io
import re
from collections.abc import Callable, Iterable

from alumni.roster.cells import Unreadable
from alumni.roster.sheets import archives, texts, workbooks
from alumni.roster.sheets.limits import REASONS, Limits
from alumni.roster.sheets.lines import Sheet


def sheets_of(content: bytes, limits: Limits, path: str | None = None) -> Iterable[Sheet]:
    """The tables that the file may hold. Of a text there is one for each way to part its cells.

    A workbook is read from the ``path`` where one is given: its content, which nothing here keeps,
    need not be in memory then while a sheet is laid out. Raises ``Unreadable`` with one of
    ``REASONS``.
    """
    check_size(content, limits)
    for start, check in _KINDS:
        if content.startswith(start):
            check(content, limits)
            return workbooks.sheets_of(path or io.BytesIO(content))
    for marks, key in _OTHERS:
        if content.startswith(marks) or content[4:12].startswith(marks):
            raise Unreadable(REASONS[key])
    return _read_text(content)


def check_size(content: bytes, limits: Limits) -> None:
    """What can be said before anything is read."""
    if not _SAYING.search(content):
        raise Unreadable(REASONS["empty"])
    if len(content) > limits.size:
        raise Unreadable(REASONS["too_large"], megabytes=limits.size // 2**20)


_SAYING = re.compile(rb"[^\0 \t\r\n]")

_OTHERS: tuple[tuple[tuple[bytes, ...], str], ...] = (
    ((b"%PDF",), "pdf"),
    (
        (
            *(b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"II*\0", b"MM\0*", b"RIFF"),
            *(b"ftyphei", b"ftypmif1", b"ftypavif"),
        ),
        "picture",
    ),
    ((b"Rar!", b"7z\xbc\xaf\x27\x1c", b"\x1f\x8b", b"BZh", b"\xfd7zXZ"), "archive"),
    ((b"{\\rtf",), "document"),
)


def _check_compound(content: bytes, _limits: Limits) -> None:
    if _SEALED.search(content):
        raise Unreadable(REASONS["password"])
    for name, key in _STREAMS.items():
        if name.encode("utf-16-le") in content:
            raise Unreadable(REASONS[key])


def _read_text(content: bytes) -> Iterable[Sheet]:
    from alumni.roster.sheets import pages  # noqa: PLC0415 - a workbook is none

    written, encoding = texts.decoded(content)
    if pages.is_page(written):
        return pages.sheets_of(written, encoding)
    return texts.sheets_of(written, encoding)


_SEALED = re.compile(
    rb"\x09\x08(?:\x08\0.{8}|\x10\0.{16})(?:\x86\0\0\0)?\x2f\0[\x04-\x7f]\0", re.DOTALL
)
"""An old workbook that begins with how it is encrypted."""

_STREAMS = {"EncryptedPackage": "password", "WordDocument": "document"}
"""Of an OLE compound file: by what it holds it is told from an old Excel workbook."""

_KINDS: tuple[tuple[bytes, Callable[[bytes, Limits], None]], ...] = (
    (b"PK\x03\x04", archives.check),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", _check_compound),
)
"""How workbooks begin, and what is looked for before one is read."""
