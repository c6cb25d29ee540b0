"""Tables, in parts that fit on a page."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from chalkgrad.boxes import Number
from chalkgrad.rendering.blocks import column_blocks, inline_width
from chalkgrad.rendering.latex.words import inline, words
from chalkgrad.rendering.widths import EM

if TYPE_CHECKING:
    from chalkgrad.rendering.document import Inline, Says, Table

_ROWS_PER_PAGE = 35.0
_STRETCH = 1.15
_CM = 72.27 / 2.54
_LINE = 15.6
"""Points from a row of one line to the next."""
_ANSWER = 3.4 * _CM
"""Points of the last column of a table that is filled in by hand."""


def table(whole: Table, measure: float, says: Says) -> str:
    """One `tabular` for some thirty-five rows, and side by side only the columns that fit."""
    natural = [
        max(
            [inline_width(row[c]) for row in (whole.header, *whole.rows) if c < len(row)],
            default=0.0,
        )
        for c in range(len(whole.header))
    ]
    # columns of words wrap; numbers do not
    widest = [
        w if numeric else min(w, 0.45 * measure)
        for w, numeric in zip(natural, whole.numeric, strict=False)
    ]
    if whole.room:
        rest = sum(widest[:-2]) + _ANSWER + 1.2 * EM * len(widest)
        widest[-2:] = [measure - rest, _ANSWER]
    wraps = {c: w for c, w in enumerate(widest) if w < natural[c]}
    caption = words(whole.caption)
    parts: list[str] = []
    for columns in column_blocks(widest, measure, EM):
        spec = ("|" if whole.room else "").join(
            "r"
            if whole.numeric[c]
            else "l"
            if widest[c] == natural[c]
            else f"p{{{widest[c]:.0f}pt}}"
            for c in columns
        )
        for rows in _row_blocks(whole, wraps):
            head = words(says("continued", caption=whole.caption)) if caption and parts else caption
            parts.append(_tabular(whole, columns, rows, spec, head))
    return "\n\n".join(parts)


def _row_blocks(table: Table, wraps: dict[int, float]) -> list[tuple[tuple[Inline, ...], ...]]:
    """Rows in blocks of about one height that fit on a page; `wraps` has widths of columns."""

    def height(row: tuple[Inline, ...]) -> float:
        if table.room:
            return table.room * _CM / _LINE
        lines = [
            math.ceil(1.15 * inline_width(row[c]) / w) for c, w in wraps.items() if c < len(row)
        ]
        fraction = any(r"\frac" in inline(cell) for cell in row)
        return max([1, *lines]) * _stretch(table) / _STRETCH + 0.5 * fraction

    heights = list(map(height, table.rows))
    most = sum(heights) / max(1, math.ceil(sum(heights) / _ROWS_PER_PAGE))
    blocks: list[list[tuple[Inline, ...]]] = [[]]
    used = 0.0
    for row, high in zip(table.rows, heights, strict=True):
        if blocks[-1] and used + high > most + 0.5:
            blocks.append([])
            used = 0.0
        blocks[-1].append(row)
        used += high
    return [tuple(block) for block in blocks]


def _stretch(table: Table) -> float:
    """How far apart the rows stand: further where formulas in them have indices and fractions."""
    pieces = (piece for row in table.rows for cell in row for piece in cell)
    return _STRETCH if all(isinstance(piece, str | Number) for piece in pieces) else 1.45


def _tabular(
    table: Table, columns: list[int], rows: tuple[tuple[Inline, ...], ...], spec: str, caption: str
) -> str:
    def line(row: tuple[Inline, ...], bold: bool = False) -> str:
        cells = [inline(row[c]) if c < len(row) else "" for c in columns]
        return " & ".join(rf"\textbf{{{cell}}}" if bold and cell else cell for cell in cells)

    strut = rf"\rule[-{0.4 * table.room:g}cm]{{0pt}}{{{table.room:g}cm}}" if table.room else ""
    below = r"\hline" if table.room else "[0pt]"
    lines = (
        rf"\begin{{center}}\renewcommand{{\arraystretch}}{{{_stretch(table)}}}",
        rf"{{\itshape {caption}\par\nobreak}}" if caption else "",
        rf"\begin{{tabular}}{{{spec}}}\hline",
        rf"{line(table.header, bold=True)}\tabularnewline\hline",
        # the length after a row keeps a cell that begins with a bracket from being read as one
        *(rf"{strut}{line(row)}\tabularnewline{below}" for row in rows),
        r"\end{tabular}" if table.room else r"\hline\end{tabular}",
        r"\end{center}",
    )
    return "\n".join(filter(None, lines))
