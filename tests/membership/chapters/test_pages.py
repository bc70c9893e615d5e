"""The pages of a chapter, and those on which the office keeps it."""

from alumni.db import db, transaction
from alumni.membership.commands.chapters import PageDetails, change_page
from alumni.membership.policy.chapters import may_edit_page
from alumni.membership.queries.places import places_of
from tests.browser import Browser
from tests.conftest import SignIn
from tests.factories import (
    actor_of,
    make_chapter,
    make_event,
    make_member,
    make_officer,
    make_verified,
    the_chapter,
)
from tests.membership.chapters.made import second_anshan
from tests.refusals import refused


def test_the_page_of_a_chapter_has_no_member_for_the_public(
    browser: Browser, signed_in: SignIn
) -> None:
    """CHP-02."""
    region = make_chapter(name_en="Region")
    chapter = make_chapter(parent_id=region.id, intro_en="Hello", contact="town@example.org")
    part = make_chapter(parent_id=chapter.id, name_en="Part")
    officer = make_officer(chapter, person=make_member(chapter, make_verified("曾国强")))
    member = make_member(chapter, make_verified("李小红"))
    event = make_event(chapter)

    page = browser.get(f"/chapters/{chapter.slug}")
    chinese = browser.get(f"/chapters/{chapter.slug}", headers={"Accept-Language": "zh-CN"})

    assert page.texts("a", href=f"/chapters/{region.slug}") == ["Region"]
    assert page.texts("a", href=f"/chapters/{part.slug}") == ["Part"]
    assert page.texts("h2")[0] == "Officers"
    assert event.title_en in page.text
    assert "会长" in chinese.text
    for secret in ("曾国强", "李小红", "Guoqiang", officer.public_id, member.public_id):
        assert secret not in page.content.decode() + chinese.content.decode()
    assert "Zeng Guoqiang" in signed_in(member).get(f"/chapters/{chapter.slug}").text


def test_officers_keep_the_page_of_their_chapter(signed_in: SignIn) -> None:
    chapter = make_chapter()
    url = f"/chapters/{chapter.slug}/desk/page"

    sent = signed_in(make_officer(chapter)).submit(
        url, intro_en="**Welcome**", contact="town@example.org"
    )

    assert sent.location == f"/chapters/{chapter.slug}"
    db.session.rollback()
    db.session.refresh(chapter)
    assert (chapter.intro_en, chapter.contact) == ("**Welcome**", "town@example.org")
    assert signed_in(make_officer(chapter, "treasurer")).get(url).status == 403
    assert signed_in(make_officer(make_chapter())).get(url).status == 404
    assert signed_in(make_member(chapter)).get(url).status == 404
    with refused(may_edit_page), transaction():
        change_page(
            actor_of(make_officer(make_chapter())),
            chapter,
            PageDetails(intro_zh="", intro_en="", contact=""),
        )


def test_the_office_makes_a_chapter(office: Browser) -> None:
    region = the_chapter("north-america")

    made = office.submit(
        "/office/chapters/new",
        name_zh="加州",
        name_en="California",
        seat="US-CA-losangeles",
        covered="Los Angeles\nUS-CA-sandiego San Diego",
        parent_id=str(region.id),
    )

    assert made.location == "/office/chapters/california"
    db.session.rollback()
    chapter = the_chapter("california")
    assert (chapter.parent_id, chapter.time_zone) == (region.id, "America/Los_Angeles")
    assert [place.name_en for place in places_of(chapter)] == ["Los Angeles", "San Diego"]
    page = office.get("/office/chapters/california")
    assert page.texts("textarea", name="covered") == [
        "US-CA-losangeles Los Angeles US-CA-sandiego San Diego"
    ]


def test_the_office_moves_a_chapter_on_its_page(office: Browser) -> None:
    chapter = make_chapter(slug="california", parent_id=the_chapter("north-america").id)

    moved = office.submit("/office/chapters/california", slug="golden-state", parent_id="")
    assert moved.location == "/office/chapters/golden-state"
    db.session.refresh(chapter)
    assert (chapter.slug, chapter.parent_id) == ("golden-state", None)
    circle = office.submit("/office/chapters/golden-state", parent_id=str(chapter.id))
    assert circle.status == 422


def test_places_that_nobody_knows_or_several_do(office: Browser) -> None:
    second_anshan()
    new, names = "/office/chapters/new", {"name_zh": "加州", "name_en": "California"}

    wrong = office.submit(new, seat="XX-1", **names)
    twice = office.submit(new, covered="210400\n鞍山", **names)

    assert wrong.status == 422
    assert "We do not know the place “XX-1”." in wrong.text
    assert twice.status == 422
    assert "may be several places. Write one of: 210300, US-TX-anshan" in twice.text


def test_an_event_begins_with_the_zone_of_its_chapter(signed_in: SignIn) -> None:
    """CHP-21."""
    chapter = make_chapter(time_zone="America/New_York")

    page = signed_in(make_officer(chapter)).get(f"/chapters/{chapter.slug}/desk/events/new")

    assert page.form().values["time_zone"] == "America/New_York"
