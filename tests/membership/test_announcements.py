"""What chapters and the association announce: to whom, on which days, and taken back."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
import time_machine
from sqlalchemy import select

from alumni.audit.commands import erase
from alumni.audit.models import Change, ChangeSet
from alumni.authz import ANYONE, SYSTEM, Actor, Capability
from alumni.chapters.models import Chapter, ChapterStatus
from alumni.chapters.models.governance import Announcement, Readers
from alumni.db import db, today, transaction
from alumni.errors import Invalid, NotFound
from alumni.membership.commands.announcements import (
    Wording,
    announce,
    change_announcement,
    put_back,
    remove_announcement,
)
from alumni.membership.policy.chapters import may_announce
from alumni.membership.queries.announcements import (
    get_news,
    get_removed,
    get_written,
    news,
    of_chapter,
    written,
)
from tests.browser import Browser
from tests.conftest import SignIn
from tests.factories import (
    actor_of,
    make_account,
    make_chapter,
    make_member,
    make_officer,
    make_person,
    make_verified,
    saved,
)
from tests.refusals import refused

OFFICE = Actor(capabilities=frozenset({Capability.MANAGE_CHAPTERS}))


def wording(**values: Any) -> Wording:
    invented: dict[str, Any] = {
        "title_zh": "换群了",
        "title_en": "New group",
        "body_zh": "",
        "body_en": "**Come in**",
        "readers": Readers.MEMBERS,
        "starts_on": today(),
        "ends_on": today() + timedelta(days=6),
    }
    return Wording(**invented | values)


def made(chapter: Chapter | None = None, **values: Any) -> Announcement:
    invented: dict[str, Any] = {
        "title_en": "News",
        "readers": Readers.PUBLIC,
        "starts_on": today(),
        "ends_on": today(),
    }
    chapter_id = chapter.id if chapter else None
    return saved(Announcement(chapter_id=chapter_id, **invented | values))


def test_each_reads_what_is_meant_for_them() -> None:
    """CHP-19."""
    chapter, other = make_chapter(), make_chapter()
    readers = {
        "anybody": ANYONE,
        "applicant": actor_of(make_account(person=make_person())),
        "graduate": actor_of(make_verified()),
        "neighbour": actor_of(make_officer(other)),
        "member": actor_of(make_member(chapter)),
        "officer": actor_of(make_officer(chapter, person=make_verified())),
        "office": OFFICE,
    }
    for kind in Readers:
        made(chapter, readers=kind, title_en=kind.value)

    read = {
        name: {one.title for one in of_chapter(actor, chapter)} for name, actor in readers.items()
    }

    every = {"public", "alumni", "members"}
    assert read == {
        "anybody": {"public"},
        "applicant": {"public"},
        "graduate": {"public", "alumni"},
        "neighbour": {"public", "alumni"},
        "member": every,
        "officer": every,
        "office": every,
    }


def test_it_comes_and_goes_by_the_day_alone() -> None:
    """By the association's clocks, and with no job."""
    chapter = make_chapter()
    made(chapter, starts_on=date(2027, 3, 2), ends_on=date(2027, 3, 3))
    shown = []

    for moment in (
        datetime(2027, 3, 1, 15, 59, 59, tzinfo=UTC),
        datetime(2027, 3, 1, 16, 0, 0, tzinfo=UTC),
        datetime(2027, 3, 3, 15, 59, 59, tzinfo=UTC),
        datetime(2027, 3, 3, 16, 0, 0, tzinfo=UTC),
    ):
        with time_machine.travel(moment, tick=False):
            shown.append(len(of_chapter(ANYONE, chapter)))

    assert shown == [0, 1, 1, 0]


def test_what_is_new_for_somebody() -> None:
    own, other = make_chapter(), make_chapter()
    made(own, title_en="own", readers=Readers.MEMBERS)
    made(other, title_en="other")
    made(None, title_en="all", readers=Readers.ALUMNI)
    made(None, title_en="world", starts_on=today() - timedelta(days=1))
    made(None, title_en="over", starts_on=date(2020, 1, 1), ends_on=date(2020, 1, 2))

    assert [one.title for one in news(actor_of(make_member(own)))] == ["all", "own", "world"]
    assert [one.title for one in news(ANYONE)] == ["world"]
    assert [one.title for one in news(actor_of(make_member(own)), 1)] == ["all"]


def test_an_archived_chapter_announces_nothing() -> None:
    chapter = make_chapter(status=ChapterStatus.ARCHIVED)
    word = made(chapter)

    with pytest.raises(NotFound):
        get_news(ANYONE, word.public_id)


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"title_zh": "", "title_en": ""}, "title_zh"),
        ({"ends_on": date(2020, 1, 1)}, "ends_on"),
        ({"ends_on": date(2099, 1, 1)}, "ends_on"),
    ],
)
def test_what_cannot_be_announced(wrong: dict[str, Any], field: str) -> None:
    chapter = make_chapter()

    with pytest.raises(Invalid) as raised, transaction():
        announce(OFFICE, chapter, wording(**wrong))

    assert raised.value.field == field


def test_the_association_has_no_members() -> None:
    with pytest.raises(Invalid) as raised, transaction():
        announce(OFFICE, None, wording())
    assert raised.value.field == "readers"


