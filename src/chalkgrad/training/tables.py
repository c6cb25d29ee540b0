"""CSV and TSV files as data: what is a number, what is a category, and what is missing."""

from __future__ import annotations

import csv
import math
from collections import Counter
from typing import TYPE_CHECKING

from chalkgrad.errors import RequestError, nearest
from chalkgrad.training.data import Column, Data, one_hot
from chalkgrad.training.extra import Array, np

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

MISSING = ("refuse", "mean", "median", "drop")
TASKS = ("auto", "classes", "numbers")
_ABSENT = frozenset({"", "na", "n/a", "nan", "null", "none", "?", "-"})
_FEW_CLASSES = 20


def read_table(
    path: Path, *, target: str | None = None, task: str = "auto", missing: str = "refuse"
) -> Data:
    """The data of a CSV or TSV file: comma, semicolon or tab; a header is found by itself.

    Raises:
        RequestError: with the line where it goes wrong.
    """
    if missing not in MISSING:
        raise RequestError(f'missing must be one of {" ".join(MISSING)}, got "{missing}"')
    if task not in TASKS:
        raise RequestError(f'task must be one of {" ".join(TASKS)}, got "{task}"')
    header, rows, lines = _read(path)
    targets = _targets(header, target, path)
    if missing == "drop":
        kept = [k for k, row in enumerate(rows) if not any(map(absent, row))]
        rows, lines = [rows[k] for k in kept], [lines[k] for k in kept]
        if not rows:
            raise RequestError(f"{path}: every row misses a value")
    for name in targets:  # a target is never made up
        k = header.index(name)
        for row, line in zip(rows, lines, strict=True):
            if absent(row[k]):
                raise RequestError(f'{path}:{line}: the target "{name}" is missing')
    columns = []
    for k, name in enumerate(header):
        if name not in targets:
            columns.append(_column(name, [row[k] for row in rows], lines, missing, path))
    places = {name: k for k, name in enumerate(header)}
    x = encode(tuple(columns), [[row[places[c.name]] for c in columns] for row in rows])
    if not x.shape[1]:
        raise RequestError(f"{path}: there is no column beside the target")
    values = [[row[places[name]] for row in rows] for name in targets]
    classes: tuple[str, ...] = ()
    if len(targets) == 1 and _is_classes(values[0], task):
        classes = tuple(sorted(set(values[0]), key=_in_order))
        place = {value: k for k, value in enumerate(classes)}
        t = one_hot(np.array([place[v] for v in values[0]]), len(classes))
    else:
        for name, column in zip(targets, values, strict=True):
            for value, line in zip(column, lines, strict=True):
                if number(value) is None:
                    raise RequestError(f'{path}:{line}: "{name}" must be a number, got "{value}"')
        t = np.array([[number(v) for v in column] for column in values], dtype=float).T
    return Data(x, t, classes, tuple(columns), targets, title=path.stem)


def _read(path: Path) -> tuple[list[str], list[list[str]], list[int]]:
    try:
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise RequestError(f'"{path}" is not text in UTF-8') from error
    first = text.split("\n", 1)[0]
    delimiter = max("\t;,", key=first.count) if path.suffix.lower() != ".tsv" else "\t"
    rows, lines = [], []
    reader = csv.reader(text.splitlines(keepends=True), delimiter=delimiter)
    try:
        for row in reader:
            if any(cell.strip() for cell in row):
                rows.append([cell.strip() for cell in row])
                lines.append(reader.line_num)
    except csv.Error as error:
        raise RequestError(f"{path}:{reader.line_num}: {error}") from error
    if not rows:
        raise RequestError(f"{path}:1: a table must have rows, the file is empty")
    width = len(rows[0])
    for row, line in zip(rows, lines, strict=True):
        if len(row) != width:
            raise RequestError(f"{path}:{line}: {len(row)} cells, the first line has {width}")
    header = [f"c{k + 1}" for k in range(width)]
    if any(number(cell) is None and not absent(cell) for cell in rows[0]):
        header, rows, lines = rows[0], rows[1:], lines[1:]
    double = [name for name, count in Counter(header).items() if count > 1]
    if double:
        raise RequestError(f'{path}:1: two columns are called "{double[0]}"')
    if not rows:
        raise RequestError(f"{path}:2: a header and no rows")
    return header, rows, lines


