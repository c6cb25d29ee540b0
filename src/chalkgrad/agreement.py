"""Every gradient against central differences of the loss: the proof that needs no chain rule."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from chalkgrad.activations import ACTIVATIONS
from chalkgrad.network import make_plan
from chalkgrad.notation import Symbol
from chalkgrad.rounding import Policy
from chalkgrad.run import run

if TYPE_CHECKING:
    from chalkgrad.problem import Problem

_WIDTH = 6e-6
"""Half the distance of the two points: near the cube root of the smallest float64 step, where the error
of rounding and that of the cut series are about equal."""
_NEAR_KINK = 1e-4
_NEAR_NOTHING = 1e-6


@dataclass(frozen=True, slots=True)
class Row:
    """One gradient: as worked, as a difference, and how far apart relative to the largest gradient."""

    symbol: Symbol
    gradient: float
    difference: float
    relative: float


@dataclass(frozen=True, slots=True)
class Agreement:
    """All gradients of the first iteration.

    Attributes:
        rows: one a parameter.
        kinks: net inputs so near to 0 that their activation has no derivative in reach.
    """

    rows: tuple[Row, ...]
    kinks: tuple[Symbol, ...]

    @property
    def worst(self) -> float:
        """The largest relative difference."""
        return max((row.relative for row in self.rows), default=0.0)


def agreement(problem: Problem, style: str = "chain") -> Agreement:
    """Compare every gradient of the first iteration with a central difference of the loss.

    In-place updates are compared in simultaneous order: their hidden gradients belong to no one point.
    """
    problem = problem.with_(update_order="simultaneous")
    plan = make_plan(problem, style)
    loss = plan.loss(1)
    if loss is None:
        return Agreement((), ())
    groups = plan.groups(1)
    gradients = [
        s for g in groups for s in g.symbols if s.kind in ("grad_w", "grad_b") and not s.sample
    ]
    trace = run(plan, [*gradients], Policy())
    largest = max((abs(trace.used[s]) for s in gradients), default=0.0)
    # beside a loss of ordinary size, gradients of 1e-16 are rounding and no measure of anything
    largest = max(largest, _NEAR_NOTHING * abs(run(plan, [loss], Policy()).used[loss])) or 1.0

    def at(parameter: Symbol, value: float) -> float:
        return run(plan, [loss], Policy(), start={parameter: value}).used[loss]

    rows = []
    for symbol in gradients:
        parameter = Symbol(symbol.kind[-1], symbol.index)
        value = float(plan.constant(parameter) or 0.0)
        h = _WIDTH * max(1.0, abs(value))
        difference = (at(parameter, value + h) - at(parameter, value - h)) / (
            (value + h) - (value - h)
        )
        gap = abs(difference - trace.used[symbol]) / largest
        rows.append(Row(symbol, trace.used[symbol], difference, gap))
    kinked = {
        n for n, layer in enumerate(problem.layers, 1) if ACTIVATIONS[layer.activation.name].kink
    }
    kinks = tuple(
        s for s, v in trace.used.items()
        if s.kind == "z" and s.index[0] in kinked and abs(v) < _NEAR_KINK
    )  # fmt: skip
    return Agreement(tuple(rows), kinks)
