"""Training in several processes, as ``torchrun`` starts them: each computes its share of every batch.

The first process runs the loop as if it were alone: it validates, stops, writes and tells. For every batch
it hands its numbers to the others; each computes the gradient of its share of the rows, and what
``torch.distributed`` (gloo) adds up is the gradient of the whole batch. The others keep nothing, so that
going on, stopping and taking steps back are the first one's affair alone.
"""

from __future__ import annotations

import os
import signal
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from chalkgrad.errors import RequestError
from chalkgrad.training.chunks import on_disk
from chalkgrad.training.disk_engine import DiskEngine
from chalkgrad.training.engine_over import EngineOver
from chalkgrad.training.engines import Batches, make_engine
from chalkgrad.training.extra import Array, np, optional
from chalkgrad.training.numpy_engine import NumpyEngine

if TYPE_CHECKING:
    from collections.abc import Iterator

    from chalkgrad.training.course import Course
    from chalkgrad.training.engines import State

_RUN, _END = 1, 2
_MADE_BY_TORCHRUN = ("RANK", "WORLD_SIZE", "MASTER_ADDR", "MASTER_PORT")


def processes() -> int:
    """How many processes share this run: those of ``torchrun``, else one."""
    if all(name in os.environ for name in _MADE_BY_TORCHRUN):
        return int(os.environ["WORLD_SIZE"])
    return 1


def rank() -> int:
    """Which of them this is; the first, 0, writes and tells."""
    return int(os.environ["RANK"]) if processes() > 1 else 0


