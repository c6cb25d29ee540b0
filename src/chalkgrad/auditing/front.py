"""`audit`: the one call that audits documents, given as texts or files."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import TYPE_CHECKING

from chalkgrad.auditing.auditor import audit as judged
from chalkgrad.auditing.baseline import heed_baseline
from chalkgrad.auditing.clock import ALLOWED
from chalkgrad.auditing.ignoring import heed_comments
from chalkgrad.auditing.originals import Original, bounded, limits_of, read_originals
from chalkgrad.errors import RequestError
from chalkgrad.light import replace

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from chalkgrad.auditing.records import Audit
    from chalkgrad.problem import Problem


def audit(
    documents: Mapping[str, str] | str | os.PathLike[str] | Sequence[str | os.PathLike[str]],
    problem: Problem | None = None,
    *,
    baseline: str | os.PathLike[str] | None = None,
    limits: Mapping[str, float] | None = None,
) -> Audit:
    """Every figure of some documents, and whether it holds; wrong ones with what should stand there.

    Args:
        documents: texts by name (the ending of a name says how a text is read: ``notes.tex``), or a
            file, or a list of files.
        problem: the network that the documents are about; without it the arithmetic alone is judged.
        baseline: a file of wrong figures that are known.
        limits: how much of a document is read and how long it may take, by name.

    Raises:
        RequestError: a file that cannot be read, a limit that there is not, a baseline that is none.

    >>> found = audit({"notes.md": "$0.5 \\\\cdot 0.3 = 0.18$"})
    >>> [(figure.line, figure.column, figure.expected) for figure in found.wrong]
    [(1, 18, '0.15')]
    """
    bounds = limits_of(limits)
    if isinstance(documents, Mapping):
        originals = {name: bounded(name, text, bounds) for name, text in documents.items()}
    else:
        several = [documents] if isinstance(documents, str | os.PathLike) else documents
        originals, faults = read_originals([os.fspath(name) for name in several], bounds)
        if faults:
            raise RequestError("\n".join(faults))
    return audit_originals(originals.values(), problem, baseline, seconds=bounds["seconds"])


def audit_originals(
    originals: Iterable[Original],
    problem: Problem | None = None,
    baseline: str | os.PathLike[str] | None = None,
    *,
    seconds: float = ALLOWED,
) -> Audit:
    """The audit of documents that were read: with their comments, their baseline and what was left out."""
    originals = tuple(originals)
    found = judged({o.name: o.text for o in originals}, problem, seconds=seconds)
    notes = tuple(note for o in originals for note in o.notes)
    found = heed_comments(replace(found, notes=(*notes, *found.notes)))
    return found if baseline is None else heed_baseline(found, os.fspath(baseline))
