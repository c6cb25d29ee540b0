"""A training between two stretches: its network, its samples, how far it came, and a stretch of it."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from chalkgrad.training import Data, Network, train
from chalkgrad.training.architecture import Architecture
from chalkgrad.training.data import shuffled
from chalkgrad.training.extra import Array, np
from chalkgrad.training.numpy_engine import NumpyEngine

if TYPE_CHECKING:
    from chalkgrad.problem import Problem
    from chalkgrad.training.data import Scaling

_MOST_POINTS = 300


@dataclass
class Course:
    """A training between two stretches.

    Attributes:
        problem: the network with its start weights, loss and update rule.
        data: the samples.
        inputs, targets: how the network takes both, or None where it takes them as they are.
        size: rows of a batch.
        seed: of the order.
        own: whether the samples are those of the problem, which are not shuffled.
        network: where the last stretch ended, or None.
        steps: updates made.
        losses: (updates, loss with the weights after them) pairs, thinned out.
    """

    problem: Problem
    data: Data
    size: int
    seed: int
    own: bool
    inputs: Scaling | None = None
    targets: Scaling | None = None
    network: Network | None = None
    steps: int = 0
    losses: list[tuple[int, float]] = field(default_factory=list)
    note: str = ""
    ended: bool = False

    @property
    def per_pass(self) -> int:
        """Updates of one pass over the data."""
        return -(-len(self.data) // self.size)

    def batch(self) -> Data:
        """The rows of the next update."""
        if self.size >= len(self.data):
            return self.data
        number, at = divmod(self.steps, self.per_pass)
        order = (
            np.arange(len(self.data))
            if self.own
            else shuffled(len(self.data), self.seed, number=number)
        )
        return self.data.rows(order[at * self.size : (at + 1) * self.size])


def advance(course: Course, data: Data, *, steps: int, **settings: Any) -> None:
    """Train on from where it stands for so many updates; a run that diverged has ended."""
    network = train(
        course.problem, as_taken(course, data), start=course.network, engine="numpy", **settings
    )
    epochs = network.history.epochs
    course.network = network
    course.steps += steps
    if epochs:  # a loss is that before its update; of a pass, the mean stands at its middle
        last = steps // len(epochs)
        course.losses.append((course.steps - (last + 1) // 2, epochs[-1].loss))
    if len(course.losses) > _MOST_POINTS:
        course.losses = course.losses[:1] + course.losses[1::2] + course.losses[-1:]
    if network.history.stopped == "diverged":
        course.ended, course.note = True, network.history.note


def as_taken(course: Course, data: Data) -> Data:
    """Samples as the network takes them: by the scaling of all data, a batch has none of its own."""
    t = course.targets.apply(data.t) if course.targets else data.t
    x = _scaled(course, data.x)
    return replace(data, x=x, t=t, scaling="none", columns=(), held_back=None)


def _scaled(course: Course, x: Array) -> Array:
    return course.inputs.apply(x) if course.inputs else x


def outputs_of(course: Course, x: Array) -> Array:
    """What the network says of inputs, in the unit of the targets."""
    out = network_of(course).outputs(_scaled(course, x))
    return course.targets.undo(out) if course.targets else out


def network_of(course: Course) -> Network:
    """The network where it stands; before the first stretch that of the problem."""
    if course.network is not None:
        return course.network
    made = Architecture.of(course.problem)
    return Network(made, made.pack(course.problem), course.data.classes)


def loss_now(course: Course) -> float:
    """The loss of all samples with the weights as they stand."""
    network = network_of(course)
    engine = NumpyEngine(network.architecture, np.dtype("float64"))
    ready = as_taken(course, course.data)
    losses, _ = engine.evaluate(network.p, ready.x, ready.t)
    mean = course.problem.training.over_samples == "mean"
    return float(losses.mean() if mean else losses.sum())
