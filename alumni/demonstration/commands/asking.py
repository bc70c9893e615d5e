"""What people ask the office, what they write to each other, and what became of some."""

from datetime import timedelta
from random import Random
from typing import NamedTuple

from sqlalchemy import select, update

from alumni.authz import ANYONE, Actor
from alumni.db import changed, db, now, today
from alumni.demonstration.commands.acting import acting_person, get_person
from alumni.demonstration.commands.people import Population
from alumni.demonstration.questions import CHANGES, COMPLAINT, LETTERS, QUESTIONS, TOLD
from alumni.people.commands.asking import Wanted, ask_change
from alumni.people.commands.relaying import Letter, report, write_to
from alumni.people.commands.statuses import Said, declare, lose, stop_contact
from alumni.people.models import Person, PersonStatus, Study
from alumni.people.models.asking import ChangeRequest, RelayedMessage
from alumni.people.queries.kept import get_row
from alumni.people.queries.relaying import Received
from alumni.requests.commands import Question, answer, ask, take
from alumni.requests.models import Request

A_DAY = timedelta(days=1)


class Gone(NamedTuple):
    """By their ids: who has died, and who wants no letters."""

    died: int
    silent: int


def draw_gone(population: Population, random: Random) -> Gone:
    """Choose two who take part in nothing that comes later."""
    gone = Gone(*random.sample(population.others, 2))
    for person_id in gone:
        population.others.remove(person_id)
    return gone


def say_what_became(office: Actor, gone: Gone) -> None:
    """Let one have died, two be lost, and one want no letters."""
    said = Said(day=today() - 9 * A_DAY, why=TOLD.died)
    declare(office, get_person(gone.died), PersonStatus.DECEASED, said)
    stop_contact(office, get_person(gone.silent), Said(day=today() - 30 * A_DAY, why=TOLD.silent))
    known = select(Person).where(Person.status == PersonStatus.KNOWN).order_by(Person.id.desc())
    for person in db.session.scalars(known.limit(2)).all():
        lose(office, person, Said(day=today() - 120 * A_DAY, why=TOLD.lost))


def ask_for_changes(population: Population, random: Random) -> None:
    """Let some ask for a change of what the office keeps."""
    people = random.sample(population.others, len(CHANGES))
    for number, (person_id, change) in enumerate(zip(people, CHANGES, strict=True)):
        row_id = 0
        if change.of_study:
            first = select(Study.id).where(Study.person_id == person_id, Study.is_primary)
            row_id = db.session.scalars(first).one()
        fact, row = get_row(person_id, change.field, row_id)
        wished = change.after or (_in_passport(get_person(person_id)),)
        after = next(one for one in wished if one != fact.value(row))
        wanted = Wanted(after=after, reason=change.reason)
        request = ask_change(
            acting_person(person_id), get_person(person_id), change.field, row_id, wanted
        )
        asked_at = now() - timedelta(days=1 + 2 * number, hours=5)
        changed(
            update(ChangeRequest).where(ChangeRequest.id == request.id).values(asked_at=asked_at)
        )


def _in_passport(person: Person) -> str:
    """As passports write it, with the given name in one word: ``OUYANG Xiaojing``."""
    surname, given = person.pinyin_surname or "", person.pinyin_given or ""
    return f"{surname.replace(' ', '').upper()} {given.replace(' ', '').capitalize()}"


def write_to_each_other(population: Population, random: Random) -> None:
    """Let graduates write to some of the cast, and one of these complain."""
    senders = random.sample(population.others, len(LETTERS))
    for sender_id, (name, text) in zip(senders, LETTERS, strict=True):
        (recipient_id, _who), *_others = population.named(name)
        recipient = get_person(recipient_id)
        message = write_to(
            acting_person(sender_id), recipient.public_id, Letter(text=text, shows_address=False)
        )
        if text == COMPLAINT.text:
            received = Received(message=message, sender="", block=None)
            report(acting_person(recipient_id), received, COMPLAINT.why)
        sent_at = now() - timedelta(days=4)
        changed(
            update(RelayedMessage).where(RelayedMessage.id == message.id).values(sent_at=sent_at)
        )


def ask_office(office: Actor, population: Population) -> None:
    """Questions from the contact form: a new one, one that is looked after, one answered."""
    for number, asked in enumerate(QUESTIONS):
        named = population.named(asked.name)
        question = Question(
            name=asked.name,
            email=asked.email,
            subject=asked.subject,
            words=asked.words,
            language=asked.language,
        )
        request = ask(acting_person(named[0][0]) if named else ANYONE, question)
        if asked.is_taken:
            take(office, request)
        if asked.answer:
            answer(office, request, asked.answer)
        asked_at = now() - timedelta(days=2 * number, hours=3)
        changed(update(Request).where(Request.id == request.id).values(asked_at=asked_at))
