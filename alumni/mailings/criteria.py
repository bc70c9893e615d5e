"""Who gets the letters of a mailing list, as a condition of lists of people."""

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import ColumnElement, select

from alumni.audiences.criteria import (
    Chip,
    Control,
    Criterion,
    Kind,
    Named,
    Question,
    impossible,
    register,
)
from alumni.authz import Actor
from alumni.db import db
from alumni.i18n import _, either, lazy_gettext
from alumni.mailings.models import MailList
from alumni.mailings.queries import audience, lists
from alumni.people.models import Person

LONGEST_SLUG = 60


@dataclass(frozen=True)
class Subscribed(Criterion):
    """Who would get a letter of the list now."""

    slug: str
    mail_list: Named
    chapter_id: int | None
    """Whose list it is; None: the association's."""

    def parameters(self) -> dict[str, str]:
        return {"list": self.slug}

    def condition(self, actor: Actor) -> ColumnElement[bool]:
        readers = audience(MailList(id=self.mail_list.id, chapter_id=self.chapter_id))
        ids = readers.with_only_columns(Person.id).correlate(None).subquery()
        return Person.id.in_(select(ids.c.id))

    def chips(self) -> list[Chip]:
        return [Chip(_("Gets letters of “%(name)s”", name=self.mail_list.name), ("list",))]


def register_criteria() -> None:
    """Let the office ask lists of people for the readers of a mailing list."""
    register(KIND)


def _read(_actor: Actor, given: Mapping[str, str]) -> Subscribed:
    slug = given["list"]
    found = None
    if len(slug) <= LONGEST_SLUG:
        found = db.session.scalar(select(MailList).where(MailList.slug == slug))
    if found is None:
        raise impossible("list", slug)
    name = Named(found.id, found.name_zh, found.name_en)
    return Subscribed(slug, name, found.chapter_id)


def _offered(_actor: Actor) -> list[tuple[str, str]]:
    return [(one.slug, either(one.name_zh, one.name_en)) for one in db.session.scalars(lists())]


KIND = Kind(
    ("list",),
    _read,
    is_private=True,
    questions=(
        Question(
            "list",
            lazy_gettext("Mailing list"),
            (Control("list", lazy_gettext("Mailing list"), offered=_offered),),
        ),
    ),
)
