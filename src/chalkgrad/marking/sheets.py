"""Reading sheets of answers from files: CSV, a class in one table, XLSX, JSON, TOML, Markdown.

A file that cannot be read becomes a sheet with a named fault; nothing here raises for what stands in a
file. A table with the columns ``quantity`` and ``answer`` is one sheet; a table whose header holds names
of quantities is a class with a row for each student.
"""

from __future__ import annotations

import csv
import io
import json
import re
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from chalkgrad.errors import ChalkgradError, RequestError
from chalkgrad.marking.workbook import read_workbook

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

MOST_BYTES = 10_000_000
"""A larger file is no sheet of answers, and not read."""
MOST_ROWS = 20_000
"""Rows of one sheet, or students of one table; what comes after is left out, and said."""
MOST_CELL = 2_000
SUFFIXES = (".csv", ".tsv", ".txt", ".xlsx", ".json", ".toml", ".md", ".markdown")
_ANSWER = ("answer", "answers", "value", "result", "antwort", "wert")
_QUANTITY = ("quantity", "name", "symbol", "grösse", "größe")


@dataclass(frozen=True, slots=True)
class Raw:
    """A sheet as it was read.

    Attributes:
        name: the file's name; with the student's for a table of a class.
        rows: (name of the quantity, answer), in the order of the file.
        notes: remarks of the reading.
        fault: why it could not be read, or "".
    """

    name: str
    rows: tuple[tuple[str, str], ...] = ()
    notes: tuple[str, ...] = ()
    fault: str = ""


Known = "Callable[[str], bool]"


def find_sheets(places: Sequence[str | Path]) -> list[Path]:
    """The files of sheets: files as they are, of folders all that could be one, in order of name.

    Raises:
        RequestError: a place that is not there.
    """
    files: list[Path] = []
    for place in map(Path, places):
        if place.is_dir():
            files += sorted(
                f for f in place.iterdir() if f.is_file() and not f.name.startswith(".")
            )
        elif str(place) == "-" or place.exists():
            files.append(place)
        else:
            raise RequestError(f'there is no file and no folder "{place}"')
    return files


def read_file(path: Path, is_name: Callable[[str], bool]) -> list[Raw]:
    """The sheets of a file: one, or one for each student of a table; `is_name` knows the quantities."""
    name = path.name
    try:
        size = path.stat().st_size
        if size > MOST_BYTES:
            return [
                Raw(
                    name,
                    fault=f"{size:,} bytes are too many for a sheet (the limit is {MOST_BYTES:,})",
                )
            ]
        data = path.read_bytes()
    except OSError as error:
        return [Raw(name, fault=f"it cannot be read: {error.strerror or error}")]
    return read_bytes(data, name, is_name)


def read_bytes(data: bytes, name: str, is_name: Callable[[str], bool]) -> list[Raw]:
    """The sheets in the bytes of a file of this name."""
    try:
        if not data.strip():
            return [Raw(name, fault="it is empty")]
        if data[:4] == b"PK\x03\x04":
            return list(_tables(read_workbook(data), name, is_name))
        if data[:8] == b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1":
            return [Raw(name, fault="an old .xls workbook: save it as .xlsx or CSV")]
        text, notes = _decode(data)
        suffix = Path(name).suffix.lower()
        if suffix == ".json":
            return list(_from_object(json.loads(text), name))
        if suffix == ".toml":
            return list(_from_object(tomllib.loads(text), name))
        if suffix in (".md", ".markdown"):
            rows = list(_markdown_rows(text))
        else:
            rows = list(_csv_rows(text))
        return [
            Raw(raw.name, raw.rows, (*notes, *raw.notes), raw.fault)
            for raw in _tables(rows, name, is_name)
        ]
    except ChalkgradError as error:
        return [Raw(name, fault=str(error))]
    except (json.JSONDecodeError, tomllib.TOMLDecodeError) as error:
        kind = "JSON" if isinstance(error, json.JSONDecodeError) else "TOML"
        return [Raw(name, fault=f"it is not valid {kind}: {error}")]
    except RecursionError:
        return [Raw(name, fault="it is nested too deeply")]
    except csv.Error as error:
        return [Raw(name, fault=f"it is not a table: {error}")]
    except ValueError as error:
        return [Raw(name, fault=f"it cannot be read: {error}")]


