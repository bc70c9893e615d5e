"""Asking the people we know to take up their record, by one letter each: many at a time.

Whoever declines is not asked again.
"""

import secrets
from collections.abc import Iterator, Sequence
from typing import Any

from sqlalchemy import select

from alumni.accounts.queries import token_hash
from alumni.audiences.criteria import Audience
from alumni.audit.commands import record, record_changes
from alumni.authz import SYSTEM, Actor, require
from alumni.db import db, locked, now, upsert
from alumni.errors import Refusal
from alumni.i18n import _
from alumni.outbox.commands import Wanted, queue_many
from alumni.people.models import Person
from alumni.roster.commands.letters import end_of_links, letter_words, recipient
from alumni.roster.models import Activation, ActivationWave
from alumni.roster.policy import may_activate
from alumni.roster.queries.activating import askable, prospect

PART = 1000
"""People that are asked in one transaction."""


def ask(actor: Actor, audience: Audience) -> ActivationWave:
    """Have the worker write to all of them who can be asked. Nobody gets a second letter."""
    require(may_activate, actor)
    wave = ActivationWave(
        wish=audience.to_json(),
        sentence=audience.sentence()[:1000],
        total=prospect(actor, audience).askable,
        account_id=actor.account_id,
    )
    db.session.add(wave)
    record(actor, "asked_to_activate", wave, facts={"filter": wave.sentence})
    return wave


def ask_part(wave_id: int, *, at_most: int = PART) -> int:
    """Write to the next people of a wave and return how many they were. Without any it is done."""
    wave = db.session.scalars(
        locked(select(ActivationWave).where(ActivationWave.id == wave_id))
    ).one()
    if wave.done_at is not None:
        return 0
    people = _next_people(wave, at_most)
    if not people:
        wave.done_at = now()
        record(SYSTEM, "finished_asking", wave, facts={"people": wave.people})
        return 0
    wave.last_person_id = people[-1].id
    wave.people += len(people)
    queue_many("activation", _letters(wave, people))
    deed = record(
        Actor(account_id=wave.account_id), "asked_people", wave, facts={"people": len(people)}
    )
    asked = select(Activation.id, Activation.person_id).where(
        Activation.person_id.in_([one.id for one in people])
    )
    record_changes(
        deed,
        [
            {
                "person_id": person_id,
                "table_name": Activation.__tablename__,
                "row_id": activation_id,
                "before": None,
                "after": {"wave_id": wave.id, "letters": 1},
            }
            for activation_id, person_id in db.session.execute(asked)
        ],
    )
    return len(people)


def stop_asking(actor: Actor, wave: ActivationWave) -> None:
    """Write to nobody else of these people. Whom a letter went to has it."""
    require(may_activate, actor)
    wave = db.session.scalars(
        locked(select(ActivationWave).where(ActivationWave.id == wave.id))
    ).one()
    if wave.done_at is not None:
        raise Refusal(_("All these letters have been written already."))
    wave.done_at = now()
    record(actor, "stopped_asking", wave, facts={"people": wave.people})


def _next_people(wave: ActivationWave, at_most: int) -> Sequence[Any]:
    """Whom the wave comes to next. Nobody where what it was asked for is not there any more:

    it must not keep those after it waiting for ever.
    """
    try:
        audience = Audience.from_json(SYSTEM, wave.wish)
    except Refusal:
        return []
    people = db.session.execute(askable(audience, after=wave.last_person_id).limit(at_most)).all()
    # Held in one order, before anything of theirs is written: who makes a code for one of them
    # at this moment holds that person and waits, or is waited for.
    theirs = select(Person.id).where(Person.id.in_([one.id for one in people]))
    db.session.execute(locked(theirs.order_by(Person.id)))
    return people


def _letters(wave: ActivationWave, people: Sequence[Any]) -> Iterator[Wanted]:
    """Enter that each is asked, and the letter for each."""
    moment, end = now(), end_of_links()
    tokens = {one.id: secrets.token_urlsafe(32) for one in people}
    _enter(
        [
            {
                "person_id": one.id,
                "wave_id": wave.id,
                "email": one.email,
                "token_hash": token_hash(tokens[one.id]),
                "ends_on": end,
                "letters": 1,
                "queued_at": moment,
                "account_id": wave.account_id,
            }
            for one in people
        ]
    )
    for one in people:
        yield Wanted(
            to=recipient(one, one.email),
            deed=f"activation:{one.id}:1",
            words=letter_words(tokens[one.id], end),
        )


def _enter(rows: list[dict[str, Any]]) -> None:
    """Who has a code already, or gets one now, has a row: the letter is noted there, and the code

    stays.
    """
    entered = upsert(Activation)
    noted = {name: entered.excluded[name] for name in rows[0] if name != "person_id"}
    db.session.execute(
        entered.on_conflict_do_update(index_elements=["person_id"], set_=noted), rows
    )
