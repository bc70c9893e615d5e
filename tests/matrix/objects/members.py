"""What belongs to the owner, a member of the home chapter; "foreign" is the member's."""

from typing import Any

from sqlalchemy import select

from alumni.accounts.models import SignIn
from alumni.audiences.models import ExportProfile, SavedAudience
from alumni.chapters.models import ChapterMembership, MembershipState
from alumni.db import db, now, today
from alumni.events.models import Event, Registration, RegistrationState
from alumni.exports.models import FileState, KeptFile
from alumni.people.models import Employment, Level, Person, Study
from alumni.people.models.asking import Block, ChangeRequest
from tests.factories import account_of, make_event, make_verified, number, saved
from tests.matrix.objects.naming import called, fixed, pair
from tests.matrix.world import DAY, Things, World


def of_members(world: World) -> dict[str, Things]:
    """What belongs to the owner, a member of the home chapter; "foreign" would be the member's."""
    owner, member = world.people["owner"], world.people["member"]
    event = make_event(world.home)
    memberships = [
        saved(
            ChapterMembership(
                person_id=person.id,
                chapter_id=world.parent.id,
                state=MembershipState.LEFT,
                starts_on=today() - 9 * DAY,
                ends_on=today(),
            )
        )
        for person in (owner, member)
    ]
    current = [
        db.session.scalars(
            select(ChapterMembership.id).where(
                ChapterMembership.person_id == person.id,
                ChapterMembership.chapter_id == world.home.id,
            )
        ).one()
        for person in (owner, member)
    ]
    study = db.session.scalars(select(Study).where(Study.person_id == owner.id)).one()
    blocked = make_verified("冯同学")
    saved(Block(person_id=owner.id, blocked_id=blocked.id))
    return {
        "own_membership": pair(
            {"membership_id": current[0]}, foreign={"membership_id": current[1]}
        ),
        "left_membership": pair(
            {"membership_id": memberships[0].id}, foreign={"membership_id": memberships[1].id}
        ),
        "registration": called(
            *(_registered(*one) for one in ((event, owner), (make_event(world.foreign), blocked)))
        ),
        "employment": pair(*(employed(one) for one in (owner,)), foreign=employed(member)),
        "section": fixed({"section": "jobs"}),
        "level": fixed({"level": "class"}),
        "blocked": called(blocked, member),
        "study_field": pair({"field": "class_label", "row_id": study.id}),
        "change": called(*(_wish(one) for one in (owner, member))),
        "session": pair(
            *({"session_id": _session(one)} for one in (owner,)),
            foreign={"session_id": _session(member)},
        ),
        **_kept(world),
    }


def _registered(event: Event, person: Person) -> Registration:
    return saved(
        Registration(event_id=event.id, person_id=person.id, state=RegistrationState.CONFIRMED)
    )


def employed(person: Person) -> dict[str, Any]:
    row = saved(Employment(person_id=person.id, employer="鞍山医院", visibility=Level.OFFICE))
    return {"section": "jobs", "row_id": row.id}


def _wish(person: Person) -> ChangeRequest:
    account = account_of(person)
    return saved(
        ChangeRequest(
            person_id=person.id,
            asked_by_id=account.id,
            field="name_zh",
            before=person.name_zh or "",
            after="赵新名",
        )
    )


def _session(person: Person) -> int:
    n = next(number)
    account = account_of(person)
    session = SignIn(account_id=account.id, token_hash=f"{n:064}", ends_at=now() + DAY)
    db.session.add(session)
    db.session.commit()
    return session.id


def _kept(world: World) -> dict[str, Things]:
    """What the owner's account keeps."""
    accounts = [account_of(world.people[name]) for name in ("owner", "member")]
    files = [
        saved(
            KeptFile(
                account_id=one.id,
                purpose="x",
                name="x.csv",
                mimetype="text/csv",
                language="zh",
                kind="test",
                wish={"chapter": None},
                state=FileState.READY,
                sha256="0" * 64,
                expires_at=now() + DAY,
            )
        )
        for one in accounts
    ]
    waiting = saved(
        KeptFile(
            account_id=accounts[0].id,
            purpose="x",
            name="x.csv",
            mimetype="text/csv",
            language="zh",
            kind="test",
            wish={"chapter": None},
            expires_at=now() + DAY,
        )
    )
    profiles = [
        saved(
            ExportProfile(
                account_id=one.id, name="x", columns=["name_zh"], format="csv", rows="flat"
            )
        )
        for one in (*accounts[:1], world.accounts["office"])
        if one is not None
    ]
    searches = [
        saved(SavedAudience(account_id=one.id, name_zh="找", criteria={"q": "x"}))
        for one in accounts
    ]
    return {
        "file": called(*files),
        "waiting_file": called(waiting, files[1]),
        "export_profile": called(profiles[-1], *profiles[:1]),
        "search": called(*searches),
    }
