"""Who is let in where: every address, asked by every kind of principal about every kind of object.

What is expected stands in ``policy.tsv``, written from the specification and not asked of the
program.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import time_machine
from flask import Flask

from alumni.codes.queries import forget_settings
from alumni.db import db, today
from alumni.web import is_public
from tests.conftest import _empty
from tests.matrix.asking import MISSING, Principal, address, nothing_kept, remembered
from tests.matrix.objects import fill
from tests.matrix.reading import HOLDS, Line, lines
from tests.matrix.sending import forms
from tests.matrix.watching import watched
from tests.matrix.world import DAY, World, make_world

LINES = lines()

STRANGERS = ("anonymous", "graduate", "elsewhere")
"""They ask for what is not there, too: the answer must not tell it from what is."""

INSIDERS = ("owner", "leader", "liaison", "office", "administrator")
"""They are asked what they may do with what is somebody else's, and with what is gone."""

LET_IN = ("200", "422", "409", "done")
SECOND = timedelta(seconds=1)

ABOUT_ONESELF = {
    "/agreement",
    "/me/application",
    "/me/chapters",
    "/me/profile",
    "/me/profile/<section>/<int:row_id>",
    "/me/profile/<section>/new",
    "/me/profile/changes",
    "/me/profile/changes/<field>/<int:row_id>",
    "/me/profile/changes/study",
    "/me/profile/language",
    "/me/profile/names",
    "/me/profile/photo",
    "/me/profile/privacy",
    "/me/prove",
    "/me/second-factor",
    "/me/security/password",
}
"""Pages that show what belongs to the visitor, found by the visitor's own id: there is no rule that

could refuse them.
"""


@pytest.fixture(scope="module", autouse=True)
def _clean(app: Flask) -> Iterator[None]:
    """One world for all tests of the module, which leave nothing behind."""
    with app.app_context():
        yield
        db.session.remove()
        _empty(app)
        forget_settings()


@pytest.fixture(scope="module")
def world(_clean: None) -> World:
    made = make_world(LINES)
    fill(made)
    made.sent = forms(made)
    db.session.commit()
    return made


@pytest.fixture(scope="module")
def principals(app: Flask, world: World) -> dict[str, Principal]:
    return {
        name: Principal(app, account, is_proved=name != "unproved", is_asked_lately=name != "stale")
        for name, account in world.accounts.items()
    }


@dataclass
class Found:
    """What was not as it should be, by address."""

    wrong: dict[str, dict[str, list[str]]] = field(default_factory=lambda: defaultdict(dict))

    def compare(self, about: str, expected: str, given: str, who: str) -> None:
        if given != expected:
            self.wrong[about].setdefault(f"{given} instead of {expected}", []).append(who)

    def told(self) -> str:
        """A line for each."""
        return "\n".join(
            f"{about}: {what} for {', '.join(who)}"
            for about, parts in self.wrong.items()
            for what, who in parts.items()
        )


def test_every_address_has_its_line(app: Flask) -> None:
    there = [
        (method, rule.rule)
        for rule in app.url_map.iter_rules()
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
    ]
    written = [
        (method, line.rule) for line in LINES if not line.is_another for method in line.methods
    ]
    again = [(method, line.rule) for line in LINES if line.is_another for method in line.methods]
    assert list((Counter(there) - Counter(written)).elements()) == []
    assert list((Counter(written) - Counter(there)).elements()) == []
    assert set(again) <= set(written)


def test_everybody_is_answered_as_the_policy_says(
    app: Flask, world: World, principals: dict[str, Principal]
) -> None:
    """And nothing is shown to who is signed in before a rule was asked."""
    found, unasked = Found(), set()
    with nothing_kept(), remembered(app), watched(app) as watch:
        for line in LINES:
            url = address(line.rule, _own(world, line), world.home.slug)
            for method in line.methods:
                for name, held in (HOLDS | line.probes()).items():
                    watch.begin()
                    given = principals[name].ask(
                        method, url, **world.sent(line.rule, line.thing, name)
                    )
                    expected = line.expected(method, held)
                    found.compare(f"{method} {line.rule}", expected, given, name)
                    if given == "200" and not watch.asked and not _is_open(app, line):
                        unasked.add(line.rule)
    assert found.told() == ""
    assert unasked == ABOUT_ONESELF


def test_what_is_somebody_else_s_or_gone_or_nothing_is_not_there(
    app: Flask, world: World, principals: dict[str, Principal]
) -> None:
    found = Found()
    with nothing_kept(), remembered(app):
        for line in LINES:
            own = address(line.rule, _own(world, line), world.home.slug)
            for kind, url in _others(world, line):
                for method in line.methods:
                    for name, expected in _expected(line, method, kind, own).items():
                        given = principals[name].ask(
                            method, url, **world.sent(line.rule, line.thing, name)
                        )
                        found.compare(f"{method} {line.rule} {kind}", expected, given, name)
    assert found.told() == ""


