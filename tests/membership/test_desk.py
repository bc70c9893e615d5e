"""A chapter's desk: what waits there, who sees what of it, and the list of members."""

from collections.abc import Callable, Iterator
from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import select
from time_machine import travel

from alumni.accounts.models import Account
from alumni.authz import SYSTEM, Actor, Capability, Right, require
from alumni.chapters.models import (
    Chapter,
    GroupPicture,
    MembershipState,
    Officer,
    OfficerRight,
    Position,
    PositionRight,
)
from alumni.chapters.models.governance import Agreement, Handover
from alumni.codes.commands import change_settings
from alumni.db import db, now, today, transaction
from alumni.errors import BadRequest
from alumni.events.models import EventStatus
from alumni.i18n import speaking
from alumni.mailings.desks import register_desk as register_letters
from alumni.mailings.models import Mailing, MailingStatus, MailingVariant, MailList
from alumni.membership.desks import DESKS, OPENS, READERS, parts_of
from alumni.membership.doors import ways_of
from alumni.membership.forms.desk import as_asked, member_filter
from alumni.membership.policy.desk import may_list_members, may_see_joiners
from alumni.membership.queries import my_desks
from alumni.membership.queries.desk import figures, member_page
from alumni.membership.queries.narrowing import Address, MemberFilter
from alumni.membership.queries.overview import chapters_below, waiting, without_agreement
from alumni.outbox.models import Delivery, DeliveryState
from alumni.people.models import Level, Person, PersonStatus, Study
from alumni.roster.desks import register_desk as register_applicants
from alumni.roster.models import Application, ApplicationState
from tests.browser import Browser
from tests.factories import (
    actor_of,
    make_chapter,
    make_event,
    make_member,
    make_officer,
    make_person,
    make_verified,
    number,
    saved,
)
from tests.refusals import refused

SignIn = Callable[[Account | Person], Browser]

OFFICE = Actor(capabilities=frozenset({Capability.MANAGE_CHAPTERS, Capability.VIEW_PEOPLE}))


@pytest.fixture(autouse=True)
def _whole_desk() -> Iterator[None]:
    """With what letters and sign-ups add to a desk, and without it for all other tests."""
    registries: tuple[dict[str, Any], ...] = (DESKS, OPENS, READERS)
    kept = [dict(registry) for registry in registries]
    register_letters()
    register_applicants()
    yield
    for registry, before in zip(registries, kept, strict=True):
        registry.clear()
        registry.update(before)


def officer_with(chapter: Chapter, *rights: Right, reaches_below: bool = False) -> Person:
    """Who holds a position of these rights alone."""
    position = saved(
        Position(
            code=f"helper-{next(number)}",
            name_zh="干事",
            name_en="Helper",
            reaches_below=reaches_below,
        )
    )
    for right in rights:
        saved(PositionRight(position_id=position.id, right=right))
    held = make_verified()
    saved(
        Officer(
            person_id=held.id,
            chapter_id=chapter.id,
            position_id=position.id,
            starts_on=today() - timedelta(days=9),
        )
    )
    return held


def numbers_at(actor: Actor, chapter: Chapter) -> dict[str, int]:
    """What waits, by the page that it opens."""
    found = waiting(actor, chapter, figures(chapter), parts_of(actor, chapter))
    return {
        f"{one.endpoint} {' '.join(map(str, one.values.values()))}".strip(): one.number
        for one in found
    }


def letter(email: str, state: DeliveryState) -> Delivery:
    return saved(
        Delivery(
            deed=f"{email}:{state}:{now().timestamp()}",
            kind="x",
            email=email,
            language="zh",
            subject="x",
            text="x",
            state=state,
        )
    )


@pytest.mark.parametrize(
    ("right", "pages"),
    [
        (Right.VIEW, ["members", "joiners", "year", "events", "letters", "officers"]),
        (Right.EDIT, ["lists", "events", "officers", "announcements", "page"]),
        (Right.APPROVE, ["joiners", "invitations", "events", "officers"]),
        (Right.EVENTS, ["events", "officers"]),
        (Right.LETTERS, ["events", "letters", "officers"]),
        (Right.PUBLISH, ["events", "officers"]),
        (Right.EXPORT, ["events", "officers"]),
        (Right.REPORT, ["events", "officers", "reports"]),
    ],
)
def test_the_tabs_are_those_of_the_rights(right: Right, pages: list[str]) -> None:
    chapter = make_chapter()
    actor = actor_of(officer_with(chapter, right))

    shown = [way.name for group in ways_of(actor, chapter.id) for way in group.ways]

    assert shown == ["overview", *pages]


