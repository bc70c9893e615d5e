"""The objects of the world: for each kind one of one's own, one of somebody else, one that is gone.

"Own" is what belongs to the home chapter, to the owner, or to the office; "foreign" is the same of
another chapter or another person, asked for under the own chapter's address.
"""

from tests.matrix.objects.chapters import of_chapters, of_desks
from tests.matrix.objects.clerks import of_clerk, of_others
from tests.matrix.objects.members import of_members
from tests.matrix.objects.office import of_office
from tests.matrix.objects.people import of_lists, of_people
from tests.matrix.objects.petitions import of_petitions
from tests.matrix.objects.roster import of_roster
from tests.matrix.world import World


def fill(world: World) -> None:
    """Make all kinds of objects."""
    for kind in (
        of_chapters,
        of_desks,
        of_members,
        of_petitions,
        of_office,
        of_roster,
        of_people,
        of_lists,
        of_clerk,
        of_others,
    ):
        world.things |= {name.replace("_", "-"): things for name, things in kind(world).items()}
