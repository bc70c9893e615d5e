"""Guessing in many threads at once, against several processes, gives no more guesses."""

from collections import Counter

import pytest

from tests.accounts.made import with_second_factor
from tests.browser import at_once
from tests.factories import PASSWORD, make_account
from tests.journeys.conftest import SignedIn
from tests.servers import Client, Installation

pytestmark = pytest.mark.slow

THREADS, ALLOWED = 24, 5


def test_no_more_guesses_are_looked_at_than_are_allowed(
    installed: Installation, entered: SignedIn
) -> None:
    knocked_at, half_way, inside = make_account(), make_account(), make_account()
    with_second_factor(half_way)
    within = entered(inside)
    running = installed.start("serve", "--processes", "3")
    outside, after_password = Client(installed.port), Client(installed.port)
    after_password.submit("/sign-in", email=half_way.email, password=PASSWORD)

    told = [
        _guess(outside, "/sign-in", email=knocked_at.email, password="wrong"),
        _guess(after_password, "/sign-in/code", code="000000"),
        _guess(within, "/me/prove", password="wrong"),
    ]
    late = outside.submit("/sign-in", email=knocked_at.email, password=PASSWORD)

    assert told == [Counter({422: ALLOWED, 429: THREADS - ALLOWED})] * 3, running.output
    assert late.status == 429


def _guess(client: Client, path: str, **wrong: str) -> Counter[int]:
    """How often each status was answered to so many at once."""
    values = client.get(path).form().values | wrong
    told: list[int] = []
    assert at_once(lambda _n: told.append(client.post(path, **values).status), range(THREADS)) == []
    return Counter(told)
