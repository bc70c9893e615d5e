"""A person's page, as others see it and as it is edited."""

from flask import Blueprint

blueprint = Blueprint("people", __name__)

from alumni.people.routes import editing, profile  # noqa: E402, F401 - they add their pages
