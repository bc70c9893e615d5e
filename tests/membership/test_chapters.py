"""Chapters as the office makes, moves, archives and unites them, and as officers keep them."""

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import delete, select

from alumni.audiences.criteria import Audience
from alumni.audit.models import Change, ChangeSet
from alumni.authz import SYSTEM, Actor, Capability, Right
from alumni.chapters.models import (
    Chapter,
    ChapterMembership,
    ChapterPlace,
    ChapterStatus,
    FormerSlug,
    GroupPicture,
    JoinMode,
    MembershipState,
    Officer,
)
from alumni.chapters.models.governance import (
    Announcement,
    Handover,
    HandoverState,
)
from alumni.chapters.queries import Moved, chapter_for_place, get_chapter, in_tree, successor
from alumni.codes.models import Place, PlaceKind, PlaceName
from alumni.codes.queries import find_place
from alumni.db import db, today, transaction
from alumni.errors import Invalid, NotFound, Refusal
from alumni.events.models import Event
from alumni.events.panels import register_panels
from alumni.i18n import speaking
from alumni.mailings.models import Choice, MailList, Subscription
from alumni.mailings.queries import audience, unmade_list
from alumni.mailings.uniting import register_rules
from alumni.membership.commands.archiving import archive
from alumni.membership.commands.chapters import (
    ChapterDetails,
    PageDetails,
    change_chapter,
    change_page,
    found_chapter,
    open_chapter,
)
from alumni.membership.commands.uniting import unite
from alumni.membership.policy import may_manage_chapters
from alumni.membership.policy.chapters import may_edit_page
from alumni.membership.queries import get_desk, my_desks
from alumni.membership.queries.desk import member_page
from alumni.membership.queries.narrowing import MemberFilter
from alumni.membership.queries.office import get_managed_chapter, list_chapters, tree
from alumni.membership.queries.places import Ambiguous, meant_place, places_of
from alumni.membership.queries.public import above_and_below, grouped_chapters
from alumni.membership.queries.uniting import at_stake, get_target, possible_targets
from alumni.membership.uniting import RULES, pointing_at_chapters
from alumni.outbox.models import Delivery, Suppression, SuppressionScope
from alumni.people.models import Person
from alumni.tables import metadata
from tests.browser import Browser, at_once
from tests.conftest import SignIn
from tests.factories import (
    account_of,
    actor_of,
    make_chapter,
    make_event,
    make_member,
    make_officer,
    make_verified,
    saved,
    the_chapter,
)
from tests.refusals import refused

OFFICE = Actor(capabilities=frozenset({Capability.MANAGE_CHAPTERS}))


@pytest.fixture(autouse=True)
def _covered_by_no_others() -> Iterator[None]:
    """Which places the chapters cover is kept from test to test: take back what was said here."""
    yield
    db.session.rollback()
    db.session.execute(delete(ChapterPlace).where(ChapterPlace.chapter_id > BROUGHT))
    db.session.commit()


@pytest.fixture(autouse=True)
def _panels_of_events() -> None:
    register_panels()


LONG_AGO, LATELY = date(2019, 5, 4), date(2026, 3, 1)

ASKING: dict[str, Any] = {"state": MembershipState.PENDING, "starts_on": None}

BROUGHT = 18
"""So many chapters the program brings."""

PREPARING = ("loaded_lists", "loaded_chapters", "made")
"""What was done before the test began."""


def verbs() -> list[str]:
    """The deeds of the test, in their order."""
    deeds = db.session.scalars(select(ChangeSet.verb).order_by(ChangeSet.id))
    return [verb for verb in deeds if verb not in PREPARING]


def letters(kind: str) -> list[int | None]:
    told = select(Delivery.person_id).where(Delivery.kind == kind)
    return sorted(db.session.scalars(told).all(), key=lambda person_id: person_id or 0)


