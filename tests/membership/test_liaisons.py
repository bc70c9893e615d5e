"""Liaisons of classes: their terms, what they are told, and what nobody else is."""

from datetime import UTC, date, datetime, timedelta

import pytest
import time_machine
from sqlalchemy import select, update

from alumni.audit.models import ChangeSet
from alumni.authz import Actor, Capability, Roll
from alumni.codes.models import Code, CodeKind
from alumni.db import changed, db, today, transaction
from alumni.errors import Invalid, NotFound
from alumni.i18n import speaking
from alumni.membership.commands.liaisons import (
    LiaisonAppointment,
    appoint_liaison,
    end_liaison,
)
from alumni.membership.policy.classes import (
    may_appoint_liaison,
    may_appoint_liaisons,
    may_see_classes,
    may_see_cohorts,
    may_see_missing,
)
from alumni.membership.queries.classmates import (
    count_missing,
    get_class,
    get_missing,
    get_roll,
    missed_in,
    missing,
    my_classes,
    registered,
)
from alumni.membership.queries.liaisons import (
    get_liaison,
    liaison_terms,
    liaisons_of_years,
    possible_liaisons,
)
from alumni.people.models import Level, Person, PersonStatus, Study
from alumni.people.models.classes import ClassLiaison
from tests.browser import Browser
from tests.conftest import SignIn
from tests.factories import (
    account_of,
    actor_of,
    make_account,
    make_person,
    make_verified,
    saved,
)
from tests.refusals import refused

COLLEGE = "口腔医学院"
DAY = timedelta(days=1)


def college_id(name: str = COLLEGE) -> int:
    asked = select(Code.id).where(Code.kind == CodeKind.COLLEGE, Code.name_zh == name)
    return db.session.scalars(asked).one()


def the_class(label: str | None = "3班", year: int = 1998) -> Roll:
    return Roll(year, college_id() if label else None, label)


def query(label: str = "3班", year: int = 1998) -> str:
    return f"year={year}&college={college_id()}&class={label}"


def of_class(name: str = "", label: str = "3班", year: int = 1998, **values: object) -> Person:
    """Somebody known, who has not signed up."""
    return make_person(name, year=year, college=COLLEGE, class_label=label, **values)


def mate(name: str = "", label: str = "3班", year: int = 1998, **values: object) -> Person:
    """A verified graduate of the class."""
    return make_verified(name, year=year, college=COLLEGE, class_label=label, **values)


def make_liaison(
    person: Person | None = None, roll: Roll | None = None, **values: object
) -> Person:
    """A verified graduate of another year who is the liaison of the class since yesterday."""
    person, roll = person or make_verified(), roll or the_class()
    term = {"starts_on": today() - DAY, "ends_on": None, **values}
    saved(
        ClassLiaison(
            person_id=person.id,
            graduation_year=roll.graduation_year,
            college_id=roll.college_id,
            major_id=roll.major_id,
            class_label=roll.label,
            **term,
        )
    )
    return person


def the_office() -> Actor:
    return actor_of(make_account(role="office"))


def appointment(person: Person, roll: Roll | None = None, **values: object) -> LiaisonAppointment:
    term = {"starts_on": today(), "ends_on": None, **values}
    return LiaisonAppointment(person=person.public_id, roll=roll or the_class(), **term)  # type: ignore[arg-type]


def names(actor: Actor, roll: Roll | None = None) -> list[str]:
    with speaking("zh"):
        return [one.name for one in missing(actor, roll or the_class())]


# Appointing


def test_the_office_appoints_a_graduate_once() -> None:
    actor, person = the_office(), make_verified()
    for _time in range(2):
        with transaction():
            appoint_liaison(actor, appointment(person))
    assert [term.who.person_id for term in liaison_terms(actor)] == [person.id]
    assert actor_of(person).liaises == {the_class()}
    deeds = select(ChangeSet.verb).where(ChangeSet.subject_table == "class_liaison")
    assert db.session.scalars(deeds.where(ChangeSet.verb != "made")).all() == ["appointed_liaison"]


@pytest.mark.parametrize("held", [Capability.VIEW_PEOPLE, Capability.MANAGE_CHAPTERS])
def test_who_appoints_sees_all_people_and_works_on_chapters(held: Capability) -> None:
    person = make_verified()
    actor = Actor(account_id=make_account().id, capabilities=frozenset({held}))
    with refused(may_appoint_liaisons):
        appoint_liaison(actor, appointment(person))
    with refused(may_appoint_liaisons):
        possible_liaisons(actor, "王")
    liaison = make_liaison(person)
    with refused(may_appoint_liaisons):
        get_liaison(actor, _of(liaison).id)
    with refused(may_appoint_liaisons):
        end_liaison(actor, _of(liaison), today())


