"""Primitive functions of formulas: point value, exact range over intervals, and how a call is set.

None of them raises: what is infinite is ``inf``, what is undefined ``nan``.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from chalkgrad.boxes import Box, Fence, Frac, Id, Number, Op, Root, Row, Script
from chalkgrad.formula import CORNER, EVERYTHING, Function, Interval, divide, power, square

if TYPE_CHECKING:
    from collections.abc import Callable


def _exp(x: float) -> float:
    try:
        return math.exp(x)
    except OverflowError:
        return math.inf


def _expm1(x: float) -> float:
    try:
        return math.expm1(x)
    except OverflowError:
        return math.inf


def _ln(x: float) -> float:
    return math.log(x) if x > 0 else -math.inf if x == 0 else math.nan


def _sqrt(x: float) -> float:
    return math.sqrt(x) if x >= 0 else math.nan


def _xlogy(x: float, y: float) -> float:
    return 0.0 if x == 0 else x * _ln(y)


def _xdivy(x: float, y: float) -> float:
    return 0.0 if x == 0 else divide(x, y)


def _positive_part(x: float) -> float:
    return 0.0 if x <= CORNER else x


def _sign(x: float) -> float:
    return 1.0 if x > CORNER else -1.0 if x < -CORNER else x if x != x else 0.0


def _logsumexp(*xs: float) -> float:
    top = max(xs)
    if math.isinf(top):
        return top
    return top + math.log(sum(_exp(x - top) for x in xs))


def _softmax(own: float, *everyone: float) -> float:
    top = max(everyone)
    return divide(_exp(own - top), sum(_exp(z - top) for z in everyone))


def rising(point: Callable[[float], float]) -> Callable[[Interval], Interval]:
    """The range of a function that never falls."""
    return lambda x: (point(x[0]), point(x[1]))


def _abs_range(x: Interval) -> Interval:
    low, high = sorted((abs(x[0]), abs(x[1])))
    return (0.0 if x[0] <= 0 <= x[1] else low, high)


def _corners(point: Callable[..., float]) -> Callable[..., Interval]:
    """The range of a function that is monotone in each of two arguments: from its corners."""

    def over(x: Interval, y: Interval) -> Interval:
        values = [point(p, q) for p in x for q in y]
        if any(v != v for v in values):
            return EVERYTHING
        if point is _xdivy and y[0] <= 0 <= y[1] and x != (0.0, 0.0):
            return EVERYTHING
        return (min(values), max(values))

    return over


def _softmax_range(own: Interval, *everyone: Interval) -> Interval:
    """Rises with its own net input and falls with the others."""
    at = everyone.index(own)
    ends = []
    for mine, others in ((0, 1), (1, 0)):
        zs = [z[mine] if k == at else z[others] for k, z in enumerate(everyone)]
        ends.append(_softmax(own[mine], *zs))
    return (ends[0], ends[1])


def call(name: str) -> Callable[..., Box]:
    """The setting ``name(arguments)``."""
    return lambda *args: Row((Id(name), Fence(_listed(args))))


def _listed(args: tuple[Box, ...]) -> Box:
    parts: list[Box] = []
    for arg in args:
        parts += [Op(","), arg] if parts else [arg]
    return Row(tuple(parts))


def _bracketed(box: Box) -> Box:
    """A factor: in brackets if it is a sum or begins with a minus."""
    match box:
        case Row(items) if any(item in (Op("+"), Op("-"), Op("neg")) for item in items):
            return Fence(box)
        case Number(text) if text.startswith("-"):
            return Fence(box)
        case _:
            return box


EXP = Function("exp", _exp, rising(_exp), setting=lambda x: Script(Id("e"), sup=x), never_zero=True)
EXPM1 = Function("expm1", _expm1, rising(_expm1))
LN = Function("ln", _ln, rising(_ln), setting=call("ln"))
LOG1P = Function("log1p", math.log1p, rising(math.log1p))
TANH = Function("tanh", math.tanh, rising(math.tanh), setting=call("tanh"))
ERF = Function("erf", math.erf, rising(math.erf), setting=call("erf"))
SQRT = Function("sqrt", _sqrt, rising(_sqrt), setting=Root)
ABS = Function("abs", abs, _abs_range, setting=lambda x: Fence(x, "|", "|"))
SIGN = Function("sign", _sign, rising(_sign), setting=call("sign"))
POSITIVE_PART = Function(
    "positive_part",
    _positive_part,
    rising(_positive_part),
    setting=lambda x: call("max")(Number("0"), x),
)
XLOGY = Function(
    "xlogy",
    _xlogy,
    _corners(_xlogy),
    setting=lambda x, y: Row((_bracketed(x), Op("*"), Id("ln"), Fence(y))),
    product=True,
)
XDIVY = Function("xdivy", _xdivy, _corners(_xdivy), setting=Frac, product=True)
LOGSUMEXP = Function(
    "logsumexp",
    _logsumexp,
    lambda *xs: (_logsumexp(*(x[0] for x in xs)), _logsumexp(*(x[1] for x in xs))),
)
SOFTMAX = Function("softmax", _softmax, _softmax_range)
_DIV = Function("div", divide)
_POW = Function("pow_", power)
_SQUARE = Function("square", square)
PRIMITIVES = (
    EXP, EXPM1, LN, LOG1P, TANH, ERF, SQRT, ABS, SIGN, POSITIVE_PART, XLOGY, XDIVY, LOGSUMEXP, SOFTMAX,
    _DIV, _POW, _SQUARE,
)  # fmt: skip
NAMESPACE: dict[str, object] = {row.name: row.point for row in PRIMITIVES}
"""What generated code may call."""
