"""Small tools for rewriting formulas: what slips are made of."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chalkgrad.formula import (
    ONE,
    Add,
    Formula,
    Mul,
    Neg,
    Sym,
    add,
    mul,
    rebuilt,
    substitute,
    symbols,
)  # fmt: skip
from chalkgrad.light import dataclass
from chalkgrad.notation import Symbol
from chalkgrad.spelling import contract_name

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from chalkgrad.problem import Problem


@dataclass(frozen=True, slots=True)
class Setting:
    """What a rewrite may know of the network: its problem, and nothing of any sheet."""

    problem: Problem

    @property
    def depth(self) -> int:
        """The number of layers."""
        return len(self.problem.layers)

    def paired(self, layer: int) -> bool:
        """Whether delta of this layer is activation minus target at once."""
        return layer == self.depth and self.problem.pairing

    def name(self, symbol: Symbol) -> str:
        """The name of a symbol as answers are named: prefixes where they are needed."""
        return contract_name(symbol, None, len(self.problem.samples))

    def others(self, symbol: Symbol, position: int) -> Iterator[Symbol]:
        """The symbol with one of its indices replaced by each other one of that layer."""
        sizes, index = self.problem.sizes, symbol.index
        if symbol.kind == "x":
            size = sizes[0]
        elif symbol.kind in ("t", "error"):
            size = sizes[-1]
        else:
            size = sizes[index[0] - (1 if position == 2 else 0)]
        for v in range(1, size + 1):
            if v != index[position]:
                yield symbol._replace(index=(*index[:position], v, *index[position + 1 :]))

    def givens(self) -> Iterator[Symbol]:
        """What the problem gives: inputs and targets of every sample, weights and biases."""
        for s, sample in enumerate(self.problem.samples, start=1):
            yield from (Symbol("x", (i,), 0, s) for i in range(1, len(sample.input) + 1))
            yield from (Symbol("t", (j,), 0, s) for j in range(1, len(sample.target or ()) + 1))
        for l, layer in enumerate(self.problem.layers, start=1):
            yield from (Symbol("w", index) for index in self.entries(l))
            if layer.shares_bias:
                yield Symbol("b", (l,))
            elif layer.bias is not None:
                yield from (Symbol("b", (l, j)) for j in range(1, len(layer.weights) + 1))

    def entries(self, layer: int) -> list[tuple[int, int, int]]:
        """All indices of the weights of a layer."""
        sizes = self.problem.sizes
        return [
            (layer, j, i)
            for j in range(1, sizes[layer] + 1)
            for i in range(1, sizes[layer - 1] + 1)
        ]


def pick(formula: Formula, *kinds: str) -> list[Symbol]:
    """The symbols of these kinds in a formula, each once, in reading order."""
    return [s for s in dict.fromkeys(symbols(formula)) if s.kind in kinds]


def swap(formula: Formula, table: Mapping[Symbol, Symbol | Formula]) -> Formula:
    """The formula with symbols replaced by other symbols or formulas."""

    def replace(symbol: Symbol) -> Formula:
        new = table.get(symbol, symbol)
        return Sym(new) if isinstance(new, Symbol) else new

    return tidy(substitute(formula, replace))


def without(formula: Formula, *gone: Symbol) -> Formula:
    """The formula with these symbols left out of every product."""
    return swap(formula, dict.fromkeys(gone, ONE))


def tidy(formula: Formula) -> Formula:
    """The same formula without factors of one, so that equal rewrites look equal."""
    return changed(formula, lambda node: mul(*node.factors) if isinstance(node, Mul) else node)


def changed(formula: Formula, change: Callable[[Formula], Formula]) -> Formula:
    """The formula with every node changed, the inner ones first."""

    def go(node: Formula) -> Formula:
        return change(rebuilt(node, go))

    return go(formula)


def as_sum(formula: Formula) -> tuple[Callable[..., Formula], tuple[Formula, ...]]:
    """The terms of a sum, also of one with a factor before it, and what makes the whole of such terms."""
    match formula:
        case Add(terms):
            return add, terms
        case Mul((*front, Add(terms))) if not any(isinstance(f, Sym) for f in front):
            return (lambda *parts: Mul((*front, add(*parts)))), terms
        case _:
            return add, (formula,)


def turned(formula: Formula) -> Formula:
    """The negative of a formula, without a double minus."""
    return formula.body if isinstance(formula, Neg) else Neg(formula)
