"""Other conventions that a document could keep to: each quantity worked out when it is asked for."""

from __future__ import annotations

import math
from functools import cached_property
from typing import TYPE_CHECKING

from chalkgrad.auditing.quantities import far, iterations_of
from chalkgrad.auditing.worlds import World
from chalkgrad.errors import ChalkgradError
from chalkgrad.formula import evaluate, symbols
from chalkgrad.light import replace
from chalkgrad.marking.conventions import conventions
from chalkgrad.marking.ranges import TROUBLE
from chalkgrad.marking.routes import routed

if TYPE_CHECKING:
    from collections.abc import Iterator

    from chalkgrad.marking.conventions import Convention
    from chalkgrad.notation import Symbol
    from chalkgrad.plan import Plan
    from chalkgrad.problem import Problem


class Variant:
    """A convention, and the quantities under it.

    Attributes:
        convention: what differs from the problem.
    """

    def __init__(self, convention: Convention) -> None:
        self.convention = convention
        self._known: dict[Symbol, float] = {}

    @cached_property
    def _plan(self) -> Plan:
        return routed(self.convention.problem, frozenset(), self.convention.habit)

    @cached_property
    def _last(self) -> int:
        return iterations_of(self.convention.problem, frozenset())[-1] + 1

    def value(self, symbol: Symbol) -> float | None:
        """The value of a quantity; None where it has none, or is of a late iteration."""
        if symbol.iteration > self._last:
            return None
        try:
            self._work_out(symbol)
        except ChalkgradError:
            return None
        value = self._known[symbol]
        return value if math.isfinite(value) else None

    def _work_out(self, symbol: Symbol) -> None:
        stack, known = [symbol], self._known
        while stack:
            at = stack[-1]
            number = self._plan.constant(at)
            if at in known or number is not None:
                known.setdefault(at, float(number or 0.0))
                stack.pop()
                continue
            formula = self._plan.definition(at).formula
            missing = [s for s in symbols(formula) if s not in known]
            if missing:
                stack += missing
                continue
            try:
                known[at] = evaluate(formula, known.__getitem__)
            except TROUBLE:
                known[at] = math.nan
            stack.pop()

    def far(self, *iterations: int) -> dict[str, float]:
        """Loss and outputs seen in late iterations, by name; empty where there is none."""
        return far(self.convention.problem, self.convention.habit, *iterations)

    def world(self, names: Problem) -> World:
        """All quantities, under the names of a problem.

        Raises:
            ChalkgradError: nothing can be worked out under this convention.
            OverflowError: there are too many quantities.
        """
        return World(replace(self.convention.problem, names=names.names), self.convention.habit)


class Variants:
    """The conventions that a problem could be worked by instead, each made when it is asked for."""

    def __init__(self, problem: Problem) -> None:
        self.problem = problem
        self._made: list[Variant] = []
        self._more: Iterator[Convention] | None = None

    def all(self) -> Iterator[Variant]:
        """All of them, the likely ones first."""
        if self._more is None:
            # Names are checked anew for every problem that is made, and no value depends on them.
            self._more = conventions(replace(self.problem, names={}))
        k = 0
        while True:
            if k == len(self._made):
                convention = next(self._more, None)
                if convention is None:
                    return
                self._made.append(Variant(convention))
            yield self._made[k]
            k += 1
