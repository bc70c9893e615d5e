"""The association's picture, for everybody."""

from sqlalchemy import select
from sqlalchemy.orm import undefer

from alumni.codes.models import Logo
from alumni.db import db
from alumni.errors import NotFound


def get_logo(public_id: str) -> Logo:
    """With its content."""
    found = db.session.scalar(
        select(Logo).where(Logo.public_id == public_id).options(undefer(Logo.content))
    )
    if found is None:
        raise NotFound
    return found
