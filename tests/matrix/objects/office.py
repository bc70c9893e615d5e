"""What the office keeps."""

from sqlalchemy import select

from alumni.accounts.models import Assignment
from alumni.audiences.models import SavedAudience, Sharing
from alumni.audit.models import ChangeSet
from alumni.authz import Right
from alumni.chapters.models import Officer, OfficerRight, Position
from alumni.chapters.models.governance import AnnualReport, ReportState
from alumni.db import db, now, today
from alumni.mailings.models import MailingStatus
from alumni.people.models.asking import RelayedMessage
from alumni.requests.models import Request, RequestState
from tests.factories import account_of, make_account, saved
from tests.mailings.factories import list_of
from tests.matrix.objects.naming import called, pair
from tests.matrix.world import Things, World
from tests.outbox.factories import make_delivery, make_mailing

YEAR = 2026


def of_office(world: World) -> dict[str, Things]:
    home = world.home
    officers = [
        db.session.scalars(
            select(Officer).where(Officer.person_id == world.people[name].id)
        ).first()
        for name in ("leader", "elsewhere")
    ]
    granted = [
        saved(
            OfficerRight(officer_id=one.id, right=Right.REPORT, starts_on=today(), ends_on=today())
        )
        for one in officers
        if one is not None
    ]
    ids = [one.officer_id for one in granted]
    reports = [
        saved(
            AnnualReport(
                chapter_id=one.id,
                year=YEAR,
                revision=2,
                figures={"members": 1, "joined": 0, "left": 0, "events": 0, "attended": 0},
                state=ReportState.SUBMITTED,
                submitted_at=now(),
            )
        )
        for one in (home,)
    ]
    position = db.session.scalars(select(Position).where(Position.code == "treasurer")).one()
    return {
        "officer": pair({"officer_id": ids[0]}, foreign={"officer_id": ids[1]}),
        "granted": pair(
            {"officer_id": ids[0], "granted_id": granted[0].id},
            foreign={"officer_id": ids[0], "granted_id": granted[1].id},
        ),
        "report": called(*reports),
        "agreement": pair({"version": 1}),
        "position": pair({"position_id": position.id}),
        "audience": _office_audience(world),
        "deed": called(db.session.scalars(select(ChangeSet).order_by(ChangeSet.id).limit(1)).one()),
        "complaint": called(_complaint(world)),
        "letter": pair({"delivery_id": make_delivery(html="<p>x</p>").id}),
        "list": pair({"slug": list_of(home).slug}),
        "own_mailing": called(make_mailing(list_of(None))),
        "submitted_mailing": called(make_mailing(list_of(home), status=MailingStatus.SUBMITTED)),
        "answered_request": called(
            saved(
                Request(
                    name="x",
                    email="x@example.org",
                    subject="x",
                    words="x",
                    state=RequestState.ANSWERED,
                    settled_at=now(),
                )
            )
        ),
        "request": called(saved(Request(name="x", email="x@example.org", subject="x", words="x"))),
        **_staff(world),
    }


def _staff(world: World) -> dict[str, Things]:
    member = make_account(role="office")
    graduate = account_of(world.people["graduate"])
    held = [
        db.session.scalars(select(Assignment.id).where(Assignment.account_id == one.id)).first()
        for one in (member, world.accounts["auditor"])
        if one is not None
    ]
    return {
        "staff": pair({"public_id": member.public_id}),
        "held": pair(
            {"public_id": member.public_id, "assignment_id": held[0]},
            foreign={"public_id": member.public_id, "assignment_id": held[1]},
        ),
        "account": pair({"public_id": graduate.public_id}),
    }


def _office_audience(world: World) -> Things:
    account = world.accounts["office"]
    owner = account_of(world.people["owner"])
    if account is None:
        raise LookupError
    shared = saved(
        SavedAudience(
            account_id=account.id, name_zh="人群", criteria={"q": "x"}, sharing=Sharing.OFFICE
        )
    )
    private = saved(SavedAudience(account_id=owner.id, name_zh="自己", criteria={"q": "x"}))
    return called(shared, private)


def _complaint(world: World) -> RelayedMessage:
    return saved(
        RelayedMessage(
            sender_id=world.people["graduate"].id,
            recipient_id=world.people["owner"].id,
            token_hash="f" * 64,
            reported_at=now(),
            complaint="x",
        )
    )
