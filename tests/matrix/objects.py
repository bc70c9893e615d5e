"""The objects of the world: for each kind one of one's own, one of somebody else, one that is gone.

"Own" is what belongs to the home chapter, to the owner, or to the office; "foreign" is the same of
another chapter or another person, asked for under the own chapter's address.
"""

from io import BytesIO
from typing import Any

from PIL import Image
from sqlalchemy import select

from alumni.accounts.models import Assignment, SignIn
from alumni.audiences.models import ExportProfile, SavedAudience, Sharing
from alumni.audit.models import ChangeSet
from alumni.authz import SYSTEM, Right
from alumni.chapters.models import (
    Chapter,
    ChapterMembership,
    GroupPicture,
    MembershipState,
    Officer,
    OfficerRight,
    Position,
)
from alumni.chapters.models.governance import (
    Announcement,
    AnnualReport,
    Handover,
    HandoverSeat,
    Petition,
    PetitionDocument,
    PetitionState,
    Readers,
    ReportState,
    Supporter,
)
from alumni.codes.models import Code, CodeAlias, CodeKind, PlaceName
from alumni.codes.queries import find_place
from alumni.db import db, now, today, transaction
from alumni.events.models import Event, EventStatus, Registration, RegistrationState, Visibility
from alumni.exports.models import FileState, KeptFile
from alumni.mailings.models import MailingStatus
from alumni.membership.commands.announcements import remove_announcement
from alumni.people.models import (
    Employment,
    Level,
    Person,
    PersonStatus,
    PersonTag,
    Photo,
    Study,
    Tag,
)
from alumni.people.models.asking import Block, ChangeRequest, RelayedMessage
from alumni.people.models.classes import ClassLiaison
from alumni.requests.models import Request, RequestState
from alumni.roster.models import (
    Activation,
    ActivationWave,
    Application,
    ApplicationState,
    BatchState,
    DuplicatePair,
    Evidence,
    EvidenceKind,
    ImportBatch,
    ImportRow,
    Invitation,
    Merge,
    Verdict,
)
from alumni.roster.reading import Looked
from tests.factories import (
    account_of,
    make_account,
    make_event,
    make_member,
    make_person,
    make_verified,
    number,
    saved,
)
from tests.mailings.factories import list_of
from tests.matrix.world import DAY, Things, World
from tests.outbox.factories import make_delivery, make_mailing

YEAR = 2026
LOOKED = Looked(
    sheet="", encoding="utf-8", delimiter=",", header_line=1, headers=(), columns=(), rows=0
)


def fill(world: World) -> None:
    """Make all kinds of objects."""
    for kind in (
        _of_chapters,
        _of_desks,
        _of_members,
        _of_office,
        _of_roster,
        _of_people,
        _of_lists,
    ):
        world.things |= {name.replace("_", "-"): things for name, things in kind(world).items()}


def _pair(own: dict[str, Any], **others: dict[str, Any]) -> Things:
    return Things(own, others)


def _fixed(own: dict[str, Any]) -> Things:
    return Things(own, is_fixed=True)


def _called(*things: Any) -> Things:
    """By their public ids: the own, and the foreign if there is one."""
    named = [{"public_id": thing.public_id} for thing in things]
    return Things(named[0], dict(zip(("foreign", "hidden"), named[1:], strict=False)))


def _announced(chapter: Chapter | None, **values: Any) -> Announcement:
    invented: dict[str, Any] = {
        "chapter_id": chapter.id if chapter else None,
        "title_zh": "通知",
        "readers": Readers.MEMBERS if chapter else Readers.ALUMNI,
        "starts_on": today() - DAY,
        "ends_on": today() + DAY,
    }
    return saved(Announcement(**invented | values))


def _removed(chapter: Chapter | None) -> int:
    announcement = _announced(chapter)
    with transaction():
        announcement = db.session.get_one(Announcement, announcement.id)
        return remove_announcement(SYSTEM, announcement)


def _png() -> bytes:
    file = BytesIO()
    Image.new("RGB", (30, 40), "white").save(file, "PNG")
    return file.getvalue()


