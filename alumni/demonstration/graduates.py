"""Who an invented person is."""

from dataclasses import dataclass

from alumni.demonstration.cast import Part, Standing
from alumni.demonstration.lives import Course, Job, Life
from alumni.people.models import ConsentPurpose, PersonStatus
from alumni.people.names import Reading

NOTHING_TOLD = Life()


@dataclass(frozen=True, kw_only=True, slots=True)
class Graduate:
    """Somebody invented."""

    part: Part
    name_zh: str
    reading: Reading
    name_en: str | None
    former_name: str | None
    sex: str
    birth_year: int
    language: str
    status: PersonStatus
    courses: tuple[Course, ...]
    job: Job | None
    place: str | None
    """A place's name in Chinese."""
    email: str | None
    phone: str | None
    consents: tuple[ConsentPurpose, ...]
    standing: Standing
    days_known: int
    """How long ago they were verified, in days; 0 for who is not."""
    name_latin: str | None = None
    """As in the passport."""
    life: Life = NOTHING_TOLD
