"""Whose files are whose: nobody's but their owner's, the office's included."""

from sqlalchemy import ColumnElement, false

from alumni.authz import Actor
from alumni.exports.models import KeptFile


def visible(actor: Actor) -> ColumnElement[bool]:
    if actor.account_id is None:
        return false()
    return KeptFile.account_id == actor.account_id


def may_see_office(actor: Actor) -> bool:
    """Come from the office's pages to the own files."""
    return actor.is_staff


def may_order_files(actor: Actor) -> bool:
    """Somebody has to come back for it."""
    return actor.is_signed_in


def may_handle(actor: Actor, file: KeptFile) -> bool:
    return actor.is_signed_in and file.account_id == actor.account_id
