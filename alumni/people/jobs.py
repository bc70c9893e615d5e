"""Work on people that nobody waits for."""

from sqlalchemy import delete, select

from alumni.db import changed, db, transaction
from alumni.people.commands.search import reindex
from alumni.people.models import Person
from alumni.people.models.search import StaleSearch


def refresh(*, at_most: int = 500) -> int:
    """Make the words of people anew that changed elsewhere. Return how many people they were.

    Safe with several workers: none takes a person whom another one, or somebody who is just
    changing the person, has in hand; they come in a later round.
    """
    if db.session.scalar(select(StaleSearch.person_id).limit(1)) is None:
        return 0
    with transaction():
        some = (
            select(StaleSearch.person_id)
            .join(Person, Person.id == StaleSearch.person_id)
            .order_by(StaleSearch.person_id)
            .limit(at_most)
            .with_for_update(skip_locked=True)
        )
        person_ids = db.session.scalars(some).all()
        changed(delete(StaleSearch).where(StaleSearch.person_id.in_(person_ids)))
        reindex(person_ids)
    return len(person_ids)
