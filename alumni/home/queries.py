"""What the front page, my page and the office's desk put together from all the others."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any, TypeAlias

from sqlalchemy import func, select, text

from alumni.accounts.models import Account
from alumni.authz import Actor, Capability
from alumni.chapters.models import Chapter, ChapterMembership, MembershipState
from alumni.chapters.models.governance import PetitionState
from alumni.db import db, is_postgresql, now
from alumni.events.models import EventStatus
from alumni.events.queries import Shown, coming_events, events_to_review, my_registrations
from alumni.exports.models import FileState, KeptFile
from alumni.exports.queries import files
from alumni.i18n import ZONE_DATA, _
from alumni.mailings.models import MailingStatus
from alumni.mailings.queries import mailings_to_review
from alumni.membership.policy.desk import may_see_joiners
from alumni.membership.queries import joiners_waiting, my_chapters, my_desks, suggested_chapter
from alumni.membership.queries.annual_reports import Narrowing, overdue_reports, reports_to_review
from alumni.membership.queries.handovers import handovers_waiting
from alumni.membership.queries.mine import Suggestion, suggestion
from alumni.membership.queries.network import Sign, chapters_asleep
from alumni.membership.queries.petitions import petitions_waiting
from alumni.migrations import schema
from alumni.outbox.models import Delivery, DeliveryState, Heartbeat
from alumni.outbox.queries import uncertain_letters
from alumni.people.models import Person, PersonStatus
from alumni.people.queries.asking import changes_waiting
from alumni.people.queries.profile import MANY_VIEWS, many_views
from alumni.people.queries.relaying import complaints_waiting
from alumni.requests.queries import requests_waiting
from alumni.roster.models import Application
from alumni.roster.queries.applications import applications_waiting, my_application
from alumni.roster.queries.duplicates import pairs_waiting
from alumni.roster.queries.following import my_invitations
from alumni.roster.queries.proposing import proposals_waiting

SILENT = timedelta(minutes=2)
"""A worker that has said nothing for so long is not running."""

LONG = timedelta(minutes=10)
"""A letter that waits for so long is worth a word."""

LATELY = timedelta(days=7)
"""For so long the office is told of somebody who was stopped."""

SHOWN = (
    PersonStatus.KNOWN,
    PersonStatus.APPLICANT,
    PersonStatus.VERIFIED,
    PersonStatus.DECEASED,
    PersonStatus.DEPARTED,
)
"""All but those who stand in the records only as numbers."""

SAFE_SQLITE = (3, 51, 3)
"""Older ones can damage a database in write-ahead mode, in a rare race of two connections."""


@dataclass(frozen=True)
class Task:
    """Something that waits for the office, and where."""

    label: str
    endpoint: str
    icon: str
    values: dict[str, str] = field(default_factory=dict)
    count: int = 0


Counted: TypeAlias = tuple[Capability, Callable[[], int], Task]
"""A task, who is told of it, and how many there are."""


@dataclass(frozen=True)
class Figure:
    """A number, and the filter of the list of people behind it."""

    number: int
    label: str
    filter: dict[str, str]


@dataclass(frozen=True, kw_only=True)
class MyPage:
    """All that a graduate finds on the own page."""

    person: Person | None
    application: Application | None
    suggested: Suggestion | None
    invitations: list[Any]
    """As ``my_invitations`` gives them."""
    chapters: list[ChapterMembership]
    registrations: list[Shown]
    events: list[Shown]
    desks: list[tuple[Chapter, int]]


@dataclass
class Readiness:
    """What is wrong, in sentences; empty where all is well."""

    problems: list[str] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    facts: dict[str, str] = field(default_factory=dict)


def my_page(actor: Actor) -> MyPage:
    """What concerns the actor: chapters, places at events, and what to do next."""
    registrations = my_registrations(actor)
    taken = {shown.event.id for shown in registrations}
    spells = my_chapters(actor)
    near = suggested_chapter(actor) if actor.is_verified else None
    return MyPage(
        person=db.session.get(Person, actor.person_id) if actor.person_id else None,
        application=_application(actor),
        suggested=suggestion(near, spells),
        invitations=my_invitations(actor),
        chapters=spells,
        registrations=registrations,
        events=[shown for shown in coming_events(actor, 3) if shown.event.id not in taken],
        desks=_desks(actor),
    )


def _application(actor: Actor) -> Application | None:
    """The sign-up that the office still looks at, for somebody who is not verified."""
    if actor.is_verified or actor.account_id is None:
        return None
    email = db.session.scalar(select(Account.email).where(Account.id == actor.account_id))
    return my_application(email) if email else None


def _desks(actor: Actor) -> list[tuple[Chapter, int]]:
    """The chapters the actor leads, each with how many joiners wait there."""
    led = my_desks(actor)
    counted = [chapter.id for chapter in led if may_see_joiners(actor, chapter.id)]
    if not counted:
        return [(chapter, 0) for chapter in led]
    waiting = (
        select(ChapterMembership.chapter_id, func.count())
        .where(
            ChapterMembership.state == MembershipState.PENDING,
            ChapterMembership.chapter_id.in_(counted),
        )
        .group_by(ChapterMembership.chapter_id)
    )
    counts: dict[int, int] = {row[0]: row[1] for row in db.session.execute(waiting)}
    return [(chapter, counts.get(chapter.id, 0)) for chapter in led]


def tasks(actor: Actor) -> list[Task]:
    """What waits for the office, with how many; only what the actor may do."""
    listed = (*_tasks_of_people(actor), *_tasks_of_chapters(actor), *_tasks_of_letters(actor))
    return [
        replace(task, count=count()) for capability, count, task in listed if actor.can(capability)
    ]


def _tasks_of_people(actor: Actor) -> tuple[Counted, ...]:
    return (
        (
            Capability.DECIDE_APPLICATIONS,
            lambda: applications_waiting(actor),
            Task(_("Applications"), "roster.applications", "user-check"),
        ),
        (
            Capability.HANDLE_REQUESTS,
            lambda: requests_waiting(actor),
            Task(_("Requests"), "requests.office_requests", "message-circle-question-mark"),
        ),
        (
            Capability.HANDLE_REQUESTS,
            lambda: complaints_waiting(actor),
            Task(_("Complaints about letters"), "people.complaints", "flag"),
        ),
        (
            Capability.EDIT_PEOPLE,
            lambda: changes_waiting(actor),
            Task(_("Changes asked for"), "people.office_changes", "user-pen"),
        ),
        (
            Capability.EDIT_PEOPLE,
            lambda: pairs_waiting(actor),
            Task(_("Duplicates"), "roster.duplicates", "users"),
        ),
        (
            Capability.IMPORT_ROSTER,
            lambda: proposals_waiting(actor),
            Task(_("Lists proposed by chapters"), "roster.imports", "file-up"),
        ),
    )


def _tasks_of_chapters(actor: Actor) -> tuple[Counted, ...]:
    manage = Capability.MANAGE_CHAPTERS
    waiting, asleep = {"waits": "1"}, {"sign": Sign.ANY.value}
    return (
        (
            manage,
            lambda: joiners_waiting(actor),
            Task(_("Joining a chapter"), "membership.office_chapters", "map-pin", waiting),
        ),
        (
            manage,
            lambda: petitions_waiting(actor),
            Task(
                _("Petitions for new chapters"),
                "membership.office_petitions",
                "file-pen",
                {"state": PetitionState.SUBMITTED.value},
            ),
        ),
        (
            manage,
            lambda: handovers_waiting(actor),
            Task(_("Handovers to confirm"), "membership.office_handovers", "refresh-cw"),
        ),
        (
            manage,
            lambda: reports_to_review(actor),
            Task(
                _("Annual reports to look at"),
                "membership.office_reports",
                "file-check",
                {"state": Narrowing.SUBMITTED.value},
            ),
        ),
        (
            manage,
            lambda: overdue_reports(actor),
            Task(
                _("Annual reports overdue"),
                "membership.office_reports",
                "file-clock",
                {"state": Narrowing.OVERDUE.value},
            ),
        ),
        (
            manage,
            lambda: chapters_asleep(actor),
            Task(_("Chapters with a sign of sleep"), "membership.office_chapters", "moon", asleep),
        ),
        (
            Capability.MANAGE_EVENTS,
            lambda: events_to_review(actor),
            Task(
                _("Events to review"),
                "events.office_events",
                "calendar-days",
                {"status": EventStatus.IN_REVIEW.value},
            ),
        ),
    )


def _tasks_of_letters(actor: Actor) -> tuple[Counted, ...]:
    return (
        (
            Capability.MANAGE_MAILINGS,
            lambda: mailings_to_review(actor),
            Task(
                _("Letters to approve"),
                "mailings.office_mailings",
                "mail",
                {"status": MailingStatus.SUBMITTED.value},
            ),
        ),
        (
            Capability.EXPORT_PEOPLE,
            lambda: ready_files(actor),
            Task(_("Files that are ready for you"), "exports.files", "download"),
        ),
        (
            Capability.VIEW_AUDIT,
            lambda: many_views(now() - LATELY),
            Task(
                _("Stopped after reading very many profiles"),
                "audit.log",
                "eye",
                {"verb": MANY_VIEWS},
            ),
        ),
        (
            Capability.VIEW_LETTERS,
            uncertain_letters,
            Task(
                _("Letters in doubt"),
                "outbox.letters",
                "circle-question-mark",
                {"state": "uncertain"},
            ),
        ),
    )


def ready_files(actor: Actor) -> int:
    """How many files were made for the actor and can be fetched."""
    made = files(actor).where(KeptFile.state == FileState.READY).order_by(None)
    return db.session.scalar(select(func.count()).select_from(made.subquery())) or 0


def figures(actor: Actor) -> list[Figure]:
    """How many there are."""
    if not actor.can(Capability.VIEW_PEOPLE):
        return []
    known = select(func.count()).select_from(Person).where(Person.status.in_(SHOWN))
    verified = known.where(Person.status == PersonStatus.VERIFIED)
    asked = select(known.scalar_subquery(), verified.scalar_subquery())
    people, members = db.session.execute(asked).one()
    return [
        Figure(people, _("People we know"), {}),
        Figure(members, _("Verified"), {"status": PersonStatus.VERIFIED.value}),
    ]


def readiness() -> Readiness:
    """Whether the program can do its work at this moment."""
    found = Readiness()
    with db.engine.connect() as connection:
        known = schema.current(connection)
    found.facts["schema"] = known or "none"
    if known != schema.head():
        found.problems.append("the database’s schema is not the program’s: alumni db upgrade")
        return found
    found.facts["zones"] = ZONE_DATA
    _look_at_engine(found)
    if not worker_is_alive():
        found.problems.append("no worker is running: alumni work")
    if _is_waiting_long():
        found.warnings.append("letters have been waiting for more than ten minutes")
    return found


def worker_is_alive() -> bool:
    """Whether any worker has given a sign of life lately."""
    last = db.session.scalar(select(func.max(Heartbeat.at)))
    return last is not None and last > now() - SILENT


def _look_at_engine(found: Readiness) -> None:
    if is_postgresql():
        found.facts["engine"] = f"PostgreSQL {db.session.scalar(text('SHOW server_version'))}"
        return
    version = str(db.session.scalar(text("SELECT sqlite_version()")))
    found.facts["engine"] = f"SQLite {version}"
    if tuple(int(part) for part in version.split(".")) < SAFE_SQLITE:
        found.warnings.append("this SQLite is older than 3.51.3: install pysqlite3")


def _is_waiting_long() -> bool:
    waiting = select(Delivery.id).where(
        Delivery.state == DeliveryState.QUEUED,
        Delivery.not_before < now() - LONG,
        Delivery.created_at < now() - LONG,
    )
    return db.session.scalar(waiting.limit(1)) is not None
