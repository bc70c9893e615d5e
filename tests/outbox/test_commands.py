import pytest
from sqlalchemy import select

from alumni.audit.models import ChangeSet
from alumni.authz import ANYONE, SYSTEM
from alumni.db import db, transaction
from alumni.outbox.commands import AT_ONCE, Recipient, Wanted, queue, queue_many, settle, suppressed
from alumni.outbox.models import Delivery, DeliveryState, Suppression, SuppressionScope
from alumni.outbox.policy import may_settle
from alumni.outbox.queries import uncertain_letters
from tests.factories import saved
from tests.outbox.factories import make_delivery, states
from tests.refusals import refused


def test_one_deed_makes_one_letter() -> None:
    to = Recipient(email="li@example.com", name="李华", language="zh")
    words = {"subject": "聚会", "link": "https://example.org/x"}

    with transaction():
        first = queue("mailing_approved", to, deed="mailing:1:approved:1", **words)
        second = queue("mailing_approved", to, deed="mailing:1:approved:1", **words)

    assert (first, second) == (True, False)
    letter = db.session.scalars(select(Delivery)).one()
    assert (letter.email, letter.name, letter.language) == ("li@example.com", "李华", "zh")
    assert (letter.state, letter.priority) == (DeliveryState.QUEUED, 0)
    assert "聚会" in (letter.subject or "")
    assert "https://example.org/x" in (letter.text or "")


def test_many_are_queued_in_few_statements_and_each_deed_once(queries: list[str]) -> None:
    def wanted(last: int) -> list[Wanted]:
        return [
            Wanted(
                to=Recipient(email=f"p{n}@example.com", name=f"N{n}", language=("zh", "en")[n % 2]),
                deed=f"mailing:{n}:approved:1",
                words={"subject": "聚会", "link": "https://example.org/x"},
                calendar=f"calendar {n}" if n < 2 else None,
            )
            for n in range(last)
        ]

    with transaction():
        first = queue_many("mailing_approved", wanted(AT_ONCE + 1))
    asked = [query for query in queries if query.startswith("INSERT INTO delivery")]
    with transaction():
        second = queue_many("mailing_approved", wanted(AT_ONCE + 3))
        none = queue_many("mailing_approved", [])

    assert (first, second, none, len(asked)) == (AT_ONCE + 1, 2, 0, 2)
    letters = list(db.session.scalars(select(Delivery).order_by(Delivery.id)))
    assert [letter.email for letter in letters] == [f"p{n}@example.com" for n in range(AT_ONCE + 3)]
    assert [letter.calendar for letter in letters[:3]] == ["calendar 0", "calendar 1", None]
    assert [letter.language for letter in letters[:2]] == ["zh", "en"]
    assert "N1" in (letters[1].text or "")
    assert len({letter.token for letter in letters}) == AT_ONCE + 3


@pytest.mark.parametrize(
    ("again", "state"), [(True, DeliveryState.QUEUED), (False, DeliveryState.SENT)]
)
def test_settling_a_doubt(*, again: bool, state: DeliveryState) -> None:
    delivery = make_delivery(state=DeliveryState.UNCERTAIN)
    assert uncertain_letters() == 1

    for _ in range(2):
        with transaction():
            settle(SYSTEM, delivery, again=again)

    assert states(delivery) == [state]
    assert (delivery.done_at is None) is again
    assert uncertain_letters() == 0
    settled = select(ChangeSet).where(ChangeSet.verb == "settled")
    assert [deed.facts for deed in db.session.scalars(settled)] == [{"again": again}]


def test_a_letter_that_is_not_in_doubt_is_left_alone() -> None:
    delivery = make_delivery(state=DeliveryState.FAILED)

    with transaction():
        settle(SYSTEM, delivery, again=True)

    assert states(delivery) == [DeliveryState.FAILED]


def test_not_everybody_settles() -> None:
    delivery = make_delivery(state=DeliveryState.UNCERTAIN)

    with transaction(), refused(may_settle):
        settle(ANYONE, delivery, again=False)

    assert states(delivery) == [DeliveryState.UNCERTAIN]


@pytest.mark.parametrize(("list_id", "expected"), [(0, True), (7, True), (8, False)])
def test_suppressed(*, list_id: int, expected: bool) -> None:
    scope = SuppressionScope.LIST if list_id else SuppressionScope.ALL
    saved(Suppression(email="li@example.com", scope=scope, list_id=list_id, reason="test"))

    assert suppressed("li@example.com", 7) is expected
    assert suppressed("other@example.com", 7) is False
