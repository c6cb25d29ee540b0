"""How good a network is on samples, block by block, whatever their number."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from chalkgrad.training.chunks import blocks
from chalkgrad.training.extra import Array, np

if TYPE_CHECKING:
    from collections.abc import Callable


class Tally:
    """Right classes, or squares of what is explained and of what is not.

    >>> tally = Tally(classes=False)
    >>> tally.add(np.array([[1.0], [3.0]]), np.array([[1.0], [2.0]]))
    >>> tally.score
    -1.0
    """

    def __init__(self, *, classes: bool) -> None:
        self._classes = classes
        self._rows, self._right, self._rest = 0, 0, 0.0
        self._mean, self._spread = np.zeros(1), 0.0

    def add(self, out: Array, t: Array) -> None:
        """Take samples into account: what came out, and the targets."""
        if self._classes:
            self._right += int((out.argmax(axis=1) == t.argmax(axis=1)).sum())
        else:
            self._rest += float(((t - out.astype(float)) ** 2).sum())
            # Chan, Golub, LeVeque: squares about the mean of both parts, from those about each one's own
            mean, before = t.mean(axis=0), self._rows
            between = (mean - self._mean) ** 2 * (before * len(t) / (before + len(t)))
            self._spread += float(((t - mean) ** 2).sum()) + float(between.sum())
            self._mean = self._mean + (mean - self._mean) * (len(t) / (before + len(t)))
        self._rows += len(t)

    @property
    def score(self) -> float:
        """The share of right classes, or R squared; no number where the targets do not vary, as in one row."""
        if self._classes:
            return self._right / self._rows
        return 1 - self._rest / self._spread if self._spread else math.nan


def judge(
    evaluate: Callable[[Array, Array], tuple[Array, Array]], x: Array, t: Array, *, classes: bool
) -> tuple[Array, float]:
    """The loss of each sample, and the score of all.

    Args:
        evaluate: losses and outputs of some inputs and targets.
        x: all inputs, in memory or on the disk.
        t: their targets.
        classes: whether the outputs stand for classes.
    """
    losses, tally = np.empty(len(x)), Tally(classes=classes)
    for part in blocks(x):
        targets = t[part]
        losses[part], out = evaluate(x[part], targets)
        tally.add(out, targets)
    return losses, tally.score
