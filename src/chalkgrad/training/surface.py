"""The loss over two parameters as a surface.

Where there are many points, each lane of a vector is one of them; else a row of the grid is an axis of the arrays
of one NumPy program.
"""

from __future__ import annotations

from dataclasses import dataclass
from importlib.util import find_spec
from typing import TYPE_CHECKING

from chalkgrad.errors import RequestError
from chalkgrad.problem import expect_problem
from chalkgrad.training.architecture import Architecture
from chalkgrad.training.course import samples_of
from chalkgrad.training.engines import Batches
from chalkgrad.training.extra import Array, np
from chalkgrad.training.numpy_engine import NumpyEngine
from chalkgrad.training.sharing import workers_of
from chalkgrad.training.spare import empty
from chalkgrad.training.surface_ground import ground, plane_of
from chalkgrad.training.tiers import COMPILED_LINES

if TYPE_CHECKING:
    from concurrent.futures import Executor

    from chalkgrad.problem import Problem
    from chalkgrad.training.data import Data
    from chalkgrad.training.pictures import Picture

WORTH_IT = 100_000
"""Points for which arrays take about as long as compiling does."""


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

    def plot(self) -> Picture:
        """The surface from above and as a landscape, with the path of descent (extra ``plot``)."""
        from chalkgrad.training.surface_plot import surface_picture  # matplotlib is an extra

        return surface_picture(self)

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
    threads: int = 0,
    executor: Executor | None = None,
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
        threads: how many, 0 for one a processor.
        executor: spreads the rows of the grid over what it has, in place of threads.

    Raises:
        RequestError: a name is no parameter, a span is empty, or the points do not fit in memory.

    >>> from chalkgrad.examples import example
    >>> surface = error_surface(example("mazur"), "w[2][1,1]", "w[2][1,2]", points=5)
    >>> surface.loss.shape, surface.loss.min() <= 0.2983711
    ((5, 5), np.True_)
    """
    expect_problem(problem)
    made, flat, places = ground(problem, first, second)
    start = (float(flat[places[0]]), float(flat[places[1]]))
    spans = spans or ((start[0] - 4, start[0] + 4), (start[1] - 4, start[1] + 4))
    if points < 2 or any(not low < high for low, high in spans):
        raise RequestError("a surface needs two points or more along spans that go up")
    axes = [np.linspace(low, high, points) for low, high in spans]
    try:
        out = empty(points, points)
    except MemoryError:
        raise RequestError(f"{points:,} x {points:,} points do not fit in memory") from None
    compiled = points * points >= WORTH_IT and _compiles(problem, data)
    if executor is None:
        fill_rows(
            problem, flat, places, data, axes[0], axes[1], out, compiled=compiled, threads=threads
        )
    else:
        cuts = np.array_split(axes[0], min(points, 4 * workers_of(executor)))
        futures = [
            executor.submit(
                fill_rows, problem, flat, places, data, u, axes[1], compiled=compiled, threads=1
            )
            for u in cuts
        ]
        np.concatenate([future.result() for future in futures], out=out)
    path = flat[places][None]
    if iterations:
        path = _path(made, flat, places, data or samples_of(problem), iterations)
    return Surface((first, second), axes[0], axes[1], out, start, path)


def fill_rows(
    problem: Problem,
    flat: Array,
    places: list[int],
    data: Data | None,
    u: Array,
    v: Array,
    out: Array | None = None,
    *,
    compiled: bool,
    threads: int = 0,
) -> Array:
    """The losses at each of `u` for one parameter and each of `v` for the other, in `out` if that is given."""
    out = np.empty((len(u), len(v))) if out is None else out
    if compiled:
        plane, order = plane_of(problem, data, places)
        plane.fill(flat[order], u, v, out, threads)
        return out
    chosen, made = data or samples_of(problem), Architecture.of(problem)
    engine = NumpyEngine(made, np.dtype("float64"))
    mean = made.training.over_samples == "mean"
    for i, value in enumerate(u):
        # a row of the grid at once: copies of the parameters, each with its own second value
        many = np.tile(flat, (len(v), 1))
        many[:, places[0]] = value
        many[:, places[1]] = v
        each = engine.many_losses(many, chosen.x, chosen.t)
        out[i] = each.mean(axis=1) if mean else each.sum(axis=1)
    return out


def _compiles(problem: Problem, data: Data | None) -> bool:
    """Whether the forward pass is short enough to be written out and compiled, and llvmlite is there."""
    samples = len(data) if data is not None else len(problem.samples)
    lines = samples * sum(problem.sizes[1:]) * 2
    return lines <= COMPILED_LINES and find_spec("llvmlite") is not None


def _path(made: Architecture, flat: Array, places: list[int], data: Data, count: int) -> Array:
    """Where descent leads: the two parameters before it and after each iteration."""
    engine = NumpyEngine(made, np.dtype("float64"))
    state, order = engine.start(flat), np.arange(len(data))
    rate = np.array([float(made.training.learning_rate or 0.0)])
    path = [state.p[places].copy()]
    for _ in range(count):
        engine.run(state, Batches(data.x, data.t, None, order, len(data), rate))
        path.append(state.p[places].copy())
    return np.array(path)
