"""A baseline: the wrong figures that are known, so that only new ones count."""

from __future__ import annotations

import hashlib
import json
import os
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

from chalkgrad.auditing.ignoring import parted
from chalkgrad.auditing.records import WRONG, Audit, Finding
from chalkgrad.errors import RequestError
from chalkgrad.light import replace

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

SCHEMA = "chalkgrad.audit-baseline/1"
_AROUND = 40
_KEYS = ("document", "printed", "before", "after")


def mark_of(finding: Finding, lines: tuple[str, ...], folder: str | None = None) -> tuple[str, ...]:
    """What a figure is known by, wherever its line moves: its document, itself and the text around it.

    Args:
        finding: the figure.
        lines: of its document.
        folder: where the baseline lies; the document is named from there.
    """
    line = lines[finding.line - 1] if 0 < finding.line <= len(lines) else ""
    before = " ".join(line[: finding.column - 1][-2 * _AROUND :].split())[-_AROUND:].strip()
    after = " ".join(line[finding.end - 1 :][: 2 * _AROUND].split())[:_AROUND].strip()
    name = finding.document
    if folder is not None and name != "-":
        name = os.path.relpath(name, folder)
    return Path(name).as_posix(), finding.printed, before, after


def fingerprints(audit: Audit, figures: Iterable[Finding]) -> list[str]:
    """A hash of each figure by what it is known by; equal ones are counted."""
    seen: Counter[tuple[str, ...]] = Counter()
    out = []
    for f in figures:
        mark = mark_of(f, audit.documents.get(f.document, ()))
        seen[mark] += 1
        out.append(hashlib.sha256("\0".join((*mark, str(seen[mark]))).encode()).hexdigest()[:32])
    return out


def baseline_text(audit: Audit, place: str) -> str:
    """The file of a baseline with all wrong figures of an audit, to be written at `place`."""
    folder = os.path.dirname(place) or "."  # noqa: PTH120  a name, with no file behind it
    figures = (f for f in (*audit.figures, *audit.known) if f.verdict == WRONG)
    counts = Counter(mark_of(f, audit.documents.get(f.document, ()), folder) for f in figures)
    rows = [
        dict(zip(_KEYS, mark, strict=True)) | ({"times": n} if n > 1 else {})
        for mark, n in sorted(counts.items())
    ]
    data = {"schema": SCHEMA, "findings": rows}
    return json.dumps(data, indent=1, ensure_ascii=False) + "\n"


def read_baseline(place: str) -> Counter[tuple[str, ...]]:
    """The figures of a baseline file.

    Raises:
        RequestError: it cannot be read, or is no such file.
    """
    try:
        data = json.loads(Path(place).read_text(encoding="utf-8"))
    except OSError as error:
        raise RequestError(f"{place}: {error.strerror or error}") from error
    except (ValueError, RecursionError) as error:
        raise RequestError(f"{place}: no baseline: {error}") from error
    if not isinstance(data, dict) or data.get("schema") != SCHEMA:
        raise RequestError(f'{place}: a baseline says "schema": "{SCHEMA}"')
    counts: Counter[tuple[str, ...]] = Counter()
    rows = data.get("findings")
    for number, row in enumerate(rows if isinstance(rows, list) else [None], 1):
        counts[_mark(row, f"{place}: finding {number}")] += _times(row)
    return counts


def _mark(row: object, where: str) -> tuple[str, ...]:
    if isinstance(row, dict) and all(isinstance(row.get(key), str) for key in _KEYS):
        return tuple(row[key] for key in _KEYS)
    raise RequestError(f"{where} must have the texts {' '.join(_KEYS)}")


def _times(row: Mapping[str, object]) -> int:
    times = row.get("times", 1)
    return times if isinstance(times, int) and times > 0 else 1


def heed_baseline(audit: Audit, place: str) -> Audit:
    """The audit without the wrong figures that a baseline file holds; they are kept apart.

    What follows from a known figure is known with it.
    """
    left = read_baseline(place)
    folder = os.path.dirname(place) or "."  # noqa: PTH120

    def knows(finding: Finding) -> bool:
        mark = mark_of(finding, audit.documents.get(finding.document, ()), folder)
        left[mark] -= 1
        return left[mark] >= 0

    kept, known = parted(audit.figures, knows)
    return replace(audit, figures=kept, known=(*audit.known, *known))
