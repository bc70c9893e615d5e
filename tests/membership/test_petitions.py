"""Petitions for chapters: begun, supported, handed in, and made into a chapter."""

from io import BytesIO

import pytest
from PIL import Image
from sqlalchemy import func, select

from alumni.audit.commands import record
from alumni.authz import SYSTEM, Right
from alumni.chapters.models import (
    ChapterMembership,
    MembershipState,
    Officer,
    Position,
)
from alumni.chapters.models.governance import Petition, PetitionState, Supporter
from alumni.codes.commands import change_settings
from alumni.codes.queries import find_place
from alumni.db import db, today, transaction
from alumni.errors import BadRequest, Invalid, NotFound, Refusal
from alumni.membership.commands.petitions import (
    Wish,
    add_document,
    approve,
    begin,
    reject,
    send_back,
    submit,
    support,
    withdraw,
    withdraw_support,
)
from alumni.membership.policy.petitions import (
    may_decide_petition,
    may_decide_petitions,
    may_lead_petition,
    may_petition,
)
from alumni.membership.queries.petitions import (
    documents,
    gathering,
    get_document,
    get_petition,
    petitions_waiting,
    supporters,
    to_decide,
)
from alumni.outbox.models import Delivery
from alumni.people.models import Person, PersonStatus
from tests.browser import Browser
from tests.conftest import SignIn
from tests.factories import (
    actor_of,
    make_account,
    make_person,
    make_verified,
    saved,
)
from tests.refusals import refused


def position(code: str = "president") -> int:
    return db.session.scalars(select(Position.id).where(Position.code == code)).one()


def wish(place: str = "成都", code: str = "president") -> Wish:
    found = find_place(place)
    assert found is not None
    return Wish(
        place_id=found.id,
        name_zh=f"{place}分会",
        name_en="Chengdu Chapter",
        reason="这里有两百多位校友",
        position_id=position(code),
    )


def begun(place: str = "成都", code: str = "president") -> tuple[Person, Petition]:
    person = make_verified()
    wanted = wish(place, code)
    with transaction():
        petition = begin(actor_of(person), wanted)
    return person, petition


def supported(petition: Petition, number: int) -> None:
    """Let so many more stand behind it; quickly, as that is not what the test is about."""
    db.session.rollback()
    people = [make_person() for _ in range(number)]
    with transaction():
        db.session.add_all(Supporter(petition_id=petition.id, person_id=one.id) for one in people)
        record(SYSTEM, "made", petition)


def state_of(petition: Petition) -> PetitionState:
    db.session.rollback()
    return db.session.scalars(select(Petition.state).where(Petition.id == petition.id)).one()


def test_with_29_it_is_not_taken_and_with_30_it_is() -> None:
    person, petition = begun()
    supported(petition, 28)
    with pytest.raises(Invalid) as raised, transaction():
        submit(actor_of(person), petition)
    assert "1 " in str(raised.value)
    assert state_of(petition) is PetitionState.GATHERING

    supported(petition, 1)
    with transaction():
        submit(actor_of(person), petition)
    assert state_of(petition) is PetitionState.SUBMITTED
    assert petitions_waiting(actor_of(make_account(role="office"))) == 1


def test_somebody_has_to_lead() -> None:
    person, petition = begun(code="treasurer")
    with transaction():
        change_settings(SYSTEM, {"supporters": "2"})
    other = make_verified()
    with transaction():
        support(actor_of(other), petition)
    with pytest.raises(Invalid), transaction():
        submit(actor_of(person), petition)
    with transaction():
        support(actor_of(other), petition, position("secretary"))
    with transaction():
        submit(actor_of(person), petition)
    assert state_of(petition) is PetitionState.SUBMITTED


