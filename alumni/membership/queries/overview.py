"""A chapter's desk as one place to work from: what waits, and the chapters below."""

from collections.abc import Iterator
from dataclasses import dataclass

from sqlalchemy import exists, func, select

from alumni.authz import Actor
from alumni.chapters.models import Chapter, ChapterMembership, MembershipState, Officer
from alumni.chapters.models.governance import Acceptance, AnnualReport
from alumni.chapters.queries import chapter_and_below, chapters
from alumni.db import db, today
from alumni.i18n import _, date_text
from alumni.membership.desks import Part, Waiting
from alumni.membership.policy import may_manage_chapters, may_see_desk
from alumni.membership.policy.chapters import may_edit_page
from alumni.membership.policy.desk import may_list_members, may_see_joiners
from alumni.membership.policy.governance import may_report
from alumni.membership.policy.officers import may_prepare
from alumni.membership.queries import CURRENT
from alumni.membership.queries.agreements import newest_agreement
from alumni.membership.queries.annual_reports import ENOUGH, due_on, newest, year_due
from alumni.membership.queries.desk import Figures
from alumni.membership.queries.handovers import prepared_handover
from alumni.membership.queries.narrowing import Address
from alumni.membership.queries.pictures import kept_picture
from alumni.terms import runs


@dataclass(frozen=True, kw_only=True)
class Below:
    """A chapter that is part of this one, and its numbers; None where the reader may not know."""

    chapter: Chapter
    members: int | None
    waiting: int | None


def waiting(actor: Actor, chapter: Chapter, counted: Figures, parts: list[Part]) -> list[Waiting]:
    """What waits for the actor at this desk: each kind of which there is anything."""
    found = [*_members(actor, chapter, counted)]
    found += [one for part in parts for one in part.waiting]
    found += [*_governance(actor, chapter)]
    return [one for one in found if one.number]


def _members(actor: Actor, chapter: Chapter, counted: Figures) -> Iterator[Waiting]:
    if may_see_joiners(actor, chapter.id):
        yield Waiting(
            number=counted.waiting,
            label=_("Waiting to join"),
            endpoint="membership.joiners",
            icon="user-check",
        )
    if may_list_members(actor, chapter.id):
        yield Waiting(
            number=counted.dead,
            label=_("Members whose letters came back"),
            endpoint="membership.members",
            icon="mail-x",
            values={"address": Address.DEAD.value},
        )


def _governance(actor: Actor, chapter: Chapter) -> Iterator[Waiting]:
    if may_report(actor, chapter.id):
        yield from _report(chapter)
    if may_prepare(actor, chapter.id):
        yield from _handover(chapter)
        yield Waiting(
            number=len(without_agreement(chapter)),
            label=_("Officers who have not accepted the agreement on members’ data"),
            endpoint="membership.desk_officers",
            icon="file-pen",
        )
    if may_edit_page(actor, chapter.id):
        yield from _picture(chapter)


def _report(chapter: Chapter) -> Iterator[Waiting]:
    year = year_due()
    if year is None or not _is_missing(newest(chapter.id, year)):
        return
    due = due_on(year)
    words = {"year": year, "day": date_text(due)}
    is_late = today() > due
    yield Waiting(
        number=1,
        label=_("Annual report of %(year)s, overdue since %(day)s", **words)
        if is_late
        else _("Annual report of %(year)s, due on %(day)s", **words),
        endpoint="membership.desk_report",
        icon="file-clock",
        values={"year": year},
    )


def _is_missing(report: AnnualReport | None) -> bool:
    return report is None or report.state not in ENOUGH


def _handover(chapter: Chapter) -> Iterator[Waiting]:
    handover = prepared_handover(chapter)
    if handover is not None:
        yield Waiting(
            number=1,
            label=_("Handover on %(day)s, not confirmed yet", day=date_text(handover.effective_on)),
            endpoint="membership.handover",
            icon="refresh-cw",
        )


def _picture(chapter: Chapter) -> Iterator[Waiting]:
    picture = kept_picture(chapter)
    if picture is not None and picture.ends_on is not None and picture.ends_on < today():
        yield Waiting(
            number=1,
            label=_(
                "Picture of the group’s code, lapsed on %(day)s", day=date_text(picture.ends_on)
            ),
            endpoint="membership.desk_picture",
            icon="qr-code",
        )


def without_agreement(chapter: Chapter) -> frozenset[int]:
    """The persons in office there who have not accepted the newest agreement: rights wait so long.

    Nobody where there is no agreement.
    """
    agreement = newest_agreement()
    if agreement is None:
        return frozenset()
    accepted = exists().where(
        Acceptance.person_id == Officer.person_id, Acceptance.agreement_id == agreement.id
    )
    lacking = select(Officer.person_id).where(
        Officer.chapter_id == chapter.id, runs(Officer), ~accepted
    )
    return frozenset(db.session.scalars(lacking))


def chapters_below(actor: Actor, chapter: Chapter) -> list[Below]:
    """The open chapters below this one at whose desks the actor works, in their order."""
    under = chapters().where(
        Chapter.id.in_(chapter_and_below(chapter.id)), Chapter.id != chapter.id
    )
    if not may_manage_chapters(actor):
        under = under.where(Chapter.id.in_(actor.leads))
    listed = [one for one in db.session.scalars(under) if may_see_desk(actor, one.id)]
    if not listed:
        return []
    spells = (
        select(ChapterMembership.chapter_id, ChapterMembership.state, func.count())
        .where(
            ChapterMembership.chapter_id.in_([one.id for one in listed]),
            ChapterMembership.state.in_(CURRENT),
        )
        .group_by(ChapterMembership.chapter_id, ChapterMembership.state)
    )
    counts = {(found, state): count for found, state, count in db.session.execute(spells)}
    return [
        Below(
            chapter=one,
            members=counts.get((one.id, MembershipState.ACTIVE), 0)
            if may_list_members(actor, one.id)
            else None,
            waiting=counts.get((one.id, MembershipState.PENDING), 0)
            if may_see_joiners(actor, one.id)
            else None,
        )
        for one in listed
    ]