def _of_chapters(world: World) -> dict[str, Things]:
    home, foreign = world.home, world.foreign
    pictures = [saved(GroupPicture(chapter_id=one.id, content=_png())) for one in (home, foreign)]
    draft = [make_event(one, status=EventStatus.DRAFT) for one in (home, foreign)]
    published = [
        make_event(one, slug=f"meeting-{one.slug}", visibility=Visibility.CHAPTER)
        for one in (home, foreign)
    ]
    return {
        "chapter": Things({"slug": home.slug}, {"united": {"slug": world.merged.slug}}),
        "other_chapter": Things({"slug": world.young.slug}),
        "picture": _called(*pictures),
        "announcement": _called(*(_announced(one) for one in (home, foreign))),
        "own_announcement": _called(_announced(None)),
        "removed_announcement": _pair(
            {"deed_id": _removed(home)}, foreign={"deed_id": _removed(foreign)}
        ),
        "removed_own_announcement": _pair({"deed_id": _removed(None)}),
        "draft_event": _called(*draft),
        "chapter_event": Things(
            {"slug": published[0].slug},
            {"foreign": {"slug": published[1].slug}, "hidden": {"slug": draft[1].slug}},
        ),
        "desk_event": _called(*published),
        "event_in_review": _called(make_event(home, status=EventStatus.IN_REVIEW)),
        "own_event": _called(make_event()),
    }


def _of_desks(world: World) -> dict[str, Things]:
    home, foreign = world.home, world.foreign
    chapters = (home, foreign)
    newcomers = make_verified("新人"), make_verified("新人")
    joiners = [
        saved(ChapterMembership(person_id=person.id, chapter_id=one.id))
        for person, one in zip(newcomers, chapters, strict=True)
    ]
    handovers = [
        saved(Handover(chapter_id=one.id, effective_on=today() + 10 * DAY)) for one in chapters
    ]
    president = db.session.scalars(select(Position).where(Position.code == "president")).one()
    seats = [
        saved(
            HandoverSeat(
                handover_id=one.id,
                person_id=world.people["member"].id,
                position_id=president.id,
            )
        )
        for one in handovers
    ]
    letters = [make_mailing(list_of(one)) for one in chapters]
    reports = [saved(AnnualReport(chapter_id=one.id, year=YEAR)) for one in chapters]
    applications = [_applied(one, n) for n, one in enumerate(chapters)]
    into = world.people["member"].id
    gone = make_person("姜某", status=PersonStatus.MERGED, merged_into_id=into)
    outsider = make_member(foreign, make_verified("郑会员"))
    return {
        "joiner": _pair(
            *({"membership_id": one.id} for one in joiners[:1]),
            foreign={"membership_id": joiners[1].id},
        ),
        "handover": _called(*handovers),
        "seat": _pair({"seat_id": seats[0].id}, foreign={"seat_id": seats[1].id}),
        "chapter_mailing": Things(
            {"public_id": letters[0].public_id, "reader": "zh"},
            {"foreign": {"public_id": letters[1].public_id, "reader": "zh"}},
        ),
        "year": _fixed({"year": YEAR}),
        "year_list": _fixed({"year": YEAR, "kind": "members"}),
        "draft_report": _pair(
            {"year": YEAR, "public_id": reports[0].public_id},
            foreign={"year": YEAR, "public_id": reports[1].public_id},
        ),
        "applicant": _called(*applications),
        "mate_person": _called(make_member(home)),
        "found_person": Things(
            {"public_id": world.people["member"].public_id},
            {
                "hidden": {"public_id": make_verified("陈隐者", listed=Level.OFFICE).public_id},
                "united": {"public_id": gone.public_id},
            },
        ),
        "member_person": _called(world.people["member"], outsider),
    }


def _applied(chapter: Chapter | None, n: int, **values: Any) -> Application:
    person = make_person("赵申请", status=PersonStatus.APPLICANT)
    account = make_account(person=person)
    invented: dict[str, Any] = {
        "name": "赵申请",
        "email": account.email,
        "graduation_year": 1998,
        "city": "鞍山",
        "chapter_id": chapter.id if chapter else None,
        "language": "zh",
        "notice_version": "1",
        "state": ApplicationState.WAITING,
        "person_id": person.id,
        "confirmed_at": now(),
    }
    return saved(Application(**invented | values))


