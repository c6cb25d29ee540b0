"""Elementary functions as vector arithmetic: inlined where they are used, nothing is called.

Each is as exact as the float width allows, to a few last digits.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from chalkgrad.training.llvm_words import Words
from chalkgrad.training.special import ERFC_SERIES

if TYPE_CHECKING:
    from collections.abc import Callable


class Emit(Words):
    """Emits one function of a module, elementary functions included."""

    def exp(self, x: Any) -> Any:
        """E^x: the argument cut down by multiples of ln 2 in two parts (Cody and Waite), then a series."""
        low, high, top, magic = (
            (-708.0, 709.0, 709.782712893384, 6755399441055744.0)
            if self.double
            else (-87.0, 88.0, 88.72283, 12582912.0)
        )
        given = x
        x = self.above(x, self.k(low), self.k(low), x, "<")
        x = self.above(x, self.k(high), self.k(high), x)
        t = self.add(self.mul(x, self.k(1 / math.log(2))), self.k(magic))
        n = self.sub(t, self.k(magic))
        if self.double:
            r = self.sub(x, self.mul(n, self.k(6.93147180369123816490e-01)))
            r = self.sub(r, self.mul(n, self.k(1.90821492927058770002e-10)))
            p = self.series(r, [1 / math.factorial(i) for i in range(13, -1, -1)])
            power = self.b.add(
                self.b.shl(self.b.bitcast(t, self.I), self.ki(52)), self.ki(0x3FF << 52)
            )
        else:
            r = self.sub(x, self.mul(n, self.k(0.693359375)))
            r = self.sub(r, self.mul(n, self.k(-2.12194440e-4)))
            p = self.series(r, [1 / math.factorial(i) for i in range(7, -1, -1)])
            power = self.b.add(
                self.b.shl(self.b.bitcast(t, self.I), self.ki(23)), self.ki(0x7F << 23)
            )
        value = self.mul(p, self.b.bitcast(power, self.T))
        value = self.above(given, self.k(top), self.k(math.inf), value)
        # 0 and no subnormal number: some processors take a hundred times as long over those
        return self.above(given, self.k(low), self.k(0), value, "<")

    def log(self, x: Any) -> Any:
        """Ln x: x = 2^n m with m near 1, and the series of ln m in (m-1)/(m+1)."""
        shift, bias, mask = (52, 1023, (1 << 52) - 1) if self.double else (23, 127, (1 << 23) - 1)
        b = self.b
        bits = b.bitcast(x, self.I)
        n = b.sub(b.lshr(bits, self.ki(shift)), self.ki(bias))
        m = b.bitcast(b.or_(b.and_(bits, self.ki(mask)), self.ki(bias << shift)), self.T)
        large = b.fcmp_ordered(">", m, self.k(math.sqrt(2)))
        m = b.select(large, self.mul(m, self.k(0.5)), m)
        n = b.select(large, b.add(n, self.ki(1)), n)
        exponent = b.sitofp(n, self.T)
        s = self.div(self.sub(m, self.k(1)), self.add(m, self.k(1)))
        square = self.mul(s, s)
        terms = 11 if self.double else 5
        p = self.series(square, [2 / (2 * i + 1) for i in range(terms, 0, -1)])
        tail = self.add(
            self.mul(self.mul(s, square), p), self.mul(exponent, self.k(1.90821492927058770002e-10))
        )
        body = self.add(
            self.mul(exponent, self.k(6.93147180369123816490e-01)), self.mul(self.k(2), s)
        )
        value = self.add(body, tail)
        # 0 and below, infinite, undefined
        value = self.above(x, self.k(0), value, self.k(math.nan))
        value = self.above(x, self.k(0), self.k(-math.inf), value, "==")
        return self.above(x, self.k(math.inf), self.k(math.inf), value, "==")

    def log1p(self, x: Any) -> Any:
        """Ln(1 + x), with what 1 + x loses put back."""
        u = self.add(self.k(1), x)
        lost = self.div(self.b.fsub(x, self.b.fsub(u, self.k(1))), u)
        value = self.add(self.log(u), lost)
        return self.above(u, self.k(math.inf), u, value, "==")

    def expm1(self, x: Any) -> Any:
        """E^x - 1: a series near 0, where the difference would cancel."""
        terms = 14 if self.double else 8
        near = self.mul(x, self.series(x, [1 / math.factorial(i) for i in range(terms, 0, -1)]))
        small = self.b.fcmp_ordered("<", self.intrinsic("fabs", x), self.k(0.35))
        return self.b.select(small, near, self.sub(self.exp(x), self.k(1)))

    def tanh(self, x: Any) -> Any:
        """The hyperbolic tangent, from e^(-2|x|) - 1."""
        e = self.expm1(self.mul(self.k(-2), self.intrinsic("fabs", x)))
        value = self.div(self.b.fneg(e), self.add(e, self.k(2)))
        return self.intrinsic("copysign", value, x)

    def erfc(self, x: Any) -> Any:
        """The complementary error function: the series of `special.erfc`."""
        z = self.intrinsic("fabs", x)
        t = self.div(self.k(2), self.add(z, self.k(2)))
        y = self.sub(self.mul(self.k(4), t), self.k(2))
        before, last = self.k(0), self.k(0)
        for c in ERFC_SERIES[: None if self.double else 14][:0:-1]:
            before, last = last, self.add(self.sub(self.mul(y, last), before), self.k(c))
        inner = self.add(self.k(ERFC_SERIES[0]), self.mul(y, last))
        power = self.sub(self.sub(self.mul(self.k(0.5), inner), self.mul(z, z)), before)
        tail = self.mul(t, self.exp(power))
        return self.above(x, self.k(0), tail, self.sub(self.k(2), tail), ">=")

    def xlogy(self, x: Any, y: Any) -> Any:
        """X ln y, 0 where x is 0."""
        zero = self.b.fcmp_ordered("==", x, self.k(0))
        return self.b.select(zero, self.k(0), self.mul(x, self.log(y)))

    def xdivy(self, x: Any, y: Any) -> Any:
        """X / y, 0 where x is 0."""
        zero = self.b.fcmp_ordered("==", x, self.k(0))
        return self.b.select(zero, self.k(0), self.div(x, y))

    def sign(self, x: Any) -> Any:
        """-1, 0 or 1; undefined stays undefined."""
        one = self.above(x, self.k(0), self.k(1), x)
        return self.above(x, self.k(0), self.k(-1), one, "<")

    def positive_part(self, x: Any) -> Any:
        """The larger of x and 0; undefined stays undefined."""
        return self.above(x, self.k(0), self.k(0), x, "<=")

    def normal_cdf(self, z: Any) -> Any:
        """The distribution function of the normal distribution."""
        return self.mul(self.k(0.5), self.erfc(self.mul(z, self.k(-math.sqrt(0.5)))))

    def normal_pdf(self, z: Any) -> Any:
        """Its density."""
        e = self.exp(self.mul(self.mul(z, z), self.k(-0.5)))
        return self.mul(e, self.k(1 / math.sqrt(2 * math.pi)))

    def sqrt(self, x: Any) -> Any:
        """The square root."""
        return self.intrinsic("sqrt", x)

    def abs(self, x: Any) -> Any:
        """The magnitude."""
        return self.intrinsic("fabs", x)

    def erf(self, x: Any) -> Any:
        """The error function."""
        return self.sub(self.k(1), self.erfc(x))


FUNCTIONS: dict[str, Callable[..., Any]] = {
    "exp": Emit.exp, "expm1": Emit.expm1, "ln": Emit.log, "log1p": Emit.log1p, "tanh": Emit.tanh,
    "erf": Emit.erf, "sqrt": Emit.sqrt, "abs": Emit.abs, "sign": Emit.sign,
    "positive_part": Emit.positive_part, "xlogy": Emit.xlogy, "xdivy": Emit.xdivy,
    "normal_cdf": Emit.normal_cdf, "normal_pdf": Emit.normal_pdf, "div": Emit.div,
}  # fmt: skip
"""For every primitive of a formula, by name, the vector code."""
