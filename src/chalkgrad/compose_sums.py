"""Which terms of a long sum are shown: the largest, in every spelling of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chalkgrad.formula import evaluate, symbols

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from chalkgrad.formula import Formula
    from chalkgrad.working import Step

SHOWN = 3
"""Terms of a sum that are shown where its others are left out."""


def largest(sizes: Sequence[float], count: int = SHOWN) -> list[int]:
    """The places of the largest numbers, whatever their sign, in their order; of equal ones the first.

    >>> largest([0.0, -3.0, 1.0, 0.5, 2.0])
    [1, 2, 4]
    """
    undefined_first = [float("inf") if size != size else abs(size) for size in sizes]
    order = sorted(range(len(sizes)), key=lambda k: -undefined_first[k])
    return sorted(order[:count])


def left_out(step: Step, most: int) -> Callable[[tuple[Formula, ...]], Sequence[int]]:
    """Which terms of the sums of a line are shown, where more than `most` are not all.

    Sums of one length are one sum, in symbols, by its rule, and with numbers: the formula comes first.
    """
    places: dict[int, Sequence[int]] = {}

    def shown(terms: tuple[Formula, ...]) -> Sequence[int]:
        count = len(terms)
        if count <= most:
            return range(count)
        known = all(s in step.values for term in terms for s in symbols(term))
        if count not in places and known:
            places[count] = largest([evaluate(term, step.values.__getitem__) for term in terms])
        return places.get(count, (0, 1, count - 1))

    return shown
