"""The rows that invented people are entered by."""

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import Any

from alumni.accounts.passwords import hashed
from alumni.chapters.models import MembershipState
from alumni.codes.models import CodeKind, Place
from alumni.codes.queries import association, home_institution
from alumni.db import now, today
from alumni.demonstration import queries
from alumni.demonstration.cast import PASSWORD, Standing
from alumni.demonstration.graduates import Graduate
from alumni.demonstration.lives import Course, Fact, Job, Way
from alumni.demonstration.names import industry_of
from alumni.people.commands import named
from alumni.people.models import ContactKind, Level, PersonStatus
from alumni.roster.models import ImportBatch

Row = dict[str, Any]
Pair = tuple[int, Graduate]
"""A person's id, and who it is."""


class Rows:
    """Makes rows of what is told, with the lists as they stand in this transaction."""

    def __init__(self, batch: ImportBatch) -> None:
        self.batch_id = batch.id
        self.since = batch.created_at
        self.now, self.today = now(), today()
        self.places: dict[str, Place] = queries.places()
        self.colleges = queries.codes(CodeKind.COLLEGE)
        self.majors = queries.codes(CodeKind.MAJOR)
        self.programmes = queries.codes(CodeKind.PROGRAMME)
        self.institutions = queries.codes(CodeKind.INSTITUTION)
        self.hospitals = queries.codes(CodeKind.HOSPITAL)
        self.industries = queries.codes(CodeKind.INDUSTRY)
        self.home_id = home_institution().id
        self.chapters = queries.chapters_by_place()
        self.notice_version = association()["notice_version"]
        self.password_hash = hashed(PASSWORD)

    def person(self, graduate: Graduate) -> Row:
        place = self._place(graduate)
        verified_at = self._verified_at(graduate)
        return named(graduate.name_zh) | {
            "name_latin": graduate.name_latin,
            "name_en": graduate.name_en,
            "sex": graduate.sex,
            "birth_year": graduate.birth_year,
            "language": graduate.language,
            "time_zone": place.time_zone if place else "Asia/Shanghai",
            "status": graduate.status,
            "listed": graduate.life.listed,
            "confirmed_at": self._confirmed_at(graduate),
            "created_at": self.since,
            "updated_at": verified_at or self.since,
        }

    def former_names(self, pair: Pair) -> Iterator[Row]:
        person_id, graduate = pair
        if graduate.former_name:
            yield {
                "person_id": person_id,
                "name": graduate.former_name,
                **shown_to(graduate, Fact.FORMER_NAME, Level.OFFICE),
            }

    def study(self, course: Course) -> Row:
        return {
            "level": course.level,
            "programme_id": self.programmes[course.programme].id,
            "college_id": self.colleges[course.college].id,
            "major_id": self.majors[course.major].id,
            "class_label": course.class_label,
            "entry_year": course.entry_year,
            "entry_month": 9,
            "graduation_year": course.graduation_year,
            "graduation_month": 7,
            "supervisor": course.supervisor,
        }

    def registrations(self, course: Course) -> Iterator[Row]:
        yield {
            "institution_id": self.home_id,
            "student_number": course.number,
            "degree": course.degree,
        }
        if course.partner:
            yield {
                "institution_id": self.institutions[course.partner.institution].id,
                "student_number": course.partner.number,
                "degree": course.partner.degree,
            }

    def roster_entry(self, person_id: int, graduate: Graduate, course: Course) -> Row:
        return {
            "institution_id": self.home_id,
            "number": course.number,
            "name_zh": graduate.name_zh,
            "sex": graduate.sex,
            "entry_year": course.entry_year,
            "graduation_year": course.graduation_year,
            "graduation_month": 7,
            "college": course.college,
            "major": course.major,
            "level": course.level,
            "class_label": course.class_label,
            "person_id": person_id,
            "batch_id": self.batch_id,
        }

    def trainings(self, pair: Pair) -> Iterator[Row]:
        person_id, graduate = pair
        for stay in graduate.life.stays:
            hospital = self.hospitals.get(stay.hospital)
            yield {
                "person_id": person_id,
                "kind": stay.kind,
                "hospital_id": hospital.id if hospital else None,
                "written": stay.hospital,
                "department": stay.department,
                "from_year": stay.begins[0],
                "from_month": stay.begins[1],
                "to_year": stay.ends[0] if stay.ends else None,
                "to_month": stay.ends[1] if stay.ends else None,
                **shown_to(graduate, Fact.TRAINING, Level.OFFICE),
            }

    def employments(self, pair: Pair) -> Iterator[Row]:
        graduate = pair[1]
        life = graduate.life
        for post in life.posts:
            yield self._employment(pair, post.job, (post.begins, post.ends), is_current=False)
        if graduate.job:
            since = (life.works_there_since, None)
            yield self._employment(pair, graduate.job, since, is_current=True)

    def _employment(
        self, pair: Pair, job: Job, years: tuple[int | None, int | None], *, is_current: bool
    ) -> Row:
        return {
            "person_id": pair[0],
            "employer": job.employer,
            "department": job.department,
            "title": job.title,
            "industry_id": self.industries[industry_of(job.employer)].id,
            "from_year": years[0],
            "to_year": years[1],
            "is_current": is_current,
            **shown_to(pair[1], Fact.WORK, Level.OFFICE),
        }

    def residences(self, pair: Pair) -> Iterator[Row]:
        person_id, graduate = pair
        lived: list[tuple[Place, date | None, date | None]] = [
            (self.places[name], None, until) for name, until in graduate.life.former_homes
        ]
        place = self._place(graduate)
        if place is not None:
            lived.append((place, graduate.life.lives_there_since, None))
        for there, since, until in lived:
            yield {
                "person_id": person_id,
                "place_id": there.id,
                "written": there.name_en if graduate.language == "en" else there.name_zh,
                "starts_on": since,
                "ends_on": until,
                "is_current": until is None,
                **shown_to(graduate, Fact.HOME, Level.ALUMNI),
            }

    def contact_points(self, pair: Pair) -> Iterator[Row]:
        """The address for signing in is for the office alone, however open somebody is."""
        person_id, graduate = pair
        verified_at = self._verified_at(graduate)
        ways = [*_first_ways(graduate), *graduate.life.ways]
        first: set[ContactKind] = set()
        for way in ways:
            is_login = way.kind is ContactKind.EMAIL and way.value == graduate.email
            yield {
                "person_id": person_id,
                "kind": way.kind,
                "value": _as_written(way),
                "normal": " ".join(way.value.lower().split()),
                "label": way.label,
                "is_primary": way.kind not in first,
                "verified_at": verified_at if is_login else None,
                **shown_to(graduate, "" if is_login else way.kind.value, Level.OFFICE),
            }
            first.add(way.kind)

    def consents(self, pair: Pair) -> Iterator[Row]:
        person_id, graduate = pair
        for purpose in graduate.consents:
            yield {
                "person_id": person_id,
                "purpose": purpose,
                "version": self.notice_version,
                "language": graduate.language,
                "source": "join",
                "given_at": self._verified_at(graduate),
            }

    def account(self, pair: Pair) -> Iterator[Row]:
        """Those with a part may sign in by the printed password; the others have none yet."""
        person_id, graduate = pair
        if graduate.status is not PersonStatus.VERIFIED:
            return
        place = self._place(graduate)
        yield {
            "email": graduate.email,
            "password_hash": self.password_hash if graduate.part.email else None,
            "person_id": person_id,
            "name": graduate.name_zh,
            "language": graduate.language,
            "time_zone": place.time_zone if place else "Asia/Shanghai",
            "is_demonstration": True,
            "created_at": self._verified_at(graduate),
        }

    def membership(self, pair: Pair) -> Iterator[Row]:
        person_id, graduate = pair
        chapter_id = self.chapter_id(graduate)
        if chapter_id is None or graduate.standing is Standing.OUTSIDE:
            return
        is_member = graduate.standing is Standing.MEMBER
        asked_at = self._verified_at(graduate) if is_member else self.now - timedelta(days=2)
        yield {
            "person_id": person_id,
            "chapter_id": chapter_id,
            "state": MembershipState.ACTIVE if is_member else MembershipState.PENDING,
            "is_primary": is_member,
            "message": graduate.part.message,
            "asked_at": asked_at,
            "starts_on": (
                self.today - timedelta(days=graduate.days_known - 1) if is_member else None
            ),
        }

    def _place(self, graduate: Graduate) -> Place | None:
        return self.places[graduate.place] if graduate.place else None

    def chapter_id(self, graduate: Graduate) -> int | None:
        place = self._place(graduate)
        return self.chapters.get(place.id) if place else None

    def _confirmed_at(self, graduate: Graduate) -> datetime | None:
        """When they looked through their facts: once a year, on the day they were verified."""
        if not graduate.days_known:
            return None
        return self.now - timedelta(days=graduate.days_known % 365)

    def _verified_at(self, graduate: Graduate) -> datetime | None:
        if not graduate.days_known:
            return None
        return self.now - timedelta(days=graduate.days_known)


def _first_ways(graduate: Graduate) -> Iterator[Way]:
    if graduate.email:
        yield Way(kind=ContactKind.EMAIL, value=graduate.email)
    if graduate.phone:
        label = graduate.life.phone_label
        yield Way(kind=ContactKind.PHONE, value=graduate.phone, label=label)


def _as_written(way: Way) -> str:
    """Telephone numbers as people write them: ``138 0000 1234``, ``+1 617 555 0100``."""
    if way.kind is not ContactKind.PHONE:
        return way.value
    digits = way.value.removeprefix("+86")
    if digits != way.value:
        return f"{digits[:3]} {digits[3:7]} {digits[7:]}"
    return f"{digits[:2]} {digits[2:5]} {digits[5:8]} {digits[8:]}"


def shown_to(graduate: Graduate, fact: str, otherwise: Level) -> Row:
    """Who may see rows of this kind: as the person wants it, or as it is at first."""
    return {"visibility": graduate.life.levels.get(fact, otherwise)}