def details(chapter: Chapter | None = None, **values: object) -> ChapterDetails:
    """What the office says of the chapter, with some of it changed."""
    said: dict[str, object] = {"slug": "", "name_zh": "新分会", "name_en": "New Chapter"}
    if chapter is not None:
        names = ("slug", "name_zh", "name_en", "parent_id", "status", "place_id")
        said = {name: getattr(chapter, name) for name in names}
        said["places"] = tuple(place.id for place in places_of(chapter))
    return ChapterDetails(**said | values)  # type: ignore[arg-type]


def place_id(name: str) -> int:
    place = find_place(name)
    assert place is not None
    return place.id


def second_anshan() -> None:
    """Another city of the name, in Texas."""
    twin = saved(Place(code="US-TX-anshan", kind=PlaceKind.CITY, name_zh="鞍山", name_en="Anshan"))
    saved(PlaceName(name="鞍山", place_id=twin.id))


def spells(person: Person) -> list[tuple[int, MembershipState, date | None, bool]]:
    mine = (
        select(ChapterMembership)
        .where(ChapterMembership.person_id == person.id)
        .order_by(ChapterMembership.chapter_id, ChapterMembership.id)
        .execution_options(populate_existing=True)
    )
    return [
        (spell.chapter_id, spell.state, spell.starts_on, spell.is_primary)
        for spell in db.session.scalars(mine)
    ]


# Making and changing


def test_a_chapter_is_made_of_its_place() -> None:
    with transaction():
        made = found_chapter(
            OFFICE,
            details(
                name_en="San Francisco Chapter",
                place_id=place_id("旧金山"),
                places=(place_id("旧金山"),),
                parent_id=the_chapter("north-america").id,
            ),
        )

    assert (made.code, made.slug) == ("US-CA-sanfra", "san-francisco")
    assert made.position == 18
    assert made.status is ChapterStatus.ACTIVE
    assert [place.name_en for place in places_of(made)] == ["San Francisco"]
    found = chapter_for_place(place_id("旧金山"))
    assert found is not None
    assert found.id == made.id
    assert verbs() == ["founded_chapter"]


def test_a_second_chapter_of_a_place_gets_a_number() -> None:
    with transaction():
        first = found_chapter(OFFICE, details(place_id=place_id("鞍山"), name_en="Anshan Chapter"))
        second = found_chapter(OFFICE, details(name_en="Anshan"), code="21")

    assert (first.code, first.slug) == ("210300-2", "anshan-2")
    assert (second.code, second.slug) == ("21", "anshan-3")


@pytest.mark.parametrize(
    ("wrong", "code", "field"),
    [
        ({}, "", "code"),
        ({}, "210300", "code"),
        ({}, "中文", "code"),
        ({"slug": "Anshan"}, "X1", "slug"),
        ({"slug": "anshan"}, "X1", "slug"),
        ({"slug": "new"}, "X1", "slug"),
        ({"slug": "alumni"}, "X1", "slug"),
        ({"slug": "a--b"}, "X1", "slug"),
        ({"name_en": "分会"}, "X1", "slug"),
        ({"parent_id": 2**31 - 1}, "X1", "parent_id"),
        ({"status": ChapterStatus.ARCHIVED}, "X1", "standing"),
    ],
)
def test_what_a_new_chapter_may_not_be(wrong: dict[str, object], code: str, field: str) -> None:
    with pytest.raises(Invalid) as raised, transaction():
        found_chapter(OFFICE, details(None, **wrong), code=code)

    assert raised.value.field == field


def test_a_place_belongs_to_one_chapter() -> None:
    other = make_chapter()
    anshan = place_id("鞍山")

    with pytest.raises(Invalid, match="鞍山分会") as raised, transaction():
        change_chapter(OFFICE, other, details(other, places=(anshan,)))
    assert raised.value.field == "covered"

    beijing = make_chapter(status=ChapterStatus.ARCHIVED)
    york, lost = place_id("New York"), place_id("Boston")
    saved(ChapterPlace(chapter_id=beijing.id, place_id=york))
    saved(ChapterPlace(chapter_id=other.id, place_id=lost))
    with transaction():
        change_chapter(OFFICE, other, details(other, places=(york,)))
    assert [place.id for place in places_of(other)] == [york]
    assert places_of(beijing) == []


