"""Gradients, updates and transposed weights of a layer: code for a share of its rows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from llvmlite import ir

from chalkgrad.formula import Div, children
from chalkgrad.training.dense_base import cell, gathered, share, turned
from chalkgrad.training.llvm_vectors import I32, I64, Emit, Vectors
from chalkgrad.training.tile_shapes import (
    Column,
    Product,
    columns_of,
    each_column,
    each_strip,
    stacked,
)
from chalkgrad.training.tiles import multiply
from chalkgrad.training.update_code import NUMBERS

if TYPE_CHECKING:
    from collections.abc import Callable

    from chalkgrad.formula import Formula
    from chalkgrad.training.dense_base import Base


def turn(d: Base, l: int) -> Any:
    """A function (W, its transpose, number of this thread, threads, strips from, to): squares of numbers."""
    return d.once(("turn", d.at.sizes[l - 1], d.at.sizes[l]), lambda: _turn(d, l))


def _turn(d: Base, l: int) -> Any:
    at = d.at
    columns, above = at.columns(l), at.columns(l - 1)
    e = d.function("turn", d.pointer, d.pointer, I64, I64, I64, I64)
    W, T, number, threads, low, high = e.fn.args
    b = e.b

    mine = share(e, I64(len(at.strips(l - 1))), number, threads)
    for first, down in each_strip(
        e, above, mine
    ):  # one strip against another: both are then read whole
        for start, across in each_strip(e, columns, (low, high)):
            for target in columns_of(e, first, down):
                for column in columns_of(e, start, across):
                    for r, vector in enumerate(turned(d, e, l, W, target.at, column)):
                        e.store(vector, T, stacked(e, columns, b.add(column.at, I64(r)), target))
    b.ret_void()
    return e.fn


def learn(d: Base, l: int) -> Any:
    """A function that works out the gradient of a layer's weights and biases and updates them.

    Its arguments: source, order, first row, d, W, what is remembered of W, W's gradient, the step's row of the
    table, rows of the batch, number of this thread, threads, strips from, to. Where the whole gradient is kept
    apart, it is stored and nothing is updated.
    """
    key = ("learn", l == 1, d.at.sizes[l - 1], d.at.sizes[l], d.biased(l))
    return d.once(key, lambda: _learn(d, l))


def _learn(d: Base, l: int) -> Any:
    at, pad, inputs = d.at, d.at.pad(l), d.at.sizes[l - 1]
    e = d.function(
        "learn", d.pointer, d.indices, I64, d.pointer, d.pointer, d.pointer, d.pointer, d.pointer,
        I64, I64, I64, I64, I64,
    )  # fmt: skip
    source, order, first, error, W, M, G, table, rows, number, threads, low, high = e.fn.args
    b = e.b

    def done(row: Any, column: Column, g: Any) -> None:
        place = stacked(e, inputs + 1, row, column)
        if at.apart:
            e.store(g, G, place)
        else:
            update_vector(d, e, l, (W, M, table), place, column.at, g)

    def delta(k: Any, column: Column) -> Any:
        return e.load(error, cell(e, pad, k, column.at))

    def factors(k: Any) -> Any:
        if l == 1:
            return gathered(e, source, order, first, k, inputs)
        return b.gep(source, [b.mul(k, I64(at.pad(l - 1)))])

    def touch(m: Any, column: Column) -> None:
        place = stacked(e, inputs + 1, m, column)
        for base in (W, *_memories(d, e, M)) if not at.apart else (G,):
            e.touch(base, place)

    multiply(
        e,
        Product(
            inputs, at.columns(l), rows, delta, lambda m, column: e.k(0), done,
            by_term=factors, touch=touch, fixed=True, long=bool(d.update.kept) and not at.apart,
        ),
        I64(0), I64(inputs), (low, high), (number, threads),
    )  # fmt: skip
    if d.biased(l) and (at.apart or d.made.training.train_biases):
        _learn_bias(d, e, l, (delta, rows, done), (number, threads, low, high))
    b.ret_void()
    return e.fn


def _learn_bias(
    d: Base, e: Emit, l: int, sums: tuple[Any, Any, Callable[[Any, Any, Any], None]],
    part: tuple[Any, Any, Any, Any],
) -> None:  # fmt: skip
    """The bias is the weight of an input that is 1 (or -1): the last thread has it."""
    at, b = d.at, e.b
    delta, rows, done = sums
    number, threads, low, high = part
    mine = b.zext(b.icmp_signed("==", number, b.sub(threads, I64(1))), I64)
    every = (I64(0), I64(at.columns(l)))  # more strips than there are

    def end(m: Any, column: Column, g: Any) -> None:
        done(I64(at.sizes[l - 1]), column, b.fneg(g) if d.subtracts else g)

    if d.biased(l) == "own":
        product = Product(1, at.columns(l), rows, delta, lambda m, column: e.k(0), end, fixed=True)
        multiply(e, product, I64(0), mine, (low, high))
        return
    with e.loop(I64(0), mine):  # one number: the sum over everything

        def row(m: Any, total: list[Any]) -> list[Any]:
            return e.fold(
                I64(0), I64(at.columns(l) // at.lanes), total,
                lambda q, t: [e.add(t[0], delta(m, Column(b.mul(q, I64(at.lanes)), I64(0), 0)))],
            )  # fmt: skip

        (total,) = e.fold(I64(0), rows, [e.k(0)], row)
        g = e.across(total, e.add)
        if at.apart:  # once, for the norm
            g = b.select(ir.Constant(_flags(at.lanes), [1] + [0] * (at.lanes - 1)), g, e.k(0))
            end(None, Column(I64(0), I64(0), at.strips(l)[0][1]), g)
        else:
            for column in each_column(e, at.columns(l), every):
                end(None, column, g)


def _flags(lanes: int) -> ir.VectorType:
    return ir.VectorType(ir.IntType(1), lanes)


def _memories(d: Base, e: Emit, M: Any) -> list[Any]:
    """Where each remembered quantity of a layer begins."""
    return [e.b.gep(M, [I64(k * d.at.count)]) for k in range(len(d.update.kept))]


def _inside(d: Base, e: Emit, l: int, column: Any) -> Any:
    """Which lanes at a column are neurons; None where what fills up does no harm."""
    size, code = d.at.sizes[l], d.update
    rule = (*(formula for _, formula in code.memory), code.decrease)
    if not size % d.at.lanes or not any(map(_divides, rule)):
        return None
    b = e.b
    left = b.sub(I64(size), column)
    if not e.double:
        left = b.trunc(left, I32)
    hole = ir.Constant(e.I, ir.Undefined)
    zeros = ir.Constant(ir.VectorType(I32, e.lanes), [0] * e.lanes)
    everywhere = b.shuffle_vector(b.insert_element(hole, left, I32(0)), hole, zeros)
    return b.icmp_signed("<", ir.Constant(e.I, list(range(e.lanes))), everywhere)


def _divides(node: Formula) -> bool:
    return isinstance(node, Div) or any(map(_divides, children(node)))


def update_vector(
    d: Base, e: Emit, l: int, memory: tuple[Any, Any, Any], place: Any, column: Any, g: Any
) -> None:  # fmt: skip
    """The update of a vector of parameters, from the formulas of the rule.

    `memory` is W, what is remembered of it, and the step's row of the table.
    """
    code = d.update
    W, M, table = memory
    p, memories = e.load(W, place), _memories(d, e, M)
    inside = _inside(d, e, l, column)

    def store(value: Any, base: Any) -> None:
        e.store(value if inside is None else e.b.select(inside, value, e.k(0)), base, place)

    values = {"p": p, "g": g}
    for name, base in zip(code.kept, memories, strict=True):
        values[f"before_{name}"] = e.load(base, place)
    outside = lambda node: e.splat(e.number(table, I64(d.numbers.index(node))))  # noqa: E731
    vectors = Vectors(e, values, code.constants, outside, NUMBERS)
    values["decayed"] = vectors.write(code.gradient)
    for name, formula in code.memory:
        values[name] = vectors.write(formula)
    decrease = vectors.write(code.decrease)
    for name, base in zip(code.kept, memories, strict=True):
        store(values[name], base)
    store(e.sub(p, decrease), W)
