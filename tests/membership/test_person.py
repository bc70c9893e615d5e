"""The office's page about one person."""

from collections.abc import Callable

from sqlalchemy import select

from alumni.accounts.models import Account, Assignment
from alumni.audit.commands import record
from alumni.authz import SYSTEM, Capability
from alumni.codes.models import CodeKind
from alumni.codes.queries import code_named
from alumni.db import db, today, transaction
from alumni.i18n import speaking
from alumni.membership.queries.person import Deed, get_known
from alumni.people.commands.tags import add_tag, tag_named
from alumni.people.models import (
    ContactKind,
    ContactPoint,
    Level,
    Person,
    PersonStatus,
    Study,
    Training,
    TrainingKind,
)
from tests.browser import Browser
from tests.factories import make_account, make_person, make_verified, saved

SignIn = Callable[[Account | Person], Browser]


def differences(deed: Deed) -> dict[str, tuple[object, object]]:
    return {one.column: (one.before, one.after) for one in deed.differences}


def test_all_that_is_known_with_who_can_see_it(office: Browser) -> None:
    person = make_verified(
        "曾国强", year=1998, college="临床医学院", city="鞍山", employer="市医院"
    )
    hospital = code_named(CodeKind.HOSPITAL, "附属第一医院")
    assert hospital is not None
    saved(
        Training(
            person_id=person.id,
            kind=TrainingKind.FURTHER,
            hospital_id=hospital.id,
            written="附一院",
            from_year=2015,
            from_month=7,
            certificate_number="R77",
            visibility=Level.CLASS,
        ),
        ContactPoint(
            person_id=person.id,
            kind=ContactKind.WECHAT,
            value="zgq",
            normal="zgq",
            label="诊室",
            visibility=Level.CHAPTERS,
        ),
    )
    with transaction():
        add_tag(SYSTEM, person, tag_named(SYSTEM, "嘉宾", "Guest"))

    page = office.get(f"/office/people/{person.public_id}")

    told = page.texts("li")
    assert "市医院 Who can see it: The office only Current" in told
    assert "Anshan Who can see it: Verified graduates Current" in told
    assert [text for text in told if text.startswith("First Affiliated Hospital")] == [
        "First Affiliated Hospital Further training · July 2015 – Who can see it: Own classes R77"
    ]
    assert "zgq · 诊室 Not confirmed Who can see it: Own chapters" in page.texts("dd")
    assert "Guest" in page.texts("span", class_="state off")
    assert page.texts("h3")[0] == "Class of 1998, School of Clinical Medicine"


def test_each_section_leads_to_where_it_is_edited(office: Browser) -> None:
    person = make_verified("曾国强", year=1998, city="鞍山", employer="市医院")
    gone = make_person("单雪", status=PersonStatus.ERASED)
    url = f"/office/people/{person.public_id}"

    links = {one.get("href") for one in office.get(url).all("a")}

    edited = {link.removeprefix(f"{url}/edit") for link in links if link and "/edit" in link}
    sections = {link.rpartition("/")[0] for link in edited if link[-1:].isdigit()}
    assert sections == {"/studies", "/jobs", "/homes"}
    assert {link for link in edited if not link[-1:].isdigit()} == {
        "",
        "#contacts",
        "/names",
        "/status",
        "/studies/new",
        "/trainings/new",
        "/jobs/new",
        "/homes/new",
    }
    for link in links:
        if link and link.startswith(url):
            assert office.get(link).status == 200
    erased = office.get(f"/office/people/{gone.public_id}")
    assert "/edit" not in erased.content.decode()


def test_who_only_looks_is_offered_no_change(signed_in: SignIn) -> None:
    person = make_verified("曾国强", year=1998, city="鞍山", employer="市医院")
    looker = make_account()
    saved(Assignment(account_id=looker.id, capability=Capability.VIEW_PEOPLE, starts_on=today()))

    page = signed_in(looker).get(f"/office/people/{person.public_id}")

    assert page.status == 200
    assert "市医院" in page.text
    assert "/edit" not in page.content.decode()


def test_history_names_words_and_not_their_numbers() -> None:
    person = make_person("曾国强", year=1998)
    before, after = (code_named(CodeKind.MAJOR, name) for name in ("临床医学", "口腔医学"))
    assert before is not None
    assert after is not None
    for major in (before, after):
        with transaction():
            study = db.session.scalars(select(Study).where(Study.person_id == person.id)).one()
            study.major_id = major.id
            record(SYSTEM, "changed_study", person)
    with transaction():
        add_tag(SYSTEM, person, tag_named(SYSTEM, "嘉宾", "Guest"))

    with speaking("en"):
        tagged, newest, first, *_older = get_known(SYSTEM, person.public_id).history

    assert differences(newest) == {"major_id": (before.name_en, after.name_en)}
    assert differences(first) == {"major_id": (None, before.name_en)}
    assert differences(tagged) == {"tag_id": (None, "Guest")}