def test_the_office_changes_a_chapter() -> None:
    chapter = make_chapter()
    said = details(
        chapter,
        name_zh="新分会",
        name_en="New Chapter",
        intro_zh="介绍",
        intro_en="About",
        contact="new@example.org",
        join_mode=JoinMode.OPEN,
        status=ChapterStatus.DORMANT,
        language="en",
        time_zone="America/New_York",
    )

    with transaction():
        change_chapter(OFFICE, chapter, said)

    assert (chapter.name_zh, chapter.name_en) == ("新分会", "New Chapter")
    assert (chapter.intro_zh, chapter.intro_en) == ("介绍", "About")
    assert (chapter.contact, chapter.join_mode) == ("new@example.org", JoinMode.OPEN)
    assert (chapter.status, chapter.time_zone) == (ChapterStatus.DORMANT, "America/New_York")
    assert verbs() == ["changed"]
    leader = actor_of(make_officer(chapter))
    with refused(may_manage_chapters), transaction():
        change_chapter(leader, chapter, said)
    with refused(may_manage_chapters), transaction():
        found_chapter(leader, details())


def test_opening_a_planned_chapter() -> None:
    chapter = make_chapter(status=ChapterStatus.PLANNED)

    with refused(may_manage_chapters), transaction():
        open_chapter(actor_of(make_officer(chapter)), chapter)
    for _again in range(2):
        with transaction():
            open_chapter(OFFICE, chapter)

    assert chapter.status is ChapterStatus.ACTIVE
    assert verbs() == ["opened"]


def test_what_a_name_of_a_place_means() -> None:
    with transaction():
        names = [meant_place(text) for text in ("210300 鞍山", "鞍山市", "US", "Atlantis")]

    assert [place.code if place else None for place in names] == ["210300", "210300", "US", None]
    second_anshan()
    with pytest.raises(Ambiguous) as several:
        meant_place("鞍山")
    assert several.value.codes == ["210300", "US-TX-anshan"]


# The tree


def test_leaders_of_a_region_see_the_desks_below_and_ids_stay() -> None:
    """CHP-01."""
    region = make_chapter()
    anshan = make_chapter()
    member = make_member(anshan)
    president = make_officer(region)
    treasurer = make_officer(region, "treasurer")
    spell_before = db.session.scalars(
        select(ChapterMembership.id).where(ChapterMembership.person_id == member.id)
    ).one()
    with pytest.raises(NotFound):
        get_desk(actor_of(president), anshan.slug)

    with transaction():
        change_chapter(OFFICE, anshan, details(anshan, parent_id=region.id))

    assert get_desk(actor_of(president), anshan.slug).id == anshan.id
    page = member_page(actor_of(president), anshan, MemberFilter())
    assert [(one.who.public_id, one.is_found) for one in page.rows] == [(member.public_id, True)]
    assert actor_of(president).rights[anshan.id] == actor_of(president).rights[region.id]
    assert actor_of(treasurer).rights.get(anshan.id) is None
    after = db.session.scalars(
        select(ChapterMembership).where(ChapterMembership.person_id == member.id)
    ).one()
    assert (after.id, after.chapter_id) == (spell_before, anshan.id)
    assert {chapter.id for chapter in my_desks(actor_of(president))} >= {region.id}


def test_the_tree_has_no_circles() -> None:
    top = make_chapter()
    middle = make_chapter(parent_id=top.id)
    leaf = make_chapter(parent_id=middle.id)

    for below in (top, middle, leaf):
        with pytest.raises(Invalid) as raised, transaction():
            change_chapter(OFFICE, top, details(top, parent_id=below.id))
        assert raised.value.field == "parent_id"
    with transaction():
        change_chapter(OFFICE, middle, details(middle, parent_id=None))

    assert middle.parent_id is None


