"""Memberships that are over: people who left, who were asked to, and who moved."""

from datetime import date, timedelta
from random import Random

from sqlalchemy import select, update

from alumni.authz import Actor
from alumni.chapters.models import ChapterMembership, MembershipState
from alumni.db import db, today
from alumni.demonstration.cast import LEADERS_CHAPTER
from alumni.demonstration.commands.acting import acting_person, chapter_called, get_person
from alumni.demonstration.commands.people import Population
from alumni.membership.commands.members import end_membership
from alumni.membership.commands.transferring import transfer
from alumni.people.commands.homes import Home, move_home
from alumni.people.models import Level

OFFICERS = 5
"""At the beginning of a chapter's members: none of them goes."""

LEFT_OF = 12
"""Of so many members one has left."""

OVER = {"state": MembershipState.LEFT, "is_primary": False}


def _chosen(population: Population, chapter_id: int, number: int, random: Random) -> list[int]:
    """Members without an office, who are taken out of the population's lists."""
    members = population.members.get(chapter_id, [])
    able = [one for one in members[OFFICERS:-1] if one not in population.officers()]
    chosen = random.sample(able, min(number, len(able)))
    for person_id in chosen:
        members.remove(person_id)
    return chosen


def leave(population: Population, random: Random) -> None:
    """Let some have left each chapter, at different times."""
    spells = _running_spells()
    ended = []
    for chapter_id, members in sorted(population.members.items()):
        for person_id in _chosen(population, chapter_id, len(members) // LEFT_OF, random):
            population.others.append(person_id)
            number, since = spells[person_id, chapter_id]
            days = max((today() - since).days, 1)
            last = min(since + timedelta(days=random.randint(1, days)), today())
            ended.append({"id": number, "ends_on": last} | OVER)
    if ended:
        db.session.execute(update(ChapterMembership), ended)


def _running_spells() -> dict[tuple[int, int], tuple[int, date]]:
    """By person and chapter the number of the spell, and its first day."""
    columns = ("person_id", "chapter_id", "id", "starts_on")
    spells = select(*(getattr(ChapterMembership, name) for name in columns)).where(
        ChapterMembership.state == MembershipState.ACTIVE
    )
    return {
        (row.person_id, row.chapter_id): (row.id, row.starts_on)
        for row in db.session.execute(spells)
    }


def move(office: Actor, population: Population, random: Random) -> None:
    """Let one move to a city whose chapter takes everybody, another ask to, and end a third's."""
    anshan, yingkou = chapter_called(LEADERS_CHAPTER), chapter_called("yingkou")
    moves = (
        (anshan, chapter_called("shenyang"), "沈阳", ""),
        (yingkou, chapter_called("dashiqiao"), "大石桥", "调到大石桥市中心医院工作，申请转会。"),
        (chapter_called("shenyang"), anshan, "鞍山", "随家人迁居鞍山，希望转到鞍山分会。"),
    )
    for leaving, joining, city, message in moves:
        for person_id in _chosen(population, leaving.id, 1, random):
            actor = acting_person(person_id)
            move_home(actor, get_person(person_id), Home(city=city, visibility=Level.ALUMNI))
            spell = db.session.scalars(
                select(ChapterMembership).where(
                    ChapterMembership.person_id == person_id,
                    ChapterMembership.chapter_id == leaving.id,
                    ChapterMembership.state == MembershipState.ACTIVE,
                )
            ).one()
            transfer(actor, spell, joining, message)
    for person_id in _chosen(population, anshan.id, 1, random):
        spell = db.session.scalars(
            select(ChapterMembership).where(
                ChapterMembership.person_id == person_id,
                ChapterMembership.state == MembershipState.ACTIVE,
            )
        ).one()
        end_membership(office, spell, "本人来电说明已退休回原籍，请分会不再联系。")
