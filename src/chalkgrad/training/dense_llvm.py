"""The compiled engine: `dense_code` behind the interface of `engines`, with llvmlite.

Machine code is made once for an architecture, float width and batch size, and kept on disk. How many
threads share a step is measured while the run goes.
"""

from __future__ import annotations

import ctypes
import os
import time
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import llvmlite.binding as llvm

from chalkgrad.training import object_cache
from chalkgrad.training.arrays import namespace
from chalkgrad.training.dense_code import DenseCode
from chalkgrad.training.dense_places import Places
from chalkgrad.training.engines import Batches, State
from chalkgrad.training.extra import Array, np
from chalkgrad.training.numpy_engine import NumpyEngine

if TYPE_CHECKING:
    from collections.abc import Callable

    from chalkgrad.training.architecture import Architecture

_ALONE_BELOW = 50e-6
"""Seconds a step: below, threads cost more than they bring, and far more on a busy machine."""
_STRETCH = 0.01
_AGAIN = 50
"""So many stretches are run before both numbers of threads are compared again."""


def _yield_address() -> int:
    if os.name == "nt":
        kernel = ctypes.WinDLL("kernel32")  # type: ignore[attr-defined,unused-ignore]
        return ctypes.cast(kernel.SwitchToThread, ctypes.c_void_p).value or 0
    return ctypes.cast(ctypes.CDLL(None).sched_yield, ctypes.c_void_p).value or 0


llvm.add_symbol("chalkgrad_yield", _yield_address())


def cannot(architecture: Architecture, batch: int, *, clip: bool, weighted: bool) -> str:
    """Why this engine cannot compute something, or "" if it can."""
    del batch, weighted
    if clip:
        return "gradients are clipped, which needs the whole gradient before the update"
    if architecture.training.update_order == "in_place":
        return "updates are made in place"
    pairs = zip(architecture.bias_sizes, architecture.sizes[1:], strict=True)
    if any(size == 1 < units for size, units in pairs):
        return "a bias is shared by a layer"
    return ""


def aligned(count: int, dtype: np.dtype[Any]) -> Array:
    """Zeros that begin on a cache line."""
    size = count * dtype.itemsize
    raw = np.zeros(size + 64, np.uint8)
    start = -raw.ctypes.data % 64
    return raw[start : start + size].view(dtype)


