"""Courses of the learning rate: a table, one row each."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from chalkgrad.light import dataclass, field

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from chalkgrad.training.extra import Array


@dataclass(frozen=True, slots=True)
class Schedule:
    """A course of the learning rate.

    Attributes:
        name: as in the options.
        factor: by what the rate is multiplied, in progress (0 to 1 over the run), epochs done, parameters
            and the cosine of arrays.
        params: names and defaults of the parameters.
        source: where it comes from.
    """

    name: str
    factor: Callable[[Array, Array, Mapping[str, float], Callable[[Array], Array]], Array]
    params: Mapping[str, float] = field(default_factory=dict)
    source: str = ""


SCHEDULES: dict[str, Schedule] = {
    row.name: row
    for row in (
        Schedule("constant", lambda progress, epochs, p, cos: 0.0 * progress + 1.0),
        Schedule(
            "step",
            lambda progress, epochs, p, cos: p["gamma"] ** (epochs // p["every"]),
            {"gamma": 0.1, "every": 10.0},
            "He et al.: CVPR 2016, section 3.4",
        ),
        Schedule(
            "cosine",
            lambda progress, epochs, p, cos: (
                p["floor"] + (1 - p["floor"]) * 0.5 * (1 + cos(math.pi * progress))
            ),
            {"floor": 0.0},
            "Loshchilov, Hutter: ICLR 2017, equation 5, one period",
        ),
    )
}
