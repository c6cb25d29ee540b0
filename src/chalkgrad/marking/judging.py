"""Verdicts: which written lines are right, which follow from an earlier slip, and which are its origin."""

from __future__ import annotations

import math
from types import MappingProxyType
from typing import TYPE_CHECKING

from chalkgrad.activations import ACTIVATIONS
from chalkgrad.light import dataclass, field
from chalkgrad.marking.reach import fits, preimage, reach, rounds_to, scratch, settle_bare
from chalkgrad.marking.records import FOLLOWED, RIGHT, WRONG

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping, Sequence

    from chalkgrad.formula import Interval
    from chalkgrad.marking.ground import Ground
    from chalkgrad.marking.sight import Sight
    from chalkgrad.marking.written import Written


@dataclass(slots=True)
class Line:
    """A written line while it is judged; one that is right by itself stays as it is, for every sheet."""

    written: Written
    verdict: str = RIGHT
    trivial: bool = False


@dataclass(slots=True)
class Judged:
    """A sheet against one ground: what was written, what follows, and the verdict of each line.

    Attributes:
        values, units: what is written, by place in the order of working; None where nothing is.
        lines: the written lines by place.
        computed, used: of the plan with all written values given; empty while every line fits the key.
        reached: the interval of each quantity, where it was needed.
        origins: the lines that fit nothing.
        odd: the lines that are no rounding of the true value.
    """

    ground: Ground
    values: list[float | None]
    units: list[float | None]
    lines: dict[int, Line]
    computed: Sequence[float] = ()
    used: Sequence[float] = ()
    reached: list[Interval] = field(default_factory=list)
    origins: list[int] = field(default_factory=list)
    odd: frozenset[int] = frozenset()
    _sight: Sight | None = None

    @property
    def sight(self) -> Sight:
        """What depends on nothing but which lines are written."""
        if self._sight is None:
            self._sight = self.ground.sight(self.values)
        return self._sight

    def leaning(self, k: int, bad: Collection[int]) -> frozenset[int]:
        """The bad written lines that reach k through unwritten quantities only.

        By its formula, or, where there are none, by the alternatives to it that the sheet shows.
        """
        sight = self.sight
        return sight.nearest(k).intersection(bad) or sight.beside(k).intersection(bad)


def judge(
    ground: Ground,
    written: Mapping[int, Written],
    stated: Callable[[float], float] | None = None,
    right: Mapping[int, Line] = MappingProxyType({}),
) -> Judged:
    """Judge the written lines of a sheet, by place in the order of working.

    Args:
        ground: what they are judged on.
        written: the lines.
        stated: the place to which figures are asked for, if the sheet does not show its own.
        right: further lines, which are known to be a rounding of the true value at their own digits.
    """
    count = len(ground.compiled.order)
    values: list[float | None] = [None] * count
    units: list[float | None] = [None] * count
    lines = dict(right)
    for k, line in right.items():
        values[k], units[k] = line.written.value, line.written.unit
    bare = []
    for k, w in written.items():
        values[k], units[k] = w.value, w.unit
        lines[k] = Line(w)
        if w.bare:
            bare.append(k)
    if bare:
        settle_bare(values, units, bare, stated)
    judged = Judged(ground, values, units, lines)
    true, dust = ground.compiled.true, ground.dust
    odd = sorted(
        k for k, w in written.items() if not rounds_to(w.value, units[k] or 0.0, true[k], dust)
    )
    if odd:
        judged.odd = frozenset(odd)
        _judge_odd(judged, odd, stated)
    return judged


def _judge_odd(judged: Judged, odd: list[int], stated: Callable[[float], float] | None) -> None:
    """Judge the lines that are no rounding of the true value."""
    ground, values, units = judged.ground, judged.values, judged.units
    compiled, dust, sight = ground.compiled, ground.dust, judged.sight
    judged.computed, judged.used = computed, used = compiled.run(values)

    def at_operands(k: int) -> bool:
        v, u = values[k] or 0.0, units[k] or 0.0
        if rounds_to(v, u, computed[k], dust):
            return True
        return any(
            rounds_to(v, u, x, dust)
            for x, shown in zip(ground.others(k).points(used), sight.shown(k), strict=True)
            if shown
        )

    left = [k for k in odd if not at_operands(k)]
    origins: list[int] = []
    if left:
        kept: list[Callable[[float], float]] = []

        def place(size: float) -> float:
            """The place of what is not shown; found where something is not."""
            if not kept:
                # What says nothing about its last place does not vote on the digits of the sheet.
                votes = list(values)
                for k, line in judged.lines.items():
                    if line.written.bare:
                        votes[k] = None
                shown = votes if any(votes) else values
                kept.append(scratch(shown, units, stated, values.count(0.0)))
            return kept[0](size)

        def unreachable(
            ks: list[int], reached: list[Interval], handed: list[Interval]
        ) -> list[int]:
            return [
                k
                for k in ks
                if not fits(values[k] or 0.0, units[k] or 0.0, reached[k], dust)
                and not any(
                    fits(values[k] or 0.0, units[k] or 0.0, range_(handed), dust)
                    for range_, shown in zip(ground.others(k).ranges, sight.shown(k), strict=True)
                    if shown
                )
            ]

        judged.reached, handed = reach(compiled, values, units, place, (), sight.behind(left))
        origins = unreachable(left, judged.reached, handed)
        # A line may go on from a right value that was only copied wrongly to the sheet.
        later = [k for k in origins if compiled.ancestors[k].intersection(origins)]
        if later:
            again = reach(compiled, values, units, place, frozenset(origins), sight.behind(later))
            gone = set(later) - set(unreachable(later, *again))
            origins = [k for k in origins if k not in gone]
    judged.origins = origins
    bad = set(origins)
    for k in odd:
        line = judged.lines[k]
        if k in bad:
            line.verdict = WRONG
        elif judged.leaning(k, bad):
            line.verdict = FOLLOWED
            bad.add(k)
            line.trivial = _is_trivial(judged, k)


def _is_trivial(judged: Judged, k: int) -> bool:
    """Follow-through that left nothing to work out: 0 where it is not 0, or a parameter left as it was."""
    compiled = judged.ground.compiled
    symbol, c, t = compiled.order[k], judged.computed[k], compiled.true[k]
    if t != 0 and (c == 0 or abs(c) < 1e-9 * abs(t)):
        return True
    if symbol.kind in ("new_w", "new_b"):
        old = symbol._replace(kind=symbol.kind[-1])
        place = compiled.index.get(old)
        before = judged.used[place] if place is not None else compiled.constant(old)
        return before is not None and c == before and c != t
    return False


def outside_range(judged: Judged, k: int) -> bool:
    """Whether an activation is written that its function cannot give, such as a sigmoid of 7.3."""
    symbol = judged.ground.compiled.order[k]
    if symbol.kind != "a":
        return False
    choice = judged.ground.problem.layers[symbol.index[0] - 1].activation
    low, high = ACTIVATIONS[choice.name].range
    p, q = preimage(judged.values[k] or 0.0, judged.units[k] or 0.0)
    return math.isfinite(p) and (q < low or p > high)
