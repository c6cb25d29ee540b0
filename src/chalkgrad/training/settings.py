"""How a run goes: frozen settings, and the learning rate of every step."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chalkgrad.errors import RequestError, one_of
from chalkgrad.light import dataclass, field
from chalkgrad.training.offered import DTYPES, ENGINES
from chalkgrad.training.schedules import SCHEDULES
from chalkgrad.training.usual import BATCH_SIZE

if TYPE_CHECKING:
    from collections.abc import Mapping

    from chalkgrad.training.extra import Array


@dataclass(frozen=True)
class Settings:
    """What a run is asked to do.

    Attributes:
        epochs: passes over the data.
        batch_size: rows of a batch; 0 takes all of them.
        seed: of the order and of what is held back.
        shuffle: whether every epoch has an order of its own.
        schedule: a row of `SCHEDULES`; its parameters are in `schedule_params`.
        warmup: epochs over which the rate rises from 0.
        clip: the largest norm of a gradient, or None.
        validation: the part that is held back to validate, 0 for none.
        patience: epochs without a better validation loss (without validation: loss) until the run stops,
            0 for never; the best weights are kept.
        stop_loss, stop_gradient, stop_seconds: stop at this loss, largest gradient entry or time.
        dtype: ``float64`` or ``float32``.
        engine: ``auto``, ``llvm`` or ``numpy``.
        threads: threads of the compiled engine; 0 measures.
        scaling: ``standard``, ``range``, ``none``, or ``data`` for what suits the data.
        target_scaling: the same for targets; ``data`` is ``standard`` for numbers that identity outputs
            learn. The network scales its outputs back.
    """

    epochs: int = 30
    batch_size: int = BATCH_SIZE
    seed: int = 0
    shuffle: bool = True
    schedule: str = "constant"
    schedule_params: Mapping[str, float] = field(default_factory=dict)
    warmup: float = 0.0
    clip: float | None = None
    validation: float = 0.0
    patience: int = 0
    stop_loss: float | None = None
    stop_gradient: float | None = None
    stop_seconds: float | None = None
    dtype: str = "float64"
    engine: str = "auto"
    threads: int = 0
    scaling: str = "none"
    target_scaling: str = "none"

    def __post_init__(self) -> None:
        one_of("schedule", self.schedule, SCHEDULES)
        one_of("dtype", self.dtype, DTYPES)
        one_of("engine", self.engine, ENGINES)
        row = SCHEDULES[self.schedule]
        for key in self.schedule_params:
            if key not in row.params:
                known = " ".join(row.params) or "none"
                raise RequestError(f'{row.name} has no parameter "{key}", it has {known}')
        checks = (
            ("epochs", self.epochs >= 1, "a whole number from 1 up"),
            ("batch_size", self.batch_size >= 0, "a whole number from 0 up"),
            ("seed", self.seed >= 0, "a whole number from 0 up"),
            ("warmup", self.warmup >= 0, "from 0 up"),
            ("clip", self.clip is None or self.clip > 0, "above 0"),
            ("validation", 0 <= self.validation < 1, "from 0 to below 1"),
            ("patience", self.patience >= 0, "a whole number from 0 up"),
            ("threads", self.threads >= 0, "a whole number from 0 up"),
        )
        for name, fine, must in checks:
            if not fine:
                raise RequestError(f"{name} must be {must}, got {getattr(self, name)}")

    @property
    def bounded(self) -> bool:
        """Whether a loss, a gradient or a time ends the run."""
        bounds = (self.stop_loss, self.stop_gradient, self.stop_seconds)
        return any(bound is not None for bound in bounds)

    def rates(self, base: float, first: int, count: int, per_epoch: int) -> Array:
        """The learning rates of `count` steps from step `first` (from 0).

        >>> Settings(epochs=2, schedule="cosine").rates(1.0, 0, 4, 2).round(3).tolist()
        [1.0, 0.854, 0.5, 0.146]
        """
        from chalkgrad.training.extra import (
            np,
        )  # apart, so that the defaults can be shown without it

        steps = np.arange(first, first + count, dtype=float)
        row = SCHEDULES[self.schedule]
        params = {**row.params, **self.schedule_params}
        epochs = np.floor(steps / per_epoch)
        rates: Array = base * row.factor(steps / (per_epoch * self.epochs), epochs, params, np.cos)
        if self.warmup:
            rates = rates * np.minimum(1.0, (steps + 1) / (self.warmup * per_epoch))
        return rates

    def to_object(self) -> dict[str, object]:
        """As JSON."""
        from dataclasses import asdict

        return {**asdict(self), "schedule_params": dict(self.schedule_params)}
