"""What is the clerk's own, who holds all that staff can: it is for somebody else to decide.

And what of others is not as most of its kind.
"""

from typing import Any

from sqlalchemy import select

from alumni.chapters.models import Chapter, ChapterMembership, Officer
from alumni.chapters.models.governance import AnnualReport, ReportState
from alumni.db import db, now
from alumni.events.models import Visibility
from alumni.exports.models import FileState, KeptFile
from alumni.people.models import Person
from alumni.people.models.asking import ChangeRequest, RelayedMessage
from alumni.requests.models import Request
from alumni.roster.models import DuplicatePair, ImportRow, Verdict
from tests.factories import account_of, make_event, make_person, saved
from tests.matrix.objects.naming import applied, called, pair
from tests.matrix.world import DAY, Things, World

YEAR = 2025


def of_clerk(world: World) -> dict[str, Things]:
    """The own application, wish, membership, term, account, record, report and complaint."""
    clerk, other = world.people["clerk"], make_person("许某")
    account = account_of(clerk)
    application = applied(None, email=account.email, person_id=clerk.id)
    wish = saved(
        ChangeRequest(
            person_id=clerk.id,
            asked_by_id=account.id,
            field="name_zh",
            before=clerk.name_zh or "",
            after="秦新名",
        )
    )
    joining = saved(ChapterMembership(person_id=clerk.id, chapter_id=world.young.id))
    term = db.session.scalars(select(Officer).where(Officer.person_id == clerk.id)).one()
    report = saved(
        AnnualReport(
            chapter_id=world.home.id,
            year=YEAR,
            figures={"members": 1, "joined": 0, "left": 0, "events": 0, "attended": 0},
            state=ReportState.SUBMITTED,
            submitted_at=now(),
            submitted_by_id=account.id,
        )
    )
    two = sorted([clerk.id, other.id])
    named = {"public_id": clerk.public_id}
    return {
        "application_of_clerk": called(application),
        "application_of_clerk_into": pair(
            {"public_id": application.public_id, "person_id": other.public_id}
        ),
        "change_of_clerk": called(wish),
        "joiner_of_clerk": pair({"slug": world.young.slug, "membership_id": joining.id}),
        "term_of_clerk": pair({"officer_id": term.id}),
        "report_of_clerk": called(report),
        "complaint_of_clerk": called(_complaint(clerk, world.people["owner"], "d")),
        "complaint_about_clerk": called(_complaint(world.people["owner"], clerk, "e")),
        "account_of_clerk": called(account),
        "record_of_clerk": pair({**named, "other_id": other.public_id}),
        "pair_of_clerk": called(saved(DuplicatePair(person_id=two[0], other_id=two[1], score=60))),
        "clerk": pair(named),
        "request_of_clerk": called(
            saved(
                Request(name="x", email=account.email, subject="x", words="x", person_id=clerk.id)
            )
        ),
    }


def of_others(world: World) -> dict[str, Things]:
    """Accounts of staff, files of a former officer, an event for all, and a row with candidates."""
    batch = world.things["batch-row"].own
    member = world.people["member"]
    row = db.session.get_one(ImportRow, batch["row_id"])
    doubtful = saved(
        ImportRow(
            batch_id=row.batch_id,
            line=3,
            verdict=Verdict.POSSIBLE,
            values={"name": member.name_zh, "phone": "+8613900001111"},
            candidates=[[member.id, 60, {"name": True}]],
        )
    )
    staff = world.accounts["auditor"]
    event = make_event(world.home, slug="for-all", visibility=Visibility.PUBLIC)
    return {
        "staff_account": called(staff),
        "file_of_former": called(_file(world.people["after"], world.home)),
        "file_of_leader": called(_file(world.people["leader"], world.home)),
        "file_of_ended": called(_file(world.accounts["ended"], None)),
        "public_event": pair({"slug": event.slug}),
        "home_event": called(event),
        "reviewed_event": world.things["event-in-review"],
        "row_of_somebody": pair({"public_id": batch["public_id"], "row_id": doubtful.id}),
        "officer_to_export": world.things["officer"],
    }


def _complaint(sender: Person, recipient: Person, letter: str) -> RelayedMessage:
    return saved(
        RelayedMessage(
            sender_id=sender.id,
            recipient_id=recipient.id,
            token_hash=letter * 64,
            reported_at=now(),
            complaint="x",
        )
    )


def _file(owner: Any, chapter: Chapter | None) -> KeptFile:
    """People, for a list that its owner may have or might have had."""
    account = account_of(owner) if isinstance(owner, Person) else owner
    return saved(
        KeptFile(
            account_id=account.id,
            purpose="x",
            name="x.csv",
            mimetype="text/csv",
            language="zh",
            kind="people",
            wish={"chapter": chapter.id if chapter else None},
            state=FileState.READY,
            sha256="0" * 64,
            expires_at=now() + DAY,
        )
    )
