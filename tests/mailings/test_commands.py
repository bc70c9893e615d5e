from collections.abc import Callable

import pytest
from flask import Flask
from sqlalchemy import select, update

from alumni.accounts.models import Account
from alumni.audit.models import ChangeSet
from alumni.authz import ANYONE, SYSTEM, Actor, Capability, Right
from alumni.chapters.models import ChapterStatus
from alumni.db import changed, db, now, transaction
from alumni.errors import Invalid, Refusal
from alumni.mailings.commands import (
    Draft,
    approve,
    ensure_lists,
    is_writable,
    reject,
    resubscribe,
    rewrite,
    submit,
    suppress,
    unsubscribe,
    write,
)
from alumni.mailings.compiling import Written
from alumni.mailings.models import (
    Choice,
    Mailing,
    MailingReview,
    MailingStatus,
    MailList,
    ReviewAction,
    Subscription,
)
from alumni.mailings.policy import may_review, may_rewrite, may_write
from alumni.mailings.queries import audience_size, get_delivery, get_list, get_mailing
from alumni.outbox.models import Delivery, DeliveryState, Suppression
from tests.browser import at_once
from tests.factories import actor_of, make_account, make_chapter, make_member, make_officer
from tests.mailings.factories import BOTH, EN, ZH, all_mailings, approved, list_of, stored
from tests.outbox.factories import make_bulk, make_delivery, make_mailing, make_shared, states
from tests.refusals import refused

QUEUED, SKIPPED = DeliveryState.QUEUED, DeliveryState.SKIPPED


def submitted(mail_list: MailList, author: Actor = SYSTEM) -> Mailing:
    with transaction():
        mailing = write(author, mail_list, BOTH)
    with transaction():
        submit(author, stored(mailing))
    return stored(mailing)


def verbs() -> list[str]:
    made = select(ChangeSet.verb).where(ChangeSet.verb.not_in(["made", "made_lists"]))
    return list(db.session.scalars(made.order_by(ChangeSet.id)))


def test_lists_are_made_once() -> None:
    chapter = make_chapter()
    make_chapter(status=ChapterStatus.PLANNED)

    with transaction():
        first = ensure_lists()
    with transaction():
        second = ensure_lists()

    assert first == len(db.session.scalars(select(MailList)).all())
    assert second == 0
    assert list_of(chapter).slug == chapter.slug
    assert list_of(None).slug == "alumni"


def test_lists_made_at_once_are_made_once(app: Flask) -> None:
    def work(_n: int) -> None:
        with app.app_context(), transaction():
            ensure_lists()

    assert at_once(work, range(3)) == []
    chapters = list(db.session.scalars(select(MailList.chapter_id)))
    assert len(chapters) == len(set(chapters))


def test_the_first_letter_makes_its_list() -> None:
    chapter = make_chapter()

    for slug in (chapter.slug, "alumni", chapter.slug, "alumni"):
        with transaction():
            write(SYSTEM, get_list(slug), BOTH)

    made = select(MailList).order_by(MailList.id)
    assert [one.slug for one in db.session.scalars(made)] == [chapter.slug, "alumni"]
    assert [stored(mailing).mail_list.chapter_id for mailing in all_mailings()] == [
        chapter.id,
        None,
    ] * 2


def test_two_first_letters_at_once_make_one_list(app: Flask) -> None:
    chapter = make_chapter()
    slug = chapter.slug

    def work(_n: int) -> None:
        with app.app_context(), transaction():
            write(SYSTEM, get_list(slug), BOTH)

    assert at_once(work, range(3)) == []
    assert len({mailing.mail_list_id for mailing in all_mailings()}) == 1
    assert len(all_mailings()) == 3


def test_a_leader_leaves_the_office_s_letters_alone() -> None:
    chapter = make_chapter()
    office, leader = actor_of(make_account(role="office")), actor_of(make_officer(chapter))
    with transaction():
        mailing = write(office, list_of(chapter), BOTH)
    approved_one = stored(
        approved(list_of(chapter), author_id=office.account_id, status=MailingStatus.PREPARING)
    )

    for one in (stored(mailing), approved_one):
        for deed in (rewrite_of(leader, one), submit_of(leader, one)):
            with transaction(), refused(may_rewrite):
                deed()
    assert stored(approved_one).status is MailingStatus.PREPARING
    with transaction():
        rewrite_of(office, approved_one)()
    assert stored(approved_one).status is MailingStatus.DRAFT


