"""Who acts in the tests of events."""

import pytest
from flask import Flask

from alumni.authz import Actor, Capability
from tests.factories import make_account


@pytest.fixture
def staff(app: Flask) -> Actor:
    """The office, as far as events go."""
    account = make_account(role="office")
    return Actor(account_id=account.id, capabilities=frozenset({Capability.MANAGE_EVENTS}))
