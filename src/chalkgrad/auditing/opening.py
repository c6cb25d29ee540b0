"""Formulas of numbers alone, opened: their figures are places where numbers, ranges or quantities are put in."""

from __future__ import annotations

import math
from functools import cached_property
from typing import TYPE_CHECKING

from chalkgrad.auditing.figures import Figure
from chalkgrad.auditing.functions import LOG, LOG10
from chalkgrad.formula import (
    Add,
    Div,
    Fn,
    Mul,
    Neg,
    Num,
    Pow,
    Sym,
    children,
    divide,
    evaluate,
    power,
    rebuilt,
)
from chalkgrad.intervals import enclose
from chalkgrad.light import dataclass
from chalkgrad.marking.reach import preimage
from chalkgrad.marking.trees import changed
from chalkgrad.notation import Symbol

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from chalkgrad.formula import Formula, Interval

_LARGE_TREE = 5_000


@dataclass(frozen=True)
class Opened:
    """A formula whose figures are symbols, to be put in as numbers, intervals or quantities."""

    formula: Formula
    figures: tuple[Figure, ...]

    @cached_property
    def _point(self) -> Callable[[Sequence[float]], float]:
        return _closure(self.formula)

    def at(self, values: Sequence[float]) -> float:
        """Its value with a value for each figure."""
        try:
            return self._point(values)
        except (OverflowError, ValueError, TypeError):  # a root of a negative number is complex
            return math.nan

    @property
    def printed(self) -> float:
        """Its value at the figures as printed."""
        return self.at([f.value for f in self.figures])

    def over(self, ranges: Sequence[Interval]) -> Interval:
        """Its range over a range for each figure."""
        try:
            return enclose(self.formula, lambda s: ranges[s.index[0]])
        except (OverflowError, ValueError, ZeroDivisionError, TypeError):
            return (-math.inf, math.inf)


def opened(formula: Formula) -> Opened | None:
    """A formula of numbers alone with its figures as symbols; None if it is too large to be one of a hand."""
    if size(formula) > _LARGE_TREE:
        return None
    figures: list[Figure] = []

    def go(node: Formula) -> Formula:
        match node:
            case Figure():
                figures.append(node)
                return Sym(Symbol("#", (len(figures) - 1,), 0))
            case Pow(base, Figure(value=value, bare=True)):
                return Pow(go(base), Num(value))  # an exponent is no quantity
            case _:
                return rebuilt(node, go)

    return Opened(go(formula), tuple(figures))


def _closure(node: Formula) -> Callable[[Sequence[float]], float]:
    """A formula as a function of the values of its figures: what is tried a hundred times is taken apart once."""
    match node:
        case Sym(symbol):
            k = symbol.index[0]
            return lambda v: v[k]
        case Num(value):
            return lambda v: value
        case Neg(body):
            inner = _closure(body)
            return lambda v: -inner(v)
        case Add((one, two)):
            a, b = _closure(one), _closure(two)
            return lambda v: a(v) + b(v)
        case Add(terms):
            parts = [_closure(t) for t in terms]
            return lambda v: sum([p(v) for p in parts])
        case Mul((one, two)):
            a, b = _closure(one), _closure(two)
            return lambda v: a(v) * b(v)
        case Mul(factors):
            parts = [_closure(f) for f in factors]
            return lambda v: math.prod([p(v) for p in parts])
        case Div(top, bottom):
            a, b = _closure(top), _closure(bottom)
            return lambda v: divide(a(v), b(v))
        case Pow(base, exponent):
            a, b = _closure(base), _closure(exponent)
            return lambda v: power(a(v), b(v))
        case Fn(function, args) if function.point is None and function.computed(args) is not None:
            return _closure(function.computed(args))  # type: ignore[arg-type]
        case Fn(function, args):
            parts = [_closure(a) for a in args]
            point = function.point
            return lambda v: math.nan if point is None else float(point(*[p(v) for p in parts]))
        case _:
            return lambda v: evaluate(node, lambda s: v[s.index[0]])


def size(formula: Formula) -> int:
    """How many nodes a formula has, counted up to what is too large."""
    count, stack = 0, [formula]
    while stack and count <= _LARGE_TREE:
        count += 1
        stack.extend(children(stack.pop()))
    return count


def with_log10(formula: Formula) -> Formula | None:
    """The formula with base-10 logarithms where the base is not said; None if there is none."""
    found = False

    def change(node: Formula) -> Formula:
        nonlocal found
        if isinstance(node, Fn) and node.function is LOG:
            found = True
            return Fn(LOG10, node.args)
        return node

    made = changed(formula, change)
    return made if found else None


def meets(fig: Figure, range_: Interval) -> bool:
    """Whether the digits of a figure stand for a number of a range."""
    low, high = preimage(fig.value, fig.unit)
    dust = 1e-6 * fig.unit + 4e-16 * abs(fig.value)
    return range_[0] <= high + dust and low - dust <= range_[1]
