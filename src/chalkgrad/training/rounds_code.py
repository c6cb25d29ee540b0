"""The loop over the iterations of a network: the lines of each, what becomes of its loss, and when it ends."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING, Any

from chalkgrad.training.line_code import Code, Lines, Writer
from chalkgrad.training.llvm_vectors import I64

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from chalkgrad.records import Stop


class Rounds:
    """Iterations one after the other, each by the lines of its text in turn.

    Args:
        e: where they are written; the numbers that change live on its stack.
        texts: the lines of an iteration; in online mode those of each sample.
        chosen: makes what a number of the state becomes, of its new value and its old one.

    Attributes:
        places: where each number of the state stands.
        number: where the number of the iteration stands that comes next.
    """

    def __init__(
        self, e: Code, texts: Sequence[Lines], chosen: Callable[[Any, Any], Any] | None = None
    ) -> None:
        self._e, self._texts, self._chosen = e, texts, chosen
        self.places = {name: e.b.alloca(e.T) for name in texts[0].state}
        self.number = e.b.alloca(I64)
        self._turn = e.b.alloca(I64)

    def begin(self, first: Any) -> None:
        """The number of the first iteration."""
        b = self._e.b
        b.store(first, self.number)
        b.store(b.srem(b.sub(first, I64(1)), I64(len(self._texts))), self._turn)

    def write(
        self, last: Any, keep: Callable[[Any, Any], None], stop: Callable[..., None] | None = None
    ) -> None:
        """Iterations up to `last`.

        Args:
            last: the number of the last.
            keep: writes what is done with the number of an iteration and its loss.
            stop: writes the leaving of the loop: called with the writer, the arguments of `straight.met` and
                the block after the loop.
        """
        e, b = self._e, self._e.b
        head, go, end = (e.fn.append_basic_block(name) for name in ("head", "go", "end"))
        bodies = [e.fn.append_basic_block("body") for _ in self._texts]
        b.branch(head)
        b.position_at_end(head)
        k = b.load(self.number)
        b.cbranch(b.icmp_signed("<=", k, last), go, end)
        b.position_at_end(go)
        choice = b.switch(b.load(self._turn), bodies[0])
        for n, (lines, body) in enumerate(zip(self._texts, bodies, strict=True)):
            if n:
                choice.add_case(I64(n), body)
            b.position_at_end(body)
            values = {name: b.load(place) for name, place in self.places.items()}
            writer = Writer(e, values, e.splat(b.sitofp(k, e.E)))
            for line in lines.body:
                match line:
                    case ast.Expr():
                        keep(k, values[lines.loss])
                    case ast.Assign(targets=[ast.Name(id="why")], value=ast.Call(args=args)):
                        if stop:
                            stop(writer, args, end)
                    case ast.Assign(targets=[ast.Name(id="before")]):
                        pass  # `keep` or `stop` has it
                    case ast.Assign(targets=[target], value=value):
                        self._assign(writer, target, value)
            b.store(b.add(k, I64(1)), self.number)
            b.store(I64((n + 1) % len(self._texts)), self._turn)
            b.branch(head)
        b.position_at_end(end)

    def _assign(self, writer: Writer, target: ast.expr, value: ast.expr) -> None:
        """Write ``name = formula``; what belongs to the state is stored after all of it was read."""
        if isinstance(target, ast.Tuple) and isinstance(value, ast.Tuple):
            pairs = list(zip(target.elts, value.elts, strict=True))
        else:
            pairs = [(target, value)]
        made = [(ast.unparse(name), writer.write(formula)) for name, formula in pairs]
        for name, new in made:
            if name in self.places:
                # while these lines are read, the name stands for the old value
                kept = self._chosen(new, writer.values[name]) if self._chosen else new
                self._e.b.store(kept, self.places[name])
            else:
                writer.values[name] = new


def bounds_met(
    writer: Writer, stop: Stop, args: list[ast.expr], before: Any
) -> list[tuple[int, Any]]:
    """For each bound of ``[training.stop]`` its place in `REASONS`, and whether it is met.

    The same as `straight.met`, whose arguments these are.
    """
    e, b = writer.e, writer.e.b
    _, loss, _, most = args
    assert isinstance(most, ast.Call)
    value = writer.write(loss)
    largest = e.k(0.0)
    for size in (writer.write(size) for size in most.args if isinstance(size, ast.Call)):
        largest = e.above(size, largest, size, largest)
    bounds = (
        (stop.loss, value),
        (stop.change, e.abs(b.fsub(value, before))),
        (stop.gradient, largest),
    )
    return [
        (code, b.fcmp_ordered("<=", got, e.k(bound)))
        for code, (bound, got) in enumerate(bounds, 1)
        if bound is not None
    ]
