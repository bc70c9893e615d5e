"""All chapters as the office sees them live: members, officers, events, reports, signs of sleep."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any

from alumni.authz import Actor
from alumni.chapters.models import Chapter, ChapterStatus
from alumni.membership.happenings import Course, courses
from alumni.membership.queries.annual_reports import Line, overview, year_due
from alumni.membership.queries.dormancy import Signs, signs_of_sleep
from alumni.membership.queries.office import ChapterRow, list_chapters


class Sign(StrEnum):
    """Why a chapter may be asleep."""

    ANY = "any"
    OFFICER = "officer"
    EVENT = "event"
    REPORT = "report"


class Order(StrEnum):
    TREE = "tree"
    """As the chapters are part of each other."""
    MEMBERS = "members"
    WAITING = "waiting"
    QUIET = "quiet"
    """Whose last event is the longest ago first; who never held any before all."""


@dataclass(frozen=True, kw_only=True)
class Node:
    """A chapter in the network."""

    row: ChapterRow
    course: Course
    report: Line | None
    """Of the last year that is due; None where none is asked for."""
    signs: Signs | None
    """What speaks for it that the chapter is asleep."""

    @property
    def chapter(self) -> Chapter:
        return self.row.chapter


@dataclass(frozen=True, kw_only=True)
class Network:
    nodes: list[Node]
    members: int
    waiting: int
    """Of all chapters, whatever is filtered."""
    signs: dict[Sign, int]
    """How many chapters show each of them."""


_SHOWS: dict[Sign, Callable[[Signs], bool]] = {
    Sign.ANY: bool,
    Sign.OFFICER: lambda signs: signs.has_no_officer,
    Sign.EVENT: lambda signs: signs.has_no_event,
    Sign.REPORT: lambda signs: signs.has_no_report,
}

_KEYS: dict[Order, Callable[[Node], Any]] = {
    Order.MEMBERS: lambda node: -node.row.members,
    Order.WAITING: lambda node: -node.row.waiting,
    Order.QUIET: lambda node: (
        node.chapter.status is ChapterStatus.ARCHIVED,
        node.course.last_on or date.min,
    ),
}


def network(
    actor: Actor, sign: Sign | None = None, order: Order = Order.TREE, *, waits: bool = False
) -> Network:
    """The chapters that show the sign, or all; ``waits``: of these where somebody waits to join.

    So many statements for any number of them.
    """
    signs, days, year = signs_of_sleep(actor), courses(), year_due()
    lines = overview(actor, year) if year is not None else []
    reports = {line.chapter.id: line for line in lines}
    every = [
        Node(
            row=row,
            course=days.get(row.chapter.id, Course(None, None)),
            report=reports.get(row.chapter.id),
            signs=signs.get(row.chapter.id),
        )
        for row in list_chapters(actor)
    ]
    found = [node for node in every if _shows(node, sign) and (node.row.waiting or not waits)]
    return Network(
        nodes=_sorted(found, order),
        members=sum(node.row.members for node in every),
        waiting=sum(node.row.waiting for node in every),
        signs={one: sum(_SHOWS[one](found) for found in signs.values()) for one in Sign},
    )


def chapters_asleep(actor: Actor) -> int:
    """How many chapters show any sign of sleep."""
    return len(signs_of_sleep(actor))


def _shows(node: Node, sign: Sign | None) -> bool:
    return sign is None or (node.signs is not None and _SHOWS[sign](node.signs))


def _sorted(nodes: Iterable[Node], order: Order) -> list[Node]:
    key = _KEYS.get(order)
    return list(nodes) if key is None else sorted(nodes, key=key)