def test_approved_it_is_a_chapter_with_officers() -> None:
    person, petition = begun()
    second, plain = make_verified(), make_verified()
    with transaction():
        change_settings(SYSTEM, {"supporters": "3"})
    with transaction():
        support(actor_of(second), petition, position("treasurer"))
    with transaction():
        support(actor_of(plain), petition)
    with transaction():
        submit(actor_of(person), petition)
    office = actor_of(make_account(role="office"))
    last = today().replace(year=today().year + 2)
    for _ in range(2):
        with transaction():
            chapter = approve(office, petition, last)

    held = db.session.execute(
        select(Officer.person_id, Position.code, Officer.starts_on, Officer.ends_on)
        .join(Position, Position.id == Officer.position_id)
        .where(Officer.chapter_id == chapter.id)
        .order_by(Officer.id)
    ).all()
    assert [tuple(row) for row in held] == [
        (person.id, "president", today(), last),
        (second.id, "treasurer", today(), last),
    ]
    members = select(ChapterMembership.person_id).where(
        ChapterMembership.chapter_id == chapter.id,
        ChapterMembership.state == MembershipState.ACTIVE,
    )
    assert set(db.session.scalars(members)) == {person.id, second.id}
    assert actor_of(person).may_in(Right.APPROVE, chapter.id)
    assert (chapter.slug, chapter.code) == ("chengdu", find_place("成都").code)  # type: ignore[union-attr]
    told = select(Delivery.person_id).where(Delivery.kind == "petition_approved")
    assert set(db.session.scalars(told)) == {person.id, second.id, plain.id}


def test_one_petition_for_a_place_and_none_where_a_chapter_is() -> None:
    begun()
    with pytest.raises(Refusal), transaction():
        begin(actor_of(make_verified()), wish())
    with pytest.raises(Invalid) as raised, transaction():
        begin(actor_of(make_verified()), wish("鞍山"))
    assert raised.value.field == "place"


def test_support_is_given_once_and_taken_back() -> None:
    person, petition = begun()
    other = actor_of(make_verified())
    for _ in range(2):
        with transaction():
            support(other, petition)
    count = select(func.count()).where(Supporter.petition_id == petition.id)
    assert db.session.scalar(count) == 2
    with transaction():
        withdraw_support(other, petition)
    assert db.session.scalar(count) == 1
    with pytest.raises(Refusal), transaction():
        withdraw_support(actor_of(person), petition)


def test_sent_back_it_comes_again_rejected_it_does_not() -> None:
    person, petition = begun()
    with transaction():
        change_settings(SYSTEM, {"supporters": "1"})
    office = actor_of(make_account(role="office"))
    with transaction():
        submit(actor_of(person), petition)
    with transaction():
        send_back(office, petition, "请附上章程")
    letter = db.session.scalars(select(Delivery).where(Delivery.kind == "petition_sent_back")).one()
    assert "请附上章程" in (letter.text or "")
    with transaction():
        submit(actor_of(person), petition)
    with transaction():
        reject(office, petition, "人数太少")
    assert state_of(petition) is PetitionState.REJECTED
    with pytest.raises(Refusal), transaction():
        submit(actor_of(person), petition)
    begun()


def test_once_handed_in_nobody_else_comes_into_office_by_it() -> None:
    person, petition = begun()
    with transaction():
        change_settings(SYSTEM, {"supporters": "2"})
    plain, late = make_verified(), make_verified()
    with transaction():
        support(actor_of(plain), petition)
    with transaction():
        submit(actor_of(person), petition)
    office = actor_of(make_account(role="office"))

    for other in (plain, late):
        with pytest.raises(Refusal), transaction():
            support(actor_of(other), petition, position("secretary"))
    with transaction():
        support(actor_of(late), petition)
    with transaction():
        chapter = approve(office, petition, today())

    officers = select(Officer.person_id).where(Officer.chapter_id == chapter.id)
    assert db.session.scalars(officers).all() == [person.id]


def test_who_offered_to_lead_can_think_better_of_it_and_then_nothing_is_founded() -> None:
    person, petition = begun("成都", "treasurer")
    with transaction():
        change_settings(SYSTEM, {"supporters": "2"})
    leader, dead = make_verified(), make_verified()
    for one, code in ((leader, "president"), (dead, "secretary")):
        with transaction():
            support(actor_of(one), petition, position(code))
    with transaction():
        submit(actor_of(person), petition)
    with transaction():
        support(actor_of(leader), petition)
    dead.status = PersonStatus.DECEASED
    saved(dead)
    office = actor_of(make_account(role="office"))

    with pytest.raises(Refusal), transaction():
        approve(office, petition, today())
    with transaction():
        send_back(office, petition, "谁来担任会长？")
    with transaction():
        support(actor_of(leader), petition, position("president"))
    with transaction():
        submit(actor_of(person), petition)
    with transaction():
        chapter = approve(office, petition, today())

    officers = select(Officer.person_id).where(Officer.chapter_id == chapter.id)
    assert set(db.session.scalars(officers)) == {person.id, leader.id}


