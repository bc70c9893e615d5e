"""The list of people, a page of it at a time, and the whole of it for a file."""

from alumni.audiences.criteria import Audience
from alumni.audiences.policy import may_find_people
from alumni.audiences.queries.pages import Key, Mark, PeoplePage, Window
from alumni.audiences.queries.searching import searched
from alumni.audiences.queries.seeing import listed
from alumni.audiences.queries.walking import walked
from alumni.authz import Actor, require

__all__ = ["Key", "Mark", "PeoplePage", "Window", "listed", "people"]


def people(actor: Actor, audience: Audience, window: Window) -> PeoplePage:
    """A page of whom the audience means, in two statements however many there are."""
    require(may_find_people, actor)
    if audience.text:
        return searched(actor, audience, audience.text, window)
    return walked(actor, audience, window)
