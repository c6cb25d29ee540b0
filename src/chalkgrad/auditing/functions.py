"""The functions that documents apply, by the names that they print."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from chalkgrad.activations import SIGMOID
from chalkgrad.formula import Function
from chalkgrad.primitives import EXP, LN, POSITIVE_PART, SQRT, TANH

if TYPE_CHECKING:
    from collections.abc import Callable


def _log(base: float) -> Callable[[float], float]:
    return lambda x: math.log(x, base) if x > 0 else -math.inf if x == 0 else math.nan


LOG = Function("log", LN.point, LN.over)
"""A logarithm whose base is not said."""
LOG10 = Function("log10", _log(10.0), lambda x: (_log(10.0)(x[0]), _log(10.0)(x[1])))
LOG2 = Function("log2", _log(2.0), lambda x: (_log(2.0)(x[0]), _log(2.0)(x[1])))
FUNCTIONS: dict[str, Function] = {
    "sigmoid": SIGMOID, "sigma": SIGMOID, "σ": SIGMOID, "logistic": SIGMOID, "sig": SIGMOID, "logsig": SIGMOID,
    "relu": POSITIVE_PART, "tanh": TANH, "exp": EXP, "ln": LN, "log": LOG, "log10": LOG10, "log2": LOG2,
    "sqrt": SQRT,
}  # fmt: skip
