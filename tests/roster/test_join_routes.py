"""The way from the form to one's own page, and the office's queue, as browsers see them."""

import re
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from alumni.accounts.models import Account
from alumni.codes.models import CodeKind
from alumni.codes.queries import code_named
from alumni.db import db, now
from alumni.outbox.models import Delivery
from alumni.people.models import Person, PersonStatus
from alumni.roster.models import Application, ApplicationState, Invitation
from alumni.tables import metadata
from tests.browser import Browser, Page
from tests.conftest import SignIn
from tests.factories import make_account, make_person, make_verified, saved, the_chapter
from tests.roster.test_applications import ZENG, applied, called, confirmed, letters

PASSWORD = "the sea at Xinghai square 9"

RIGHT: dict[str, Any] = {
    "name": "曾国强",
    "student_number": "19930001",
    "email": "zeng@example.org",
    "city": "鞍山",
    "consent": "y",
}


def state_of_everything() -> dict[str, list[tuple[Any, ...]]]:
    """All rows of all tables."""
    db.session.rollback()
    with db.engine.connect() as connection:
        return {
            table.name: [tuple(row) for row in connection.execute(select(table))]
            for table in metadata.sorted_tables
        }


def without_tokens(page: Page) -> str:
    """What the page says, but for what differs from one visitor to the next."""
    return re.sub(r'name="csrf_token" value="[^"]+"', "", page.content.decode())


def applications() -> list[Application]:
    db.session.rollback()
    return list(db.session.scalars(select(Application).order_by(Application.id)))


def test_from_the_form_to_the_own_page(browser: Browser) -> None:
    person = make_person("曾国强", student_number="19930001")

    sent = browser.follow(browser.submit("/join", **RIGHT))
    assert (sent.status, sent.url) == (200, "/join/sent")
    token = str(letters()[-1].text).split("/join/")[1].split()[0]
    asked = browser.submit(f"/join/{token}")
    password = browser.follow(asked)
    assert password.url.startswith("/password/")
    assert "Step 3 of 3" in password.text
    mine = browser.follow(browser.submit(password.url, password=PASSWORD))

    assert (mine.status, mine.url) == (200, "/me")
    db.session.rollback()
    assert db.session.get_one(Person, person.id).status is PersonStatus.VERIFIED


def test_the_form_ticks_nothing_and_fetches_nothing_from_elsewhere(browser: Browser) -> None:
    page = browser.get("/join")

    assert [box["name"] for box in page.all("input", type="checkbox")] == ["consent", "mailings"]
    assert [box for box in page.all("input", type="checkbox") if "checked" in box] == []
    assert page.all("a", href="/privacy", target="_blank")
    assert re.findall(r'(?:src|href)="(?:https?:)?//', page.content.decode()) == []


