"""Two records of one graduate become one, with all that hangs on them."""

from datetime import timedelta

import pytest
from sqlalchemy import update

from alumni.accounts.commands import begin_session
from alumni.accounts.models import Account, Assignment, SignIn
from alumni.audit.commands import record
from alumni.audit.models import Change, ChangeSet
from alumni.authz import SYSTEM
from alumni.chapters.models import ChapterMembership, MembershipState, Officer
from alumni.codes.models import Code, CodeKind
from alumni.codes.queries import code_named, home_institution
from alumni.db import Model, db, now, today, transaction
from alumni.errors import Invalid, Refusal
from alumni.events.models import Registration, RegistrationState
from alumni.mailings.models import Choice, MailList, Subscription
from alumni.outbox.models import Delivery
from alumni.people.models import (
    Consent,
    ConsentPurpose,
    ContactKind,
    ContactPoint,
    Employment,
    FormerName,
    Level,
    Person,
    PersonStatus,
    PersonTag,
    Photo,
    Residence,
    Study,
    StudyInstitution,
    Tag,
)
from alumni.people.models.search import PersonSearch
from alumni.roster.merging import RULES, references
from alumni.roster.models import Activation, DuplicatePair, PairState
from alumni.roster.policy import may_merge, may_see_duplicates
from alumni.roster.queries.choosing import FIELDS, get_two
from tests.factories import (
    account_of,
    actor_of,
    make_account,
    make_chapter,
    make_event,
    make_member,
    make_officer,
    make_person,
    make_verified,
    saved,
)
from tests.refusals import refused
from tests.roster.made_merges import letter, merged, pair, registered, rows

TABLES = Model.metadata.tables


def test_that_every_table_with_a_person_has_a_rule() -> None:
    without = {one.table.name for one in references()} - RULES.keys()
    assert without == set(), f"say in a slice’s merging what becomes of the rows of {without}"


def test_that_every_number_of_a_person_is_found() -> None:
    keys = {
        (table.name, key.parent.name)
        for table in Model.metadata.sorted_tables
        for key in table.foreign_keys
        if key.column is TABLES["person"].c.id
    }
    assert {(one.table.name, one.column.name) for one in references()} == keys


