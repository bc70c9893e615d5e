"""Where, when and what people studied: everything is asked of one course of study."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from sqlalchemy import ColumnElement, Select, exists, select

from alumni.audiences.criteria.base import (
    ALWAYS,
    Beside,
    Chip,
    Control,
    Kind,
    Named,
    Question,
    Span,
    SpanWords,
    code_in,
    fits,
    impossible,
)
from alumni.authz import Actor
from alumni.codes.models import CodeKind
from alumni.i18n import _, lazy_gettext
from alumni.people.fields import level_words
from alumni.people.models import Study, StudyInstitution
from alumni.people.policy import shown
from alumni.people.queries import class_words

LONGEST_CLASS = 40

LEVELS = ("college", "bachelor", "master", "doctor")

CODES = {
    "college": CodeKind.COLLEGE,
    "major": CodeKind.MAJOR,
    "programme": CodeKind.PROGRAMME,
    "institution": CodeKind.INSTITUTION,
}
"""Parameters whose values are words of the office's lists."""

CLASSES = SpanWords(
    one=lazy_gettext("Class of %(year)s"),
    both=lazy_gettext("Classes of %(first)s–%(last)s"),
    since=lazy_gettext("Class of %(year)s or later"),
    until=lazy_gettext("Class of %(year)s or earlier"),
)

ENTRIES = SpanWords(
    one=lazy_gettext("Entered in %(year)s"),
    both=lazy_gettext("Entered in %(first)s–%(last)s"),
    since=lazy_gettext("Entered in %(year)s or later"),
    until=lazy_gettext("Entered in %(year)s or earlier"),
)


@dataclass(frozen=True, kw_only=True)
class Studied(Beside):
    """Who has a course of study of which all this holds."""

    graduated: Span = ALWAYS
    entered: Span = ALWAYS
    level: str | None = None
    college: Named | None = None
    major: Named | None = None
    programme: Named | None = None
    class_label: str | None = None
    institution: Named | None = None
    """Where the study is registered: one of its universities."""
    is_main: bool = False
    """Whether only the main study counts, of which everybody has one."""

    def parameters(self) -> dict[str, str]:
        asked = {
            **self.graduated.parameters("year_from", "year_to"),
            **self.entered.parameters("entry_from", "entry_to"),
            "level": self.level,
            "college": _written(self.college),
            "major": _written(self.major),
            "programme": _written(self.programme),
            "class": self.class_label,
            "institution": _written(self.institution),
            "primary": "1" if self.is_main else None,
        }
        return {name: value for name, value in asked.items() if value is not None}

    def people(self, actor: Actor) -> Select[int]:
        return select(Study.person_id).where(shown(actor, Study), *self._asked())

    def _asked(self) -> Iterator[ColumnElement[bool]]:
        yield from self.graduated.holds(Study.graduation_year)
        yield from self.entered.holds(Study.entry_year)
        equals = (
            (Study.level, self.level),
            (Study.class_label, self.class_label),
            (Study.college_id, self.college and self.college.id),
            (Study.major_id, self.major and self.major.id),
            (Study.programme_id, self.programme and self.programme.id),
        )
        yield from (column == value for column, value in equals if value is not None)
        if self.is_main:
            yield Study.is_primary.is_(True)
        if self.institution:
            yield exists().where(
                StudyInstitution.study_id == Study.id,
                StudyInstitution.institution_id == self.institution.id,
            )

    def chips(self) -> list[Chip]:
        return list(self._chips())

    def _chips(self) -> Iterator[Chip]:
        if self.graduated.is_asked:
            yield Chip(self.graduated.words(CLASSES), ("year_from", "year_to"))
        if self.entered.is_asked:
            yield Chip(self.entered.words(ENTRIES), ("entry_from", "entry_to"))
        yield from (Chip(words, (name,)) for name, words in self._named() if words)

    def _named(self) -> Iterator[tuple[str, str | None]]:
        yield "level", self.level and level_words()[self.level]
        yield "college", self.college and self.college.name
        yield "major", self.major and _("Major: %(name)s", name=self.major.name)
        yield "programme", self.programme and self.programme.name
        yield "class", self.class_label and class_words(self.class_label)
        there = self.institution
        yield "institution", there and _("Registered at %(name)s", name=there.name)
        yield "primary", _("By the main study") if self.is_main else None


def _read(_actor: Actor, given: Mapping[str, str]) -> Studied:
    return Studied(
        graduated=Span.read(given, "year_from", "year_to"),
        entered=Span.read(given, "entry_from", "entry_to"),
        level=_level(given["level"]) if "level" in given else None,
        class_label=_class(given["class"]) if "class" in given else None,
        is_main="primary" in given and _main(given["primary"]),
        **{name: code_in(given, name, kind) for name, kind in CODES.items()},
    )


def _level(value: str) -> str:
    if value not in LEVELS:
        raise impossible("level", value)
    return value


def _class(value: str) -> str:
    if not fits(value, LONGEST_CLASS):
        raise impossible("class", value)
    return f"{value}班" if value.isascii() and value.isdigit() else value


def _main(value: str) -> bool:
    if value != "1":
        raise impossible("primary", value)
    return True


def _main_words() -> dict[str, str]:
    return {"1": _("The main study only")}


def _written(named: Named | None) -> str | None:
    return str(named.id) if named else None


KIND = Kind(
    (
        "year_from",
        "year_to",
        "entry_from",
        "entry_to",
        "level",
        "college",
        "major",
        "programme",
        "class",
        "institution",
        "primary",
    ),
    _read,
    questions=(
        Question(
            "graduation",
            lazy_gettext("Year of graduation"),
            (
                Control("year_from", lazy_gettext("From the year"), written="year"),
                Control("year_to", lazy_gettext("Until the year"), written="year"),
            ),
        ),
        Question(
            "entry",
            lazy_gettext("Year of entry"),
            (
                Control("entry_from", lazy_gettext("From the year"), written="year"),
                Control("entry_to", lazy_gettext("Until the year"), written="year"),
            ),
        ),
        Question(
            "college",
            lazy_gettext("College"),
            (Control("college", lazy_gettext("College"), listed="college"),),
        ),
        Question(
            "major",
            lazy_gettext("Major"),
            (Control("major", lazy_gettext("Major"), listed="major"),),
        ),
        Question(
            "level",
            lazy_gettext("Level of study"),
            (Control("level", lazy_gettext("Level of study"), words=level_words),),
        ),
        Question(
            "programme",
            lazy_gettext("Programme"),
            (Control("programme", lazy_gettext("Programme"), listed="programme"),),
        ),
        Question(
            "class",
            lazy_gettext("Class"),
            (Control("class", lazy_gettext("Class, such as 3班")),),
        ),
        Question(
            "institution",
            lazy_gettext("University of registration"),
            (
                Control(
                    "institution", lazy_gettext("University of registration"), listed="institution"
                ),
            ),
        ),
        Question(
            "primary",
            lazy_gettext("Which studies count"),
            (Control("primary", lazy_gettext("Which studies count"), words=_main_words),),
        ),
    ),
)
