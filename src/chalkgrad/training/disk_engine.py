"""Training on rows that stay on the disk: they are gathered for the engine some batches at a time."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from chalkgrad.errors import RequestError
from chalkgrad.training.chunks import blocks, free_memory, on_disk
from chalkgrad.training.engine_over import EngineOver
from chalkgrad.training.extra import Array, np

if TYPE_CHECKING:
    from chalkgrad.training.engines import Batches, Engine, State

_AT_HAND = 1 << 23
"""Bytes of rows that are gathered at once."""


class DiskEngine(EngineOver):
    """Another engine, whose inputs or targets need not be in memory; the numbers are the same.

    Attributes:
        mean: whether the loss of a batch is the mean over its samples, and not their sum.
    """

    def __init__(self, inner: Engine, *, mean: bool) -> None:
        super().__init__(inner)
        self.mean = mean

    def run(self, state: State, batches: Batches) -> Array:
        """Make one update a batch; return the loss of each batch before its update.

        Raises:
            RequestError: not even one batch fits in memory.
        """
        size = batches.size
        row = (batches.x.shape[1] + batches.t.shape[1]) * 8
        if min(size, len(batches.order)) * row * 2 > free_memory():
            raise RequestError(
                f"a batch of {size:,} rows does not fit in memory; choose a smaller --batch-size"
            )
        steps = max(1, _AT_HAND // (row * size))
        lap = -(
            -(batches.lap or len(batches.order)) // size
        )  # steps of an epoch: each ends with its rest
        losses, first = [], 0
        while first < len(batches.rates):
            last = min(first + steps, (first // lap + 1) * lap, len(batches.rates))
            rows = np.concatenate([batches.rows(step) for step in range(first, last)])
            part = replace(
                batches,
                x=batches.x[rows],
                t=batches.t[rows],
                weights=None if batches.weights is None else batches.weights[rows],
                order=np.arange(len(rows), dtype=np.int64),
                rates=batches.rates[first:last],
                lap=0,
            )
            losses.append(self.inner.run(state, part))
            first = last
        return np.concatenate(losses)

    def gradients(
        self, p: Array, x: Array, t: Array, weights: Array | None = None
    ) -> tuple[float, Array]:
        """Loss and gradient of one batch, summed up block by block where the rows are on the disk."""
        if on_disk(x) is None:
            return self.inner.gradients(p, x, t, weights)
        # A sample counts 1/N in the mean of the whole, but 1/n in that of its block.
        total = len(x) if weights is None else float(weights.sum())
        loss, grad = 0.0, None
        for part in blocks(x):
            own = None if weights is None else weights[part]
            found, slope = self.inner.gradients(p, x[part], t[part], own)
            share = (len(x[part]) if own is None else float(own.sum())) / total if total else 0.0
            factor = share if self.mean else 1.0
            loss += found * factor
            grad = slope * factor if grad is None else grad + slope * factor
        return loss, np.zeros(0) if grad is None else grad
