"""Expressions with a figure that is not the one that belongs there: damaged, copied wrong, or another quantity."""

from __future__ import annotations

import math
from itertools import islice, product
from typing import TYPE_CHECKING

from chalkgrad.auditing.assigning import MOST_FIGURES, Reading, combinations, few
from chalkgrad.auditing.entities import same
from chalkgrad.auditing.places import belongs

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Sequence

    from chalkgrad.auditing.entities import Entity
    from chalkgrad.auditing.figures import Figure
    from chalkgrad.auditing.forms import Forms
    from chalkgrad.auditing.opening import Opened
    from chalkgrad.auditing.places import Place
    from chalkgrad.auditing.worlds import World

_WIDTH = 6


def repaired(
    world: World,
    forms: Forms,
    opened: Opened,
    figures: Sequence[Figure],
    choices: Sequence[Sequence[Entity]],
    heads: Sequence[Entity],
    fits: Callable[[Entity], bool] | None,
    place: Place,
) -> Reading | None:
    """An assignment with damaged figures mended, or with one figure that should be another."""
    related = world.related(heads)

    def target(operands: Sequence[Entity]) -> Entity | None:
        value = opened.at([e.other for e in operands])
        if value == 0 or value != value:
            return None
        for e in heads:
            if same(value, e.other):
                return e
        if fits is not None and not heads:
            for e in world.structured(value):
                if fits(e):
                    return e
        return None

    mended: list[list[Entity]] = []
    odd: set[int] = set()
    for k, f in enumerate(figures):
        damaged = forms.damaged(f) if not choices[k] else []
        missed = [e for e, _ in forms.miscopied(f)] if not choices[k] else []
        mended.append([*choices[k], *damaged, *missed])
        if not choices[k]:
            odd.add(k)
    missing = [k for k, c in enumerate(mended) if not c]
    if odd and not missing:
        for operands in combinations(figures, mended, related):
            e = target(operands)
            if e is not None:
                return Reading(e, operands, sure=True, odd=tuple(sorted(odd)))
    if len(missing) > 1:
        return None
    # one figure that should be another one: only if what is worked out is named, or its result is right
    targets = list(heads) or [e for e in _results(world, fits) if belongs(e, place)]
    for k in missing or range(len(figures)):
        if figures[k].bare and abs(figures[k].value) <= 1:
            continue  # a 0 or a 1 can stand for too much
        for chosen in _single(mended, k, related):
            solved = _solved(world, opened, chosen, k, targets, mended[k], related)
            if solved is not None:
                return Reading(*solved, sure=True, odd=tuple(sorted(odd | {k})))
    return None


def _results(world: World, fits: Callable[[Entity], bool] | None) -> list[Entity]:
    """Quantities that a printed result can be."""
    if fits is None:
        return []
    return [e for e in world.entities.values() if not e.given and e.true and fits(e)][:_WIDTH]


def _solved(
    world: World,
    opened: Opened,
    operands: Sequence[Entity | None],
    k: int,
    targets: Sequence[Entity],
    own: Sequence[Entity],
    related: Collection[str],
) -> tuple[Entity, tuple[Entity, ...]] | None:
    """What figure k must stand for, so that one of some quantities comes out; None if that is nothing."""
    values = [0.0 if e is None else e.other for e in operands]
    values[k] = 0.0
    low = opened.at(values)
    values[k] = 1.0
    slope = opened.at(values) - low
    if not slope or slope != slope:
        return None
    for o in own:
        values[k] = -o.other
        value = opened.at(values)
        e = next((e for e in targets if same(value, e.other)), None)
        if e is not None:
            full = [o.turned() if m == k else x for m, x in enumerate(operands)]
            return e, tuple(x for x in full if x is not None)
    for e in targets:
        need = (e.other - low) / slope
        values[k] = need
        if not same(opened.at(values), e.other):
            # within a square or an exponent: one after the other
            need = next(
                (x for x in _values(world, related) if _gives(opened, values, k, x, e)),
                math.nan,
            )
        for found in world.structured(need):
            flipped = any(found.label.lstrip("-") == o.label.lstrip("-") for o in own)
            turned = found.label.startswith("-")
            if (turned and not flipped) or (related and found.label.lstrip("-") not in related):
                continue
            if any(found.label == o.label for o in own):
                continue
            full = [found if m == k else o for m, o in enumerate(operands)]
            return e, tuple(o for o in full if o is not None)
    return None


def _values(world: World, related: Collection[str]) -> list[float]:
    """The values, in the second world, that a figure of a line about some quantities can have."""
    entities = world.entities
    return [e.other for e in entities.values() if e.label in related and e.true][:MOST_FIGURES]


def _gives(opened: Opened, values: list[float], k: int, x: float, e: Entity) -> bool:
    values[k] = x
    return same(opened.at(values), e.other)


def _single(
    choices: Sequence[Sequence[Entity]], k: int, related: Collection[str]
) -> Iterator[tuple[Entity | None, ...]]:
    """Assignments of all figures but k, few for each."""
    lists: list[list[Entity | None]] = [
        [None] if m == k else list(few(c, related)) for m, c in enumerate(choices)
    ]
    count = 1
    for c in lists:
        count *= max(1, len(c))
    if count > 64:
        lists = [c[:2] for c in lists]
    yield from islice(product(*lists), 128)
