"""What depends on nothing but which lines of a sheet are written: the same for every sheet that has them."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from chalkgrad.marking.ground import Ground

_CONE = 120
"""Unwritten ancestors that are looked at."""


class Sight:
    """What a sheet shows of the ways that lead to each quantity; each answer is worked out once.

    Attributes:
        written: the places of the lines that are written.
    """

    def __init__(self, ground: Ground, written: frozenset[int]) -> None:
        self._ground, self.written = ground, written
        self._shown: dict[int, tuple[bool, ...]] = {}
        self._nearest: dict[int, frozenset[int]] = {}
        self._beside: dict[int, frozenset[int]] = {}
        self._behind: dict[int, frozenset[int]] = {}
        self._cones: dict[int, tuple[int, ...]] = {}
        self._paths: dict[tuple[int, int], tuple[int, ...]] = {}

    def shown(self, k: int) -> tuple[bool, ...]:
        """For each alternative formula of k whether the sheet shows all that it reads beside the main one.

        What is not shown was not used as a way of its own; its interval would only be wider.
        """
        known = self._shown.get(k)
        if known is None:
            new = self._ground.others(k).new
            known = self._shown[k] = tuple(self.written.issuperset(reads) for reads in new)
        return known

    def nearest(self, k: int) -> frozenset[int]:
        """The written lines that reach k through unwritten quantities only."""
        known = self._nearest.get(k)
        if known is None:
            reads, out, seen = self._ground.compiled.reads, set(), set()
            todo = list(reads[k])
            while todo:
                d = todo.pop()
                if d in self.written:
                    out.add(d)
                elif d not in seen:
                    seen.add(d)
                    todo.extend(reads[d])
            known = self._nearest[k] = frozenset(out)
        return known

    def beside(self, k: int) -> frozenset[int]:
        """The same over the alternative formulas that are shown."""
        known = self._beside.get(k)
        if known is None:
            out: set[int] = set()
            for d in self._read_by_others(k):
                out |= {d} if d in self.written else self.nearest(d)
            known = self._beside[k] = frozenset(out)
        return known

    def behind(self, ks: Iterable[int]) -> list[int]:
        """These quantities and all that their ranges lean on, alternatives included, in working order."""
        return sorted(frozenset().union(*map(self._all_behind, ks)))

    def _all_behind(self, k: int) -> frozenset[int]:
        known = self._behind.get(k)
        if known is None:
            ancestors, others = self._ground.compiled.ancestors, self._read_by_others(k)
            known = self._behind[k] = frozenset((k, *others)).union(
                ancestors[k], *(ancestors[d] for d in others)
            )
        return known

    def _read_by_others(self, k: int) -> list[int]:
        others = zip(self._ground.others(k).reads, self.shown(k), strict=True)
        return [d for reads, shown in others if shown for d in reads]

    def cone(self, o: int) -> tuple[int, ...]:
        """A quantity and its ancestors that are not written, without crossing a written line; nearest first."""
        known = self._cones.get(o)
        if known is None:
            reads = self._ground.compiled.reads
            out, todo = {o}, list(reads[o])
            while todo and len(out) < _CONE:
                d = todo.pop()
                if d not in self.written and d not in out:
                    out.add(d)
                    todo.extend(reads[d])
            known = self._cones[o] = tuple(sorted(out, reverse=True))
        return known

    def path(self, q: int, o: int) -> tuple[int, ...]:
        """What a change of q changes on the way to o, o itself last, if every written line stays."""
        known = self._paths.get((q, o))
        if known is None:
            ancestors = self._ground.compiled.ancestors
            known = self._paths[q, o] = tuple(
                k
                for k in range(q + 1, o + 1)
                if (k == o or (k not in self.written and k in ancestors[o])) and q in ancestors[k]
            )
        return known
