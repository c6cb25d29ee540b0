"""The time that the audit of one document may take: the last resort, where no count bounds the work."""

from __future__ import annotations

import math
from time import monotonic, process_time

ALLOWED = 60.0
"""Seconds of the processor for one document."""
OUT_OF_TIME = "the time for this document was over before it was judged"


class Clock:
    """The time that is left for a document; it starts when it is made.

    >>> Clock(0).over(), Clock(1e9).over()
    (True, False)
    """

    def __init__(self, seconds: float = math.inf) -> None:
        self.seconds = seconds
        self._until, self._soonest = process_time() + seconds, monotonic() + seconds

    def over(self) -> bool:
        """Whether no time is left."""
        # the time of day is asked first: it costs less, and the processor cannot have worked for longer
        return monotonic() >= self._soonest and process_time() >= self._until

    def note(self, where: str) -> str:
        """The sentence that says what was left out."""
        return (
            f"{where} and what follows was not judged, or not to the end: more than {self.seconds:g} seconds; "
            "--limit seconds=N allows more"
        )
