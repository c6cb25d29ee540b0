"""Formulas as vector instructions: one more reader of the same trees, with llvmlite."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from chalkgrad.formula import (
    Add,
    Cases,
    Div,
    Fn,
    Formula,
    Mul,
    Neg,
    Num,
    Pow,
    Sym,
    evaluate,
    symbols,
)
from chalkgrad.training.llvm_functions import FUNCTIONS, Emit
from chalkgrad.training.llvm_words import FLAGS, I1, I32, I64, flush_subnormals, host_lanes

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

__all__ = [
    "FLAGS", "FUNCTIONS", "I1", "I32", "I64", "Emit", "Row", "Vectors", "flush_subnormals", "host_lanes",
]  # fmt: skip

OF_ROW = ("softmax", "logsumexp")
"""Functions of a whole row: softmax and the logarithm of its sum."""


class Row:
    """All net inputs of one row, as vectors, and what softmax and its logarithm share.

    Args:
        e: where to.
        z: the vectors.
        apart: whether every lane is a row of its own and every vector a neuron.
    """

    def __init__(self, e: Emit, z: list[Any], *, apart: bool = False) -> None:
        self._e, self._z, self._apart = e, z, apart
        self._made: tuple[Any, list[Any], Any] | None = None
        self._logarithm: Any = None

    def parts(self) -> tuple[Any, list[Any], Any]:
        """The largest, e^(z - largest) of each vector, and their sum; emitted once."""
        if self._made is None:
            e = self._e
            top = self._z[0]
            for z in self._z[1:]:
                top = e.above(z, top, z, top)
            if not self._apart:
                top = e.across(top, lambda x, y: e.above(x, y, x, y))
            powers = [e.exp(e.sub(z, top)) for z in self._z]
            total = powers[0]
            for power in powers[1:]:
                total = e.add(total, power)
            self._made = (top, powers, total if self._apart else e.across(total, e.add))
        return self._made

    def logarithm(self) -> Any:
        """The logarithm of the sum of all e^z; emitted once."""
        if self._logarithm is None:
            top, _, total = self.parts()
            self._logarithm = self._e.add(top, self._e.log(total))
        return self._logarithm


class Vectors:
    """Writes formulas as vectors; a node that stands already is read again.

    Args:
        e: where to.
        values: the vector of each symbol.
        constants: symbols that are numbers.
        outside: makes the vector of a formula of numbers that change from step to step.
        row: the row that a whole-layer function reads, and which of its vectors is meant.
    """

    def __init__(
        self,
        e: Emit,
        values: dict[str, Any],
        constants: dict[str, float] | None = None,
        outside: Callable[[Formula], Any] | None = None,
        changing: Collection[str] = (),
        row: tuple[Row, int] | None = None,
    ) -> None:
        self.e, self.values, self.constants = e, values, constants or {}
        self._outside, self._changing, self._row = outside, frozenset(changing), row
        self._known: dict[tuple[Formula, bool], Any] = {}

    def write(self, node: Formula, *, guarded: bool = True) -> Any:
        """The vector of a formula; `guarded` as in `arrays.Lines.write`."""
        if isinstance(node, Sym) and node.name.kind in self.values:
            return self.values[node.name.kind]
        read = {s.kind for s in symbols(node)}
        if read <= self.constants.keys():
            return self.e.k(evaluate(node, lambda symbol: self.constants[symbol.kind]))
        if self._outside and read <= self.constants.keys() | self._changing:
            return self._outside(node)
        known = self._known.get((node, guarded))
        if known is None:
            known = self._known[node, guarded] = self._emit(node, guarded)
        return known

    def _emit(self, node: Formula, guarded: bool) -> Any:
        e = self.e

        def go(part: Formula) -> Any:
            return self.write(part, guarded=guarded)

        match node:
            case Neg(body):
                return e.b.fneg(go(body))
            case Add(terms):
                total = go(terms[0])
                for term in terms[1:]:
                    total = (
                        e.sub(total, go(term.body))
                        if isinstance(term, Neg)
                        else e.add(total, go(term))
                    )
                return total
            case Mul(factors):
                product = go(factors[0])
                for factor in factors[1:]:
                    product = e.mul(product, go(factor))
                return product
            case Div(top, bottom):
                return e.div(go(top), go(bottom))
            case Pow(base, Num(2.0)):
                value = go(base)
                return e.mul(value, value)
            case Fn(function, args):
                inner = None if function.point else function.computed(args)
                if inner:
                    return go(inner)
                if function.name in OF_ROW:
                    return self._of_row(function.name)
                return FUNCTIONS[function.name](e, *map(go, args))
            case Cases(left, relation, right, over, otherwise):
                x = go(left)
                rest = go(otherwise)
                if guarded:
                    rest = e.b.select(e.b.fcmp_unordered("uno", x, x), x, rest)
                return e.above(x, go(right), go(over), rest, relation)
            case _:
                raise TypeError(node)

    def _of_row(self, name: str) -> Any:
        given = self._row
        if given is None:
            raise TypeError(name)
        row, at = given
        if name == "logsumexp":
            return row.logarithm()
        _, powers, total = row.parts()
        return self.e.div(powers[at], total)
