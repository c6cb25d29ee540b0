"""Products of matrices as register-tiled loops: no packing, no calls, nothing stored between."""

from __future__ import annotations

from typing import Any

from chalkgrad.training.llvm_vectors import I64, Emit
from chalkgrad.training.tile_shapes import Column, Product, each_strip

_CUT = {True: 64, False: 128}
"""Terms of a sum after which it is set aside, so that what it reads stays in the nearest cache."""
_TABLE = 16
"""Numbers in a cache line, and rows of a tile at most: so often each row of the next tile is looked up."""
_WORTH_FETCHING = 16
"""Registers of sums of a tile from which its arithmetic leaves time to look for what comes next."""


def multiply(
    e: Emit,
    product: Product,
    start: Any,
    stop: Any,
    strips: tuple[Any, Any],
    share: tuple[Any, Any] | None = None,
) -> None:
    """Rows `start` to `stop` of some strips of a product, in tiles of registers.

    Args:
        e: where to.
        product: what is multiplied.
        start: the first row of the result.
        stop: the row after the last.
        strips: the first strip of columns, of those of `widths`, and the one after the last.
        share: number of this thread and how many there are, to share the rows between them.
    """
    b, cut = e.b, _CUT[e.double]
    terms = product.terms if not isinstance(product.terms, int) else I64(product.terms)
    for column, across in each_strip(e, product.columns, strips):

        def sweep(k0: Any, k1: Any, ends: Any, column: Any = column, across: int = across) -> None:
            at = start
            first = [b.add(column, I64(q * e.lanes)) for q in range(across)]
            places = [Column(at, column, across * e.lanes) for at in first]
            for height in product.heights(across):
                full = b.sdiv(b.sub(stop, at), I64(height))
                low, high = I64(0), full
                if share:
                    low = b.sdiv(b.mul(share[0], full), share[1])
                    high = b.sdiv(b.mul(b.add(share[0], I64(1)), full), share[1])
                with e.loop(low, high) as n:
                    rows = _rows(e, at, n, height)
                    coming = None
                    if product.far and height * across >= _WORTH_FETCHING:
                        coming = _coming(e, product, (at, n, height), (low, high), (k0, k1))
                    _tile(e, product, rows, places, (k0, k1), ends, coming)
                at = b.add(at, b.mul(full, I64(height)))

        if product.aside is None or product.terms <= 2 * cut:
            sweep(I64(0), terms, None)
            continue
        parts = -(-product.terms // cut)

        def cut_at(i: Any, parts: int = parts) -> Any:
            return b.sdiv(b.mul(i, terms), I64(parts))

        with e.loop(I64(0), I64(parts)) as part:
            following = b.add(part, I64(1))
            ends = (
                b.icmp_signed("==", part, I64(0)),
                b.icmp_signed("==", following, I64(parts)),
            )
            sweep(cut_at(part), cut_at(following), ends)


def _rows(e: Emit, at: Any, n: Any, height: int) -> list[Any]:
    top = e.b.add(at, e.b.mul(n, I64(height)))
    return [e.b.add(top, I64(r)) for r in range(height)]


def _coming(
    e: Emit, product: Product, tile: tuple[Any, Any, int], bounds: tuple[Any, Any],
    terms: tuple[Any, Any],
) -> Any:  # fmt: skip
    """A table of where the factors of the tile after this one stand, one row after the other, over and over.

    After the last tile comes the first, with the terms after these.
    """
    b, (at, n, height) = e.b, tile
    following = b.add(n, I64(1))
    last = b.icmp_signed("==", following, bounds[1])
    begin = b.select(last, b.sub(terms[1], terms[0]), I64(0))
    rows = _rows(e, at, b.select(last, bounds[0], following), height)
    assert product.by_row
    bases = [b.gep(product.by_row(row), [begin]) for row in rows]
    with b.goto_entry_block():
        table = b.alloca(bases[0].type, _TABLE)
    for k in range(_TABLE):
        b.store(bases[k % height], b.gep(table, [I64(k)]))
    return table


def _tile(
    e: Emit, product: Product, rows: list[Any], places: list[Column], terms: tuple[Any, Any],
    ends: tuple[Any, Any] | None, coming: Any = None,
) -> None:  # fmt: skip
    """One tile: every sum in a register of its own, each in the order of its terms.

    `ends` are, of a sum that is cut, whether this part is the first and whether it is the last.
    """
    cells = [(row, place) for row in rows for place in places]

    def begin() -> list[Any]:
        return [product.begin(row, place) for row, place in cells]

    def finish(sums: list[Any]) -> list[Any]:
        if product.long and len(cells) > 1:
            _finish_in_turn(e, product, rows[0], places, sums)
            return []
        for (row, place), total in zip(cells, sums, strict=True):
            product.end(row, place, total)
        return []

    if product.touch:
        for row, place in cells:
            product.touch(row, place)
    if ends is None or product.aside is None:
        finish(_sums(e, product, rows, places, terms, begin(), coming))
        return
    memory, where = product.aside

    def get() -> list[Any]:
        return [e.load(memory, where(row, place)) for row, place in cells]

    def put() -> list[Any]:
        for (row, place), total in zip(cells, sums, strict=True):
            e.store(total, memory, where(row, place))
        return []

    sums = _sums(e, product, rows, places, terms, e.choose(ends[0], begin, get), coming)
    e.choose(ends[1], lambda: finish(sums), put)


def _finish_in_turn(
    e: Emit, product: Product, top: Any, places: list[Column], sums: list[Any]
) -> None:  # fmt: skip
    b, across = e.b, len(places)
    with b.goto_entry_block():
        place = b.alloca(e.T, len(sums))
    for n, total in enumerate(sums):
        b.store(total, b.gep(place, [I64(n)]))
    with e.loop(I64(0), I64(len(sums))) as n:
        row = b.add(top, b.udiv(n, I64(across)))
        shift = b.mul(b.urem(n, I64(across)), I64(e.lanes))
        column = Column(b.add(places[0].at, shift), places[0].first, places[0].width)
        product.end(row, column, b.load(b.gep(place, [n])))


def _sums(
    e: Emit, product: Product, rows: list[Any], places: list[Column], terms: tuple[Any, Any],
    starts: list[Any], coming: Any = None,
) -> list[Any]:  # fmt: skip
    """The sums of a tile over a stretch of terms; where there are no terms, what they start from."""
    across = len(places)
    bases = [product.by_row(row) for row in rows] if product.by_row else []

    def term(k: Any, sums: list[Any]) -> list[Any]:
        if coming is not None:
            row = e.b.and_(k, I64(_TABLE - 1))
            e.touch(e.b.load(e.b.gep(coming, [row])), k, write=False)
        vectors = [product.right(k, place) for place in places]
        base = product.by_term(k) if product.by_term else None
        new = []
        for r, row in enumerate(rows):
            if base is not None:
                factor = e.splat(e.number(base, row))
            else:
                factor = e.splat(e.number(bases[r], k)) if bases else None
            for q, vector in enumerate(vectors):
                total = sums[r * across + q]
                new.append(e.add(total, vector) if factor is None else e.fma(factor, vector, total))
        return new

    return e.fold(*terms, starts, term)