def test_an_officer_s_rights_begin_and_end_with_the_second(
    app: Flask, world: World, principals: dict[str, Principal]
) -> None:
    """Of the association's clock, wherever the officer is."""
    zone = ZoneInfo(app.config["ALUMNI"].time_zone)
    first = datetime.combine(today() + DAY, time(), zone)
    last = datetime.combine(today() + 2 * DAY, time(), zone) - SECOND
    moments = {
        ("beginning", first - SECOND): False,
        ("beginning", first): True,
        ("ending", last): True,
        ("ending", last + SECOND): False,
    }
    officer = HOLDS["leader"] - {"@leader"}
    desk = [line for line in LINES if "/desk" in line.rule and line.lets_in(officer)]
    found = Found()
    with nothing_kept():
        for (name, moment), is_in in moments.items():
            with time_machine.travel(moment, tick=False):
                for line in desk:
                    url = address(line.rule, _own(world, line), world.home.slug)
                    for method in line.methods:
                        for who in (name, f"{name}, abroad"):
                            given = principals[who].ask(
                                method, url, **world.sent(line.rule, line.thing, name)
                            )
                            found.compare(
                                f"{method} {line.rule} {moment}",
                                "let in" if is_in else "403",
                                "let in" if given in LET_IN else given,
                                who,
                            )
    assert len(desk) > 40
    assert found.told() == ""


def test_no_other_way_to_write_an_address_opens_it(
    app: Flask, world: World, principals: dict[str, Principal]
) -> None:
    """A slash at its end, large letters, another ending, two slashes, another method."""
    told = ("403", "desk", "own desk", "404")
    closed = [line for line in LINES if line.others in told and not line.is_another]
    opened = []
    with nothing_kept(), remembered(app):
        for line in closed:
            url = address(line.rule, _own(world, line), world.home.slug)
            path = url.partition("?")[0]
            head, _, tail = path.rpartition("/")
            ways = [
                ("GET", f"{path}/"),
                ("GET", f"/{path}"),
                ("GET", f"{path}.json"),
                ("GET", f"{head}/{tail.upper()}"),
                ("GET", f"{head}/./{tail}"),
                ("HEAD", url),
                ("POST", f"{url}?_method=GET"),
                ("PUT", url),
                ("DELETE", url),
            ]
            for method, way in ways:
                for name in ("anonymous", "elsewhere"):
                    if line.lets_in(HOLDS[name]):
                        continue
                    given = principals[name].ask(method, way)
                    if given in LET_IN:
                        opened.append(f"{method} {way}: {given} for {name}")
    assert opened == []


def _own(world: World, line: Line) -> dict[str, Any]:
    return world.things[line.thing].own if line.thing != "-" else {}


def _others(world: World, line: Line) -> Iterator[tuple[str, str]]:
    """The addresses of other objects of the kind, and one of an object that there never was."""
    if line.thing == "-":
        return
    things = world.things[line.thing]
    for kind, named in things.others.items():
        yield kind, address(line.rule, named, world.home.slug)
    names = re.findall(r"<(?:int:)?(\w+)>", line.rule)
    if names and not things.is_fixed and not line.is_another:
        nothing = {**things.own, names[-1]: MISSING[isinstance(things.own.get(names[-1]), int)]}
        yield "missing", address(line.rule, nothing, world.home.slug)


def _expected(line: Line, method: str, kind: str, own_url: str) -> dict[str, str]:
    """By name, of who is let in to the own object what they are told of another one; and strangers

    are told the same as of that.
    """
    told = {}
    everybody = HOLDS | line.probes()
    for name in (*INSIDERS, *(name for name in line.probes() if name.startswith("only"))):
        if line.lets_in(everybody[name]):
            told[name] = line.elsewhere_told(method, kind, everybody[name], own_url)
    if kind == "missing":
        told |= _strangers(line, method)
    return told


def _strangers(line: Line, method: str) -> dict[str, str]:
    """What those are told of what is not there who are not let in to what is."""
    told = {}
    for name in STRANGERS:
        if not line.lets_in(HOLDS[name]):
            told[name] = line.expected(method, HOLDS[name])
            if told[name] not in ("303 /sign-in", "401") and line.tells_of_missing:
                told[name] = line.elsewhere["missing"]
    return told


def _is_open(app: Flask, line: Line) -> bool:
    """Whether the page is for everybody, signed in or not."""
    endpoints = {rule.endpoint for rule in app.url_map.iter_rules() if rule.rule == line.rule}
    return all(is_public(app, endpoint) for endpoint in endpoints)
