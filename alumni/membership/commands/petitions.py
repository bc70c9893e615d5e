"""Asking for a chapter, standing behind it, and what the office makes of it."""

from dataclasses import dataclass
from datetime import date
from typing import cast

from sqlalchemy import Select, delete, func, select

from alumni.audit.commands import record
from alumni.authz import Actor, require
from alumni.chapters.models import Chapter, ChapterMembership, Officer, Position
from alumni.chapters.models.governance import (
    Petition,
    PetitionDocument,
    PetitionState,
    Supporter,
)
from alumni.chapters.queries import chapter_for_place
from alumni.codes.models import Place
from alumni.db import changed, db, hold, inserted, now, today
from alumni.errors import BadRequest, Invalid, Refusal
from alumni.i18n import _, either, ngettext
from alumni.links import address_of
from alumni.membership.commands import spells
from alumni.membership.commands.chapters import ChapterDetails, found_chapter
from alumni.membership.policy.petitions import (
    OPEN,
    may_decide_petition,
    may_lead_petition,
    may_petition,
)
from alumni.membership.queries.petitions import (
    chapter_of_place,
    count_supporters,
    has_somebody_to_lead,
    threshold,
)
from alumni.outbox.commands import Wanted, queue_many
from alumni.people.models import Person, PersonStatus
from alumni.people.photos import prepare_paper
from alumni.people.queries import addressed_all

LARGEST_PDF = 5 * 1024 * 1024
MOST_DOCUMENTS = 5
PDF = b"%PDF-"


@dataclass(frozen=True, kw_only=True)
class Wish:
    """The chapter that somebody asks for, and what they offer to be in it."""

    place_id: int
    name_zh: str
    name_en: str
    reason: str
    position_id: int


def begin(actor: Actor, wish: Wish) -> Petition:
    """Ask for a chapter in a place that has none of its own. Raise Refusal where one is asked for

    already: support that one.
    """
    require(may_petition, actor)
    there = chapter_of_place(wish.place_id)
    if there is not None:
        raise Invalid(
            _(
                "There is a chapter for this place: %(chapter)s.",
                chapter=either(there.name_zh, there.name_en),
            ),
            field="place",
        )
    _insist_on_position(wish.position_id)
    petition = Petition(
        place_id=wish.place_id,
        name_zh=wish.name_zh,
        name_en=wish.name_en,
        reason=wish.reason,
        begun_by_id=cast("int", actor.person_id),
    )
    if not inserted(petition):
        raise Refusal(
            _("Somebody asks for a chapter there already. You find it in the list: support it."),
            field="place",
        )
    db.session.add(
        Supporter(petition_id=petition.id, person_id=actor.person_id, position_id=wish.position_id)
    )
    record(actor, "began_petition", petition)
    return petition


def support(actor: Actor, petition: Petition, position_id: int | None = None) -> None:
    """Stand behind it, and offer to hold a position if one is named. Twice is once.

    While the office looks at it nobody else offers themselves: who did is put into office.
    """
    require(may_petition, actor)
    hold(petition)
    _insist_on_open(petition)
    mine = db.session.scalar(_mine(actor, petition))
    if position_id is not None and (mine is None or mine.position_id != position_id):
        _insist_on_position(position_id)
        if petition.state is PetitionState.SUBMITTED:
            raise Refusal(
                _("The office decides about this petition: positions are offered no more."),
                field="position_id",
            )
    if mine is None:
        mine = Supporter(petition_id=petition.id, person_id=actor.person_id)
        db.session.add(mine)
    mine.position_id = position_id
    record(actor, "supported_petition", petition)


def withdraw_support(actor: Actor, petition: Petition) -> None:
    """Stand behind it no more. Who began it takes the petition itself back."""
    require(may_petition, actor)
    hold(petition)
    _insist_on_open(petition)
    if may_lead_petition(actor, petition):
        raise Refusal(_("You began this petition: take it back as a whole."))
    mine = db.session.scalar(_mine(actor, petition))
    if mine is not None:
        db.session.delete(mine)
        record(actor, "left_petition", petition)


