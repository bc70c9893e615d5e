"""Who came in with a file, as a condition of lists of people."""

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import Select, select

from alumni.audiences.criteria import (
    Beside,
    Chip,
    Control,
    Kind,
    Question,
    impossible,
    register,
)
from alumni.authz import Actor
from alumni.db import db
from alumni.i18n import _, lazy_gettext
from alumni.people.models import Person
from alumni.roster.models import BatchState, ImportBatch, ImportRow, Verdict
from alumni.roster.policy import may_import

MOST_OFFERED = 50
LONGEST_ID = 40
NEW, ANY = "new", "any"


@dataclass(frozen=True)
class BroughtIn(Beside):
    """Those whom an import entered, or all whom it was about."""

    public_id: str
    batch_id: int
    file_name: str
    which: str

    def parameters(self) -> dict[str, str]:
        told = {"import": self.public_id}
        if self.which != NEW:
            told["import_rows"] = self.which
        return told

    def people(self, actor: Actor) -> Select[int]:
        rows = (
            select(Person.id)
            .join(ImportRow, ImportRow.person_id == Person.id)
            .where(ImportRow.batch_id == self.batch_id, ImportRow.is_applied, ~ImportRow.is_undone)
        )
        if self.which == NEW:
            rows = rows.where(ImportRow.verdict == Verdict.NEW)
        return rows

    def chips(self) -> list[Chip]:
        words = {
            NEW: _("Entered from %(file)s", file=self.file_name),
            ANY: _("In %(file)s", file=self.file_name),
        }
        return [Chip(words[self.which], ("import", "import_rows"))]


def register_criteria() -> None:
    """Let the office ask for those of an import."""
    register(KIND)


def _read(actor: Actor, given: Mapping[str, str]) -> BroughtIn:
    which = given.get("import_rows", NEW)
    if which not in (NEW, ANY):
        raise impossible("import_rows", which)
    public_id = given.get("import", "")
    found = None
    if public_id and len(public_id) <= LONGEST_ID and may_import(actor):
        found = db.session.execute(
            select(ImportBatch.id, ImportBatch.file_name).where(ImportBatch.public_id == public_id)
        ).first()
    if found is None:
        raise impossible("import", public_id)
    return BroughtIn(public_id, found.id, found.file_name, which)


def _rows_words() -> dict[str, str]:
    return {NEW: _("New ones"), ANY: _("All in the file")}


def _offered(actor: Actor) -> list[tuple[str, str]]:
    if not may_import(actor):
        return []
    newest = (
        select(ImportBatch.public_id, ImportBatch.file_name, ImportBatch.created_at)
        .where(ImportBatch.state == BatchState.APPLIED)
        .order_by(ImportBatch.id.desc())
        .limit(MOST_OFFERED)
    )
    return [
        (row.public_id, f"{row.file_name} · {row.created_at:%Y-%m-%d}")
        for row in db.session.execute(newest)
    ]


KIND = Kind(
    ("import", "import_rows"),
    _read,
    is_private=True,
    questions=(
        Question(
            "import",
            lazy_gettext("Import"),
            (
                Control("import", lazy_gettext("Import"), offered=_offered),
                Control("import_rows", lazy_gettext("Which of them"), words=_rows_words),
            ),
        ),
    ),
)
