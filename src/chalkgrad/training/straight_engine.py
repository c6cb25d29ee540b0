"""The exact engine as an engine of training: for the samples and weights of a problem file.

Tier 0, the plan as straight-line Python: the numbers are those of ``chalkgrad solve``, to the last bit. Tier
1, from the update on where it pays: the same text compiled, to some 1e-15 of the same numbers.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from chalkgrad.network import make_plan
from chalkgrad.rounding import Policy
from chalkgrad.straight import Stepper
from chalkgrad.training import tiers
from chalkgrad.training.architecture import Architecture
from chalkgrad.training.engines import Batches, State
from chalkgrad.training.extra import Array, np
from chalkgrad.training.numpy_engine import NumpyEngine
from chalkgrad.training.tiers import cannot_compile, places_of, why_exact
from chalkgrad.updates import UPDATES

if TYPE_CHECKING:
    from chalkgrad.notation import Symbol
    from chalkgrad.problem import Problem
    from chalkgrad.training.scalar_llvm import Compiled


class StraightEngine:
    """Iterations of a problem, with its own samples in its own mode.

    Args:
        problem: what is trained.
        total: how many updates there will be, or 0 if that is not known.

    Attributes:
        name: ``exact``.
        why: what decided for it, and for how the lines are run.
        stopped: which bound of the problem's ``[training.stop]`` was met, or "".
    """

    name = "exact"

    def __init__(self, problem: Problem, total: int = 0) -> None:
        self.problem = problem.with_(arithmetic=Policy(), iterations=1)
        self.architecture = Architecture.of(problem)
        self._plan = make_plan(self.problem)
        self._stepper = Stepper(self.problem, self._plan, Policy())
        self._compiled: Compiled | None = None
        texts = self._stepper.texts
        self._in_python = None if cannot_compile(texts) else tiers.IN_PYTHON
        self.why = why_exact(texts, total)
        self._stopped = ""
        self._arrays = NumpyEngine(self.architecture, np.dtype("float64"))
        self._memory = tuple(UPDATES[problem.training.optimizer.name].memory)
        self._places = places_of(problem)

    @property
    def stopped(self) -> str:
        """Which bound of the problem's ``[training.stop]`` was met, or ""."""
        return self._stopped

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
        last = first + len(batches.rates) - 1
        places = [(array, at) for _, array, at in self._spread(state, first)]
        values = [float(array[at]) for array, at in places]
        losses = [] if state.before is None else [state.before]  # for the bound of its change
        known = len(losses)
        until = last if self._in_python is None else min(last, max(self._in_python, first - 1))
        symbols = (start for start, _ in self._plan.state(first))
        after, k, self._stopped = self._stepper.advance(
            dict(zip(symbols, values, strict=True)), first, until, losses
        )
        numbers, made = np.array(list(after.values())), np.array(losses[known:])
        if k <= last and not self._stopped:
            before = losses[-1] if losses else None
            more, k, self._stopped = self._loop().run(numbers, k, last, before)
            made = np.concatenate([made, more])
        for (array, at), number in zip(places, numbers.tolist(), strict=True):
            array[at] = number
        state.updates = k - 1
        state.before = float(made[-1]) if len(made) else state.before
        return made

    def loss_after(self, state: State) -> float | None:
        """The loss that the next update would be made from; None if it is no finite number."""
        if self._stopped and state.before is not None:
            return state.before  # the iteration that met the bound has worked it out
        k, found = state.updates + 1, list[float]()
        values = {start: float(array[at]) for start, array, at in self._spread(state, k)}
        self._stepper.advance(values, k, k, found)
        return found[-1] if math.isfinite(found[-1]) else None

    def _loop(self) -> Compiled:
        if self._compiled is None:
            from chalkgrad.training.scalar_llvm import Compiled

            self._compiled = Compiled(self._stepper.texts, self.problem.training.stop)
        return self._compiled

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
