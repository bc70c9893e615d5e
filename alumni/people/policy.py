"""Who may see and change what of a person: as SQL, so that no list differs from a page."""

from typing import Any

from sqlalchemy import ColumnElement, and_, exists, false, func, inspect, or_, true, tuple_
from sqlalchemy.orm import aliased

from alumni.authz import Actor, Capability, Right
from alumni.chapters.models import ChapterMembership, MembershipState
from alumni.people.models import (
    Consent,
    ConsentPurpose,
    ContactPoint,
    Level,
    Person,
    PersonStatus,
    Study,
)
from alumni.people.models.asking import ChangeRequest, RelayedMessage

GONE = (PersonStatus.MERGED, PersonStatus.ERASED)
"""In no list: of these persons nothing is left but a number."""

ENDED = (PersonStatus.DECEASED, PersonStatus.DEPARTED)
"""Of the office's record alone: graduates and officers do not meet them, and no letter is for them
but what they cause themselves."""

_STUDY, _MEMBERSHIP, _CONSENT = aliased(Study), aliased(ChapterMembership), aliased(Consent)
_MESSAGE = aliased(RelayedMessage)
"""Of somebody else than the row that is asked about. Made once: an alias takes a millisecond, and
a list asks for a dozen of them."""


def may_view_people(actor: Actor) -> bool:
    """All people and all that is known of them."""
    return actor.can(Capability.VIEW_PEOPLE)


def may_edit_people(actor: Actor) -> bool:
    return may_view_people(actor) and actor.can(Capability.EDIT_PEOPLE)


def may_browse(actor: Actor) -> bool:
    """The directory, where graduates find each other."""
    return actor.is_verified or may_view_people(actor)


def may_edit(actor: Actor, person: Person) -> bool:
    """The own facts, and for the office everybody's."""
    return may_edit_people(actor) or is_self(actor, person)


def is_self(actor: Actor, person: Person) -> bool:
    return actor.person_id is not None and actor.person_id == person.id


def may_set_status(actor: Actor, person: Person, *, of_staff: bool) -> bool:
    """Say that somebody died, left, is lost or wants no letters, and take it back. Nobody of

    themselves; and who ends what staff do here also manages accounts.
    """
    is_enough = not of_staff or actor.can(Capability.MANAGE_ACCOUNTS)
    return may_edit_people(actor) and not is_self(actor, person) and is_enough


def may_withdraw_change(actor: Actor, request: ChangeRequest) -> bool:
    return actor.person_id is not None and actor.person_id == request.person_id


def may_decide_change(actor: Actor, request: ChangeRequest) -> bool:
    """Nobody about what they ask for themselves."""
    return may_edit_people(actor) and actor.person_id != request.person_id


def may_relay(actor: Actor) -> bool:
    """Write to other graduates through us. That the office stopped somebody is said otherwise."""
    return actor.is_verified


def may_see_complaints(actor: Actor) -> bool:
    return actor.can(Capability.HANDLE_REQUESTS)


def may_settle_complaint(actor: Actor, message: RelayedMessage) -> bool:
    """Nobody about a letter of their own, or to themselves."""
    is_party = actor.person_id in (message.sender_id, message.recipient_id)
    return may_see_complaints(actor) and not is_party


def may_be_asked() -> ColumnElement[bool]:
    """Over ``Person``: whom we may write to of our own accord, if they agreed or there is another

    reason. What somebody causes, such as a forgotten password, goes to everybody who can.
    """
    return and_(
        Person.status.not_in((*GONE, *ENDED)),
        Person.contact_stopped_on.is_(None),
    )


def takes_mailings() -> ColumnElement[bool]:
    """Over ``Person``: whom lists write to, if they agreed."""
    return and_(Person.status == PersonStatus.VERIFIED, Person.contact_stopped_on.is_(None))


