import hashlib
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import delete, func, select

from alumni.db import changed, db, now, transaction
from alumni.exports.jobs import make_files
from alumni.exports.making import makers
from alumni.exports.models import FileChunk, FileState, KeptFile
from alumni.exports.queries import CutShort, content
from alumni.exports.routes import size_text
from alumni.outbox.models import Delivery
from alumni.web import attachment
from tests.browser import Browser, outside
from tests.conftest import SignIn
from tests.exports.made import CONTENT, anew, making, ordered, set_to
from tests.factories import make_account, make_verified

SHA256 = hashlib.sha256(CONTENT).hexdigest()


@pytest.fixture(autouse=True)
def _test_files(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(makers, "test", lambda _file: making())


def letters() -> int:
    return db.session.scalar(select(func.count()).select_from(Delivery)) or 0


def address(file: KeptFile, rest: str = "") -> str:
    return f"/files/{file.public_id}{rest}"


def test_where_there_is_nothing_yet(signed_in: SignIn) -> None:
    page = signed_in(make_account()).get("/files")
    assert "No files here" in page.text


def test_own_files_the_newest_first(signed_in: SignIn) -> None:
    account = make_account()
    ordered(account, name="a.csv")
    make_files("w")
    ordered(account, name="b.csv")
    set_to(ordered(account, name="old.csv"), expires_at=now())
    ordered(make_account(), name="theirs.csv")

    page = signed_in(account).get("/files")

    assert page.texts("b")[-2:] == ["b.csv", "a.csv"]
    assert len(page.texts("tr")) == 3
    assert "Waits for its turn" in page.texts("tr")[1]
    assert "Ready 12 640 kB" in page.texts("tr")[2]


def test_the_office_finds_its_files_there_too(office: Browser) -> None:
    assert office.get("/office/exports").location == "/files"


def test_who_is_not_of_the_office_has_no_way_from_it(signed_in: SignIn) -> None:
    browser = signed_in(make_verified())

    assert [browser.get(way).status for way in ("/office/exports", "/files")] == [403, 200]


def test_it_says_how_far_it_is_and_asks_again_until_it_is_ready(signed_in: SignIn) -> None:
    account = make_account()
    counted, uncounted = ordered(account, total=400), ordered(account)
    browser = signed_in(account)
    for file in (counted, uncounted):
        assert "Waits for its turn" in browser.get(address(file)).text
        set_to(file, state=FileState.MAKING, done=100)

    page = browser.get(address(counted))
    assert (page.all("progress")[0]["max"], page.all("progress")[0]["value"]) == ("400", "100")
    assert "100 / 400" in page.text
    assert page.all("div", id="progress")[0]["data-poll"] == address(counted)
    page = browser.get(address(uncounted))
    assert "value" not in page.all("progress")[0]
    assert page.all("div", id="progress")[0]["data-poll"] == address(uncounted)

    for file in (counted, uncounted):
        set_to(file, state=FileState.READY, sha256=SHA256, size=12)
        page = browser.get(address(file))
        assert page.all("div", id="progress") == []
        assert page.all("a", href=address(file, "/content"))
        assert "WeChat" not in page.text
        wechat = browser.get(address(file), headers={"User-Agent": "Mobile MicroMessenger/8.0"})
        assert "WeChat" in wechat.text


def test_its_owner_fetches_it_as_often_as_they_like(signed_in: SignIn) -> None:
    account = make_account()
    file = ordered(account)
    make_files("w")
    browser = signed_in(account)

    for _ in range(2):
        answer = browser.get(address(file, "/content"))
        assert (answer.status, answer.content) == (200, CONTENT)
        assert answer.headers["Content-Length"] == str(len(CONTENT))
        assert answer.headers["ETag"] == f'"{SHA256}"'
        assert answer.headers["Content-Type"] == "text/csv; charset=utf-8"
        assert answer.headers["Cache-Control"] == "no-store"
        assert answer.headers["Content-Disposition"] == (
            "attachment; filename=\"2026.csv\"; filename*=UTF-8''%E6%A0%A1%E5%8F%8B%202026.csv"
        )
    known = browser.open("GET", address(file, "/content"), headers={"If-None-Match": f'"{SHA256}"'})
    assert (known.status, known.content) == (304, b"")
    assert browser.open("HEAD", address(file, "/content")).content == b""


def test_nobody_else_fetches_it(signed_in: SignIn, office: Browser, browser: Browser) -> None:
    file = ordered(make_account())
    make_files("w")
    for path in ("", "/content"):
        for other in (office, signed_in(make_account(role="administrator"))):
            assert other.get(address(file, path)).status == 404
        assert browser.get(address(file, path)).status == 303
    form = office.get("/files").forms[0]
    for path in ("/cancel", "/delete", "/letter"):
        token = form.values["csrf_token"]
        answer = office.open("POST", address(file, path), data={"csrf_token": token})
        assert answer.status == 404
    assert anew(file).state is FileState.READY
    assert letters() == 0


def test_after_a_week_the_link_is_dead(signed_in: SignIn) -> None:
    account = make_account()
    file = ordered(account)
    make_files("w")
    set_to(file, expires_at=now())
    browser = signed_in(account)

    for path in ("", "/content"):
        answer = browser.get(address(file, path))
        assert answer.status == 410
        assert "This file was kept until" in answer.text


@pytest.mark.parametrize("state", ["waiting", "making", "failed", "cancelled"])
def test_what_is_not_ready_is_not_fetched(signed_in: SignIn, state: str) -> None:
    account = make_account()
    file = ordered(account)
    set_to(file, state=state, problem="Because of the weather.")
    browser = signed_in(account)

    assert browser.get(address(file, "/content")).status == 409
    page = browser.get(address(file))
    assert page.status == 200
    assert ("Because of the weather." in page.text) is (state == "failed")


def test_cancel_and_delete(signed_in: SignIn) -> None:
    account = make_account()
    file = ordered(account)
    browser = signed_in(account)

    page = browser.get(address(file))
    page = browser.follow(browser.send(page.form(address(file, "/cancel")), page.url))
    assert "Cancelled. The file is not made." in page.text
    page = browser.follow(browser.send(page.form(address(file, "/delete")), page.url))

    assert "The file is deleted." in page.text
    assert browser.get(address(file)).status == 404


def test_the_link_goes_to_the_owners_address_once_an_hour(signed_in: SignIn) -> None:
    account = make_account(email="wang@example.org")
    file = ordered(account)
    make_files("w")
    browser = signed_in(account)

    def asked() -> str:
        page = browser.get(address(file))
        return browser.follow(browser.send(page.form(address(file, "/letter")), page.url)).text

    assert "The letter is on its way." in asked()
    assert "The letter was sent already." in asked()
    assert letters() == 1
    set_to(file, linked_at=now() - timedelta(hours=1))
    assert "The letter is on its way." in asked()

    sent = db.session.scalars(select(Delivery)).all()
    assert [letter.email for letter in sent] == ["wang@example.org"] * 2
    assert f"/files/{file.public_id}\n" in (sent[0].text or "")


def test_who_asks_before_it_is_ready_is_written_to_then(signed_in: SignIn) -> None:
    account = make_account()
    file = ordered(account)
    browser = signed_in(account)

    page = browser.get(address(file))
    page = browser.follow(browser.send(page.form(address(file, "/letter")), page.url))
    assert "as soon as the file is ready" in page.text
    assert address(file, "/letter") not in [form.action for form in page.forms]
    assert letters() == 0
    make_files("w")

    assert letters() == 1


def test_it_is_read_after_the_request_and_part_by_part(app: Flask, queries: list[str]) -> None:
    file = ordered(make_account())
    make_files("w")
    parts = content(anew(file))
    db.session.remove()
    queries.clear()

    sizes = outside(lambda: [len(part) for part in parts])

    assert sizes == [262_144, 262_144, 115_712]
    assert len([asked for asked in queries if "file_chunk" in asked]) == 3


def test_a_file_deleted_while_it_is_read_is_cut_short() -> None:
    file = ordered(make_account())
    make_files("w")
    parts = content(anew(file))
    next(parts)
    with transaction():
        changed(delete(FileChunk).where(FileChunk.file_id == file.id))

    with pytest.raises(CutShort):
        next(parts)


@pytest.mark.parametrize(
    ("name", "plain"),
    [
        ("People 2026.xlsx", "People 2026.xlsx"),
        ("校友.pdf", "file.pdf"),
        ('a"b\\c\r\nd;e.csv', "abcde.csv"),
        ("通讯录 2003届.vcf", "2003.vcf"),
    ],
)
def test_names_of_files(name: str, plain: str) -> None:
    header = attachment(name)
    assert header.startswith(f'attachment; filename="{plain}"; filename*=UTF-8')
    assert header.isascii()
    assert header.isprintable()


def test_sizes() -> None:
    assert [size_text(size) for size in (0, 999, 262_144, 999_999, 16_040_000)] == [
        "1 kB",
        "1 kB",
        "262 kB",
        "1000 kB",
        "16.0 MB",
    ]


def test_the_staff_keep_the_office_s_menu_over_their_files(
    office: Browser, signed_in: SignIn
) -> None:
    page = office.get("/files")
    assert "place-office" in (page.all("body")[0].get("class") or "")
    assert page.texts("a", class_="back", href="/office") == ["Office"]
    member = signed_in(make_verified()).get("/files")
    assert member.texts("a", class_="back", href="/me") == ["My page"]
