"""Where everything stands in the memory of the compiled engine."""

from __future__ import annotations

from dataclasses import dataclass

from chalkgrad.training.llvm_vectors import host_lanes


@dataclass(frozen=True)
class Places:
    """Where everything stands, in numbers from the start of the parameters and of the scratch memory.

    W[l] is stored with a row for each source, so that a row of it is read as vectors; columns are filled
    up with zeros to whole vectors, and by one more vector where rows would fall on the same cache lines.
    """

    sizes: tuple[int, ...]
    batch: int
    double: bool

    @property
    def lanes(self) -> int:
        """Numbers in a vector."""
        return host_lanes(self.double)

    def columns(self, layer: int) -> int:
        """The width of a layer in whole vectors."""
        return -(-self.sizes[layer] // self.lanes) * self.lanes

    def pad(self, layer: int) -> int:
        """The distance between rows of a layer."""
        width = self.columns(layer)
        return width + self.lanes if width * (8 if self.double else 4) % 1024 == 0 else width

    @property
    def depth(self) -> int:
        """The number of layers with weights."""
        return len(self.sizes) - 1

    def weight(self, layer: int) -> int:
        """The start of W[l]."""
        before = range(1, layer)
        return sum(self.sizes[l - 1] * self.pad(l) + self.pad(l) for l in before)

    def bias(self, layer: int) -> int:
        """The start of b[l]."""
        return self.weight(layer) + self.sizes[layer - 1] * self.pad(layer)

    @property
    def count(self) -> int:
        """Numbers of all parameters, with what fills them up."""
        return self.weight(self.depth + 1)

    def _blocks(self) -> list[tuple[str, int, int]]:
        blocks = []
        for l in range(1, self.depth + 1):
            blocks.append(("a", l, self.batch * self.pad(l)))
            blocks.append(("d", l, self.batch * self.pad(l)))
            blocks.append(("t", l, self.sizes[l] * self.pad(l - 1)))
        blocks.append(("rows", 0, self.batch))
        return blocks

    def scratch(self, kind: str, layer: int = 0) -> int:
        """The start of activations ``a``, deltas ``d``, transposed weights ``t`` or losses ``rows``."""
        at = 0
        for name, l, size in self._blocks():
            if (name, l) == (kind, layer):
                return at
            at += -(-size // 16) * 16
        raise KeyError(kind)

    @property
    def scratch_count(self) -> int:
        """Numbers of the scratch memory."""
        return self.scratch("rows") + self.batch + 64
