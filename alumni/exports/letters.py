"""Telling somebody where their file is."""

from datetime import timedelta
from zoneinfo import ZoneInfo

from flask import current_app
from sqlalchemy import or_, update

from alumni.db import changed, now
from alumni.exports.models import FileState, KeptFile
from alumni.exports.queries import owner
from alumni.links import address_of
from alumni.outbox.commands import queue

PAUSE = timedelta(hours=1)


def send_link(file: KeptFile) -> bool:
    """Queue a letter to the owner with the way to a ready file, at most one in an hour.

    Return whether this call queued it.
    """
    moment = now()
    due = update(KeptFile).where(
        KeptFile.id == file.id,
        KeptFile.state == FileState.READY,
        or_(KeptFile.linked_at.is_(None), KeptFile.linked_at <= moment - PAUSE),
    )
    to, zone = owner(file), ZoneInfo(current_app.config["ALUMNI"].time_zone)
    if to is None or not changed(due.values(linked_at=moment)):
        return False
    return queue(
        "file_ready",
        to,
        deed=f"file:{file.id}:ready:{moment:%Y%m%d%H%M%S%f}",
        name=file.name,
        last_day=file.expires_at.astimezone(zone).date(),
        link=address_of("exports.kept", public_id=file.public_id),
    )
