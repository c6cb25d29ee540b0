"""Matrices and vectors of formulas, and the arithmetic of formulas with them."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

from chalkgrad.formula import ONE, Add, Div, Formula, Mul, Neg
from chalkgrad.light import dataclass

if TYPE_CHECKING:
    from collections.abc import Sequence

MOST_ENTRIES = 4_000
_MOST_FACTORS = 500


@dataclass(frozen=True, slots=True)
class Grid:
    """A matrix or a vector."""

    rows: tuple[tuple[Formula, ...], ...]

    @property
    def size(self) -> tuple[int, int]:
        """Rows and columns."""
        return len(self.rows), len(self.rows[0])

    @property
    def entries(self) -> tuple[Formula, ...]:
        """All entries, row by row."""
        return tuple(entry for row in self.rows for entry in row)


Value: TypeAlias = Formula | Grid


class UnreadableError(Exception):
    """Why a side is not read."""


def grid(rows: Sequence[Sequence[Formula]]) -> Value:
    """Rows as a matrix."""
    if not rows or len({len(row) for row in rows}) != 1:
        raise UnreadableError("the rows of a matrix are of unequal length")
    return Grid(tuple(tuple(row) for row in rows))


def negative(value: Value) -> Value:
    """The negative, entry by entry."""
    if isinstance(value, Grid):
        return Grid(tuple(tuple(Neg(e) for e in row) for row in value.rows))
    return Neg(value)


def add(terms: Sequence[Value]) -> Value:
    """The sum of some values of one size."""
    if len(terms) == 1:
        return terms[0]
    plain = [t for t in terms if not isinstance(t, Grid)]
    if len(plain) == len(terms):
        return Add(tuple(plain))
    grids = [t for t in terms if isinstance(t, Grid)]
    if plain or len({g.size for g in grids}) != 1:
        raise UnreadableError("the parts of a sum do not fit each other")
    rows = zip(*(g.rows for g in grids), strict=True)
    return Grid(tuple(tuple(Add(entries) for entries in zip(*row, strict=True)) for row in rows))


def multiply(left: Value, right: Value) -> Value:
    """The product: of matrices, of a number and a matrix, of formulas."""
    if isinstance(left, Grid) and isinstance(right, Grid):
        inner = left.size[1]
        if inner != right.size[0]:
            if right.size == (1, inner):
                right = Grid(tuple((e,) for e in right.rows[0]))
            else:
                raise UnreadableError("these matrices cannot be multiplied")
        if left.size[0] * right.size[1] * inner > MOST_ENTRIES:
            raise UnreadableError("these matrices are too large")
        columns = tuple(zip(*right.rows, strict=True))
        return Grid(tuple(tuple(_dot(row, column) for column in columns) for row in left.rows))
    if isinstance(left, Grid) or isinstance(right, Grid):
        return entrywise(left, right)
    if isinstance(left, Mul) and len(left.factors) > _MOST_FACTORS:
        raise UnreadableError("a product is too long")
    factors: tuple[Formula, ...] = (
        (*left.factors, right) if isinstance(left, Mul) else (left, right)
    )
    return Mul(factors)


def _dot(row: tuple[Formula, ...], column: tuple[Formula, ...]) -> Formula:
    terms: tuple[Formula, ...] = tuple(Mul((a, b)) for a, b in zip(row, column, strict=True))
    return terms[0] if len(terms) == 1 else Add(terms)


def entrywise(left: Value, right: Value) -> Value:
    """The product entry by entry."""
    if isinstance(left, Grid) and isinstance(right, Grid):
        if left.size != right.size:
            raise UnreadableError("these matrices are of unequal size")
        pairs = zip(left.rows, right.rows, strict=True)
        return Grid(tuple(tuple(Mul(p) for p in zip(a, b, strict=True)) for a, b in pairs))
    if isinstance(left, Grid) and not isinstance(right, Grid):
        return Grid(tuple(tuple(Mul((right, e)) for e in row) for row in left.rows))
    if isinstance(right, Grid) and not isinstance(left, Grid):
        return Grid(tuple(tuple(Mul((left, e)) for e in row) for row in right.rows))
    return multiply(left, right)


def divide(top: Value, bottom: Value) -> Value:
    """The quotient; nothing is divided by a matrix."""
    if isinstance(bottom, Grid):
        raise UnreadableError("a division by a matrix is not worked out")
    if isinstance(top, Grid):
        return entrywise(top, Div(ONE, bottom))
    return Div(top, bottom)
