"""The compiled engine's code: mini-batch training of one network, its sizes constant.

Every product of matrices is a register-tiled loop: the bias is where the accumulator starts, the activation and
the update are done to the accumulator before it is stored, rows of the batch are gathered by their
numbers. How many rows a batch has and how many threads share it is known only when it runs: the last
batch needs no code of its own, and no digit depends on the number of threads.

What a thread does of each layer says `dense_share`. Threads meet where one reads what others made: after the
deltas of the last layer, after the updates, and between layers that are shared by their columns; more
often where the gradient is clipped, which needs all of it before the update, and where updates are made in
place, layer by layer.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from llvmlite import ir

from chalkgrad.training.dense_apart import scale
from chalkgrad.training.dense_base import Base, share
from chalkgrad.training.dense_output import output
from chalkgrad.training.dense_share import Shares, passed_on, whole
from chalkgrad.training.dense_step import Step, total
from chalkgrad.training.dense_wait import wait
from chalkgrad.training.llvm_vectors import I32, I64, Emit, flush_subnormals

if TYPE_CHECKING:
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


def _over(d: Base) -> float:
    return 1 / d.at.sizes[-1] if d.made.training.over_outputs == "mean" else 1.0


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
    step = Step(d, e, X=X, T=T, weights=weights, order=order, P=P, M=M, S=S)
    by = b.alloca(d.E)
    restore = flush_subnormals(e)
    waiting, delta, judge = wait(d), output(d, train=True), b.trunc(threads, I32)
    came, shares = b.alloca(I32), Shares(d, e, number, threads)
    b.store(I32(0), came)

    def meet() -> None:
        target = b.add(b.load(came), judge)
        b.store(target, came)
        b.call(waiting, [meeting, target, judge])

    for l, mine in shares.of(I64(B), share(e, I64(B), number, threads)).items():
        step.turn(l, mine)
    turns = b.sdiv(b.add(lap, I64(B - 1)), I64(B))
    with e.loop(I64(0), b.sub(end, begin)) as it:
        here = b.add(begin, it)
        at_row = b.mul(b.srem(here, turns), I64(B))  # an epoch's last batch may be smaller
        first = b.add(b.mul(b.sdiv(here, turns), lap), at_row)
        rows = e.least(I64(B), b.sub(lap, at_row))
        start, stop = share(e, rows, number, threads)
        parts = shares.of(rows, (start, stop))
        factor = _factor(d, e, rows, first, weights, order)
        step.forward(first, parts, meet)
        step.output(delta, first, step.block("d", at.depth), factor, start, stop)
        row = b.gep(table, [b.mul(it, width)])
        meet()
        with e.loop(I64(0), b.zext(b.icmp_signed("==", number, I64(0)), I64)):
            exact = factor if d.double else b.fpext(factor, wide)
            b.store(b.fmul(step.loss(rows), exact), b.gep(losses, [it]))
        if in_place:
            for l in reversed(layers):
                step.learn(l, first, row, rows, parts[l])
                meet()
                step.turn(l, parts[l])
                meet()
                if l > 1:
                    step.back(l, parts[l - 1])
                    meet()
        else:
            for l in layers[:0:-1]:
                if l < at.depth and passed_on(d, l - 1):
                    meet()
                step.back(l, parts[l - 1])
            with b.if_then(shares.rows_meet):
                meet()
            for l in reversed(layers):
                step.learn(l, first, row, rows, parts[l])
            meet()
            if at.apart:
                b.call(scale(d), [step.block("g"), clip, by])
                for l in layers:
                    step.apply(l, row, by, number, threads)
                meet()
            for l in layers:
                step.turn(l, parts[l])
    restore()
    b.ret_void()


def _factor(d: Base, e: Emit, rows: Any, first: Any, weights: Any, order: Any) -> Any:
    """By what the sum over the rows of a batch is multiplied."""
    b, factor = e.b, ir.Constant(d.E, _over(d))
    if d.made.training.over_samples != "mean":
        return factor
    weight = b.sitofp(rows, d.E)
    if d.weighted:
        at = e.number
        weight = total(e, rows, lambda m: at(weights, at(order, b.add(first, m))), d.E)
    none = b.fcmp_ordered(">", weight, ir.Constant(d.E, 0.0))
    return b.select(none, b.fdiv(factor, weight), ir.Constant(d.E, 0.0))


def _emit_evaluate(d: Base) -> None:
    """``evaluate``: the loss and the last activations of each row."""
    at, p = d.at, d.pointer
    e = d.function("evaluate", p, p, d.indices, I64, p, p, p, p)
    e.fn.linkage = ""
    X, T, order, count, P, S, out, losses = e.fn.args
    b, B = e.b, at.batch
    step = Step(d, e, X=X, T=T, weights=X, order=order, P=P, S=S)
    judge = output(d, train=False)
    with e.loop(I64(0), b.sdiv(b.add(count, I64(B - 1)), I64(B))) as it:
        first = b.mul(it, I64(B))
        rows = e.least(I64(B), b.sub(count, first))
        step.forward(first, {l: whole(d, l, rows) for l in range(1, at.depth + 1)})
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
    step = Step(d, e, X=X, T=T, weights=weights, order=order, P=P, M=P, S=S)
    none, alone = I64(0), {l: whole(d, l, rows) for l in range(1, at.depth + 1)}
    step.forward(none, alone)
    step.output(output(d, train=True), none, step.block("d", at.depth), factor, none, rows)
    for l in reversed(alone):
        step.turn(l, alone[l])
        step.learn(l, none, P, rows, alone[l])
        if l > 1:
            step.back(l, alone[l - 1])
    exact = factor if d.double else e.b.fpext(factor, ir.DoubleType())
    e.b.store(e.b.fmul(step.loss(rows), exact), loss)
    e.b.ret_void()
