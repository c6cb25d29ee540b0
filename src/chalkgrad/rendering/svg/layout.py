"""Where all of a network stands."""

from __future__ import annotations

import math
from itertools import pairwise
from typing import TYPE_CHECKING

from chalkgrad.light import dataclass, replace
from chalkgrad.rendering.svg.runs import Run, number, runs, width

if TYPE_CHECKING:
    from chalkgrad.rendering.document import Diagram, Edge, Node

NAME_PX, VALUE_PX, LABEL_PX = 17, 15, 14
LABEL_HEIGHT, TALL_HEIGHT = 19.0, 23.0
"""Pads without and with superscripts; labels that would touch are left to the tooltips."""


@dataclass(frozen=True, slots=True)
class Label:
    """A text on its pad, by the middle of it; `boxed` pads have an outline (biases, targets)."""

    x: float
    y: float
    line: tuple[Run, ...]
    boxed: bool = False

    @property
    def width(self) -> float:
        """Of the pad."""
        return _pad(self.line)

    @property
    def height(self) -> float:
        """Of the pad."""
        return _tall(self.line)


@dataclass(frozen=True, slots=True)
class Layout:
    """A network placed: `centres` by node, labels, and thin `links` (x1, y1, x2, y2, dashed)."""

    width: float
    height: float
    radius: float
    centres: tuple[tuple[float, float], ...]
    labels: tuple[Label, ...]
    links: tuple[tuple[float, float, float, float, bool], ...]


def layout(diagram: Diagram) -> Layout:
    """Places the nodes in columns and every label where it can be read.

    Neurons of wide layers are drawn further apart until the labels fit; where they never do, the
    labels of that gap are left out.
    """
    if not diagram.nodes:
        return Layout(1, 1, 0, (), (), ())
    placed = [_place(diagram, stretch) for stretch in (1.0, 1.2, 1.45)]
    return next((found for found, all_fit in placed if all_fit), placed[0][0])


def _place(diagram: Diagram, stretch: float) -> tuple[Layout, bool]:
    layers: list[list[int]] = [[] for _ in range(diagram.columns)]
    for index, member in enumerate(diagram.nodes):
        layers[member.layer].append(index)
    widest = max(map(len, layers))
    # Radius and distance by the widest layer, with room for a tag below each neuron.
    radius, pitch = (38.0, 146.0) if widest <= 3 else (30.0, 106.0) if widest <= 8 else (24.0, 78.0)
    inner = widest * pitch * stretch
    centres_y = [0.0] * len(diagram.nodes)
    for members in layers:
        room = min(inner / max(len(members), 1), 215 * stretch)
        for row, index in enumerate(sorted(members, key=lambda i: diagram.nodes[i].row)):
            centres_y[index] = inner / 2 + (row - (len(members) - 1) / 2) * room
    top = 16 - (min(centres_y) - radius)
    centres_y = [y + top for y in centres_y]
    bottom = max(centres_y) + radius + (34 if any(b.node >= 0 for b in diagram.biases) else 16)

    tags = {(b.layer, b.node): (*runs(b.name), *_apart(b.text)) for b in diagram.biases}
    half = [radius] * diagram.columns
    half[0] = max([radius, *(input_half(diagram.nodes[i]) for i in layers[0])])
    for (layer, node), line in tags.items():
        half[layer] = max(half[layer], _pad(line) / 2) if node >= 0 else half[layer]

    by_gap: list[list[Edge]] = [[] for _ in range(diagram.columns)]
    for edge in diagram.edges:
        if edge.text:
            by_gap[diagram.nodes[edge.end].layer].append(edge)
    # With few edges a label is the name and the value; where these do not fit, the value alone.
    full = [[(*runs(e.name), *_apart(e.text)) for e in gap] for gap in by_gap]
    values = [[number(e.text) for e in gap] for gap in by_gap]
    xs = [half[0] + 12]
    for layer in range(1, diagram.columns):
        lines = full[layer] if len(by_gap[layer]) <= 12 else values[layer]
        label = max(map(_pad, lines), default=60.0)
        # Nearer to the sources than to the middle the labels of many edges stand apart.
        share = 2.6 if len(by_gap[layer]) > 6 else 1.35
        room = max(130.0, share * label + 60, min(0.34 * inner, 230.0))
        xs.append(xs[-1] + half[layer - 1] + half[layer] + room)
    centres = tuple((xs[n.layer], y) for n, y in zip(diagram.nodes, centres_y, strict=True))

    labels, fits = [], True
    for layer in range(1, diagram.columns):
        tries = [full[layer], values[layer]] if len(by_gap[layer]) <= 12 else [values[layer]]
        found = (
            _column(by_gap[layer], lines, centres, half[layer - 1], half[layer]) for lines in tries
        )
        spread = next(filter(None, found), [])
        fits = fits and len(spread) == len(by_gap[layer])
        labels += spread
    links: list[tuple[float, float, float, float, bool]] = []
    for (layer, node), line in tags.items():
        if node >= 0:
            x, y = centres[node]
            labels.append(Label(x, y + radius + 3 + _tall(line) / 2, line))
            continue
        x = xs[layer] - (xs[layer] - xs[layer - 1]) * 0.4
        labels.append(Label(x, bottom + 34, line, boxed=True))
        ends = [centres[i] for i in layers[layer] if not diagram.nodes[i].gap]
        links += [(x, bottom + 34, *end, True) for end in ends]
    if any(b.node < 0 for b in diagram.biases):
        bottom += 34 + LABEL_HEIGHT
    right = xs[-1] + half[-1]
    for node, name, text in diagram.targets:
        line = (*runs(name), *_apart(text))
        x, y = centres[node]
        x += radius + 34 + _pad(line) / 2
        labels.append(Label(x, y, line, boxed=True))
        links.append((*centres[node], x, y, False))
        right = max(right, x + _pad(line) / 2)
    return Layout(right + 12, bottom, radius, centres, tuple(labels), tuple(links)), fits


