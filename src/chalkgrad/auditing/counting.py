"""Weights, biases and neurons by the numbers that documents give them."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from chalkgrad.auditing.entities import constant
from chalkgrad.auditing.habits import ACTS, INDEXED, NETS

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from chalkgrad.auditing.entities import Entity
    from chalkgrad.auditing.worlds import World


def bias_of(world: World, layer: int, j: int) -> Iterator[Entity]:
    """The bias of a neuron, or the one that its layer shares."""
    yield from world.every("b", (layer, j))
    yield from world.every("b", (layer,))


def weights_of(
    world: World, digits: tuple[int, ...], whole: int | None, layer: int | None, *, bracketed: bool
) -> Iterator[Entity]:
    """The weights that numbers can mean.

    Args:
        world: the quantities.
        digits: the numbers below, one by one.
        whole: the same as one number.
        layer: the number above.
        bracketed: whether brackets stand around that: then the destination comes first.
    """
    if len(digits) == 2:
        one, two = digits
        layers = range(1, len(world.problem.layers) + 1) if layer is None else (layer,)
        for number in layers:
            if bracketed:
                yield from world.every("w", (number, one, two))
                if one == 0:
                    yield from bias_of(world, number, two)
                continue
            # a bare number above: the source comes first, and source 0 is the bias
            if one == 0:
                yield from bias_of(world, number, two)
            yield from world.every("w", (number, two, one))
            if layer is None:
                yield from world.every("w", (number, one, two))
    if whole is not None and layer is None:
        yield from world.every("w", _weight_at(world, whole))
    elif whole is None and world.problem.sizes == (1, 1):
        yield from world.every("w", (1, 1, 1))
    elif len(digits) == 1 and layer is not None and 1 <= layer < len(world.problem.sizes):
        if world.problem.sizes[layer] == 1:
            yield from world.every("w", (layer, 1, digits[0]))
        elif world.problem.sizes[layer - 1] == 1:
            yield from world.every("w", (layer, digits[0], 1))


def _weight_at(world: World, number: int) -> tuple[int, ...]:
    for layer in range(1, len(world.problem.layers) + 1):
        wide = world.problem.sizes[layer - 1]
        count = wide * world.problem.sizes[layer]
        if 1 <= number <= count:
            return (layer, (number - 1) // wide + 1, (number - 1) % wide + 1)
        number -= count
    return (0, 0, 0)


def biases_of(world: World, whole: int | None, layer: int | None) -> Iterator[Entity]:
    """The biases that a number below and one above can mean: counted through, by layer, or by neuron."""
    if layer is not None:
        yield from bias_of(world, layer, whole or 1)
        return
    if whole is None:
        if len(world.problem.layers) == 1:
            yield from bias_of(world, 1, 1)
        return
    shape = world.problem.shape
    for number in range(1, len(world.problem.layers) + 1):
        for j in (0, *range(1, world.problem.sizes[number] + 1)):
            index = (number, j) if j else (number,)
            e = world.get("b", index)
            if e is not None and shape.bias_number(index) == whole:
                yield from world.every("b", index)
    if whole <= len(world.problem.layers):
        yield from bias_of(world, whole, 1)
    yield from bias_of(world, 1, whole)


def running(world: World, kind: str, number: int) -> Iterator[Entity]:
    """A neuron by its number: counted through the network, or within the output layer."""
    rest = number
    for layer in range(1, len(world.problem.layers) + 1):
        if 1 <= rest <= world.problem.sizes[layer]:
            yield from world.every(kind, (layer, rest))
        rest -= world.problem.sizes[layer]
    if len(world.problem.layers) > 1:
        yield from world.every(kind, (len(world.problem.layers), number))


def neurons_of(world: World, letter: str, layer: int, j: int) -> Iterator[Entity]:
    """What a letter with a layer and a number means; layer 0 is the inputs, number 0 the constant 1."""
    if layer == 0 and letter in ("x", "a", "chi", "o", "h", "y"):
        if j == 0:
            yield constant(1.0)
        yield from world.every("x", (j,))
        return
    if j == 0:
        yield constant(1.0)
        return
    if letter in ("theta", "z", "net", "s", "u", "v", "in"):
        yield from world.every("z", (layer, j))
    elif letter in ("x", "a", "chi", "o", "out", "h", "y"):
        yield from world.every("a", (layer, j))


def counted_on(world: World, name: str) -> Iterator[Entity]:
    """The neuron that a number means where the inputs are counted too: ``o_3`` behind two inputs."""
    m = INDEXED.fullmatch(name)
    if m is None or m["high"] or not m["low"].isdigit() or len(world.problem.layers) < 2:
        return
    sizes, letter = world.problem.sizes, m["letter"]
    number = int(m["low"]) - sizes[0]
    kind = "delta" if letter == "delta" else "z" if letter in NETS else "a"
    if kind == "a" and letter not in ACTS:
        return
    for e in running(world, kind, number):
        if e.symbol is not None:
            layer, j = e.symbol.index
            if sum(sizes[1:layer]) + j == number:
                yield e


def on_its_side(world: World, layer: int, values: Sequence[float], size: tuple[int, int]) -> bool:
    """Whether numbers are the weights of a layer as a square matrix with a column for each neuron, only so."""
    wide = size[0]
    if not 1 <= layer <= len(world.problem.layers) or size[1] != wide:
        return False
    if tuple(world.problem.sizes[layer - 1 : layer + 1]) != (wide, wide):
        return False
    places = [(j, i) for j in range(1, wide + 1) for i in range(1, wide + 1)]
    rows = [e.true if (e := world.get("w", (layer, j, i))) else math.nan for j, i in places]
    columns = [e.true if (e := world.get("w", (layer, i, j))) else math.nan for j, i in places]
    return list(values) == columns != rows
