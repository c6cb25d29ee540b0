"""The compiled engine: `dense_code` behind the interface of `engines`, with llvmlite.

Machine code is made once for an architecture, float width and batch size, and kept: in this process, and on
disk for the next. How many threads share a step is measured while the run goes.
"""

from __future__ import annotations

import ctypes
import time
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

from chalkgrad.training.dense_compiled import Code
from chalkgrad.training.dense_threads import Pace, processors
from chalkgrad.training.dense_wait import MEETING
from chalkgrad.training.engines import Batches, State
from chalkgrad.training.extra import Array, np

if TYPE_CHECKING:
    from collections.abc import Iterator

    from chalkgrad.training.architecture import Architecture

_PER_SECOND = {4: 1e11, 8: 5e10}
"""Products a second that one thread makes, about, by the width of a number."""
_MOST_STEPS = 1 << 16
"""Steps of one call: the threads count their meetings in 32 bits."""


def aligned(count: int, dtype: np.dtype[Any]) -> Array:
    """Zeros that begin on a cache line."""
    size = count * dtype.itemsize
    raw = np.zeros(size + 64, np.uint8)
    start = -raw.ctypes.data % 64
    return raw[start : start + size].view(dtype)


class DenseEngine:
    """The compiled engine of one architecture, float width and batch size.

    Attributes:
        name: ``llvm``.
        why: what decided for it.
    """

    name = "llvm"
    stopped = ""

    def __init__(
        self,
        architecture: Architecture,
        dtype: np.dtype[Any],
        batch: int,
        *,
        threads: int = 0,
        weighted: bool = False,
        clip: bool = False,
    ) -> None:
        self.architecture, self.dtype, self.batch = architecture, dtype, batch
        self.why = "compiled for this network"
        self.weighted, self.threads = weighted, threads
        self._code = self._made(weighted, apart=clip)
        self._at = self._code.at
        self._scratch = aligned(self._at.scratch_count, dtype)
        pairs = zip(architecture.sizes, architecture.sizes[1:], strict=False)
        work = 6 * batch * sum(a * b for a, b in pairs)
        self._pace = Pace(work / _PER_SECOND[dtype.itemsize], processors())
        self._pool: ThreadPoolExecutor | None = None
        self._data: tuple[Any, Any, Array, Array] | None = None

    def _made(self, weighted: bool, *, apart: bool) -> Code:
        double = self.dtype.itemsize == 8
        return Code(self.architecture, self.batch, double=double, weighted=weighted, apart=apart)

    # ---------------------------------------------------------------- numbers
    def start(self, p: Array) -> State:
        """A state before the first update, with nothing remembered."""
        kept, size = self._code.kept, self._at.count
        whole = aligned(size * len(kept), self.dtype)  # side by side, as the code reads them
        memory = {name: whole[k * size : (k + 1) * size] for k, name in enumerate(kept)}
        return State(self.packed(p), memory)

    def _memory(self, state: State) -> tuple[Array, bool]:
        """What is remembered, side by side; and whether it is a copy."""
        parts = list(state.memory.values())
        if not parts:
            return state.p, False
        size = self._at.count * self.dtype.itemsize
        begin = parts[0].ctypes.data
        if all(part.ctypes.data == begin + k * size for k, part in enumerate(parts)):
            return parts[0], False
        return np.concatenate(parts), True

    def packed(self, flat: Array) -> Array:
        """A flat vector as this engine stores it."""
        at, made = self._at, self.architecture
        stored = aligned(at.count, self.dtype)
        full = np.zeros(made.count, self.dtype)
        full[: len(flat)] = flat  # what is remembered of untrained biases is nothing
        for l, (W, b) in enumerate(zip(*made.views(full), strict=True), 1):
            for here, strip in self._strips(stored, l):
                strip[:-1] = W.T[:, here]
                if len(b):  # one that is shared stands in every column
                    strip[-1] = b[here] if len(b) > 1 else b
        return stored

    def plain(self, stored: Array) -> Array:
        """What `packed` was made of."""
        made = self.architecture
        flat = np.zeros(made.count, self.dtype)
        for l, (W, b) in enumerate(zip(*made.views(flat), strict=True), 1):
            for here, strip in self._strips(stored, l):
                W[here] = strip[:-1].T
                b[here] = strip[-1, : len(b)]
        return flat

    def _strips(self, stored: Array, l: int) -> Iterator[tuple[slice, Array]]:
        """The neurons of each strip of a layer, with their columns of W and b."""
        at, rows = self._at, self._at.sizes[l - 1] + 1
        for column, width in at.strips(l):
            start = at.weight(l) + column * rows
            here = slice(column, min(column + width, at.sizes[l]))
            yield (
                here,
                stored[start : start + rows * width].reshape(rows, width)[:, : here.stop - column],
            )

    # ---------------------------------------------------------------- running
    def _targets(self, t: Array) -> Array:
        """Targets filled up to whole vectors."""
        targets = aligned(len(t) * self._at.columns(self._at.depth), self.dtype)
        targets = targets.reshape(len(t), -1)
        targets[:, : t.shape[1]] = t
        return targets

    def _ready(self, x: Array, t: Array) -> tuple[Array, Array]:
        """Inputs and targets as the code reads them; of the same arrays as before, what was made then."""
        if self._data is None or self._data[0] is not x or self._data[1] is not t:
            self._data = (x, t, np.ascontiguousarray(x, self.dtype), self._targets(t))
        return self._data[2], self._data[3]

    def run(self, state: State, batches: Batches) -> Array:
        """Make one update a batch; return the loss of each batch before its update."""
        x, t = self._ready(batches.x, batches.t)
        weights = x
        if self.weighted and batches.weights is not None:
            weights = np.ascontiguousarray(batches.weights, self.dtype)
        memory, copied = self._memory(state)
        order = np.ascontiguousarray(batches.order, np.int64)
        steps = len(batches.rates)
        numbers = np.arange(state.updates + 1.0, state.updates + steps + 1.0)
        columns = self._code.columns(batches.rates, numbers)
        table = np.empty((steps, max(1, len(columns))), self.dtype)
        for k, column in enumerate(columns):
            table[:, k] = column
        losses = np.empty(steps)
        clip = batches.clip if batches.clip is not None else 0.0
        data = [x.ctypes.data, t.ctypes.data, weights.ctypes.data, order.ctypes.data]
        data.append(batches.lap or len(order))
        fixed = [state.p.ctypes.data, memory.ctypes.data, self._scratch.ctypes.data]
        done = 0
        while done < steps:
            threads, count = (self.threads, 0) if self.threads else self._pace.next()
            count = min(count or _MOST_STEPS, _MOST_STEPS, steps - done)
            given = [
                *data, done, done + count, *fixed, table[done:].ctypes.data, table.shape[1],
                losses[done:].ctypes.data, clip,
            ]  # fmt: skip
            begun = time.perf_counter()
            self._call(given, threads)
            self._pace.took(threads, (time.perf_counter() - begun) / count)
            done += count
        if copied:
            for values, found in zip(
                state.memory.values(), np.split(memory, len(state.memory)), strict=True
            ):
                values[...] = found
        state.updates += steps
        return losses

    def _call(self, given: list[Any], threads: int) -> None:
        meeting = np.zeros(MEETING, np.int32)
        if threads == 1:
            self._code.train(*given, 0, 1, meeting.ctypes.data)
            return
        if self._pool is None:
            self._pool = ThreadPoolExecutor(max(threads, processors()))
        others = [
            self._pool.submit(self._code.train, *given, k, threads, meeting.ctypes.data)
            for k in range(1, threads)
        ]
        self._code.train(*given, 0, threads, meeting.ctypes.data)
        for other in others:
            other.result()

    # ---------------------------------------------------------------- reading
    def evaluate(self, p: Array, x: Array, t: Array) -> tuple[Array, Array]:
        """The loss of each sample, and the activations of the last layer."""
        width = self._at.columns(self._at.depth)
        out = aligned(len(x) * width, self.dtype).reshape(len(x), width)
        losses = np.empty(len(x), self.dtype)
        order = np.arange(len(x), dtype=np.int64)
        targets, x = self._targets(t), np.ascontiguousarray(x, self.dtype)
        self._code.evaluate(
            x.ctypes.data, targets.ctypes.data, order.ctypes.data, len(x), p.ctypes.data,
            self._scratch.ctypes.data, out.ctypes.data, losses.ctypes.data,
        )  # fmt: skip
        return losses.astype(float), out[:, : self.architecture.sizes[-1]]

    def outputs(self, p: Array, x: Array) -> Array:
        """The activations of the last layer, one row a sample."""
        return self.evaluate(p, x, np.zeros((len(x), 1), self.dtype))[1]

    def gradients(
        self, p: Array, x: Array, t: Array, weights: Array | None = None
    ) -> tuple[float, Array]:
        """Loss and gradient of all these rows as one batch; the gradient is a flat vector."""
        code = self._code
        if not code.gradient or self.weighted != (weights is not None):
            code = self._made(weights is not None, apart=True)
        assert code.gradient is not None
        scratch = aligned(code.at.scratch_count, self.dtype)
        whole = scratch[code.at.scratch("g") :][: code.at.count]
        training = self.architecture.training
        factor = 1 / self._at.sizes[-1] if training.over_outputs == "mean" else 1.0
        if training.over_samples == "mean":
            total = len(x) if weights is None else float(weights.sum())
            factor = factor / total if total else 0.0
        targets, x = self._targets(t), np.ascontiguousarray(x, self.dtype)
        given = np.ones(len(x)) if weights is None else weights
        given = np.ascontiguousarray(given, self.dtype)
        found = np.zeros(self.architecture.count, self.dtype)
        loss, part = 0.0, ctypes.c_double()
        order = np.arange(len(x), dtype=np.int64)
        for first in range(0, len(x), self.batch):
            rows = order[first : first + self.batch]
            code.gradient(
                x.ctypes.data, targets.ctypes.data, given.ctypes.data, rows.ctypes.data, len(rows),
                p.ctypes.data, scratch.ctypes.data, factor, ctypes.addressof(part),
            )  # fmt: skip
            loss += part.value
            found += self.plain(whole)
        return loss, found
