"""Where the network stands: layers as columns of discs, a label on each edge."""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

from chalkgrad.boxes import Box, to_plain
from chalkgrad.rendering.latex.drawing import Disc, Drawing, Label, Point, Shape, Stroke
from chalkgrad.rendering.latex.words import number, words
from chalkgrad.rendering.widths import EM, SMALL, text_em, wide
from chalkgrad.tex import to_tex

if TYPE_CHECKING:
    from collections.abc import Iterator

    from chalkgrad.rendering.document import Diagram, Edge

_NAMED_EDGES = 6  # between two layers; more would hide each other


@dataclass(frozen=True, slots=True)
class _Layout:
    """Where the nodes stand: in columns, `gap` apart; edges are `named` if there are few."""

    places: tuple[Point, ...]
    gap: float
    radius: float
    width: float
    height: float
    named: bool


def network(diagram: Diagram, width: float) -> Drawing:
    """Layers as columns of discs; dotted lines are negative weights, thick ones are large."""
    layout = _placed(diagram, width)
    largest = max((abs(e.value) for e in diagram.edges if math.isfinite(e.value)), default=0.0)
    shapes: list[Shape] = []
    taken: list[Point] = []
    for edge in diagram.edges:
        start, end = layout.places[edge.start], layout.places[edge.end]
        rim = layout.radius / (math.dist(start, end) or 1.0)
        known = math.isfinite(edge.value) and largest > 0
        thick = 0.4 + (1.1 * abs(edge.value) / largest if known else 0.0)
        spans = [(rim, 1 - rim)]
        if edge.text:
            tex, half = _edge_text(edge, layout.gap if layout.named else 0.0)
            share = _free_share(diagram, layout, edge, half, taken)
            at = _along(start, end, share)
            taken.append(at)
            shapes.append(Label(at, tex))
            # the line stops at its label, sideways or above, whichever it meets first
            run, rise = abs(end[0] - start[0]) or 1e-9, abs(end[1] - start[1]) or 1e-9
            hole = min((half + 2) / run, 6.0 / rise)
            spans = [(rim, share - hole), (share + hole, 1 - rim)]
        tone = "red!60!black" if edge.value < 0 else "blue!60!black"
        shapes[:0] = [
            Stroke((_along(start, end, a), _along(start, end, b)), thick, edge.value < 0, tone)
            for a, b in spans
            if b > a
        ]
    for k in range(len(diagram.nodes)):
        shapes += _node(diagram, layout, k)
    for tag in diagram.biases:
        if tag.node == -1:
            column = [
                p for p, n in zip(layout.places, diagram.nodes, strict=True) if n.layer == tag.layer
            ]
            low = min(column, key=lambda place: place[1])
            shapes.append(
                Label((low[0], low[1] - layout.radius - 2), _equals(tag.name, tag.text), "t")
            )
    return Drawing(layout.width, layout.height, tuple(shapes))


def _placed(diagram: Diagram, width: float) -> _Layout:
    tallest = max(diagram.rows(layer) for layer in range(diagram.columns))
    step = min(68.0, 480.0 / tallest)
    ends = max(
        (SMALL * wide(name) + 4.5 * len(text) for _, name, text in diagram.targets), default=-40.0
    )
    margin = 24.0
    free = width - 2 * margin - ends - 40
    gap = min(150.0, max(free / max(1, diagram.columns - 1), 20.0))
    radius = min(16.0, 0.3 * step, 0.3 * gap)
    height = (tallest - 1) * step + 2 * radius + 30
    middle = height - radius - 14 - (tallest - 1) * step / 2
    places = tuple(
        (margin + node.layer * gap, middle + ((diagram.rows(node.layer) - 1) / 2 - node.row) * step)
        for node in diagram.nodes
    )
    sizes = [diagram.rows(layer) for layer in range(diagram.columns)]
    named = all(a * b <= _NAMED_EDGES for a, b in pairwise(sizes))
    whole = 2 * margin + gap * (diagram.columns - 1) + ends + 40
    return _Layout(places, gap, radius, whole, height, named)


def _node(diagram: Diagram, layout: _Layout, k: int) -> Iterator[Shape]:
    """A disc with name and number, above and below it if they do not fit; bias and target."""
    node, (x, y), radius = diagram.nodes[k], layout.places[k], layout.radius
    room = 2 * radius - 3
    if not node.gap:
        yield Disc((x, y), radius)
    name_fits = SMALL * wide(node.name) <= room or node.gap
    number_fits = 4.3 * len(node.text) <= room and not node.gap
    lift = 4.5 if node.text and name_fits and number_fits else 0.0
    if name_fits:
        yield Label((x, y + lift), f"${to_tex(node.name)}$", "n")
    else:
        yield Label((x, y + radius + 2), _clipped(node.name, layout.gap), "b")
    below = []
    if node.text and number_fits:
        yield Label((x, y - lift), number(node.text), "n")
    elif node.text:
        below.append(number(node.text[:24]))
    below += [_equals(tag.name, tag.text) for tag in diagram.biases if tag.node == k]
    for line, text in enumerate(below):
        yield Label((x, y - radius - 2 - 9 * line), text, "t")
    for end, name, text in diagram.targets:
        if end == k:
            yield Label((x + radius + 4, y), rf"$\to$ {_equals(name, text)}", "l")


def _equals(name: Box, text: str) -> str:
    return f"${to_tex(name)} = {{}}${number(text)}" if text else f"${to_tex(name)}$"


def _clipped(name: Box, room: float) -> str:
    """A name, or as many letters of it as there is room for."""
    if SMALL * wide(name) <= room:
        return f"${to_tex(name)}$"
    text = to_plain(name)
    while text and SMALL * EM * text_em(text) > room - 10:
        text = text[:-1]
    return words(text) + r"\ldots{}"


def _edge_text(edge: Edge, gap: float) -> tuple[str, float]:
    """A number, with its name where there is room, and half of its width."""
    width = 4.5 * len(edge.text)
    named = width + SMALL * wide(edge.name) + 4
    if named > 0.45 * gap:
        return number(edge.text), width / 2
    return rf"${to_tex(edge.name)}$\,\ {number(edge.text)}", named / 2


def _free_share(
    diagram: Diagram, layout: _Layout, edge: Edge, half: float, taken: list[Point]
) -> float:
    """How far along its edge a label meets the fewest labels and edges."""
    start, end = layout.places[edge.start], layout.places[edge.end]
    others = [
        (layout.places[e.start], layout.places[e.end]) for e in diagram.edges if e is not edge
    ]

    def cost(share: float) -> float:
        x, y = _along(start, end, share)
        near = sum(abs(x - u) < 2 * half + 3 and abs(y - v) < 10 for u, v in taken)
        hidden = max(0.0, layout.radius + half + 3 - min(x - start[0], end[0] - x))
        crossed = sum(
            abs(_height_at(a, b, x + side) - y) < 6
            for a, b in others
            for side in (-half, 0.0, half)
            if a[0] < x + side < b[0]
        )
        return 10.0 * near + 30.0 * (hidden > 0) + hidden + crossed + abs(share - 0.34)

    return min((0.26, 0.3, 0.34, 0.38, 0.42, 0.5, 0.6, 0.66, 0.72), key=cost)


def _along(start: Point, end: Point, share: float) -> Point:
    return (start[0] + share * (end[0] - start[0]), start[1] + share * (end[1] - start[1]))


def _height_at(start: Point, end: Point, x: float) -> float:
    return start[1] + (end[1] - start[1]) * (x - start[0]) / (end[0] - start[0])
