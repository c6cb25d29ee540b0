"""Paths from a hidden neuron to the loss: the chain rule written out as a sum over them."""

from __future__ import annotations

import heapq
from math import prod
from typing import TYPE_CHECKING, Any, NamedTuple

from chalkgrad.activations import ACTIVATIONS
from chalkgrad.notation import Symbol

if TYPE_CHECKING:
    from collections.abc import Callable

    from chalkgrad.problem import Problem

MOST = 6
"""Paths of one gradient that are listed, the largest first; the others are counted."""


class Path(NamedTuple):
    """A way from a neuron to the loss: the neurons on it, and the factors after the first."""

    neurons: tuple[tuple[int, int], ...]
    factors: tuple[Symbol, ...]
    size: float


class Ways:
    """The largest paths of each neuron of a sample, by the numbers of the first iteration.

    The largest paths of a neuron go on along largest paths of the next ones, so six of each are
    enough, whatever the number of all.
    """

    def __init__(self, problem: Problem, sample: int, value: Callable[[Symbol], float]) -> None:
        self.problem, self.sample, self.value = problem, sample, value
        self.known: dict[tuple[int, int], list[Path]] = {}
        self.depth = len(problem.layers)
        t = problem.training
        self.in_place = t.update_order == "in_place" and bool(problem.updates)

    def count(self, layer: int) -> int:
        """How many paths a neuron of a layer has."""
        return prod(self.problem.sizes[layer + 1 :])

    def of(self, layer: int, j: int) -> list[Path]:
        """The largest paths that leave a neuron by its activation."""
        found = self.known.get((layer, j))
        if found is None:
            found = self.known[layer, j] = self._find(layer, j)
        return found

    def at(self, kind: str, *index: int) -> Symbol:
        """A quantity of the first iteration."""
        return Symbol(kind, index, 1, self.sample if kind not in ("w", "new_w") else 0)

    def _find(self, layer: int, j: int) -> list[Path]:
        if layer == self.depth:
            symbol = self.at("grad_a", layer, j)
            return [Path(((layer, j),), (symbol,), abs(self.value(symbol)))]
        way = "new_w" if self.in_place and layer > 0 else "w"
        found = []
        for k in range(1, self.problem.sizes[layer + 1] + 1):
            weight = self.at(way, layer + 1, k, j)
            if layer + 1 == self.depth and self._one_delta():
                delta = self.at("delta", self.depth, k)
                tails = [Path(((self.depth, k),), (delta,), abs(self.value(delta)))]
                slope: tuple[Symbol, ...] = ()
            else:
                tails, slope = self.of(layer + 1, k), (self.at("da_dz", layer + 1, k),)
            size = abs(prod(map(self.value, (weight, *slope))))
            found += [
                Path(((layer, j), *tail.neurons), (weight, *slope, *tail.factors), size * tail.size)
                for tail in tails
            ]
        return heapq.nlargest(MOST, found, key=lambda path: path.size)

    def _one_delta(self) -> bool:
        """Whether the output delta is one quantity, not a product of slope and gradient."""
        whole = ACTIVATIONS[self.problem.layers[-1].activation.name].whole_layer
        return whole or self.problem.pairing


def path_records(symbol: Symbol, ways: Ways, name: Callable[[Symbol], str]) -> dict[str, Any]:
    """The paths of a hidden gradient: parts of the drawing and factors of each, and how many there are."""
    kind, index = symbol.kind, symbol.index
    layer, j = index[0], index[1]
    head: tuple[Symbol, ...] = ()
    if kind != "grad_a":
        head = (ways.at("da_dz", layer, j),)
    if kind == "grad_w":
        source = (
            ways.at("a", layer - 1, index[2])
            if layer > 1
            else Symbol("x", (index[2],), 0, ways.sample)
        )
        head += (source,)
    own = ways.of(layer, j)
    # numbered in the order of the neurons, as a reader goes through them
    own = own if ways.count(layer) > MOST else sorted(own, key=lambda path: path.neurons)
    records = []
    for path in own:
        els = [f"n{layer}.{j}"]
        for (_, i), (l, k) in zip(path.neurons, path.neurons[1:], strict=False):
            els += [Symbol("w", (l, k, i)).bare, f"n{l}.{k}"]
        els += [f"e{path.neurons[-1][1]}", "loss"]
        records.append({"els": els, "factors": [name(s) for s in (*head, *path.factors)]})
    return {"paths": records, "path_count": ways.count(layer)}
