"""Signing up, what the office decides about it, and bringing in the registrar's roster."""

from flask import Blueprint

blueprint = Blueprint("roster", __name__)

from alumni.roster.routes import (  # noqa: E402 - they add the pages
    activating,  # noqa: F401
    applications,  # noqa: F401
    deciding,  # noqa: F401
    duplicates,  # noqa: F401
    evidence,  # noqa: F401
    following,  # noqa: F401
    imports,  # noqa: F401
    inviting,  # noqa: F401
    mapping,  # noqa: F401
    merging,  # noqa: F401
    newcomers,  # noqa: F401
    prescreening,  # noqa: F401
    proposing,  # noqa: F401
    undoing,  # noqa: F401
)
