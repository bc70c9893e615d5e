"""A clock that stands still: codes change every half minute, and a machine may be slow."""

from collections.abc import Iterator

import pytest
import time_machine

from tests.accounts.made import NOON


@pytest.fixture
def clock() -> Iterator[time_machine.Traveller]:
    with time_machine.travel(NOON, tick=False) as clock:
        yield clock
