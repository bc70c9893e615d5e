"""The number of a person, which is never given twice."""

from sqlalchemy import delete, text

from alumni.audit.commands import record
from alumni.authz import SYSTEM
from alumni.db import db, transaction
from alumni.people.models import Person
from alumni.people.models.search import PersonSearch
from alumni.roster.commands.loading import new_ids
from tests.factories import make_person


def removed(person: Person) -> int:
    person_id = person.id
    with transaction():
        db.session.execute(delete(PersonSearch).where(PersonSearch.person_id == person_id))
        db.session.execute(text("DELETE FROM stale_search"))
        db.session.execute(delete(Person).where(Person.id == person_id))
        record(SYSTEM, "removed", None)
    db.session.expunge_all()
    return person_id


def test_who_comes_after_somebody_who_was_removed_has_another_number() -> None:
    gone = removed(make_person("曾国强"))
    assert make_person("李雷").id > gone


def test_those_who_are_loaded_have_other_numbers_too() -> None:
    gone = removed(make_person("曾国强"))
    with transaction():
        assert min(new_ids(Person, 2)) > gone
