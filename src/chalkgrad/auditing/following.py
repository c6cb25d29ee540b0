"""Following through: what the plan gives at the figures that a document itself prints."""

from __future__ import annotations

from itertools import islice, product
from typing import TYPE_CHECKING

from chalkgrad.auditing.opening import meets
from chalkgrad.marking.reach import reach, rounds_to, scratch

if TYPE_CHECKING:
    from collections.abc import Container

    from chalkgrad.auditing.bench import Bench
    from chalkgrad.auditing.entities import Entity
    from chalkgrad.auditing.figures import Figure

_CHOICES = 256


def _written(
    bench: Bench, apart: Container[int] = ()
) -> tuple[list[float | None], list[float | None]]:
    """The printed figure of each quantity, and its unit; figures that stand at `apart` support nothing."""
    compiled = bench.world.ground.compiled
    values: list[float | None] = [None] * len(compiled.order)
    units: list[float | None] = [None] * len(compiled.order)
    for symbol, e in bench.world.entities.items():
        place = compiled.index.get(symbol)
        printed = [f for f in bench.forms.of.get(e.label, ()) if f.start not in apart]
        if place is not None and printed and not e.given:
            finest = printed[-1]
            values[place], units[place] = finest.value, finest.unit
    return values, units


def follows(bench: Bench, fig: Figure, e: Entity) -> bool:
    """Whether the plan gives a figure at the document's own printed forms."""
    compiled = bench.world.ground.compiled
    place = compiled.index.get(e.symbol) if e.symbol is not None else None
    if place is None:
        return False
    values, units = _written(bench, (fig.start,))
    values[place] = None
    computed, used = compiled.run(values)
    if rounds_to(fig.value, fig.unit, computed[place]):
        return True
    reached, _ = reach(compiled, values, units, None)
    if meets(fig, reached[place]):
        return True
    reads = compiled.reads[place]
    if any(values[k] is None and compiled.reads[k] for k in reads):
        # What stands between is not printed: it may have been kept to the places that all of this
        # document keeps to. Where its figures have all sorts of digits nothing is allowed.
        kept = scratch(values, units, lambda size: 0.0, sum(v == 0 for v in values))
        if meets(fig, reach(compiled, values, units, kept)[0][place]):
            return True
    if not reads or len(reads) > 8:
        return False
    lists = []
    for k in reads:
        operand = bench.world.entities.get(compiled.order[k])
        own = bench.values(operand, fig.start) if operand is not None else []
        lists.append([*dict.fromkeys([*own, used[k]])])
    for choice in islice(product(*lists), _CHOICES):
        at = list(used)
        for k, v in zip(reads, choice, strict=True):
            at[k] = v
        if rounds_to(fig.value, fig.unit, compiled.point(place, at)):
            return True
    return False


def follows_right(bench: Bench, fig: Figure, e: Entity) -> bool:
    """Whether the plan gives a figure at the document's printed forms without those that are wrong."""
    compiled = bench.world.ground.compiled
    place = compiled.index.get(e.symbol) if e.symbol is not None else None
    if place is None or not bench.wrong_at:
        return False
    values, _ = _written(bench, bench.wrong_at.keys() | {fig.start})
    values[place] = None
    return rounds_to(fig.value, fig.unit, compiled.run(values)[0][place])


def carried_value(bench: Bench, e: Entity) -> float:
    """What a quantity comes to at the document's own figures."""
    compiled = bench.world.ground.compiled
    place = compiled.index.get(e.symbol) if e.symbol is not None else None
    if place is None:
        return e.true
    values, _ = _written(bench)
    values[place] = None
    return compiled.run(values)[0][place]


def cause_of(bench: Bench, e: Entity, fig: Figure) -> int | None:
    """The line of a wrong figure that a quantity leans on."""
    compiled = bench.world.ground.compiled
    place = compiled.index.get(e.symbol) if e.symbol is not None else None
    if place is None or rounds_to(fig.value, fig.unit, e.true):
        return None
    for k in compiled.reads[place]:
        operand = bench.world.entities.get(compiled.order[k])
        if operand is None:
            continue
        for f in bench.forms.of.get(operand.label, ()):
            origin = bench.repeats(f, operand)
            if origin is not None:
                return origin
    return None