def _decode(data: bytes) -> tuple[str, tuple[str, ...]]:
    """Text of bytes: UTF-8, UTF-16 with its mark, else the old Windows encoding, which is said."""
    for mark, encoding in (
        (b"\xef\xbb\xbf", "utf-8-sig"),
        (b"\xff\xfe", "utf-16"),
        (b"\xfe\xff", "utf-16"),
    ):
        if data.startswith(mark):
            return data.decode(encoding), ()
    if b"\x00" in data[:100_000]:
        raise RequestError("it is not a text file: it holds zero bytes")
    try:
        return data.decode("utf-8"), ()
    except UnicodeDecodeError:
        text = data.decode("cp1252", "replace")
        odd = sum((c < " " and c not in "\r\n\t") or c == "\ufffd" for c in text[:20_000])
        if odd > len(text[:20_000]) / 50:
            raise RequestError("it is not a text file") from None
        return text, ("the file is not UTF-8: it was read as Windows-1252",)


# ---------------------------------------------------------------- tables
def _csv_rows(text: str) -> Iterator[list[str]]:
    """Rows of a CSV: the separator is the one of comma, semicolon and tab that the header has."""
    text = text.replace("\x00", "")
    head = next((line for line in text.splitlines() if line.strip()), "")
    separator = max(";\t,", key=head.count)
    if "," in separator and head.count(",") == 0:
        separator = ","
    for number, row in enumerate(csv.reader(io.StringIO(text, newline=""), delimiter=separator)):
        if number > MOST_ROWS + 1:
            return
        if len(row) > 2 or (row and row[0].count("[") != row[0].count("]")):
            row = _rejoined(row, separator)
        yield (
            row
            if len(row) < 4 and len(max(row, key=len, default="")) < MOST_CELL
            else [c[:MOST_CELL] for c in row]
        )


def _rejoined(row: list[str], separator: str) -> list[str]:
    """A row with names such as ``w[1][2,3]`` in one cell, that were written without quotes."""
    out: list[str] = []
    for cell in row:
        if out and re.search(r"\[\d*$", out[-1]) and re.match(r"\s*\d+\]", cell):
            out[-1] += separator + cell
        else:
            out.append(cell)
    return out


def _markdown_rows(text: str) -> Iterator[list[str]]:
    for number, line in enumerate(text.splitlines()):
        if number > MOST_ROWS + 1:
            return
        line = line.strip()
        if "|" not in line or re.fullmatch(r"[|\s:-]+", line):
            continue
        cells = re.split(r"(?<!\\)\|", line.strip("|"))
        yield [cell.strip().strip("`").replace(r"\|", "|").strip()[:MOST_CELL] for cell in cells]


def _tables(
    rows: Iterable[Sequence[str]], name: str, is_name: Callable[[str], bool]
) -> Iterator[Raw]:
    """A sheet of two columns, or a class with a row for each student."""
    filled = [row for row in rows if any(row) and any(cell.strip() for cell in row)]
    if not filled:
        yield Raw(name, fault="it is empty")
        return
    header = [cell.strip() for cell in filled[0]]
    lower = [cell.casefold() for cell in header]
    known = [k for k, cell in enumerate(header) if cell and is_name(cell)]
    notes = (f"only the first {MOST_ROWS:,} rows are read",) if len(filled) > MOST_ROWS else ()
    filled = filled[: MOST_ROWS + 1]
    if any(cell in _QUANTITY for cell in lower) and any(cell in _ANSWER for cell in lower):
        at = next(k for k, cell in enumerate(lower) if cell in _QUANTITY)
        to = next(k for k, cell in enumerate(lower) if cell in _ANSWER)
        yield _column(name, filled[1:], at, to, notes)
    elif len(known) >= 2 or (known and len(filled) > 1 and len(header) > 2):
        yield from _wide(name, header, known, filled[1:], notes)
    elif len(header) >= 2 and any(row and is_name(row[0].strip()) for row in filled[:50]):
        yield _column(
            name,
            filled,
            0,
            1,
            (*notes, "it has no header: the columns are read as quantity, answer"),
        )
    elif len(filled) > 1 and known:
        yield from _wide(name, header, known, filled[1:], notes)
    else:
        yield Raw(
            name, fault="no header quantity,answer and no name of a quantity in its first row"
        )


