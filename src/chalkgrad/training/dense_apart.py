"""A gradient that is kept apart until all of it is there: its norm, and the update from it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from chalkgrad.training.dense_base import share
from chalkgrad.training.dense_learn import update_vector
from chalkgrad.training.llvm_vectors import I32, I64
from chalkgrad.training.tile_shapes import each_column, stacked

if TYPE_CHECKING:
    from chalkgrad.training.dense_base import Base


def _trained_rows(d: Base, l: int) -> int:
    """Rows of a layer's numbers that are updated: those of W, and the bias unless it stays."""
    return d.at.sizes[l - 1] + int(bool(d.biased(l)) and d.made.training.train_biases)


def apply(d: Base, l: int) -> Any:
    """A function (W, what is remembered, gradient, the step's row of the table, scale, number, threads)."""
    key = ("apply", d.at.sizes[l - 1], d.at.sizes[l], d.biased(l))
    return d.once(key, lambda: _apply(d, l))


def _apply(d: Base, l: int) -> Any:
    at, inputs = d.at, d.at.sizes[l - 1]
    e = d.function(
        "apply", d.pointer, d.pointer, d.pointer, d.pointer, d.pointer, I64, I64
    )  # fmt: skip
    W, M, G, table, scale, number, threads = e.fn.args
    b, by = e.b, e.splat(e.b.load(scale))
    low, high = share(e, I64(_trained_rows(d, l)), number, threads)
    for column in each_column(e, at.columns(l), (I64(0), I64(len(at.strips(l))))):
        with e.loop(low, high) as i:
            place = stacked(e, inputs + 1, i, column)
            g = e.load(G, place)
            if d.biased(l) == "shared":
                of_all = e.splat(e.number(G, I64(inputs * at.strips(l)[0][1])))
                last = b.icmp_signed("==", i, I64(inputs))
                g = b.select(last, of_all, g)
            update_vector(d, e, l, (W, M, table), place, column.at, e.mul(g, by))
    b.ret_void()
    return e.fn


def scale(d: Base) -> Any:
    """A function (gradient, largest norm, scale): by what the gradient is multiplied to keep to that norm.

    Every thread works it out for itself, in the same order.
    """
    at = d.at
    e = d.function("scale", d.pointer, d.E, d.pointer)
    G, most, out = e.fn.args
    b, lanes = e.b, at.lanes

    def with_squares(place: Any, totals: list[Any]) -> list[Any]:
        values = [e.load(G, b.add(place, I64(k * lanes))) for k in range(len(totals))]
        return [e.fma(g, g, total) for g, total in zip(values, totals, strict=True)]

    totals = [e.k(0)] * 4
    for l in range(1, at.depth + 1):
        for column, width in at.strips(l):
            start = at.weight(l) + column * (at.sizes[l - 1] + 1)
            vectors = _trained_rows(d, l) * width // lanes
            totals = e.fold(
                I64(0), I64(vectors // 4), totals,
                lambda i, now, start=start: with_squares(  # type: ignore[misc]
                    b.add(I64(start), b.mul(i, I64(4 * lanes))), now
                ),
            )  # fmt: skip
            rest = with_squares(I64(start + vectors // 4 * 4 * lanes), totals[: vectors % 4])
            totals = [*rest, *totals[vectors % 4 :]]
    total = e.add(e.add(totals[0], totals[1]), e.add(totals[2], totals[3]))
    norm = e.sqrt(e.across(total, e.add))
    limit = e.splat(most)
    by = e.above(norm, limit, e.div(limit, norm), e.k(1))
    b.store(b.extract_element(by, I32(0)), out)
    b.ret_void()
    return e.fn
