"""Comments of a document that pass over figures: ``chalkgrad: ignore``, ``ignore-start``, ``ignore-end``."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from chalkgrad.auditing.records import WRONG, Audit, Finding
from chalkgrad.light import replace

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

_COMMENT = re.compile(
    r"(?P<before>.*?)(?:<!--|%|\#)[ \t]*chalkgrad:[ \t]*ignore(?P<end>-start|-end)?(?![\w-])"
)
_EMPTY = re.compile(r"[\s\"\\]*(?:\$\$|\\\\?\[|\\\\?begin\{[a-z*]+\}(?:\{[a-z]*\})?)?[\s\"\\n,]*")
"""A line on which no figure can stand: blank, or where a display opens."""
_FAR = 4000
"""Comments stand in the first so many characters of a line."""


def ignored_lines(lines: Sequence[str]) -> frozenset[int]:
    """The numbers of the lines that comments pass over.

    A comment behind something holds for its own line. Alone on its line it holds for the next one on
    which a figure can stand: it may be set above ``$$``. What is started and not ended goes on to the end.

    >>> sorted(ignored_lines(["<!-- chalkgrad: ignore -->", "$$", "1 = 2", "2 = 3 % chalkgrad: ignore"]))
    [1, 2, 3, 4]
    """
    out: set[int] = set()
    started = waiting = False
    for number, line in enumerate(lines, 1):
        found = _COMMENT.match(line[:_FAR]) if "chalkgrad" in line else None
        kind = found["end"] or "" if found else None
        started = kind == "-start" or (started and kind != "-end")
        if started or waiting or kind is not None:
            out.add(number)
        if kind == "":
            waiting = found is not None and not found["before"].strip(' \t"\\')
        elif waiting and not _EMPTY.fullmatch(line[:_FAR]):
            waiting = False
    return frozenset(out)


def heed_comments(audit: Audit) -> Audit:
    """The audit without the wrong figures on lines that comments pass over; they are kept apart.

    What follows from a figure that is passed over is passed over with it.
    """
    silent = {name: ignored_lines(lines) for name, lines in audit.documents.items()}
    if not any(silent.values()):
        return audit
    kept, passed = parted(audit.figures, lambda f: f.line in silent[f.document])
    return replace(audit, figures=kept, ignored=(*audit.ignored, *passed))


def parted(
    figures: Iterable[Finding], passes: Callable[[Finding], bool]
) -> tuple[tuple[Finding, ...], tuple[Finding, ...]]:
    """The figures to report, and the wrong ones that are passed over with what follows from them."""
    figures = tuple(figures)
    over = {id(f): f for f in figures if f.verdict == WRONG and passes(f)}
    origins = {(f.document, f.line) for f in over.values() if f.cause is None}
    left = {(f.document, f.line) for f in figures if f.verdict == WRONG and id(f) not in over}
    for f in figures:
        if f.verdict == WRONG and (f.document, f.cause) in origins - left:
            over[id(f)] = f
    return tuple(f for f in figures if id(f) not in over), tuple(over.values())
