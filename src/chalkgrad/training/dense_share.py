"""What each thread does of a layer: some columns of it, or some rows of the batch and some rows of W.

A thread that keeps to its columns finds its part of W in its own cache at every step, where the other threads
have not written; what passes between them are the activations and deltas of a batch. Where the batch is
large beside W it is cheaper the other way round. No sum is ever split, so no digit depends on it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from chalkgrad.training.dense_base import share
from chalkgrad.training.llvm_vectors import I1, I64

if TYPE_CHECKING:
    from chalkgrad.training.dense_base import Base
    from chalkgrad.training.llvm_vectors import Emit

_EVEN = 4
"""So many strips for each thread are even enough, whatever is left over."""


@dataclass(frozen=True, slots=True)
class Share:
    """One thread's part of a layer.

    Attributes:
        start, stop: rows of the batch.
        low, high: strips of columns, as `tile_shapes.widths` counts them.
        number, threads: of the rows of W those of this thread among so many.
    """

    start: Any
    stop: Any
    low: Any
    high: Any
    number: Any
    threads: Any

    @property
    def batch(self) -> list[Any]:
        """The arguments of a function that goes through rows of the batch."""
        return [self.start, self.stop, self.low, self.high]

    @property
    def weights(self) -> list[Any]:
        """The arguments of a function that goes through rows of W."""
        return [self.number, self.threads, self.low, self.high]


def strips(d: Base, l: int) -> int:
    """How many strips of columns a layer has."""
    return len(d.at.strips(l))


def whole(d: Base, l: int, rows: Any) -> Share:
    """The share of a thread that is alone."""
    return Share(I64(0), rows, I64(0), I64(strips(d, l)), I64(0), I64(1))


def by_columns(d: Base, l: int) -> bool:
    """Whether threads may share a layer by its columns: then others read what a thread makes."""
    inputs, outputs = d.at.sizes[l - 1], d.at.sizes[l]
    moved = d.at.batch * (inputs + outputs)
    return strips(d, l) > 1 and moved < 2 * inputs * outputs and d.biased(l) != "shared"


def passed_on(d: Base, l: int) -> bool:
    """Whether the next layer, or the last step of the last one, reads what other threads made of a layer."""
    return by_columns(d, l) or (l < d.at.depth and by_columns(d, l + 1))


class Shares:
    """The shares of one thread, written once for all steps.

    Args:
        d: the module.
        e: where to.
        number: which thread this is.
        threads: how many there are.

    Attributes:
        rows_meet: whether threads must meet before rows of W are updated: deltas below the last layer came
            from others, or others still read a narrow W.
    """

    def __init__(self, d: Base, e: Emit, number: Any, threads: Any) -> None:
        self._d, self._e, self._number, self._threads = d, e, number, threads
        b = e.b
        self._columns = {}
        below = range(1, d.at.depth)
        read = any(d.at.narrow(l + 1) for l in below)
        self.rows_meet: Any = I1(int(read or not all(by_columns(d, l) for l in below)))
        for l in filter(lambda l: by_columns(d, l), range(1, d.at.depth + 1)):
            count = I64(strips(d, l))
            even = b.icmp_signed("==", b.srem(count, threads), I64(0))
            many = b.icmp_signed(">=", count, b.mul(threads, I64(_EVEN)))
            low, high = share(e, count, number, threads)
            taken = b.or_(even, many)
            if l in below:
                self.rows_meet = b.or_(self.rows_meet, b.not_(taken))
            self._columns[l] = (taken, b.select(taken, low, I64(0)), b.select(taken, high, count))

    def of(self, rows: Any, mine: tuple[Any, Any]) -> dict[int, Share]:
        """The shares of every layer in a step over so many rows, of which `mine` are this thread's."""
        d, b, number, threads = self._d, self._e.b, self._number, self._threads
        start, stop = mine
        found = {}
        for l in range(1, d.at.depth + 1):
            if l in self._columns:
                taken, low, high = self._columns[l]
                pairs = ((I64(0), start), (rows, stop), (I64(0), number), (I64(1), threads))
                first, after, n, of = (b.select(taken, yes, no) for yes, no in pairs)
                found[l] = Share(first, after, low, high, n, of)
            else:
                found[l] = Share(start, stop, I64(0), I64(strips(d, l)), number, threads)
        return found
