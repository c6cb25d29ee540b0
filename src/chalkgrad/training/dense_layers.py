"""Forward through a layer, the last layer's loss and delta, and back: code for a share of a batch's rows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from llvmlite import ir

from chalkgrad.activations import ACTIVATIONS
from chalkgrad.training.dense_base import calls, cell, gathered
from chalkgrad.training.layer_formulas import loss_formulas, slope_of, value_of
from chalkgrad.training.llvm_vectors import I32, I64, Row, Vectors
from chalkgrad.training.tiles import Product, multiply

if TYPE_CHECKING:
    from chalkgrad.training.dense_base import Base


def forward(d: Base, l: int) -> Any:
    """A function (source, order, first row, W, a, d, start, stop): activations of a layer, and their slopes."""
    at, made = d.at, d.made
    inputs, hidden = at.sizes[l - 1], l < at.depth
    activation = repr(made.activations[l - 1]) if hidden else ""
    key = ("forward", l == 1, inputs, at.sizes[l], bool(d.biased(l)), activation)
    return d.once(key, lambda: _forward(d, l, hidden=hidden))


def _forward(d: Base, l: int, *, hidden: bool) -> Any:
    at, made = d.at, d.made
    inputs, pad = at.sizes[l - 1], at.pad(l)
    e = d.function(
        "forward", d.pointer, d.indices, I64, d.pointer, d.pointer, d.pointer, I64, I64
    )  # fmt: skip
    source, order, first, W, a, slopes, start, stop = e.fn.args
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
            long=hidden and calls(value_of(made, l)),
        ),
        start, stop,
    )  # fmt: skip
    b.ret_void()
    return e.fn


def output(d: Base, *, train: bool) -> Any:
    """The last layer row by row: activation, loss, and delta or what is given out.

    A function (targets, order, weights, first row, z, d or what is given out, losses, factor, start, stop).
    """
    at, L = d.at, d.at.depth
    e = d.function(
        "output", d.pointer, d.indices, d.pointer, I64, d.pointer, d.pointer, d.pointer, d.E, I64, I64
    )  # fmt: skip
    T, order, weights, first, Z, out, losses, factor, start, stop = e.fn.args
    b, width, pad, size = e.b, at.columns(L), at.pad(L), at.sizes[L]
    value = value_of(d.made, L)
    loss, delta = loss_formulas(d.made)
    whole = ACTIVATIONS[d.made.activations[-1].name].whole_layer
    with e.loop(start, stop) as m:
        n = b.load(b.gep(order, [b.add(first, m)]))
        zs = []
        for q in range(width // at.lanes):
            z = e.load(Z, cell(e, pad, m, I64(q * at.lanes)))
            if whole:  # columns that fill up take no part
                z = b.select(_there(d, q, size), z, e.k(-1e30))
            zs.append(z)
        row, total = Row(e, zs), e.k(0)
        weight = b.load(b.gep(weights, [n])) if d.weighted and train else None
        each = e.splat(b.fmul(factor, weight) if weight is not None else factor)
        for q, z in enumerate(zs):
            inside = _there(d, q, size)
            values = {"z": z, "t": e.load(T, cell(e, width, n, I64(q * at.lanes)))}
            vectors = Vectors(e, values, row=(row, q))
            values["a"] = a = vectors.write(value)
            total = e.add(total, b.select(inside, vectors.write(loss), e.k(0)))
            if train:
                error = b.select(inside, e.mul(vectors.write(delta, guarded=False), each), e.k(0))
                e.store(error, out, cell(e, pad, m, I64(q * at.lanes)))
            else:
                e.store(a, out, cell(e, width, b.add(first, m), I64(q * at.lanes)))
        lost = b.extract_element(e.across(total, e.add), I32(0))
        b.store(b.fmul(lost, weight) if weight is not None else lost, b.gep(losses, [m]))
    b.ret_void()
    return e.fn


def _there(d: Base, q: int, size: int) -> Any:
    """Which lanes of vector q of a row are neurons."""
    lanes = d.at.lanes
    flags = [int(q * lanes + i < size) for i in range(lanes)]
    return ir.Constant(ir.VectorType(ir.IntType(1), lanes), flags)


def back(d: Base, l: int) -> Any:
    """A function (d, transposed W, d of the layer before, start, stop): its slopes become deltas."""
    key = ("back", d.at.sizes[l], d.at.sizes[l - 1])
    return d.once(key, lambda: _back(d, l))


def _back(d: Base, l: int) -> Any:
    at, pad = d.at, d.at.pad(l - 1)
    e = d.function("back", d.pointer, d.pointer, d.pointer, I64, I64)
    error, turned, out, start, stop = e.fn.args

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
        start, stop,
    )  # fmt: skip
    e.b.ret_void()
    return e.fn
