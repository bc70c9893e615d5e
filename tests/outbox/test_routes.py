import pytest

from alumni.accounts.models import Assignment
from alumni.authz import ANYONE, Actor, Capability
from alumni.db import today
from alumni.outbox.commands import settle
from alumni.outbox.models import DeliveryState
from alumni.outbox.policy import may_read_letters, may_settle
from alumni.outbox.queries import LetterFilter, counts, get_letter, letters
from tests.browser import Browser
from tests.conftest import SignIn
from tests.factories import make_account, make_verified, saved
from tests.outbox.factories import make_bulk, make_delivery, make_mailing, make_shared, states
from tests.refusals import refused

TOKEN = "abcdefghijklmnopqrstuvwxyz0123456789"


def test_the_list_shows_what_became_of_each(office: Browser) -> None:
    make_delivery(name="王小明", email="wang@example.com", subject="Welcome")
    make_delivery(state=DeliveryState.FAILED)
    make_bulk(make_mailing(), make_shared(), name="李华")

    page = office.get("/office/letters")

    assert page.status == 200
    assert len(page.all("tr")) == 4
    assert page.texts("tr")[3].startswith("王王小明wang@example.com Welcome Still to send")
    assert "致李华" in page.texts("tr")[1]
    assert {"Still to send 2", "Failed 1"} <= set(page.texts("li"))


def test_by_state_and_by_address(office: Browser) -> None:
    make_delivery(email="wang@example.com")
    make_delivery(email="wang@example.org", state=DeliveryState.FAILED)

    assert len(office.get("/office/letters?state=failed").all("tr")) == 2
    assert len(office.get("/office/letters?q=WANG@").all("tr")) == 3
    assert len(office.get("/office/letters?q=wang%25").all("tr")) == 0
    assert "No letter is like that" in office.get("/office/letters?q=nobody").text


def test_pages_meet_without_a_gap(office: Browser) -> None:
    made = [make_delivery().email for _ in range(120)]
    seen: list[str] = []

    url: str | None = "/office/letters"
    while url:
        page = office.get(url)
        seen += [text for text in page.texts("small") if "@" in text]
        url = next((link["href"] for link in page.all("a", rel="next")), None)

    assert seen == made[::-1]
    back = office.get(page.all("a", rel="prev")[0]["href"])
    assert [text for text in back.texts("small") if "@" in text] == made[::-1][50:100]


@pytest.mark.parametrize(
    "query", ["state=lost", "before=x", "before=0", "before=99999999999", "after=²", "page=2"]
)
def test_an_address_that_means_nothing(office: Browser, query: str) -> None:
    assert office.get(f"/office/letters?{query}").status == 400


@pytest.mark.parametrize("how_many", [1, 3])
def test_as_many_statements_for_three_as_for_one(
    office: Browser, queries: list[str], how_many: int
) -> None:
    mailing, shared = make_mailing(), make_shared()
    for _ in range(how_many):
        make_bulk(mailing, shared)
    office.get("/office/letters")
    queries.clear()

    office.get("/office/letters")

    assert len([query for query in queries if "FROM delivery" in query]) == 2


def test_a_letter_with_its_frame(office: Browser) -> None:
    delivery = make_bulk(make_mailing(), make_shared(), name="<李>")

    page = office.get(f"/office/letters/{delivery.id}")
    frame = office.get(page.all("iframe")[0]["src"])

    assert page.texts("h1") == ["致<李>"]
    assert page.texts("pre")[0].startswith("<李>，鞍山分会。http")
    assert page.all("iframe")[0]["sandbox"] is None
    assert b"&lt;\xe6\x9d\x8e&gt;" in frame.content
    assert "sandbox" in frame.headers["Content-Security-Policy"]
    assert "script" not in frame.headers["Content-Security-Policy"]


def test_a_letter_of_plain_text_has_no_frame(office: Browser) -> None:
    delivery = make_delivery()

    assert office.get(f"/office/letters/{delivery.id}").all("iframe") == []
    assert office.get(f"/office/letters/{delivery.id}/body").status == 404
    assert office.get(f"/office/letters/{delivery.id + 1}").status == 404


