"""How wide and how high words and mathematics are set, estimated without setting them."""

from __future__ import annotations

from itertools import zip_longest

from chalkgrad.boxes import (
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
    tall,
    to_plain,
)
from chalkgrad.tex import tex_text

EM = 11.0
"""The size of the letters on our own page, in points."""
SMALL = 8.0 / EM
"""What is set in small letters, beside the text."""


def em(box: Box) -> float:
    """About how wide a box is set, in ems; a little too wide rather than too narrow."""
    match box:
        case Id("exp" | "max" | "log" | "tanh"):
            return 2.2
        case Number(text):
            return 0.52 * len(text) + (1.6 if "e" in text else 0.3 if "-" in text else 0.0)
        case Id(text):
            return text_em(to_plain(box)) + (0.1 if len(text) == 1 else 0.0)
        case Words(text):
            return text_em(text)
        case Op(text):
            return {"*": 0.75, ",": 0.45, "matmul": 0.2, "neg": 0.8, "d": 0.6, "T": 0.8}.get(
                text, 1.25
            )
        case Named(_, body):
            return em(body)
        case Row(items):
            return sum(map(em, items))
        case Fence(body):
            return 0.8 + em(body) + (0.4 if tall(body) else 0.0)
        case Frac(top, bottom):
            return 0.3 + max(em(top), em(bottom))
        case Script(base, sub, sup):
            return em(base) + 0.08 + 0.75 * max(em(sub) if sub else 0.0, em(sup) if sup else 0.0)
        case Root(body):
            return 0.9 + em(body)
        case Grid(rows):
            columns = zip_longest(*rows, fillvalue=Row(()))
            return 1.0 + sum(0.9 + max(map(em, column)) for column in columns)


def text_em(text: str) -> float:
    """About how wide words are; capitals count more, and what is printed as its code point most."""
    return sum(
        5.2 if tex_text(c)[:3] == "[U+" else 1.1 if c in "WMmw@%" else 0.8 if c.isupper() else 0.52
        for c in text
    )


def high(box: Box) -> int:
    """About how many lines of text a box is as high as.

    >>> high(Grid(((Number("1"),), (Frac(Number("1"), Number("2")),))))
    3
    """
    match box:
        case Grid(rows):
            return sum(max(map(high, row), default=1) for row in rows)
        case Frac(top, bottom):
            return high(top) + high(bottom)
        case Row(items):
            return max(map(high, items), default=1)
        case Named(_, body) | Fence(body) | Root(body):
            return high(body)
        case Script(base):
            return high(base)
        case _:
            return 1


def wide(box: Box) -> float:
    """About how wide a box is set, in points."""
    return em(box) * EM
