"""Boxes and words as Typst."""

from __future__ import annotations

import re

from chalkgrad.boxes import (
    GREEK,
    SIGNS,
    Box,
    Fence,
    Frac,
    Grid,
    Id,
    Named,
    Number,
    Op,
    Root,
    Row,
    Script,
    Words,
    raisable,
    scientific,
    tall,
)

_CONTROL = re.compile(
    r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069]"
)


def quoted(text: str) -> str:
    r"""Words as a string of Typst; nothing in a string is markup.

    Control characters, also those that turn the direction of writing, become a replacement sign.

    >>> quoted('a "b" \\ #c')
    '"a \\"b\\" \\\\ #c"'
    """
    safe = _CONTROL.sub("\ufffd", text).replace("\\", "\\\\").replace('"', '\\"')
    return '"' + safe.replace("\n", "\\n").replace("\r", "\\r") + '"'


def to_typst(box: Box) -> str:
    """A box as Typst mathematics, without the dollar signs.

    >>> to_typst(Frac(Number("1"), Row((Id("n"), Op("*"), Number("-0.3")))))
    'frac(1, n dot.op −0.3)'
    """
    match box:
        case Id(text):
            return _id(text)
        case Number(text):
            return _number(text)
        case Op(text):
            return _SIGNS.get(text, SIGNS[text].mathml)
        case Words(text):
            return quoted(text)
        case Named(_, body):
            return to_typst(body)
        case Row(items):
            return " ".join(map(to_typst, items)) or '""'
        case Fence(body, left, right):
            inner = f"{bracket(left)} {to_typst(body)} {bracket(right)}".strip()
            return f"lr({inner})" if tall(body) else inner
        case Frac(top, bottom):
            return f"frac({to_typst(top)}, {to_typst(bottom)})"
        case Script(base, None, Words("^")):
            return f"hat({to_typst(base)})"
        case Script(base, sub, sup):
            low = f", b: {to_typst(sub)}" if sub else ""
            high = f", t: {to_typst(sup)}" if sup else ""
            return f"attach({to_typst(raisable(base))}{low}{high})"
        case Root(body):
            return f"sqrt({to_typst(body)})"
        case Grid(rows, left, right):
            lines = [[to_typst(cell) for cell in row] for row in rows]
            if (left, right) == ("{", ""):
                return f"cases({', '.join(' & quad '.join(line) for line in lines)})"
            cells = "; ".join(", ".join(line) for line in lines)
            return f"lr({bracket(left)} mat(delim: #none, {cells}) {bracket(right)})"


_SIGNS = {
    "*": "dot.op",
    "matmul": "#h(0.17em)",
    ",": "\\, ",
    "neg": "−",
    "T": "⊤",
    "/": "slash",
    "quad": "quad",
}


def bracket(sign: str) -> str:
    """A bracket that opens and closes nothing by itself.

    >>> bracket("("), bracket("")
    ('\\\\(', '')
    """
    return "".join(f"\\{c}" for c in sign)


def _id(text: str) -> str:
    if text.isdigit():
        return text
    letter = GREEK.get(text, text)
    if len(letter) == 1 and letter.isalpha():
        return letter
    return f"op({quoted(text)})" if text in _FUNCTIONS else quoted(text)


_FUNCTIONS = ("ln", "max", "exp", "log", "tanh")


def _number(text: str) -> str:
    mantissa, power = scientific(text)
    body = mantissa.replace("-", "−").replace("inf", "∞")
    if not power:
        return body
    return f"{body} times attach(10, t: {power.replace('-', '−')})"
