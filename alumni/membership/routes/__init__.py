"""Chapters for everybody, for their members, for their officers, and for the office."""

from flask import Blueprint

blueprint = Blueprint("membership", __name__)

from alumni.membership.routes import (  # noqa: E402 - they add the pages
    chapters,  # noqa: F401
    classes,  # noqa: F401
    desk,  # noqa: F401
    histories,  # noqa: F401
    joining,  # noqa: F401
    officers,  # noqa: F401
    persons,  # noqa: F401
    public,  # noqa: F401
)
