"""One function of machine code: its loops, what it reads and writes, and arithmetic on whole vectors."""

from __future__ import annotations

from contextlib import contextmanager
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import llvmlite.binding as llvm
from llvmlite import ir

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

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


def flush_subnormals(e: Words) -> Callable[[], None]:
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


class Words:
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
        self._constants: dict[float, Any] = {}  # one object each: its long text is made once
        self._orders: dict[tuple[int, ...], Any] = {}

    # ---------------------------------------------------------------- constants, memory, control
    def k(self, value: float) -> Any:
        """A constant vector."""
        if value not in self._constants or not value:  # 0 and -0 are equal
            self._constants[value] = ir.Constant(self.T, [float(value)] * self.lanes)
        return self._constants[value]

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

    def least(self, x: Any, y: Any) -> Any:
        """The smaller of two whole numbers."""
        return self.b.select(self.b.icmp_signed("<", x, y), x, y)

    def most(self, x: Any, y: Any) -> Any:
        """The larger of two whole numbers."""
        return self.b.select(self.b.icmp_signed(">", x, y), x, y)

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

    def fold(
        self, start: Any, stop: Any, values: list[Any], body: Callable[[Any, list[Any]], list[Any]]
    ) -> list[Any]:
        """What values become by a loop whose body makes new ones of them."""
        b, before = self.b, self.b.block
        inside, after = self.fn.append_basic_block(), self.fn.append_basic_block()
        b.cbranch(b.icmp_signed("<", start, stop), inside, after)
        b.position_at_end(inside)
        i = b.phi(I64)
        i.add_incoming(start, before)
        old = [b.phi(value.type) for value in values]
        new = body(i, list(old))
        following = b.add(i, I64(1))
        last = b.block
        i.add_incoming(following, last)
        for phi, first, value in zip(old, values, new, strict=True):
            phi.add_incoming(first, before)
            phi.add_incoming(value, last)
        b.cbranch(b.icmp_signed("<", following, stop), inside, after)
        b.position_at_end(after)
        found = [b.phi(value.type) for value in values]
        for phi, first, value in zip(found, values, new, strict=True):
            phi.add_incoming(first, before)
            phi.add_incoming(value, last)
        return found

    def choose(
        self, condition: Any, yes: Callable[[], list[Any]], no: Callable[[], list[Any]]
    ) -> list[Any]:
        """What `yes` gives where a condition holds, else what `no` gives: only one of them is run."""
        b, fn = self.b, self.fn
        first, second, after = (fn.append_basic_block() for _ in range(3))
        b.cbranch(condition, first, second)
        found = []
        for block, make in ((first, yes), (second, no)):
            b.position_at_end(block)
            found.append((make(), b.block))
            b.branch(after)
        b.position_at_end(after)
        joined = []
        for one, other in zip(found[0][0], found[1][0], strict=True):
            phi = b.phi(one.type)
            phi.add_incoming(one, found[0][1])
            phi.add_incoming(other, found[1][1])
            joined.append(phi)
        return joined

    def touch(self, base: Any, index: Any, *, write: bool = True) -> None:
        """Have the numbers there brought near: they are read, and perhaps written, soon."""
        kind = ir.FunctionType(ir.VoidType(), [ir.IntType(8).as_pointer(), I32, I32, I32])
        known = self.module.globals.get("llvm.prefetch.p0i8")
        call = known or ir.Function(self.module, kind, "llvm.prefetch.p0i8")
        place = self.b.bitcast(self.b.gep(base, [index]), ir.IntType(8).as_pointer())
        self.b.call(call, [place, I32(int(write)), I32(3), I32(1)])

    def turned(self, rows: list[Any]) -> list[Any]:
        """The columns of a square of numbers, given its rows: pairs of lanes change places."""
        rows, step, n = list(rows), 1, self.lanes
        while step < n:
            low = [k if not k & step else n + k - step for k in range(n)]
            high = [k + step if not k & step else n + k for k in range(n)]
            for i in range(n):
                if not i & step:
                    x, y = rows[i], rows[i + step]
                    rows[i], rows[i + step] = self._shuffled(x, y, low), self._shuffled(x, y, high)
            step *= 2
        return rows

    def _shuffled(self, x: Any, y: Any, order: list[int]) -> Any:
        kept = self._orders
        if tuple(order) not in kept:
            kept[tuple(order)] = ir.Constant(ir.VectorType(I32, len(order)), order)
        return self.b.shuffle_vector(x, y, kept[tuple(order)])

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
            vector = join(vector, self._shuffled(vector, vector, order))
            step //= 2
        return vector