@pytest.mark.parametrize(
    ("wrong", "problem"),
    [
        ({"name": " "}, "Name: This field is required."),
        ({"name": "12"}, "Name: Please write your name, in characters or in letters."),
        ({"name": "王" * 81}, "Name: Field cannot be longer than 80 characters."),
        ({"email": "zeng@"}, "E-mail: The e-mail address lacks the part after the @"),
        ({"email": "zeng@b@c"}, "E-mail: This is not an e-mail address."),
        ({"city": ""}, "City where you live: This field is required."),
        ({"student_number": ""}, "Student number: Please write your student number, or the year"),
        ({"student_number": "无"}, "Student number: Please write your student number, or the year"),
        ({"student_number": "学号"}, "Student number: A student number has only letters"),
        (
            {"student_number": "", "graduation_year": "1998"},
            "College: Please choose your college, too.",
        ),
        ({"graduation_year": "1939"}, "Year of graduation: Please write the year of graduation,"),
        ({"graduation_year": "2999"}, "Year of graduation: Please write the year of graduation,"),
        ({"graduation_year": "65级"}, "Year of graduation: Please write the year of graduation,"),
        ({"college_id": "999999"}, "College: Not a valid choice."),
        ({"college_id": " \t"}, "College: Not a valid choice."),
        ({"consent": None}, "privacy notice says: Without your consent we may not keep"),
        ({"name": "曾\x00国"}, "Name: This contains a hidden character."),
        ({"birth_year": "2999"}, "Year of birth: Please write the year of your birth,"),
        ({"birth_year": "75"}, "Year of birth: Please write the year of your birth,"),
        ({"certificate_number": "证书"}, "Number of your diploma: A certificate number has only"),
        ({"phone": "12"}, "Telephone: This is not a telephone number."),
        ({"chapter": "atlantis"}, "Chapter you would like to join: Not a valid choice."),
    ],
    ids=str,
)
def test_what_is_wrong_is_said_and_what_was_typed_is_kept(
    browser: Browser, wrong: dict[str, Any], problem: str
) -> None:
    sent = RIGHT | wrong
    before = state_of_everything()

    page = browser.submit("/join", **sent)

    assert page.status == 422
    (summary,) = page.all("div", role="alert")
    assert problem in summary["text"]
    assert len([error for error in page.all("div", class_="error") if error["text"]]) == 1
    kept = page.form().values
    typed = {
        name: str(value or "").strip()
        for name, value in sent.items()
        if name not in ("consent", "college_id", "chapter") and "\x00" not in str(value)
    }
    assert {name: kept[name] for name in typed} == typed
    after = state_of_everything()
    assert {**after, "throttle": []} == {**before, "throttle": []}


def test_all_that_is_missing_is_said_at_once(browser: Browser) -> None:
    page = browser.submit("/join")

    assert page.status == 422
    assert len([error for error in page.all("div", class_="error") if error["text"]]) == 5


def test_full_width_digits_are_digits(browser: Browser) -> None:
    college = code_named(CodeKind.COLLEGE, "临床医学院")
    assert college is not None
    sent = {"graduation_year": "１９９８届", "college_id": str(college.id)}
    page = browser.submit("/join", **RIGHT | sent | {"student_number": "１９９３ａ"})

    assert page.status == 303
    (application,) = applications()
    assert (application.graduation_year, application.student_number) == (1998, "1993A")
    assert application.college_id == college.id
    assert not application.agrees_to_mailings


def test_what_else_helps_is_kept_and_folded_away(browser: Browser) -> None:
    assert [fold.get("open", "folded") for fold in browser.get("/join").all("details")] == [
        "folded"
    ]
    more = {
        "birth_year": "１９７５年",
        "certificate_number": "ｃ1026 1199",
        "phone": "138 0000 1234",
    }
    wrong = browser.submit("/join", **RIGHT | {"birth_year": "75", "city": ""})
    assert [fold.get("open", "folded") for fold in wrong.all("details")] == [None]
    assert browser.submit("/join", **RIGHT | more).status == 303

    (application,) = applications()
    assert (application.birth_year, application.certificate_number) == (1975, "C10261199")
    assert application.phone == "138 0000 1234"


@pytest.mark.parametrize(
    ("sent", "slug"),
    [
        ({"city": "鞍山"}, "anshan"),
        ({"city": "鞍山", "chapter": "shenyang"}, "shenyang"),
        ({"city": "亚特兰蒂斯"}, None),
        ({"city": "亚特兰蒂斯", "chapter": "shenyang"}, "shenyang"),
    ],
    ids=str,
)
def test_the_chapter_is_the_chosen_one_or_the_one_near_the_city(
    browser: Browser, sent: dict[str, str], slug: str | None
) -> None:
    assert browser.submit("/join", **RIGHT | sent).status == 303

    (application,) = applications()
    assert application.chapter_id == (the_chapter(slug).id if slug else None)


def test_a_college_nobody_remembers(browser: Browser) -> None:
    sent = {"graduation_year": "1965", "college_id": "other", "student_number": ""}

    assert browser.submit("/join", **RIGHT | sent).status == 303
    assert [one.college_id for one in applications()] == [None]


