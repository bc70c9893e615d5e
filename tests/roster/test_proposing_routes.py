"""The pages of lists that officers send: theirs at the desk, and the office's."""

import io
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from alumni.accounts.models import Account
from alumni.chapters.models.governance import Agreement
from alumni.db import db, today, transaction
from alumni.people.models import Person
from alumni.roster.commands.imports import accept
from alumni.roster.models import BatchState, ImportBatch, Proposal
from alumni.roster.policy import PROPOSALS_A_DAY
from tests.browser import Browser, Page
from tests.conftest import SignIn
from tests.factories import (
    make_member,
    make_officer,
    make_person,
    saved,
    the_chapter,
)
from tests.roster.rosters import as_csv, worked
from tests.roster.test_proposing import HAN, HEADER, LI, importer, sent

DAY = timedelta(days=1)
LISTS = "/chapters/anshan/desk/imports"
ZENG = ("曾国强", "1998", "口腔医学院", "13800001234", "")
WRONG = ("王五", "20O1", "口腔医学院", "", "")


def upload(browser: Browser, *rows: tuple[str, ...], header: tuple[str, ...] = HEADER) -> Page:
    file = (io.BytesIO(as_csv(*rows, header=header)), "名单.csv")
    return browser.submit(LISTS, file=file)


def the_list() -> ImportBatch:
    db.session.rollback()
    newest = select(ImportBatch).order_by(ImportBatch.id.desc()).limit(1)
    return db.session.scalars(newest).one()


def chief() -> Person:
    return make_officer(the_chapter("anshan"))


def desk(batch: ImportBatch) -> str:
    return f"{LISTS}/{batch.public_id}"


def in_office(batch: ImportBatch) -> str:
    return f"/office/imports/{batch.public_id}"


def test_an_officer_sends_a_list_and_follows_it(signed_in: SignIn, office: Browser) -> None:
    browser = signed_in(chief())
    assert "You have not sent a list yet" in browser.get(LISTS).text
    assert browser.get("/chapters/anshan/desk/members").texts("a", href=LISTS) == ["Send a list"]

    page = browser.follow(upload(browser, LI, WRONG))
    batch = the_list()
    assert page.url == desk(batch)
    assert [bar["max"] for bar in page.all("progress")] == ["2"]
    worked(batch)
    page = browser.get(desk(batch))
    assert page.texts("h2") == ["1 row cannot be read"]
    assert page.texts("td") == ["Line 3", "届别", "20O1", "is not a year"]
    file = browser.get(f"{desk(batch)}/errors.csv")
    assert "王五" in file.content.decode("utf-8-sig")
    assert "李雷" not in file.content.decode("utf-8-sig")
    assert browser.get(f"{desk(batch)}/errors.xlsx").content[:2] == b"PK"
    assert browser.get(f"{desk(batch)}/errors.pdf").status == 404
    listed = browser.get(LISTS)
    assert listed.texts("td", data_label="Cannot be read") == ["1"]
    assert "Sent to the office" in listed.text
    assert "Lists that the office has not begun with" in browser.get("/chapters/anshan/desk").text


def test_the_office_has_it_in_its_queue_and_brings_it_in(
    signed_in: SignIn, office: Browser
) -> None:
    browser = signed_in(chief())
    upload(browser, LI)
    worked(batch := the_list())
    sender = db.session.get_one(Account, batch.proposed_by_id)
    told = f"Proposed by {sender.name}, {the_chapter('anshan').name_en}"

    assert "Lists proposed by chapters" in office.get("/office").text
    queue = office.get("/office/imports")
    assert queue.texts("h2")[:2] == ["Templates", "Proposed by chapters"]
    assert told in queue.text
    shown = office.get(in_office(batch))
    assert told in shown.text
    assert "Discard" not in shown.text
    office.press(in_office(batch), f"{in_office(batch)}/apply")
    worked(batch)
    assert "Taken up by the office" in browser.get(LISTS).text
    assert "Proposed by chapters" not in office.get("/office/imports").text
    assert told in office.get("/office/imports").text


def test_the_officer_is_not_told_whom_we_know(signed_in: SignIn) -> None:
    """Whether a row means somebody or nobody, nothing that the officer sees is another."""
    browser = signed_in(chief())
    known = make_person("曾国强", year=1998, college="口腔医学院", phone="+8613800001234")
    assert known.public_id
    nameless = ("", "", "", "13800001234", "x"), ("", "", "", "13800001234", "y")
    upload(browser, ZENG, *nameless)
    worked(met := the_list())
    strange = ("", "", "", "13900009999", "x"), ("", "", "", "13900009999", "y")
    upload(browser, ("曾广贤", "1998", "口腔医学院", "13900009999", ""), *strange)
    worked(missed := the_list())
    assert (met.new, met.errors) != (missed.new, missed.errors)

    browser.get(LISTS)  # says once that the office has it
    seen = []
    for batch in (met, missed):
        page = browser.get(desk(batch))
        csv = browser.get(f"{desk(batch)}/errors.csv").content
        seen.append((page.texts("main")[0].replace(when(page), ""), csv))
        for never in (known.public_id, "曾国强", "perhaps", "1998"):
            assert never not in page.text
    assert seen[0] == seen[1]
    rows = browser.get(LISTS).texts("td")
    assert rows[1:4] == rows[5:8]


