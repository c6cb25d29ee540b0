"""A document as text for a terminal: folded to the width, coloured where there is colour."""

from __future__ import annotations

import io
import os
import shutil
from itertools import zip_longest
from typing import TYPE_CHECKING

from chalkgrad.boxes import asciify, to_plain
from chalkgrad.rendering.blocks import in_blocks
from chalkgrad.rendering.document import (
    Curve,
    Diagram,
    Document,
    Equation,
    Equations,
    Heading,
    Inline,
    Note,
    Part,
    Prose,
    Says,
    Table,
)
from chalkgrad.rendering.points import sparkline
from chalkgrad.rendering.textdiagram import draw

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from chalkgrad.boxes import Box

    Spell = Callable[[str | Box], str]

NARROWEST = 40
_NARROW = 8
"""A column of a table is made no narrower than this."""
_FIRM = "\u00a0"
"""A space at which no line is broken."""
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

    def spell(item: str | Box) -> str:
        # in ASCII a letter may become a word: it must be measured as it will be printed
        text = item if isinstance(item, str) else to_plain(item)
        return asciify(text) if ascii_only else text

    pieces: list[list[tuple[str, str]]] = [
        [(line, "title")] for line in _fold(document.title, width)
    ]
    subtitle = document.subtitle.replace(" · ", f"{_FIRM}· ")
    pieces += [[(line, "dim")] for line in _fold(subtitle, width)]
    before: Part | None = None
    for part in document.parts:
        if isinstance(part, Prose) and not isinstance(before, Heading | Prose | None):
            pieces.append([])
        pieces += _part(part, width, document.says, spell, ascii_only=ascii_only)
        before = part
    clean = asciify if ascii_only else str
    pieces = [[(clean(text.replace(_FIRM, " ")), style) for text, style in line] for line in pieces]
    if not colour:
        return "\n".join("".join(text for text, _ in line).rstrip() for line in pieces) + "\n"
    return _coloured(pieces, width)


def _coloured(pieces: list[list[tuple[str, str]]], width: int) -> str:
    from rich.console import Console
    from rich.text import Text

    out = io.StringIO()
    console = Console(file=out, force_terminal=True, width=width + 1, highlight=False)
    for line in pieces:
        console.print(Text.assemble(*((t, _STYLES.get(s, "")) for t, s in line)), soft_wrap=True)
    return out.getvalue()


def text_width(*, terminal: bool) -> int:
    """Columns of a line: those of the terminal, at most 120, so that lines stay readable; 80 elsewhere."""
    return min(shutil.get_terminal_size((80, 24)).columns, 120) if terminal else 80


def wants_colour(*, terminal: bool) -> bool:
    """Whether to colour: on a terminal, unless ``NO_COLOR`` is set and not empty."""
    return terminal and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"


def _part(
    part: Part, width: int, says: Says, spell: Spell, *, ascii_only: bool
) -> Iterator[list[tuple[str, str]]]:
    match part:
        case Heading(level, text, _):
            yield []
            yield [(text, "heading")]
            if level == 1:
                yield [("─" * min(len(text), width), "heading")]
        case Prose(text):
            for line in _fold(_inline(text, spell), width, hang=2):
                yield [(line, "")]
        case Note(text, kind):
            yield []
            lead = f"{says('warning' if kind == 'warning' else 'note')}: "
            for line in _fold(lead + _inline(text, spell), width, hang=len(lead)):
                yield [(line, "dim" if kind == "note" else "mark")]
        case Equations(items):
            yield []
            for item in items:
                yield from _equation(item, width, spell)
        case Table():
            yield []
            yield from ([(line, "")] for line in _table(part, width, spell))
        case Diagram():
            yield []
            yield from ([(line, "")] for line in draw(part, width, ascii_only, says))
        case Curve(_, ys):
            label = f"{part.y_label}: "
            line = sparkline(ys, width - len(label) - 2, ascii_only=ascii_only)
            yield []
            yield [(label, "dim"), (line, "value")]


def _inline(text: Inline, spell: Spell) -> str:
    words = []
    for item in text:
        firm = not isinstance(item, str) or item == " = "
        words.append(spell(item).replace(" ", _FIRM) if firm else spell(item))
    return "".join(words)


def _equation(item: Equation, width: int, spell: Spell) -> Iterator[list[tuple[str, str]]]:
    left = spell(item.left)
    indent = len(left) + 3 if len(left) + 3 <= width // 2 else 6
    if item.words:
        yield [(f"  {item.words}", "dim")]
    first = True
    for k, step in enumerate(item.steps):
        last = k == len(item.steps) - 1
        lines = _fold(spell(step), width - 4, indent, hang=indent + 2)
        for n, line in enumerate(lines):
            body = line[indent:]
            mark = " †" if last and item.marked and n == len(lines) - 1 else ""
            if n:
                yield [("  " + line, ""), (mark, "mark")]
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
            yield [
                (lead, ""),
                (body, "value" if last else ""),
                (mark, "mark"),
            ]


def _fold(text: str, width: int, indent: int = 0, hang: int | None = None) -> list[str]:
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


def _table(table: Table, width: int, spell: Spell) -> Iterator[str]:
    """Rows side by side; where they are too wide, the widest column goes on in lines below."""
    rows = [[_inline(cell, spell) for cell in row] for row in (table.header, *table.rows)]
    widths = [max(len(row[k]) for row in rows) for k in range(len(table.header))]
    several = in_blocks(table, widths, width + 1, 3)
    if len(several) > 1:
        for k, each in enumerate(several):
            yield from [""] if k else []
            yield from _table(each, width, spell)
        return
    spare = width - 2 - sum(widths) - 3 * (len(widths) - 1)
    while spare < 0 and max(widths) > _NARROW:
        widest = widths.index(max(widths))
        less = min(-spare, max(1, widths[widest] - max((_NARROW, *sorted(widths)[:-1]))))
        widths[widest] -= less
        spare += less
    if table.caption:
        yield f"  {table.caption}"
    for n, row in enumerate(rows):
        cells = [
            _fold(cell.replace(_FIRM, " "), w, hang=0 if numeric else 2)
            if len(cell) > w
            else [cell]
            for cell, w, numeric in zip(row, widths, table.numeric, strict=True)
        ]
        for line in zip_longest(*cells, fillvalue=""):
            sides = zip(line, widths, table.numeric, strict=True)
            yield (
                "  "
                + "   ".join(
                    text.rjust(w) if numeric else text.ljust(w) for text, w, numeric in sides
                ).rstrip()
            )
        if n == 0:
            yield "  " + "   ".join("─" * w for w in widths)
