"""How much two records are alike, and in what: by it the search for duplicates goes."""

from collections.abc import Collection

from alumni.db import db
from alumni.people import names
from alumni.people.models import ContactKind, Person
from alumni.people.queries import whole
from alumni.roster.queries import recognising
from alumni.roster.queries.recognising import MOST_POINTS, Known, known_of

WEIGHTS = recognising.WEIGHTS | {
    "former_name": 25,
    "pinyin": 20,
    "phone": 25,
    "email": 25,
    "wechat": 20,
    "class": 8,
}
"""What each fact adds when the two agree in it; when they contradict each other, half is taken off.

A telephone tells more here than of an applicant: nobody can give a stranger's to be found by.
"""

LIKELY = 42
"""From this score on the office is asked. A name and one year are less, and so is a family's

telephone; a name read alike and a telephone are more.
"""

AT_A_TIME = 400


def known_by_id(person_ids: Collection[int]) -> dict[int, tuple[Known, Person]]:
    """What there is to compare of these people, in a few statements for each 400 of them."""
    wanted = sorted(set(person_ids))
    found: dict[int, tuple[Known, Person]] = {}
    for begin in range(0, len(wanted), AT_A_TIME):
        for person in db.session.scalars(whole(wanted[begin : begin + AT_A_TIME])):
            found[person.id] = (known_of(person), person)
    return found


def alike(one: tuple[Known, Person], other: tuple[Known, Person]) -> dict[str, bool]:
    """What was compared → whether the two agree in it. What one of them does not say is not in it.

    Ways to reach somebody and cities change, so they only agree.
    """
    (known, person), (theirs, another) = one, other
    compared: dict[str, bool | None] = _names(known, person, theirs, another)
    compared |= {
        "student_number": _numbers(person, another),
        "certificate_number": _share(known.certificate_numbers, theirs.certificate_numbers),
        "birth_year": _same(known.birth_year, theirs.birth_year),
        "graduation_year": _meet(_years(known), _years(theirs)),
        "college": _meet(_colleges(known), _colleges(theirs)),
        "class": _share(_classes(person), _classes(another)),
        "phone": _share(known.phones, theirs.phones),
        "email": _share(known.emails, theirs.emails),
        "wechat": _share(_wechats(person), _wechats(another)),
        "city": _share(known.places, theirs.places),
    }
    return {fact: agrees for fact, agrees in compared.items() if agrees is not None}


def score(reasons: dict[str, bool]) -> int:
    """0 to 100."""
    total = sum(
        WEIGHTS[fact] if agrees else -(WEIGHTS[fact] // 2) for fact, agrees in reasons.items()
    )
    return min(max(0, total), MOST_POINTS)


def _names(known: Known, person: Person, theirs: Known, another: Person) -> dict[str, bool | None]:
    """By characters, now or formerly; else by how they are read."""
    mine, other = (names.simplified(one.name_zh or "") for one in (person, another))
    if mine and mine == other:
        return {"name": True}
    if known.names & theirs.names - {""}:
        return {"former_name": True}
    both_written = bool(mine and other)
    is_read_alike = not known.readings.isdisjoint(theirs.readings)
    return {
        "name": False if both_written or not is_read_alike else None,
        "pinyin": True if is_read_alike else None,
    }


def _numbers(person: Person, another: Person) -> bool | None:
    """One number is the same. Two of one university and year contradict each other."""
    mine, theirs = _registered(person), _registered(another)
    if {number for _at, number in mine} & {number for _at, number in theirs}:
        return True
    return False if {at for at, _number in mine} & {at for at, _number in theirs} else None


def _registered(person: Person) -> set[tuple[tuple[int, int | None], str]]:
    """Student numbers, with the university and the year of graduation of each."""
    return {
        ((there.institution_id, study.graduation_year), there.student_number)
        for study in person.studies
        for there in study.institutions
        if there.student_number
    }


def _years(known: Known) -> set[int]:
    return {year for year, _college in known.studies if year is not None}


def _colleges(known: Known) -> set[int]:
    return {college for _year, college in known.studies if college is not None}


def _classes(person: Person) -> frozenset[tuple[int, int, str]]:
    return frozenset(
        (study.graduation_year, study.college_id, study.class_label)
        for study in person.studies
        if study.graduation_year is not None and study.college_id is not None and study.class_label
    )


def _wechats(person: Person) -> frozenset[str]:
    return frozenset(
        point.normal for point in person.contact_points if point.kind is ContactKind.WECHAT
    )


def _share(mine: frozenset[object], theirs: frozenset[object]) -> bool | None:
    return True if mine & theirs else None


def _meet(mine: set[int], theirs: set[int]) -> bool | None:
    return bool(mine & theirs) if mine and theirs else None


def _same(mine: int | None, theirs: int | None) -> bool | None:
    return None if mine is None or theirs is None else mine == theirs
