"""The audit of documents: every figure that they print, and whether it holds."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING

from chalkgrad.auditing.arithmetic import FAILS, HOLDS, Shelf, steps
from chalkgrad.auditing.chains import chains_of
from chalkgrad.auditing.documents import read_document
from chalkgrad.auditing.records import ARITHMETIC, OK, UNREAD, WRONG, Audit, Finding
from chalkgrad.marking.digits import shown

if TYPE_CHECKING:
    from collections.abc import Mapping

    from chalkgrad.auditing.documents import Source
    from chalkgrad.auditing.parsing import Figure
    from chalkgrad.problem import Problem


def audit(documents: Mapping[str, str], problem: Problem | None = None) -> Audit:
    """Every figure of the documents, judged by the arithmetic of its own line, and by a problem's plan.

    >>> made = audit({"n.md": "$z = 0.1 * 0.5 + 0.3 = 0.36$"})
    >>> [(f.line, f.column, f.printed, f.expected) for f in made.wrong]
    [(1, 24, '0.36', '0.35')]
    """
    figures: list[Finding] = []
    notes: list[str] = []
    lines = {}
    for name, text in documents.items():
        source = read_document(name, text)
        lines[name] = source.lines
        notes += source.notes
        found, left_out = _judged(source)
        figures += found
        notes += left_out
    return Audit(MappingProxyType(lines), tuple(figures), notes=tuple(notes))


def _judged(source: Source) -> tuple[list[Finding], list[str]]:
    chains, notes = chains_of(source)
    shelf = Shelf()
    found: dict[int, Finding] = {}
    for chain in chains:
        for fig in chain.figures:
            if not fig.bare:
                found[fig.start] = _finding(
                    source, fig, UNREAD, explanation="nothing on its line decides it"
                )
        for made in steps(chain, shelf):
            if made.verdict == HOLDS:
                for fig in (*made.left.figures, *made.right.figures):
                    if found.get(fig.start) is None or found[fig.start].verdict == UNREAD:
                        found[fig.start] = _finding(source, fig, OK)
            elif made.verdict == FAILS and made.right.figures:
                fig = made.right.figures[-1]
                expected = shown(made.computed, fig.unit)
                found[fig.start] = _finding(
                    source,
                    fig,
                    WRONG,
                    ARITHMETIC,
                    expected,
                    f"The printed operands give {expected}.",
                )
    return [found[k] for k in sorted(found)], notes


def _finding(
    source: Source,
    fig: Figure,
    verdict: str,
    kind: str = "",
    expected: str | None = None,
    explanation: str = "",
) -> Finding:
    line, column = source.place(fig.start)
    return Finding(
        source.name, line, column, column + fig.end - fig.start, source.original[fig.start : fig.end], None,
        verdict, kind, expected, explanation,
    )  # fmt: skip
