"""How a test says that a rule refuses."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

from alumni.errors import Forbidden


@contextmanager
def refused(rule: Callable[..., bool]) -> Iterator[None]:
    """The block is stopped by this rule, and by no other."""
    with pytest.raises(Forbidden) as raised:
        yield
    assert raised.value.rule == f"{rule.__module__}.{rule.__name__}"
