"""What is sent: forms that somebody could mean, so that what stands behind them is asked, too.

An empty form is told what it lacks, and nobody learns whether it would have been done.
"""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from sqlalchemy import select

from alumni.chapters.models import Position
from alumni.db import db, today
from alumni.mailings.models import Mailing
from tests.matrix.world import World

Fields = dict[str, str]

WORDS: dict[str, Fields] = {
    "/people/<public_id>/write": {"text": "x"},
    "/chapters/<slug>/desk/export": {
        "columns": "name",
        "format": "csv",
        "rows": "main",
        "sheet": "3x8",
        "purpose": "x",
    },
    "/chapters/<slug>/desk/joiners/<int:membership_id>/reject": {"reason": "x"},
    "/chapters/<slug>/desk/members/<public_id>/end": {"reason": "x"},
    "/office/agreement/new": {"text_zh": "新", "text_en": "x"},
    "/office/annual-reports/<public_id>": {"reason": "x"},
    "/office/applications/<public_id>/ask": {"question": "x"},
    "/office/applications/<public_id>/note": {"text": "x"},
    "/office/applications/<public_id>/reject": {"reason": "x"},
    "/office/audit/export": {"purpose": "x"},
    "/office/changes/<public_id>/reject": {"answer": "x"},
    "/office/chapters/<slug>/archive": {"reason": "x"},
    "/office/chapters/<slug>/unite": {"into": "foreign", "reason": "x"},
    "/office/events/<public_id>/publish": {"version": "1"},
    "/office/events/<public_id>/send-back": {"note": "x"},
    "/office/imports/<public_id>/rows": {"wish": "leave"},
    "/office/imports/<public_id>/rows/<int:row_id>": {"wish": "leave"},
    "/office/people/<public_id>/edit/status/<mark>/back": {"version": "1", "why": "x"},
    "/office/petitions/<public_id>/answer": {"answer": "x"},
    "/office/positions/new": {"name_zh": "新职", "name_en": "x", "order": "9"},
    "/office/relayed/<public_id>": {"why": "x"},
    "/office/requests/<public_id>/answer": {"words": "x"},
    "/office/requests/<public_id>/close": {"why": "x"},
    "/office/settings/staff/<public_id>/grant": {"capability": "accounts.manage", "why": "x"},
    "/office/settings/staff/<public_id>/suspend": {"why": "x"},
    "/office/accounts/<public_id>/sign-in": {"how": "x", "email": "another@example.org"},
    "/office/settings/staff/invite": {
        "email": "another@example.org",
        "name": "x",
        "role": "auditor",
        "language": "en",
    },
}
"""By the rule of the address; where the object matters, with its kind behind it."""

WORDS["/office/people/export"] = WORDS["/chapters/<slug>/desk/export"]


def forms(world: World) -> Callable[[str, str, str], Fields]:
    """The fields for an address by its rule, the kind of its object, and the name of who asks."""
    known = WORDS | _named(world)

    def sent(rule: str, thing: str, name: str) -> Fields:
        if rule == "/sign-in":
            return {"email": f"{name.replace(' ', '.')}@example.org"}
        fields = known.get(f"{rule} {thing}") or known.get(rule, {})
        if "/profile/" in rule or "/edit/" in rule:
            return {"version": "1", **fields}
        return fields

    return sent


def _named(world: World) -> dict[str, Fields]:
    """What names somebody or something of this world."""
    own = {kind: things.own for kind, things in world.things.items()}
    president = db.session.scalars(select(Position.id).where(Position.code == "president")).one()
    appointee = {
        "person": world.people["appointee"].public_id,
        "position_id": str(president),
        "starts_on": str(today()),
    }
    letter = select(Mailing.body_hash).where(
        Mailing.public_id == own["submitted-mailing"]["public_id"]
    )
    successor = world.accounts["auditor"]
    grant = {
        "starts_on": str(today()),
        "ends_on": str(today() + timedelta(days=1)),
        "reason": "x",
    }
    officer = "/office/chapters/<slug>/officers/<int:officer_id>"
    status = "/office/people/<public_id>/edit/status"
    row = "/office/imports/<public_id>/rows/<int:row_id>"
    return {
        "/chapters/<slug>/desk/joiners/approve": {"joiner": _text(own["joiner"], "membership_id")},
        "/chapters/<slug>/desk/handover/officers": appointee,
        "/office/changes/<public_id>/approve": {"seen": world.people["owner"].name_zh or ""},
        "/office/changes/<public_id>/approve change-of-clerk": {
            "seen": world.people["clerk"].name_zh or ""
        },
        "/office/chapters/<slug>/officers/new": appointee,
        officer: {"right": "publish", **grant},
        f"{officer} officer-to-export": {"right": "export", **grant},
        f"{row} row-of-somebody": {"person": world.people["member"].public_id},
        "/office/classes/liaisons/new": {**appointee, "graduation_year": "1998"},
        status: {"mark": "departed", "day": str(today()), "why": "x"},
        f"{status} clerk": {"mark": "deceased", "day": str(today()), "why": "x"},
        "/office/mailings/<public_id>/approve": {"body_hash": db.session.scalars(letter).one()},
        "/office/petitions/<public_id>": {"ends_on": str(today() + timedelta(days=9))},
        "/office/settings/lists/<kind>/<int:code_id>/merge": {
            "into": _text(own["other-code"], "code_id")
        },
        "/office/settings/places/<int:place_id>/merge": {
            "into": _text(own["other-place"], "place_id")
        },
        "/office/settings/staff/<public_id>/close": {
            "successor": successor.public_id if successor else "",
            "why": "x",
        },
    }


def _text(named: dict[str, Any], name: str) -> str:
    return str(named[name])
