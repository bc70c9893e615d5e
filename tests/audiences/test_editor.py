"""Putting an audience together, with and without a script."""

import json
from typing import Any

import pytest
from sqlalchemy import select

from alumni.accounts.models import Account
from alumni.audiences.criteria import Audience
from alumni.audiences.forms.drafts import MOST_CHOICES, Choosing, Condition, Draft
from alumni.audiences.models import SavedAudience, Sharing
from alumni.audiences.queries.choices import choices
from alumni.authz import SYSTEM, Actor
from alumni.codes.models import Code, CodeKind
from alumni.db import db
from tests.browser import Browser, Page
from tests.conftest import SignIn
from tests.factories import actor_of, make_account, make_person, make_verified, saved

NEW, PREVIEW = "/office/audiences/new", "/office/audiences/preview"


def choosing(actor: Actor = SYSTEM) -> Choosing:
    return Choosing(actor, choices(actor))


def press(browser: Browser, page: Page, button: str, **fields: Any) -> Page:
    """Fill the editor and press a button inside it."""
    return browser.send(page.form(), page.url, do=button, **fields)


def add(browser: Browser, page: Page, place: str, question: str, **fields: Any) -> Page:
    return press(browser, page, f"add-{place}", **{f"add-{place}": question}, **fields)


def criteria() -> Any:
    found = db.session.scalars(select(SavedAudience)).one()
    kept = found.criteria
    db.session.rollback()
    return kept


def kept_audience(account: Account, data: dict[str, Any]) -> str:
    one = saved(
        SavedAudience(account_id=account.id, name_zh="人群", criteria=data, sharing=Sharing.OFFICE)
    )
    return f"/office/audiences/{one.public_id}/edit"


def test_an_audience_is_put_together_without_a_script(office: Browser) -> None:
    make_person("赵一", city="鞍山", year=1998, email="one@example.org")
    make_person("钱二", city="沈阳", year=1999)
    make_person("孙三", city="沈阳", year=2005)

    page = add(office, office.get(NEW), "new", "city")
    page = add(office, page, "0", "city", **{"g-0-0-city": "鞍山"})
    assert [a["name"] for a in page.all("select") if "autofocus" in a] == ["g-0-1-is"]
    page = add(office, page, "new", "graduation", **{"g-0-1-city": "沈阳"})
    page = press(office, page, "show", **{"g-1-0-year_to": "2000"})

    assert page.status == 200
    assert "(Lives in Anshan or Lives in Shenyang)" in page.text
    assert "Class of 2000 or earlier" in page.text
    assert page.form().values["g-0-0-city"] == "鞍山"
    assert [name in page.text for name in ("Zhao Yi", "Qian Er", "Sun San")] == [True, True, False]
    assert not list(db.session.scalars(select(SavedAudience)))
    db.session.rollback()

    page = add(office, page, "new", "email")
    page = press(office, page, "show", **{"g-2-0-is": "not", "g-2-0-email": "yes"})
    assert "Zhao Yi" not in page.text
    done = office.send(page.form(), page.url, name_en="North", sharing="office")

    assert "North" in office.follow(done).text
    assert criteria() == {
        "all": [
            {"year_to": "2000"},
            {"any": [{"city": "鞍山"}, {"city": "沈阳"}]},
            {"not": {"email": "yes"}},
        ]
    }


def test_a_condition_is_taken_away_and_the_others_stay(office: Browser) -> None:
    page = office.get(NEW)
    for place, city in (("new", "鞍山"), ("0", "沈阳"), ("new", "大连")):
        page = add(office, page, place, "city")
        boxes = [name for name in page.form().values if name.endswith("-city")]
        last = next(name for name in boxes if not page.form().values[name])
        page = press(office, page, "show", **{last: city})

    def cities(shown: Page) -> dict[str, str]:
        values = shown.form().values
        return {name: value for name, value in values.items() if name.endswith("-city")}

    assert cities(page) == {"g-0-0-city": "鞍山", "g-0-1-city": "沈阳", "g-1-0-city": "大连"}
    page = press(office, page, "remove-0-0")
    assert cities(page) == {"g-0-0-city": "沈阳", "g-1-0-city": "大连"}
    page = press(office, page, "remove-0-0")
    assert cities(page) == {"g-0-0-city": "大连"}


