"""How weights are drawn: one row a scheme, from a seed, the same numbers on every platform."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import random
    from collections.abc import Callable

    from chalkgrad.records import Init, Matrix


def _uniform(bound: Callable[[int, int], float]) -> Callable[[random.Random, int, int], float]:
    def draw(rng: random.Random, fan_in: int, fan_out: int) -> float:
        edge = bound(fan_in, fan_out)
        return rng.uniform(-edge, edge)

    return draw


def _normal(spread: Callable[[int, int], float]) -> Callable[[random.Random, int, int], float]:
    return lambda rng, fan_in, fan_out: rng.gauss(0.0, spread(fan_in, fan_out))


INITS: dict[str, Callable[[random.Random, int, int], float]] = {
    # Glorot, Bengio: AISTATS 2010, equation 16; He et al.: ICCV 2015, equation 10; LeCun et al. 1998
    "xavier_uniform": _uniform(lambda n, m: math.sqrt(6 / (n + m))),
    "xavier_normal": _normal(lambda n, m: math.sqrt(2 / (n + m))),
    "he_uniform": _uniform(lambda n, m: math.sqrt(6 / n)),
    "he_normal": _normal(lambda n, m: math.sqrt(2 / n)),
    "lecun_uniform": _uniform(lambda n, m: math.sqrt(3 / n)),
    "lecun_normal": _normal(lambda n, m: math.sqrt(1 / n)),
    "zeros": lambda rng, n, m: 0.0,
}


def draw_weights(init: Init, inputs: int, units: int) -> Matrix:
    """Weights of a layer from its seed, the same on every platform: ``units`` rows of ``inputs`` numbers."""
    import random  # only where weights are drawn

    rng = random.Random(init.seed)  # noqa: S311  reproducible numbers are the purpose
    draw = INITS[init.name]
    return tuple(tuple(draw(rng, inputs, units) for _ in range(inputs)) for _ in range(units))
