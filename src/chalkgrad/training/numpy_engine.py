"""The engine that is always there: forward, loss, gradients and update written out as NumPy.

The text is made once for an architecture, from the rows of the tables, and run batch by batch.
"""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Any

from chalkgrad.training.arrays import namespace
from chalkgrad.training.engines import Batches, State
from chalkgrad.training.extra import Array, np
from chalkgrad.training.numpy_code import source
from chalkgrad.training.update_code import update_code

if TYPE_CHECKING:
    from collections.abc import Callable

    from chalkgrad.training.architecture import Architecture


_STRETCH = 1 << 18
"""Bytes of the flat vector that are updated at once: what is worked out between stays in a near cache."""


class NumpyEngine:
    """The NumPy engine of one architecture.

    Attributes:
        name: ``numpy``.
        why: what decided for it.
        source: the text that is run.
    """

    name = "numpy"
    stopped = ""

    def __init__(self, architecture: Architecture, dtype: np.dtype[Any], why: str = "") -> None:
        self.architecture, self.dtype, self.why = architecture, dtype, why
        self.source = source(architecture)
        space: dict[str, Any] = {
            **namespace(),
            "broadcast": np.broadcast_to,
            "matmul": np.matmul,
        }
        exec(compile(self.source, "<training>", "exec"), space)  # noqa: S102  text made of own names
        self._step: Callable[..., float] = space["step"]
        self._update: Callable[..., None] = space["update"]
        self._outputs: Callable[..., Array] = space["outputs"]
        self._losses: Callable[..., Array] = space["losses"]
        self.kept = update_code(architecture).kept
        self._room = [np.empty((0, 0)), np.empty((0, 0))]
        self._rooms: dict[int, list[Array]] = {}
        outputs = architecture.sizes[-1]
        self._mean = architecture.training.over_samples == "mean"
        self._over = 1 / outputs if architecture.training.over_outputs == "mean" else 1.0

    def start(self, p: Array) -> State:
        """A state before the first update, with nothing remembered."""
        size = self.architecture.trained
        p = np.array(p, dtype=self.dtype)
        return State(p, {name: np.zeros(size, self.dtype) for name in self.kept})

    def packed(self, flat: Array) -> Array:
        """A flat vector as this engine stores it: as it is."""
        return np.array(flat, dtype=self.dtype)

    def plain(self, stored: Array) -> Array:
        """What `packed` was made of."""
        return stored.copy()

    def _factor(self, rows: int, weights: Array | None) -> float:
        if not self._mean:
            return self._over
        total = rows if weights is None else float(weights.sum())
        return self._over / total if total else 0.0

    def run(self, state: State, batches: Batches) -> Array:
        """Make one update a batch; return the loss of each batch before its update."""
        in_place = self.architecture.training.update_order == "in_place"
        grad = np.zeros_like(state.p)
        views, parts = self._views(state.p, grad), self._stretches(state, grad)
        found = np.empty(len(batches.rates))

        def between(layer: int) -> None:
            if in_place:
                self._update_layer(state, grad, layer, rate)

        with np.errstate(all="ignore"):
            for n, rate in enumerate(batches.rates.tolist()):
                rows = batches.rows(n)
                weights = None if batches.weights is None else batches.weights[rows]
                factor = self._factor(len(rows), weights)
                x, t = self._gathered(batches, rows)
                rooms = self._products(len(x))
                found[n] = self._step(x, t, weights, factor, between, rooms[0], *views, *rooms[1:])
                if not in_place:
                    self._learn(parts, grad, rate, state.updates + 1, batches.clip)
                state.updates += 1
        return found

    def _gathered(self, batches: Batches, rows: Array) -> tuple[Array, Array]:
        """Inputs and targets of a batch; of a whole one always in the same memory."""
        x, t = batches.x, batches.t
        if len(rows) < batches.size:
            return x[rows], t[rows]
        if len(self._room[0]) != len(rows) or self._room[0].dtype != x.dtype:
            self._room = [np.empty((len(rows), v.shape[1]), v.dtype) for v in (x, t)]
        x.take(rows, 0, self._room[0], "clip")
        t.take(rows, 0, self._room[1], "clip")
        return self._room[0], self._room[1]

    def _products(self, rows: int) -> list[Array]:
        """Ones to sum over a batch with, and room for the products of each layer, forward and back."""
        if rows not in self._rooms:
            if len(self._rooms) > 1:  # a whole batch, and the rest of an epoch
                self._rooms.clear()
            room = [np.empty((rows, size), self.dtype) for size in self.architecture.sizes[1:] * 2]
            self._rooms[rows] = [np.ones(rows, self.dtype), *room]
        return self._rooms[rows]

    def learn(self, state: State, grad: Array, rate: float, clip: float | None) -> None:
        """Make the update of a batch whose gradient is known; where that is too long, it is clipped."""
        with np.errstate(all="ignore"):
            self._learn(self._stretches(state, grad), grad, rate, state.updates + 1, clip)
        state.updates += 1

    def _stretches(self, state: State, grad: Array) -> list[list[Array]]:
        """Parameters, gradient and what is remembered, in stretches."""
        size = self.architecture.trained
        whole = [state.p, grad, *state.memory.values()]
        stretch = _STRETCH // self.dtype.itemsize
        return [
            [values[start : min(start + stretch, size)] for values in whole]
            for start in range(0, size, stretch)
        ]

    def _learn(
        self, parts: list[list[Array]], grad: Array, rate: float, number: int, clip: float | None
    ) -> None:  # fmt: skip
        if clip is not None:
            g = grad[: self.architecture.trained]
            norm = float(np.sqrt(np.dot(g, g)))
            if norm > clip:
                g *= clip / norm
        for p, g, *memory in parts:
            self._update(p, g, rate, number, *memory)

    def _update_layer(self, state: State, grad: Array, layer: int, rate: float) -> None:
        made = self.architecture
        parts = [made.weight_slice(layer)]
        if made.training.train_biases and made.bias_sizes[layer - 1]:
            parts.append(made.bias_slice(layer))
        for part in parts:
            memory = [values[part] for values in state.memory.values()]
            self._update(state.p[part], grad[part], rate, state.updates + 1, *memory)

    def _views(self, p: Array, grad: Array) -> list[Array]:
        W, b = self.architecture.views(p)
        gW, gb = self.architecture.views(grad)
        return [*W, *b, *gW, *gb]

    def outputs(self, p: Array, x: Array) -> Array:
        """The activations of the last layer, one row a sample."""
        W, b = self.architecture.views(p)
        out = np.empty((len(x), self.architecture.sizes[-1]), self.dtype)
        with np.errstate(all="ignore"):
            for rows in self._blocks(len(x)):
                out[rows] = self._outputs(x[rows], *W, *b)
        return out

    def evaluate(self, p: Array, x: Array, t: Array) -> tuple[Array, Array]:
        """The loss of each sample, and the activations of the last layer."""
        W, b = self.architecture.views(p)
        out = np.empty((len(x), self.architecture.sizes[-1]), self.dtype)
        losses = np.empty(len(x))
        with np.errstate(all="ignore"):
            for rows in self._blocks(len(x)):
                losses[rows], out[rows] = self._losses(x[rows], t[rows], *W, *b)
        return losses * self._over, out

    def many_losses(self, many: Array, x: Array, t: Array) -> Array:
        """The loss of each sample under each of many flat vectors: one row a vector."""
        made = self.architecture
        W, b = [], []
        for l in range(1, made.depth + 1):
            shape = (len(many), made.sizes[l], made.sizes[l - 1])
            W.append(many[:, made.weight_slice(l)].reshape(shape))
            b.append(many[:, None, made.bias_slice(l)])
        with np.errstate(all="ignore"):
            losses: Array = self._losses(x[None], t[None], *W, *b)[0]
        return losses * self._over

    def _blocks(self, count: int) -> list[slice]:
        """Rows that are worked at once.

        Small products stay below the size from which OpenBLAS calls its threads: on a busy machine they
        cost milliseconds where the product takes microseconds.
        """
        sizes = self.architecture.sizes
        work = max(a * b for a, b in itertools.pairwise(sizes))
        size = max(16, 200_000 // work) if work < 12_500 else 1024
        return [slice(k, k + size) for k in range(0, count, size)]

    def gradients(
        self, p: Array, x: Array, t: Array, weights: Array | None = None
    ) -> tuple[float, Array]:
        """Loss and gradient of one batch; the gradient is a flat vector."""
        grad = np.zeros_like(p)
        factor, ones = self._factor(len(x), weights), np.ones(len(x), self.dtype)
        fresh = [None] * (2 * self.architecture.depth)
        with np.errstate(all="ignore"):
            loss = self._step(
                x, t, weights, factor, lambda layer: None, ones, *self._views(p, grad), *fresh
            )
        return loss, grad
