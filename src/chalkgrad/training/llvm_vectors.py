"""Vector code through llvmlite: arithmetic, elementary functions, and formulas as vector instructions.

One more reader of the same trees: `Vectors.write` takes the formulas of the tables. The elementary functions are
plain arithmetic on whole vectors, so that they are inlined where they are used; each is as exact as the
float width allows, to a few last digits.
"""

from __future__ import annotations

import math
from contextlib import contextmanager
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import llvmlite.binding as llvm
from llvmlite import ir

from chalkgrad.formula import (
    Add,
    Cases,
    Div,
    Fn,
    Formula,
    Mul,
    Neg,
    Num,
    Pow,
    Sym,
    evaluate,
    symbols,
)
from chalkgrad.training.special import ERFC_SERIES

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Sequence

llvm.initialize_native_target()
llvm.initialize_native_asmprinter()
I64, I32, I1 = ir.IntType(64), ir.IntType(32), ir.IntType(1)
# Not "fast": it would let the compiler assume that nothing is undefined, and divergence would go unseen.
# Not "reassoc": sums keep their order, so that the number of threads changes no digit.
FLAGS = ("contract", "nsz", "arcp")


@lru_cache(maxsize=2)
def host_lanes(double: bool) -> int:
    """Numbers in a vector register of this machine."""
    features = llvm.get_host_cpu_features()
    bits = 512 if features.get("avx512f") else 256 if features.get("avx") else 128
    return bits // (64 if double else 32)


_ON_X86 = llvm.get_default_triple().split("-")[0] in ("x86_64", "amd64", "i686")
_FUSED = not _ON_X86 or bool(llvm.get_host_cpu_features().get("fma"))


def flush_subnormals(e: Emit) -> Callable[[], None]:
    """Let the processor take subnormal numbers for 0; gives what puts its state back.

    They are below 1e-307 (float32: 1e-38), and some processors take a hundred times as long over them:
    a network that is nearly sure of its class is full of them.
    """
    if not _ON_X86:
        return lambda: None
    b: Any = e.b
    kind = ir.FunctionType(ir.VoidType(), [ir.IntType(8).as_pointer()])
    store = ir.Function(e.module, kind, "llvm.x86.sse.stmxcsr")
    load = ir.Function(e.module, kind, "llvm.x86.sse.ldmxcsr")
    before, here = b.alloca(I32), b.alloca(I32)
    raw = [b.bitcast(place, ir.IntType(8).as_pointer()) for place in (before, here)]
    b.call(store, [raw[0]])
    b.store(b.or_(b.load(before), I32(0x8040)), here)
    b.call(load, [raw[1]])

    def restore() -> None:
        b.call(load, [raw[0]])

    return restore


