"""Sheets in tables: a line for each quantity, or a class with a row for each student."""

from __future__ import annotations

import csv
import io
import re
from functools import lru_cache
from itertools import islice
from typing import TYPE_CHECKING

from chalkgrad.marking.raw_sheets import ANSWER, MOST_CELL, MOST_ROWS, QUANTITY, Raw
from chalkgrad.marking.sheet_classes import students
from chalkgrad.marking.spellings import unmarked

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence


_HEADER = "quantity,answer\n"
_PLAIN_ROWS = 2_000
_NAME = re.compile(r'"([^"\r\0]+)"|([^",\r\0]+)')


def plain_column(text: str) -> tuple[tuple[str, str], ...]:
    """The rows of a sheet as it is handed out, read in one go; none where anything about it is special.

    They are those that `csv_rows` and `from_table` find, and a class has hardly any other sheet.
    """
    text = text.replace("\r\n", "\n")
    lines = text.removeprefix(_HEADER).removesuffix("\n").split("\n")
    if not text.startswith(_HEADER) or len(lines) > _PLAIN_ROWS or max(map(len, lines)) > MOST_CELL:
        return ()
    cells, commas, answers = zip(*[line.rpartition(",") for line in lines], strict=True)
    names, rest = _plain_names(cells), "".join(answers)
    if not names or "" in commas or '"' in rest or "\r" in rest or "\x00" in rest:
        return ()
    return tuple(zip(names, map(str.strip, answers), strict=True))


@lru_cache(maxsize=32)
def _plain_names(cells: tuple[str, ...]) -> tuple[str, ...]:
    """The names in the cells of a column, without their quotes; none where one of them is special."""
    matches = [_NAME.fullmatch(cell) for cell in cells]
    names = tuple(match[1] or match[2] for match in matches if match)
    whole = all(name == name.strip() and ("[" not in name or name[-1] == "]") for name in names)
    return names if whole and len(names) == len(cells) else ()


def csv_rows(text: str) -> list[list[str]]:
    """Rows of a CSV: the separator is the one of comma, semicolon and tab that the header has."""
    text = text.replace("\x00", "")
    head = next((line for line in text.splitlines() if line.strip()), "")
    separator = max(";\t,", key=head.count)
    if "," in separator and head.count(",") == 0:
        separator = ","
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator)
    rows = list(islice(reader, MOST_ROWS + 2))
    if max(map(len, rows), default=0) > 2 or any(
        row and "[" in row[0] and row[0][-1] != "]" for row in rows
    ):
        rows = [_rejoined(row, separator) for row in rows]
    if len(text) < MOST_CELL:  # then no cell is longer, and a class has many such sheets
        return rows
    return [[cell[:MOST_CELL] for cell in row] for row in rows]


def _rejoined(row: list[str], separator: str) -> list[str]:
    """A row with names such as ``w[1][2,3]`` in one cell, that were written without quotes."""
    if len(row) < 2:
        return row
    out: list[str] = []
    for cell in row:
        if out and re.search(r"\[\d*$", out[-1]) and re.match(r"\s*\d+\]", cell):
            out[-1] += separator + cell
        else:
            out.append(cell)
    return out


def markdown_rows(text: str) -> list[list[str]]:
    """Rows of the tables of a Markdown text; where some ask for quantities and answers, of those alone."""
    tables: list[list[list[str]]] = [[]]
    for line in map(str.strip, text.splitlines()[: MOST_ROWS + 2]):
        if "|" not in line:
            tables.append([])
        elif not re.fullmatch(r"[|\s:-]+", line):
            cells = re.split(r"(?<!\\)\|", line.strip("|"))
            tables[-1].append([unmarked(cell.replace(r"\|", "|")[:MOST_CELL]) for cell in cells])
    asking = [table for table in tables if table and _asks(table[0])]
    if not asking:
        return [row for table in tables for row in table]
    return [*asking[0], *(row for table in asking[1:] for row in table[1:])]


def _asks(header: Sequence[str]) -> bool:
    """Whether a row is the header of a sheet."""
    names = {cell.casefold() for cell in header}
    return bool(names & set(QUANTITY) and names & set(ANSWER))


def from_table(
    rows: Iterable[Sequence[str]], name: str, is_name: Callable[[str], bool]
) -> Iterator[Raw]:
    """A sheet of two columns, or a class with a row for each student."""
    filled = [row for row in rows if "".join(row).strip()]
    if not filled:
        yield Raw(name, fault="it is empty")
        return
    header = [cell.strip() for cell in filled[0]]
    lower = [cell.casefold() for cell in header]
    notes = (f"only the first {MOST_ROWS:,} rows are read",) if len(filled) > MOST_ROWS else ()
    filled = filled[: MOST_ROWS + 1]
    at = next((k for k, cell in enumerate(lower) if cell in QUANTITY), None)
    to = next((k for k, cell in enumerate(lower) if cell in ANSWER), None)
    if at is not None and to is not None:
        yield _column(name, filled[1:], at, to, notes)
        return
    known = [k for k, cell in enumerate(header) if cell and is_name(cell)]
    if len(known) >= 2 or (known and len(filled) > 1 and len(header) > 2):
        yield from students(name, header, known, filled[1:], notes)
    elif len(header) >= 2 and any(row and is_name(row[0].strip()) for row in filled[:50]):
        yield _column(
            name,
            filled,
            0,
            1,
            (*notes, "it has no header: the columns are read as quantity, answer"),
        )
    elif len(filled) > 1 and known:
        yield from students(name, header, known, filled[1:], notes)
    else:
        yield Raw(
            name, fault="no header quantity,answer and no name of a quantity in its first row"
        )


def _column(
    name: str, rows: Sequence[Sequence[str]], at: int, to: int, notes: tuple[str, ...]
) -> Raw:
    """A sheet with a line for each quantity; a decimal comma may have split an unquoted answer in two."""
    if (at, to) == (0, 1) and {2}.issuperset(map(len, rows)):  # as nearly every sheet is
        split = False
        out = [(quantity, answer.strip()) for cell, answer in rows if (quantity := cell.strip())]
    else:
        out, split = _picked(rows, at, to)
    if split:
        notes = (*notes, "decimal commas are not in quotes: two columns are read as one number")
    if not out:
        return Raw(name, fault="it has a header and no answers")
    return Raw(name, tuple(out), notes)


def _picked(rows: Sequence[Sequence[str]], at: int, to: int) -> tuple[list[tuple[str, str]], bool]:
    """The quantities and answers of two columns, and whether a decimal comma had split an answer."""
    out = []
    split = False
    for row in rows:
        if len(row) <= at or not (quantity := row[at].strip()):
            continue
        answer = row[to].strip() if len(row) > to else ""
        rest = [cell.strip() for cell in row[to + 1 :]] if len(row) > to + 1 else ()
        if rest and (
            at < to
            and len(rest) == 1
            and re.fullmatch(r"[+-−]?\d*", answer)
            and re.fullmatch(r"\d+", rest[0])
        ):
            answer, split = f"{answer},{rest[0]}", True
        out.append((quantity, answer))
    return out, split