def test_who_may_what() -> None:
    person, petition = begun()
    for nobody in (actor_of(make_account()), actor_of(make_account(role="auditor"))):
        with refused(may_petition), transaction():
            begin(nobody, wish())
        with refused(may_petition):
            gathering(nobody)
        with refused(may_decide_petitions):
            to_decide(nobody)
        with pytest.raises(NotFound):
            get_petition(nobody, petition.public_id)
    other = actor_of(make_verified())
    for command in (submit, withdraw):
        with refused(may_lead_petition), transaction():
            command(other, petition)
    with refused(may_decide_petition), transaction():
        reject(other, petition, "nein")
    own = actor_of(make_account(role="office", person=make_person()))
    assert own.person_id is not None
    with transaction():
        petition.begun_by_id = own.person_id
        record(SYSTEM, "made", petition)
    with refused(may_decide_petition), transaction():
        reject(own, petition, "nein")
    assert person.id != own.person_id


def test_who_only_supports_is_named_to_who_began_it_and_to_the_office() -> None:
    person, petition = begun()
    plain = make_verified("甄支持")
    with transaction():
        support(actor_of(plain), petition)
    office = actor_of(make_account(role="office"))

    named = {
        who: [one.who.person_id for one in supporters(actor, petition)]
        for who, actor in {
            "began": actor_of(person),
            "office": office,
            "graduate": actor_of(make_verified()),
        }.items()
    }
    assert named == {
        "began": [person.id, plain.id],
        "office": [person.id, plain.id],
        "graduate": [person.id],
    }


def test_papers_are_told_by_content_and_read_by_few() -> None:
    person, petition = begun()
    actor = actor_of(person)
    picture = BytesIO()
    Image.new("RGB", (40, 30)).save(picture, "PNG")
    with transaction():
        add_document(actor, petition, "章程.pdf", b"%PDF-1.7 statutes")
    with transaction():
        add_document(actor, petition, "photo.exe", picture.getvalue())
    for content in (b"MZ not a picture", b"%PDF-" + b"x" * (5 * 1024 * 1024)):
        with pytest.raises(BadRequest), transaction():
            add_document(actor, petition, "x.pdf", content)

    kept = documents(actor, petition)
    assert [(one.name, one.kind) for one in kept] == [("章程.pdf", "pdf"), ("photo.exe", "jpeg")]
    assert kept[1].content.startswith(b"\xff\xd8")
    graduate = actor_of(make_verified())
    assert documents(graduate, petition) == []
    with pytest.raises(NotFound):
        get_document(graduate, petition, kept[0].public_id)


def test_on_the_pages(signed_in: SignIn, office: Browser, browser: Browser) -> None:
    person = make_verified()
    leader = signed_in(person)
    page = leader.follow(
        leader.submit(
            "/petitions/new",
            place="成都",
            name_zh="成都分会",
            name_en="Chengdu Chapter",
            reason="校友很多",
            position_id=str(position()),
        )
    )
    db.session.rollback()
    public_id = db.session.scalars(select(Petition.public_id)).one()
    assert "1 of 30 supporters" in page.text
    refused_page = leader.submit(f"/petitions/{public_id}/hand-in")
    assert (refused_page.status, "29 supporters are still missing" in refused_page.text) == (
        422,
        True,
    )
    other = signed_in(make_verified())
    assert "2 of 30" in other.follow(other.submit(f"/petitions/{public_id}")).text
    with transaction():
        change_settings(SYSTEM, {"supporters": "2"})
    leader.follow(leader.submit(f"/petitions/{public_id}/hand-in"))
    assert (
        "成都" in office.get("/office/petitions").text
        or "Chengdu" in office.get("/office/petitions").text
    )
    where = f"/office/petitions/{public_id}"
    assert leader.get(where).status == 403
    made = office.follow(office.press(where, where))
    assert "Chengdu" in made.text
    assert browser.get(f"/petitions/{public_id}").status == 303
    assert other.get("/chapters/chengdu").status == 200


def test_the_office_narrows_petitions_to_a_state(office: Browser) -> None:
    _leader, petition = begun()

    def listed(state: str) -> list[str]:
        page = office.get(f"/office/petitions?state={state}")
        return [a["href"] for a in page.all("a") if "/office/petitions/" in a["href"]]

    assert listed("gathering") == [f"/office/petitions/{petition.public_id}"]
    assert listed("submitted") == []
