"""Reading sheets of answers from files: CSV, a class in one table, XLSX, JSON, TOML, Markdown.

A file that cannot be read becomes a sheet with a named fault; nothing here raises for what stands in a
file. A table with the columns ``quantity`` and ``answer`` is one sheet; a table whose header holds names
of quantities is a class with a row for each student.
"""

from __future__ import annotations

import csv
import json
import re
import tomllib
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from chalkgrad.errors import ChalkgradError, RequestError
from chalkgrad.light import replace
from chalkgrad.marking.raw_sheets import Raw
from chalkgrad.marking.sheet_objects import from_object
from chalkgrad.marking.sheet_tables import csv_rows, from_table, markdown_rows, plain_column
from chalkgrad.marking.workbook import read_workbook

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

MOST_BYTES = 10_000_000
"""A larger file is no sheet of answers, and not read."""


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
        if not data or data.isspace():
            return [Raw(name, fault="it is empty")]
        if data[:4] == b"PK\x03\x04":
            return list(from_table(read_workbook(data), name, is_name))
        if data[:8] == b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1":
            return [Raw(name, fault="an old .xls workbook: save it as .xlsx or CSV")]
        text, notes = _decode(data)
        kind = _kind(name, text)
        if kind == "json":
            return list(from_object(json.loads(text), name))
        if kind == "toml":
            return list(from_object(tomllib.loads(text), name))
        if kind == "markdown":
            rows = list(markdown_rows(text))
        else:
            plain = plain_column(text)
            if plain:
                return [Raw(name, plain, notes)]
            rows = csv_rows(text)
        sheets = list(from_table(rows, name, is_name))
        if notes:
            return [replace(raw, notes=(*notes, *raw.notes)) for raw in sheets]
        return sheets
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


_KINDS = {
    ".json": "json", ".toml": "toml", ".md": "markdown", ".markdown": "markdown", ".csv": "csv", ".tsv": "csv",
}  # fmt: skip
_DELIMITER = re.compile(r"^\s*\|?(\s*:?-+:?\s*\|)+(\s*:?-+:?\s*)?$", re.MULTILINE)
_ASSIGNED = re.compile(r"""^\s*("[^"\n]*"|'[^'\n]*'|[\w.-]+)\s*=\s*["'\d.+-]""")


def _kind(name: str, text: str) -> str:
    """What a text is: what its name ends in, else (as on standard input) what it looks like."""
    known = _KINDS.get(Path(name).suffix.lower())
    if known:
        return known
    start = text.lstrip()
    if start[:1] in ("{", "["):
        with suppress(ValueError):
            json.loads(text)
            return "json"
    if _DELIMITER.search(text):
        return "markdown"
    if start[:1] == "[" or _ASSIGNED.match(start):
        with suppress(ValueError):
            tomllib.loads(text)
            return "toml"
    return "json" if start[:1] == "{" else "csv"


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
