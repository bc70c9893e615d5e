"""The whole way from an empty installation to an audited export, in a real browser."""

import csv
import io
import re
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from email.message import EmailMessage
from hashlib import sha256
from pathlib import Path
from typing import Any

import openpyxl
import pytest
import sqlalchemy as sa
from flask import Flask
from playwright.sync_api import Browser
from werkzeug.exceptions import HTTPException

from tests.accounts.made import shown
from tests.chromium import DESK, PHONE, Rules, Visitor, chromium
from tests.outbox.factories import Sink
from tests.outbox.factories import running as mail_server
from tests.servers import Installation, bounded, until

pytestmark = [pytest.mark.slow, pytest.mark.browser]

OFFICE = "office@association.example.org"
PASSWORD = "seven quiet rivers 31"
CHAPTER = "/chapters/huludao"
DESK_OF = f"{CHAPTER}/desk"
EVENT = "/events/a-summer-evening"

DU = {"name": "杜强义", "student_number": "1965120001", "city": "葫芦岛", "email": "du@example.org"}
ZHAO = {
    "name": "赵春寿",
    "student_number": "1976110001",
    "city": "广州",
    "email": "zhao@example.org",
}
HUANG = {
    "name": "Huang Shouwen",
    "student_number": "2007160001",
    "city": "Huludao",
    "email": "huang@example.org",
}
"""The first three of the roster."""
STRANGER = {
    "name": "Nobody Known",
    "graduation_year": "1999",
    "city": "Paris",
    "email": "stranger@example.org",
}


@dataclass
class Journey:
    """A running installation, its mail server, and everybody's windows."""

    installation: Installation
    sink: Sink
    browser: Browser
    rules: Rules
    engine: sa.Engine
    windows: dict[str, Visitor] = field(default_factory=dict)

    def enter(self, name: str, **wishes: Any) -> Visitor:
        """Open a window for somebody, who keeps it."""
        self.windows[name] = Visitor(self.browser, self.rules, **wishes)
        return self.windows[name]

    def letter(self, address: str, holding: str) -> EmailMessage:
        """Wait for the letter to the address whose text holds this, of which there is one."""
        found = until(
            lambda: self._letters(address, holding), what=f"a letter to {address} with {holding}"
        )
        assert len(found) == 1
        return found[0]

    def count(self, table: str) -> int:
        with self.engine.connect() as connection:
            rows = sa.select(sa.func.count()).select_from(sa.table(table))
            return int(connection.execute(rows).scalar_one())

    def _letters(self, address: str, holding: str) -> list[EmailMessage]:
        taken = enumerate(list(self.sink.taken))
        own = [self.sink.letter(index) for index, (_from, to, _text) in taken if to == address]
        return [letter for letter in own if holding in text_of(letter)]


@pytest.fixture
def journey(app: Flask, new_installation: Installation, engine_name: str) -> Iterator[Journey]:
    """Pages look the same on both engines, so they are looked at closely on one."""
    adapter = app.url_map.bind("127.0.0.1")

    def template_of(path: str) -> str:
        try:
            return str(adapter.match(path, method="GET")[0])
        except HTTPException:
            return "other"

    sink = Sink()
    engine = sa.create_engine(new_installation.database_url)
    with bounded(300), mail_server(sink) as url, chromium() as browser:
        new_installation.smtp_url = url
        new_installation.start("run")
        base = f"http://127.0.0.1:{new_installation.port}"
        rules = Rules(base, template_of, closely=engine_name == "sqlite")
        yield Journey(new_installation, sink, browser, rules, engine)
        engine.dispose()


def test_from_an_empty_installation_to_an_audited_export(journey: Journey, shared: Path) -> None:
    roster = shared / "data" / "roster.xlsx"
    set_up_the_office(journey)
    bring_in_the_roster(journey, roster)
    join_the_association(journey)
    appoint_and_approve(journey)
    announce_an_event(journey)
    take_a_place(journey)
    write_to_the_members(journey)
    stop_the_letters(journey)
    export_and_audit(journey)
    if journey.rules.closely:
        look_around(journey)

    running = journey.installation.started[0]
    assert "\n".join(journey.rules.breaches) == ""
    assert running.interrupt() == 0
    assert "Traceback" not in running.output


