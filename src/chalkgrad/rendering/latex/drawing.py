"""Strokes, discs and labels, written twice: as TikZ and as LaTeX's own `picture`.

The file itself chooses, so that it compiles with or without TikZ.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Iterator

Point: TypeAlias = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Stroke:
    """A line through points, `thick` points wide; only TikZ knows its tone."""

    points: tuple[Point, ...]
    thick: float = 0.4
    dotted: bool = False
    tone: str = "black"


@dataclass(frozen=True, slots=True)
class Disc:
    """A neuron, or a single point."""

    centre: Point
    radius: float


@dataclass(frozen=True, slots=True)
class Label:
    """Text centred at a point (c on white, n on nothing), or with its l, r, t or b edge there."""

    at: Point
    tex: str
    side: str = "c"


Shape: TypeAlias = Stroke | Disc | Label


@dataclass(frozen=True, slots=True)
class Drawing:
    """All shapes, in points from the lower left corner."""

    width: float
    height: float
    shapes: tuple[Shape, ...]


def figure(drawing: Drawing) -> str:
    """A drawing in both spellings; a file with TikZ takes the first, any other the second."""
    box = f"(0,0) rectangle ({drawing.width:.1f},{drawing.height:.1f})"
    lines = (
        r"\begin{center}",
        r"\ifdefined\tikzpicture",
        rf"\begin{{tikzpicture}}[x=1pt,y=1pt]\path {box};",
        *map(_tikz, drawing.shapes),
        r"\end{tikzpicture}",
        r"\else\setlength{\unitlength}{1pt}",
        rf"\begin{{picture}}({drawing.width:.1f},{drawing.height:.1f})",
        *(line for shape in drawing.shapes for line in _picture(shape)),
        r"\end{picture}",
        r"\fi",
        r"\end{center}",
    )
    return "\n".join(lines)


def _at(point: Point) -> str:
    return f"({point[0]:.1f},{point[1]:.1f})"


def _tikz(shape: Shape) -> str:
    match shape:
        case Stroke(points, thick, dotted, tone):
            style = f"{tone},line width={thick:.2f}pt" + (",densely dashed" if dotted else "")
            return rf"\draw[{style}] " + " -- ".join(map(_at, points)) + ";"
        case Disc(centre, radius):
            return rf"\filldraw[fill=white,draw=black] {_at(centre)} circle[radius={radius:.1f}pt];"
        case Label(at, tex, side):
            anchor = {
                "c": "center",
                "n": "center",
                "l": "west",
                "r": "east",
                "t": "north",
                "b": "south",
            }[side]
            style = f"anchor={anchor},inner sep=1pt" + (",fill=white" if side == "c" else "")
            return rf"\node[{style}] at {_at(at)} {{\scriptsize {tex}}};"


def _picture(shape: Shape) -> Iterator[str]:
    match shape:
        case Stroke(points, thick, dotted):
            yield rf"\linethickness{{{thick:.2f}pt}}"
            for (x, y), (u, v) in pairwise(points):
                if math.hypot(u - x, v - y) < 0.2:
                    continue  # TeX would divide by the length
                # a Bezier with its handle in the middle: \line knows few slopes
                count = f"[{max(2, int(math.hypot(u - x, v - y) / 3))}]" if dotted else ""
                middle = _at(((x + u) / 2, (y + v) / 2))
                yield rf"\qbezier{count}{_at((x, y))}{middle}{_at((u, v))}"
        case Disc(centre, radius):
            yield rf"\thinlines\put{_at(centre)}{{\circle{{{2 * radius:.1f}}}}}"
        case Label(at, tex, side):
            place = "" if side in "cn" else f"[{side}]"
            yield rf"\put{_at(at)}{{\makebox(0,0){place}{{\scriptsize {tex}}}}}"
