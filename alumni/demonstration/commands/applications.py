"""Sign-ups that wait for the office: a clear one, one of a common name, and one of nobody known."""

from dataclasses import dataclass
from datetime import timedelta

from alumni.accounts.models import Account
from alumni.codes.models import CodeKind
from alumni.codes.queries import association, code_named, find_place
from alumni.db import db, now
from alumni.demonstration.cast import CLINICAL, STOMATOLOGY, THE_SAME_NAME, WITH_A_NUMBER
from alumni.demonstration.commands.people import Population
from alumni.roster.models import Application, ApplicationState, Match
from alumni.roster.queries.recognising import Told, recognise

MOST_MATCHES = 10


@dataclass(frozen=True, kw_only=True)
class SignUp:
    """What somebody wrote on the page for joining."""

    name: str
    email: str
    city: str
    college: str
    graduation_year: int
    student_number: str | None = None
    language: str = "zh"


def apply(population: Population) -> None:
    """Enter the sign-ups, their addresses confirmed, with whom they may be."""
    (_person, graduate), *_others = population.named(WITH_A_NUMBER)
    wanted = (
        SignUp(
            name=WITH_A_NUMBER,
            email="siyuan.lyu@example.net",
            city="沈阳",
            college=STOMATOLOGY,
            graduation_year=graduate.courses[0].graduation_year - 1,
            student_number=graduate.courses[0].number,
        ),
        SignUp(
            name=THE_SAME_NAME,
            email="wangwei2001@example.com",
            city="大连",
            college=CLINICAL,
            graduation_year=2001,
        ),
        SignUp(
            name="Zhao Mingyue",
            email="mingyue.zhao@example.com",
            city="Toronto",
            college=CLINICAL,
            graduation_year=2013,
            language="en",
        ),
    )
    for position, sign_up in enumerate(wanted):
        _enter(sign_up, hours_ago=50 - 20 * position)


def _enter(sign_up: SignUp, *, hours_ago: int) -> None:
    college, place = code_named(CodeKind.COLLEGE, sign_up.college), find_place(sign_up.city)
    asked_at = now() - timedelta(hours=hours_ago)
    application = Application(
        name=sign_up.name,
        email=sign_up.email,
        student_number=sign_up.student_number,
        graduation_year=sign_up.graduation_year,
        college_id=college.id if college else None,
        city=sign_up.city,
        language=sign_up.language,
        notice_version=association()["notice_version"],
        agrees_to_mailings=True,
        state=ApplicationState.WAITING,
        created_at=asked_at,
        confirmed_at=asked_at + timedelta(minutes=4),
    )
    account = Account(
        email=sign_up.email,
        name=sign_up.name,
        language=sign_up.language,
        is_demonstration=True,
        created_at=asked_at + timedelta(minutes=4),
    )
    db.session.add_all((application, account))
    db.session.flush()
    told = Told(
        name=sign_up.name,
        student_number=sign_up.student_number,
        graduation_year=sign_up.graduation_year,
        college_id=application.college_id,
        place_id=place.id if place else None,
        email=sign_up.email,
    )
    db.session.add_all(
        Match(
            application_id=application.id,
            person_id=judged.known.person_id,
            score=judged.score,
            verdict=judged.verdict,
            evidence=judged.evidence,
        )
        for judged in recognise(told)[:MOST_MATCHES]
    )
