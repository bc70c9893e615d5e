"""Keeping an audience under a name, for oneself or for others."""

from dataclasses import dataclass

from sqlalchemy import func, select

from alumni.audiences.criteria import Audience
from alumni.audiences.criteria.saved import reading
from alumni.audiences.models import SavedAudience, Sharing
from alumni.audiences.policy import may_change, may_save, may_share
from alumni.audiences.queries.saved import get_saved
from alumni.audit.commands import record
from alumni.authz import Actor, require
from alumni.chapters.queries import get_chapter
from alumni.db import db
from alumni.errors import Invalid, Refusal
from alumni.i18n import _, language

MOST_SAVED = 200
"""By one account."""


@dataclass(frozen=True, kw_only=True)
class Naming:
    """What an audience is called, and who else may use it."""

    name_zh: str
    name_en: str
    sharing: Sharing = Sharing.NOBODY
    chapter: str = ""
    """The slug of the chapter whose officers may use it."""


def save(actor: Actor, audience: Audience, naming: Naming) -> SavedAudience:
    """Keep whom the actor means, under a name."""
    require(may_save, actor)
    require(may_share, actor, naming.sharing)
    mine = SavedAudience.account_id == actor.account_id
    if (db.session.scalar(select(func.count()).where(mine)) or 0) >= MOST_SAVED:
        raise Refusal(
            _("%(most)s searches are kept already. Please delete one first.", most=MOST_SAVED)
        )
    saved = SavedAudience(account_id=actor.account_id, criteria=audience.to_json())
    _call(saved, naming)
    with reading(""):  # what could not be read again when it has a number is not kept
        Audience.from_json(actor, saved.criteria)
    db.session.add(saved)
    record(actor, "saved_audience", saved)
    return saved


def change(actor: Actor, public_id: str, naming: Naming, audience: Audience | None = None) -> None:
    """Rename it, let others use it or not, and mean other people by it."""
    saved = get_saved(actor, public_id)
    require(may_change, actor, saved)
    require(may_share, actor, naming.sharing)
    _call(saved, naming)
    if audience is not None:
        with reading(public_id):
            Audience.from_json(actor, audience.to_json())
        saved.criteria = audience.to_json()
    record(actor, "changed_audience", saved)


def rename(actor: Actor, public_id: str, name: str) -> None:
    """Call it something else in the language of the moment, or in the only one that it has."""
    saved = get_saved(actor, public_id)
    require(may_change, actor, saved)
    if saved.name_zh and (language() == "zh" or not saved.name_en):
        saved.name_zh = name
    else:
        saved.name_en = name
    record(actor, "changed_audience", saved)


def delete(actor: Actor, public_id: str) -> None:
    """Forget it. What was made of it says so when it is used next."""
    saved = get_saved(actor, public_id)
    require(may_change, actor, saved)
    db.session.delete(saved)
    record(actor, "deleted_audience", saved, facts={"name": saved.name_zh or saved.name_en})


def _call(saved: SavedAudience, naming: Naming) -> None:
    if not (naming.name_zh or naming.name_en):
        raise Invalid(_("Give it a name, in one of the languages at least."), field="name_zh")
    chapter_id = None
    if naming.sharing is Sharing.CHAPTER:
        if not naming.chapter:
            raise Invalid(_("Choose the chapter whose officers may use it."), field="chapter")
        chapter_id = get_chapter(naming.chapter).id
    saved.name_zh, saved.name_en = naming.name_zh, naming.name_en
    saved.sharing, saved.chapter_id = naming.sharing, chapter_id
