"""Lines of equal height on a grid."""

from __future__ import annotations

import itertools
import math
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

Point = tuple[float, float]
Line = list[Point]
STRAIGHT = 0.004
"""Bends of less, in parts of the whole grid, are made straight."""


def contours(grid: Sequence[Sequence[float]], levels: Sequence[float]) -> dict[float, list[Line]]:
    """For each level its lines, as points from 0 to 1; rows go up, columns to the right.

    >>> contours([[0.0, 1.0], [0.0, 1.0]], [0.5])
    {0.5: [[(0.5, 1.0), (0.5, 0.0)]]}
    """
    made = {level: _joined(_segments(grid, level)) for level in levels}
    size = max(len(grid) - 1, 1)
    return {
        level: [[(round(x / size, 3), round(y / size, 3)) for x, y in line] for line in lines]
        for level, lines in made.items()
        if lines
    }


def _segments(grid: Sequence[Sequence[float]], level: float) -> list[tuple[Point, Point]]:
    """Where the level passes through each cell, by marching squares."""
    found = []
    for r, (below, above) in enumerate(itertools.pairwise(grid)):
        for c in range(len(below) - 1):
            corners = (
                (c, r, below[c]),
                (c + 1, r, below[c + 1]),
                (c + 1, r + 1, above[c + 1]),
                (c, r + 1, above[c]),
            )
            high = [v >= level for _, _, v in corners]
            if all(high) or not any(high) or not all(math.isfinite(v) for _, _, v in corners):
                continue
            cuts = []
            for k in range(4):
                (x, y, v), (p, q, w) = corners[k], corners[(k + 1) % 4]
                if high[k] != high[(k + 1) % 4]:
                    # the same two corners give the same point, whichever cell asks
                    if (p, q) < (x, y):
                        (x, y, v), (p, q, w) = (p, q, w), (x, y, v)
                    u = (level - v) / (w - v)
                    cuts.append((x + u * (p - x), y + u * (q - y)))
            # a level that just touches a corner cuts nothing off
            pairs = [(cuts[k], cuts[k + 1]) for k in range(0, len(cuts) - 1, 2)]
            found += [(a, b) for a, b in pairs if a != b]
    return found


def _joined(segments: list[tuple[Point, Point]]) -> list[Line]:
    """Segments that meet, as lines; nearly straight runs without the points between."""
    ends: dict[Point, list[int]] = {}
    for n, (a, b) in enumerate(segments):
        ends.setdefault(a, []).append(n)
        ends.setdefault(b, []).append(n)
    used = [False] * len(segments)

    def follow(line: Line) -> None:
        while True:
            n = next((n for n in ends[line[-1]] if not used[n]), None)
            if n is None:
                return
            used[n] = True
            a, b = segments[n]
            line.append(b if a == line[-1] else a)

    lines = []
    # from open ends first, so that a line is not begun in its middle
    order = sorted(range(len(segments)), key=lambda n: min(len(ends[p]) for p in segments[n]))
    for n in order:
        if used[n]:
            continue
        used[n] = True
        a, b = segments[n]
        if len(ends[b]) == 1:
            a, b = b, a
        line = [a, b]
        follow(line)
        lines.append(line)
    span = max((max(p) for line in lines for p in line), default=1.0)
    return [_straightened(line, STRAIGHT * span) for line in lines]


def _straightened(line: Line, most: float) -> Line:
    """A line without the points that lie nearer than `most` to the straight way (Douglas, Peucker)."""
    if len(line) < 3:
        return line
    (x, y), (p, q) = line[0], line[-1]
    length = math.hypot(p - x, q - y)

    def away(point: Point) -> float:
        if not length:
            return math.hypot(point[0] - x, point[1] - y)
        return abs((p - x) * (y - point[1]) - (x - point[0]) * (q - y)) / length

    far = max(range(1, len(line) - 1), key=lambda k: away(line[k]))
    if away(line[far]) <= most:
        return [line[0], line[-1]]
    return _straightened(line[: far + 1], most)[:-1] + _straightened(line[far:], most)
