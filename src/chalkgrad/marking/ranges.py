"""Interval arithmetic as Python text: the range of a formula, written out once and run for every sheet."""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING

from chalkgrad.formula import EVERYTHING, Add, Cases, Div, Fn, Mul, Neg, Num, Pow, Sym

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from chalkgrad.formula import Formula, Function, Interval
    from chalkgrad.notation import Symbol

TROUBLE = (OverflowError, ZeroDivisionError, ValueError)
"""What arithmetic on wild values raises."""


def ranging(text: str) -> Callable[[Sequence[Interval]], Interval]:
    """The function of used intervals U that a text writes; everything where it has no value."""
    space = {**INTERVALS, "TROUBLE": TROUBLE, "inf": math.inf}
    exec(_RANGING.format(text), space)  # noqa: S102  own text
    return space["ranging"]  # type: ignore[return-value]


_RANGING = """
def ranging(U):
    try:
        low, high = {}
    except TROUBLE:
        return EVERYTHING
    return (low if low == low else -inf, high if high == high else inf)
"""


def interval_source(node: Formula, ref: Callable[[Symbol], str]) -> str:
    """Python text of `formula.enclose`, for `eval` with the functions below."""

    def go(node: Formula) -> str:
        match node:
            case Sym(name):
                return ref(name)
            case Num(number):
                return f"({number!r},{number!r})"
            case Neg(body):
                return f"i_neg({go(body)})"
            case Add(terms):
                return f"i_add({','.join(map(go, terms))})"
            case Mul(factors):
                return f"i_mul({','.join(map(go, factors))})"
            case Div(top, bottom):
                return f"i_div({go(top)},{go(bottom)})"
            case Pow(base, exponent):
                return f"i_pow({go(base)},{go(exponent)})"
            case Fn(function, args):
                if function.over:
                    return f"{_named(function)}({','.join(map(go, args))})"
                make = function.define or function.stable
                return go(make(*args)) if make else "EVERYTHING"
            case Cases(left, relation, right, above, otherwise):
                parts = ",".join(map(go, (left, right, above, otherwise)))
                return f"i_cases({relation!r},{parts})"

    return go(node)


def _named(function: Function) -> str:
    name = "f_" + re.sub(r"\W", "_", function.name)
    if name not in INTERVALS and function.over:
        INTERVALS[name] = function.over
    return name


def _i_neg(x: Interval) -> Interval:
    return (-x[1], -x[0])


def _i_add(*terms: Interval) -> Interval:
    low = high = 0.0
    for p, q in terms:
        low += p
        high += q
    return (low, high)


def _i_mul(first: Interval, *factors: Interval) -> Interval:
    low, high = first
    for p, q in factors:
        a, b, c, d = low * p, low * q, high * p, high * q
        low, high = min(a, b, c, d), max(a, b, c, d)
        if a != a or b != b or c != c or d != d:
            return EVERYTHING
    return (low, high)


def _i_div(top: Interval, bottom: Interval) -> Interval:
    low, high = bottom
    if low <= 0 <= high:
        return EVERYTHING
    return _i_mul(top, (1 / high, 1 / low))


def _i_pow(base: Interval, exponent: Interval) -> Interval:
    (low, high), n = base, exponent[0]
    if n == 2.0:
        p, q = low * low, high * high
        return (0.0, max(p, q)) if low <= 0 <= high else (p, q) if p <= q else (q, p)
    p, q = sorted((low**n, high**n))
    return (0.0, q) if n % 2 == 0 and low <= 0 <= high else (p, q)


def _i_cases(
    relation: str, left: Interval, right: Interval, above: Interval, otherwise: Interval
) -> Interval:
    if left[0] > right[1] or (relation == ">=" and left[0] == right[1]):
        return above
    if left[1] < right[0] or (relation == ">" and left[1] == right[0]):
        return otherwise
    return (min(above[0], otherwise[0]), max(above[1], otherwise[1]))


def _i_sqrt(x: Interval) -> Interval:
    """A root of what rounding took below 0 is 0: no square is negative."""
    return (math.sqrt(max(x[0], 0.0)), math.sqrt(max(x[1], 0.0)))


INTERVALS: dict[str, object] = {
    "i_neg": _i_neg, "i_add": _i_add, "i_mul": _i_mul, "i_div": _i_div, "i_pow": _i_pow,
    "i_cases": _i_cases, "f_sqrt": _i_sqrt, "EVERYTHING": EVERYTHING,
}  # fmt: skip