class Emit:
    """Emits one function of a module: loops, loads, stores and vector arithmetic."""

    def __init__(self, module: ir.Module, name: str, args: Sequence[Any], *, double: bool) -> None:
        self.module, self.double = module, double
        self.lanes = host_lanes(double)
        self.E: Any = ir.DoubleType() if double else ir.FloatType()
        self.T: Any = ir.VectorType(self.E, self.lanes)
        self.I: Any = ir.VectorType(I64 if double else I32, self.lanes)
        self.fn = ir.Function(module, ir.FunctionType(ir.VoidType(), args), name)
        for arg in self.fn.args:
            if isinstance(arg.type, ir.PointerType):
                arg.add_attribute("noalias")
        self.b: Any = ir.IRBuilder(self.fn.append_basic_block())

    # ---------------------------------------------------------------- constants, memory, control
    def k(self, value: float) -> Any:
        """A constant vector."""
        return ir.Constant(self.T, [float(value)] * self.lanes)

    def ki(self, value: int) -> Any:
        """A constant vector of whole numbers."""
        return ir.Constant(self.I, [int(value)] * self.lanes)

    def splat(self, scalar: Any) -> Any:
        """A vector with a number in every lane."""
        hole = ir.Constant(self.T, ir.Undefined)
        first = self.b.insert_element(hole, scalar, I32(0))
        zeros = ir.Constant(ir.VectorType(I32, self.lanes), [0] * self.lanes)
        return self.b.shuffle_vector(first, hole, zeros)

    def load(self, base: Any, index: Any) -> Any:
        """A vector from memory."""
        pointer = self.b.bitcast(self.b.gep(base, [index]), self.T.as_pointer())
        return self.b.load(pointer, align=8 if self.double else 4)

    def store(self, value: Any, base: Any, index: Any) -> None:
        """A vector to memory."""
        pointer = self.b.bitcast(self.b.gep(base, [index]), self.T.as_pointer())
        self.b.store(value, pointer, align=8 if self.double else 4)

    def number(self, base: Any, index: Any) -> Any:
        """A number from memory."""
        return self.b.load(self.b.gep(base, [index]))

    @contextmanager
    def loop(self, start: Any, stop: Any) -> Iterator[Any]:
        """The body runs for every whole number from `start` below `stop`."""
        b = self.b
        before, body, end = b.block, self.fn.append_basic_block(), self.fn.append_basic_block()
        b.cbranch(b.icmp_signed("<", start, stop), body, end)
        b.position_at_end(body)
        i = b.phi(I64)
        i.add_incoming(start, before)
        yield i
        following = b.add(i, I64(1))
        i.add_incoming(following, b.block)
        b.cbranch(b.icmp_signed("<", following, stop), body, end)
        b.position_at_end(end)

    # ---------------------------------------------------------------- arithmetic
    def add(self, x: Any, y: Any) -> Any:
        """X + y."""
        return self.b.fadd(x, y, flags=FLAGS)

    def sub(self, x: Any, y: Any) -> Any:
        """X - y."""
        return self.b.fsub(x, y, flags=FLAGS)

    def mul(self, x: Any, y: Any) -> Any:
        """X y."""
        return self.b.fmul(x, y, flags=FLAGS)

    def div(self, x: Any, y: Any) -> Any:
        """X / y."""
        return self.b.fdiv(x, y, flags=FLAGS)

    def fma(self, x: Any, y: Any, z: Any) -> Any:
        """X y + z, rounded once where the processor can: said outright, so that it is so everywhere."""
        return self.intrinsic("fma", x, y, z) if _FUSED else self.add(self.b.fmul(x, y), z)

    def above(self, x: Any, y: Any, yes: Any, no: Any, relation: str = ">") -> Any:
        """`yes` where the relation holds, else `no`, also where x is undefined."""
        return self.b.select(self.b.fcmp_ordered(relation, x, y), yes, no)

    def intrinsic(self, name: str, *args: Any) -> Any:
        """A call of an LLVM intrinsic of vectors, such as the square root."""
        full = f"llvm.{name}.v{self.lanes}f{64 if self.double else 32}"
        known = self.module.globals.get(full)
        kind = ir.FunctionType(self.T, [self.T] * len(args))
        return self.b.call(known or ir.Function(self.module, kind, full), args)

    def series(self, x: Any, coefficients: Sequence[float]) -> Any:
        """A polynomial, from its highest coefficient down."""
        total = self.k(coefficients[0])
        for c in coefficients[1:]:
            total = self.add(self.mul(total, x), self.k(c))
        return total

    def across(self, vector: Any, join: Callable[[Any, Any], Any]) -> Any:
        """All lanes joined, in every lane: by shuffles, in an order that is always the same."""
        step = self.lanes // 2
        while step:
            order = [(i + step) % self.lanes for i in range(self.lanes)]
            mask = ir.Constant(ir.VectorType(I32, self.lanes), order)
            vector = join(vector, self.b.shuffle_vector(vector, vector, mask))
            step //= 2
        return vector

    # ---------------------------------------------------------------- elementary functions
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
"""For every primitive of a formula, by name, the vector code. Softmax and its logarithm read a whole row."""
OF_ROW = ("softmax", "logsumexp")


