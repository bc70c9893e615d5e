"""Photographs: what is taken, what becomes of it, and who is shown it."""

import struct
import zlib
from io import BytesIO
from typing import Any

import pytest
from PIL import Image
from sqlalchemy import select

from alumni.audit.models import Change, ChangeSet
from alumni.authz import ANYONE
from alumni.db import db, transaction
from alumni.errors import BadRequest
from alumni.people.commands.photos import remove_photo, set_photo
from alumni.people.models import Level, Person, Photo
from alumni.people.photos import SIDE, SMALL_SIDE, prepare
from alumni.people.policy import may_edit
from alumni.pictures import MOST_BYTES
from tests.browser import Browser
from tests.conftest import SignIn
from tests.factories import actor_of, make_verified
from tests.refusals import refused

RED, BLUE = (200, 20, 20), (20, 20, 200)


def picture(
    kind: str = "JPEG", size: tuple[int, int] = (300, 200), mode: str = "RGB", **options: Any
) -> bytes:
    file = BytesIO()
    Image.new(mode, size, options.pop("color", 0)).save(file, kind, **options)
    return file.getvalue()


def halves(kind: str, turned: int | None = None) -> bytes:
    """Red above blue, unless a viewer is told to turn it; with where it was taken."""
    image = Image.new("RGB", (400, 400), RED)
    image.paste(BLUE, (0, 200, 400, 400))
    exif = Image.Exif()
    exif[0x010E] = "SECRETWORD"
    exif.get_ifd(0x8825)[1] = "N"
    exif.get_ifd(0x8825)[2] = (38.0, 55.0, 1.5)
    if turned:
        exif[0x0112] = turned
    file = BytesIO()
    image.save(file, kind, exif=exif, icc_profile=b"SECRETPROFILE", quality=95)
    return file.getvalue()


def opened(content: bytes) -> Any:
    image = Image.open(BytesIO(content))
    image.load()
    return image


def looks_like(pixel: tuple[int, ...], colour: tuple[int, ...]) -> bool:
    return all(abs(a - b) < 16 for a, b in zip(pixel, colour, strict=True))


@pytest.mark.pure
@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_a_picture_is_made_anew_without_what_it_told(kind: str) -> None:
    sent = halves(kind)
    assert b"SECRETWORD" in sent or kind == "PNG"
    assert Image.open(BytesIO(sent)).getexif().get_ifd(0x8825)

    made = prepare(sent)

    image = opened(made)
    assert (image.format, image.mode, image.size) == ("JPEG", "RGB", (400, 400))
    assert dict(image.getexif()) == {}
    assert not {"exif", "icc_profile", "xmp", "comment", "photoshop"} & set(image.info)
    for told in (b"Exif", b"GPS", b"ICC_PROFILE", b"http://ns.adobe.com", b"SECRET"):
        assert told not in made


@pytest.mark.pure
@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_a_picture_is_turned_as_its_camera_was_held(kind: str) -> None:
    upright, turned = opened(prepare(halves(kind))), opened(prepare(halves(kind, turned=6)))

    assert looks_like(upright.getpixel((200, 50)), RED)
    assert looks_like(upright.getpixel((200, 350)), BLUE)
    assert looks_like(turned.getpixel((50, 200)), BLUE)
    assert looks_like(turned.getpixel((350, 200)), RED)


@pytest.mark.pure
@pytest.mark.parametrize(
    ("size", "side"), [((3000, 2000), SIDE), ((700, 5000), SIDE), ((90, 60), 60), ((1, 1), 1)]
)
@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_a_picture_becomes_a_square_and_never_greater(
    kind: str, size: tuple[int, int], side: int
) -> None:
    assert opened(prepare(picture(kind, size))).size == (side, side)


