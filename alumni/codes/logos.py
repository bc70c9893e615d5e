"""Making the association's logo anew: small enough to stand at the head of every page."""

from io import BytesIO
from typing import Any

from alumni.pictures import fitted, made_anew

BOX = (144, 40)
"""Pixels of a page in which it is shown, width and height."""

DENSE = 2
"""Dots that are kept for each of those."""

COLOURS = 256


def prepare(content: bytes) -> bytes:
    """The logo as we keep it: the whole of it on white, a PNG with no metadata.

    What is no still JPEG, PNG or WebP, too large or damaged is a BadRequest that says so.
    """
    size = BOX[0] * DENSE, BOX[1] * DENSE
    return made_anew(content, lambda picture: fitted(picture, size), _as_png)


def shown_size(content: bytes) -> tuple[int, int]:
    """How wide and high a logo of ours is shown: in its box, and never larger than it is."""
    from PIL import Image  # noqa: PLC0415 - only where one is sent

    width, height = Image.open(BytesIO(content), formats=["PNG"]).size
    shrunk = min(1, BOX[0] / width, BOX[1] / height)
    return max(1, round(width * shrunk)), max(1, round(height * shrunk))


def _as_png(picture: Any) -> bytes:
    from PIL import Image  # noqa: PLC0415 - as above

    kept = BytesIO()
    picture.convert("P", palette=Image.Palette.ADAPTIVE, colors=COLOURS).save(
        kept, "PNG", optimize=True
    )
    return kept.getvalue()
