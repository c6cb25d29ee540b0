"""Formulas over intervals: which values a formula can take when its symbols are known to some digits."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chalkgrad.formula import (
    EVERYTHING,
    Add,
    Cases,
    Div,
    Fn,
    Formula,
    Interval,
    Mul,
    Neg,
    Num,
    Pow,
    Sym,
    power,
)  # fmt: skip

if TYPE_CHECKING:
    from collections.abc import Callable

    from chalkgrad.notation import Symbol


def enclose(node: Formula, value: Callable[[Symbol], Interval]) -> Interval:
    """An interval that holds the formula's value for every choice of its symbols from their intervals.

    It is as narrow as can be where each symbol is named once. What cannot be bounded is `EVERYTHING`.
    """

    def go(node: Formula) -> Interval:
        match node:
            case Sym(name):
                return value(name)
            case Num(number):
                return (number, number)
            case Neg(body):
                low, high = go(body)
                return (-high, -low)
            case Add(terms):
                ends = [go(term) for term in terms]
                return _clean(sum(e[0] for e in ends), sum(e[1] for e in ends))
            case Mul(factors):
                return _product([go(factor) for factor in factors])
            case Div(top, bottom):
                low, high = go(bottom)
                if low <= 0 <= high:
                    return EVERYTHING
                return _product([go(top), (1 / high, 1 / low)])
            case Pow(base, exponent):
                (low, high), (n, _) = go(base), go(exponent)
                corners = (power(low, n), power(high, n))
                if n % 2 == 0 and low <= 0 <= high:
                    return (0.0, max(corners))
                return _clean(min(corners), max(corners))
            case Fn(function, args):
                if function.over:
                    low, high = function.over(*map(go, args))
                    return _clean(low, high)
                make = function.define or function.stable
                return go(make(*args)) if make else EVERYTHING
            case Cases(left, relation, right, above, otherwise):
                (low, high), (edge_low, edge_high) = go(left), go(right)
                if low > edge_high or (relation == ">=" and low == edge_high):
                    return go(above)
                if high < edge_low or (relation == ">" and high == edge_low):
                    return go(otherwise)
                one, two = go(above), go(otherwise)
                return (min(one[0], two[0]), max(one[1], two[1]))

    return go(node)


def _clean(low: float, high: float) -> Interval:
    return EVERYTHING if low != low or high != high else (low, high)


def _product(ends: list[Interval]) -> Interval:
    low, high = ends[0]
    for p, q in ends[1:]:
        corners = (low * p, low * q, high * p, high * q)
        if any(c != c for c in corners):
            return EVERYTHING
        low, high = min(corners), max(corners)
    return (low, high)
