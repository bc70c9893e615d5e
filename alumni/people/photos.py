"""How photographs are kept, and pictures of papers."""

from io import BytesIO
from typing import Any

from alumni.pictures import as_jpeg, fitted, made_anew, resized

SIDE = 640
"""Pixels; a smaller picture stays as it is."""

SMALL_SIDE = 216
"""As a page shows it beside the name, on a screen with three dots for each pixel."""

LONG_SIDE = 2000
"""Of the picture of a paper, so that its small print can be read."""


def prepare(content: bytes) -> bytes:
    """The picture as we keep it: a square JPEG of at most ``SIDE`` pixels, with no metadata.

    What is no still JPEG, PNG or WebP, too large or damaged is a BadRequest that says so.
    """
    return made_anew(content, _squared)


def prepare_paper(content: bytes) -> bytes:
    """The picture of a paper as we keep it: the whole of it, at most ``LONG_SIDE`` pixels long.

    Otherwise as ``prepare`` does it.
    """
    return made_anew(content, lambda picture: fitted(picture, (LONG_SIDE, LONG_SIDE)))


def small(content: bytes) -> bytes:
    """A picture of ours in the size in which pages show it."""
    from PIL import Image  # noqa: PLC0415 - only where a picture is shown

    picture = Image.open(BytesIO(content), formats=["JPEG"])
    picture.draft("RGB", (SMALL_SIDE, SMALL_SIDE))
    picture.thumbnail((SMALL_SIDE, SMALL_SIDE))
    return as_jpeg(picture)


def _squared(picture: Any) -> Any:
    """The middle of it."""
    picture.draft("RGB", (SIDE, SIDE))  # of a JPEG: decode no more than is needed
    width, height = picture.size
    short = min(width, height)
    left, top = (width - short) // 2, (height - short) // 2
    side = min(short, SIDE)
    return resized(picture, (side, side), (left, top, left + short, top + short))
