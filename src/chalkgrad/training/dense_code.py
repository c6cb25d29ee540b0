"""The compiled engine's code: mini-batch training of one network, its sizes constant.

Every product of matrices is a register-tiled loop: the bias is where the accumulator starts, the activation and
the update are done to the accumulator before it is stored, rows of the batch are gathered by their
numbers. How many rows a batch has and how many threads share it is known only when it runs: the last
batch needs no code of its own, and no digit depends on the number of threads.

Threads take rows of the batch through forward and backward, then rows of every W in the update, and
meet three times a step.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from llvmlite import ir

from chalkgrad.activations import ACTIVATIONS
from chalkgrad.training.arrays import Lines
from chalkgrad.training.dense_places import Places
from chalkgrad.training.llvm_vectors import (
    I32,
    I64,
    Emit,
    Row,
    Vectors,
    flush_subnormals,
)
from chalkgrad.training.numpy_engine import loss_formulas, slope_of, value_of
from chalkgrad.training.tiles import gemm
from chalkgrad.training.update_code import NUMBERS, update_code

if TYPE_CHECKING:
    from collections.abc import Callable

    from chalkgrad.formula import Formula
    from chalkgrad.training.architecture import Architecture


class DenseCode:
    """Emits the module of one architecture.

    Attributes:
        numbers: formulas of the rate and the update's number, one column of the table of a run each.
        module: the module, with the functions ``train`` and ``evaluate``.
    """

    def __init__(
        self, architecture: Architecture, batch: int, *, double: bool, weighted: bool = False
    ) -> None:
        self.made, self.double, self.weighted = architecture, double, weighted
        self.at = Places(architecture.sizes, batch, double)
        self.update = update_code(architecture)
        self.numbers: list[Formula] = []
        self.module = ir.Module(name="dense")
        self.E: Any = ir.DoubleType() if double else ir.FloatType()
        self.pointer = self.E.as_pointer()
        self.indices = I64.as_pointer()
        depth = self.at.depth
        self._forward = [self._emit_forward(l) for l in range(1, depth + 1)]
        self._output = self._emit_output(train=True)
        self._judge = self._emit_output(train=False)
        self._back = [self._emit_back(l) for l in range(2, depth + 1)]
        self._turn = self._emit_turn()
        self._learn = [self._emit_update(l) for l in range(1, depth + 1)]
        self._emit_train()
        self._emit_evaluate()

    # ---------------------------------------------------------------- pieces
    def _function(self, name: str, *args: Any) -> Emit:
        e = Emit(self.module, name, args, double=self.double)
        if name not in ("train", "evaluate"):
            e.fn.linkage = "internal"
        return e

    def _cell(self, e: Emit, base: int, pad: int, row: Any, column: Any) -> Any:
        b = e.b
        return b.add(I64(base), b.add(b.mul(row, I64(pad)), column))

    def _emit_forward(self, l: int) -> Any:
        at, made = self.at, self.made
        e = self._function(
            f"forward{l}", self.pointer, self.indices, I64, self.pointer, self.pointer, I64, I64
        )
        X, order, first, P, S, start, stop = e.fn.args
        b, pad = e.b, at.pad(l)
        hidden = l < at.depth
        minus = made.training.bias_input == -1
        value, slope = value_of(made, l), slope_of(made, l)

        def source_row(m: Any) -> Any:
            if l == 1:
                n = b.load(b.gep(order, [b.add(first, m)]))
                return b.gep(X, [b.mul(n, I64(at.sizes[0]))])
            return b.gep(S, [self._cell(e, at.scratch("a", l - 1), at.pad(l - 1), m, I64(0))])

        def begin(m: Any, column: Any) -> Any:
            if not made.bias_sizes[l - 1]:
                return e.k(0)
            bias = e.load(P, b.add(I64(at.bias(l)), column))
            return b.fneg(bias) if minus else bias

        def end(m: Any, column: Any, z: Any) -> None:
            if hidden:  # the slope waits where the delta will be
                values = {"z": z}
                vectors = Vectors(e, values)
                values["a"] = a = vectors.write(value)
                e.store(
                    vectors.write(slope, guarded=False),
                    S,
                    self._cell(e, at.scratch("d", l), pad, m, column),
                )
                z = a
            e.store(z, S, self._cell(e, at.scratch("a", l), pad, m, column))

        gemm(
            e, start, stop, at.batch, at.columns(l), I64(at.sizes[l - 1]), source_row,
            lambda row, k: b.load(b.gep(row, [k])),
            lambda k, column: e.load(P, self._cell(e, at.weight(l), pad, k, column)),
            begin, end,
            partial=(lambda m, column: self._cell(e, at.scratch("a", l), pad, m, column), S, at.sizes[l - 1]),
        )  # fmt: skip
        b.ret_void()
        return e.fn

    def _emit_output(self, *, train: bool) -> Any:
        """The last layer row by row: activation, loss, and delta or what is given out."""
        at, L = self.at, self.at.depth
        e = self._function(
            "output" if train else "judge", self.pointer, self.indices, self.pointer, I64,
            self.pointer, self.pointer, self.E, I64, I64,
        )  # fmt: skip
        T, order, weights, first, S, out, factor, start, stop = e.fn.args
        b, width, pad = e.b, at.columns(L), at.pad(L)
        count = width // at.lanes
        size = at.sizes[L]
        value = value_of(self.made, L)
        loss, delta = loss_formulas(self.made)
        whole = ACTIVATIONS[self.made.activations[-1].name].whole_layer
        with e.loop(start, stop) as m:
            n = b.load(b.gep(order, [b.add(first, m)]))
            zs = []
            for q in range(count):
                z = e.load(S, self._cell(e, at.scratch("a", L), pad, m, I64(q * at.lanes)))
                if whole:  # columns that fill up take no part
                    z = b.select(self._there(q, size), z, e.k(-1e30))
                zs.append(z)
            row, total = Row(e, zs), e.k(0)
            scale = factor
            if self.weighted and train:
                scale = b.fmul(factor, b.load(b.gep(weights, [n])))
            each = e.splat(scale)
            for q, z in enumerate(zs):
                inside = self._there(q, size)
                t = e.load(T, self._cell(e, 0, width, n, I64(q * at.lanes)))
                values = {"z": z, "t": t}
                vectors = Vectors(e, values, row=(row, q))
                values["a"] = a = vectors.write(value)
                total = e.add(total, b.select(inside, vectors.write(loss), e.k(0)))
                if train:
                    d = e.mul(vectors.write(delta, guarded=False), each)
                    d = b.select(inside, d, e.k(0))
                    e.store(d, S, self._cell(e, at.scratch("d", L), pad, m, I64(q * at.lanes)))
                else:
                    e.store(a, out, self._cell(e, 0, width, b.add(first, m), I64(q * at.lanes)))
            loss_of_row = b.extract_element(e.across(total, e.add), I32(0))
            if self.weighted and train:
                loss_of_row = b.fmul(loss_of_row, b.load(b.gep(weights, [n])))
            b.store(loss_of_row, b.gep(S, [b.add(I64(at.scratch("rows")), m)]))
        b.ret_void()
        return e.fn

    def _there(self, q: int, size: int) -> Any:
        """Which lanes of vector q of a row are neurons."""
        lanes = self.at.lanes
        flags = [int(q * lanes + i < size) for i in range(lanes)]
        return ir.Constant(ir.VectorType(ir.IntType(1), lanes), flags)

    def _emit_back(self, l: int) -> Any:
        """The delta of layer l - 1 from that of layer l."""
        at = self.at
        e = self._function(f"back{l}", self.pointer, I64, I64)
        S, start, stop = e.fn.args
        b, pad = e.b, at.pad(l - 1)

        def end(m: Any, column: Any, acc: Any) -> None:
            cell = self._cell(e, at.scratch("d", l - 1), pad, m, column)
            e.store(e.mul(e.load(S, cell), acc), S, cell)

        gemm(
            e, start, stop, at.batch, at.columns(l - 1), I64(at.sizes[l]),
            lambda m: b.gep(S, [self._cell(e, at.scratch("d", l), at.pad(l), m, I64(0))]),
            lambda row, k: b.load(b.gep(row, [k])),
            lambda k, column: e.load(S, self._cell(e, at.scratch("t", l), pad, k, column)),
            lambda m, column: e.k(0), end,
        )  # fmt: skip
        b.ret_void()
        return e.fn

    def _emit_turn(self) -> Any:
        """The transposed weights of every layer but the first, a vector of rows at a time."""
        at, lanes = self.at, self.at.lanes
        e = self._function("turn", self.pointer, self.pointer, I64, I64)
        P, S, number, threads = e.fn.args
        b = e.b
        for l in range(2, at.depth + 1):
            rows, columns = at.sizes[l - 1], at.sizes[l]
            full = rows // lanes
            first = b.sdiv(b.mul(number, I64(full)), threads)
            last = b.sdiv(b.mul(b.add(number, I64(1)), I64(full)), threads)

            def weight(i: Any, j: Any, l: int = l) -> Any:
                return b.load(b.gep(P, [self._cell(e, at.weight(l), at.pad(l), i, j)]))

            with e.loop(first, last) as block:
                i = b.mul(block, I64(lanes))
                with e.loop(I64(0), I64(columns)) as j:
                    x = ir.Constant(e.T, ir.Undefined)
                    for r in range(lanes):
                        x = b.insert_element(x, weight(b.add(i, I64(r)), j), I32(r))
                    e.store(x, S, self._cell(e, at.scratch("t", l), at.pad(l - 1), j, i))
            if rows % lanes:
                mine = b.zext(b.icmp_signed("==", number, I64(0)), I64)
                with (
                    e.loop(
                        I64(full * lanes), b.add(I64(full * lanes), b.mul(mine, I64(rows % lanes)))
                    ) as i,
                    e.loop(I64(0), I64(columns)) as j,
                ):
                    cell = self._cell(e, at.scratch("t", l), at.pad(l - 1), j, i)
                    b.store(weight(i, j), b.gep(S, [cell]))
        b.ret_void()
        return e.fn

    def _emit_update(self, l: int) -> Any:
        at, made = self.at, self.made
        e = self._function(
            f"learn{l}", self.pointer, self.indices, I64, self.pointer, self.pointer, self.pointer,
            self.pointer, I64, I64, I64,
        )  # fmt: skip
        X, order, first, P, M, S, table, rows, number, threads = e.fn.args
        b, pad = e.b, at.pad(l)
        minus = made.training.bias_input == -1

        def delta(k: Any, column: Any) -> Any:
            return e.load(S, self._cell(e, at.scratch("d", l), pad, k, column))

        def source_row(k: Any) -> Any:
            if l == 1:
                n = b.load(b.gep(order, [b.add(first, k)]))
                return b.gep(X, [b.mul(n, I64(at.sizes[0]))])
            return b.gep(S, [self._cell(e, at.scratch("a", l - 1), at.pad(l - 1), k, I64(0))])

        share = (number, threads)
        gemm(
            e, I64(0), I64(at.sizes[l - 1]), at.sizes[l - 1], at.columns(l), rows, lambda m: m, None,
            delta, lambda m, column: e.k(0),
            lambda m, column, g: self._learn_vector(e, P, M, table, self._cell(e, at.weight(l), pad, m, column), g),
            by_row=source_row, share=share, fixed=True,
        )  # fmt: skip
        if made.bias_sizes[l - 1] and made.training.train_biases:
            mine = b.zext(b.icmp_signed("==", number, b.sub(threads, I64(1))), I64)

            def bias_end(m: Any, column: Any, g: Any) -> None:
                place = b.add(I64(at.bias(l)), column)
                self._learn_vector(e, P, M, table, place, b.fneg(g) if minus else g)

            gemm(
                e, I64(0), mine, 1, at.columns(l), rows, lambda m: m, lambda row, k: None, delta,
                lambda m, column: e.k(0), bias_end, fixed=True,
            )  # fmt: skip
        b.ret_void()
        return e.fn

    def _learn_vector(self, e: Emit, P: Any, M: Any, table: Any, place: Any, g: Any) -> None:
        """The update of a vector of parameters, from the formulas of the rule."""
        code = self.update
        p = e.load(P, place)

        def outside(node: Formula) -> Any:
            if node not in self.numbers:
                self.numbers.append(node)
            return e.splat(e.number(table, I64(self.numbers.index(node))))

        values = {"p": p, "g": g}
        for k, name in enumerate(code.kept):
            values[f"before_{name}"] = e.load(M, e.b.add(I64(k * self.at.count), place))
        vectors = Vectors(e, values, code.constants, outside, NUMBERS)
        values["decayed"] = vectors.write(code.gradient)
        for name, formula in code.memory:
            values[name] = vectors.write(formula)
        decrease = vectors.write(code.decrease)
        for k, name in enumerate(code.kept):
            e.store(values[name], M, e.b.add(I64(k * self.at.count), place))
        e.store(e.sub(p, decrease), P, place)

    # ---------------------------------------------------------------- the whole
    def _share(self, e: Emit, rows: Any, number: Any, threads: Any) -> tuple[Any, Any]:
        b = e.b
        return (
            b.sdiv(b.mul(rows, number), threads),
            b.sdiv(b.mul(rows, b.add(number, I64(1))), threads),
        )

    def _least(self, e: Emit, x: Any, y: Any) -> Any:
        return e.b.select(e.b.icmp_signed("<", x, y), x, y)

    def _emit_train(self) -> None:
        at, training = self.at, self.made.training
        d = ir.DoubleType()
        e = self._function(
            "train", self.pointer, self.pointer, self.pointer, self.indices, I64, self.pointer,
            self.pointer, self.pointer, self.pointer, I64, d.as_pointer(), I64, I64, self.indices,
        )  # fmt: skip
        X, T, weights, order, count, P, M, S, table, width, losses, number, threads, meeting = (
            e.fn.args
        )
        b, B, L = e.b, at.batch, at.depth
        over = 1 / at.sizes[L] if training.over_outputs == "mean" else 1.0
        restore = flush_subnormals(e)
        b.call(self._turn, [P, S, number, threads])
        wait = self._emit_wait()
        b.call(wait, [meeting, threads, threads])
        batches = b.sdiv(b.add(count, I64(B - 1)), I64(B))
        with e.loop(I64(0), batches) as it:
            first = b.mul(it, I64(B))
            rows = self._least(e, I64(B), b.sub(count, first))
            start, stop = self._share(e, rows, number, threads)
            factor = ir.Constant(self.E, over)
            if training.over_samples == "mean":
                total = b.sitofp(rows, self.E)
                if self.weighted:
                    total = self._sum(e, rows, lambda m: b.load(b.gep(
                        weights, [b.load(b.gep(order, [b.add(first, m)]))])), self.E)  # fmt: skip
                factor = b.fdiv(factor, total)
                none = b.fcmp_ordered(">", total, ir.Constant(self.E, 0.0))
                factor = b.select(none, factor, ir.Constant(self.E, 0.0))
            for function in self._forward:
                b.call(function, [X, order, first, P, S, start, stop])
            b.call(self._output, [T, order, weights, first, S, S, factor, start, stop])
            for function in reversed(self._back):
                b.call(function, [S, start, stop])

            def met(k: int, it: Any = it) -> None:
                target = b.mul(threads, b.add(b.mul(it, I64(3)), I64(k + 1)))
                b.call(wait, [meeting, target, threads])

            met(1)
            row = b.gep(table, [b.mul(it, width)])
            for function in reversed(self._learn):
                b.call(function, [X, order, first, P, M, S, row, rows, number, threads])
            mine = b.zext(b.icmp_signed("==", number, I64(0)), I64)
            with e.loop(I64(0), mine):
                loss = self._sum(
                    e, rows, lambda m: b.load(b.gep(S, [b.add(I64(at.scratch("rows")), m)])), d
                )
                wide = factor if self.double else b.fpext(factor, d)
                b.store(b.fmul(loss, wide), b.gep(losses, [it]))
            met(2)
            b.call(self._turn, [P, S, number, threads])
            met(3)
        restore()
        b.ret_void()

    def _sum(self, e: Emit, count: Any, term: Callable[[Any], Any], kind: Any) -> Any:
        b = e.b
        with b.goto_entry_block():
            place = b.alloca(kind)
        b.store(ir.Constant(kind, 0.0), place)
        with e.loop(I64(0), count) as m:
            value = term(m)
            if value.type != kind:
                value = b.fpext(value, kind)
            b.store(b.fadd(b.load(place), value), place)
        return b.load(place)

    def _emit_wait(self) -> Any:
        """Wait until as many have come as `target` says; alone, go on at once."""
        e = self._function("wait", self.indices, I64, I64)
        meeting, target, threads = e.fn.args
        b, fn = e.b, e.fn
        alone, count, head, spin, nap, end = (fn.append_basic_block() for _ in range(6))
        b.cbranch(b.icmp_signed("==", threads, I64(1)), alone, count)
        b.position_at_end(alone)
        b.ret_void()
        b.position_at_end(count)
        b.atomic_rmw("add", meeting, I64(1), "seq_cst")
        b.branch(head)
        b.position_at_end(head)
        n = b.phi(I64)
        n.add_incoming(I64(0), count)
        there = b.load_atomic(meeting, "seq_cst", 8)
        b.cbranch(b.icmp_signed("<", there, target), spin, end)
        b.position_at_end(spin)
        following = b.add(n, I64(1))
        n.add_incoming(following, spin)
        b.cbranch(b.icmp_signed("<", following, I64(2000)), head, nap)
        b.position_at_end(nap)  # waited long: somebody else may need the core
        b.call(ir.Function(self.module, ir.FunctionType(I32, []), "chalkgrad_yield"), [])
        n.add_incoming(following, nap)
        b.branch(head)
        b.position_at_end(end)
        b.ret_void()
        return fn

    def _emit_evaluate(self) -> None:
        at = self.at
        e = self._function(
            "evaluate", self.pointer, self.pointer, self.indices, I64, self.pointer, self.pointer,
            self.pointer, self.pointer,
        )  # fmt: skip
        X, T, order, count, P, S, out, losses = e.fn.args
        b, B = e.b, at.batch
        over = 1 / at.sizes[-1] if self.made.training.over_outputs == "mean" else 1.0
        with e.loop(I64(0), b.sdiv(b.add(count, I64(B - 1)), I64(B))) as it:
            first = b.mul(it, I64(B))
            rows = self._least(e, I64(B), b.sub(count, first))
            for function in self._forward:
                b.call(function, [X, order, first, P, S, I64(0), rows])
            one = ir.Constant(self.E, 1.0)
            b.call(self._judge, [T, order, X, first, S, out, one, I64(0), rows])
            with e.loop(I64(0), rows) as m:
                value = b.load(b.gep(S, [b.add(I64(at.scratch("rows")), m)]))
                value = b.fmul(value, ir.Constant(self.E, over))
                b.store(value, b.gep(losses, [b.add(first, m)]))
        b.ret_void()

    def table_source(self) -> str:
        """Python text that gives the table's columns for rates ``lr`` and numbers of updates ``k``."""
        names = {"lr": "lr", "update": "k"} | {k: repr(v) for k, v in self.update.constants.items()}
        lines = Lines(names, self.update.constants)
        parts = [lines.write(node) for node in self.numbers]
        body = "".join(f"    {line}\n" for line in lines.text)
        return f"def table(lr, k):\n{body}    return [{', '.join(parts)}]\n"
