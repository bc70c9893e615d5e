"""What was measured, what it should be, and the table of both."""

from collections.abc import Sequence
from dataclasses import dataclass

FLAT = 1.5
"""A figure that must not grow with the number of people may grow this much, for the noise."""


@dataclass(frozen=True, kw_only=True)
class Figure:
    name: str
    value: float
    unit: str = ""
    digits: int = 0
    limit: float | None = None
    is_floor: bool = False
    """Whether the limit is the least and not the most."""
    is_flat: bool = False
    """Whether it must stay what it is when there are ten times as many people."""
    note: str = ""

    @property
    def is_met(self) -> bool:
        if self.limit is None:
            return True
        return self.value >= self.limit if self.is_floor else self.value <= self.limit

    def bar(self) -> str:
        if self.limit is None:
            return "flat" if self.is_flat else ""
        sign = "≥" if self.is_floor else "≤"
        said = f"{sign} {self.limit:,g} {self.unit}".strip()
        return f"{said}, flat" if self.is_flat else said

    def text(self, before: "Figure | None" = None) -> str:
        """The value, and how it has grown since the figure of fewer people; ✗ where it fails."""
        words = [f"{self.value:,.{self.digits}f}", self.unit, self.note]
        is_met = self.is_met
        if before is not None and self.is_flat and before.value:
            pair = (before.value, self.value) if self.is_floor else (self.value, before.value)
            growth = pair[0] / pair[1]
            words.append(f"({growth:.1f}×)")
            is_met = is_met and growth <= FLAT
        words.append("" if is_met else "✗")
        return " ".join(filter(None, words))


def table(columns: Sequence[str], measured: Sequence[Sequence[Figure]]) -> str:
    """A Markdown table: a row for each figure, a column for each list of figures."""
    names = list(dict.fromkeys(figure.name for figures in measured for figure in figures))
    lines = [
        f"| figure | limit | {' | '.join(columns)} |",
        f"|---|---|{'---|' * len(columns)}",
    ]
    lines += [_row(name, measured) for name in names]
    return "\n".join(lines)


def _row(name: str, measured: Sequence[Sequence[Figure]]) -> str:
    before: Figure | None = None
    bar, cells = "", []
    for figures in measured:
        figure = next((one for one in figures if one.name == name), None)
        cells.append(figure.text(before) if figure else "")
        bar = figure.bar() if figure else bar
        before = figure or before
    return f"| {name} | {bar} | {' | '.join(cells)} |"
