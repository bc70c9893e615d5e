"""The pages of the office's lists."""

import pytest
from sqlalchemy import select

from alumni.codes.models import CodeKind, Place, PlaceName
from alumni.codes.queries import code_named, codes_of, find_place
from alumni.db import db
from alumni.people.models import Study, StudyInstitution
from tests.browser import Browser, FilledForm, Page
from tests.codes.made import make_city, make_word
from tests.conftest import SignIn
from tests.factories import make_account, make_person, make_verified, saved

LISTS = "/office/settings/lists"
MAJORS = f"{LISTS}/major"
PLACES = "/office/settings/places"


def read_anew() -> None:
    """Forget what the test has read before the page wrote."""
    db.session.rollback()
    db.session.expire_all()


def mergers(page: Page) -> list[FilledForm]:
    """The buttons of the page that merge."""
    posted = [form for form in page.forms if form.attributes.get("method") == "post"]
    return [form for form in posted if form.action.endswith("/merge")]


def confirmed(browser: Browser, url: str) -> Page:
    """Open the page that says what a merger would do, and let it be done."""
    page = browser.get(url)
    (merger,) = mergers(page)
    return browser.send(merger, page.url)


def test_all_lists_stand_there_with_how_many_words(office: Browser) -> None:
    page = office.get(LISTS)

    rows = {row["href"]: row["text"] for row in page.all("a") if row["href"].startswith(LISTS)}
    for kind in CodeKind:
        assert rows[f"{LISTS}/{kind.value}"].split()[-1] == str(len(codes_of(kind)))
    assert "Cities and countries 128" in page.texts("a")


def test_a_list_shows_names_uses_and_what_became_of_words(office: Browser) -> None:
    word = make_word("甲学", name_en="Alpha")
    saved(Study(person_id=make_person().id, major_id=word.id))

    page = office.get(MAJORS)

    assert "甲学 Alpha 1" in page.texts("tr")
    assert page.texts("tr")[0].startswith("In Chinese")
    assert office.get(f"{LISTS}/institution").status == 200
    assert office.get(f"{LISTS}/planet").status == 404
    assert office.get(f"{MAJORS}/{codes_of(CodeKind.COLLEGE)[0].id}").status == 404


def test_a_word_is_added_renamed_and_offered_no_more(office: Browser) -> None:
    page = office.submit(f"{MAJORS}/new", name_zh="甲学", name_en="Alpha")
    assert (page.status, page.location) == (303, MAJORS)
    word = code_named(CodeKind.MAJOR, "甲学")
    read_anew()
    assert word is not None
    url = f"{MAJORS}/{word.id}"

    taken = office.submit(f"{MAJORS}/new", name_zh="ＡＬＰＨＡ", name_en="")
    office.submit(url, name_zh="新甲学", position="7", is_obsolete="y")

    assert taken.status == 422
    assert "already a name of “Alpha”" in taken.text
    read_anew()
    assert (word.name_zh, word.position, word.is_obsolete) == ("新甲学", 7, True)
    assert "新甲学 Alpha 甲学 0 Offered no more" in office.get(MAJORS).texts("tr")


def test_another_name_is_added_and_taken_away(office: Browser) -> None:
    word, other = make_word("甲学"), make_word("乙学", name_en="Beta")
    url = f"{MAJORS}/{word.id}"

    office.submit(f"{url}/names", on=url, other_name="甲 科")
    taken = office.submit(f"{url}/names", on=url, other_name="beta")

    assert taken.status == 422
    assert "“beta” is already a name of “Beta”" in taken.text
    (kept,) = [field["value"] for field in taken.all("input", name="name_zh")]
    assert kept == "甲学", "the other form of the page is what it was"
    page = office.get(url)
    (remove,) = [form.action for form in page.forms if form.action.endswith("/remove")]
    assert "甲 科" in page.text
    assert office.press(url, remove).status == 303
    assert "甲 科" not in office.get(url).text
    assert office.post(remove).status == 400
    assert other.id != word.id


def test_merging_shows_first_what_will_happen(office: Browser) -> None:
    old, new = make_word("甲学", name_en="Alpha"), make_word("乙学", name_en="Beta")
    study = saved(Study(person_id=make_person().id, major_id=old.id))
    url = f"{MAJORS}/{old.id}/merge"

    choice = office.get(url)
    page = office.get(f"{url}?into={new.id}")

    assert str(old.id) not in [option["value"] for option in choice.all("option")]
    assert "Wherever “Alpha” stands, “Beta” will stand." in page.text
    assert "1 study" in page.texts("li")
    assert study.major_id == old.id
    merged = confirmed(office, f"{url}?into={new.id}")
    assert (merged.status, merged.location) == (303, f"{MAJORS}/{new.id}")
    read_anew()
    assert study.major_id == new.id
    assert "Merged into this one: Alpha" in office.follow(merged).text
    assert "甲学 Alpha 0 Merged into Beta" in office.get(MAJORS).texts("tr")

    own = f"{MAJORS}/{old.id}"
    assert office.get(own).all("a", href=f"{MAJORS}/{new.id}")
    assert office.press(own, f"{own}/take-back").status == 303
    read_anew()
    assert study.major_id == old.id