def test_two_moves_at_once_make_no_circle(app: Flask) -> None:
    one, other = make_chapter(), make_chapter()
    moves = [(one.slug, other.id), (other.slug, one.id)]

    def move(wanted: tuple[str, int]) -> None:
        slug, parent_id = wanted
        with app.app_context(), transaction():
            chapter = get_managed_chapter(OFFICE, slug)
            change_chapter(OFFICE, chapter, details(chapter, parent_id=parent_id))

    problems = at_once(move, moves)

    assert [type(problem) for problem in problems] == [Invalid]
    parents = select(Chapter.parent_id).where(Chapter.id.in_([one.id, other.id]))
    assert len([parent for parent in db.session.scalars(parents) if parent is not None]) == 1


def test_one_address_for_two_at_once(app: Flask) -> None:
    def found(code: str) -> None:
        with app.app_context(), transaction():
            found_chapter(OFFICE, details(slug="california"), code=code)

    problems = at_once(found, ["X1", "X2", "X3"])

    assert len(problems) == 2
    assert all(isinstance(problem, Refusal) for problem in problems)


def test_lists_show_the_tree() -> None:
    liaoning = make_chapter(code="210000", name_zh="辽宁")
    anshan = make_chapter(code="2103XX", parent_id=liaoning.id)
    west = make_chapter(code="US-CA", parent_id=the_chapter("north-america").id)

    groups = grouped_chapters()

    assert [chapter.slug for chapter in groups.overseas] == ["north-america", west.slug]
    at = groups.liaoning.index(liaoning)
    assert groups.liaoning[at + 1] is anshan
    assert {id_: above.id for id_, above in groups.regions.items()} == {
        anshan.id: liaoning.id,
        west.id: the_chapter("north-america").id,
    }
    rows = [(row.chapter.id, row.depth) for row in list_chapters(OFFICE)]
    assert rows[rows.index((liaoning.id, 0)) + 1] == (anshan.id, 1)
    offered = [branch.chapter.id for branch in tree(OFFICE, liaoning)]
    assert not {liaoning.id, anshan.id} & set(offered)
    assert west.id in offered
    assert [branch.depth for branch in in_tree([anshan])] == [0]
    with refused(may_manage_chapters):
        tree(actor_of(make_verified()))


def test_what_is_above_and_below() -> None:
    region = make_chapter()
    city = make_chapter(parent_id=region.id)
    street = make_chapter(parent_id=city.id)
    make_chapter(parent_id=city.id, status=ChapterStatus.ARCHIVED)

    above, below = above_and_below(city)

    assert above is not None
    assert above.id == region.id
    assert [chapter.id for chapter in below] == [street.id]


# Addresses


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


# Pages


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


# Archiving


def test_archiving_ends_memberships_and_terms() -> None:
    """CHP-18."""
    chapter, other = make_chapter(), make_chapter()
    leader = make_officer(chapter, person=make_member(chapter, is_primary=True))
    make_member(other, leader)
    make_officer(chapter, starts_on=today() + timedelta(days=9))
    waiting = make_member(chapter, state=MembershipState.PENDING, starts_on=None)

    for _again in range(2):
        with transaction():
            archive(OFFICE, chapter, "没有会员了")

    since = today() - timedelta(days=30)
    assert spells(leader) == [
        (chapter.id, MembershipState.LEFT, since, False),
        (other.id, MembershipState.ACTIVE, since, True),
    ]
    assert spells(waiting) == [(chapter.id, MembershipState.REJECTED, None, False)]
    terms = db.session.scalars(select(Officer).where(Officer.chapter_id == chapter.id)).all()
    assert [(term.person_id, term.ends_on) for term in terms] == [(leader.id, today())]
    assert verbs() == ["archived_chapter"]
    assert letters("chapter_archived") == [leader.id]
    assert letters("membership_rejected") == [waiting.id]


