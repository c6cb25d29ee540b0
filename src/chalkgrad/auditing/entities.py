"""Quantities that figures can stand for, with their values in two worlds."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING
from zlib import crc32

from chalkgrad.light import dataclass

if TYPE_CHECKING:
    from collections.abc import Sequence

    from chalkgrad.notation import Symbol

SAME = 1e-9
"""Values of the second world that differ by less of their size are one."""


@dataclass(frozen=True, slots=True)
class Entity:
    """A quantity that figures can stand for.

    Attributes:
        label: its name, canonical for a quantity of the plan, an expression for a product on the way.
        true: its value.
        other: its value in the second world.
        symbol: the quantity of the plan that it is, or None.
        given: whether the problem gives it.
    """

    label: str
    true: float
    other: float
    symbol: Symbol | None = None
    given: bool = False

    def turned(self) -> Entity:
        """Its negative."""
        label = self.label[1:] if self.label.startswith("-") else f"-{self.label}"
        return Entity(label, -self.true, -self.other, None, self.given)


def constant(value: float) -> Entity:
    """A number that is the same in every world, such as the 1 of 1 - a."""
    return Entity(f"{value:g}", value, value, None, given=True)


def same(x: float, y: float) -> bool:
    """Whether two values of the second world are those of one quantity."""
    gap = abs(x - y)
    return gap <= SAME * max(abs(x), abs(y)) + 1e-300 and gap < math.inf


def all_same(one: Sequence[float], two: Sequence[float]) -> bool:
    """Whether values of two things are the same one by one."""
    return all(same(a, b) for a, b in zip(one, two, strict=True))


def own_number(name: str) -> float:
    """The number between 0 and 1 that a name has as its own, the same in every formula and every process."""
    return crc32(name.encode()) / 2**32
