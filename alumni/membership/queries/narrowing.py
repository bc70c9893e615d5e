"""Which members of a chapter a list shows: conditions over ``Person`` and ``ChapterMembership``."""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from sqlalchemy import ColumnElement, ScalarSelect, and_, exists, func, select
from sqlalchemy.orm import aliased

from alumni.accounts.models import Account
from alumni.authz import Actor
from alumni.chapters.models import Chapter, ChapterMembership
from alumni.membership.desks import can_be_written_to
from alumni.membership.queries.persons import named_like
from alumni.outbox.models import Delivery, DeliveryState
from alumni.people.models import ContactKind, ContactPoint, Person, Study
from alumni.people.policy import shown

_STUDY, _BACK, _LATER = aliased(Study), aliased(Delivery), aliased(Delivery)


class Address(StrEnum):
    """What is known of the address that letters to a person go to."""

    WORKS = "works"
    """There is one, and nothing has come back from it."""
    DEAD = "dead"
    """The last letter came back."""
    NONE = "none"


@dataclass(frozen=True, kw_only=True)
class MemberFilter:
    """What is looked for, and where in the list. The cursors are public ids of persons."""

    text: str = ""
    year: int | None = None
    """Of graduation."""
    since: date | None = None
    """Who became a member on this day or later."""
    has_account: bool | None = None
    address: Address | None = None
    takes_letters: bool | None = None
    """Whether a letter to the chapter's members goes to them."""
    after: str = ""
    before: str = ""

    @property
    def is_narrow(self) -> bool:
        """Whether anything is asked for beside a name."""
        return any(
            one is not None
            for one in (self.year, self.since, self.has_account, self.address, self.takes_letters)
        )


def conditions(actor: Actor, chapter: Chapter, wanted: MemberFilter) -> list[ColumnElement[bool]]:
    """All that is asked for. Of what a member does not show the actor, nobody is found by it."""
    found = [named_like(wanted.text)] if wanted.text else []
    if wanted.year is not None:
        found.append(_left_in(actor, wanted.year))
    if wanted.since is not None:
        found.append(ChapterMembership.starts_on >= wanted.since)
    if wanted.has_account is not None:
        found.append(_has_account() == wanted.has_account)
    if wanted.address is not None:
        found.append(has_address(wanted.address))
    if wanted.takes_letters is not None:
        found.append(can_be_written_to(chapter.id) == wanted.takes_letters)
    return found


def has_address(state: Address) -> ColumnElement[bool]:
    """Over ``Person``: that the address letters go to is in this state."""
    address = _address()
    if state is Address.NONE:
        return address.is_(None)
    came_back = _came_back(address)
    return came_back if state is Address.DEAD else and_(address.is_not(None), ~came_back)


def _left_in(actor: Actor, year: int) -> ColumnElement[bool]:
    return exists().where(
        _STUDY.person_id == Person.id,
        _STUDY.is_primary,
        _STUDY.graduation_year == year,
        shown(actor, _STUDY),
    )


def _has_account() -> ColumnElement[bool]:
    return exists().where(Account.person_id == Person.id)


def _address() -> ColumnElement[str]:
    """Where letters for the person go: the address of the login, else the primary one."""
    login: ScalarSelect[str] = (
        select(Account.email)
        .where(Account.person_id == Person.id)
        .correlate(Person)
        .scalar_subquery()
    )
    primary = (
        select(ContactPoint.normal)
        .where(
            ContactPoint.person_id == Person.id,
            ContactPoint.kind == ContactKind.EMAIL,
            ContactPoint.is_primary,
        )
        .correlate(Person)
        .scalar_subquery()
    )
    return func.coalesce(login, primary)


def _came_back(address: ColumnElement[str]) -> ColumnElement[bool]:
    """Whether a letter to the address came back, and none has arrived since."""
    arrived = exists().where(
        _LATER.email == _BACK.email, _LATER.id > _BACK.id, _LATER.state == DeliveryState.SENT
    )
    back = select(_BACK.id).where(
        _BACK.email == address, _BACK.state == DeliveryState.BOUNCED, ~arrived
    )
    return back.correlate(Person).exists()
