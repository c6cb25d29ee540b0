"""An engine over another: what it does not do in its own way, the other does."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from chalkgrad.training.engines import Batches, Engine, State
    from chalkgrad.training.extra import Array


class EngineOver:
    """Passes everything on to another engine.

    Attributes:
        inner: the engine that computes.
    """

    def __init__(self, inner: Engine) -> None:
        self.inner = inner
        self.name, self.why = inner.name, inner.why

    @property
    def stopped(self) -> str:
        """Which bound of the problem itself ended the run, or ""."""
        return self.inner.stopped

    def start(self, p: Array) -> State:
        """A state before the first update, with nothing remembered."""
        return self.inner.start(p)

    def packed(self, flat: Array) -> Array:
        """A flat vector, of parameters or of what is remembered of them, as the engine stores it."""
        return self.inner.packed(flat)

    def plain(self, stored: Array) -> Array:
        """What `packed` was made of."""
        return self.inner.plain(stored)

    def run(self, state: State, batches: Batches) -> Array:
        """Make one update a batch; return the loss of each batch before its update."""
        return self.inner.run(state, batches)

    def outputs(self, p: Array, x: Array) -> Array:
        """The activations of the last layer, one row a sample."""
        return self.inner.outputs(p, x)

    def evaluate(self, p: Array, x: Array, t: Array) -> tuple[Array, Array]:
        """The loss of each sample, and the activations of the last layer."""
        return self.inner.evaluate(p, x, t)

    def gradients(
        self, p: Array, x: Array, t: Array, weights: Array | None = None
    ) -> tuple[float, Array]:
        """Loss and gradient of one batch; the gradient is a flat vector."""
        return self.inner.gradients(p, x, t, weights)
