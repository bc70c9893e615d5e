"""What the office says of two records that may stand for one graduate."""

from sqlalchemy import func, select, update

from alumni.audit.commands import record
from alumni.audit.models import Change
from alumni.authz import Actor, require
from alumni.db import changed, db, insert_or_ignore, locked, now
from alumni.errors import Refusal
from alumni.i18n import _
from alumni.people.models import Person
from alumni.people.queries import display_name
from alumni.roster.models import DuplicatePair, DuplicateSearch, PairState
from alumni.roster.policy import may_merge, may_see_duplicates


def ignore(actor: Actor, pair: DuplicatePair) -> None:
    """The two are different people: nobody is asked about them again. Twice is once."""
    if _turned(actor, pair, PairState.IGNORED):
        _tell(actor, "ignored_pair", pair)


def ask_again(actor: Actor, pair: DuplicatePair) -> None:
    """The two may be one after all. Twice is once."""
    if _turned(actor, pair, PairState.OPEN):
        _tell(actor, "reopened_pair", pair)


def look_for_duplicates(actor: Actor) -> None:
    """Have the worker compare everybody. Asking twice is asking once."""
    require(may_see_duplicates, actor)
    last = db.session.scalar(select(func.max(Change.id))) or 0
    changed(insert_or_ignore(DuplicateSearch).values(id=1, change_id=last))
    idle = update(DuplicateSearch).where(DuplicateSearch.person_id.is_(None))
    if changed(idle.values(person_id=0, asked_at=now(), done_at=None)):
        record(actor, "looked_for_duplicates", None)


def _turned(actor: Actor, pair: DuplicatePair, after: PairState) -> bool:
    """Whether the pair was still to be decided so."""
    db.session.scalars(locked(select(DuplicatePair).where(DuplicatePair.id == pair.id))).one()
    require(may_merge, actor, *_people(pair))
    if pair.state is PairState.MERGED:
        raise Refusal(_("The two have been merged in the meantime."))
    if pair.state is after:
        return False
    pair.state = after
    is_decided = after is PairState.IGNORED
    pair.decided_by_id = actor.account_id if is_decided else None
    pair.decided_at = now() if is_decided else None
    return True


def _people(pair: DuplicatePair) -> list[Person]:
    both = select(Person).where(Person.id.in_((pair.person_id, pair.other_id)))
    return list(db.session.scalars(both.order_by(Person.id)))


def _tell(actor: Actor, verb: str, pair: DuplicatePair) -> None:
    facts = {"persons": [display_name(person, "zh") for person in _people(pair)]}
    record(actor, verb, pair, facts=facts)
