"""Petitions for chapters: who stands behind them, and what they wait for."""

from dataclasses import dataclass

from sqlalchemy import Select, func, select
from sqlalchemy.orm import joinedload

from alumni.authz import Actor, Right, require
from alumni.chapters.models import Chapter, ChapterPlace, ChapterStatus, Position, PositionRight
from alumni.chapters.models.governance import (
    Petition,
    PetitionDocument,
    PetitionState,
    Supporter,
)
from alumni.codes.queries import association
from alumni.db import db
from alumni.errors import NotFound
from alumni.membership.policy.petitions import (
    OPEN,
    may_decide_petitions,
    may_lead_petition,
    may_petition,
    seen,
)
from alumni.membership.queries.persons import COLUMNS, Somebody, somebody, with_people
from alumni.people.models import Person, PersonStatus

MOST_SHOWN = 200


@dataclass(frozen=True, kw_only=True)
class PetitionRow:
    petition: Petition
    supporters: int


@dataclass(frozen=True, kw_only=True)
class Standing:
    """Somebody who stands behind a petition."""

    supporter: Supporter
    who: Somebody


def threshold() -> int:
    """How many supporters a petition needs, as the office set it."""
    return int(association()["supporters"])


def gathering(actor: Actor) -> list[PetitionRow]:
    """The petitions that graduates can support, the newest first."""
    require(may_petition, actor)
    return _rows(_petitions(actor).where(Petition.state.in_(OPEN)))


def to_decide(actor: Actor, state: PetitionState | None = None) -> list[PetitionRow]:
    """All petitions for the office, or those in the state; those that wait for it first."""
    require(may_decide_petitions, actor)
    listed = _petitions(actor)
    rows = _rows(listed if state is None else listed.where(Petition.state == state))
    return sorted(rows, key=lambda row: row.petition.state is not PetitionState.SUBMITTED)


def petitions_waiting(actor: Actor) -> int:
    """How many wait for the office."""
    require(may_decide_petitions, actor)
    waiting = select(func.count()).where(Petition.state == PetitionState.SUBMITTED)
    return db.session.scalar(waiting) or 0


def get_petition(actor: Actor, public_id: str) -> Petition:
    petition = db.session.scalar(_petitions(actor).where(Petition.public_id == public_id))
    if petition is None:
        raise NotFound
    return petition


def supporters(actor: Actor, petition: Petition) -> list[Standing]:
    """Who stands behind it: those who offer to lead are named to graduates, the others only to

    who began it and to the office.
    """
    listed = (
        with_people(actor, select(Supporter, *COLUMNS), Supporter.person_id)
        .where(Supporter.petition_id == petition.id)
        .options(joinedload(Supporter.position))
        .order_by(Supporter.position_id.is_(None), Supporter.id)
        .limit(MOST_SHOWN)
    )
    if not (may_decide_petitions(actor) or may_lead_petition(actor, petition)):
        listed = listed.where(Supporter.position_id.is_not(None))
    return [
        Standing(supporter=row.Supporter, who=somebody(row)) for row in db.session.execute(listed)
    ]


def my_support(actor: Actor, petition: Petition) -> Supporter | None:
    return db.session.scalar(
        select(Supporter).where(
            Supporter.petition_id == petition.id, Supporter.person_id == actor.person_id
        )
    )


def count_supporters(petition: Petition) -> int:
    counted = select(func.count()).where(Supporter.petition_id == petition.id)
    return db.session.scalar(counted) or 0


def documents(actor: Actor, petition: Petition) -> list[PetitionDocument]:
    """The papers, for who began it and for the office; nothing for others."""
    if not (may_decide_petitions(actor) or may_lead_petition(actor, petition)):
        return []
    listed = select(PetitionDocument).where(PetitionDocument.petition_id == petition.id)
    return list(db.session.scalars(listed.order_by(PetitionDocument.id)))


def get_document(actor: Actor, petition: Petition, public_id: str) -> PetitionDocument:
    for document in documents(actor, petition):
        if document.public_id == public_id:
            return document
    raise NotFound


def chapter_of_place(place_id: int) -> Chapter | None:
    """The chapter that was made for this very place; a country's is none of its cities'."""
    return db.session.scalar(
        select(Chapter)
        .join(ChapterPlace, ChapterPlace.chapter_id == Chapter.id)
        .where(ChapterPlace.place_id == place_id, Chapter.status != ChapterStatus.ARCHIVED)
    )


def offered_positions() -> list[Position]:
    """What somebody can offer to be in a new chapter."""
    return list(
        db.session.scalars(
            select(Position).where(~Position.is_retired).order_by(Position.order, Position.id)
        )
    )


def has_somebody_to_lead(petition: Petition) -> bool:
    """Whether one of those who offer to lead could decide about joiners."""
    leading = (
        select(Supporter.id)
        .join(Person, Person.id == Supporter.person_id)
        .join(Position, Position.id == Supporter.position_id)
        .join(PositionRight, PositionRight.position_id == Position.id)
        .where(
            Supporter.petition_id == petition.id,
            Person.status == PersonStatus.VERIFIED,
            ~Position.is_retired,
            PositionRight.right == Right.APPROVE,
        )
    )
    return db.session.scalar(leading.limit(1)) is not None


def _petitions(actor: Actor) -> Select[Petition]:
    return select(Petition).where(seen(actor)).options(joinedload(Petition.place))


def _rows(listed: Select[Petition]) -> list[PetitionRow]:
    counted = (
        select(func.count())
        .where(Supporter.petition_id == Petition.id)
        .correlate(Petition)
        .scalar_subquery()
    )
    found = db.session.execute(
        listed.add_columns(counted).order_by(Petition.id.desc()).limit(MOST_SHOWN)
    )
    return [PetitionRow(petition=petition, supporters=count) for petition, count in found]
