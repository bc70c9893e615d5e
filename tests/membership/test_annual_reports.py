"""Annual reports: written, handed in, sent back, accepted, and asked for in time."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest
import time_machine
from sqlalchemy import select, update

from alumni.accounts.models import Account
from alumni.authz import SYSTEM
from alumni.chapters.models import Chapter, ChapterStatus
from alumni.chapters.models.governance import AnnualReport, ReportState
from alumni.codes.commands import change_settings
from alumni.db import changed, db, now, today, transaction
from alumni.errors import Invalid, Refusal
from alumni.membership.commands.annual_reports import (
    Told,
    accept,
    discard,
    hand_in,
    send_back,
    write,
)
from alumni.membership.jobs import remind_of_reports
from alumni.membership.policy.governance import may_report, may_review, may_review_reports
from alumni.membership.queries.annual_reports import (
    counted,
    due_on,
    newest,
    overdue_reports,
    overview,
    reports_to_review,
    years,
)
from alumni.outbox.models import Delivery
from tests.browser import Browser
from tests.conftest import SignIn
from tests.factories import (
    actor_of,
    make_account,
    make_chapter,
    make_event,
    make_member,
    make_officer,
    make_person,
)
from tests.refusals import refused

SPRING = datetime(2028, 2, 20, 12, tzinfo=UTC)
"""After the reports of 2027 were due."""

TOLD = Told(activities="秋游一次，义诊两次", members_cared_for="", money="", plans="明年再来")


@pytest.fixture
def chapter() -> Chapter:
    return make_chapter()


def handed_in(chapter: Chapter, year: int = 2026) -> AnnualReport:
    actor = actor_of(make_officer(chapter))
    with transaction():
        report = write(actor, chapter, year, TOLD)
        hand_in(actor, chapter, report)
    return report


def test_a_report_that_was_handed_in_is_never_changed(chapter: Chapter) -> None:
    actor = actor_of(make_officer(chapter))
    with transaction():
        first = write(actor, chapter, 2026, TOLD)
        hand_in(actor, chapter, first)
    with transaction():
        again = write(actor, chapter, 2026, replace(TOLD, plans="后年"))

    assert (again.revision, again.state, again.plans) == (2, ReportState.DRAFT, "后年")
    first = db.session.get_one(AnnualReport, first.id)
    assert (first.revision, first.state, first.plans) == (1, ReportState.SUBMITTED, "明年再来")
    with pytest.raises(Refusal), transaction():
        hand_in(actor, chapter, db.session.get_one(AnnualReport, first.id))
    with transaction():
        discard(actor, chapter, db.session.get_one(AnnualReport, again.id))
    found = newest(chapter.id, 2026)
    assert found is not None
    assert found.id == first.id


def test_an_empty_report_is_not_handed_in(chapter: Chapter) -> None:
    actor = actor_of(make_officer(chapter))
    with transaction():
        report = write(actor, chapter, 2026, replace(TOLD, activities=""))
    with pytest.raises(Invalid) as raised, transaction():
        hand_in(actor, chapter, db.session.get_one(AnnualReport, report.id))
    assert raised.value.field == "activities"
    kept = newest(chapter.id, 2026)
    assert kept is not None
    assert (kept.state, kept.figures) == (ReportState.DRAFT, {})


def test_only_who_may_report_writes_and_nobody_accepts_the_own(chapter: Chapter) -> None:
    treasurer = actor_of(make_officer(chapter, "treasurer"))
    elsewhere = actor_of(make_officer(make_chapter()))
    for actor in (treasurer, elsewhere):
        with refused(may_report), transaction():
            write(actor, chapter, 2026, TOLD)
    office = make_account(role="office", person=make_person())
    with transaction():
        report = write(actor_of(office), chapter, 2026, TOLD)
        hand_in(actor_of(office), chapter, report)
    with refused(may_review), transaction():
        accept(actor_of(office), report)
    with refused(may_review_reports):
        overview(treasurer, 2026)


def test_what_the_program_counts_goes_with_it(chapter: Chapter) -> None:
    stays = today().replace(month=1, day=1)
    for _ in range(3):
        make_member(chapter, starts_on=stays)
    make_member(chapter, starts_on=stays, ends_on=stays, state="left")
    make_event(chapter, starts_at=datetime(today().year, 3, 1, 10, tzinfo=UTC))
    make_event(chapter, starts_at=datetime(today().year - 1, 3, 1, 10, tzinfo=UTC))
    make_event(make_chapter(), starts_at=datetime(today().year, 3, 1, 10, tzinfo=UTC))

    assert counted(chapter, today().year) == {
        "members": 3,
        "joined": 4,
        "left": 1,
        "events": 1,
        "attended": 0,
    }


def test_whose_account_is_stopped_is_not_told_of_the_report(chapter: Chapter) -> None:
    office = actor_of(make_account(role="office"))
    report = handed_in(chapter)
    whose = update(Account).where(Account.id == report.submitted_by_id)
    with transaction():
        changed(whose.values(suspended_at=now()))

    with transaction():
        send_back(office, db.session.get_one(AnnualReport, report.id), "请补充经费情况")

    letters = select(Delivery).where(Delivery.kind == "report_sent_back")
    assert list(db.session.scalars(letters)) == []


def test_sent_back_it_comes_again_and_is_accepted(chapter: Chapter) -> None:
    office = actor_of(make_account(role="office"))
    report = handed_in(chapter)
    assert reports_to_review(office) == 1

    with transaction():
        send_back(office, db.session.get_one(AnnualReport, report.id), "请补充经费情况")
    letter = db.session.scalars(select(Delivery).where(Delivery.kind == "report_sent_back")).one()
    assert "请补充经费情况" in (letter.text or "")
    with pytest.raises(Refusal), transaction():
        accept(office, db.session.get_one(AnnualReport, report.id))
    leader = actor_of(make_officer(chapter))
    with transaction():
        second = write(leader, chapter, 2026, TOLD)
        hand_in(leader, chapter, second)
    with transaction():
        accept(office, db.session.get_one(AnnualReport, second.id))
    with transaction():
        accept(office, db.session.get_one(AnnualReport, second.id))

    assert [line.standing for line in overview(office, 2026) if line.chapter.id == chapter.id] == [
        "accepted"
    ]
    assert reports_to_review(office) == 0


def test_overdue_the_day_after_and_no_more_when_it_is_there(chapter: Chapter) -> None:
    office = actor_of(make_account(role="office"))
    others = db.session.scalars(select(Chapter).where(Chapter.id != chapter.id))
    awake = sum(one.status is ChapterStatus.ACTIVE for one in others)
    assert str(due_on(2027)) == "2028-01-31"

    with time_machine.travel(datetime(2028, 1, 31, 15, 59, 59, tzinfo=UTC), tick=False):
        assert overdue_reports(office) == 0
    with time_machine.travel(datetime(2028, 1, 31, 16, 0, 0, tzinfo=UTC), tick=False):
        assert overdue_reports(office) == awake + 1
        handed_in(chapter, 2027)
        assert overdue_reports(office) == awake


def test_no_report_is_asked_for_years_before_the_first(chapter: Chapter) -> None:
    with time_machine.travel(SPRING, tick=False):
        assert years() == [2028, 2027, 2026]
        with transaction():
            change_settings(SYSTEM, {"first_report_year": "2028"})
        assert years() == [2028]
        assert overdue_reports(actor_of(make_account(role="office"))) == 0


def test_reminded_at_each_moment_once(chapter: Chapter) -> None:
    person = make_officer(chapter)
    make_officer(chapter, "treasurer")
    db.session.rollback()
    sent = {}
    for day in ("2027-12-31", "2028-01-01", "2028-01-02", "2028-01-24", "2028-02-01", "2028-03-01"):
        with time_machine.travel(datetime.fromisoformat(f"{day}T04:00:00+00:00"), tick=False):
            sent[day] = (remind_of_reports(), remind_of_reports())
    with time_machine.travel(datetime(2028, 6, 1, tzinfo=UTC), tick=False):
        assert remind_of_reports() == 0

    assert sent == {
        "2027-12-31": (0, 0),
        "2028-01-01": (1, 0),
        "2028-01-02": (0, 0),
        "2028-01-24": (1, 0),
        "2028-02-01": (1, 0),
        "2028-03-01": (0, 0),
    }
    told = db.session.scalars(select(Delivery).where(Delivery.kind == "report_due")).all()
    assert {letter.person_id for letter in told} == {person.id}


def test_from_the_desk_to_the_office(chapter: Chapter, signed_in: SignIn, office: Browser) -> None:
    leader = signed_in(make_officer(chapter))
    page = f"/chapters/{chapter.slug}/desk/reports/2026"
    leader.follow(leader.submit(page, activities="一次聚会", money="结余 300 元"))
    assert "Draft" in leader.get(page).text
    public_id = newest(chapter.id, 2026).public_id  # type: ignore[union-attr]
    assert office.get(f"/office/annual-reports/{public_id}").status == 404

    db.session.rollback()
    leader.follow(leader.submit(page, activities="一次聚会", money="结余 300 元", wish="hand_in"))
    shown = leader.get(page).text
    assert "With the office" in shown
    assert "结余 300 元" in shown
    seen = office.get(f"/office/annual-reports/{public_id}").text
    assert "结余 300 元" in seen
    sent = f"/office/annual-reports/{public_id}"
    office.follow(office.press(sent, sent, reason="更多"))
    assert "更多" in leader.get(page).text

    stranger = signed_in(make_officer(make_chapter()))
    assert stranger.get(page).status == 404
    member = signed_in(make_member(chapter))
    assert member.get(page).status == 404
    treasurer = signed_in(make_officer(chapter, "treasurer"))
    assert treasurer.get(page).status == 403
    assert treasurer.get("/office/annual-reports").status == 403


def test_the_office_opens_what_waits_of_all_years_and_what_is_overdue(
    chapter: Chapter, signed_in: SignIn
) -> None:
    make_chapter()
    with time_machine.travel(datetime(2028, 12, 31, tzinfo=UTC), tick=False):
        report = handed_in(chapter, 2026)
        office = signed_in(make_account(role="office"))
        to_look_at = office.get("/office/annual-reports?state=submitted")
        overdue = office.get("/office/annual-reports?state=overdue")
        late = overdue_reports(SYSTEM)

        unknown = office.get("/office/annual-reports?state=lost")

    rows = [a["href"] for a in to_look_at.all("a") if "/office/annual-reports/" in a["href"]]
    assert rows == [f"/office/annual-reports/{report.public_id}"]
    assert len([state for state in overdue.texts("span") if state == "Overdue"]) == late > 1
    assert unknown.status == 400
