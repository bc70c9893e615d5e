"""Recognising: which of the people we know somebody may be, and what speaks for it.

Nobody is recognised by a name or an address alone: names are shared and addresses are known to
others. A student or certificate number with the name, or the name with year and college, is what
only a graduate and the registrar tell alike.
"""

import re
from collections.abc import Iterable
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from itertools import product

from sqlalchemy import ColumnElement, CompoundSelect, Select, and_, or_, select, union

from alumni.accounts.models import Account
from alumni.db import db
from alumni.people import names
from alumni.people.models import (
    ContactKind,
    ContactPoint,
    FormerName,
    Person,
    PersonStatus,
    Study,
    StudyInstitution,
)
from alumni.people.queries import whole
from alumni.roster.certificates import certificate_key, certificate_key_of
from alumni.roster.models import MatchVerdict

WEIGHTS = {
    "student_number": 45,
    "certificate_number": 45,
    "name": 30,
    "phone": 10,
    "graduation_year": 10,
    "birth_year": 10,
    "college": 7,
    "email": 5,
    "city": 3,
}
"""What each fact adds to the score when it agrees. When it contradicts, half of it is taken off."""

MOST_POINTS = 100

TELLING = ("student_number", "certificate_number", "name", "phone", "email")
"""Who agrees in none of these is nobody to speak of."""

NUMBERS = ("student_number", "certificate_number")
"""What one person bears alone."""

STEADY = (*NUMBERS, "graduation_year", "birth_year")
"""What does not change: who contradicts one of these is not recognised without somebody looking."""

MOST = 50
"""So many bearers of a name are looked at where no year tells them apart."""

TAKEN = frozenset({PersonStatus.MERGED, PersonStatus.ERASED})
"""These stand for nobody any more."""

RECOGNISABLE = frozenset({PersonStatus.KNOWN, PersonStatus.APPLICANT, PersonStatus.VERIFIED})

TAKABLE = RECOGNISABLE | {PersonStatus.DEPARTED}
"""Whom the office may find an applicant to be: somebody who left may come back."""

MOST_SYLLABLES = 4
MOST_WORDS = 5

_SOME_CHINESE = re.compile(f"[{names.HAN}]")


@dataclass(frozen=True, kw_only=True)
class Told:
    """What somebody says of themselves, in the form it is kept in."""

    name: str = ""
    student_number: str | None = None
    certificate_number: str | None = None
    """As ``certificate_key`` has it."""
    graduation_year: int | None = None
    birth_year: int | None = None
    college_id: int | None = None
    place_id: int | None = None
    email: str = ""
    phone: str = ""
    """E.164, as ``ContactPoint.normal`` keeps it."""


@dataclass(frozen=True, kw_only=True)
class Known:
    """What we know of one person, as far as it can be compared."""

    person_id: int
    names: frozenset[str] = frozenset()
    """Chinese names in simplified characters, former ones too."""
    readings: frozenset[str] = frozenset()
    """Latin names and pinyin: the letters alone."""
    student_numbers: frozenset[str] = frozenset()
    certificate_numbers: frozenset[str] = frozenset()
    studies: frozenset[tuple[int | None, int | None]] = frozenset()
    """Graduation year and college of each."""
    birth_year: int | None = None
    places: frozenset[int] = frozenset()
    emails: frozenset[str] = frozenset()
    phones: frozenset[str] = frozenset()
    status: PersonStatus = PersonStatus.KNOWN
    has_account: bool = False

    @property
    def is_recognisable(self) -> bool:
        """Whether somebody may become this person by what they tell."""
        return self.status in RECOGNISABLE and not self.has_account

    @property
    def is_takable(self) -> bool:
        """Whether the office may say that somebody is this person."""
        return self.status in TAKABLE and not self.has_account


@dataclass(frozen=True, kw_only=True)
class Judged:
    """How well a person fits, and why."""

    known: Known
    score: int
    """0 to 100. It orders the candidates; the verdict does not come from it."""
    verdict: MatchVerdict
    evidence: dict[str, bool]
    """What was compared → whether it agreed. What one side does not say is not in it."""

    @property
    def is_likely(self) -> bool:
        return any(self.evidence.get(fact) for fact in TELLING)


