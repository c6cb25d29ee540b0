"""Networks that were trained together: their numbers as arrays, each a network when it is asked for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, overload

from chalkgrad.straight import REASONS
from chalkgrad.training.architecture import Architecture
from chalkgrad.training.course import make_course
from chalkgrad.training.extra import Array, np
from chalkgrad.training.history import Epoch, History
from chalkgrad.training.loop import train
from chalkgrad.training.model import Network
from chalkgrad.training.stopping import DIVERGED
from chalkgrad.training.tiers import places_of

if TYPE_CHECKING:
    from chalkgrad.notation import Symbol
    from chalkgrad.problem import Problem
    from chalkgrad.training.settings import Settings


@dataclass(frozen=True, slots=True)
class Trained:
    """What became of many networks, one row each.

    Attributes:
        states: their numbers, in the order of `Plan.state`.
        losses: the mean loss of each stretch of iterations; nan where there was none.
        ran: whether there was a loss in that stretch.
        updates: how many updates were made.
        reasons: the bound that was met, by its place in `REASONS`.
    """

    states: Array
    losses: Array
    ran: Array
    updates: Array
    reasons: Array


@dataclass(frozen=True, eq=False)
class Networks(Sequence[Network]):
    """Networks of one problem, best first; each is made when it is asked for.

    Attributes:
        problem: what they were trained for.
        settings: how.
        starts: their numbers before training, one row a network, as `Architecture` orders them.
        p: their numbers after it.
        losses: the mean loss of each stretch of iterations, one row a network; nan after its end.
        diverged: which networks left all bounds; they come last.
        updates: how many updates each got.
        reasons: the bound of ``[training.stop]`` that each met, by its place in `REASONS`.
        memory: what the update rule remembers, by name.
        steps: iterations of a stretch.
        seconds: how long all of it took.
        engine: which engine computed, and why.
    """

    problem: Problem
    settings: Settings
    starts: Array
    p: Array
    losses: Array
    diverged: Array
    updates: Array
    reasons: Array
    memory: dict[str, Array]
    steps: int
    seconds: float
    engine: str

    def __len__(self) -> int:
        return len(self.p)

    @overload
    def __getitem__(self, at: int) -> Network: ...
    @overload
    def __getitem__(self, at: slice) -> list[Network]: ...
    def __getitem__(self, at: int | slice) -> Network | list[Network]:
        if isinstance(at, slice):
            return [self[k] for k in range(*at.indices(len(self)))]
        at = range(len(self))[at]
        architecture = Architecture.of(self.problem)
        problem = self.problem.with_(layers=architecture.layers(self.starts[at]))
        if self.diverged[at]:
            # alone it stops where it diverges, and keeps the numbers before
            return train(problem, **self.settings.to_object())  # type: ignore[arg-type]
        done, total = int(self.updates[at]), self.settings.epochs
        rate = float(problem.training.learning_rate or 0.0)
        ends = [min(n * self.steps, done) for n in range(1, len(self.losses[at]) + 1)]
        epochs = [
            Epoch(n, end, float(loss), rate, self.seconds * end / total)
            for n, (end, loss) in enumerate(zip(ends, self.losses[at], strict=True), 1)
            if loss == loss
        ]
        reason = REASONS[int(self.reasons[at])]
        return Network(
            architecture, self.p[at], history=History(epochs, reason, engine=self.engine, updates=done),
            memory={name: values[at] for name, values in self.memory.items()}, updates=done,
            course=make_course(problem, None, self.settings, kept=False),
        )  # fmt: skip


def ranked(
    problem: Problem, settings: Settings, flat: Array, found: Trained, symbols: Sequence[Symbol],
    steps: int, seconds: float,
) -> Networks:  # fmt: skip
    """The networks in the order of their last losses, those that diverged at the end."""
    places, architecture = places_of(problem), Architecture.of(problem)
    dtype = found.states.dtype
    p, memory = flat.astype(dtype), dict[str, Array]()
    for n, symbol in enumerate(symbols):
        stem, _, which = symbol.kind.rpartition("_")
        place = places[which, symbol.index]
        if stem:
            kept = memory.setdefault(stem, np.zeros((len(flat), architecture.trained), dtype))
            kept[:, place] = found.states[:, n]
        else:
            p[:, place] = found.states[:, n]
    losses, ran = found.losses, found.ran
    with np.errstate(invalid="ignore"):
        bound = DIVERGED * np.maximum(np.abs(losses[:, :1]), 1e-12)
        near = (losses <= bound) | ~ran
    fine = np.asarray(np.isfinite(found.states).all(axis=1) & near.all(axis=1))
    last = losses[np.arange(len(losses)), ran.sum(axis=1) - 1]
    order = np.argsort(np.where(fine, last, np.inf), kind="stable")
    return Networks(
        problem, settings, flat[order], p[order], losses[order], ~fine[order],
        found.updates[order], found.reasons[order],
        {name: values[order] for name, values in memory.items()}, steps, seconds,
        "lanes: many networks at a time, compiled",
    )  # fmt: skip
