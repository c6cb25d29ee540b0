"""A problem: the network, its samples and how it is to be worked. Frozen records, checked when made.

The tables say which activations, losses and update rules there are and what they take; this module says
how the parts must fit. `problem_file` reads and writes it as TOML.
"""

from __future__ import annotations

import math
import random
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import TYPE_CHECKING, TypeAlias

from chalkgrad.activations import ACTIVATIONS
from chalkgrad.errors import Fault, LimitError, ProblemError, RequestError, nearest
from chalkgrad.losses import LOSSES, NO_LOSS, PAIRINGS
from chalkgrad.notation import KINDS, Shape, Speller, Symbol, parse
from chalkgrad.rounding import Policy
from chalkgrad.updates import UPDATES, update_params

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

Matrix: TypeAlias = tuple[tuple[float, ...], ...]
Bias: TypeAlias = "float | tuple[float, ...] | None"

OVER = ("sum", "mean")
UPDATE_ORDERS = ("simultaneous", "in_place")
MODES = ("batch", "online")
BIAS_INPUTS = (1, -1)

LIMITS: Mapping[str, float] = MappingProxyType(
    {
        "bytes": 50_000_000,
        "layers": 1_000,
        "width": 100_000,
        "weights": 2_000_000,
        "iterations": 1_000_000,
        "cost": 1_000_000_000,
        "lines": 200_000,
    }
)
"""What is refused unless it is raised. ``cost`` is weights x samples x iterations; ``lines`` is of working."""


# ---------------------------------------------------------------- records
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


