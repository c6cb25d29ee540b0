"""A line of a document as a terminal can show it, and what to draw below a figure of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chalkgrad.errors import visible
from chalkgrad.light import dataclass
from chalkgrad.rendering.cells import cells

if TYPE_CHECKING:
    from collections.abc import Iterable

_TAB = 4
_CUT = "..."
_AFTER = 0.4
"""The part of the room that is left for what stands behind the figure, where a line is too long."""


@dataclass(frozen=True, slots=True)
class Excerpt:
    """A line, or the part of it around a figure, in columns of a terminal.

    Attributes:
        before, figure, after: what is shown; nothing in it acts on the terminal.
    """

    before: str
    figure: str
    after: str

    @property
    def line(self) -> str:
        """The whole of it."""
        return (self.before + self.figure + self.after).rstrip()

    @property
    def underline(self) -> str:
        """Blanks and carets, to be set below the line."""
        return " " * cells(self.before) + "^" * max(1, cells(self.figure))


def excerpt(line: str, column: int, end: int, width: int) -> Excerpt:
    """What to show of a line in at most `width` columns, so that the figure can be seen.

    Args:
        line: the text of the line.
        column: where the figure stands, from 1.
        end: the first column behind it.
        width: columns that there are.

    >>> excerpt("a = 0.5 + 0.25", 5, 8, 40).underline
    '    ^^^'
    >>> excerpt("x" * 50 + " = 0.25 " + "y" * 50, 54, 58, 30).line
    '...xxxxxxxxxx = 0.25 yyyyyy...'
    """
    line = line.removesuffix("\r")
    start = min(max(column - 1, 0), len(line))
    stop = min(max(end - 1, start), len(line))
    near = max(0, start - width), stop + width  # more cannot be seen, however long the line is
    figure = _fitting(_spelled(line[start : min(stop, start + width)]), width // 2)
    room = width - cells(figure)
    before = list(_spelled(line[near[0] : start]))
    after = list(_spelled(line[stop : near[1]]))
    whole = near[0] == 0 and near[1] >= len(line)
    if whole and _size(before) + _size(after) <= room:
        return Excerpt("".join(before), figure, "".join(after))
    left = min(_size(before), max(room - int(room * _AFTER), room - _size(after)))
    return Excerpt(
        _fitting(before[::-1], left, hidden=near[0] > 0, backwards=True),
        figure,
        _fitting(after, room - left, hidden=near[1] < len(line)),
    )


def _spelled(text: str) -> Iterable[str]:
    """Each letter as it is shown: tabs as blanks, and what acts on a terminal as its escape."""
    return [" " * _TAB if char == "\t" else visible(char) for char in text]


def _size(pieces: Iterable[str]) -> int:
    return sum(map(cells, pieces))


def _fitting(
    pieces: Iterable[str], room: int, *, hidden: bool = False, backwards: bool = False
) -> str:
    """As many pieces as there is room for, with dots where some are left out."""
    pieces = list(pieces)
    if hidden or _size(pieces) > room:
        kept, used = [], len(_CUT)
        for piece in pieces:
            used += cells(piece)
            if used > room:
                break
            kept.append(piece)
        pieces = [*kept, _CUT] if room >= len(_CUT) else []
    return "".join(pieces[::-1] if backwards else pieces)
