"""The association's logo: what is taken, what becomes of it, and where it is shown."""

from io import BytesIO

import pytest
from PIL import Image
from sqlalchemy import func, select

from alumni.audit.models import Change, ChangeSet
from alumni.authz import ANYONE, SYSTEM
from alumni.codes.commands.logos import remove_logo, set_logo
from alumni.codes.logos import BOX, DENSE, prepare, shown_size
from alumni.codes.models import Logo
from alumni.codes.policy import may_change_settings
from alumni.codes.queries import LogoShown, association
from alumni.db import db, transaction
from alumni.errors import BadRequest
from tests.browser import Browser
from tests.conftest import SignIn
from tests.factories import make_verified
from tests.people.test_photos import halves, picture
from tests.refusals import refused

PAGE = "/office/settings/logo"


def sent(kind: str = "PNG", size: tuple[int, int] = (720, 200)) -> tuple[BytesIO, str]:
    return BytesIO(picture(kind, size)), f"logo.{kind.lower()}"


@pytest.mark.pure
@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_a_logo_is_made_anew_as_a_small_picture(kind: str) -> None:
    made = prepare(halves(kind))

    image = Image.open(BytesIO(made))
    assert (image.format, image.size) == ("PNG", (BOX[1] * DENSE, BOX[1] * DENSE))
    assert b"SECRET" not in made


@pytest.mark.pure
def test_what_is_clear_becomes_white() -> None:
    made = prepare(picture("PNG", mode="RGBA", color=(0, 0, 0, 0)))

    assert Image.open(BytesIO(made)).convert("RGB").getpixel((5, 5)) == (255, 255, 255)


@pytest.mark.pure
@pytest.mark.parametrize(
    ("size", "shown"),
    [
        ((1440, 400), (144, 40)),
        ((4000, 100), (144, 4)),
        ((100, 900), (4, 40)),
        ((20, 10), (20, 10)),
    ],
)
def test_a_logo_is_shown_in_its_box_and_never_larger_than_it_is(
    size: tuple[int, int], shown: tuple[int, int]
) -> None:
    assert shown_size(prepare(picture("PNG", size))) == shown


@pytest.mark.pure
@pytest.mark.parametrize(
    "wrong",
    [b"<svg xmlns='http://www.w3.org/2000/svg'/>", b"GIF89a", b"", picture("PNG", (5001, 5000))],
    ids=["drawing", "other kind", "nothing", "too many pixels"],
)
def test_what_is_no_logo_is_refused(wrong: bytes) -> None:
    with pytest.raises(BadRequest):
        prepare(wrong)


def test_another_logo_takes_the_place_of_the_one_before() -> None:
    assert association().logo is None
    with transaction():
        set_logo(SYSTEM, picture("PNG", (720, 200)))
    first = association().logo
    with transaction():
        set_logo(SYSTEM, picture("PNG", (100, 40)))

    kept = db.session.scalars(select(Logo)).one()
    assert association().logo == LogoShown(kept.public_id, 100, 40)
    assert first is not None
    assert first.public_id != kept.public_id


def test_a_logo_is_removed_and_the_history_says_so() -> None:
    with transaction():
        set_logo(SYSTEM, picture("PNG", (720, 200)))
    for _again in range(2):
        with transaction():
            remove_logo(SYSTEM)

    assert association().logo is None
    assert db.session.scalar(select(func.count()).select_from(Logo)) == 0
    verbs = db.session.scalars(select(ChangeSet.verb).order_by(ChangeSet.id)).all()
    assert verbs == ["set_logo", "removed_logo"]
    tables = select(Change.table_name).distinct()
    assert db.session.scalars(tables).all() == ["setting"]


def test_only_who_manages_settings_changes_it() -> None:
    with refused(may_change_settings), transaction():
        set_logo(ANYONE, picture())
    with refused(may_change_settings), transaction():
        remove_logo(ANYONE)


def test_the_logo_stands_on_every_page_and_is_kept_by_browsers(
    office: Browser, browser: Browser
) -> None:
    assert browser.get("/help").all("img") == []
    page = office.follow(office.submit(PAGE, file=sent()))
    assert "The logo stands at the head of every page." in page.text
    assert [one["alt"] for one in page.all("img")] == ["Alumni Association"] * 2

    for url in ("/", "/help", "/sign-in"):
        (shown,) = browser.get(url).all("img")
        assert (shown["width"], shown["height"]) == ("144", "40")
        assert browser.get(url).all("span", class_="only-phone") == []
    got = browser.get(shown["src"])
    assert (got.status, got.headers["Content-Type"]) == (200, "image/png")
    assert got.headers["Cache-Control"] == "private, max-age=31536000, immutable"
    again = browser.get(shown["src"], headers={"If-None-Match": got.headers["ETag"]})
    assert (again.status, again.content) == (304, b"")
    assert browser.get("/logo/nothing").status == 404

    office.press(PAGE, f"{PAGE}/remove")
    assert browser.get("/help").all("img") == []
    assert browser.get(shown["src"]).status == 404


def test_beside_a_narrow_logo_there_is_room_for_the_short_name(office: Browser) -> None:
    page = office.follow(office.submit(PAGE, file=sent("JPEG", (400, 400))))

    assert page.texts("span", class_="only-phone") == ["Alumni"]
    assert [one["width"] for one in page.all("img")] == ["40", "40"]


def test_what_cannot_be_taken_is_said_beside_the_file(office: Browser) -> None:
    assert office.get("/office/settings").all("a", href=PAGE)
    for file in ((BytesIO(b"<svg/>"), "logo.svg"), None):
        page = office.submit(PAGE, file=file)
        assert page.status == 422
        assert page.all("img") == []


def test_others_do_not_change_it(signed_in: SignIn) -> None:
    browser = signed_in(make_verified())

    assert browser.get(PAGE).status == 403
