"""A study that the office does not know of, as its person tells it."""

from collections.abc import Callable, Iterator, Mapping

from sqlalchemy import select

from alumni.codes.models import CodeKind
from alumni.db import db
from alumni.i18n import lazy_gettext
from alumni.people.models import Study, StudyInstitution
from alumni.people.queries.facts import span_text
from alumni.people.queries.kept import FACTS, Fact

MISSING = Fact(key="study", label=lazy_gettext("A study that is missing"), table=Study)
"""What a request for it is about, where others name one fact."""

INSTITUTION = Fact(
    key="institution",
    label=lazy_gettext("University"),
    table=StudyInstitution,
    kind=CodeKind.INSTITUTION,
)

PARTS = {
    fact.key: fact
    for fact in (
        FACTS["level"],
        INSTITUTION,
        FACTS["college"],
        FACTS["major"],
        FACTS["entry"],
        FACTS["graduation"],
    )
}
"""What is told of it, each in the form of ``Fact``."""


def values_of(study: Mapping[str, str]) -> Iterator[tuple[Fact, str]]:
    """What ``words_for`` has to be given to say it."""
    return ((PARTS[key], text) for key, text in study.items() if text)


def said(study: Mapping[str, str], words: Callable[[Fact, str], str]) -> str:
    """The study in words: 博士 · 中国医科大学 · 临床医学院 · 内科学 · 2003年9月 – 2006年7月."""
    told = {fact.key: words(fact, text) for fact, text in values_of(study)}
    names = [told.get(key) for key in PARTS if key not in ("entry", "graduation")]
    span = span_text(told.get("entry", ""), told.get("graduation", ""), goes_on=True)
    return " · ".join(filter(None, [*names, span]))


def is_known(person_id: int, columns: Mapping[str, object], institution_id: int) -> bool:
    """Whether the person has a study at this university of which all these columns say the same."""
    same = [getattr(Study, name).is_not_distinct_from(value) for name, value in columns.items()]
    there = (
        select(Study.id)
        .join(StudyInstitution, StudyInstitution.study_id == Study.id)
        .where(
            Study.person_id == person_id, StudyInstitution.institution_id == institution_id, *same
        )
    )
    return db.session.scalar(there.limit(1)) is not None
