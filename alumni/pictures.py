"""Making a picture anew from what was sent: small, and without when and where it was taken.

Whatever somebody sends is held to all limits before anything of it is decoded.
"""

import re
import struct
from collections.abc import Callable
from io import BytesIO
from threading import Lock
from typing import Any

from alumni.errors import BadRequest
from alumni.i18n import _

MOST_BYTES = 10 * 1024 * 1024
MOST_PIXELS = 25_000_000
MOST_SCANS = 40
"""In how many steps a JPEG may be drawn. Ten are usual, and each is as much work as the whole."""

QUALITY = 85

_one_at_a_time = Lock()
"""Reading takes up to 400 MB, the most of a WebP: one picture at a time in a process."""


def made_anew(
    content: bytes, cut: Callable[[Any], Any], keep: Callable[[Any], bytes] | None = None
) -> bytes:
    """The picture as ``cut`` makes it of an opened one, on white, with no metadata: a JPEG,

    unless ``keep`` writes another kind. What is no still JPEG, PNG or WebP, too large or damaged
    is a BadRequest that says so.
    """
    if len(content) > MOST_BYTES:
        raise BadRequest(_("This picture is too large. A picture may have 10 MB."))
    kind = _kind(content)
    if kind is None:
        raise BadRequest(
            _("We cannot read this as a picture. Please choose a photograph as JPEG, PNG or WebP.")
        )
    with _one_at_a_time:
        try:
            return (keep or as_jpeg)(_on_white(cut(_opened(content, kind))))
        except BadRequest:
            raise
        except Exception as error:  # a damaged file can make a decoder raise anything
            raise BadRequest(
                _("This picture is damaged. Please open it, save it anew and try again.")
            ) from error


def _kind(content: bytes) -> str | None:
    """What it is by its first bytes, whatever its name says."""
    if content.startswith(b"\xff\xd8\xff"):
        return "JPEG"
    if content.startswith(b"\x89PNG\r\n\x1a\n"):
        return "PNG"
    if content.startswith(b"RIFF") and content[8:12] == b"WEBP":
        return "WEBP"
    return None


def _on_white(picture: Any) -> Any:
    from PIL import Image, ImageOps  # noqa: PLC0415 - only where a picture is sent

    upright = ImageOps.exif_transpose(picture).convert("RGBA")
    made = Image.new("RGB", upright.size, "white")
    made.paste(upright, mask=upright.getchannel("A"))
    return made


def fitted(picture: Any, size: tuple[int, int]) -> Any:
    """The whole of it, made smaller where it is larger than that."""
    picture.draft("RGB", size)  # of a JPEG: decode no more than is needed
    width, height = picture.size
    shrunk = min(1, size[0] / width, size[1] / height)
    small = (max(1, round(width * shrunk)), max(1, round(height * shrunk)))
    return resized(picture, small, (0, 0, width, height))


def resized(picture: Any, size: tuple[int, int], box: tuple[int, int, int, int]) -> Any:
    """What lies in the box, in this size."""
    from PIL import Image  # noqa: PLC0415 - as above

    return _plain(picture).resize(size, Image.Resampling.LANCZOS, box=box, reducing_gap=2.0)


def as_jpeg(picture: Any) -> bytes:
    kept = BytesIO()
    picture.save(kept, "JPEG", quality=QUALITY, optimize=True)
    return kept.getvalue()


def _opened(content: bytes, kind: str) -> Any:
    """The picture by its header alone, once that says that there are not too many pixels."""
    from PIL import Image, WebPImagePlugin  # noqa: F401, PLC0415 - as above; WebP is not built in

    if kind == "JPEG" and _scans(content) > MOST_SCANS:
        raise BadRequest(
            _("This picture is drawn in too many steps. Please save it anew and try again.")
        )
    if kind == "WEBP":  # its decoder takes the memory before it tells the size
        _check_pixels(*_webp_size(content))
    try:
        picture = Image.open(BytesIO(content), formats=[kind])
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise _too_many_pixels() from error
    _check_pixels(*picture.size)
    if kind != "JPEG" and getattr(picture, "is_animated", False):
        raise BadRequest(_("This picture moves. Please choose a photograph."))
    return picture


def _scans(content: bytes) -> int:
    """In how many steps the JPEG is drawn, one more than may be where there are more.

    What stands behind its end is not looked at: telephones put a film there.
    """
    number, at = 0, 2
    while number <= MOST_SCANS and (marker := _MARKER.search(content, at)):
        at = marker.end()
        if content[at - 1] == _END:
            break
        number += content[at - 1] == _SCAN
        at += int.from_bytes(content[at : at + 2], "big")
    return number


_MARKER = re.compile(rb"\xff[\x02-\xcf\xd8-\xfe]")
"""What begins a part of a JPEG and tells its length, or ends the whole."""

_SCAN, _END = 0xDA, 0xD9


def _webp_size(content: bytes) -> tuple[int, int]:
    """Width and height as the first part of the file says them."""
    part, begun = content[12:16], content[20:30]
    if part == b"VP8X":
        return (
            1 + int.from_bytes(begun[4:7], "little"),
            1 + int.from_bytes(begun[7:10], "little"),
        )
    if part == b"VP8L":
        packed = int.from_bytes(begun[1:5], "little")
        return 1 + (packed & 0x3FFF), 1 + (packed >> 14 & 0x3FFF)
    width, height = struct.unpack("<HH", begun[6:10])
    return width & 0x3FFF, height & 0x3FFF


def _check_pixels(width: int, height: int) -> None:
    if width * height > MOST_PIXELS:
        raise _too_many_pixels()


def _too_many_pixels() -> BadRequest:
    return BadRequest(
        _("This picture has too many pixels: at most 25 million. Please make it smaller.")
    )


def _plain(picture: Any) -> Any:
    """In colours that can be made smaller: those of a palette cannot, nor can those of print."""
    if picture.mode in ("RGB", "RGBA", "L"):
        return picture
    if picture.mode.startswith("I"):  # 16 bits of grey
        return picture.point(lambda value: value / 256).convert("L")
    has_holes = "transparency" in picture.info or "A" in picture.mode.upper()
    return picture.convert("RGBA" if has_holes else "RGB")
