"""Printed formulas that are not the definitions: compared by their values in the second world.

A formula is called wrong only if it is none of the quantities that its left side can mean, for no meaning
of any of its names; and only if a small change makes it right, or it is the formula of another quantity.
"""

from __future__ import annotations

import math
import re
from itertools import product
from typing import TYPE_CHECKING

from chalkgrad.activations import SIGMOID
from chalkgrad.auditing.entities import same
from chalkgrad.auditing.functions import FUNCTIONS
from chalkgrad.auditing.grids import Grid
from chalkgrad.auditing.records import FORMULA, WRONG, Finding
from chalkgrad.formula import Add, Div, Fn, Mul, Neg, Num, Pow, Sym, children, evaluate, symbols
from chalkgrad.primitives import EXP

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from chalkgrad.auditing.bench import Bench
    from chalkgrad.auditing.entities import Entity
    from chalkgrad.auditing.sides import Chain, Side
    from chalkgrad.formula import Formula
    from chalkgrad.notation import Symbol

_MOST_NAMES = 10
_CHOICES = 4_000
"""So many ways to read a formula are tried; one that has more is not judged: the right one may be behind."""
_POINTS = (0.37, -1.21, 2.05)


def formula_slips(bench: Bench) -> list[Finding]:
    """The printed formulas of a document that are not those of the quantities they define."""
    out = []
    for chain in bench.chains:
        first = chain.sides[0] if chain.sides else None
        if first is None or first.value is None or isinstance(first.value, Grid):
            continue
        second = chain.sides[1] if len(chain.sides) > 1 else None
        if second is None or second.relation != "=" or second.passage != first.passage:
            continue
        if second.value is None or isinstance(second.value, Grid) or not symbols(second.value):
            continue
        found = (
            _variable(bench, first, second)
            or _function(bench, first, second)
            or _quantity(bench, chain, first, second)
        )
        if found is not None:
            out.append(found)
    return out


# ---------------------------------------------------------------- derivatives
_BY = re.compile(r"d\((?P<top>.*)\)/d\((?P<bottom>[^()]*)\)")


def _variable(bench: Bench, first: Side, second: Side) -> Finding | None:
    """``dE/da = d(1/2 (t - a)^2)/dz``: a derivative of a formula, by another variable than its left side has."""
    one, two = _BY.fullmatch(first.name), _BY.fullmatch(second.name)
    if one is None or two is None or " " in second.name or "(" not in two["top"]:
        return None
    if one["bottom"] == two["bottom"]:
        return None
    left, right = bench.namer.meanings(one["bottom"]), bench.namer.meanings(two["bottom"])
    if not left or not right:
        return None
    by = {e.label for e in left}
    if by.intersection(e.label for e in right[:1]) or left[0].label in {e.label for e in right[:1]}:
        return None
    return _finding(
        bench, second, None, None,
        f"this is a derivative by {two['bottom']}; on the left stands one by {one['bottom']}",
    )  # fmt: skip


# ---------------------------------------------------------------- functions
def _function(bench: Bench, first: Side, second: Side) -> Finding | None:
    """``Sigmoid = 1/(1+(1+e^-z))``: the definition of a function that is another one."""
    name = first.name
    if isinstance(first.value, Fn):
        function = first.value.function
    else:
        found = FUNCTIONS.get(name.casefold())
        if found is None or name.casefold() == "sigma":
            return None
        function = found
    assert second.value is not None
    assert not isinstance(second.value, Grid)
    names = list(dict.fromkeys(symbols(second.value)))
    if len(names) != 1 or function is not SIGMOID:
        return None
    right = [evaluate(Fn(function, (Num(x),)), lambda s: math.nan) for x in _POINTS]
    printed = [_at(second.value, {names[0]: x}) for x in _POINTS]
    if all(same(a, b) for a, b in zip(right, printed, strict=True)):
        return None
    if not any(isinstance(n, Fn) and n.function is EXP for n in _nodes(second.value)):
        return None
    for changed in _smaller(second.value):
        mended = [_at(changed, {names[0]: x}) for x in _POINTS]
        if all(same(a, b) for a, b in zip(right, mended, strict=True)):
            return _finding(
                bench, second, None, "1/(1 + e^-z)",
                "this is not the sigmoid: something stands in it that does not belong there",
            )  # fmt: skip
    return None


