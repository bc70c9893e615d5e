import pytest
from sqlalchemy import select

from alumni.authz import ANYONE, SYSTEM, Actor, Right
from alumni.chapters.models import ChapterStatus, MembershipState
from alumni.db import db, now
from alumni.errors import NotFound
from alumni.mailings.models import Choice, MailingStatus, MailList, Subscription
from alumni.mailings.queries import (
    all_lists,
    audience,
    audience_size,
    get_delivery,
    get_list,
    get_mailing,
    mailings,
    mailings_to_review,
    report,
    sizes,
    status_counts,
)
from alumni.outbox.models import DeliveryState, Suppression, SuppressionScope
from alumni.people.models import Consent, ConsentPurpose, Person, PersonStatus
from tests.factories import (
    account_of,
    actor_of,
    make_account,
    make_chapter,
    make_member,
    make_officer,
    make_person,
    make_verified,
    saved,
)
from tests.mailings.factories import list_of
from tests.outbox.factories import make_bulk, make_delivery, make_mailing, make_shared

AGREED = (ConsentPurpose.MAILINGS,)


def ids(mail_list: object) -> set[int]:
    return {row.id for row in db.session.execute(audience(mail_list))}  # type: ignore[arg-type]


def test_the_audience_of_a_chapter() -> None:
    chapter, other = make_chapter(), make_chapter()
    by_login = make_member(chapter)
    by_contact = make_member(
        chapter,
        make_person(status=PersonStatus.VERIFIED, email="c@example.com", consents=AGREED),
    )
    make_member(chapter, make_person(status=PersonStatus.VERIFIED, consents=AGREED))  # no address
    make_member(chapter, make_person(email="known@example.com", consents=AGREED))  # not verified
    make_member(chapter, make_verified(consents=()))
    make_member(chapter, state=MembershipState.PENDING)
    make_member(chapter, state=MembershipState.LEFT)
    make_member(other)
    mail_list = list_of(chapter)
    unsubscribed, silent, not_here = (make_member(chapter) for _ in range(3))
    _choose(mail_list.id, unsubscribed, Choice.UNSUBSCRIBED)
    _choose(list_of(other).id, not_here, Choice.UNSUBSCRIBED)
    _choose(mail_list.id, by_login, Choice.SUBSCRIBED)
    saved(
        Suppression(
            email=_email(silent), scope=SuppressionScope.ALL, list_id=0, reason="unsubscribed"
        )
    )
    withdrawn = make_member(chapter)
    consent = (
        db.session.query(Consent)
        .filter_by(person_id=withdrawn.id, purpose=ConsentPurpose.MAILINGS)
        .one()
    )
    consent.withdrawn_at = now()
    saved(consent)

    assert ids(mail_list) == {by_login.id, by_contact.id, not_here.id}
    assert audience_size(mail_list) == 3
    assert sizes()[chapter.id] == 3


def test_the_audience_of_the_association() -> None:
    mail_list = list_of(None)
    member, alone = make_member(make_chapter()), make_verified()
    make_person(email="known@example.com", consents=AGREED)

    assert ids(mail_list) == {member.id, alone.id}
    assert sizes()[None] == 2


def test_two_at_one_address_count_once() -> None:
    chapter = make_chapter()
    for _ in range(2):
        make_member(
            chapter,
            make_person(status=PersonStatus.VERIFIED, email="home@example.com", consents=AGREED),
        )
    mail_list = list_of(chapter)

    assert audience_size(mail_list) == sizes()[chapter.id] == 1
    assert len(ids(mail_list)) == 2


@pytest.mark.parametrize(
    ("who", "seen"),
    [
        ("office", {"here", "there", "all"}),
        ("leader", {"here"}),
        ("writer", {"here"}),
        ("member", set()),
        ("anyone", set()),
    ],
)
def test_visible(who: str, seen: set[str]) -> None:
    here, there = make_chapter(), make_chapter()
    made = {
        "here": make_mailing(list_of(here)),
        "there": make_mailing(list_of(there)),
        "all": make_mailing(list_of(None)),
    }
    actor = {
        "office": SYSTEM,
        "leader": Actor(account_id=1, rights={here.id: frozenset({Right.VIEW})}),
        "writer": Actor(account_id=1, rights={here.id: frozenset({Right.LETTERS})}),
        "member": Actor(account_id=1, person_id=1, is_verified=True),
        "anyone": ANYONE,
    }[who]

    found = {mailing.id for mailing in db.session.scalars(mailings(actor))}

    assert found == {made[name].id for name in seen}
    assert sum(status_counts(actor).values()) == len(seen)
    if "there" not in seen:
        with pytest.raises(NotFound):
            get_mailing(actor, made["there"].public_id)


