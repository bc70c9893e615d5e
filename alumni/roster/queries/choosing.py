"""Two records of one person side by side: what they say otherwise, and which is to be believed."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from sqlalchemy import select

from alumni.authz import Actor, require
from alumni.db import db
from alumni.errors import NotFound
from alumni.i18n import _
from alumni.people.fields.words import listed_words, sex_words, status_words
from alumni.people.models import ContactKind, Person, PersonStatus
from alumni.people.policy import visible
from alumni.people.queries.facts import study_text
from alumni.roster.merging.folding import narrower
from alumni.roster.policy import may_see_duplicates
from alumni.roster.queries.sides import Side, city_text, current, sides

RANKS = (
    PersonStatus.KNOWN,
    PersonStatus.APPLICANT,
    PersonStatus.DEPARTED,
    PersonStatus.VERIFIED,
    PersonStatus.DECEASED,
)
"""What is to be believed of two states: the later one."""

NAMES = ("name_zh", "name_latin", "name_en")
READING = ("pinyin_surname", "pinyin_given", "pinyin_edited", "sort_key")
COLUMNS: Mapping[str, tuple[str, ...]] = {
    "name_zh": ("name_zh",),
    "name_latin": ("name_latin",),
    "name_en": ("name_en",),
    "sex": ("sex",),
    "birth_year": ("birth_year",),
    "language": ("language", "time_zone"),
    "listed": ("listed",),
    "status": ("status", "status_before", "status_since"),
}
"""The fields that are columns of the person. Blank ones are filled from the other record."""

MARKS = ("study", "employment", "residence", "email", "phone")
"""The fields that say whose row is the main one, the current one, the first one."""

FIELDS = (*COLUMNS, *MARKS)


@dataclass(frozen=True, kw_only=True)
class Choice:
    """A field that the two records answer differently."""

    field: str
    values: tuple[str, str]
    """In words, of the first and of the second record."""
    default: str
    """The public id of the record whose value is better."""


@dataclass(frozen=True, kw_only=True)
class Compared:
    """Two records side by side."""

    one: Side
    other: Side
    kept: str
    """The public id of the record that had better be kept."""
    choices: tuple[Choice, ...]

    def side(self, public_id: str) -> Side:
        return self.one if self.one.public_id == public_id else self.other


def get_two(actor: Actor, one: str, other: str) -> Compared:
    """The records of these public ids, of which neither is part of another yet."""
    require(may_see_duplicates, actor)
    found = select(Person.id, Person.public_id).where(
        Person.public_id.in_((one, other)), visible(actor)
    )
    ids: dict[str, int] = {public_id: row_id for row_id, public_id in db.session.execute(found)}
    if len(ids) < 2:  # noqa: PLR2004 - two
        raise NotFound
    return compared(ids[one], ids[other])


def compared(one_id: int, other_id: int) -> Compared:
    """The records side by side, whoever asks."""
    both = sides((one_id, other_id))
    one, other = both[one_id], both[other_id]
    kept = preferred(one, other)
    choices = []
    for field, say in _sayings().items():
        values = (say(one.person), say(other.person))
        if values[0] != values[1] and all(values):
            choices.append(
                Choice(
                    field=field, values=values, default=default(field, one, other, kept).public_id
                )
            )
    return Compared(one=one, other=other, kept=kept.public_id, choices=tuple(choices))


def preferred(one: Side, other: Side) -> Side:
    """The record that had better be kept: in use, then better known, older, and of two alike the

    fuller one.
    """
    return min(
        one,
        other,
        key=lambda side: (
            not side.is_used,
            not (side.is_staff or side.terms),
            -RANKS.index(side.person.status),
            side.person.created_at,
            -sum(side.rows.values()),
        ),
    )


def default(field: str, one: Side, other: Side, kept: Side) -> Side:
    """Whose value of the field had better be kept."""
    gone = other if kept is one else one
    if field == "listed":
        level = narrower(one.person.listed, other.person.listed)
        return kept if kept.person.listed is level else gone
    if field == "status":
        return _truer(kept, gone)
    if field in ("email", "phone"):
        return kept if _has_confirmed(kept, field) or not _has_confirmed(gone, field) else gone
    return kept


def signing_in(kept: Side, gone: Side) -> Side | None:
    """The record whose account will be that of both, if there is one."""
    return next((side for side in (kept, gone) if side.account is not None), None)


def waits_for_verification(kept: Side, gone: Side) -> bool:
    """Whether whoever signs in is not known to be a graduate, and must not become one by this."""
    bearer = signing_in(kept, gone)
    return bearer is not None and bearer.person.status is not PersonStatus.VERIFIED


def _truer(kept: Side, gone: Side) -> Side:
    best = max((kept, gone), key=lambda side: RANKS.index(side.person.status))
    if best.person.status is PersonStatus.VERIFIED and waits_for_verification(kept, gone):
        return signing_in(kept, gone) or kept
    return best


def _has_confirmed(side: Side, kind: str) -> bool:
    return any(
        point.kind.value == kind and point.is_primary and point.verified_at is not None
        for point in side.person.contact_points
    )


def _sayings() -> dict[str, Callable[[Person], str]]:
    """Each field in words."""
    sexes, levels = sex_words(), listed_words()
    languages = {"zh": _("Chinese"), "en": _("English")}
    states = status_words()
    return {
        "name_zh": lambda person: person.name_zh or "",
        "name_latin": lambda person: person.name_latin or "",
        "name_en": lambda person: person.name_en or "",
        "sex": lambda person: sexes.get(person.sex or "", ""),
        "birth_year": lambda person: str(person.birth_year or ""),
        "language": lambda person: f"{languages[person.language]} · {person.time_zone}",
        "listed": lambda person: levels[person.listed],
        "status": lambda person: states[person.status],
        "study": _main_study,
        "employment": _current_job,
        "residence": lambda person: _one(map(city_text, current(person.residences))),
        "email": lambda person: _first(person, ContactKind.EMAIL),
        "phone": lambda person: _first(person, ContactKind.PHONE),
    }


def _main_study(person: Person) -> str:
    return _one(study_text(study) for study in person.studies if study.is_primary)


def _current_job(person: Person) -> str:
    return _one(
        " · ".join(filter(None, (job.employer, job.title))) for job in current(person.employments)
    )


def _first(person: Person, kind: ContactKind) -> str:
    return _one(
        point.value for point in person.contact_points if point.kind is kind and point.is_primary
    )


def _one(told: Iterable[str]) -> str:
    return next(iter(told), "")
