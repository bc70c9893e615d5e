"""Taking a merge back: both records as they were, and what was done since as it is."""

import hashlib
import json
from collections.abc import Iterable
from datetime import timedelta

import pytest
import sqlalchemy as sa
from sqlalchemy import select

from alumni.accounts.commands import begin_session
from alumni.accounts.models import SignIn
from alumni.audit.commands import as_told, erase, record
from alumni.audit.models import Change, ChangeSet
from alumni.authz import SYSTEM
from alumni.codes.queries import home_institution
from alumni.db import Model, db, now, transaction
from alumni.errors import Refusal
from alumni.events.models import Registration, RegistrationState
from alumni.people.commands.contacts import Contact, add_contact, change_contact, remove_contact
from alumni.people.commands.names import Names, Official, change_names
from alumni.people.models import (
    ContactKind,
    ContactPoint,
    Level,
    PersonStatus,
    Study,
    StudyInstitution,
)
from alumni.people.models.search import PersonSearch
from alumni.roster.commands.unmerging import unmerge
from alumni.roster.models import Merge
from alumni.roster.policy import may_merge
from tests.factories import (
    account_of,
    actor_of,
    make_account,
    make_event,
    make_person,
    make_verified,
    saved,
)
from tests.refusals import refused
from tests.roster.made_merges import PHONE, merged, point, registered, taken_back, two

LEFT_OUT = frozenset(
    {"audit", "change_set", "change", "seal", "change_seal", "merge", "person_search", "sign_in"}
)
"""History, the merge itself, the search index, and sessions, which are over for good."""


def digests(tables: Iterable[str] = ()) -> dict[str, str]:
    """Of all rows of each table, without what says only that something was changed."""
    db.session.rollback()
    found = {}
    for table in Model.metadata.sorted_tables:
        if table.name in LEFT_OUT or (tables and table.name not in tables):
            continue
        silent = {"updated_at"}
        if "version" in table.c and isinstance(table.c.version.type, sa.Integer):
            silent.add("version")
        rows = db.session.execute(select(table).order_by(*table.primary_key.columns)).mappings()
        told = [
            {name: value for name, value in as_told(dict(row)).items() if name not in silent}
            for row in rows
        ]
        written = json.dumps(told, sort_keys=True, default=repr)
        found[table.name] = hashlib.sha256(written.encode()).hexdigest()
    return found


def phone(value: str, label: str | None = None) -> Contact:
    return Contact(value=value, normal=value, label=label, visibility=Level.OFFICE)


@pytest.mark.usefixtures("app")
class TestBack:
    def test_that_all_is_as_it_was(self) -> None:
        kept, gone = two()
        before = digests()
        done = merged(kept, gone, name_zh=gone, phone=gone, study=gone, residence=gone)
        between = digests()
        assert {name for name in before if before[name] != between[name]} >= {
            "account",
            "activation",
            "chapter_membership",
            "consent",
            "contact_point",
            "duplicate_pair",
            "employment",
            "former_name",
            "officer",
            "person",
            "person_tag",
            "registration",
            "residence",
            "study",
            "subscription",
        }
        assert taken_back(done) == []
        assert digests() == before

    def test_that_all_is_as_it_was_the_other_way_round(self) -> None:
        gone, kept = two()
        with transaction():
            account = account_of(gone)
            account.suspended_at = now()
            record(SYSTEM, "made", account)
        before = digests()
        done = merged(kept, gone)
        assert taken_back(done) == []
        assert digests() == before

    def test_that_both_are_found_again(self) -> None:
        kept, gone = two()
        words = select(PersonSearch.person_id, PersonSearch.tokens).order_by("person_id")
        before = db.session.execute(words).all()
        done = merged(kept, gone)
        assert db.session.execute(words).all() != before
        taken_back(done)
        assert db.session.execute(words).all() == before

    def test_that_it_is_a_deed_of_its_own(self) -> None:
        kept, gone = make_person("曾国强"), make_person("曾强")
        done = merged(kept, gone)
        taken_back(done)
        deed = db.session.scalars(
            select(ChangeSet).where(ChangeSet.verb == "unmerged_people")
        ).one()
        assert deed.facts == {"name": "曾强", "merge": done.public_id, "conflicts": 0}
        told = select(Change.table_name, Change.person_id).where(Change.change_set_id == deed.id)
        assert db.session.execute(told.order_by(Change.id)).all() == [
            ("former_name", kept.id),
            ("person", gone.id),
        ]
        assert done.undone_at is not None

    def test_that_an_account_goes_back_and_its_sessions_end(self) -> None:
        kept, gone = make_person(), make_verified()
        account = account_of(gone)
        done = merged(kept, gone)
        with transaction():
            begin_session(account, is_staff=False)
        taken_back(done)
        assert account_of(gone).id == account.id
        assert db.session.scalars(select(SignIn)).all() == []
        assert (kept.status, gone.status) == (PersonStatus.KNOWN, PersonStatus.VERIFIED)

    def test_that_it_can_be_merged_again(self) -> None:
        kept, gone = two()
        taken_back(merged(kept, gone))
        before = digests()
        again = merged(kept, gone)
        assert taken_back(again) == []
        assert digests() == before


