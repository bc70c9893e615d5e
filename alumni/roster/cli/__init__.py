"""``alumni roster``: whom we know from lists, and the letters by which they come in."""

from flask.cli import AppGroup

roster = AppGroup(
    "roster", help="The registrar's roster, lists of chapters and contacts, and who is on them."
)

from alumni.roster.cli import (  # noqa: E402 - they add the commands
    importing,  # noqa: F401
    inviting,  # noqa: F401
)
