"""Chapters for everybody, for their members, for their officers, and for the office."""

from flask import Blueprint

blueprint = Blueprint("membership", __name__)

from alumni.membership.routes import (  # noqa: E402 - they add the pages
    agreements,  # noqa: F401
    announcements,  # noqa: F401
    annual_reports,  # noqa: F401
    chapters,  # noqa: F401
    classes,  # noqa: F401
    cohorts,  # noqa: F401
    desk,  # noqa: F401
    handovers,  # noqa: F401
    histories,  # noqa: F401
    joining,  # noqa: F401
    leads,  # noqa: F401
    liaisons,  # noqa: F401
    members,  # noqa: F401
    mine,  # noqa: F401
    officers,  # noqa: F401
    persons,  # noqa: F401
    petitions,  # noqa: F401
    pictures,  # noqa: F401
    positions,  # noqa: F401
    public,  # noqa: F401
)