def test_a_group_of_one_page_is_called_as_the_page() -> None:
    chapter = make_chapter()
    one = ways_of(actor_of(officer_with(chapter, Right.APPROVE)), chapter.id)
    all_of_them = ways_of(OFFICE, chapter.id)

    with speaking("en"):
        assert [group.label for group in ways_of(Actor(), chapter.id)] == ["Overview", "Officers"]
    assert [len(group.ways) for group in one] == [1, 2, 1, 1]
    assert [group.has("page") for group in all_of_them] == [False, False, True]


def test_the_tabs_lead_to_the_group_and_its_pages(signed_in: SignIn) -> None:
    chapter = make_chapter()
    leader = signed_in(make_officer(chapter, person=make_verified()))
    desk = f"/chapters/{chapter.slug}/desk"

    page = leader.get(f"{desk}/year")
    here = [a["href"] for a in page.all("a", **{"aria-current": "page"}) if desk in a["href"]]

    assert here == [f"{desk}/members", f"{desk}/year"]
    assert {f"{desk}/joiners", f"{desk}/invitations", f"{desk}/letters"} <= {
        a["href"] for a in page.all("a")
    }
    assert f"{desk}/reports" not in {a["href"] for a in page.all("a")}


def test_the_tabs_of_an_officer_open_and_others_do_not(signed_in: SignIn) -> None:
    chapter = make_chapter()
    helper = signed_in(officer_with(chapter, Right.EVENTS))
    desk = f"/chapters/{chapter.slug}/desk"

    for url in ("", "/events", "/officers", "/events/new"):
        assert helper.get(desk + url).status == 200, url
    for url in (
        "/members",
        "/former",
        "/joiners",
        "/year",
        "/year/2026/joined",
        "/export",
        "/invitations",
        "/reports",
        "/page",
        "/announcements",
        "/handover",
        "/applicants",
        "/members/add",
    ):
        assert helper.get(desk + url).status == 403, url


def test_a_desk_without_the_right_to_look_shows_nobody(signed_in: SignIn) -> None:
    chapter = make_chapter()
    make_member(chapter, make_verified("曾国强"))
    make_member(chapter, make_verified("安心"), state=MembershipState.PENDING)

    page = signed_in(officer_with(chapter, Right.EVENTS, Right.LETTERS)).get(
        f"/chapters/{chapter.slug}/desk"
    )

    for secret in ("Zeng", "曾国强", "An Xin", "安心", "can be written to"):
        assert secret not in page.text
    assert "does not bring the members’ list" in page.text


def test_who_decides_sees_joiners_and_no_members() -> None:
    chapter = make_chapter()
    deciding = actor_of(officer_with(chapter, Right.APPROVE))
    writing = actor_of(officer_with(chapter, Right.LETTERS))

    require(may_see_joiners, deciding, chapter.id)
    with refused(may_list_members):
        require(may_list_members, deciding, chapter.id)
    with refused(may_see_joiners):
        require(may_see_joiners, writing, chapter.id)
    require(may_list_members, OFFICE, chapter.id)
    assert [led.id for led in my_desks(writing)] == [chapter.id]


def test_every_page_of_a_foreign_desk_is_unknown(signed_in: SignIn) -> None:
    leader = signed_in(make_officer(make_chapter()))
    other = make_chapter()

    for url in ("", "/members", "/year", "/year/2026/left", "/joiners", "/export", "/events"):
        assert leader.get(f"/chapters/{other.slug}/desk{url}").status == 404, url