def _apart(text: str) -> tuple[Run, ...]:
    """A number that follows a name: a space, then the number."""
    first, *rest = number(text)
    return (replace(first, shift=0.5), *rest)


def _pad(line: tuple[Run, ...]) -> float:
    return width(line) * LABEL_PX + 10


def _tall(line: tuple[Run, ...]) -> float:
    return TALL_HEIGHT if any(run.rise > 0 for run in line) else LABEL_HEIGHT


def input_half(node: Node) -> float:
    """Half of the width of an input's box."""
    return max(30.0, width(runs(node.name)) * 8.5 + 9, width(number(node.text)) * 7.5 + 9)


def _column(
    edges: list[Edge],
    lines: list[tuple[Run, ...]],
    centres: tuple[tuple[float, float], ...],
    left: float,
    right: float,
) -> list[Label]:
    """The labels of one gap, in a column where the closest are furthest apart; [] if too close."""
    if not edges or len(edges) > 90:
        return []
    half = max(map(_pad, lines)) / 2 + 5
    x1, x2 = centres[edges[0].start][0], centres[edges[0].end][0]
    free = x2 - right - x1 - left
    # Near its ends a gap is a fan of edges, where a label could belong to any.
    low, high = x1 + left + max(half, 0.2 * free), x2 - right - max(half, 0.2 * free)
    height = max(map(_tall, lines))
    useful = 44.0 if len(edges) <= 8 else 34.0 if len(edges) <= 12 else height + 2
    best, best_x, best_ys = -math.inf, low, [0.0]
    for step in range(121):
        share = step / 120
        x = low + (high - low) * share
        u = (x - x1) / (x2 - x1)
        ys = [centres[e.start][1] * (1 - u) + centres[e.end][1] * u for e in edges]
        order = sorted(ys)
        closest = min((b - a for a, b in pairwise(order)), default=useful)
        # Beyond what is useful more distance is worth less than a place nearer to the source.
        score = min(closest, useful) - abs(share - 0.36) * 4
        if score > best:
            best, best_x, best_ys = score, x, ys
    order = sorted(best_ys)
    if any(b - a < height for a, b in pairwise(order)):
        return []
    return [Label(best_x, y, line) for y, line in zip(best_ys, lines, strict=True)]
