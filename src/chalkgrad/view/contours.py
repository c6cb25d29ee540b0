"""Lines of equal height on a grid."""

from __future__ import annotations

import math
from bisect import bisect_right
from itertools import pairwise
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
    made = {level: _joined(found) for level, found in _segments(grid, sorted(levels)).items()}
    size = max(len(grid) - 1, 1)
    return {
        level: [[(round(x / size, 3), round(y / size, 3)) for x, y in line] for line in lines]
        for level, lines in made.items()
        if lines
    }


def _segments(
    grid: Sequence[Sequence[float]], levels: Sequence[float]
) -> dict[float, list[tuple[Point, Point]]]:
    """Where each level passes through each cell, by marching squares."""
    found: dict[float, list[tuple[Point, Point]]] = {level: [] for level in levels}
    for r, (below, above) in enumerate(pairwise(grid)):
        for c in range(len(below) - 1):
            heights = (below[c], below[c + 1], above[c + 1], above[c])
            low, high = min(heights), max(heights)
            if math.isfinite(low) and math.isfinite(high):
                between = slice(bisect_right(levels, low), bisect_right(levels, high))
                for level in levels[between]:
                    found[level] += _in_cell(c, r, heights, level)
    return found


def _in_cell(c: int, r: int, heights: tuple[float, ...], level: float) -> list[tuple[Point, Point]]:
    """The ways of a level through one cell, whose corners are numbered round it."""
    at = ((c, r), (c + 1, r), (c + 1, r + 1), (c, r + 1))
    cuts: list[Point] = []
    for k in range(4):
        n = (k + 1) % 4
        if (heights[k] >= level) == (heights[n] >= level):
            continue
        # the same two corners give the same point, whichever cell asks
        a, b = (k, n) if at[k] < at[n] else (n, k)
        u = (level - heights[a]) / (heights[b] - heights[a])
        (x, y), (p, q) = at[a], at[b]
        cuts.append((x + u * (p - x), y + u * (q - y)))
    # a level that just touches a corner cuts nothing off
    pairs = [(cuts[k], cuts[k + 1]) for k in range(0, len(cuts) - 1, 2)]
    return [(a, b) for a, b in pairs if a != b]


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
