"""Forward through a layer and back: code for a share of a batch's rows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from chalkgrad.training.dense_base import calls, cell, gathered, turned
from chalkgrad.training.layer_formulas import slope_of, value_of
from chalkgrad.training.llvm_vectors import I64, Vectors
from chalkgrad.training.tile_shapes import Column, Product, columns_of, each_strip, stacked
from chalkgrad.training.tiles import multiply

if TYPE_CHECKING:
    from chalkgrad.training.dense_base import Base


def forward(d: Base, l: int) -> Any:
    """A function (source, order, first row, W, a, d, aside, start, stop, strips from, to): activations, slopes."""
    at, made = d.at, d.made
    inputs, hidden = at.sizes[l - 1], l < at.depth
    activation = repr(made.activations[l - 1]) if hidden else ""
    key = ("forward", l == 1, inputs, at.sizes[l], bool(d.biased(l)), activation)
    return d.once(key, lambda: _forward(d, l, hidden=hidden))


def _forward(d: Base, l: int, *, hidden: bool) -> Any:
    at, made = d.at, d.made
    inputs, pad = at.sizes[l - 1], at.pad(l)
    e = d.function(
        "forward", d.pointer, d.indices, I64, d.pointer, d.pointer, d.pointer, d.pointer, I64, I64, I64, I64
    )  # fmt: skip
    source, order, first, W, a, slopes, aside, start, stop, *strips = e.fn.args
    b = e.b

    def begin(m: Any, column: Column) -> Any:
        if not d.biased(l):
            return e.k(0)
        bias = weights(I64(inputs), column)
        return b.fneg(bias) if d.subtracts else bias

    def weights(k: Any, column: Column) -> Any:
        return e.load(W, stacked(e, inputs + 1, k, column))

    def end(m: Any, column: Column, z: Any) -> None:
        place = cell(e, pad, m, column.at)
        if hidden:  # the slope waits where the delta will be
            values = {"z": z}
            vectors = Vectors(e, values)
            values["a"] = z = vectors.write(value_of(made, l))
            e.store(vectors.write(slope_of(made, l), guarded=False), slopes, place)
        e.store(z, a, place)

    def row(m: Any) -> Any:
        if l == 1:
            return gathered(e, source, order, first, m, inputs)
        return b.gep(source, [b.mul(m, I64(at.pad(l - 1)))])

    multiply(
        e,
        Product(
            at.batch, at.columns(l), inputs, weights, begin, end, by_row=row,
            aside=(aside, lambda m, column: stacked(e, at.batch, m, column)),
            long=hidden and calls(value_of(made, l)), far=l == 1,
        ),
        start, stop, (strips[0], strips[1]),
    )  # fmt: skip
    b.ret_void()
    return e.fn


def back(d: Base, l: int) -> Any:
    """A function (d, W, d of the layer before, start, stop, strips from, to): slopes become deltas.

    W is the transposed one, unless it is narrow.
    """
    key = ("back", d.at.sizes[l], d.at.sizes[l - 1])
    return d.once(key, lambda: _back_narrow(d, l) if d.at.narrow(l) else _back(d, l))


def _back(d: Base, l: int) -> Any:
    at, pad = d.at, d.at.pad(l - 1)
    e = d.function("back", d.pointer, d.pointer, d.pointer, I64, I64, I64, I64)
    error, turned, out, start, stop, *strips = e.fn.args

    def end(m: Any, column: Column, total: Any) -> None:
        place = cell(e, pad, m, column.at)
        e.store(e.mul(e.load(out, place), total), out, place)

    multiply(
        e,
        Product(
            at.batch, at.columns(l - 1), at.sizes[l],
            lambda k, column: e.load(turned, stacked(e, at.columns(l), k, column)),
            lambda m, column: e.k(0), end,
            by_row=lambda m: e.b.gep(error, [e.b.mul(m, I64(at.pad(l)))]),
        ),
        start, stop, (strips[0], strips[1]),
    )  # fmt: skip
    e.b.ret_void()
    return e.fn


def _back_narrow(d: Base, l: int) -> Any:
    """The columns of W are turned in registers, where they stay for all rows of the batch."""
    at, lanes, pad = d.at, d.at.lanes, d.at.pad(l - 1)
    e = d.function("back", d.pointer, d.pointer, d.pointer, I64, I64, I64, I64)
    error, W, out, start, stop, *strips = e.fn.args
    b, width = e.b, at.columns(l)
    for first, across in each_strip(e, at.columns(l - 1), (strips[0], strips[1])):
        for target in columns_of(e, first, across):
            vectors: list[Any] = []
            for column in range(0, width, lanes):
                there = Column(I64(column), I64(0), width)
                vectors += turned(d, e, l, W, target.at, there)
            with e.loop(start, stop) as m:
                delta, total = b.gep(error, [b.mul(m, I64(at.pad(l)))]), e.k(0)
                for k in range(at.sizes[l]):
                    total = e.fma(e.splat(e.number(delta, I64(k))), vectors[k], total)
                place = cell(e, pad, m, target.at)
                e.store(e.mul(e.load(out, place), total), out, place)
    b.ret_void()
    return e.fn