@pytest.mark.usefixtures("app")
class TestTheRecord:
    def test_that_the_one_that_goes_points_to_the_other(self) -> None:
        kept, gone = make_person("曾国强"), make_person("曾国强")
        done = merged(kept, gone)
        assert (gone.status, gone.merged_into_id) == (PersonStatus.MERGED, kept.id)
        assert kept.status is PersonStatus.KNOWN
        assert (done.kept_id, done.gone_id, done.undone_at) == (kept.id, gone.id, None)
        assert done.choices == dict.fromkeys(FIELDS, kept.public_id)

    def test_that_only_the_kept_one_is_found_and_by_all_names(self) -> None:
        kept, gone = make_person("曾国强"), make_person("曾强")
        merged(kept, gone)
        assert [row.person_id for row in rows(PersonSearch)] == [kept.id]
        former = rows(FormerName)
        assert [(one.person_id, one.name, one.visibility) for one in former] == [
            (kept.id, "曾强", Level.OFFICE)
        ]

    def test_that_a_blank_never_stands_in_for_a_value(self) -> None:
        kept = make_person("曾国强", birth_year=None, sex=None)
        gone = make_person("曾国强", birth_year=1975, sex="m", name_en="Kevin")
        merged(kept, gone, birth_year=kept)
        assert (kept.birth_year, kept.sex, kept.name_en) == (1975, "m", "Kevin")

    def test_that_the_chosen_values_are_kept(self) -> None:
        kept = make_person("曾国强", birth_year=1975, language="zh")
        gone = make_person("曾强", birth_year=1976, language="en")
        merged(kept, gone, name_zh=gone, birth_year=gone)
        assert (kept.name_zh, kept.birth_year, kept.language) == ("曾强", 1976, "zh")
        assert (kept.pinyin_given, kept.sort_key) == ("qiang", "zeng qiang 曾强")
        assert [one.name for one in rows(FormerName)] == ["曾国强"]

    def test_that_a_reading_somebody_wrote_is_kept(self) -> None:
        kept = make_person("曾国强")
        gone = make_person(
            "曾国强",
            pinyin_surname="ceng",
            pinyin_given="guo qiang",
            pinyin_edited=True,
            sort_key="ceng guo qiang 曾国强",
        )
        merged(kept, gone)
        assert (kept.pinyin_surname, kept.pinyin_edited) == ("ceng", True)
        assert kept.sort_key == "ceng guo qiang 曾国强"

    def test_that_the_name_in_letters_comes_with_the_chinese_one(self) -> None:
        kept, gone = make_person("Zeng Guoqiang"), make_person("曾国强")
        merged(kept, gone)
        assert (kept.name_zh, kept.name_latin) == ("曾国强", "Zeng Guoqiang")
        assert kept.sort_key == "zeng guo qiang 曾国强"
        assert rows(FormerName) == []

    def test_that_fewer_may_find_them_unless_the_office_says_otherwise(self) -> None:
        kept, gone = make_person(listed=Level.ALUMNI), make_person(listed=Level.OFFICE)
        merged(kept, gone)
        assert kept.listed is Level.OFFICE
        wide, narrow = make_person(listed=Level.ALUMNI), make_person(listed=Level.OFFICE)
        merged(wide, narrow, listed=wide)
        assert wide.listed is Level.ALUMNI

    def test_that_the_truer_state_is_kept(self) -> None:
        kept = make_person(status=PersonStatus.KNOWN)
        gone = make_person(status=PersonStatus.DECEASED)
        merged(kept, gone)
        assert kept.status is PersonStatus.DECEASED

    def test_that_no_letters_are_no_letters_and_who_is_reached_is_not_lost(self) -> None:
        day = today()
        kept = make_person("曾国强", lost_since=day)
        gone = make_person(
            "曾国强", contact_stopped_on=day, relay_stopped_on=day, takes_relay=False
        )

        merged(kept, gone)

        person = db.session.get_one(Person, kept.id)
        assert (person.contact_stopped_on, person.relay_stopped_on) == (day, day)
        assert (person.takes_relay, person.lost_since) == (False, None)

    def test_that_whoever_has_them_on_the_screen_is_told(self) -> None:
        kept, gone = make_person(), make_person()
        versions = kept.version, gone.version
        merged(kept, gone, name_zh=gone)
        db.session.refresh(kept)
        db.session.refresh(gone)
        assert kept.version > versions[0]
        assert gone.version > versions[1]

    def test_what_cannot_be_merged(self) -> None:
        kept, gone = make_person(), make_person()
        with pytest.raises(Invalid, match="Choose two records"):
            merged(kept, kept)
        with pytest.raises(Invalid, match="one of the two values"):
            merged(kept, gone, name_zh=make_person())
        with pytest.raises(Invalid, match="one of the two values"):
            merged(kept, gone, password=gone)
        merged(kept, gone)
        with pytest.raises(Refusal, match="in the meantime"):
            merged(make_person(), gone)
        with pytest.raises(Refusal, match="in the meantime"):
            merged(gone, make_person())

    def test_that_it_is_one_deed_with_its_rows(self) -> None:
        kept, gone = (
            make_person("曾国强", phone="+8613800000001"),
            make_person("曾国强", city="鞍山"),
        )
        done = merged(kept, gone)
        deed = db.session.get_one(ChangeSet, done.change_set_id)
        assert (deed.verb, deed.subject_table, deed.subject_id) == (
            "merged_people",
            "person",
            kept.id,
        )
        changes = rows(Change, change_set_id=deed.id)
        assert deed.facts == {"name": "曾国强", "rows": len(changes), "merge": done.public_id}
        told = [(one.table_name, one.person_id, one.before, one.after) for one in changes]
        assert told == [
            ("residence", kept.id, {"person_id": gone.id}, {"person_id": kept.id}),
            (
                "person",
                gone.id,
                {"status": "known", "merged_into_id": None},
                {"status": "merged", "merged_into_id": kept.id},
            ),
        ]