def test_nobody_appoints_themselves() -> None:
    person = make_verified("曾国强")
    actor = Actor(
        account_id=account_of(person).id,
        person_id=person.id,
        capabilities=frozenset({Capability.VIEW_PEOPLE, Capability.MANAGE_CHAPTERS}),
    )
    assert possible_liaisons(actor, "曾国强") == []
    with refused(may_appoint_liaison):
        appoint_liaison(actor, appointment(person))


def test_only_registered_graduates_are_found_and_appointed() -> None:
    actor = the_office()
    here, known = mate("曾国强"), of_class("曾国强")
    assert [one.person_id for one in possible_liaisons(actor, "曾国强")] == [here.id]
    assert [one.person_id for one in possible_liaisons(actor, here.public_id)] == [here.id]
    with pytest.raises(Invalid) as wrong:
        appoint_liaison(actor, appointment(known))
    assert wrong.value.field == "person"


@pytest.mark.parametrize(
    ("roll", "field"),
    [
        (Roll(1998, None, "3班"), "label"),
        (Roll(1998, 2**30, "3班"), "college_id"),
        (Roll(1998, None, None, 1), "major_id"),
    ],
)
def test_a_class_belongs_to_a_college_of_the_list(roll: Roll, field: str) -> None:
    with pytest.raises(Invalid) as wrong:
        appoint_liaison(the_office(), appointment(make_verified(), roll))
    assert wrong.value.field == field


def test_a_term_ends_after_it_began() -> None:
    actor, person = the_office(), make_verified()
    with pytest.raises(Invalid):
        appoint_liaison(actor, appointment(person, ends_on=today() - DAY))
    make_liaison(person)
    with pytest.raises(Invalid):
        end_liaison(actor, _of(person), today() - 2 * DAY)
    with transaction():
        end_liaison(actor, _of(person), today() - DAY)
    assert actor_of(person).liaises == frozenset()
    assert liaison_terms(actor) == []
    assert [term.state for term in liaison_terms(actor, over=True)] == ["over"]


def test_liaisons_in_term_by_year() -> None:
    now_, coming = make_liaison(), make_liaison(starts_on=today() + DAY)
    found = liaisons_of_years(the_office(), [1998, 1999])
    assert {year: [one.who.person_id for one in terms] for year, terms in found.items()} == {
        1998: [now_.id]
    }
    assert {one.who.person_id: one.state for one in liaison_terms(the_office())} == {
        now_.id: "running",
        coming.id: "coming",
    }
    with refused(may_see_cohorts):
        liaisons_of_years(actor_of(now_), [1998])
    with refused(may_see_cohorts):
        liaison_terms(actor_of(now_))


def _of(person: Person) -> ClassLiaison:
    asked = select(ClassLiaison).where(ClassLiaison.person_id == person.id)
    return db.session.scalars(asked).one()


# What the class sees


def test_the_liaison_sees_who_is_missing_and_nothing_else_of_them(signed_in: SignIn) -> None:
    of_class("曾国强", email="zeng@163.com", phone="+8613800000000", city="鞍山", employer="一院")
    liaison = make_liaison()
    assert names(actor_of(liaison)) == ["曾国强"]
    page = signed_in(liaison).get(f"/classes/roll?{query()}")
    assert "Zeng Guoqiang" in page.text
    for secret in ("zeng@163.com", "13800000000", "Anshan", "鞍山", "一院"):
        assert secret not in page.content.decode()


def test_whom_the_liaison_is_not_told_of() -> None:
    """Who signed up, asked to be left alone, is hidden by the office, or died."""
    make_verified("单雪", year=1998, college=COLLEGE, class_label="3班")
    of_class("已故", status=PersonStatus.DECEASED)
    of_class("离开", status=PersonStatus.DEPARTED)
    of_class("勿扰", contact_stopped_on=today())
    of_class("隐藏", listed=Level.OFFICE)
    hidden = of_class("班级")
    _change(hidden, visibility=Level.OFFICE)
    make_account(person=of_class("登录"))
    of_class("别班", label="4班")
    of_class("申请", status=PersonStatus.APPLICANT)
    actor = actor_of(make_liaison())
    assert names(actor) == []
    assert count_missing(actor, the_class()) == 0
    assert missed_in(actor, the_class()) == []