@dataclass(frozen=True)
class Problem:
    """A network, its samples and how it is to be worked.

    Raises:
        ProblemError: with every fault, if the parts do not fit.

    >>> layer = Layer(((0.5, 0.2),), bias=(1.83,), activation=Choice("sigmoid"))
    >>> problem = Problem((layer,), (Sample((0.1, 0.3), (0.1,)),), Training(learning_rate=0.5))
    >>> problem.sizes, problem.weight_count
    ((2, 1), 2)
    """

    layers: tuple[Layer, ...]
    samples: tuple[Sample, ...]
    training: Training = Training()
    arithmetic: Policy = Policy()
    title: str = ""
    note: str = ""
    names: Mapping[str, str] = field(default_factory=dict)
    limits: Mapping[str, float] = field(default_factory=dict, compare=False, repr=False)

    def __post_init__(self) -> None:
        limits = {**LIMITS, **self.limits}
        object.__setattr__(self, "limits", MappingProxyType(limits))
        object.__setattr__(self, "names", dict(self.names))
        faults = check(self)
        if faults:
            raise ProblemError(faults)
        count = self.weight_count
        _limit(limits, "layers", "layers", len(self.layers))
        _limit(limits, "weights", "weights and biases", count)
        _limit(limits, "iterations", "iterations", self.training.iterations)
        cost = count * max(1, len(self.batch(1))) * self.training.iterations
        _limit(limits, "cost", "weights x samples x iterations", cost)

    # ---- sizes
    @property
    def sizes(self) -> tuple[int, ...]:
        """Neurons of each layer, the inputs first."""
        return (len(self.layers[0].weights[0]), *(len(layer.weights) for layer in self.layers))

    @property
    def weight_count(self) -> int:
        """How many weights there are, without biases."""
        return sum(a * b for a, b in zip(self.sizes, self.sizes[1:], strict=False))

    @property
    def shape(self) -> Shape:
        """What notations need to know of the network."""
        return Shape(self.sizes, tuple(layer.shares_bias for layer in self.layers))

    # ---- parts
    def batch(self, iteration: int) -> range:
        """The samples of an iteration, from 1: all of them, or in online mode one after the other."""
        n = len(self.samples)
        if self.training.mode == "online" and n:
            k = (iteration - 1) % n + 1
            return range(k, k + 1)
        return range(1, n + 1)

    @property
    def pairing(self) -> bool:
        """Whether output activation and loss are a pair with a delta of its own."""
        return (self.layers[-1].activation.name, self.training.loss.name) in PAIRINGS

    @property
    def updates(self) -> bool:
        """Whether parameters are updated."""
        return self.training.learning_rate is not None and self.training.loss.name != NO_LOSS

    def speller(self, notation: str = "index") -> Speller:
        """How this problem's symbols are spelled: its own names first, then the notation's."""
        by_symbol = {}
        for given, name in self.names.items():
            symbol = self.symbol(name)
            by_symbol[Symbol(symbol.kind, symbol.index, 0, 0)] = given
        return Speller(self.shape, notation, by_symbol, len(self.samples))

    def symbol(self, name: str) -> Symbol:
        """The symbol that a name means in this problem: contract names, `names` and aliases.

        ``b[l][j]`` of a shared bias is ``b[l]``; ``b[l]`` of a single neuron is ``b[l][1]``; a sample is
        filled in where there is only one.

        Raises:
            RequestError: no such name, or an index beyond the network.
        """
        prefix, bare = _split_prefix(name.strip())
        target = {given.casefold(): target for given, target in self.names.items()}
        known = target.get(bare.casefold())
        if known is None and not bare.split("[", 1)[0].casefold() in KINDS and "[" not in bare:
            hint = nearest(bare, [*self.names, *KINDS])
            raise RequestError(
                f'"{name}" is not a name of this problem' + (f"; {hint}" if hint else "")
            )
        symbol = parse(prefix + (known or bare))
        return self._in_range(symbol, name)

    def _in_range(self, symbol: Symbol, name: str) -> Symbol:
        kind, index, iteration, sample = symbol
        spec = KINDS[kind]
        sizes = self.sizes
        if kind.endswith("b") and kind != "b" and spec.sizes == (2, 1) or kind == "b":
            index = self._bias_index(index)
        first = 0 if kind in ("a", "grad_a") else 1
        bounds: tuple[range, ...] = ()
        if kind in ("x",):
            bounds = (range(1, sizes[0] + 1),)
        elif kind in ("t", "error"):
            bounds = (range(1, sizes[-1] + 1),)
        elif index and index[0] in range(first, len(sizes)):
            to = range(1, sizes[index[0]] + 1)
            source = range(1, sizes[index[0] - 1] + 1)
            bounds = (range(first, len(sizes)), to, source)[: len(index)]
        elif index:
            bounds = (range(first, len(sizes)),)
        for number, bound in zip(index, bounds, strict=False):
            if number not in bound:
                raise RequestError(
                    f'"{name}": {number} is not between {bound.start} and {bound.stop - 1}'
                )
        if sample > len(self.samples):
            raise RequestError(f'"{name}": there are {len(self.samples)} samples')
        if kind == "a" and index[0] == 0:
            kind, index, iteration = "x", index[1:], 0
        if spec.of_sample and not sample and len(self.batch(max(iteration, 1))) == 1:
            sample = self.batch(max(iteration, 1))[0]
        elif not spec.of_sample and sample and len(self.batch(max(iteration, 1))) == 1:
            sample = 0
        return Symbol(kind, index, iteration, sample)

    def _bias_index(self, index: tuple[int, ...]) -> tuple[int, ...]:
        if 1 <= index[0] <= len(self.layers):
            layer = self.layers[index[0] - 1]
            if layer.shares_bias:
                return index[:1]
            if len(index) == 1 and len(layer.weights) == 1:
                return (index[0], 1)
            if len(index) == 1 and isinstance(layer.bias, tuple):
                raise RequestError(
                    f"layer {index[0]} has a bias for each neuron: b[{index[0]}][1] and so on"
                )
        return index

    def with_(self, **changes: object) -> Problem:
        """A copy with changes: fields of the problem, or of its training under their own names.

        >>> layer = Layer(((0.5,),), activation=Choice("sigmoid"))
        >>> problem = Problem((layer,), (Sample((0.1,), (0.1,)),), Training(learning_rate=0.5))
        >>> problem.with_(iterations=3).training.iterations
        3
        """
        own = {k: v for k, v in changes.items() if k in Problem.__dataclass_fields__}
        rest = {k: v for k, v in changes.items() if k not in own}
        if rest:
            own["training"] = replace(self.training, **rest)  # type: ignore[arg-type]
        return replace(self, **own)  # type: ignore[arg-type]


def _split_prefix(name: str) -> tuple[str, str]:
    parts = name.split(".")
    at = 0
    while at < len(parts) - 1 and parts[at].lower().rstrip("0123456789") in ("it", "s"):
        at += 1
    prefix = "".join(f"{part.lower()}." for part in parts[:at])
    return prefix, ".".join(parts[at:])


def _limit(limits: Mapping[str, float], name: str, what: str, got: float) -> None:
    if got > limits[name]:
        raise LimitError(name, what, got, limits[name])


# ---------------------------------------------------------------- drawn weights
def _uniform(bound: Callable[[int, int], float]) -> Callable[[random.Random, int, int], float]:
    def draw(rng: random.Random, fan_in: int, fan_out: int) -> float:
        edge = bound(fan_in, fan_out)
        return rng.uniform(-edge, edge)

    return draw


def _normal(spread: Callable[[int, int], float]) -> Callable[[random.Random, int, int], float]:
    return lambda rng, fan_in, fan_out: rng.gauss(0.0, spread(fan_in, fan_out))


