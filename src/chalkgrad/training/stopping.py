"""When a run ends before its last epoch: a table of bounds, asked in order after every epoch."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chalkgrad.light import dataclass

if TYPE_CHECKING:
    from collections.abc import Callable

    from chalkgrad.training.settings import Settings

DIVERGED = 1e6
"""A loss of so many times the first one has no way back."""


@dataclass(frozen=True, slots=True)
class Look:
    """What is known of a run when an epoch has ended.

    Attributes:
        loss, first: the loss of this epoch and of the first one.
        waited: epochs since the watched loss was lowest.
        seconds: wall time of the run.
        gradient: the largest entry of the gradient over all samples; worked out when it is asked for.
    """

    loss: float
    first: float
    waited: int
    seconds: float
    gradient: Callable[[], float]


@dataclass(frozen=True, slots=True)
class Bound:
    """One reason to stop: its name in `History.stopped`, and whether it is met."""

    name: str
    met: Callable[[Settings, Look], bool]


BOUNDS = (
    Bound("diverged", lambda s, look: look.loss > DIVERGED * max(abs(look.first), 1e-12)),
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
    >>> bound_met(Settings(stop_loss=0.1), Look(0.05, 1.0, 0, 2.0, lambda: 1.0))
    'loss'
    """
    return next((bound.name for bound in BOUNDS if bound.met(settings, look)), "")
