"""Terms that begin and end by themselves, rights granted beside them, and what no leader may."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta

import pytest
import time_machine
from flask import Flask, current_app
from sqlalchemy import select
from werkzeug.routing import Rule

from alumni.accounts.models import Account, Assignment, Link
from alumni.audit.models import ChangeSet
from alumni.authz import Actor, Capability, Right
from alumni.chapters.models import (
    Chapter,
    ChapterStatus,
    MembershipState,
    Officer,
    OfficerRight,
    Position,
    PositionRight,
)
from alumni.chapters.models.governance import Petition, PetitionState
from alumni.codes.models import Place
from alumni.db import db, now, today, transaction
from alumni.errors import Invalid, NotFound, Refusal
from alumni.membership.commands.archiving import archive
from alumni.membership.commands.officers import (
    Appointment,
    Grant,
    appoint,
    end_term,
    grant_right,
    take_right_away,
)
from alumni.membership.policy import may_manage_chapters
from alumni.membership.policy.officers import may_appoint, may_grant
from alumni.membership.queries.officers import (
    get_granted,
    granted_to,
    is_led_on,
    my_standing,
)
from alumni.people.models import (
    ContactKind,
    ContactPoint,
    Level,
    Person,
    PersonStatus,
    StudyInstitution,
)
from tests.browser import Browser, at_once
from tests.factories import (
    account_of,
    actor_of,
    make_chapter,
    make_member,
    make_officer,
    make_verified,
    saved,
)
from tests.privacy.crawling import plain as readable
from tests.refusals import refused

SignIn = Callable[[Account | Person], Browser]

OFFICE = Actor(
    account_id=None,
    capabilities=frozenset({Capability.MANAGE_CHAPTERS, Capability.EXPORT_PEOPLE}),
)

DAY = timedelta(days=1)

NEW_YORK = "America/New_York"


def term_of(person: Person) -> Officer:
    newest = select(Officer).where(Officer.person_id == person.id).order_by(Officer.id.desc())
    return db.session.scalars(newest.limit(1)).one()


def grant(right: Right = Right.EXPORT, **values: object) -> Grant:
    invented: dict[str, object] = {
        "right": right,
        "starts_on": today(),
        "ends_on": today() + 30 * DAY,
        "reason": "年会通讯录",
    }
    return Grant(**(invented | values))  # type: ignore[arg-type]


def deeds() -> list[str]:
    made = ("loaded_lists", "loaded_chapters", "made")
    done = select(ChangeSet.verb).where(ChangeSet.verb.not_in(made)).order_by(ChangeSet.id)
    return list(db.session.scalars(done))


# -- terms -----------------------------------------------------------------------------------


def test_a_term_ends_and_begins_with_the_second_in_shanghai_for_a_reader_in_new_york(
    signed_in: SignIn,
) -> None:
    chapter = make_chapter()
    last_day = date(2027, 3, 31)
    going = make_officer(
        chapter, starts_on=date(2026, 4, 1), ends_on=last_day, person=make_verified()
    )
    coming = make_officer(chapter, starts_on=last_day + DAY, person=make_verified())
    for person in (going, coming):
        account = account_of(person)
        account.time_zone = NEW_YORK
        saved(account)
    desk = f"/chapters/{chapter.slug}/desk"
    midnight = datetime(2027, 3, 31, 16, tzinfo=UTC)  # still the 31st, noon, in New York

    with time_machine.travel(midnight - timedelta(seconds=1), tick=False) as clock:
        old, new = signed_in(going), signed_in(coming)
        before = [browser.get(desk).status for browser in (old, new)]
        clock.shift(1)
        after = [browser.get(desk).status for browser in (old, new)]

    assert before == [200, 403]
    assert after == [403, 200]


def test_what_was_typed_before_the_term_ended_is_not_lost(signed_in: SignIn) -> None:
    chapter = make_chapter()
    ends = date(2027, 3, 31)
    leader = make_officer(chapter, starts_on=date(2026, 4, 1), ends_on=ends)
    make_member(chapter, state=MembershipState.PENDING)

    with time_machine.travel(datetime(2027, 3, 31, 15, 59, 59, tzinfo=UTC), tick=False) as clock:
        browser = signed_in(leader)
        desk = browser.get(f"/chapters/{chapter.slug}/desk")
        link = next(one["href"] for one in desk.all("a") if one["href"].endswith("/reject"))
        form = browser.get(link)
        clock.shift(1)
        page = browser.send(form.form(), link, reason="请先补充毕业年份")

    assert page.status == 403
    assert "请先补充毕业年份" in page.text


@pytest.mark.parametrize(
    "status", [status for status in PersonStatus if status is not PersonStatus.VERIFIED]
)
def test_only_a_verified_graduate_holds_rights(status: PersonStatus) -> None:
    chapter = make_chapter()
    person = make_officer(chapter)
    saved(OfficerRight(officer_id=term_of(person).id, right=Right.EXPORT, **_month()))
    assert actor_of(person).rights != {}
    other = make_verified()

    person.status = status
    person.merged_into_id = other.id if status is PersonStatus.MERGED else None
    saved(person)

    assert actor_of(person).rights == {}
    assert not is_led_on(chapter.id, today())


def _month() -> dict[str, date]:
    return {"starts_on": today(), "ends_on": today() + 30 * DAY}


def test_terms_may_overlap_and_the_latest_day_counts() -> None:
    chapter = make_chapter()
    person = make_officer(chapter, "treasurer", ends_on=today() + 9 * DAY)
    make_officer(chapter, "president", person=person, ends_on=today() + 5 * DAY)

    standing = my_standing(actor_of(person), chapter)

    assert [held.position.code for held in standing.terms] == ["president", "treasurer"]
    until = {held.right: held.until for held in standing.rights}
    assert until[Right.VIEW] == today() + 9 * DAY
    assert until[Right.APPROVE] == today() + 5 * DAY
    assert Right.EXPORT not in until


def test_what_the_region_may_do_below() -> None:
    region = make_chapter()
    city = make_chapter(parent_id=region.id)
    president = make_officer(region, "president")
    treasurer = make_officer(region, "treasurer")

    here = my_standing(actor_of(president), city)

    assert [held.chapter_id for held in here.terms] == [region.id]
    assert {held.until for held in here.rights} == {None}
    assert {held.right for held in here.rights} == actor_of(president).rights[city.id]
    assert my_standing(actor_of(treasurer), city).rights == []
    assert my_standing(OFFICE, city).terms == []


# -- appointing and ending -------------------------------------------------------------------


def test_nobody_appoints_themselves() -> None:
    person = make_verified()
    position = db.session.scalars(select(Position.id).where(Position.code == "president")).one()
    staff = Actor(person_id=person.id, capabilities=frozenset({Capability.MANAGE_CHAPTERS}))
    wanted = Appointment(
        person=person.public_id, position_id=position, starts_on=today(), ends_on=None
    )

    with refused(may_appoint), transaction():
        appoint(staff, make_chapter(), wanted)

    assert actor_of(person).rights == {}


def test_nobody_makes_the_own_term_longer(signed_in: SignIn) -> None:
    chapter = make_chapter()
    make_officer(chapter)
    person = make_officer(chapter, "treasurer", ends_on=today() - DAY)
    staff = Actor(person_id=person.id, capabilities=OFFICE.capabilities)

    for last_day in (today(), today() + 300 * DAY):
        with refused(may_appoint), transaction():
            end_term(staff, term_of(person), last_day)
    with transaction():
        end_term(staff, term_of(person), today() - 2 * DAY)

    assert actor_of(person).rights == {}
    assert term_of(person).ends_on == today() - 2 * DAY


def test_an_archived_chapter_gives_nobody_rights() -> None:
    region = make_chapter()
    chapter = make_chapter(parent_id=region.id)
    leader, above = make_officer(chapter), make_officer(region)
    reaching = db.session.scalars(select(Position).where(Position.code == "president")).one()
    treasurer = make_officer(chapter, "treasurer")
    saved(
        OfficerRight(
            officer_id=term_of(treasurer).id,
            right=Right.EXPORT,
            starts_on=today(),
            ends_on=today() + DAY,
        )
    )
    assert reaching.id == term_of(above).position_id

    with transaction():
        archive(OFFICE, chapter, "two members are left")

    assert (actor_of(leader).rights, actor_of(treasurer).rights) == ({}, {})
    assert chapter.id not in actor_of(above).leads
    successor = Appointment(
        person=make_verified().public_id,
        position_id=reaching.id,
        starts_on=today(),
        ends_on=None,
    )
    with pytest.raises(Refusal), transaction():
        appoint(OFFICE, chapter, successor)


def test_the_last_who_may_decide_is_not_let_go_by_accident() -> None:
    chapter = make_chapter()
    leader, treasurer = make_officer(chapter), make_officer(chapter, "treasurer")

    with transaction():
        end_term(OFFICE, term_of(treasurer), today() - DAY)
    for last_day in (today() - DAY, today(), today() + 30 * DAY):
        with pytest.raises(Refusal) as raised, transaction():
            end_term(OFFICE, term_of(leader), last_day)
        assert raised.value.status == 409
    assert actor_of(leader).may_in(Right.APPROVE, chapter.id)

    with transaction():
        end_term(OFFICE, term_of(leader), today() - DAY, leaving_nobody=True)
    assert actor_of(leader).rights == {}
    assert deeds() == ["ended_term", "ended_term"]


@pytest.mark.parametrize(
    ("successor", "may_end"),
    [
        ({"starts_on": timedelta(1)}, True),
        ({"starts_on": timedelta(-5)}, True),
        ({"starts_on": timedelta(2)}, False),  # a day between them
        ({"starts_on": timedelta(-5), "ends_on": timedelta(0)}, False),
        ({"starts_on": timedelta(-5), "position": "vice_president"}, False),
        ({"starts_on": timedelta(-5), "status": PersonStatus.KNOWN}, False),
        ({"starts_on": timedelta(-5), "elsewhere": True}, False),
    ],
    ids=str,
)
def test_who_counts_as_a_successor(successor: dict[str, object], may_end: bool) -> None:  # noqa: FBT001 - a column of the table
    chapter = make_chapter()
    leader = make_officer(chapter)
    days = {
        name: today() + days
        for name, days in successor.items()
        if name.endswith("_on") and isinstance(days, timedelta)
    }
    place = make_chapter() if successor.get("elsewhere") else chapter
    position = str(successor.get("position", "secretary"))
    other = make_officer(place, position, None, **days)
    if "status" in successor:
        other.status = PersonStatus.KNOWN
        saved(other)

    try:
        with transaction():
            end_term(OFFICE, term_of(leader), today())
        ended = True
    except Refusal:
        ended = False

    assert ended is may_end


def test_a_longer_term_and_an_archived_chapter_need_no_successor() -> None:
    chapter, archived = make_chapter(), make_chapter(status=ChapterStatus.ARCHIVED)
    leader = make_officer(chapter, ends_on=today() + DAY)
    other = make_officer(archived)

    with transaction():
        end_term(OFFICE, term_of(leader), today() + 300 * DAY)
    with transaction():
        end_term(OFFICE, term_of(other), today())

    assert term_of(leader).ends_on == today() + 300 * DAY
    assert term_of(other).ends_on == today()


def test_of_two_whose_terms_end_at_once_one_stays(app: Flask) -> None:
    chapter = make_chapter()
    terms = [term_of(make_officer(chapter, who)).id for who in ("president", "secretary")]

    def end(officer_id: int) -> None:
        with app.app_context(), transaction():
            end_term(OFFICE, db.session.get_one(Officer, officer_id), today() - DAY)

    problems = at_once(end, terms)

    assert [type(problem) for problem in problems] == [Refusal]
    db.session.rollback()
    assert is_led_on(chapter.id, today())


# -- granting --------------------------------------------------------------------------------


def test_exporting_is_granted_and_dated(signed_in: SignIn) -> None:
    chapter = make_chapter()
    leader = make_officer(chapter)
    members, export = (f"/chapters/{chapter.slug}/desk/{page}" for page in ("members", "export"))
    last_day = date(2027, 3, 31)

    with time_machine.travel(datetime(2027, 3, 1, 4, tzinfo=UTC), tick=False) as clock:
        without = [signed_in(leader).get(url).status for url in (export, members)]
        for _again in range(2):
            with transaction():
                grant_right(OFFICE, term_of(leader), grant(ends_on=last_day))
        with_it = signed_in(leader).get(export).status
        clock.move_to(datetime(2027, 3, 31, 15, 59, 59, tzinfo=UTC))
        browser = signed_in(leader)
        last = browser.get(export).status
        clock.shift(1)
        afterwards = [browser.get(url).status for url in (export, members)]

    assert without == [403, 200]
    assert (with_it, last) == (200, 200)
    assert afterwards == [403, 200]
    assert deeds() == ["granted_right"]


def test_a_grant_ends_with_the_term() -> None:
    chapter = make_chapter()
    leader = make_officer(chapter, ends_on=today())
    with transaction():
        grant_right(OFFICE, term_of(leader), grant())

    standing = my_standing(actor_of(leader), chapter)

    assert {held.until for held in standing.rights} == {today()}
    assert Right.EXPORT in {held.right for held in standing.rights}
    with time_machine.travel(datetime.now(UTC) + 2 * DAY):
        assert actor_of(leader).rights == {}
        shown = granted_to([term_of(leader)])[term_of(leader).id]
        assert [one.state for one in shown] == ["over"]


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"ends_on": timedelta(-1)}, "ends_on"),
        ({"ends_on": timedelta(366)}, "ends_on"),
        ({"starts_on": timedelta(-1)}, "starts_on"),
        ({"starts_on": timedelta(101), "ends_on": timedelta(102)}, "starts_on"),
        ({"right": Right.APPROVE}, "right"),
        ({"right": Right.PUBLISH, "ends_on": timedelta(31)}, "right"),
    ],
    ids=str,
)
def test_what_a_grant_may_not_be(values: dict[str, object], field: str) -> None:
    leader = make_officer(make_chapter(), ends_on=today() + 100 * DAY)
    with transaction():
        grant_right(OFFICE, term_of(leader), grant(Right.PUBLISH))
    wrong = {
        name: today() + value if isinstance(value, timedelta) else value
        for name, value in values.items()
    }

    with pytest.raises(Invalid) as raised, transaction():
        grant_right(OFFICE, term_of(leader), grant(**wrong))  # type: ignore[arg-type]

    assert raised.value.field == field
    assert len(db.session.scalars(select(OfficerRight)).all()) == 1


def test_a_whole_year_is_granted() -> None:
    leader = make_officer(make_chapter())

    with transaction():
        given = grant_right(OFFICE, term_of(leader), grant(ends_on=today() + 365 * DAY))

    assert given.ends_on - given.starts_on == 365 * DAY


def test_nobody_grants_to_themselves_and_no_leader_grants() -> None:
    chapter = make_chapter()
    leader, mate = make_officer(chapter), make_officer(chapter, "treasurer")
    staff = Actor(person_id=leader.id, capabilities=OFFICE.capabilities)

    for actor, officer in ((staff, term_of(leader)), (actor_of(leader), term_of(mate))):
        with refused(may_grant), transaction():
            grant_right(actor, officer, grant())
    with transaction():
        given = grant_right(staff, term_of(mate), grant())
    with refused(may_manage_chapters), transaction():
        take_right_away(actor_of(leader), term_of(mate), given)

    assert Right.EXPORT not in actor_of(leader).rights[chapter.id]
    assert Right.EXPORT in actor_of(mate).rights[chapter.id]


def test_who_may_not_export_lets_nobody_export() -> None:
    chapter = make_chapter()
    officer = term_of(make_officer(chapter))
    clerk = Actor(capabilities=frozenset({Capability.MANAGE_CHAPTERS}))

    with refused(may_grant), transaction():
        grant_right(clerk, officer, grant())
    with transaction():
        grant_right(clerk, officer, grant(Right.PUBLISH))

    assert [one.given.right for one in granted_to([officer])[officer.id]] == [Right.PUBLISH]


def test_taking_away_ends_it_at_once() -> None:
    chapter = make_chapter()
    officer = term_of(make_officer(chapter))
    running = saved(
        OfficerRight(
            officer_id=officer.id,
            right=Right.EXPORT,
            starts_on=today() - 5 * DAY,
            ends_on=today() + DAY,
        )
    )
    coming = saved(
        OfficerRight(
            officer_id=officer.id, right=Right.PUBLISH, starts_on=today(), ends_on=today() + DAY
        )
    )

    for given in (running, running, coming):
        with transaction():
            take_right_away(OFFICE, officer, given)

    kept = db.session.scalars(select(OfficerRight)).one()
    assert (kept.right, kept.ends_on) == (Right.EXPORT, today() - DAY)
    assert deeds() == ["took_right_away", "took_right_away"]
    with pytest.raises(NotFound):
        get_granted(officer, 999_999)


# -- pages -----------------------------------------------------------------------------------


def test_granting_and_taking_away_on_the_officers_page(office: Browser, signed_in: SignIn) -> None:
    chapter, elsewhere = make_chapter(), make_chapter()
    leader = make_officer(chapter)
    url = f"/office/chapters/{chapter.slug}/officers/{term_of(leader).id}"
    desk = signed_in(leader)

    offered = office.get(url)
    given = office.send(offered.form(), url, right="export", reason="年会通讯录")
    unreasoned = office.send(offered.form(), url, right="publish", reason="")
    brought = office.send(offered.form(), url, right="approve", reason="x")
    shown = office.get(url)
    mine = desk.get(f"/chapters/{chapter.slug}/desk/officers")

    assert [one["value"] for one in offered.all("option")][-2:] == ["publish", "export"]
    assert (given.status, unreasoned.status, brought.status) == (303, 422, 422)
    assert "年会通讯录" in shown.text
    assert "Export lists through" in " ".join(mine.text.split())
    assert "See the members until further notice" in mine.text
    action = next(f.action for f in shown.forms if f.action.endswith("/take-away"))
    assert office.press(url, action).status == 303
    assert desk.get(f"/chapters/{chapter.slug}/desk/export").status == 403
    assert office.get(url.replace(chapter.slug, elsewhere.slug)).status == 404
    foreign = action.replace(chapter.slug, elsewhere.slug)
    token = shown.form(action).values["csrf_token"]
    assert office.post(foreign, csrf_token=token).status == 404
    assert desk.get(url).status == 403


def test_the_office_sees_that_a_term_is_its_own_or_over(office: Browser, signed_in: SignIn) -> None:
    chapter = make_chapter()
    staff = make_officer(chapter)
    account = account_of(staff)
    for held in (Capability.MANAGE_CHAPTERS, Capability.VIEW_PEOPLE):
        saved(Assignment(account_id=account.id, capability=held, starts_on=today()))
    former = make_officer(chapter, starts_on=today() - 9 * DAY, ends_on=today() - DAY)
    base = f"/office/chapters/{chapter.slug}/officers"

    own = signed_in(account).get(f"{base}/{term_of(staff).id}")
    over = office.get(f"{base}/{term_of(former).id}")
    oneself = signed_in(account).get(f"{base}/new?q={staff.public_id}")

    assert "Somebody else of the alumni office grants rights to you" in own.text
    assert "The term is over" in over.text
    assert "Nobody appoints themselves" in oneself.text
    assert not oneself.all("input", type="radio")


def test_what_gives_or_ends_rights_asks_again_who_is_there(office: Browser) -> None:
    chapter = make_chapter()
    term = term_of(make_officer(chapter))
    petition = saved(
        Petition(
            place_id=db.session.scalars(select(Place.id).order_by(Place.id).limit(1)).one(),
            name_zh="小城",
            name_en="Town",
            reason="x",
            begun_by_id=term.person_id,
            state=PetitionState.SUBMITTED,
        )
    )
    found = f"/office/petitions/{petition.public_id}"
    token = office.get(found).forms[0].values["csrf_token"]

    with time_machine.travel(now() + timedelta(minutes=11), tick=False):
        for page in (
            f"/office/chapters/{chapter.slug}/officers/{term.id}/end",
            f"/office/chapters/{chapter.slug}/archive",
            f"/office/chapters/{chapter.slug}/unite",
            f"/office/positions/{term.position_id}",
        ):
            assert office.get(page).location == f"/me/prove?next={page}"
        stopped = office.post(found, csrf_token=token, ends_on=today().isoformat())

    assert (stopped.status, stopped.texts("h1")) == (403, ["Is it you?"])


def test_ending_the_last_term_on_the_page(office: Browser, signed_in: SignIn) -> None:
    chapter = make_chapter()
    leader = make_officer(chapter)
    url = f"/office/chapters/{chapter.slug}/officers/{term_of(leader).id}/end"
    yesterday = (today() - DAY).isoformat()

    first = office.get(url)
    stopped = office.submit(url, last_day=yesterday)
    meant = office.send(stopped.form(), url, leaving_nobody="y")

    assert not first.all("input", name="leaving_nobody")
    assert stopped.status == 409
    assert stopped.all("input", name="leaving_nobody")
    assert stopped.form().values["last_day"] == yesterday
    assert meant.status == 303
    db.session.rollback()
    assert signed_in(leader).get(f"/chapters/{chapter.slug}/desk").status == 403


def test_the_team_at_the_desk(office: Browser, signed_in: SignIn) -> None:
    chapter = make_chapter()
    leader = make_officer(chapter, person=make_member(chapter, make_verified("曾国强")))
    make_officer(chapter, "secretary", starts_on=today() + 9 * DAY, person=make_verified("安心"))
    make_officer(
        chapter,
        "treasurer",
        person=make_verified("赵一"),
        starts_on=today() - 9 * DAY,
        ends_on=today() - DAY,
    )
    url = f"/chapters/{chapter.slug}/desk/officers"

    page, staff = signed_in(leader).get(url), office.get(url)

    assert "Zeng Guoqiang" in page.text
    assert "An Xin" in page.text
    assert "Zhao Yi" not in page.text
    assert "You work at this desk as the alumni office" in staff.text
    assert signed_in(make_officer(make_chapter())).get(url).status == 404


# -- what no leader may ----------------------------------------------------------------------


def all_powerful(chapter: Chapter) -> Person:
    """A leader with every right there is."""
    position = saved(Position(code="all", name_zh="全能", name_en="All", order=9))
    for right in Right:
        saved(PositionRight(position_id=position.id, right=right))
    return make_officer(chapter, "all")


def test_no_leader_changes_how_a_member_signs_in(signed_in: SignIn) -> None:
    chapter = make_chapter()
    leader, member = all_powerful(chapter), make_member(chapter)
    account = account_of(member)
    before = (account.email, account.password_hash, account.totp_secret, account.suspended_at)
    browser = signed_in(leader)
    token = browser.get("/chapters").forms[0].values["csrf_token"]
    wanted = {
        "csrf_token": token,
        "email": "thief@example.org",
        "login": "thief@example.org",
        "password": "a long way from home 28",
        "repeat": "a long way from home 28",
        "person": member.public_id,
        "account": account.id,
        "account_id": account.id,
        "public_id": member.public_id,
    }
    addresses = _addresses_with(member.public_id, account.id)

    answers = {url: browser.open("post", url, data=wanted).status for url in addresses}

    assert len(addresses) > 10
    assert set(answers.values()) <= {403, 404}, answers
    db.session.rollback()
    db.session.refresh(account)
    assert before == (
        account.email,
        account.password_hash,
        account.totp_secret,
        account.suspended_at,
    )
    assert db.session.scalars(select(Link).where(Link.account_id == account.id)).all() == []


def _addresses_with(public_id: str, account_id: int) -> list[str]:
    """Every address of the office to which something about one person or account is sent."""
    rules = [
        rule
        for rule in current_app.url_map.iter_rules()
        if "POST" in (rule.methods or ())
        and rule.rule.startswith(("/office/people/<", "/office/accounts", "/office/staff"))
    ]
    values = {"public_id": public_id, "other_id": public_id, "section": "contacts", "mark": "lost"}
    built = []
    for rule in rules:
        given = {name: values.get(name, account_id) for name in rule.arguments}
        built.append(current_app.url_map.bind("").build(rule.endpoint, given))
    return sorted(set(built))


def test_no_leader_sees_the_record_or_what_only_the_office_keeps(signed_in: SignIn) -> None:
    chapter = make_chapter()
    leader = all_powerful(chapter)
    member = make_member(
        chapter, make_verified("曾国强", year=1998, student_number="qzstudent7", birth_year=1973)
    )
    told = db.session.scalars(
        select(StudyInstitution).where(StudyInstitution.person_id == member.id)
    ).one()
    told.certificate_number = "qzdiploma7"
    saved(told)
    for kind, value in ((ContactKind.POSTAL, "qzstreet7"), (ContactKind.WECHAT, "qzwechat7")):
        saved(
            ContactPoint(
                person_id=member.id, kind=kind, value=value, normal=value, visibility=Level.OFFICE
            )
        )
    desk = f"/chapters/{chapter.slug}/desk"
    listed = [rule.rule for rule in current_app.url_map.iter_rules() if _is_of_desk(rule)]
    pages = [page.replace("<slug>", chapter.slug) for page in listed]
    pages += [
        f"/people/{member.public_id}",
        f"/people/{member.public_id}/card.vcf",
        f"/people?q={member.name_zh}",
        f"{desk}/members?q={member.name_zh}",
        f"{desk}/export?form=1",
    ]
    browser = signed_in(leader)

    seen = {page: readable(browser.get(page)) for page in pages}

    assert len(listed) > 8
    assert "zeng guoqiang" in seen[f"{desk}/members"]
    private = ("qzstudent7", "qzdiploma7", "qzstreet7", "qzwechat7", "1973")
    assert [(page, word) for page in seen for word in private if word in seen[page]] == []


def _is_of_desk(rule: Rule) -> bool:
    of_desk = rule.rule.startswith("/chapters/<slug>/desk") and rule.arguments == {"slug"}
    return of_desk and "GET" in (rule.methods or ())