def _of_members(world: World) -> dict[str, Things]:
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
        "own_membership": _pair(
            {"membership_id": current[0]}, foreign={"membership_id": current[1]}
        ),
        "left_membership": _pair(
            {"membership_id": memberships[0].id}, foreign={"membership_id": memberships[1].id}
        ),
        "registration": _called(
            *(_registered(*one) for one in ((event, owner), (make_event(world.foreign), blocked)))
        ),
        "employment": _pair(*(_employed(one) for one in (owner,)), foreign=_employed(member)),
        "section": _fixed({"section": "jobs"}),
        "level": _fixed({"level": "class"}),
        "blocked": _called(blocked, member),
        "study_field": _pair({"field": "class_label", "row_id": study.id}),
        "change": _called(*(_wish(one) for one in (owner, member))),
        "session": _pair(
            *({"session_id": _session(one)} for one in (owner,)),
            foreign={"session_id": _session(member)},
        ),
        **_kept(world),
        **_petitions(world),
    }


def _registered(event: Event, person: Person) -> Registration:
    return saved(
        Registration(event_id=event.id, person_id=person.id, state=RegistrationState.CONFIRMED)
    )


def _employed(person: Person) -> dict[str, Any]:
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
        "file": _called(*files),
        "waiting_file": _called(waiting, files[1]),
        "export_profile": _called(profiles[-1], *profiles[:1]),
        "search": _called(*searches),
    }


def _petitions(world: World) -> dict[str, Things]:
    owner, graduate = world.people["owner"], world.people["graduate"]
    made = [
        _petition(owner, "成都", PetitionState.GATHERING),
        _petition(graduate, "重庆", PetitionState.GATHERING),
    ]
    over = _petition(graduate, "杭州", PetitionState.WITHDRAWN)
    papers = [
        saved(PetitionDocument(petition_id=one.id, name="a.pdf", kind="pdf", content=_png()))
        for one in made
    ]
    named = [{"public_id": made[0].public_id, "document_id": paper.public_id} for paper in papers]
    supported = _petition(make_verified(), "南京", PetitionState.GATHERING)
    saved(Supporter(petition_id=supported.id, person_id=owner.id))
    handed = _petition(world.people["liaison"], "武汉", PetitionState.SUBMITTED, submitted_at=now())
    return {
        "petition": Things(
            {"public_id": made[0].public_id}, {"hidden": {"public_id": over.public_id}}
        ),
        "supported_petition": _called(supported),
        "paper": _pair(named[0], foreign=named[1]),
        "handed_petition": _called(handed),
    }


def _petition(person: Person, city: str, state: PetitionState, **values: Any) -> Petition:
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
    saved(Supporter(petition_id=petition.id, person_id=person.id))
    return petition


def _of_office(world: World) -> dict[str, Things]:
    home = world.home
    officers = [
        db.session.scalars(
            select(Officer).where(Officer.person_id == world.people[name].id)
        ).first()
        for name in ("leader", "elsewhere")
    ]
    granted = [
        saved(
            OfficerRight(officer_id=one.id, right=Right.REPORT, starts_on=today(), ends_on=today())
        )
        for one in officers
        if one is not None
    ]
    ids = [one.officer_id for one in granted]
    reports = [
        saved(
            AnnualReport(
                chapter_id=one.id,
                year=YEAR,
                revision=2,
                figures={"members": 1, "joined": 0, "left": 0, "events": 0, "attended": 0},
                state=ReportState.SUBMITTED,
                submitted_at=now(),
            )
        )
        for one in (home,)
    ]
    position = db.session.scalars(select(Position).where(Position.code == "treasurer")).one()
    return {
        "officer": _pair({"officer_id": ids[0]}, foreign={"officer_id": ids[1]}),
        "granted": _pair(
            {"officer_id": ids[0], "granted_id": granted[0].id},
            foreign={"officer_id": ids[0], "granted_id": granted[1].id},
        ),
        "report": _called(*reports),
        "agreement": _pair({"version": 1}),
        "position": _pair({"position_id": position.id}),
        "audience": _office_audience(world),
        "deed": _called(
            db.session.scalars(select(ChangeSet).order_by(ChangeSet.id).limit(1)).one()
        ),
        "complaint": _called(_complaint(world)),
        "letter": _pair({"delivery_id": make_delivery(html="<p>x</p>").id}),
        "list": _pair({"slug": list_of(home).slug}),
        "own_mailing": _called(make_mailing(list_of(None))),
        "submitted_mailing": _called(make_mailing(list_of(home), status=MailingStatus.SUBMITTED)),
        "answered_request": _called(
            saved(
                Request(
                    name="x",
                    email="x@example.org",
                    subject="x",
                    words="x",
                    state=RequestState.ANSWERED,
                    settled_at=now(),
                )
            )
        ),
        "request": _called(saved(Request(name="x", email="x@example.org", subject="x", words="x"))),
        **_staff(world),
    }