def test_a_merger_that_cannot_be_says_why_and_has_no_button(office: Browser) -> None:
    old = make_word("甲大学", CodeKind.INSTITUTION)
    new = make_word("乙大学", CodeKind.INSTITUTION)
    study = saved(Study(person_id=make_person().id))
    for word in (old, new):
        saved(
            StudyInstitution(person_id=study.person_id, study_id=study.id, institution_id=word.id)
        )
    url = f"{LISTS}/institution/{old.id}/merge"

    page = office.get(f"{url}?into={new.id}")

    assert "1 student number or study is registered with both" in page.text
    assert mergers(page) == []


@pytest.mark.parametrize("into", ["x", "99999999999", "-1", "²"])
def test_strange_numbers_are_refused(office: Browser, into: str) -> None:
    word = make_word("甲学")
    assert office.get(f"{MAJORS}/{word.id}/merge?into={into}").status == 400
    assert office.get(f"{MAJORS}/{word.id}/merge?into=2000000000").status == 404
    assert office.get(f"{PLACES}?within={into}").status == 400
    same = office.get(f"{MAJORS}/{word.id}/merge?into={word.id}")
    assert "What will happen" not in same.text


def test_places_are_browsed_and_found(office: Browser) -> None:
    top = office.get(PLACES)
    china = find_place("中国")
    liaoning = find_place("辽宁")
    assert china is not None
    assert liaoning is not None
    assert "中国 China Country 0" in top.texts("tr")
    assert "辽宁 Liaoning Province China 0" in office.get(f"{PLACES}?within={china.id}").texts("tr")
    found = office.get(f"{PLACES}?q=ansh")
    assert [row for row in found.texts("tr") if "鞍山" in row] == [
        "鞍山 Anshan City Liaoning · China 0"
    ]
    assert "No place is called so" in office.get(f"{PLACES}?q=Atlantis").text
    assert "No place is called so" in office.get(f"{PLACES}?q={'a' * 200}").text
    assert "No place lies in it yet" in office.get(f"{PLACES}?within={_id('鞍山')}").text


def _id(name: str) -> int:
    place = find_place(name)
    assert place is not None
    return place.id


def test_a_city_is_added_and_named(office: Browser) -> None:
    right = {"parent_id": str(_id("中国"))}
    page = office.submit(
        f"{PLACES}/new", **right, name_zh="新城", name_en="Newtown", time_zone="Europe/Madrid"
    )
    assert page.status == 303
    read_anew()
    place = db.session.scalars(select(Place).where(Place.name_en == "Newtown")).one()
    url = f"{PLACES}/{place.id}"

    office.submit(f"{url}/names", on=url, other_name="新 镇")
    wrong = office.submit(f"{url}/names", on=url, other_name=" ")
    zone = office.submit(url, time_zone="Europe/Atlantis")
    office.submit(url, name_zh="老城", time_zone="")

    assert (wrong.status, zone.status) == (422, 422)
    read_anew()
    assert (place.name_zh, place.time_zone) == ("老城", "Europe/Madrid")
    names = select(PlaceName.written).where(
        PlaceName.place_id == place.id, PlaceName.written.is_not(None)
    )
    assert set(db.session.scalars(names)) == {"新城", "新 镇"}
    page = office.get(url)
    remove = next(form.action for form in page.forms if form.action.endswith("/remove"))
    assert office.press(url, remove).status == 303
    assert office.submit(f"{PLACES}/new", **right, name_zh="老城", name_en="Old").status == 422


def test_two_places_are_merged_and_parted(office: Browser) -> None:
    old, new = make_city("旧城", "Oldtown"), make_city("新城", "Newtown")
    url = f"{PLACES}/{old.id}/merge"

    page = office.get(f"{url}?q=newto")
    assert page.all("a", href=f"{url}?into={new.id}")
    assert "No other place" in office.get(f"{url}?q=Oldtown").text
    merged = confirmed(office, f"{url}?into={new.id}")

    assert (merged.status, merged.location) == (303, f"{PLACES}/{new.id}")
    read_anew()
    found = find_place("旧城")
    assert found is not None
    assert found.id == new.id
    own = f"{PLACES}/{old.id}"
    assert office.press(own, f"{own}/take-back").status == 303
    read_anew()
    found = find_place("旧城")
    assert found is not None
    assert found.id == old.id


@pytest.mark.parametrize("who", ["member", "auditor"])
def test_nobody_else_sees_the_lists(signed_in: SignIn, who: str) -> None:
    account = make_verified() if who == "member" else make_account(role="auditor")
    browser, word, city = signed_in(account), make_word("甲学"), make_city("新城", "Newtown")
    for url in (
        LISTS,
        MAJORS,
        f"{MAJORS}/new",
        f"{MAJORS}/{word.id}",
        f"{MAJORS}/{word.id}/names",
        f"{MAJORS}/{word.id}/merge",
        PLACES,
        f"{PLACES}/new",
        f"{PLACES}/{city.id}",
        f"{PLACES}/{city.id}/names",
        f"{PLACES}/{city.id}/merge",
    ):
        assert browser.get(url).status == 403, url


@pytest.mark.parametrize("how_many", [1, 4])
def test_a_list_asks_as_often_for_many_words_as_for_one(
    office: Browser, queries: list[str], how_many: int
) -> None:
    for number in range(how_many):
        make_word()
        make_city(f"城{number}", f"Town {number}")
    inside = f"{PLACES}?within={_id('辽宁')}"

    queries.clear()
    office.get(MAJORS)
    office.get(inside)

    assert len([query for query in queries if query.startswith(("SELECT", "WITH"))]) == 13