@pytest.mark.usefixtures("app")
class TestEditedSince:
    def test_that_a_later_edit_is_kept_and_said(self) -> None:
        """The number goes back to its record, with the label it was given since."""
        kept, gone = make_person(), make_person(phone=PHONE)
        done = merged(kept, gone)
        with transaction():
            change_contact(SYSTEM, kept, point(PHONE), phone(PHONE, "work"), first=True)
        row_id = point(PHONE).id
        assert taken_back(done) == [
            {"table": "contact_point", "row": row_id, "why": "edited", "columns": []}
        ]
        assert (point(PHONE).person_id, point(PHONE).label) == (gone.id, "work")
        assert db.session.get_one(Merge, done.id).conflicts == [
            {"table": "contact_point", "row": row_id, "why": "edited", "columns": []}
        ]

    def test_that_a_column_that_was_changed_again_stays(self) -> None:
        kept, gone = make_person("曾国强", birth_year=1975), make_person("曾强", birth_year=1976)
        done = merged(kept, gone, name_zh=gone, birth_year=gone)
        with transaction():
            told = Names(
                name_en=None,
                surname="",
                given="",
                official=Official(name_zh="曾大强", name_latin=None),
            )
            change_names(SYSTEM, kept, told)
        [conflict] = taken_back(done)
        assert (conflict["table"], conflict["row"], conflict["why"]) == (
            "person",
            kept.id,
            "edited",
        )
        assert {"name_zh", "sort_key"} <= set(conflict["columns"])
        assert "birth_year" not in conflict["columns"]
        assert (kept.name_zh, kept.birth_year) == ("曾大强", 1975)
        assert (gone.name_zh, gone.status) == ("曾强", PersonStatus.KNOWN)

    def test_that_what_was_removed_since_stays_so(self) -> None:
        kept, gone = make_person(), make_person(phone=PHONE)
        done = merged(kept, gone)
        row_id = point(PHONE).id
        with transaction():
            remove_contact(SYSTEM, kept, point(PHONE))
        assert taken_back(done) == [
            {"table": "contact_point", "row": row_id, "why": "removed", "columns": []}
        ]
        assert db.session.scalars(select(ContactPoint)).all() == []

    def test_that_what_was_added_since_stays_with_the_one_that_was_kept(self) -> None:
        kept, gone = make_person(phone=PHONE), make_person(phone="+8613800000002")
        done = merged(kept, gone)
        with transaction():
            new = phone("+8613800000003")
            add_contact(SYSTEM, kept, ContactKind.PHONE, new, first=False)
        assert taken_back(done) == []
        assert point("+8613800000003").person_id == kept.id
        assert point("+8613800000002").person_id == gone.id

    def test_that_what_stands_in_its_place_stays(self) -> None:
        """The first number of the record that was kept made room, and another one has come."""
        kept, gone = make_person(phone=PHONE), make_person(phone="+8613800000002")
        done = merged(kept, gone, phone=gone)
        with transaction():
            new = phone("+8613800000003")
            add_contact(SYSTEM, kept, ContactKind.PHONE, new, first=True)
        conflicts = taken_back(done)
        assert [(one["row"], one["why"]) for one in conflicts] == [
            (point("+8613800000002").id, "edited"),
            (point(PHONE).id, "taken"),
        ]
        firsts = select(ContactPoint.normal, ContactPoint.person_id).where(ContactPoint.is_primary)
        assert db.session.execute(firsts).all() == [("+8613800000003", kept.id)]
        assert point("+8613800000002").person_id == gone.id

    def test_that_a_number_somebody_else_has_now_stays_there(self) -> None:
        kept = make_person(year=1998)
        gone = make_person()
        study = saved(Study(person_id=gone.id, graduation_year=1998))
        saved(registered(study, home_institution().id, None, certificate_number="C1"))
        done = merged(kept, gone)
        [number] = db.session.scalars(select(StudyInstitution))
        assert (number.person_id, number.certificate_number) == (kept.id, "C1")
        assert taken_back(done) == []
        assert [
            (one.person_id, one.certificate_number)
            for one in db.session.scalars(select(StudyInstitution).order_by(StudyInstitution.id))
        ] == [(kept.id, None), (gone.id, "C1")]

    def test_that_no_seat_is_given_twice(self) -> None:
        event = make_event(capacity=2)
        kept, gone, next_one = make_person(), make_person(), make_verified()
        for person, state, number in (
            (kept, RegistrationState.CONFIRMED, None),
            (gone, RegistrationState.CONFIRMED, None),
            (next_one, RegistrationState.WAITING, 1),
        ):
            saved(
                Registration(
                    event_id=event.id, person_id=person.id, state=state, wait_number=number
                )
            )
        done = merged(kept, gone)
        [conflict] = taken_back(done)
        assert (conflict["table"], conflict["why"]) == ("registration", "taken")
        found = select(Registration.person_id, Registration.state).order_by(Registration.id)
        assert db.session.execute(found).all() == [
            (kept.id, RegistrationState.CONFIRMED),
            (gone.id, RegistrationState.CANCELLED),
            (next_one.id, RegistrationState.CONFIRMED),
        ]


