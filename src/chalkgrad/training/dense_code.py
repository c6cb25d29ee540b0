"""The compiled engine's code: mini-batch training of one network, its sizes constant.

Every product of matrices is a register-tiled loop: the bias is where the accumulator starts, the activation and
the update are done to the accumulator before it is stored, rows of the batch are gathered by their
numbers. How many rows a batch has and how many threads share it is known only when it runs: the last
batch needs no code of its own, and no digit depends on the number of threads.

Threads take rows of the batch through forward and backward, then rows of every W in the update, and
meet three times a step. They meet more often where the gradient is clipped, which needs all of it before
the update, and where updates are made in place, layer by layer.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from llvmlite import ir

from chalkgrad.training.dense_apart import apply, scale
from chalkgrad.training.dense_base import Base, least, share
from chalkgrad.training.dense_layers import back, forward
from chalkgrad.training.dense_learn import learn, turn
from chalkgrad.training.dense_output import output
from chalkgrad.training.dense_wait import wait
from chalkgrad.training.llvm_vectors import I32, I64, Emit, flush_subnormals

if TYPE_CHECKING:
    from collections.abc import Callable

    from chalkgrad.training.architecture import Architecture


def dense_module(
    architecture: Architecture, batch: int, *, double: bool, weighted: bool, apart: bool
) -> ir.Module:
    """The module with the functions ``train`` and ``evaluate``; with gradients apart also ``gradient``."""
    d = Base(architecture, batch, double=double, weighted=weighted, apart=apart)
    _emit_train(d)
    _emit_evaluate(d)
    if apart:
        _emit_gradient(d)
    return d.module


class _Step:
    """The parts of a step in a function that has these arguments, as calls."""

    def __init__(self, d: Base, e: Emit, **given: Any) -> None:
        self.d, self.e, self.given = d, e, given

    def _at(self, base: str, place: int) -> Any:
        return self.e.b.gep(self.given[base], [I64(place)])

    def block(self, kind: str, l: int = 0) -> Any:
        """Where a block of the scratch memory begins."""
        return self._at("S", self.d.at.scratch(kind, l))

    def _source(self, l: int) -> Any:
        return self.given["X"] if l == 1 else self.block("a", l - 1)

    def forward(self, first: Any, start: Any, stop: Any) -> None:
        """The net inputs and activations of every layer but the last's activations."""
        for l in range(1, self.d.at.depth + 1):
            slopes = self.block("d", l)
            W = self._at("P", self.d.at.weight(l))
            given = [self._source(l), self.given["order"], first, W, self.block("a", l), slopes]
            self.e.b.call(forward(self.d, l), [*given, start, stop])

    def output(
        self, function: Any, first: Any, out: Any, factor: Any, start: Any, stop: Any
    ) -> None:
        """Activations, losses and deltas of the last layer."""
        given = self.given
        Z = self.block("a", self.d.at.depth)
        args = [given["T"], given["order"], given["weights"], first, Z, out, self.block("rows")]
        self.e.b.call(function, [*args, factor, start, stop])

    def back(self, l: int, start: Any, stop: Any) -> None:
        """The deltas of the layer before."""
        blocks = [self.block("d", l), self.block("t", l), self.block("d", l - 1)]
        self.e.b.call(back(self.d, l), [*blocks, start, stop])

    def learn(self, l: int, first: Any, row: Any, rows: Any, number: Any, threads: Any) -> None:
        """The gradient of a layer and, unless it is kept apart, its update."""
        at = self.d.at.weight(l)
        blocks = [self.block("d", l), self._at("P", at), self._at("M", at)]
        G = self._at("S", self.d.at.scratch("g") + at) if self.d.at.apart else blocks[2]
        given = [self._source(l), self.given["order"], first, *blocks, G, row]
        self.e.b.call(learn(self.d, l), [*given, rows, number, threads])

    def apply(self, l: int, row: Any, by: Any, number: Any, threads: Any) -> None:
        """The update of a layer from a gradient that was kept apart."""
        at = self.d.at.weight(l)
        G = self._at("S", self.d.at.scratch("g") + at)
        blocks = [self._at("P", at), self._at("M", at), G, row, by]
        self.e.b.call(apply(self.d, l), [*blocks, number, threads])

    def turn(self, l: int, number: Any, threads: Any) -> None:
        """The transposed weights of a layer; the first needs none."""
        if l > 1:
            blocks = [self._at("P", self.d.at.weight(l)), self.block("t", l)]
            self.e.b.call(turn(self.d, l), [*blocks, number, threads])

    def loss(self, rows: Any) -> Any:
        """The sum of the losses of a batch's rows, as float64."""
        return _sum(self.e, rows, lambda m: self.e.number(self.block("rows"), m), ir.DoubleType())


def _over(d: Base) -> float:
    return 1 / d.at.sizes[-1] if d.made.training.over_outputs == "mean" else 1.0


def _sum(e: Emit, count: Any, term: Callable[[Any], Any], kind: Any) -> Any:
    def step(m: Any, total: list[Any]) -> list[Any]:
        value = term(m)
        value = value if value.type == kind else e.b.fpext(value, kind)
        return [e.b.fadd(total[0], value)]

    return e.fold(I64(0), count, [ir.Constant(kind, 0.0)], step)[0]