@pytest.mark.usefixtures("app")
class TestWhatHangsOnIt:
    def test_that_all_of_it_follows(self) -> None:
        kept = make_person("曾国强", year=1998, city="大连")
        gone = make_person(
            "曾国强",
            year=2003,
            city="鞍山",
            employer="鞍山医院",
            phone="+8613800000001",
            email="zeng@example.org",
        )
        merged(kept, gone)
        for table in (Study, StudyInstitution, Residence, Employment, ContactPoint):
            assert {row.person_id for row in rows(table)} == {kept.id}, table.__tablename__
        assert [(one.graduation_year, one.is_primary) for one in rows(Study)] == [
            (1998, True),
            (2003, False),
        ]
        assert [(one.written, one.is_current) for one in rows(Residence)] == [
            ("大连", True),
            ("鞍山", False),
        ]

    def test_that_one_way_to_reach_them_is_one(self) -> None:
        kept = make_person(phone="+8613800000001")
        gone = make_person(phone="+8613800000001", email="zeng@example.org")
        [phone] = rows(ContactPoint, person_id=gone.id, kind=ContactKind.PHONE)
        with transaction():
            phone.label, phone.verified_at = "work", now()
            record(SYSTEM, "made", phone)
        merged(kept, gone)
        points = rows(ContactPoint)
        assert [(one.person_id, one.kind, one.normal, one.is_primary) for one in points] == [
            (kept.id, ContactKind.PHONE, "+8613800000001", True),
            (kept.id, ContactKind.EMAIL, "zeng@example.org", True),
        ]
        assert points[0].label == "work"
        assert points[0].verified_at is not None

    def test_that_the_chosen_one_comes_first(self) -> None:
        kept, gone = make_person(phone="+8613800000001"), make_person(phone="+8613800000002")
        merged(kept, gone, phone=gone)
        assert [(one.normal, one.is_primary) for one in rows(ContactPoint)] == [
            ("+8613800000001", False),
            ("+8613800000002", True),
        ]

    def test_that_the_narrower_level_holds(self) -> None:
        kept, gone = make_person(phone="+8613800000001"), make_person(phone="+8613800000001")
        for person, level in ((kept, Level.ALUMNI), (gone, Level.CLASS)):
            db.session.execute(
                update(ContactPoint)
                .where(ContactPoint.person_id == person.id)
                .values(visibility=level)
            )
        db.session.commit()
        merged(kept, gone)
        assert [one.visibility for one in rows(ContactPoint)] == [Level.CLASS]

    def test_that_one_study_is_one_with_the_numbers_of_both(self) -> None:
        """One record has the number here, the other that of the other university."""
        partner = code_named(CodeKind.INSTITUTION, "大连理工大学") or saved(
            Code(kind=CodeKind.INSTITUTION, name_zh="大连理工大学", name_en="Partner")
        )
        kept = make_person("曾国强", year=1998, college="口腔医学院", student_number="19930001")
        gone = make_person("曾国强")
        theirs = saved(Study(person_id=gone.id, graduation_year=1998, class_label="3班"))
        saved(registered(theirs, partner.id, "P77", degree="MD"))
        saved(registered(theirs, home_institution().id, None, certificate_number="C1"))
        merged(kept, gone)
        [study] = rows(Study)
        assert (study.person_id, study.class_label, study.is_primary) == (kept.id, "3班", True)
        found = [
            (one.study_id, one.person_id, one.student_number, one.certificate_number, one.degree)
            for one in rows(StudyInstitution)
        ]
        assert found == [
            (study.id, kept.id, "19930001", "C1", None),
            (study.id, kept.id, "P77", None, "MD"),
        ]

    def test_that_two_numbers_at_one_university_are_two_studies(self) -> None:
        kept = make_person(year=1998, student_number="19930001")
        gone = make_person(year=1998, student_number="19930002")
        merged(kept, gone)
        assert len(rows(Study)) == 2
        assert [one.student_number for one in rows(StudyInstitution, person_id=kept.id)] == [
            "19930001",
            "19930002",
        ]

    def test_that_one_job_is_one(self) -> None:
        kept, gone = make_person(employer="鞍山医院"), make_person(employer="鞍山医院")
        db.session.execute(
            update(Employment)
            .where(Employment.person_id == gone.id)
            .values(title="主任", from_year=2005)
        )
        db.session.commit()
        merged(kept, gone)
        [job] = rows(Employment)
        assert (job.person_id, job.title, job.from_year, job.is_current) == (
            kept.id,
            "主任",
            2005,
            True,
        )

    def test_that_two_spells_at_one_employer_stay_two(self) -> None:
        kept, gone = make_person(employer="鞍山医院"), make_person()
        for from_year, to_year in ((2001, 2003), (2005, None), (2007, None)):
            saved(
                Employment(
                    person_id=gone.id,
                    employer="鞍山医院",
                    from_year=from_year,
                    to_year=to_year,
                    is_current=False,
                )
            )
        merged(kept, gone)
        found = [(one.from_year, one.to_year, one.is_current) for one in rows(Employment)]
        assert found == [
            (2005, None, True),
            (2001, 2003, False),
            (2007, None, False),
        ]
        assert {one.person_id for one in rows(Employment)} == {kept.id}

    @pytest.mark.parametrize("is_taken", [True, False])
    def test_that_one_home_is_one_whoever_s_is_chosen(self, *, is_taken: bool) -> None:
        kept, gone = make_person(city="鞍山"), make_person(city="鞍山")
        merged(kept, gone, residence=gone if is_taken else kept)
        [home] = rows(Residence)
        assert (home.person_id, home.is_current) == (kept.id, True)

    def test_that_tags_are_not_doubled(self) -> None:
        kept, gone = make_person(), make_person()
        one, other = saved(Tag(name_zh="甲")), saved(Tag(name_zh="乙"))
        for person, tag in ((kept, one), (gone, one), (gone, other)):
            saved(PersonTag(person_id=person.id, tag_id=tag.id))
        merged(kept, gone)
        assert [(row.person_id, row.tag_id) for row in rows(PersonTag)] == [
            (kept.id, one.id),
            (kept.id, other.id),
        ]

    def test_that_a_membership_is_one_spell(self) -> None:
        chapter, second = make_chapter(), make_chapter()
        kept = make_member(chapter, make_person(), is_primary=True, starts_on=today())
        early = today() - timedelta(days=900)
        gone = make_member(chapter, make_person(), is_primary=True, starts_on=early)
        make_member(second, gone)
        merged(kept, gone)
        spells = [
            (one.person_id, one.chapter_id, one.is_primary, one.starts_on, one.state)
            for one in rows(ChapterMembership)
        ]
        active = MembershipState.ACTIVE
        assert spells == [
            (kept.id, chapter.id, True, early, active),
            (kept.id, second.id, False, today() - timedelta(days=30), active),
        ]

    def test_that_who_is_a_member_by_one_record_does_not_wait_with_the_other(self) -> None:
        chapter = make_chapter()
        kept = make_member(chapter, make_person(), state=MembershipState.PENDING, starts_on=None)
        gone = make_member(chapter, make_person(), is_primary=True)
        merged(kept, gone)
        [spell] = rows(ChapterMembership)
        assert (spell.person_id, spell.state, spell.is_primary) == (
            kept.id,
            MembershipState.ACTIVE,
            True,
        )

    def test_that_consents_are_given_once(self) -> None:
        purposes = (ConsentPurpose.MEMBERSHIP, ConsentPurpose.MAILINGS)
        kept = make_person(consents=purposes)
        gone = make_person(consents=(*purposes, ConsentPurpose.CHAPTER_SHARING))
        merged(kept, gone)
        assert [(one.person_id, one.purpose) for one in rows(Consent, withdrawn_at=None)] == [
            (kept.id, ConsentPurpose.MEMBERSHIP),
            (kept.id, ConsentPurpose.MAILINGS),
            (kept.id, ConsentPurpose.CHAPTER_SHARING),
        ]

    @pytest.mark.parametrize("withdrawn_by", ["kept", "gone"])
    def test_that_what_was_withdrawn_is_withdrawn(self, withdrawn_by: str) -> None:
        kept = make_person(consents=(ConsentPurpose.MAILINGS,))
        gone = make_person(consents=(ConsentPurpose.MAILINGS,))
        person = kept if withdrawn_by == "kept" else gone
        later = now() + timedelta(minutes=1)
        db.session.execute(
            update(Consent).where(Consent.person_id == person.id).values(withdrawn_at=later)
        )
        db.session.commit()
        merged(kept, gone)
        assert [(one.person_id, one.withdrawn_at) for one in rows(Consent)] == [
            (kept.id, later),
            (kept.id, later),
        ]

    def test_that_the_better_place_at_an_event_is_kept(self) -> None:
        event, second = make_event(), make_event()
        kept, gone = make_person(), make_person()
        waiting = {"state": RegistrationState.WAITING, "wait_number": 1}
        confirmed = {"state": RegistrationState.CONFIRMED}
        saved(Registration(event_id=event.id, person_id=kept.id, **waiting))
        saved(Registration(event_id=event.id, person_id=gone.id, **confirmed))
        saved(Registration(event_id=second.id, person_id=gone.id, **confirmed))
        merged(kept, gone)
        found = [(one.person_id, one.event_id, one.state) for one in rows(Registration)]
        assert found == [
            (kept.id, event.id, RegistrationState.CANCELLED),
            (kept.id, event.id, RegistrationState.CONFIRMED),
            (kept.id, second.id, RegistrationState.CONFIRMED),
        ]

    def test_that_a_seat_that_comes_free_goes_to_who_waits(self) -> None:
        event = make_event(capacity=2)
        kept, gone, next_one = make_verified(), make_person(), make_verified()
        for person in (kept, gone):
            saved(
                Registration(
                    event_id=event.id, person_id=person.id, state=RegistrationState.CONFIRMED
                )
            )
        saved(
            Registration(
                event_id=event.id,
                person_id=next_one.id,
                state=RegistrationState.WAITING,
                wait_number=1,
            )
        )
        merged(kept, gone)
        found = [(one.person_id, one.state) for one in rows(Registration)]
        assert found == [
            (kept.id, RegistrationState.CONFIRMED),
            (kept.id, RegistrationState.CANCELLED),
            (next_one.id, RegistrationState.CONFIRMED),
        ]
        [letter] = rows(Delivery)
        assert letter.person_id == next_one.id

    def test_that_who_said_no_to_a_list_has_said_no(self) -> None:
        kept, gone = make_person(), make_person()
        lists = [saved(MailList(slug=f"l{n}", name_zh="单", name_en="List")) for n in range(3)]
        told = [
            (kept, 0, Choice.SUBSCRIBED),
            (gone, 0, Choice.UNSUBSCRIBED),
            (kept, 1, Choice.UNSUBSCRIBED),
            (gone, 1, Choice.SUBSCRIBED),
            (gone, 2, Choice.SUBSCRIBED),
        ]
        for person, number, choice in told:
            saved(
                Subscription(
                    mail_list_id=lists[number].id,
                    person_id=person.id,
                    choice=choice,
                    source="page",
                )
            )
        merged(kept, gone)
        found = [(one.person_id, one.mail_list_id, one.choice) for one in rows(Subscription)]
        assert found == [
            (kept.id, lists[0].id, Choice.UNSUBSCRIBED),
            (kept.id, lists[1].id, Choice.UNSUBSCRIBED),
            (kept.id, lists[2].id, Choice.SUBSCRIBED),
        ]

    def test_that_letters_follow(self) -> None:
        kept, gone = make_person(), make_person()
        saved(letter(gone))
        merged(kept, gone)
        assert [one.person_id for one in rows(Delivery)] == [kept.id]

    def test_that_a_photograph_follows_unless_there_is_one(self) -> None:
        kept, gone = make_person(), make_person()
        saved(Photo(person_id=gone.id, content=b"gone"))
        merged(kept, gone)
        assert [one.person_id for one in rows(Photo)] == [kept.id]
        third = make_person()
        saved(Photo(person_id=third.id, content=b"third"))
        merged(kept, third)
        assert [one.person_id for one in rows(Photo)] == [kept.id, third.id]

    def test_that_nobody_is_asked_about_a_third_one_again(self) -> None:
        kept, gone, third = make_person(), make_person(), make_person()
        first = saved(pair(kept, gone))
        saved(pair(gone, third, state=PairState.IGNORED))
        merged(kept, gone)
        found = [(one.person_id, one.other_id, one.state) for one in rows(DuplicatePair)]
        assert found == [
            (kept.id, gone.id, PairState.MERGED),
            (gone.id, third.id, PairState.IGNORED),
            (kept.id, third.id, PairState.IGNORED),
        ]
        assert first.decided_at is not None


