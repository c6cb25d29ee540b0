"""The lines of an iteration as one compiled loop over float64 numbers: a small network, many updates.

A step is one chain of operations that wait for each other, so what counts is how long each takes: e^x is
read from a table of 2^(j/128) and a short series, and ends in one multiply-add with what is added to it.
"""

from __future__ import annotations

from decimal import Decimal, localcontext
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from llvmlite import ir

from chalkgrad.training.line_code import Code, Lines, Writer
from chalkgrad.training.llvm_vectors import I64, flush_subnormals
from chalkgrad.training.rounds_code import Rounds, bounds_met

if TYPE_CHECKING:
    import ast
    from collections.abc import Sequence

    from chalkgrad.records import Stop

_PARTS = 128
_SHIFT = 52 - 7
# ln 2 and what its rounding lost: their multiples are taken off in multiply-adds of one rounding
_LN2_HIGH, _LN2_LOW = 0.6931471805599453, 2.3190468138462996e-17
_MAGIC = 6755399441055744.0
"""1.5 * 2^52: added to a number, it leaves the nearest whole number in the last bits."""
_FARTHEST = 708.0
"""Beyond, e^x counts as 0 or infinite (it ends at 709.8 and turns subnormal at -708.4)."""


@lru_cache(maxsize=1)
def _table() -> tuple[tuple[int, float], ...]:
    """For each j below 128: the bits of 2^(j/128) less j in their exponent, and what rounding lost."""
    import struct

    rows = []
    with localcontext() as context:
        context.prec = 50
        root = Decimal(2) ** (Decimal(1) / _PARTS)
        for j in range(_PARTS):
            exact = root**j
            near = float(exact)
            (bits,) = struct.unpack("<q", struct.pack("<d", near))
            rows.append((bits - (j << _SHIFT), float(exact / Decimal(near) - 1)))
    return tuple(rows)


class Scalar(Code):
    """Emits float64 numbers, one at a time."""

    def __init__(self, module: ir.Module, name: str, args: Sequence[Any]) -> None:
        super().__init__(module, name, args, double=True, lanes=1)
        self._scales = self._kept_array("scales", I64, [bits for bits, _ in _table()])
        self._lost = self._kept_array("lost", self.E, [lost for _, lost in _table()])

    def _kept_array(self, name: str, kind: Any, numbers: Sequence[float]) -> Any:
        shape = ir.ArrayType(kind, len(numbers))
        made = ir.GlobalVariable(self.module, shape, name)
        made.initializer = ir.Constant(shape, list(numbers))
        made.global_constant, made.linkage = True, "internal"
        return made

    def exp(self, x: Any) -> Any:
        """E^x."""
        return self._power(x, 0.0)

    def exp_and(self, x: Any, more: float) -> Any:
        """E^x and a number, added in the last multiply-add."""
        return self._power(x, more)

    def _power(self, x: Any, more: float) -> Any:
        b, k = self.b, self.k
        shifted = self.fma(x, k(_PARTS * 1.4426950408889634), k(_MAGIC))
        whole = b.fsub(shifted, k(_MAGIC))
        bits = b.bitcast(shifted, I64)
        j = b.and_(bits, I64(_PARTS - 1))
        row = b.load(b.gep(self._scales, [I64(0), j]))
        scale = b.bitcast(b.add(row, b.shl(bits, I64(_SHIFT))), self.E)
        lost = b.load(b.gep(self._lost, [I64(0), j]))
        r = self.fma(whole, k(-_LN2_HIGH / _PARTS), x)
        low = b.fadd(r, self.fma(whole, k(-_LN2_LOW / _PARTS), lost))
        square = b.fmul(r, r)
        odd = self.fma(r, k(1 / 6), k(1 / 2))
        even = self.fma(r, k(1 / 120), k(1 / 24))
        beyond = self.fma(square, self.fma(square, even, odd), low)
        value = self.fma(scale, beyond, b.fadd(scale, k(more)) if more else scale)
        far = b.fcmp_ordered(">", self.abs(x), k(_FARTHEST))
        end = self.above(x, k(0.0), k(float("inf")), k(more))
        return b.select(far, end, value)


def loop_module(texts: Sequence[Lines], stop: Stop | None) -> ir.Module:
    """``loop(state, losses, where, last)``: updates until after `last` or until a bound is met.

    ``where`` holds the number of the iteration that comes next, and the place in `REASONS`; ``losses`` takes
    the loss of each iteration, and what comes before it is the loss before the first.
    """
    module = ir.Module(name="loop")
    double, whole = ir.DoubleType().as_pointer(), I64.as_pointer()
    e = Scalar(module, "loop", [double, double, whole, I64])
    b: Any = e.b
    state, losses, where, last = e.fn.args
    restore = flush_subnormals(e)
    rounds = Rounds(e, texts)
    for n, place in enumerate(rounds.places.values()):
        b.store(e.number(state, I64(n)), place)
    first = b.load(where)
    rounds.begin(first)

    def keep(k: Any, loss: Any) -> None:
        b.store(loss, b.gep(losses, [b.sub(k, first)]))

    def leave(writer: Writer, args: list[ast.expr], end: Any) -> None:
        if stop:
            at = b.sub(b.load(rounds.number), first)
            before = b.load(b.gep(losses, [b.sub(at, I64(1))]))
            for code, met in bounds_met(writer, stop, args, before):
                out, on = e.fn.append_basic_block("out"), e.fn.append_basic_block("on")
                b.cbranch(met, out, on)
                b.position_at_end(out)
                b.store(I64(code), b.gep(where, [I64(1)]))
                b.branch(end)
                b.position_at_end(on)

    rounds.write(last, keep, leave)
    for n, place in enumerate(rounds.places.values()):
        b.store(b.load(place), b.gep(state, [I64(n)]))
    b.store(b.load(rounds.number), where)
    restore()
    b.ret_void()
    return module
