"""The network as an `svg` element."""

from __future__ import annotations

import math
from html import escape
from typing import TYPE_CHECKING

from chalkgrad.boxes import Number, to_plain
from chalkgrad.rendering.svg.elements import PAGE, Palette, coordinate, path, svg, text
from chalkgrad.rendering.svg.layout import (
    LABEL_HEIGHT,
    LABEL_PX,
    NAME_PX,
    VALUE_PX,
    input_half,
    layout,
)
from chalkgrad.rendering.svg.runs import Run, number, runs, width

if TYPE_CHECKING:
    from chalkgrad.rendering.document import Diagram, Node


def diagram_svg(diagram: Diagram, palette: Palette = PAGE) -> str:
    """The network as an `svg` element."""
    place, c = layout(diagram), palette
    largest = max((abs(e.value) for e in diagram.edges if math.isfinite(e.value)), default=0.0)
    # In a dense drawing wide edges would hide each other and the labels.
    widest = 6.0 if len(diagram.edges) <= 16 else 4.0 if len(diagram.edges) <= 48 else 2.5
    out = [f'<g fill="none" stroke="{c.rule}" stroke-width="1.3">']
    for x1, y1, x2, y2, dashed in place.links:
        dash = ' stroke-dasharray="5 5"' if dashed else ""
        out.append(f'<path d="{path((x1, y1), (x2, y2))}"{dash}/>')
    out.append('</g><g stroke-linecap="butt" fill="none">')
    for edge in diagram.edges:
        size = min(abs(edge.value) / largest, 1.0) if largest and edge.value == edge.value else 0.0
        colour = c.neg if edge.value < 0 else c.pos if edge.value > 0 else c.rule
        title = escape(f"{to_plain(edge.name)} {to_plain(Number(edge.text))}".strip())
        out.append(
            f'<path d="{path(place.centres[edge.start], place.centres[edge.end])}"'
            f' stroke="{colour}" stroke-width="{1.2 + widest * size:.2f}">'
            f"<title>{title}</title></path>"
        )
    out.append("</g>")
    for node, (x, y) in zip(diagram.nodes, place.centres, strict=True):
        out.append(_gap(node, x, y, c) if node.gap else _node(node, x, y, place.radius, c))
    for label in place.labels:
        stroke = f' stroke="{c.line}"' if label.boxed else ""
        out.append(
            f'<rect x="{coordinate(label.x - label.width / 2)}"'
            f' y="{coordinate(label.y - label.height / 2)}" width="{coordinate(label.width)}"'
            f' height="{coordinate(label.height)}" rx="5"'
            f' fill="{c.well if label.boxed else c.card}"{stroke}/>'
        )
        out.append(
            text(
                label.line,
                label.x,
                label.y + 4.5 + (label.height - LABEL_HEIGHT) / 4,
                LABEL_PX,
                c.ink,
            )
        )
    return svg(diagram.alt, place.width, place.height, out, c)


def _node(node: Node, x: float, y: float, radius: float, c: Palette) -> str:
    outline = f'fill="{c.card}" stroke="{c.rule}" stroke-width="1.5"'
    name = runs(node.name)
    if node.layer == 0:
        half = input_half(node)
        tall = 25 if node.text else 18
        shape = (
            f'<rect x="{coordinate(x - half)}" y="{coordinate(y - tall)}"'
            f' width="{coordinate(2 * half)}" height="{2 * tall}" rx="8" {outline}/>'
        )
        px: float = NAME_PX
    else:
        shape = f'<circle cx="{coordinate(x)}" cy="{coordinate(y)}" r="{radius:g}" {outline}/>'
        # A long name is set smaller to stay inside; below 11 px it could not be read.
        px = max(11, min(NAME_PX, math.floor((2 * radius - 8) / max(width(name), 0.1))))
    texts = text(name, x, y - 4 if node.text else y + 5, px, c.ink)
    if node.text:
        texts += text(number(node.text), x, y + 15, VALUE_PX, c.ink)
    return shape + texts


def _gap(node: Node, x: float, y: float, c: Palette) -> str:
    dots = [
        f'<circle cx="{coordinate(x)}" cy="{coordinate(y + d)}" r="2.4"/>' for d in (-26, -17, -8)
    ]
    words = text((Run(node.text),), x, y + 14, 14, c.muted)
    return f'<g fill="{c.muted}">{"".join(dots)}</g>{words}'
