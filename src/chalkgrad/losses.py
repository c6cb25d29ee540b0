"""Losses: one frozen row each, with the factor in the name, and the pairings with an activation.

Every row is the loss of one output, E_j of its activation a and target t, and its derivative by a. The
loss of a sample is the sum of the E_j, or with ``over_outputs = "mean"`` their mean; the loss of a batch
is the mean over its samples, or with ``over_samples = "sum"`` their sum.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from chalkgrad.activations import SOFTPLUS
from chalkgrad.formula import ONE, TWO, Add, Cases, Div, Formula, Mul, Neg, Num, Pow, mul, sub
from chalkgrad.light import dataclass, field
from chalkgrad.primitives import ABS, LOGSUMEXP, SIGN, XDIVY, XLOGY

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping


@dataclass(frozen=True, slots=True)
class Loss:
    """One loss, output by output.

    Attributes:
        name: as in the problem file.
        value: the formula of E_j in a, t and the parameters.
        slope: the formula of dE_j/da.
        params: names and defaults of the parameters.
        takes: the targets that it takes, in words; "" if it has no target.
        accepts: whether one target is among them.
        proper: whether the targets of a sample must add up to 1.
        kink: what is said of a point where the slope is a matter of convention, or "".
        source: where it comes from.
    """

    name: str
    value: Callable[..., Formula]
    slope: Callable[..., Formula]
    params: Mapping[str, float] = field(default_factory=dict)
    takes: str = "any number"
    accepts: Callable[[float], bool] = lambda t: True
    proper: bool = False
    kink: str = ""
    source: str = ""


def _huber(a: Formula, t: Formula, delta: Num) -> Formula:
    e = ABS(sub(a, t))
    linear = Mul((delta, sub(e, mul(Div(ONE, TWO), delta))))
    return Cases(e, ">", delta, linear, Mul((Div(ONE, TWO), Pow(sub(a, t), TWO))))


_ROWS = (
    Loss(
        "half_squared_error",
        value=lambda a, t: Mul((Div(ONE, TWO), Pow(sub(t, a), TWO))),
        slope=lambda a, t: sub(a, t),
        source="Rumelhart, Hinton, Williams: Nature 323 (1986), equation 3 (with the factor 1/2)",
    ),
    Loss(
        "squared_error",
        value=lambda a, t: Pow(sub(t, a), TWO),
        slope=lambda a, t: Mul((TWO, sub(a, t))),
        source="Goodfellow et al. (2016), section 5.1.4 (without the factor 1/2)",
    ),
    Loss(
        "absolute_error",
        value=lambda a, t: ABS(sub(t, a)),
        slope=lambda a, t: SIGN(sub(a, t)),
        kink="The slope of absolute_error where a = t is taken as 0.",
        source="Hastie, Tibshirani, Friedman: The Elements of Statistical Learning (2009), section 10.6",
    ),
    Loss(
        "huber",
        value=_huber,
        slope=lambda a, t, delta: Cases(
            ABS(sub(a, t)), ">", delta, Mul((delta, SIGN(sub(a, t)))), sub(a, t)
        ),
        params={"delta": 1.0},
        source="Huber: Annals of Mathematical Statistics 35 (1964)",
    ),
    Loss(
        "binary_cross_entropy",
        value=lambda a, t: Add((Neg(XLOGY(t, a)), Neg(XLOGY(sub(ONE, t), sub(ONE, a))))),
        slope=lambda a, t: Add((Neg(XDIVY(t, a)), XDIVY(sub(ONE, t), sub(ONE, a)))),
        takes="a number from 0 to 1",
        accepts=lambda t: 0 <= t <= 1,
        source="Bishop: Pattern Recognition and Machine Learning (2006), equation 5.21; natural logarithm",
    ),
    Loss(
        "cross_entropy",
        value=lambda a, t: Neg(XLOGY(t, a)),
        slope=lambda a, t: Neg(XDIVY(t, a)),
        takes="a number from 0 to 1, those of a sample adding up to 1",
        accepts=lambda t: 0 <= t <= 1,
        proper=True,
        source="Bishop: Pattern Recognition and Machine Learning (2006), equation 5.24; natural logarithm",
    ),
    Loss(
        "output",
        value=lambda a: a,
        slope=lambda a: ONE,
        takes="",
        source="the sum of the outputs itself: its gradient is that of the network",
    ),
)
LOSSES: dict[str, Loss] = {row.name: row for row in _ROWS}
NO_LOSS = "none"
"""The name that asks for a forward pass alone."""


@dataclass(frozen=True, slots=True)
class Pairing:
    """An activation and a loss whose product of derivatives is simple, and stays so where either is infinite.

    Attributes:
        activation, loss: the names.
        delta: dE/dz_j in a_j, t_j and the parameters of the activation.
        stable: E_j in z_j, t_j, all z of the layer and the parameters, without a logarithm of 0.
    """

    activation: str
    loss: str
    delta: Callable[..., Formula]
    stable: Callable[..., Formula]


def _softmax_loss(z: Formula, t: Formula, layer: tuple[Formula, ...]) -> Formula:
    return Mul((t, sub(LOGSUMEXP(*layer), z)))


def _sigmoid_loss(z: Formula, t: Formula, layer: tuple[Formula, ...], gain: Num) -> Formula:
    z = mul(gain, z)
    return Add((Mul((t, SOFTPLUS(Neg(z)))), Mul((sub(ONE, t), SOFTPLUS(z)))))


PAIRINGS: dict[tuple[str, str], Pairing] = {
    (row.activation, row.loss): row
    for row in (
        Pairing("softmax", "cross_entropy", lambda a, t: sub(a, t), _softmax_loss),
        Pairing(
            "sigmoid",
            "binary_cross_entropy",
            lambda a, t, gain: mul(gain, sub(a, t)),
            _sigmoid_loss,
        ),
    )
}