@pytest.mark.usefixtures("app")
class TestWhen:
    def test_that_what_was_erased_from_the_history_is_not_guessed(self) -> None:
        kept, gone = two()
        done = merged(kept, gone)
        before = digests()
        some = select(Change.id).where(Change.change_set_id == done.change_set_id)
        with transaction():
            erase(SYSTEM, db.session.scalars(some.order_by(Change.id).limit(1)).all())
        with pytest.raises(Refusal, match="erased from the history"):
            taken_back(done)
        assert digests() == before

    def test_who_may(self) -> None:
        own = make_person()
        done = merged(own, make_person())
        with refused(may_merge), transaction():
            unmerge(actor_of(make_account(role="office", person=own)), done)

    def test_that_it_is_once(self) -> None:
        done = merged(make_person(), make_person())
        taken_back(done)
        with pytest.raises(Refusal, match="taken back already"):
            taken_back(done)

    def test_that_it_is_for_thirty_days(self) -> None:
        done = merged(make_person(), make_person())
        with transaction():
            done.at = now() - timedelta(days=30, minutes=1)
        with pytest.raises(Refusal, match="thirty days"):
            taken_back(done)

    def test_that_the_last_merge_comes_first(self) -> None:
        first, second, third = make_person(phone=PHONE), make_person(), make_person()
        before = digests()
        inner = merged(second, first)
        outer = merged(third, second)
        with pytest.raises(Refusal, match="Take that merge back first"):
            taken_back(inner)
        assert taken_back(outer) == []
        assert taken_back(inner) == []
        assert digests() == before
