"""One world in which every kind of principal and every kind of object is there once."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from sqlalchemy import select

from alumni.accounts.models import Account, Assignment
from alumni.audit.commands import record
from alumni.authz import SYSTEM, Capability, Right
from alumni.chapters.models import (
    Chapter,
    ChapterStatus,
    Position,
    PositionRight,
)
from alumni.chapters.models.governance import Acceptance, Agreement
from alumni.codes.models import CodeKind
from alumni.codes.queries import code_named
from alumni.db import db, now, today
from alumni.people.models import Person, PersonStatus
from alumni.people.models.classes import ClassLiaison
from tests.factories import (
    account_of,
    make_account,
    make_chapter,
    make_member,
    make_officer,
    make_person,
    make_verified,
    number,
    saved,
)
from tests.matrix.reading import CAPABILITIES, HOLDS, RIGHTS, Line

DAY = timedelta(days=1)
APPOINTEE = "尤任职"
CLASS: dict[str, Any] = {"year": 1998, "college": "临床医学院", "class_label": "3班"}


@dataclass
class Things:
    """The objects of one kind: what an address needs to name each of them."""

    own: dict[str, Any]
    others: dict[str, dict[str, Any]] = field(default_factory=dict)
    """By what they are: foreign, hidden, gone; "united" became part of the own one."""
    is_fixed: bool = False
    """Whether its name is none that could be missing: the section of a form, a kind of file."""


@dataclass
class World:
    """``young`` has no members yet."""

    home: Chapter
    foreign: Chapter
    parent: Chapter
    merged: Chapter
    young: Chapter
    accounts: dict[str, Account | None] = field(default_factory=dict)
    """By the name of the principal; None: nobody is signed in."""
    people: dict[str, Person] = field(default_factory=dict)
    things: dict[str, Things] = field(default_factory=dict)
    sent: Callable[[str, str, str], dict[str, str]] = field(default=lambda *_asked: {})
    """What is sent to an address: ``sending.forms``."""


def make_world(lines: list[Line]) -> World:
    parent = make_chapter(slug="above")
    home = make_chapter(slug="home", parent_id=parent.id)
    world = World(
        home=home,
        foreign=make_chapter(slug="foreign"),
        young=make_chapter(slug="young"),
        parent=parent,
        merged=make_chapter(slug="merged", status=ChapterStatus.ARCHIVED, merged_into_id=home.id),
    )
    _agreement()
    _principals(world)
    _probes(world, lines)
    return world


def _agreement() -> None:
    """Officers promise something here; all but one of them did."""
    saved(Agreement(version=1, text_zh="只用于会务。", text_en="For the chapter alone."))


def _accepts(person: Person) -> Person:
    newest = db.session.scalars(select(Agreement)).one()
    saved(Acceptance(person_id=person.id, agreement_id=newest.id))
    return person


def _principals(world: World) -> None:
    home, foreign, parent = world.home, world.foreign, world.parent
    long_ago = today() - 700 * DAY
    people = {
        "graduate": make_member(foreign, make_verified("李校友")),
        "member": make_member(home, make_verified("孙本人")),
        "owner": make_member(home, make_verified("孙本人", **CLASS)),
        "before": make_officer(home, starts_on=today() + DAY),
        "after": make_officer(home, starts_on=long_ago, ends_on=today() - DAY),
        "liaison": make_member(foreign, make_verified("周联络", **CLASS)),
        "leader": make_officer(home),
        "elsewhere": make_officer(foreign),
        "two": make_officer(home, person=make_officer(foreign)),
        "parent": make_officer(parent),
        "owing": make_officer(home),
        "liaison before": make_member(foreign, make_verified("周联络", **CLASS)),
        "liaison after": make_member(foreign, make_verified("周联络", **CLASS)),
        "appointee": make_member(home, make_verified(APPOINTEE)),
        "clerk": make_officer(home, person=make_member(home, make_verified("秦职员"))),
    }
    make_member(home, people["two"])
    for name in ("before", "after", "leader", "elsewhere", "two", "parent", "clerk"):
        _accepts(people[name])
    college = code_named(CodeKind.COLLEGE, CLASS["college"])
    if college is None:
        raise LookupError(CLASS["college"])
    terms = {
        "liaison": (long_ago, None),
        "liaison before": (today() + DAY, None),
        "liaison after": (long_ago, today() - DAY),
    }
    for name, (starts_on, ends_on) in terms.items():
        saved(
            ClassLiaison(
                person_id=people[name].id,
                graduation_year=CLASS["year"],
                college_id=college.id,
                class_label=CLASS["class_label"],
                starts_on=starts_on,
                ends_on=ends_on,
            )
        )
    world.people = people
    world.accounts = {
        "anonymous": None,
        "suspended": make_account(role="office", suspended_at=now()),
        "applicant": make_account(
            person=make_person("吴申请", status=PersonStatus.APPLICANT), email="wu@example.org"
        ),
        **{name: account_of(person) for name, person in people.items() if name in HOLDS},
        "office": make_account(role="office"),
        "administrator": make_account(role="administrator"),
        "auditor": make_account(role="auditor"),
        "unproved": make_account(role="office"),
        "stale": _staff(frozenset(CAPABILITIES)),
        "coming": _staff(frozenset(CAPABILITIES), starts_on=today() + DAY),
        "ended": _staff(
            frozenset(CAPABILITIES), starts_on=today() - 9 * DAY, ends_on=today() - DAY
        ),
    }
    _give(account_of(people["clerk"]), CAPABILITIES)
    beginning, ending = (
        {"starts_on": today() + DAY},
        {"starts_on": long_ago, "ends_on": today() + DAY},
    )
    world.accounts |= {
        "beginning": _officer_at(home, "Asia/Shanghai", **beginning),
        "beginning, abroad": _officer_at(home, "America/New_York", **beginning),
        "ending": _officer_at(home, "Asia/Shanghai", **ending),
        "ending, abroad": _officer_at(home, "America/New_York", **ending),
    }


def _officer_at(chapter: Chapter, time_zone: str, **term: Any) -> Account:
    """Of an officer with this term, whose own clock may show another day."""
    account = account_of(_accepts(make_officer(chapter, **term)))
    account.time_zone = time_zone
    record(SYSTEM, "moved", account)
    db.session.commit()
    return account


def _probes(world: World, lines: list[Line]) -> None:
    """Who holds what one line names and nothing else, and who holds all but that."""
    for name, held in {
        name: held for line in lines for name, held in line.probes().items()
    }.items():
        if held & RIGHTS:
            person = _accepts(make_officer(world.home, _position(held & RIGHTS)))
            world.accounts[name] = account_of(person)
        else:
            world.accounts[name] = _staff(held & CAPABILITIES)


def _position(rights: frozenset[str]) -> str:
    n = next(number)
    held = saved(Position(code=f"p{n}", name_zh=f"职务{n}", name_en=f"Position {n}"))
    saved(*[PositionRight(position_id=held.id, right=Right(right)) for right in sorted(rights)])
    return held.code


def _staff(capabilities: frozenset[str], **term: Any) -> Account:
    account = make_account()
    _give(account, capabilities, **term)
    return account


def _give(account: Account, capabilities: frozenset[str], **term: Any) -> None:
    invented = {"starts_on": today(), **term}
    saved(
        *[
            Assignment(account_id=account.id, capability=Capability(one), **invented)
            for one in sorted(capabilities)
        ]
    )
