"""A trained network: its numbers, how inputs become numbers, and the way back to a problem."""

from __future__ import annotations

import itertools
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from chalkgrad.activations import ACTIVATIONS
from chalkgrad.errors import RequestError, one_of
from chalkgrad.inits import INITS, draw_weights
from chalkgrad.problem import LIMITS, Problem
from chalkgrad.records import Choice, Init, Layer, Sample, Training
from chalkgrad.training.chunks import blocks, on_disk
from chalkgrad.training.extra import Array, np
from chalkgrad.training.history import History
from chalkgrad.training.judging import judge
from chalkgrad.training.numpy_engine import NumpyEngine
from chalkgrad.training.tables import encode

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from chalkgrad.training.architecture import Architecture
    from chalkgrad.training.columns import Column
    from chalkgrad.training.course import Course
    from chalkgrad.training.data import Data, Scaling
    from chalkgrad.training.pictures import Picture
    from chalkgrad.training.replay import TrainingStep

_MOST_WEIGHTS = 100_000_000
"""Of a network that is drawn here: more take longer to draw than any data set is worth."""
_UNLIMITED = dict.fromkeys(LIMITS, float("inf"))


def network_problem(
    data: Data,
    hidden: Sequence[int] = (),
    *,
    activation: str | Choice = "relu",
    loss: str | Choice = "",
    output: str | Choice = "",
    learning_rate: float = 0.1,
    optimizer: str | Choice = "sgd",
    init: str = "",
    seed: int = 0,
) -> Problem:
    """A problem whose network fits data: softmax and cross-entropy for classes, else half squared error.

    Args:
        data: what is to be learnt; its first row becomes the problem's sample.
        hidden: neurons of each hidden layer.
        activation: of the hidden layers.
        loss: in place of the usual one.
        output: the activation of the outputs, in place of the usual one.
        learning_rate: of the training.
        optimizer: the update rule.
        init: a scheme of `INITS`; by default ``he_uniform`` for activations that are 0 on one side, else
            ``xavier_uniform``.
        seed: of the weights; layer l draws from seed + l.
    """
    choice = _choice(activation)
    one_of("activation", choice.name, ACTIVATIONS)
    sizes = (data.x.shape[1], *hidden, data.t.shape[1])
    if any(size < 1 for size in sizes):
        raise RequestError(f"layers must have at least one neuron, got {'-'.join(map(str, sizes))}")
    count = sum(a * b for a, b in itertools.pairwise(sizes))
    if count > _MOST_WEIGHTS:
        raise RequestError(
            f"layers of {'-'.join(map(str, sizes))} have {count:,} weights, the most is {_MOST_WEIGHTS:,}"
        )
    one_sided = choice.name in ("relu", "leaky_relu", "elu", "silu", "gelu", "softplus")
    if init:
        one_of("init", init, INITS)
    scheme = init or ("he_uniform" if one_sided else "xavier_uniform")
    last = _choice(output or ("softmax" if data.classes else "identity"))
    layers = []
    for l, (inputs, units) in enumerate(itertools.pairwise(sizes), 1):
        drawn = Init(scheme, seed + l)
        act = choice if l < len(sizes) - 1 else last
        layers.append(Layer(draw_weights(drawn, inputs, units), (0.0,) * units, act, drawn))
    training = Training(
        loss=_choice(loss or ("cross_entropy" if data.classes else "half_squared_error")),
        learning_rate=learning_rate,
        optimizer=_choice(optimizer),
    )
    first = Sample(tuple(data.x[0].tolist()), tuple(data.t[0].tolist()))
    return Problem(tuple(layers), (first,), training, title=data.title, limits=_UNLIMITED)


def _choice(given: str | Choice) -> Choice:
    return Choice(given) if isinstance(given, str) else given


