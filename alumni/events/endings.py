"""What becomes of the places of somebody who has died."""

from alumni.events.commands.places import release
from alumni.people.endings import ENDINGS


def register_endings() -> None:
    """Enter it. Twice is once."""
    ENDINGS["events"] = release
