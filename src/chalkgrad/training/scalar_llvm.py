"""Many iterations of a small network, compiled: the text of `straight` with its loop, through LLVM.

Takes the place of `straight.Stepper` where there are many iterations. The numbers are the same to some
1e-15 of each: sums are regrouped, and e^x is another one.
"""

from __future__ import annotations

import ctypes
from typing import TYPE_CHECKING

from chalkgrad.straight import REASONS
from chalkgrad.training.extra import Array, np
from chalkgrad.training.line_code import read
from chalkgrad.training.machine_code import Loaded
from chalkgrad.training.scalar_code import loop_module

if TYPE_CHECKING:
    from collections.abc import Sequence

    from chalkgrad.records import Stop


class Compiled:
    """The loop over the iterations of a problem.

    Attributes:
        state: how many numbers an iteration starts from.
    """

    def __init__(self, texts: Sequence[str], stop: Stop | None) -> None:
        request = repr(("loop", texts, stop))
        self._code = Loaded.of(request, lambda: loop_module([read(text) for text in texts], stop))
        p = ctypes.c_void_p
        self._loop = self._code.function("loop", p, p, p, ctypes.c_int64)

    def run(
        self, state: Array, first: int, last: int, before: float | None
    ) -> tuple[Array, int, str]:
        """Make the updates `first` to `last` of a state, in place.

        Args:
            state: float64 numbers, in the order of `Plan.state`.
            first: the number of the first iteration.
            last: the number of the last.
            before: the loss of the iteration before the first, or None.

        Returns:
            The loss before each update, the number of the iteration that comes next, and which bound of
            ``[training.stop]`` that iteration meets, or "": its update is not made then.
        """
        count = max(0, last - first + 1)
        losses = np.empty(count + 1)
        losses[0] = np.inf if before is None else before
        where = np.array([first, 0], dtype=np.int64)
        self._loop(state.ctypes.data, losses.ctypes.data + 8, where.ctypes.data, last)
        following, reason = where.tolist()
        made = following - first + (1 if reason else 0)
        return losses[1 : made + 1], following, REASONS[reason]