def test_who_may_announce() -> None:
    chapter = make_chapter()
    leader, treasurer = make_officer(chapter), make_officer(chapter, "treasurer")
    word = made(chapter)

    with transaction():
        announce(actor_of(leader), chapter, wording())
    for actor, where in (
        (actor_of(treasurer), chapter),
        (actor_of(make_officer(make_chapter())), chapter),
        (actor_of(leader), None),
    ):
        with refused(may_announce), transaction():
            announce(actor, where, wording())
        with refused(may_announce):
            written(actor, where)
    stranger = actor_of(treasurer)
    with refused(may_announce), transaction():
        change_announcement(stranger, word, wording())
    with refused(may_announce), transaction():
        remove_announcement(stranger, word)
    with refused(may_announce):
        get_written(stranger, chapter, word.public_id)
    with refused(may_announce):
        get_removed(stranger, chapter, 1)


def test_taken_away_and_put_back_as_it_was() -> None:
    chapter = make_chapter()
    leader = actor_of(make_officer(chapter))
    with transaction():
        word = announce(leader, chapter, wording())
    public_id = word.public_id

    with transaction():
        deed_id = remove_announcement(leader, get_written(leader, chapter, public_id))
    with pytest.raises(NotFound):
        get_written(leader, chapter, public_id)
    with pytest.raises(NotFound):
        get_removed(leader, chapter, deed_id - 1)
    with pytest.raises(NotFound):
        get_removed(OFFICE, make_chapter(), deed_id)
    with pytest.raises(NotFound):
        get_removed(OFFICE, None, deed_id)
    with transaction():
        put_back(leader, get_removed(leader, chapter, deed_id))

    again = get_written(leader, chapter, public_id)
    kept = (again.title_zh, again.title_en, again.body_en, again.readers, again.ends_on)
    assert kept == ("换群了", "New group", "**Come in**", Readers.MEMBERS, wording().ends_on)
    assert again.created_by_id == leader.account_id
    with pytest.raises(NotFound):
        get_removed(leader, chapter, deed_id)
    verbs = db.session.scalars(select(ChangeSet.verb).order_by(ChangeSet.id)).all()
    assert [verb for verb in verbs if "announce" in verb] == [
        "announced",
        "removed_announcement",
        "put_back_announcement",
    ]


def test_what_was_erased_does_not_come_back() -> None:
    word = made()
    with transaction():
        deed_id = remove_announcement(OFFICE, get_written(OFFICE, None, word.public_id))
    changes = select(Change.id).where(Change.change_set_id == deed_id)
    with transaction():
        erase(SYSTEM, db.session.scalars(changes).all())

    with pytest.raises(NotFound):
        get_removed(OFFICE, None, deed_id)


def test_the_page_of_an_announcement(browser: Browser, signed_in: SignIn) -> None:
    chapter = make_chapter()
    member = signed_in(make_member(chapter))
    inside = made(chapter, readers=Readers.MEMBERS, title_en="Inside", body_zh="**进来**")
    outside = made(None, title_en="Outside", body_en="<script>")
    address = f"/announcements/{inside.public_id}"

    assert browser.get(address).status == 404
    assert signed_in(make_verified()).get(address).status == 404
    page = member.get(address)
    assert page.texts("h1") == ["Inside"]
    assert page.texts("strong").count("进来") == 1
    assert "Only in Chinese" in page.text
    assert browser.get(f"/announcements/{outside.public_id}").status == 200
    assert "Inside" in member.get(f"/chapters/{chapter.slug}").text
    assert "Inside" not in browser.get(f"/chapters/{chapter.slug}").text


def test_announcing_at_the_desk(signed_in: SignIn) -> None:
    chapter = make_chapter()
    desk = signed_in(make_officer(chapter))
    url = f"/chapters/{chapter.slug}/desk/announcements"

    empty = desk.get(url)
    wrong = desk.submit(f"{url}/new")
    sent = desk.submit(f"{url}/new", title_zh="换群了")
    public_id = db.session.scalars(select(Announcement.public_id)).one()
    db.session.rollback()
    edited = desk.submit(f"{url}/{public_id}", title_en="New group", readers="public")
    removed = desk.press(url, f"{url}/{public_id}/remove")
    offered = desk.follow(removed)
    deed = removed.location.partition("removed=")[2]
    back = desk.press(removed.location, f"{url}/put-back/{deed}")

    assert "Nothing is announced" in empty.text
    assert wrong.status == 422
    assert sent.location == edited.location == back.location == url
    assert "Removed: New group" in offered.text
    again = desk.follow(back)
    assert "New group" in again.text
    assert "Removed:" not in desk.get(removed.location).text
    assert desk.get(f"{url}?removed=99999999999").status == 200
    assert desk.get(f"/chapters/{make_chapter().slug}/desk/announcements").status == 404


def test_a_foreign_announcement_is_not_found_at_the_own_desk(signed_in: SignIn) -> None:
    chapter = make_chapter()
    desk = signed_in(make_officer(chapter))
    foreign, of_all = made(make_chapter()), made()

    for word in (foreign, of_all):
        url = f"/chapters/{chapter.slug}/desk/announcements/{word.public_id}"
        assert desk.get(url).status == 404
        token = desk.get("/chapters").forms[0].values["csrf_token"]
        assert desk.post(f"{url}/remove", csrf_token=token).status == 404
    assert desk.get("/office/announcements").status == 403


def test_the_office_announces_to_all(office: Browser, browser: Browser) -> None:
    sent = office.submit("/office/announcements/new", title_en="Hello", readers="public")
    members = office.submit("/office/announcements/new", title_en="Hello", readers="members")

    assert sent.location == "/office/announcements"
    assert members.status == 422
    word = db.session.scalars(select(Announcement)).one()
    assert (word.chapter_id, word.readers) == (None, Readers.PUBLIC)
    assert "Hello" in browser.get(f"/announcements/{word.public_id}").text
    assert "Hello" in office.get("/office/announcements").text
