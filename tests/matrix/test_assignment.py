"""Nobody changes more than the form asks: whatever else is sent with it is not looked at."""

from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy import select

from alumni.accounts.models import Account, Assignment
from alumni.chapters.models import Chapter, ChapterMembership, Officer, OfficerRight, Position
from alumni.db import Model, db, today
from alumni.people.models import Person
from tests.browser import FilledForm
from tests.conftest import SignIn
from tests.factories import make_account, make_chapter, make_member, make_officer

KEPT_APART: tuple[type[Model], ...] = (
    Account,
    Assignment,
    Chapter,
    ChapterMembership,
    Officer,
    OfficerRight,
    Person,
    Position,
)
"""Tables with columns that somebody would like to set for themselves."""

FOLLOWS = {"version", "updated_at", "confirmed_at", "seen_at"}
"""What a change of other things changes."""

Rows = dict[tuple[str, str], dict[str, Any]]


def rows() -> Rows:
    """All that the tables hold."""
    db.session.rollback()
    return {
        (model.__tablename__, str([row[key.name] for key in model.__table__.primary_key])): {
            name: value for name, value in row.items() if name not in FOLLOWS
        }
        for model in KEPT_APART
        for row in db.session.execute(select(model.__table__)).mappings()
    }


def everything(form: FilledForm, chapter: Chapter, person: Person) -> dict[str, str]:
    """A value for every column of these tables that the form does not ask for."""
    return {
        name: _wanted(column, chapter, person)
        for model in KEPT_APART
        for name, column in model.__table__.columns.items()
        if name not in form.values
    }


def _wanted(column: Any, chapter: Chapter, person: Person) -> str:
    """What an intruder would write there."""
    for table, thing in (("chapter", chapter), ("person", person)):
        if any(key.column.table.name == table for key in column.foreign_keys):
            return str(thing.id)
    if isinstance(column.type, sa.Enum):
        return str(column.type.enums[-1])
    if isinstance(column.type, sa.Boolean):
        return "y"
    if isinstance(column.type, sa.Date):
        return str(today() + timedelta(days=999))
    return "7"


MEMBER = ("/me/profile/names", "/me/profile/privacy", "/me/profile/language", "/me/profile/photo")
LEADER = ("/chapters/{slug}/desk/page",)
OFFICE = (
    "/office/people/{public_id}/edit/names",
    "/office/people/{public_id}/edit/facts",
    "/office/people/{public_id}/edit/privacy",
    "/office/people/{public_id}/edit/language",
    "/office/chapters/{slug}",
    "/office/chapters/{slug}/officers/{officer_id}",
    "/office/positions/{position_id}",
)


@pytest.mark.parametrize(
    ("who", "pages"), [("member", MEMBER), ("leader", LEADER), ("office", OFFICE)]
)
def test_what_a_form_does_not_ask_stays_as_it_is(
    signed_in: SignIn, who: str, pages: tuple[str, ...]
) -> None:
    chapter = make_chapter()
    leader, member, elsewhere = make_officer(chapter), make_member(chapter), make_chapter()
    person = {"member": member, "leader": leader}.get(who)
    browser = signed_in(person or make_account(role="office"))
    officer = db.session.scalars(select(Officer).where(Officer.chapter_id == chapter.id)).one()
    named = {
        "slug": chapter.slug,
        "public_id": member.public_id,
        "officer_id": officer.id,
        "position_id": officer.position_id,
    }
    for page in pages:
        address = page.format(**named)
        shown = browser.get(address)
        form = shown.form()
        before = rows()
        answer = browser.send(form, shown.url, **everything(form, elsewhere, leader))
        assert answer.status in (303, 422), address
        assert rows() == before, address
