"""Equations, aligned at their equals signs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chalkgrad.rendering.latex.lines import lines
from chalkgrad.rendering.latex.words import words
from chalkgrad.rendering.widths import EM, high, wide
from chalkgrad.tex import to_tex

if TYPE_CHECKING:
    from chalkgrad.rendering.document import Equation

_TOGETHER = 8  # lines of text that an equation is high; a higher one may be divided by a page


def equations(items: tuple[Equation, ...], measure: float) -> str:
    """One `align*`; words before an equation stand between its lines."""
    beside = [w for item in items if (w := wide(item.left)) <= 0.4 * measure]
    room = measure - max(beside, default=0.0) - 3.5 * EM
    opening = words(items[0].words) if items else ""
    text = ""
    for k, item in enumerate(items):
        said = words(item.words) if k else ""
        chain = _chain(item, measure, room)
        # the length after \\ also keeps a bracket or star that follows from being read as its own
        gap = "\\\\[7pt]\n" if not said else f"\\\\\n\\intertext{{{said}}}\n"
        # the star keeps a short equation on one page
        height = len(chain) + sum(high(step) - 1 for step in item.steps if high(step) > 2)
        star = "*" if height <= _TOGETHER else ""
        text += (gap if text else "") + f"\\\\{star}[2pt]\n".join(chain)
    # a display that begins a paragraph has an empty line above it, most of which is taken back
    lift = "" if opening else "\\vskip-.6\\baselineskip\\vskip-\\parskip\n"
    body = f"{lift}\\begin{{align*}}\n{text}\n\\end{{align*}}" if text else ""
    return "\n".join(filter(None, (opening, body)))


def _chain(item: Equation, measure: float, room: float) -> list[str]:
    """The lines of one equation: its left side, and from the second on what is equal to it."""
    if wide(item.left) <= 0.4 * measure:
        full, start = [], to_tex(item.left) + " "
    else:
        # a left side with no width of its own begins where the equals signs stand
        lefts = lines(item.left, measure - 2 * EM)
        full, start = [rf"&\rlap{{$\displaystyle {left}$}}" for left in lefts], ""
    for step in item.steps:
        first, *rest = lines(step, room)
        full.append(f"{start}&= {first}")
        full += [rf"&\quad {line}" for line in rest]
        start = ""
    if not full:
        full = [f"{start}&"]
    if item.marked:
        full[-1] += r"\,{}^{\dagger}"
    return full
