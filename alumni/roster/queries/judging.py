"""What each row of a file would do: compared with what we know by now, in parts."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from alumni.roster.cells import N_, REASONS
from alumni.roster.comparing import Changes, Rules, Values, changes
from alumni.roster.matching import Candidate, is_enterable, points
from alumni.roster.models import Verdict
from alumni.roster.queries.known import known_people, known_persons, numbered_people
from alumni.roster.queries.lists import place_finder
from alumni.roster.queries.matching import Matcher
from alumni.roster.sheets.telling import Told

NOBODY_MEANT = N_("means nobody we know, and has no name")


class Judged(NamedTuple):
    """A row of a file and what it means for what we know."""

    told: Told
    verdict: Verdict
    changes: Changes
    person_id: int | None
    """Whom it changes."""
    candidates: list[Candidate]
    """Of a possible one, whom it may mean."""


class Whom(NamedTuple):
    """Whom a row means, with what we know of them; else whom it may mean."""

    known: Any
    candidates: list[Candidate]


class Judge:
    """What is needed to judge rows, read once for many."""

    def __init__(self, rules: Rules) -> None:
        self.rules = rules
        self.place_of = place_finder()
        self.matcher = Matcher(rules.kind, self.place_of)

    def judged(self, rows: Sequence[Told]) -> Iterator[Judged]:
        """Say of each row what it would do, in a fixed number of statements."""
        whom = iter(self.whom([row.values for row in rows if not row.reasons]))
        for row in rows:
            if row.reasons:
                yield Judged(row, Verdict.ERROR, {}, None, [])
            else:
                yield self._judged(row, next(whom))

    def whom(self, rows: Sequence[Values]) -> list[Whom]:
        """Whom each of the rows means, by what we know by now."""
        numbered = self.numbered(rows)
        others = [row for row in rows if row.get("student_number") not in numbered]
        meant = self.matcher.find(others)
        persons = known_persons({one.person_id for one in meant if one.person_id is not None})
        found = iter(Whom(persons.get(one.person_id or 0), one.candidates) for one in meant)
        return [
            Whom(numbered[row["student_number"]], [])
            if row.get("student_number") in numbered
            else next(found)
            for row in rows
        ]

    def numbered(self, rows: Sequence[Values]) -> Mapping[str, Any]:
        """Of a registrar's rows those whom we know by their number."""
        if not self.rules.is_registrars:
            return {}
        given = numbered_people([row["student_number"] for row in rows])
        return known_people(given.keys()) if given else {}

    def is_doubtful(self, values: Values, known: Any) -> bool:
        """Whether somebody gave the registrar's number who is called otherwise."""
        is_unlisted = self.rules.is_registrars and known.entry_id is None
        is_by_number = is_unlisted and known.number == values["student_number"]
        return is_by_number and values.get("name") not in (None, known.name)

    def under_another_name(self, known: Any) -> Candidate:
        facts = {"student_number": True, "name": False}
        return Candidate(known.person_id, points(facts), facts)

    def changes(self, values: Values, known: Any) -> Changes:
        """What the row would change in what is known of the person."""
        return changes(self.rules.kept(values), known, self.place_of, self.rules)

    def _judged(self, row: Told, whom: Whom) -> Judged:
        known = whom.known
        if known is None and whom.candidates:
            return Judged(row, Verdict.POSSIBLE, {}, None, whom.candidates)
        if known is None:
            return self._judged_new(row)
        if self.is_doubtful(row.values, known):
            return Judged(row, Verdict.POSSIBLE, {}, None, [self.under_another_name(known)])
        told = self.changes(row.values, known)
        verdict = Verdict.UPDATED if told else Verdict.UNCHANGED
        return Judged(row, verdict, told, known.person_id, [])

    def _judged_new(self, row: Told) -> Judged:
        """Somebody whom we do not know is entered by a name and a class. Without, one is asked."""
        if is_enterable(row.values):
            return Judged(row, Verdict.NEW, {}, None, [])
        if "name" in row.values and not self.rules.is_registrars:
            return Judged(row, Verdict.POSSIBLE, {}, None, [])
        why = REASONS["missing"] if self.rules.is_registrars else NOBODY_MEANT
        return Judged(wrong(row, "name", why), Verdict.ERROR, {}, None, [])


def wrong(row: Told, key: str, why: str) -> Told:
    """The row with what is wrong with it: its values as they can be corrected."""
    values = {name: str(value) for name, value in row.values.items()}
    return row._replace(values=values, reasons=[[key, values.get(key, ""), why]])
