"""Making the picture of a group's code anew: sharp enough for a telephone, and nothing more."""

from io import BytesIO

from alumni.errors import BadRequest
from alumni.i18n import _
from alumni.people.photos import prepare_paper

MOST_BYTES = 2 * 1024 * 1024
LONG_SIDE = 1000
"""Pixels. A screen's picture of a code has twice as many, of which a telephone needs a fifth."""

COLOURS = 64


def prepare(content: bytes) -> bytes:
    """The picture as we keep it: a PNG of at most ``LONG_SIDE`` pixels, with no metadata.

    What is larger than ``MOST_BYTES``, no still picture, or damaged is a BadRequest that says so.
    """
    from PIL import Image  # noqa: PLC0415 - only where a picture is sent

    if len(content) > MOST_BYTES:
        raise BadRequest(_("This picture is too large. It may have 2 MB."))
    # Held to all limits there, before anything is decoded, and without what a camera adds.
    picture = Image.open(BytesIO(prepare_paper(content)), formats=["JPEG"])
    picture.thumbnail((LONG_SIDE, LONG_SIDE))
    kept = BytesIO()
    picture.convert("P", palette=Image.Palette.ADAPTIVE, colors=COLOURS).save(
        kept, "PNG", optimize=True
    )
    return kept.getvalue()
