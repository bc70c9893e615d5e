"""The questions over a list, which are drawn once for all who are asked the same."""

import pytest

from alumni.audiences.routes import narrowing
from alumni.audit.commands import record
from alumni.authz import SYSTEM
from alumni.chapters.models import Chapter
from alumni.db import db, transaction
from tests.browser import Browser, Page
from tests.conftest import SignIn
from tests.factories import (
    account_of,
    make_account,
    make_chapter,
    make_member,
    make_verified,
    the_chapter,
)


@pytest.fixture(autouse=True)
def drawn(monkeypatch: pytest.MonkeyPatch) -> dict[object, object]:
    """What is kept, empty at first."""
    kept: dict[object, object] = {}
    monkeypatch.setattr(narrowing, "_kept", kept)
    return kept


def member_of(sign_in: SignIn, *slugs: str) -> Browser:
    person = make_verified()
    for slug in slugs:
        make_member(the_chapter(slug), person)
    return sign_in(account_of(person))


def offered(page: Page, name: str) -> str:
    """The words to choose from."""
    return "".join(page.texts("select", name=name)).removeprefix("Any")


def test_readers_who_are_asked_the_same_share_a_drawing(
    signed_in: SignIn, drawn: dict[object, object]
) -> None:
    first, second = (member_of(signed_in, "anshan") for _ in range(2))

    pages = [browser.get("/people") for browser in (first, second, first)]

    assert len(drawn) == 1
    assert {offered(page, "chapter") for page in pages} == {"Anshan Chapter"}


def test_nobody_is_shown_the_chapters_of_another(signed_in: SignIn) -> None:
    in_anshan, in_shenyang = member_of(signed_in, "anshan"), member_of(signed_in, "shenyang")
    in_both, in_none = member_of(signed_in, "anshan", "shenyang"), member_of(signed_in)
    office = signed_in(make_account(role="office"))

    assert offered(in_anshan.get("/people"), "chapter") == "Anshan Chapter"
    assert offered(in_shenyang.get("/people"), "chapter") == "Shenyang Chapter"
    both = offered(in_both.get("/people"), "chapter")
    assert both == "Shenyang ChapterAnshan Chapter"
    assert offered(in_none.get("/people"), "chapter") == ""
    assert office.get("/office/people").texts("select", name="tag") == []


def test_what_the_office_is_asked_is_shown_to_nobody_else(signed_in: SignIn) -> None:
    office, member = signed_in(make_account(role="office")), member_of(signed_in, "anshan")

    assert office.get("/people").all("select", name="status")
    assert not member.get("/people").all("select", name="status")


def test_answers_and_languages_are_their_own(
    signed_in: SignIn, drawn: dict[object, object]
) -> None:
    browser = member_of(signed_in)
    answered = browser.get("/people?year_from=1998")
    empty = browser.get("/people")
    searched = browser.get("/people?q=zeng")
    browser.send(empty.form("/language"), empty.url)
    chinese = browser.get("/people")

    years = [page.all("input", name="year_from")[0].get("value") for page in (answered, empty)]
    assert years == ["1998", ""]
    assert "Graduated from" in searched.text
    assert "Graduated from" not in chinese.text
    assert len(drawn) == 3


def test_a_new_word_can_be_chosen_at_once(signed_in: SignIn) -> None:
    chapter = make_chapter(name_en="Iron Chapter")
    browser = signed_in(account_of(make_member(chapter, make_verified())))
    before = offered(browser.get("/people"), "chapter")
    with transaction():
        known = db.session.get_one(Chapter, chapter.id)
        known.name_en = "Steel Chapter"
        record(SYSTEM, "edited", known)

    after = offered(browser.get("/people"), "chapter")
    assert (before, after) == ("Iron Chapter", "Steel Chapter")


def test_drawings_do_not_pile_up(
    signed_in: SignIn, drawn: dict[object, object], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(narrowing, "KEPT", 3)
    browser = member_of(signed_in)
    for year in range(1990, 2000):
        browser.get(f"/people?year_from={year}")

    assert len(drawn) <= 3
