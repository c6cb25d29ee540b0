"""Networks for tests of engines, one for every row of the tables, and when two engines agree."""

from __future__ import annotations

import random

import numpy as np

import oracle

# Both round in float64, in another order of sums and with another exp: a few hundred roundings at most.
CLOSE = 1e-12


def agree(got, want, close=CLOSE):
    if not np.abs(want).max(initial=0) < 1e6:
        return  # on the way to infinity every rounding is multiplied again and again
    scale = max(1.0, float(np.abs(want).max(initial=0)))
    assert np.array_equal(np.isfinite(got), np.isfinite(want))
    fine = np.isfinite(want)
    assert np.abs(got[fine] - want[fine]).max(initial=0) <= close * scale


def net_with(activation, loss="half_squared_error", outputs="identity", sizes=(2, 3, 2), rows=3):
    """A network of the oracle: `activation` in its hidden layer, `outputs` in its last."""
    rng = random.Random(f"{activation}{loss}{outputs}")
    number = lambda: rng.uniform(-1.5, 1.5)
    target = {
        "cross_entropy": lambda: [0.2, 0.8],
        "binary_cross_entropy": lambda: [rng.choice([0.0, 1.0, 0.4]) for _ in range(sizes[-1])],
        "output": list,
    }.get(loss, lambda: [number() for _ in range(sizes[-1])])
    return {
        "W": [[[number() for _ in range(n)] for _ in range(m)] for n, m in zip(sizes, sizes[1:])],
        "B": [[number() for _ in range(m)] for m in sizes[1:]],
        "act": [(activation, dict(oracle.ACTIVATIONS[activation])), (outputs, {})],
        "samples": [([number() for _ in range(sizes[0])], target()) for _ in range(rows)],
        "loss": (loss, {}), "over_outputs": "mean", "over_samples": "mean", "bias_input": 1,
    }  # fmt: skip