def add_document(actor: Actor, petition: Petition, name: str, content: bytes) -> None:
    """Add a paper: a PDF of at most 5 MB, or a picture, which is made anew.

    What is neither is a BadRequest that says so.
    """
    require(may_lead_petition, actor, petition)
    hold(petition)
    _insist_on_open(petition)
    counted = select(func.count()).where(PetitionDocument.petition_id == petition.id)
    if (db.session.scalar(counted) or 0) >= MOST_DOCUMENTS:
        raise Refusal(_("There are as many papers as we can keep. Remove one first."))
    is_pdf = content.startswith(PDF)
    if is_pdf and len(content) > LARGEST_PDF:
        raise BadRequest(_("This file is too large. A PDF may have 5 MB."))
    document = PetitionDocument(
        petition_id=petition.id,
        name=name[:100] or "document",
        kind="pdf" if is_pdf else "jpeg",
        content=content if is_pdf else prepare_paper(content),
    )
    db.session.add(document)
    db.session.flush()
    record(actor, "added_document", petition)


def remove_document(actor: Actor, petition: Petition, document: PetitionDocument) -> None:
    require(may_lead_petition, actor, petition)
    hold(petition)
    _insist_on_open(petition)
    changed(delete(PetitionDocument).where(PetitionDocument.id == document.id))
    record(actor, "removed_document", petition)


def submit(actor: Actor, petition: Petition) -> None:
    """Hand it in to the office. Raise Invalid while there are too few supporters or no leader."""
    require(may_lead_petition, actor, petition)
    hold(petition)
    if petition.state is PetitionState.SUBMITTED:
        return
    _insist_on_open(petition)
    lacking = threshold() - count_supporters(petition)
    if lacking > 0:
        raise Invalid(
            ngettext(
                "%(num)s supporter is still missing.",
                "%(num)s supporters are still missing.",
                lacking,
            )
        )
    _insist_on_leader(petition)
    petition.state = PetitionState.SUBMITTED
    petition.submitted_at = now()
    record(actor, "submitted_petition", petition)


def withdraw(actor: Actor, petition: Petition) -> None:
    """Take the petition back for good."""
    require(may_lead_petition, actor, petition)
    hold(petition)
    _insist_on_open(petition)
    petition.state = PetitionState.WITHDRAWN
    record(actor, "withdrew_petition", petition)


def approve(actor: Actor, petition: Petition, ends_on: date) -> Chapter:
    """Make the chapter. Who offered to lead it is in office from today through that day and a

    member; the others are asked by letter to join. Approving twice is once.
    """
    require(may_decide_petition, actor, petition)
    hold(petition)
    if petition.state is PetitionState.APPROVED:
        return db.session.get_one(Chapter, petition.chapter_id)
    _insist_on_submitted(petition)
    if ends_on < today():
        raise Invalid(_("The last day lies in the past."), field="ends_on")
    _insist_on_leader(petition)
    leading = _leading(petition)
    if any(one.person_id == actor.person_id for one in leading):
        raise Refusal(_("You are to be an officer there yourself: another colleague decides."))
    chapter = found_chapter(actor, _details(petition))
    for one in leading:
        _install(chapter, one, ends_on)
    _settle(actor, petition, PetitionState.APPROVED, chapter=chapter)
    record(actor, "approved_petition", petition)
    _tell("petition_approved", petition, _standing(petition), "membership.chapter", chapter.slug)
    return chapter


def send_back(actor: Actor, petition: Petition, answer: str) -> None:
    """Ask for something more, in words for who began it."""
    _decline(actor, petition, PetitionState.RETURNED, answer)
    record(actor, "sent_back_petition", petition, why=answer)
    _tell_who_began("petition_sent_back", petition)


def reject(actor: Actor, petition: Petition, answer: str) -> None:
    """Decline it for good, and say why to who began it."""
    _decline(actor, petition, PetitionState.REJECTED, answer)
    record(actor, "rejected_petition", petition, why=answer)
    _tell_who_began("petition_rejected", petition)


