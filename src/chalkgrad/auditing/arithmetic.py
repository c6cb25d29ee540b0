"""Whether a printed result follows from the printed operands of its own line.

An operand that the document worked out before stands for the numbers that its digits and its own line
allow; one that is given stands for itself. No unit more is forgiven, and no scratch.
"""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING

from chalkgrad.auditing.figures import Figure
from chalkgrad.auditing.opening import Opened, meets, opened, with_log10
from chalkgrad.formula import Add, Mul, Neg, Num
from chalkgrad.light import dataclass, field
from chalkgrad.marking.reach import preimage, rounds_to
from chalkgrad.marking.written import significant

if TYPE_CHECKING:
    from collections.abc import Iterator

    from chalkgrad.auditing.sides import Chain, Side
    from chalkgrad.formula import Formula, Interval

_WORKED = re.compile(r"(?:out|net|[zaho]\d|delta|yhat|sigma)")
"""What is called so is worked out, not given; a derivative can be an input."""
_GIVEN_DIGITS = 3
"""A number of so few digits that nothing led to is taken for a given one, and exact."""


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
    shown = bool(chain.sides) and _WORKED.match(chain.sides[0].name) is not None
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
            if _in_percent(fig, one, x):
                return Step(left, right, OPEN_, x, range_)
        return Step(left, right, HOLDS if holds else FAILS, x, range_)
    return _between(left, right, one, two, range_, x, y)


def _in_percent(fig: Figure, inner: Opened, x: float) -> bool:
    """Whether a result holds, if signs of percent that are printed on one side alone are left out."""
    signs = {f.percent for f in (fig, *inner.figures)}
    if len(signs) == 1:
        return False
    factor = 100.0 if fig.percent else 0.01
    return rounds_to(fig.value * factor, fig.unit * factor, x)


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
