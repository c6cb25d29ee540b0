"""The lines of an iteration over vectors: a lane is a network, or a point of a surface.

Here lanes wait for each other less than for room, so what counts is how few operations a function takes:
e^x is a series of few terms, and one over 1 + e^x a first guess of the processor's, made better by Newton.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import llvmlite.binding as llvm
from llvmlite import ir

from chalkgrad.training.line_code import FLAGS, Code, Lines, Writer
from chalkgrad.training.llvm_vectors import I32, I64, flush_subnormals, host_lanes
from chalkgrad.training.rounds_code import Rounds, bounds_met

if TYPE_CHECKING:
    import ast
    from collections.abc import Sequence

    from chalkgrad.records import Stop

# e^r for |r| <= ln 2 / 2, highest power first: interpolated at the Chebyshev nodes with 40 digits; off by less
# than 4e-18 and 2e-9 of the value, before rounding
_SERIES_64 = (
    2.5110095611886237e-08, 2.7632715071632255e-07, 2.7557240761739257e-06, 2.4801485278370062e-05,
    0.00019841269890193705, 0.0013888888952505406, 0.008333333333319546, 0.04166666666648738,
    0.1666666666666668, 0.5000000000000019, 1.0, 1.0,
)  # fmt: skip
_SERIES_32 = (
    0.001394116075382547, 0.008375168288954201, 0.041666352268082525, 0.1666641501129006,
    0.5000000047259399, 1.0000000378296146, 1.0,
)  # fmt: skip
# e^r, off by 3e-16: all that can be seen beside a number that is added and rounded
_SERIES_BESIDE_64 = (
    2.7626426376580335e-07, 2.7640263790318923e-06, 2.4801504180837137e-05, 0.00019841170071970308,
    0.0013888888932619635, 0.008333333385825085, 0.04166666666657277, 0.16666666666553953,
    0.5000000000000006, 1.0000000000000069, 1.0,
)  # fmt: skip
_LN2_LOST_64 = 2.3190468138462996e-17
_LN2_32, _LN2_LOST_32 = 0.693359375, -2.12194440054690583e-4


class Lanes(Code):
    """Emits vectors as wide as the machine has them."""

    def __init__(self, module: ir.Module, name: str, args: Sequence[Any], *, double: bool) -> None:
        super().__init__(module, name, args, double=double, lanes=host_lanes(double))

    def whole(self, number: Any) -> Any:
        """A whole number in every lane."""
        kind = self.I.element
        number = number if self.double else self.b.trunc(number, kind)
        first = self.b.insert_element(ir.Constant(self.I, ir.Undefined), number, I32(0))
        order = ir.Constant(ir.VectorType(I32, self.lanes), [0] * self.lanes)
        return self.b.shuffle_vector(first, ir.Constant(self.I, ir.Undefined), order)

    def store_whole(self, value: Any, base: Any, index: Any) -> None:
        """A vector of whole numbers to memory."""
        pointer = self.b.bitcast(self.b.gep(base, [index]), self.I.as_pointer())
        self.b.store(value, pointer, align=8 if self.double else 4)

    def exp(self, x: Any) -> Any:
        """E^x: 0 below the least normal number, infinite from 2^(n - 1/2) on, n the largest exponent."""
        low, high = (-709.1, 710.0) if self.double else (-88.0, 89.0)
        p, scale = self._power(x, low, high)
        return self.b.fmul(p, scale)

    def exp_and(self, x: Any, more: float) -> Any:
        """E^x and a number, in one multiply-add."""
        low, high = (-709.1, 710.0) if self.double else (-88.0, 89.0)
        p, scale = self._power(x, low, high)
        return self.fma(p, scale, self.k(more))

    def over_exp_and(self, top: Any, x: Any, more: float) -> Any:
        """A number over e^x and another."""
        if more < 1 or not self._guesses():
            return super().over_exp_and(top, x, more)
        # Newton's step cannot start from 1 over infinity: the last power that has a normal inverse will do
        low, high = (-709.1, 708.0) if self.double else (-88.0, 87.0)
        p, scale = self._power(x, low, high, beside=True)
        below = self.fma(p, scale, self.k(more))
        guess = self._guess(below)
        minus = self.b.fneg(below)
        for _ in range(2 if self.double else 1):
            guess = self.fma(guess, self.fma(minus, guess, self.k(1.0)), guess)
        return self.b.fmul(top, guess, flags=FLAGS)

    def _power(self, x: Any, low: float, high: float, *, beside: bool = False) -> tuple[Any, Any]:
        """E^x as a number from 0.7 to 1.4 and a power of 2; at the ends the power is 0 or infinite.

        `beside` a number of 1 or more it may be off by the last digit.
        """
        b, k = self.b, self.k
        x = self.above(x, k(low), k(low), x, "<")
        x = self.above(x, k(high), k(high), x)
        # 1.5 * 2^52 leaves the nearest whole number in the last bits, here with the bias of exponents on it
        bits, bias, magic = (52, 1023, 1.5 * 2**52) if self.double else (23, 127, 1.5 * 2**23)
        shifted = self.fma(x, k(1 / math.log(2)), k(magic + bias))
        n = b.fsub(shifted, k(magic + bias))
        if beside:
            r = self.fma(n, k(-math.log(2)), x)
            series: tuple[float, ...] = _SERIES_BESIDE_64 if self.double else _SERIES_32
        else:
            ln2, lost = (math.log(2), _LN2_LOST_64) if self.double else (_LN2_32, _LN2_LOST_32)
            r = self.fma(n, k(-lost), self.fma(n, k(-ln2), x))
            series = _SERIES_64 if self.double else _SERIES_32
        p = k(series[0])
        for c in series[1:]:
            p = self.fma(p, r, k(c))
        return p, b.bitcast(b.shl(b.bitcast(shifted, self.I), self.ki(bits)), self.T)

    def _guesses(self) -> bool:
        return bool(llvm.get_host_cpu_features().get("avx512f")) and self.lanes in (8, 16)

    def _guess(self, x: Any) -> Any:
        """1 / x to 14 bits."""
        kind, mask = ("pd", 8) if self.double else ("ps", 16)
        name = f"llvm.x86.avx512.rcp14.{kind}.512"
        bits = ir.IntType(mask)
        shape = ir.FunctionType(self.T, [self.T, self.T, bits])
        known = self.module.globals.get(name) or ir.Function(self.module, shape, name)
        return self.b.call(known, [x, ir.Constant(self.T, ir.Undefined), bits(-1)])


def many_module(texts: Sequence[Lines], stop: Stop, *, double: bool) -> ir.Module:
    """``many(states, losses, ends, first, last, steps, from, to)``: the iterations of networks.

    A block is as many networks as a vector has lanes: ``states[block][number][lane]``. Blocks `from` to below
    `to` are worked, each from iteration `first` to `last`. ``losses[block][stretch][lane]`` takes the sum of the
    losses of each `steps` iterations. A network that meets a bound changes no more; ``ends[block][0][lane]`` is
    the iteration that comes next, ``ends[block][1][lane]`` the place in `REASONS`.
    """
    module = ir.Module(name="many")
    number: Any = (ir.DoubleType() if double else ir.FloatType()).as_pointer()
    whole = (I64 if double else I32).as_pointer()
    e = Lanes(module, "many", [number, number, whole, I64, I64, I64, I64, I64], double=double)
    b: Any = e.b
    states, losses, ends, first, last, steps, begin, end = e.fn.args
    restore = flush_subnormals(e)
    total, before, following, reason = (b.alloca(kind) for kind in (e.T, e.T, e.I, e.I))

    def running() -> Any:
        return b.icmp_signed("==", b.load(reason), e.ki(0))

    def chosen(new: Any, old: Any) -> Any:
        return b.select(running(), new, old) if stop else new

    def keep(k: Any, loss: Any) -> None:
        counted = b.select(running(), loss, e.k(0.0)) if stop else loss
        b.store(b.fadd(b.load(total), counted, flags=FLAGS), total)

    def leave(writer: Writer, args: list[ast.expr], out: Any) -> None:
        for code, met in bounds_met(writer, stop, args, b.load(before)):
            now = b.and_(met, running())
            k = e.whole(b.load(rounds.number))
            b.store(b.select(now, k, b.load(following)), following)
            b.store(b.select(now, e.ki(code), b.load(reason)), reason)
        b.store(writer.write(args[1]), before)
        on = e.fn.append_basic_block("on")
        b.cbranch(
            b.icmp_signed("==", b.bitcast(running(), ir.IntType(e.lanes)), ir.IntType(e.lanes)(0)),
            out,
            on,
        )
        b.position_at_end(on)

    rounds = Rounds(e, texts, chosen)
    size = len(rounds.places) * e.lanes
    count = b.add(b.sub(last, first), I64(1))
    stretches = b.sdiv(b.add(count, b.sub(steps, I64(1))), steps)
    with e.loop(begin, end) as block:
        at = b.mul(block, I64(size))
        for n, place in enumerate(rounds.places.values()):
            b.store(e.load(states, b.add(at, I64(n * e.lanes))), place)
        rounds.begin(first)
        b.store(e.k(math.inf), before)
        b.store(e.whole(b.add(last, I64(1))), following)
        b.store(e.ki(0), reason)
        with e.loop(I64(0), stretches) as stretch:
            until = b.sub(b.add(b.load(rounds.number), steps), I64(1))
            until = b.select(b.icmp_signed("<", until, last), until, last)
            b.store(e.k(0.0), total)
            rounds.write(until, keep, leave)
            row = b.add(b.mul(block, stretches), stretch)
            e.store(b.load(total), losses, b.mul(row, I64(e.lanes)))
        for n, place in enumerate(rounds.places.values()):
            e.store(b.load(place), states, b.add(at, I64(n * e.lanes)))
        at = b.mul(block, I64(2 * e.lanes))
        e.store_whole(b.load(following), ends, at)
        e.store_whole(b.load(reason), ends, b.add(at, I64(e.lanes)))
    restore()
    b.ret_void()
    return module


def plane_module(lines: Lines, first: str, second: str) -> ir.Module:
    """``plane(state, u, v, losses, columns, from, to)``: the loss where two numbers of a state change.

    ``losses[i][j]`` is that at ``first = u[i]``, ``second = v[j]``; rows `from` to below `to` are worked, of as
    many columns as a vector has lanes or more.
    """
    module = ir.Module(name="plane")
    number: Any = ir.DoubleType().as_pointer()
    e = Lanes(module, "plane", [number, number, number, number, I64, I64, I64], double=True)
    b: Any = e.b
    state, u, v, losses, columns, begin, end = e.fn.args
    restore = flush_subnormals(e)
    fixed = {name: e.splat(e.number(state, I64(n))) for n, name in enumerate(lines.state)}
    blocks = b.sdiv(b.add(columns, I64(e.lanes - 1)), I64(e.lanes))
    least = b.sub(columns, I64(e.lanes))
    with e.loop(begin, end) as i:
        row = b.mul(i, columns)
        across = e.splat(e.number(u, i))
        with e.loop(I64(0), blocks) as block:
            j = b.mul(block, I64(e.lanes))
            j = b.select(b.icmp_signed("<", j, least), j, least)  # the last one overlaps
            values = {**fixed, first: across, second: e.load(v, j)}
            writer = Writer(e, values)
            for line in lines.body[: lines.known]:
                writer.line(line)
            e.store(values[lines.loss], losses, b.add(row, j))
    restore()
    b.ret_void()
    return module