def when(page: Page) -> str:
    return page.texts("p", class_="lead")[0].rpartition("·")[2]


def test_the_officer_names_the_columns(signed_in: SignIn) -> None:
    browser = signed_in(chief())

    page = browser.follow(upload(browser, ("李雷", "2001"), header=("姓名", "乙")))
    assert page.url == f"{desk(the_list())}/columns"
    assert not [one for one in page.all("select") if one["name"].startswith("policy")]
    assert browser.submit(page.url, column_0="name", column_1="").status == 422
    done = browser.submit(page.url, column_0="name", column_1="graduation")
    assert done.location == desk(the_list())
    assert worked(the_list()).state is BatchState.STAGED
    with transaction():
        accept(importer(), the_list())
    assert browser.get(page.url).location == desk(the_list())


def test_a_list_is_withdrawn(signed_in: SignIn) -> None:
    browser = signed_in(chief())
    upload(browser, LI)
    worked(batch := the_list())

    page = browser.follow(browser.press(desk(batch), f"{desk(batch)}/withdraw"))

    assert "Nothing of this list was brought in." in page.text
    assert the_list().proposal is Proposal.WITHDRAWN
    assert "Withdrawn" in browser.get(desk(batch)).text


def test_the_office_sends_a_list_back(signed_in: SignIn, office: Browser) -> None:
    browser = signed_in(chief())
    upload(browser, LI, WRONG)
    worked(batch := the_list())
    url = f"{in_office(batch)}/send-back"
    assert office.get(in_office(batch)).all("a", href=url)

    assert office.submit(url, reason=" ").status == 422
    page = office.follow(office.submit(url, reason="Please write four digits."))

    assert "Sent back." in page.text
    assert "Please write four digits." in office.get(in_office(batch)).text
    told = browser.get(desk(batch))
    assert "Please write four digits." in told.text
    assert told.texts("h2") == ["1 row cannot be read"]
    assert "Lists that the office sent back" in browser.get("/chapters/anshan/desk").text
    assert office.get(f"{in_office(batch)}/send-back").status == 200
    assert browser.get(f"{in_office(batch)}/send-back").status == 403


def test_only_what_chapters_proposed_is_sent_back(office: Browser) -> None:
    batch = sent(LI)
    with transaction():
        batch.proposal = batch.chapter_id = batch.proposed_by_id = None

    assert office.get(f"{in_office(batch)}/send-back").status == 404


def test_what_cannot_be_taken_is_said_beside_the_file(signed_in: SignIn) -> None:
    browser = signed_in(chief())
    for wrong in ((io.BytesIO(b"\x00\x01"), "x.csv"), None):
        assert browser.submit(LISTS, file=wrong).status == 422
    for _each in range(PROPOSALS_A_DAY):
        assert upload(browser, HAN).status == 303
    page = upload(browser, HAN)
    assert page.status == 409
    assert "Please go on tomorrow." in page.text


STRANGERS = {
    "leader of another chapter": (lambda: make_officer(the_chapter("shenyang")), 404),
    "member": (lambda: make_member(the_chapter("anshan")), 404),
    "former": (lambda: make_officer(the_chapter("anshan"), ends_on=today() - DAY), 403),
    "future": (lambda: make_officer(the_chapter("anshan"), starts_on=today() + DAY), 403),
}


@pytest.mark.parametrize(("who", "status"), STRANGERS.values(), ids=STRANGERS)
def test_a_desk_that_is_not_theirs(signed_in: SignIn, who: Any, status: int) -> None:
    batch, browser = sent(LI), signed_in(who())

    for url in (
        LISTS,
        desk(batch),
        f"{desk(batch)}/columns",
        f"{desk(batch)}/errors.csv",
        f"{LISTS}/template.xlsx",
    ):
        assert browser.get(url).status == status, url


def test_the_list_of_another_is_not_there(signed_in: SignIn, office: Browser) -> None:
    batch, browser = sent(LI), signed_in(chief())

    for url in (desk(batch), f"{desk(batch)}/columns", f"{desk(batch)}/errors.csv"):
        assert browser.get(url).status == 404
        assert office.get(url).status == 403
    assert browser.get(f"{LISTS}/template.xlsx").content[:2] == b"PK"
    assert browser.get(f"{LISTS}/template.pdf").status == 404


def test_who_owes_the_agreement_is_led_there(signed_in: SignIn) -> None:
    saved(Agreement(version=1, text_zh="约定", text_en="Agreement"))
    browser = signed_in(chief())

    assert browser.get(LISTS).location.startswith("/agreement")
