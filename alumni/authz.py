"""Who acts, and what they hold. What it allows is said in each slice's ``policy.py``."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Concatenate, NamedTuple, ParamSpec

from alumni.errors import Forbidden

P = ParamSpec("P")


class Capability(StrEnum):
    """What staff may be given, each with its dates. A verb and an object, nothing wider."""

    VIEW_PEOPLE = "people.view"
    EDIT_PEOPLE = "people.edit"
    EXPORT_PEOPLE = "people.export"
    IMPORT_ROSTER = "roster.import"
    DECIDE_APPLICATIONS = "applications.decide"
    MANAGE_CHAPTERS = "chapters.manage"
    MANAGE_EVENTS = "events.manage"
    MANAGE_MAILINGS = "mailings.manage"
    VIEW_LETTERS = "letters.view"
    VIEW_AUDIT = "audit.view"
    MANAGE_ACCOUNTS = "accounts.manage"
    MANAGE_SETTINGS = "settings.manage"
    HANDLE_REQUESTS = "requests.handle"


class Right(StrEnum):
    """What an officer may do in the own chapter while the term lasts."""

    VIEW = "view"
    EDIT = "edit"
    APPROVE = "approve"
    EVENTS = "events"
    LETTERS = "letters"
    PUBLISH = "publish"
    EXPORT = "export"
    REPORT = "report"


class Owed(StrEnum):
    """What somebody has to do before the rights of their work are theirs."""

    SECOND_FACTOR = "second_factor"
    AGREEMENT = "agreement"


class Class(NamedTuple):
    """Those who left a college in a year with one major together: 2003届 临床医学 3班.

    Every major of a college counts its classes from one.
    """

    graduation_year: int
    college_id: int
    label: str
    major_id: int = 0
    """0: nobody said which."""


class Roll(NamedTuple):
    """What a liaison is there for: a class, or all of a major, of a college or of a whole year."""

    graduation_year: int
    college_id: int | None
    label: str | None
    major_id: int | None = None
    """None: of all majors. 0: of those of whom nobody said which."""


@dataclass(frozen=True, kw_only=True)
class Actor:
    """The person (or program) on whose behalf code runs. Every command takes one."""

    account_id: int | None = None
    person_id: int | None = None
    is_verified: bool = False
    """Whether the person is known to be a graduate, and so may meet other graduates here."""
    capabilities: frozenset[Capability] = frozenset()
    rights: Mapping[int, frozenset[Right]] = field(default_factory=dict)
    """For each chapter where the person is an officer in term, by its id."""
    chapters: frozenset[int] = frozenset()
    """Ids of the chapters that the person is a member of today."""
    classes: frozenset[Class] = frozenset()
    """The classes that the person was in."""
    liaises: frozenset[Roll] = frozenset()
    """The classes, or whole colleges and years, whose liaison the person is today."""
    owes: Owed | None = None
    """Why capabilities and rights that they hold are withheld."""
    time_zone: str = "Asia/Shanghai"

    @property
    def is_signed_in(self) -> bool:
        return self.account_id is not None

    @property
    def is_staff(self) -> bool:
        return bool(self.capabilities)

    @property
    def leads(self) -> frozenset[int]:
        """Ids of the chapters where this person is an officer in term."""
        return frozenset(self.rights)

    def can(self, capability: Capability) -> bool:
        return capability in self.capabilities

    def may_in(self, right: Right, chapter_id: int | None) -> bool:
        return chapter_id is not None and right in self.rights.get(chapter_id, frozenset())

    def chapters_with(self, right: Right) -> frozenset[int]:
        return frozenset(chapter for chapter, rights in self.rights.items() if right in rights)


def without_rights(actor: Actor, owed: Owed) -> Actor:
    """The same person, for whom the work waits until they did what they owe."""
    return replace(actor, capabilities=frozenset(), rights={}, liaises=frozenset(), owes=owed)


ANYONE = Actor()
SYSTEM = Actor(capabilities=frozenset(Capability))
"""The command line and the worker."""


def require(
    rule: Callable[Concatenate[Actor, P], bool], actor: Actor, *args: P.args, **kwargs: P.kwargs
) -> None:
    """Raise Forbidden unless the rule holds: ``require(may_approve, actor, membership)``."""
    if not rule(actor, *args, **kwargs):
        raise Forbidden(f"{rule.__module__}.{rule.__name__}")
