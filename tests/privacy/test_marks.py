"""What each kind of viewer is given, of everything: no mark too many, and none too few."""

from collections.abc import Iterator

import pytest
from flask import Flask, current_app
from sqlalchemy import select

from alumni.audiences import queries
from alumni.audiences.criteria import Audience
from alumni.audiences.queries import Window
from alumni.authz import Actor
from alumni.chapters.models import Chapter, ChapterMembership, Officer
from alumni.db import db
from alumni.outbox.models import Delivery
from alumni.people.fields import export_select, fields_for
from alumni.people.policy import visible
from tests.browser import Browser
from tests.conftest import SignIn
from tests.factories import actor_of
from tests.privacy.crawling import Seen, crawl
from tests.privacy.planted import LEVELS, Cast, Mark, marks, may_find, may_see, must_see, plant

pytestmark = pytest.mark.slow

BROWSERS = ["classmate", "chapter mate", "graduate", "leader", "leader once", "office", "self"]
"""Who may open a list of people."""

CONDITIONS = {"employer": "employer", "label": "class", "city": "city"}
"""Of a list, each by the fact it is about."""

TYPED = frozenset({"label", "employer", "city", "hospital", "former", "phone", "email"})
"""Facts by which people are found when they are typed."""

OPEN = frozenset({"alumni", "public"})
"""At these levels a graduate finds somebody by typing the fact itself."""


@pytest.fixture
def cast() -> Cast:
    return plant()


def seeds(cast: Cast) -> list[str]:
    people = [*cast.targets.values(), *cast.listed.values()]
    return [
        "/",
        "/me",
        "/me/profile",
        *(f"/me/profile/as/{level}" for level in ("class", "chapters", "alumni", "public")),
        "/people",
        "/people/saved",
        "/chapters",
        f"/chapters/{cast.chapter.slug}",
        f"/chapters/{cast.chapter.slug}/desk",
        f"/chapters/{cast.chapter.slug}/desk/members",
        f"/chapters/{cast.chapter.slug}/desk/export",
        "/events",
        "/files",
        "/office",
        "/office/people",
        "/office/people/export",
        "/office/audiences",
        "/office/audiences/new",
        "/office/applications",
        "/office/imports",
        *(f"/office/imports/{cast.batch}{which}" for which in ("", "?show=updated", "/undo")),
        "/office/letters",
        "/office/audit",
        "/office/settings",
        "/office/settings/lists",
        *(f"/people/{person.public_id}" for person in people),
        *(f"/people/{person.public_id}/card.vcf" for person in people),
        *(f"/office/people/{person.public_id}" for person in people),
        *(
            address.replace("<public_id>", person.public_id)
            for address in addresses_of_people()
            for person in cast.targets.values()
        ),
    ]


def addresses_of_people() -> list[str]:
    """Every page about one person that there is, be it linked from anywhere or not."""
    return [
        rule.rule
        for rule in current_app.url_map.iter_rules()
        if rule.endpoint.startswith(("people.", "membership.person"))
        and "GET" in (rule.methods or ())
        and rule.arguments == {"public_id"}
        and "<public_id>" in rule.rule
        and not rule.rule.endswith("/photo")
    ]


def chapters_without_people() -> frozenset[str]:
    """Those that the program brings, which all look the same."""
    inhabited = select(ChapterMembership.chapter_id).union(select(Officer.chapter_id))
    return frozenset(db.session.scalars(select(Chapter.slug).where(Chapter.id.not_in(inhabited))))


@pytest.mark.parametrize("viewer", list(LEVELS))
def test_everything_that_can_be_opened_shows_what_it_may_and_all_of_that(
    app: Flask, signed_in: SignIn, cast: Cast, viewer: str
) -> None:
    account = cast.viewers[viewer]
    browser = signed_in(account) if account else Browser(app)
    seen = crawl(browser, seeds(cast), names=chapters_without_people())

    assert seen.failures == {}
    assert _shown_too_much(seen, viewer) == {}
    assert _missing(seen, viewer) == []
    assert _found(seen, cast) == {level for level in cast.listed if may_find(viewer, level)}


