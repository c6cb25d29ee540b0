"""Where everything stands in the memory of the compiled engine."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from chalkgrad.training.llvm_vectors import host_lanes
from chalkgrad.training.tile_shapes import registers, widths

_STRIP = 256
"""Bytes of a row that are read together; of rows that are so many strips long, a part falls on few cache sets."""


@dataclass(frozen=True)
class Places:
    """Where everything stands, in numbers from the start of the parameters and of the scratch memory.

    W[l] is stored with a row for each source, so that a row of it is read as vectors, and b[l] as one more
    row. It is cut into strips of columns, as the tiles of `tile_shapes` are wide, that lie one after the other:
    what is read together then lies together, and the columns of one thread lie apart from those of another.
    Columns are filled up with zeros to whole vectors; activations and deltas, a row for each row of the batch, by
    one more vector where rows would fall on the same cache lines. A bias shared by a layer stands in every column.

    Attributes:
        sizes: neurons of each layer, the inputs first.
        batch: rows of a batch.
        double: float64, else float32.
        apart: whether the whole gradient is kept before an update.
    """

    sizes: tuple[int, ...]
    batch: int
    double: bool
    apart: bool = False

    @cached_property
    def lanes(self) -> int:
        """Numbers in a vector."""
        return host_lanes(self.double)

    def columns(self, layer: int) -> int:
        """The width of a layer in whole vectors."""
        return -(-self.sizes[layer] // self.lanes) * self.lanes

    def pad(self, layer: int) -> int:
        """The distance between rows of a layer."""
        width = self.columns(layer)
        size = width * (8 if self.double else 4)
        return width + self.lanes if size > _STRIP and size % _STRIP == 0 else width

    @property
    def depth(self) -> int:
        """The number of layers with weights."""
        return len(self.sizes) - 1

    def strips(self, layer: int) -> list[tuple[int, int]]:
        """First column and width of each strip of a layer's columns."""
        return [
            (column + n * across * self.lanes, across * self.lanes)
            for column, across, times in widths(self.columns(layer), self.lanes)
            for n in range(times)
        ]

    def narrow(self, layer: int) -> bool:
        """Whether the columns of a square of W find room in the registers: then no transposed W is kept."""
        return self.columns(layer) <= registers() // 2

    def block(self, layer: int) -> int:
        """How many numbers W[l] and b[l] take."""
        return (self.sizes[layer - 1] + 1) * self.columns(layer)

    def weight(self, layer: int) -> int:
        """The start of W[l]."""
        return sum(self.block(l) for l in range(1, layer))

    @cached_property
    def count(self) -> int:
        """Numbers of all parameters, with what fills them up."""
        return self.weight(self.depth + 1)

    @cached_property
    def _starts(self) -> dict[tuple[str, int], int]:
        blocks = []
        for l in range(1, self.depth + 1):
            blocks.append((("a", l), self.batch * self.pad(l)))
            blocks.append((("d", l), self.batch * self.pad(l)))
            if l > 1 and not self.narrow(l):
                blocks.append((("t", l), self.columns(l) * self.columns(l - 1)))
        blocks.append((("aside", 0), self.batch * max(map(self.columns, range(1, self.depth + 1)))))
        blocks.append((("rows", 0), self.batch))
        blocks.append((("g", 0), self.count if self.apart else 0))
        starts, at = {}, 0
        for name, size in blocks:
            starts[name] = at
            at += -(-size // 16) * 16
        return starts | {("end", 0): at}

    def scratch(self, kind: str, layer: int = 0) -> int:
        """The start of ``a``, ``d``, transposed weights ``t``, sums ``aside``, losses ``rows``, gradient ``g``."""
        return self._starts[kind, layer]

    @property
    def scratch_count(self) -> int:
        """Numbers of the scratch memory."""
        return self.scratch("end") + 64