def takes_relay(actor: Actor) -> ColumnElement[bool]:
    """Over ``Person``: whom the actor may write to through us.

    Those whom they find and who take such letters; and who wrote to them so before, for whoever
    writes may be answered. That somebody blocked the actor is not asked: they must not learn it.
    """
    if not may_relay(actor):
        return false()
    willing = and_(Person.takes_relay, visible(actor))
    if actor.person_id is None:  # nobody in particular, as a preview of one's own page has it
        return and_(takes_mailings(), willing)
    wrote = exists().where(
        _MESSAGE.sender_id == Person.id, _MESSAGE.recipient_id == actor.person_id
    )
    return and_(takes_mailings(), Person.id != actor.person_id, or_(willing, wrote))


def visible(actor: Actor) -> ColumnElement[bool]:
    """The persons whom the actor may find at all, over ``Person``.

    The office finds everyone but those who were merged into another person or erased. Graduates
    find those verified ones who let them, and officers in term the members of their chapters.
    """
    if may_view_people(actor):
        # One by one: SQLite looks each row up in a list that is longer than a comparison.
        return and_(*(Person.status != state for state in GONE))
    reached = [_reached(actor, Person.listed, Person.id)]
    ways: list[ColumnElement[bool]] = []
    if actor.person_id is not None:
        # Written so that SQLite does not begin here, and then sort all it finds; and with the
        # others where it can be, for what has one status is read in its order.
        own = Person.id + 0 == actor.person_id
        (reached if actor.is_verified else ways).append(own)
    ways.append(and_(Person.status == PersonStatus.VERIFIED, or_(*reached)))
    led = actor.chapters_with(Right.VIEW)
    if led:
        ways.append(and_(Person.status.not_in((*GONE, *ENDED)), _in_chapters(Person.id, led)))
    return or_(*ways)


def shown(actor: Actor, row: Any) -> ColumnElement[bool]:
    """Which rows about a person the actor may see, of a table (or its alias) that has a

    ``person_id`` and a ``visibility``. That the person may be found is not asked again here.
    """
    if may_view_people(actor):
        return true()
    ways = [_reached(actor, row.visibility, row.person_id)]
    if actor.person_id is not None:
        ways.append(row.person_id == actor.person_id)
    led = actor.chapters_with(Right.VIEW)
    if led:
        meant: ColumnElement[bool] = row.visibility == Level.CHAPTERS
        if inspect(row).mapper.class_ is ContactPoint:
            meant = or_(meant, _shared(row.person_id))
        ways.append(and_(meant, _in_chapters(row.person_id, led)))
    return or_(*ways)


def _reached(actor: Actor, level: Any, person_id: Any) -> ColumnElement[bool]:
    """Whether a level includes the actor, for the person whose thing it is."""
    if not actor.is_verified:
        return or_(level == Level.PUBLIC)
    ways: list[ColumnElement[bool]] = [level.in_((Level.ALUMNI, Level.PUBLIC))]
    if actor.classes:
        ways.append(and_(level == Level.CLASS, _in_classes(actor, person_id)))
    if actor.chapters:
        ways.append(and_(level == Level.CHAPTERS, _in_chapters(person_id, actor.chapters)))
    return or_(*ways)


def _in_classes(actor: Actor, person_id: Any) -> ColumnElement[bool]:
    """Whether the person was in one of the actor's classes."""
    if not actor.classes:
        return false()
    theirs = _STUDY
    major = func.coalesce(theirs.major_id, 0)
    key = tuple_(theirs.graduation_year, theirs.college_id, theirs.class_label, major)
    return exists().where(
        theirs.person_id == person_id, key.in_([tuple(one) for one in sorted(actor.classes)])
    )


def _in_chapters(person_id: Any, chapters: frozenset[int]) -> ColumnElement[bool]:
    """Whether the person is a member of one of the chapters today."""
    theirs = _MEMBERSHIP
    return exists().where(
        theirs.person_id == person_id,
        theirs.state == MembershipState.ACTIVE,
        theirs.chapter_id.in_(sorted(chapters)),
    )


def _shared(person_id: Any) -> ColumnElement[bool]:
    """Whether the person agreed that officers of the own chapters see the ways to reach them."""
    given = _CONSENT
    return exists().where(
        given.person_id == person_id,
        given.purpose == ConsentPurpose.CHAPTER_SHARING,
        given.withdrawn_at.is_(None),
    )
