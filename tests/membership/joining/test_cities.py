"""Which chapter is suggested to whom."""

import pytest
from sqlalchemy import select

from alumni.chapters.models import JoinMode
from alumni.db import db, transaction
from alumni.membership.queries import suggested_chapter
from alumni.people.commands.homes import Home, correct_home, decline_chapter, move_home
from alumni.people.models import Level, Person, Residence
from alumni.people.policy import may_edit
from tests.factories import actor_of, make_verified, saved, the_chapter
from tests.membership.joining.made import verbs
from tests.refusals import refused


def test_a_suggestion_that_was_declined_comes_back_with_the_next_home() -> None:
    person = make_verified(city="鞍山市")
    actor = actor_of(person)

    def home() -> Residence:
        return db.session.scalars(select(Residence).where(Residence.is_current)).one()

    for _again in range(2):
        with transaction():
            decline_chapter(actor, db.session.get_one(Person, person.id), home())
    declined = suggested_chapter(actor)
    with refused(may_edit), transaction():
        decline_chapter(actor_of(make_verified()), person, home())
    with transaction():
        told = Home(city="鞍山市", visibility=Level.PUBLIC)
        correct_home(actor, db.session.get_one(Person, person.id), home(), told)
    still = suggested_chapter(actor)
    with transaction():
        told = Home(city="沈阳", visibility=Level.PUBLIC)
        correct_home(actor, db.session.get_one(Person, person.id), home(), told)
    corrected = suggested_chapter(actor)
    with transaction():
        told = Home(city="温哥华", visibility=Level.PUBLIC)
        move_home(actor, db.session.get_one(Person, person.id), told)
    moved = suggested_chapter(actor)

    assert (declined, still) == (None, None)
    assert corrected is not None
    assert moved is not None
    assert (corrected.slug, moved.slug) == ("shenyang", "north-america")
    assert verbs().count("declined_chapter") == 1


@pytest.mark.parametrize(
    ("city", "slug"),
    [
        ("鞍山", "anshan"),
        ("鞍山市", "anshan"),
        ("Anshan", "anshan"),
        ("锦州", "jinzhou"),
        ("朝阳", "chaoyang"),
        ("北京", "beijing"),
        ("上海市", "shanghai"),
        ("广州", "guangzhou"),
        ("Boston", "north-america"),
        ("纽约", "north-america"),
        ("Vancouver", "north-america"),
        ("多伦多", "north-america"),
        ("深圳", None),
        ("香港", None),
        ("大连", None),
        ("Paris", None),
    ],
)
def test_the_chapter_of_a_city(city: str, slug: str | None) -> None:
    chapter = suggested_chapter(actor_of(make_verified(city=city)))

    assert (chapter.slug if chapter else None) == slug


def test_a_chapter_that_asks_for_nobody_is_not_suggested() -> None:
    anshan = the_chapter("anshan")
    actor = actor_of(make_verified(city="鞍山"))
    try:
        anshan.join_mode = JoinMode.INVITATION
        saved(anshan)
        assert suggested_chapter(actor) is None
    finally:
        anshan.join_mode = JoinMode.APPROVAL
        saved(anshan)
