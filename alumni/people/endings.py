"""What else ends when somebody has died, as the slices above know: places at events.

Filled by ``app.py``.
"""

from collections.abc import Callable

from alumni.authz import Actor
from alumni.people.models import Person

ENDINGS: dict[str, Callable[[Actor, Person], None]] = {}
"""By the name of the slice. Each writes to nobody who has died, and notes what it did."""
