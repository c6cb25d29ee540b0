"""A problem: the network, its samples and how it is to be worked; checked when it is made.

The tables say which activations, losses and update rules there are and what they take, `problem_rules`
how the parts must fit. `problem_file` reads and writes a problem as TOML.
"""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING

from chalkgrad.errors import Fault, LimitError, ProblemError, RequestError, expect, nearest
from chalkgrad.light import dataclass, field, replace
from chalkgrad.losses import NO_LOSS
from chalkgrad.notation import KINDS, PARTED, Symbol, named, parse, split_prefix
from chalkgrad.problem_rules import check, paired
from chalkgrad.records import Training
from chalkgrad.rounding import POLICIES, Policy
from chalkgrad.spelling import Shape, Speller

if TYPE_CHECKING:
    from collections.abc import Mapping

    from chalkgrad.problem_rules import FaultSink
    from chalkgrad.records import Layer, Sample

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


@dataclass(frozen=True)
class Problem:
    """A network, its samples and how it is to be worked.

    Raises:
        ProblemError: with every fault, if the parts do not fit.

    >>> from chalkgrad import Choice, Layer, Sample
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
    marks: Mapping[str, object] = field(default_factory=dict)
    limits: Mapping[str, float] = field(default_factory=dict, compare=False, repr=False)

    def __post_init__(self) -> None:
        for name in self.limits:
            if name not in LIMITS:
                raise RequestError(f'there is no limit "{name}", they are {" ".join(LIMITS)}')
        limits = {**LIMITS, **self.limits}
        object.__setattr__(self, "limits", MappingProxyType(limits))
        object.__setattr__(self, "names", dict(self.names))
        faults = self._faults()
        if faults:
            raise ProblemError(faults)
        count = self.weight_count
        _limit(limits, "layers", "layers", len(self.layers))
        _limit(limits, "width", "neurons in a layer", max(self.sizes))
        _limit(limits, "weights", "weights", count)
        _limit(limits, "iterations", "iterations", self.training.iterations)
        cost = count * max(1, len(self.batch(1))) * self.training.iterations
        _limit(limits, "cost", "weights x samples x iterations", cost)

    def __reduce__(self) -> tuple[object, ...]:
        # limits are a read-only view, which cannot be sent to another process
        kept = (getattr(self, name) for name in Problem.__match_args__)
        return (Problem, tuple(dict(v) if isinstance(v, MappingProxyType) else v for v in kept))

    def _faults(self) -> list[Fault]:
        faults: list[Fault] = []

        def fault(path: tuple[str | int, ...], must: str, got: object, hint: str = "") -> None:
            faults.append(Fault(path, must, str(got), hint))

        check(self.layers, self.samples, self.training, fault)
        if self.arithmetic.mode not in POLICIES:
            must = "one of " + " ".join(POLICIES)
            fault(("arithmetic", "policy"), must, f'"{self.arithmetic.mode}"')
        # A name is in range or not by the sizes of the layers: without them there is nothing to say.
        if self.layers and all(layer.weights and layer.weights[0] for layer in self.layers):
            _check_names(self, fault)
        return faults

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
        return paired(self.layers, self.training)

    @property
    def updates(self) -> bool:
        """Whether parameters are updated."""
        return self.training.learning_rate is not None and self.training.loss.name != NO_LOSS

    def speller(self, notation: str = "index") -> Speller:
        """How this problem's symbols are spelled: its own names first, then the notation's."""
        by_symbol = {}
        for given, name in self.names.items():
            symbol = self.symbol(name)
            prefix = split_prefix(name)[0]
            # a name without a prefix is good for every iteration and sample
            iteration = symbol.iteration if "it" in prefix else 0
            sample = symbol.sample if "s" in prefix else 0
            by_symbol[Symbol(symbol.kind, symbol.index, iteration, sample)] = given
        placed = any(symbol.iteration or symbol.sample for symbol in by_symbol)
        return Speller(self.shape, notation, by_symbol, len(self.samples), placed)

    def symbol(self, name: str) -> Symbol:
        """The symbol that a name means in this problem: contract names, `names` and aliases.

        ``b[l][j]`` of a shared bias is ``b[l]``; ``b[l]`` of a single neuron is ``b[l][1]``; a sample is
        filled in where there is only one.

        Raises:
            RequestError: no such name, or an index beyond the network.
        """
        prefix, bare = split_prefix(name.strip())
        target = {given.casefold(): target for given, target in self.names.items()}
        known = target.get(bare.casefold())
        if known is None and bare.split("[", 1)[0].casefold() not in KINDS and "[" not in bare:
            whole = [kind for kind, spec in KINDS.items() if spec.sizes == (0,)]
            hint = nearest(bare, [*self.names, *whole])
            raise RequestError(
                f'"{name}" is not a name of this problem' + (f"; {hint}" if hint else "")
            )
        symbol = parse(prefix + (known or bare))
        return self._in_range(symbol, name)

    def _in_range(self, symbol: Symbol, name: str) -> Symbol:
        kind, index, iteration, sample = symbol
        spec = KINDS[kind]
        sizes = self.sizes
        if (kind.endswith("b") and kind != "b" and spec.sizes == (2, 1)) or kind == "b":
            index = self._bias_index(index)
        first = 0 if kind in ("a", "grad_a") else 1
        bounds: tuple[range, ...] = ()
        if kind == "x":
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
            count = len(self.samples)
            there = "there is 1 sample" if count == 1 else f"there are {count} samples"
            raise RequestError(f'"{name}": {there}')
        if kind == "a" and index[0] == 0:
            kind, index, iteration = "x", index[1:], 0
        if spec.of_sample and not sample and len(self.batch(max(iteration, 1))) == 1:
            sample = self.batch(max(iteration, 1))[0]
        elif not spec.of_sample and sample and len(self.batch(max(iteration, 1))) == 1:
            sample = 0
        elif sample and not spec.of_sample and kind not in PARTED:
            raise RequestError(f'"{name}": a {spec.words.split(" of ")[0]} belongs to no sample')
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

        >>> from chalkgrad import Choice, Layer, Sample
        >>> layer = Layer(((0.5,),), activation=Choice("sigmoid"))
        >>> problem = Problem((layer,), (Sample((0.1,), (0.1,)),), Training(learning_rate=0.5))
        >>> problem.with_(iterations=3).training.iterations
        3
        """
        own = {k: v for k, v in changes.items() if k in Problem.__match_args__}
        rest = {k: v for k, v in changes.items() if k not in own}
        for name in rest:
            if name not in Training.__match_args__:
                hint = nearest(name, [*Problem.__match_args__, *Training.__match_args__])
                raise RequestError(f'there is no setting "{name}"' + (f"; {hint}" if hint else ""))
        if rest:
            own["training"] = replace(self.training, **rest)  # type: ignore[arg-type]
        return replace(self, **own)  # type: ignore[arg-type]


