"""What speaks for an application beside what the form asks, and who of its class may say so."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, exists, func, select
from sqlalchemy.orm import joinedload, undefer

from alumni.accounts.models import Account
from alumni.authz import Actor, require
from alumni.db import db
from alumni.errors import NotFound
from alumni.people.models import Person, Study
from alumni.people.queries import display_name, whole
from alumni.people.queries.facts import study_text
from alumni.roster.models import Application, Evidence, EvidenceKind, Vouch
from alumni.roster.policy import may_see_evidence

ENOUGH_VOUCHES = 2
"""So many classmates who know an applicant are as good as a paper."""

A_YEAR_APART = 1
"""People know those of the years beside their own."""


@dataclass(frozen=True, kw_only=True)
class Support:
    """How much speaks for an application beside the roster."""

    vouches: int = 0
    certificates: int = 0
    answers: int = 0
    calls: int = 0
    is_recommended: bool = False

    @property
    def is_vouched(self) -> bool:
        """Whether enough classmates know the applicant."""
        return self.vouches >= ENOUGH_VOUCHES

    @property
    def is_enough(self) -> bool:
        """Whether the office may enter a graduate whom nobody knew before."""
        given = (self.certificates, self.answers, self.calls, self.is_recommended, self.is_vouched)
        return any(given)


@dataclass(frozen=True, kw_only=True)
class Voucher:
    """A classmate who knows the applicant."""

    public_id: str
    name: str
    studies: tuple[str, ...]
    text: str
    created_at: datetime


@dataclass(frozen=True, kw_only=True)
class Given:
    """All that was given for one application, in the order of its coming."""

    pieces: list[Evidence]
    vouchers: list[Voucher]
    support: Support
    recommended_by: str
    """The officer's name, if there is a recommendation."""

    @property
    def certificates(self) -> list[Evidence]:
        return [piece for piece in self.pieces if piece.kind is EvidenceKind.CERTIFICATE]

    @property
    def texts(self) -> list[Evidence]:
        return [piece for piece in self.pieces if piece.kind is not EvidenceKind.CERTIFICATE]


def supports(applications: Iterable[Application]) -> dict[int, Support]:
    """How much speaks for each of them, by id, in one statement."""
    recommended = {one.id: one.recommended_at is not None for one in applications}
    vouched = (
        select(Vouch.application_id, func.count())
        .where(Vouch.application_id.in_(recommended))
        .group_by(Vouch.application_id)
        .subquery()
    )
    counted = (
        select(
            Application.id,
            func.coalesce(vouched.c[1], 0),
            *(func.count().filter(Evidence.kind == kind) for kind in _KINDS),
        )
        .outerjoin(vouched, vouched.c.application_id == Application.id)
        .outerjoin(Evidence, Evidence.application_id == Application.id)
        .where(Application.id.in_(recommended))
        .group_by(Application.id, vouched.c[1])
    )
    return {
        number: Support(
            vouches=vouches,
            certificates=certificates,
            answers=answers,
            calls=calls,
            is_recommended=recommended[number],
        )
        for number, vouches, certificates, answers, calls in db.session.execute(counted)
    }


_KINDS = (EvidenceKind.CERTIFICATE, EvidenceKind.ANSWER, EvidenceKind.CALL)


def support_of(application: Application) -> Support:
    return supports([application])[application.id]


def given_for(actor: Actor, application: Application) -> Given:
    """All that speaks for the application, without the pictures themselves."""
    require(may_see_evidence, actor)
    pieces = db.session.scalars(
        select(Evidence).where(Evidence.application_id == application.id).order_by(Evidence.id)
    )
    officer = None
    if application.recommended_by_id is not None:
        officer = db.session.get(Account, application.recommended_by_id)
    return Given(
        pieces=list(pieces),
        vouchers=_vouchers(application),
        support=support_of(application),
        recommended_by=officer.name if officer else "",
    )


def get_certificate(actor: Actor, application: Application, public_id: str) -> Evidence:
    """A certificate with its picture."""
    require(may_see_evidence, actor)
    evidence = db.session.scalar(
        select(Evidence)
        .where(
            Evidence.application_id == application.id,
            Evidence.public_id == public_id,
            Evidence.kind == EvidenceKind.CERTIFICATE,
        )
        .options(undefer(Evidence.picture))
    )
    if evidence is None:
        raise NotFound
    return evidence


def can_be_vouched_for(application: Application) -> bool:
    """Whether the applicant told enough for anybody to be a classmate."""
    return application.graduation_year is not None or application.college_id is not None


def is_classmate(actor: Actor, application: Application) -> bool:
    """Whether the actor studied in the college, and left it in the year or in one beside it.

    What the applicant did not tell of the two tells nobody apart.
    """
    if not can_be_vouched_for(application):
        return False
    told: list[ColumnElement[bool]] = []
    if application.graduation_year is not None:
        year = application.graduation_year
        about = (year - A_YEAR_APART, year + A_YEAR_APART)
        told.append(Study.graduation_year.between(*about))
    if application.college_id is not None:
        told.append(Study.college_id == application.college_id)
    mine = exists().where(Study.person_id == actor.person_id, *told)
    return bool(db.session.scalar(select(mine)))


def has_vouched(actor: Actor, application: Application) -> bool:
    mine = exists().where(
        Vouch.application_id == application.id, Vouch.person_id == actor.person_id
    )
    return bool(db.session.scalar(select(mine)))


def application_to_vouch_for(public_id: str) -> Application:
    """The application behind a link that the applicant handed on."""
    application = db.session.scalar(
        select(Application)
        .where(Application.public_id == public_id)
        .options(joinedload(Application.college))
    )
    if application is None:
        raise NotFound
    return application


def _vouchers(application: Application) -> list[Voucher]:
    vouches = db.session.scalars(
        select(Vouch).where(Vouch.application_id == application.id).order_by(Vouch.id)
    ).all()
    found = db.session.scalars(whole([vouch.person_id for vouch in vouches]))
    people: dict[int, Person] = {person.id: person for person in found}
    return [
        Voucher(
            public_id=people[vouch.person_id].public_id,
            name=display_name(people[vouch.person_id]),
            studies=tuple(filter(None, map(study_text, people[vouch.person_id].studies))),
            text=vouch.text,
            created_at=vouch.created_at,
        )
        for vouch in vouches
    ]
