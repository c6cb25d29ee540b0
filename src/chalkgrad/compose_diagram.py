"""The network of a problem as a neutral drawing; wide layers are drawn with a gap."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chalkgrad.boxes import Words, scientific
from chalkgrad.notation import Symbol
from chalkgrad.rendering.document import BiasTag, Diagram, Edge, Node
from chalkgrad.rounding import plain
from chalkgrad.sentences import say

if TYPE_CHECKING:
    from chalkgrad.problem import Problem
    from chalkgrad.spelling import Speller

MOST_NEURONS = 8
"""A layer of more is drawn as its first three, a gap, and its last."""
MOST_LABELS = 30
"""Between two layers with more edges the numbers are left off."""


def diagram(problem: Problem, speller: Speller, language: str = "en") -> Diagram:
    """The drawing of a network with its weights as they are given."""
    sizes = problem.sizes
    drawn = [_drawn(n) for n in sizes]
    one_sample = len(problem.samples) == 1
    nodes: list[Node] = []
    at: dict[tuple[int, int], int] = {}
    for layer, units in enumerate(drawn):
        for row, unit in enumerate(units):
            if not unit:
                left_out = sizes[layer] - len(units) + 1
                nodes.append(
                    Node(
                        layer, row, Words("…"), say("more_neurons", language, n=left_out), gap=True
                    )
                )
                continue
            at[layer, unit] = len(nodes)
            if layer == 0:
                name = speller(Symbol("x", (unit,), 0, 1), Symbol("loss", (), 1, 1))
                text = _text(problem.samples[0].input[unit - 1]) if one_sample else ""
            else:
                name = speller(Symbol("a", (layer, unit), 1, 1), Symbol("loss", (), 1, 1))
                text = ""
            nodes.append(Node(layer, row, name, text))
    edges: list[Edge] = []
    biases: list[BiasTag] = []
    source = str(problem.training.bias_input)
    for number, layer_ in enumerate(problem.layers, 1):
        pairs = [(j, i) for j in drawn[number] if j for i in drawn[number - 1] if i]
        for j, i in pairs:
            value = layer_.weights[j - 1][i - 1]
            name = speller(Symbol("w", (number, j, i)), Symbol("loss"))
            text = _text(value) if len(pairs) <= MOST_LABELS else ""
            edges.append(Edge(at[number - 1, i], at[number, j], name, float(value), text))
        if layer_.shares_bias:
            name = speller(Symbol("b", (number,)), Symbol("loss"))
            biases.append(BiasTag(number, -1, name, _text(layer_.bias), source))
        elif layer_.bias is not None:
            for j in drawn[number]:
                if j:
                    name = speller(Symbol("b", (number, j)), Symbol("loss"))
                    value = layer_.bias[j - 1] if isinstance(layer_.bias, tuple) else layer_.bias
                    biases.append(BiasTag(number, at[number, j], name, _text(value), source))
    targets = tuple(
        (
            at[len(sizes) - 1, j],
            speller(Symbol("t", (j,), 0, 1), Symbol("loss", (), 1, 1)),
            _text(value),
        )
        for j, value in enumerate(problem.samples[0].target, 1)
        if one_sample and (len(sizes) - 1, j) in at
    )
    alt = say("alt_network", language, sizes="-".join(map(str, sizes)))
    return Diagram(tuple(nodes), tuple(edges), tuple(biases), targets, alt)


def _drawn(n: int) -> list[int]:
    """Neurons of a layer that are drawn, 0 for the gap."""
    return list(range(1, n + 1)) if n <= MOST_NEURONS else [1, 2, 3, 0, n]


def _text(value: float | tuple[float, ...] | None) -> str:
    """A given number as it was written; drawn weights of many digits are cut to four."""
    number = float(value) if isinstance(value, (int, float)) else 0.0
    text = getattr(value, "text", plain(number))
    if len(text) <= 7:
        return text
    digits, power = scientific(f"{number:.4g}")
    return f"{digits}e{power}" if power else digits
