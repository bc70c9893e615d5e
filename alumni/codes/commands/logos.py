"""The association's picture, at the head of every page."""

from sqlalchemy import delete, select

from alumni.audit.commands import record
from alumni.authz import Actor, require
from alumni.codes.logos import prepare, shown_size
from alumni.codes.models import Logo, Setting
from alumni.codes.policy import may_change_settings
from alumni.codes.queries import forget_settings
from alumni.db import changed, db


def set_logo(actor: Actor, content: bytes) -> None:
    """Show the picture, made anew, in the place of the one before.

    ``content`` is a file as it was sent; what cannot be taken is a BadRequest that says why.
    """
    require(may_change_settings, actor)
    made = prepare(content)
    changed(delete(Logo))
    logo = Logo(content=made)
    db.session.add(logo)
    db.session.flush()
    width, height = shown_size(made)
    _say(f"{logo.public_id} {width} {height}")
    record(actor, "set_logo", None)


def remove_logo(actor: Actor) -> None:
    """Show the program's own sign again. Removing twice is removing once."""
    require(may_change_settings, actor)
    if changed(delete(Logo)):
        _say("")
        record(actor, "removed_logo", None)


def _say(shown: str) -> None:
    setting = db.session.scalar(select(Setting).where(Setting.key == "logo"))
    if setting is None:
        db.session.add(Setting(key="logo", value=shown))
    else:
        setting.value = shown
    forget_settings()