@pytest.mark.parametrize(
    "button",
    [
        "remove-9-9",
        "remove--",
        "remove-99999999999999999999-0",
        "remove",
        "add-99",
        "add-²",
        "add",
        "x",
        "remove-²-0",
    ],
)
def test_a_strange_button_does_nothing(office: Browser, button: str) -> None:
    page = add(office, office.get(NEW), "new", "city", **{"add-99": "city", "add-²": "city"})
    page = press(office, page, "show", **{"g-0-0-city": "鞍山"})

    page = press(office, page, button, **{"add-99": "city", "add-²": "city", "g-0-1000": "city"})

    assert page.status == 200
    assert page.form().values["g-0-0-city"] == "鞍山"
    assert "g-1-0" not in page.form().values


def test_what_is_wrong_is_told_beside_its_condition(office: Browser) -> None:
    page = add(office, office.get(NEW), "new", "graduation")
    page = add(office, page, "new", "city", **{"g-0-0-year_from": "nineteen"})

    page = office.send(page.form(), page.url, name_zh="名", sharing="office")

    assert page.status == 422
    assert page.form().values["g-0-0-year_from"] == "nineteen"
    assert page.form().values["name_zh"] == "名"
    errors = {a["id"]: a["text"] for a in page.all("div", class_="error") if a.get("id")}
    assert set(errors) == {"g-0-0-error", "g-1-0-error"}
    assert "“nineteen”" in errors["g-0-0-error"]
    assert "take it away" in errors["g-1-0-error"]
    assert "not complete" in page.text
    page = office.send(page.form(), page.url, name_zh="", **{"g-0-0-year_from": "1990"})
    assert page.status == 422


def test_a_name_is_needed_and_nothing_is_lost(office: Browser) -> None:
    page = add(office, office.get(NEW), "new", "city")
    page = office.send(page.form(), page.url, **{"g-0-0-city": "鞍山"})

    assert page.status == 422
    assert "Give it a name" in page.text
    assert page.form().values["g-0-0-city"] == "鞍山"
    page = office.send(page.form(), page.url, name_zh="名", sharing="chapter")
    assert page.status == 422
    assert "Choose the chapter" in page.text
    assert office.send(page.form(), page.url, chapter="anshan").status == 303
    assert criteria() == {"city": "鞍山"}


def test_it_begins_with_the_conditions_of_a_list(office: Browser) -> None:
    page = office.get(f"{NEW}?year_from=1990&year_to=1999&class=3班&city=鞍山")
    values = page.form().values

    assert {name: value for name, value in values.items() if name.startswith("g-") and value} == {
        "g-0-0": "graduation",
        "g-0-0-is": "is",
        "g-0-0-year_from": "1990",
        "g-0-0-year_to": "1999",
        "g-1-0": "class",
        "g-1-0-is": "is",
        "g-1-0-class": "3班",
        "g-2-0": "city",
        "g-2-0-is": "is",
        "g-2-0-city": "鞍山",
    }
    office.send(page.form(), page.url, name_zh="名", sharing="nobody")
    assert criteria() == {
        "all": [{"year_from": "1990", "year_to": "1999", "class": "3班"}, {"city": "鞍山"}]
    }
    assert office.get(f"{NEW}?city={'x' * 100}").status == 400
    assert office.get(f"{NEW}?unknown=1").status == 400


