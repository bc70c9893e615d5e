"""The applicants who chose a chapter, as its officers see them: no address, no number."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Select, func, select
from sqlalchemy.orm import joinedload

from alumni.authz import Actor, require
from alumni.chapters.models import Chapter
from alumni.db import db
from alumni.errors import NotFound
from alumni.membership.queries import get_desk
from alumni.roster.models import Application
from alumni.roster.policy import may_prescreen
from alumni.roster.queries.applications import DECIDABLE

AT_A_TIME = 100


@dataclass(frozen=True, kw_only=True)
class Applicant:
    """Who wants to become a graduate of ours, and of this chapter."""

    number: int
    """In the order in which they signed up."""
    public_id: str
    name: str
    graduation_year: int | None
    college: Any
    """The row of the list of words, or None."""
    city: str
    since: datetime
    recommendation: str
    is_recommended: bool


def get_prescreened(actor: Actor, slug: str) -> Chapter:
    """The chapter whose applicants the actor may see: of a desk that is not theirs nobody knows."""
    chapter = get_desk(actor, slug)
    require(may_prescreen, actor, chapter.id)
    return chapter


def applicants(
    actor: Actor, chapter: Chapter, *, after: int = 0, most: int = AT_A_TIME
) -> list[Applicant]:
    """Who waits behind the one of this number, the longest first; at most so many."""
    require(may_prescreen, actor, chapter.id)
    waiting = _of(chapter).where(Application.id > after).order_by(Application.id).limit(most)
    return [_shown(application) for application in db.session.scalars(waiting)]


def count_applicants(actor: Actor, chapter: Chapter) -> int:
    """How many wait and chose the chapter."""
    require(may_prescreen, actor, chapter.id)
    chose = (Application.chapter_id == chapter.id, Application.state.in_(DECIDABLE))
    return db.session.scalar(select(func.count()).select_from(Application).where(*chose)) or 0


def get_applicant(actor: Actor, chapter: Chapter, public_id: str) -> Applicant:
    require(may_prescreen, actor, chapter.id)
    return _shown(get_prescreened_application(chapter, public_id))


def get_prescreened_application(chapter: Chapter, public_id: str) -> Application:
    """One that waits and chose the chapter."""
    application = db.session.scalar(_of(chapter).where(Application.public_id == public_id))
    if application is None:
        raise NotFound
    return application


def _of(chapter: Chapter) -> Select[Application]:
    return (
        select(Application)
        .where(Application.chapter_id == chapter.id, Application.state.in_(DECIDABLE))
        .options(joinedload(Application.college))
    )


def _shown(application: Application) -> Applicant:
    return Applicant(
        number=application.id,
        public_id=application.public_id,
        name=application.name,
        graduation_year=application.graduation_year,
        college=application.college,
        city=application.city,
        since=application.confirmed_at or application.created_at,
        recommendation=application.recommendation,
        is_recommended=application.recommended_at is not None,
    )
