"""Records to be made one, and what was made of them."""

from datetime import timedelta
from typing import Any

from sqlalchemy import select

from alumni.audit.commands import record
from alumni.authz import SYSTEM, Actor
from alumni.db import db, today, transaction
from alumni.events.models import Registration, RegistrationState
from alumni.i18n import speaking
from alumni.mailings.models import Choice, MailList, Subscription
from alumni.outbox.models import Delivery
from alumni.people.commands.search import reindex
from alumni.people.models import (
    ConsentPurpose,
    ContactPoint,
    FormerName,
    Person,
    PersonStatus,
    PersonTag,
    Photo,
    Study,
    StudyInstitution,
    Tag,
)
from alumni.roster.commands.merging import merge
from alumni.roster.commands.unmerging import unmerge
from alumni.roster.models import Activation, DuplicatePair, Merge, PairState
from tests.factories import (
    make_account,
    make_chapter,
    make_event,
    make_member,
    make_officer,
    make_person,
    make_verified,
    saved,
)

PHONE = "+8613800000001"


def merged(kept: Person, gone: Person, actor: Actor = SYSTEM, **choices: Person) -> Merge:
    """The two made one."""
    chosen = {field: person.public_id for field, person in choices.items()}
    with transaction(), speaking("en"):
        return merge(actor, kept, gone, chosen)


def taken_back(done: Merge) -> list[dict[str, Any]]:
    with transaction(), speaking("en"):
        return unmerge(SYSTEM, done)


def rows(table: type[Any], **which: Any) -> list[Any]:
    db.session.rollback()
    db.session.expire_all()
    return list(
        db.session.scalars(select(table).filter_by(**which).order_by(*table.__mapper__.primary_key))
    )


def point(normal: str) -> ContactPoint:
    return db.session.scalars(select(ContactPoint).where(ContactPoint.normal == normal)).one()


def two() -> tuple[Person, Person]:
    """Two records with something of every kind, the same and different."""
    chapter, second = make_chapter(), make_chapter()
    purposes = (ConsentPurpose.MEMBERSHIP, ConsentPurpose.MAILINGS)
    common: dict[str, Any] = {"employer": "鞍山医院", "city": "鞍山", "phone": PHONE}
    kept = make_verified("曾国强", year=1998, college="口腔医学院", consents=purposes, **common)
    gone = make_person(
        "曾强",
        year=1998,
        class_label="3班",
        birth_year=1975,
        email="qiang@example.org",
        consents=(*purposes, ConsentPurpose.ADDRESS_BOOK),
        status=PersonStatus.VERIFIED,
        **common,
    )
    [number] = db.session.scalars(
        select(StudyInstitution).where(StudyInstitution.person_id == gone.id)
    )
    db.session.delete(number)
    record(SYSTEM, "made", gone)
    db.session.commit()
    make_account(person=gone, password_hash=None)
    for person in (kept, gone):
        make_member(chapter, person, is_primary=True)
    make_member(second, gone)
    make_officer(second, person=gone)
    make_officer(second, position="secretary", person=gone, starts_on=today())
    _beside(kept, gone)
    return kept, gone


def _beside(kept: Person, gone: Person) -> None:
    event, lists = make_event(), saved(MailList(slug="l", name_zh="单", name_en="List"))
    tag, other = saved(Tag(name_zh="甲")), saved(Tag(name_zh="乙"))
    third = make_person()
    saved(FormerName(person_id=gone.id, name="曾伯"))
    for person, choice in ((kept, Choice.SUBSCRIBED), (gone, Choice.UNSUBSCRIBED)):
        saved(
            Subscription(mail_list_id=lists.id, person_id=person.id, choice=choice, source="page"),
            PersonTag(person_id=person.id, tag_id=tag.id),
            Registration(event_id=event.id, person_id=person.id, state=RegistrationState.CONFIRMED),
            Photo(person_id=person.id, content=b"picture"),
            Activation(
                person_id=person.id, code_hash=f"c{person.id}", ends_on=today() + timedelta(days=9)
            ),
        )
    saved(PersonTag(person_id=gone.id, tag_id=other.id))
    saved(pair(kept, gone), pair(third, gone, state=PairState.IGNORED))
    reindex([kept.id, gone.id])
    db.session.commit()


def registered(study: Study, institution_id: int, number: str | None, **more: Any) -> Any:
    return StudyInstitution(
        person_id=study.person_id,
        study_id=study.id,
        institution_id=institution_id,
        student_number=number,
        **more,
    )


def letter(person: Person) -> Delivery:
    return Delivery(
        deed=f"test:{person.id}",
        kind="test",
        person_id=person.id,
        email="zeng@example.org",
        language="zh",
        subject="s",
        text="t",
        html="h",
    )


def pair(one: Person, other: Person, **values: Any) -> DuplicatePair:
    first, second = sorted((one.id, other.id))
    return DuplicatePair(person_id=first, other_id=second, score=60, **values)