@dataclass(frozen=True)
class Network:
    """What training leaves.

    Attributes:
        architecture: the network without its numbers.
        p: its numbers, as `Architecture` orders them.
        classes: names of the classes; empty for numbers.
        columns: how cells become inputs; empty if they were numbers from the start.
        scaling: how inputs are scaled, or None.
        history: the record of the run.
        memory, updates: what the update rule remembers and how many updates were made, to go on with.
        course: what the run worked on, from which any of its steps is worked out again; it stays behind
            where a network is sent to another process or written to a file.
        target_scaling: how targets are scaled, or None; outputs are scaled back.
    """

    architecture: Architecture
    p: Array
    classes: tuple[str, ...] = ()
    columns: tuple[Column, ...] = ()
    scaling: Scaling | None = None
    history: History = field(default_factory=History)
    memory: Mapping[str, Array] = field(default_factory=dict)
    updates: int = 0
    course: Course | None = field(default=None, repr=False, compare=False)
    target_scaling: Scaling | None = None

    def __getstate__(self) -> dict[str, object]:
        return {**self.__dict__, "course": None}

    def scaled(self, x: Array) -> Array:
        """Inputs as the network takes them."""
        x = np.asarray(x)
        return (self.scaling.apply(x) if self.scaling else x).astype(self.p.dtype)

    def outputs(self, x: Array) -> Array:
        """The activations of the last layer for rows of inputs; both without any scaling."""
        engine = NumpyEngine(self.architecture, self.p.dtype)
        x = x if on_disk(x) else np.asarray(x)
        parts = [engine.outputs(self.p, self.scaled(x[part])) for part in blocks(x)]
        out = np.concatenate(parts) if parts else np.empty((0, self.architecture.sizes[-1]))
        return self.target_scaling.undo(out) if self.target_scaling else out

    def predict(self, rows: Array | Sequence[Sequence[str]]) -> list[str] | Array:
        """The class of each row, or its numbers; rows of cells are encoded as the table was."""
        x = encode(self.columns, rows) if self.columns and not hasattr(rows, "dtype") else rows
        out = self.outputs(np.asarray(x))
        if self.classes:
            return [self.classes[k] for k in out.argmax(axis=1)]
        return out

    def score(self, data: Data) -> float:
        """The share of right classes, or R squared for numbers: no number (nan) where these do not vary."""

        def outputs(x: Array, t: Array) -> tuple[Array, Array]:
            return np.zeros(len(t)), self.outputs(x)

        with np.errstate(all="ignore"):  # of a run that diverged
            return judge(outputs, data.x, data.t, classes=bool(self.classes))[1]

    def confusion(self, data: Data) -> Array:
        """How often each class was taken for each: a row for what it is, a column for what was said.

        Raises:
            RequestError: the network learns numbers.
        """
        if not self.classes:
            raise RequestError("a confusion matrix needs classes, this network learns numbers")
        counts = np.zeros((len(self.classes),) * 2, dtype=np.int64)
        labels = data.labels
        for part in blocks(data.x):
            np.add.at(counts, (labels[part], self.outputs(data.x[part]).argmax(axis=1)), 1)
        return counts

    def plot_confusion(self, data: Data) -> Picture:
        """The confusion matrix as a picture (extra ``plot``)."""
        from chalkgrad.training.plots import confusion  # matplotlib is an extra

        return confusion(self.confusion(data), self.classes)

    @property
    def losses(self) -> list[float]:
        """The loss of each epoch of the run."""
        return self.history.losses

    def plot(self) -> Picture:
        """The curves of the run as a picture (extra ``plot``)."""
        return self.history.plot()

    def step(self, number: int) -> TrainingStep:
        """One step of the run that the network came from, from 1: its samples, numbers and gradients."""
        from chalkgrad.training.replay import step_of_network  # replays runs, and so knows networks

        return step_of_network(self, number)

    def problem(self, data: Data | None = None) -> Problem:
        """The network as a problem to be worked by hand, with the samples of `data` as it sees them.

        Without data the sample is all zeros.
        """
        layers = self.architecture.layers(self.p)
        if data is None:
            zeros = (0.0,) * self.architecture.sizes[0]
            target = (0.0,) * (self.architecture.sizes[-1] - 1) + (1.0,)
            samples: tuple[Sample, ...] = (Sample(zeros, target),)
        else:
            x = self.scaled(data.x).tolist()
            t = self.target_scaling.apply(data.t) if self.target_scaling else data.t
            pairs = zip(x, t.tolist(), strict=True)
            samples = tuple(Sample(tuple(row), tuple(t)) for row, t in pairs)
        training = replace(self.architecture.training, iterations=1)
        return Problem(layers, samples, training, limits=_UNLIMITED)