def share(rows: Array, place: int, count: int) -> Array:
    """The rows of a batch that one of several processes takes.

    >>> [share(np.arange(5), k, 2).tolist() for k in range(2)]
    [[0, 1], [2, 3, 4]]
    """
    return rows[len(rows) * place // count : len(rows) * (place + 1) // count]


class _Group:
    """The processes of a run, and what they hand each other."""

    def __init__(self, course: Course) -> None:
        self.rank, self.count = rank(), processes()
        self._torch = optional("torch", "torch", "training in several processes")
        self._dist = optional("torch.distributed", "torch", "training in several processes")
        with self._together():
            if not self._dist.is_initialized():
                self._dist.init_process_group("gloo")
        own = np.frombuffer(bytes.fromhex(course.fingerprint), np.uint8).copy()
        first = self.from_first(own.copy())
        same = self.added(np.array([float(not np.array_equal(own, first))]), to_all=True)
        if same[0]:
            raise RequestError("the processes were not given the same network, data and settings")

    @contextmanager
    def _together(self) -> Iterator[None]:
        try:
            yield
        except RuntimeError as error:  # gloo's own: a connection that is gone, a time limit
            raise RequestError(
                f"process {self.rank + 1} of {self.count} can go on no longer: another one has ended, "
                f"or cannot be reached ({str(error).splitlines()[0][:120]})"
            ) from error

    def from_first(self, array: Array) -> Array:
        """The array of the first process, in place of this one's of the same shape."""
        with self._together():
            self._dist.broadcast(self._torch.from_numpy(array), 0)
        return array

    def added(self, array: Array, *, to_all: bool = False) -> Array:
        """The sum over all processes; only the first one has it, unless all are to."""
        tensor = self._torch.from_numpy(array)
        with self._together():
            if to_all:
                self._dist.all_reduce(tensor)
            else:
                self._dist.reduce(tensor, 0)
        return array

    def close(self) -> None:
        """Part, after the last word."""
        with self._together():
            self._dist.destroy_process_group()


class _Share:
    """The gradient of one process's share of a batch, ready to be added up."""

    def __init__(self, course: Course, group: _Group) -> None:
        self.course, self.group = course, group
        # With a gradient that is kept apart, as clipping needs it; on one thread, as the others are busy.
        self.engine = make_engine(
            course.architecture, name=course.settings.engine, dtype=course.settings.dtype,
            batch=-(-course.size // group.count), clip=True, weighted=course.weights is not None,
            threads=1, steps=course.total,
        )  # fmt: skip
        self._mean = course.architecture.training.over_samples == "mean"

    def of(self, p: Array, rows: Array) -> Array:
        """Gradient and loss of the share, in float64, as parts of those of the whole batch."""
        course = self.course
        own = share(rows, self.group.rank, self.group.count)
        found = np.zeros(len(p) + 1)
        weights = None if course.weights is None else course.weights[own]
        if not len(own):
            return found
        stored = self.engine.packed(p)
        loss, grad = self.engine.gradients(stored, course.x[own], course.t[own], weights)
        found[:-1], found[-1] = grad, loss
        if self._mean:  # the mean over the share, made a part of the mean over all
            part: Any = len(own)
            whole: Any = len(rows)
            if course.weights is not None and weights is not None:
                part, whole = weights.sum(), course.weights[rows].sum()
            found *= float(part) / float(whole) if whole else 0.0
        return found


class ShardedEngine(EngineOver):
    """The engine of the first process: all processes compute gradients, it alone makes updates."""

    def __init__(self, course: Course) -> None:
        _check(course)
        self._numpy = NumpyEngine(course.architecture, np.dtype(course.settings.dtype))
        mean = course.architecture.training.over_samples == "mean"
        super().__init__(DiskEngine(self._numpy, mean=mean) if on_disk(course.x) else self._numpy)
        self._group = _Group(course)
        self._share = _Share(course, self._group)
        # The order in which a sum is made shapes its last bits: a run is gone on with by as many processes.
        self.name = f"{self._share.engine.name}/{self._group.count}"
        self.why = f"{self._group.count} processes, each with its share of every batch"

    def run(self, state: State, batches: Batches) -> Array:
        """Make one update a batch; return the loss of each batch before its update."""
        group, rows = self._group, np.ascontiguousarray(batches.order, np.int64)
        steps = len(batches.rates)
        group.from_first(np.array([_RUN, steps, len(rows), batches.size, batches.lap]))
        group.from_first(rows.copy())
        losses = np.empty(steps)
        for n, rate in enumerate(batches.rates.tolist()):
            group.from_first(state.p)
            whole = group.added(self._share.of(state.p, batches.rows(n)))
            losses[n] = whole[-1]
            self._numpy.learn(state, whole[:-1].astype(state.p.dtype), rate, batches.clip)
        return losses

    def end(self, p: Array) -> None:
        """Send the others home, with the numbers that the run leaves."""
        self._group.from_first(np.array([_END, 0, 0, 0, 0]))
        self._group.from_first(np.array(p, self._numpy.dtype))
        self._group.close()


def help_first(course: Course) -> Array:
    """Compute shares until the first process sends this one home; return the numbers that the run leaves.

    Raises:
        RequestError: another process has ended before its time.
    """
    _check(course)
    group = _Group(course)
    dtype = np.dtype(course.settings.dtype)
    part = _Share(course, group)
    p = np.zeros(course.architecture.count, dtype)
    with _until_sent_home():
        while True:
            what, steps, count, size, lap = group.from_first(np.zeros(5, np.int64)).tolist()
            if what == _END:
                group.from_first(p)
                group.close()
                return p
            order = group.from_first(np.zeros(count, np.int64))
            batches = Batches(course.x, course.t, None, order, size, np.zeros(steps), lap=lap)
            for n in range(steps):
                group.from_first(p)
                group.added(part.of(p, batches.rows(n)))


@contextmanager
def _until_sent_home() -> Iterator[None]:
    """Ctrl-C and SIGTERM are heard by the first process alone: it finishes its steps, and then sends home."""
    before = {}
    if threading.current_thread() is threading.main_thread():
        for number in (signal.SIGINT, signal.SIGTERM):
            before[number] = signal.signal(number, signal.SIG_IGN)
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _check(course: Course) -> None:
    if course.own:
        raise RequestError(
            "a problem's own samples are too few for several processes; start chalkgrad without torchrun"
        )
    if course.architecture.training.update_order == "in_place":
        raise RequestError(
            "updates in place need the gradients layer by layer, which several processes do not have"
        )
