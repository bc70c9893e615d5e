"""Drawing photographs of people who do not exist: a face before a coloured wall."""

from dataclasses import dataclass
from io import BytesIO

SIDE = 320
"""Pixels."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Look:
    """Colours as ``#rrggbb``."""

    wall: str
    coat: str
    hair: str = "#2b2624"
    skin: str = "#f0c9a6"
    has_long_hair: bool = False


def portrait(look: Look) -> bytes:
    """A PNG."""
    from PIL import Image, ImageDraw  # noqa: PLC0415 - only where a demonstration is made

    picture = Image.new("RGB", (SIDE, SIDE), look.wall)
    draw = ImageDraw.Draw(picture)
    if look.has_long_hair:
        draw.rounded_rectangle((88, 62, 232, 236), 70, fill=look.hair)
    draw.ellipse((34, 226, 286, 470), fill=look.coat)
    draw.polygon(((132, 222), (188, 222), (160, 276)), fill="#ffffff")
    draw.rounded_rectangle((136, 186, 184, 244), 20, fill=look.skin)
    draw.ellipse((100, 76, 220, 222), fill=look.skin)
    draw.chord((94, 62, 226, 190), 180, 360, fill=look.hair)
    for x in (136, 184):
        draw.ellipse((x - 7, 144, x + 7, 158), fill=look.hair)
    draw.arc((136, 160, 184, 196), 25, 155, fill="#a4563f", width=5)
    kept = BytesIO()
    picture.save(kept, "PNG")
    return kept.getvalue()


LOOKS = {
    "李雪梅": Look(wall="#dbe7e4", coat="#3f6f7a", has_long_hair=True),
    "解晓东": Look(wall="#e6e0d4", coat="#34435c", hair="#4a4542"),
    "欧阳静": Look(wall="#e9dfe6", coat="#7a4a63", skin="#f3d0b2", has_long_hair=True),
    "仇志刚": Look(wall="#dfe5ee", coat="#55606b"),
}
"""Of those of the cast who have sent a photograph, by name."""
