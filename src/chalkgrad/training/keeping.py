"""A run as a checkpoint, and back."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING

from chalkgrad.errors import RequestError
from chalkgrad.training.checkpoint import Checkpoint
from chalkgrad.training.engines import State
from chalkgrad.training.extra import np
from chalkgrad.training.history import History

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from chalkgrad.training.running import Run


def checkpoint_of(run: Run, seconds: float) -> Checkpoint:
    """Where a run stands, with arrays of its own; numbers in the order of `Architecture`."""
    plain = run.engine.plain
    arrays = {"p": plain(run.state.p), "losses": run.losses.copy()}
    arrays |= {f"memory.{name}": plain(values) for name, values in run.state.memory.items()}
    if run.best is not None:
        arrays["best"] = plain(run.best)
    paused = run.history.stopped in ("interrupted", "callback")
    facts = {
        "step": run.step, "fingerprint": run.course.fingerprint, "engine": run.engine.name,
        "best_loss": run.best_loss if math.isfinite(run.best_loss) else None,
        "first": run.first if run.first is not None and math.isfinite(run.first) else None,
        "waited": run.waited, "seconds": seconds, "before": run.state.before,
        "history": {**run.history.to_object(), "stopped": "" if paused else run.history.stopped},
    }  # fmt: skip
    return Checkpoint(arrays, facts)


def restore(
    run: Run,
    checkpoint: Checkpoint | None,
    refused: Sequence[str],
    folder: Path,
    *,
    replayed: bool = False,
) -> None:
    """Put a run where a checkpoint stands; without one it begins anew.

    Args:
        run: a run that has not begun.
        checkpoint: the newest that is whole, or None.
        refused: what is wrong with those that are newer.
        folder: where it was found.
        replayed: whether a step is looked at and nothing gone on with; one process may then follow
            several, to the last bits.

    Raises:
        RequestError: it belongs to another run, or none of several is whole.
    """
    if checkpoint is None:
        if refused:
            raise RequestError("no checkpoint can be used: " + "; ".join(refused))
        return
    facts, arrays = checkpoint.facts, checkpoint.arrays
    if facts["fingerprint"] != run.course.fingerprint:
        raise RequestError(
            f'"{folder}" holds the checkpoints of another run: '
            "network, data or settings are not the same"
        )
    begun = str(facts["engine"])
    if begun.partition("/")[0] != run.engine.name if replayed else begun != run.engine.name:
        raise RequestError(
            f"the run was begun with the engine {begun}, this one is {run.engine.name}"
        )
    packed = run.engine.packed
    for name, values in run.state.memory.items():
        values[...] = packed(arrays[f"memory.{name}"])
    run.step = int(facts["step"])
    before = facts.get("before")
    run.state = State(packed(arrays["p"]), run.state.memory, run.step + run.earlier, before)
    run.losses = np.array(arrays["losses"])
    run.best = packed(arrays["best"]) if "best" in arrays else None
    run.best_loss = math.inf if facts["best_loss"] is None else facts["best_loss"]
    run.waited, run.before, run.first = facts["waited"], facts["seconds"], facts.get("first")
    run.history = replace(History.from_object(facts["history"]), engine=run.history.engine)
    if refused:
        run.history.note = "an older checkpoint was used: " + "; ".join(refused)
