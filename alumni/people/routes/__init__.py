"""A person's page, as others see it and as it is edited."""

from flask import Blueprint

blueprint = Blueprint("people", __name__)

from alumni.people.routes import (  # noqa: E402 - they add their pages
    asking,  # noqa: F401
    editing,  # noqa: F401
    profile,  # noqa: F401
    relaying,  # noqa: F401
    statuses,  # noqa: F401
)