def _targets(header: list[str], target: str | None, path: Path) -> tuple[str, ...]:
    if target is None:
        return (header[-1],)
    names = (target,) if target in header else tuple(part.strip() for part in target.split(","))
    for name in names:
        if name not in header:
            hint = nearest(name, header) or "the columns are " + " ".join(header[:20])
            raise RequestError(f'{path}: there is no column "{name}"; {hint}')
    return names


def absent(cell: str) -> bool:
    """Whether a cell says that its value is missing.

    >>> absent("NA"), absent("0")
    (True, False)
    """
    return cell.strip().lower() in _ABSENT


def number(cell: str) -> float | None:
    """The number of a cell, with point or comma, or None.

    >>> number("1,5"), number("red")
    (1.5, None)
    """
    for text in (cell, cell.replace(",", ".") if cell.count(",") == 1 else ""):
        try:
            value = float(text)
        except ValueError:
            continue
        return value if math.isfinite(value) else None
    return None


def _in_order(value: str) -> tuple[int, float, str]:
    known = number(value)
    return (0, known, value) if known is not None else (1, 0.0, value)


def _is_classes(values: Sequence[str], task: str) -> bool:
    if task != "auto":
        return task == "classes"
    found = {number(value) for value in set(values)}
    if None in found:
        return True
    few = len(found) <= min(_FEW_CLASSES, max(2, len(values) // 5))
    return few and all(v is not None and v == int(v) for v in found)


def _column(name: str, cells: list[str], lines: list[int], missing: str, path: Path) -> Column:
    there = [cell for cell in cells if not absent(cell)]
    if len(there) < len(cells) and missing == "refuse":
        line = next(line for cell, line in zip(cells, lines, strict=True) if absent(cell))
        raise RequestError(
            f'{path}:{line}: "{name}" is missing; say what is done about it: '
            "--missing mean, median or drop"
        )
    if not there:
        raise RequestError(f'{path}: the column "{name}" is empty')
    numbers = [value for value in map(number, there) if value is not None]
    if len(numbers) < len(there):
        counts = Counter(there)
        fill = max(sorted(counts), key=lambda value: counts[value])
        return Column(name, tuple(sorted(counts)), fill if missing != "refuse" else None)
    middle = float(np.median(numbers) if missing == "median" else np.mean(numbers))
    return Column(name, (), middle if missing in ("mean", "median") else None)


def encode(columns: tuple[Column, ...], rows: Sequence[Sequence[str]]) -> Array:
    """Rows of cells as inputs: numbers as they are, categories one-hot.

    Raises:
        RequestError: a cell that the column cannot have.

    >>> encode((Column("size"), Column("colour", ("blue", "red"))), [["1.5", "red"]]).tolist()
    [[1.5, 0.0, 1.0]]
    """
    x = np.zeros((len(rows), sum(len(c.names) for c in columns)))
    at = 0
    for k, column in enumerate(columns):
        places = {value: j for j, value in enumerate(column.categories)}
        for n, row in enumerate(rows):
            cell: str | float = row[k]
            if isinstance(cell, str) and absent(cell):
                if column.fill is None:
                    raise RequestError(f'row {n + 1}: "{column.name}" is missing')
                cell = column.fill
            if places:
                if cell not in places:
                    raise RequestError(
                        f'row {n + 1}: "{column.name}" must be one of '
                        f'{" ".join(column.categories[:20])}, got "{cell}"'
                    )
                x[n, at + places[str(cell)]] = 1.0
                continue
            value = cell if isinstance(cell, float) else number(cell)
            if value is None:
                raise RequestError(f'row {n + 1}: "{column.name}" must be a number, got "{cell}"')
            x[n, at] = value
        at += len(column.names)
    return x
