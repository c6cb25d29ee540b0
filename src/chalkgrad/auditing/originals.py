"""Documents as they lie on disk: read as text, bounded, and what was left out said."""

from __future__ import annotations

import codecs
import re
import sys
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING

from chalkgrad.auditing.clock import ALLOWED
from chalkgrad.errors import RequestError, nearest
from chalkgrad.light import dataclass

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

STDIN = "-"
LIMITS: Mapping[str, float] = MappingProxyType(
    {"document_bytes": 2_000_000, "figures": 20_000, "seconds": ALLOWED}
)
"""What is read of one document and how long it may take, unless it is raised; what is left out is said."""

_LINE = re.compile(r"[^\n]*\n|[^\n]+")
_FIGURE = re.compile(r"\d+(?:[.,]\d+)*")
_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Original:
    """The text of a document.

    Attributes:
        name: as it was named.
        text: what was read of it, line ends as they are.
        encoding: in which it is written; a mark of the byte order is part of it, not of the text.
        notes: what was left out, and why.
        whole: whether all of it was read.
    """

    name: str
    text: str
    encoding: str = "utf-8"
    notes: tuple[str, ...] = ()
    whole: bool = True


def lines_with_ends(text: str) -> list[str]:
    """The lines of a text with their ends: a form feed ends none.

    >>> lines_with_ends("a\\x0cb\\r\\nc\\n")
    ['a\\x0cb\\r\\n', 'c\\n']
    """
    return _LINE.findall(text)


def limits_of(given: Mapping[str, float] | None) -> Mapping[str, float]:
    """All limits, those given in place of the others.

    Raises:
        RequestError: a name that no limit has.
    """
    for name in given or ():
        if name not in LIMITS:
            hint = nearest(name, LIMITS) or "they are " + " ".join(LIMITS)
            raise RequestError(f'an audit has no limit "{name}"; {hint}')
    return {**LIMITS, **(given or {})}


def bounded(
    name: str,
    text: str,
    limits: Mapping[str, float],
    encoding: str = "utf-8",
    *,
    more: bool = False,
) -> Original:
    """A text up to the line at which a limit is reached.

    Args:
        name: of the document.
        text: the whole, or its beginning.
        limits: all of `LIMITS`.
        encoding: in which it is written.
        more: whether the document goes on behind `text`.

    >>> bounded("a.md", "1 2\\n3 4\\n", {"document_bytes": 99, "figures": 2}).notes
    ('a.md: line 2 and what follows was not read: more than 2 figures; --limit figures=N reads more',)
    """
    size, figures, at, count = 0, 0, 0, 0
    limit = ""
    for line in lines_with_ends(text):
        size += len(line.encode("utf-8", "replace")) if not line.isascii() else len(line)
        figures += sum(1 for _ in _FIGURE.finditer(line))
        if size > limits["document_bytes"]:
            limit = "document_bytes"
            break
        if figures > limits["figures"]:
            limit = "figures"
            break
        at += len(line)
        count += 1
    else:
        limit = "document_bytes" if more else ""
    if not limit:
        return Original(name, text, encoding)
    unit = "bytes" if limit == "document_bytes" else limit
    note = (
        f"{name}: line {count + 1} and what follows was not read: more than {limits[limit]:,.0f} {unit}; "
        f"--limit {limit}=N reads more"
    )
    return Original(name, text[:at], encoding, (note,), whole=False)


def read_original(name: str, limits: Mapping[str, float]) -> Original:
    """A document by its path, or stdin.

    Raises:
        RequestError: it is not there, no file, or no text; the message begins with the name.
    """
    most = int(min(limits["document_bytes"], sys.maxsize - 8)) + 4
    try:
        if name == STDIN:
            data = sys.stdin.buffer.read(most)
        else:
            with Path(name).open("rb") as stream:
                data = stream.read(most)
    except IsADirectoryError:
        raise RequestError(f"{name}: it is a folder; name the documents in it") from None
    except OSError as error:
        raise RequestError(f"{name}: {error.strerror or error}") from error
    except ValueError as error:  # a zero byte in the name
        raise RequestError(f"{name!r}: {error}") from error
    text, encoding = _decoded(name, data)
    return bounded(name, text, limits, encoding, more=len(data) == most)


def _decoded(name: str, data: bytes) -> tuple[str, str]:
    """The text of some bytes, and its encoding: UTF-8, or what a mark says, or Latin-1."""
    for mark, encoding in _MARKS:
        if data.startswith(mark):
            text = codecs.getincrementaldecoder(encoding)("replace").decode(data)
            return text.removeprefix("\ufeff"), encoding
    at = data.find(b"\0")
    if at >= 0:
        line = data.count(b"\n", 0, at) + 1
        raise RequestError(f"{name}:{line}: it is not text: a zero byte stands in this line")
    try:
        # what the limit cut in the middle of a letter is no fault
        return codecs.getincrementaldecoder("utf-8")().decode(data), "utf-8"
    except UnicodeDecodeError:
        return data.decode("latin-1"), "latin-1"


def read_originals(
    names: Iterable[str], limits: Mapping[str, float]
) -> tuple[dict[str, Original], list[str]]:
    """The documents that can be read, by name, and a line for each that cannot."""
    found: dict[str, Original] = {}
    faults = []
    for name in names:
        try:
            if name not in found:
                found[name] = read_original(name, limits)
        except RequestError as error:
            faults.append(str(error))
    return found, faults
