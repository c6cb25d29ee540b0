"""Each part of a document as Typst."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chalkgrad.boxes import Box, Frac, Number, Row, to_plain
from chalkgrad.rendering.blocks import in_blocks, inline_width
from chalkgrad.rendering.document import (
    NUMBER,
    Curve,
    Diagram,
    Equation,
    Equations,
    Heading,
    Inline,
    Note,
    Part,
    Prose,
    Says,
    Table,
    merged,
)
from chalkgrad.rendering.lines import bends, lines
from chalkgrad.rendering.svg import to_svg
from chalkgrad.rendering.widths import EM, high, wide
from chalkgrad.typst_math import quoted, to_typst

if TYPE_CHECKING:
    from collections.abc import Iterator

_WIDEST = 16.8
"""Centimetres of text on A4 between the margins; a drawing is no wider."""
_PIXELS = 96 / 2.54
_MEASURE = _WIDEST / 2.54 * 72.27 * EM / 10.5
"""The same in points, if our letters were as large as those that widths are estimated for."""
_TOGETHER = 8
"""Lines of text that an equation is high; a higher one may be divided by a page."""


def lower(part: Part, says: Says) -> str:
    """One part; a heading has the level that it has on the page."""
    match part:
        case Heading(level, text):
            return f"#heading(level: {level}, {quoted(text)})"
        case Prose(text):
            return f"#par[{inline(text)}]"
        case Note(text, kind):
            word = says("warning" if kind == "warning" else "note")
            return f"#remark({quoted(word)})[{inline(text)}]"
        case Equations(items):
            return "\n".join(line for item in items for line in _equation(item))
        case Table():
            widths = [
                max(inline_width(row[c]) for row in (part.header, *part.rows))
                for c in range(len(part.header))
            ]
            return "\n".join(map(_table, in_blocks(part, widths, _MEASURE, 12.0)))
        case Diagram() | Curve():
            return _drawing(part) if not isinstance(part, Diagram) or part.nodes else ""


def inline(text: Inline) -> str:
    """Words and mathematics on a line."""
    return "".join(
        f"#{quoted(piece)}" if isinstance(piece, str) else _math(piece) for piece in merged(text)
    )


def _math(box: Box, before: str = "") -> str:
    """Mathematics within a line, with its plain text for those who listen."""
    alt = (before + to_plain(box)).strip()
    return f"#math.equation(alt: {quoted(alt)}, ${before}{to_typst(box)}$)"


def _equation(item: Equation) -> Iterator[str]:
    """One chain of equalities, each on a line of its own under the first equals sign."""
    if item.words:
        yield f"#par[#{quoted(item.words)}]"
    room = _MEASURE - wide(item.left) - 4 * EM
    steps, height = [], 0
    for k, step in enumerate(item.steps):
        mark = " attach(, t: dagger)" if item.marked and k == len(item.steps) - 1 else ""
        # a line of numbers breaks by itself; a matrix must be cut
        full = [step] if bends(step, room) else lines(step, room)
        pieces = []
        for n, line in enumerate(full):
            equals, dagger = "" if n else "= ", mark if line is full[-1] else ""
            alt = quoted(f"{equals}{to_plain(line)}")
            pieces.append(f"eq({alt}, ${equals}{to_typst(line)}{dagger}$)")
            height += max(1, high(line) - 1)
        steps.append(f"({', '.join(pieces)})" if len(pieces) > 1 else pieces[0])
    left = f"eq({quoted(to_plain(item.left))}, ${to_typst(item.left)}$)"
    together = "" if height <= _TOGETHER else "together: false, "
    yield f"#chain({together}{', '.join([left, *steps])})"


def _table(table: Table) -> str:
    numeric = [*table.numeric, *[False] * (len(table.header) - len(table.numeric))]
    aligns = ", ".join("right" if number else "left" for number in numeric)
    head = ", ".join(f"[*{inline(cell)}*]" if any(cell) else "[]" for cell in table.header)
    rows = "".join(
        "  " + ", ".join(f"[{_cell(cell, numeric[c], c)}]" for c, cell in enumerate(row)) + ",\n"
        for row in table.rows
    )
    columns, lines = str(len(table.header)), ""
    pieces = [piece for row in table.rows for cell in row for piece in cell]
    if not all(isinstance(piece, str | Number) for piece in pieces):
        # of fractions and indices a part stands beyond the line that they are on
        aligns = ", ".join(f"{'right' if number else 'left'} + horizon" for number in numeric)
        lines = "  inset: (x: 6pt, y: 6.5pt),\n"
    if table.room:
        wide = ["auto"] * (len(table.header) - 2) + ["1fr", "3.4cm"]
        high = f"(auto, {', '.join([f'{table.room}cm'] * len(table.rows))},)"
        columns = f"({', '.join(wide[-len(table.header) :])},), rows: {high}"
        lines += "  stroke: (x, y) => (bottom: 0.3pt + luma(170), left: if x > 0 { 0.3pt + luma(170) }),\n"
    body = (
        f"#table(\n  columns: {columns}, align: ({aligns},),\n{lines}"
        f"  table.hline(stroke: 0.6pt),\n  table.header({head},),\n  table.hline(stroke: 0.4pt),\n"
        f"{rows}  table.hline(stroke: 0.6pt),\n)"
    )
    if not table.caption:
        return body
    return f'#block(sticky: true, text(style: "italic", {quoted(table.caption)}))\n{body}'


def _cell(cell: Inline, numeric: bool, column: int) -> str:
    if numeric and len(cell) == 1 and isinstance(cell[0], str) and NUMBER.fullmatch(cell[0]):
        return _math(Row((Number(cell[0]),)))
    if column and len(cell) == 1 and isinstance(cell[0], Row | Frac):
        # a formula beside the name of its row has room for whole fractions
        return f"#math.equation(alt: {quoted(to_plain(cell[0]))}, $display({to_typst(cell[0])})$)"
    return inline(cell)


def _drawing(part: Diagram | Curve) -> str:
    svg = to_svg(part)
    pixels = float(svg.partition(' width="')[2].partition('"')[0])
    width = min(pixels / _PIXELS, _WIDEST)
    return (
        f'#align(center, image(bytes({quoted(svg)}), format: "svg", width: {width:.2f}cm,'
        f" alt: {quoted(part.alt)}))"
    )
