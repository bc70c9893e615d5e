"""What is forgotten when its time has come, and what stays."""

from datetime import timedelta

import pytest
from sqlalchemy import select, update

from alumni.accounts.models import Link
from alumni.audit.jobs import seal_history
from alumni.audit.models import Change, ChangeSet
from alumni.audit.sealing import verify
from alumni.db import db, now, transaction
from alumni.roster.commands.deciding import discard, reject
from alumni.roster.commands.evidence import answer
from alumni.roster.jobs import forget
from alumni.roster.models import Application, ApplicationState, Evidence, EvidenceKind
from tests.people.test_photos import picture
from tests.roster.test_applications import applied, confirmed, the_office
from tests.roster.test_evidence import applicant

MONTH = timedelta(days=31)


def aged(**values: object) -> None:
    """Let it be a month later for whatever there is, links included."""
    with transaction():
        db.session.execute(update(Link).values(ends_at=now() - MONTH))
        db.session.execute(update(Application).values(created_at=now() - MONTH, **values))
    db.session.rollback()


def with_a_picture(text: str) -> Application:
    application = confirmed()
    with transaction():
        answer(applicant(application), application, text, picture())
    return application


def names() -> list[str]:
    db.session.rollback()
    return list(db.session.scalars(select(Application.name).order_by(Application.id)))


def test_a_sign_up_that_nobody_confirmed_is_forgotten_with_all_that_was_written() -> None:
    applied(email="li@example.org", name="李雷")
    while seal_history():
        pass
    aged()

    assert forget() == 1
    assert (names(), forget()) == ([], 0)

    kept = db.session.execute(
        select(Change.before, Change.after)
        .where(Change.table_name == "application")
        .order_by(Change.id)
    ).all()
    assert [tuple(row) for row in kept] == [(None, None), ({"state": "unconfirmed"}, None)]
    while seal_history():
        pass
    db.session.rollback()
    finding = verify()
    assert (finding.fault, finding.erased) == (None, 1)


def test_a_young_one_or_a_confirmed_one_stays() -> None:
    confirmed(email="han@example.org", name="韩梅梅")
    aged()
    applied(email="li@example.org", name="李雷")
    forget()
    assert names() == ["韩梅梅", "李雷"]


def test_who_signed_up_again_has_as_long_as_anybody() -> None:
    applied(email="li@example.org", name="李雷")
    aged()
    applied(email="li@example.org", name="李蕾")
    assert forget() == 1  # the first link
    assert names() == ["李蕾"]


def test_links_stay_a_month_behind_their_end() -> None:
    applied(email="li@example.org")
    with transaction():
        db.session.execute(update(Link).values(ends_at=now() - MONTH + timedelta(days=2)))
    db.session.rollback()
    assert forget() == 0
    with transaction():
        db.session.execute(update(Link).values(ends_at=now() - MONTH, used_at=now() - MONTH))
    db.session.rollback()
    assert forget() == 1
    assert db.session.scalars(select(Link.id)).all() == []


@pytest.mark.parametrize("decide", ["rejected", "put away"])
def test_a_picture_is_forgotten_a_month_after_the_decision_and_what_was_answered_stays(
    decide: str,
) -> None:
    application = with_a_picture("See the paper.")
    with transaction():
        if decide == "rejected":
            reject(the_office(), application, "Another Zeng.")
        else:
            discard(the_office(), application)
    db.session.rollback()
    assert forget() == 0

    aged(decided_at=now() - MONTH)
    forget()

    left = db.session.scalars(select(Evidence.kind)).all()
    assert left == [EvidenceKind.ANSWER]
    deed = db.session.scalars(
        select(ChangeSet).where(ChangeSet.verb == "forgot_certificates")
    ).one()
    assert deed.facts == {"certificates": 1}


def test_a_picture_that_is_still_to_be_decided_by_stays() -> None:
    with_a_picture("")
    aged()
    forget()
    assert db.session.scalars(select(Evidence.kind)).all() == [EvidenceKind.CERTIFICATE]
    assert db.session.scalars(select(Application.state)).all() == [ApplicationState.WAITING]