@pytest.mark.parametrize("status", MailingStatus)
def test_what_the_office_writes_to_a_chapter_is_its_own_until_approved(
    status: MailingStatus,
) -> None:
    chapter = make_chapter()
    leader = make_officer(chapter)
    drafts = [
        make_mailing(list_of(chapter), author_id=author.id, status=status)
        for author in (make_account(role="office"), account_of(make_officer(chapter)))
    ]

    seen = {mailing.id for mailing in db.session.scalars(mailings(actor_of(leader)))}

    from_office = status in (MailingStatus.PREPARING, MailingStatus.SENDING, MailingStatus.SENT)
    assert seen == {mailing.id for mailing in drafts[0 if from_office else 1 :]}
    assert sum(status_counts(actor_of(leader)).values()) == len(seen)
    assert db.session.scalars(mailings(SYSTEM)).all() == drafts[::-1]


def test_lists_that_are_not_made_yet_are_told_all_the_same() -> None:
    chapter, dormant = make_chapter(), make_chapter(status=ChapterStatus.DORMANT)
    make_member(chapter)

    (everybody, *of_chapters) = all_lists()

    assert (everybody in db.session, everybody.slug, sizes()[None]) == (False, "alumni", 1)
    (mine,) = [one for one in of_chapters if one.chapter_id == chapter.id]
    assert (mine in db.session, mine.slug, audience_size(mine)) == (False, chapter.slug, 1)
    assert sizes()[chapter.id] == 1
    assert dormant.id not in {one.chapter_id for one in of_chapters}
    with pytest.raises(NotFound):
        get_list(dormant.slug)
    db.session.commit()
    assert db.session.scalars(select(MailList)).all() == []
    assert [one.slug for one in all_lists()] == ["alumni", *(one.slug for one in of_chapters)]


def test_a_chapter_s_list_goes_by_the_chapter_s_slug() -> None:
    chapter = make_chapter()
    made = list_of(chapter)
    chapter.slug = "renamed"
    saved(chapter)

    assert get_list("renamed").id == made.id


def test_what_waits_for_the_office() -> None:
    make_mailing(status=MailingStatus.SUBMITTED)
    make_mailing()

    assert mailings_to_review(SYSTEM) == 1
    assert mailings_to_review(ANYONE) == 0


def test_the_report_accounts_for_everybody() -> None:
    mailing, shared = make_mailing(), make_shared()
    for n, state in enumerate(DeliveryState):
        reason = "same address" if state is DeliveryState.SKIPPED else ""
        make_bulk(mailing, shared, state=state, reason=reason, email=f"p{n}@example.com")
    make_bulk(make_mailing(), shared)

    told = report(mailing)

    assert (told.sent, told.waiting, told.failed, told.skipped, told.uncertain) == (2, 5, 2, 1, 1)
    assert told.audience == len(DeliveryState)
    assert told.reasons == {"same address": 1}


def test_a_token_finds_its_letter_whatever_its_case() -> None:
    mailing = make_mailing()
    letter = make_bulk(mailing, make_shared())

    delivery, mail_list = get_delivery(letter.token.upper())

    assert (delivery.id, mail_list.id) == (letter.id, mailing.mail_list_id)
    with pytest.raises(NotFound):
        get_delivery("a" * 26)
    with pytest.raises(NotFound):
        get_delivery(make_delivery().token)
    with pytest.raises(NotFound):
        get_list("nowhere")


def _choose(list_id: int, person: Person, choice: Choice) -> None:
    saved(Subscription(mail_list_id=list_id, person_id=person.id, choice=choice, source="test"))


def _email(person: Person) -> str:
    row = db.session.execute(audience(list_of(None)).where(Person.id == person.id)).one()
    return str(row.email)
