"""Inventing lives: what happened to somebody beside the first study, and who may see it."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import date, timedelta
from itertools import accumulate
from random import Random
from types import MappingProxyType

from alumni.demonstration.graduates import Graduate
from alumni.demonstration.lives import Course, Job, Life, Post, Registration, Stay, Way
from alumni.demonstration.names import (
    BEDSIDE,
    DEPARTMENTS,
    DEPARTMENTS_EN,
    EMPLOYERS_EN,
    ENDS_OF_DEGREES,
    FIELDS_OF_DEGREES,
    HOSPITALS,
    HOSPITALS_ELSEWHERE,
    MEDICAL,
    PARTNERS,
    STREETS,
    TITLES,
    TITLES_EN,
    UNIVERSITY_TOWN,
)
from alumni.people.models import ConsentPurpose, ContactKind, Level, PersonStatus, TrainingKind
from alumni.people.names import written

RESIDENCIES_SINCE = 2012
"""Whoever graduated before began to work at once."""

CAREER = 38

JOINT, PART_TIME, EQUIVALENT = "联合培养", "非全日制", "同等学力"

LABELS = {
    "zh": {"own": "手机", "other": "单位", "home": "家里"},
    "en": {"own": "Mobile", "other": "Work", "home": "Home"},
}

Levels = Mapping[str, Level]


def _levels(**levels: Level) -> Levels:
    return MappingProxyType(levels)


OPENNESS: tuple[tuple[int, Level, Levels], ...] = (
    (72, Level.ALUMNI, _levels()),
    (
        9,
        Level.ALUMNI,
        _levels(phone=Level.CLASS, wechat=Level.CLASS, work=Level.CLASS, training=Level.CLASS),
    ),
    (
        8,
        Level.ALUMNI,
        _levels(phone=Level.CHAPTERS, wechat=Level.CHAPTERS, work=Level.ALUMNI),
    ),
    (
        6,
        Level.ALUMNI,
        _levels(
            work=Level.ALUMNI,
            training=Level.ALUMNI,
            email=Level.ALUMNI,
            wechat=Level.ALUMNI,
            former_name=Level.ALUMNI,
        ),
    ),
    (
        2,
        Level.PUBLIC,
        _levels(study=Level.PUBLIC, home=Level.PUBLIC, work=Level.PUBLIC, training=Level.ALUMNI),
    ),
    (2, Level.CLASS, _levels(home=Level.CLASS)),
    (1, Level.OFFICE, _levels(home=Level.OFFICE)),
)
"""Of a hundred people how many let whom find them and see what, most as it is at first."""

_WEIGHTS = tuple(accumulate(weight for weight, _listed, _shown in OPENNESS))


class LifeInventor:
    """Draws from chances of its own: with or without it, the people are the same."""

    def __init__(self, seed: int, today: date) -> None:
        self.random = Random(f"{seed} lives")  # noqa: S311 - nothing secret: the same lives again
        self.today = today

    def enriched(self, graduate: Graduate, number: int) -> Graduate:
        """The same person with a whole life; ``number`` tells one person from another."""
        courses = tuple(self._course(course, number) for course in graduate.courses)
        abroad = (graduate.phone or "").startswith("+1")
        reading = graduate.reading
        latin = written("", None, reading.surname, reading.given, "en")
        told = replace(
            graduate,
            courses=courses,
            name_latin=latin if abroad and self._chance(0.3) else None,
            consents=(*graduate.consents, *self._consents(graduate)),
        )
        return replace(told, life=graduate.part.life or self._life(told, number))

    def _chance(self, share: float) -> bool:
        return self.random.random() < share

    def _course(self, course: Course, number: int) -> Course:
        """With its degree, and how it was studied where nothing is settled."""
        field = FIELDS_OF_DEGREES.get(course.college, MEDICAL)
        ending = ENDS_OF_DEGREES.get(course.level)
        course = replace(course, degree=f"{field}{ending.zh}" if ending else None)
        is_higher = course.level in ("master", "doctor")
        if course.partner or not is_higher or not self._chance(0.3):
            return course
        if self._chance(0.5):
            return replace(course, programme=self.random.choice((PART_TIME, EQUIVALENT)))
        partner = self.random.choice(PARTNERS)
        return replace(
            course,
            programme=JOINT,
            partner=Registration(
                institution=partner.name_zh,
                number=f"{partner.digits}{course.entry_year % 100:02}-{number:05}",
                degree=ending.en if ending and partner.is_abroad else course.degree or "",
            ),
        )

    def _consents(self, graduate: Graduate) -> Iterator[ConsentPurpose]:
        """To more than they agreed to already. Those of whose life much is told agree to all."""
        if graduate.status is not PersonStatus.VERIFIED:
            return
        if graduate.part.life and ConsentPurpose.CHAPTER_SHARING not in graduate.consents:
            yield ConsentPurpose.CHAPTER_SHARING
        if graduate.part.life or self._chance(0.4):
            yield ConsentPurpose.ADDRESS_BOOK

    def _life(self, graduate: Graduate, number: int) -> Life:
        is_known = graduate.status is PersonStatus.VERIFIED
        if not (is_known or self._chance(0.2)):
            return Life()
        began = graduate.courses[-1].graduation_year
        since = self._since(began) if graduate.job else None
        moved = self._moved(began) if is_known and graduate.place else None
        listed, levels = self._openness() if is_known else (Level.ALUMNI, {})
        has_left = moved and graduate.place != UNIVERSITY_TOWN and self._chance(0.6)
        return Life(
            stays=tuple(self._stays(graduate)),
            posts=self._posts(graduate, began, since),
            works_there_since=since,
            former_homes=((UNIVERSITY_TOWN, moved),) if moved and has_left else (),
            lives_there_since=moved,
            phone_label=self._label(graduate, "own") if self._chance(0.4) else None,
            ways=tuple(self._ways(graduate, number)) if is_known else (),
            levels=levels,
            listed=listed,
        )

    def _openness(self) -> tuple[Level, Levels]:
        _weight, listed, levels = self.random.choices(OPENNESS, cum_weights=_WEIGHTS)[0]
        return listed, levels

    def _since(self, began: int) -> int:
        return self.random.randint(began, max(began, self.today.year - 1))

    def _moved(self, began: int) -> date | None:
        """The day the home was moved, where it was told."""
        first = date(began, 8, 1)
        days = (self.today - first).days
        if days <= 1 or not self._chance(0.5):
            return None
        return first + timedelta(days=self.random.randrange(days))

    def _stays(self, graduate: Graduate) -> Iterator[Stay]:
        """Of those who work at a bedside."""
        first, last = graduate.courses[0], graduate.courses[-1]
        if first.college not in BEDSIDE:
            return
        department = graduate.job.department if graduate.job else None
        year = first.graduation_year
        if first.level == "bachelor" and self._chance(0.2):
            hospital = self.random.choice(HOSPITALS)
            yield self._stay(TrainingKind.INTERN, hospital, None, (year - 1, 7), 12)
        if last.graduation_year >= RESIDENCIES_SINCE and self._chance(0.6):
            where = self.random.choice(HOSPITALS), department or self.random.choice(DEPARTMENTS)
            yield self._stay(TrainingKind.RESIDENCY, *where, (last.graduation_year, 9), 36)
        yield from self._further(graduate, last.graduation_year, department)

    def _further(self, graduate: Graduate, year: int, department: str | None) -> Iterator[Stay]:
        later = year + self.random.randint(5, 15)
        if later >= self.today.year or graduate.job is None:
            return
        begins = (later, self.random.choice((3, 9)))
        if graduate.job.employer in EMPLOYERS_EN:
            if self._chance(0.4):
                where = self.random.choice(EMPLOYERS_EN[:2]), self.random.choice(DEPARTMENTS_EN)
                yield self._stay(TrainingKind.FELLOWSHIP, *where, begins, 12)
        elif self._chance(0.2):
            hospital = self.random.choice((*HOSPITALS, *HOSPITALS_ELSEWHERE))
            yield self._stay(TrainingKind.FURTHER, hospital, department, begins, 6)

    def _stay(
        self,
        kind: TrainingKind,
        hospital: str,
        department: str | None,
        begins: tuple[int, int],
        months: int,
    ) -> Stay:
        year, month = divmod(begins[0] * 12 + begins[1] - 1 + months - 1, 12)
        ends = (year, month + 1)
        goes_on = ends >= (self.today.year, self.today.month)
        return Stay(
            kind=kind,
            hospital=hospital,
            department=department,
            begins=begins,
            ends=None if goes_on else ends,
        )

    def _posts(self, graduate: Graduate, began: int, since: int | None) -> tuple[Post, ...]:
        """Where they worked before; of who retired, where they worked last."""
        if since is None:
            if began + CAREER > self.today.year or not self._chance(0.5):
                return ()
            return (self._post(graduate, began, began + self.random.randint(30, CAREER - 2)),)
        if since - began < 3 or not self._chance(0.5):  # noqa: PLR2004 - years
            return ()
        return (self._post(graduate, began, since),)

    def _post(self, graduate: Graduate, begins: int, ends: int) -> Post:
        seniority = min((ends - begins) // 10, 3)
        if graduate.job and graduate.job.employer in EMPLOYERS_EN and self._chance(0.3):
            job = Job(
                employer=self.random.choice(EMPLOYERS_EN),
                department=None,
                title=TITLES_EN[seniority],
            )
        else:
            college = graduate.courses[0].college
            department = graduate.job.department if graduate.job else None
            job = Job(
                employer=self.random.choice(HOSPITALS),
                department=department or self.random.choice(DEPARTMENTS),
                title=TITLES.get(college, TITLES["临床"])[seniority],
            )
        return Post(job=job, begins=begins, ends=ends)

    def _label(self, graduate: Graduate, which: str) -> str:
        return LABELS[graduate.language][which]

    def _ways(self, graduate: Graduate, number: int) -> Iterator[Way]:
        name = f"{graduate.reading.given}{graduate.reading.surname}".replace(" ", "")
        if graduate.phone and self._chance(0.2):
            value = f"{graduate.phone[:-4]}{(number * 101 + 7) % 10_000:04}"
            if value != graduate.phone:
                label = self._label(graduate, "other")
                yield Way(kind=ContactKind.PHONE, value=value, label=label)
        if self._chance(0.12):
            value = f"{name}.{number}@hospital.example.com"
            yield Way(kind=ContactKind.EMAIL, value=value, label=self._label(graduate, "other"))
        if self._chance(0.45):
            yield Way(kind=ContactKind.WECHAT, value=f"{name}_demo{number % 1000:03}")
        yield from self._address(graduate)

    def _address(self, graduate: Graduate) -> Iterator[Way]:
        """Of some in China."""
        is_near = (graduate.phone or "").startswith("+86")
        if graduate.place is None or not is_near or not self._chance(0.25):
            return
        job = graduate.job if self._chance(0.5) else None
        value = f"{graduate.place}市{self.random.choice(STREETS)}{self.random.randint(1, 260)}号"
        if job:
            value += f"\n{job.employer}{job.department or ''}"
        label = self._label(graduate, "other" if job else "home")
        yield Way(kind=ContactKind.POSTAL, value=value, label=label)