def _staff(world: World) -> dict[str, Things]:
    member = make_account(role="office")
    graduate = account_of(world.people["graduate"])
    held = [
        db.session.scalars(select(Assignment.id).where(Assignment.account_id == one.id)).first()
        for one in (member, world.accounts["auditor"])
        if one is not None
    ]
    return {
        "staff": _pair({"public_id": member.public_id}),
        "held": _pair(
            {"public_id": member.public_id, "assignment_id": held[0]},
            foreign={"public_id": member.public_id, "assignment_id": held[1]},
        ),
        "account": _pair({"public_id": graduate.public_id}),
    }


def _office_audience(world: World) -> Things:
    account = world.accounts["office"]
    owner = account_of(world.people["owner"])
    if account is None:
        raise LookupError
    shared = saved(
        SavedAudience(
            account_id=account.id, name_zh="人群", criteria={"q": "x"}, sharing=Sharing.OFFICE
        )
    )
    private = saved(SavedAudience(account_id=owner.id, name_zh="自己", criteria={"q": "x"}))
    return _called(shared, private)


def _complaint(world: World) -> RelayedMessage:
    return saved(
        RelayedMessage(
            sender_id=world.people["graduate"].id,
            recipient_id=world.people["owner"].id,
            token_hash="f" * 64,
            reported_at=now(),
            complaint="x",
        )
    )


def _of_roster(world: World) -> dict[str, Things]:
    applications = [_applied(None, n) for n in range(2)]
    applicant = world.accounts["applicant"]
    if applicant is not None:
        _applied(None, 3, email=applicant.email, person_id=applicant.person_id)
    papers = [
        saved(Evidence(application_id=one.id, kind=EvidenceKind.CERTIFICATE, picture=_png()))
        for one in applications
    ]
    known = make_person("何某", year=1998)
    batches = [
        saved(ImportBatch(file_name="x.csv", sha256="0" * 64, state=state, looked=LOOKED.as_json()))
        for state in (BatchState.STAGED, BatchState.APPLIED, BatchState.RECEIVED)
    ]
    rows = [saved(ImportRow(batch_id=one.id, line=2, verdict=Verdict.POSSIBLE)) for one in batches]
    invitations = [
        saved(
            Invitation(
                token=f"invited-{one.slug}",
                chapter_id=one.id,
                most_uses=9,
                ends_at=now() + DAY,
            )
        )
        for one in (world.home, world.foreign)
    ]
    wave = saved(ActivationWave(sentence="x"))
    activation = saved(Activation(person_id=known.id, ends_on=today() + DAY))
    two = sorted([make_person("许某"), make_person("许某")], key=lambda one: one.id)
    gone = make_person("吕某", status=PersonStatus.MERGED, merged_into_id=known.id)
    merge = saved(Merge(kept_id=known.id, gone_id=gone.id))
    pair = saved(DuplicatePair(person_id=two[0].id, other_id=two[1].id, score=60))
    named = {"public_id": applications[0].public_id}
    return {
        "application": _called(applications[0]),
        "application_into": _pair(
            {**named, "person_id": known.public_id}, gone={**named, "person_id": gone.public_id}
        ),
        "certificate": _pair(
            *({**named, "evidence_id": one.public_id} for one in papers[:1]),
            foreign={**named, "evidence_id": papers[1].public_id},
        ),
        "batch": _called(batches[0]),
        "applied_batch": _called(batches[1]),
        "batch_errors": _pair({"public_id": batches[0].public_id, "ending": "csv"}),
        "batch_row": _pair(
            {"public_id": batches[0].public_id, "row_id": rows[0].id},
            foreign={"public_id": batches[0].public_id, "row_id": rows[1].id},
        ),
        "template": _fixed({"kind": "registrar", "ending": "csv"}),
        "invitation": _called(*invitations),
        "invitation_token": _pair({"token": invitations[0].token}),
        "batch_to_map": _called(batches[2]),
        "wave": _called(wave),
        "activation": _called(activation),
        "pair": _called(pair),
        "merge": _called(merge),
    }


