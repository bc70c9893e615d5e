"""Whom a row of a file may mean is told to nobody but who may see people."""

import pytest
from sqlalchemy import select

from alumni.accounts.models import Account, Assignment
from alumni.authz import SYSTEM, Actor, Capability
from alumni.db import db, today, transaction
from alumni.people.models import Person
from alumni.roster.commands.settling import Wish, settle, settle_all
from alumni.roster.models import BatchKind, ImportBatch, ImportRow, Verdict
from alumni.roster.policy import may_identify
from tests.browser import Browser
from tests.conftest import SignIn
from tests.factories import actor_of, make_account, make_person, saved
from tests.refusals import refused
from tests.roster.rosters import ZENG, as_csv, brought_in, changed, counts, staged

LIST = ("姓名", "届别", "院系", "手机")
COLLEGE, CITY, EMAIL = "护理学院", "丹东", "known@example.org"


@pytest.fixture
def importer() -> Account:
    """Brings in rosters and does nothing else."""
    account = make_account()
    saved(Assignment(account_id=account.id, capability=Capability.IMPORT_ROSTER, starts_on=today()))
    return account


@pytest.fixture
def browser_of_importer(importer: Account, signed_in: SignIn) -> Browser:
    return signed_in(importer)


def doubtful() -> tuple[Person, ImportBatch]:
    """A file whose first row may mean somebody, its second nobody whom we know."""
    known = make_person("曾国强", year=1998, college=COLLEGE, city=CITY, email=EMAIL)
    rows = (("曾国强", "1998", "", "13800001234"), ("李雷", "", "", ""))
    return known, staged(as_csv(*rows, header=LIST), kind=BatchKind.CHAPTER)


def address(batch: ImportBatch) -> str:
    return f"/office/imports/{batch.public_id}"


def rows_of(batch: ImportBatch) -> list[ImportRow]:
    db.session.rollback()
    rows = select(ImportRow).where(ImportRow.batch_id == batch.id).order_by(ImportRow.line)
    return list(db.session.scalars(rows.execution_options(populate_existing=True)))


def verdicts(batch: ImportBatch) -> list[Verdict]:
    return [row.verdict for row in rows_of(batch)]


def test_that_somebody_may_be_meant_is_said_and_not_who(
    browser_of_importer: Browser, office: Browser
) -> None:
    known, batch = doubtful()

    page, told = browser_of_importer.get(address(batch)), office.get(address(batch))

    assert known.public_id in told.content.decode()
    for secret in (known.public_id, COLLEGE, CITY, EMAIL, "points", "agrees", "differs"):
        assert secret not in page.content.decode()
    assert page.texts("td", data_label="Known to us") == [
        "Perhaps somebody we know. Whoever may see people decides.",
        "Nobody like this. Without a class nobody is entered unasked.",
    ]
    assert [one["value"] for one in page.all("button", name="wish")] == [
        "leave",
        "leave",
        "new",
        "leave",
    ]
    assert page.all("button", name="person") == []


def test_an_update_shows_the_file_and_not_what_we_know(
    browser_of_importer: Browser, office: Browser
) -> None:
    brought_in(as_csv(ZENG))
    batch = staged(as_csv(changed(ZENG, 邮箱="new@example.org")))

    page, told = browser_of_importer.get(address(batch)), office.get(address(batch))

    assert (told.texts("del"), told.texts("ins")) == (["zeng@example.org"], ["new@example.org"])
    assert (page.texts("del"), page.texts("ins")) == ([], ["new@example.org"])
    assert "zeng@example.org" not in page.content.decode()
    assert "/office/people/" not in page.content.decode()


def test_what_could_not_be_taken_back_is_named_by_the_file(
    browser_of_importer: Browser, office: Browser
) -> None:
    batch = brought_in(as_csv(ZENG))
    person = db.session.query(Person).one()
    with transaction():
        row = db.session.query(ImportRow).one()
        row.left = "edited"

    page, told = (one.get(f"{address(batch)}/undo") for one in (browser_of_importer, office))

    assert f"/office/people/{person.public_id}" in told.content.decode()
    assert person.public_id not in page.content.decode()
    assert "曾国强" in page.text


@pytest.mark.parametrize("said", ["same", "new"])
def test_who_a_doubtful_row_means_says_who_may_see_people(importer: Account, said: str) -> None:
    known, batch = doubtful()
    actor, row = actor_of(importer), rows_of(batch)[0]
    both = Actor(capabilities=frozenset({Capability.IMPORT_ROSTER, Capability.VIEW_PEOPLE}))
    person_id = known.id if said == "same" else None

    with refused(may_identify), transaction():
        settle(actor, batch, row.id, Wish(said), person_id=person_id)
    with refused(may_identify), transaction():
        settle_all(actor, batch, Wish(said), at_least=40)
    assert verdicts(batch) == [Verdict.POSSIBLE] * 2

    with transaction():
        settle(both, batch, row.id, Wish(said), person_id=person_id)
    assert verdicts(batch)[0] is {"same": Verdict.UPDATED, "new": Verdict.NEW}[said]


def test_what_tells_nothing_of_anybody_is_decided_by_who_brought_the_file(
    importer: Account,
) -> None:
    _known, batch = doubtful()
    actor, (first, second) = actor_of(importer), rows_of(batch)

    with transaction():
        settle(actor, batch, first.id, Wish.LEAVE)
        settle(actor, batch, second.id, Wish.NEW)
    assert verdicts(batch) == [Verdict.SKIPPED, Verdict.NEW]
    with transaction():
        settle_all(actor, batch, Wish.ANEW)
        settle_all(actor, batch, Wish.LEAVE)

    assert counts(db.session.get_one(ImportBatch, batch.id)) == (0, 0, 0, 0, 0)


def test_the_program_itself_knows_everybody() -> None:
    assert may_identify(SYSTEM)
