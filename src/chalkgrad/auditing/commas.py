"""Commas between digits: the point of a decimal number, or the mark of thousands, as the document has it.

A document writes decimal commas if no number of its mathematics has a point, and one with a comma stands
beside an operator. What stays unsettled is read as neither.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from chalkgrad.auditing.sources import PROSE

if TYPE_CHECKING:
    from collections.abc import Sequence

    from chalkgrad.auditing.sources import Passage

_SIGN = r"(?:\\cdot|\\times|[-+*/·×⋅−])"
_POINT = re.compile(r"\d\.\d")
_DECIMAL = r"(?:0,\d+|\d+,(?:\d{1,2}|\d{4,}))"
_EVIDENCE = re.compile(
    rf"{_SIGN}\s*(?<![\d,._]){_DECIMAL}(?![\d,.])|(?<![\d,._{{]){_DECIMAL}(?![\d,.])\s*{_SIGN}"
)
_NUMBER = re.compile(r"(?<![\d,._])(?<!_\{)\d+,\d+(?![\d,])")
_THOUSANDS = re.compile(r"(?<![\d,._])(?<!_\{)\d{1,3}(?:,\d{3})+(?![\d,])")
_THIN_SPACE = "\u2009"


def settled(text: str, passages: Sequence[Passage]) -> str:
    """A text with a point for each decimal comma of its mathematics and a thin space for each mark of thousands.

    >>> from chalkgrad.auditing.sources import MATH, Passage
    >>> settled("2,5 + 1 = 3,5", [Passage(MATH, 0, 13)])
    '2.5 + 1 = 3.5'
    """
    if not re.search(r"\d,\d", text):
        return text
    pieces = [(p.start, p.end) for p in passages if p.kind != PROSE]
    pointed = any(_POINT.search(text, *piece) for piece in pieces)
    decimal = not pointed and any(_EVIDENCE.search(text, *piece) for piece in pieces)
    pattern, mark = (_NUMBER, ".") if decimal else (_THOUSANDS, _THIN_SPACE)
    out, at = [], 0
    for start, end in pieces:
        for m in pattern.finditer(text, start, end):
            if not decimal and _enclosed(text, m.start(), m.end()):
                continue
            out += [text[at : m.start()], m[0].replace(",", mark)]
            at = m.end()
    out.append(text[at:])
    return "".join(out)


def _enclosed(text: str, start: int, end: int) -> bool:
    """Whether nothing but brackets stands around: a list."""
    return text[start - 1 : start] in ("(", "[", "{") and text[end : end + 1] in (
        ")",
        "]",
        "}",
        "\\",
    )
