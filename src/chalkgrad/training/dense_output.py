"""The last layer: activation, loss, and delta or what is given out; code for a share of a batch's rows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from llvmlite import ir

from chalkgrad.activations import ACTIVATIONS
from chalkgrad.training.dense_base import cell
from chalkgrad.training.layer_formulas import loss_formulas, value_of
from chalkgrad.training.llvm_vectors import I32, I64, Emit, Row, Vectors

if TYPE_CHECKING:
    from chalkgrad.training.dense_base import Base

_FEW = 16
"""So many outputs are written out one after the other in training, for a vector of rows at once."""


@dataclass(frozen=True, slots=True)
class _Writer:
    """Where the code goes, and what its function is given.

    In training deltas come out, else activations.
    """

    d: Base
    e: Emit
    train: bool
    given: dict[str, Any]

    def vectors(self, values: dict[str, Any], row: Row, at: int, each: Any) -> tuple[Any, Any]:
        """The loss of a vector, and its delta times `each`, or its activation."""
        d, e = self.d, self.e
        loss, delta = loss_formulas(d.made)
        vectors = Vectors(e, values, row=(row, at))
        values["a"] = a = vectors.write(value_of(d.made, d.at.depth))
        lost = vectors.write(loss)
        if not self.train:
            return lost, a
        return lost, e.mul(vectors.write(delta, guarded=False), each)

    def place(self, row: Any, column: Any) -> Any:
        """Where what comes out is stored: in training by the row's place in the batch."""
        at, b = self.d.at, self.e.b
        if self.train:
            return cell(self.e, at.pad(at.depth), row, column)
        return cell(self.e, at.columns(at.depth), b.add(self.given["first"], row), column)

    def weight(self, number: Any) -> Any:
        """The weight of a sample, or None."""
        if not (self.d.weighted and self.train):
            return None
        return self.e.number(self.given["weights"], number)


def output(d: Base, *, train: bool) -> Any:
    """A function (targets, order, weights, first row, z, out, losses, factor, start, stop)."""
    e = d.function(
        "output", d.pointer, d.indices, d.pointer, I64, d.pointer, d.pointer, d.pointer, d.E, I64, I64
    )  # fmt: skip
    names = ("T", "order", "weights", "first", "Z", "out", "losses", "factor", "start", "stop")
    writer = _Writer(d, e, train, dict(zip(names, e.fn.args, strict=True)))
    if train and d.at.sizes[-1] <= _FEW and d.at.batch >= d.at.lanes:
        _rows_at_once(writer)
    else:
        _row_by_row(writer)
    e.b.ret_void()
    return e.fn


def _row_by_row(w: _Writer) -> None:
    """Every vector is a part of one row."""
    d, e, g = w.d, w.e, w.given
    at, b, L = d.at, e.b, d.at.depth
    whole = ACTIVATIONS[d.made.activations[-1].name].whole_layer
    with e.loop(g["start"], g["stop"]) as m:
        n = e.number(g["order"], b.add(g["first"], m))
        zs = []
        for q in range(at.columns(L) // at.lanes):
            z = e.load(g["Z"], cell(e, at.pad(L), m, I64(q * at.lanes)))
            if whole:  # columns that fill up take no part
                z = b.select(_there(d, q), z, e.k(-1e30))
            zs.append(z)
        row, total, weight = Row(e, zs), e.k(0), w.weight(n)
        each = e.splat(g["factor"] if weight is None else b.fmul(g["factor"], weight))
        for q, z in enumerate(zs):
            column = I64(q * at.lanes)
            values = {"z": z, "t": e.load(g["T"], cell(e, at.columns(L), n, column))}
            lost, out = w.vectors(values, row, q, each)
            total = e.add(total, b.select(_there(d, q), lost, e.k(0)))
            e.store(b.select(_there(d, q), out, e.k(0)), g["out"], w.place(m, column))
        loss = b.extract_element(e.across(total, e.add), I32(0))
        b.store(loss if weight is None else b.fmul(loss, weight), b.gep(g["losses"], [m]))


def _there(d: Base, q: int) -> Any:
    """Which lanes of vector q of a row are neurons."""
    lanes, size = d.at.lanes, d.at.sizes[-1]
    flags = [int(q * lanes + i < size) for i in range(lanes)]
    return ir.Constant(ir.VectorType(ir.IntType(1), lanes), flags)


def _rows_at_once(w: _Writer) -> None:
    """Every lane is a row: nothing is summed across a vector. The last row fills up what is left over."""
    d, e, g = w.d, w.e, w.given
    at, b, L, lanes = d.at, e.b, d.at.depth, d.at.lanes
    start, stop, size = g["start"], g["stop"], at.sizes[L]
    columns = [I64(column) for column in range(0, at.columns(L), lanes)]

    def turned(base: Any, pad: int, rows: list[Any]) -> list[Any]:
        found: list[Any] = []
        for column in columns:
            found += e.turned([e.load(base, cell(e, pad, row, column)) for row in rows])
        return found[:size]

    with e.loop(I64(0), b.sdiv(b.add(b.sub(stop, start), I64(lanes - 1)), I64(lanes))) as block:
        top = b.add(start, b.mul(block, I64(lanes)))
        rows = [e.least(b.add(top, I64(r)), b.sub(stop, I64(1))) for r in range(lanes)]
        numbers = [e.number(g["order"], b.add(g["first"], row)) for row in rows]
        zs, ts = turned(g["Z"], at.pad(L), rows), turned(g["T"], at.columns(L), numbers)
        row, each, weight = Row(e, zs, apart=True), e.splat(g["factor"]), None
        if w.weight(numbers[0]) is not None:
            weight = ir.Constant(e.T, ir.Undefined)
            for r, n in enumerate(numbers):
                weight = b.insert_element(weight, w.weight(n), I32(r))
            each = e.mul(each, weight)
        pairs = [
            w.vectors({"z": z, "t": t}, row, j, each)
            for j, (z, t) in enumerate(zip(zs, ts, strict=True))
        ]
        total = pairs[0][0]
        for lost, _ in pairs[1:]:
            total = e.add(total, lost)
        outs = [out for _, out in pairs] + [e.k(0)] * (at.columns(L) - size)
        for q, column in enumerate(columns):
            for m, vector in zip(rows, e.turned(outs[q * lanes : (q + 1) * lanes]), strict=True):
                e.store(vector, g["out"], w.place(m, column))
        total = total if weight is None else e.mul(total, weight)
        for r, m in enumerate(rows):
            b.store(b.extract_element(total, I32(r)), b.gep(g["losses"], [m]))
