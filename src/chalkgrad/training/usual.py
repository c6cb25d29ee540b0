"""What is taken where data is trained on and nothing else is said, by the command and by the page."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

USUAL: Mapping[str, str | int] = MappingProxyType(
    {
        "activation": "relu",
        "optimizer": "momentum",
        "schedule": "cosine",
        "scaling": "data",
        "target_scaling": "data",
        "seed": 0,
    }
)
"""A problem file says all of it itself."""
HELD_BACK = 0.2
"""The part that is held back of data that does not hold back one of its own."""
RATES: Mapping[str, float] = MappingProxyType(
    {"adam": 0.003, "adamw": 0.003, "rmsprop": 0.001, "adagrad": 0.03}
)
"""The learning rates of rules that scale their steps."""
RATE = 0.1
"""The learning rate of the others."""
BATCH_SIZE = 32
"""Rows of a batch."""
CHECKPOINT_SECONDS = 5.0
"""Between two checkpoints."""


def usual_rate(rule: str) -> float:
    """The learning rate of an update rule where none is given.

    >>> usual_rate("adam"), usual_rate("momentum")
    (0.003, 0.1)
    """
    return RATES.get(rule, RATE)
