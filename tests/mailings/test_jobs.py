import time
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import insert, select

from alumni.chapters.models import Chapter, ChapterMembership, MembershipState
from alumni.codes.queries import association
from alumni.db import db, today, transaction
from alumni.mailings import jobs
from alumni.mailings.jobs import finish, prepare
from alumni.mailings.models import Choice, Mailing, MailingStatus, MailingVariant, Subscription
from alumni.mailings.queries import audience_size, report
from alumni.outbox.jobs import send_due
from alumni.outbox.models import Delivery, DeliveryState, SharedText
from alumni.outbox.transport import transport_for
from alumni.people.models import (
    Consent,
    ConsentPurpose,
    ContactKind,
    ContactPoint,
    Person,
    PersonStatus,
)
from tests.browser import at_once
from tests.factories import make_chapter, make_member, make_person, make_verified, saved
from tests.mailings.factories import approved, list_of, stored
from tests.outbox.factories import make_mailing

AGREED = (ConsentPurpose.MAILINGS,)


@pytest.fixture(autouse=True)
def _lists() -> None:
    list_of(None)


def letters(mailing: Mailing) -> list[Delivery]:
    asked = select(Delivery).where(Delivery.mailing_id == mailing.id).order_by(Delivery.id)
    return list(db.session.scalars(asked))


def test_lists_for_chapters_that_have_none() -> None:
    chapter = make_chapter()

    assert (prepare(), prepare()) == (1, 0)
    assert list_of(chapter).chapter_id == chapter.id


def test_a_letter_for_each_reader_in_the_own_language() -> None:
    chapter = make_chapter(name_zh="鞍山分会", name_en="Anshan Chapter")
    wang = make_member(chapter, make_verified("王小明", language="zh"))
    smith = make_member(chapter, make_verified("李华", language="en", name_latin="LI Hua"))
    make_verified()
    mailing = approved(list_of(chapter))
    english = {"language": "en", "subject": "Party", "source": "Dear {{name}}"}
    saved(MailingVariant(mailing_id=mailing.id, **english))

    assert prepare() == 2
    assert stored(mailing).status is MailingStatus.SENDING
    assert prepare() == 0

    made = letters(mailing)
    assert [
        (letter.person_id, letter.language, letter.name, letter.words["chapter"]) for letter in made
    ] == [(wang.id, "zh", "王小明", "鞍山分会"), (smith.id, "en", "LI Hua", "Anshan Chapter")]
    assert [letter.deed for letter in made] == [
        f"mailing:{mailing.id}:person:{person.id}" for person in (wang, smith)
    ]
    texts = {text.id: text for text in db.session.scalars(select(SharedText))}
    assert [texts[letter.shared_text_id or 0].subject for letter in made] == ["聚会", "Party"]
    assert len({letter.token for letter in made}) == 2
    assert {letter.priority for letter in made} == {5}


def test_two_readers_at_one_address_are_one_letter() -> None:
    chapter = make_chapter()
    for _ in range(3):
        make_member(
            chapter,
            make_person(status=PersonStatus.VERIFIED, email="home@example.com", consents=AGREED),
        )
    mailing = approved(list_of(chapter))

    prepare()

    told = report(mailing)
    assert (told.waiting, told.skipped, told.audience) == (1, 2, 3)
    assert told.reasons == {"same address": 2}


def test_only_what_was_approved_and_as_it_was() -> None:
    make_verified()
    unapproved = [
        make_mailing(list_of(None), status=status)
        for status in MailingStatus
        if status is not MailingStatus.PREPARING
    ]
    changed = approved(list_of(None), body_hash="b" * 64)

    assert prepare() == 0
    assert [letters(mailing) for mailing in [*unapproved, changed]] == [[]] * 7


def test_in_parts_with_a_crash_between(monkeypatch: pytest.MonkeyPatch) -> None:
    """What was made stays, the rest is made later, and a same address is known across parts."""
    monkeypatch.setattr(jobs, "AT_A_TIME", 2)
    chapter = make_chapter()
    for n in range(5):
        make_member(
            chapter,
            make_person(
                status=PersonStatus.VERIFIED, email=f"home{n % 4}@example.com", consents=AGREED
            ),
        )
    mailing = approved(list_of(chapter))

    assert prepare(at_most=2) == 2
    assert stored(mailing).status is MailingStatus.PREPARING
    assert prepare() == 3
    assert stored(mailing).status is MailingStatus.SENDING
    assert report(mailing).audience == 5
    assert report(mailing).reasons == {"same address": 1}