def compare(told: Told, known: Known) -> dict[str, bool]:
    """What was compared → whether it agreed.

    Cities, addresses and telephones change, so they only agree.
    """
    years = {year for year, _college in known.studies if year is not None}
    colleges = {college for _year, college in known.studies if college is not None}
    compared = {
        "name": _same_name(told.name, known) if told.name else None,
        "student_number": _among(told.student_number, known.student_numbers),
        "certificate_number": _among(told.certificate_number, known.certificate_numbers),
        "graduation_year": _among(told.graduation_year, years),
        "birth_year": _among(told.birth_year, {known.birth_year} - {None}),
        "college": _among(told.college_id, colleges),
        "email": told.email in known.emails or None,
        "phone": told.phone in known.phones or None,
        "city": told.place_id in known.places or None,
    }
    return {fact: agrees for fact, agrees in compared.items() if agrees is not None}


def judge(told: Told, people: Iterable[Known]) -> list[Judged]:
    """How well each of them fits, the likeliest first. At most one of them is exact."""
    evidence = {known: compare(told, known) for known in people}
    numbered = {known: facts for known, facts in evidence.items() if _has_number(facts)}
    # Where somebody bears a number that was told, no other is recognised without it.
    sure = [known for known, facts in numbered.items() if _by_number(facts)]
    if not numbered:
        sure = [known for known, facts in evidence.items() if _by_study(told, known, facts)]
    exact = sure[0] if len(sure) == 1 and sure[0].is_recognisable else None
    judged = [
        Judged(
            known=known,
            score=score(facts),
            verdict=MatchVerdict.EXACT if known is exact else MatchVerdict.POSSIBLE,
            evidence=facts,
        )
        for known, facts in evidence.items()
    ]
    return sorted(judged, key=lambda one: (-one.score, one.known.person_id))


