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
from chalkgrad.training.stopping import no_way_back, why_diverged
from chalkgrad.training.tiers import IN_PYTHON, fits, why_exact

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from chalkgrad.plan import Plan
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
    after: float | None = None
    while step < iterations and not history.stopped:
        until = min(step + stretch, (step // per_epoch + 1) * per_epoch, iterations)
        started, known = time.perf_counter(), len(losses)
        state, following, history.stopped = stepper.advance(state, step + 1, until, losses)
        now = time.perf_counter()
        stretch = max(1, int((until - step) * _STRETCH_SECONDS / max(now - started, 1e-6)))
        seconds = now - begun
        broken = _broken(losses[known:], state.values(), no_way_back(losses[0]))
        if broken is not None and len(stepper.texts) > 1:
            # the first sample may have happened to fit: the bound is by the worst one at the start
            broken = _broken(losses[known:], state.values(), no_way_back(_worst(stepper, plan)))
        if broken is None:
            step = following - 1
        else:
            step += broken
            loss = losses[step] if step < len(losses) else math.nan
            kept = max(0, step - 1)  # the update before it is what broke the weights
            history.stopped = "diverged"
            history.note = why_diverged(step + 1, loss, losses[0], kept + 1)
            after = losses[kept]
            del losses[step:]
        taken = losses[ended:]
        loss = math.fsum(taken) / len(taken) if taken else 0.0
        whole = step % per_epoch == 0 or step == iterations or history.stopped
        if taken and whole and not history.note:
            ended = len(losses)
            number = len(history.epochs) + 1
            history.epochs.append(Epoch(number, step, loss, rate, seconds))
            tell(
                "epoch", epoch=number, epochs=count, step=step, steps=iterations, loss=loss,
                rate=rate, seconds=seconds, validation_loss=None, validation_score=None,
            )  # fmt: skip
        elif taken:
            tell("progress", step=step, steps=iterations, seconds=seconds, loss=loss)
        if interrupted() and step < iterations and not history.stopped:
            history.stopped = "interrupted"
    if after is not None:
        step -= step > 0
    else:
        if len(losses) == step:  # no bound was met by the iteration that would follow
            stepper.advance(state, step + 1, step + 1, losses)
        after = losses[step]
    history.updates = step
    history.loss_after = after if math.isfinite(after) else None
    epochs = len(history.epochs)
    tell("end", stopped=history.stopped, note=history.note, step=step, epochs=epochs)
    return history


def _worst(stepper: Stepper, plan: Plan) -> float:
    """The largest loss of a sample at the start, in online mode."""
    found: list[float] = []
    for k in range(1, len(stepper.texts) + 1):
        stepper.advance(first_state(plan), k, k, found)
    return max(map(abs, found))


def _broken(losses: Sequence[float], state: Iterable[float], bound: float) -> int | None:
    """How many of the losses are fine, if one is not or what comes after them is not; else None."""
    low = -math.inf
    first = next((k for k, loss in enumerate(losses) if not low < loss <= bound), None)
    if first is None and not all(map(math.isfinite, state)):
        return len(losses)
    return first
