"""How a kept file comes into being: what the slices above put in, and what they promise."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from alumni.exports.models import KeptFile


def _nothing_more(_sha256: str, _size: int, _rows: int) -> None:
    pass


@dataclass(frozen=True, kw_only=True)
class Making:
    """A file that is being made."""

    chunks: Iterator[bytes]
    """The file, in parts of any length. What it reads it reads from connections of its own, as
    ``db.streamed`` does: the session's transaction ends many times while it is read. A generator
    is closed where it is not read to the end."""
    rows: Callable[[], int]
    """How many rows have been written so far; in the end, how many there are."""
    finish: Callable[[str, int, int], None] = _nothing_more
    """Called with the SHA-256 in hex, the size in bytes and the rows, in the transaction that
    makes the file ready: what the history says of it, it says of a file that is whole."""


Maker = Callable[[KeptFile], Making]
"""Called by the worker in the file's language, with no transaction open. What somebody may see
it asks anew: rights may have ended since the order. A refusal ends the making, and its owner reads
the sentence."""

Guard = Callable[[KeptFile], bool]
"""Whether the owner of a finished file may still have such a one."""

guards: dict[str, Guard] = {}
"""Who is asked that for which kind of file, each time it is fetched: a right that has ended ends
for what was made with it."""

makers: dict[str, Maker] = {}
"""Who makes a file of which kind. Each slice enters its own when it is imported."""


def may_have(file: KeptFile) -> bool:
    """Whether the file's owner may fetch it today, beside that it is theirs."""
    guard = guards.get(file.kind)
    return guard is None or guard(file)
