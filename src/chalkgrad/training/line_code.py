"""The straight-line text of an iteration as machine instructions: what tier 0 runs, read by ``ast``.

One text, three uses: it is shown, it is run by Python, and it is compiled here, for one network or for a
vector of networks. The arithmetic of the lines may be regrouped (a sum in another order, a product with its
constants first); the elementary functions keep theirs.
"""

from __future__ import annotations

import ast
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from llvmlite import ir

from chalkgrad.training.llvm_vectors import FUNCTIONS, I64, Emit

if TYPE_CHECKING:
    from collections.abc import Sequence

# Not "fast": it would let the compiler assume that nothing is undefined, and divergence would go unseen.
FLAGS = ("contract", "reassoc", "nsz", "arcp")


@dataclass(frozen=True, slots=True)
class Lines:
    """The text of an iteration, read.

    Attributes:
        state: the names of what an iteration starts from.
        body: its lines.
        loss: the name of its loss, or "".
        known: how many lines come before the loss stands: the forward pass.
    """

    state: tuple[str, ...]
    body: tuple[ast.stmt, ...]
    loss: str
    known: int


def read(text: str) -> Lines:
    """Lines of the text that `Stepper` runs."""
    (function,) = ast.parse(text).body
    assert isinstance(function, ast.FunctionDef)
    (loop,) = (line for line in function.body if isinstance(line, ast.While))
    first = function.body[0]
    state: tuple[str, ...] = ()
    if isinstance(first, ast.Assign) and isinstance(first.targets[0], ast.Tuple):
        state = tuple(ast.unparse(name) for name in first.targets[0].elts)
    loss, known = "", 0
    for n, line in enumerate(loop.body):
        if isinstance(line, ast.Expr) and isinstance(line.value, ast.Call):
            loss, known = ast.unparse(line.value.args[0]), n
    return Lines(state, tuple(loop.body), loss, known)


class Code(Emit):
    """Emits the lines; every number is one float64, or a vector of `lanes` of them or of float32."""

    def __init__(
        self, module: ir.Module, name: str, args: Sequence[Any], *, double: bool, lanes: int
    ) -> None:
        super().__init__(module, name, args, double=double)
        self.lanes = lanes
        whole = I64 if double else ir.IntType(32)
        self.T: Any = ir.VectorType(self.E, lanes) if lanes > 1 else self.E
        self.I: Any = ir.VectorType(whole, lanes) if lanes > 1 else whole

    def k(self, value: float) -> Any:
        """A constant, in every lane."""
        return super().k(value) if self.lanes > 1 else ir.Constant(self.E, float(value))

    def ki(self, value: int) -> Any:
        """A constant whole number, in every lane."""
        return super().ki(value) if self.lanes > 1 else ir.Constant(self.I, int(value))

    def splat(self, scalar: Any) -> Any:
        """A number in every lane."""
        return super().splat(scalar) if self.lanes > 1 else scalar

    def intrinsic(self, name: str, *args: Any) -> Any:
        """A call of an LLVM intrinsic, such as the square root."""
        if self.lanes > 1:
            return super().intrinsic(name, *args)
        full = f"llvm.{name}.{'f64' if self.double else 'f32'}"
        known = self.module.globals.get(full)
        kind = ir.FunctionType(self.T, [self.T] * len(args))
        return self.b.call(known or ir.Function(self.module, kind, full), args)

    def exp_and(self, x: Any, more: float) -> Any:
        """E^x and a number."""
        return self.b.fadd(self.exp(x), self.k(more), flags=FLAGS)

    def over_exp_and(self, top: Any, x: Any, more: float) -> Any:
        """A number over e^x and another: the logistic function and its kin."""
        return self.b.fdiv(top, self.exp_and(x, more), flags=FLAGS)