def expect_problem(problem: object) -> None:
    """Refuse what is no problem, such as the name of one, before a function fails somewhere deep within."""
    words = 'a Problem, as chalkgrad.load("FILE.toml") and chalkgrad.example("mazur") give'
    expect(problem, Problem, "problem", words)


def _limit(limits: Mapping[str, float], name: str, what: str, got: float) -> None:
    if got > limits[name]:
        raise LimitError(name, what, got, limits[name])


def _check_names(problem: Problem, fault: FaultSink) -> None:
    seen: dict[Symbol, str] = {}
    spelled: dict[str, str] = {}
    for name, target in problem.names.items():
        at = ("names", name)
        if named(name):
            fault(at, "a name that is not one of the vocabulary already", f'"{name}"')
            continue
        head = split_prefix(name)
        if head[0] or ("[" in head[1] and head[1].split("[", 1)[0] in KINDS):
            must = "a name without it1. or s1. in front, and no kind of quantity before a bracket"
            fault(at, must, f'"{name}"')
            continue
        if not name or not name.isprintable() or any(c in name for c in ",;*") or len(name) > 60:
            fault(
                at,
                "up to 60 characters without comma, semicolon, asterisk or control character",
                f'"{name}"',
            )
            continue
        try:
            symbol = problem._in_range(parse(target), target)  # noqa: SLF001
        except RequestError as error:
            fault(at, "the name of a quantity of this network", str(error))
            continue
        if symbol in seen:
            fault(at, f'another quantity than "{seen[symbol]}" names already', target)
        if name.casefold() in spelled:
            fault(
                at, f'a name that differs from "{spelled[name.casefold()]}" by more than case', name
            )
        seen[symbol] = name
        spelled[name.casefold()] = name