def _emit_train(d: Base) -> None:
    """``train``: one update a batch, and the loss of each batch before its update."""
    at, p = d.at, d.pointer
    wide = ir.DoubleType()
    e = d.function(
        "train", p, p, p, d.indices, I64, I64, I64, p, p, p, p, I64, wide.as_pointer(), d.E, I64, I64,
        I32.as_pointer(),
    )  # fmt: skip
    e.fn.linkage = ""
    X, T, weights, order, lap, begin, end, P, M, S, table, width, losses, clip, *others = e.fn.args
    number, threads, meeting = others
    b, B, layers = e.b, at.batch, range(1, at.depth + 1)
    in_place = d.made.training.update_order == "in_place"
    step = _Step(d, e, X=X, T=T, weights=weights, order=order, P=P, M=M, S=S)
    by = b.alloca(d.E)
    restore = flush_subnormals(e)
    waiting, delta, judge = wait(d), output(d, train=True), b.trunc(threads, I32)
    meetings = 1 + (3 * at.depth if in_place else 4 if at.apart else 3)
    for l in layers:
        step.turn(l, number, threads)
    b.call(waiting, [meeting, judge, judge])
    turns = b.sdiv(b.add(lap, I64(B - 1)), I64(B))
    with e.loop(I64(0), b.sub(end, begin)) as it:
        here = b.add(begin, it)
        at_row = b.mul(b.srem(here, turns), I64(B))  # an epoch's last batch may be smaller
        first = b.add(b.mul(b.sdiv(here, turns), lap), at_row)
        rows = least(e, I64(B), b.sub(lap, at_row))
        start, stop = share(e, rows, number, threads)
        before = b.add(b.mul(b.trunc(it, I32), I32(meetings - 1)), I32(1))
        met = iter(range(1, meetings))

        def meet() -> None:
            target = b.mul(judge, b.add(before, I32(next(met))))
            b.call(waiting, [meeting, target, judge])

        factor = _factor(d, e, rows, first, weights, order)
        step.forward(first, start, stop)
        step.output(delta, first, step.block("d", at.depth), factor, start, stop)
        row = b.gep(table, [b.mul(it, width)])
        mine = b.zext(b.icmp_signed("==", number, I64(0)), I64)

        def note() -> None:
            with e.loop(I64(0), mine):
                exact = factor if d.double else b.fpext(factor, wide)
                b.store(b.fmul(step.loss(rows), exact), b.gep(losses, [it]))

        for l in reversed(layers):
            if in_place:
                meet()
                if l == at.depth:
                    note()
                step.learn(l, first, row, rows, number, threads)
                meet()
                step.turn(l, number, threads)
                meet()
            if l > 1:
                step.back(l, start, stop)
        if not in_place:
            meet()
            note()
            for l in reversed(layers):
                step.learn(l, first, row, rows, number, threads)
            meet()
            if at.apart:
                b.call(scale(d), [step.block("g"), clip, by])
                for l in layers:
                    step.apply(l, row, by, number, threads)
                meet()
            for l in layers:
                step.turn(l, number, threads)
            meet()
    restore()
    b.ret_void()


def _factor(d: Base, e: Emit, rows: Any, first: Any, weights: Any, order: Any) -> Any:
    """By what the sum over the rows of a batch is multiplied."""
    b, factor = e.b, ir.Constant(d.E, _over(d))
    if d.made.training.over_samples != "mean":
        return factor
    total = b.sitofp(rows, d.E)
    if d.weighted:
        at = e.number
        total = _sum(e, rows, lambda m: at(weights, at(order, b.add(first, m))), d.E)
    none = b.fcmp_ordered(">", total, ir.Constant(d.E, 0.0))
    return b.select(none, b.fdiv(factor, total), ir.Constant(d.E, 0.0))


def _emit_evaluate(d: Base) -> None:
    """``evaluate``: the loss and the last activations of each row."""
    at, p = d.at, d.pointer
    e = d.function("evaluate", p, p, d.indices, I64, p, p, p, p)
    e.fn.linkage = ""
    X, T, order, count, P, S, out, losses = e.fn.args
    b, B = e.b, at.batch
    step = _Step(d, e, X=X, T=T, weights=X, order=order, P=P, S=S)
    judge = output(d, train=False)
    with e.loop(I64(0), b.sdiv(b.add(count, I64(B - 1)), I64(B))) as it:
        first = b.mul(it, I64(B))
        rows = least(e, I64(B), b.sub(count, first))
        step.forward(first, I64(0), rows)
        step.output(judge, first, out, ir.Constant(d.E, 1.0), I64(0), rows)
        with e.loop(I64(0), rows) as m:
            value = e.number(step.block("rows"), m)
            value = b.fmul(value, ir.Constant(d.E, _over(d)))
            b.store(value, b.gep(losses, [b.add(first, m)]))
    b.ret_void()


def _emit_gradient(d: Base) -> None:
    """``gradient``: of at most a batch of rows, multiplied by a factor; it stays in the scratch memory."""
    at, p = d.at, d.pointer
    wide = ir.DoubleType().as_pointer()
    e = d.function("gradient", p, p, p, d.indices, I64, p, p, d.E, wide)
    e.fn.linkage = ""
    X, T, weights, order, rows, P, S, factor, loss = e.fn.args
    step = _Step(d, e, X=X, T=T, weights=weights, order=order, P=P, M=P, S=S)
    layers, one, none = range(1, at.depth + 1), I64(1), I64(0)
    step.forward(none, none, rows)
    step.output(output(d, train=True), none, step.block("d", at.depth), factor, none, rows)
    for l in reversed(layers):
        step.turn(l, none, one)
        step.learn(l, none, P, rows, none, one)
        if l > 1:
            step.back(l, none, rows)
    exact = factor if d.double else e.b.fpext(factor, ir.DoubleType())
    e.b.store(e.b.fmul(step.loss(rows), exact), loss)
    e.b.ret_void()