def rewrite_of(actor: Actor, mailing: Mailing) -> Callable[[], None]:
    public_id = mailing.public_id
    return lambda: rewrite(actor, get_mailing(SYSTEM, public_id), BOTH)


def submit_of(actor: Actor, mailing: Mailing) -> Callable[[], None]:
    public_id = mailing.public_id
    return lambda: submit(actor, get_mailing(SYSTEM, public_id))


def test_a_leader_writes_to_the_own_chapter_only() -> None:
    chapter, other = make_chapter(), make_chapter()
    leader = actor_of(make_officer(chapter))

    with transaction():
        mailing = write(leader, list_of(chapter), BOTH)

    mailing = stored(mailing)
    assert mailing.status is MailingStatus.DRAFT
    assert {variant.language: variant.subject for variant in mailing.variants} == {
        "zh": ZH.subject,
        "en": EN.subject,
    }
    assert mailing.author_id == leader.account_id
    for foreign in (list_of(other), list_of(None)):
        with transaction(), refused(may_write):
            write(leader, foreign, BOTH)


@pytest.mark.parametrize(
    ("draft", "field"),
    [
        (Draft(texts={}), "source_zh"),
        (Draft(texts={"zh": Written(subject="", source="x")}), "subject_zh"),
        (Draft(texts={"zh": ZH, "en": Written(subject="x", source="")}), "source_en"),
        (Draft(texts={"en": Written(subject="a\u2028Bcc: x", source="x")}), "subject_en"),
        (Draft(texts={"zh": Written(subject="{{x}}", source="x")}), "subject_zh"),
        (Draft(texts={"en": Written(subject="x", source="{{x}}")}), "source_en"),
    ],
    ids=["nothing", "no subject", "no text", "two lines", "field in subject", "field in text"],
)
def test_what_cannot_be_sent_is_said_at_its_field(draft: Draft, field: str) -> None:
    with pytest.raises(Invalid) as raised, transaction():
        write(SYSTEM, list_of(None), draft)

    assert raised.value.field == field
    assert db.session.scalars(select(Mailing)).all() == []


def test_the_way_to_approval() -> None:
    chapter = make_chapter()
    leader, office = make_officer(chapter), make_account(role="office")
    mailing = submitted(list_of(chapter), actor_of(leader))

    with transaction():
        submit(actor_of(leader), get_mailing(SYSTEM, mailing.public_id))
    with transaction():
        approve(actor_of(office), get_mailing(SYSTEM, mailing.public_id), mailing.body_hash)

    mailing = stored(mailing)
    assert mailing.status is MailingStatus.PREPARING
    assert mailing.approved_hash == mailing.body_hash
    assert mailing.approved_by_id == office.id
    assert verbs() == ["wrote_mailing", "submitted_mailing", "approved_mailing"]
    letter = db.session.scalars(select(Delivery)).one()
    assert (letter.kind, letter.person_id) == ("mailing_approved", leader.id)
    assert f"/chapters/{chapter.slug}/desk/letters/{mailing.public_id}" in (letter.text or "")


def test_whose_account_is_stopped_is_told_nothing() -> None:
    chapter = make_chapter()
    leader, office = make_officer(chapter), make_account(role="office")
    mailing = submitted(list_of(chapter), actor_of(leader))
    with transaction():
        changed(update(Account).where(Account.person_id == leader.id).values(suspended_at=now()))

    with transaction():
        reject(actor_of(office), get_mailing(SYSTEM, mailing.public_id), "请写明时间")

    assert list(db.session.scalars(select(Delivery))) == []


