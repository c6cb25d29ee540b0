"""The finding that a printed formula or label makes: a piece of a document that is no figure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chalkgrad.auditing.records import FORMULA, WRONG, Finding

if TYPE_CHECKING:
    from chalkgrad.auditing.bench import Bench
    from chalkgrad.auditing.sides import Side


def slipped(
    bench: Bench,
    side: Side,
    why: str,
    *,
    name: str | None = None,
    expected: str | None = None,
    kind: str = FORMULA,
) -> Finding:
    """A finding that underlines a whole side, as far as its line goes."""
    source = bench.source
    line, column = source.place(side.start)
    stop = source.original.find("\n", side.start)
    end = min(side.end, stop if stop >= 0 else side.end)
    printed = source.original[side.start : end]
    return Finding(
        source.name, line, column, column + end - side.start, printed, name, WRONG, kind, expected, why
    )  # fmt: skip
