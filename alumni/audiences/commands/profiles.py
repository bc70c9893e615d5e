"""Keeping a way of exporting under a name."""

from alumni.audiences.commands.exports import Wish, check
from alumni.audiences.models import ExportProfile
from alumni.audiences.policy import may_keep_profiles
from alumni.audiences.queries.exports import profiles
from alumni.audit.commands import record
from alumni.authz import Actor, require
from alumni.db import db, locked
from alumni.errors import Refusal
from alumni.i18n import _

MOST_PROFILES = 50


def keep_profile(actor: Actor, name: str, wish: Wish) -> ExportProfile:
    """Keep columns, order, format and rows under the name. One of that name is overwritten."""
    require(may_keep_profiles, actor)
    check(actor, wish)
    own = db.session.scalars(locked(profiles(actor))).all()
    profile = next((one for one in own if one.name == name), None)
    if profile is None:
        if len(own) >= MOST_PROFILES:
            raise Refusal(
                _("You have %(number)s saved choices. Delete one first.", number=MOST_PROFILES),
                field="profile_name",
            )
        profile = ExportProfile(account_id=actor.account_id, name=name)
        db.session.add(profile)
    profile.columns = list(wish.columns)
    profile.format = wish.format.value
    profile.rows = wish.rows.value
    record(actor, "kept_export_profile", profile)
    return profile


def delete_profile(actor: Actor, profile: ExportProfile) -> None:
    require(may_keep_profiles, actor)
    db.session.delete(profile)
    record(actor, "deleted_export_profile", profile)
