"""Printed formulas that are not what they should be: the rules that each chain of a document is held against."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from chalkgrad.activations import SIGMOID
from chalkgrad.auditing.chained import unbound_sums, wrong_steps
from chalkgrad.auditing.definitions import value_at, wrong_definition, wrong_inside
from chalkgrad.auditing.derivatives import wrong_derivatives
from chalkgrad.auditing.entities import same
from chalkgrad.auditing.functions import FUNCTIONS
from chalkgrad.auditing.grids import Grid
from chalkgrad.auditing.labels import wrong_labels
from chalkgrad.auditing.records import DAMAGE
from chalkgrad.auditing.slipped import slipped
from chalkgrad.formula import Add, Div, Fn, Mul, Neg, Num, Pow, Sym, children, evaluate, symbols
from chalkgrad.primitives import EXP

if TYPE_CHECKING:
    from collections.abc import Iterator

    from chalkgrad.auditing.bench import Bench
    from chalkgrad.auditing.records import Finding
    from chalkgrad.auditing.sides import Chain, Side
    from chalkgrad.formula import Formula

_POINTS = (0.37, -1.21, 2.05)


def formula_slips(bench: Bench) -> list[Finding]:
    """The printed formulas of a document that are not those of the quantities they define."""
    out: list[Finding] = []
    for chain in bench.chains:
        if bench.clock.over():
            break
        first = chain.sides[0]
        out += unbound_sums(bench, chain)
        if first.value is None or isinstance(first.value, Grid):
            continue
        out += wrong_steps(bench, chain)
        found = [*wrong_derivatives(bench, chain), *wrong_labels(bench, chain)]
        second = chain.sides[1] if len(chain.sides) > 1 else None
        if second is not None and second.relation == "=" and second.passage == first.passage:
            if _formula(second):
                if not found:  # of what is formula and label at once the label is said
                    found += _function(bench, first, second)
                    found += wrong_definition(bench, chain, first, second)
                found += wrong_inside(bench, second)
            found += _struck(bench, chain, first.value)
        out += found
    return out


def _formula(side: Side) -> bool:
    """Whether names stand in a side, and it is read."""
    return side.value is not None and not isinstance(side.value, Grid) and bool(symbols(side.value))


# ---------------------------------------------------------------- functions
def _function(bench: Bench, first: Side, second: Side) -> Iterator[Finding]:
    """``Sigmoid = 1/(1+(1+e^-z))``: the definition of a function that is another one."""
    name = first.name
    if isinstance(first.value, Fn):
        function = first.value.function
    else:
        found = FUNCTIONS.get(name.casefold())
        if found is None or name.casefold() == "sigma":
            return
        function = found
    assert second.value is not None
    assert not isinstance(second.value, Grid)
    names = list(dict.fromkeys(symbols(second.value)))
    if len(names) != 1 or function is not SIGMOID:
        return
    right = [evaluate(Fn(function, (Num(x),)), lambda s: math.nan) for x in _POINTS]
    printed = [value_at(second.value, {names[0]: x}) for x in _POINTS]
    if all(same(a, b) for a, b in zip(right, printed, strict=True)):
        return
    if not any(isinstance(n, Fn) and n.function is EXP for n in _nodes(second.value)):
        return
    for changed in _smaller(second.value):
        mended = [value_at(changed, {names[0]: x}) for x in _POINTS]
        if all(same(a, b) for a, b in zip(right, mended, strict=True)):
            yield slipped(
                bench, second, "this is not the sigmoid: something stands in it that does not belong there",
                expected="1/(1 + e^-z)",
            )  # fmt: skip
            return


def _nodes(formula: Formula) -> Iterator[Formula]:
    stack = [formula]
    while stack:
        node = stack.pop()
        yield node
        stack.extend(children(node))


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


# ---------------------------------------------------------------- damage
def _struck(bench: Bench, chain: Chain, value: Formula) -> Iterator[Finding]:
    """``2z/2w = x``: the sign of a derivative that was read as a 2, if the line holds with it."""
    if not isinstance(value, Div):
        return
    names = [_behind_two(part) for part in (value.top, value.bottom)]
    meant = bench.namer.meanings(f"d({names[0]})/d({names[1]})") if all(names) else ()
    right = {e.label for s in chain.labels for e in bench.namer.meanings(s.name)}
    right |= {
        bench.meant[f.start].label
        for s in chain.sides
        if (f := s.literal) and f.start in bench.meant
    }
    if right.intersection(e.label for e in meant):
        shown = f"∂{names[0]}/∂{names[1]}"
        yield slipped(
            bench, chain.sides[0], f"its signs of a derivative were read as numbers: {shown} belongs here",
            kind=DAMAGE, name=meant[0].label,
        )  # fmt: skip


def _behind_two(part: Formula) -> str:
    """The name that stands behind a 2; "" if that is not what a formula is."""
    if isinstance(part, Mul) and len(part.factors) == 2:
        two, name = part.factors
        if isinstance(two, Num) and two.value == 2 and isinstance(name, Sym):
            return name.name.kind
    return ""