def test_a_mailing_without_readers_is_sent_at_once() -> None:
    mailing = approved(list_of(make_chapter()))

    assert (prepare(), finish(), finish()) == (0, 1, 0)
    assert stored(mailing).status is MailingStatus.SENT


def test_two_workers_make_each_letter_once(app: Flask) -> None:
    chapter = make_chapter()
    for _ in range(5):
        make_member(chapter)
    mailing = approved(list_of(chapter))

    def work(_n: int) -> None:
        with app.app_context():
            prepare()

    assert at_once(work, range(3)) == []
    assert report(mailing).audience == 5


def test_sent_when_the_last_letter_is(tmp_path: Path) -> None:
    chapter = make_chapter()
    members = [make_member(chapter) for _ in range(4)]
    mailing = approved(list_of(chapter))
    prepare()
    with transaction():
        gone = select(Delivery).where(Delivery.person_id == members[0].id)
        db.session.scalars(gone).one().state = DeliveryState.UNCERTAIN

    assert finish() == 0
    with transport_for("", tmp_path) as folder:
        send_due(folder, worker="w")
    assert finish() == 1

    mailing = stored(mailing)
    assert mailing.status is MailingStatus.SENT
    assert mailing.finished_at is not None
    told = report(mailing)
    assert (told.sent, told.uncertain, told.audience) == (3, 1, 4)


def test_who_withdrew_after_approval_is_not_written_to() -> None:
    chapter = make_chapter()
    member = make_member(chapter)
    mailing = approved(list_of(chapter))
    saved(
        Subscription(
            mail_list_id=mailing.mail_list_id,
            person_id=member.id,
            choice=Choice.UNSUBSCRIBED,
            source="test",
        )
    )

    prepare()

    assert letters(mailing) == []


def test_as_many_statements_for_many_as_for_few(queries: list[str]) -> None:
    association()  # its settings are kept for a while, and asked for once
    counts = []
    for how_many in (1, 20):
        chapter = make_chapter()
        _make_members(chapter, how_many, f"c{how_many}")
        approved(list_of(chapter))
        queries.clear()
        assert prepare() == how_many
        counts.append(len(queries))

    assert counts[0] == counts[1]


@pytest.mark.slow
def test_a_thousand_letters() -> None:
    """Measured in the benches; here only that the work is done in one part."""
    chapter = make_chapter()
    _make_members(chapter, 1000, "many")
    mailing = approved(list_of(chapter))

    start = time.perf_counter()
    made = prepare()
    spent = time.perf_counter() - start

    assert made == audience_size(list_of(chapter)) == report(mailing).waiting == 1000
    assert spent < 5, f"{spent:.2f} s for a thousand letters"


def _make_members(chapter: Chapter, how_many: int, prefix: str) -> None:
    """Verified members with an address who agreed, set-based."""
    people: list[dict[str, Any]] = [
        {"name_zh": f"王{prefix}{n}", "status": PersonStatus.VERIFIED} for n in range(how_many)
    ]
    with transaction():
        db.session.execute(insert(Person), people)
        names = [person["name_zh"] for person in people]
        ids = list(db.session.scalars(select(Person.id).where(Person.name_zh.in_(names))))
        rows: list[tuple[Any, dict[str, Any]]] = [
            (
                ChapterMembership,
                {
                    "chapter_id": chapter.id,
                    "state": MembershipState.ACTIVE,
                    "starts_on": today(),
                },
            ),
            (
                Consent,
                {
                    "purpose": ConsentPurpose.MAILINGS,
                    "version": "1",
                    "language": "zh",
                    "source": "test",
                },
            ),
        ]
        for table, values in rows:
            db.session.execute(insert(table), [{"person_id": key, **values} for key in ids])
        points = [
            {
                "person_id": key,
                "kind": ContactKind.EMAIL,
                "value": f"{prefix}{key}@example.com",
                "normal": f"{prefix}{key}@example.com",
                "is_primary": True,
            }
            for key in ids
        ]
        db.session.execute(insert(ContactPoint), points)