def test_a_term_opens_and_closes_the_desk_by_itself() -> None:
    chapter = make_chapter()
    person = make_officer(
        chapter, starts_on=date(2026, 3, 1), ends_on=date(2026, 3, 31), person=make_verified()
    )

    for day, is_open in (("2026-02-28", False), ("2026-03-01", True), ("2026-03-31", True)):
        with travel(f"{day}T12:00:00+08:00", tick=False):
            assert may_list_members(actor_of(person), chapter.id) is is_open, day
    with travel("2026-04-01T00:00:01+08:00", tick=False):
        assert not may_list_members(actor_of(person), chapter.id)


def test_exporting_is_granted_and_looking_is_not_exporting(signed_in: SignIn) -> None:
    chapter = make_chapter()
    leader = make_officer(chapter, person=make_verified())
    desk = f"/chapters/{chapter.slug}/desk"
    before = signed_in(leader)

    assert before.get(f"{desk}/members").status == 200
    assert not before.get(f"{desk}/members").all("a", href=f"{desk}/export")
    assert before.get(f"{desk}/export").status == 403

    officer = db.session.scalars(select(Officer).where(Officer.person_id == leader.id)).one()
    grant = OfficerRight(
        officer_id=officer.id, right=Right.EXPORT, starts_on=today(), ends_on=today()
    )
    saved(grant)
    assert signed_in(leader).get(f"{desk}/members").all("a", href=f"{desk}/export")
    assert actor_of(leader).may_in(Right.EXPORT, chapter.id)
    with travel(now() + timedelta(days=1), tick=False):
        assert not actor_of(leader).may_in(Right.EXPORT, chapter.id)


def test_a_grant_to_export_does_not_reach_below(signed_in: SignIn) -> None:
    region = make_chapter()
    town = make_chapter(parent_id=region.id)
    leader = officer_with(region, Right.VIEW, reaches_below=True)
    officer = db.session.scalars(select(Officer).where(Officer.person_id == leader.id)).one()
    saved(
        OfficerRight(officer_id=officer.id, right=Right.EXPORT, starts_on=today(), ends_on=today())
    )
    browser = signed_in(leader)

    for chapter, status in ((region, 200), (town, 403)):
        desk = f"/chapters/{chapter.slug}/desk"
        assert browser.get(f"{desk}/members").status == 200
        assert browser.get(f"{desk}/export").status == status


def test_what_waits_of_members() -> None:
    chapter = make_chapter()
    make_member(chapter, state=MembershipState.PENDING)
    make_member(chapter, make_verified(email="gone@example.org"))
    letter("gone@example.org", DeliveryState.BOUNCED)
    saved(
        Application(
            name="王芳",
            email="fang@example.org",
            city="鞍山",
            language="zh",
            notice_version="1",
            state=ApplicationState.WAITING,
            graduation_year=1998,
            chapter_id=chapter.id,
        )
    )
    leader = actor_of(make_officer(chapter, person=make_verified()))

    found = numbers_at(leader, chapter)

    assert found["membership.joiners"] == 1
    assert found["membership.members dead"] == 1
    assert found["roster.desk_applicants"] == 1
    assert "membership.joiners" not in numbers_at(
        actor_of(officer_with(chapter, Right.EVENTS)), chapter
    )


def test_what_waits_of_events_and_letters(signed_in: SignIn) -> None:
    chapter = make_chapter()
    past = now() - timedelta(days=2)
    make_event(chapter, status=EventStatus.DRAFT, title_en="Unfinished")
    make_event(chapter, status=EventStatus.IN_REVIEW)
    make_event(chapter, status=EventStatus.IN_REVIEW, starts_at=past, title_en="Too late")
    make_event(chapter, starts_at=past)
    make_event(make_chapter(), status=EventStatus.DRAFT)
    leader = make_officer(chapter, person=make_verified())
    write(chapter, "Returned", MailingStatus.REJECTED)
    write(chapter, "Out already", MailingStatus.SENT)

    found = numbers_at(actor_of(leader), chapter)
    browser, desk = signed_in(leader), f"/chapters/{chapter.slug}/desk"

    assert found == {
        "events.desk_events draft": 1,
        "events.desk_events over": 1,
        "mailings.desk_letters 1": 1,
    }
    assert rows_of(browser, f"{desk}/events?waits=draft") == ["Unfinished"]
    assert rows_of(browser, f"{desk}/events?waits=over") == ["Too late"]
    assert rows_of(browser, f"{desk}/letters?waits=1") == ["Returned"]
    assert len(rows_of(browser, f"{desk}/letters")) == 2
    assert browser.get(f"{desk}/events?waits=never").status == 400
    assert numbers_at(actor_of(officer_with(chapter, Right.VIEW)), chapter) == {}


