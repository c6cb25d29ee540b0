"""Ways through one graph: the same gradient by delta or by its factors, an update by its step.

A sheet shows which quantities its writer worked with; its plan is written over these, so that what
follows from a wrong one is followed through. The other ways stay open, line by line, as alternatives.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from chalkgrad.activations import ACTIVATIONS
from chalkgrad.formula import Add, Neg, Sym, symbols
from chalkgrad.marking.trees import changed, swap
from chalkgrad.network import make_plan
from chalkgrad.plan import Definition

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator
    from typing import TypeAlias

    from chalkgrad.formula import Formula
    from chalkgrad.notation import Symbol
    from chalkgrad.plan import Plan
    from chalkgrad.problem import Problem

    Habit: TypeAlias = Callable[[Symbol, Definition], Definition]

STYLE = "matrix"
"""The style whose definitions name every factor once: delta from its two factors, gradients from delta."""


def routes_of(problem: Problem, written: Collection[Symbol]) -> frozenset[str]:
    """Which ways a sheet goes, by the quantities on it: ``error``, ``step``, ``factors``."""
    kinds = {s.kind for s in written}
    routes = set()
    if "error" in kinds:
        routes.add("error")
    if kinds & {"step_w", "step_b"}:
        routes.add("step")
    depth = len(problem.layers)
    whole = ACTIVATIONS[problem.layers[-1].activation.name].whole_layer
    factors = any(s.kind in ("grad_a", "da_dz") and s.index[0] == depth for s in written)
    if problem.pairing and not whole and factors:
        routes.add("factors")
    return frozenset(routes)


def routed(problem: Problem, routes: frozenset[str], habit: Habit | None = None) -> Plan:
    """The plan of a problem over the quantities of these routes; `habit` changes definitions first."""
    plan = make_plan(problem, STYLE)

    def rewrite(symbol: Symbol, definition: Definition) -> Definition:
        if habit:
            definition = habit(symbol, definition)
        formula = definition.formula
        if "factors" in routes and symbol.kind == "delta" and definition.rule:
            formula = definition.rule
        if "error" in routes and symbol.kind in ("grad_a", "delta", "loss"):
            formula = _over_error(formula)
        if "step" in routes and symbol.kind in ("new_w", "new_b"):
            formula = _over_step(symbol, formula)
        return Definition(formula, definition.stable, definition.rule)

    return plan.with_rewritten(rewrite) if routes or habit else plan


def _over_error(formula: Formula) -> Formula:
    """Target minus activation as one named quantity."""

    def change(node: Formula) -> Formula:
        match node:
            case Add((Sym(t), Neg(Sym(a)))) if t.kind == "t" and a.kind == "a":
                return Sym(_error(t, a))
            case Add((Sym(a), Neg(Sym(t)))) if t.kind == "t" and a.kind == "a":
                return Neg(Sym(_error(t, a)))
            case _:
                return node

    return changed(formula, change)


def _error(t: Symbol, a: Symbol) -> Symbol:
    return a._replace(kind="error", index=t.index)


def _over_step(symbol: Symbol, formula: Formula) -> Formula:
    match formula:
        case Add((Sym() as old, _)):
            return Add((old, Sym(symbol._replace(kind=symbol.kind.replace("new", "step")))))
        case _:
            return formula


def alternatives(
    symbol: Symbol,
    formula: Formula,
    define: Callable[[Symbol], Definition],
    known: Collection[Symbol],
) -> Iterator[Formula]:
    """Other formulas of the value of a symbol, over quantities that are `known` on the sheet.

    Args:
        symbol: the quantity.
        formula: its formula on the routes of this sheet.
        define: the definitions without routes.
        known: what may be read.
    """
    plain = define(symbol)
    seen = {formula}
    candidates = [plain.formula]
    if symbol.kind in ("new_w", "new_b"):
        candidates.append(_over_step(symbol, plain.formula))
    if symbol.kind in ("grad_a", "delta", "loss"):
        candidates.append(_over_error(plain.formula))
    if symbol.kind == "delta" and plain.rule:
        candidates.append(plain.rule)
    for base in tuple(candidates):
        products = {
            s: product
            for s in symbols(base)
            if s.kind == "delta" and (product := _product(define(s)))
        }
        if products:
            candidates.append(swap(base, products))
    for other in candidates:
        if other not in seen and all(s in known or s.kind in _GIVEN for s in symbols(other)):
            seen.add(other)
            yield other


_GIVEN = frozenset(
    {
        "x",
        "t",
        "w",
        "b",
        "lr",
        "update",
        "momentum",
        "rho",
        "beta1",
        "beta2",
        "epsilon",
        "weight_decay",
    }
)


def _product(delta: Definition) -> Formula | None:
    """A delta as the product of its two factors, where it is one."""
    for formula in (delta.formula, delta.rule):
        if formula and any(s.kind == "da_dz" for s in symbols(formula)):
            return formula
    return None