def _nodes(formula: Formula) -> Iterator[Formula]:
    stack = [formula]
    while stack:
        node = stack.pop()
        yield node
        stack.extend(children(node))


def _at(formula: Formula, values: dict[Symbol, float]) -> float:
    try:
        return evaluate(formula, lambda s: values.get(s, math.nan))
    except (OverflowError, ValueError, TypeError):
        return math.nan


def _smaller(formula: Formula) -> Iterator[Formula]:
    """The formula with one term or factor left out, or one sign turned."""
    match formula:
        case Add(terms):
            for k, term in enumerate(terms):
                rest = (*terms[:k], *terms[k + 1 :])
                yield rest[0] if len(rest) == 1 else Add(rest)
                turned = term.body if isinstance(term, Neg) else Neg(term)
                yield Add((*terms[:k], turned, *terms[k + 1 :]))
                for inner in _smaller(term):
                    yield Add((*terms[:k], inner, *terms[k + 1 :]))
        case Mul(factors):
            for k, factor in enumerate(factors):
                rest = (*factors[:k], *factors[k + 1 :])
                yield rest[0] if len(rest) == 1 else Mul(rest)
                for inner in _smaller(factor):
                    yield Mul((*factors[:k], inner, *factors[k + 1 :]))
        case Div(top, bottom):
            yield from (Div(t, bottom) for t in _smaller(top))
            yield from (Div(top, b) for b in _smaller(bottom))
        case Pow(base, exponent):
            yield from (Pow(b, exponent) for b in _smaller(base))
        case Neg(body):
            yield body
            yield from (Neg(b) for b in _smaller(body))
        case Fn(function, (argument,)):
            yield from (Fn(function, (a,)) for a in _smaller(argument))
            if isinstance(argument, Sym):
                yield Fn(function, (Neg(argument),))
        case _:
            return


# ---------------------------------------------------------------- quantities
def _quantity(bench: Bench, chain: Chain, first: Side, second: Side) -> Finding | None:
    """``H1 = x1 w1 + ...``: the definition of a quantity by the formula of another one."""
    value = second.value
    if value is None or isinstance(value, (Grid, Sym)) or not first.name or second.numeric:
        return None
    if first.name in {s.kind for s in symbols(value)}:
        return None  # an update: what stands on the left is the new value
    heads = [e for e in bench.heads(chain, first.start) if e.symbol is not None and not e.given]
    own = [e for e in bench.namer.meanings(first.name) if e.symbol is not None and not e.given]
    names = list(dict.fromkeys(symbols(value)))
    if not own or not 1 < len(names) <= _MOST_NAMES:
        return None
    lists = [_meanings(bench, s) for s in names]
    if not all(lists) or math.prod(map(len, lists)) > _CHOICES:
        return None
    targets = [*own, *heads]
    elsewhere: list[Entity] = []
    for chosen in product(*lists):
        at = _at(value, {s: e.other for s, e in zip(names, chosen, strict=True)})
        if any(same(at, e.other) for e in targets):
            return None
        elsewhere += [e for e in bench.world.structured(at) if e.symbol is not None and not e.given]
    # it is a proper formula, but of another quantity: of one of the same kind, so that no habit explains it
    kinds = {e.symbol.kind for e in own if e.symbol is not None}
    other = next((e for e in elsewhere if e.symbol is not None and e.symbol.kind in kinds), None)
    if other is None or (kinds - {"z", "a"} and len(kinds) > 1):
        return None
    kept = next(
        e
        for e in own
        if e.symbol is not None and other.symbol is not None and e.symbol.kind == other.symbol.kind
    )
    return _finding(
        bench, second, kept.label, None,
        f"this is the formula of {other.label}; on the left stands {first.name}, which is {kept.label}",
    )  # fmt: skip


def _meanings(bench: Bench, symbol: Symbol) -> Sequence[Entity]:
    found = bench.namer.meanings(symbol.kind)
    return [e for e in found if e.symbol is None or e.symbol.iteration <= 1]


def _finding(bench: Bench, side: Side, name: str | None, expected: str | None, why: str) -> Finding:
    source = bench.source
    line, column = source.place(side.start)
    stop = source.original.find("\n", side.start)
    end = min(side.end, stop if stop >= 0 else side.end)
    return Finding(
        source.name, line, column, column + end - side.start, source.original[side.start : end], name, WRONG,
        FORMULA, expected, why,
    )  # fmt: skip
