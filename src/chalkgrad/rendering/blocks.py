"""Wide tables as several, each with the columns that fit side by side."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from chalkgrad.rendering.document import merged
from chalkgrad.rendering.widths import EM, text_em, wide

if TYPE_CHECKING:
    from collections.abc import Sequence

    from chalkgrad.rendering.document import Inline, Table


def inline_width(text: Inline) -> float:
    """About how wide words and mathematics on a line are set, in points."""
    return sum(
        1.15 * EM * text_em(piece) if isinstance(piece, str) else wide(piece)
        for piece in merged(text)
    )


def column_blocks(widths: Sequence[float], measure: float, gap: float) -> list[list[int]]:
    """Columns that fit side by side; the first is repeated in every block, to name the rows.

    >>> column_blocks([10, 30, 30, 30], 100, 5)
    [[0, 1, 2], [0, 3]]
    """
    blocks, used = [[0]] if widths else [], sum(widths[:1]) + gap
    for c in range(1, len(widths)):
        if used + widths[c] + gap > measure and len(blocks[-1]) > 1:
            blocks.append([0])
            used = widths[0] + gap
        blocks[-1].append(c)
        used += widths[c] + gap
    return blocks


def in_blocks(table: Table, widths: Sequence[float], measure: float, gap: float) -> list[Table]:
    """A table of numbers as several that fit; a table with words is left as it is, for words may wrap."""
    if not all(table.numeric) or sum(widths) + gap * len(widths) <= measure:
        return [table]
    return [
        replace(
            table,
            header=tuple(table.header[c] for c in columns),
            rows=tuple(tuple(row[c] for c in columns) for row in table.rows),
            numeric=(True,) * len(columns),
            caption="" if number else table.caption,
        )
        for number, columns in enumerate(column_blocks(widths, measure, gap))
    ]