def rows_of(browser: Browser, url: str) -> list[str]:
    """The first cells of the page's table."""
    page = browser.get(url)
    assert page.status == 200
    own = [
        a for a in page.all("a") if "/desk/" in a["href"] and len(a["href"].rsplit("/", 1)[1]) == ID
    ]
    return [page.texts("a", href=a["href"])[0] for a in own]


ID = 22
"""Letters of a public id."""


def write(chapter: Chapter, subject: str, status: MailingStatus) -> Mailing:
    made = db.session.scalar(select(MailList).where(MailList.chapter_id == chapter.id))
    mail_list = made or saved(
        MailList(slug=chapter.slug, name_zh="分会", name_en="Chapter", chapter_id=chapter.id)
    )
    mailing = saved(Mailing(mail_list_id=mail_list.id, status=status))
    saved(MailingVariant(mailing_id=mailing.id, language="en", subject=subject, source="x"))
    return mailing


def test_what_waits_of_governance() -> None:
    chapter = make_chapter()
    leader = make_officer(chapter, person=make_verified())
    first = today().year - 1
    with transaction():
        change_settings(SYSTEM, {"first_report_year": str(first)})
    saved(Handover(chapter_id=chapter.id, effective_on=today() + timedelta(days=20)))
    saved(GroupPicture(chapter_id=chapter.id, content=b"png", ends_on=today() - timedelta(days=1)))
    actor = actor_of(leader)

    assert numbers_at(actor, chapter) == {
        f"membership.desk_report {first}": 1,
        "membership.handover": 1,
        "membership.desk_picture": 1,
    }

    saved(Agreement(version=1, text_zh="约定", text_en="Agreement"))
    assert without_agreement(chapter) == {leader.id}
    assert numbers_at(OFFICE, chapter)["membership.desk_officers"] == 1
    assert numbers_at(actor_of(officer_with(chapter, Right.EVENTS)), make_chapter()) == {}


def test_the_desk_says_until_when(signed_in: SignIn) -> None:
    chapter = make_chapter()
    last = today() + timedelta(days=40)
    leader = make_officer(chapter, person=make_verified(), ends_on=last)

    page = signed_in(leader).get(f"/chapters/{chapter.slug}/desk")

    assert "What I may do here and until when" in page.texts("h2")
    assert f"through {last:%-d %B %Y}" in page.texts("dd")


def test_chapters_below_have_their_numbers() -> None:
    region = make_chapter()
    town, village = make_chapter(parent_id=region.id), make_chapter()
    village.parent_id = town.id
    saved(village)
    make_chapter(parent_id=region.id, status="archived")
    make_member(town)
    make_member(village, state=MembershipState.PENDING)
    view, approve = Right.VIEW, Right.APPROVE
    here = actor_of(officer_with(region, view, approve))
    leader = actor_of(officer_with(region, view, approve, reaches_below=True))
    helper = actor_of(officer_with(region, Right.EVENTS, reaches_below=True))

    below = chapters_below(leader, region)

    assert chapters_below(here, region) == []
    assert [(one.chapter.id, one.members, one.waiting) for one in below] == [
        (town.id, 1, 0),
        (village.id, 0, 1),
    ]
    assert {(one.members, one.waiting) for one in chapters_below(helper, region)} == {(None, None)}
    assert [one.chapter.id for one in chapters_below(OFFICE, region)] == [town.id, village.id]
    assert chapters_below(OFFICE, village) == []