def _change(person: Person, **values: object) -> None:
    with transaction():
        changed(update(Study).where(Study.person_id == person.id).values(**values))


def test_a_classmate_is_not_told_who_is_missing(signed_in: SignIn) -> None:
    of_class("曾国强")
    me, other = mate("李雷"), mate("韩梅")
    browser = signed_in(me)
    page = browser.get(f"/classes/mates?{query()}")
    assert "Han Mei" in page.text
    assert "Zeng Guoqiang" not in page.text
    assert other.public_id in page.content.decode()
    with refused(may_see_missing):
        missing(actor_of(me), the_class())
    with refused(may_see_missing):
        get_roll(actor_of(me), the_class())
    with refused(may_see_missing):
        count_missing(actor_of(me), the_class())
    with refused(may_see_missing):
        get_missing(actor_of(me), the_class(), other.public_id)
    assert browser.get(f"/classes/roll?{query()}").status == 403


def test_the_class_shows_whom_the_directory_shows() -> None:
    me, other = mate("李雷"), mate("韩梅")
    mate("隐藏", listed=Level.OFFICE)
    _change(mate("不说"), visibility=Level.OFFICE)
    for actor in (actor_of(me), actor_of(make_liaison())):
        found = registered(actor, the_class())
        assert {one.person_id for one in found} == {me.id, other.id}
        assert get_class(actor, the_class()).registered == 2


def test_a_foreign_class_is_not_there(signed_in: SignIn) -> None:
    of_class(label="4班")
    actor = actor_of(make_liaison(mate()))
    for roll in (the_class("4班"), the_class(year=1999), Roll(1998, None, None)):
        with pytest.raises(NotFound):
            get_roll(actor, roll)
        with pytest.raises(NotFound):
            get_class(actor, roll)
        with pytest.raises(NotFound):
            missed_in(actor, roll)
    browser = signed_in(make_verified())
    for path in ("mates", "roll", "lead", "roll/x/lead"):
        assert browser.get(f"/classes/{path}?{query()}").status == 404


def test_the_liaison_of_a_year_is_that_of_all_its_classes() -> None:
    first, second = of_class("曾国强"), of_class("单雪", label="4班")
    actor = actor_of(make_liaison(roll=the_class(None)))
    assert {one.person_id for one in missing(actor, the_class(None))} == {first.id, second.id}
    assert [one.person_id for one in missing(actor, the_class("4班"))] == [second.id]
    college = actor_of(make_liaison(roll=Roll(1998, college_id(), None)))
    assert [one.person_id for one in missing(college, the_class("3班"))] == [first.id]
    with pytest.raises(NotFound):
        get_roll(college, the_class(None))


def test_every_major_counts_its_classes_from_one(signed_in: SignIn) -> None:
    """The third class of another major is another class, for its people and for its liaison."""
    first, second = of_class("曾国强", major="临床医学"), of_class("单雪", major="麻醉学")
    clinical, other = (the_class()._replace(major_id=major_of(one)) for one in (first, second))
    liaison, member = actor_of(make_liaison(roll=clinical)), mate(major="临床医学")

    assert [one.person_id for one in missing(liaison, clinical)] == [first.id]
    for roll in (other, the_class()):
        with pytest.raises(NotFound):
            get_roll(liaison, roll)
    assert [one.roll for one in my_classes(actor_of(member))] == [clinical]
    with pytest.raises(NotFound):
        get_class(actor_of(member), other)
    page = signed_in(member).get("/classes")
    assert [link["href"] for link in page.all("a") if "/mates" in (link["href"] or "")] == [
        f"/classes/mates?year=1998&college={college_id()}&major={clinical.major_id}&class=3%E7%8F%AD"
    ]


def major_of(person: Person) -> int:
    studied = select(Study.major_id).where(Study.person_id == person.id)
    return db.session.scalars(studied).one() or 0


def test_the_term_decides_to_the_second(signed_in: SignIn) -> None:
    """In the association's zone, whatever the reader's is; no job ends it."""
    person = make_liaison(starts_on=date(2026, 3, 2), ends_on=date(2026, 3, 9))
    path, begin, end = f"/classes/roll?{query()}", "2026-03-01T16:00:00", "2026-03-09T16:00:00"
    answers = []
    for moment in (begin, end):
        at = datetime.fromisoformat(moment).replace(tzinfo=UTC)
        for second in (at - timedelta(seconds=1), at):
            with time_machine.travel(second, tick=False):
                answers.append(signed_in(person).get(path).status)
    assert answers == [403, 200, 200, 403]


