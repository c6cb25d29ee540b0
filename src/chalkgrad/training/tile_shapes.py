"""A product of matrices before it is code: what is multiplied, and the shapes of the tiles that cover it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from chalkgrad.training.llvm_vectors import I64, Emit, host_lanes

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


@dataclass(frozen=True, slots=True)
class Column:
    """A vector of columns.

    Attributes:
        at: its first column.
        first: the first column of its strip.
        width: columns of its strip.
    """

    at: Any
    first: Any
    width: int


@dataclass(frozen=True, slots=True)
class Product:
    """What is multiplied, and what becomes of it: result[row, column] = begin + sum of left * right.

    Attributes:
        usual: how many rows there usually are; tiles are made to fit it.
        columns: columns of the result, in whole vectors.
        terms: terms of each sum: a constant, or a value of the function.
        right: the vector of a term and a column.
        begin: where a sum of a row and a column begins.
        end: what is done with the sum of a row and a column.
        by_row: from where the factors of a row are read, term by term.
        by_term: in their place, from where those of a term are read, row by row; without both there are none.
        aside: where a sum of a row and a column waits that is cut.
        touch: brings near what the end of a row and a column will read.
        long: whether the end is many instructions: then they stand once, in a loop over the sums of a tile.
        fixed: whether there are always the usual rows.
        far: whether `by_row` leads to places all over the memory: what the next tile reads there is then
            brought near while a tile is worked on.
    """

    usual: int
    columns: int
    terms: Any
    right: Callable[[Any, Any], Any]
    begin: Callable[[Any, Any], Any]
    end: Callable[[Any, Any, Any], None]
    by_row: Callable[[Any], Any] | None = None
    by_term: Callable[[Any], Any] | None = None
    aside: tuple[Any, Callable[[Any, Any], Any]] | None = None
    touch: Callable[[Any, Any], None] | None = None
    fixed: bool = False
    long: bool = False
    far: bool = False

    def heights(self, across: int) -> list[int]:
        """Heights of tiles that cover the rows, the tallest first.

        Narrow ones best have one height that goes up evenly. Wide ones are as tall as they can be, since they
        then read least, and what is left still keeps the processor busy.
        """
        most = ({1: 12, 2: 12, 3: 8, 4: 6} if _wide() else {1: 8, 2: 6})[across]
        least = most if across > 2 else most // 2 + 1
        found = next((h for h in range(most, least - 1, -1) if self.usual % h == 0), 0)
        if found:
            heights = [found]
        else:
            rest = self.usual % most if self.usual > most else 0
            heights = [min(self.usual, most), *([rest] if rest else [])]
        # any number of rows: what is left goes one by one
        return heights if self.fixed else list(dict.fromkeys((*heights, 1)))


def widths(columns: int, lanes: int) -> list[tuple[int, int, int]]:
    """First column, vectors across, and how many times, of the strips of tiles over so many columns."""
    left, column, found = columns // lanes, 0, []
    while left:
        across = min(left, (4 if left != 6 else 3) if _wide() else 2)
        found.append((column, across, left // across))
        column += left // across * across * lanes
        left %= across
    return found


def each_strip(e: Emit, columns: int, strips: tuple[Any, Any]) -> Iterator[tuple[Any, int]]:
    """Loops over some strips of columns: the first column of each, and its vectors."""
    b, passed = e.b, 0
    for column0, across, times in widths(columns, e.lanes):
        first, after = (b.sub(bound, I64(passed)) for bound in strips)
        with e.loop(e.most(first, I64(0)), e.least(after, I64(times))) as n:
            yield b.add(I64(column0), b.mul(n, I64(across * e.lanes))), across
        passed += times


def each_column(e: Emit, columns: int, strips: tuple[Any, Any]) -> Iterator[Column]:
    """Loops over the vectors of some strips of columns."""
    for first, across in each_strip(e, columns, strips):
        yield from columns_of(e, first, across)


def columns_of(e: Emit, first: Any, across: int) -> Iterator[Column]:
    """A loop over the vectors of a strip."""
    with e.loop(I64(0), I64(across)) as q:
        yield Column(e.b.add(first, e.b.mul(q, I64(e.lanes))), first, across * e.lanes)


def stacked(e: Emit, rows: int, row: Any, column: Column) -> Any:
    """Where a row and a column stand in a matrix of so many rows whose strips lie one after the other."""
    b = e.b
    inside = b.add(b.mul(row, I64(column.width)), b.sub(column.at, column.first))
    return b.add(b.mul(column.first, I64(rows)), inside)


def registers() -> int:
    """How many vector registers there are."""
    return 32 if host_lanes(True) == 8 else 16


def _wide() -> bool:
    return registers() == 32
