"""The marks of figures while a document is judged."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from chalkgrad.auditing.records import CARRIED, OK, UNREAD, WRONG, Finding
from chalkgrad.light import dataclass
from chalkgrad.marking.digits import shown
from chalkgrad.marking.reach import rounds_to
from chalkgrad.marking.written import significant

if TYPE_CHECKING:
    from collections.abc import Sequence

    from chalkgrad.auditing.entities import Entity
    from chalkgrad.auditing.figures import Figure
    from chalkgrad.auditing.sources import Source

_WEIGHT = {UNREAD: 0, OK: 1, CARRIED: 2, WRONG: 3}


@dataclass(slots=True)
class Mark:
    """What was found of one figure."""

    start: int
    end: int
    verdict: str
    kind: str = ""
    name: str | None = None
    expected: str | None = None
    explanation: str = ""
    cause: int | None = None
    slips: tuple[tuple[str, str], ...] = ()


def as_printed(value: float, fig: Figure) -> str:
    """A value at the places of a figure, or to as many digits, whichever is finer.

    >>> from chalkgrad.auditing.figures import figure
    >>> as_printed(-0.98, figure("9.8", 0, 3, minus=True)), as_printed(0.51249, figure("0.2225", 0, 6))
    ('-0.98', '0.5125')
    """
    if not math.isfinite(value):
        return str(value)
    unit = fig.unit
    if value and fig.value and not rounds_to(fig.value, fig.unit, value):
        digits = min(15, significant(fig.value, fig.unit))
        unit = min(unit, 10.0 ** (math.floor(math.log10(abs(value))) - digits + 1))
    return shown(value, unit)


class Marks:
    """The marks of a document, one for each figure."""

    def __init__(self, source: Source) -> None:
        self.source = source
        self.by_start: dict[int, Mark] = {}

    def line(self, offset: int) -> int:
        """The line of an offset."""
        return self.source.place(offset)[0]

    def set(self, fig: Figure, verdict: str, **rest: object) -> Mark:
        """Mark a figure; a graver mark that it has already stays, and so does one that says more."""
        known = self.by_start.get(fig.start)
        mark = Mark(fig.start, fig.end, verdict, **rest)  # type: ignore[arg-type]
        if (
            known is not None
            and _WEIGHT[known.verdict] >= _WEIGHT[verdict]
            and known.verdict != UNREAD
        ):
            if known.verdict == verdict == OK and known.name is None:
                known.name = mark.name
            return known
        self.by_start[fig.start] = mark
        return mark

    def get(self, fig: Figure) -> Mark | None:
        """The mark of a figure."""
        return self.by_start.get(fig.start)

    def findings(self) -> list[Finding]:
        """All marks as findings, in the order of the document."""
        out = []
        source = self.source
        for start in sorted(self.by_start):
            m = self.by_start[start]
            line, column = source.place(m.start)
            out.append(
                Finding(
                    source.name, line, column, column + m.end - m.start, source.original[m.start : m.end],
                    m.name, m.verdict, m.kind, m.expected, m.explanation, m.cause, m.slips,
                )
            )  # fmt: skip
        return out


def label_of(e: Entity | None) -> str | None:
    """The name of a quantity in a finding; none for a plain number."""
    if e is None or (e.given and e.symbol is None):
        return None
    return e.label


def names_of(entities: Sequence[Entity]) -> str:
    """Some quantities by name, the first ones."""
    return ", ".join(dict.fromkeys(e.label for e in entities[:4]))