INITS: dict[str, Callable[[random.Random, int, int], float]] = {
    # Glorot, Bengio: AISTATS 2010, equation 16; He et al.: ICCV 2015, equation 10; LeCun et al. 1998
    "xavier_uniform": _uniform(lambda n, m: math.sqrt(6 / (n + m))),
    "xavier_normal": _normal(lambda n, m: math.sqrt(2 / (n + m))),
    "he_uniform": _uniform(lambda n, m: math.sqrt(6 / n)),
    "he_normal": _normal(lambda n, m: math.sqrt(2 / n)),
    "lecun_uniform": _uniform(lambda n, m: math.sqrt(3 / n)),
    "lecun_normal": _normal(lambda n, m: math.sqrt(1 / n)),
    "zeros": lambda rng, n, m: 0.0,
}


def draw_weights(init: Init, inputs: int, units: int) -> Matrix:
    """Weights of a layer from its seed, the same on every platform: ``units`` rows of ``inputs`` numbers."""
    rng = random.Random(init.seed)  # noqa: S311  reproducible numbers are the purpose
    draw = INITS[init.name]
    return tuple(
        tuple(draw(rng, inputs, units) for _ in range(inputs)) for _ in range(units)
    )


# ---------------------------------------------------------------- what must hold
def check(problem: Problem) -> list[Fault]:
    """Every fault of a problem's values; an empty list if there is none."""
    faults: list[Fault] = []

    def fault(path: tuple[str | int, ...], must: str, got: object, hint: str = "") -> None:
        faults.append(Fault(path, must, str(got), hint))

    if not problem.layers:
        fault(("layer",), "at least one [[layer]]", "none")
        return faults
    _check_layers(problem, fault)
    _check_training(problem.training, fault)
    _check_pair(problem, fault)
    _check_samples(problem, fault)
    if not any("weights" in fault.path for fault in faults):
        _check_names(problem, fault)
    return faults


def _check_layers(problem: Problem, fault: Callable[..., None]) -> None:
    before: int | None = None
    for k, layer in enumerate(problem.layers):
        rows = layer.weights
        at = ("layer", k, "weights")
        widths = [len(row) for row in rows]
        if not rows or not widths[0]:
            fault(at, "one row of numbers per neuron", "an empty list")
        else:
            for j, width in enumerate(widths):
                if width != widths[0]:
                    fault((*at, j), f"a row of {_numbers(widths[0])} as the first", _numbers(width))
            if before is not None and widths[0] != before:
                text = f"rows of {_numbers(before)}, one per neuron of layer {k}"
                fault(at, text, f"rows of {widths[0]}")
        for j, row in enumerate(rows):
            for i, number in enumerate(row):
                if not math.isfinite(number):
                    fault((*at, j, i), "a finite number", _bad_number(number))
        before = len(rows) or None
        biases = layer.bias if isinstance(layer.bias, tuple) else ()
        if isinstance(layer.bias, tuple) and len(biases) != len(rows):
            text = f"a number or a list of {_numbers(len(rows))}, one per neuron"
            fault(("layer", k, "bias"), text, f"a list of {len(biases)}")
        for j, number in enumerate(biases):
            if not math.isfinite(number):
                fault(("layer", k, "bias", j), "a finite number", _bad_number(number))
        if isinstance(layer.bias, (int, float)) and not math.isfinite(layer.bias):
            fault(("layer", k, "bias"), "a finite number", _bad_number(layer.bias))
        choice(("layer", k, "activation"), layer.activation, ACTIVATIONS, lambda row: row.params, fault)


def choice(
    path: tuple[str | int, ...],
    got: Choice,
    table: Mapping[str, object],
    params: Callable[..., Mapping[str, float]],
    fault: Callable[..., None],
) -> None:
    """Check that a choice names a row of a table and only parameters that the row has."""
    row = table.get(got.name)
    if row is None:
        fault(path, "one of " + " ".join(table), f'"{got.name}"', nearest(got.name, table))
        return
    valid = params(row)
    for key, value in got.params.items():
        if key not in valid:
            most = "no parameters" if not valid else "parameters " + " ".join(valid)
            fault((*path, key), f"left out ({got.name} has {most})", f"{value}", nearest(key, valid))
        elif not math.isfinite(value):
            fault((*path, key), "a finite number", _bad_number(value))


def _numbers(n: int) -> str:
    return "1 number" if n == 1 else f"{n} numbers"


def _bad_number(number: float) -> str:
    return "nan" if number != number else f"{number} (beyond the range of a float64, or written inf)"


