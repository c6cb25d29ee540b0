"""Problem files: TOML in, `Problem` out, and back.

Every fault of a file is reported at once, each with its line.
"""

from __future__ import annotations

import os
import re
import sys
from typing import TYPE_CHECKING, BinaryIO

from chalkgrad.errors import Fault, LimitError, ProblemError, RequestError
from chalkgrad.light import replace
from chalkgrad.problem import LIMITS, Problem
from chalkgrad.problem_reader import Reader
from chalkgrad.problem_values import Values
from chalkgrad.toml_mending import Parsed

if TYPE_CHECKING:
    from collections.abc import Mapping

MOST_FAULTS = 100
_MUST = "TOML text in UTF-8 with at least one [[layer]]"


def load(source: str | os.PathLike[str], limits: Mapping[str, float] | None = None) -> Problem:
    """The problem that a file holds; ``-`` is standard input.

    Raises:
        RequestError: the file cannot be read; the message gives the cause.
        LimitError: file or network are larger than `limits` (over `problem.LIMITS`) allow.
        ProblemError: with every fault of the file and its line.
    """
    name = os.fspath(source)
    most = {**LIMITS, **(limits or {})}["bytes"]
    if name == "-":
        return loads(_read(sys.stdin.buffer, most), "<stdin>", limits)
    try:
        with open(name, "rb") as stream:  # noqa: PTH123  a name with a zero byte is ours to report
            data = _read(stream, most)
    except OSError as error:
        raise RequestError(f'cannot read "{name}": {error.strerror or error}') from error
    except ValueError as error:
        raise RequestError(f"cannot read {name!r}: {error}") from error
    return loads(data, name, limits)


def _read(stream: BinaryIO, most: float) -> bytes:
    most = int(min(most, sys.maxsize - 1))
    data = stream.read(most + 1)
    if len(data) > most:
        try:
            size = os.fstat(stream.fileno()).st_size
        except OSError:  # a stream that is no file
            size = 0
        raise LimitError("bytes", "bytes of the problem file", max(size, len(data)), most)
    return data


def loads(text: str | bytes, file: str = "", limits: Mapping[str, float] | None = None) -> Problem:
    """The problem that a text holds; `file` is the name that faults are reported under.

    Raises:
        LimitError: text or network are larger than `limits` (over `problem.LIMITS`) allow.
        ProblemError: with every fault and its line; after 100 of them, how many more there are.

    >>> problem = loads('''
    ... [[layer]]
    ... weights = [[0.50, 0.25]]
    ... activation = "sigmoid"
    ... [training]
    ... loss = "none"
    ... [[sample]]
    ... input = [1, 2]
    ... ''')
    >>> problem.sizes, problem.layers[0].weights[0][0].text
    ((2, 1), '0.50')
    >>> loads("[[layer]]\\nwieghts = [[1]]\\n[[sample]]\\ninput = [1]", "net.toml")
    Traceback (most recent call last):
    chalkgrad.errors.ProblemError: net.toml:2: layer[1].wieghts must be a key of layer[1] \
(weights bias activation units init seed), got an unknown key; did you mean "weights"?
    """
    merged = {**LIMITS, **(limits or {})}
    if len(text) > merged["bytes"]:
        raise LimitError("bytes", "bytes of the problem file", len(text), merged["bytes"])
    faults: list[Fault] = []
    plain = _decoded(text, faults) if isinstance(text, bytes) else _encodable(text, faults)
    if plain is None:
        raise ProblemError(faults, file)
    parsed = Parsed(plain, faults)
    values = Values(merged, lost=parsed.lost)
    problem = Reader(values).problem(parsed.data) if parsed.data is not None else None
    found = values.faults
    if parsed.broken:  # what is missing may stand where the text could not be read
        found = [fault for fault in found if fault.got != "none"]
    if problem and not faults:
        return problem
    where = parsed.places
    faults += [replace(fault, line=where.line(fault.path)) for fault in found]
    raise ProblemError(_shortened(faults), file)


def _shortened(faults: list[Fault]) -> list[Fault]:
    faults = sorted(faults, key=lambda fault: fault.line)
    more = len(faults) - MOST_FAULTS
    if more <= 0:
        return faults
    closing = Fault((), f"mended here, and {more} more", "", line=faults[MOST_FAULTS - 1].line)
    return [*faults[:MOST_FAULTS], closing]


# ---------------------------------------------------------------- bytes -> text
_TOML = re.compile(r"""^[ \t]*(\[|#|["'\w.-]+[ \t]*=)""", re.MULTILINE)
"""What some line of every problem file begins with: a table, a comment or a key."""


def _kind(text: str) -> tuple[str, str]:
    """What a text looks like that is no TOML, and what can be done with it.

    >>> _kind("area,price\\n78.1,220482\\n")
    ('a table of 2 columns', 'chalkgrad train learns from tables')
    """
    head = [line for line in text.splitlines() if line.strip()][:5]
    if head[0].lstrip().startswith(("{", "<")):
        return ("JSON" if head[0].lstrip().startswith("{") else "HTML or XML"), ""
    for sign in ";\t,":
        columns = {line.count(sign) + 1 for line in head}
        if len(columns) == 1 and max(columns) > 1:
            return f"a table of {max(columns)} columns", "chalkgrad train learns from tables"
    return "text without a key", "chalkgrad examples mazur prints a file to begin with"


def _decoded(data: bytes, faults: list[Fault]) -> str | None:
    """The text of a file, bytes that are not UTF-8 replaced; None if it is no text at all."""
    utf16 = data.startswith((b"\xff\xfe", b"\xfe\xff"))
    zeros = b"\0" in data
    # Plain letters in UTF-16 have a zero in every other byte.
    if utf16 or (zeros and len(data) > 3 and (not any(data[0:40:2]) or not any(data[1:40:2]))):
        faults.append(Fault((), _MUST, "UTF-16 text", "save it as UTF-8", 1))
        return None
    if zeros:
        faults.append(Fault((), _MUST, "a binary file", "", 1))
        return None
    text = data.decode("utf-8-sig", "surrogateescape")
    return _encodable(text, faults)


def _encodable(text: str, faults: list[Fault]) -> str | None:
    text = text.removeprefix("\ufeff")
    if not text.strip():
        faults.append(Fault((), _MUST, "an empty file", "", 1))
        return None
    if "\0" in text:
        faults.append(Fault((), _MUST, "a binary file", "", 1))
        return None
    if not _TOML.search(text):
        faults.append(Fault((), _MUST, *_kind(text), 1))
        return None
    if not text.isascii() and re.search("[\ud800-\udfff]", text):
        for number, line in enumerate(text.split("\n"), 1):
            bad = re.search("[\ud800-\udfff]", line)
            if bad:
                code = ord(bad[0])
                got = (
                    f"the byte 0x{code - 0xDC00:02x}"
                    if 0xDC80 <= code <= 0xDCFF
                    else "half a character"
                )
                column = f"in column {bad.start() + 1}"
                faults.append(
                    Fault((), "UTF-8 text", f"{got} {column}", "save it as UTF-8", number)
                )
        text = re.sub("[\ud800-\udfff]", "\ufffd", text)
    return text