def test_the_application_is_in_the_language_of_the_page(app: Flask) -> None:
    Browser(app, language="zh").submit("/join", **RIGHT, mailings="y")

    (application,) = applications()
    assert (application.language, application.agrees_to_mailings) == ("zh", True)
    assert [letter.language for letter in letters()] == ["zh"]


def test_nothing_tells_the_known_from_the_unknown(app: Flask) -> None:
    make_verified("曾国强", email="known@example.org", student_number="19930001")
    make_person("曾国强", email="contact@example.org", student_number="19930002")
    emails = ["known@example.org", "contact@example.org", "unknown@example.org"]
    answers = []
    for email in emails:
        browser = Browser(app)
        first = browser.submit("/join", **RIGHT | {"email": email})
        then = browser.follow(first)
        answers.append((first.status, first.location, then.status, without_tokens(then)))

    assert answers[0][:3] == (303, "/join/sent", 200)
    assert answers == [answers[0]] * 3
    db.session.rollback()
    kinds = dict(db.session.execute(select(Delivery.email, Delivery.kind)).all())
    assert kinds == {
        "known@example.org": "already_member",
        "contact@example.org": "application_confirm",
        "unknown@example.org": "application_confirm",
    }


def test_the_applicant_does_not_see_whether_the_roster_knew(app: Flask) -> None:
    make_person("曾国强", student_number="19930001")
    pages = []
    for values in ({}, {"student_number": "77770009", "email": "zeng2@example.org"}):
        browser, token = Browser(app), applied(**values)
        asked = browser.get(f"/join/{token}")
        page = browser.follow(browser.submit(f"/join/{token}"))
        shown = [without_tokens(asked), without_tokens(page)]
        words = {"zeng2@": "zeng@", "77770009": "19930001", token: "", page.url: ""}
        for word, same in words.items():
            shown = [one.replace(word, same) for one in shown]
        pages.append((asked.status, page.status, shown))

    states = [one.state for one in applications()]
    assert states == [ApplicationState.APPROVED, ApplicationState.WAITING]
    assert pages[0] == pages[1]


def test_a_program_that_fills_in_everything_is_thanked_and_forgotten(browser: Browser) -> None:
    page = browser.submit("/join", **RIGHT, website="https://example.org")

    assert (page.status, page.location) == (303, "/join/sent")
    assert applications() == []
    assert letters() == []


def test_sixty_an_hour_from_one_address(browser: Browser) -> None:
    statuses = [browser.post("/join", name="x").status for _time in range(61)]

    assert statuses == [422] * 60 + [429]
    assert browser.get("/join").status == 200


@pytest.mark.parametrize("method", ["get", "head"])
def test_opening_the_link_changes_nothing(app: Flask, method: str) -> None:
    make_person("曾国强", student_number="19930001")
    token = applied()
    before = state_of_everything()

    for _time in range(3):
        response = getattr(app.test_client(), method)(f"/join/{token}")
        assert response.status_code == 200

    assert state_of_everything() == before


def test_the_link_shows_what_is_confirmed(browser: Browser) -> None:
    page = browser.get(f"/join/{applied(graduation_year=1998)}")

    assert [text in page.text for text in ("曾国强", "19930001", "Class of 1998", "鞍山")] == [
        True
    ] * 4
    assert page.texts("button", class_="button main") == ["Yes, this is me: go on"]


def test_a_link_works_once(browser: Browser) -> None:
    token = applied()
    assert browser.submit(f"/join/{token}").status == 303

    for page in (browser.get(f"/join/{token}"), browser.get("/join/nothing")):
        assert page.status == 410
        assert [a["href"] for a in page.all("a", class_="button main")] == ["/join"]


def test_the_first_letter_of_two_offers_to_sign_up_again(browser: Browser) -> None:
    first, second = applied(), applied(name="陌生人")

    page = browser.get(f"/join/{first}")
    assert page.status == 410
    assert "a newer letter has taken its place" in page.text
    assert [a["href"] for a in page.all("a", class_="button main")] == ["/join"]
    assert "陌生人" in browser.get(f"/join/{second}").text


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_who_belongs_is_sent_to_the_own_page(signed_in: SignIn, method: str) -> None:
    browser = signed_in(make_verified())
    page = browser.get("/join") if method == "GET" else browser.post("/join", **RIGHT)

    assert (page.status, page.location) == (303, "/me")
    assert applications() == []


