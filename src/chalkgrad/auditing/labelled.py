"""What stands over and under braces with a label, ``\\underbrace{a - y}_{(1)}``, and where a label gets a meaning.

A label is a number or a letter in a circle or in brackets. A word under a brace, and a number without
brackets, which can be the value of what stands there, are no labels.
"""

from __future__ import annotations

import re
from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple

from chalkgrad.auditing.sources import PROSE

if TYPE_CHECKING:
    from collections.abc import Iterator

    from chalkgrad.auditing.sources import Source

MOST_LABELLED = 2_000
"""So many labelled things of a document are compared."""
_MOST_BODY = 600
_CIRCLED = "①②③④⑤⑥⑦⑧⑨⑩⑪⑫⑬⑭⑮⑯⑰⑱⑲⑳"
_LABEL = (
    r"(?:\\(?:text)?circled\s*\{\s*(?:\\[a-z]+\s*)?(?:\w{1,3})\s*\}"
    rf"|\(\s*(?:[1-9]\d?|[a-hA-H])\s*\)|[{_CIRCLED}])"
)
_ALONE = re.compile(rf"\s*(?:\\(?:text|mathrm|mathbf|textbf)\s*\{{\s*{_LABEL}\s*\}}|{_LABEL})\s*")
_MARKED = re.compile(rf"[{_CIRCLED}]|(?<=[({{\s])(?:\d{{1,2}}|[A-Za-z]\w{{0,2}})(?=\s*[)}}])")
_BRACE = re.compile(
    r"\\(?P<command>underbrace|overbrace|overset|underset|stackrel)\s*(?=\{)"
)  # fmt: skip
_WORKED = re.compile(r"[-+/]|\\frac|\\cdot|\\times")
_BRACES = re.compile(r"\\.|[{}]", re.DOTALL)
_PARTED = re.compile(r"=|\\\\|\\approx|\\implies|\\(?:Right|right)arrow|\n[ \t]*\n|\\begin|\\end")
_SAID = re.compile(
    rf"^[ \t>*#❖•&$\-]*+(?P<label>{_LABEL})(?:\s|\\q?quad|\\[,;: ]|[~$.:*])*+"
    r"(?P<what>=|\\[dt]?frac\s*\{\s*\\partial)",
    re.MULTILINE,
)
_LISTED = re.compile(
    rf"^[ \t>&$]*+(?:(?:\\q?quad|\\[,;: ]|[ \t&$])*+{_LABEL}){{2,}}+(?=(?:\\q?quad|[ \t&$]|\\\\)*+$)",
    re.MULTILINE,
)


class Labelled(NamedTuple):
    """A thing with a label: it stands from `start` to before `end`, with brace and label from `first` to `stop`."""

    label: str
    start: int
    end: int
    first: int
    stop: int


class Event(NamedTuple):
    """A place where labels are used.

    `kind` is ``product`` (labelled things side by side), ``said`` (a label before a derivative, its meaning)
    or ``anew`` (from here on labels mean something else).
    """

    kind: str
    start: int
    things: tuple[Labelled, ...] = ()


def label_in(text: str) -> str:
    """The label that a text is, in one spelling; "" if it is none.

    >>> [label_in(t) for t in (r"\\textcircled{4}", "(4)", "④", r"\\text{(4)}", "4", r"\\\\text{error}")]
    ['4', '4', '4', '4', '', '']
    """
    if not _ALONE.fullmatch(text):
        return ""
    m = _MARKED.search(text)
    if not m:
        return ""
    return str(_CIRCLED.index(m[0]) + 1) if m[0] in _CIRCLED else m[0]


