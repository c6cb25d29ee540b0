"""Mathematics on a line of SVG text: runs of letters, and how wide they are."""

from __future__ import annotations

import re

from chalkgrad.boxes import (
    GREEK,
    SIGNS,
    Box,
    Fence,
    Frac,
    Id,
    Named,
    Number,
    Op,
    Row,
    Script,
    Words,
    to_plain,
)
from chalkgrad.light import dataclass, replace


@dataclass(frozen=True, slots=True)
class Run:
    """Letters set alike; `size`, `rise` and the `shift` before them in em of their line."""

    text: str
    slanted: bool = False
    size: float = 1.0
    rise: float = 0.0
    shift: float = 0.0


def runs(box: Box, size: float = 1.0, rise: float = 0.0) -> tuple[Run, ...]:
    """A box as runs of letters; what needs two dimensions falls back to plain text."""
    match box:
        case Id(text):
            text = GREEK.get(text, text)
            return (Run(text, len(text) == 1 and text.isalpha(), size, rise),)
        case Number(text):
            return number(text, size, rise)
        case Op(text):
            sign = SIGNS[text]
            spaced = sign.spaced and size == 1.0
            return (Run(f"\u2009{sign.text}\u2009" if spaced else sign.text, False, size, rise),)
        case Words(text):
            return (Run(text, False, size, rise),)
        case Named(_, body):
            return runs(body, size, rise)
        case Row(items):
            return tuple(run for item in items for run in runs(item, size, rise))
        case Fence(body, left, right):
            inside = runs(body, size, rise)
            return (Run(left, False, size, rise), *inside, Run(right, False, size, rise))
        case Frac(top, bottom):
            slash = Run("/", False, size, rise)
            return (*runs(top, size, rise), slash, *runs(bottom, size, rise))
        case Script(base, sub, sup):
            low = runs(sub, size * 0.74, rise - 0.24 * size) if sub else ()
            high = runs(sup, size * 0.74, rise + 0.42 * size) if sup else ()
            return (*runs(base, size, rise), *_stacked(low, high))
        case _:
            return (Run(to_plain(box), False, size, rise),)


def _stacked(low: tuple[Run, ...], high: tuple[Run, ...]) -> tuple[Run, ...]:
    """Two scripts above each other: the wider goes back over the narrower and ends the line."""
    if not (low and high):
        return low or high
    first, second = sorted((low, high), key=width)
    return (*first, replace(second[0], shift=-0.9 * width(first)), *second[1:])


def number(text: str, size: float = 1.0, rise: float = 0.0) -> tuple[Run, ...]:
    """A number with its minus and its power of ten."""
    if not _POWER_OF_TEN.fullmatch(text):
        return (Run(to_plain(Number(text)), False, size, rise),)
    mantissa, _, power = text.partition("e")
    base = Run(f"{mantissa.replace('-', '−')}×10", False, size, rise)
    return (base, Run(str(int(power)).replace("-", "−"), False, size * 0.74, rise + 0.42 * size))


_POWER_OF_TEN = re.compile(r"-?[0-9.]+e[+-]?[0-9]{1,6}")


def width(line: tuple[Run, ...]) -> float:
    """About how wide a line of runs is, in em; a little more rather than less."""
    return sum(run.shift + run.size * sum(map(_letter, run.text)) for run in line)


def _letter(char: str) -> float:
    if char.isdigit():
        return 0.55
    if char in "iljtfI.,:;'|()[] \u2009":
        return 0.34
    if char in "mwMWO@∂×−+=≈→…":
        return 0.8
    # Beyond Greek and Cyrillic letters may be as wide as they are high.
    return 1.0 if ord(char) > 0x2E80 else 0.7 if char.isupper() else 0.55