@pytest.fixture
def chapter() -> Chapter:
    """Four members: one works, of one letters come back, one has no address, one has no account."""
    made = make_chapter()
    make_member(made, make_verified("安心", year=1998, email="an@example.org"))
    make_member(made, make_verified("白云", year=2003, email="bai@example.org"))
    make_member(made, make_person("曹操", status=PersonStatus.VERIFIED), starts_on=today())
    make_member(made, make_person("邓林", status=PersonStatus.VERIFIED, email="d@example.org"))
    letter("bai@example.org", DeliveryState.SENT)
    letter("bai@example.org", DeliveryState.BOUNCED)
    letter("an@example.org", DeliveryState.BOUNCED)
    letter("an@example.org", DeliveryState.SENT)
    return made


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        (MemberFilter(), "安白曹邓"),
        (MemberFilter(year=1998), "安"),
        (MemberFilter(year=1997), ""),
        (MemberFilter(has_account=True), "安白"),
        (MemberFilter(has_account=False), "曹邓"),
        (MemberFilter(address=Address.WORKS), "安邓"),
        (MemberFilter(address=Address.DEAD), "白"),
        (MemberFilter(address=Address.NONE), "曹"),
        (MemberFilter(takes_letters=True), "安白"),
        (MemberFilter(takes_letters=False), "曹邓"),
        (MemberFilter(text="bai", has_account=True), "白"),
    ],
)
def test_narrowing_the_list(chapter: Chapter, wanted: MemberFilter, found: str) -> None:
    page = member_page(OFFICE, chapter, wanted)

    names = {row.who.person_id: row.who.name for row in page.rows}
    people = db.session.scalars(
        select(Person.name_zh).where(Person.id.in_(names)).order_by(Person.sort_key)
    )
    assert "".join((name or "")[0] for name in people) == found
    assert page.total == len(found)


def test_the_numbers_are_as_long_as_their_lists(chapter: Chapter) -> None:
    counted, first = figures(chapter), today().replace(day=1)

    def total(**wanted: object) -> int:
        return member_page(OFFICE, chapter, MemberFilter(**wanted)).total  # type: ignore[arg-type]

    assert counted.members == total()
    assert counted.dead == total(address=Address.DEAD) == 1
    assert counted.reached == total(takes_letters=True) == 2
    assert counted.joined_this_month == total(since=first)


def test_nobody_is_found_by_a_year_that_is_not_shown(chapter: Chapter) -> None:
    study = db.session.scalars(select(Study).where(Study.graduation_year == 1998)).one()
    study.visibility = Level.OFFICE
    saved(study)
    leader = actor_of(make_officer(chapter, person=make_verified()))

    assert member_page(leader, chapter, MemberFilter(year=1998)).total == 0
    assert member_page(OFFICE, chapter, MemberFilter(year=1998)).total == 1


def test_paging_keeps_the_filter(signed_in: SignIn, chapter: Chapter) -> None:
    for _n in range(50):
        make_member(chapter, make_person("王伟", status=PersonStatus.VERIFIED))
    leader = signed_in(make_officer(chapter, person=make_verified()))
    url = f"/chapters/{chapter.slug}/desk/members?account=no"

    page = leader.get(url)
    older = next(a["href"] for a in page.all("a", rel="next"))

    assert "account=no" in older
    assert "52 members" in page.text
    assert len(leader.get(older).texts("td", data_label="City")) == 2


def test_the_filter_is_read_and_written() -> None:
    given = {
        "q": ["王"],
        "year": ["１９９８"],
        "since": ["2026-03-01"],
        "account": ["no"],
        "address": ["dead"],
        "letters": ["yes"],
    }

    wanted = member_filter(given)

    assert wanted == MemberFilter(
        text="王",
        year=1998,
        since=date(2026, 3, 1),
        has_account=False,
        address=Address.DEAD,
        takes_letters=True,
    )
    assert as_asked(wanted) == {name: values[0] for name, values in given.items()} | {
        "year": "1998"
    }
    assert as_asked(MemberFilter(after="x")) == {}


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("year", "98"),
        ("year", "²⁰"),
        ("year", "99999"),
        ("since", "yesterday"),
        ("since", "2026-02-30"),
        ("account", "perhaps"),
        ("address", "moon"),
        ("letters", "1"),
    ],
)
def test_what_cannot_be_read_is_said(name: str, value: str) -> None:
    with pytest.raises(BadRequest):
        member_filter({name: [value]})
