"""A sheet of answers as it was read: texts by name, before anything is understood."""

from __future__ import annotations

from chalkgrad.light import dataclass

MOST_ROWS = 20_000
"""Rows of one sheet, or students of one table; what comes after is left out, and said."""
MOST_CELL = 2_000
"""Characters of one cell; what is longer is cut."""
ANSWER = ("answer", "answers", "value", "result", "antwort", "wert")
QUANTITY = ("quantity", "name", "symbol", "grösse", "größe")
"""Heads of the columns, in any case."""


@dataclass(frozen=True, slots=True)
class Raw:
    """A sheet as it was read.

    Attributes:
        name: the file's name; with the student's for a table of a class.
        rows: (name of the quantity, answer), in the order of the file.
        notes: remarks of the reading.
        fault: why it could not be read, or "".
        id, mail: of the student, where a table of a class has such columns.
        unknown: heads of columns of such a table that are neither quantities nor about the student.
    """

    name: str
    rows: tuple[tuple[str, str], ...] = ()
    notes: tuple[str, ...] = ()
    fault: str = ""
    id: str = ""
    mail: str = ""
    unknown: tuple[str, ...] = ()
