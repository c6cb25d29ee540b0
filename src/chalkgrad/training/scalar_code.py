"""The lines of an iteration as one compiled loop over float64 numbers: a small network, many updates.

A step is one chain of operations that wait for each other, so what counts is how long each takes: e^x is
read from a table of 2^(j/128) and a short series, and ends in one multiply-add with what is added to it.
"""

from __future__ import annotations

import ast
from decimal import Decimal, localcontext
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from llvmlite import ir

from chalkgrad.training.line_code import Code, Lines, Writer
from chalkgrad.training.llvm_vectors import I64, flush_subnormals

if TYPE_CHECKING:
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
REASONS = ("", "loss", "change", "gradient")
"""What a loop says of its end; the bounds of ``[training.stop]`` in the order in which they are looked at."""


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
        self._scales = self._constants("scales", I64, [bits for bits, _ in _table()])
        self._lost = self._constants("lost", self.E, [lost for _, lost in _table()])

    def _constants(self, name: str, kind: Any, numbers: Sequence[float]) -> Any:
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
    the loss of each iteration, and its own last number before them is at ``losses[-1]``.
    """
    module = ir.Module(name="loop")
    double, whole = ir.DoubleType().as_pointer(), I64.as_pointer()
    e = Scalar(module, "loop", [double, double, whole, I64])
    b: Any = e.b
    state, losses, where, last = e.fn.args
    restore = flush_subnormals(e)
    names = texts[0].state
    places = {name: b.alloca(e.E) for name in names}
    for n, name in enumerate(names):
        b.store(e.number(state, I64(n)), places[name])
    number, turn, before = b.alloca(I64), b.alloca(I64), b.alloca(e.E)
    first = b.load(where)
    b.store(first, number)
    b.store(b.srem(b.sub(first, I64(1)), I64(len(texts))), turn)
    b.store(e.number(losses, I64(-1)), before)
    head, end = (e.fn.append_basic_block(name) for name in ("head", "end"))
    bodies = [e.fn.append_basic_block("body") for _ in texts]
    b.branch(head)
    b.position_at_end(head)
    k = b.load(number)
    go = e.fn.append_basic_block("go")
    b.cbranch(b.icmp_signed("<=", k, last), go, end)
    b.position_at_end(go)
    choice = b.switch(b.load(turn), bodies[0])
    for n, (lines, body) in enumerate(zip(texts, bodies, strict=True)):
        if n:
            choice.add_case(I64(n), body)
        b.position_at_end(body)
        values = {name: b.load(place) for name, place in places.items()}
        writer = Writer(e, values, b.sitofp(k, e.E))
        for line in lines.body:
            match line:
                case ast.Expr():
                    b.store(values[lines.loss], b.gep(losses, [b.sub(k, first)]))
                case ast.Assign(targets=[ast.Name(id="why")], value=ast.Call(args=args)) if stop:
                    _stop(writer, stop, args, b.load(before), b.gep(where, [I64(1)]), end)
                case ast.Assign(targets=[ast.Name(id="before")], value=loss):
                    b.store(writer.write(loss), before)
                case ast.Assign(targets=[target], value=value):
                    _assign(writer, target, value, places)
        b.store(b.add(k, I64(1)), number)
        b.store(I64((n + 1) % len(texts)), turn)
        b.branch(head)
    b.position_at_end(end)
    for n, name in enumerate(names):
        b.store(b.load(places[name]), b.gep(state, [I64(n)]))
    b.store(b.load(number), where)
    restore()
    b.ret_void()
    return module


def _assign(writer: Writer, target: ast.expr, value: ast.expr, places: dict[str, Any]) -> None:
    """Write ``name = formula``; what belongs to the state is stored after all of it was read."""
    if isinstance(target, ast.Tuple) and isinstance(value, ast.Tuple):
        pairs = list(zip(target.elts, value.elts, strict=True))
    else:
        pairs = [(target, value)]
    made = [(ast.unparse(name), writer.write(formula)) for name, formula in pairs]
    for name, new in made:
        if name in places:
            writer.e.b.store(new, places[name])
        else:
            writer.values[name] = new


def _stop(
    writer: Writer, stop: Stop, args: list[ast.expr], before: Any, why: Any, end: Any
) -> None:
    """Leave the loop where a bound is met: `straight.met`, whose arguments these are."""
    e, b = writer.e, writer.e.b
    _, loss, _, most = args
    assert isinstance(most, ast.Call)
    value = writer.write(loss)
    sizes = [writer.write(size) for size in most.args if isinstance(size, ast.Call)]
    largest = e.k(0.0)
    for size in sizes:
        largest = e.above(size, largest, size, largest)
    bounds = (
        (stop.loss, value),
        (stop.change, e.abs(b.fsub(value, before))),
        (stop.gradient, largest),
    )
    for code, (bound, got) in enumerate(bounds, 1):
        if bound is not None:
            met, on = e.fn.append_basic_block("met"), e.fn.append_basic_block("on")
            b.cbranch(b.fcmp_ordered("<=", got, e.k(bound)), met, on)
            b.position_at_end(met)
            b.store(I64(code), why)
            b.branch(end)
            b.position_at_end(on)