def test_archiving_hides_the_chapter_and_not_what_was_below() -> None:
    region = make_chapter()
    chapter = make_chapter(parent_id=region.id)
    below = make_chapter(parent_id=chapter.id)
    saved(GroupPicture(chapter_id=chapter.id, content=b"x"))
    handover = saved(Handover(chapter_id=chapter.id, effective_on=today()))
    event = make_event(chapter)

    with transaction():
        archive(OFFICE, chapter, "没有会员了")

    assert chapter.status is ChapterStatus.ARCHIVED
    assert below.parent_id == region.id
    assert db.session.scalars(select(GroupPicture)).all() == []
    assert handover.state is HandoverState.CANCELLED
    assert event.chapter_id == chapter.id
    with pytest.raises(NotFound):
        get_chapter(chapter.slug)
    with transaction():
        open_chapter(OFFICE, chapter)
    assert get_chapter(chapter.slug).id == chapter.id


def test_archiving_needs_the_office_and_a_reason() -> None:
    chapter = make_chapter()

    with refused(may_manage_chapters), transaction():
        archive(actor_of(make_officer(chapter)), chapter, "x")
    with pytest.raises(Invalid) as raised, transaction():
        archive(OFFICE, chapter, "")
    assert raised.value.field == "reason"
    with pytest.raises(Invalid) as raised, transaction():
        change_chapter(OFFICE, chapter, details(chapter, status=ChapterStatus.ARCHIVED))
    assert raised.value.field == "standing"


# Uniting


def test_every_reference_to_a_chapter_has_a_rule() -> None:
    """A new table that points at chapters says here what becomes of its rows."""
    assert pointing_at_chapters().keys() == RULES.keys()
    assert pointing_at_chapters().keys() == {
        f"{table.name}.{key.parent.name}"
        for table in metadata.tables.values()
        for key in table.foreign_keys
        if key.column.table.name == "chapter"
    }


def test_members_are_moved_once() -> None:
    """CHP-18: who is in both is there since the earlier day."""
    gone, kept = make_chapter(), make_chapter()
    only = make_member(gone, starts_on=LATELY, is_primary=True)
    both = make_member(gone, starts_on=LONG_AGO, is_primary=True)
    make_member(kept, both, starts_on=LATELY)
    asks = make_member(gone, starts_on=LONG_AGO)
    make_member(kept, asks, **ASKING)
    former = make_member(gone, state=MembershipState.LEFT, starts_on=LONG_AGO, ends_on=LATELY)
    numbers = at_stake(OFFICE, gone, kept)

    with transaction():
        unite(OFFICE, gone, kept, why="一家人")

    active, left = MembershipState.ACTIVE, MembershipState.LEFT
    assert spells(only) == [(kept.id, active, LATELY, True)]
    assert spells(both) == [(gone.id, left, LONG_AGO, False), (kept.id, active, LONG_AGO, True)]
    assert spells(asks) == [(gone.id, left, LONG_AGO, False), (kept.id, active, LONG_AGO, False)]
    assert [spell[0] for spell in spells(former)] == [gone.id]
    assert (numbers.members, numbers.waiting, numbers.both) == (3, 0, 2)
    deed = db.session.scalars(select(ChangeSet).where(ChangeSet.verb == "united_chapters")).one()
    assert (deed.why, deed.facts["joined"], deed.facts["both"]) == ("一家人", 1, 2)
    assert verbs() == ["united_chapters"]


def test_who_waits_waits_on() -> None:
    gone, kept = make_chapter(), make_chapter()
    waits = make_member(gone, **ASKING)
    twice = make_member(gone, message="你好", **ASKING)
    make_member(kept, twice, **ASKING)
    stays = make_member(kept, starts_on=LONG_AGO)
    make_member(gone, stays, **ASKING)

    with transaction():
        unite(OFFICE, gone, kept)

    active, left, pending = MembershipState.ACTIVE, MembershipState.LEFT, MembershipState.PENDING
    assert spells(waits) == [(kept.id, pending, None, False)]
    assert spells(twice) == [(gone.id, left, None, False), (kept.id, pending, None, False)]
    assert spells(stays) == [(gone.id, left, None, False), (kept.id, active, LONG_AGO, False)]
    said = select(ChapterMembership.message).where(ChapterMembership.chapter_id == kept.id)
    assert set(db.session.scalars(said)) == {"", "你好"}


