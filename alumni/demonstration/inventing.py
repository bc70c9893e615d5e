"""Inventing people: what each is told by chance, the same for the same seed."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from itertools import accumulate
from random import Random

from alumni.demonstration.cast import NOBODY, Part, Standing, parts
from alumni.demonstration.graduates import Graduate
from alumni.demonstration.lives import Course, Job
from alumni.demonstration.living import CAREER, LifeInventor
from alumni.demonstration.names import (
    DEPARTMENT_OF,
    DEPARTMENTS,
    DOMAINS,
    EMPLOYERS_EN,
    EMPLOYERS_OF,
    EMPLOYERS_ZH,
    ENGLISH,
    GIVEN,
    HOMES,
    SCHOOLS,
    SURNAMES,
    TITLES,
    TITLES_EN,
    YOUNG_SINCE,
    Home,
    School,
)
from alumni.people.models import ConsentPurpose, PersonStatus
from alumni.people.names import Reading, reading_of, split_chinese

FIRST_YEAR = 1964
"""Nobody invented graduated before."""

FIRST_SERIAL = 101
"""Student numbers below are left to rosters that are brought in."""

LEVELS = ("bachelor", "master", "doctor", "college")
LEVEL_WEIGHTS = (76, 13, 6, 5)
YEARS_OF = {"master": 3, "doctor": 3, "college": 3}
AGE_OF = {"master": 23, "doctor": 26}
"""At which they begin; the others at eighteen or a little later."""

OFFICERS_KNOWN = 2000
"""Days: nobody held a position who was not a member yet."""


def graduates(number: int, seed: int, today: date) -> Iterator[Graduate]:
    """Yield so many people, those with a part first. The same arguments give the same people."""
    inventor = _Inventor(seed, today)
    settled = parts()
    for position in range(number):
        yield inventor.graduate(settled[position] if position < len(settled) else NOBODY)


class _Inventor:
    def __init__(self, seed: int, today: date) -> None:
        self.random = Random(seed)  # noqa: S311 - nothing secret: the same people for the same seed
        self.last_year = today.year if today.month > 7 else today.year - 1  # noqa: PLR2004 - July
        self.serials: Counter[tuple[int, str]] = Counter()
        self.number = 0
        self.lives = LifeInventor(seed, today)

    def graduate(self, part: Part) -> Graduate:
        self.number += 1
        sex = part.sex or self.random.choice("mf")
        school = self._school(part)
        courses = self._courses(part, school)
        age = AGE_OF.get(courses[0].level, 18) + self.random.choice((0, 0, 0, 1, 1, 2))
        birth_year = courses[0].entry_year - age
        name = part.name or self._name(sex, birth_year)
        reading = reading_of(name)
        status = part.status or self._status(courses[0])
        home = self._home(part, status)
        abroad = home is not None and home.dialled != "+86"
        english = part.english or self._english(sex, reading, often=abroad)
        reached = status is PersonStatus.VERIFIED or self.random.random() < 0.45  # noqa: PLR2004
        invented = Graduate(
            part=part,
            name_zh=name,
            reading=reading,
            name_en=english,
            former_name=part.former_name or self._former_name(name, sex, birth_year),
            sex=sex,
            birth_year=birth_year,
            language="en" if english and abroad and self._now_and_then(0.8) else "zh",
            status=status,
            courses=courses,
            job=part.job or self._work(courses, home, status),
            place=home.place if home else None,
            email=(part.email or self._email(reading)) if reached else None,
            phone=self._phone(home) if reached or self._now_and_then(0.05) else None,
            consents=self._consents(status),
            standing=self._standing(part, status),
            days_known=self._days_known(part) if status is PersonStatus.VERIFIED else 0,
        )
        return self.lives.enriched(invented, self.number)

    def _now_and_then(self, share: float) -> bool:
        return self.random.random() < share

    def _school(self, part: Part) -> School:
        if part.college:
            return next(school for school in SCHOOLS if school.college == part.college)
        return self.random.choices(SCHOOLS, cum_weights=_SCHOOL_WEIGHTS)[0]

    def _courses(self, part: Part, school: School) -> tuple[Course, ...]:
        """One course of study, and now and then the one for the next degree."""
        level = "bachelor" if part.year else self.random.choices(LEVELS, LEVEL_WEIGHTS)[0]
        year = part.year or self._year(part)
        first = self._course(school, level, year, part.class_label)
        later = year + YEARS_OF["master"]
        if part.later:
            return (first, *self._settled(part, school))
        if level != "bachelor" or part.year or later > self.last_year:
            return (first,)
        if not self._now_and_then(0.08):
            return (first,)
        return (first, self._course(school, "master", later, ""))

    def _settled(self, part: Part, school: School) -> Iterator[Course]:
        for later in part.later:
            course = self._course(school, later.level, later.year, "")
            yield replace(
                course,
                major=school.majors[0],
                programme=later.programme,
                supervisor=later.supervisor,
                partner=later.partner,
            )

    def _course(self, school: School, level: str, year: int, class_label: str) -> Course:
        entered = year - YEARS_OF.get(level, school.years)
        self.serials[entered, school.digits] += 1
        serial = FIRST_SERIAL - 1 + self.serials[entered, school.digits]
        has_class = level in ("bachelor", "college")
        return Course(
            level=level,
            college=school.college,
            major=school.majors[0] if class_label else self.random.choice(school.majors),
            class_label=class_label or (f"{self.random.randint(1, 6)}班" if has_class else None),
            entry_year=entered,
            graduation_year=year,
            number=f"{entered}{school.digits}{serial:04}",
        )

    def _year(self, part: Part) -> int:
        """Of graduation: more of late than long ago. Who has a part is in the middle of life."""
        if part.status:
            return self.random.randint(self.last_year - 32, self.last_year - 6)
        likeliest = self.last_year - 8
        return round(self.random.triangular(FIRST_YEAR, self.last_year, likeliest))

    def _name(self, sex: str, birth_year: int) -> str:
        surname = self.random.choices(_SURNAMES, cum_weights=_SURNAME_WEIGHTS)[0]
        first, last = GIVEN["young" if birth_year >= YOUNG_SINCE else "old", sex]
        given = self.random.choice(last)
        if len(surname) == 1 and self._now_and_then(0.85):
            given = self.random.choice(first) + given
        return surname + given

    def _english(self, sex: str, reading: Reading, *, often: bool) -> str | None:
        if not self._now_and_then(0.7 if often else 0.06):
            return None
        surname = reading.surname.replace(" ", "").capitalize()
        return f"{self.random.choice(ENGLISH[sex])} {surname}"

    def _former_name(self, name: str, sex: str, birth_year: int) -> str | None:
        if not self._now_and_then(0.02):
            return None
        former = split_chinese(name)[0] + split_chinese(self._name(sex, birth_year))[1]
        return former if former != name else None

    def _status(self, first: Course) -> PersonStatus:
        if first.graduation_year < FIRST_YEAR + 12 and self._now_and_then(0.2):
            return PersonStatus.DECEASED
        return PersonStatus.VERIFIED if self._now_and_then(0.45) else PersonStatus.KNOWN

    def _home(self, part: Part, status: PersonStatus) -> Home | None:
        """Of those never heard of one does not always know where they live."""
        if part.place:
            return next(home for home in HOMES if home.place == part.place)
        if status is not PersonStatus.VERIFIED and self._now_and_then(0.15):
            return None
        return self.random.choices(HOMES, cum_weights=_HOME_WEIGHTS)[0]

    def _work(
        self, courses: tuple[Course, ...], home: Home | None, status: PersonStatus
    ) -> Job | None:
        is_retired = courses[0].graduation_year < self.last_year - CAREER
        if status is PersonStatus.DECEASED or is_retired or self._now_and_then(0.12):
            return None
        return self._job(courses[-1], home)

    def _job(self, last: Course, home: Home | None) -> Job:
        seniority = min((self.last_year - last.graduation_year) // 8, 3)
        if home is not None and home.dialled != "+86":
            employer = self.random.choice(EMPLOYERS_EN)
            return Job(employer=employer, department=None, title=TITLES_EN[seniority])
        employer = self.random.choices(_EMPLOYERS, cum_weights=_EMPLOYER_WEIGHTS)[0]
        department: str | None = self.random.choice(DEPARTMENTS)
        if last.college in EMPLOYERS_OF and self._now_and_then(0.6):
            employer = self.random.choice(EMPLOYERS_OF[last.college])
            department = None
        elif last.college in DEPARTMENT_OF:
            department = DEPARTMENT_OF[last.college]
        return Job(
            employer=employer.format(home.place if home else "大连"),
            department=department,
            title=TITLES.get(last.college, TITLES["临床"])[seniority],
        )

    def _email(self, reading: Reading) -> str:
        name = f"{reading.given}.{reading.surname}".replace(" ", "").lower()
        return f"{name}.{self.number}@{self.random.choice(DOMAINS)}"

    def _phone(self, home: Home | None) -> str:
        """In China beginning with 1380, in America with 555 after the area, as in films."""
        if home is None or home.dialled == "+86":
            return f"+861380{self.number * 7919 % 10_000_000:07}"
        return f"{home.dialled}555{self.number * 37 % 10_000:04}"

    def _consents(self, status: PersonStatus) -> tuple[ConsentPurpose, ...]:
        if status is not PersonStatus.VERIFIED:
            return ()
        given = [ConsentPurpose.MEMBERSHIP]
        if self._now_and_then(0.86):
            given.append(ConsentPurpose.MAILINGS)
        if self._now_and_then(0.35):
            given.append(ConsentPurpose.CHAPTER_SHARING)
        return tuple(given)

    def _days_known(self, part: Part) -> int:
        return OFFICERS_KNOWN if part.post else self.random.randint(3, 900)

    def _standing(self, part: Part, status: PersonStatus) -> Standing:
        if part.standing is not Standing.BY_CHANCE:
            return part.standing
        joins = status is PersonStatus.VERIFIED and self._now_and_then(0.8)
        return Standing.MEMBER if joins else Standing.OUTSIDE


_SURNAMES = tuple(SURNAMES)
_SURNAME_WEIGHTS = tuple(accumulate(SURNAMES.values()))
_SCHOOL_WEIGHTS = tuple(accumulate(school.weight for school in SCHOOLS))
_HOME_WEIGHTS = tuple(accumulate(home.weight for home in HOMES))
_EMPLOYERS = tuple(EMPLOYERS_ZH)
_EMPLOYER_WEIGHTS = tuple(accumulate(EMPLOYERS_ZH.values()))