def set_up_the_office(journey: Journey) -> None:
    told = journey.installation.call("accounts", "create", OFFICE, "--role", "office")
    office = journey.enter("office", language="zh", size=DESK)
    office.open(link(told, "/password/"))
    office.fill(password=PASSWORD)
    office.send()
    secret = set_up_second_factor(office)
    assert office.path == "/office"
    office.act("/sign-out")
    office.open("/sign-in")
    office.fill(email=OFFICE, password="a wrong one 123")
    office.send(expected=422)
    office.fill(email=OFFICE, password=PASSWORD)
    office.send()
    assert office.path == "/sign-in/code"
    office.fill(code=shown(secret, later=1))
    office.send()
    assert office.path == "/office"


def set_up_second_factor(worker: Visitor) -> str:
    """Do what stands before the work with others' data, and go on. Return what the app was told."""
    assert worker.path == "/me/second-factor"
    told = worker.page.locator('a[href^="otpauth:"]').get_attribute("href") or ""
    secret = re.findall("secret=([A-Z2-7]+)", told)[0]
    worker.fill(code=shown(secret))
    worker.send()
    assert worker.page.locator("main code").count() == 10
    worker.press(worker.page.locator("main a.button.main"))
    return str(secret)


def bring_in_the_roster(journey: Journey, roster: Path) -> None:
    office = journey.windows["office"]
    office.open("/office/imports")
    office.page.set_input_files("[name=file]", roster)
    office.send()
    office.wait_for('form[action$="/apply"]', within=90)
    assert figures(office) == [10_000, 0, 0, 0, 0, 0]
    assert journey.count("person") == 0
    office.act("/apply")
    assert office.shows("progress")
    office.wait_for('main a[href="/office/people"]', within=90)
    assert not office.shows("progress")
    assert journey.count("person") == 10_000
    office.open("/office/imports")
    office.page.set_input_files("[name=file]", roster)
    office.send()
    office.wait_for('main a[href="/office/people"]', within=90)
    assert figures(office) == [0, 0, 10_000, 0, 0, 0]


def join_the_association(journey: Journey) -> None:
    sign_up(journey, journey.enter("du", language="zh", size=PHONE, scripts=False), DU)
    sign_up(journey, journey.enter("zhao", language="zh", size=PHONE), ZHAO)
    sign_up(journey, journey.enter("huang", language="en", size=DESK), HUANG)
    sign_up(journey, journey.enter("stranger", language="en", size=PHONE), STRANGER)
    office = journey.windows["office"]
    office.open("/office/applications")
    assert office.page.locator("tbody tr").count() == 1
    assert "Nobody Known" in office.text
    office.press(office.page.locator("tbody a").first)
    for name in ("du", "huang"):
        graduate = journey.windows[name]
        graduate.open("/me")
        graduate.follow(f"{CHAPTER}/join")
        graduate.fill(message="毕业以后一直在葫芦岛工作。")
        graduate.send()
        assert graduate.shows(f'form[action="{CHAPTER}/leave"]')


def sign_up(journey: Journey, graduate: Visitor, who: dict[str, str]) -> None:
    """Join: the form, the letter, the button, a password."""
    graduate.open("/join")
    for consent in ("consent", "mailings"):
        assert not graduate.page.locator(f"[name={consent}]").is_checked()
    graduate.fill(**who, consent=True, mailings=True)
    if "graduation_year" in who:
        graduate.page.locator("[name=college_id]").select_option(index=1)
    graduate.send()
    assert graduate.path == "/join/sent"
    accounts = journey.count("account")
    address = link(text_of(journey.letter(who["email"], "/join/")), "/join/")
    for _ in range(2):
        graduate.open(address)
    assert journey.count("account") == accounts
    graduate.send()
    assert journey.count("account") == accounts + 1
    graduate.fill(password=PASSWORD)
    graduate.send()
    assert graduate.path == "/me"


def appoint_and_approve(journey: Journey) -> None:
    office, leader = journey.windows["office"], journey.windows["zhao"]
    office.open("/office/chapters")
    office.follow("/office/chapters/huludao")
    office.follow("/officers/new")
    office.page.fill("[name=q]", "zhao chunshou")
    office.press(office.page.locator("form.search button"))
    office.page.locator("[name=person]").first.check()
    office.send()
    assert "赵春寿" in office.text
    leader.open(DESK_OF)
    set_up_second_factor(leader)
    assert leader.path == DESK_OF
    leader.open("/me")
    leader.follow(DESK_OF)
    for left in (1, 0):
        leader.act("/approve")
        assert leader.page.locator('form[action$="/approve"]').count() == left
    for name in ("du", "huang"):
        graduate = journey.windows[name]
        graduate.open(CHAPTER)
        assert graduate.shows("main .state.ok")