def _of_people(world: World) -> dict[str, Things]:
    """People whom the office knows, and the parts of their pages."""
    known, other = make_person("施某", lost_since=today()), make_person("张某")
    gone = make_person("孔某", status=PersonStatus.MERGED, merged_into_id=known.id)
    photo = make_member(world.home, make_verified("曹会员"))
    saved(Photo(person_id=photo.id, content=_png(), visibility=Level.ALUMNI))
    tags = [saved(Tag(name_zh=f"标签{n}")) for n in range(2)]
    saved(
        PersonTag(person_id=known.id, tag_id=tags[0].id),
        PersonTag(person_id=other.id, tag_id=tags[1].id),
    )
    named = {"public_id": known.public_id}
    return {
        "known": Things(named, {"united": {"public_id": gone.public_id}}),
        "known_two": _pair(
            {**named, "other_id": other.public_id}, gone={**named, "other_id": gone.public_id}
        ),
        "known_row": _pair({**named, **_employed(known)}, foreign={**named, **_employed(other)}),
        "known_section": _fixed({**named, "section": "jobs"}),
        "lost": _pair({**named, "mark": "lost"}, hidden={**named, "mark": "deceased"}),
        "tagged": _pair(
            {**named, "tag_id": tags[0].public_id}, foreign={**named, "tag_id": tags[1].public_id}
        ),
        "photo": _called(photo),
        "token": _fixed({"token": "nothing-that-there-is-xxxx"}),
    }


def _of_lists(world: World) -> dict[str, Things]:
    codes = [
        db.session.scalars(select(Code).where(Code.kind == kind).order_by(Code.id)).first()
        for kind in (CodeKind.COLLEGE, CodeKind.MAJOR)
    ]
    ids = [one.id for one in codes if one is not None]
    names = [
        saved(CodeAlias(code_id=code, kind=kind, name=f"alias {n}"))
        for n, (code, kind) in enumerate(zip(ids, (CodeKind.COLLEGE, CodeKind.MAJOR), strict=True))
    ]
    places = [find_place(city) for city in ("鞍山", "大连")]
    kept = [one.id for one in places if one is not None]
    place_names = [saved(PlaceName(place_id=one, name=f"place {n}")) for n, one in enumerate(kept)]
    college = {"kind": "college"}
    return {
        "kind": _fixed(college),
        "code": _pair({**college, "code_id": ids[0]}, foreign={**college, "code_id": ids[1]}),
        "code_name": _pair(
            {**college, "code_id": ids[0], "name_id": names[0].id},
            foreign={**college, "code_id": ids[0], "name_id": names[1].id},
        ),
        "place": _pair({"place_id": kept[0]}),
        "place_name": _pair(
            {"place_id": kept[0], "name_id": place_names[0].id},
            foreign={"place_id": kept[0], "name_id": place_names[1].id},
        ),
        **_classes(world),
    }


def _classes(world: World) -> dict[str, Things]:
    """The liaison's class, with somebody whom it misses."""
    term = db.session.scalars(select(ClassLiaison)).one()
    college = db.session.get_one(Code, term.college_id)
    own = {"year": 1998, "college": college.id, "class": "3班"}
    missing = make_person("严失联", year=1998, college=college.name_zh, class_label="3班")
    elsewhere = make_person("金失联", year=1999, college=college.name_zh, class_label="3班")
    return {
        "class": Things(own, {"foreign": {**own, "year": 1999}}, is_fixed=True),
        "missing_mate": _pair(
            {**own, "public_id": missing.public_id},
            foreign={**own, "public_id": elsewhere.public_id},
        ),
        "liaison_term": _pair({"liaison_id": term.id}),
    }