def test_what_hangs_on_a_chapter_goes_along() -> None:
    gone, kept = make_chapter(), make_chapter()
    former = make_chapter(status=ChapterStatus.ARCHIVED, merged_into_id=gone.id)
    below = make_chapter(parent_id=gone.id)
    event = make_event(gone)
    word = saved(
        Announcement(chapter_id=gone.id, title_en="News", starts_on=today(), ends_on=today())
    )
    saved(ChapterPlace(chapter_id=gone.id, place_id=place_id("Boston")))
    saved(GroupPicture(chapter_id=gone.id, content=b"x"))

    with transaction():
        unite(OFFICE, gone, kept)

    db.session.expire_all()
    assert (gone.status, gone.merged_into_id) == (ChapterStatus.ARCHIVED, kept.id)
    assert (former.merged_into_id, below.parent_id) == (kept.id, kept.id)
    assert (event.chapter_id, word.chapter_id) == (kept.id, kept.id)
    assert [place.name_en for place in places_of(kept)] == ["Boston"]
    assert db.session.scalars(select(GroupPicture)).all() == []
    told = select(Change.after).where(Change.table_name == Event.__tablename__)
    newest = db.session.scalars(told.order_by(Change.id.desc())).first()
    assert newest == {"chapter_id": kept.id}


def test_all_addresses_of_a_chapter_lead_to_the_one_it_became(browser: Browser) -> None:
    gone, kept = make_chapter(slug="first-address"), make_chapter()
    former = make_chapter(status=ChapterStatus.ARCHIVED, merged_into_id=gone.id)
    with transaction():
        change_chapter(OFFICE, gone, details(gone, slug="second-address"))
    with transaction():
        unite(OFFICE, gone, kept)

    for slug, code in (("second-address", 303), (former.slug, 303), ("first-address", 301)):
        page = browser.get(f"/chapters/{slug}")
        assert (page.status, page.location) == (code, f"/chapters/{kept.slug}")


def test_the_officers_of_the_one_are_so_no_longer() -> None:
    gone, kept = make_chapter(), make_chapter()
    president, other = make_officer(gone), make_officer(kept)

    with transaction():
        unite(OFFICE, gone, kept)

    terms = db.session.scalars(select(Officer).order_by(Officer.id)).all()
    assert [(term.person_id, term.ends_on) for term in terms] == [
        (president.id, today()),
        (other.id, None),
    ]
    assert letters("chapters_united") == sorted([president.id, other.id])
    told = select(Delivery.subject, Delivery.text).order_by(Delivery.id).limit(1)
    subject, text = db.session.execute(told).one()
    assert gone.name_zh in (subject or "")
    assert f"/chapters/{kept.slug}\n" in (text or "")
    assert not actor_of(president).may_in(Right.VIEW, kept.id)
    with pytest.raises(NotFound):
        get_desk(actor_of(president), gone.slug)


def test_a_chapter_can_become_part_of_one_below_it() -> None:
    top = make_chapter()
    gone = make_chapter(parent_id=top.id)
    middle = make_chapter(parent_id=gone.id)
    kept = make_chapter(parent_id=middle.id)

    with transaction():
        unite(OFFICE, gone, kept)

    db.session.expire_all()
    assert (kept.parent_id, middle.parent_id) == (top.id, kept.id)


