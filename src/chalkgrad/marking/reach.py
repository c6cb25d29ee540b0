"""Which values can be right: what written digits stand for, and what rounding on the way can reach.

The rule and what it was measured against stand in ``docs/check.md``. Each written line is anchored: it
hands on the numbers that its digits allow and that are themselves reachable. A line that is not written
is widened by the place to which this sheet keeps its figures.
"""

from __future__ import annotations

import math
from collections import Counter
from functools import lru_cache
from typing import TYPE_CHECKING

from chalkgrad.marking.written import significant

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Sequence

    from chalkgrad.formula import Interval
    from chalkgrad.marking.compiled import Compiled

DUST = 1e-13
"""Float noise of a difference that is 0 on paper, where parameters are of the order of one."""
_SHARE = 0.6
"""So many of the lines must agree on their digits before they speak for the sheet."""
_DROPPED = 0.4
"""With the most places of all lines, so many are enough to be taken for decimals with dropped zeros."""
_ZEROS = 0.1
"""From so many zeros on they tell of decimals, however alike the digits of the other lines are."""
_NOTHING = 0.01
"""The last place of a 0 where no line has a decimal: else a sheet of zeros would be a rounding of all."""
_FORGIVEN = 0.01
"""One more unit is forgiven where it is at most this part of the value."""


def preimage(value: float, unit: float) -> Interval:
    """All numbers of which `value` is a rounding or a cut at its last place."""
    if value > 0:
        return (value - unit / 2, value + unit)
    if value < 0:
        return (value - unit, value + unit / 2)
    return (-unit, unit)


def rounds_to(value: float, unit: float, x: float, dust: float = DUST) -> bool:
    """Whether `value` is a rounding or a cut of x at its last place; of what is infinite nothing is."""
    e = 1e-6 * unit + 4e-16 * abs(x) + dust
    if abs(value - x) <= unit / 2 + e:
        return e < math.inf
    return x - unit - e < value <= x + e if x > 0 else x - e <= value < x + unit + e


def slack(value: float, unit: float) -> float:
    """The one more unit that is forgiven."""
    return unit if unit <= _FORGIVEN * abs(value) else 0.0


def fits(value: float, unit: float, range_: Interval, dust: float = DUST) -> bool:
    """Whether what the digits stand for, or one unit beside it, meets a range."""
    low, high = preimage(value, unit)
    e = 1e-6 * unit + 4e-16 * abs(value) + dust + slack(value, unit)
    return range_[0] <= high + e and low - e <= range_[1]


# ---------------------------------------------------------------- digits of a sheet
def _sig_unit(size: float, digits: int) -> float:
    if not 0 < size < math.inf:
        return 0.0
    return float(10.0 ** (math.floor(math.log10(size)) - digits + 1))


def scratch(
    values: Sequence[float | None],
    units: Sequence[float | None],
    stated: Callable[[float], float] | None = None,
    zeros: int = 0,
) -> Callable[[float], float]:
    """The place to which a sheet keeps what it does not show, as a function of the size of a number.

    Fixed decimals or fixed digits, whichever most lines have, the coarser of both where both hold; the
    digits that were asked for, or else a digit less than the coarsest line seen, where neither does: no
    sheet can tell how coarse its scratch was, and a right line must not be accused. Zeros do not vote,
    but `zeros` counts them.
    """
    votes = [_last_place(v, u) for v, u in zip(values, units, strict=True) if v and u]
    if not votes:
        return stated or (lambda size: 0.0)
    # Nobody keeps figures to whole tens: what is written as 3e9 tells of digits, not of decimals.
    places, digits = Counter([d for d, _ in votes if d >= 0]), Counter([g for _, g in votes])
    total = len(votes)
    d, by_places = max(places.items(), key=lambda x: (x[1], -x[0]), default=(0, 0))
    g, by_digits = max(digits.items(), key=lambda x: (x[1], -x[0]))
    fixed = 10.0**-d
    # Zeros dropped at the end make fixed decimals look like fixed digits: no line has more places.
    dropped = by_places >= _DROPPED * total and d == max(places, default=0)
    if (by_places >= _SHARE * total or dropped) and by_digits >= _SHARE * total:
        return lambda size: max(fixed, _sig_unit(size, g))
    if by_places >= _SHARE * total:
        return lambda size: fixed
    if by_digits >= _SHARE * total:
        # Zeros are what fixed decimals make of small values: then nothing is finer than their last place.
        several = places and zeros >= _ZEROS * (total + zeros)
        least = 10.0 ** -max(places) if several else 0.0
        return lambda size: max(least, _sig_unit(size, g))
    if stated:
        return stated
    coarse = 10.0 ** (1 - min(places)) if places else 0.0
    fewest = max(1, min(digits) - 1)
    return lambda size: max(coarse, _sig_unit(size, fewest))


