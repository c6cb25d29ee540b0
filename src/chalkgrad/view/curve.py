"""The loss over the updates, as places from 0 to 1: where the view draws, it does not work out."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from chalkgrad.rounding import Digits, plain, write

if TYPE_CHECKING:
    from chalkgrad.working import Working

MOST_POINTS = 400
_SHORT = Digits("significant", 4)
_STEPS = ((1, 2, 3, 5), (1, 3), (1,))
Ticks = list[list[Any]]


def curve(working: Working) -> dict[str, Any] | None:
    """Points, texts and ticks of the loss; None where there is no loss.

    The upright axis is logarithmic where the loss falls far.
    """
    losses = working.losses
    if len(losses) < 2:
        return None
    at = spread(len(losses), MOST_POINTS)
    worked = [iteration.number - 1 for iteration in working.iterations]
    at = sorted({*at, *worked})
    finite = [losses[k] for k in at if math.isfinite(losses[k])]
    if not finite:
        return None
    low, high = min(finite), max(finite)
    logarithmic = low > 0 and high > 30 * low
    y_ticks, place = (_log_axis if logarithmic else linear_axis)(low, high)
    last = max(len(losses) - 1, 1)
    return {
        "x": [round(k / last, 4) for k in at],
        "y": [place(losses[k]) if math.isfinite(losses[k]) else None for k in at],
        "text": [write(losses[k], _SHORT) for k in worked],
        "at": [at.index(k) for k in worked],
        "first": write(losses[0], _SHORT),
        "last": write(losses[-1], _SHORT),
        "updates": len(losses) - 1,
        "xticks": [[round(k / last, 4), plain(float(k))] for k in whole_ticks(last)],
        "yticks": y_ticks,
        "log": logarithmic,
    }


def spread(n: int, most: int) -> list[int]:
    """At most `most` numbers below n, the first and the last among them, evenly spread.

    >>> spread(100, 3)
    [0, 50, 99]
    """
    if n <= most:
        return list(range(n))
    return sorted({round(k * (n - 1) / (most - 1)) for k in range(most)})


def whole_ticks(last: int) -> list[int]:
    """Round whole numbers from 0 to `last`, at most six.

    >>> whole_ticks(200)
    [0, 50, 100, 150, 200]
    """
    step = 1
    for power in range(9):
        for unit in (1, 2, 5):
            step = unit * 10**power
            if last / step <= 5:
                return list(range(0, last + 1, step))
    return [0, last]


def linear_axis(low: float, high: float, most: int = 5) -> tuple[Ticks, Any]:
    """Ticks of a span and the function that places a value in it."""
    if high <= low:
        low, high = low - (abs(low) or 1) / 2, high + (abs(high) or 1) / 2
    raw = (high - low) / most
    power = 10.0 ** math.floor(math.log10(raw))
    step = next(unit * power for unit in (1, 2, 2.5, 5, 10) if unit * power >= raw * 0.999)
    margin = (high - low) * 0.04
    low, high = low - margin, high + margin
    span = high - low
    first = math.ceil(low / step)
    values = [round(k * step, 12) for k in range(first, math.floor(high / step) + 1)]
    ticks = [[round((v - low) / span, 4), plain(v)] for v in values]
    return ticks, lambda value: round((value - low) / span, 4)


def _log_axis(low: float, high: float) -> tuple[Ticks, Any]:
    bottom, top = math.log10(low), math.log10(high)
    margin = max((top - bottom) * 0.04, 0.02)
    bottom, top = bottom - margin, top + margin
    decades = top - bottom
    units = _STEPS[0] if decades < 1.6 else _STEPS[1] if decades < 3 else _STEPS[2]
    every = max(1, math.ceil(decades / 7))
    ticks = []
    for power in range(math.floor(bottom), math.ceil(top) + 1):
        for unit in units:
            at = math.log10(unit) + power
            if bottom <= at <= top and power % every == 0:
                value = float(f"{unit}e{power}")
                ticks.append([round((at - bottom) / decades, 4), write(value, _SHORT)])
    return ticks, lambda value: round((math.log10(value) - bottom) / decades, 4)
