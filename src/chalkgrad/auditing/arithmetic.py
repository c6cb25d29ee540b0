"""Whether a printed result follows from the printed operands of its own line.

An operand that the document worked out before stands for the numbers that its digits and its own line
allow; one that is given stands for itself. No unit more is forgiven, and no scratch.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
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
)
from chalkgrad.intervals import enclose
from chalkgrad.marking.reach import preimage, rounds_to
from chalkgrad.marking.trees import changed
from chalkgrad.marking.written import significant
from chalkgrad.notation import Symbol

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from chalkgrad.auditing.sides import Chain, Side
    from chalkgrad.formula import Formula, Interval

_LARGE_TREE = 5_000
_GIVEN_DIGITS = 3
"""A number of so few digits that nothing led to is taken for a given one, and exact."""


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
            case Neg(body):
                return Neg(go(body))
            case Add(terms):
                return Add(tuple(map(go, terms)))
            case Mul(factors):
                return Mul(tuple(map(go, factors)))
            case Div(top, bottom):
                return Div(go(top), go(bottom))
            case Pow(base, exponent):
                return Pow(go(base), go(exponent))
            case Fn(function, args):
                return Fn(function, tuple(map(go, args)))
            case _:
                return node

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


@dataclass
class Shelf:
    """What the document printed so far: for each number what it can stand for.

    Attributes:
        worked: for each result, by its size, the range of what it can stand for.
        hidden: results whose working is not shown.
    """

    worked: dict[float, Interval] = field(default_factory=dict)
    hidden: set[float] = field(default_factory=set)

    def range_of(self, fig: Figure) -> Interval:
        """What an operand can stand for."""
        v = fig.value
        if fig.bare:
            return (v, v)
        known = self.worked.get(abs(v))
        if known is not None:
            return known if v >= 0 else (-known[1], -known[0])
        if abs(v) in self.hidden or significant(v, fig.unit) > _GIVEN_DIGITS:
            return preimage(v, fig.unit)
        return (v, v)

    def keep(self, fig: Figure, range_: Interval | None) -> None:
        """Remember a result and the range that its working allows."""
        v = fig.value
        low, high = preimage(v, fig.unit)
        if range_ is not None:
            one, two = max(low, range_[0]), min(high, range_[1])
            if one <= two:
                low, high = one, two
        low, high = min(low, v), max(high, v)
        if range_ is not None and not (range_[0] <= high and low <= range_[1]):
            low = high = v
        if v < 0:
            low, high = -high, -low
        known = self.worked.get(abs(v))
        if known is not None:
            low, high = min(low, known[0]), max(high, known[1])
        self.worked[abs(v)] = (low, high)


HOLDS, FAILS, OPEN_ = "holds", "fails", "open"


@dataclass(frozen=True, slots=True)
class Step:
    """Two sides that are set equal, and whether they are.

    Attributes:
        left, right: the sides.
        verdict: ``holds``, ``fails``, or ``open`` where numbers do not decide it.
        computed: the value of the left side at its printed operands.
        range: what it can be, when its operands are roundings.
    """

    left: Side
    right: Side
    verdict: str
    computed: float = math.nan
    range: Interval = (-math.inf, math.inf)


def steps(chain: Chain, shelf: Shelf) -> Iterator[Step]:
    """The steps of a chain that numbers decide; what is worked out is put on the shelf.

    >>> from chalkgrad.auditing.documents import read_document
    >>> from chalkgrad.auditing.chains import chains_of
    >>> chain = chains_of(read_document("n.md", "$z = 0.1*0.5 + 0.3 = 0.36$"))[0][0]
    >>> [(step.verdict, step.computed) for step in steps(chain, Shelf())]
    [('fails', 0.35)]
    """
    before: tuple[Side, ...] = ()
    shown = False
    for side in chain.sides:
        cells = side.cells
        for k, cell in enumerate(cells):
            made = None
            if len(cells) == len(before) and side.relation == "=":
                made = step(before[k], cell, shelf)
                if made is not None:
                    yield made
            _keep(shelf, cell, made, shown=shown)
        shown = shown or (not side.name and side.literal is None)
        before = cells


def _keep(shelf: Shelf, side: Side, made: Step | None, *, shown: bool) -> None:
    """Put a result on the shelf: what its working allows, or that its working is not shown."""
    fig = side.literal
    if fig is None or fig.bare or not side.relation:
        return
    if made is not None:
        shelf.keep(fig, made.range if made.verdict == HOLDS else None)
    elif shown or significant(fig.value, fig.unit) > _GIVEN_DIGITS:
        shelf.hidden.add(abs(fig.value))


def step(left: Side, right: Side, shelf: Shelf) -> Step | None:
    """Whether two neighbouring sides are equal; None where they are not both numbers."""
    if not (left.numeric and right.numeric) or left.value is None or right.value is None:
        return None
    if left.literal is not None and right.literal is not None and right.literal.bare:
        return None  # whole numbers side by side count something
    one, two = opened(left.value), opened(right.value)  # type: ignore[arg-type]  # no grids: numeric
    if one is None or two is None:
        return None
    x, y = one.printed, two.printed
    if not (math.isfinite(x) and math.isfinite(y)):
        return Step(left, right, OPEN_, x)
    if left.literal is not None and right.literal is None:
        return _from_literal(left, right, two, y)
    ranges = [shelf.range_of(f) for f in one.figures]
    range_ = one.over(ranges)
    fig = right.literal
    if fig is not None:
        holds = rounds_to(fig.value, fig.unit, x, 1e-13 * max(1.0, abs(x))) or meets(fig, range_)
        if not holds:
            other = with_log10(left.value)  # type: ignore[arg-type]
            tens = opened(other) if other is not None else None
            if tens is not None and rounds_to(fig.value, fig.unit, tens.printed):
                return Step(left, right, OPEN_, x, range_)
        return Step(left, right, HOLDS if holds else FAILS, x, range_)
    return _between(left, right, one, two, range_, x, y)


def _from_literal(left: Side, right: Side, two: Opened, y: float) -> Step | None:
    """A number, and then what it is made of; not where the work goes on with that number."""
    fig = left.literal
    assert fig is not None
    if any(f.value == fig.value for f in two.figures):
        return None
    ranges = [preimage(f.value, f.unit) if not f.bare else (f.value, f.value) for f in two.figures]
    holds = rounds_to(fig.value, fig.unit, y) or meets(fig, two.over(ranges))
    return Step(left, right, HOLDS if holds else OPEN_, fig.value)


def _between(
    left: Side, right: Side, one: Opened, two: Opened, range_: Interval, x: float, y: float
) -> Step:
    """One expression set equal to the next: its new numbers are rounded, its old ones are what they were."""
    old = {abs(f.value) for f in one.figures}
    ranges = [
        (f.value, f.value) if f.bare or abs(f.value) in old else preimage(f.value, f.unit)
        for f in two.figures
    ]
    low, high = two.over(ranges)
    dust = 1e-9 * max(abs(x), abs(y))
    if range_[0] <= high + dust and low - dust <= range_[1]:
        return Step(left, right, HOLDS, x, range_)
    if _runs_on(x, right.value, old):  # type: ignore[arg-type]
        return Step(left, right, OPEN_, x, range_)
    return Step(left, right, FAILS, x, range_)


def _runs_on(x: float, right: Formula, old: set[float]) -> bool:
    """Whether the next expression begins with the result of this one: ``2*3 = 6*4 = 24``."""
    first: Formula = right
    while isinstance(first, (Add, Mul)):
        first = first.terms[0] if isinstance(first, Add) else first.factors[0]
    if isinstance(first, Neg):
        first = first.body
    if not isinstance(first, Figure) or isinstance(right, Num) or abs(first.value) in old:
        return False
    return rounds_to(abs(first.value), first.unit, abs(x))