def _check_training(training: Training, fault: Callable[..., None]) -> None:
    at = "training"
    if training.loss.name != NO_LOSS:
        table = {**LOSSES, NO_LOSS: None}
        choice((at, "loss"), training.loss, table, lambda row: row.params, fault)
    choice((at, "optimizer"), training.optimizer, UPDATES, update_params, fault)
    for key, valid in (
        ("over_outputs", OVER), ("over_samples", OVER), ("update_order", UPDATE_ORDERS), ("mode", MODES),
    ):  # fmt: skip
        got = getattr(training, key)
        if got not in valid:
            fault((at, key), "one of " + " ".join(valid), f'"{got}"', nearest(str(got), valid))
    if training.bias_input not in BIAS_INPUTS:
        fault((at, "bias_input"), "1 or -1", training.bias_input)
    rate = training.learning_rate
    if rate is not None and not (math.isfinite(rate) and rate >= 0):
        fault((at, "learning_rate"), "a finite number from 0 up", rate)
    if training.iterations < 1:
        fault((at, "iterations"), "a whole number from 1 up", training.iterations)
    if rate is None and training.iterations > 1:
        fault((at, "learning_rate"), "given where there are several iterations", "none")
    for key in ("loss", "gradient", "change"):
        bound = getattr(training.stop, key)
        if bound is not None and not (math.isfinite(bound) and bound >= 0):
            fault((at, "stop", key), "a finite number from 0 up", bound)


def _check_pair(problem: Problem, fault: Callable[..., None]) -> None:
    last = len(problem.layers) - 1
    loss = problem.training.loss.name
    for k, layer in enumerate(problem.layers):
        row = ACTIVATIONS.get(layer.activation.name)
        if not row or not row.whole_layer:
            continue
        if k < last:
            names = [r.name for r in ACTIVATIONS.values() if not r.whole_layer]
            fault(
                ("layer", k, "activation"),
                "one of " + " ".join(names) + " in a hidden layer",
                f'"{row.name}"',
            )
        elif loss != NO_LOSS and not problem.pairing:
            partners = [name for activation, name in PAIRINGS if activation == row.name]
            fault(
                ("training", "loss"),
                f'"{partners[0]}" or "{NO_LOSS}" with {row.name} outputs',
                f'"{loss}"',
            )


def _check_samples(problem: Problem, fault: Callable[..., None]) -> None:
    loss = LOSSES.get(problem.training.loss.name)
    outputs = len(problem.layers[-1].weights)
    inputs = len(problem.layers[0].weights[0]) if problem.layers[0].weights else 0
    if not problem.samples:
        fault(("sample",), "at least one [[sample]]", "none")
    for k, sample in enumerate(problem.samples):
        at = ("sample", k, "input")
        if len(sample.input) != inputs:
            fault(at, f"a list of {_numbers(inputs)}, one per input", f"a list of {len(sample.input)}")
        for i, number in enumerate(sample.input):
            if not math.isfinite(number):
                fault((*at, i), "a finite number", _bad_number(number))
        at = ("sample", k, "target")
        if not loss or not loss.takes:
            if sample.target and loss:
                fault(at, f"left out with the loss {loss.name}", "a target")
            continue
        if len(sample.target) != outputs:
            got = f"a list of {len(sample.target)}" if sample.target else "none"
            fault(at, f"a list of {_numbers(outputs)}, one per output", got)
            continue
        for j, number in enumerate(sample.target):
            if not math.isfinite(number):
                fault((*at, j), "a finite number", _bad_number(number))
            elif not loss.accepts(number):
                fault((*at, j), f"{loss.takes} with {loss.name}", getattr(number, "text", number))
        total = math.fsum(sample.target)
        if loss.proper and problem.pairing and math.isfinite(total) and abs(total - 1) > 1e-9:
            fault(at, "numbers that add up to 1", f"a sum of {total:g}")


def _check_names(problem: Problem, fault: Callable[..., None]) -> None:
    seen: dict[Symbol, str] = {}
    for name, target in problem.names.items():
        at = ("names", name)
        try:
            parse(name)
        except RequestError:
            pass
        else:
            fault(at, "a name that is not one of the vocabulary already", f'"{name}"')
            continue
        if not name or any(c in name for c in "\n\r\0,;*") or len(name) > 60:
            fault(at, "up to 60 characters without comma, semicolon, asterisk or line end", f'"{name}"')
            continue
        try:
            symbol = problem._in_range(parse(target), target)  # noqa: SLF001
        except RequestError as error:
            fault(at, "the name of a quantity of this network", str(error))
            continue
        if symbol in seen:
            fault(at, f'another quantity than "{seen[symbol]}" names already', target)
        seen[symbol] = name
