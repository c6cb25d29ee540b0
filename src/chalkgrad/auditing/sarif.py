"""An audit as SARIF 2.1.0, for code hosts and editors.

Source: OASIS, Static Analysis Results Interchange Format (SARIF) Version 2.1.0 plus Errata 01.
"""

from __future__ import annotations

from pathlib import PurePosixPath, PureWindowsPath
from typing import TYPE_CHECKING
from urllib.parse import quote

from chalkgrad.auditing.baseline import fingerprints
from chalkgrad.auditing.grouping import groups
from chalkgrad.auditing.patch import edit_of
from chalkgrad.auditing.records import (
    ARITHMETIC,
    CARRIED,
    DAMAGE,
    FORMULA,
    UNREAD,
    VALUE,
    WRONG,
    Audit,
    Finding,
)
from chalkgrad.auditing.report import headline, sentences

if TYPE_CHECKING:
    from collections.abc import Sequence

SCHEMA = (
    "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
)
_ROOT = "%SRCROOT%"

_RULES: dict[str, tuple[str, str, str]] = {
    ARITHMETIC: ("WrongArithmetic", "error", "The numbers of a line contradict each other."),
    VALUE: ("WrongValue", "error", "A figure is not what the network gives."),
    FORMULA: ("WrongFormula", "error", "A printed formula is not the definition."),
    DAMAGE: ("DamagedFigure", "warning", "A figure has lost a point, or gained a sign or digits."),
    CARRIED: (
        "CarriedFigure",
        "note",
        "A figure is right only from the rounded figures before it.",
    ),
    UNREAD: ("UnreadFigure", "note", "A figure was not understood, and not checked."),
}
"""Name, level and sentence of each rule, by the kind of a wrong figure or the verdict of another one."""
_ORDER = list(_RULES)


def to_sarif(audit: Audit, *, every: bool = False, version: str = "0") -> dict[str, object]:
    """The log of an audit: one run, a result for each wrong figure; with `every` also carried and unread ones.

    Args:
        audit: what was found.
        every: whether figures that are not wrong are results as well, of a kind that does not fail.
        version: of chalkgrad.

    >>> to_sarif(Audit({}, ()))["version"]
    '2.1.0'
    """
    figures = [f for f in audit.findings if f.verdict == WRONG or every]
    passed = [*audit.ignored, *audit.known]
    all_of_them = [*figures, *passed]
    relatives = _relatives(audit)
    results = [
        _result(f, audit, mark, relatives.get(id(f), ()))
        for f, mark in zip(all_of_them, fingerprints(audit, all_of_them), strict=True)
    ]
    for result, kind in zip(
        results[len(figures) :],
        ["inSource"] * len(audit.ignored) + ["external"] * len(audit.known),
        strict=True,
    ):
        result["suppressions"] = [{"kind": kind}]
    run = {
        "tool": {"driver": _driver(version)},
        "columnKind": "unicodeCodePoints",
        "artifacts": [
            {"location": _artifact(name), "sourceLanguage": _language(name)}
            for name in audit.documents
        ],
        "invocations": [
            {
                "executionSuccessful": True,
                "toolExecutionNotifications": [
                    {"level": "note", "message": {"text": words}} for words in _told(audit)
                ],
            }
        ],
        "results": results,
        "properties": {"coverage": dict(audit.coverage())},
    }
    return {"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}


def _driver(version: str) -> dict[str, object]:
    return {
        "name": "chalkgrad",
        "version": version,
        "semanticVersion": version,
        "rules": [
            {
                "id": key,
                "name": name,
                "shortDescription": {"text": words},
                "defaultConfiguration": {"level": level},
            }
            for key, (name, level, words) in _RULES.items()
        ],
    }


def _told(audit: Audit) -> list[str]:
    return [*(f"{key}: {words}" for key, words in audit.conventions.items()), *audit.notes]


def _result(
    finding: Finding, audit: Audit, mark: str, relatives: Sequence[tuple[str, Finding]]
) -> dict[str, object]:
    rule = (finding.kind or VALUE) if finding.verdict == WRONG else finding.verdict
    wrong = finding.verdict == WRONG
    out: dict[str, object] = {
        "ruleId": rule,
        "ruleIndex": _ORDER.index(rule),
        "kind": "fail" if wrong else "open" if finding.verdict == UNREAD else "informational",
        "level": _RULES[rule][1] if wrong else "none",
        "message": {"text": _message(finding)},
        "locations": [{"physicalLocation": _place(finding)}],
        "partialFingerprints": {"chalkgradFigure/v1": mark},
    }
    if relatives:
        out["relatedLocations"] = [
            {"id": number, "message": {"text": words}, "physicalLocation": _place(other)}
            for number, (words, other) in enumerate(relatives, 1)
        ]
    lines = audit.documents.get(finding.document, ())
    line = lines[finding.line - 1] if 0 < finding.line <= len(lines) else ""
    edit = edit_of(finding, line) if wrong else None
    if edit:
        out["fixes"] = [
            {
                "description": {"text": f"Write {edit.text} in place of {finding.printed}"},
                "artifactChanges": [
                    {
                        "artifactLocation": _artifact(finding.document),
                        "replacements": [
                            {
                                "deletedRegion": _region(finding),
                                "insertedContent": {"text": edit.text},
                            }
                        ],
                    }
                ],
            }
        ]
    return out


def _message(finding: Finding) -> str:
    if finding.verdict != WRONG:
        return finding.explanation or _RULES[finding.verdict][2]
    name = f" [{finding.name}]" if finding.name else ""
    return " ".join([f"{headline(finding)}{name}.", *sentences(finding)])


def _relatives(audit: Audit) -> dict[int, list[tuple[str, Finding]]]:
    """For each figure what follows from it, or what it follows from."""
    out: dict[int, list[tuple[str, Finding]]] = {}
    for group in groups(audit.figures):
        for f in group.follow:
            out.setdefault(id(group.origin), []).append((f"{f.printed} follows from it", f))
            out[id(f)] = [("it follows from this figure", group.origin)]
    return out


# ---------------------------------------------------------------- places
def _place(finding: Finding) -> dict[str, object]:
    return {
        "artifactLocation": _artifact(finding.document),
        "region": {**_region(finding), "snippet": {"text": finding.printed}},
    }


def _region(finding: Finding) -> dict[str, object]:
    return {
        "startLine": finding.line,
        "startColumn": finding.column,
        "endLine": finding.line,
        "endColumn": finding.end,
    }


def _artifact(name: str) -> dict[str, object]:
    """Where a document is: from the root of the sources, or in full."""
    if name == "-":
        return {"uri": "stdin"}
    windows = PureWindowsPath(name)
    path = windows.as_posix() if windows.drive else name
    if windows.drive or PurePosixPath(name).is_absolute():
        return {"uri": "file://" + quote(path if path.startswith("/") else f"/{path}")}
    return {"uri": quote(str(PurePosixPath(path))), "uriBaseId": _ROOT}


def _language(name: str) -> str:
    endings = {".md": "markdown", ".markdown": "markdown", ".tex": "latex", ".ipynb": "json"}
    return endings.get(PurePosixPath(name).suffix.lower(), "plaintext")
