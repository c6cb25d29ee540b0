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
from chalkgrad.auditing.referred import wrong_references
from chalkgrad.auditing.relabelled import wrong_factors
from chalkgrad.auditing.remarked import called_wrong
from chalkgrad.auditing.renamed import one_name_for_two
from chalkgrad.auditing.ruled import rules_without_rate
from chalkgrad.auditing.slipped import slipped
from chalkgrad.auditing.spoken import wrong_sentences
from chalkgrad.auditing.struck import struck_derivatives
from chalkgrad.formula import Add, Div, Fn, Mul, Neg, Num, Pow, Sym, children, evaluate, symbols
from chalkgrad.primitives import EXP

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from chalkgrad.auditing.bench import Bench
    from chalkgrad.auditing.records import Finding
    from chalkgrad.auditing.sides import Side
    from chalkgrad.auditing.sources import Source
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
        follows = second is not None and second.relation == "=" and second.passage == first.passage
        if second is not None and follows and _formula(second):
            if not found:  # of what is formula and label at once the label is said
                found += _function(bench, first, second)
                found += wrong_definition(bench, chain, first, second)
            found += wrong_inside(bench, second)
        out += found
    out += wrong_factors(bench)
    out += wrong_references(bench)
    out += struck_derivatives(bench)
    out += wrong_sentences(bench)
    said = {(f.line, f.column) for f in out}
    more = (*one_name_for_two(bench), *rules_without_rate(bench))
    out += [f for f in more if (f.line, f.column) not in said]
    return _not_admitted(bench.source, out)


def _not_admitted(source: Source, found: Sequence[Finding]) -> list[Finding]:
    """The formulas that the document does not itself call wrong."""
    return [
        f
        for f in found
        if not called_wrong(
            source.original, source.offset(f.line, f.column), source.offset(f.line, f.end)
        )
    ]


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