def test_who_is_stopped_or_dead_is_no_liaison_any_more() -> None:
    person = make_liaison()
    with transaction():
        changed(update(Person).where(Person.id == person.id).values(status=PersonStatus.DEPARTED))
    assert actor_of(person).liaises == frozenset()


def test_my_classes(signed_in: SignIn) -> None:
    me = mate("李雷")
    make_liaison(me, the_class(year=1990))
    assert [(one.roll, one.is_own, one.is_liaison) for one in my_classes(actor_of(me))] == [
        (the_class()._replace(major_id=0), True, False),
        (the_class(year=1990), False, True),
    ]
    page = signed_in(me).get("/classes")
    assert "You are the liaison" in page.text
    stranger = make_verified()
    assert "We do not know your class" in signed_in(stranger).get("/classes").text
    known = make_person()
    make_account(person=known)
    with refused(may_see_classes):
        my_classes(actor_of(known))
    with refused(may_see_classes):
        get_class(actor_of(known), the_class())


def test_nobody_sees_a_class_without_signing_in(browser: Browser) -> None:
    for path in ("/classes", f"/classes/mates?{query()}", f"/classes/roll?{query()}"):
        assert browser.get(path).location.startswith("/sign-in")


@pytest.mark.parametrize(
    ("wrong", "status"),
    [
        ("year=98", 400),
        ("", 404),
        ("year=1998&college=x", 404),
        ("year=1998&class=3班", 404),
        ("year=1998&sort=1", 400),
        ("year=1998&behind=x", 400),
        (f"year=1998&college=1&class={'x' * 60}", 404),
        ("year=1998&college=9999999999&class=x", 404),
    ],
)
def test_what_the_address_cannot_mean(signed_in: SignIn, wrong: str, status: int) -> None:
    browser = signed_in(make_liaison())
    assert browser.get(f"/classes/roll?{wrong}").status == status


def test_a_long_roll_has_pages(signed_in: SignIn, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("alumni.membership.queries.classmates.AT_A_TIME", 2)
    for name in ("丁一", "王二", "张三"):
        of_class(name)
    browser = signed_in(make_liaison())
    page = browser.get(f"/classes/roll?{query()}")
    assert ("Ding Yi" in page.text, "Zhang San" in page.text) == (True, False)
    after = browser.get(page.all("a", rel="next")[0]["href"])
    assert ("Ding Yi" in after.text, "Zhang San" in after.text) == (False, True)
    assert after.all("a", rel="prev")[0]["href"].partition("?")[0] == "/classes/roll"


# The office's pages


def test_the_office_appoints_and_ends(office: Browser) -> None:
    person = make_verified("曾国强")
    of_class("单雪")
    listed = office.get("/office/classes?year=1998")
    way = next(a["href"] for a in listed.all("a") if "liaisons/new" in (a.get("href") or ""))
    form = office.get(f"{way}&q=zengguoqiang").form()
    assert (form.values["graduation_year"], form.values["label"]) == ("1998", "3班")
    done = office.send(form, f"{way}&q=zengguoqiang", person=person.public_id)
    assert "Zeng Guoqiang" in office.follow(done).text
    assert "Zeng Guoqiang" in office.get("/office/classes?year=1998").text
    assert actor_of(person).liaises == {the_class()}

    end = f"/office/classes/liaisons/{_of(person).id}/end"
    assert office.submit(end, last_day="2020-01-01").status == 422
    assert office.submit(end, last_day="").status == 422
    assert office.submit(end, last_day=today().isoformat()).status == 303
    db.session.rollback()
    assert _of(person).ends_on == today()


def test_wrong_words_are_given_back(office: Browser) -> None:
    person = make_verified("曾国强")
    page = office.submit(
        "/office/classes/liaisons/new?q=曾国强",
        person=person.public_id,
        graduation_year="98",
    )
    assert page.status == 422
    assert page.form().values["graduation_year"] == "98"
    assert "Nobody found" in office.get("/office/classes/liaisons/new?q=无此人").text
    assert office.get("/office/classes/liaisons?state=x").status == 400
    assert office.get("/office/classes/liaisons/999999/end").status == 404
    assert "No term is over" in office.get("/office/classes/liaisons?state=over").text


def test_who_may_not_is_refused(signed_in: SignIn) -> None:
    browser = signed_in(make_liaison())
    for path in ("liaisons", "liaisons/new", f"liaisons/{_any().id}/end"):
        assert browser.get(f"/office/classes/{path}").status == 403


def _any() -> ClassLiaison:
    return db.session.scalars(select(ClassLiaison)).one()
