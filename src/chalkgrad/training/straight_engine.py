"""The exact engine as an engine of training: for the samples and weights of a problem file.

Tier 0: the plan as straight-line Python. The numbers are those of ``chalkgrad solve``, to the last bit.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from chalkgrad.network import make_plan
from chalkgrad.rounding import Policy
from chalkgrad.straight import Stepper
from chalkgrad.training.architecture import Architecture
from chalkgrad.training.engines import Batches, State
from chalkgrad.training.extra import Array, np
from chalkgrad.training.numpy_engine import NumpyEngine
from chalkgrad.updates import UPDATES

if TYPE_CHECKING:
    from chalkgrad.notation import Symbol
    from chalkgrad.problem import Problem

MOST_LINES = 4_000
"""Weights times samples up to which the plan is written out line by line."""


def fits(problem: Problem) -> bool:
    """Whether a problem is small enough to be written out."""
    return problem.weight_count * len(problem.batch(1)) <= MOST_LINES


class StraightEngine:
    """Iterations of a problem, with its own samples in its own mode.

    Attributes:
        name: ``exact``.
        stopped: which bound of the problem's ``[training.stop]`` was met, or "".
    """

    name = "exact"
    why = "the problem's own samples, written out line by line"

    def __init__(self, problem: Problem) -> None:
        self.problem = problem.with_(arithmetic=Policy(), iterations=1)
        self.architecture = Architecture.of(problem)
        self._plan = make_plan(self.problem)
        self._stepper = Stepper(self.problem, self._plan, Policy())
        self._stopped = ""
        self._arrays = NumpyEngine(self.architecture, np.dtype("float64"))
        self._memory = tuple(UPDATES[problem.training.optimizer.name].memory)
        self._places = {name: k for k, name in enumerate(self._names())}

    @property
    def stopped(self) -> str:
        """Which bound of the problem's ``[training.stop]`` was met, or ""."""
        return self._stopped

    def _names(self) -> list[tuple[str, tuple[int, ...]]]:
        sizes = self.architecture.sizes
        names: list[tuple[str, tuple[int, ...]]] = [
            ("w", (l, j, i))
            for l in range(1, len(sizes))
            for j in range(1, sizes[l] + 1)
            for i in range(1, sizes[l - 1] + 1)
        ]
        for l, layer in enumerate(self.problem.layers, 1):
            if layer.bias is not None:
                own = [("b", (l, j)) for j in range(1, sizes[l] + 1)]
                names += [("b", (l,))] if layer.shares_bias else own
        return names

    def start(self, p: Array) -> State:
        """A state before the first update, with nothing remembered."""
        size = self.architecture.trained
        memory = {name: np.zeros(size) for name in self._memory}
        return State(np.array(p, dtype=np.float64), memory)

    def packed(self, flat: Array) -> Array:
        """A flat vector as this engine stores it: as it is."""
        return np.array(flat, dtype=np.float64)

    def plain(self, stored: Array) -> Array:
        """What `packed` was made of."""
        return stored.copy()

    def _spread(self, state: State, k: int) -> list[tuple[Symbol, Array, int]]:
        """Every symbol of a state, with the array and the place that hold it."""
        found = []
        for start, _ in self._plan.state(k):
            stem, _, which = start.kind.rpartition("_")
            place = self._places[which, start.index]
            found.append((start, state.memory[stem] if stem else state.p, place))
        return found

    def run(self, state: State, batches: Batches) -> Array:
        """Make one update a rate; return the losses before them. Fewer come back where a bound is met."""
        first = state.updates + 1
        losses = [] if state.before is None else [state.before]  # for the bound of its change
        known = len(losses)
        values = {s: float(array[at]) for s, array, at in self._spread(state, first)}
        last = first + len(batches.rates) - 1
        values, after, self._stopped = self._stepper.advance(values, first, last, losses)
        state.before = losses[-1] if losses else None
        for (_, array, at), value in zip(self._spread(state, first), values.values(), strict=True):
            array[at] = value
        state.updates = after - 1
        return np.array(losses[known:])

    def outputs(self, p: Array, x: Array) -> Array:
        """The activations of the last layer, one row a sample."""
        return self._arrays.outputs(p, x)

    def evaluate(self, p: Array, x: Array, t: Array) -> tuple[Array, Array]:
        """The loss of each sample, and the activations of the last layer."""
        return self._arrays.evaluate(p, x, t)

    def gradients(
        self, p: Array, x: Array, t: Array, weights: Array | None = None
    ) -> tuple[float, Array]:
        """Loss and gradient of one batch."""
        return self._arrays.gradients(p, x, t, weights)
