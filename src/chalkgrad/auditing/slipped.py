"""The finding that a printed formula or label makes: a piece of a document that is no figure."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, Protocol

from chalkgrad.auditing.records import FORMULA, WRONG, Finding

if TYPE_CHECKING:
    from chalkgrad.auditing.bench import Bench


class Stretch(NamedTuple):
    """A piece of a document."""

    start: int
    end: int


class _Placed(Protocol):
    """What stands in a document: a side, a labelled thing, a stretch."""

    @property
    def start(self) -> int: ...
    @property
    def end(self) -> int: ...


def slipped(
    bench: Bench,
    where: _Placed,
    why: str,
    *,
    name: str | None = None,
    expected: str | None = None,
    kind: str = FORMULA,
) -> Finding:
    """A finding that underlines a whole piece, as far as its line goes."""
    source = bench.source
    line, column = source.place(where.start)
    stop = source.original.find("\n", where.start)
    end = min(where.end, stop if stop >= 0 else where.end)
    printed = source.original[where.start : end]
    return Finding(
        source.name, line, column, column + end - where.start, printed, name, WRONG, kind, expected, why
    )  # fmt: skip
