"""The lists the program brings, and what the association says of itself."""

from sqlalchemy import func, select

from alumni.accounts.policy import ROLES
from alumni.audit.models import Change
from alumni.authz import Actor
from alumni.chapters.models import Chapter
from alumni.chapters.queries import chapter_for_place
from alumni.codes.commands import change_settings
from alumni.codes.models import CodeKind, Place
from alumni.codes.policy import may_change_settings
from alumni.codes.queries import (
    association,
    association_as_kept,
    code_named,
    colleges,
    find_place,
    home_institution,
)
from alumni.db import db, transaction
from alumni.i18n import speaking
from tests.factories import actor_of, make_account
from tests.refusals import refused


def test_places_are_found_by_all_their_names() -> None:
    for written in ("鞍山", "鞍山市", "Anshan", " ANSHAN ", "anshan"):
        place = find_place(written)
        assert place is not None
        assert place.code == "210300"
    shaanxi = find_place("西安")
    assert shaanxi is not None
    assert find_place("Xi'an") == find_place("xian") == shaanxi
    assert find_place("Atlantis") is None


def test_a_city_comes_before_its_province() -> None:
    found = {name: find_place(name) for name in ("吉林", "辽宁", "北京市", "Canada")}
    assert {name: place and place.code for name, place in found.items()} == {
        "吉林": "220200",
        "辽宁": "210000",
        "北京市": "110000",
        "Canada": "CA",
    }


def test_each_place_leads_to_its_chapter() -> None:
    def slug(name: str) -> str | None:
        place = find_place(name)
        chapter = chapter_for_place(place.id) if place else None
        return chapter.slug if chapter else None

    assert {
        name: slug(name) for name in ("鞍山", "朝阳", "Vancouver", "Boston", "大连", "成都")
    } == {
        "鞍山": "anshan",
        "朝阳": "chaoyang",
        "Vancouver": "north-america",
        "Boston": "north-america",
        "大连": None,
        "成都": None,
    }


def test_there_are_seventeen_chapters_and_dalian_planned() -> None:
    rows = db.session.execute(select(Chapter.status, func.count()).group_by(Chapter.status))
    counted = dict(rows.all())
    assert counted == {"active": 17, "planned": 1}
    assert db.session.scalar(select(func.count()).select_from(Place)) == 128


def test_words_are_found_by_former_names_too() -> None:
    assert home_institution().name_zh == "大连医科大学"
    former = code_named(CodeKind.INSTITUTION, "大连医学院")
    assert former is not None
    assert former.id == home_institution().id
    english = code_named(CodeKind.COLLEGE, "school of stomatology")
    assert english is not None
    assert english.name_zh == "口腔医学院"
    assert code_named(CodeKind.COLLEGE, "no such college") is None
    assert len(colleges()) == 10


def test_the_association_says_its_name_in_both_languages() -> None:
    office = actor_of(make_account(role="office"))
    with transaction():
        change_settings(office, {"name_zh": "海滨校友会", "name_en": "Seaside", "other": "x"})
    with transaction():
        change_settings(office, {"name_en": "Seaside Alumni", "contact_phone": "0411 1234"})

    with speaking("zh"):
        assert association().name == "海滨校友会"
    with speaking("en"):
        assert association().name == "Seaside Alumni"
        assert association().phone == "0411 1234"
        assert association()["name_zh"] == "海滨校友会"
    assert not association().is_demonstration
    assert association_as_kept().name == association().name
    told = db.session.scalars(select(Change).where(Change.table_name == "setting")).all()
    changed_to = {(change.after or {}).get("value"): change.before for change in told}
    assert changed_to == {
        "Seaside": None,
        "海滨校友会": None,
        "0411 1234": None,
        "Seaside Alumni": {"value": "Seaside"},
    }


def test_only_who_manages_settings_changes_them() -> None:
    auditor = Actor(account_id=1, capabilities=frozenset(ROLES["auditor"]))
    with refused(may_change_settings), transaction():
        change_settings(auditor, {"name_en": "Mine"})
    assert association()["name_en"] == "Alumni Association"
