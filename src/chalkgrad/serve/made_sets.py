"""Sets of points in two dimensions that are made from a seed, so that a network can be watched at them."""

from __future__ import annotations

import math
import random
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

Point = tuple[float, float, int]
ROWS = 200
_NOISE = 0.1


def _xor(rng: random.Random, k: int) -> Point:
    x, y = rng.uniform(-1, 1), rng.uniform(-1, 1)
    x += 0.05 if x > 0 else -0.05
    y += 0.05 if y > 0 else -0.05
    return x, y, int(x * y < 0)


def _ring(rng: random.Random, k: int) -> Point:
    inner = k % 2
    radius = rng.uniform(0, 0.45) if inner else rng.uniform(0.65, 1)
    angle = rng.uniform(0, 2 * math.pi)
    return radius * math.cos(angle), radius * math.sin(angle), inner


def _moons(rng: random.Random, k: int) -> Point:
    upper = k % 2
    angle = rng.uniform(0, math.pi)
    x, y = math.cos(angle), math.sin(angle)
    x, y = (x - 0.5, y - 0.25) if upper else (0.5 - x, 0.25 - y)
    return x / 1.5 + rng.gauss(0, _NOISE / 2), y / 1.5 + rng.gauss(0, _NOISE / 2), upper


def _spirals(rng: random.Random, k: int) -> Point:
    arm, along = k % 2, (k // 2) / (ROWS // 2)
    angle = 1.75 * along * 2 * math.pi + arm * math.pi
    radius = 0.05 + 0.95 * along
    return radius * math.sin(angle), radius * math.cos(angle), arm


def _clusters(rng: random.Random, k: int) -> Point:
    which = k % 3
    angle = which * 2 * math.pi / 3
    return (
        0.55 * math.cos(angle) + rng.gauss(0, 0.18),
        0.55 * math.sin(angle) + rng.gauss(0, 0.18),
        which,
    )


MADE: dict[str, Callable[[random.Random, int], Point]] = {
    "quadrants": _xor,
    "ring": _ring,
    "moons": _moons,
    "spirals": _spirals,
    "clusters": _clusters,
}


def points(name: str, seed: int) -> list[Point]:
    """The points of a set with their classes, the same for the same seed.

    >>> found = points("ring", 1)
    >>> len(found), {of for _, _, of in found}
    (200, {0, 1})
    """
    rng = random.Random(seed)  # noqa: S311  reproducible numbers are the purpose
    return [MADE[name](rng, k) for k in range(ROWS)]
