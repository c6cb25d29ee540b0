"""The audit of notes that were pasted on the page: every line, its figures, and what is said beside it."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from chalkgrad.auditing.auditor import audit
from chalkgrad.auditing.records import OK, UNREAD

if TYPE_CHECKING:
    from chalkgrad.auditing.records import Finding
    from chalkgrad.problem import Problem

_NAME = "notes.md"


def audit_notes(notes: str, problem: Problem | None) -> dict[str, object]:
    """What an audit found, line by line.

    >>> made = audit_notes("$z = 0.1 * 0.5 + 0.3 = 0.36$", None)
    >>> made["clean"], made["lines"][0]["parts"][-2:]
    (False, [['0.36', 'wrong'], ['$', '']])
    """
    made = audit({_NAME: notes}, problem)
    by_line: dict[int, list[Finding]] = defaultdict(list)
    for figure in made.figures:
        by_line[figure.line].append(figure)
    lines = made.documents[_NAME]
    wrong = [f for f in made.figures if f.verdict not in (OK, UNREAD)]
    return {
        "lines": [
            {"number": str(k), "parts": _parts(line, by_line[k]), "says": _says(by_line[k])}
            for k, line in enumerate(lines, 1)
        ],
        "figures": str(len(made.figures)),
        "checked": str(sum(f.verdict != UNREAD for f in made.figures)),
        "found": str(len(wrong)),
        "clean": not wrong,
        "notes": [*made.notes, *made.conventions.values()],
    }


def _parts(line: str, figures: list[Finding]) -> list[list[str]]:
    """A line cut at its figures: texts, each with the verdict on it or ""."""
    parts, at = [], 0
    for figure in sorted(figures, key=lambda f: f.column):
        start, end = figure.column - 1, figure.end - 1
        if start < at:
            continue
        if line[at:start]:
            parts.append([line[at:start], ""])
        parts.append([line[start:end], figure.verdict])
        at = end
    return [*parts, [line[at:], ""]]


def _says(figures: list[Finding]) -> list[str]:
    out = []
    for figure in figures:
        if figure.verdict in (OK, UNREAD):
            continue
        text = f"{figure.printed}: {figure.explanation}"
        if figure.cause:
            text += f" (line {figure.cause})"
        out.append(text)
    return out