@pytest.mark.parametrize(
    "data",
    [
        {"all": []},
        {"q": "x"},
        {"all": [{"q": "x"}, {"city": "鞍山"}]},
        {"all": [{"year_from": "1990", "level": "master"}, {"language": "en"}]},
        {"any": [{"q": "x"}, {"not": {"city": "鞍山"}}]},
        {"not": {"email": "yes"}},
        {"all": [{"any": [{"q": "x"}, {"q": "y"}]}, {"any": [{"q": "z"}, {"q": "y"}]}]},
        {"all": [{"city": "鞍山"}, {"city": "沈阳"}]},
        {"chapter": "anshan", "chapter_sub": "yes", "chapter_since": "2026-01-01"},
        {"training": "residency", "trained_from": "2015"},
    ],
)
def test_a_draft_says_the_same_as_the_audience(data: dict[str, Any]) -> None:
    audience = Audience.from_json(SYSTEM, data)
    draft = Draft.of(choosing(), audience)

    assert draft is not None
    assert draft.audience() == audience
    assert not draft.complain()


@pytest.mark.parametrize(
    "data",
    [
        {"not": {"any": [{"q": "x"}, {"q": "y"}]}},
        {"any": [{"q": "x"}, {"all": [{"q": "y"}, {"city": "鞍山"}]}]},
        {"not": {"not": {"q": "x"}}},
        {"not": {"year_from": "1990", "level": "master"}},
        {"any": [{"year_from": "1990", "level": "master"}, {"q": "x"}]},
        {"all": [{"year_from": "1990"}, {"level": "master"}]},
    ],
)
def test_what_groups_cannot_say_is_shown_as_json(signed_in: SignIn, data: dict[str, Any]) -> None:
    account = make_account(role="office")
    audience = Audience.from_json(SYSTEM, data)
    assert Draft.of(choosing(), audience) is None
    browser = signed_in(account)
    url = kept_audience(account, audience.to_json())

    page = browser.get(url)

    assert json.loads(page.form().values["criteria"]) == audience.to_json()
    assert page.texts("section", id="preview")
    shown = press(browser, page, "show", criteria='{"any": [{"q": "x"}, {"gone": "1"}]}')
    assert shown.status == 200
    assert "any[1].gone" in shown.text
    wrong = browser.send(page.form(), page.url, criteria='{"any": [')
    assert wrong.status == 422
    assert wrong.form().values["criteria"] == '{"any": ['
    assert browser.send(page.form(), page.url, criteria='{"not": {"q": "z"}}').status == 303
    assert criteria() == {"not": {"q": "z"}}


def test_a_draft_asks_a_study_for_all_at_once() -> None:
    one = choosing()
    known = one.questions()
    draft = Draft(
        one,
        [
            [Condition(known["graduation"], typed={"year_from": "1990"})],
            [Condition(known["level"], typed={"level": "master"})],
            [Condition(known["graduation"], typed={"year_to": "1999"})],
            [Condition(known["class"], is_not=True, typed={"class": "3班"})],
        ],
    )

    assert draft.audience() == Audience.from_json(
        SYSTEM,
        {
            "all": [
                {"year_from": "1990", "level": "master"},
                {"year_to": "1999"},
                {"not": {"class": "3班"}},
            ]
        },
    )


def test_a_long_list_is_typed_from(office: Browser) -> None:
    hospitals = [
        Code(kind=CodeKind.HOSPITAL, name_zh=f"试验{n}院") for n in range(MOST_CHOICES + 1)
    ]
    wanted = saved(hospitals[0], *hospitals[1:])

    page = add(office, office.get(NEW), "new", "training")
    (box,) = page.all("input", name="g-0-0-hospital")
    assert box["list"] == "list-hospital"
    assert len(page.all("datalist")) == 1
    page = press(office, page, "show", **{"g-0-0-hospital": "试验0院"})
    assert "Trained at 试验0院" in page.text
    assert page.form().values["g-0-0-hospital"] == "试验0院"
    wrong = press(office, page, "show", **{"g-0-0-hospital": "别的医院"})
    assert "“别的医院”" in wrong.text
    office.send(page.form(), page.url, name_zh="名", sharing="office")
    assert criteria() == {"hospital": str(wanted.id)}


