"""The office’s page of a person, after what a sign-up or a merge has written about them."""

from alumni.db import transaction
from alumni.people.models import Person
from alumni.roster.commands.deciding import approve_into
from tests.browser import Browser
from tests.factories import make_person
from tests.roster.made_merges import merged, taken_back
from tests.roster.test_applications import confirmed, the_office


def heading(office: Browser, person: Person) -> str:
    page = office.get(f"/office/people/{person.public_id}")
    assert page.status == 200
    return page.texts("h1")[0]


def test_who_signed_up_has_a_page(office: Browser) -> None:
    """The evidence that spoke for them is kept as a mapping, and stands in their history."""
    person = make_person("曾国强", year=1998, student_number="19930001")
    application = confirmed(graduation_year=1999)
    with transaction():
        approve_into(the_office(), application, person)

    assert heading(office, person) == "Zeng Guoqiang"


def test_who_was_merged_and_parted_again_has_a_page(office: Browser) -> None:
    kept, gone = make_person("曾国强", year=1998), make_person("王伟", year=1999)
    taken_back(merged(kept, gone))

    assert [heading(office, person) for person in (kept, gone)] == ["Zeng Guoqiang", "Wang Wei"]
