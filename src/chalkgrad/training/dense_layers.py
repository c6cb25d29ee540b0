"""Forward through a layer and back: code for a share of a batch's rows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from chalkgrad.training.dense_base import calls, cell, gathered
from chalkgrad.training.layer_formulas import slope_of, value_of
from chalkgrad.training.llvm_vectors import I64, Vectors
from chalkgrad.training.tiles import Product, multiply

if TYPE_CHECKING:
    from chalkgrad.training.dense_base import Base


def forward(d: Base, l: int) -> Any:
    """A function (source, order, first row, W, a, d, start, stop, strips from, to): activations and slopes."""
    at, made = d.at, d.made
    inputs, hidden = at.sizes[l - 1], l < at.depth
    activation = repr(made.activations[l - 1]) if hidden else ""
    key = ("forward", l == 1, inputs, at.sizes[l], bool(d.biased(l)), activation)
    return d.once(key, lambda: _forward(d, l, hidden=hidden))


def _forward(d: Base, l: int, *, hidden: bool) -> Any:
    at, made = d.at, d.made
    inputs, pad = at.sizes[l - 1], at.pad(l)
    e = d.function(
        "forward", d.pointer, d.indices, I64, d.pointer, d.pointer, d.pointer, I64, I64, I64, I64
    )  # fmt: skip
    source, order, first, W, a, slopes, start, stop, *strips = e.fn.args
    b = e.b

    def begin(m: Any, column: Any) -> Any:
        if not d.biased(l):
            return e.k(0)
        bias = e.load(W, b.add(I64(inputs * pad), column))
        return b.fneg(bias) if d.subtracts else bias

    def end(m: Any, column: Any, z: Any) -> None:
        place = cell(e, pad, m, column)
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
            at.batch, at.columns(l), inputs, lambda k, column: e.load(W, cell(e, pad, k, column)),
            begin, end, by_row=row, aside=(a, lambda m, column: cell(e, pad, m, column)),
            long=hidden and calls(value_of(made, l)), far=l == 1,
        ),
        start, stop, (strips[0], strips[1]),
    )  # fmt: skip
    b.ret_void()
    return e.fn


def back(d: Base, l: int) -> Any:
    """A function (d, transposed W, d of the layer before, start, stop, strips from, to): slopes become deltas."""
    key = ("back", d.at.sizes[l], d.at.sizes[l - 1])
    return d.once(key, lambda: _back(d, l))


def _back(d: Base, l: int) -> Any:
    at, pad = d.at, d.at.pad(l - 1)
    e = d.function("back", d.pointer, d.pointer, d.pointer, I64, I64, I64, I64)
    error, turned, out, start, stop, *strips = e.fn.args

    def end(m: Any, column: Any, total: Any) -> None:
        place = cell(e, pad, m, column)
        e.store(e.mul(e.load(out, place), total), out, place)

    multiply(
        e,
        Product(
            at.batch, at.columns(l - 1), at.sizes[l],
            lambda k, column: e.load(turned, cell(e, pad, k, column)),
            lambda m, column: e.k(0), end,
            by_row=lambda m: e.b.gep(error, [e.b.mul(m, I64(at.pad(l)))]),
        ),
        start, stop, (strips[0], strips[1]),
    )  # fmt: skip
    e.b.ret_void()
    return e.fn
