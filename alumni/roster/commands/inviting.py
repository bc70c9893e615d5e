"""Links to join with, handed around in a class or a chapter."""

import secrets
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import update

from alumni.audit.commands import record
from alumni.authz import Actor, require
from alumni.db import changed, db, now
from alumni.errors import Invalid, Refusal
from alumni.i18n import _
from alumni.roster.models import Invitation
from alumni.roster.policy import may_invite, may_revoke

MOST_USES = 1000
LONGEST = timedelta(days=366)


@dataclass(frozen=True, kw_only=True)
class Invited:
    """Whom a link is for: a chapter, or a class by its year and what else narrows it."""

    chapter_id: int | None = None
    graduation_year: int | None = None
    college_id: int | None = None
    class_label: str | None = None
    most_uses: int
    lasts: timedelta
    note: str = ""


def invite(actor: Actor, wanted: Invited) -> Invitation:
    """Make a link to join with. Whoever comes by it is recognised like anybody else."""
    require(may_invite, actor, wanted.chapter_id)
    if not 0 < wanted.most_uses <= MOST_USES:
        raise Invalid(_("From 1 to %(most)s people.", most=MOST_USES), field="most_uses")
    if not timedelta() < wanted.lasts <= LONGEST:
        raise Invalid(_("From a day to a year."), field="days")
    invitation = Invitation(
        token=secrets.token_urlsafe(16),
        chapter_id=wanted.chapter_id,
        graduation_year=wanted.graduation_year,
        college_id=wanted.college_id,
        class_label=wanted.class_label,
        most_uses=wanted.most_uses,
        ends_at=now() + wanted.lasts,
        note=wanted.note,
        account_id=actor.account_id,
    )
    db.session.add(invitation)
    record(actor, "invited", invitation)
    return invitation


def revoke(actor: Actor, invitation: Invitation) -> None:
    """End the link today. Those who came by it stay."""
    require(may_revoke, actor, invitation)
    if invitation.revoked_at is not None:
        raise Refusal(_("This link was ended already."))
    invitation.revoked_at = now()
    record(actor, "revoked_invitation", invitation)


def take_place(invitation_id: int) -> bool:
    """Count that somebody came by the link. Return whether it had a place left.

    The last place is given once, whoever else asks at the same moment.
    """
    free = update(Invitation).where(
        Invitation.id == invitation_id,
        Invitation.uses < Invitation.most_uses,
        Invitation.ends_at > now(),
        Invitation.revoked_at.is_(None),
        Invitation.declined_at.is_(None),
    )
    return bool(changed(free.values(uses=Invitation.uses + 1)))
