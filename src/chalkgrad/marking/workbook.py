"""The cells of the first sheet of an XLSX workbook, with the standard library alone.

A workbook is a zip of XML. What a hostile one could do is bounded: sizes are checked before anything is
unpacked, and a document type (the way to entities that expand) is refused.
"""

from __future__ import annotations

import io
import re
import zipfile
import zlib
from xml.etree import ElementTree as ET

from chalkgrad.errors import RequestError

MOST_UNPACKED = 60_000_000
MOST_ROWS, MOST_COLUMNS = 20_001, 2_000
_MAIN = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"


def read_workbook(data: bytes) -> list[list[str]]:
    """The rows of the first sheet, every cell as text.

    Raises:
        RequestError: it is no workbook, or larger than a sheet of answers can be.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            names = archive.namelist()
            sheets = sorted(
                (n for n in names if re.fullmatch(r"xl/worksheets/sheet\d+\.xml", n)),
                key=lambda n: int(re.findall(r"\d+", n)[0]),
            )
            if not sheets:
                raise RequestError("it is a zip file without a worksheet")
            shared = (
                _shared(_part(archive, "xl/sharedStrings.xml"))
                if "xl/sharedStrings.xml" in names
                else []
            )
            return _rows(_part(archive, sheets[0]), shared)
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError) as error:
        raise RequestError(f"it is not a workbook: {error}") from None
    except ET.ParseError as error:
        raise RequestError(f"its worksheet is damaged: {error}") from None


def _part(archive: zipfile.ZipFile, name: str) -> bytes:
    info = archive.getinfo(name)
    if info.file_size > MOST_UNPACKED:
        raise RequestError(f"its {name} unpacks to {info.file_size:,} bytes: too large for a sheet")
    with archive.open(info) as stream:
        data = stream.read(MOST_UNPACKED + 1)
    if len(data) > MOST_UNPACKED or b"<!DOCTYPE" in data[:2000]:
        raise RequestError(f"its {name} is not that of a plain workbook")
    return data


def _shared(data: bytes) -> list[str]:
    return ["".join(t.text or "" for t in item.iter(f"{_MAIN}t")) for item in ET.fromstring(data)]  # noqa: S314


def _rows(data: bytes, shared: list[str]) -> list[list[str]]:
    rows: list[list[str]] = []
    for _, element in ET.iterparse(io.BytesIO(data)):  # noqa: S314
        if element.tag != f"{_MAIN}row":
            continue
        row: list[str] = []
        for cell in element.findall(f"{_MAIN}c"):
            place = _column(cell.get("r", ""), len(row))
            if place >= MOST_COLUMNS:
                break
            row += [""] * (place + 1 - len(row))
            row[place] = _text(cell, shared)
        rows.append(row)
        element.clear()
        if len(rows) > MOST_ROWS:
            break
    return rows


def _column(reference: str, default: int) -> int:
    letters = re.match(r"[A-Z]{1,3}", reference)
    if not letters:
        return default
    number = 0
    for letter in letters[0]:
        number = number * 26 + ord(letter) - 64
    return number - 1


def _text(cell: ET.Element, shared: list[str]) -> str:
    kind = cell.get("t")
    value = cell.findtext(f"{_MAIN}v") or ""
    if kind == "s":
        return shared[int(value)] if value.isdigit() and int(value) < len(shared) else ""
    if kind == "inlineStr":
        return "".join(t.text or "" for t in cell.iter(f"{_MAIN}t"))
    if kind == "e":
        return value
    return _number(value)


def _number(text: str) -> str:
    """A stored float as a spreadsheet shows it: 0.59330000000000005 was typed as 0.5933."""
    try:
        return format(float(text), ".15g") if len(text) > 15 else text
    except ValueError:
        return text