def _shown_too_much(seen: Seen, viewer: str) -> dict[str, list[str]]:
    return {
        mark.word: places
        for mark in marks()
        if not may_see(viewer, mark) and (places := seen.of(mark.word))
    }


def _missing(seen: Seen, viewer: str) -> list[str]:
    return [m.word for m in marks() if must_see(viewer, m) and not seen.of(m.word)]


def _found(seen: Seen, cast: Cast) -> set[str]:
    return {level for level in cast.listed if seen.of(f"qzlisted{level}zq")}


def test_nothing_is_found_by_what_is_hidden(cast: Cast) -> None:
    """Typing a hidden fact finds nobody, and what is shown to all is found by typing it."""
    too_much, missing = {}, {}
    for viewer, actor in _browsers(cast):
        found = {mark for mark in marks() if _finds(actor, cast, mark, q=mark.word)}
        shown = {
            mark
            for mark in marks()
            if may_see(viewer, mark) and (viewer == "office" or mark.owner in OPEN)
        }
        typed = TYPED | {"number"} if viewer == "office" else TYPED
        too_much[viewer] = found - shown
        missing[viewer] = {mark for mark in shown if mark.fact in typed} - found

    assert too_much == {viewer: set() for viewer in BROWSERS}
    assert missing == {viewer: set() for viewer in BROWSERS}


def test_a_condition_on_what_is_hidden_is_met_by_nobody(cast: Cast) -> None:
    asked = [mark for mark in marks() if mark.fact in CONDITIONS]
    met = {
        viewer: {
            mark
            for mark in asked
            if _finds(actor, cast, mark, **{CONDITIONS[mark.fact]: mark.word})
        }
        for viewer, actor in _browsers(cast)
    }

    assert met == {viewer: {mark for mark in asked if may_see(viewer, mark)} for viewer in BROWSERS}


def test_a_file_of_all_columns_has_no_cell_too_many(cast: Cast) -> None:
    """Whoever may take a list away: each column is as closed as the page."""
    too_much, missing = {}, {}
    for viewer, actor in _browsers(cast):
        columns = tuple(fields_for(actor))
        rows = db.session.execute(export_select(actor, columns, "en").where(visible(actor)))
        cells = " ".join(str(cell) for row in rows for cell in row if cell is not None).lower()
        written = {mark for mark in marks() if mark.word in cells}
        seen = {mark for mark in marks() if may_see(viewer, mark)}
        too_much[viewer] = written - seen
        missing[viewer] = {m for m in seen if m.fact in TYPED - {"phone"}} - written

    assert too_much == {viewer: set() for viewer in BROWSERS}
    assert missing == {viewer: set() for viewer in BROWSERS}


def test_no_letter_tells_what_its_reader_may_not_see(signed_in: SignIn, cast: Cast) -> None:
    """Everybody asks to join a chapter, and its leader gets a letter about each of them."""
    for person in cast.targets.values():
        joining = signed_in(person)
        assert joining.submit("/chapters/elsewhere/join", message="x").status == 303
    leader = cast.viewers["leader elsewhere"]
    assert leader is not None
    letters = db.session.scalars(select(Delivery).where(Delivery.email == leader.email)).all()
    written = " ".join(f"{letter.subject} {letter.text}" for letter in letters).lower()

    assert len(letters) == len(cast.targets)
    assert {mark for mark in marks() if mark.word in written} <= {
        mark for mark in marks() if may_see("leader elsewhere", mark)
    }
    assert all(f"qzperson{level}zq" in written for level in cast.targets)


def _browsers(cast: Cast) -> Iterator[tuple[str, Actor]]:
    """Who may open a list of people: all look at the same cast, and none of them changes it."""
    for viewer in BROWSERS:
        account = cast.viewers[viewer]
        assert account is not None
        yield viewer, actor_of(account)


def _finds(actor: Actor, cast: Cast, mark: Mark, **asked: str) -> bool:
    """Whether the list has the person whose mark it is, and counts them."""
    audience = Audience.from_query(actor, {name: [value] for name, value in asked.items()})
    page = queries.people(actor, audience, Window())
    found = {row.person_id for row in page.rows}
    assert page.total == len(found), f"{page.total} are counted and {len(found)} shown: {asked}"
    return cast.targets[mark.owner].id in found
