"""What may be asked for by name, beside the rows of the tables; nothing here needs an optional part."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chalkgrad.errors import RequestError, nearest

if TYPE_CHECKING:
    from collections.abc import Collection

MISSING = ("refuse", "mean", "median", "drop")
"""What is done about missing values."""
TASKS = ("auto", "classes", "numbers")
"""What a target is taken for."""
SCALINGS = ("standard", "range", "none")
"""How numbers are scaled."""
ENGINES = ("auto", "llvm", "numpy")
"""What computes."""
DTYPES = ("float64", "float32")
"""How wide numbers are."""


def refuse_unless(what: str, got: str, known: Collection[str]) -> None:
    """Refuse a name that is none of those known, with the nearest.

    >>> refuse_unless("task", "clases", TASKS)
    Traceback (most recent call last):
    chalkgrad.errors.RequestError: task must be one of auto classes numbers, got "clases"; did you mean "classes"?
    """
    if got not in known:
        hint = nearest(got, known)
        raise RequestError(
            f'{what} must be one of {" ".join(known)}, got "{got}"' + (f"; {hint}" if hint else "")
        )
