"""Weights and activations of folded layers as shades."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from chalkgrad.rounding import Digits, write
from chalkgrad.view.drawing import FOLD, MOST_CELLS
from chalkgrad.view.surface import SHADES

if TYPE_CHECKING:
    from collections.abc import Callable

    from chalkgrad.problem import Problem

MOST_TEXTS = 2_000
"""Weights of a layer that are sent as texts; of more, the view asks for the one it is pointed at."""
_SHORT = Digits("significant", 4)
_MIDDLE = len(SHADES) // 2


def signed(value: float, most: float) -> str:
    """A shade from the first letter, for ``-most``, to the last, with the middle for 0.

    >>> signed(0.0, 1.0), signed(1.0, 1.0), signed(-1.0, 1.0)
    ('W', '_', '1')
    """
    share = max(-1.0, min(1.0, value / most)) if most else 0.0
    return SHADES[_MIDDLE + round(share * (_MIDDLE - 1))]


def maps(problem: Problem) -> list[dict[str, Any]] | None:
    """A heat map for every layer of weights into or out of a folded layer; None where nothing is folded."""
    made = []
    for number, layer in enumerate(problem.layers, 1):
        rows, columns = len(layer.weights), len(layer.weights[0])
        if max(rows, columns) <= FOLD or rows * columns > MOST_CELLS:
            continue
        values = [float(v) for row in layer.weights for v in row]
        most = max(map(abs, values))
        record = {
            "layer": number,
            "rows": rows,
            "cols": columns,
            "shade": "".join(signed(v, most) for v in values),
        }
        if len(values) <= MOST_TEXTS:
            record["text"] = [write(v, _SHORT) for v in values]
        made.append(record)
    return made or None


def strips(problem: Problem, value: Callable[[int, int], float]) -> dict[str, list[float]] | None:
    """The activations of each folded layer as shares of the largest; None where nothing is folded."""
    made = {}
    for layer, size in enumerate(problem.sizes):
        if size > FOLD:
            values = [value(layer, j) for j in range(1, size + 1)]
            most = max(map(abs, values)) or 1.0
            made[str(layer)] = [round(v / most, 3) for v in values]
    return made or None
