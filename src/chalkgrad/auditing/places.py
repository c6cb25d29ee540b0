"""Which iteration and which sample a place of a document speaks of."""

from __future__ import annotations

import re
from bisect import bisect_right
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from chalkgrad.auditing.entities import Entity
    from chalkgrad.auditing.sources import Source

_ITERATION = re.compile(
    r"\b(?:iteration|epoch|round)\s*(?:no\.?|number|\#)?\s*[:=]?\s*\$?(\d{1,7})\b(?!\s*(?:iterations|updates|times))",
    re.IGNORECASE,
)
_SAMPLE = re.compile(
    r"\b(?:sample|example|pattern|data point|case)\s*(?:no\.?|number|\#)?\s*[:=]?\s*\$?(\d{1,5})\b",
    re.IGNORECASE,
)
HEADING = re.compile(
    r"^[ \t>*_❖➤]*#{1,6}[^\n]*$"
    r"|^[ \t]*\\(?:sub)*(?:section|paragraph)\*?\{[^\n]*$|^[ \t]*\*\*[^\n*]{1,60}\*\*[ \t]*$",
    re.MULTILINE,
)
_LONE = re.compile(r"(?<=\n\n)(?=[^\W\d_])[^\n=≈]{1,60}(?<![.,;])$", re.MULTILINE)
"""A heading of plain text: a short line behind an empty one, without the point of a sentence."""


class Place(NamedTuple):
    """What a stretch of a document speaks of; 0 where it is not said."""

    iteration: int
    sample: int


class Places:
    """The iterations and samples of a document, by offset."""

    def __init__(self, source: Source) -> None:
        text = source.text
        marks: list[tuple[int, str, int]] = []
        marks += [(m.start(), "iteration", int(m[1])) for m in _ITERATION.finditer(text)]
        for m in HEADING.finditer(text) if HEADING.search(text) else _LONE.finditer(text):
            sample = _SAMPLE.search(m[0])
            marks.append((m.start(), "sample", int(sample[1]) if sample else 0))
        self._offsets: list[int] = []
        self._places: list[Place] = []
        now = Place(0, 0)
        for offset, kind, number in sorted(marks):
            now = (
                now._replace(iteration=number)
                if kind == "iteration"
                else now._replace(sample=number)
            )
            self._offsets.append(offset)
            self._places.append(now)

    @property
    def iterations(self) -> set[int]:
        """All iterations that are spoken of."""
        return {p.iteration for p in self._places if p.iteration}

    def at(self, offset: int) -> Place:
        """What a place speaks of."""
        k = bisect_right(self._offsets, offset)
        return self._places[k - 1] if k else Place(0, 0)


def belongs(e: Entity, place: Place) -> bool:
    """Whether a quantity can be spoken of at a place: of its iteration or the one before, of its sample."""
    s = e.symbol
    if s is None:
        return True
    if (
        place.iteration
        and s.iteration not in (0, place.iteration, place.iteration - 1)
        and not e.given
    ):
        return False
    return not (place.sample and s.sample and s.sample != place.sample)
