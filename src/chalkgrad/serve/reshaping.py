"""Changes of the shape of a network: neurons, layers, samples and biases come and go.

What comes is put at the end, so that every other quantity keeps its name; a name of the problem file whose
quantity is gone, or means another one now, goes with it.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, TypeVar

from chalkgrad.activations import ACTIVATIONS
from chalkgrad.errors import ChalkgradError, RequestError
from chalkgrad.inits import draw_weights
from chalkgrad.losses import LOSSES
from chalkgrad.notation import split_prefix
from chalkgrad.records import Choice, Init, Layer, Sample
from chalkgrad.rounding import Given

if TYPE_CHECKING:
    from collections.abc import Callable

    from chalkgrad.notation import Symbol
    from chalkgrad.problem import Problem
    from chalkgrad.records import Matrix

_T = TypeVar("_T")
_NEW = "xavier_uniform"
_DECIMALS = 2
NOUGHT = Given("0")


def put(items: tuple[_T, ...], at: int, item: _T) -> tuple[_T, ...]:
    """A tuple with one item replaced.

    >>> put((1, 2, 3), 1, 9)
    (1, 9, 3)
    """
    return (*items[:at], item, *items[at + 1 :])


def without(items: tuple[_T, ...], at: int) -> tuple[_T, ...]:
    """A tuple with one item taken out.

    >>> without((1, 2, 3), 1)
    (1, 3)
    """
    return items[:at] + items[at + 1 :]


def written(weights: Matrix, decimals: int) -> Matrix:
    """Weights rounded to so many places, as somebody would write them.

    >>> written(((0.123, -0.001),), 2)[0][1].text
    '0.00'
    """

    def one(value: float) -> Given:
        text = f"{value:.{decimals}f}"
        return Given(text.removeprefix("-") if not float(text) else text)

    return tuple(tuple(map(one, row)) for row in weights)


def _drawn(inputs: int, units: int, seed: int) -> Matrix:
    return written(draw_weights(Init(_NEW, seed), inputs, units), _DECIMALS)


def _layer(problem: Problem, number: int, *, hidden: bool = False) -> Layer:
    most = len(problem.layers) - (1 if hidden else 0)
    if not 1 <= number <= most:
        kind = "hidden layer" if hidden else "layer"
        raise RequestError(f"there is no {kind} {number}; there are {most}")
    return problem.layers[number - 1]


def rebuilt(
    problem: Problem,
    layers: tuple[Layer, ...],
    samples: tuple[Sample, ...],
    stays: Callable[[Symbol], bool] = lambda symbol: True,
) -> Problem:
    """The problem with other layers and samples, and those of its names that still mean the same."""
    made = replace(problem, layers=layers, samples=samples, names={})
    kept = {}
    for given, target in problem.names.items():
        # a name without a sample is meant for all of them, whatever is filled in for it
        placed = "s" in split_prefix(target)[0]
        symbol = problem.symbol(target)
        if not stays(symbol if placed else symbol._replace(sample=0)):
            continue
        try:
            made.symbol(target)
        except ChalkgradError:
            continue
        kept[given] = target
    return replace(made, names=kept)


# ---------------------------------------------------------------- neurons
def add_neuron(problem: Problem, layer: int) -> Problem:
    """One neuron more at the end of a layer, 0 for an input; its weights are drawn, the same each time.

    >>> from chalkgrad.examples import example
    >>> add_neuron(example("mazur"), 1).sizes
    (2, 3, 2)
    """
    sizes = problem.sizes
    if not 0 <= layer < len(sizes):
        raise RequestError(f"there is no layer {layer}; the last is {len(sizes) - 1}")
    layers, samples = list(problem.layers), problem.samples
    seed = sizes[layer] + 1
    if layer:
        own = layers[layer - 1]
        row = _drawn(sizes[layer - 1], 1, seed)
        bias = (*own.bias, NOUGHT) if isinstance(own.bias, tuple) else own.bias
        layers[layer - 1] = replace(own, weights=own.weights + row, bias=bias, init=None)
    else:
        samples = tuple(replace(s, input=(*s.input, NOUGHT)) for s in samples)
    if layer < len(layers):
        after = layers[layer]
        column = _drawn(1, sizes[layer + 1], seed + 1)
        rows = tuple((*old, *new) for old, new in zip(after.weights, column, strict=True))
        layers[layer] = replace(after, weights=rows, init=None)
    else:
        samples = tuple(replace(s, target=(*s.target, NOUGHT)) if s.target else s for s in samples)
    return rebuilt(problem, tuple(layers), samples)


def remove_neuron(problem: Problem, layer: int, neuron: int) -> Problem:
    """A neuron of a layer taken out with all its weights, in layer 0 an input.

    >>> from chalkgrad.examples import example
    >>> remove_neuron(example("mazur"), 1, 1).layers[1].weights
    ((0.45,), (0.55,))
    """
    sizes = problem.sizes
    if not 0 <= layer < len(sizes):
        raise RequestError(f"there is no layer {layer}; the last is {len(sizes) - 1}")
    if sizes[layer] == 1:
        raise RequestError("a layer must have at least one neuron")
    if not 1 <= neuron <= sizes[layer]:
        raise RequestError(
            f"there is no neuron {neuron} in layer {layer}; the last is {sizes[layer]}"
        )
    at = neuron - 1
    layers, samples = list(problem.layers), problem.samples
    if layer:
        own = layers[layer - 1]
        bias = without(own.bias, at) if isinstance(own.bias, tuple) else own.bias
        layers[layer - 1] = replace(own, weights=without(own.weights, at), bias=bias, init=None)
    else:
        samples = tuple(replace(s, input=without(s.input, at)) for s in samples)
    if layer < len(layers):
        after = layers[layer]
        rows = tuple(without(row, at) for row in after.weights)
        layers[layer] = replace(after, weights=rows, init=None)
    else:
        samples = tuple(replace(s, target=without(s.target, at)) for s in samples)

    def stays(symbol: Symbol) -> bool:
        """Whether a quantity has to do with no neuron that is taken out or counted otherwise now."""
        return all(of != layer or j <= at for of, j in _neurons(symbol, len(layers)))

    return rebuilt(problem, tuple(layers), samples, stays)


def _neurons(symbol: Symbol, depth: int) -> tuple[tuple[int, int], ...]:
    """The neurons, by layer and number, that the index of a quantity means."""
    index = symbol.index
    if symbol.kind == "x":
        return ((0, index[0]),)
    if len(index) == 3:
        return ((index[0], index[1]), (index[0] - 1, index[2]))
    if len(index) == 2:
        return ((index[0], index[1]),)
    return ((depth, index[0]),) if symbol.kind in ("t", "error") else ()


# ---------------------------------------------------------------- layers
def add_layer(problem: Problem, after: int) -> Problem:
    """A hidden layer more behind layer `after` (0 for the inputs), as wide as that one.

    >>> from chalkgrad.examples import example
    >>> add_layer(example("mazur"), 0).sizes
    (2, 2, 2, 2)
    """
    sizes = problem.sizes
    if not 0 <= after < len(problem.layers):
        raise RequestError(f"a hidden layer goes behind layer 0 to {len(problem.layers) - 1}")
    like = problem.layers[max(after - 1, 0)].activation
    if ACTIVATIONS[like.name].whole_layer:
        like = Choice("sigmoid")
    new = Layer(
        _drawn(sizes[after], sizes[after], sizes[after] + 1), (NOUGHT,) * sizes[after], like
    )
    layers = (*problem.layers[:after], new, *problem.layers[after:])
    return rebuilt(problem, layers, problem.samples, lambda s: _before(s, after))


def remove_layer(problem: Problem, layer: int) -> Problem:
    """A hidden layer taken out; the one behind it keeps the weights for which there is still a source."""
    _layer(problem, layer, hidden=True)
    sizes = problem.sizes
    after = problem.layers[layer]
    fresh = _drawn(sizes[layer - 1], sizes[layer + 1], sizes[layer] + 1)
    rows = tuple(
        (*old[: sizes[layer - 1]], *new[len(old) :])
        for old, new in zip(after.weights, fresh, strict=True)
    )
    kept = replace(after, weights=rows, init=None)
    layers = (*problem.layers[: layer - 1], kept, *problem.layers[layer + 1 :])
    return rebuilt(problem, layers, problem.samples, lambda s: _before(s, layer - 1))


def _before(symbol: Symbol, layer: int) -> bool:
    """Whether a quantity belongs to no layer, or to one that keeps its number."""
    layered = symbol.kind not in ("x", "t", "error") and bool(symbol.index)
    return not layered or symbol.index[0] <= layer


def set_bias(problem: Problem, layer: int, kind: str) -> Problem:
    """A layer with another kind of bias: ``none``, ``shared`` or ``own``; numbers stay where they can.

    >>> from chalkgrad.examples import example
    >>> set_bias(example("mazur"), 1, "own").layers[0].bias
    (0.35, 0.35)
    """
    own = _layer(problem, layer)
    first = own.bias[0] if isinstance(own.bias, tuple) else own.bias
    number = NOUGHT if first is None else first
    count = len(own.weights)
    kinds = {
        "none": None,
        "shared": number if count > 1 else (number,),
        "own": own.bias if isinstance(own.bias, tuple) else (number,) * count,
    }
    if kind not in kinds:
        raise RequestError(f'a bias is one of {" ".join(kinds)}, got "{kind}"')
    changed = replace(own, bias=kinds[kind])
    layers = put(problem.layers, layer - 1, changed)
    return rebuilt(
        problem,
        layers,
        problem.samples,
        lambda s: not (s.kind.endswith("b") and s.index[0] == layer),
    )


# ---------------------------------------------------------------- samples
def add_sample(problem: Problem) -> Problem:
    """One sample more: all zeros, with a target that the loss takes."""
    loss = LOSSES.get(problem.training.loss.name)
    inputs, outputs = problem.sizes[0], problem.sizes[-1]
    first = Given("1") if loss and loss.proper else NOUGHT
    target = (first,) + (NOUGHT,) * (outputs - 1) if loss and loss.takes else ()
    more = Sample((NOUGHT,) * inputs, target)
    return rebuilt(problem, problem.layers, (*problem.samples, more))


def remove_sample(problem: Problem, sample: int) -> Problem:
    """One sample taken out."""
    count = len(problem.samples)
    if not 1 <= sample <= count:
        raise RequestError(f"there is no sample {sample}; there are {count}")
    if count == 1:
        raise RequestError("a problem must have at least one sample")
    rest = problem.samples[: sample - 1] + problem.samples[sample:]
    return rebuilt(problem, problem.layers, rest, lambda s: s.sample < sample)
