"""Every quantity of a problem in two worlds: as it is, and in a network of the same shape with other numbers.

What a line of a document works out is told by its structure: put the quantities of its figures in, in the
second world, and see which quantity comes out. No two of them agree there by accident.
"""

from __future__ import annotations

import math
from bisect import bisect_left
from typing import TYPE_CHECKING

from chalkgrad.auditing.entities import SAME, Entity
from chalkgrad.auditing.quantities import symbols_of, values_of
from chalkgrad.formula import symbols
from chalkgrad.light import replace
from chalkgrad.marking.ground import Ground
from chalkgrad.marking.reach import rounds_to
from chalkgrad.marking.trees import Setting
from chalkgrad.network import make_plan
from chalkgrad.notation import Symbol
from chalkgrad.rounding import Given

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence

    from chalkgrad.auditing.figures import Figure
    from chalkgrad.marking.routes import Habit
    from chalkgrad.problem import Problem
    from chalkgrad.records import Layer

MOST_QUANTITIES = 4_000
"""A larger problem is not held against a document."""
_KEPT = 2_000
_GOLDEN = 0.6180339887498949


class World:
    """The quantities of a problem, by name, by value, and by value in the second world.

    Attributes:
        entities: the quantities by their symbols; `named` has them by their names.
        iterations: the iterations that were looked at, in order; `numbers` is their set.
        ground: the compiled plan.
    """

    def __init__(
        self,
        problem: Problem,
        habit: Habit | None = None,
        *,
        also: frozenset[int] = frozenset(),
    ) -> None:
        """Work a problem out.

        Args:
            problem: the problem.
            habit: another habit that changes single definitions.
            also: later iterations that are wanted.
        """
        self.problem = problem
        self.habit = habit
        self.setting = Setting(problem)
        every = list(symbols_of(problem, also))
        if len(every) > MOST_QUANTITIES:
            raise OverflowError
        self.ground = Ground(problem, every, habit)
        true = values_of(self.ground, every)
        other = values_of(Ground(_shifted(problem), every, habit), every)
        plan = make_plan(problem, "matrix")
        self.entities: dict[Symbol, Entity] = {}
        self.numbers = {s.iteration for s in every if s.iteration}
        self.iterations = tuple(sorted(self.numbers)) or (1,)
        self._matching: dict[tuple[float, float], tuple[Entity, ...]] = {}
        for symbol in every:
            if math.isfinite(true[symbol]) and math.isfinite(other[symbol]):
                given = plan.constant(symbol) is not None
                self.entities[symbol] = Entity(
                    self.setting.name(symbol), true[symbol], other[symbol], symbol, given
                )
        self.named = {e.label: e for e in self.entities.values()}
        self._related: dict[tuple[str, ...], set[str]] = {}
        self._around: dict[int, frozenset[str]] = {}
        self._by_true = sorted(self.entities.values(), key=lambda e: abs(e.true))
        self._trues = [abs(e.true) for e in self._by_true]
        self._by_other = sorted(self.entities.values(), key=lambda e: abs(e.other))
        self._others = [abs(e.other) for e in self._by_other]

    def get(
        self, kind: str, index: tuple[int, ...] = (), iteration: int = 1, sample: int = 1
    ) -> Entity | None:
        """A quantity by its parts, however the plan files it."""
        for at in ((iteration, sample), (iteration, 0), (0, sample), (0, 0)):
            found = self.entities.get(Symbol(kind, index, *at))
            if found is not None:
                return found
        return None

    def every(self, kind: str, index: tuple[int, ...] = ()) -> Iterator[Entity]:
        """A quantity in every iteration and sample."""
        samples = range(len(self.problem.samples) + 1)
        found = [
            e
            for iteration in self.iterations
            for sample in samples
            if (e := self.entities.get(Symbol(kind, index, iteration, sample))) is not None
        ]
        if found:
            yield from found
            return
        for sample in samples:
            e = self.entities.get(Symbol(kind, index, 0, sample))
            if e is not None:
                yield e

    def around(self, k: int) -> frozenset[str]:
        """The names of a quantity, by its place in the plan, and of those that its formula reads."""
        known = self._around.get(k)
        if known is None:
            compiled = self.ground.compiled
            symbol = compiled.order[k]
            read = (self.entities.get(s) for s in symbols(compiled.formula(symbol)))
            names = [e.label for e in read if e is not None]
            known = self._around[k] = frozenset((self.setting.name(symbol), *names))
        return known

    def related(self, heads: Sequence[Entity]) -> Collection[str]:
        """The names of all that some quantities lean on, their own included."""
        key = tuple(e.label for e in heads)
        known = self._related.get(key)
        if known is not None:
            return known
        compiled = self.ground.compiled
        out = self._related[key] = set()
        for e in heads:
            place = compiled.index.get(e.symbol) if e.symbol is not None else None
            if place is None:
                continue
            for k in (place, *compiled.ancestors[place]):
                out.update(self.around(k))
        return out

    def matching(self, fig: Figure) -> tuple[Entity, ...]:
        """The quantities of which a figure is a rounding or a cut, its negative included."""
        key = (fig.value, fig.unit)
        known = self._matching.get(key)
        if known is None:
            if len(self._matching) >= _KEPT:
                self._matching.clear()
            known = self._matching[key] = tuple(self._matches(fig))
        return known

    def _matches(self, fig: Figure) -> Iterator[Entity]:
        v, u = abs(fig.value), fig.unit
        k = bisect_left(self._trues, v - u * 1.01)
        while k < len(self._trues) and self._trues[k] <= v + u * 1.01:
            e = self._by_true[k]
            if rounds_to(v, u, abs(e.true)) and (e.true != 0 or v == 0):
                yield e if (e.true < 0) == (fig.value < 0) else e.turned()
            k += 1

    def structured(self, other: float) -> Iterator[Entity]:
        """The quantities that have this value in the second world, then those whose negatives have it."""
        if not math.isfinite(other) or other == 0:
            return
        dust = SAME * abs(other)
        k = bisect_left(self._others, abs(other) - dust)
        turned = []
        while k < len(self._others) and self._others[k] <= abs(other) + dust:
            e = self._by_other[k]
            if (e.other < 0) == (other < 0):
                yield e
            else:
                turned.append(e)
            k += 1
        for e in turned:
            yield e.turned()


