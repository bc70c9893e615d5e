import struct
import zlib
from collections.abc import Iterable, Iterator

_HOW = (20, 1 << 3, zlib.DEFLATED, 0, 1 << 5 | 1)
"""Of a part: version of the format, sizes follow, method, and the time, always 1980-01-01: the same
rows make the same file."""


class Archive:
    """A zip archive written as a stream: the sizes of a part follow it, being unknown before."""

    def __init__(self) -> None:
        self.part_size = 0
        """Bytes of the present part, before packing."""
        self._sent = 0
        self._entries: list[bytes] = []

    def part(self, path: str, texts: Iterable[str]) -> Iterator[bytes]:
        """Yield the part. `struct.error` when it, or the archive, passes 4 GiB."""
        name, start, crc, self.part_size = path.encode(), self._sent, 0, 0
        head = struct.pack("<5H3L2H", *_HOW, 0, 0, 0, len(name), 0)
        yield self._counted(b"PK\3\4" + head + name)
        packed_from = self._sent
        packer = zlib.compressobj(1, zlib.DEFLATED, -zlib.MAX_WBITS)
        for text in texts:
            plain = text.encode()
            crc = zlib.crc32(plain, crc)
            self.part_size += len(plain)
            if piece := packer.compress(plain):
                yield self._counted(piece)
        yield self._counted(packer.flush())
        sizes = struct.pack("<3L", crc, self._sent - packed_from, self.part_size)
        yield self._counted(b"PK\7\b" + sizes)
        entry = struct.pack("<6H", 20, *_HOW) + sizes
        place = struct.pack("<5H2L", len(name), 0, 0, 0, 0, 0, start)
        self._entries.append(b"PK\1\2" + entry + place + name)

    def directory(self) -> bytes:
        """The end of the archive; without it no program takes the file for whole."""
        entries, number = b"".join(self._entries), len(self._entries)
        end = struct.pack("<4H2LH", 0, 0, number, number, len(entries), self._sent, 0)
        return entries + b"PK\5\6" + end

    def _counted(self, piece: bytes) -> bytes:
        self._sent += len(piece)
        return piece
