"""The points of a curve that are shown: as a row of blocks, or a few of many."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

_BLOCKS = "▁▂▃▄▅▆▇█"
_ASCII_BLOCKS = "_.-=*#"


def sparkline(ys: Sequence[float], width: int, ascii_only: bool = False) -> str:
    """A row of blocks, at most `width`, whose heights follow the numbers.

    More numbers than columns are averaged, column by column. A column with no finite number is
    ``×`` (``x`` in ASCII), so that a loss that blew up is seen.

    >>> sparkline([4.0, 3.0, 2.0, 1.0, float("nan")], 10)
    '█▆▃▁×'
    """
    count = min(len(ys), max(width, 0))
    blocks = _ASCII_BLOCKS if ascii_only else _BLOCKS
    means = []
    for k in range(count):
        bin_ = ys[k * len(ys) // count : (k + 1) * len(ys) // count]
        finite = [y for y in bin_ if math.isfinite(y)]
        # divided first: the sum of large finite numbers may be infinite
        means.append(sum(y / len(finite) for y in finite) if finite else math.nan)
    known = [y for y in means if math.isfinite(y)]
    low, high = min(known, default=0.0), max(known, default=0.0)
    # halved: the distance of two finite numbers may be infinite
    span = high / 2 - low / 2

    def block(y: float) -> str:
        if not math.isfinite(y):
            return "x" if ascii_only else "×"
        share = (y / 2 - low / 2) / span if span else 0.0
        return blocks[min(len(blocks) - 1, int(share * (len(blocks) - 1) + 0.5))]

    return "".join(map(block, means))


def thin(
    xs: Sequence[int], ys: Sequence[float], most: int, logarithmic: bool = False
) -> list[tuple[int, float]]:
    """At most `most` points of a curve, evenly chosen, with the first and the last.

    Points that are not finite, and on a logarithmic axis those not above 0, are left out.

    >>> thin(range(5), [5.0, 4.0, float("inf"), 2.0, 1.0], 3)
    [(0, 5.0), (3, 2.0), (4, 1.0)]
    """
    points = [
        (x, y)
        for x, y in zip(xs, ys, strict=False)
        if math.isfinite(y) and (y > 0 or not logarithmic)
    ]
    if len(points) <= most:
        return points
    last = len(points) - 1
    return [points[(2 * k * last + most - 1) // (2 * (most - 1))] for k in range(most)]
