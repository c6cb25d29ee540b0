"""The ground on which sheets of one layout are marked: a compiled plan, its alternatives and rewrites."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from chalkgrad.errors import LimitError, RequestError
from chalkgrad.marking.compiled import Compiled
from chalkgrad.marking.reach import DUST
from chalkgrad.marking.routes import STYLE, alternatives, routed, routes_of
from chalkgrad.marking.sight import Sight
from chalkgrad.marking.slips import rewrites
from chalkgrad.marking.trees import Setting
from chalkgrad.network import make_plan
from chalkgrad.notation import KINDS
from chalkgrad.records import Stop
from chalkgrad.rounding import Policy
from chalkgrad.straight import Stepper, first_state

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Sequence

    from chalkgrad.formula import Formula, Interval
    from chalkgrad.marking.routes import Habit
    from chalkgrad.notation import Symbol
    from chalkgrad.plan import Plan
    from chalkgrad.problem import Problem

WHOLE_LINES = 3_000
"""Up to so many lines every quantity is there; beyond, what is written and what it leans on."""
_FEW, _KEPT = 20, 64
MOST_LINES = 40_000
"""What one sheet may need; a larger one is refused."""


class Ground:
    """A problem made ready for sheets with certain quantities on them.

    Attributes:
        problem: what is marked.
        compiled: its plan, over the routes that the sheet takes.
        setting: what rewrites may know.
        dust: float noise for numbers of this problem.
    """

    def __init__(
        self, problem: Problem, written: Collection[Symbol], habit: Habit | None = None
    ) -> None:
        self.problem, self.setting = problem, Setting(problem)
        routes = routes_of(problem, written)
        plan = routed(problem, routes, habit)
        self._plain = routed(problem, frozenset(), habit) if routes else plan
        given = frozenset(s for s in written if plan.constant(s) is not None)
        wanted, known = _wanted(problem, plan, written)
        self.compiled = Compiled(plan, wanted, as_quantity=given, known=known)
        if len(self.compiled.order) > MOST_LINES:
            raise LimitError(
                "lines", "quantities behind one sheet", len(self.compiled.order), MOST_LINES
            )
        finite = [abs(x) for x in self.compiled.true if math.isfinite(x)]
        self.dust = DUST * min(1e6, max([1.0, *finite]))
        self._rewrites: dict[
            int, tuple[list[tuple[int, str, str]], Callable[..., list[float]]]
        ] = {}
        self._others: dict[int, Others] = {}
        self._names: dict[int, str] = {}
        self._sights: dict[frozenset[int], Sight] = {}

    def rewrites(self, k: int) -> tuple[list[tuple[int, str, str]], Callable[..., list[float]]]:
        """All rewrites of quantity k: their heads (rank, slip, detail), and one function of the used values."""
        known = self._rewrites.get(k)
        if known is None:
            compiled, symbol = self.compiled, self.compiled.order[k]
            heads, texts, seen = [], [], set()
            for rank, row, detail, formula in rewrites(
                self.setting, symbol, compiled.formula(symbol)
            ):
                if not compiled.knows(formula):
                    continue
                text = compiled.text(formula)
                if text not in seen:
                    seen.add(text)
                    heads.append((rank, row.id, detail))
                    texts.append(text)
            known = self._rewrites[k] = (heads, compiled.function(texts))
        return known

    def name(self, k: int) -> str:
        """The name of quantity k as answers are named."""
        known = self._names.get(k)
        if known is None:
            known = self._names[k] = self.setting.name(self.compiled.order[k])
        return known

    def others(self, k: int) -> Others:
        """The alternative formulas of quantity k."""
        known = self._others.get(k)
        if known is None:
            compiled, symbol = self.compiled, self.compiled.order[k]
            if compiled.plan.constant(symbol) is not None:
                formulas: list[Formula] = []
            else:
                formulas = list(
                    alternatives(
                        symbol, compiled.formula(symbol), self._plain.definition, compiled.index
                    )
                )
            known = self._others[k] = Others(compiled, formulas, k)
        return known

    def sight(self, values: Sequence[float | None]) -> Sight:
        """What a sheet with these values shows of the ways to each quantity."""
        written = frozenset([k for k, v in enumerate(values) if v is not None])
        known = self._sights.get(written)
        if known is None:
            if len(self._sights) >= _KEPT:
                self._sights.clear()
            known = self._sights[written] = Sight(self, written)
        return known


class Grounds:
    """Grounds that were made, so that sheets with other lines of the same quantities share one."""

    def __init__(self) -> None:
        self._made: dict[tuple[object, ...], Ground] = {}
        self._worked: dict[tuple[str, int], frozenset[Symbol]] = {}

    def get(
        self,
        problem: Problem,
        written: Collection[Symbol],
        variant: str = "",
        habit: Habit | None = None,
    ) -> Ground:
        """The ground for these quantities; `variant` names a problem apart from the others."""
        iterations = {max(s.iteration, 1) for s in written} or {1}
        worked: set[Symbol] = set()
        if max(iterations) <= _FEW:
            for k in range(1, max(iterations) + 1):
                if (variant, k) not in self._worked:
                    groups = make_plan(problem, STYLE).groups(k)
                    self._worked[variant, k] = frozenset(s for g in groups for s in g.symbols)
                worked |= self._worked[variant, k]
        extra = frozenset(s for s in written if s not in worked)
        key = (variant, routes_of(problem, written), max(iterations), extra)
        known = self._made.get(key)
        if known is None:
            if len(self._made) >= _KEPT:
                self._made.clear()
            known = Ground(problem, written, habit)
            if set(written) <= set(known.compiled.index):
                # A network too large to be compiled whole holds what this sheet shows, not more.
                lines = sum(len(g.symbols) for g in known.compiled.plan.groups(1))
                if lines * max(iterations) <= WHOLE_LINES:
                    self._made[key] = known
        return known


class Others:
    """Alternative formulas of one quantity, as functions; empty where there are none.

    Attributes:
        reads: for each formula the places of what it reads.
        new: of these, what the main formula does not read.
        points: all of them as one function of the used values.
        ranges: each as a function of intervals of the used values.
    """

    def __init__(self, compiled: Compiled, formulas: list[Formula], k: int) -> None:
        from chalkgrad.formula import symbols

        # A formula may only read what is worked before; a later one would go round in a circle.
        own = [
            f
            for f in formulas
            if all(
                s not in compiled.index
                or (compiled.index[s] != k and k not in compiled.ancestors[compiled.index[s]])
                for s in symbols(f)
            )
        ]
        self.reads = [
            tuple(compiled.index[s] for s in dict.fromkeys(symbols(f)) if s in compiled.index)
            for f in own
        ]
        main = set(compiled.reads[k])
        self.new = [[d for d in reads if d not in main] for reads in self.reads]
        self.points: Callable[[Sequence[float]], list[float]] = (
            compiled.function(own) if own else lambda used: []
        )
        self.ranges: list[Callable[[Sequence[Interval]], Interval]] = [
            compiled.interval_of(f) for f in own
        ]


def _wanted(
    problem: Problem, plan: Plan, written: Collection[Symbol]
) -> tuple[list[Symbol], dict[Symbol, float]]:
    """The quantities to compile, in working order, and parameters that are taken from a long run."""
    later = {max(s.iteration, 1) for s in written} or {1}
    lines = sum(len(g.symbols) for g in plan.groups(1))
    last = max(later)
    if last > problem.limits["iterations"]:
        raise LimitError("iterations", "iterations", last, problem.limits["iterations"])
    if last > 1 and not problem.updates:
        raise RequestError(f'"it{last}." needs a learning_rate, the problem has none')
    known: dict[Symbol, float] = {}
    iterations = range(1, last + 1)
    if last * lines > WHOLE_LINES and last > 2:
        iterations = sorted(later)  # type: ignore[assignment]
        known = _states(problem, plan, [k for k in iterations if k > 1])
    kinds = {kind: n for n, kind in enumerate(KINDS)}
    extra = sorted(set(written), key=lambda s: (s.iteration, s.sample, kinds[s.kind], s.index))
    if lines * len(iterations) > WHOLE_LINES:
        return extra, known
    whole = [s for k in iterations for g in plan.groups(k) for s in g.symbols]
    return [*whole, *extra], known


def _states(problem: Problem, plan: Plan, iterations: list[int]) -> dict[Symbol, float]:
    """The parameters from which late iterations start, from a plain run at full precision."""
    free = problem.with_(stop=Stop())
    stepper = Stepper(free, plan, Policy())
    state, k = first_state(plan), 1
    known: dict[Symbol, float] = {}
    for target in iterations:
        if target > k:
            state, k, _ = stepper.advance(state, k, target - 1, [])
        known.update(state)
    return known
