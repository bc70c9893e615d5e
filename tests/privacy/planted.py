"""People whose every fact is a mark, and what each kind of viewer may and must see of them.

A mark is a word that stands nowhere else: wherever it turns up, we know whose fact it is, which
fact, and at what level it was kept. The expectations are written down here by hand, from the
specification, and not asked of the program.
"""

from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, NamedTuple

from sqlalchemy import select

from alumni.accounts.models import Account, Assignment
from alumni.authz import Capability
from alumni.chapters.models import Chapter
from alumni.codes.models import Code, CodeKind
from alumni.codes.queries import home_institution
from alumni.db import Model, db, today
from alumni.people.commands.search import reindex
from alumni.people.models import (
    Consent,
    ConsentPurpose,
    ContactKind,
    ContactPoint,
    Employment,
    FormerName,
    Level,
    Person,
    PersonStatus,
    Residence,
    Study,
    StudyInstitution,
    Training,
    TrainingKind,
)
from alumni.roster.models import BatchKind, BatchState, ImportBatch, ImportRow, Verdict
from tests.factories import (
    account_of,
    make_account,
    make_chapter,
    make_member,
    make_officer,
    make_person,
    make_verified,
    saved,
)

CLASS = {"year": 1998, "class_label": "3班"}

CONTACTS = ("phone", "email", "wechat", "postal")
NUMBERS = ("number", "certificate", "course")
"""Student numbers and certificates are the office's and the own, whatever the level."""
FACTS = (
    "label",
    "supervisor",
    "employer",
    "department",
    "title",
    "city",
    "hospital",
    "ward",
    "former",
    *CONTACTS,
)


class Mark(NamedTuple):
    owner: str
    """The level at which all facts of this person are kept."""
    fact: str

    @property
    def word(self) -> str:
        """Letters only, so that it is one word for the search; a phone is digits."""
        if self.fact == "phone":
            return f"1390001{700 + 10 * list(Level).index(Level(self.owner))}1"
        if self.fact in NUMBERS:
            return f"qz{self.fact}7{self.owner}"  # what has no digit is no number for the search
        return f"qz{self.fact}{self.owner}zq"


@dataclass
class Cast:
    """Who is there, and as whom one can look at them."""

    chapter: Chapter
    targets: dict[str, Person] = field(default_factory=dict)
    listed: dict[str, Person] = field(default_factory=dict)
    """People of whom only the level at which they are found differs."""
    viewers: dict[str, Account | None] = field(default_factory=dict)
    batch: str = ""
    """The public id of a file that was brought, whose rows may mean these people."""


def marks() -> list[Mark]:
    return [Mark(level.value, fact) for level in Level for fact in (*FACTS, *NUMBERS)]


def plant() -> Cast:
    college = db.session.scalars(select(Code.name_zh).where(Code.kind == CodeKind.COLLEGE)).first()
    cast = Cast(chapter=make_chapter(slug="planted"))
    for level in Level:
        cast.targets[level.value] = _target(cast.chapter, level, str(college))
        cast.listed[level.value] = make_verified(
            f"Qzlisted{level.value}zq", college=college, listed=level, **CLASS
        )
        make_member(cast.chapter, cast.listed[level.value])
    _viewers(cast, str(college))
    cast.batch = _brought([*cast.targets.values(), *cast.listed.values()])
    return cast


def _viewers(cast: Cast, college: str) -> None:
    elsewhere = make_chapter(slug="elsewhere")
    mate = make_verified("赵同学", college=college, **CLASS)
    gone = make_officer(cast.chapter, starts_on=today() - timedelta(days=700))
    former = make_officer(
        elsewhere,
        starts_on=today() - timedelta(days=700),
        ends_on=today() - timedelta(days=1),
    )
    saved_term = gone  # in term still: the leader
    applicant = make_person("孙申请", status=PersonStatus.APPLICANT)
    cast.viewers = {
        "anonymous": None,
        "applicant": make_account(person=applicant, email="applicant@example.org"),
        "classmate": account_of(mate),
        "chapter mate": account_of(make_member(cast.chapter, make_verified("钱会员"))),
        "graduate": account_of(make_verified("李校友")),
        "leader": account_of(saved_term),
        "leader elsewhere": account_of(make_officer(elsewhere)),
        "leader once": account_of(former),
        "administrator": make_account(role="administrator"),
        "auditor": make_account(role="auditor"),
        "office": make_account(role="office"),
        "importer": _importer(),
        "self": account_of(cast.targets["office"]),
    }


def _importer() -> Account:
    """Brings in rosters and does nothing else."""
    account = make_account()
    saved(Assignment(account_id=account.id, capability=Capability.IMPORT_ROSTER, starts_on=today()))
    return account


