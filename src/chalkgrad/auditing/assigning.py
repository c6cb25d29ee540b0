"""Which quantities the figures of an expression stand for: assignments, likely ones first."""

from __future__ import annotations

import math
from bisect import bisect_left, bisect_right
from itertools import islice, product
from typing import TYPE_CHECKING

from chalkgrad.auditing.entities import same
from chalkgrad.light import dataclass

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence

    from chalkgrad.auditing.entities import Entity
    from chalkgrad.auditing.figures import Figure

_TRIES = 1_200
MOST_FIGURES = 60
"""A longer expression is not looked into."""


@dataclass(frozen=True, slots=True)
class Reading:
    """How an expression of numbers is read.

    Attributes:
        target: the quantity that it works out: one of the plan, or a product on the way.
        operands: for each figure the quantity it stands for, or None.
        sure: whether the structure proves it.
        odd: places of figures that stand for a quantity whose number they are not.
    """

    target: Entity | None
    operands: tuple[Entity | None, ...]
    sure: bool
    odd: tuple[int, ...] = ()


def combinations(
    figures: Sequence[Figure], choices: Sequence[Sequence[Entity]], related: Collection[str]
) -> Iterator[tuple[Entity, ...]]:
    """Assignments, likely ones first: equal numbers together, then each by itself."""

    def ranked(entities: Sequence[Entity]) -> list[Entity]:
        if related:
            near = [e for e in entities if e.label.lstrip("-") in related or e.symbol is None]
            entities = near + [e for e in entities if e not in near]
        # what is the same number in both worlds gives the same result: the likeliest stands for all
        return list({(e.true, e.other): e for e in reversed(entities)}.values())[::-1]

    keys = [f.value for f in figures]
    distinct = list(dict.fromkeys(keys))
    lists = [ranked(choices[keys.index(v)]) for v in distinct]
    _trim(lists)
    if len(distinct) == len(keys):
        yield from islice(product(*lists), _TRIES)
        return
    for combination in islice(product(*lists), _TRIES):
        by = dict(zip(distinct, combination, strict=True))
        yield tuple(by[v] for v in keys)
    lists = [ranked(c) for c in choices]
    _trim(lists)
    yield from islice(product(*lists), _TRIES)


class Named:
    """What a chain is said to work out, by its value in the second world."""

    def __init__(self, heads: Sequence[Entity]) -> None:
        self.heads = heads
        self.order = sorted(range(len(heads)), key=lambda k: heads[k].other)
        self.others = [heads[k].other for k in self.order]

    def first(self, value: float) -> Entity | None:
        """The first one that has a value; of 0 only one that is exactly 0."""
        if not self.heads or not math.isfinite(value):
            return None
        dust = 1e-8 * abs(value)
        low, high = bisect_left(self.others, value - dust), bisect_right(self.others, value + dust)
        near = [k for k in self.order[low:high] if same(value, self.heads[k].other)]
        return self.heads[min(near)] if near else None


def few(entities: Sequence[Entity], related: Collection[str]) -> list[Entity]:
    """The likelier ones of some quantities."""
    near = [e for e in entities if e.label.lstrip("-") in related or e.symbol is None]
    return (near or list(entities))[:4]


def _trim(lists: list[list[Entity]]) -> None:
    """Shorten the longest lists until not too many combinations are left."""
    while True:
        count = 1
        for c in lists:
            count *= max(1, len(c))
        longest = max(range(len(lists)), key=lambda k: len(lists[k]))
        if count <= _TRIES or len(lists[longest]) <= 1:
            return
        lists[longest] = lists[longest][:-1]


def only(choices: Sequence[Entity]) -> Entity | None:
    """The one quantity that is left, if it is one."""
    return choices[0] if len(choices) == 1 else None
