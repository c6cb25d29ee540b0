"""Lines of mathematics that are no wider than there is room, as TeX."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chalkgrad.boxes import Op, Row
from chalkgrad.rendering import lines as broken
from chalkgrad.tex import to_tex

if TYPE_CHECKING:
    from chalkgrad.boxes import Box


def lines(box: Box, room: float) -> list[str]:
    """Mathematics on one line, or on several that are no wider than the room."""
    full = broken.lines(box, room)
    return [_line(line) for line in full] if len(full) > 1 else [to_tex(full[0])]


def _line(box: Box) -> str:
    """One of several lines; {} keeps the spaces of an operator at its start or its end."""
    items = box.items if isinstance(box, Row) else (box,)
    before = "{}" if items[0] in broken.SIGNS else ""
    return before + to_tex(box) + ("{}" if isinstance(items[-1], Op) else "")