def _machine() -> Any:
    features = llvm.get_host_cpu_features().flatten() + ",-prefer-256-bit"
    target = llvm.Target.from_default_triple()
    return target.create_target_machine(
        cpu=llvm.get_host_cpu_name(), features=features, opt=2, jit=True
    )


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
    ) -> None:
        self.architecture, self.dtype, self.batch = architecture, dtype, batch
        self.why = "compiled for this network"
        self.weighted = weighted
        self._arrays = NumpyEngine(architecture, dtype)
        double = dtype.itemsize == 8
        request = repr((architecture, batch, double, weighted))
        key = object_cache.key_of(request)
        self._load(key, double=double)
        self._scratch = aligned(self._at.scratch_count, dtype)
        self.threads = threads
        self._chosen, self._left, self._seen = 1, 0, {1: 0.0, 2: 0.0}
        self._pool: ThreadPoolExecutor | None = None
        self._data: tuple[Any, Any, Array, Array] | None = None

    # ---------------------------------------------------------------- code
    def _load(self, key: str, *, double: bool) -> None:
        self._at = Places(self.architecture.sizes, self.batch, double)
        kept = object_cache.find(key)
        if kept is None:
            code = DenseCode(self.architecture, self.batch, double=double, weighted=self.weighted)
            machine = _machine()
            module = llvm.parse_assembly(str(code.module))
            tuning = llvm.create_pipeline_tuning_options(speed_level=2)
            builder = llvm.create_pass_builder(machine, tuning)
            builder.getModulePassManager().run(module, builder)
            text = code.table_source().encode()
            kept = len(text).to_bytes(8, "little") + text + machine.emit_object(module)
            object_cache.keep(key, kept)
        size = int.from_bytes(kept[:8], "little")
        table, code_bytes = kept[8 : 8 + size].decode(), kept[8 + size :]
        machine = _machine()
        self._engine = llvm.create_mcjit_compiler(llvm.parse_assembly(""), machine)
        self._engine.add_object_file(llvm.ObjectFileRef.from_data(code_bytes))
        self._engine.finalize_object()
        p, n = ctypes.c_void_p, ctypes.c_int64
        train = ctypes.CFUNCTYPE(None, p, p, p, p, n, p, p, p, p, n, p, n, n, p)
        judge = ctypes.CFUNCTYPE(None, p, p, p, n, p, p, p, p)
        self._train = train(self._engine.get_function_address("train"))
        self._judge = judge(self._engine.get_function_address("evaluate"))
        space: dict[str, Any] = namespace()
        exec(compile(table, "<table>", "exec"), space)  # noqa: S102  text made of own names
        self._columns: Callable[[Array, Array], list[Any]] = space["table"]

    # ---------------------------------------------------------------- numbers
    def start(self, p: Array) -> State:
        """A state before the first update, with nothing remembered."""
        kept, size = self._arrays.kept, self._at.count
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
            self._block(stored, l)[:, : made.sizes[l]] = W.T
            if len(b):
                stored[at.bias(l) : at.bias(l) + made.sizes[l]] = b
        return stored

    def plain(self, stored: Array) -> Array:
        """What `packed` was made of."""
        at, made = self._at, self.architecture
        flat = np.zeros(made.count, self.dtype)
        for l, (W, b) in enumerate(zip(*made.views(flat), strict=True), 1):
            W[...] = self._block(stored, l)[:, : made.sizes[l]].T
            if len(b):
                b[...] = stored[at.bias(l) : at.bias(l) + made.sizes[l]]
        return flat

    def _block(self, stored: Array, l: int) -> Array:
        at = self._at
        start = at.weight(l)
        size = at.sizes[l - 1] * at.pad(l)
        return stored[start : start + size].reshape(-1, at.pad(l))

    # ---------------------------------------------------------------- running
    def _ready(self, x: Array, t: Array) -> tuple[Array, Array]:
        """Inputs and targets as the code reads them: targets filled up to whole vectors."""
        if self._data is None or self._data[0] is not x or self._data[1] is not t:
            targets = aligned(len(t) * self._at.columns(self._at.depth), self.dtype)
            targets = targets.reshape(len(t), -1)
            targets[:, : t.shape[1]] = t
            self._data = (x, t, np.ascontiguousarray(x, self.dtype), targets)
        return self._data[2], self._data[3]

    def run(self, state: State, batches: Batches) -> Array:
        """Make one update a batch; return the loss of each batch before its update."""
        x, t = self._ready(batches.x, batches.t)
        weights = batches.weights if batches.weights is not None else x
        weights = np.ascontiguousarray(weights, self.dtype) if self.weighted else x
        memory, copied = self._memory(state)
        order = np.ascontiguousarray(batches.order, np.int64)
        steps = len(batches.rates)
        numbers = np.arange(state.updates + 1.0, state.updates + steps + 1.0)
        columns = self._columns(batches.rates, numbers)
        table = np.empty((steps, max(1, len(columns))), self.dtype)
        for k, column in enumerate(columns):
            table[:, k] = column
        losses = np.empty(steps)
        done, stretch = 0, steps
        if not self._settled(steps):
            stretch = 64
        while done < steps:
            count = min(stretch, steps - done)
            part = order[done * self.batch : (done + count) * self.batch]
            threads = self._next()
            begun = time.perf_counter()
            self._call(x, t, weights, part, state.p, memory, table[done:], losses[done:], threads)
            spent = (time.perf_counter() - begun) / count
            stretch = max(1, int(_STRETCH / max(spent, 1e-7)))
            self._measured(threads, spent)
            done += count
        if copied:
            for part, values in zip(
                state.memory.values(), np.split(memory, len(state.memory)), strict=True
            ):
                part[...] = values
        state.updates += steps
        return losses

    def _call(
        self, x: Array, t: Array, weights: Array, order: Array, p: Array, memory: Array,
        table: Array, losses: Array, threads: int,
    ) -> None:  # fmt: skip
        meeting = np.zeros(8, np.int64)
        given = [
            x.ctypes.data, t.ctypes.data, weights.ctypes.data, order.ctypes.data, len(order),
            p.ctypes.data, memory.ctypes.data, self._scratch.ctypes.data, table.ctypes.data,
            table.shape[1], losses.ctypes.data,
        ]  # fmt: skip
        if threads == 1:
            self._train(*given, 0, 1, meeting.ctypes.data)
            return
        self._pool = self._pool or ThreadPoolExecutor(max(1, threads - 1))
        others = [
            self._pool.submit(self._train, *given, k, threads, meeting.ctypes.data)
            for k in range(1, threads)
        ]
        self._train(*given, 0, threads, meeting.ctypes.data)
        for other in others:
            other.result()

    # ---------------------------------------------------------------- threads
    def _settled(self, steps: int) -> bool:
        return bool(self.threads) or (0 < self._seen[1] < _ALONE_BELOW)

    def _next(self) -> int:
        """How many threads the next stretch takes."""
        if self.threads:
            return self.threads
        if not self._seen[1] or (os.cpu_count() or 1) < 2 or self._seen[1] < _ALONE_BELOW:
            return 1
        if not self._seen[2]:
            return 2
        return self._chosen

    def _measured(self, threads: int, spent: float) -> None:
        """The faster number of threads goes on; both are tried again from time to time."""
        if self.threads:
            return
        self._seen[threads] = spent
        self._left -= 1
        if self._seen[1] and self._seen[2]:
            self._chosen = 1 if self._seen[1] <= self._seen[2] else 2
            if self._left <= 0:
                self._left = _AGAIN
                self._seen[3 - self._chosen] = 0.0

    # ---------------------------------------------------------------- reading
    def evaluate(self, p: Array, x: Array, t: Array) -> tuple[Array, Array]:
        """The loss of each sample, and the activations of the last layer."""
        width = self._at.columns(self._at.depth)
        out = aligned(len(x) * width, self.dtype).reshape(len(x), width)
        losses = np.empty(len(x), self.dtype)
        targets = aligned(len(x) * width, self.dtype).reshape(len(x), width)
        targets[:, : t.shape[1]] = t
        order = np.arange(len(x), dtype=np.int64)
        x = np.ascontiguousarray(x, self.dtype)
        self._judge(
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
        """Loss and gradient of one batch; asked for rarely, so NumPy does it."""
        return self._arrays.gradients(self.plain(p), x, t, weights)