def announce_an_event(journey: Journey) -> None:
    office, leader = journey.windows["office"], journey.windows["zhao"]
    leader.open(f"{DESK_OF}/events")
    leader.follow("/events/new")
    day = datetime.now().astimezone() + timedelta(days=40)
    leader.fill(
        title_zh="夏夜聚会",
        title_en="A summer evening",
        time_zone="Asia/Tokyo",
        starts_local=f"{day:%Y-%m-%d}T18:30",
        ends_local=f"{day:%Y-%m-%d}T21:00",
        venue_zh="龙湾海滨",
        venue_en="Longwan beach",
        address="葫芦岛市龙港区海滨路1号",
        body_zh="**带上家人。**",
        body_en="**Bring your family.**",
        capacity="1",
    )
    leader.send()
    leader.act("/submit")
    office.open("/office/events")
    office.press(office.page.locator("tbody a").first)
    office.act("/publish")
    letters = text_of(journey.letter(ZHAO["email"], EVENT))
    assert "夏夜聚会" in letters


def take_a_place(journey: Journey) -> None:
    first, second = journey.windows["du"], journey.windows["huang"]
    first.open(EVENT)
    button = first.page.locator('form[action$="/register"]')
    token = button.locator("input[name=csrf_token]").get_attribute("value") or ""
    first.act("/register")
    own = first.path
    again = first.page.context.request.post(
        f"{journey.rules.base}{EVENT}/register", form={"csrf_token": token}, timeout=20_000
    )
    assert again.url == journey.rules.base + own, "a second click leads to the same place"
    assert journey.count("registration") == 1
    confirmed = journey.letter(DU["email"], own)
    assert [part.get_content_type() for part in confirmed.walk()].count("text/calendar") == 1
    first.open("/me")
    assert first.shows(f'a[href="{own}"]')
    second.open(EVENT)
    second.act("/register")
    assert "Number 1 on the waiting list" in second.text
    waits = second.path
    journey.letter(HUANG["email"], "number 1")
    first.open(own)
    first.act("/cancel")
    promoted = journey.letter(HUANG["email"], "now you have one")
    assert "text/calendar" in [part.get_content_type() for part in promoted.walk()]
    second.open(waits)
    assert "You have a place." in second.text


def write_to_the_members(journey: Journey) -> None:
    office, leader = journey.windows["office"], journey.windows["zhao"]
    leader.open(f"{DESK_OF}/letters")
    leader.follow("/letters/new")
    leader.fill(
        subject_zh="葫芦岛分会的问候",
        source_zh="亲爱的{{name}}：\n\n分会祝您**中秋快乐**。",
        subject_en="Greetings from Huludao",
        source_en="Dear {{name}},\n\nthe chapter **greets** you.",
    )
    leader.send()
    leader.act("/submit")
    office.open("/office/mailings")
    office.press(office.page.locator("tbody a").first)
    office.act("/approve")
    greeting = journey.letter(DU["email"], "中秋快乐")
    assert greeting["Subject"] == "葫芦岛分会的问候"
    assert "杜强义" in text_of(greeting)
    assert journey.letter(HUANG["email"], "greets")["Subject"] == "Greetings from Huludao"
    office.wait_for(".lead .state.ok")
    assert not office.shows("progress")
    leader.open(f"{DESK_OF}/letters")
    leader.press(leader.page.locator("tbody a").first)


