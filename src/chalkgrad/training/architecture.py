"""What an engine must know of a network, and where each parameter stands in one flat vector."""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from chalkgrad.errors import RequestError
from chalkgrad.losses import NO_LOSS, PAIRINGS
from chalkgrad.records import Choice, Layer
from chalkgrad.training.extra import Array, np
from chalkgrad.updates import UPDATES, WEIGHT_DECAY, update_params

if TYPE_CHECKING:
    from chalkgrad.problem import Problem
    from chalkgrad.records import Training


@dataclass(frozen=True)
class Architecture:
    """A network without its numbers: what code is written from.

    The flat vector holds the weights of all layers, row by row, then the biases, so that what is trained
    is its beginning also where biases stay.

    Attributes:
        sizes: neurons of each layer, the inputs first.
        activations: the activation of each layer.
        bias_sizes: for each layer 0 (no bias), 1 (shared by the layer) or one per neuron.
        training: loss, update rule and conventions.
    """

    sizes: tuple[int, ...]
    activations: tuple[Choice, ...]
    bias_sizes: tuple[int, ...]
    training: Training

    @classmethod
    def of(cls, problem: Problem) -> Architecture:
        """The architecture of a problem.

        Raises:
            RequestError: nothing can be learnt: no loss or no learning rate.
        """
        training = problem.training
        if training.loss.name == NO_LOSS:
            raise RequestError(f'training needs a loss, the problem has loss = "{NO_LOSS}"')
        if training.learning_rate is None:
            raise RequestError("training needs a learning_rate, the problem has none")
        biases = tuple(
            0 if layer.bias is None else len(layer.bias) if isinstance(layer.bias, tuple) else 1
            for layer in problem.layers
        )
        activations = tuple(layer.activation for layer in problem.layers)
        return cls(problem.sizes, activations, biases, training)

    # ---------------------------------------------------------------- sizes
    @property
    def depth(self) -> int:
        """The number of layers with weights."""
        return len(self.activations)

    def weight_slice(self, layer: int) -> slice:
        """Where W of a layer stands in the flat vector."""
        return self._slices[layer - 1]

    def bias_slice(self, layer: int) -> slice:
        """Where b of a layer stands in the flat vector; empty without a bias."""
        return self._slices[self.depth + layer - 1]

    @cached_property
    def _slices(self) -> tuple[slice, ...]:
        weights = (a * b for a, b in itertools.pairwise(self.sizes))
        ends = list(itertools.accumulate((*weights, *self.bias_sizes), initial=0))
        return tuple(map(slice, ends, ends[1:]))

    @property
    def count(self) -> int:
        """Weights and biases."""
        return int(self.bias_slice(self.depth).stop)

    @property
    def trained(self) -> int:
        """How many numbers at the beginning of the flat vector are updated."""
        if self.training.train_biases:
            return self.count
        return int(self.weight_slice(self.depth).stop)

    # ---------------------------------------------------------------- conventions
    @property
    def pairing(self) -> bool:
        """Whether output activation and loss have a delta of their own."""
        return (self.activations[-1].name, self.training.loss.name) in PAIRINGS

    @property
    def constants(self) -> dict[str, float]:
        """All constants of the update rule."""
        optimizer = self.training.optimizer
        return optimizer.filled(update_params(UPDATES[optimizer.name]))

    @property
    def decays(self) -> bool:
        """Whether weight decay acts through the gradient."""
        return (
            bool(self.constants[WEIGHT_DECAY])
            and not UPDATES[self.training.optimizer.name].decoupled
        )

    # ---------------------------------------------------------------- numbers
    def pack(self, problem: Problem) -> Array:
        """The parameters of a problem as a flat float64 vector."""
        flat = np.zeros(self.count)
        for l, layer in enumerate(problem.layers, 1):
            flat[self.weight_slice(l)] = np.asarray(layer.weights, dtype=np.float64).ravel()
            if layer.bias is not None:
                flat[self.bias_slice(l)] = np.asarray(layer.bias, dtype=np.float64)
        return flat

    def views(self, flat: Array) -> tuple[list[Array], list[Array]]:
        """W[l] of shape (n_l, n_{l-1}) and b[l] of each layer, as views of the flat vector."""
        W = [
            flat[self.weight_slice(l)].reshape(self.sizes[l], self.sizes[l - 1])
            for l in range(1, self.depth + 1)
        ]
        return W, [flat[self.bias_slice(l)] for l in range(1, self.depth + 1)]

    def layers(self, flat: Array) -> tuple[Layer, ...]:
        """Records of a problem with these parameters."""
        made = []
        for W, b, size, choice in zip(
            *self.views(flat), self.bias_sizes, self.activations, strict=True
        ):
            rows = tuple(map(tuple, W.tolist()))
            shared = size == 1 and len(rows) > 1
            bias = None if not size else float(b[0]) if shared else tuple(b.tolist())
            made.append(Layer(rows, bias, choice))
        return tuple(made)
