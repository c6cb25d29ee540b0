"""Functions over arrays that NumPy lacks, and the point functions of formulas as array functions.

The complementary error function is one Chebyshev sum for every argument: without branches it is the
same code in a vector unit.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from chalkgrad.training.extra import Array, np

if TYPE_CHECKING:
    from collections.abc import Callable

# ln(erfc(z)/t) + z^2 with t = 2/(2+z), z >= 0, as a Chebyshev series in 2t - 1: worked out from the
# definition with 60 digits (Clenshaw and Curtis sums over 80 nodes), cut where terms fall under 1e-16.
ERFC_SERIES = (
    -1.3026537197817094342, 0.6419697923564902603, 0.019476473204185836312,
    -0.0095615147868086316419, -0.0009465953444820368663, 0.00036683949785276145187,
    0.000042523324806907771645, -0.000020278578112534243154, -1.6242900046470255135e-6,
    1.3036558355805232018e-6, 1.5626441722066143178e-8, -8.5238095914926542525e-8,
    6.5290544390988514964e-9, 5.0593434955514689418e-9, -9.9136415649303308674e-10,
    -2.2736512229318358557e-10, 9.646791102015526802e-11, 2.3940380830391147447e-12,
    -6.8860275264975533984e-12, 8.9448792730907257167e-13, 3.1309213993429580783e-13,
    -1.1270822361367252366e-13, 3.8109052551892320552e-16, 7.1060976136092369878e-15,
    -1.5230282014571043043e-15, -9.4574945712912340005e-17, 1.2102371892242789923e-16,
    -2.8166630877471769718e-17,
)  # fmt: skip


def erfc(x: Array) -> Array:
    """The complementary error function, to some 1e-15 of its value (1e-13 far out in the tail).

    >>> float(erfc(np.array(0.5)).round(12))
    0.479500122187
    """
    z = np.abs(x)
    t = 2 / (2 + z)
    y = 4 * t - 2
    before, last = np.zeros_like(z), np.zeros_like(z)
    for c in ERFC_SERIES[:0:-1]:
        before, last = last, y * last - before + c
    tail = t * np.exp(-z * z + 0.5 * (ERFC_SERIES[0] + y * last) - before)
    return np.where(x < 0, 2 - tail, tail)


def erf(x: Array) -> Array:
    """The error function; near 0 from its series, where 1 - erfc would cancel."""
    square = x * x
    series = x * (2 / math.sqrt(math.pi)) * sum(
        (-1.0) ** k * square**k / (math.factorial(k) * (2 * k + 1)) for k in range(12)
    )  # fmt: skip
    return np.where(np.abs(x) < 0.5, series, 1 - erfc(x))


def normal_cdf(z: Array) -> Array:
    """The distribution function of the normal distribution."""
    return 0.5 * erfc(-z / math.sqrt(2))


def normal_pdf(z: Array) -> Array:
    """Its density."""
    density: Array = np.exp(-z * z / 2) / math.sqrt(2 * math.pi)
    return density


def divide(x: Array, y: Array) -> Array:
    """X / y; the sign of a zero below does not count, as in `formula.divide`."""
    quotient: Array = x / (y + 0.0)
    return quotient


def xlogy(x: Array, y: Array) -> Array:
    """X ln y, 0 where x is 0."""
    return np.where(x == 0, 0.0, x * np.log(np.where(x == 0, 1.0, y)))


def xdivy(x: Array, y: Array) -> Array:
    """X / y, 0 where x is 0."""
    return np.where(x == 0, 0.0, divide(x, y))


def powers(layer: Array) -> tuple[Array, Array, Array]:
    """The largest of each row, e^(z - largest), and the sum of those over each row."""
    top = layer.max(axis=-1, keepdims=True)
    e = np.exp(layer - top)
    return top, e, e.sum(axis=-1, keepdims=True)


def softmax(parts: tuple[Array, Array, Array]) -> Array:
    """The softmax of each row, from its `powers`."""
    shares: Array = parts[1] / parts[2]
    return shares


def logsumexp(parts: tuple[Array, Array, Array]) -> Array:
    """Ln of the sum of e^z over each row, as a column, from its `powers`."""
    total: Array = parts[0] + np.log(parts[2])
    return total


def sign(x: Array) -> Array:
    """-1, 0 or 1; undefined stays undefined."""
    return np.sign(x)


def positive_part(x: Array) -> Array:
    """The larger of x and 0; undefined stays undefined."""
    return np.maximum(x, 0)


ARRAY_FUNCTIONS: dict[str, Callable[..., Any]] = {
    "exp": np.exp,
    "expm1": np.expm1,
    "ln": np.log,
    "log1p": np.log1p,
    "tanh": np.tanh,
    "erf": erf,
    "sqrt": np.sqrt,
    "abs": np.abs,
    "sign": sign,
    "positive_part": positive_part,
    "xlogy": xlogy,
    "xdivy": xdivy,
    "powers": powers,
    "softmax": softmax,
    "logsumexp": logsumexp,
    "normal_cdf": normal_cdf,
    "normal_pdf": normal_pdf,
    "div": divide,
    "pow_": np.power,
}
"""For every primitive of a formula, by name, the function over arrays."""
