"""Corrected copies of documents: each wrong figure replaced by what should stand there, as a diff or as text."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from chalkgrad.auditing.grouping import groups
from chalkgrad.auditing.originals import lines_with_ends
from chalkgrad.auditing.records import FORMULA
from chalkgrad.light import dataclass

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from chalkgrad.auditing.records import Audit, Finding

_CONTEXT = 3
_NUMBER = re.compile(r"(?P<sign>[-−–]?)(?P<whole>\d*)(?P<point>[.,]?)(?P<rest>\d*)")
_THOUSANDS = re.compile(r"[-−–]?\d{1,3}(,|\{,\}|\\,)\d{3}(?:\1\d{3})*(?:\.\d+)?")
_OPERATOR = re.compile(r"(?:[-+−–*/·×=]|\\cdot|\\times)\s*$")
_PLAIN = re.compile(r"-?\d+(?:\.\d*)?")


@dataclass(frozen=True, slots=True)
class Edit:
    """New text for the columns from `column` up to `end` of a line, all from 1."""

    line: int
    column: int
    end: int
    text: str


def edits(audit: Audit, document: str) -> tuple[Edit, ...]:
    """What to replace in a document, in its order: what is wrong, and what follows from it.

    A figure of which nobody can say what it should be stays. Where two overlap the first one counts.
    """
    lines = audit.documents[document]
    told = (f for group in groups(audit.figures) for f in (group.origin, *group.follow))
    wanted = sorted((f for f in told if f.document == document), key=lambda f: (f.line, f.column))
    out: list[Edit] = []
    for f in wanted:
        made = edit_of(f, lines[f.line - 1]) if f.line <= len(lines) else None
        if made and not (out and out[-1].line == made.line and made.column < out[-1].end):
            out.append(made)
    return tuple(out)


def edit_of(finding: Finding, line: str) -> Edit | None:
    """The correction of one figure, or none where nobody can say what should stand there.

    A formula is left to who wrote it: what is expected is said in words of its own.
    """
    if (
        finding.expected is None
        or finding.kind == FORMULA
        or line[finding.column - 1 : finding.end - 1] != finding.printed
    ):
        return None
    text = in_the_manner_of(finding.expected, finding.printed)
    before = line[: finding.column - 1]
    if text[:1] in "-−–" and finding.printed[:1] not in "-−–" and not _opens(before):
        text = f"({text})"
    return Edit(finding.line, finding.column, finding.end, text)


def _opens(before: str) -> bool:
    """Whether a minus may follow: not behind a sign of an operation other than ``=``."""
    found = _OPERATOR.search(before[-12:])
    return found is None or found[0].strip() == "="


def in_the_manner_of(expected: str, printed: str) -> str:
    """A number as the document writes its own: the minus, a decimal comma, thousands, no leading zero.

    >>> in_the_manner_of("-0.75", "−.74"), in_the_manner_of("1.5", "1,4"), in_the_manner_of("2", "x")
    ('−.75', '1,5', '2')
    >>> in_the_manner_of("20000", "30{,}000")
    '20{,}000'
    """
    # a comma before three digits can be a decimal one: then what is expected has a point
    apart = _THOUSANDS.fullmatch(printed) if ("." in expected) == ("." in printed) else None
    manner = _NUMBER.fullmatch(printed.replace(apart[1], "") if apart else printed)
    if not manner or not _PLAIN.fullmatch(expected):
        return expected
    sign, digits = ("-", expected[1:]) if expected.startswith("-") else ("", expected)
    if not manner["whole"] and manner["point"]:
        digits = re.sub(r"^0(?=\.)", "", digits)
    if manner["point"] == ",":
        digits = digits.replace(".", ",")
    if apart is not None:
        whole, point, rest = digits.partition(".")
        digits = f"{int(whole):,}".replace(",", apart[1]) + point + rest
    return (manner["sign"] or sign if sign else "") + digits


# ---------------------------------------------------------------- texts
def corrected(text: str, changes: Iterable[Edit]) -> str:
    """A text with its corrections made; line ends stay as they are.

    >>> corrected("a\\r\\n1 + 1 = 3\\r\\n", [Edit(2, 9, 10, "2")])
    'a\\r\\n1 + 1 = 2\\r\\n'
    """
    return "".join(_changed(lines_with_ends(text), changes))


def _changed(lines: Sequence[str], changes: Iterable[Edit]) -> list[str]:
    new = list(lines)
    for change in sorted(changes, key=lambda c: (c.line, c.column), reverse=True):
        if change.line <= len(new):
            line = new[change.line - 1]
            new[change.line - 1] = line[: change.column - 1] + change.text + line[change.end - 1 :]
    return new


def unified_diff(name: str, text: str, changes: Iterable[Edit]) -> str:
    """The corrections of a document as a unified diff, as ``git apply`` and ``patch -p1`` read it.

    Lines are only changed, never added or taken away, so that it is made in one pass.
    """
    old = lines_with_ends(text)
    new = _changed(old, changes)
    changed = [k for k, line in enumerate(old) if line != new[k]]
    if not changed:
        return ""
    path = name.removeprefix("./").lstrip("/")
    quoted = f'"{_quoted(path)}"' if _quoted(path) != path else path
    a, b = (f'"{side}/{quoted[1:]}' if quoted != path else f"{side}/{path}" for side in "ab")
    out = [f"--- {a}\n", f"+++ {b}\n"]
    for first, last in _hunks(changed, len(old)):
        count = last - first
        out.append(f"@@ -{first + 1},{count} +{first + 1},{count} @@\n")
        k = first
        while k < last:
            run = k
            while run < last and old[run] != new[run]:
                run += 1
            out += [_marked("-", line) for line in old[k:run]]
            out += [_marked("+", line) for line in new[k:run]]
            if run == k:
                out.append(_marked(" ", old[k]))
            k = max(run, k + 1)
    return "".join(out)


def _hunks(changed: Sequence[int], count: int) -> list[tuple[int, int]]:
    """Runs of lines around the changed ones, from 0; those that touch are one."""
    out: list[tuple[int, int]] = []
    for k in changed:
        first, last = max(0, k - _CONTEXT), min(count, k + _CONTEXT + 1)
        if out and first <= out[-1][1]:
            out[-1] = (out[-1][0], last)
        else:
            out.append((first, last))
    return out


def _marked(sign: str, line: str) -> str:
    if line.endswith("\n"):
        return sign + line
    return f"{sign}{line}\n\\ No newline at end of file\n"


def _quoted(path: str) -> str:
    """A path as git writes one with quotes, line ends or controls in it."""
    signs = {'"': '\\"', "\\": "\\\\", "\n": "\\n", "\t": "\\t"}
    return "".join(
        signs.get(
            char, char if char.isprintable() else "".join(f"\\{b:03o}" for b in char.encode())
        )
        for char in path
    )
