"""Signing up, what the office decides about it, and bringing in the registrar's roster."""

from flask import Blueprint

blueprint = Blueprint("roster", __name__)

from alumni.roster.routes import applications, imports  # noqa: E402, F401 - they add the pages
