"""How many threads share a step: measured while a run goes, never assumed."""

from __future__ import annotations

import math
import os
from dataclasses import dataclass, field

ALONE_BELOW = 50e-6
"""Seconds a step: below, threads cost more than they bring, and far more on a busy machine."""
_STRETCH = 0.01
"""Seconds for which a number of threads that was found good is kept before anything is asked."""
_PROBE = 0.0025
"""Seconds for which one is tried."""
_AGAIN, _AGAIN_AT_MOST = 50, 800
"""After so many stretches the neighbours are tried once more; each time that nothing changes, later."""
_SLOWER = 1.3
"""A stretch so much slower than the choice promised asks for another look at once."""


def processors() -> int:
    """How many processors this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


@dataclass
class Pace:
    """Which number of threads comes next, and for how many steps.

    One thread alone where a step is short. Else one and two are timed, and four where two are faster, and
    so on; the fastest goes on, and its neighbours are timed again now and then.

    Args:
        guess: about how many seconds a step takes one thread.
        most: how many threads there may be.

    Attributes:
        seconds: what a step took last with each number of threads.

    >>> pace = Pace(guess=1e-3, most=2)
    >>> for seconds in (1e-3, 6e-4, 6e-4):
    ...     threads, steps = pace.next()
    ...     print(threads, steps)
    ...     pace.took(threads, seconds)
    1 2
    2 2
    2 16
    >>> Pace(guess=1e-6, most=2).next()
    (1, 0)
    """

    guess: float
    most: int
    seconds: dict[int, float] = field(default_factory=dict)
    _chosen: int = 1
    _promised: float = 0.0
    _tries: list[int] = field(default_factory=list)
    _wait: int = _AGAIN
    _left: int = 0
    _fastest: float = math.inf

    def __post_init__(self) -> None:
        self._tries = [1] if self.most < 2 else [1, 2]

    @property
    def alone(self) -> bool:
        """Whether one thread is right however busy the machine is."""
        return self.most < 2 or min(self.guess, self._fastest) < ALONE_BELOW

    def next(self) -> tuple[int, int]:
        """How many threads the next stretch takes, and how many steps; 0 for all that are left."""
        if self.alone:
            return 1, 0
        threads = self._tries[0] if self._tries else self._chosen
        step = self.seconds.get(threads) or self.seconds.get(1) or self.guess
        if self._tries:  # by what one thread takes: two may be far slower than they look
            return threads, max(2, int(_PROBE / (self.seconds.get(1) or self.guess)))
        return threads, max(1, int(_STRETCH / step))

    def took(self, threads: int, seconds: float) -> None:
        """Learn what a step of the last stretch took."""
        self.seconds[threads] = seconds
        if threads == 1:
            self._fastest = min(self._fastest, seconds)
        if self._tries:
            self._tries.pop(0)
            if not self._tries:
                self._choose()
            return
        self._left -= 1
        rested = self._wait - self._left >= 5
        if self._left <= 0 or (rested and seconds > _SLOWER * self._promised):
            near = (threads // 2, threads * 2)
            self._tries = [n for n in near if 1 <= n <= self.most]

    def _choose(self) -> None:
        best = min(self.seconds, key=self.seconds.__getitem__)
        if best == self._chosen:
            self._wait = min(2 * self._wait, _AGAIN_AT_MOST)
        else:
            self._wait = _AGAIN
        self._chosen, self._left, self._promised = best, self._wait, self.seconds[best]
        larger = 2 * best
        if larger <= self.most and larger not in self.seconds:
            self._tries = [larger]