def events(source: Source) -> list[Event]:
    """The places where a document uses labels, in order."""
    text = source.text
    if not _BRACE.search(text):
        return []
    out: list[Event] = []
    count = 0
    for passage in source.passages:
        if passage.kind == PROSE:
            continue
        for things in _products(text, passage.start, passage.end):
            count += len(things)
            out.append(Event("product", things[0].start, things))
        if count > MOST_LABELLED:
            break
    if not out:
        return []
    for m in _SAID.finditer(text):
        label = label_in(m["label"])
        ends = _derivative(text, m.start("what")) if m["what"] != "=" else 0
        if label and ends:
            thing = Labelled(label, m.start("what"), ends, m.start(), ends)
            out.append(Event("said", m.start(), (thing,)))
        elif label:
            out.append(Event("anew", m.start()))
    for m in _LISTED.finditer(text):
        labels = [label_in(t) for t in re.findall(_LABEL, m[0])]
        if labels[0] in ("1", "a", "A") and counts(labels):
            out.append(Event("anew", m.start()))
    return sorted(out, key=lambda e: e.start)[:MOST_LABELLED]


def counts(labels: list[str]) -> bool:
    """Whether labels number what stands there from one end to the other, and so are its own."""
    places = [int(x) if x.isdigit() else ord(x[0]) for x in labels]
    steps = {b - a for a, b in pairwise(places)}
    return steps <= {1} or steps <= {-1}


def _closing(text: str, start: int, end: int) -> dict[int, int]:
    """Where each brace of a stretch is closed, by where it is opened."""
    out: dict[int, int] = {}
    stack: list[int] = []
    for m in _BRACES.finditer(text, start, end):
        if m[0] == "{":
            stack.append(m.start())
        elif m[0] == "}" and stack:
            out[stack.pop()] = m.start()
    return out


def _products(text: str, start: int, end: int) -> Iterator[tuple[Labelled, ...]]:
    """The labelled things of a piece of mathematics, those together that stand side by side."""
    closing: dict[int, int] | None = None
    around: list[int] = []
    rows: dict[int, list[Labelled]] = {}
    for m in _BRACE.finditer(text, start, end):
        if closing is None:
            closing = _closing(text, start, end)
        thing = _labelled(text, m, end, closing)
        if thing is None or thing.end - thing.start > _MOST_BODY:
            continue
        while around and around[-1] <= thing.start:
            around.pop()
        within = around[-1] if around else 0
        row = rows.setdefault(within, [])
        if row and _PARTED.search(text, row[-1].stop, m.start()):
            yield tuple(row)
            row.clear()
        row.append(thing)
        around.append(thing.end)
    yield from (tuple(row) for row in rows.values() if row)


def _labelled(
    text: str, brace: re.Match[str], end: int, closing: dict[int, int]
) -> Labelled | None:
    """The thing in a brace with its label; None if there is no label."""
    command, begin, at = brace["command"], brace.start(), brace.end()
    first = closing.get(at)
    if first is None:
        return None
    behind = _over_blanks(text, first + 1, end)
    if command in ("overset", "underset", "stackrel"):
        second = closing.get(behind)
        over = text[at + 1 : first]
        label = label_in(over) if first - at < 60 else ""
        if second is None or not label:
            return None
        if "(" in over and not _WORKED.search(text, behind, second):
            return None  # the number of a layer over a name
        return Labelled(label, behind + 1, second, begin, second + 1)
    if text[behind : behind + 1] != ("_" if command == "underbrace" else "^"):
        return None
    mark = _over_blanks(text, behind + 1, end)
    last = closing.get(mark)
    if last is None:
        m = re.compile(_LABEL).match(text, mark, end)
        return (
            Labelled(label_in(m[0]), at + 1, first, begin, m.end())
            if m and m[0][0] != "("
            else None
        )
    label = label_in(text[mark + 1 : last]) if last - mark < 60 else ""
    return Labelled(label, at + 1, first, begin, last + 1) if label else None


def _over_blanks(text: str, at: int, end: int) -> int:
    while at < end and text[at].isspace():
        at += 1
    return at


def _derivative(text: str, at: int) -> int:
    """The end of the fraction that begins here, or 0."""
    stop = at + _MOST_BODY
    closing = _closing(text, at, stop)
    first = closing.get(text.find("{", at, stop), 0)
    second = _over_blanks(text, first + 1, stop) if first else 0
    return closing.get(second, -1) + 1 if second else 0
