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
            classes, or R squared for numbers.
    """

    epoch: int
    updates: int
    loss: float
    rate: float
    seconds: float
    validation_loss: float | None = None
    validation_score: float | None = None


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
    """

    epochs: list[Epoch] = field(default_factory=list)
    stopped: str = ""
    note: str = ""
    engine: str = ""
    best: int = 0

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
        return cls(epochs, made["stopped"], made["note"], made["engine"], made["best"])


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