def test_an_account_without_a_person_is_given_the_form(signed_in: SignIn) -> None:
    assert signed_in(make_account()).get("/join").status == 200


def test_two_presses_of_the_button(app: Flask) -> None:
    token, first, second = applied(), Browser(app), Browser(app)
    forms = [browser.get(f"/join/{token}").form() for browser in (first, second)]

    assert first.send(forms[0], f"/join/{token}").status == 303
    assert second.send(forms[1], f"/join/{token}").status == 410


def test_a_confirmation_without_a_token_of_the_form(browser: Browser) -> None:
    token = applied()
    page = browser.post(f"/join/{token}")

    assert page.status == 422
    assert [one.state for one in applications()] == [ApplicationState.UNCONFIRMED]


def test_who_has_a_password_goes_to_the_own_page(browser: Browser) -> None:
    make_account(email=ZENG.email)
    page = browser.submit(f"/join/{applied()}")

    assert (page.status, page.location) == (303, "/me")


@pytest.mark.parametrize(
    ("typed", "read"),
    [
        ("曾国强", "Zeng Guoqiang"),
        (" 欧阳　修", "Ouyang Xiu"),
        ("Kevin", ""),
        ("", ""),
        ("<b>", ""),
    ],
)
def test_how_a_name_is_read(browser: Browser, typed: str, read: str) -> None:
    page = browser.get("/join/reading", query_string={"q": typed})

    assert (page.status, page.content.decode()) == (200, read)
    assert page.headers["Content-Type"] == "text/plain; charset=utf-8"


@pytest.mark.parametrize(
    ("language", "typed", "chapter"),
    [
        ("zh", "鞍山", "鞍山分会"),
        ("zh", "鞍山市", "鞍山分会"),
        ("en", "anshan", "Anshan Chapter"),
        ("zh", "亚特兰蒂斯", ""),
        ("zh", "", ""),
        ("zh", "⒯⒣⒠⒬⒰⒤⒞⒦⒝⒭⒪⒲⒩⒡⒪⒳⒥⒰⒨⒫⒮⒪⒱⒠⒭⒯⒣⒠⒧⒜⒵⒴⒟⒪⒢", ""),
    ],
)
def test_the_chapter_near_a_city(app: Flask, language: str, typed: str, chapter: str) -> None:
    page = Browser(app, language).get("/join/chapter", query_string={"q": typed})

    assert (page.status, page.content.decode()) == (200, chapter)


def test_a_parameter_nobody_knows(browser: Browser, office: Browser) -> None:
    for page in (
        browser.get("/join/reading?name=x"),
        office.get("/office/applications?sort=x"),
        office.get("/office/applications?state=x"),
        office.get("/office/applications?page=0"),
        office.get("/office/applications?page=x"),
    ):
        assert page.status == 400


def test_the_queue_and_its_empty_page(office: Browser) -> None:
    assert "Nobody waits" in office.get("/office/applications").text

    make_person("曾国强", year=1998, student_number="19930001")
    application = confirmed(graduation_year=1999)
    page = office.get("/office/applications")

    assert [a["href"] for a in page.all("a", class_="who")] == [
        f"/office/applications/{application.public_id}"
    ]
    assert page.texts("span", class_="state ok") == ["Student number agrees", "Name agrees"]
    assert page.texts("span", class_="state bad") == ["Year differs"]
    assert (
        "No application is in this state" in office.get("/office/applications?state=rejected").text
    )


