"""Time at a hospital: everything is asked of one training."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from sqlalchemy import Select, func, or_, select

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
    one_of,
)
from alumni.authz import Actor
from alumni.codes.models import CodeKind
from alumni.i18n import _, lazy_gettext
from alumni.people.fields.words import training_words
from alumni.people.models import Training, TrainingKind
from alumni.people.policy import shown

YEARS = SpanWords(
    one=lazy_gettext("Trained in %(year)s"),
    both=lazy_gettext("Trained within %(first)s–%(last)s"),
    since=lazy_gettext("Trained in %(year)s or later"),
    until=lazy_gettext("Trained in %(year)s or earlier"),
)


@dataclass(frozen=True, kw_only=True)
class Trained(Beside):
    """Who was at the hospital for some of these years. A training without an end goes on."""

    hospital: Named | None = None
    kind: TrainingKind | None = None
    during: Span = ALWAYS

    def parameters(self) -> dict[str, str]:
        asked = {
            "hospital": str(self.hospital.id) if self.hospital else "",
            "training": self.kind.value if self.kind else "",
            **self.during.parameters("trained_from", "trained_to"),
        }
        return {name: value for name, value in asked.items() if value}

    def people(self, actor: Actor) -> Select[int]:
        rows = select(Training.person_id).where(shown(actor, Training))
        if self.hospital:
            rows = rows.where(Training.hospital_id == self.hospital.id)
        if self.kind:
            rows = rows.where(Training.kind == self.kind)
        begins = func.coalesce(Training.from_year, Training.to_year)
        if self.during.last is not None:
            rows = rows.where(begins <= self.during.last)
        if self.during.first is not None:
            goes_on = Training.to_year.is_(None) & Training.from_year.is_not(None)
            rows = rows.where(or_(Training.to_year >= self.during.first, goes_on))
        return rows

    def chips(self) -> list[Chip]:
        return list(self._chips())

    def _chips(self) -> Iterator[Chip]:
        if self.hospital:
            yield Chip(_("Trained at %(hospital)s", hospital=self.hospital.name), ("hospital",))
        if self.kind:
            yield Chip(training_words()[self.kind.value], ("training",))
        if self.during.is_asked:
            yield Chip(self.during.words(YEARS), ("trained_from", "trained_to"))


def _read(_actor: Actor, given: Mapping[str, str]) -> Trained:
    kind = given.get("training")
    return Trained(
        hospital=code_in(given, "hospital", CodeKind.HOSPITAL),
        kind=one_of(TrainingKind, "training", kind) if kind else None,
        during=Span.read(given, "trained_from", "trained_to"),
    )


KIND = Kind(
    ("hospital", "training", "trained_from", "trained_to"),
    _read,
    questions=(
        Question(
            "training",
            lazy_gettext("Hospital training"),
            (
                Control("hospital", lazy_gettext("Hospital"), listed="hospital"),
                Control("training", lazy_gettext("Kind of training"), words=training_words),
                Control("trained_from", lazy_gettext("From the year"), written="year"),
                Control("trained_to", lazy_gettext("Until the year"), written="year"),
            ),
        ),
    ),
)
