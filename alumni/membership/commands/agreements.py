"""Publishing what officers promise about members' data, and promising it."""

from dataclasses import dataclass

from sqlalchemy import select

from alumni.audit.commands import record
from alumni.authz import Actor, require
from alumni.chapters.models.governance import Acceptance, Agreement
from alumni.db import db, inserted
from alumni.errors import Refusal
from alumni.i18n import _
from alumni.membership.policy import may_manage_chapters
from alumni.membership.policy.officers import may_accept
from alumni.membership.queries.agreements import agreement_to_read, newest_agreement


@dataclass(frozen=True, kw_only=True)
class AgreementText:
    """The same promise in both languages."""

    text_zh: str
    text_en: str


def publish_agreement(actor: Actor, wanted: AgreementText) -> Agreement:
    """Ask all officers to accept this text before they work on. Written once, never changed.

    Publishing the newest text again is publishing it once.
    """
    require(may_manage_chapters, actor)
    newest = newest_agreement()
    if newest and (newest.text_zh, newest.text_en) == (wanted.text_zh, wanted.text_en):
        return newest
    agreement = Agreement(
        version=newest.version + 1 if newest else 1,
        text_zh=wanted.text_zh,
        text_en=wanted.text_en,
        published_by_id=actor.account_id,
    )
    if not inserted(agreement):
        raise Refusal(_("Somebody else has published a version at this moment. Please look at it."))
    record(actor, "published_agreement", agreement)
    return agreement


def accept_agreement(actor: Actor, version: int) -> Acceptance:
    """Promise what the version says that the actor has read. Accepting twice is accepting once.

    Raise Refusal where it is not the newest one any more.
    """
    require(may_accept, actor)
    agreement = agreement_to_read(actor)
    if agreement.version != version:
        raise Refusal(_("A new version was published meanwhile. Please read it and accept it."))
    mine = select(Acceptance).where(
        Acceptance.person_id == actor.person_id, Acceptance.agreement_id == agreement.id
    )
    acceptance = Acceptance(person_id=actor.person_id, agreement_id=agreement.id)
    if db.session.scalar(mine) is None and inserted(acceptance):
        record(
            actor, "accepted_agreement", acceptance, facts={"agreement_version": agreement.version}
        )
    return db.session.scalars(mine).one()
