"""A chapter wished for at sign-up is joined, or asked, as soon as the applicant is known."""

from typing import Any

import pytest
from sqlalchemy import select, update

from alumni.audit.models import ChangeSet
from alumni.chapters.models import (
    Chapter,
    ChapterMembership,
    ChapterStatus,
    JoinMode,
    MembershipState,
)
from alumni.db import db, now, transaction
from alumni.outbox.models import Delivery
from alumni.people.models import Person, PersonStatus
from alumni.roster.commands.applications import apply_to_join, confirm_application
from alumni.roster.commands.deciding import approve_as_new, approve_into
from alumni.roster.models import Application, Invitation
from tests.browser import Browser
from tests.factories import actor_of, make_chapter, make_member, make_officer, make_person
from tests.roster.test_applications import (
    ZENG,
    called,
    confirmed,
    kinds,
    letters,
    the_office,
)
from tests.roster.test_following import link
from tests.roster.test_join_routes import RIGHT, applications

OPEN, APPROVAL, INVITATION = JoinMode.OPEN, JoinMode.APPROVAL, JoinMode.INVITATION


def wishing(chapter: Chapter, **values: Any) -> Application:
    return confirmed(**{"chapter_id": chapter.id, "chapter_is_wished": True, **values})


def known() -> Person:
    return make_person("曾国强", student_number="19930001", status=PersonStatus.KNOWN)


def approved(application: Application) -> Person:
    with transaction():
        return approve_as_new(the_office(), called(application))


def states(person: Person) -> list[tuple[int, MembershipState, bool]]:
    spells = select(ChapterMembership).where(ChapterMembership.person_id == person.id)
    return [(one.chapter_id, one.state, one.is_primary) for one in db.session.scalars(spells)]


def test_an_open_chapter_is_joined_with_the_approval() -> None:
    chapter = make_chapter(join_mode=OPEN)

    person = approved(wishing(chapter))

    assert states(person) == [(chapter.id, MembershipState.ACTIVE, True)]
    assert kinds()[-2:] == ["application_approved", "membership_receipt"]
    asked = db.session.scalars(select(ChangeSet).where(ChangeSet.verb == "asked_to_join")).one()
    assert asked.account_id == actor_of(person).account_id


def test_a_chapter_that_decides_is_asked_and_its_officers_are_told() -> None:
    chapter = make_chapter(join_mode=APPROVAL)
    leader = make_officer(chapter)

    person = approved(wishing(chapter))

    assert states(person) == [(chapter.id, MembershipState.PENDING, False)]
    told = select(Delivery.person_id).where(Delivery.kind == "membership_asked")
    assert list(db.session.scalars(told)) == [leader.id]


def test_who_is_made_a_known_person_joins_as_well() -> None:
    chapter, person = make_chapter(join_mode=OPEN), make_person("曾国强")
    application = wishing(chapter)

    with transaction():
        approve_into(the_office(), application, person)

    assert states(person) == [(chapter.id, MembershipState.ACTIVE, True)]


def test_who_is_recognised_at_once_joins_at_once() -> None:
    chapter, person = make_chapter(join_mode=OPEN), known()

    wishing(chapter)

    assert states(person) == [(chapter.id, MembershipState.ACTIVE, True)]


def test_the_chapter_of_the_city_alone_is_no_wish() -> None:
    chapter, person = make_chapter(join_mode=OPEN), known()

    confirmed(chapter_id=chapter.id)

    assert (states(person), kinds()) == ([], ["application_confirm"])


@pytest.mark.parametrize(
    "values",
    [
        {"join_mode": INVITATION},
        {"join_mode": OPEN, "status": ChapterStatus.DORMANT},
        {"join_mode": OPEN, "status": ChapterStatus.ARCHIVED},
    ],
    ids=str,
)
def test_a_chapter_that_takes_nobody_keeps_nobody_from_being_known(values: dict[str, Any]) -> None:
    chapter = make_chapter(**values)

    person = approved(wishing(chapter))

    assert (states(person), person.status) == ([], PersonStatus.VERIFIED)


def came_by(invitation: Invitation, chapter: Chapter) -> None:
    """Sign up by the link, and confirm."""
    applicant = {**vars(ZENG), "chapter_id": chapter.id, "chapter_is_wished": True}
    with transaction():
        apply_to_join(the_office(), type(ZENG)(**applicant), invitation)
    token = str(letters()[-1].text).split("/join/")[1].split()[0]
    with transaction():
        confirm_application(the_office(), token)


@pytest.mark.parametrize("mode", [OPEN, INVITATION])
def test_by_the_chapters_link_somebody_is_a_member_at_once(mode: JoinMode) -> None:
    chapter, person = make_chapter(join_mode=mode), known()
    invitation = link(chapter, places=1)

    came_by(invitation, chapter)

    db.session.refresh(invitation)
    assert (states(person), invitation.uses) == ([(chapter.id, MembershipState.ACTIVE, True)], 1)


def test_by_a_link_for_many_a_chapter_that_decides_is_only_asked() -> None:
    chapter, person = make_chapter(join_mode=APPROVAL), known()

    came_by(link(chapter), chapter)

    assert states(person) == [(chapter.id, MembershipState.PENDING, False)]


@pytest.mark.parametrize(
    "ended", [{"revoked_at": now()}, {"uses": 1, "most_uses": 1}], ids=["revoked", "used up"]
)
def test_a_link_that_has_no_place_left_opens_no_chapter(ended: dict[str, Any]) -> None:
    chapter, person = make_chapter(join_mode=INVITATION), known()
    invitation = link(chapter)
    db.session.execute(update(Invitation).values(**ended))
    db.session.commit()

    came_by(invitation, chapter)

    assert (states(person), person.status) == ([], PersonStatus.VERIFIED)


def test_a_link_of_another_chapter_opens_this_one_to_nobody() -> None:
    chapter, person = make_chapter(join_mode=INVITATION), known()

    came_by(link(make_chapter(join_mode=INVITATION)), chapter)

    assert states(person) == []


def test_who_is_a_member_already_stays_it() -> None:
    chapter = make_chapter(join_mode=APPROVAL)
    person = make_member(chapter, known())
    before = states(person)

    wishing(chapter)

    assert (states(person), kinds()) == (before, ["application_confirm"])


@pytest.mark.parametrize(
    ("chosen", "expected"),
    [({"chapter": "beijing"}, ("beijing", True)), ({"chapter": ""}, ("anshan", False))],
    ids=["chosen", "near"],
)
def test_the_form_tells_a_choice_from_the_city(
    browser: Browser, chosen: dict[str, str], expected: tuple[str, bool]
) -> None:
    browser.submit("/join", **RIGHT | {"city": "鞍山"} | chosen)

    (application,) = applications()
    chapter = db.session.get_one(Chapter, application.chapter_id)
    assert (chapter.slug, application.chapter_is_wished) == expected


def test_who_follows_a_chapters_link_wishes_for_it(browser: Browser) -> None:
    chapter = make_chapter(join_mode=INVITATION)
    invitation = link(chapter)

    browser.submit(f"/join?invitation={invitation.token}", **RIGHT)

    (application,) = applications()
    assert (application.chapter_id, application.chapter_is_wished) == (chapter.id, True)
