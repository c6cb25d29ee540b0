"""A short run of a problem's own samples, without arrays: what `loop` does, and says, in that case.

Ten thousand iterations of a small network take a twentieth of a second in Python, less than it takes to import
what longer runs need.
"""

from __future__ import annotations

import math
import time
from typing import TYPE_CHECKING

from chalkgrad.losses import NO_LOSS
from chalkgrad.network import make_plan
from chalkgrad.rounding import Policy
from chalkgrad.straight import Stepper, first_state
from chalkgrad.training.history import Epoch, Event, History
from chalkgrad.training.stopping import DIVERGED
from chalkgrad.training.tiers import IN_PYTHON, fits, why_exact

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from chalkgrad.problem import Problem
    from chalkgrad.training.history import Listener

_STRETCH_SECONDS = 0.2


def is_short(problem: Problem, iterations: int) -> bool:
    """Whether a run is one that this module makes; every other one, and every fault, is for `loop`."""
    training = problem.training
    learns = training.loss.name != NO_LOSS and training.learning_rate is not None
    return learns and fits(problem) and 1 <= iterations <= IN_PYTHON


def short_run(
    problem: Problem, iterations: int, listen: Listener, interrupted: Callable[[], bool]
) -> History:
    """Train, tell about it, and return the record.

    Args:
        problem: one for which `is_short` holds.
        iterations: how many.
        listen: called with every `Event`; where it returns True, the run stops.
        interrupted: asked between stretches whether to stop.
    """
    problem = problem.with_(arithmetic=Policy(), iterations=1)
    plan = make_plan(problem)
    stepper, state = Stepper(problem, plan, Policy()), first_state(plan)
    why = why_exact(stepper.texts, iterations)
    history = History(engine=f"exact: {why}")
    per_epoch = max(1, iterations // 100)
    rate = float(problem.training.learning_rate or 0.0)

    def tell(kind: str, **facts: object) -> None:
        if listen(Event(kind, facts)) is True and not history.stopped:
            history.stopped = "callback"

    count, rows = -(-iterations // per_epoch), len(problem.samples)
    tell(
        "start", network="-".join(map(str, problem.sizes)), rows=rows, validation_rows=0,
        batch_size=rows, step=0, steps=iterations, epochs=count, engine="exact", why=why,
        dtype="float64", unit="update",
    )  # fmt: skip
    begun, step, stretch = time.perf_counter(), 0, 64
    losses: list[float] = []
    ended = 0  # so many losses are in the record
    while step < iterations and not history.stopped:
        until = min(step + stretch, (step // per_epoch + 1) * per_epoch, iterations)
        started, known = time.perf_counter(), len(losses)
        state, following, history.stopped = stepper.advance(state, step + 1, until, losses)
        now = time.perf_counter()
        stretch = max(1, int((until - step) * _STRETCH_SECONDS / max(now - started, 1e-6)))
        seconds = now - begun
        broken = _broken(losses[known:], state.values())
        if broken is None:
            step = following - 1
        else:
            history.stopped = "diverged"
            history.note = (
                f"at step {step + broken + 1} the loss is no finite number any more; "
                f"the weights are those before step {step + max(broken, 1)}"
            )
            step += max(0, broken - 1)  # the update before it is what broke the weights
            del losses[step:]
        taken = losses[ended:]
        loss = math.fsum(taken) / len(taken) if taken else 0.0
        whole = step % per_epoch == 0 or step == iterations or history.stopped
        if taken and whole and not history.note:
            ended = len(losses)
            number = len(history.epochs) + 1
            history.epochs.append(Epoch(number, step, loss, rate, seconds))
            first = history.epochs[0].loss
            if not history.stopped and loss > DIVERGED * max(abs(first), 1e-12):
                history.stopped = "diverged"
                history.note = f"epoch {number}: the loss is {loss:.3g}, it began at {first:.3g}"
            tell(
                "epoch", epoch=number, epochs=count, step=step, steps=iterations, loss=loss,
                rate=rate, seconds=seconds, validation_loss=None, validation_score=None,
            )  # fmt: skip
        elif taken:
            tell("progress", step=step, steps=iterations, seconds=seconds, loss=loss)
        if interrupted() and step < iterations and not history.stopped:
            history.stopped = "interrupted"
    epochs = len(history.epochs)
    tell("end", stopped=history.stopped, note=history.note, step=step, epochs=epochs)
    return history


def _broken(losses: Sequence[float], state: Iterable[float]) -> int | None:
    """How many of the losses are finite, if one is not or what comes after them is not; else None."""
    first = next((k for k, loss in enumerate(losses) if not math.isfinite(loss)), None)
    if first is None and not all(map(math.isfinite, state)):
        return len(losses)
    return first
