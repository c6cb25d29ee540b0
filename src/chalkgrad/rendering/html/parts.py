"""Each part of a document as elements."""

from __future__ import annotations

import re
from html import escape
from typing import TYPE_CHECKING

from chalkgrad.boxes import Box, Number
from chalkgrad.mathml import to_mathml
from chalkgrad.rendering.document import (
    Curve,
    Diagram,
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
from chalkgrad.rendering.html.equations import equation
from chalkgrad.rendering.svg import curve_svg, diagram_svg

if TYPE_CHECKING:
    from collections.abc import Iterator


def lower(part: Part, ids: Iterator[str] | None, says: Says) -> str:
    """One part; `ids` gives each equation its anchor, or there are none."""
    match part:
        case Heading(level, text, anchor):
            tag = f"h{min(max(level, 1), 3) + 1}"
            own = f' id="{escape(anchor)}"' if ids else ""
            return f"<{tag}{own}>{escape(text)}</{tag}>\n"
        case Prose(text):
            return f"<p>{inline(text)}</p>\n"
        case Equations(items):
            body = "".join(equation(item, next(ids) if ids else "", says) for item in items)
            return f'<div class="eqs">\n{body}</div>\n'
        case Table():
            return _table(part, says)
        case Note(text, kind):
            kind = "warning" if kind == "warning" else "note"
            return (
                f'<div class="note {kind}" role="note"><p><strong>{escape(says(kind))}.</strong>'
                f" {inline(text)}</p></div>\n"
            )
        case Diagram():
            if not part.nodes:
                return ""
            return _figure(diagram_svg(part), says("page_drawing"), _legend(part, says))
        case Curve():
            return _figure(curve_svg(part), says("page_curve"), "")


def inline(text: Inline) -> str:
    """Words and mathematics on a line."""
    return "".join(
        escape(piece) if isinstance(piece, str) else f"<math>{to_mathml(piece)}</math>"
        for piece in merged(text)
    )


def _table(table: Table, says: Says) -> str:
    numeric = [*table.numeric, *[False] * (len(table.header) - len(table.numeric))]
    label = escape(table.caption or says("page_table"))
    out = [f'<div class="scroll" tabindex="0" role="group" aria-label="{label}">\n']
    # what is filled in by hand has room for it
    out.append('<table class="room">\n' if table.room else "<table>\n")
    if table.caption:
        out.append(f"<caption>{escape(table.caption)}</caption>\n")
    out.append("<thead><tr>")
    for cell, number in zip(table.header, numeric, strict=False):
        # A header without words is no header for those who listen.
        tag = 'th scope="col"' if any(cell) else "td"
        out.append(f"<{tag}{_NUM if number else ''}>{inline(cell)}</{tag[:2]}>")
    out.append("</tr></thead>\n<tbody>\n")
    for row in table.rows:
        out.append("<tr>")
        for column, cell in enumerate(row):
            number = column < len(numeric) and numeric[column]
            tag = "td" if column or number else 'th scope="row"'
            body = "".join(map(_numeral, cell)) if number else inline(cell)
            out.append(f"<{tag}{_NUM if number else ''}>{body}</{tag[:2]}>")
        out.append("</tr>\n")
    out.append("</tbody>\n</table>\n</div>\n")
    return "".join(out)


_NUM = ' class="num"'


def _numeral(piece: str | Box) -> str:
    """A cell's number with a real minus and power of ten, if it is one; else as it is."""
    if isinstance(piece, str) and re.fullmatch(r"-?[0-9.]+(e[+-]?[0-9]+)?", piece):
        return inline((Number(piece),)) if "e" in piece else piece.replace("-", "−")
    return inline((piece,))


def _figure(svg: str, label: str, caption: str) -> str:
    caption = f"<figcaption>{caption}</figcaption>" if caption else ""
    return (
        '<figure class="drawing">\n'
        f'<div class="scroll" tabindex="0" role="group" aria-label="{escape(label)}">'
        f"{svg}</div>\n{caption}</figure>\n"
    )


def _legend(diagram: Diagram, says: Says) -> str:
    """What the colours and widths mean, as far as they occur."""
    found = {
        "positive": any(edge.value > 0 for edge in diagram.edges),
        "negative": any(edge.value < 0 for edge in diagram.edges),
        "bias": any(bias.node < 0 for bias in diagram.biases),
    }
    keys = [
        f'<span class="key {key}"></span>{escape(says(f"legend_{key}"))}'
        for key, there in found.items()
        if there
    ]
    keys += [escape(says("legend_width"))] if keys else []
    return " ".join(f"<span>{words}</span>" for words in keys)
