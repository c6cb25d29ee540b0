"""What the parts of the compiled engine's code share: the module, and each function of it once."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from llvmlite import ir

from chalkgrad.formula import Fn, children
from chalkgrad.training.dense_places import Places
from chalkgrad.training.llvm_vectors import I64, Emit
from chalkgrad.training.tile_shapes import stacked
from chalkgrad.training.update_code import by_reciprocals, numbers_of, update_code

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable

    from chalkgrad.formula import Formula
    from chalkgrad.training.architecture import Architecture
    from chalkgrad.training.tile_shapes import Column


class Base:
    """The module of one architecture while it is written.

    Layers that are alike call one function: offsets are arguments, sizes are constants of it.

    Attributes:
        made: the architecture.
        at: where everything stands.
        weighted: whether samples have weights.
        update: the formulas of the update rule.
        numbers: those parts of them that change from step to step, a column of the table of a run each.
        module: the module.
    """

    def __init__(
        self, architecture: Architecture, batch: int, *, double: bool, weighted: bool, apart: bool
    ) -> None:
        self.made, self.double, self.weighted = architecture, double, weighted
        self.at = Places(architecture.sizes, batch, double, apart)
        self.update = by_reciprocals(update_code(architecture))
        self.numbers = numbers_of(self.update)
        self.module = ir.Module(name="dense")
        self.E: Any = ir.DoubleType() if double else ir.FloatType()
        self.pointer = self.E.as_pointer()
        self.indices = I64.as_pointer()
        self._made: dict[Hashable, Any] = {}

    def function(self, name: str, *args: Any) -> Emit:
        """A new function that only this module calls."""
        e = Emit(self.module, self.module.get_unique_name(name), args, double=self.double)
        e.fn.linkage = "internal"
        return e

    def once(self, key: Hashable, make: Callable[[], Any]) -> Any:
        """What `make` gives, made the first time that a key is asked for."""
        if key not in self._made:
            self._made[key] = make()
        return self._made[key]

    @property
    def subtracts(self) -> bool:
        """Whether biases are thresholds."""
        return self.made.training.bias_input == -1

    def biased(self, layer: int) -> str:
        """How a layer's biases are: ``""`` for none, ``shared`` or ``own``."""
        size = self.made.bias_sizes[layer - 1]
        return "" if not size else "own" if size == self.at.sizes[layer] else "shared"


def calls(node: Formula) -> bool:
    """Whether a formula holds an elementary function, and so is many instructions."""
    return isinstance(node, Fn) or any(map(calls, children(node)))


def cell(e: Emit, pad: int, row: Any, column: Any) -> Any:
    """Where a row and a column stand in a block whose rows are `pad` apart."""
    return e.b.add(e.b.mul(row, I64(pad)), column)


def gathered(e: Emit, source: Any, order: Any, first: Any, row: Any, size: int) -> Any:
    """The pointer to a row of the data, by its place in the order."""
    number = e.number(order, e.b.add(first, row))
    return e.b.gep(source, [e.b.mul(number, I64(size))])


def share(e: Emit, rows: Any, number: Any, threads: Any) -> tuple[Any, Any]:
    """The first of a thread's rows, and the one after its last."""
    b = e.b
    return (
        b.sdiv(b.mul(rows, number), threads),
        b.sdiv(b.mul(rows, b.add(number, I64(1))), threads),
    )


def turned(d: Base, e: Emit, l: int, W: Any, top: Any, column: Column) -> list[Any]:
    """The rows of W from `top` on over a vector of columns, as columns; where W ends, zeros."""
    b, inputs, lanes = e.b, d.at.sizes[l - 1], d.at.lanes

    def row(i: Any) -> Any:
        vector = e.load(W, stacked(e, inputs + 1, e.least(i, I64(inputs - 1)), column))
        there = b.icmp_signed("<", i, I64(inputs))
        return b.select(there, vector, e.k(0)) if inputs % lanes else vector

    return e.turned([row(b.add(top, I64(r))) for r in range(lanes)])
