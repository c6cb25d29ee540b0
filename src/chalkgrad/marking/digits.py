"""Accidents of the hand: what happens to right digits on their way to the paper."""

from __future__ import annotations

import math
from functools import lru_cache
from typing import TYPE_CHECKING

from chalkgrad.light import dataclass
from chalkgrad.rounding import plain

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from chalkgrad.marking.written import Written


@dataclass(frozen=True, slots=True)
class Accident:
    """One kind of accident; `sentence` has ``{q}`` for the quantity and ``{d}`` for the detail."""

    id: str
    rank: int
    sentence: str


ACCIDENTS: dict[str, Accident] = {
    row.id: row
    for row in (
        Accident("badly_rounded", 0, "The last digit of {q} is badly rounded: {d} is right here."),
        Accident("copied", 99, "{q} has the value of another quantity: {d}."),
        Accident("point_shifted", 100, "In {q} the decimal point is shifted, {d}."),
        Accident("point_lost", 100, "{q} lost its decimal point, {d}."),
        Accident("digits_swapped", 101, "In {q} two digits are interchanged: {d} fits here."),
        Accident("digit_doubled", 102, "In {q} a digit is written twice: {d} fits here."),
        Accident("digit_too_many", 102, "{q} has a digit too many: {d} fits here."),
        Accident("digit_lost", 103, "In {q} a digit is lost: {d} fits here."),
        Accident("operand_misread", 98, "{q} comes out with {d}."),
        Accident("digit_misread", 104, "In {q} one digit is another one: {d} fits here."),
        Accident(
            "rounded_early",
            105,
            "On the way to {q} a figure was rounded too early: {d} leads to this.",
        ),
    )
}


@dataclass(frozen=True, slots=True)
class Found:
    """An accident that turns an expected value into what was written."""

    accident: Accident
    detail: str
    same_sign: bool


def accidents(written: Written, expected: Iterable[float]) -> Iterator[Found]:
    """Every accident of digits that leads from an expected value to a written one.

    >>> from chalkgrad.marking.written import read
    >>> [f.accident.id for f in accidents(read("-9.8"), [-0.98])]
    ['point_shifted']
    """
    text = _decimal_text(written)
    if text:
        for x in dict.fromkeys(expected):
            yield from _accidents_of(text, x)


@lru_cache(maxsize=5_000)  # the slips of a class recur, with their digits
def _accidents_of(text: str, x: float) -> tuple[Found, ...]:
    bare, minus = text.lstrip("+-"), text.startswith("-")
    whole, _, fraction = bare.partition(".")
    digits, places = whole + fraction, len(fraction)
    core = digits.lstrip("0")
    if x != x or abs(x) > 1e12 or not core:
        return ()
    same = (x < 0) == minus or x == 0
    sign = "-" if x < 0 else ""
    return (
        *(Found(ACCIDENTS[name], d, same) for name, d in _with_point(bare, core, places, abs(x))),
        *(
            Found(ACCIDENTS[name], sign + d, same)
            for name, d in _with_digits(bare, digits, core, places, abs(x))
        ),
    )


def _decimal_text(written: Written) -> str:
    """The written number with a decimal point and no exponent; "" where that would be long."""
    text = written.text.strip()
    if text.isascii() and text.lstrip("+-").replace(".", "", 1).isdigit():
        return text
    places = 0 if written.unit >= 1 else min(30, round(-math.log10(written.unit)))
    return f"{written.value:.{places}f}" if abs(written.value) < 1e15 else ""


def misread(text: str) -> Iterator[str]:
    """Near misses of a written operand: its last digit a unit off, two digits interchanged, one doubled or lost.

    >>> list(misread("0.92"))[:2]
    ['0.91', '0.93']
    """
    bare = text.strip()
    if not bare.isascii() or not bare.lstrip("+-").replace(".", "", 1).isdigit():
        return
    places = len(bare.partition(".")[2])
    for step in (-1, 1):
        yield f"{float(bare) + step * 10.0**-places:.{places}f}"
    at = [m for m, c in enumerate(bare) if c.isdigit()]
    for m in at:
        if m + 1 in at and bare[m] != bare[m + 1]:
            yield bare[:m] + bare[m + 1] + bare[m] + bare[m + 2 :]
        yield bare[:m] + bare[m] + bare[m:]
        if len(at) > 2:
            yield bare[:m] + bare[m + 1 :]


def coarser(text: str) -> Iterator[str]:
    """A written operand at fewer places after its point, as somebody uses it who rounds too early.

    >>> list(coarser("0.593270"))
    ['0.59327', '0.5933', '0.593', '0.59', '0.6']
    """
    bare = text.strip()
    if not bare.isascii() or not bare.lstrip("+-").replace(".", "", 1).isdigit():
        return
    places = len(bare.partition(".")[2])
    for fewer in range(places - 1, 0, -1):
        rounded = f"{float(bare):.{fewer}f}"
        if float(rounded):
            yield rounded


def _fits(v: float, unit: float, x: float) -> bool:
    return abs(v - x) <= unit / 2 * 1.000001 or v <= x < v + unit


def _with_point(bare: str, core: str, places: int, x: float) -> Iterator[tuple[str, str]]:
    value = float(bare)
    for k in (1, -1, 2, -2, 3, -3):
        v, unit = value * 10.0**k, 10.0 ** (k - places)
        if places > 2 and bare.endswith("0"):
            unit *= 10  # a zero written on at the end
        if _fits(v, unit, x):
            if len(core) > 1 or abs(k) == 1:
                way = "right" if k < 0 else "left"
                yield "point_shifted", f"by {abs(k)} to the {way}"
            break
    if not places and len(core) > 2 and x and value and not 0.5 <= x / value <= 2:
        for k in range(4, 17):
            if _fits(value * 10.0**-k, 10.0**-k, x):
                yield "point_lost", f"{k} places"


def _with_digits(
    bare: str, digits: str, core: str, places: int, x: float
) -> Iterator[tuple[str, str]]:
    for right in _shapes(x, places):
        d = right.replace(".", "")
        if len(d) != len(digits) or d == digits:
            continue
        apart = [m for m in range(len(d)) if d[m] != digits[m]]
        if len(apart) == 2 and apart[1] == apart[0] + 1:
            m, n = apart
            if d[m] == digits[n] and d[n] == digits[m]:
                yield "digits_swapped", right
        elif len(apart) == 1 and len(core) > 1 and apart[0] < len(d) - 1:
            yield "digit_misread", right
    for right in _shapes(x, places + 1):
        if any(right[:m] + right[m + 1 :] == bare for m in range(len(right)) if right[m] != "."):
            yield "digit_lost", right
    if places < 2:
        return
    for right in _shapes(x, places - 1):
        for m in range(len(bare)):
            if bare[m] != "." and bare[:m] + bare[m + 1 :] == right:
                twice = bare[m] in (bare[m - 1 : m], bare[m + 1 : m + 2])
                yield ("digit_doubled" if twice else "digit_too_many"), right


def _shapes(x: float, places: int) -> Iterable[str]:
    """The digits of x rounded and cut at a place; rounded first where they differ."""
    longer = f"{x:.{places + 6}f}"
    cut = longer[: len(longer) - 6]
    return dict.fromkeys((f"{x:.{places}f}", cut.rstrip(".") if places == 0 else cut))


def shown(value: float, unit: float) -> str:
    """A value at the place to which somebody wrote.

    >>> shown(0.59327, 0.001)
    '0.593'
    """
    places = max(0, min(30, round(-math.log10(unit)))) if unit > 0 else 6
    return f"{value:.{places}f}" if abs(value) < 1e15 else plain(value)
