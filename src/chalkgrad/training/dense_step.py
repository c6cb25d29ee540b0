"""The parts of a step, as calls between the arguments of a function and the places in its memory."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from llvmlite import ir

from chalkgrad.training.dense_apart import apply
from chalkgrad.training.dense_layers import back, forward
from chalkgrad.training.dense_learn import learn, turn
from chalkgrad.training.dense_share import Share, passed_on
from chalkgrad.training.llvm_vectors import I64, Emit

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from chalkgrad.training.dense_base import Base


class Step:
    """The parts of a step in a function that has these arguments, as calls."""

    def __init__(self, d: Base, e: Emit, **given: Any) -> None:
        self.d, self.e, self.given = d, e, given

    def _at(self, base: str, place: int) -> Any:
        return self.e.b.gep(self.given[base], [I64(place)])

    def block(self, kind: str, l: int = 0) -> Any:
        """Where a block of the scratch memory begins."""
        return self._at("S", self.d.at.scratch(kind, l))

    def _source(self, l: int) -> Any:
        return self.given["X"] if l == 1 else self.block("a", l - 1)

    def forward(
        self, first: Any, shares: Mapping[int, Share], meet: Callable[[], None] | None = None
    ) -> None:
        """The net inputs and activations of every layer but the last's activations."""
        for l, mine in shares.items():
            slopes = self.block("d", l)
            W = self._at("P", self.d.at.weight(l))
            given = [self._source(l), self.given["order"], first, W, self.block("a", l), slopes]
            given.append(self.block("aside"))
            self.e.b.call(forward(self.d, l), [*given, *mine.batch])
            if meet and passed_on(self.d, l):
                meet()

    def output(
        self, function: Any, first: Any, out: Any, factor: Any, start: Any, stop: Any
    ) -> None:
        """Activations, losses and deltas of the last layer."""
        given = self.given
        Z = self.block("a", self.d.at.depth)
        args = [given["T"], given["order"], given["weights"], first, Z, out, self.block("rows")]
        self.e.b.call(function, [*args, factor, start, stop])

    def back(self, l: int, mine: Share) -> None:
        """The deltas of the layer before, of which `mine` is a share."""
        W = self._at("P", self.d.at.weight(l)) if self.d.at.narrow(l) else self.block("t", l)
        blocks = [self.block("d", l), W, self.block("d", l - 1)]
        self.e.b.call(back(self.d, l), [*blocks, *mine.batch])

    def learn(self, l: int, first: Any, row: Any, rows: Any, mine: Share) -> None:
        """The gradient of a layer and, unless it is kept apart, its update."""
        at = self.d.at.weight(l)
        blocks = [self.block("d", l), self._at("P", at), self._at("M", at)]
        G = self._at("S", self.d.at.scratch("g") + at) if self.d.at.apart else blocks[2]
        given = [self._source(l), self.given["order"], first, *blocks, G, row]
        self.e.b.call(learn(self.d, l), [*given, rows, *mine.weights])

    def apply(self, l: int, row: Any, by: Any, number: Any, threads: Any) -> None:
        """The update of a layer from a gradient that was kept apart."""
        at = self.d.at.weight(l)
        G = self._at("S", self.d.at.scratch("g") + at)
        blocks = [self._at("P", at), self._at("M", at), G, row, by]
        self.e.b.call(apply(self.d, l), [*blocks, number, threads])

    def turn(self, l: int, mine: Share) -> None:
        """The transposed weights of a layer; the first needs none, nor does a narrow one."""
        if l > 1 and not self.d.at.narrow(l):
            blocks = [self._at("P", self.d.at.weight(l)), self.block("t", l)]
            self.e.b.call(turn(self.d, l), [*blocks, *mine.weights])

    def loss(self, rows: Any) -> Any:
        """The sum of the losses of a batch's rows, as float64."""
        return total(self.e, rows, lambda m: self.e.number(self.block("rows"), m), ir.DoubleType())


def total(e: Emit, count: Any, term: Callable[[Any], Any], kind: Any) -> Any:
    """The sum of so many terms, one after the other."""

    def step(m: Any, before: list[Any]) -> list[Any]:
        value = term(m)
        value = value if value.type == kind else e.b.fpext(value, kind)
        return [e.b.fadd(before[0], value)]

    return e.fold(I64(0), count, [ir.Constant(kind, 0.0)], step)[0]