class Row:
    """All net inputs of one row, as vectors, and what softmax and its logarithm share."""

    def __init__(self, e: Emit, z: list[Any]) -> None:
        self._e, self._z = e, z
        self._made: tuple[Any, list[Any], Any] | None = None

    def parts(self) -> tuple[Any, list[Any], Any]:
        """The largest, e^(z - largest) of each vector, and their sum; emitted once."""
        if self._made is None:
            e = self._e
            top = self._z[0]
            for z in self._z[1:]:
                top = e.above(z, top, z, top)
            top = e.across(top, lambda x, y: e.above(x, y, x, y))
            powers = [e.exp(e.sub(z, top)) for z in self._z]
            total = powers[0]
            for power in powers[1:]:
                total = e.add(total, power)
            self._made = (top, powers, e.across(total, e.add))
        return self._made


class Vectors:
    """Writes formulas as vectors; a node that stands already is read again.

    Args:
        e: where to.
        values: the vector of each symbol.
        constants: symbols that are numbers.
        outside: makes the vector of a formula of numbers that change from step to step.
        row: the row that a whole-layer function reads, and which of its vectors is meant.
    """

    def __init__(
        self,
        e: Emit,
        values: dict[str, Any],
        constants: dict[str, float] | None = None,
        outside: Callable[[Formula], Any] | None = None,
        changing: Collection[str] = (),
        row: tuple[Row, int] | None = None,
    ) -> None:
        self.e, self.values, self.constants = e, values, constants or {}
        self._outside, self._changing, self._row = outside, frozenset(changing), row
        self._known: dict[tuple[Formula, bool], Any] = {}

    def write(self, node: Formula, *, guarded: bool = True) -> Any:
        """The vector of a formula; `guarded` as in `arrays.Lines.write`."""
        if isinstance(node, Sym) and node.name.kind in self.values:
            return self.values[node.name.kind]
        read = {s.kind for s in symbols(node)}
        if read <= self.constants.keys():
            return self.e.k(evaluate(node, lambda symbol: self.constants[symbol.kind]))
        if self._outside and read <= self.constants.keys() | self._changing:
            return self._outside(node)
        known = self._known.get((node, guarded))
        if known is None:
            known = self._known[node, guarded] = self._emit(node, guarded)
        return known

    def _emit(self, node: Formula, guarded: bool) -> Any:
        e = self.e

        def go(part: Formula) -> Any:
            return self.write(part, guarded=guarded)

        match node:
            case Neg(body):
                return e.b.fneg(go(body))
            case Add(terms):
                total = go(terms[0])
                for term in terms[1:]:
                    total = (
                        e.sub(total, go(term.body))
                        if isinstance(term, Neg)
                        else e.add(total, go(term))
                    )
                return total
            case Mul(factors):
                product = go(factors[0])
                for factor in factors[1:]:
                    product = e.mul(product, go(factor))
                return product
            case Div(top, bottom):
                return e.div(go(top), go(bottom))
            case Pow(base, Num(2.0)):
                value = go(base)
                return e.mul(value, value)
            case Fn(function, args):
                inner = None if function.point else function.computed(args)
                if inner:
                    return go(inner)
                if function.name in OF_ROW:
                    return self._of_row(function.name)
                return FUNCTIONS[function.name](e, *map(go, args))
            case Cases(left, relation, right, over, otherwise):
                x = go(left)
                rest = go(otherwise)
                if guarded:
                    rest = e.b.select(e.b.fcmp_unordered("uno", x, x), x, rest)
                return e.above(x, go(right), go(over), rest, relation)
            case _:
                raise TypeError(node)

    def _of_row(self, name: str) -> Any:
        given = self._row
        if given is None:
            raise TypeError(name)
        row, at = given
        top, powers, total = row.parts()
        if name == "softmax":
            return self.e.div(powers[at], total)
        return self.e.add(top, self.e.log(total))
