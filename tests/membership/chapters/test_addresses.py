"""What becomes of the addresses that a chapter once had."""

import pytest

from alumni.chapters.models import ChapterStatus, FormerSlug
from alumni.chapters.queries import Moved, get_chapter, successor
from alumni.db import db, transaction
from alumni.errors import Invalid, NotFound
from alumni.i18n import speaking
from alumni.membership.commands.chapters import change_chapter, found_chapter
from tests.browser import Browser
from tests.conftest import SignIn
from tests.factories import make_chapter, make_officer
from tests.membership.chapters.made import OFFICE, details


def test_a_former_address_leads_on(browser: Browser, signed_in: SignIn, office: Browser) -> None:
    chapter = make_chapter(slug="old-town")
    leader = signed_in(make_officer(chapter))
    with transaction():
        change_chapter(OFFICE, chapter, details(chapter, slug="new-town"))

    page = browser.get("/chapters/old-town")
    assert (page.status, page.location) == (301, "/chapters/new-town")
    desk = leader.get("/chapters/old-town/desk/members?q=li&_external=1&_scheme=javascript")
    assert (desk.status, desk.location) == (301, "/chapters/new-town/desk/members?q=li")
    assert browser.get("/events?chapter=old-town").location == "/events?chapter=new-town"
    assert office.get("/office/chapters/old-town").location == "/office/chapters/new-town"
    token = leader.get("/chapters").forms[0].values["csrf_token"]
    assert leader.post("/chapters/old-town/leave", csrf_token=token).status == 404

    with transaction():
        change_chapter(OFFICE, chapter, details(chapter, slug="old-town"))
    assert browser.get("/chapters/old-town").status == 200
    assert browser.get("/chapters/new-town").location == "/chapters/old-town"


def test_nobody_takes_a_former_address() -> None:
    chapter = make_chapter(slug="old-town")
    with transaction():
        change_chapter(OFFICE, chapter, details(chapter, slug="new-town"))

    with speaking("en"), pytest.raises(Invalid, match="had it once") as raised, transaction():
        found_chapter(OFFICE, details(slug="old-town"), code="X1")
    assert raised.value.field == "slug"
    with transaction():
        made = found_chapter(OFFICE, details(name_en="Old Town"), code="X1")
    assert made.slug == "old-town-2"


def test_an_archived_chapter_leads_nowhere() -> None:
    chapter = make_chapter(status=ChapterStatus.ARCHIVED)
    db.session.add(FormerSlug(slug="former", chapter_id=chapter.id))
    db.session.flush()

    assert successor("former") is None
    assert successor(chapter.slug) is None
    with pytest.raises(NotFound) as raised:
        get_chapter("former")
    assert not isinstance(raised.value, Moved)
    db.session.rollback()
