"""The office's list of all people."""

from collections.abc import Iterator
from typing import Any, NamedTuple

from flask import flash, render_template, url_for
from flask.typing import ResponseReturnValue

from alumni.audiences import queries
from alumni.audiences.criteria import Audience, address, parameters
from alumni.audiences.forms.filters import FilterForm
from alumni.audiences.policy import may_export_people, may_list_people
from alumni.audiences.queries import Mark, PeoplePage, Window
from alumni.audiences.routes import blueprint
from alumni.authz import Actor, Capability, require
from alumni.errors import BadRequest
from alumni.i18n import language
from alumni.membership.queries.persons import class_text
from alumni.people import names
from alumni.people.fields import status_words
from alumni.people.models import PersonStatus
from alumni.web import acting, asked

BADGES = {PersonStatus.VERIFIED: "ok", PersonStatus.APPLICANT: "wait"}


class Line(NamedTuple):
    """A row of the list as the page shows it. Unpacked there: it is the hottest loop we have."""

    url: str
    name: str
    sub: str
    class_text: str
    employer: str
    title: str
    city: str
    badge: str
    status: str


@blueprint.get("/office/people")
def people() -> ResponseReturnValue:
    actor = acting()
    require(may_list_people, actor)
    given = asked([*parameters(actor), "after", "before"])
    window = Window.read(given.pop("after", []), given.pop("before", []))
    audience, status = _wanted(actor, given)
    page = queries.people(actor, audience, window)
    here, query = url_for(".people"), audience.to_query()
    export_url = address(url_for(".export"), query)
    return render_template(
        "audiences/people.html",
        audience=audience,
        here=here,
        query=query,
        without_text={name: value for name, value in query.items() if name != "q"},
        page=page,
        lines=list(_lines(page)),
        chips=audience.chips(here),
        filters=FilterForm(audience, queries.choices(actor)),
        newer_url=_turned(query, "before", page.newer),
        older_url=_turned(query, "after", page.older),
        email_url=address(here, query | {"email": "yes"}),
        export_url=export_url if may_export_people(actor) else None,
        may_import=actor.can(Capability.IMPORT_ROSTER),
    ), status


def _wanted(actor: Actor, given: dict[str, list[str]]) -> tuple[Audience, int]:
    """What is looked for, and the page's status: a value that means nothing is said and left out,

    and the other conditions stay.
    """
    status = 200
    while True:
        try:
            return Audience.from_query(actor, given), status
        except BadRequest as refusal:
            if refusal.field not in given:
                raise
            del given[refusal.field]
            status = refusal.status
            flash(str(refusal), "bad")


def _lines(page: PeoplePage) -> Iterator[Line]:
    prefix = url_for("membership.person", public_id="-").removesuffix("-")
    here, words = language(), status_words()
    other = "en" if here == "zh" else "zh"
    for row in page.rows:
        name, sub = _written(row, here), _written(row, other)
        if row.name_en and row.name_en not in (name, sub):
            sub = f"{sub} · {row.name_en}"
        yield Line(
            url=prefix + row.public_id,
            name=name,
            sub="" if sub == name else sub,
            class_text=class_text(
                row.graduation_year, row.entry_year, row.major or row.college or "", row.class_label
            ),
            employer=row.employer or "",
            title=row.title or "",
            city=row.city or "",
            badge=BADGES.get(row.state, "off"),
            status=words[row.state],
        )


def _written(row: Any, code: str) -> str:
    latin = row.name_latin or row.name_en
    return names.written(row.name_zh, latin, row.pinyin_surname, row.pinyin_given, code)


def _turned(query: dict[str, str], name: str, row: Mark | None) -> str | None:
    """The address of the page after or before the row."""
    return address(url_for(".people"), query | {name: str(row)}) if row else None
