"""Figures: numbers as a document prints them, each with its place and the size of its last digit."""

from __future__ import annotations

import re
from dataclasses import dataclass

from chalkgrad.formula import Num
from chalkgrad.marking.written import Written, read

_DECIMAL_COMMA = re.compile(r"\{,\}|\\,|[\u202f\u2009]")
_SIZE = re.compile(
    r"[\s}$~\\]{0,8}(?:hundred|thousand|million|billion|trillion|percent|per cent|[%k]|[KMB]\b)(?![a-z]{2})"
)


@dataclass(frozen=True, slots=True)
class Figure(Num):
    """A number as it is printed, with its place.

    Attributes:
        start, end: from where to where it stands; the minus in front of it belongs to it.
        unit: the size of its last place.
        bare: whether its last place says nothing: a whole number, a zero.
        percent: whether a sign of percent stands behind it; its value is the hundredth part then.
    """

    start: int = 0
    end: int = 0
    unit: float = 1.0
    bare: bool = False
    percent: bool = False


def number(text: str) -> Written | str:
    """The number that a token writes.

    >>> number("0{,}25").value, number("10{,}000").value, number(".5").value
    (0.25, 10000.0, 0.5)
    """
    if _DECIMAL_COMMA.search(text):
        head, *rest = _DECIMAL_COMMA.split(text)
        grouped = head != "0" and all(len(part.partition(".")[0]) == 3 for part in rest)
        text = head + "".join(rest) if grouped else head + "." + "".join(rest)
    return read(text)


def figure(
    text: str, start: int, end: int, *, minus: bool = False, percent: bool = False
) -> Figure | None:
    """The figure that a piece of a document writes, or None if it writes none."""
    text = text.replace("−", "-")
    got = number(text)
    if isinstance(got, str):
        return None
    value, unit = got.value, got.unit
    if percent:
        value, unit = value / 100, unit / 100
    sign = -1.0 if minus else 1.0
    zeros = text[0] == "0" and len(text) > 1 and text.isdigit()
    bare = got.bare and "." not in text and not zeros
    return Figure(sign * value, ("-" if minus else "") + text, start, end, unit, bare, percent)


def scaled(text: str, fig: Figure) -> bool:
    """Whether a word behind a figure says that it is so many thousands or the like.

    >>> scaled("$8^8 \\approx 17$ million", figure("17", 13, 15))
    True
    """
    return _SIZE.match(text, fig.end) is not None
