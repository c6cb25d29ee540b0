"""Every quantity of a problem in two worlds: as it is, and in a network of the same shape with other numbers.

What a line of a document works out is told by its structure: put the quantities of its figures in, in the
second world, and see which quantity comes out. No two of them agree there by accident.
"""

from __future__ import annotations

import math
from bisect import bisect_left
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from chalkgrad.errors import ChalkgradError
from chalkgrad.formula import symbols
from chalkgrad.marking.ground import Ground
from chalkgrad.marking.reach import rounds_to
from chalkgrad.marking.trees import Setting
from chalkgrad.network import make_plan
from chalkgrad.notation import Symbol
from chalkgrad.rounding import Given

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from chalkgrad.auditing.figures import Figure
    from chalkgrad.marking.routes import Habit
    from chalkgrad.problem import Problem
    from chalkgrad.records import Layer

MOST_WORK = 1_000_000
"""Weights times samples times iterations that are worked out to check one claim."""
MOST_QUANTITIES = 4_000
"""A larger problem is not held against a document."""
_MOST_ITERATIONS, _MOST_LATER = 4, 3
_KEPT = 2_000
_GOLDEN = 0.6180339887498949
_SAME = 1e-9


@dataclass(frozen=True, slots=True)
class Entity:
    """A quantity that figures can stand for.

    Attributes:
        label: its name, canonical for a quantity of the plan, an expression for a product on the way.
        true: its value.
        other: its value in the second world.
        symbol: the quantity of the plan that it is, or None.
        given: whether the problem gives it.
    """

    label: str
    true: float
    other: float
    symbol: Symbol | None = None
    given: bool = False

    def turned(self) -> Entity:
        """Its negative."""
        label = self.label[1:] if self.label.startswith("-") else f"-{self.label}"
        return Entity(label, -self.true, -self.other, None, self.given)


def constant(value: float) -> Entity:
    """A number that is the same in every world, such as the 1 of 1 - a."""
    return Entity(f"{value:g}", value, value, None, given=True)


class World:
    """The quantities of a problem, by name, by value, and by value in the second world.

    Attributes:
        entities: the quantities by their symbols.
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
        every = list(_symbols(problem, also))
        if len(every) > MOST_QUANTITIES:
            raise OverflowError
        self.ground = Ground(problem, every, habit)
        true = _values(self.ground, every)
        other = _values(Ground(_shifted(problem), every, habit), every)
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
        """The quantities that have this value in the second world, their negatives included."""
        if not math.isfinite(other) or other == 0:
            return
        dust = _SAME * abs(other)
        k = bisect_left(self._others, abs(other) - dust)
        while k < len(self._others) and self._others[k] <= abs(other) + dust:
            e = self._by_other[k]
            yield e if (e.other < 0) == (other < 0) else e.turned()
            k += 1


def far(problem: Problem, habit: Habit | None, *iterations: int) -> dict[str, float]:
    """Loss and outputs seen in late iterations, by name; those that are too late are left out."""
    weights = problem.weight_count * max(1, len(problem.samples))
    near = [n for n in iterations if n * weights <= MOST_WORK]
    if not problem.updates or not near:
        return {}
    depth, width = len(problem.layers), problem.sizes[-1]
    wanted = []
    for iteration in near:
        wanted.append(Symbol("loss", (), iteration, 0))
        if len(problem.batch(iteration)) == 1:
            sample = problem.batch(iteration)[0]
            wanted += [Symbol("a", (depth, j), iteration, sample) for j in range(1, width + 1)]
    try:
        values = _values(Ground(problem, wanted, habit), wanted)
    except ChalkgradError:
        return {}
    setting = Setting(problem)
    return {setting.name(s): values[s] for s in wanted}


def same(x: float, y: float) -> bool:
    """Whether two values of the second world are those of one quantity."""
    gap = abs(x - y)
    return gap <= _SAME * max(abs(x), abs(y)) + 1e-300 and gap < math.inf


# ---------------------------------------------------------------- what there is
def iterations_of(problem: Problem, also: frozenset[int]) -> list[int]:
    """The iterations that are looked at: the first ones, and others that a document speaks of."""
    if not problem.updates:
        return [1]
    first = range(1, min(problem.training.iterations, _MOST_ITERATIONS) + 1)
    work = problem.weight_count * max(1, len(problem.samples))
    most = min(problem.limits["iterations"], MOST_WORK / work)
    later = sorted(n for n in also if first[-1] < n <= most)[-_MOST_LATER:]
    return [*first, *later]


def _symbols(problem: Problem, also: frozenset[int]) -> Iterator[Symbol]:
    """Every quantity of the first iterations, and of the forward pass after the last."""
    plan = make_plan(problem, "matrix")
    worked = iterations_of(problem, also)
    seen = sorted({*worked, *(n + 1 for n in worked)}) if problem.updates else worked
    depth = len(problem.layers)
    for iteration in seen:
        for before, _ in plan.state(iteration) if iteration == 1 else ():
            yield before
        for group in plan.groups(iteration):
            if iteration not in worked and group.phase not in ("forward", "loss"):
                continue
            yield from group.symbols
        samples = problem.batch(iteration)
        if iteration not in worked:
            continue
        for sample in samples:
            for layer in range(1, depth + 1):
                for j in range(1, problem.sizes[layer] + 1):
                    yield Symbol("grad_a", (layer, j), iteration, sample)
                    yield Symbol("da_dz", (layer, j), iteration, sample)
                    yield Symbol("delta", (layer, j), iteration, sample)
    for sample, record in enumerate(problem.samples, 1):
        for i in range(1, len(record.input) + 1):
            yield Symbol("x", (i,), 0, sample)
        for j in range(1, len(record.target) + 1):
            yield Symbol("t", (j,), 0, sample)
    for iteration in worked:
        if iteration > 1 and iteration - 1 not in worked:
            # what a late iteration starts from is worked out nowhere here
            yield from (before for before, _ in plan.state(iteration))
    for layer, row in enumerate(problem.layers, 1):
        for j, weights in enumerate(row.weights, 1):
            for i in range(1, len(weights) + 1):
                yield Symbol("w", (layer, j, i), 1)
            if isinstance(row.bias, tuple):
                yield Symbol("b", (layer, j), 1)
        if row.bias is not None and not isinstance(row.bias, tuple):
            yield Symbol("b", (layer,), 1)
    if problem.updates:
        for constant_ in ("lr", "momentum", "rho", "beta1", "beta2", "epsilon", "weight_decay"):
            symbol = Symbol(constant_, (), 0)
            if plan.constant(symbol) is not None:
                yield symbol


def _values(ground: Ground, wanted: Sequence[Symbol]) -> dict[Symbol, float]:
    compiled = ground.compiled
    out = {}
    for symbol in dict.fromkeys(wanted):
        place = compiled.index.get(symbol)
        if place is not None:
            out[symbol] = compiled.true[place]
        else:
            number = compiled.constant(symbol)
            out[symbol] = math.nan if number is None else float(number)
    return out


# ---------------------------------------------------------------- the second world
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
