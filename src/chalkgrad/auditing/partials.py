"""What a printed derivative means: a gradient, or a factor of the chain rule."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from chalkgrad.auditing.entities import Entity, constant

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from chalkgrad.auditing.worlds import World
    from chalkgrad.notation import Symbol

    Meanings = Callable[[str], Sequence[Entity]]


def derived(world: World, meanings: Meanings, top: str, bottom: str) -> Iterator[Entity]:
    """The quantities that a derivative can be, by the names above and below."""
    part = re.fullmatch(r"(?:E|L|J|C|e|error|Error|Loss|loss)_?(?:o|out)?(\d)", top)
    if world.problem.sizes[-1] == 1:
        part = None
    whole = part is None and _is_loss(meanings, top)
    for below in meanings(bottom):
        s = below.symbol
        if s is None:
            continue
        if whole or part:
            yield from _of_loss(world, s, int(part[1]) if part else 0)
        else:
            for above in meanings(top):
                if above.symbol is not None:
                    yield from _inner(world, above.symbol, s)


def _is_loss(meanings: Meanings, name: str) -> bool:
    return any(e.symbol is not None and e.symbol.kind == "loss" for e in meanings(name))


def _of_loss(world: World, s: Symbol, part: int) -> Iterator[Entity]:
    kind = {"w": "grad_w", "b": "grad_b", "a": "grad_a", "z": "delta"}.get(s.kind)
    if kind is None:
        return
    if (
        part
        and kind in ("grad_a", "delta")
        and s.index[0] == len(world.problem.layers)
        and s.index[1] != part
    ):
        return
    if part and kind == "grad_a" and s.index[0] == len(world.problem.layers) - 1:
        yield from _path(world, s, part)
        return
    if part and world.problem.sizes[-1] > 1 and s.index[0] < len(world.problem.layers):
        return
    yield from world.every(kind, s.index) if s.iteration <= 1 else ()


def _path(world: World, s: Symbol, part: int) -> Iterator[Entity]:
    """What one output hands back to a hidden neuron."""
    for iteration in world.iterations:
        delta = world.get("delta", (len(world.problem.layers), part), iteration, s.sample)
        weight = world.get("w", (len(world.problem.layers), part, s.index[1]), iteration)
        if delta is not None and weight is not None:
            yield product(delta, weight)


def _inner(world: World, above: Symbol, below: Symbol) -> Iterator[Entity]:
    if above.iteration > 1 and below.iteration not in (0, above.iteration):
        return
    if (above.kind, below.kind) == ("a", "z") and above.index == below.index:
        if above.iteration == below.iteration:
            yield from _one(world, "da_dz", above.index, above)
    elif above.kind == "z" and below.kind == "w" and above.index == below.index[:2]:
        layer, source = below.index[0] - 1, below.index[2]
        if layer:
            yield from _one(world, "a", (layer, source), above)
        else:
            e = world.get("x", (source,), 0, above.sample)
            if e is not None:
                yield e
    elif above.kind == "z" and below.kind == "b" and above.index[0] == below.index[0]:
        if len(below.index) == 1 or below.index == above.index:
            yield constant(float(world.problem.training.bias_input))
    elif above.kind == "z" and below.kind == "a" and above.index[0] == below.index[0] + 1:
        e = world.get("w", (*above.index, below.index[1]), above.iteration)
        if e is not None and below.iteration == above.iteration:
            yield e
    elif above.kind == "z" and below.kind == "x" and above.index[0] == 1:
        e = world.get("w", (*above.index, below.index[0]), above.iteration)
        if e is not None:
            yield e


def _one(world: World, kind: str, index: tuple[int, ...], like: Symbol) -> Iterator[Entity]:
    e = world.get(kind, index, like.iteration, like.sample)
    if e is not None:
        yield e


def product(one: Entity, two: Entity) -> Entity:
    """The product of two quantities, as a quantity on the way."""
    return Entity(f"{one.label} * {two.label}", one.true * two.true, one.other * two.other)