class Writer:
    """Writes lines; `values` holds what each name stands for, and an operation that stands is read again."""

    def __init__(self, e: Code, values: dict[str, Any], update: Any = None) -> None:
        self.e, self.values, self._update = e, values, update
        self._called: dict[tuple[str, tuple[int, ...]], Any] = {}
        self._kept: list[Any] = []  # what `_called` knows by id must live as long

    def line(self, line: ast.stmt) -> None:
        """Write ``name = formula``."""
        assert isinstance(line, ast.Assign)
        (name,) = line.targets
        self.values[ast.unparse(name)] = self.write(line.value)

    def write(self, node: ast.expr) -> Any:
        """The value of an expression."""
        e, b = self.e, self.e.b
        match node:
            case ast.Constant(value=float(number)):
                return e.k(number)
            case ast.Name(id=name):
                return e.k(float(name)) if name in ("inf", "nan") else self.values[name]
            case ast.UnaryOp(operand=ast.Constant(value=float(number))):
                return e.k(-number)
            case ast.UnaryOp(operand=body):
                return b.fneg(self.write(body), flags=FLAGS)
            case ast.BinOp(left=top, op=ast.Div(), right=below) if found := _number_and_exp(below):
                return e.over_exp_and(self.write(top), self.write(found[1]), found[0])
            case ast.BinOp() if found := _number_and_exp(node):
                return e.exp_and(self.write(found[1]), found[0])
            case ast.BinOp(
                left=ast.Name(id=a),
                op=ast.Mult(),
                right=ast.BinOp(
                    left=ast.Constant(value=1.0), op=ast.Sub(), right=ast.Name(id=again)
                ),
            ) if a == again:
                # a (1 - a) is a - a a: one rounding and one step less on the way
                value = self.values[a]
                return e.fma(b.fneg(value), value, value)
            case ast.BinOp(left=left, op=op, right=right):
                x, y = self.write(left), self.write(right)
                make = {ast.Add: b.fadd, ast.Sub: b.fsub, ast.Mult: b.fmul, ast.Div: b.fdiv}
                return make[type(op)](x, y, flags=FLAGS)
            case ast.IfExp(
                test=ast.Compare(left=left, ops=[relation], comparators=[right]),
                body=body,
                orelse=other,
            ):
                sign = {ast.Gt: ">", ast.GtE: ">=", ast.Eq: "=="}[type(relation)]
                return e.above(
                    self.write(left), self.write(right), self.write(body), self.write(other), sign
                )
            case ast.Call(func=ast.Name(id=name), args=args):
                return self._call(name, args)
        raise TypeError(ast.unparse(node))

    def _call(self, name: str, args: list[ast.expr]) -> Any:
        if name == "float":
            return self._update
        if name == "pow_":
            return self._power(*args)
        values = [self.write(arg) for arg in args]
        key = (name, tuple(map(id, values)))
        if key not in self._called:
            self._kept += values
            self._called[key] = self._applied(name, values)
        return self._called[key]

    def _applied(self, name: str, values: list[Any]) -> Any:
        e, b = self.e, self.e.b
        match name, values:
            case "square", [x]:
                return b.fmul(x, x, flags=FLAGS)
            case "div", [x, y]:
                # plus 0: the sign of a zero below does not count
                return b.fdiv(x, b.fadd(y, e.k(0.0)), flags=FLAGS[:3])
            case "softmax", [own, *everyone]:
                top, powers = self._powers(everyone)
                return b.fdiv(self._shifted(own, top), self._sum(powers), flags=FLAGS[:3])
            case "logsumexp", everyone:
                top, powers = self._powers(everyone)
                total = b.fadd(top, e.log(self._sum(powers)), flags=FLAGS)
                endless = b.fcmp_ordered("==", e.abs(top), e.k(math.inf))
                return b.select(endless, top, total)
            case _:
                return FUNCTIONS[name](e, *values)

    def _powers(self, everyone: list[Any]) -> tuple[Any, list[Any]]:
        """The largest of all net inputs of a layer, and e^(z - largest) of each."""
        key = ("powers", tuple(map(id, everyone)))
        if key not in self._called:
            top = everyone[0]
            for z in everyone[1:]:
                top = self.e.above(z, top, z, top)
            self._kept += everyone
            self._called[key] = (top, [self._shifted(z, top) for z in everyone])
        made: tuple[Any, list[Any]] = self._called[key]
        return made

    def _shifted(self, z: Any, top: Any) -> Any:
        key = ("shifted", (id(z), id(top)))
        if key not in self._called:
            self._kept += (z, top)
            self._called[key] = self.e.exp(self.e.b.fsub(z, top))
        return self._called[key]

    def _sum(self, values: list[Any]) -> Any:
        total = values[0]
        for value in values[1:]:
            total = self.e.b.fadd(total, value, flags=FLAGS)
        return total

    def _power(self, base: ast.expr, exponent: ast.expr) -> Any:
        e = self.e
        match base, exponent:
            case _, ast.Constant(value=float(count)):
                x, product = self.write(base), e.k(1.0)
                for _ in range(int(count)):
                    product = e.b.fmul(product, x, flags=FLAGS)
                return product
            case ast.Constant(value=float(number)), _ if number > 0:
                # a rate of decay to the number of the update
                return e.exp(e.b.fmul(self.write(exponent), e.k(math.log(number))))
            case ast.Constant(value=float()), _:
                return e.k(0.0)
        raise TypeError(ast.unparse(base))


def _number_and_exp(node: ast.expr) -> tuple[float, ast.expr] | None:
    """The parts of ``number + exp(x)``, if it is that."""
    match node:
        case ast.BinOp(
            left=ast.Constant(value=float(number)),
            op=ast.Add(),
            right=ast.Call(func=ast.Name(id="exp"), args=[power]),
        ):
            return number, power
        case _:
            return None
