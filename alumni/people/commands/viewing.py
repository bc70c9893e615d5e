"""What is noted of looking at people."""

from alumni.audit.commands import record
from alumni.authz import Actor
from alumni.people.queries.profile import MANY_VIEWS


def note_many_views(actor: Actor, views: int) -> None:
    """Tell the office's history that the actor was stopped after so many pages of people."""
    record(actor, MANY_VIEWS, None, facts={"views": views})