@pytest.mark.parametrize(
    "way", ["password", "activate", "join", "i", "lead", "relay", "vouch", "join/chapter"]
)
def test_a_link_that_opens_a_door_is_not_shown(office: Browser, way: str) -> None:
    link = f"https://example.org/{way}/{TOKEN}"
    delivery = make_delivery(text=f"Open {link} now.\n", html=f"<a href='{link}?x=1'>{link}</a>")

    page = office.get(f"/office/letters/{delivery.id}")
    frame = office.get(page.all("iframe")[0]["src"])

    hidden = f"https://example.org/{way}/•••"
    assert page.texts("pre") == [f"Open {hidden} now."]
    assert frame.content.decode() == f"<a href='{hidden}?x=1'>{hidden}</a>"
    assert TOKEN not in page.content.decode()


def test_the_links_of_a_mailing_are_shown_but_for_the_reader_s_own(office: Browser) -> None:
    """Whoever has that one ends the reader's subscription."""
    long = f"https://example.org/s/{TOKEN}"
    shared = make_shared(
        text=f"{long} {{{{unsubscribe}}}}\n", html=f"<p>{long} {{{{unsubscribe}}}}</p>"
    )
    delivery = make_bulk(make_mailing(), shared)

    page = office.get(f"/office/letters/{delivery.id}")
    frame = office.get(f"/office/letters/{delivery.id}/body")

    assert page.texts("pre")[0].startswith(f"{long} http")
    assert page.texts("pre")[0].endswith("/u/•••")
    assert frame.content.decode().endswith("/u/•••</p>")
    assert delivery.token not in page.texts("pre")[0] + frame.content.decode()


@pytest.mark.parametrize(
    ("button", "state"), [("yes", DeliveryState.QUEUED), ("no", DeliveryState.SENT)]
)
def test_settling_by_button(office: Browser, button: str, state: DeliveryState) -> None:
    delivery = make_delivery(state=DeliveryState.UNCERTAIN, reason="lost")
    url = f"/office/letters/{delivery.id}"

    page = office.get(url)
    (form,) = [form for form in page.forms if form.values.get("again") == button]
    after = office.follow(office.send(form, url))

    assert "Nobody knows" in page.text
    assert "Nobody knows" not in after.text
    assert states(delivery) == [state]


def test_only_for_who_may(signed_in: SignIn, browser: Browser) -> None:
    delivery = make_delivery()
    graduate = signed_in(make_verified())
    urls = ["/office/letters", *(f"/office/letters/{delivery.id}{end}" for end in ("", "/body"))]

    assert [graduate.get(url).status for url in urls] == [403, 403, 403]
    assert [browser.get(url).status for url in urls] == [303, 303, 303]


@pytest.mark.parametrize(
    ("held", "status"),
    [
        ({Capability.VIEW_LETTERS}, 403),
        ({Capability.MANAGE_MAILINGS}, 403),
        ({Capability.VIEW_LETTERS, Capability.MANAGE_MAILINGS}, 303),
    ],
)
def test_only_who_sends_letters_decides_about_one_in_doubt(
    signed_in: SignIn, held: set[Capability], status: int
) -> None:
    delivery = make_delivery(state=DeliveryState.UNCERTAIN)
    account = make_account()
    saved(
        *[
            Assignment(account_id=account.id, capability=one, starts_on=today())
            for one in sorted(held)
        ]
    )
    browser = signed_in(account)
    url = f"/office/letters/{delivery.id}"
    is_reader = Capability.VIEW_LETTERS in held

    page = browser.get(url)
    token = browser.get("/me").form("/sign-out").values["csrf_token"]

    assert page.status == (200 if is_reader else 403)
    assert len([form for form in page.forms if form.action.endswith("/settle")]) == (
        2 if status == 303 else 0
    )
    assert browser.post(f"{url}/settle", csrf_token=token, again="no").status == status


def test_the_rule() -> None:
    with refused(may_read_letters):
        counts(ANYONE)
    with refused(may_read_letters):
        letters(ANYONE, LetterFilter())
    with refused(may_read_letters):
        get_letter(ANYONE, 1)
    reader = Actor(capabilities=frozenset({Capability.VIEW_LETTERS}))
    with refused(may_settle):
        settle(reader, make_delivery(), again=True)


def test_the_clerk_without_the_capability(signed_in: SignIn) -> None:
    assert signed_in(make_account()).get("/office/letters").status == 403