@lru_cache(maxsize=10_000)  # most figures of a class recur
def _last_place(value: float, unit: float) -> tuple[int, int]:
    """Decimals and significant digits of a figure."""
    return -round(math.log10(unit)), significant(value, unit)


def _most_digits(values: Sequence[float | None], units: Sequence[float | None]) -> int:
    """The most significant digits that at least a tenth of the lines have."""
    digits = Counter([_last_place(v, u)[1] for v, u in zip(values, units, strict=True) if v and u])
    often = [n for n, count in digits.items() if count >= 0.1 * digits.total()]
    return max(often, default=17)


def settle_bare(
    values: Sequence[float | None],
    units: list[float | None],
    bare: Collection[int],
    stated: Callable[[float], float] | None = None,
) -> None:
    """Give zeros, whole numbers and fractions the last place of the other lines, or else of two digits."""
    own = [None if k in bare else u for k, u in enumerate(units)]
    kept = [u for u in own if u]
    if not kept:
        for k in bare:
            size, unit = abs(values[k] or 0.0), units[k] or 1.0
            at = stated(size) if stated else _sig_unit(size, 2)
            units[k] = min(unit, at or _NOTHING)
        return
    zeros = sum(values[k] == 0 for k in bare)
    place = scratch(
        [v if u else None for v, u in zip(values, own, strict=True)], own, stated, zeros
    )
    least = min(kept)
    most = _most_digits(values, own)
    for k in bare:
        value, unit = values[k] or 0.0, units[k] or 1.0
        # A 1 of a sheet of two digits is 1.0, also where most of its figures have two decimals.
        at = (
            max(place(abs(value)), _sig_unit(abs(value), most)) if value else max(least, place(0.0))
        )
        units[k] = min(unit, at or unit)


# ---------------------------------------------------------------- what can be reached
def reach(
    compiled: Compiled,
    values: Sequence[float | None],
    units: Sequence[float | None],
    place: Callable[[float], float] | None,
    unwritten: Collection[int] = (),
    only: Iterable[int] | None = None,
) -> tuple[list[Interval], list[Interval]]:
    """For every quantity the interval that consistent rounding can reach, and the one it hands on.

    Args:
        compiled: the plan.
        values: what is written, by place in the order of working.
        units: the size of its last place.
        place: the place to which unwritten values are kept; None to widen nothing.
        unwritten: written lines that are to count as not written.
        only: the quantities that matter, in working order with all that they lean on; None for all.
    """
    count = len(compiled.order)
    reached: list[Interval] = [(0.0, 0.0)] * count
    used: list[Interval] = [(0.0, 0.0)] * count
    interval = compiled.interval
    for k in range(count) if only is None else only:
        low, high = reached[k] = interval(k, used)
        v, u = values[k], units[k]
        if v is None or u is None or k in unwritten:
            if place and not (low == high and low in (0.0, 1.0)):
                h = place(max(abs(low), abs(high)))
                low, high = low - h, high + h
            used[k] = (low, high)
            continue
        p, q = preimage(v, u)
        one, two = max(p, low), min(q, high)
        if one > two:  # a unit off, or wrong: the neighbourhood that was let pass, if any
            s = slack(v, u)
            one, two = max(p - s, low), min(q + s, high)
        used[k] = (min(v, one), max(v, two)) if one <= two else (p, q)
    return reached, used
