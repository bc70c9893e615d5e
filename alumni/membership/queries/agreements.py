"""What officers promise about members' data, and who has promised it."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Select, and_, exists, func, select

from alumni.authz import Actor, require
from alumni.chapters.models import Chapter, ChapterStatus, Officer
from alumni.chapters.models.governance import Acceptance, Agreement
from alumni.db import db
from alumni.errors import NotFound
from alumni.i18n import either
from alumni.membership.policy import may_manage_chapters
from alumni.membership.queries.persons import COLUMNS, Somebody, somebody, with_people
from alumni.terms import lasts

MOST_SHOWN = 500


@dataclass(frozen=True, kw_only=True)
class AgreementRow:
    agreement: Agreement
    accepted: int
    """How many accepted this version."""


@dataclass(frozen=True, kw_only=True)
class Accepted:
    """That the reader accepted a version."""

    version: int
    accepted_at: datetime


@dataclass(frozen=True, kw_only=True)
class Signed:
    """Somebody who accepted a version, or has to."""

    who: Somebody
    accepted_at: datetime | None = None
    chapter: str = ""
    """Of who has to: where they hold a position."""


def newest_agreement() -> Agreement | None:
    return db.session.scalar(select(Agreement).order_by(Agreement.version.desc()).limit(1))


def list_agreements(actor: Actor) -> list[AgreementRow]:
    """All versions, the newest first, with how many accepted each."""
    require(may_manage_chapters, actor)
    listed = (
        select(Agreement, func.count(Acceptance.id))
        .outerjoin(Acceptance, Acceptance.agreement_id == Agreement.id)
        .group_by(Agreement.id)
        .order_by(Agreement.version.desc())
    )
    return [
        AgreementRow(agreement=agreement, accepted=accepted)
        for agreement, accepted in db.session.execute(listed)
    ]


def get_version(actor: Actor, version: int) -> Agreement:
    require(may_manage_chapters, actor)
    agreement = db.session.scalar(select(Agreement).where(Agreement.version == version))
    if agreement is None:
        raise NotFound
    return agreement


def who_accepted(actor: Actor, agreement: Agreement) -> list[Signed]:
    """Who accepted this version, the latest first; at most ``MOST_SHOWN``."""
    require(may_manage_chapters, actor)
    listed = (
        with_people(actor, select(Acceptance.accepted_at, *COLUMNS), Acceptance.person_id)
        .where(Acceptance.agreement_id == agreement.id)
        .order_by(Acceptance.accepted_at.desc(), Acceptance.id.desc())
        .limit(MOST_SHOWN)
    )
    return [
        Signed(who=somebody(row), accepted_at=row.accepted_at) for row in db.session.execute(listed)
    ]


def who_has_to(actor: Actor) -> list[Signed]:
    """Officers of now and of later who have not accepted the newest version yet."""
    require(may_manage_chapters, actor)
    agreement = newest_agreement()
    if agreement is None:
        return []
    accepted = exists().where(
        Acceptance.person_id == Officer.person_id, Acceptance.agreement_id == agreement.id
    )
    where: Select[Any] = select(
        Chapter.name_zh.label("chapter_zh"), Chapter.name_en.label("chapter_en"), *COLUMNS
    )
    listed = (
        with_people(actor, where, Officer.person_id)
        .join(Chapter, Chapter.id == Officer.chapter_id)
        .where(
            lasts(Officer),
            Chapter.status != ChapterStatus.ARCHIVED,
            ~accepted,
        )
        .order_by(Chapter.position, Chapter.id, Officer.id)
        .limit(MOST_SHOWN)
    )
    return _by_person(listed)


def agreement_to_read(actor: Actor) -> Agreement:
    """The newest version, for who holds a position or is going to. Nobody else is asked."""
    agreement = newest_agreement()
    mine = select(Officer.id).where(
        Officer.person_id == actor.person_id,
        lasts(Officer),
    )
    if agreement is None or db.session.scalar(mine.limit(1)) is None:
        raise NotFound
    return agreement


def my_acceptance(actor: Actor) -> Accepted | None:
    """The newest version that the actor accepted, and when."""
    mine = (
        select(Agreement.version, Acceptance.accepted_at)
        .join(
            Agreement,
            and_(
                Agreement.id == Acceptance.agreement_id,
                Acceptance.person_id == actor.person_id,
            ),
        )
        .order_by(Agreement.version.desc())
        .limit(1)
    )
    row = db.session.execute(mine).one_or_none()
    return Accepted(version=row.version, accepted_at=row.accepted_at) if row else None


def _by_person(listed: Select[Any]) -> list[Signed]:
    """Each person once, with all their chapters."""
    people: dict[int, Somebody] = {}
    chapters: dict[int, list[str]] = {}
    for row in db.session.execute(listed):
        people.setdefault(row.person_id, somebody(row))
        name = either(row.chapter_zh, row.chapter_en)
        if name not in chapters.setdefault(row.person_id, []):
            chapters[row.person_id].append(name)
    return [
        Signed(who=who, chapter=" · ".join(chapters[person_id]))
        for person_id, who in people.items()
    ]
