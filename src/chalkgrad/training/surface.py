"""Many at once: the loss over two parameters as a surface, and many start weights trained together.

Both put the grid, or the networks, on an axis of the arrays of one NumPy program, so that a million points
cost a few passes over arrays.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from chalkgrad.errors import RequestError
from chalkgrad.training.architecture import Architecture
from chalkgrad.training.course import samples_of
from chalkgrad.training.extra import Array, np
from chalkgrad.training.loop import train
from chalkgrad.training.numpy_engine import NumpyEngine

if TYPE_CHECKING:
    from concurrent.futures import Executor

    from chalkgrad.problem import Problem
    from chalkgrad.training.data import Data
    from chalkgrad.training.model import Network


@dataclass(frozen=True)
class Surface:
    """The loss of a problem over two of its parameters.

    Attributes:
        names: the two parameters.
        first, second: their values along the axes.
        loss: ``loss[i, j]`` at ``first[i]`` and ``second[j]``.
        start: where the problem itself stands.
        path: where descent leads from there, one row an iteration.
    """

    names: tuple[str, str]
    first: Array
    second: Array
    loss: Array
    start: tuple[float, float]
    path: Array

    @property
    def minimum(self) -> tuple[float, float, float]:
        """The lowest point of the grid and the loss there."""
        i, j = np.unravel_index(int(np.nanargmin(self.loss)), self.loss.shape)
        return float(self.first[i]), float(self.second[j]), float(self.loss[i, j])


def error_surface(
    problem: Problem,
    first: str,
    second: str,
    *,
    data: Data | None = None,
    spans: tuple[tuple[float, float], tuple[float, float]] | None = None,
    points: int = 101,
    iterations: int = 0,
) -> Surface:
    """The loss over two parameters, all others as they are.

    Args:
        problem: network, loss and samples.
        first: name of a weight or bias, such as ``w[2][1,1]``.
        second: name of another.
        data: samples in place of the problem's own.
        spans: lowest and highest value of each; by default 4 to either side of where it stands.
        points: points along each axis.
        iterations: how far the path of descent is followed; all parameters move on it.

    Raises:
        RequestError: a name is no parameter, or a span is empty.

    >>> from chalkgrad.examples import example
    >>> surface = error_surface(example("mazur"), "w[2][1,1]", "w[2][1,2]", points=5)
    >>> surface.loss.shape, surface.loss.min() <= 0.2983711
    ((5, 5), np.True_)
    """
    made = Architecture.of(problem)
    flat = made.pack(problem)
    places = [_place(problem, made, name) for name in (first, second)]
    if places[0] == places[1]:
        raise RequestError(f'"{first}" and "{second}" are the same parameter')
    start = (float(flat[places[0]]), float(flat[places[1]]))
    spans = spans or ((start[0] - 4, start[0] + 4), (start[1] - 4, start[1] + 4))
    if points < 2 or any(not low < high for low, high in spans):
        raise RequestError("a surface needs two points or more along spans that go up")
    axes = [np.linspace(low, high, points) for low, high in spans]
    chosen = data or samples_of(problem)
    engine = NumpyEngine(made, np.dtype("float64"))
    mean = made.training.over_samples == "mean"
    loss = np.empty((points, points))
    for i, u in enumerate(axes[0]):
        # a row of the grid at once: copies of the parameters, each with its own second value
        many = np.tile(flat, (points, 1))
        many[:, places[0]] = u
        many[:, places[1]] = axes[1]
        each = engine.many_losses(many, chosen.x, chosen.t)
        loss[i] = each.mean(axis=1) if mean else each.sum(axis=1)
    path = [start]
    state = engine.start(flat)
    for _ in range(iterations):
        from chalkgrad.training.engines import Batches

        order = np.arange(len(chosen))
        rate = np.array([float(problem.training.learning_rate or 0.0)])
        engine.run(state, Batches(chosen.x, chosen.t, None, order, len(chosen), rate))
        path.append((float(state.p[places[0]]), float(state.p[places[1]])))
    return Surface((first, second), axes[0], axes[1], loss, start, np.array(path))


def _place(problem: Problem, made: Architecture, name: str) -> int:
    """Where a parameter stands in the flat vector."""
    symbol = problem.symbol(name)
    index = symbol.index
    if symbol.kind == "w":
        start = made.weight_slice(index[0]).start
        return int(start + (index[1] - 1) * made.sizes[index[0] - 1] + index[2] - 1)
    if symbol.kind == "b" and made.bias_sizes[index[0] - 1]:
        return int(made.bias_slice(index[0]).start + (index[1] - 1 if len(index) > 1 else 0))
    raise RequestError(f'"{name}" is no weight and no bias of this network')


def train_many(
    problem: Problem,
    data: Data | None = None,
    *,
    count: int,
    spread: float = 1.0,
    seed: int = 0,
    executor: Executor | None = None,
    **settings: Any,
) -> list[Network]:
    """Train from many start weights; the networks come best first.

    Args:
        problem: network, loss, update rule; the first network starts from its own weights.
        data: samples; by default the problem's own.
        count: how many networks.
        spread: start weights are drawn between -spread and spread.
        seed: of the weights.
        executor: spreads the networks over what it has; by default one after the other.
        **settings: as of `train`.
    """
    if count < 1:
        raise RequestError(f"count must be 1 or more, got {count}")
    problems = [problem, *(_restarted(problem, seed + k, spread) for k in range(1, count))]
    if executor is None:
        networks = [train(p, data, **settings) for p in problems]
    else:
        futures = [executor.submit(train, p, data, **settings) for p in problems]
        networks = [future.result() for future in futures]

    def last(network: Network) -> float:
        losses = network.history.losses
        return losses[-1] if losses and network.history.stopped != "diverged" else float("inf")

    return sorted(networks, key=last)


def _restarted(problem: Problem, seed: int, spread: float) -> Problem:
    rng = np.random.Generator(np.random.PCG64(seed))
    layers = []
    for layer in problem.layers:
        shape = (len(layer.weights), len(layer.weights[0]))
        # from raw bits: uniform numbers are promised never to change, as orders are
        drawn = rng.bit_generator.random_raw(shape[0] * shape[1]).reshape(shape)
        W = (drawn / 2.0**63 - 1.0) * spread
        layers.append(replace(layer, weights=tuple(map(tuple, W.tolist())), init=None))
    return problem.with_(layers=tuple(layers))
