"""The verb of training: from what is asked to the network that it leaves."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from chalkgrad.errors import RequestError
from chalkgrad.problem import expect_problem
from chalkgrad.training import distributed
from chalkgrad.training.checkpoint import Keeper
from chalkgrad.training.course import Course, make_course
from chalkgrad.training.keeping import restore
from chalkgrad.training.model import Network
from chalkgrad.training.running import Run, unheard
from chalkgrad.training.settings import Settings
from chalkgrad.training.usual import CHECKPOINT_SECONDS

if TYPE_CHECKING:
    import os
    from collections.abc import Callable, Mapping

    from chalkgrad.problem import Problem
    from chalkgrad.training.data import Data
    from chalkgrad.training.extra import Array
    from chalkgrad.training.history import Listener


def train(
    problem: Problem,
    data: Data | None = None,
    *,
    validation_data: Data | None = None,
    class_weights: Mapping[str, float] | str | None = None,
    sample_weights: Array | None = None,
    folder: str | os.PathLike[str] | None = None,
    resume: bool = False,
    start: Network | None = None,
    listen: Listener | None = None,
    interrupted: Callable[[], bool] | None = None,
    checkpoint_seconds: float = CHECKPOINT_SECONDS,
    **settings: Any,
) -> Network:
    """Train the network of a problem on data.

    Args:
        problem: network, loss, update rule, learning rate.
        data: samples; by default the problem's own, in the mode of the problem, and ``epochs`` then counts
            its iterations.
        validation_data: what the network is validated on, in place of a part held back.
        class_weights: a weight for each class by name, or ``balanced``.
        sample_weights: a weight for each sample.
        folder: where checkpoints are written.
        resume: go on from the last whole checkpoint in `folder`.
        start: a network of the same problem whose numbers, memory and count of updates are gone on with.
        listen: called with every `Event`; where it returns True, the run stops.
        interrupted: asked between stretches whether to stop; the run then writes a checkpoint.
        checkpoint_seconds: how often a checkpoint is written; the first comes after half a second.
        **settings: fields of `Settings`: epochs, batch_size, seed, validation, patience and so on.

    Raises:
        RequestError: data and network do not fit, or a setting is none.

    >>> from chalkgrad.examples import example
    >>> problem = example("xor")
    >>> network = train(problem, epochs=200)
    >>> network.history.losses[-1] < network.history.losses[0]
    True
    """
    expect_problem(problem)
    course = make_course(
        problem, data, Settings(**settings), validation=validation_data,
        class_weights=class_weights, sample_weights=sample_weights, start=start,
        kept=folder is not None or distributed.processes() > 1,
    )  # fmt: skip
    return train_course(
        course, folder=folder, resume=resume, listen=listen, interrupted=interrupted,
        checkpoint_seconds=checkpoint_seconds,
    )  # fmt: skip


def train_course(
    course: Course,
    *,
    folder: str | os.PathLike[str] | None = None,
    resume: bool = False,
    listen: Listener | None = None,
    interrupted: Callable[[], bool] | None = None,
    checkpoint_seconds: float = CHECKPOINT_SECONDS,
) -> Network:
    """Train what a course says; the arguments are those of `train`.

    Of several processes (see `distributed`) the first one tells and writes; the others help it.
    """
    if distributed.rank():
        p = distributed.help_first(course)
        return Network(
            course.architecture, p, course.classes, course.columns, course.scaling,
            target_scaling=course.target_scaling,
        )  # fmt: skip
    if not checkpoint_seconds >= 0:
        raise RequestError(f"checkpoint_seconds must be from 0 up, got {checkpoint_seconds}")
    keeper = Keeper(Path(folder)) if folder is not None else None
    last, refused = keeper.last() if keeper and resume else (None, [])
    run = Run(course, str(last.facts["engine"]) if last else "")
    if keeper and resume:
        restore(run, last, refused, keeper.folder)
    run.go(keeper, listen or unheard, interrupted or (lambda: False), checkpoint_seconds)
    network = run.network()
    if isinstance(run.engine, distributed.ShardedEngine):
        run.engine.end(network.p)
    return network
