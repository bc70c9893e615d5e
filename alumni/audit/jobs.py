"""Sealing what has been done, a part at a time."""

from alumni.audit.sealing import seal
from alumni.db import transaction


def seal_history() -> int:
    """Seal the next change sets, in a transaction of their own. Return how many they were."""
    with transaction():
        return seal()
