"""Any step of a run again: the numbers before its update, and the samples that it takes.

The steps before it are made anew, from the nearest checkpoint or from the start, by the engine of the run:
so the numbers are those of the run, to the last bit.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from chalkgrad.errors import RequestError
from chalkgrad.training.checkpoint import Checkpoint, from_bytes
from chalkgrad.training.extra import Array, np
from chalkgrad.training.keeping import restore
from chalkgrad.training.numpy_engine import NumpyEngine
from chalkgrad.training.running import Run

if TYPE_CHECKING:
    import os
    from collections.abc import Iterator, Mapping, Sequence

    from chalkgrad.problem import Problem
    from chalkgrad.rounding import Policy
    from chalkgrad.training.course import Course
    from chalkgrad.training.model import Network
    from chalkgrad.training.pictures import Picture
    from chalkgrad.working import Working


@dataclass(frozen=True)
class TrainingStep:
    """One step of a run, before its update.

    Attributes:
        number: of the step, from 1.
        course: what the run works on.
        p: weights and biases before it, as `Architecture` orders them.
        memory: what the update rule remembers from the step before.
        update: the number of the update, as rules that count them see it.
        samples: the samples that it takes, as rows of the course, from 0.
        rate: its learning rate.
    """

    number: int
    course: Course
    p: Array
    memory: Mapping[str, Array]
    update: int
    samples: Array
    rate: float

    @property
    def rows(self) -> Array:
        """Where its samples stand in the data that was given, from 1."""
        found: Array = self.course.rows[self.samples] + 1
        return found

    @property
    def weights(self) -> Array | None:
        """The weights of its samples, or None."""
        whole = self.course.weights
        return None if whole is None else whole[self.samples].astype(float)

    def problem(self) -> Problem:
        """The step as a problem: see `problem_of`."""
        from chalkgrad.training.step_working import problem_of  # works steps, and so knows them

        return problem_of(self)

    def working(
        self,
        *,
        only: Sequence[str] = (),
        style: str = "chain",
        notation: str = "index",
        language: str = "en",
        policy: Policy | None = None,
    ) -> Working:
        """The hand working of the step, or of the quantities asked for: see `work_step`."""
        from chalkgrad.training.step_working import work_step  # as above

        return work_step(
            self, only=only, style=style, notation=notation, language=language, policy=policy
        )

    def gradients(self) -> tuple[float, list[Array], list[Array]]:
        """The loss of its samples and the gradient of every layer's W and b, in float64.

        Before any clipping; worked out by the NumPy engine whatever engine trained.
        """
        loss, flat = self.flat_gradient()
        return (loss, *self.course.architecture.views(flat))

    def plot(self) -> Picture:
        """Histograms of the gradients of each layer as a picture (extra ``plot``)."""
        from chalkgrad.training.plots import gradient_histograms  # matplotlib is an extra

        return gradient_histograms(self)

    def flat_gradient(self) -> tuple[float, Array]:
        """The same gradient as one vector, as `Architecture` orders it."""
        x, t = (part[self.samples].astype(float) for part in (self.course.x, self.course.t))
        engine = NumpyEngine(self.course.architecture, np.dtype("float64"))
        return engine.gradients(self.p.astype(float), x, t, self.weights)


def step_of(
    course: Course, number: int, made: int, folder: str | os.PathLike[str] | None = None
) -> TrainingStep:
    """One step of a run.

    Args:
        course: what the run works on.
        number: of the step, from 1.
        made: how many steps the run made.
        folder: where its checkpoints are, if it wrote any.

    Raises:
        RequestError: the run made no such step, or the checkpoints are those of another run.
    """
    if not 1 <= number <= made:
        there = "the run made no step" if made < 1 else f"the run made the steps 1 to {made}"
        raise RequestError(f"there is no step {number}: {there}")
    newest, nearest = _nearest(Path(folder), number - 1) if folder is not None else (None, None)
    run = Run(course, str(newest.facts["engine"]) if newest else "")
    if folder is not None and newest is not None:
        restore(run, newest, (), Path(folder), replayed=True)  # refuses what belongs to another run
        run = Run(course, run.engine.name)
        restore(run, nearest, (), Path(folder), replayed=True)
    while run.step < number - 1 and not run.history.stopped:
        epoch, at = divmod(run.step, course.per_epoch)
        count = min(course.per_epoch - at, number - 1 - run.step)
        run.advance(course.order(epoch), at, count)
        run.losses = run.losses[:0]
    if run.step < number - 1:
        raise RequestError(f"there is no step {number}: the run ended after step {run.step}")
    plain = run.engine.plain
    return TrainingStep(
        number, course, plain(run.state.p),
        {name: plain(values) for name, values in run.state.memory.items()},
        run.state.updates + 1, course.batch(number - 1), float(course.rates(number - 1, 1)[0]),
    )  # fmt: skip


def step_of_network(network: Network, number: int) -> TrainingStep:
    """One step of the run that a network came from.

    >>> from chalkgrad.examples import example
    >>> from chalkgrad.training import train
    >>> step = train(example("xor"), epochs=50).step(50)
    >>> step.rows.tolist()
    [1, 2, 3, 4]
    """
    course = network.course
    if course is None:
        raise RequestError("this network was read from a file or sent: its run is not at hand")
    before = course.start.updates if course.start is not None else 0
    return step_of(course, number, network.updates - before)


def steps_made(folder: Path) -> int:
    """How many steps the run of a folder has made, by its newest whole checkpoint; 0 without one."""
    newest = next(_whole(folder), None)
    return int(newest.facts["step"]) if newest else 0


def _nearest(folder: Path, step: int) -> tuple[Checkpoint | None, Checkpoint | None]:
    """The newest whole checkpoint, and the newest of at most so many steps."""
    newest = None
    for checkpoint in _whole(folder):
        newest = newest or checkpoint
        if int(checkpoint.facts["step"]) <= step:
            return newest, checkpoint
    return newest, None


def _whole(folder: Path) -> Iterator[Checkpoint]:
    """The checkpoints that can be read, the newest first; the folder may be of a run under way."""
    for path in sorted(folder.glob("step-*.safetensors"), reverse=True):
        try:
            yield from_bytes(path.read_bytes(), path.name)
        except (RequestError, OSError):
            continue
