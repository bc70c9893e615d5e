"""The picture that opens a chapter's group: for its members, and for nobody else."""

from datetime import timedelta
from io import BytesIO
from typing import Any

import pytest
from PIL import Image, PngImagePlugin
from sqlalchemy import select

from alumni.audit.models import ChangeSet
from alumni.chapters.models import Chapter, GroupPicture, MembershipState
from alumni.db import db, today, transaction
from alumni.errors import BadRequest, Invalid
from alumni.i18n import speaking
from alumni.membership.commands.pictures import remove_picture, set_picture
from alumni.membership.pictures import LONG_SIDE, MOST_BYTES, prepare
from alumni.membership.policy.chapters import may_edit_page
from tests.browser import Browser
from tests.conftest import SignIn
from tests.factories import (
    actor_of,
    make_chapter,
    make_member,
    make_officer,
    make_verified,
    saved,
)
from tests.refusals import refused


def code(kind: str = "PNG", size: tuple[int, int] = (300, 400), **options: Any) -> bytes:
    file = BytesIO()
    Image.new("RGB", size, "white").save(file, kind, **options)
    return file.getvalue()


def with_picture(chapter: Chapter, **values: Any) -> str:
    """Put one in. Return its address."""
    picture = saved(GroupPicture(chapter_id=chapter.id, content=prepare(code()), **values))
    return f"/chapters/{chapter.slug}/group-picture/{picture.public_id}"


def test_a_picture_is_made_anew() -> None:
    told = PngImagePlugin.PngInfo()
    told.add_text("Comment", "SECRETWORD")

    kept = prepare(code(size=(1500, 3000), pnginfo=told))

    picture = Image.open(BytesIO(kept))
    assert (picture.format, picture.size) == ("PNG", (LONG_SIDE // 2, LONG_SIDE))
    assert b"SECRETWORD" not in kept
    assert len(kept) < MOST_BYTES


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"\x89PNG\r\n\x1a\n" + b"0" * MOST_BYTES, "2 MB"),
        (b"<svg/>", "cannot read"),
        (code("GIF"), "cannot read"),
        (code()[:60], "damaged"),
        (code(size=(6000, 6000)), "too many pixels"),
    ],
)
def test_what_is_no_picture_for_us(content: bytes, said: str) -> None:
    with speaking("en"), pytest.raises(BadRequest, match=said):
        prepare(content)


def test_only_who_keeps_the_page_puts_one_in() -> None:
    chapter = make_chapter()
    leader = actor_of(make_officer(chapter))

    for _again in range(2):
        with transaction():
            set_picture(leader, chapter, code(), today())
    for stranger in (make_officer(chapter, "treasurer"), make_officer(make_chapter())):
        with refused(may_edit_page), transaction():
            set_picture(actor_of(stranger), chapter, code(), None)
        with refused(may_edit_page), transaction():
            remove_picture(actor_of(stranger), chapter)
    for day in (today() - timedelta(days=1), today() + timedelta(days=400)):
        with pytest.raises(Invalid) as raised, transaction():
            set_picture(leader, chapter, code(), day)
        assert raised.value.field == "ends_on"
    for _again in range(2):
        with transaction():
            remove_picture(leader, chapter)

    verbs = db.session.scalars(select(ChangeSet.verb).order_by(ChangeSet.id)).all()
    assert verbs[-1] == "removed_group_picture"
    assert [verb for verb in verbs if "group_picture" in verb] == [
        "set_group_picture",
        "set_group_picture",
        "removed_group_picture",
    ]
    assert db.session.scalars(select(GroupPicture)).all() == []


def test_members_see_it_and_nobody_else(browser: Browser, signed_in: SignIn) -> None:
    """CHP-23."""
    chapter, region = make_chapter(), make_chapter()
    below = make_chapter(parent_id=region.id)
    address = with_picture(chapter)
    page = f"/chapters/{chapter.slug}"
    inside = (make_member(chapter), make_officer(chapter, "treasurer", make_verified()))
    outside = (
        make_verified(),
        make_member(make_chapter()),
        make_member(chapter, state=MembershipState.PENDING, starts_on=None),
        make_member(chapter, state=MembershipState.LEFT, ends_on=today()),
        make_officer(chapter, person=make_verified(), ends_on=today() - timedelta(days=1)),
    )

    for person in inside:
        reader = signed_in(person)
        assert address in reader.get(page).content.decode()
        answer = reader.client.get(address)
        assert (answer.status_code, answer.mimetype) == (200, "image/png")
        assert answer.headers["Cache-Control"].startswith("private")
    for reader in (browser, *map(signed_in, outside)):
        assert reader.get(address).status == 404
        assert "group-picture" not in reader.get(page).content.decode()
    member = signed_in(inside[0])
    assert member.get(address.replace(chapter.slug, below.slug)).status == 404
    assert member.get(f"{page}/group-picture/nothing").status == 404


def test_the_officers_of_the_region_and_the_office_see_it(
    signed_in: SignIn, office: Browser
) -> None:
    region = make_chapter()
    address = with_picture(make_chapter(parent_id=region.id))

    assert signed_in(make_officer(region)).get(address).status == 200
    assert signed_in(make_officer(region, "treasurer")).get(address).status == 404
    assert office.get(address).status == 200


def test_one_that_has_lapsed_is_shown_to_nobody(signed_in: SignIn) -> None:
    chapter = make_chapter()
    leader = signed_in(make_officer(chapter))
    address = with_picture(chapter, ends_on=today() - timedelta(days=1))

    assert leader.get(address).status == 404
    assert "group-picture/" not in leader.get(f"/chapters/{chapter.slug}").content.decode()
    assert "has lapsed" in leader.get(f"/chapters/{chapter.slug}/desk/group-picture").text


def test_putting_one_in_at_the_desk(signed_in: SignIn) -> None:
    chapter = make_chapter()
    leader = signed_in(make_officer(chapter))
    url = f"/chapters/{chapter.slug}/desk/group-picture"

    def sent(content: bytes, ends_on: str = "") -> int:
        page = leader.get(url)
        values = page.form().values | {"file": (BytesIO(content), "code.png"), "ends_on": ends_on}
        answer = leader.client.post(url, data=values, content_type="multipart/form-data")
        return answer.status_code

    assert leader.get(url).form().values["ends_on"] == (today() + timedelta(days=7)).isoformat()
    assert sent(b"nothing") == 422
    assert sent(code(), "2020-01-01") == 422
    assert sent(code("JPEG")) == 303
    assert "until you remove it" in leader.get(url).text
    assert db.session.scalars(select(GroupPicture.ends_on)).all() == [None]
    db.session.rollback()
    assert leader.press(url, f"{url}/remove").location == url
    assert signed_in(make_officer(chapter, "treasurer")).get(url).status == 403
    assert signed_in(make_officer(make_chapter())).get(url).status == 404