def test_who_wanted_no_letters_of_the_one_gets_none_of_the_other() -> None:
    register_rules()
    gone, kept = make_chapter(), make_chapter()
    quiet, reader, loud = make_member(gone), make_member(gone), make_member(gone)
    make_member(kept, loud)
    mail_list = saved(unmade_list(gone))
    for person in (quiet, loud):
        saved(
            Subscription(
                mail_list_id=mail_list.id,
                person_id=person.id,
                choice=Choice.UNSUBSCRIBED,
                source="test",
            )
        )
    email = account_of(quiet).email
    saved(
        Suppression(
            email=email, scope=SuppressionScope.LIST, list_id=mail_list.id, reason="unsubscribed"
        )
    )

    with transaction():
        unite(OFFICE, gone, kept)

    made = db.session.scalars(select(MailList).where(MailList.chapter_id == kept.id)).one()
    readers = {row.id for row in db.session.execute(audience(made))}
    assert readers == {reader.id, loud.id}
    lists = db.session.scalars(select(Suppression.list_id).order_by(Suppression.list_id)).all()
    assert lists == [mail_list.id, made.id]


def test_what_cannot_be_united() -> None:
    chapter, archived = make_chapter(), make_chapter(status=ChapterStatus.ARCHIVED)

    with pytest.raises(Invalid), transaction():
        unite(OFFICE, chapter, chapter)
    with pytest.raises(Invalid), transaction():
        unite(OFFICE, chapter, archived)
    with pytest.raises(Refusal), transaction():
        unite(OFFICE, archived, chapter)
    leader = actor_of(make_officer(chapter))
    with refused(may_manage_chapters), transaction():
        unite(leader, chapter, make_chapter())
    with refused(may_manage_chapters):
        at_stake(leader, chapter)
    with refused(may_manage_chapters):
        possible_targets(leader, chapter)
    with refused(may_manage_chapters):
        get_target(leader, chapter, "anshan")


def test_the_office_archives_and_unites_on_its_pages(office: Browser) -> None:
    first, second, third = make_chapter(), make_chapter(), make_chapter()
    make_member(first)
    url = f"/office/chapters/{first.slug}"

    choice = office.get(f"{url}/unite")
    shown = office.get(f"{url}/unite?into={second.slug}")
    done = office.submit(f"{url}/unite?into={second.slug}", reason="一家人")
    again = office.submit(
        f"/office/chapters/{second.slug}/unite?into={third.slug}", into="atlantis"
    )
    nothing = office.submit(f"/office/chapters/{third.slug}/archive")
    ended = office.submit(f"/office/chapters/{third.slug}/archive", reason="没有人了")

    assert f"{url}/unite?into={second.slug}" in [a.get("href") for a in choice.all("a")]
    assert "1 members" in shown.text
    assert done.location == f"/office/chapters/{second.slug}"
    assert again.status == 404
    assert nothing.status == 422
    assert ended.location == f"/office/chapters/{third.slug}"
    db.session.rollback()
    found = {
        chapter.slug: (chapter.status, chapter.merged_into_id)
        for chapter in db.session.scalars(
            select(Chapter)
            .where(Chapter.id.in_([first.id, second.id, third.id]))
            .execution_options(populate_existing=True)
        )
    }
    assert found == {
        first.slug: (ChapterStatus.ARCHIVED, second.id),
        second.slug: (ChapterStatus.ACTIVE, None),
        third.slug: (ChapterStatus.ARCHIVED, None),
    }
    assert get_managed_chapter(SYSTEM, first.slug).id == first.id
    assert "Open the chapter" in office.get(url).text


def test_a_saved_list_goes_on_meaning_the_people_of_the_chapter() -> None:
    gone, kept = make_chapter(slug="first-address"), make_chapter()
    make_member(gone, make_verified("曾国强"))
    with transaction():
        change_chapter(OFFICE, gone, details(gone, slug="second-address"))
    renamed = Audience.from_text(SYSTEM, "chapter=first-address")
    with transaction():
        unite(OFFICE, gone, kept)

    united = Audience.from_text(SYSTEM, "chapter=first-address&chapter_state=active")

    assert renamed.to_query() == {"chapter": "second-address"}
    assert united.to_query() == {"chapter": kept.slug}
    found = db.session.scalars(select(Person.name_zh).where(united.condition(SYSTEM))).all()
    assert found == ["曾国强"]
