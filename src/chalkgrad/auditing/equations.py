"""Equations that are typed into prose without TeX: on one line, or laid out over several.

A line that begins with a sign of equality goes on with the equation above it; so does a line that is indented
further, or begins with an operator, or stands in a bracket that the line above left open.
"""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING

from chalkgrad.auditing.sources import PLAIN, PROSE, Passage

if TYPE_CHECKING:
    from collections.abc import Iterator

_NAME = r"[A-Za-z∂δθησŷΔ][\w∂/'^(){}\[\],.⟨⟩]*+"
_BRACKETED = r"\[(?:[^\[\]\n]|\[[^\[\]\n]{0,40}+\]){0,300}+(?:\]|$)"
"""A matrix, whose rows a semicolon parts; it can go on in the next line."""
_EQUATION = re.compile(
    rf"(?:(?:{_NAME}[ \t]*+(?:\([\w ,.]*+\))?+[ \t]*+){{1,3}}+|(?<![\w.])(?=[-+.\d(]))"
    r"(?:[-+*/^·×⋅()\[\].,\d \tA-Za-z_∂δθησŷ⟨⟩]{0,300})"
    rf"(?:[=≈]|:=)(?:{_BRACKETED}|[^\n;]){{1,400}}"
)
"""An equation typed into prose; nothing in it is tried twice, so that a long word costs no more than it is long."""
_LEFT = re.compile(rf"[ \t]*({_NAME})[ \t]*")
"""The left side of an equation on a line of its own."""
_GOES_ON = re.compile(r"[ \t]*(?:[=≈](?!=)|:=)[ \t]*\S")
_OPERATOR = re.compile(r"[ \t]*[-+*/·×⋅−⊙][ \t]+\S")
_HEAD = re.compile(rf"(?:[-+*·•][ \t]+)?{_NAME}[ \t]*[=≈]")
"""What another equation begins with, which can be an item of a list."""
_ITEM = re.compile(r"[-+][ \t]+(?=[A-Za-z∂δθησŷΔ])")
"""The sign of an item, which is no minus."""
_WORDS = re.compile(r"[A-Za-z]{2,}[,.;:]?[ \t]+[A-Za-z]{2,}")
_MOST_BEFORE = 400
"""So many characters before the first sign of equality can belong to its left side."""
_MOST_LINES = 40
_MOST_LETTERS = 2_000
_OPERATORS = frozenset("+/^×·⋅÷√∛%\\<>±−∑∏∫")


def equations(text: str, prose: Passage) -> Iterator[Passage]:
    """Prose, with the equations that are typed into it taken out.

    >>> text = "then: a = 1/2\\n     = 0.5\\nis half"
    >>> [text[p.start : p.end] for p in equations(text, Passage(PROSE, 0, len(text)))]
    ['then: ', 'a = 1/2\\n     = 0.5', '\\nis half']
    """
    at = prose.start
    lines = list(_lines(text, prose.start, prose.end))
    k = 0
    while k < len(lines):
        first = k
        k += 1
        start = _beginning(text, *lines[first], lines[k] if k < len(lines) else None)
        if start is None:
            continue
        begin, end = start
        if end == lines[first][1]:
            k = _behind(text, lines, first, begin)
            end = lines[k - 1][1]
        if "\\" in text[begin:end] or not any(map(str.isdigit, text[begin:end])):
            continue
        yield Passage(PROSE, at, begin)
        yield Passage(PLAIN, begin, end, display=k > first + 1)
        at = end
    yield Passage(PROSE, at, prose.end)


def _beginning(
    text: str, start: int, end: int, following: tuple[int, int] | None
) -> tuple[int, int] | None:
    """From where to where an equation stands on a line; None where there is none."""
    signs = [k for k in (text.find("=", start, end), text.find("≈", start, end)) if k >= 0]
    if not signs:
        m = _LEFT.fullmatch(text, start, end)
        goes_on = m and following is not None and following[0] == end + 1
        if goes_on and following is not None and _GOES_ON.match(text, *following):
            assert m is not None
            return m.start(1), end
        return None
    if text.find("://", start, end) >= 0:
        return None
    m = _EQUATION.search(text, max(start, min(signs) - _MOST_BEFORE), end)
    if not m or _is_rest(text[start : m.start()]):
        return None
    item = _ITEM.match(text, m.start(), m.end())
    if item and not text[start : m.start()].strip():
        return item.end(), m.end()
    return m.start(), m.end()


def _behind(text: str, lines: list[tuple[int, int]], first: int, begin: int) -> int:
    """The number of the first line that the equation of a line does not go on to."""
    start, end = lines[first]
    sign = _GOES_ON.match(text, start, end) or re.compile("[=≈]").search(text, begin, end)
    column = sign.end() - start if sign else begin - start
    margin = end - start - len(text[start:end].lstrip())
    opened = _open(text, begin, end)
    k = first + 1
    while k < len(lines) and k - first < _MOST_LINES and lines[k][0] == lines[k - 1][1] + 1:
        start, end = lines[k]
        line = text[start:end]
        stripped = line.lstrip()
        if not stripped or _WORDS.search(stripped):
            break
        if _GOES_ON.match(line):
            opened = 0
        elif _HEAD.match(stripped):
            break
        elif not opened:
            indent = len(line) - len(stripped)
            deeper = indent > column and not _EQUATION.match(stripped)
            if not deeper and not (indent > margin and _OPERATOR.match(line)):
                break
        opened = max(0, opened + _open(text, start, end))
        k += 1
    return k


def _open(text: str, start: int, end: int) -> int:
    """How many brackets a line opens and does not close."""
    return sum((c in "([") - (c in ")]") for c in text[start:end])


def _is_rest(before: str) -> bool:
    """Whether an equation is the rest of one: what stands before it on its line is not read, and belongs to it.

    >>> [_is_rest(b) for b in ("so ", "= √", "3² * ", "* ", "**Loss:** ", "x² = ")]
    [False, True, True, False, False, False]
    """
    stripped = before.rstrip()
    if not stripped:
        return False
    last = stripped[-1]
    if last in "*-":  # a bullet, the end of emphasis, or a sign
        return bool(stripped[:-1].strip(" \t>*-")) and stripped[-2:-1] in (" ", "\t")
    if last in _OPERATORS:
        return True
    glued = stripped == before
    return glued and (last in ")]}²³" or unicodedata.category(last) in ("Sm", "No"))


def _lines(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    while start < end:
        stop = text.find("\n", start, end)
        stop = end if stop < 0 else stop
        if stop - start <= _MOST_LETTERS:
            yield start, stop
        start = stop + 1
