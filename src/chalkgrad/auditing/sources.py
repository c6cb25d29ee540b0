"""The text of a document, parted into mathematics and prose, with every place kept."""

from __future__ import annotations

from bisect import bisect_right
from functools import cached_property

from chalkgrad.light import dataclass

MATH, PLAIN, PROSE = "math", "plain", "prose"


@dataclass(frozen=True, slots=True)
class Passage:
    """A piece of a document: from `start` to before `end`; `kind` is math, plain (typed without TeX) or prose."""

    kind: str
    start: int
    end: int
    display: bool = False


@dataclass(frozen=True)
class Source:
    """A document that was read.

    Attributes:
        name: as it was named.
        text: its text; blanked where nothing is to be read, as long as the document.
        original: its text as it is.
        passages: what is to be read, in order.
        tex: whether macros may be defined in it.
        notes: what was left out, and why.
    """

    name: str
    text: str
    original: str
    passages: tuple[Passage, ...]
    notes: tuple[str, ...] = ()

    @cached_property
    def lines(self) -> tuple[str, ...]:
        """The lines of the document."""
        return tuple(self.original.split("\n"))

    @cached_property
    def _starts(self) -> list[int]:
        starts, at = [0], self.original.find("\n")
        while at >= 0:
            starts.append(at + 1)
            at = self.original.find("\n", at + 1)
        return starts

    def place(self, offset: int) -> tuple[int, int]:
        """Line and column of an offset, both from 1.

        >>> from chalkgrad.auditing.documents import read_document
        >>> read_document("n.md", "one\\n$a=1$").place(5)
        (2, 2)
        """
        line = bisect_right(self._starts, offset)
        return line, offset - self._starts[line - 1] + 1

    def offset(self, line: int, column: int) -> int:
        """The offset of a line and column, which are counted from 1."""
        return self._starts[line - 1] + column - 1
