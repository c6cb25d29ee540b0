"""A curve over a count, between two axes."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from chalkgrad.rendering.latex.drawing import Disc, Drawing, Label, Point, Shape, Stroke
from chalkgrad.rendering.latex.words import words
from chalkgrad.rendering.points import thin

if TYPE_CHECKING:
    from collections.abc import Iterable

    from chalkgrad.rendering.document import Curve, Says


def plot(curve: Curve, width: float, says: Says) -> Drawing:
    """At most 200 points over two axes, with ticks at round numbers."""
    points = thin(curve.xs, curve.ys, 200, curve.logarithmic)
    left, bottom, height = 52.0, 34.0, 190.0
    if not points:
        return Drawing(width, 20.0, (Label((width / 2, 10.0), words(says("no_points")), "n"),))
    heights = [math.log10(y) if curve.logarithmic else y for _, y in points]
    across = _scale([float(x) for x, _ in points], whole=True)
    up = _scale(heights, whole=curve.logarithmic)
    wide, tall = width - left - 12, height - bottom - 12

    def place(x: float, y: float) -> Point:
        return (
            left + wide * (x - across[0]) / (across[-1] - across[0]),
            bottom + tall * (y - up[0]) / (up[-1] - up[0]),
        )

    shapes: list[Shape] = [
        Stroke((place(across[0], up[-1]), place(across[0], up[0]), place(across[-1], up[0])))
    ]
    for x in across:
        u, v = place(x, up[0])
        shapes += [Stroke(((u, v), (u, v - 3))), Label((u, v - 5), f"{x:.10g}", "t")]
    for y in up:
        u, v = place(across[0], y)
        text = f"$10^{{{y:.3g}}}$" if curve.logarithmic else f"${y:.6g}$"
        shapes += [Stroke(((u, v), (u - 3, v))), Label((u - 5, v), text, "r")]
    path = tuple(place(x, y) for (x, _), y in zip(points, heights, strict=True))
    shapes.append(Stroke(path, 0.9, tone="blue!60!black") if path[1:] else Disc(path[0], 2.0))
    shapes.append(Label((left + wide / 2, 14.0), words(curve.x_label[:48]), "t"))
    shapes.append(Label((left - 3, height), words(curve.y_label[:48]), "l"))
    return Drawing(width, height + 6, tuple(shapes))


def _scale(values: Iterable[float], whole: bool = False) -> list[float]:
    """Round numbers at even distances, the first below all values and the last above.

    >>> _scale([0.3, 3.9])
    [0.0, 1.0, 2.0, 3.0, 4.0]
    """
    values = list(values)
    low, high = min(values), max(values)
    if high / 2 - low / 2 <= 1e-12 * max(abs(low), abs(high)):
        pad = 1.0 if whole else abs(high) / 4 or 0.5
        low, high = low - pad, high + pad
    span = high / 5 - low / 5
    power = 10.0 ** math.floor(math.log10(span))
    step = next(power * k for k in (1, 2, 5, 10) if power * k >= span * 0.999)
    step = max(step, 1.0) if whole else step
    first, last = math.floor(low / step + 1e-9), math.ceil(high / step - 1e-9)
    last = max(last, first + 1)
    return [k * step for k in range(first, last + 1)]