@pytest.mark.usefixtures("app")
class TestRights:
    """A merge grants none, whoever is merged with whom."""

    def test_who_may(self) -> None:
        kept, gone = make_person(), make_person()
        with refused(may_merge):
            merged(kept, gone, actor_of(make_verified()))
        with refused(may_merge):
            merged(kept, gone, actor_of(make_account(role="privacy")))
        with refused(may_see_duplicates):
            get_two(actor_of(make_account(role="auditor")), kept.public_id, gone.public_id)

    def test_that_nobody_merges_the_own_record(self) -> None:
        own, other = make_person(), make_person()
        actor = actor_of(make_account(role="office", person=own))
        with refused(may_merge):
            merged(own, other, actor)
        with refused(may_merge):
            merged(other, own, actor)

    def test_that_two_who_sign_in_are_not_merged(self) -> None:
        kept, gone = make_verified(), make_verified()
        with pytest.raises(Refusal, match="Both records sign in"):
            merged(kept, gone)

    def test_that_an_account_nobody_used_goes(self) -> None:
        kept = make_verified()
        gone = make_person(status=PersonStatus.VERIFIED)
        unused = make_account(person=gone, role="office", password_hash=None)
        merged(kept, gone)
        account = db.session.get_one(Account, unused.id)
        assert account.person_id is None
        assert account.suspended_at is not None
        assert rows(Assignment, account_id=unused.id) == []
        assert account_of(kept).suspended_at is None

    def test_that_a_closed_account_goes_and_what_it_held_ends(self) -> None:
        kept, gone = make_verified(), make_person(status=PersonStatus.VERIFIED)
        closed = make_account(person=gone, suspended_at=now())
        held = saved(
            Assignment(
                account_id=closed.id,
                capability="people.view",
                starts_on=today() - timedelta(days=9),
            )
        )
        merged(kept, gone)
        assert db.session.get_one(Account, closed.id).person_id is None
        assert db.session.get_one(Assignment, held.id).ends_on == today() - timedelta(days=1)

    def test_that_the_record_in_use_is_kept(self) -> None:
        kept = make_person(status=PersonStatus.VERIFIED)
        make_account(person=kept, password_hash=None)
        with pytest.raises(Refusal, match="Keep the record that somebody signs in with"):
            merged(kept, make_verified())

    def test_that_the_only_account_follows_and_its_sessions_end(self) -> None:
        kept, gone = make_person("曾国强"), make_verified("曾国强")
        account = account_of(gone)
        begin_session(account, is_staff=False)
        db.session.commit()
        merged(kept, gone)
        assert db.session.get_one(Account, account.id).person_id == kept.id
        assert rows(SignIn) == []
        assert kept.status is PersonStatus.VERIFIED
        actor = actor_of(kept)
        assert actor.capabilities == frozenset()
        assert dict(actor.rights) == {}

    def test_that_terms_of_the_record_that_goes_end(self) -> None:
        chapter = make_chapter()
        kept, gone = make_verified(), make_person(status=PersonStatus.VERIFIED)
        make_officer(chapter, person=gone)
        make_officer(
            chapter,
            position="secretary",
            person=gone,
            starts_on=today() - timedelta(days=900),
            ends_on=today() - timedelta(days=500),
        )
        make_officer(chapter, position="treasurer", person=gone, starts_on=today())
        merged(kept, gone)
        found = [(one.person_id, one.ends_on) for one in rows(Officer)]
        assert found == [
            (kept.id, today() - timedelta(days=1)),
            (kept.id, today() - timedelta(days=500)),
        ]
        assert dict(actor_of(kept).rights) == {}

    def test_that_an_account_gets_no_office(self) -> None:
        kept, gone = make_person(), make_verified()
        make_officer(make_chapter(), person=kept)
        with pytest.raises(Refusal, match="holds an office in a chapter"):
            merged(kept, gone)
        merged(gone, kept)
        assert dict(actor_of(gone).rights) == {}

    def test_that_an_account_nobody_used_yet_gets_no_office(self) -> None:
        """Its owner may set a password tomorrow."""
        kept, gone = make_person(), make_person(status=PersonStatus.VERIFIED)
        make_account(person=gone, password_hash=None)
        make_officer(make_chapter(), person=kept)
        with pytest.raises(Refusal, match="holds an office in a chapter"):
            merged(kept, gone)

    def test_that_what_staff_hold_does_not_move(self) -> None:
        kept, gone = make_person(), make_person(status=PersonStatus.VERIFIED)
        make_account(person=gone, role="office")
        with pytest.raises(Refusal, match="works for the office"):
            merged(kept, gone)

    @pytest.mark.parametrize("is_kept", [True, False])
    def test_that_nobody_is_verified_by_it(self, *, is_kept: bool) -> None:
        applicant = make_person(status=PersonStatus.APPLICANT)
        make_account(person=applicant)
        known = make_person(status=PersonStatus.VERIFIED)
        kept, gone = (applicant, known) if is_kept else (known, applicant)
        with pytest.raises(Refusal, match="has not been recognised"):
            merged(kept, gone, status=known)
        merged(kept, gone)
        assert kept.status is PersonStatus.APPLICANT
        assert not actor_of(kept).is_verified

    def test_that_what_was_sent_opens_nothing_more(self) -> None:
        kept, gone = make_person(), make_person()
        ends = today() + timedelta(days=20)
        saved(Activation(person_id=gone.id, code_hash="x", ends_on=ends))
        merged(kept, gone)
        [asked] = rows(Activation)
        assert (asked.person_id, asked.ends_on) == (kept.id, today() - timedelta(days=1))