def _column(
    name: str, rows: Sequence[Sequence[str]], at: int, to: int, notes: tuple[str, ...]
) -> Raw:
    """A sheet with a line for each quantity; a decimal comma may have split an unquoted answer in two."""
    out = []
    split = False
    for row in rows:
        if len(row) <= at or not row[at].strip():
            continue
        answer = row[to].strip() if len(row) > to else ""
        rest = [cell.strip() for cell in row[to + 1 :]] if len(row) > to + 1 else ()
        if (
            at < to
            and len(rest) == 1
            and re.fullmatch(r"[+-−]?\d*", answer)
            and re.fullmatch(r"\d+", rest[0])
        ):
            answer, split = f"{answer},{rest[0]}", True
        out.append((row[at].strip(), answer))
    if split:
        notes = (*notes, "decimal commas are not in quotes: two columns are read as one number")
    if not out:
        return Raw(name, fault="it has a header and no answers")
    return Raw(name, tuple(out), notes)


def _wide(
    name: str,
    header: list[str],
    known: list[int],
    rows: Sequence[Sequence[str]],
    notes: tuple[str, ...],
) -> Iterator[Raw]:
    """A class in one table: the columns that are no quantities say who it is."""
    who = [k for k, cell in enumerate(header) if k not in known]
    mail = next(
        (k for k in who if re.search(r"student|name|id|mail|matri", header[k], re.IGNORECASE)), None
    )
    label = mail if mail is not None else who[0] if who else None
    unknown = [header[k] for k in who[1:] if re.search(r"\[\d", header[k])]
    if unknown:
        notes = (*notes, "columns that are no quantity of this problem: " + ", ".join(unknown[:5]))
    taken: dict[str, int] = {}
    for number, row in enumerate(rows, 1):
        student = row[label].strip() if label is not None and len(row) > label else ""
        student = student or f"row {number}"
        taken[student] = taken.get(student, 0) + 1
        if taken[student] > 1:
            student = f"{student} ({taken[student]})"
        answers = tuple((header[k], row[k].strip() if len(row) > k else "") for k in known)
        yield Raw(student, answers, notes)
    if not rows:
        yield Raw(name, fault="it has a header and no rows")


# ---------------------------------------------------------------- objects
def _from_object(data: object, name: str) -> Iterator[Raw]:
    """A mapping of answers, a list of {quantity, answer}, or a mapping or list of such sheets."""
    if isinstance(data, dict):
        inner = data.get("answers", data)
        if isinstance(inner, dict) and inner and all(isinstance(v, dict) for v in inner.values()):
            for student, answers in inner.items():
                yield _mapping(str(student), answers)
            return
        if isinstance(inner, dict):
            yield _mapping(name, inner)
            return
        data = inner
    if isinstance(data, list) and data and all(isinstance(row, dict) for row in data):
        if any("answers" in row for row in data):
            for number, row in enumerate(data[:MOST_ROWS], 1):
                student = str(
                    row.get("student") or row.get("sheet") or row.get("name") or f"row {number}"
                )
                for raw in _from_object(row.get("answers"), student):
                    yield Raw(student, raw.rows, raw.notes, raw.fault)
            return
        rows = []
        for row in data[:MOST_ROWS]:
            quantity = next((row[k] for k in _QUANTITY if k in row), None)
            answer = next((row[k] for k in _ANSWER if k in row), None)
            if quantity is not None:
                rows.append((str(quantity)[:MOST_CELL], _cell(answer)))
        if rows:
            yield Raw(name, tuple(rows))
            return
    yield Raw(name, fault="no answers in it: a mapping from quantity to answer is expected")


def _mapping(name: str, answers: dict[str, object]) -> Raw:
    rows = []
    for quantity, answer in list(answers.items())[:MOST_ROWS]:
        if isinstance(
            answer, dict
        ):  # TOML reads a[1] as a key only in quotes; nested tables are no answers
            return Raw(
                name,
                fault=f'"{quantity}" holds a table: quote names with brackets, "a[1][1]" = 0.59',
            )
        rows.append((str(quantity)[:MOST_CELL], _cell(answer)))
    return Raw(name, tuple(rows)) if rows else Raw(name, fault="it holds no answers")


def _cell(answer: object) -> str:
    if answer is None:
        return ""
    if isinstance(answer, bool):
        return str(answer).lower()
    if isinstance(answer, float):
        return repr(answer)
    return str(answer)[:MOST_CELL]