def test_what_is_not_on_offer_any_more_is_not_lost(signed_in: SignIn) -> None:
    account = make_account(role="office")
    old = saved(Code(kind=CodeKind.MAJOR, name_zh="试验旧专业", is_obsolete=True))
    page = signed_in(account).get(kept_audience(account, {"major": str(old.id)}))

    assert page.form().values["g-0-0-major"] == str(old.id)
    assert "试验旧专业" in page.text


def test_the_page_follows_what_is_typed(office: Browser) -> None:
    make_person("赵一", city="鞍山", year=1998)
    make_person("钱二", city="沈阳")
    page = add(office, office.get(NEW), "new", "city")
    (part,) = page.all("section", id="preview")

    def told(**fields: Any) -> str:
        answer = office.open("post", part["data-preview"], data=page.form().values | fields)
        assert (answer.status, answer.headers["Content-Type"].split(";")[0]) == (200, "text/plain")
        return answer.content.decode()

    assert part["data-preview"] == PREVIEW
    typed = told(**{"g-0-0-city": "鞍山"})
    assert "Lives in Anshan" in typed
    assert "Zhao Yi" in typed
    assert "Class of 1998 · Anshan" in typed
    assert "Qian Er" not in typed
    assert "All people" in told()
    assert "Left out here" not in told()
    assert "Nobody is like that now." in told(**{"g-0-0-city": "Atlantis"})
    assert "&lt;script&gt;" in told(**{"g-0-0-city": "<script>"})
    assert office.post(PREVIEW).status == 400  # without a token


def test_the_preview_says_what_it_leaves_out(office: Browser) -> None:
    page = add(office, office.get(NEW), "new", "graduation")

    shown = press(office, page, "show", **{"g-0-0-year_from": "abc"})

    assert "Left out here: The condition “Year of graduation" in shown.text


def test_an_audience_in_the_editor_does_not_offer_itself(signed_in: SignIn) -> None:
    account = make_account(role="office")
    browser = signed_in(account)
    url = kept_audience(account, {"q": "x"})
    kept_audience(account, {"q": "y"})
    own = url.split("/")[3]

    page = add(browser, browser.get(url), "new", "saved")
    offered = {a["value"] for a in page.all("option")}
    assert own not in offered
    ring = browser.send(page.form(), page.url, **{"g-1-0-saved": own})
    assert ring.status == 422
    assert "made of itself" in ring.text


def test_only_the_office_edits(signed_in: SignIn) -> None:
    account = make_account(role="office")
    url = kept_audience(account, {"q": "x"})
    member = signed_in(make_verified())

    for path in (NEW, url):
        assert member.get(path).status == 403
    other = make_account(role="office")
    assert signed_in(other).get(url).status == 200
    assert "q" in choosing(actor_of(make_verified())).questions()
    assert "status" not in choosing(actor_of(make_verified())).questions()


def test_hostile_values_are_given_back(office: Browser) -> None:
    page = add(office, office.get(NEW), "new", "city")

    for value in ("<b>", '"', "x" * 500, "'; DROP TABLE person; --", "{{ 7 * 7 }}", "\u202e"):
        shown = press(office, page, "show", **{"g-0-0-city": value})
        assert shown.status == 200
        assert shown.form().values["g-0-0-city"] == value
    strange = {"g-0-0": "nothing", "g-1-0": "city", "g-1-0-is": "maybe", "g-1-0-city": "鞍山"}
    shown = press(office, page, "show", **strange)
    assert shown.form().values["g-0-0-city"] == "鞍山"
    many = {f"g-{n}-0": "city" for n in range(70)} | {f"g-{n}-0-city": f"x{n}" for n in range(70)}
    assert press(office, page, "show", **many).status == 200
    assert office.send(page.form(), page.url, name_zh="名", **many).status == 422
