"""Each thing that is known of a person in a line, for lists of such things."""

from dataclasses import dataclass
from functools import singledispatch

from alumni.i18n import _, date_text, either
from alumni.people.fields.words import level_words, training_words
from alumni.people.models import (
    ContactKind,
    ContactPoint,
    Employment,
    FormerName,
    Photo,
    Residence,
    Study,
    Training,
)
from alumni.people.queries.editing import Levelled
from alumni.people.queries.facts import month_text, span_text, study_text


@dataclass(frozen=True, kw_only=True)
class Line:
    """What a row says, in the language of the moment."""

    kind: str
    """What it is: a former name, a job."""
    title: str
    sub: str = ""

    @property
    def said(self) -> str:
        """All of it, where nothing around it tells what it is."""
        return " · ".join(filter(None, (self.kind, self.title, self.sub)))


@singledispatch
def line(row: Levelled) -> Line:
    """What the row says. What its words come from has to be loaded."""
    raise TypeError(type(row).__name__)


@line.register
def _former_name(row: FormerName) -> Line:
    return Line(kind=_("Former name"), title=row.name)


@line.register
def _photo(row: Photo) -> Line:
    return Line(kind=_("Photograph"), title="")


@line.register
def _study(row: Study) -> Line:
    level = level_words().get(row.level or "", "")
    programme = either(row.programme.name_zh, row.programme.name_en) if row.programme else ""
    return Line(
        kind=_("Studies"),
        title=study_text(row) or level or _("Nothing is known of it yet"),
        sub=_joined(level, programme, study_span(row)),
    )


@line.register
def _training(row: Training) -> Line:
    hospital = row.hospital
    span = span_text(
        month_text(row.from_year, row.from_month), month_text(row.to_year, row.to_month)
    )
    return Line(
        kind=_("Training at hospitals"),
        title=either(hospital.name_zh, hospital.name_en) if hospital else row.written,
        sub=_joined(training_words()[row.kind], row.department, span),
    )


@line.register
def _job(row: Employment) -> Line:
    industry = either(row.industry.name_zh, row.industry.name_en) if row.industry else ""
    span = span_text(
        month_text(row.from_year, row.from_month),
        month_text(row.to_year, row.to_month),
        goes_on=row.is_current,
    )
    return Line(
        kind=_("Work"),
        title=row.employer,
        sub=_joined(row.department, row.title, industry, span),
    )


@line.register
def _home(row: Residence) -> Line:
    return Line(
        kind=_("City"),
        title=either(row.place.name_zh, row.place.name_en) if row.place else row.written,
        sub=span_text(date_text(row.starts_on), date_text(row.ends_on), goes_on=row.is_current),
    )


@line.register
def _contact(row: ContactPoint) -> Line:
    return Line(kind=contact_words()[row.kind], title=row.value, sub=row.label or "")


def study_span(row: Study) -> str:
    """From the entry to the graduation."""
    return span_text(
        month_text(row.entry_year, row.entry_month),
        month_text(row.graduation_year, row.graduation_month),
    )


def contact_words() -> dict[ContactKind, str]:
    return {
        ContactKind.EMAIL: _("E-mail"),
        ContactKind.PHONE: _("Telephone"),
        ContactKind.WECHAT: _("WeChat"),
        ContactKind.POSTAL: _("Post"),
    }


def _joined(*parts: str | None) -> str:
    return " · ".join(part for part in parts if part)