@pytest.mark.pure
def test_the_square_is_of_the_middle() -> None:
    image = Image.new("RGB", (900, 300), BLUE)
    image.paste(RED, (300, 0, 600, 300))
    file = BytesIO()
    image.save(file, "PNG")

    made = opened(prepare(file.getvalue()))

    assert all(looks_like(made.getpixel(at), RED) for at in ((2, 2), (297, 297), (150, 150)))


@pytest.mark.pure
@pytest.mark.parametrize(
    ("kind", "mode", "options", "becomes"),
    [
        ("PNG", "RGBA", {"color": (0, 0, 0, 0)}, (255, 255, 255)),
        ("WEBP", "RGBA", {"color": (0, 0, 0, 0)}, (255, 255, 255)),
        ("PNG", "LA", {"color": (0, 0)}, (255, 255, 255)),
        ("PNG", "P", {"transparency": 0}, (255, 255, 255)),
        ("PNG", "L", {"color": 90}, (90, 90, 90)),
        ("PNG", "I;16", {"color": 90 * 256}, (90, 90, 90)),
        ("PNG", "1", {"color": 1}, (255, 255, 255)),
        ("JPEG", "L", {"color": 90}, (90, 90, 90)),
        ("JPEG", "CMYK", {"color": (0, 255, 255, 0)}, (255, 0, 0)),
    ],
)
def test_whatever_its_colours_they_come_out_right(
    kind: str, mode: str, options: dict[str, Any], becomes: tuple[int, int, int]
) -> None:
    made = opened(prepare(picture(kind, mode=mode, **options)))

    assert looks_like(made.getpixel((100, 100)), becomes)


def png_header(width: int, height: int) -> bytes:
    """A picture that says it is so large, and has nothing in it."""
    head = b"IHDR" + struct.pack(">2I5B", width, height, 8, 2, 0, 0, 0)
    data = b"IDAT" + zlib.compress(b"\0" * 100)
    parts = (struct.pack(">I", len(part) - 4) + part for part in (head, data, b"IEND"))
    closed = (part + struct.pack(">I", zlib.crc32(part[4:])) for part in parts)
    return b"\x89PNG\r\n\x1a\n" + b"".join(closed)


def webp_header(width: int, height: int, kind: bytes) -> bytes:
    """The same of each of the three beginnings of a WebP."""
    wide, high = ((side - 1).to_bytes(3, "little") for side in (width, height))
    begun = {
        b"VP8X": b"\0\0\0\0" + wide + high,
        b"VP8L": b"\x2f" + ((width - 1) | (height - 1) << 14).to_bytes(4, "little") + b"\0" * 20,
        b"VP8 ": b"\0\0\0\x9d\x01\x2a" + struct.pack("<HH", width, height) + b"\0" * 20,
    }[kind]
    part = kind + struct.pack("<I", len(begun)) + begun
    return b"RIFF" + struct.pack("<I", len(part) + 4) + b"WEBP" + part


@pytest.mark.pure
@pytest.mark.parametrize(
    "sent",
    [
        png_header(5_001, 5_000),
        png_header(60_000, 60_000),
        png_header(10_000, 10_000),
        *(webp_header(16_000, 16_000, kind) for kind in (b"VP8X", b"VP8L", b"VP8 ")),
    ],
)
def test_too_many_pixels_are_refused_by_the_header(sent: bytes) -> None:
    with pytest.raises(BadRequest, match="25 million"):
        prepare(sent)


@pytest.mark.pure
def test_twenty_five_million_pixels_are_not_too_many() -> None:
    assert opened(prepare(picture("JPEG", (5000, 5000)))).size == (SIDE, SIDE)


@pytest.mark.pure
def test_a_jpeg_of_ever_so_many_steps_is_refused() -> None:
    """Each is as much work as the whole picture: 160 kB took 14 seconds, and 10 MB took hours."""
    usual = picture(size=(600, 600), color=RED, progressive=True)
    last = usual[usual.rindex(b"\xff\xda") : -2]
    film = b"....ftypmp42" + b"\xff\xda\x00\x08" * 200

    with pytest.raises(BadRequest, match="too many steps"):
        prepare(usual[:-2] + last * 100 + b"\xff\xd9")

    assert opened(prepare(usual)).size == (600, 600)
    assert prepare(usual + film) == prepare(usual)


