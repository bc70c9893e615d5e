"""Making a chapter part of another, with all that hangs on it."""

from datetime import date
from typing import Any

import pytest
from sqlalchemy import select

from alumni.audiences.criteria import Audience
from alumni.audit.models import Change, ChangeSet
from alumni.authz import SYSTEM, Right
from alumni.chapters.models import (
    Chapter,
    ChapterMembership,
    ChapterPlace,
    ChapterStatus,
    GroupPicture,
    MembershipState,
    Officer,
)
from alumni.chapters.models.governance import Announcement
from alumni.db import db, today, transaction
from alumni.errors import Invalid, NotFound, Refusal
from alumni.events.models import Event
from alumni.mailings.models import Choice, MailList, Subscription
from alumni.mailings.queries import audience, unmade_list
from alumni.mailings.uniting import register_rules
from alumni.membership.commands.chapters import change_chapter
from alumni.membership.commands.uniting import unite
from alumni.membership.policy import may_manage_chapters
from alumni.membership.queries import get_desk
from alumni.membership.queries.office import get_managed_chapter
from alumni.membership.queries.places import places_of
from alumni.membership.queries.uniting import at_stake, get_target, possible_targets
from alumni.membership.uniting import RULES, pointing_at_chapters
from alumni.outbox.models import Delivery, Suppression, SuppressionScope
from alumni.people.models import Person
from alumni.tables import metadata
from tests.browser import Browser
from tests.factories import (
    account_of,
    actor_of,
    make_chapter,
    make_event,
    make_member,
    make_officer,
    make_verified,
    saved,
)
from tests.membership.chapters.made import OFFICE, details, letters, place_id, spells, verbs
from tests.refusals import refused

LONG_AGO, LATELY = date(2019, 5, 4), date(2026, 3, 1)


ASKING: dict[str, Any] = {"state": MembershipState.PENDING, "starts_on": None}


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
    assert "1 member" in shown.text
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
