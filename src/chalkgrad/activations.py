"""Activations: one frozen row each, and nothing about an activation anywhere else.

A row holds the value as a function of the net input z, the slope as it is shown (in terms of the
activation a where teachers do so), the slope in terms of z alone, and what a reader must know.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from chalkgrad.boxes import Fence, Id, Row
from chalkgrad.formula import (
    ONE,
    TWO,
    ZERO,
    Add,
    Cases,
    Div,
    Formula,
    Function,
    Interval,
    Mul,
    Neg,
    Num,
    Pow,
    add,
    mul,
    sub,
)  # fmt: skip
from chalkgrad.light import dataclass, field
from chalkgrad.primitives import ABS, EXP, EXPM1, LN, LOG1P, POSITIVE_PART, SOFTMAX, TANH, rising

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping


# ---------------------------------------------------------------- functions of one argument
def _hump(point: Callable[[float], float], top: float) -> Callable[[Interval], Interval]:
    """The range of a function that rises to `top` and falls after it."""

    def over(x: Interval) -> Interval:
        ends = [point(x[0]), point(x[1])]
        if x[0] < top < x[1]:
            ends.append(point(top))
        return (min(ends), max(ends))

    return over


def _logistic(z: Formula, gain: Formula = ONE) -> Formula:
    return Div(ONE, Add((ONE, EXP(Neg(mul(gain, z))))))


def _normal_cdf(z: float) -> float:
    return 0.5 * math.erfc(-z / math.sqrt(2))


def _normal_pdf(z: float) -> float:
    return math.exp(-z * z / 2) / math.sqrt(2 * math.pi)


SIGMOID = Function("sigmoid", define=_logistic)
SIGMOID_SLOPE = Function(
    "sigmoid_slope", define=lambda a: Mul((a, sub(ONE, a))), over=_hump(lambda a: a * (1 - a), 0.5)
)
TANH_SLOPE = Function(
    "tanh_slope", define=lambda a: sub(ONE, Pow(a, TWO)), over=_hump(lambda a: 1 - a * a, 0.0)
)
SOFTPLUS = Function(
    "softplus",
    define=lambda z: LN(Add((ONE, EXP(z)))),
    stable=lambda z: Add((POSITIVE_PART(z), LOG1P(EXP(Neg(ABS(z)))))),
    over=rising(lambda z: max(z, 0.0) + math.log1p(math.exp(-abs(z)))),
)
NORMAL_CDF = Function(
    "normal_cdf", _normal_cdf, rising(_normal_cdf), setting=lambda z: Row((Id("Phi"), Fence(z)))
)
NORMAL_PDF = Function(
    "normal_pdf", _normal_pdf, _hump(_normal_pdf, 0.0), setting=lambda z: Row((Id("phi"), Fence(z)))
)
ELU_NEGATIVE = Function(
    "elu_negative",
    define=lambda z, alpha: mul(alpha, sub(EXP(z), ONE)),
    stable=lambda z, alpha: mul(alpha, EXPM1(z)),
)


def _softmax_sum(own: Formula, *everyone: Formula) -> Formula:
    return Div(EXP(own), add(*map(EXP, everyone)))


SOFTMAX_OF = Function(
    "softmax_of",
    define=_softmax_sum,
    stable=lambda own, *everyone: SOFTMAX(own, *everyone),
    over=SOFTMAX.over,
)
FUNCTIONS_OF_CODE = (NORMAL_CDF, NORMAL_PDF)
"""Primitives that this table adds to what generated code may call."""


# ---------------------------------------------------------------- the table
@dataclass(frozen=True, slots=True)
class Activation:
    """One activation a = f(z).

    Attributes:
        name: as in the problem file.
        value: the formula of a in z (and in the net inputs of the whole layer, if `whole_layer`).
        slope: the formula of da/dz as it is shown: in a where that is the custom.
        slope_of_z: the same in z alone.
        params: names and defaults of its parameters, handed on in this order.
        whole_layer: whether it reads all net inputs of its layer (softmax).
        kink: what is said of a point where the slope is a matter of convention, or "".
        aliases: other names, accepted on reading.
        range: the values that it can take.
        onnx: the operator of ONNX.
        source: where formula and name come from.
    """

    name: str
    value: Callable[..., Formula]
    slope: Callable[..., Formula]
    slope_of_z: Callable[..., Formula]
    params: Mapping[str, float] = field(default_factory=dict)
    whole_layer: bool = False
    kink: str = ""
    aliases: tuple[str, ...] = ()
    range: tuple[float, float] = (-math.inf, math.inf)
    onnx: str = ""
    source: str = ""


def _step_at(z: Formula, above: Formula, below: Formula, relation: str = ">") -> Cases:
    return Cases(z, relation, ZERO, above, below)


_GOODFELLOW = "Goodfellow, Bengio, Courville: Deep Learning (2016), section 6.3"
_ROWS = (
    Activation(
        "identity",
        value=lambda z: z,
        slope=lambda z, a: ONE,
        slope_of_z=lambda z: ONE,
        onnx="Identity",
        source=_GOODFELLOW,
    ),
    Activation(
        "linear",
        value=lambda z, slope: mul(slope, z),
        slope=lambda z, a, slope: slope,
        slope_of_z=lambda z, slope: slope,
        params={"slope": 1.0},
        onnx="Mul",
        source="Bishop: Pattern Recognition and Machine Learning (2006), section 5.1",
    ),
    Activation(
        "sigmoid",
        value=lambda z, gain: SIGMOID(z, gain) if gain.value != 1 else SIGMOID(z),
        slope=lambda z, a, gain: mul(gain, SIGMOID_SLOPE(a)),
        slope_of_z=lambda z, gain: mul(gain, SIGMOID_SLOPE(SIGMOID(z, gain))),
        params={"gain": 1.0},
        aliases=("logistic",),
        range=(0.0, 1.0),
        onnx="Sigmoid",
        source="Rumelhart, Hinton, Williams: Nature 323 (1986), equation 2",
    ),
    Activation(
        "tanh",
        value=lambda z: TANH(z),
        slope=lambda z, a: TANH_SLOPE(a),
        slope_of_z=lambda z: TANH_SLOPE(TANH(z)),
        range=(-1.0, 1.0),
        onnx="Tanh",
        source=_GOODFELLOW,
    ),
    Activation(
        "relu",
        value=lambda z: POSITIVE_PART(z),
        slope=lambda z, a: _step_at(z, ONE, ZERO),
        slope_of_z=lambda z: _step_at(z, ONE, ZERO),
        kink="The slope of relu at z = 0 is taken as 0.",
        range=(0.0, math.inf),
        onnx="Relu",
        source="Nair, Hinton: ICML 2010",
    ),
    Activation(
        "leaky_relu",
        value=lambda z, slope: _step_at(z, z, mul(slope, z)),
        slope=lambda z, a, slope: _step_at(z, ONE, slope),
        slope_of_z=lambda z, slope: _step_at(z, ONE, slope),
        params={"slope": 0.01},
        kink="The slope of leaky_relu at z = 0 is taken as that of the negative side.",
        onnx="LeakyRelu",
        source="Maas, Hannun, Ng: ICML 2013",
    ),
    Activation(
        "elu",
        value=lambda z, alpha: _step_at(z, z, ELU_NEGATIVE(z, alpha)),
        slope=lambda z, a, alpha: _step_at(z, ONE, mul(alpha, EXP(z))),
        slope_of_z=lambda z, alpha: _step_at(z, ONE, mul(alpha, EXP(z))),
        params={"alpha": 1.0},
        kink="The slope of elu at z = 0 is taken as that of the negative side, alpha.",
        onnx="Elu",
        source="Clevert, Unterthiner, Hochreiter: ICLR 2016",
    ),
    Activation(
        "softplus",
        value=lambda z: SOFTPLUS(z),
        slope=lambda z, a: SIGMOID(z),
        slope_of_z=lambda z: SIGMOID(z),
        range=(0.0, math.inf),
        onnx="Softplus",
        source="Dugas et al.: NIPS 2000",
    ),
    Activation(
        "silu",
        value=lambda z: Div(z, Add((ONE, EXP(Neg(z))))),
        slope=lambda z, a: Add((a, Mul((SIGMOID(z), sub(ONE, a))))),
        slope_of_z=lambda z: Mul((SIGMOID(z), Add((ONE, Mul((z, sub(ONE, SIGMOID(z)))))))),
        aliases=("swish",),
        range=(-0.27846454276107377, math.inf),
        source="Elfwing, Uchibe, Doya: Neural Networks 107 (2018)",
    ),
    Activation(
        "gelu",
        value=lambda z: Mul((z, NORMAL_CDF(z))),
        slope=lambda z, a: Add((NORMAL_CDF(z), Mul((z, NORMAL_PDF(z))))),
        slope_of_z=lambda z: Add((NORMAL_CDF(z), Mul((z, NORMAL_PDF(z))))),
        range=(-0.16997120747990369, math.inf),
        onnx="Gelu",
        source="Hendrycks, Gimpel: arXiv 1606.08415 (the exact form, with the error function)",
    ),
    Activation(
        "softmax",
        value=lambda z, *layer: SOFTMAX_OF(z, *layer),
        slope=lambda z, a: SIGMOID_SLOPE(a),
        slope_of_z=lambda z, *layer: SIGMOID_SLOPE(SOFTMAX_OF(z, *layer)),
        whole_layer=True,
        range=(0.0, 1.0),
        onnx="Softmax",
        source="Bridle: NATO ASI 1990; Goodfellow et al. (2016), section 6.2.2.3",
    ),
    Activation(
        "step",
        value=lambda z: _step_at(z, ONE, ZERO, ">="),
        slope=lambda z, a: ZERO,
        slope_of_z=lambda z: ZERO,
        kink="step is 1 from z = 0 on; its slope is taken as 0 everywhere.",
        aliases=("heaviside", "threshold"),
        range=(0.0, 1.0),
        source="McCulloch, Pitts: Bulletin of Mathematical Biophysics 5 (1943)",
    ),
)
ACTIVATIONS: dict[str, Activation] = {row.name: row for row in _ROWS}
ACTIVATION_ALIASES: dict[str, str] = {alias: row.name for row in _ROWS for alias in row.aliases}


def parameters(params: Mapping[str, float]) -> tuple[Num, ...]:
    """Parameters of a row as numbers of a formula, written as they were given."""
    return tuple(number(value) for value in params.values())


def number(value: float) -> Num:
    """A number of a formula, written as it was given."""
    return Num(float(value), getattr(value, "text", ""))