@pytest.mark.parametrize("how_many", [2, 4])
def test_the_queue_asks_as_often_for_four_as_for_two(
    office: Browser, queries: list[str], how_many: int
) -> None:
    make_person("曾国强", year=1998, student_number="19930001")
    for n in range(how_many):
        told = {"name": f"曾国{'强墙蔷锵'[n]}", "student_number": f"1993000{n}"}
        confirmed(graduation_year=1999, email=f"zeng{n}@example.org", **told)
    queries.clear()

    page = office.get("/office/applications")

    assert len(page.all("a", class_="who")) == how_many
    assert len([one for one in queries if one.startswith("SELECT") and "match" in one]) == 1
    assert len([one for one in queries if "FROM application" in one]) == 5


def test_the_queue_has_pages(office: Browser) -> None:
    first_one, *others = (
        Application(
            name=f"曾{n}",
            email=f"zeng{n}@example.org",
            student_number=f"1{n}",
            city="鞍山",
            language="zh",
            notice_version="1",
            state=ApplicationState.WAITING,
        )
        for n in range(31)
    )
    saved(first_one, *others)

    first = office.get("/office/applications")
    (older,) = first.all("a", rel="next")
    second = office.get(older["href"])
    assert [len(page.all("a", class_="who")) for page in (first, second)] == [30, 1]
    assert len(second.all("a", rel="prev")) == 1


def test_the_office_approves_a_candidate(office: Browser) -> None:
    person = make_person("曾国强", year=1998, student_number="19930001")
    application = confirmed(graduation_year=1999)
    url = f"/office/applications/{application.public_id}"

    compared = f"{url}/into/{person.public_id}"
    (way,) = office.get(url).all("a", href=compared)
    assert way["text"] == "This is 曾国强 · Class of 1998: compare and approve…"
    page = office.submit(compared)

    assert (page.status, page.location) == (303, "/office/applications")
    assert [one.person_id for one in applications()] == [person.id]
    shown = office.get(url)
    assert "Recognised as Zeng Guoqiang" in shown.text
    assert "Decided by the office." in shown.text
    again = office.submit(compared)
    assert again.status == 409
    assert "This application has been decided already." in again.text
    as_new = office.post(f"{url}/approve", csrf_token=shown.forms[0].values["csrf_token"])
    assert as_new.status == 409


def test_the_office_approves_a_new_person(office: Browser) -> None:
    application = confirmed()
    url = f"/office/applications/{application.public_id}"

    page = office.get(url)
    assert "Nobody like that is known" in page.text
    assert [form for form in page.forms if form.action == f"{url}/approve"] == []
    early = office.post(f"{url}/approve", csrf_token=page.forms[0].values["csrf_token"])
    assert early.status == 409
    called(application)
    assert office.press(url, f"{url}/approve").status == 303
    db.session.rollback()
    (person,) = db.session.scalars(select(Person)).all()
    assert person.name_zh == "曾国强"


def test_the_office_looks_for_another_person(office: Browser) -> None:
    make_person("李四")
    application = confirmed()
    page = office.get(f"/office/applications/{application.public_id}?q=李四")

    assert page.texts("h3") == ["李四"]
    assert "Beyond doubt" not in page.text


def test_somebody_with_an_account_has_no_button(office: Browser) -> None:
    make_verified("曾国强", student_number="19930001")
    application = confirmed()
    url = f"/office/applications/{application.public_id}"
    page = office.get(url)

    assert page.texts("span", class_="state wait") == ["Has an account", "Waits for the office"]
    assert [a for a in page.all("a") if f"{url}/into/" in (a.get("href") or "")] == []


def test_the_office_declines_with_a_reason(office: Browser) -> None:
    application = confirmed()
    url = f"/office/applications/{application.public_id}/reject"

    without = office.submit(url, reason=" ")
    assert without.status == 422
    assert [one.state for one in applications()] == [ApplicationState.WAITING]
    assert office.submit(url, reason="Not of our university.").status == 303
    assert [one.state for one in applications()] == [ApplicationState.REJECTED]
    shown = office.get(f"/office/applications/{application.public_id}")
    assert "Not of our university." in shown.text
    again = office.submit(url, reason="Once more.")
    assert again.status == 409
    assert again.form().values["reason"].strip() == "Once more."