def test_rejecting_tells_the_author_why() -> None:
    chapter = make_chapter()
    leader, office = make_officer(chapter), make_account(role="office")
    mailing = submitted(list_of(chapter), actor_of(leader))

    with transaction():
        reject(actor_of(office), get_mailing(SYSTEM, mailing.public_id), "请写明时间")

    assert stored(mailing).status is MailingStatus.REJECTED
    letter = db.session.scalars(select(Delivery)).one()
    assert (letter.kind, letter.language) == ("mailing_rejected", "zh")
    assert "请写明时间" in (letter.text or "")
    assert ZH.subject in (letter.subject or "")
    with pytest.raises(Refusal), transaction():
        reject(actor_of(office), get_mailing(SYSTEM, mailing.public_id), "again")


def test_rejecting_needs_a_reason() -> None:
    mailing = submitted(list_of(None))

    with pytest.raises(Invalid) as raised, transaction():
        reject(SYSTEM, mailing, "")
    assert raised.value.field == "note"


def test_who_approves_the_own_letter_is_not_written_to() -> None:
    office = actor_of(make_account(role="office"))
    mailing = submitted(list_of(None), office)

    with transaction():
        approve(office, get_mailing(SYSTEM, mailing.public_id), mailing.body_hash)

    assert db.session.scalars(select(Delivery)).all() == []


def test_an_approval_is_for_the_text_that_was_read() -> None:
    mailing = submitted(list_of(None))
    read = mailing.body_hash
    with transaction():
        rewrite(SYSTEM, get_mailing(SYSTEM, mailing.public_id), Draft(texts={"zh": ZH}))
    with transaction():
        submit(SYSTEM, get_mailing(SYSTEM, mailing.public_id))

    with pytest.raises(Refusal) as raised, transaction():
        approve(SYSTEM, get_mailing(SYSTEM, mailing.public_id), read)

    assert raised.value.status == 409
    mailing = stored(mailing)
    assert mailing.status is MailingStatus.SUBMITTED
    assert [variant.language for variant in mailing.variants] == ["zh"]


@pytest.mark.parametrize(
    "status", [MailingStatus.SUBMITTED, MailingStatus.REJECTED, MailingStatus.PREPARING]
)
def test_changing_a_letter_makes_it_a_draft_again(status: MailingStatus) -> None:
    mailing = stored(approved(list_of(None), status=status))

    with transaction():
        rewrite(SYSTEM, get_mailing(SYSTEM, mailing.public_id), BOTH)

    mailing = stored(mailing)
    assert mailing.status is MailingStatus.DRAFT
    assert mailing.approved_hash is None
    assert db.session.scalars(select(MailingReview.action)).all() == [ReviewAction.WITHDRAWN]
    with pytest.raises(Refusal), transaction():
        approve(SYSTEM, get_mailing(SYSTEM, mailing.public_id), mailing.body_hash)


def test_saving_without_a_change_changes_nothing() -> None:
    mailing = submitted(list_of(None))

    with transaction():
        rewrite(SYSTEM, get_mailing(SYSTEM, mailing.public_id), BOTH)

    assert stored(mailing).status is MailingStatus.SUBMITTED
    assert verbs() == ["wrote_mailing", "submitted_mailing"]


@pytest.mark.parametrize("status", [MailingStatus.SENDING, MailingStatus.SENT])
def test_what_is_on_its_way_stays_as_it_is(status: MailingStatus) -> None:
    mailing = stored(approved(list_of(None), status=status))

    assert not is_writable(mailing)
    with pytest.raises(Refusal), transaction():
        rewrite(SYSTEM, get_mailing(SYSTEM, mailing.public_id), BOTH)
    with pytest.raises(Refusal), transaction():
        submit(SYSTEM, get_mailing(SYSTEM, mailing.public_id))


def test_with_the_first_letter_made_it_is_too_late() -> None:
    mailing = stored(approved(list_of(None)))
    assert is_writable(mailing)

    make_bulk(mailing, make_shared())

    assert not is_writable(mailing)


