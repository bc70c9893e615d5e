"""Chapters that graduates ask for."""

from typing import Any

from sqlalchemy import select

from alumni.chapters.models import Position
from alumni.chapters.models.governance import Petition, PetitionDocument, PetitionState, Supporter
from alumni.codes.queries import find_place
from alumni.db import db, now
from alumni.people.models import Person
from tests.factories import make_verified, saved
from tests.matrix.objects.naming import called, pair, png
from tests.matrix.world import Things, World


def of_petitions(world: World) -> dict[str, Things]:
    owner, graduate = world.people["owner"], world.people["graduate"]
    made = [
        _petition(owner, "成都", PetitionState.GATHERING),
        _petition(graduate, "重庆", PetitionState.GATHERING),
    ]
    over = _petition(graduate, "杭州", PetitionState.WITHDRAWN)
    papers = [
        saved(PetitionDocument(petition_id=one.id, name="a.pdf", kind="pdf", content=png()))
        for one in made
    ]
    named = [{"public_id": made[0].public_id, "document_id": paper.public_id} for paper in papers]
    supported = _petition(make_verified(), "南京", PetitionState.GATHERING)
    saved(Supporter(petition_id=supported.id, person_id=owner.id))
    handed, of_clerk = (
        _petition(world.people[name], city, PetitionState.SUBMITTED, submitted_at=now())
        for name, city in (("liaison", "武汉"), ("clerk", "长沙"))
    )
    return {
        "petition": Things(
            {"public_id": made[0].public_id}, {"hidden": {"public_id": over.public_id}}
        ),
        "supported_petition": called(supported),
        "paper": pair(named[0], foreign=named[1]),
        "handed_petition": called(handed),
        "petition_of_clerk": called(of_clerk),
    }


def _petition(person: Person, city: str, state: PetitionState, **values: Any) -> Petition:
    """Begun by the person, who offers to lead the chapter."""
    place = find_place(city)
    if place is None:
        raise LookupError(city)
    petition = saved(
        Petition(
            place_id=place.id,
            name_zh=f"{city}分会",
            name_en="A Chapter",
            reason="x",
            begun_by_id=person.id,
            state=state,
            **values,
        )
    )
    president = db.session.scalars(select(Position.id).where(Position.code == "president")).one()
    saved(Supporter(petition_id=petition.id, person_id=person.id, position_id=president))
    return petition
