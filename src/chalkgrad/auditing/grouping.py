"""Wrong figures grouped by their origin: what follows from a slip is one finding with it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chalkgrad.auditing.records import OK, WRONG, Finding
from chalkgrad.light import dataclass

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping


@dataclass(frozen=True, slots=True)
class Group:
    """A wrong figure, and the figures that follow from it in the order of the document."""

    origin: Finding
    follow: tuple[Finding, ...] = ()


def groups(figures: Iterable[Finding]) -> tuple[Group, ...]:
    """The origins among some figures, each with what follows from it, also through others.

    A figure whose cause is not among the wrong ones is a group of its own.
    """
    figures = tuple(f for f in figures if f.verdict == WRONG or (f.verdict != OK and f.cause))
    before: dict[tuple[str, int], Finding] = {}
    for f in figures:
        place = (f.document, f.line)
        if place not in before or _rank(f) < _rank(before[place]):
            before[place] = f
    follow: dict[int, list[Finding]] = {}
    roots = []
    for f in figures:
        root = _root(f, before)
        if root is not f:
            follow.setdefault(id(root), []).append(f)
        elif f.verdict == WRONG:
            roots.append(f)
    return tuple(Group(f, tuple(follow.get(id(f), ()))) for f in roots)


def _rank(figure: Finding) -> int:
    """Which figure of a line others go back to: an origin rather than one that follows."""
    return 0 if figure.cause is None else 1 if figure.verdict == WRONG else 2


def _root(figure: Finding, before: Mapping[tuple[str, int], Finding]) -> Finding:
    """The wrong figure that a figure goes back to; itself, if there is none or they go round in a ring."""
    at, root, seen = figure, figure, {id(figure)}
    while at.cause is not None and (document_line := (at.document, at.cause)) in before:
        at = before[document_line]
        if id(at) in seen:
            return figure
        seen.add(id(at))
        root = at if at.verdict == WRONG else root
    return root
