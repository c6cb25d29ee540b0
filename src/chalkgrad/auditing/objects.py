"""An audit as data: the object of ``audit --json``."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from chalkgrad.auditing.records import Audit, Finding


def to_object(audit: Audit, *, every: bool = False) -> dict[str, object]:
    """The object of ``audit --json``: the findings, or with `every` all figures.

    >>> from chalkgrad.auditing.records import Audit
    >>> to_object(Audit({"a.md": ("1 + 1 = 2",)}, ()))["coverage"]
    {'figures': 0, 'checked': 0, 'unread': 0}
    """
    return {
        "schema": "chalkgrad.audit/1",
        "documents": list(audit.documents),
        "coverage": dict(audit.coverage()),
        "findings": _findings(audit.figures if every else audit.findings),
        "conventions": dict(audit.conventions),
        "names": dict(audit.names),
        "notes": list(audit.notes),
        "ignored": _findings(audit.ignored),
        "known": _findings(audit.known),
    }


def _findings(figures: Iterable[Finding]) -> list[dict[str, object]]:
    return [
        {
            "document": f.document,
            "line": f.line,
            "column": f.column,
            "end": f.end,
            "printed": f.printed,
            "name": f.name,
            "verdict": f.verdict,
            "kind": f.kind or None,
            "expected": f.expected,
            "explanation": f.explanation,
            "cause": f.cause,
            "slips": [{"slip": slip, "explanation": words} for slip, words in f.slips],
        }
        for f in figures
    ]
