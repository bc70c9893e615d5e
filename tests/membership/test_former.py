"""Who was a member once, as a chapter's officers are told."""

from datetime import date, timedelta

import pytest

from alumni.authz import Actor, Capability
from alumni.chapters.models import Chapter, MembershipState
from alumni.db import today
from alumni.membership.queries import former
from alumni.membership.queries.former import FormerFilter, FormerPage, former_page
from alumni.people.models import Level, Person, PersonStatus
from tests.conftest import SignIn
from tests.factories import actor_of, make_chapter, make_member, make_officer, make_verified, saved

OFFICE = Actor(capabilities=frozenset({Capability.MANAGE_CHAPTERS, Capability.VIEW_PEOPLE}))


def gone(chapter: Chapter, person: Person | None = None, *, days: int = 1) -> Person:
    """Somebody who left so many days ago."""
    return make_member(
        chapter,
        person,
        state=MembershipState.LEFT,
        starts_on=date(2020, 1, 1),
        ends_on=today() - timedelta(days=days),
    )


def names(page: FormerPage) -> list[str | None]:
    return [row.who.public_id if row.who else None for row in page.rows]


def test_those_who_left_last_come_first() -> None:
    chapter = make_chapter()
    first, last = gone(chapter, days=9), gone(chapter, days=2)
    gone(make_chapter())
    make_member(chapter)
    for state in (MembershipState.PENDING, MembershipState.REJECTED):
        make_member(chapter, state=state, starts_on=None)
    make_member(chapter, state=MembershipState.LEFT, starts_on=None, ends_on=today())
    make_member(chapter, gone(chapter))  # and came back

    page = former_page(actor_of(make_officer(chapter)), chapter, FormerFilter())

    assert names(page) == [last.public_id, first.public_id]
    assert [(row.since, row.until) for row in page.rows] == [
        (date(2020, 1, 1), today() - timedelta(days=2)),
        (date(2020, 1, 1), today() - timedelta(days=9)),
    ]
    assert (page.newer, page.older) == (None, None)


def test_of_whom_may_not_be_found_only_the_dates_are_told() -> None:
    chapter = make_chapter()
    hidden = gone(chapter, make_verified("安静", listed=Level.OFFICE), days=1)
    dead = gone(chapter, make_verified("安息"), days=2)
    dead.status = PersonStatus.DECEASED
    saved(dead)
    shown = gone(chapter, make_verified("安心", year=1998), days=3)
    officer = actor_of(make_officer(chapter))

    seen = former_page(officer, chapter, FormerFilter())
    found = former_page(officer, chapter, FormerFilter(text="an"))

    assert names(seen) == [None, None, shown.public_id]
    assert names(found) == [shown.public_id]
    assert names(former_page(OFFICE, chapter, FormerFilter(text="安静"))) == [hidden.public_id]
    assert seen.rows[2].who is not None
    assert "1998" in seen.rows[2].who.class_text


def test_pages_lead_on_and_back(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(former, "AT_A_TIME", 2)
    chapter = make_chapter()
    people = [gone(chapter, days=3).public_id for _ in range(5)][::-1]
    other = gone(make_chapter())
    actor = actor_of(make_officer(chapter))

    first = former_page(actor, chapter, FormerFilter())
    second = former_page(actor, chapter, FormerFilter(after=first.older))
    third = former_page(actor, chapter, FormerFilter(after=second.older))
    back = former_page(actor, chapter, FormerFilter(before=third.newer))
    begin = former_page(actor, chapter, FormerFilter(before=back.newer))

    assert [names(one) for one in (first, second, third)] == [people[:2], people[2:4], people[4:]]
    assert (names(back), names(begin)) == (people[2:4], people[:2])
    assert (first.newer, third.older, begin.newer) == (None, None, None)
    assert None not in (first.older, second.newer, second.older, third.newer, back.newer)
    assert begin.older is not None
    assert former_page(actor, chapter, FormerFilter(after=other.id + 999)).rows == []


def test_the_page_shows_no_facts_but_name_class_and_dates(signed_in: SignIn) -> None:
    chapter = make_chapter()
    gone(chapter, make_verified("曾国强", year=1998, city="鞍山", phone="13800000001"))
    gone(chapter, make_verified("安静", listed=Level.OFFICE))
    browser = signed_in(make_officer(chapter, person=make_verified()))
    url = f"/chapters/{chapter.slug}/desk/former"

    page = browser.get(url)

    assert "Zeng Guoqiang" in page.text
    assert "Class of 1998" in page.text
    assert "Somebody who is not to be found" in page.text
    for secret in ("Anshan", "13800000001", "An Jing", "安静"):
        assert secret not in page.content.decode()
    assert "Nobody found" in browser.get(url, query_string={"q": "anjing"}).text
    assert browser.get(url, query_string={"after": "x"}).status == 400
    assert browser.get(url, query_string={"sort": "city"}).status == 400
    empty = make_chapter()
    leader = signed_in(make_officer(empty))
    assert "Nobody has left" in leader.get(f"/chapters/{empty.slug}/desk/former").text