@pytest.mark.pure
def test_a_file_of_more_than_ten_megabytes_is_refused() -> None:
    with pytest.raises(BadRequest, match="10 MB"):
        prepare(picture() + b"\0" * MOST_BYTES)


def moving(kind: str) -> bytes:
    file = BytesIO()
    frames = [Image.new("RGB", (50, 50), colour) for colour in (RED, BLUE)]
    frames[0].save(file, kind, save_all=True, append_images=frames[1:], duration=100)
    return file.getvalue()


@pytest.mark.pure
@pytest.mark.parametrize(
    ("sent", "said"),
    [
        (b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>', "JPEG, PNG"),
        (b"<!DOCTYPE html><h1>photo.jpg</h1>", "JPEG, PNG"),
        (b"", "JPEG, PNG"),
        (picture("GIF"), "JPEG, PNG"),
        (moving("GIF"), "JPEG, PNG"),
        (picture("BMP"), "JPEG, PNG"),
        (picture("TIFF"), "JPEG, PNG"),
        (moving("PNG"), "moves"),
        (moving("WEBP"), "moves"),
        (b"\xff\xd8\xff<script>", "damaged"),
        (b"RIFF\0\0\0\0WEBP", "damaged"),
        (b"\x89PNG\r\n\x1a\n", "damaged"),
        (picture("JPEG", (900, 900))[:-600], "damaged"),
        (picture("PNG", (900, 900))[:-100], "damaged"),
        (picture("WEBP", (900, 900), lossless=True)[:-10], "damaged"),
        (png_header(100, 100), "damaged"),
    ],
)
def test_what_is_no_still_photograph_is_refused_in_a_sentence(sent: bytes, said: str) -> None:
    with pytest.raises(BadRequest, match=said):
        prepare(sent)


@pytest.mark.pure
@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_no_damage_does_more_than_be_refused(kind: str) -> None:
    """Every byte of a small picture wrong in turn: it is a picture, or a BadRequest."""
    sent = halves(kind)[:1500] if kind == "JPEG" else halves(kind)
    for at in range(0, len(sent), max(1, len(sent) // 300)):
        for wrong in (0, 255):
            try:
                made = prepare(sent[:at] + bytes([wrong]) + sent[at + 1 :])
            except BadRequest:
                continue
            assert opened(made).format == "JPEG"


@pytest.mark.pure
def test_what_hides_behind_a_picture_is_gone() -> None:
    made = prepare(picture() + b"<script>alert(1)</script>")

    assert b"script" not in made


def photographed(level: Level = Level.ALUMNI, **values: Any) -> Person:
    person = make_verified("曾国强", **values)
    with transaction():
        set_photo(actor_of(person), db.session.get_one(Person, person.id), picture(), level)
    return person


def photo_of(person: Person) -> Photo:
    db.session.expire_all()
    return db.session.scalars(select(Photo).where(Photo.person_id == person.id)).one()


def test_a_picture_takes_the_place_of_the_one_before(app: object) -> None:
    person = photographed()
    first = photo_of(person)
    known = (first.public_id, first.content)

    with transaction():
        again = db.session.get_one(Person, person.id)
        set_photo(actor_of(person), again, picture(size=(80, 80)), Level.PUBLIC)

    photo = photo_of(person)
    assert (photo.public_id, photo.content) != known
    assert photo.public_id != known[0]
    assert opened(photo.content).size == (80, 80)
    assert photo.visibility is Level.PUBLIC


def test_the_history_of_the_person_tells_of_pictures(app: object) -> None:
    person = photographed(Level.CLASS)
    with transaction():
        again = db.session.get_one(Person, person.id)
        set_photo(actor_of(person), again, picture(), Level.PUBLIC)
    with transaction():
        remove_photo(actor_of(person), db.session.get_one(Person, person.id))
    with transaction():
        remove_photo(actor_of(person), db.session.get_one(Person, person.id))

    told = db.session.execute(
        select(ChangeSet.verb, Change.before, Change.after)
        .join(Change, Change.change_set_id == ChangeSet.id)
        .where(Change.person_id == person.id, Change.table_name == "photo")
        .order_by(Change.id)
    ).all()
    assert [tuple(row) for row in told] == [
        ("set_photo", None, {"visibility": "class"}),
        ("set_photo", {"visibility": "class"}, {"visibility": "public"}),
        ("removed_photo", {"visibility": "public"}, None),
    ]
    assert db.session.scalars(select(Photo)).all() == []


def test_only_who_may_edit_a_person_changes_the_picture(app: object) -> None:
    person, other = make_verified(), make_verified()

    with refused(may_edit), transaction():
        set_photo(actor_of(other), person, picture(), Level.PUBLIC)
    with refused(may_edit), transaction():
        remove_photo(actor_of(other), person)
    with refused(may_edit), transaction():
        set_photo(ANYONE, person, picture(), Level.PUBLIC)


def test_a_picture_is_sent_so_that_a_browser_may_keep_it(signed_in: SignIn) -> None:
    person = photographed()
    photo = photo_of(person)
    browser = signed_in(make_verified())

    page = browser.get(f"/people/{person.public_id}/photo?v={photo.public_id}")

    assert (page.status, page.content) == (200, photo.content)
    assert page.headers["Content-Type"] == "image/jpeg"
    assert page.headers["X-Content-Type-Options"] == "nosniff"
    assert page.headers["Cache-Control"] == "private, max-age=86400"
    etag = page.headers["ETag"]
    again = browser.get(
        f"/people/{person.public_id}/photo?v={photo.public_id}", headers={"If-None-Match": etag}
    )
    assert (again.status, again.content) == (304, b"")
    unnamed = browser.get(f"/people/{person.public_id}/photo")
    assert (unnamed.status, unnamed.headers["Cache-Control"]) == (200, "private, no-cache")


def test_a_page_gets_a_small_one(signed_in: SignIn) -> None:
    person = make_verified()
    with transaction():
        sent = picture(size=(900, 900), color=RED)
        set_photo(actor_of(person), db.session.get_one(Person, person.id), sent, Level.ALUMNI)
    browser = signed_in(make_verified())

    (image,) = browser.get(f"/people/{person.public_id}").all("img")
    page = browser.get(str(image["src"]))

    shown = opened(page.content)
    assert (shown.format, shown.size) == ("JPEG", (SMALL_SIDE, SMALL_SIDE))
    assert looks_like(shown.getpixel((100, 100)), RED)
    assert page.headers["Cache-Control"] == "private, max-age=86400"
    assert page.headers["ETag"] != browser.get(f"/people/{person.public_id}/photo").headers["ETag"]


def test_a_picture_is_shown_to_its_level_alone(signed_in: SignIn, browser: Browser) -> None:
    school: dict[str, Any] = {"year": 1998, "college": "口腔医学院", "class_label": "3班"}
    person = photographed(Level.CLASS, **school)
    path = f"/people/{person.public_id}/photo"

    classmate, other = make_verified(**school), make_verified()

    assert [signed_in(who).get(path).status for who in (person, classmate, other)] == [
        *(200, 200, 404)
    ]
    assert browser.get(path).status == 404


def test_the_picture_of_who_cannot_be_found_is_not_either(signed_in: SignIn) -> None:
    person = photographed(Level.PUBLIC, listed=Level.OFFICE)
    path = f"/people/{person.public_id}/photo"

    assert signed_in(make_verified()).get(path).status == 404
    assert signed_in(person).get(path).status == 200
