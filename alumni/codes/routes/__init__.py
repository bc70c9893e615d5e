"""The lists that the office keeps: places, and the words for schools, subjects and hospitals."""

from flask import Blueprint

blueprint = Blueprint("codes", __name__)

from alumni.codes.routes import lists, logos, places  # noqa: E402, F401 - they add their pages