def score(evidence: dict[str, bool]) -> int:
    total = sum(
        WEIGHTS[fact] if agrees else -(WEIGHTS[fact] // 2) for fact, agrees in evidence.items()
    )
    return min(max(0, total), MOST_POINTS)


def people_like(told: Told) -> Select[int]:
    """Ids of those with a number, an address or a telephone, or the name in about that year."""
    found: list[Select[int]] = []
    registered = select(StudyInstitution.person_id)
    if told.student_number:
        found.append(registered.where(StudyInstitution.student_number == told.student_number))
    if told.certificate_number:
        same = certificate_key_of(StudyInstitution.certificate_number) == told.certificate_number
        found.append(registered.where(same))
    ways = ((ContactKind.EMAIL, told.email), (ContactKind.PHONE, told.phone))
    for kind, normal in ways:
        if normal:
            reached = and_(ContactPoint.kind == kind, ContactPoint.normal == normal)
            found.append(select(ContactPoint.person_id).where(reached))
    if told.name:
        found.append(_of_that_name(told))
    return select(Person.id).where(Person.id.in_(union(*found)), Person.status.not_in(TAKEN))


def recognise(told: Told) -> list[Judged]:
    """Whom we know that this may be, the likeliest first."""
    people = known_people(people_like(told))
    return [one for one in judge(told, (known for known, _person in people)) if one.is_likely]


def known_people(person_ids: Select[int]) -> list[tuple[Known, Person]]:
    """What there is to compare of these people, beside themselves."""
    found = db.session.scalars(person_ids).all()
    if not found:
        return []
    entered = select(Account.person_id).where(Account.person_id.in_(found))
    with_account = set(db.session.scalars(entered))
    people = db.session.scalars(whole(found).order_by(Person.id))
    return [(known_of(person, has_account=person.id in with_account), person) for person in people]


def known_of(person: Person, *, has_account: bool = False) -> Known:
    """What there is to compare of a person who is loaded ``whole``."""
    written = [person.name_zh, *(former.name for former in person.former_names)]
    english = person.name_en if " " in (person.name_en or "") else None
    latin = {_letters(name) for name in (*written, person.name_latin, english) if name}
    pinyin = _letters(f"{person.pinyin_surname} {person.pinyin_given}")
    registered = [there for study in person.studies for there in study.institutions]
    ways = [(point.kind, point.normal) for point in person.contact_points]
    return Known(
        person_id=person.id,
        names=frozenset(names.simplified(name) for name in written if name),
        readings=frozenset({pinyin, *latin} - {""}),
        student_numbers=frozenset(
            there.student_number for there in registered if there.student_number
        ),
        certificate_numbers=frozenset(
            certificate_key(there.certificate_number)
            for there in registered
            if there.certificate_number
        ),
        studies=frozenset((study.graduation_year, study.college_id) for study in person.studies),
        places=frozenset(home.place_id for home in person.residences if home.place_id is not None),
        birth_year=person.birth_year,
        emails=frozenset(normal for kind, normal in ways if kind is ContactKind.EMAIL),
        phones=frozenset(normal for kind, normal in ways if kind is ContactKind.PHONE),
        status=person.status,
        has_account=has_account,
    )


def _has_number(evidence: dict[str, bool]) -> bool:
    return any(evidence.get(number, False) for number in NUMBERS)


def _by_number(evidence: dict[str, bool]) -> bool:
    """A number and the name are right, and nothing steady that was told is wrong."""
    right = _has_number(evidence) and evidence.get("name", False)
    return right and _is_uncontradicted(evidence)


def _by_study(told: Told, known: Known, evidence: dict[str, bool]) -> bool:
    """The name is right, and so are year and college of one study, and nothing speaks against."""
    told_of = None not in (told.graduation_year, told.college_id)
    right = evidence.get("name", False) and _is_uncontradicted(evidence)
    return right and told_of and (told.graduation_year, told.college_id) in known.studies


def _is_uncontradicted(evidence: dict[str, bool]) -> bool:
    return all(evidence.get(fact, True) for fact in STEADY)


def _among(one: object, known: AbstractSet[object]) -> bool | None:
    """Whether it is one of those known. None where either side says nothing."""
    return None if one is None or not known else one in known


def _same_name(name: str, known: Known) -> bool:
    """By characters, where both sides have them; else by the letters, family name first or last."""
    plain = names.tidy_name(name)
    if not _is_chinese(plain):
        words = _words(plain)
        turned = (words[cut:] + words[:cut] for cut in range(len(words)))
        return any("".join(turn) in known.readings for turn in turned)
    if any(_is_chinese(one) for one in known.names):
        return names.simplified(plain) in known.names
    reading = names.reading_of(plain)
    return f"{reading.surname}{reading.given}".replace(" ", "") in known.readings


def _of_that_name(told: Told) -> Select[int]:
    """Those of the name who graduated in about the year, or of whom no year is known."""
    plain = names.tidy_name(told.name)
    spellings = {plain, names.simplified(plain)}
    bearers: list[Select[int]] = [
        select(Person.id).where(Person.name_zh.in_(spellings)),
        select(FormerName.person_id).where(FormerName.name.in_(spellings)),
        select(Person.id).where(or_(*(_sorted_under(key) for key in sorted(reading_keys(plain))))),
    ]
    named: CompoundSelect[int] = union(*bearers)
    if told.graduation_year is None:
        some = select(Person.id).where(Person.id.in_(named)).order_by(Person.id).limit(MOST)
        return select(some.subquery().c.id)
    about = (told.graduation_year - 1, told.graduation_year + 1)
    return (
        select(Person.id)
        .outerjoin(Study, Study.person_id == Person.id)
        .where(
            Person.id.in_(named),
            or_(Study.graduation_year.is_(None), Study.graduation_year.between(*about)),
        )
    )


def reading_keys(name: str) -> set[str]:
    """What people of that name are sorted by: of a Latin one, by each way to part it. Of one in

    characters also as somebody is sorted of whom only Latin letters are known: Zeng Guoqiang,
    Guo-qiang Zeng.
    """
    if _is_chinese(name):
        reading = names.reading_of(name)
        last = reading.surname.replace(" ", "")
        together = [reading.given.replace(" ", sign) for sign in ("", "-")]
        *first, end = [last, *reading.given.split()]
        read = {names.sort_key(last, given) for given in (reading.given, *together)}
        turned = {names.sort_key(given, last) for given in together}
        return read | turned | {names.sort_key(end, " ".join(first))}
    words = _words(name)
    ways: list[tuple[list[str], list[str]]] = [(words, [])]
    for cut in range(1, len(words)):
        ways += [(words[:cut], words[cut:]), (words[cut:], words[:cut])]
    return {
        names.sort_key(" ".join(surname), names.tidy_reading(" ".join(given), syllables))
        for (surname, given), syllables in product(ways, range(MOST_SYLLABLES + 1))
    }


def _sorted_under(key: str) -> ColumnElement[bool]:
    """The reading and whatever follows it after a space, so that the column's index is of use."""
    return and_(Person.sort_key >= key, Person.sort_key < f"{key}!")


def _words(name: str) -> list[str]:
    return names.tidy_reading(name).split()[:MOST_WORDS]


def _letters(name: str) -> str:
    return "" if _is_chinese(name) else "".join(_words(name))


def _is_chinese(name: str) -> bool:
    return _SOME_CHINESE.search(name) is not None
