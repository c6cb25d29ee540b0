"""SVG drawings: the network with its weights on the edges, and a curve over a count.

Inside a page the colours are the page's variables, so that a drawing follows day and night; on its
own (`to_svg`) it carries fixed ones. A drawing is as wide as it needs; where the room is narrower
it scrolls, so that its text can be read.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass, replace
from html import escape
from itertools import pairwise

from chalkgrad.boxes import (
    GREEK,
    SIGNS,
    Box,
    Fence,
    Frac,
    Id,
    Named,
    Number,
    Op,
    Row,
    Script,
    Words,
    to_plain,
)
from chalkgrad.rendering.document import Curve, Diagram, Edge, Node

# What neither XML nor HTML may hold: control characters, halves of surrogate pairs, non-characters.
_ILLEGAL = re.compile(
    "[^\t\n\r\x20-\x7e\xa0-\ud7ff\ue000-\ufdcf\ufdf0-\ufffd\U00010000-\U0010ffff]"
)


def legal(text: str) -> str:
    r"""A text without the characters that no page may hold; a replacement sign stands for each.

    >>> legal("a\x00b")
    'a�b'
    """
    return _ILLEGAL.sub("\ufffd", text)


@dataclass(frozen=True, slots=True)
class Palette:
    """Colours and the font of a drawing, as values of SVG attributes."""

    ink: str
    muted: str
    card: str
    well: str
    line: str
    rule: str
    pos: str
    neg: str
    num: str


PAGE = Palette(*(f"var(--{name})" for name in Palette.__slots__))
DAY = Palette(
    ink="#1c211f",
    muted="#565e5a",
    card="#ffffff",
    well="#f3f1ea",
    line="#dcd8cc",
    rule="#8a8f86",
    pos="#1b5ea6",
    neg="#b04a00",
    num="'STIX Two Math', 'STIX Two Text', Cambria, Georgia, serif",
)


# ---------------------------------------------------------------- mathematics on a line of SVG text
@dataclass(frozen=True, slots=True)
class Run:
    """Letters set alike; `size`, `rise` and the `shift` before them in em of their line."""

    text: str
    slanted: bool = False
    size: float = 1.0
    rise: float = 0.0
    shift: float = 0.0


def runs(box: Box, size: float = 1.0, rise: float = 0.0) -> tuple[Run, ...]:
    """A box as runs of letters; what needs two dimensions falls back to plain text."""
    match box:
        case Id(text):
            text = GREEK.get(text, text)
            return (Run(text, len(text) == 1 and text.isalpha(), size, rise),)
        case Number(text):
            return _number(text, size, rise)
        case Op(text):
            sign = SIGNS[text]
            spaced = sign.spaced and size == 1.0
            return (Run(f"\u2009{sign.text}\u2009" if spaced else sign.text, False, size, rise),)
        case Words(text):
            return (Run(text, False, size, rise),)
        case Named(_, body):
            return runs(body, size, rise)
        case Row(items):
            return tuple(run for item in items for run in runs(item, size, rise))
        case Fence(body, left, right):
            inside = runs(body, size, rise)
            return (Run(left, False, size, rise), *inside, Run(right, False, size, rise))
        case Frac(top, bottom):
            slash = Run("/", False, size, rise)
            return (*runs(top, size, rise), slash, *runs(bottom, size, rise))
        case Script(base, sub, sup):
            low = runs(sub, size * 0.74, rise - 0.24 * size) if sub else ()
            high = runs(sup, size * 0.74, rise + 0.42 * size) if sup else ()
            return (*runs(base, size, rise), *_stacked(low, high))
        case _:
            return (Run(to_plain(box), False, size, rise),)


def _stacked(low: tuple[Run, ...], high: tuple[Run, ...]) -> tuple[Run, ...]:
    """Two scripts above each other: the wider goes back over the narrower and ends the line."""
    if not (low and high):
        return low or high
    first, second = sorted((low, high), key=width)
    return (*first, replace(second[0], shift=-0.9 * width(first)), *second[1:])


def _number(text: str, size: float = 1.0, rise: float = 0.0) -> tuple[Run, ...]:
    if not _POWER_OF_TEN.fullmatch(text):
        return (Run(to_plain(Number(text)), False, size, rise),)
    mantissa, _, power = text.partition("e")
    base = Run(f"{mantissa.replace('-', '−')}×10", False, size, rise)
    return (base, Run(str(int(power)).replace("-", "−"), False, size * 0.74, rise + 0.42 * size))


_POWER_OF_TEN = re.compile(r"-?[0-9.]+e[+-]?[0-9]{1,6}")


def width(line: tuple[Run, ...]) -> float:
    """About how wide a line of runs is, in em; a little more rather than less."""
    return sum(run.shift + run.size * sum(map(_letter, run.text)) for run in line)


def _letter(char: str) -> float:
    if char.isdigit():
        return 0.55
    if char in "iljtfI.,:;'|()[] \u2009":
        return 0.34
    if char in "mwMWO@∂×−+=≈→…":
        return 0.8
    # Beyond Greek and Cyrillic letters may be as wide as they are high.
    return 1.0 if ord(char) > 0x2E80 else 0.7 if char.isupper() else 0.55


def _coordinate(value: float) -> str:
    return f"{value:.1f}".removesuffix(".0")


def _text(line: tuple[Run, ...], x: float, y: float, px: float, fill: str, anchor: str = "") -> str:
    """One `text` element, centred unless an anchor is given; scripts are `tspan`s."""
    spans, rise = [], 0.0
    for run in line:
        attributes = []
        if run.rise != rise:
            attributes.append(f' dy="{(rise - run.rise) * px:.1f}"')
        if run.shift:
            attributes.append(f' dx="{run.shift * px:.1f}"')
        if run.size != 1.0:
            attributes.append(f' font-size="{run.size * px:.1f}"')
        if run.slanted:
            attributes.append(' font-style="italic"')
        rise = run.rise
        body = escape(run.text)
        spans.append(f"<tspan{''.join(attributes)}>{body}</tspan>" if attributes else body)
    place = f'x="{_coordinate(x)}" y="{_coordinate(y)}" font-size="{px:g}" fill="{fill}"'
    place += f' text-anchor="{anchor}"' if anchor else ""
    return f"<text {place}>{''.join(spans)}</text>"


# ---------------------------------------------------------------- where all of a network stands
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
    half[0] = max([radius, *(_input_half(diagram.nodes[i]) for i in layers[0])])
    for (layer, node), line in tags.items():
        half[layer] = max(half[layer], _pad(line) / 2) if node >= 0 else half[layer]

    by_gap: list[list[Edge]] = [[] for _ in range(diagram.columns)]
    for edge in diagram.edges:
        if edge.text:
            by_gap[diagram.nodes[edge.end].layer].append(edge)
    # With few edges a label is the name and the value; where these do not fit, the value alone.
    full = [[(*runs(e.name), *_apart(e.text)) for e in gap] for gap in by_gap]
    values = [[_number(e.text) for e in gap] for gap in by_gap]
    xs = [half[0] + 12]
    for layer in range(1, diagram.columns):
        lines = full[layer] if len(by_gap[layer]) <= 12 else values[layer]
        label = max(map(_pad, lines), default=60.0)
        room = max(130.0, 1.35 * label + 60, min(0.34 * inner, 230.0))
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
    first, *rest = _number(text)
    return (replace(first, shift=0.5), *rest)


def _pad(line: tuple[Run, ...]) -> float:
    return width(line) * LABEL_PX + 10


def _tall(line: tuple[Run, ...]) -> float:
    return TALL_HEIGHT if any(run.rise > 0 for run in line) else LABEL_HEIGHT


def _input_half(node: Node) -> float:
    return max(30.0, width(runs(node.name)) * 8.5 + 9, width(_number(node.text)) * 7.5 + 9)


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
    useful = 44.0 if len(edges) <= 8 else height + 2
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


# ---------------------------------------------------------------- the network
def diagram_svg(diagram: Diagram, palette: Palette = PAGE) -> str:
    """The network as an `svg` element."""
    place, c = layout(diagram), palette
    largest = max((abs(e.value) for e in diagram.edges if math.isfinite(e.value)), default=0.0)
    # In a dense drawing wide edges would hide each other and the labels.
    widest = 6.0 if len(diagram.edges) <= 16 else 4.0 if len(diagram.edges) <= 48 else 2.5
    out = [f'<g fill="none" stroke="{c.rule}" stroke-width="1.3">']
    for x1, y1, x2, y2, dashed in place.links:
        dash = ' stroke-dasharray="5 5"' if dashed else ""
        out.append(f'<path d="{_path((x1, y1), (x2, y2))}"{dash}/>')
    out.append('</g><g stroke-linecap="butt" fill="none">')
    for edge in diagram.edges:
        size = min(abs(edge.value) / largest, 1.0) if largest and edge.value == edge.value else 0.0
        colour = c.neg if edge.value < 0 else c.pos if edge.value > 0 else c.rule
        title = escape(f"{to_plain(edge.name)} {to_plain(Number(edge.text))}".strip())
        out.append(
            f'<path d="{_path(place.centres[edge.start], place.centres[edge.end])}"'
            f' stroke="{colour}" stroke-width="{1.2 + widest * size:.2f}">'
            f"<title>{title}</title></path>"
        )
    out.append("</g>")
    for node, (x, y) in zip(diagram.nodes, place.centres, strict=True):
        out.append(_gap(node, x, y, c) if node.gap else _node(node, x, y, place.radius, c))
    for label in place.labels:
        stroke = f' stroke="{c.line}"' if label.boxed else ""
        out.append(
            f'<rect x="{_coordinate(label.x - label.width / 2)}"'
            f' y="{_coordinate(label.y - label.height / 2)}" width="{_coordinate(label.width)}"'
            f' height="{_coordinate(label.height)}" rx="5"'
            f' fill="{c.well if label.boxed else c.card}"{stroke}/>'
        )
        out.append(
            _text(
                label.line,
                label.x,
                label.y + 4.5 + (label.height - LABEL_HEIGHT) / 4,
                LABEL_PX,
                c.ink,
            )
        )
    return _svg(diagram.alt, place.width, place.height, out, c)


def _path(a: tuple[float, float], b: tuple[float, float]) -> str:
    return f"M{_coordinate(a[0])} {_coordinate(a[1])}L{_coordinate(b[0])} {_coordinate(b[1])}"


def _node(node: Node, x: float, y: float, radius: float, c: Palette) -> str:
    outline = f'fill="{c.card}" stroke="{c.rule}" stroke-width="1.5"'
    name = runs(node.name)
    if node.layer == 0:
        half = _input_half(node)
        tall = 25 if node.text else 18
        shape = (
            f'<rect x="{_coordinate(x - half)}" y="{_coordinate(y - tall)}"'
            f' width="{_coordinate(2 * half)}" height="{2 * tall}" rx="8" {outline}/>'
        )
        px: float = NAME_PX
    else:
        shape = f'<circle cx="{_coordinate(x)}" cy="{_coordinate(y)}" r="{radius:g}" {outline}/>'
        # A long name is set smaller to stay inside; below 11 px it could not be read.
        px = max(11, min(NAME_PX, math.floor((2 * radius - 8) / max(width(name), 0.1))))
    texts = _text(name, x, y - 4 if node.text else y + 5, px, c.ink)
    if node.text:
        texts += _text(_number(node.text), x, y + 15, VALUE_PX, c.ink)
    return shape + texts


def _gap(node: Node, x: float, y: float, c: Palette) -> str:
    dots = [
        f'<circle cx="{_coordinate(x)}" cy="{_coordinate(y + d)}" r="2.4"/>' for d in (-26, -17, -8)
    ]
    words = f"{node.text} more" if node.text.isdigit() else node.text
    return f'<g fill="{c.muted}">{"".join(dots)}</g>' + _text((Run(words),), x, y + 14, 14, c.muted)


def _svg(alt: str, wide: float, high: float, body: list[str], c: Palette, most: float = 1.0) -> str:
    """The outer element, shown at 0.79 (no text below 11 px) to `most` times its size.

    In a page the words go to `aria-label`, as a title would cover the tooltips of the edges.
    """
    w, h = math.ceil(wide), math.ceil(high)
    sizes = f' style="--least: {math.floor(w * 0.79)}px; --most: {math.ceil(w * most)}px"'
    head = (
        f'<svg class="net"{sizes if c is PAGE else ""} role="img" aria-label="{escape(alt)}"'
        f' width="{w}" height="{h}"'
        f' viewBox="0 0 {w} {h}" font-family="{escape(c.num)}" text-anchor="middle">'
    )
    return f"{head}{''.join(body)}</svg>"


def to_svg(part: Diagram | Curve) -> str:
    """A drawing as a file of its own, in the colours of the day, on white."""
    svg = diagram_svg(part, DAY) if isinstance(part, Diagram) else curve_svg(part, DAY)
    head, _, body = svg.partition(">")
    head = head.replace("<svg ", '<svg xmlns="http://www.w3.org/2000/svg" ', 1)
    ground = f'<rect width="100%" height="100%" fill="{DAY.card}"/>'
    return legal(f"{head}><title>{escape(part.alt)}</title>{ground}{body}\n")


# ---------------------------------------------------------------- a curve over a count
WIDE, HIGH, TOP, FOOT, RIGHT = 400.0, 280.0, 34.0, 52.0, 18.0


def ticks(low: float, high: float, count: int = 5) -> list[float]:
    """Round numbers from `low` to `high`, about `count` of them, in steps of 1, 2 or 5.

    >>> ticks(0.0, 230.0)
    [0.0, 50.0, 100.0, 150.0, 200.0]
    """
    rough = (high - low) / count
    if not 1e-300 < rough < 1e300:
        return [low]
    power = math.floor(math.log10(rough))
    factor = next(f for f in (1, 2, 5, 10) if f * 10.0**power >= rough * 0.75)
    step = factor * 10.0**power
    first, last = math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9)
    # By division, as 3 * 0.1 is not 0.3 but 3 / 10 is.
    return [k * factor / 10.0**-power if power < 0 else k * step for k in range(first, last + 1)]


def log_ticks(low: float, high: float) -> list[float]:
    """Powers of ten from `low` to `high`, with 3 or 2 and 5 in between where there are few.

    >>> log_ticks(0.008, 0.3)
    [0.01, 0.03, 0.1, 0.3]
    """
    first, last = math.floor(math.log10(low)), math.ceil(math.log10(high))
    every = max(1, math.ceil((last - first) / 8))
    for factors in ((1,), (1, 3), (1, 2, 5)):
        found = [float(f"{f}e{k}") for k in range(first, last + 1, every) for f in factors]
        found = [v for v in found if low * (1 - 1e-9) <= v <= high * (1 + 1e-9)]
        if len(found) >= 4:
            return found
    return [v for v in ticks(low, high) if v > 0]


_LEAST, _MOST = math.ulp(0.0), 1.7e308


def curve_svg(curve: Curve, palette: Palette = PAGE) -> str:
    """A curve with its axes as an `svg` element; points without a number are gaps in it."""
    c = palette
    seen = [
        (x, y if math.isfinite(y) and (y > 0 or not curve.logarithmic) else None)
        for x, y in zip(curve.xs, curve.ys, strict=True)
    ]
    ys = [y for _, y in seen if y is not None] or [1.0]
    low, high = min(ys), max(ys)
    if low == high:
        around = (
            (low / 2, high * 2)
            if curve.logarithmic
            else (low - abs(low or 1), high + abs(high or 1))
        )
        low, high = max(around[0], _LEAST if curve.logarithmic else -_MOST), min(around[1], _MOST)
    elif not curve.logarithmic and 0 < low < 0.4 * high:
        low = 0.0
    first, last = (curve.xs[0], curve.xs[-1]) if curve.xs else (0, 1)
    marks = log_ticks(low, high) if curve.logarithmic else ticks(low, high)
    written = [_tick(v) for v in marks]
    left = 14 + max((width(line) for line in written), default=2) * 14 + 8

    def across(x: float) -> float:
        return left + (WIDE - RIGHT - left) * (
            (x - first) / (last - first) if last > first else 0.5
        )

    def up(y: float) -> float:
        share = (
            (math.log(y) - math.log(low)) / (math.log(high) - math.log(low))
            if curve.logarithmic
            else y / (high - low) - low / (high - low)
        )
        return HIGH - FOOT - (HIGH - FOOT - TOP) * share

    out = [f'<g stroke="{c.line}">']
    x_marks = [x for x in ticks(first, last) if x == int(x)]
    out += [f'<path d="{_path((left, up(v)), (WIDE - RIGHT, up(v)))}"/>' for v in marks]
    out += [f'<path d="{_path((across(x), TOP), (across(x), HIGH - FOOT))}"/>' for x in x_marks]
    floor = _path((left, HIGH - FOOT), (WIDE - RIGHT, HIGH - FOOT))
    out.append(f'</g><path d="{floor}" stroke="{c.rule}"/>')
    out += [
        _text(line, left - 8, up(v) + 4.5, 14, c.muted, "end")
        for v, line in zip(marks, written, strict=True)
    ]
    out += [_text((Run(f"{x:.0f}"),), across(x), HIGH - FOOT + 19, 14, c.muted) for x in x_marks]
    out.append(_text((Run(curve.x_label),), (left + WIDE - RIGHT) / 2, HIGH - 10, 14, c.ink))
    out.append(_text((Run(curve.y_label),), 14, 18, 14, c.ink, "start"))
    points = [(across(x), None if y is None else up(y)) for x, y in seen]
    out.append(f'<path d="{_line(points)}" fill="none" stroke="{c.ink}" stroke-width="2"')
    out.append(' stroke-linejoin="round" stroke-linecap="round"/>')
    ends = [(x, y) for x, y in points if y is not None]
    out += [
        f'<circle cx="{_coordinate(x)}" cy="{_coordinate(y)}" r="4" fill="{c.ink}"/>'
        for x, y in dict.fromkeys(ends[:1] + ends[-1:])
    ]
    return _svg(curve.alt, WIDE, HIGH, out, c, most=1.35)


def _tick(value: float) -> tuple[Run, ...]:
    if 1e-4 < abs(value) < 1e6 or value == 0:
        return _number(f"{value:.10g}")
    line = _number(f"{value:.9e}".replace(".000000000", ""))
    return (replace(line[0], text="10"), line[1]) if line[0].text == "1×10" else line


def _line(points: list[tuple[float, float | None]]) -> str:
    """A path through points; of many within one pixel the lowest and the highest stay."""
    out: list[str] = []
    pen, k = "M", 0
    while k < len(points):
        x, y = points[k]
        k += 1
        if y is None:
            pen = "M"
            continue
        bundle = [y]
        while len(points) > 2 * WIDE and k < len(points) and int(points[k][0]) == int(x):
            following = points[k][1]
            if following is None:
                break
            bundle.append(following)
            k += 1
        kept = (bundle[0], min(bundle), max(bundle), bundle[-1]) if len(bundle) > 3 else bundle
        for y in dict.fromkeys(kept):
            out.append(f"{pen}{_coordinate(x)} {_coordinate(y)}")
            pen = "L"
    return "".join(out)