def test_recognised_without_the_office(office: Browser) -> None:
    make_person("曾国强", student_number="19930001")
    application = confirmed()
    page = office.get(f"/office/applications/{application.public_id}")

    assert page.texts("span", class_="state ok") == [
        "Beyond doubt",
        "Student number agrees",
        "Name agrees",
        "Approved",
    ]
    assert "Recognised by the roster, without the office." in page.text


def test_the_own_application_has_no_buttons(signed_in: SignIn) -> None:
    account = make_account(role="office", email=ZENG.email)
    application = confirmed()
    url = f"/office/applications/{application.public_id}"
    browser = signed_in(account)
    page = browser.get(url)

    assert "This is your own application." in page.text
    assert [form for form in page.forms if form.action.endswith("/approve")] == []
    refused = browser.post(f"{url}/approve", csrf_token=page.forms[0].values["csrf_token"])
    assert refused.status == 403


@pytest.mark.parametrize("path", ["", "/{id}", "/{id}/reject"])
def test_the_queue_is_the_offices(browser: Browser, signed_in: SignIn, path: str) -> None:
    url = "/office/applications" + path.format(id=confirmed().public_id)
    somebody = signed_in(make_verified())

    assert browser.get(url).status == 303
    assert somebody.get(url).status == 403


def test_an_application_there_is_not(office: Browser) -> None:
    assert office.get("/office/applications/nothing").status == 404
    assert office.get("/office/applications/nothing/reject").status == 404


def test_an_account_is_opened_once(browser: Browser) -> None:
    browser.submit(f"/join/{applied()}")
    db.session.rollback()

    assert db.session.scalars(select(Account.email)).all() == [ZENG.email]


def invitation_to_join(**values: Any) -> Invitation:
    invented: dict[str, Any] = {
        "token": "invited",
        "graduation_year": 1998,
        "most_uses": 1,
        "ends_at": now() + timedelta(days=1),
    }
    return saved(Invitation(**invented | values))


def test_by_an_invitation_the_class_is_filled_in_and_a_place_is_taken(browser: Browser) -> None:
    college = code_named(CodeKind.COLLEGE, "临床医学院")
    assert college is not None
    invitation = invitation_to_join(college_id=college.id)
    values = browser.get("/join?invitation=invited").form().values
    assert (values["graduation_year"], values["college_id"]) == ("1998", str(college.id))

    sent = {name: RIGHT[name] for name in ("name", "email", "city", "consent")}
    assert browser.submit("/join?invitation=invited", **sent).status == 303
    (application,) = applications()
    assert application.invitation_id == invitation.id
    assert application.graduation_year == 1998
    token = str(letters()[-1].text).split("/join/")[1].split()[0]
    assert browser.submit(f"/join/{token}").status == 303
    again = browser.get("/join?invitation=invited")
    assert again.status == 410
    assert browser.get("/join?invitation=nothing").status == 410


def test_by_an_invitation_of_a_chapter_the_chapter_is_chosen(browser: Browser) -> None:
    chapter = the_chapter("shenyang")
    invitation_to_join(graduation_year=None, chapter_id=chapter.id)

    assert browser.submit("/join?invitation=invited", **RIGHT).status == 303
    assert [one.chapter_id for one in applications()] == [chapter.id]


def test_who_belongs_takes_no_place_of_an_invitation(browser: Browser) -> None:
    make_verified(email=RIGHT["email"])
    invitation = invitation_to_join()
    assert browser.submit("/join?invitation=invited", **RIGHT).status == 303

    db.session.rollback()
    db.session.refresh(invitation)
    assert invitation.uses == 0


def test_a_whole_class_signs_up_in_one_hall(browser: Browser) -> None:
    invitation_to_join()
    statuses = {browser.post("/join?invitation=invited", name="x").status for _time in range(70)}

    assert statuses == {422}


def test_an_invitation_beside_none_lets_nobody_do_more(browser: Browser) -> None:
    address = "/join?invitation=nothing&invitation="
    statuses = [browser.post(address, name="x").status for _time in range(61)]

    assert statuses == [422] * 60 + [429]
