"""The lines of a document beside what was found on them, as HTML."""

from __future__ import annotations

from html import escape
from itertools import groupby
from typing import TYPE_CHECKING

from chalkgrad.auditing.records import CARRIED, DAMAGE, OK, UNREAD, WRONG, Audit, Finding
from chalkgrad.auditing.report import sentences
from chalkgrad.errors import visible

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from chalkgrad.auditing.grouping import Group

_NEAR = 2
"""Lines shown above and below one with a finding."""
_FOLDED = 6
"""Runs of lines with nothing wrong are folded from so many on."""
_MOST_LINES = 400
_MOST_LETTERS = 2_000
_AROUND = 200
_MOST_FOLLOWING = 20
KEYS = {
    "wrong": "wrong, with the number of the finding", "damage": "damaged digits",
    "carried": "right by the rounded figures before it", "unread": "not read",
    "passed": "passed over by a comment or a baseline",
}  # fmt: skip


def class_of(finding: Finding) -> str:
    """The class of a figure's mark: a key of `KEYS`, or ``ok``."""
    if finding.verdict != WRONG:
        return {CARRIED: "carried", UNREAD: "unread"}.get(finding.verdict, OK)
    return "damage" if finding.kind == DAMAGE else "wrong"


class Listing:
    """The lines of one document with its figures marked, and the findings that belong to them."""

    def __init__(self, audit: Audit, name: str, found: Sequence[Group], prefix: str = "") -> None:
        self.prefix = prefix
        self.lines = audit.documents[name]
        self.groups = [g for g in found if g.origin.document == name]
        order = [g.origin.document for g in found]
        self.first = 1 + (order.index(name) if name in order else 0)
        self.number: dict[int, str] = {}
        self.begins: dict[int, list[tuple[int, Group]]] = {}
        for k, group in enumerate(self.groups, self.first):
            self.number |= {id(f): f"follows-{k}" for f in group.follow}
            self.number[id(group.origin)] = f"finding-{k}"
            self.begins.setdefault(group.origin.line, []).append((k, group))
        self.marks: dict[int, list[tuple[Finding, str]]] = {}
        shown = [(f, class_of(f)) for f in audit.figures if f.verdict != OK]
        shown += [(f, "passed") for f in (*audit.ignored, *audit.known)]
        for f, kind in shown:
            if f.document == name:
                self.marks.setdefault(f.line, []).append((f, kind))

    def html(self) -> str:
        """The lines in parts: those with findings open, long runs of others folded."""
        at = {
            n for n, marks in self.marks.items() if any(k in ("wrong", "damage") for _, k in marks)
        }
        near = {n + k for n in at for k in range(-_NEAR, _NEAR + 1)}
        runs: list[tuple[bool, list[int]]] = []
        for wanted, run in groupby(range(1, len(self.lines) + 1), near.__contains__):
            numbers = list(run)
            folds = not wanted and len(numbers) >= _FOLDED
            if not folds and runs and not runs[-1][0]:
                runs[-1][1].extend(numbers)
            else:
                runs.append((folds, numbers))
        body = "".join(
            self._folded(numbers, alone=len(runs) == 1) if folds else self._open(numbers)
            for folds, numbers in runs
        )
        return f'<div class="au">\n{body}</div>\n'

    def _open(self, numbers: Sequence[int]) -> str:
        """Lines, cut so that every finding begins beside its own."""
        cuts: list[list[int]] = [[]]
        for n in numbers:
            if n in self.begins:
                cuts.append([])
            cuts[-1].append(n)
        return "".join(self._part(cut) for cut in cuts if cut)

    def _part(self, numbers: Sequence[int]) -> str:
        finds = "".join(self._find(g, k) for k, g in self.begins.get(numbers[0], ()))
        finds = f'<ol class="finds">\n{finds}</ol>' if finds else "<div></div>"
        return f'<div class="part">{self._lines(numbers)}{finds}</div>\n'

    def _folded(self, numbers: Sequence[int], *, alone: bool) -> str:
        words = f"lines {numbers[0]} to {numbers[-1]}"
        if len(numbers) > _MOST_LINES:
            return f'<p class="keys">{words}: nothing wrong, not shown</p>\n'
        opened = " open" if alone else ""
        return f"<details{opened}><summary>{words}</summary>{self._lines(numbers)}</details>\n"

    # ------------------------------------------------------------ lines
    def _lines(self, numbers: Iterable[int]) -> str:
        rows = []
        for n in numbers:
            has = any(kind in ("wrong", "damage") for _, kind in self.marks.get(n, ()))
            rows.append(
                f'<div{" class=has" if has else ""}><span class="n">{n}</span>'
                f"<code>{''.join(self._pieces(n))}</code></div>\n"
            )
        return f'<div class="lines">{"".join(rows)}</div>'

    def _pieces(self, number: int) -> Iterator[str]:
        """A line with its figures marked; of a very long one what stands around them."""
        line = self.lines[number - 1].removesuffix("\r")
        long = len(line) > _MOST_LETTERS
        marks = sorted(self.marks.get(number, ()), key=lambda m: m[0].column)
        if long and not marks:
            yield _letters(line[:_AROUND]) + " …"
        at = 0
        for f, kind in marks:
            start, end = f.column - 1, f.end - 1
            if start < at:
                continue
            yield _gap(line[at:start], first=not at) if long else _letters(line[at:start])
            yield self._mark(f, kind, line[start:end])
            at = end
        if marks or not long:
            yield _gap(line[at:], last=True) if long else _letters(line[at:])

    def _mark(self, finding: Finding, kind: str, text: str) -> str:
        place = self.number.get(id(finding), "")
        key, _, k = place.partition("-")
        sign = (
            f"<sup><a href='#{self.prefix}finding-{k}'>{'' if key == 'finding' else '←'}{k}</a></sup>"
            if k
            else ""
        )
        own = f' id="{self.prefix}at-{k}"' if key == "finding" else ""
        words = KEYS[kind] if kind in ("carried", "unread", "passed") else ""
        words = f"{words}: {finding.explanation}" if words and finding.explanation else words
        title = f' title="{escape(visible(words))}"' if words else ""
        return f'<mark class="{kind}"{own}{title}>{_letters(text)}{sign}</mark>'

    # ------------------------------------------------------------ findings
    def _find(self, group: Group, k: int) -> str:
        f = group.origin
        kind = {"damage": "damage", "formula": "wrong formula"}.get(f.kind, "wrong")
        name = f" · {escape(f.name)}" if f.name else ""
        should = f" should be <strong>{_letters(f.expected)}</strong>" if f.expected else ""
        out = [
            f'<li class="find {class_of(f)}" id="{self.prefix}finding-{k}">',
            f'<p class="kind"><b>{k} · {kind}</b> · <a href="#{self.prefix}at-{k}">line {f.line}</a>{name}</p>',
            f'<p class="what">{_letters(f.printed)}{should}</p>',
        ]
        out += [f"<p>{escape(words)}</p>" for words in sentences(f)]
        if group.follow:
            rows = "".join(f"<li>{_follower(x)}</li>" for x in group.follow[:_MOST_FOLLOWING])
            more = len(group.follow) - _MOST_FOLLOWING
            rows += f"<li>and {more} more</li>" if more > 0 else ""
            out.append(f"<p>From it follows:</p><ul>{rows}</ul>")
        return "".join(out) + "</li>\n"


def _follower(finding: Finding) -> str:
    should = f", should be {_letters(finding.expected)}" if finding.expected else ""
    return f"{_letters(finding.printed)} in line {finding.line}{should}"


def _letters(text: str) -> str:
    """Text of a document; what cannot be seen, or would turn the line round, stands as its escape."""
    if text.replace("\t", "").isprintable():
        return escape(text)
    return "".join(
        escape(c) if c == "\t" or c.isprintable() else f'<span class="esc">{visible(c)}</span>'
        for c in text
    )


def _gap(text: str, *, first: bool = False, last: bool = False) -> str:
    """What stands between two figures of a very long line: its ends."""
    if len(text) <= 2 * _AROUND:
        return _letters(text)
    left = "" if first else _letters(text[:_AROUND])
    right = "" if last else _letters(text[-_AROUND:])
    return f"{left} … {right}"
