"""What the demonstration shows of how chapters are led, asked for, handed over and left."""

import pytest
from sqlalchemy import func, select

from alumni.accounts.queries import account_of
from alumni.authz import ANYONE, Actor, Right
from alumni.chapters.models import Chapter, ChapterMembership, JoinMode, MembershipState
from alumni.chapters.models.governance import PetitionState
from alumni.db import db, today
from alumni.demonstration.cast import GRADUATE, LEADER, OFFICE
from alumni.demonstration.questions import CHANGES, COMPLAINT
from alumni.membership.policy.classes import is_in
from alumni.membership.queries.agreements import list_agreements, who_has_to
from alumni.membership.queries.announcements import news, of_chapter, written
from alumni.membership.queries.annual_reports import (
    Standing,
    chapter_reports,
    overdue_reports,
    overview,
    reports_to_review,
)
from alumni.membership.queries.classmates import missing
from alumni.membership.queries.former import FormerFilter, former_page
from alumni.membership.queries.handovers import (
    Step,
    handovers_waiting,
    has_approver,
    prepared_handover,
    steps_done,
)
from alumni.membership.queries.leads import success_by_class
from alumni.membership.queries.petitions import gathering, petitions_waiting, threshold
from alumni.membership.queries.pictures import group_picture
from alumni.people.models import Person
from alumni.people.queries.asking import changes_waiting
from alumni.people.queries.relaying import complaints, get_complaint
from alumni.requests.queries import requests_waiting
from tests.factories import actor_of

pytestmark = pytest.mark.usefixtures("there")


def acting(email: str) -> Actor:
    found = account_of(email)
    assert found is not None
    return actor_of(found)


def called(slug: str) -> Chapter:
    return db.session.scalars(select(Chapter).where(Chapter.slug == slug)).one()


def test_two_chapters_are_part_of_others_and_one_invites() -> None:
    regions = {chapter.id: chapter.slug for chapter in db.session.scalars(select(Chapter))}
    parts = select(Chapter.slug, Chapter.parent_id).where(Chapter.parent_id.is_not(None))

    assert {slug: regions.get(parent or 0) for slug, parent in db.session.execute(parts)} == {
        "dashiqiao": "yingkou",
        "greater-boston": "north-america",
    }
    assert called("huludao").join_mode is JoinMode.INVITATION


def test_the_leader_has_promised_and_may_export_for_a_time() -> None:
    leader, office = acting(LEADER), acting(OFFICE)
    (row,) = list_agreements(office)

    assert leader.owes is None
    assert leader.may_in(Right.EXPORT, called("anshan").id)
    assert row.accepted > len(who_has_to(office)) > 0


def test_the_leader_s_next_team_waits_for_the_office() -> None:
    handover = prepared_handover(called("anshan"))

    assert handover is not None
    assert handover.effective_on > today()
    assert set(steps_done(handover)) == {Step.GROUPS, Step.PAPERS}
    assert has_approver(handover)
    assert handovers_waiting(acting(OFFICE)) == 1


def test_reports_are_in_each_state_and_some_are_overdue() -> None:
    office, last = acting(OFFICE), today().year - 1
    own = [line.standing for line in chapter_reports(acting(LEADER), called("anshan"))]

    assert own == [Standing.DRAFT, Standing.RETURNED, Standing.ACCEPTED]
    assert {line.standing for line in overview(office, last)} == set(Standing)
    assert reports_to_review(office) > 0
    assert overdue_reports(office) > 0


def test_what_is_announced_is_shown_to_whom_it_is_for() -> None:
    anshan, leader, graduate = called("anshan"), acting(LEADER), acting(GRADUATE)

    assert len(written(leader, anshan)) == 3
    assert [len(of_chapter(who, anshan)) for who in (ANYONE, graduate, leader)] == [1, 1, 2]
    assert [len(news(who)) for who in (ANYONE, graduate)] == [1, 2]
    assert group_picture(leader, anshan) is not None
    assert group_picture(graduate, anshan) is None


def test_people_have_left_and_moved() -> None:
    left = former_page(acting(LEADER), called("anshan"), FormerFilter())
    moved = select(ChapterMembership.state).where(ChapterMembership.replaces_id.is_not(None))

    assert len(left.rows) >= 2
    assert sorted(db.session.scalars(moved)) == [
        MembershipState.ACTIVE,
        MembershipState.PENDING,
        MembershipState.PENDING,
    ]


def test_one_petition_gathers_and_one_waits() -> None:
    rows = {row.petition.name_en: row for row in gathering(acting(GRADUATE))}

    assert {name: row.petition.state for name, row in rows.items()} == {
        "Chengdu Chapter": PetitionState.GATHERING,
        "Shenzhen Chapter": PetitionState.SUBMITTED,
    }
    assert rows["Chengdu Chapter"].supporters == 27 < threshold()
    assert petitions_waiting(acting(OFFICE)) == 1


def test_the_graduate_keeps_a_class_together_that_misses_somebody() -> None:
    (roll,) = acting(GRADUATE).liaises
    lost = missing(acting(GRADUATE), roll)

    assert (roll.graduation_year, roll.label) == (2006, "2班")
    assert is_in(acting(GRADUATE), roll)
    assert roll.major_id is not None  # their own class, and no other of that number
    assert len(lost) >= 2
    assert [one.looked_for is not None for one in lost].count(True) == 1
    assert sum(one.success.given for one in success_by_class(acting(OFFICE))) > 10


def test_wishes_complaints_and_questions_wait_for_the_office() -> None:
    office = acting(OFFICE)
    (complaint,) = complaints(office, settled=False)

    assert changes_waiting(office) == len(CHANGES)
    assert COMPLAINT.text in get_complaint(office, complaint.message.public_id).text
    assert requests_waiting(office) == 2


def test_of_some_the_office_has_said_what_became() -> None:
    said = (Person.status_before, Person.lost_since, Person.contact_stopped_on)

    assert [
        db.session.scalar(select(func.count(Person.id)).where(column.is_not(None)))
        for column in said
    ] == [1, 2, 1]
