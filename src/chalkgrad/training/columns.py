"""Columns of a table: what they hold, and how their cells become numbers."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, NoReturn

from chalkgrad.errors import RequestError
from chalkgrad.training.extra import Array, np
from chalkgrad.training.sheet import absent, number, short

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

_MOST_COUNTED = 10_000
_MOST_CATEGORIES = 1_000
_NUMBERS_AT_HEART = 20
"""A column with more different numbers than this, and words beside them, is one of numbers with faults in it."""


@dataclass(frozen=True)
class Column:
    """One column of a table and how it becomes numbers.

    Attributes:
        name: from the header.
        categories: its values in order, each an input of its own; empty for numbers.
        fill: what stands in for a missing value, or None if none may be missing.
    """

    name: str
    categories: tuple[str, ...] = ()
    fill: str | float | None = None

    @property
    def names(self) -> tuple[str, ...]:
        """The inputs that it becomes."""
        if not self.categories:
            return (self.name,)
        return tuple(f"{self.name}={value}" for value in self.categories)


def parse(cells: Sequence[str]) -> tuple[Array, list[int], list[int]]:
    """The numbers of cells (nan for the others), and which cells are missing or are words.

    >>> parse(["1.5", "NA", "red"])
    (array([1.5, nan, nan]), [1], [2])
    """
    try:
        values = np.array(list(map(float, cells)))
        if np.isfinite(values).all() and "_" not in "".join(cells):
            return values, [], []
    except ValueError:
        pass
    values = np.full(len(cells), np.nan)
    missing, words = [], []
    for k, cell in enumerate(cells):
        if absent(cell):
            missing.append(k)
            continue
        value = number(cell)
        if value is None:
            words.append(k)
        else:
            values[k] = value
    return values, missing, words


def _meant(cell: str) -> bool:
    """Whether a cell that is no number was meant as one."""
    try:
        float(cell)
    except ValueError:
        return False
    return True


class Survey:
    """What a column holds, gathered block by block.

    Attributes:
        name, path: the column, and the file that it is in.
        rows, there: cells seen, and those that are not missing.
        missing: the line of the first missing value, or 0.
        word: the first cell that is no number and its line, or None.
        odd: the first such cell that is yet no word (inf, 1e999, 1_000), and its line, or None.
        counts: how often each text occurs; None once there are too many different ones.
    """

    def __init__(self, name: str, path: Path) -> None:
        self.name, self.path = name, path
        self.rows = self.there = self.missing = 0
        self.word: tuple[str, int] | None = None
        self.odd: tuple[str, int] | None = None
        self.counts: Counter[str] | None = Counter()
        self._total = 0.0

    def add(self, cells: Sequence[str], lines: Sequence[int]) -> None:
        """Take the cells of a block into account."""
        values, missing, words = parse(cells)
        self.rows += len(cells)
        self.there += len(cells) - len(missing)
        if missing and not self.missing:
            self.missing = lines[missing[0]]
        if words and not self.word:
            self.word = (cells[words[0]], lines[words[0]])
        if words and not self.odd:
            self.odd = next(((cells[k], lines[k]) for k in words if _meant(cells[k])), None)
        self._total += float(np.nansum(values))
        if self.counts is not None:
            gone = set(missing)
            there = [cell for k, cell in enumerate(cells) if k not in gone] if gone else cells
            self.counts.update(there)
            if len(self.counts) > _MOST_COUNTED:
                self.counts = None

    def column(self, missing: str, median: float | None = None) -> Column:
        """The column as inputs.

        Raises:
            RequestError: it misses values and `missing` is ``refuse``, or it holds what is no input.
        """
        if self.missing and missing == "refuse":
            raise RequestError(
                f'{self.path}:{self.missing}: "{self.name}" is missing; say what is done about it: '
                "--missing mean, median or drop"
            )
        if not self.there:
            raise RequestError(f'{self.path}: the column "{self.name}" is empty')
        if self.word is None:
            middle = median if missing == "median" else self._total / self.there
            return Column(self.name, (), middle if missing in ("mean", "median") else None)
        if self.counts is None:
            self.too_many()
        numbers = sum(number(text) is not None for text in self.counts)
        if numbers > max(_NUMBERS_AT_HEART, 9 * (len(self.counts) - numbers)):
            self.must_be_numbers()
        if numbers and self.odd:
            self.word = self.odd
            self.must_be_numbers()
        if len(self.counts) > _MOST_CATEGORIES:
            self.too_many()
        fill = max(sorted(self.counts), key=lambda value: self.counts[value] if self.counts else 0)
        return Column(self.name, tuple(sorted(self.counts)), fill if missing != "refuse" else None)

    def must_be_numbers(self) -> None:
        """Refuse a column of which some cell is no number."""
        if self.word:
            cell, line = self.word
            raise RequestError(
                f'{self.path}:{line}: "{self.name}" must be a finite number, got "{short(cell)}"'
            )

    def too_many(self) -> NoReturn:
        """Refuse a column of which every value would become an input or output of its own."""
        counted = f"{len(self.counts):,}" if self.counts is not None else f"over {_MOST_COUNTED:,}"
        cell, line = self.word or ("", 0)
        at = f'; the first that is no number is line {line}: "{short(cell)}"' if line else ""
        raise RequestError(
            f'{self.path}: "{self.name}" has {counted} different values, '
            f"too many to be categories{at}"
        )


def encode(columns: tuple[Column, ...], rows: Sequence[Sequence[str]]) -> Array:
    """Rows of cells as inputs: numbers as they are, categories one-hot.

    Raises:
        RequestError: a cell that the column cannot have, or another number of cells.

    >>> encode((Column("size"), Column("colour", ("blue", "red"))), [["1.5", "red"]]).tolist()
    [[1.5, 0.0, 1.0]]
    """
    for n, row in enumerate(rows, 1):
        if len(row) < len(columns) or len(row) != len(rows[0]):
            wanted = ", ".join(column.name for column in columns)
            raise RequestError(f"row {n} must have {len(columns)} cells ({wanted}), got {len(row)}")
    by_column = [list(map(str, cells)) for cells in zip(*rows, strict=True)]
    return encode_columns(columns, by_column[: len(columns)], len(rows))


def encode_columns(
    columns: tuple[Column, ...], by_column: Sequence[Sequence[str]], count: int
) -> Array:
    """`encode` for cells that stand column by column."""
    x = np.zeros((count, sum(len(c.names) for c in columns)))
    at = 0
    for column, cells in zip(columns, by_column, strict=True):
        if column.categories:
            places = {value: j for j, value in enumerate(column.categories)}
            for n, cell in enumerate(cells):
                x[n, at + _place(column, places, cell, n)] = 1.0
        else:
            x[:, at] = _numbers(column, cells)
        at += len(column.names)
    return x


def _place(column: Column, places: dict[str, int], cell: str, n: int) -> int:
    if cell not in places and absent(cell):
        if column.fill is None:
            raise RequestError(f'row {n + 1}: "{column.name}" is missing')
        cell = str(column.fill)
    if cell not in places:
        known = " ".join(map(short, column.categories[:20]))
        raise RequestError(
            f'row {n + 1}: "{column.name}" must be one of {known}, got "{short(cell)}"'
        )
    return places[cell]


def _numbers(column: Column, cells: Sequence[str]) -> Array:
    values, missing, words = parse(cells)
    if words:
        n = words[0]
        raise RequestError(
            f'row {n + 1}: "{column.name}" must be a number, got "{short(cells[n])}"'
        )
    if missing:
        if column.fill is None:
            raise RequestError(f'row {missing[0] + 1}: "{column.name}" is missing')
        values[missing] = float(column.fill)
    return values