@pytest.mark.parametrize(
    "actor",
    [
        ANYONE,
        Actor(account_id=1, rights={1: frozenset({Right.VIEW, Right.EVENTS})}),
        Actor(account_id=1, capabilities=frozenset(Capability) - {Capability.MANAGE_MAILINGS}),
    ],
    ids=["anyone", "no letters", "no mailings"],
)
def test_not_everybody(actor: Actor) -> None:
    mailing = submitted(list_of(None))

    with transaction(), refused(may_write):
        _loaded(mailing, lambda: write(actor, mailing.mail_list, BOTH))
    for deed in (lambda: rewrite(actor, mailing, BOTH), lambda: submit(actor, mailing)):
        with transaction(), refused(may_rewrite):
            _loaded(mailing, deed)
    for deed in (
        lambda: approve(actor, mailing, mailing.body_hash),
        lambda: reject(actor, mailing, "no"),
    ):
        with transaction(), refused(may_review):
            _loaded(mailing, deed)


def _loaded(mailing: Mailing, deed: Callable[[], object]) -> None:
    get_mailing(SYSTEM, mailing.public_id)
    deed()


def test_unsubscribing_keeps_back_what_is_queued_of_that_list() -> None:
    chapter = make_chapter()
    here, there = make_mailing(list_of(chapter)), make_mailing(list_of(None))
    newer = make_mailing(list_of(chapter))
    shared, member = make_shared(), make_member(chapter)
    mine = {"person_id": member.id, "email": "me@example.com"}
    first = make_delivery(**_bulk(here, shared), **mine, state=DeliveryState.SENT)
    queued = make_delivery(**_bulk(newer, shared), **mine)
    elsewhere = make_delivery(**_bulk(there, shared), **mine)
    necessary = make_delivery(**mine)
    somebody = make_bulk(newer, shared)
    before = audience_size(list_of(chapter)), audience_size(list_of(None))

    for _ in range(2):
        with transaction():
            unsubscribe(ANYONE, *get_delivery(first.token))

    assert states(first, queued, elsewhere, necessary, somebody) == [
        DeliveryState.SENT,
        SKIPPED,
        QUEUED,
        QUEUED,
        QUEUED,
    ]
    assert queued.reason == "unsubscribed"
    assert db.session.scalars(select(Subscription.choice)).all() == [Choice.UNSUBSCRIBED]
    assert verbs() == ["unsubscribed"]
    after = audience_size(list_of(chapter)), audience_size(list_of(None))
    assert after == (before[0] - 1, before[1])


def test_a_letter_in_the_worker_s_hand_is_kept_back_too() -> None:
    letter = make_bulk(make_mailing(), make_shared(), state=DeliveryState.SENDING, worker="w")

    with transaction():
        unsubscribe(ANYONE, *get_delivery(letter.token))

    assert states(letter) == [SKIPPED]


def test_no_letters_at_all_but_necessary_ones() -> None:
    shared, email = make_shared(), "me@example.com"
    letters = [make_bulk(make_mailing(), shared, email=email) for _ in range(2)]
    necessary = make_delivery(email=email)

    for _ in range(2):
        with transaction():
            suppress(ANYONE, get_delivery(letters[0].token)[0])

    assert states(*letters, necessary) == [SKIPPED, SKIPPED, QUEUED]
    assert verbs() == ["suppressed"]


def test_taking_it_back() -> None:
    letter = make_bulk(make_mailing(), make_shared())
    with transaction():
        delivery, mail_list = get_delivery(letter.token)
        unsubscribe(ANYONE, delivery, mail_list)
        suppress(ANYONE, delivery)

    for _ in range(2):
        with transaction():
            resubscribe(ANYONE, *get_delivery(letter.token))

    assert db.session.scalars(select(Suppression)).all() == []
    assert db.session.scalars(select(Subscription.choice)).all() == [Choice.SUBSCRIBED]
    assert verbs() == ["unsubscribed", "suppressed", "subscribed", "released"]


def test_unsubscribing_many_times_at_once(app: Flask) -> None:
    token = make_bulk(make_mailing(), make_shared()).token

    def work(_n: int) -> None:
        with app.app_context(), transaction():
            unsubscribe(ANYONE, *get_delivery(token))

    assert at_once(work, range(4)) == []
    assert db.session.scalars(select(Subscription.choice)).all() == [Choice.UNSUBSCRIBED]


def _bulk(mailing: Mailing, shared: object) -> dict[str, object]:
    return {
        "mailing_id": mailing.id,
        "shared_text_id": shared.id,  # type: ignore[attr-defined]
        "subject": None,
        "text": None,
    }