def _decline(actor: Actor, petition: Petition, state: PetitionState, answer: str) -> None:
    require(may_decide_petition, actor, petition)
    hold(petition)
    _insist_on_submitted(petition)
    petition.answer = answer
    _settle(actor, petition, state)


def _settle(
    actor: Actor, petition: Petition, state: PetitionState, *, chapter: Chapter | None = None
) -> None:
    petition.chapter_id = chapter.id if chapter else None
    petition.state = state
    petition.decided_at = now()
    petition.decided_by_id = actor.account_id


def _insist_on_open(petition: Petition) -> None:
    if petition.state not in OPEN:
        raise Refusal(_("This petition is closed."))


def _insist_on_submitted(petition: Petition) -> None:
    if petition.state is not PetitionState.SUBMITTED:
        raise Refusal(_("This petition does not wait for the office any more."))


def _insist_on_position(position_id: int) -> None:
    position = db.session.get(Position, position_id)
    if position is None or position.is_retired:
        raise Invalid(_("There is no such position."), field="position_id")


def _insist_on_leader(petition: Petition) -> None:
    if not has_somebody_to_lead(petition):
        raise Invalid(_("Somebody has to offer to lead the chapter: as president or secretary."))


def _mine(actor: Actor, petition: Petition) -> Select[Supporter]:
    return select(Supporter).where(
        Supporter.petition_id == petition.id, Supporter.person_id == actor.person_id
    )


def _standing(petition: Petition) -> list[Supporter]:
    listed = select(Supporter).where(Supporter.petition_id == petition.id)
    return list(db.session.scalars(listed.order_by(Supporter.id)))


def _leading(petition: Petition) -> list[Supporter]:
    """Who is to be an officer: of those who offered it, graduates who still are."""
    offered = (
        select(Supporter)
        .join(Person, Person.id == Supporter.person_id)
        .join(Position, Position.id == Supporter.position_id)
        .where(
            Supporter.petition_id == petition.id,
            Person.status == PersonStatus.VERIFIED,
            ~Position.is_retired,
        )
        .order_by(Supporter.id)
    )
    return list(db.session.scalars(offered))


def _details(petition: Petition) -> ChapterDetails:
    place = db.session.get_one(Place, petition.place_id)
    wider = chapter_for_place(place.id)
    return ChapterDetails(
        slug="",
        name_zh=petition.name_zh,
        name_en=petition.name_en,
        language=wider.language if wider else "zh",
        time_zone=place.time_zone or (wider.time_zone if wider else "Asia/Shanghai"),
        parent_id=wider.id if wider else None,
        place_id=place.id,
        places=(place.id,),
    )


def _install(chapter: Chapter, supporter: Supporter, ends_on: date) -> None:
    spells.held(supporter.person_id)
    membership = ChapterMembership(person_id=supporter.person_id, chapter_id=chapter.id)
    spells.begin(membership)
    db.session.add(membership)
    db.session.add(
        Officer(
            person_id=supporter.person_id,
            chapter_id=chapter.id,
            position_id=supporter.position_id,
            starts_on=today(),
            ends_on=ends_on,
        )
    )


def _tell_who_began(template: str, petition: Petition) -> None:
    began = [one for one in _standing(petition) if one.person_id == petition.begun_by_id]
    _tell(template, petition, began, "membership.petition", petition.public_id)


def _tell(
    template: str, petition: Petition, whom: list[Supporter], endpoint: str, key: str
) -> None:
    """A letter to each of them, with a link to what it is about."""
    name = "slug" if endpoint == "membership.chapter" else "public_id"
    to = addressed_all(one.person_id for one in whom)
    queue_many(
        template,
        [
            Wanted(
                to=to[one.person_id],
                deed=f"{template}:{petition.id}:{petition.decided_at}:{one.person_id}",
                words={
                    "petition": petition,
                    "leads": one.position_id is not None,
                    "link": address_of(endpoint, **{name: key}),
                },
            )
            for one in whom
            if one.person_id in to
        ],
    )