def stop_the_letters(journey: Journey) -> None:
    """As the reader's mail provider does it, which has no cookie and no page before."""
    greeting = journey.letter(DU["email"], "中秋快乐")
    assert greeting["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    address = link(str(greeting["List-Unsubscribe"]), "/u/")
    reader = journey.windows["du"]
    reader.open(address)
    assert journey.count("subscription") == 0
    request = urllib.request.Request(address, data=b"List-Unsubscribe=One-Click")  # noqa: S310 - this machine's
    with urllib.request.urlopen(request, timeout=20) as answer:  # noqa: S310 - the same
        assert answer.status == 200
    assert journey.count("subscription") == 1
    reader.open(address)
    assert reader.shows("[value=back]")


def export_and_audit(journey: Journey) -> None:
    office = journey.windows["office"]
    office.open("/office/people")
    for query, expected in (
        ("q=duqiangyi", {"杜强义"}),
        ("q=1965120001", {"杜强义"}),
        ("chapter=huludao", {"杜强义", "黄寿文"}),
        ("chapter=huludao&year_from=1968&year_to=1968", {"杜强义"}),
        ("chapter=huludao&city=葫芦岛&q=du", {"杜强义"}),
    ):
        office.open(f"/office/people?{query}")
        assert set(office.page.locator("tbody .who b").all_inner_texts()) == expected
    narrow_by_the_form(office)
    where = office.page.url.partition("?")[2]
    rows = check_csv(download(office, "csv"))
    assert figures(office)[0] == len(rows)
    check_xlsx(download(office, "xlsx"), rows)
    told = journey.installation.call("people", "export", "--where", where)
    assert list(csv.reader(io.StringIO(told.removeprefix("\ufeff"))))[1:] == rows


def narrow_by_the_form(office: Visitor) -> None:
    """By college, years and city together, as somebody clicks it."""
    office.open("/office/people")
    office.page.click("details.fold summary")
    office.fill(year_from="1960", year_to="1975", city="葫芦岛")
    office.page.locator("[name=college]").select_option(label="口腔医学院")
    office.send()
    assert "杜强义" in office.text


def download(office: Visitor, kind: str) -> bytes:
    """Export what the list shows, see that the history has the file's sum, and come back."""
    list_url = office.page.url
    office.press(office.page.locator('main a[href*="/people/export"]').first)
    office.fill(purpose="校庆邀请")
    office.page.check(f'[name=format][value="{kind}"]')
    with office.page.expect_download() as coming:
        office.page.click("main form.form .tail button[type=submit]")
    content = Path(coming.value.path()).read_bytes()
    office.open("/office/audit")
    told = office.page.locator("main section.card").first.inner_text()
    assert sha256(content).hexdigest() in told
    assert "校庆邀请" in told
    assert "year_from=1960&year_to=1975" in told
    office.open(list_url)
    return content


def check_csv(content: bytes) -> list[list[str]]:
    assert content.startswith(b"\xef\xbb\xbf")
    header, *rows = csv.reader(io.StringIO(content.decode("utf-8-sig")))
    assert len(header) == len(set(header))
    assert {row[3] for row in rows} == {"口腔医学院"}
    return rows


def check_xlsx(content: bytes, rows: list[list[str]]) -> None:
    sheet = openpyxl.load_workbook(io.BytesIO(content)).worksheets[0]
    _header, *cells = sheet.iter_rows()
    plain = [[text.removeprefix("'") for text in row] for row in rows]
    assert [[str(cell.value or "") for cell in row] for row in cells] == plain
    phones = [row[8] for row in cells if row[8].value]
    assert {cell.data_type for cell in phones} == {"s"}


def look_around(journey: Journey) -> None:
    """Open what nobody has opened yet, in the other language too."""
    office, graduate = journey.windows["office"], journey.windows["huang"]
    pages = ["/office", "/office/people", "/office/imports", "/office/applications"]
    pages += ["/office/chapters", "/office/chapters/huludao", "/office/events", "/office/lists"]
    pages += ["/office/mailings", "/office/letters", "/office/audit", "/office/settings"]
    for _ in ("zh", "en"):
        for path in pages:
            office.open(path)
        office.open("/office/people")
        office.press(office.page.locator("tbody a").first)
        office.open("/office/letters")
        office.press(office.page.locator("tbody a").first)
        for path in ("/", "/chapters", CHAPTER, "/events", EVENT, "/me", "/help", "/privacy"):
            graduate.open(path)
        for path in ("/me/security", "/me/security/password", "/me/prove"):
            office.open(path)
        graduate.open("/contact")
        graduate.act("/language")
        office.act("/language")


def figures(visitor: Visitor) -> list[int]:
    """The numbers at the head of the page."""
    shown = visitor.page.locator(".figures .figure b").all_inner_texts()
    return [int(number.replace(",", "")) for number in shown]


def text_of(letter: EmailMessage) -> str:
    part = letter.get_body(("plain",))
    assert part is not None
    return str(part.get_content())


def link(text: str, path: str) -> str:
    """The address in the text that leads to this path of the program."""
    found = re.search(rf"http://127\.0\.0\.1:\d+{path}[\w-]+", text)
    assert found, f"no link to {path} in {text}"
    return found[0]
