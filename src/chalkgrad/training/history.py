"""What a run records, and what it tells while it runs."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeAlias

from chalkgrad.light import dataclass, field

if TYPE_CHECKING:
    from chalkgrad.training.pictures import Picture


@dataclass(frozen=True, slots=True)
class Epoch:
    """One pass over the data.

    Attributes:
        epoch: its number, from 1.
        updates: updates made by its end.
        loss: the mean loss of its batches, each before its update.
        rate: the learning rate of its last step.
        seconds: wall time since the run began, over all its parts.
        validation_loss, validation_score: of what is held back, or None; the score is the share of right
            classes, or R squared for numbers; None as well where the targets do not vary.
    """

    epoch: int
    updates: int
    loss: float
    rate: float
    seconds: float
    validation_loss: float | None = None
    validation_score: float | None = None


def score_text(score: float | None) -> str:
    """A score as it is shown.

    >>> score_text(0.98765), score_text(-9e126), score_text(None), score_text(float("nan"))
    ('0.9877', '-9e+126', 'undefined', 'undefined')
    """
    if score is None or score != score:
        return "undefined"
    return f"{score:.4f}" if abs(score) < _LONG else f"{score:.4g}"


_LONG = 1e4


@dataclass
class History:
    """The record of a run.

    Attributes:
        epochs: one record an epoch.
        stopped: why the run ended early (``loss``, ``patience``, ``gradient``, ``seconds``, ``diverged``,
            ``interrupted``), or "".
        note: what is said about it.
        engine: which engine computed, and why.
        best: the epoch whose weights were kept, 0 for the last.
        updates: updates made, whether or not the epoch was ended.
        loss_after: the loss with the weights after the last update, the one that ``solve`` ends with; None
            of runs on data, where it would take another pass, and of networks trained together.
    """

    epochs: list[Epoch] = field(default_factory=list)
    stopped: str = ""
    note: str = ""
    engine: str = ""
    best: int = 0
    updates: int = 0
    loss_after: float | None = None

    @property
    def losses(self) -> list[float]:
        """The loss of each epoch."""
        return [epoch.loss for epoch in self.epochs]

    def plot(self) -> Picture:
        """The curves of loss and score as a picture (extra ``plot``): ``.save("curves.png")``."""
        from chalkgrad.training.plots import curves  # matplotlib is an extra

        return curves(self)

    def to_object(self) -> dict[str, Any]:
        """As JSON."""
        from dataclasses import asdict

        return asdict(self)

    @classmethod
    def from_object(cls, made: dict[str, Any]) -> History:
        """From what `to_object` gives."""
        epochs = [Epoch(**epoch) for epoch in made["epochs"]]
        more = {key: made[key] for key in ("updates", "loss_after") if key in made}
        return cls(epochs, made["stopped"], made["note"], made["engine"], made["best"], **more)


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened in a run.

    Attributes:
        kind: ``start``, ``progress``, ``epoch``, ``checkpoint`` or ``end``.
        facts: what is known of it, ready for JSON.
    """

    kind: str
    facts: dict[str, Any]


Listener: TypeAlias = Callable[[Event], object]
"""What is called with every event; where it returns True, the run stops."""
