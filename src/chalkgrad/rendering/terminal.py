"""A document as text for a terminal: folded to the width, coloured where there is colour."""

from __future__ import annotations

import io
import os
import shutil
from typing import TYPE_CHECKING

from chalkgrad.boxes import asciify, to_plain
from chalkgrad.rendering.document import (
    Curve, Diagram, Document, Equation, Equations, Heading, Inline, Note, Part, Prose, Table,
)  # fmt: skip
from chalkgrad.rendering.textdiagram import draw, sparkline

if TYPE_CHECKING:
    from collections.abc import Iterator

NARROWEST = 40
_STYLES = {"title": "bold", "heading": "bold cyan", "value": "bold", "dim": "dim", "mark": "yellow"}


def to_text(
    document: Document, *, width: int = 80, ascii_only: bool = False, colour: bool = False
) -> str:
    """A document as text of at most `width` columns (at least 40).

    Args:
        document: what to show.
        width: columns.
        ascii_only: letters and signs in ASCII alone.
        colour: whether to add the escape codes of a terminal.
    """
    width = max(width, NARROWEST)
    pieces: list[list[tuple[str, str]]] = [[(document.title, "title")]]
    pieces += [[(line, "dim")] for line in _fold(document.subtitle, width, 0)]
    for part in document.parts:
        pieces += _part(part, width, ascii_only=ascii_only)
    if ascii_only:
        pieces = [[(asciify(text), style) for text, style in line] for line in pieces]
    if not colour:
        return "\n".join("".join(text for text, _ in line).rstrip() for line in pieces) + "\n"
    return _coloured(pieces, width)


def _coloured(pieces: list[list[tuple[str, str]]], width: int) -> str:
    from rich.console import Console  # noqa: PLC0415  30 ms that plain text need not pay
    from rich.text import Text  # noqa: PLC0415

    out = io.StringIO()
    console = Console(file=out, force_terminal=True, width=width + 1, highlight=False)
    for line in pieces:
        console.print(Text.assemble(*((t, _STYLES.get(s, "")) for t, s in line)), soft_wrap=True)
    return out.getvalue()


def terminal_width() -> int:
    """Columns of the terminal, at most 120, so that lines stay readable."""
    return min(shutil.get_terminal_size((80, 24)).columns, 120)


def wants_colour(*, terminal: bool) -> bool:
    """Whether to colour: on a terminal, unless ``NO_COLOR`` is set and not empty."""
    return terminal and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"


def _part(part: Part, width: int, *, ascii_only: bool) -> Iterator[list[tuple[str, str]]]:
    match part:
        case Heading(level, text, _):
            yield []
            yield [(text, "heading")]
            if level == 1:
                yield [("─" * min(len(text), width), "heading")]
        case Prose(text):
            for line in _fold(_inline(text), width, 0, hang=2):
                yield [(line, "")]
        case Note(text, kind):
            yield []
            lead = "Note: " if kind == "note" else "Warning: "
            for line in _fold(lead + _inline(text), width, 0, hang=len(lead)):
                yield [(line, "dim" if kind == "note" else "mark")]
        case Equations(items):
            yield []
            for item in items:
                yield from _equation(item, width)
        case Table():
            yield []
            yield from ([(line, "")] for line in _table(part, width))
        case Diagram():
            yield []
            yield from ([(line, "")] for line in draw(part, width, ascii_only=ascii_only))
        case Curve(_, ys):
            label = f"{part.y_label}: "
            line = sparkline(ys, width - len(label) - 2, ascii_only=ascii_only)
            yield []
            yield [(label, "dim"), (line, "value")]


def _inline(text: Inline) -> str:
    return "".join(item if isinstance(item, str) else to_plain(item) for item in text)


def _equation(item: Equation, width: int) -> Iterator[list[tuple[str, str]]]:
    left = to_plain(item.left)
    indent = len(left) + 3 if len(left) + 3 <= width // 2 else 6
    if item.words:
        yield [(f"  {item.words}", "dim")]
    first = True
    for k, step in enumerate(item.steps):
        last = k == len(item.steps) - 1
        lines = _fold(to_plain(step), width - 2, indent, hang=indent + 2)
        for n, line in enumerate(lines):
            body = line[indent:]
            if n:
                yield [("  " + line, "")]
                continue
            if first:
                if indent == len(left) + 3:
                    lead = f"  {left} = "
                else:
                    yield [(f"  {left}", "")]
                    lead = "  " + " " * (indent - 2) + "= "
            else:
                lead = "  " + " " * (indent - 2) + "= "
            first = False
            yield [(lead, ""), (body, "value" if last else ""), (" †" if last and item.marked else "", "mark")]
    return


def _fold(text: str, width: int, indent: int, hang: int | None = None) -> list[str]:
    """Text in lines of at most `width`, broken at spaces; later lines are indented by `hang`."""
    hang = indent if hang is None else hang
    lines, line = [], " " * indent
    empty = True
    for raw in text.replace("\n", " ").split(" "):
        words = [raw]
        room = width - max(hang, indent)
        if len(raw) > room > 0:  # a word that fits on no line is cut
            words = [raw[k : k + room] for k in range(0, len(raw), room)]
        for word in words:
            if not empty and len(line) + 1 + len(word) > width:
                lines.append(line.rstrip())
                line, empty = " " * hang, True
            line += word if empty else f" {word}"
            empty = False
    lines.append(line.rstrip())
    return lines


def _table(table: Table, width: int) -> Iterator[str]:
    rows = [[_inline(cell) for cell in row] for row in (table.header, *table.rows)]
    widths = [max(len(row[k]) for row in rows) for k in range(len(table.header))]
    spare = width - 2 - sum(widths) - 3 * (len(widths) - 1)
    if spare < 0:
        widest = widths.index(max(widths))
        widths[widest] = max(8, widths[widest] + spare)
    if table.caption:
        yield f"  {table.caption}"
    for n, row in enumerate(rows):
        cells = [
            (cell if len(cell) <= w else cell[: w - 1] + "…").rjust(w)
            if numeric
            else (cell if len(cell) <= w else cell[: w - 1] + "…").ljust(w)
            for cell, w, numeric in zip(row, widths, table.numeric, strict=True)
        ]
        yield "  " + "   ".join(cells).rstrip()
        if n == 0:
            yield "  " + "   ".join("─" * w for w in widths)
