"""Who answers what is asked of the office."""

from alumni.authz import Actor, Capability
from alumni.requests.models import Request


def may_handle_requests(actor: Actor) -> bool:
    return actor.can(Capability.HANDLE_REQUESTS)


def may_settle_request(actor: Actor, request: Request) -> bool:
    """Nobody what they asked themselves."""
    is_own = actor.person_id is not None and actor.person_id == request.person_id
    return may_handle_requests(actor) and not is_own
