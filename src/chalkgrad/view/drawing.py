"""What is drawn of a network: every layer, or of a wide one the neuron that is opened."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from chalkgrad.activations import ACTIVATIONS
from chalkgrad.errors import RequestError
from chalkgrad.light import dataclass
from chalkgrad.view.names import in_batch, view_name, who

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from chalkgrad.notation import Symbol
    from chalkgrad.plan import Plan
    from chalkgrad.problem import Problem

FOLD = 12
"""A layer of more neurons is folded: one of them is opened, the others are cells."""
MOST_SAMPLES = 8
"""Samples of a batch whose quantities are all there at once; of more, those of one sample are."""
MOST_CELLS = 40_000
"""Weights of a layer that are sent as a heat map."""
MOST_WEIGHTS = 20_000
"""Weights of a network that has a view; a larger one has its static working only."""


@dataclass(frozen=True, slots=True)
class Drawing:
    """Which neurons and samples are there.

    Attributes:
        problem: the network.
        opened: for each layer from the inputs on, the neuron that is opened; of use where it is folded.
        samples: the samples whose quantities are there.
    """

    problem: Problem
    opened: tuple[int, ...]
    samples: tuple[int, ...]

    @staticmethod
    def of(problem: Problem, opened: Sequence[int] = (), sample: int = 1) -> Drawing:
        """The drawing of a problem with neurons opened, by default the first of each layer.

        Raises:
            RequestError: there is no such neuron or sample.
        """
        sizes = problem.sizes
        chosen = tuple(opened) or (1,) * len(sizes)
        if len(chosen) != len(sizes) or any(
            not 1 <= j <= n for j, n in zip(chosen, sizes, strict=False)
        ):
            raise RequestError(
                f"opened must be a neuron for each of the {len(sizes)} layers, the inputs first, "
                f"at most {' '.join(map(str, sizes))}; got {' '.join(map(str, chosen))}"
            )
        batch = problem.batch(1)
        if len(batch) > 1 and not 1 <= sample <= len(batch):
            raise RequestError(f"sample must be 1 to {len(batch)}, got {sample}")
        few = len(batch) <= MOST_SAMPLES
        return Drawing(problem, chosen, tuple(batch) if few else (sample,))

    def folded(self, layer: int) -> bool:
        """Whether a layer is drawn as one neuron and cells."""
        return self.problem.sizes[layer] > FOLD

    def units(self, layer: int) -> range:
        """The neurons of a layer that are drawn."""
        if self.folded(layer):
            return range(self.opened[layer], self.opened[layer] + 1)
        return range(1, self.problem.sizes[layer] + 1)

    def has(self, symbol: Symbol) -> bool:
        """Whether a quantity is drawn, or belongs to something that is."""
        kind, index = symbol.kind, symbol.index
        if symbol.sample and symbol.sample not in self.samples:
            return False
        if kind == "x":
            return index[0] in self.units(0)
        if kind in ("t", "error"):
            return index[0] in self.units(len(self.problem.layers))
        if len(index) < 2:
            return True
        return index[1] in self.units(index[0]) and (
            len(index) == 2 or index[2] in self.units(index[0] - 1)
        )

    def symbols(self, plan: Plan) -> Iterator[Symbol]:
        """Every quantity that is drawn, in working order: what is given first."""
        seen: dict[Symbol, None] = {}
        for group in plan.groups(1):
            for symbol in (*group.symbols, *group.aside):
                if self.has(symbol):
                    for read in plan.reads(symbol):
                        if plan.constant(read) is not None and self.has(read):
                            seen.setdefault(read)
        for symbol in seen:
            yield symbol
        for group in plan.groups(1):
            for symbol in (*group.symbols, *group.aside):
                if symbol not in seen and self.has(symbol):
                    seen[symbol] = None
                    yield symbol

    def layers(self, language: str) -> list[dict[str, Any]]:
        """Size, names in words and activation of each layer."""
        made: list[dict[str, Any]] = []
        for layer, size in enumerate(self.problem.sizes):
            record: dict[str, Any] = {
                "size": size,
                "who": [who(self.problem, layer, j, language) for j in range(1, size + 1)],
            }
            if layer:
                row = ACTIVATIONS[self.problem.layers[layer - 1].activation.name]
                record["activation"] = row.name
                record["range"] = [r if abs(r) < float("inf") else None for r in row.range]
                record["whole"] = row.whole_layer
                record["shared"] = self.problem.layers[layer - 1].shares_bias
            made.append(record)
        return made

    def name(self, symbol: Symbol) -> str:
        """The view's name of a symbol."""
        return view_name(symbol, in_batch(self.problem))
