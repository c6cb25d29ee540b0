"""A CSV or TSV file, row by row: its delimiter, its header, and where it is broken.

A file is walked through as often as wanted and never held as a whole.
"""

from __future__ import annotations

import csv
import itertools
import math
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from chalkgrad.errors import RequestError, visible

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_ABSENT = frozenset({"", "na", "n/a", "nan", "null", "none", "?", "-"})
_LONGEST_LINE = 1 << 25
_ROWS = 1024
"""So many rows are in hand at once."""


def absent(cell: str) -> bool:
    """Whether a cell says that its value is missing.

    >>> absent("NA"), absent("0")
    (True, False)
    """
    return cell.strip().lower() in _ABSENT


def number(cell: str) -> float | None:
    """The number of a cell, with point or comma, or None.

    >>> number("1,5"), number("red"), number("1_000")
    (1.5, None, None)
    """
    if "_" in cell:  # Python's own way of grouping digits, not that of data
        return None
    for text in (cell, cell.replace(",", ".") if cell.count(",") == 1 else ""):
        try:
            value = float(text)
        except ValueError:
            continue
        return value if math.isfinite(value) else None
    return None


def short(text: str) -> str:
    """A cell as a message quotes it: on one line, and not for ever.

    >>> short("a" * 100)[-4:]
    'a...'
    """
    seen = visible(text)
    return seen if len(seen) <= 40 else seen[:40] + "..."


@dataclass(frozen=True)
class Sheet:
    """A CSV or TSV file.

    Attributes:
        path: where it is.
        delimiter: between cells.
        header: the names of the columns; c1, c2 and so on without a header.
        headed: whether its first row is the header.
    """

    path: Path
    delimiter: str
    header: tuple[str, ...]
    headed: bool

    @classmethod
    def open(cls, path: Path) -> Sheet:
        """The sheet of a file, after a look at its first row.

        Raises:
            RequestError: there is none, or its header cannot be used.
        """
        first = next(_lines(path), "")
        delimiter = max("\t;,", key=first.count) if path.suffix.lower() != ".tsv" else "\t"
        row = next(_rows(path, delimiter), (1, []))[1]
        if not row:
            raise RequestError(f"{path}:1: a table must have rows, the file is empty")
        names = tuple(f"c{k + 1}" for k in range(len(row)))
        headed = any(number(cell) is None and not absent(cell) for cell in row)
        header = names
        if headed:
            header = tuple(visible(c) or name for c, name in zip(row, names, strict=True))
        double = [name for name, count in Counter(header).items() if count > 1]
        if double:
            raise RequestError(f'{path}:1: two columns are called "{short(double[0])}"')
        return cls(path, delimiter, header, headed)

    def blocks(self, *, drop: bool = False) -> Iterator[tuple[list[int], list[list[str]]]]:
        """The rows some hundreds at a time, each block with the lines on which they begin.

        Args:
            drop: whether rows that miss a value are left out.

        Raises:
            RequestError: a row has other cells than the first; with its line.
        """
        rows = _rows(self.path, self.delimiter)
        if self.headed:
            next(rows)
        kept = (row for row in rows if not drop or not any(map(absent, row[1])))
        while part := list(itertools.islice(kept, _ROWS)):
            for line, cells in part:
                if len(cells) != len(self.header):
                    raise RequestError(
                        f"{self.path}:{line}: {len(cells)} cells, the first line has {len(self.header)}"
                    )
            yield [line for line, _ in part], [cells for _, cells in part]


def _rows(path: Path, delimiter: str) -> Iterator[tuple[int, list[str]]]:
    """Every row that is not blank, and the line on which it begins."""
    reader = csv.reader(_lines(path), delimiter=delimiter, strict=True)
    line = 1
    try:
        for row in reader:
            cells = list(map(str.strip, row))
            if any(cells):
                yield line, cells
            line = reader.line_num + 1
    except csv.Error as error:
        why = str(error)
        if "unexpected end" in why:
            why = "a quote is opened and never closed"
        elif "field limit" in why:
            why = f"a cell is longer than {csv.field_size_limit():,} characters; is a quote never closed?"
        raise RequestError(f"{path}:{line}: {why}") from error


def _lines(path: Path) -> Iterator[str]:
    count = 0
    try:
        with path.open(encoding="utf-8-sig", newline="") as stream:
            while line := stream.readline(_LONGEST_LINE):
                count += 1
                if "\0" in line:
                    raise RequestError(f"{path}:{count}: a zero byte: this is no text")
                if len(line) == _LONGEST_LINE:
                    raise RequestError(
                        f"{path}:{count}: longer than {_LONGEST_LINE:,} characters: no table of rows"
                    )
                yield line
    except UnicodeDecodeError as error:
        raise RequestError(_not_utf8(path, error)) from error


def _not_utf8(path: Path, error: UnicodeDecodeError) -> str:
    """Where the first byte is that is no UTF-8."""
    with path.open("rb") as stream:
        if stream.read(2) in (b"\xff\xfe", b"\xfe\xff"):
            return f"{path}:1: UTF-16 text; save it as UTF-8"
        stream.seek(0)
        for line, data in enumerate(stream, 1):
            try:
                data.decode("utf-8")
            except UnicodeDecodeError as found:
                byte = data[found.start]
                return f"{path}:{line}: byte 0x{byte:02x} is not UTF-8; save the file as UTF-8"
    return f"{path}: not text in UTF-8: {error.reason}"
