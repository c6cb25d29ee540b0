"""The seam between the loop and the engines: what an engine is, and which one a run takes."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

from chalkgrad.errors import MissingExtra, RequestError, one_of
from chalkgrad.training.extra import Array, np
from chalkgrad.training.offered import DTYPES, ENGINES

if TYPE_CHECKING:
    from chalkgrad.training.architecture import Architecture


@dataclass(slots=True)
class State:
    """The numbers that a run changes.

    Attributes:
        p: weights and biases, as the engine stores them.
        memory: what the update rule remembers, one number for each trained parameter.
        updates: how many updates were made.
        before: the loss before the last update, which the bound of its change reads; None at the start.
    """

    p: Array
    memory: dict[str, Array] = field(default_factory=dict)
    updates: int = 0
    before: float | None = None

    def copy(self) -> State:
        """A state of its own."""
        memory = {name: values.copy() for name, values in self.memory.items()}
        return State(self.p.copy(), memory, self.updates, self.before)


@dataclass(frozen=True, slots=True)
class Batches:
    """What a stretch of steps works on.

    Attributes:
        x, t: inputs and targets, one row a sample.
        weights: a weight for each sample, or None.
        order: the rows in the order in which they are taken.
        size: rows of a batch; the last one of an epoch may have fewer.
        rates: the learning rate of each step.
        clip: the largest norm of a gradient, or None.
        lap: rows of an epoch where `order` holds several, else 0.
    """

    x: Array
    t: Array
    weights: Array | None
    order: Array
    size: int
    rates: Array
    clip: float | None = None
    lap: int = 0

    def rows(self, step: int) -> Array:
        """The rows that a step (from 0) takes.

        >>> order = np.arange(10)
        >>> batches = Batches(order, order, None, order, 3, np.ones(4), lap=5)
        >>> [batches.rows(step).tolist() for step in range(4)]
        [[0, 1, 2], [3, 4], [5, 6, 7], [8, 9]]
        """
        lap = self.lap or len(self.order)
        epoch, at = divmod(step, -(-lap // self.size))
        start = epoch * lap + at * self.size
        return self.order[start : min(start + self.size, (epoch + 1) * lap)]


class Engine(Protocol):
    """Code for one architecture and one float width."""

    name: str
    why: str

    @property
    def stopped(self) -> str:
        """Which bound of the problem itself ended the run, or ""."""

    def start(self, p: Array) -> State:
        """A state before the first update, with nothing remembered."""

    def packed(self, flat: Array) -> Array:
        """A flat vector, of parameters or of what is remembered of them, as this engine stores it."""

    def plain(self, stored: Array) -> Array:
        """A flat vector of its own in the order of `Architecture`, of what this engine stores."""

    def run(self, state: State, batches: Batches) -> Array:
        """Make one update a batch; return the loss of each batch before its update."""

    def outputs(self, p: Array, x: Array) -> Array:
        """The activations of the last layer, one row a sample."""

    def evaluate(self, p: Array, x: Array, t: Array) -> tuple[Array, Array]:
        """The loss of each sample, and the activations of the last layer."""

    def gradients(
        self, p: Array, x: Array, t: Array, weights: Array | None = None
    ) -> tuple[float, Array]:
        """Loss and gradient of one batch; the gradient is a flat vector."""


_WORTH_IT = 0.1
"""Seconds, by `numpy_seconds`, from which code is compiled: 0.2 to 0.4 s the first time, 5 ms after."""


def numpy_seconds(architecture: Architecture, batch: int) -> float:
    """About how long NumPy takes for a step; by a rule, not by the clock, so that a seed fixes the engine."""
    pairs = zip(architecture.sizes, architecture.sizes[1:], strict=False)
    return 1e-5 * architecture.depth + 6 * batch * sum(a * b for a, b in pairs) / 3e10


def make_engine(
    architecture: Architecture,
    *,
    name: str = "auto",
    dtype: str = "float64",
    batch: int = 32,
    clip: bool = False,
    weighted: bool = False,
    threads: int = 0,
    steps: int = 0,
) -> Engine:
    """The engine for a run, which says in `why` what decided.

    Args:
        architecture: what it must compute.
        name: ``auto``, ``llvm`` or ``numpy``.
        dtype: ``float64`` or ``float32``.
        batch: rows of a batch.
        clip: whether gradients are clipped.
        weighted: whether samples have weights.
        threads: 1 or 2; 0 lets the run measure which is faster.
        steps: how many steps there will be; where NumPy is done before code is made, ``auto`` takes it.

    Raises:
        RequestError: there is no such engine or float width, or what is asked contradicts itself.
        MissingExtra: llvmlite was asked for and is not installed.
    """
    from chalkgrad.training.numpy_engine import NumpyEngine

    one_of("engine", name, ENGINES)
    one_of("dtype", dtype, DTYPES)
    if clip and architecture.training.update_order == "in_place":
        raise RequestError(
            "a clipped gradient must be whole before the first update, "
            "with updates made in place it never is"
        )
    width = np.dtype(dtype)
    if name == "numpy":
        return NumpyEngine(architecture, width, "asked for")
    if name == "auto" and steps > 0 and numpy_seconds(architecture, batch) * steps < _WORTH_IT:
        return NumpyEngine(architecture, width, "a short run: no code is compiled for it")
    try:
        from chalkgrad.training.dense_llvm import DenseEngine
    except ImportError:
        if name == "llvm":
            raise MissingExtra("fast", "the compiled engine") from None
        return NumpyEngine(architecture, width, "llvmlite is not installed")
    return DenseEngine(architecture, width, batch, threads=threads, weighted=weighted, clip=clip)
