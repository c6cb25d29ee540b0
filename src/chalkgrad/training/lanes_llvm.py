"""Many networks, or many points of a surface, at once: the lines of an iteration over vectors, compiled.

Blocks are independent of each other, so threads and processes share them out as they like; no digit depends
on how.
"""

from __future__ import annotations

import ctypes
from typing import TYPE_CHECKING, Any

from chalkgrad.training.extra import Array, np
from chalkgrad.training.lanes_code import many_module, plane_module
from chalkgrad.training.line_code import read
from chalkgrad.training.llvm_vectors import host_lanes
from chalkgrad.training.machine_code import Loaded
from chalkgrad.training.networks import Trained
from chalkgrad.training.sharing import share

if TYPE_CHECKING:
    from collections.abc import Sequence

    from chalkgrad.records import Stop

_P, _N = ctypes.c_void_p, ctypes.c_int64


class Many:
    """The iterations of many networks that differ in their numbers alone.

    Attributes:
        lanes: how many networks are worked at once.
    """

    def __init__(self, texts: Sequence[str], stop: Stop, dtype: np.dtype[Any]) -> None:
        self.dtype = dtype
        double = dtype.itemsize == 8
        self.lanes = host_lanes(double)
        request = repr(("many", texts, stop, double))
        self._code = Loaded.of(
            request, lambda: many_module([read(text) for text in texts], stop, double=double)
        )
        self._many = self._code.function("many", _P, _P, _P, _N, _N, _N, _N, _N)

    def run(self, states: Array, last: int, steps: int, threads: int = 0) -> Trained:
        """Make the iterations up to `last` of each network, or up to the bound that it meets.

        Args:
            states: what each starts from, one row a network, in the order of `Plan.state`.
            last: the number of the last iteration.
            steps: iterations over which losses are averaged.
            threads: how many; 0 for one a processor.
        """
        count, width = states.shape
        blocks, stretches = -(-count // self.lanes), -(-last // steps)
        padded = np.empty((blocks * self.lanes, width), self.dtype)
        padded[:count] = states
        padded[count:] = states[:1]
        blocked = np.ascontiguousarray(padded.reshape(blocks, self.lanes, width).swapaxes(1, 2))
        losses = np.empty((blocks, stretches, self.lanes), self.dtype)
        ends = np.empty((blocks, 2, self.lanes), np.int64 if self.dtype.itemsize == 8 else np.int32)
        places = blocked.ctypes.data, losses.ctypes.data, ends.ctypes.data

        def work(begin: int, end: int) -> None:
            self._many(*places, 1, last, steps, begin, end)

        share(work, blocks, threads)

        def rows(blocked: Array) -> Array:
            return blocked.swapaxes(1, 2).reshape(blocks * self.lanes, -1)[:count]

        following, reasons = rows(ends).T
        seen = following - 1 + (reasons > 0)  # of the iteration that meets a bound there is a loss
        counts = np.clip(seen[:, None] - steps * np.arange(stretches), 0, steps)
        with np.errstate(invalid="ignore"):
            means = np.where(counts, rows(losses) / np.maximum(counts, 1), np.nan)
        return Trained(rows(blocked), means.astype(self.dtype), counts > 0, following - 1, reasons)


class Plane:
    """The loss over two of the numbers that an iteration starts from."""

    def __init__(self, text: str, first: int, second: int) -> None:
        lines = read(text)
        names = (lines.state[first], lines.state[second])
        request = repr(("plane", text, names))
        self._code = Loaded.of(request, lambda: plane_module(lines, *names))
        self._plane = self._code.function("plane", _P, _P, _P, _P, _N, _N, _N)

    def fill(self, state: Array, u: Array, v: Array, out: Array, threads: int = 0) -> None:
        """Write the losses at ``u[i], v[j]`` to ``out[i, j]``.

        Args:
            state: all numbers, in the order of `Plan.state`.
            u: values of the first.
            v: values of the second.
            out: float64, one row for each of `u`, its numbers side by side.
            threads: how many; 0 for one a processor.
        """
        lanes = host_lanes(double=True)
        state, u, v = (np.ascontiguousarray(part, dtype=np.float64) for part in (state, u, v))
        if len(v) < lanes:
            wide = np.empty((len(u), lanes))
            self.fill(state, u, np.resize(v, lanes), wide, threads)
            out[...] = wide[:, : len(v)]
            return

        given = *(part.ctypes.data for part in (state, u, v, out)), len(v)

        def work(begin: int, end: int) -> None:
            self._plane(*given, begin, end)

        share(work, len(u), threads)