def _other_number(value: float, k: int) -> float:
    """Another number near a number; 0 stays 0, what is switched off stays off."""
    return float(value * (1 + 0.11 * ((k * _GOLDEN) % 1.0 - 0.4)))


def _shifted(problem: Problem) -> Problem:
    """The same network with other weights, biases, inputs, targets and another rate."""
    count = iter(range(11, 1_000_000))

    def moved(value: float) -> Given:
        return Given(repr(_other_number(float(value), next(count))))

    layers: list[Layer] = []
    for layer in problem.layers:
        weights = tuple(tuple(moved(w) for w in row) for row in layer.weights)
        bias = layer.bias
        if isinstance(bias, tuple):
            bias = tuple(moved(b) for b in bias)
        elif bias is not None:
            bias = moved(bias)
        layers.append(replace(layer, weights=weights, bias=bias, init=None))
    # a target that is a probability stays one
    free = problem.training.loss.name in (
        "half_squared_error",
        "squared_error",
        "absolute_error",
        "huber",
    )
    samples = tuple(
        replace(
            s,
            input=tuple(moved(x) for x in s.input),
            target=tuple(moved(t) for t in s.target) if free else s.target,
        )
        for s in problem.samples
    )
    training = problem.training
    if training.learning_rate is not None:
        training = replace(training, learning_rate=_other_number(float(training.learning_rate), 7))
    return replace(problem, layers=tuple(layers), samples=samples, training=training, names={})
