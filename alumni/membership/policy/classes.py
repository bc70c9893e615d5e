"""Who keeps a class together, who is told whom it misses, and who looks for them."""

from alumni.authz import Actor, Capability, Roll
from alumni.people.policy import may_view_people


def may_appoint_liaisons(actor: Actor) -> bool:
    """Only who sees all people: a liaison is told of some whom nobody else meets."""
    return may_view_people(actor) and actor.can(Capability.MANAGE_CHAPTERS)


def may_appoint_liaison(actor: Actor, person_id: int) -> bool:
    """Nobody appoints themselves."""
    return may_appoint_liaisons(actor) and person_id != actor.person_id


def may_see_classes(actor: Actor) -> bool:
    """Only who is known to be a graduate was in a class."""
    return actor.is_verified and actor.person_id is not None


def is_in(actor: Actor, roll: Roll) -> bool:
    """Whether the actor was in this class."""
    return any(
        one[:3] == roll[:3] and roll.major_id in (None, one.major_id) for one in actor.classes
    )


def may_see_missing(actor: Actor, roll: Roll) -> bool:
    """Only the liaison of the class in term, or of all classes there."""
    return any(_includes(held, roll) for held in actor.liaises)


def may_meet(actor: Actor, roll: Roll) -> bool:
    """Who was in the class, and its liaison."""
    return may_see_classes(actor) and (is_in(actor, roll) or may_see_missing(actor, roll))


def may_see_cohorts(actor: Actor) -> bool:
    """How many we know of each year. They count whom nobody else may find, too."""
    return may_view_people(actor)


def _includes(held: Roll, roll: Roll) -> bool:
    """Whether the one is the other, or has it as a part."""
    return (
        held.graduation_year == roll.graduation_year
        and held.college_id in (None, roll.college_id)
        and held.label in (None, roll.label)
        and held.major_id in (None, roll.major_id)
    )
