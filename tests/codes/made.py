"""Words and places of the test's own: those that the program brings stay as they are."""

import itertools

from alumni.audit.commands import record
from alumni.authz import SYSTEM, Actor
from alumni.codes.commands import add_code
from alumni.codes.commands.naming import Location, enter_city
from alumni.codes.models import Code, CodeKind, Place
from alumni.codes.queries import find_place
from alumni.db import transaction
from tests.factories import actor_of, make_account

number = itertools.count(1)


def the_office() -> Actor:
    return actor_of(make_account(role="office"))


def make_word(name: str = "", kind: CodeKind = CodeKind.MAJOR, name_en: str = "") -> Code:
    with transaction():
        code = add_code(kind, name or f"词{next(number)}", name_en=name_en)
        record(SYSTEM, "made", code)
    return code


def make_city(name_zh: str, name_en: str, parent: str = "辽宁省") -> Place:
    with transaction():
        within = find_place(parent)
        assert within is not None
        location = Location(name_zh=name_zh, name_en=name_en, time_zone=within.time_zone)
        return enter_city(SYSTEM, within, location)