def _brought(people: list[Person]) -> str:
    """A file that says nothing of anybody, but may mean all of them and would change something."""
    batch = saved(
        ImportBatch(
            file_name="x.csv",
            sha256="0" * 64,
            kind=BatchKind.CHAPTER,
            state=BatchState.STAGED,
            rows=2 * len(people),
            possible=len(people),
            updated=len(people),
            looked={},
        )
    )
    said = {"batch_id": batch.id, "values": {"name": "某人"}}
    for n, person in enumerate(people):
        employer = db.session.scalar(
            select(Employment.employer).where(Employment.person_id == person.id)
        )
        saved(
            ImportRow(
                line=2 * n,
                verdict=Verdict.POSSIBLE,
                candidates=[[person.id, 60, {"name": True}]],
                **said,
            ),
            ImportRow(
                line=2 * n + 1,
                verdict=Verdict.UPDATED,
                person_id=person.id,
                changes={"employer": [employer, "新单位"]},
                left="edited",
                **said,
            ),
        )
    return batch.public_id


def _target(chapter: Chapter, level: Level, college: str) -> Person:
    """A person in the class and the chapter whose every other fact stands at the level."""
    wide = Level.PUBLIC if level is Level.PUBLIC else Level.ALUMNI
    person = make_verified(
        f"Qzperson{level.value}zq", college=college, listed=wide, email=_of(level, "login"), **CLASS
    )
    make_member(chapter, person)
    for study in db.session.scalars(select(Study).where(Study.person_id == person.id)):
        study.is_primary = False
    for point in db.session.scalars(
        select(ContactPoint).where(ContactPoint.person_id == person.id)
    ):
        db.session.delete(point)
    db.session.flush()
    study = saved(
        Study(
            person_id=person.id,
            is_primary=True,
            class_label=_of(level, "label"),
            supervisor=_of(level, "supervisor"),
            graduation_year=1971,
            visibility=level,
        )
    )
    saved(*_rows(person, study, level))
    if level is Level.OFFICE:
        saved(
            Consent(
                person_id=person.id,
                purpose=ConsentPurpose.CHAPTER_SHARING,
                version="1",
                language="zh",
                source="test",
            )
        )
    reindex([person.id])
    db.session.commit()
    return person


def _rows(person: Person, study: Study, level: Level) -> list[Any]:
    whose: dict[str, Any] = {"person_id": person.id, "visibility": level}
    rows: list[Model] = [
        StudyInstitution(
            person_id=person.id,
            study_id=study.id,
            institution_id=home_institution().id,
            student_number=_of(level, "number"),
            certificate_number=_of(level, "certificate"),
        ),
        Employment(
            employer=_of(level, "employer"),
            department=_of(level, "department"),
            title=_of(level, "title"),
            **whose,
        ),
        Residence(written=_of(level, "city"), **whose),
        Training(
            kind=TrainingKind.FELLOWSHIP,
            written=_of(level, "hospital"),
            department=_of(level, "ward"),
            certificate_number=_of(level, "course"),
            from_year=2003,
            **whose,
        ),
        FormerName(name=_of(level, "former"), **whose),
    ]
    for kind in ContactKind:
        value = _of(level, kind.value)
        if kind is ContactKind.EMAIL:
            value += "@example.org"
        normal = f"+86{value}" if kind is ContactKind.PHONE else value.lower()
        rows.append(ContactPoint(kind=kind, value=value, normal=normal, is_primary=True, **whose))
    return rows


def _of(level: Level, fact: str) -> str:
    return Mark(level.value, fact).word


LEVELS: dict[str, frozenset[str]] = {
    "anonymous": frozenset(),
    "applicant": frozenset(),
    "classmate": frozenset({"class", "alumni", "public"}),
    "chapter mate": frozenset({"chapters", "alumni", "public"}),
    "graduate": frozenset({"alumni", "public"}),
    "leader": frozenset({"chapters", "alumni", "public"}),
    "leader elsewhere": frozenset({"alumni", "public"}),
    "leader once": frozenset({"alumni", "public"}),
    "administrator": frozenset(),
    "auditor": frozenset(),
    "office": frozenset(level.value for level in Level),
    "importer": frozenset(),
    "self": frozenset({"class", "chapters", "alumni", "public"}),
}
"""Which levels each may see, of people whom all graduates find. ``self`` is in their class and

chapter.
"""

PUBLIC_READERS = frozenset({"anonymous", "applicant", "administrator", "auditor", "importer"})
"""They see what is public of who is found by everybody, and nothing else."""


def may_see(viewer: str, mark: Mark) -> bool:
    if viewer == "office" or (viewer == "self" and mark.owner == "office"):
        return True
    if mark.fact in NUMBERS:
        return False
    if viewer == "leader" and mark.owner == "office" and mark.fact in CONTACTS:
        return True  # who agreed that officers of the own chapters see the ways to reach them
    if viewer in PUBLIC_READERS:
        return mark.owner == "public"
    return mark.owner in LEVELS[viewer]


def must_see(viewer: str, mark: Mark) -> bool:
    """All that may be seen must be, somewhere: hiding everything is no privacy.

    Numbers of others only the office is shown, and its pages must.
    """
    return may_see(viewer, mark)


def may_find(viewer: str, listed: str) -> bool:
    """Whether people are found at all, by the level at which they let themselves be found."""
    if viewer in ("office", "leader"):
        return True  # the leader: of the own chapter, whom they know anyhow
    if viewer in PUBLIC_READERS:
        return listed == "public"
    return listed in LEVELS[viewer]
