"""When a run ends before its last epoch: bounds asked after every epoch, and one that holds for every step."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from chalkgrad.light import dataclass

if TYPE_CHECKING:
    from collections.abc import Callable

    from chalkgrad.training.settings import Settings

DIVERGED = 1e6
"""A loss of so many times the one at the start has no way back."""


def no_way_back(start: float) -> float:
    """The loss of a step beyond which a run that began at a loss has diverged.

    >>> no_way_back(-0.5)
    500000.0
    """
    return DIVERGED * max(abs(start), 1e-12)


def why_diverged(step: int, loss: float, start: float, kept: int) -> str:
    """What is said of a run that diverged.

    Args:
        step: the first step whose loss is no number or beyond the bound.
        loss: that loss.
        start: the loss of the first step.
        kept: the step before whose update the weights are those that are kept.

    >>> why_diverged(8, float("nan"), 0.5, 7)
    'at step 8 the loss is no finite number any more; the weights are those before step 7'
    >>> why_diverged(8, 6e5, 0.5, 7)
    'at step 8 the loss is 6e+05, it began at 0.5; the weights are those before step 7'
    """
    broken = f"{loss:.3g}, it began at {start:.3g}" if math.isfinite(loss) else _BROKEN
    return f"at step {step} the loss is {broken}; the weights are those before step {kept}"


_BROKEN = "no finite number any more"


@dataclass(frozen=True, slots=True)
class Look:
    """What is known of a run when an epoch has ended.

    Attributes:
        loss: the loss of this epoch.
        waited: epochs since the watched loss was lowest.
        seconds: wall time of the run.
        gradient: the largest entry of the gradient over all samples; worked out when it is asked for.
    """

    loss: float
    waited: int
    seconds: float
    gradient: Callable[[], float]


@dataclass(frozen=True, slots=True)
class Bound:
    """One reason to stop: its name in `History.stopped`, and whether it is met."""

    name: str
    met: Callable[[Settings, Look], bool]


BOUNDS = (
    Bound("loss", lambda s, look: s.stop_loss is not None and look.loss <= s.stop_loss),
    Bound("patience", lambda s, look: 0 < s.patience <= look.waited),
    Bound("seconds", lambda s, look: s.stop_seconds is not None and look.seconds >= s.stop_seconds),
    Bound(
        "gradient", lambda s, look: s.stop_gradient is not None and look.gradient() <= s.stop_gradient
    ),
)  # fmt: skip


def bound_met(settings: Settings, look: Look) -> str:
    """The name of the first bound that is met, or "".

    >>> from chalkgrad.training.settings import Settings
    >>> bound_met(Settings(stop_loss=0.1), Look(0.05, 0, 2.0, lambda: 1.0))
    'loss'
    """
    return next((bound.name for bound in BOUNDS if bound.met(settings, look)), "")
