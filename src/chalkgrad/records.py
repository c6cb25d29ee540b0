"""The parts of a problem as frozen records; what they must be is said in `problem_rules`."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

from chalkgrad.light import dataclass, field

if TYPE_CHECKING:
    from collections.abc import Mapping

Matrix: TypeAlias = tuple[tuple[float, ...], ...]
Bias: TypeAlias = "float | tuple[float, ...] | None"

OVER = ("sum", "mean")
UPDATE_ORDERS = ("simultaneous", "in_place")
MODES = ("batch", "online")
BIAS_INPUTS = (1, -1)


@dataclass(frozen=True, slots=True)
class Choice:
    """A row of a table, by name, with its parameters."""

    name: str
    params: Mapping[str, float] = field(default_factory=dict)

    def filled(self, defaults: Mapping[str, float]) -> dict[str, float]:
        """All parameters in the order of the table, defaults where none is given."""
        return {key: self.params.get(key, value) for key, value in defaults.items()}


@dataclass(frozen=True, slots=True)
class Init:
    """How a layer draws its weights: a name of `INITS` and a seed."""

    name: str
    seed: int = 0


@dataclass(frozen=True, slots=True)
class Layer:
    """One layer: ``weights[j][i]`` goes from source i to neuron j.

    Attributes:
        weights: one row per neuron of this layer, one column per neuron of the layer before.
        bias: a number (shared by the layer), one number per neuron, or None.
        activation: the activation and its parameters.
        init: how the weights were drawn, if they were.
    """

    weights: Matrix
    bias: Bias = None
    activation: Choice = Choice("identity")
    init: Init | None = None

    @property
    def shares_bias(self) -> bool:
        """Whether several neurons share one bias."""
        return isinstance(self.bias, (int, float)) and len(self.weights) > 1


@dataclass(frozen=True, slots=True)
class Stop:
    """When training ends early: at a loss, a largest gradient or a change of the loss that is small enough."""

    loss: float | None = None
    gradient: float | None = None
    change: float | None = None

    def __bool__(self) -> bool:
        return any(bound is not None for bound in (self.loss, self.gradient, self.change))


@dataclass(frozen=True, slots=True)
class Training:
    """Loss, update rule and the conventions of the working; defaults as in the problem file."""

    loss: Choice = Choice("half_squared_error")
    over_outputs: str = "sum"
    over_samples: str = "mean"
    learning_rate: float | None = None
    optimizer: Choice = Choice("sgd")
    iterations: int = 1
    train_biases: bool = True
    update_order: str = "simultaneous"
    mode: str = "batch"
    bias_input: int = 1
    stop: Stop = Stop()


@dataclass(frozen=True, slots=True)
class Sample:
    """One input and its target."""

    input: tuple[float, ...]
    target: tuple[float, ...] = ()
