"""Products of matrices as register-tiled loops: no packing, no calls, nothing stored between."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from chalkgrad.training.llvm_vectors import I64, Emit, host_lanes

if TYPE_CHECKING:
    from collections.abc import Callable

_CUT = {True: 64, False: 128}
"""Terms of a sum after which it is set aside, so that what it reads stays in the nearest cache."""


def gemm(
    e: Emit,
    start: Any,
    stop: Any,
    usual: int,
    columns: int,
    terms: Any,
    row_of: Callable[[Any], Any],
    left: Callable[[Any, Any], Any] | None,
    right: Callable[[Any, Any], Any],
    begin: Callable[[Any, Any], Any],
    end: Callable[[Any, Any, Any], None],
    *,
    by_row: Callable[[Any], Any] | None = None,
    share: tuple[Any, Any] | None = None,
    fixed: bool = False,
    partial: tuple[Callable[[Any, Any], Any], Any, int] | None = None,
) -> None:
    """Rows `start` to `stop` of a product, in tiles of registers.

    Args:
        e: where to.
        start: the first row of the result.
        stop: the row after the last.
        usual: how many rows there usually are; tiles are made to fit it.
        columns: columns of the result, a constant in whole vectors.
        terms: terms of each sum.
        row_of: what `left` reads a row's factors from.
        left: a number of a row and a term; giving None leaves the factor out.
        right: a vector of a term and a column.
        begin: where a sum begins.
        end: what is done with it.
        by_row: in place of `left`, the pointer from which a term's factors for all rows are read.
        share: number of this thread and how many there are, to share the rows between them.
        fixed: whether there are always the usual rows.
        partial: place, memory and number of terms, for sums that are cut.
    """
    b, lanes = e.b, e.lanes
    wide = host_lanes(True) == 8  # 32 vector registers, else 16
    left_over, column0 = columns // lanes, 0
    while left_over:
        across = min(left_over, (4 if left_over != 6 else 3) if wide else 2)
        times = left_over // across
        heights = _heights(usual, ({1: 12, 2: 12, 3: 8, 4: 6} if wide else {1: 8, 2: 6})[across])
        if not fixed:  # any number of rows: one by one, what is left
            heights = list(dict.fromkeys((*heights, 1)))

        def sweep(
            column: Any, k0: Any, k1: Any, begin: Any, end: Any,
            heights: list[int] = heights, across: int = across,
        ) -> None:  # fmt: skip
            at, last = start, stop
            for height in heights:
                full = b.sdiv(b.sub(last, at), I64(height))
                low, high = I64(0), full
                if share:
                    low = b.sdiv(b.mul(share[0], full), share[1])
                    high = b.sdiv(b.mul(b.add(share[0], I64(1)), full), share[1])
                with e.loop(low, high) as n:
                    top = b.add(at, b.mul(n, I64(height)))
                    _tile(
                        e, top, height, across, column, k0, k1, row_of, left, right, begin, end,
                        by_row,
                    )  # fmt: skip
                at = b.add(at, b.mul(full, I64(height)))

        with e.loop(I64(0), I64(times)) as n:
            column = b.add(I64(column0), b.mul(n, I64(across * lanes)))
            cut = _CUT[e.double]
            if partial is None or partial[2] <= 2 * cut:
                sweep(column, I64(0), terms, begin, end)
            else:
                place, memory, number = partial
                parts = -(-number // cut)

                def bound(i: Any, number: int = number, parts: int = parts) -> Any:
                    return b.sdiv(b.mul(i, I64(number)), I64(parts))

                def put(m: Any, q: Any, acc: Any, memory: Any = memory, place: Any = place) -> None:
                    e.store(acc, memory, place(m, q))

                def get(m: Any, q: Any, memory: Any = memory, place: Any = place) -> Any:
                    return e.load(memory, place(m, q))

                sweep(column, I64(0), bound(I64(1)), begin, put)
                with e.loop(I64(1), I64(parts - 1)) as part:
                    sweep(column, bound(part), bound(b.add(part, I64(1))), get, put)
                sweep(column, bound(I64(parts - 1)), terms, get, end)
        left_over -= times * across
        column0 += times * across * lanes


def _heights(usual: int, most: int) -> list[int]:
    """Heights of tiles that cover `usual` rows, the tallest first; best one height that goes up evenly."""
    for height in range(most, most // 2, -1):
        if usual % height == 0:
            return [height]
    return [min(usual, most)] + ([usual % most] if usual > most else [])


def _tile(
    e: Emit, top: Any, height: int, across: int, column: Any, k0: Any, k1: Any,
    row_of: Any, left: Any, right: Any, begin: Any, end: Any, by_row: Any,
) -> None:  # fmt: skip
    """One tile: every sum in a register of its own, each in the order of its terms."""
    b = e.b
    rows = [b.add(top, I64(r)) for r in range(height)]
    places = [b.add(column, I64(q * e.lanes)) for q in range(across)]
    starts = [begin(row, place) for row in rows for place in places]
    bases = [row_of(row) for row in rows] if left else []
    before, body, after = b.block, e.fn.append_basic_block(), e.fn.append_basic_block()
    b.cbranch(b.icmp_signed("<", k0, k1), body, after)
    b.position_at_end(body)
    k = b.phi(I64)
    k.add_incoming(k0, before)
    sums = [b.phi(e.T) for _ in starts]
    for phi, value in zip(sums, starts, strict=True):
        phi.add_incoming(value, before)
    vectors = [right(k, place) for place in places]
    base = by_row(k) if by_row else None
    new = []
    for r, row in enumerate(rows):
        number = b.load(b.gep(base, [row])) if base is not None else left(bases[r], k)
        factor = None if number is None else e.splat(number)
        for q, vector in enumerate(vectors):
            total = sums[r * across + q]
            new.append(e.add(total, vector) if factor is None else e.fma(factor, vector, total))
    following = b.add(k, I64(1))
    for phi, value in zip((k, *sums), (following, *new), strict=True):
        phi.add_incoming(value, b.block)
    b.cbranch(b.icmp_signed("<", following, k1), body, after)
    last = b.block
    b.position_at_end(after)
    ends = [b.phi(e.T) for _ in starts]
    for phi, first, value in zip(ends, starts, new, strict=True):
        phi.add_incoming(first, before)
        phi.add_incoming(value, last)
    for r, row in enumerate(rows):
        for q, place in enumerate(places):
            end(row, place, ends[r * across + q])
