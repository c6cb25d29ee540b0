"""Corrections that hold: corrected documents are audited again, and what is wrong there is not written."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chalkgrad.auditing.patch import corrected, edits
from chalkgrad.auditing.records import WRONG
from chalkgrad.light import replace

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from chalkgrad.auditing.originals import Original
    from chalkgrad.auditing.patch import Edit
    from chalkgrad.auditing.records import Audit

    Again = Callable[[Iterable[Original]], Audit]

_ROUNDS = 5
"""After so many audits a document whose corrections still do not hold is left as it is."""


def settled(
    found: Audit, originals: Mapping[str, Original], again: Again
) -> tuple[dict[str, tuple[Edit, ...]], Audit]:
    """The corrections of documents that an audit of the corrected text agrees with, and that audit.

    Where it calls a figure wrong in a line that was rewritten, that line keeps its origins' corrections
    alone; where it still does, the line stays as it was.

    Args:
        found: the audit of the documents as they are.
        originals: the documents by their names.
        again: audits documents in the same way.
    """
    made = {name: edits(found, name) for name in originals}
    for left in range(_ROUNDS, 0, -1):
        if not any(made.values()):
            return made, found
        new = again(
            replace(original, text=corrected(original.text, made[name]))
            for name, original in originals.items()
        )
        bad = {name: _disputed(found, new, name, changes) for name, changes in made.items()}
        if not any(bad.values()):
            return made, new
        for name, lines in bad.items():
            origins = {(f.line, f.column) for f in found.wrong if f.document == name}
            made[name] = _without(made[name], lines, origins) if left > 2 or not lines else ()
    return dict.fromkeys(originals, ()), found


def _disputed(found: Audit, new: Audit, name: str, changes: Sequence[Edit]) -> set[int]:
    """The rewritten lines in which another figure is wrong now than those that nobody could correct."""
    changed = {(c.line, c.column) for c in changes}
    lines = {c.line for c in changes}
    known = {
        (f.line, f.column + _shift(changes, f.line, f.column))
        for f in found.figures
        if f.document == name and f.verdict == WRONG and (f.line, f.column) not in changed
    }
    return {
        f.line
        for f in new.wrong
        if f.document == name and f.line in lines and (f.line, f.column) not in known
    }


def _shift(changes: Iterable[Edit], line: int, column: int) -> int:
    """By how much a column of a line moves."""
    before = (c for c in changes if c.line == line and c.column < column)
    return sum(len(c.text) - (c.end - c.column) for c in before)


def _without(
    changes: Sequence[Edit], lines: set[int], origins: set[tuple[int, int]]
) -> tuple[Edit, ...]:
    """Corrections with those of some lines taken back: what follows first, and then all."""
    mixed = {c.line for c in changes if c.line in lines and (c.line, c.column) not in origins}
    return tuple(
        c
        for c in changes
        if c.line not in lines or (c.line in mixed and (c.line, c.column) in origins)
    )
