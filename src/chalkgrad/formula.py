"""A formula is data: a tree over named quantities that everything else reads.

It is evaluated at points (`evaluate`), written out as Python for the fast path (`source`) and has its
symbols replaced (`substitute`) here; `intervals` encloses it, `typesetting` sets it in boxes. The order
of the operations is the same everywhere, so that every way gives the same float64.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, TypeAlias

from chalkgrad.light import dataclass

if TYPE_CHECKING:
    from collections.abc import Callable

    from chalkgrad.boxes import Box
    from chalkgrad.notation import Symbol

Interval: TypeAlias = tuple[float, float]
EVERYTHING: Interval = (-math.inf, math.inf)


# ---------------------------------------------------------------- nodes
@dataclass(frozen=True, slots=True)
class Num:
    """A number; `text` is how it is written, its shortest form if empty."""

    value: float
    text: str = ""


@dataclass(frozen=True, slots=True)
class Sym:
    """A named quantity."""

    name: Symbol


@dataclass(frozen=True, slots=True)
class Neg:
    """The negative of a formula."""

    body: Formula


@dataclass(frozen=True, slots=True)
class Add:
    """A sum; differences are sums with a `Neg` in them."""

    terms: tuple[Formula, ...]


@dataclass(frozen=True, slots=True)
class Mul:
    """A product."""

    factors: tuple[Formula, ...]


@dataclass(frozen=True, slots=True)
class Div:
    """A quotient, set as a fraction; 0/0 is undefined, x/0 infinite, as IEEE 754 has it."""

    top: Formula
    bottom: Formula


@dataclass(frozen=True, slots=True)
class Pow:
    """A power; with an exponent that is a whole number in the formulas of this library."""

    base: Formula
    exponent: Formula


@dataclass(frozen=True, slots=True)
class Fn:
    """A function applied to formulas."""

    function: Function
    args: tuple[Formula, ...]


@dataclass(frozen=True, slots=True)
class Cases:
    """`above` where `left > right` (or `>=`), else `otherwise`; an undefined `left` stays undefined."""

    left: Formula
    relation: str
    right: Formula
    above: Formula
    otherwise: Formula


Formula: TypeAlias = Num | Sym | Neg | Add | Mul | Div | Pow | Fn | Cases


@dataclass(frozen=True, slots=True, eq=False)
class Function:
    """One function: a primitive with a point value, or a composition with a definition.

    Attributes:
        name: identifies it; in generated code too.
        point: the value at a point, for a primitive.
        over: its exact range over intervals; for a composition, None lets the definition be enclosed.
        define: its formula in its arguments, for a composition. It is what is shown.
        stable: another formula of the same value that does not overflow or cancel; it is what is computed.
        setting: how the call of a primitive is set; by default ``name(arguments)``.
        product: whether what is set binds like a product, not like a single symbol.
        never_zero: whether its value is always above 0, so that a sum with it can be divided by.
    """

    name: str
    point: Callable[..., float] | None = None
    over: Callable[..., Interval] | None = None
    define: Callable[..., Formula] | None = None
    stable: Callable[..., Formula] | None = None
    setting: Callable[..., Box] | None = None
    product: bool = False
    never_zero: bool = False

    def __call__(self, *args: Formula) -> Fn:
        """The function applied to arguments."""
        return Fn(self, args)

    def computed(self, args: tuple[Formula, ...]) -> Formula | None:
        """The formula that is computed in place of a call, or None for a primitive."""
        make = self.stable or self.define
        return make(*args) if make else None


ONE, TWO, ZERO = Num(1.0), Num(2.0), Num(0.0)


def add(*terms: Formula) -> Formula:
    """A sum, or its only term."""
    return terms[0] if len(terms) == 1 else Add(terms)


def mul(*factors: Formula) -> Formula:
    """A product without factors of 1, or its only factor."""
    kept = tuple(f for f in factors if f != ONE)
    return Mul(kept) if len(kept) > 1 else kept[0] if kept else ONE


def sub(left: Formula, right: Formula) -> Add:
    """A difference."""
    return Add((left, Neg(right)))


def mean(*parts: Formula) -> Formula:
    """1/n times a sum of n parts, or the only part."""
    return parts[0] if len(parts) == 1 else Mul((Div(ONE, Num(float(len(parts)))), Add(parts)))


# ---------------------------------------------------------------- arithmetic that never raises
def divide(a: float, b: float) -> float:
    """A / b as IEEE 754 has it, without an exception."""
    if b:
        return a / b
    return math.nan if b != b or a != a or a == 0 else math.copysign(math.inf, a)


def power(x: float, n: float) -> float:
    """X to the n, infinite where it overflows."""
    try:
        return float(x**n)
    except ZeroDivisionError:
        return math.inf
    except OverflowError:
        return math.inf if x > 0 or n % 2 == 0 else -math.inf


def square(x: float) -> float:
    """X * x, with x worked out once."""
    return x * x


CORNER = 1e-14
"""So near the bound of a case distinction a value is taken as the bound: 0.3 - 0.1 - 0.2 is 0 on paper and
-2.8e-17 in float64, which a step or a ReLU would take for a side."""


def is_above(x: float, relation: str, y: float) -> bool:
    """Whether x > y, or x >= y, where what is within `CORNER` of y is y."""
    return x > y + CORNER if relation == ">" else x >= y - CORNER


def settled(node: Formula, total: float, value: Callable[[Symbol], float]) -> float:
    """The float64 of a formula, or 0 for a sum of which only the rounding of its terms is left.

    >>> terms = Num(0.3), Neg(Num(0.1)), Neg(Num(0.2))
    >>> settled(Add(terms), evaluate(Add(terms), float), float)
    0.0
    """
    if not isinstance(node, Add) or not -1e-6 < total < 1e-6:
        return total
    size = sum(abs(evaluate(term, value)) for term in node.terms)
    return 0.0 if abs(total) <= 2.0**-50 * size else total


# ---------------------------------------------------------------- readers of the tree
def children(node: Formula) -> tuple[Formula, ...]:
    """The parts of a formula, in reading order."""
    match node:
        case Num() | Sym():
            return ()
        case Neg(body):
            return (body,)
        case Add(parts) | Mul(parts):
            return parts
        case Div(left, right) | Pow(left, right):
            return (left, right)
        case Fn(_, args):
            return args
        case Cases(left, _, right, above, otherwise):
            return (left, right, above, otherwise)


def symbols(node: Formula) -> list[Symbol]:
    """The symbols that a formula reads, in reading order, repeated where it names them again."""
    found: list[Symbol] = []
    stack = [node]
    while stack:
        node = stack.pop()
        if isinstance(node, Sym):
            found.append(node.name)
        else:
            stack.extend(reversed(children(node)))
    return found


def rebuilt(node: Formula, go: Callable[[Formula], Formula]) -> Formula:
    """The same node over parts that `go` has changed; a symbol or a number is itself.

    >>> rebuilt(Neg(ONE), lambda part: TWO)
    Neg(body=Num(value=2.0, text=''))
    """
    match node:
        case Neg(body):
            return Neg(go(body))
        case Add(terms):
            return Add(tuple(map(go, terms)))
        case Mul(factors):
            return Mul(tuple(map(go, factors)))
        case Div(top, bottom):
            return Div(go(top), go(bottom))
        case Pow(base, exponent):
            return Pow(go(base), go(exponent))
        case Fn(function, args):
            return Fn(function, tuple(map(go, args)))
        case Cases(left, relation, right, above, otherwise):
            return Cases(go(left), relation, go(right), go(above), go(otherwise))
        case _:
            return node


def substitute(node: Formula, replace: Callable[[Symbol], Formula]) -> Formula:
    """The same tree with every symbol replaced."""

    def go(node: Formula) -> Formula:
        return replace(node.name) if isinstance(node, Sym) else rebuilt(node, go)

    return go(node)


def as_written(node: Formula) -> Formula:
    """The same with every number as it is written, where that is shorter.

    >>> as_written(Neg(Num(0.33333333, "0.333")))
    Neg(body=Num(value=0.333, text='0.333'))
    """
    if isinstance(node, Num):
        return Num(float(node.text), node.text) if node.text else node
    return rebuilt(node, as_written)


def evaluate(node: Formula, value: Callable[[Symbol], float]) -> float:
    """The float64 of a formula.

    >>> evaluate(Div(ONE, Add((ONE, Num(0.25)))), lambda symbol: 0.0)
    0.8
    """

    def go(node: Formula) -> float:
        match node:
            case Sym(name):
                return value(name)
            case Num(number):
                return number
            case Neg(body):
                return -go(body)
            case Add(terms):
                total = go(terms[0])
                for term in terms[1:]:
                    total = total - go(term.body) if isinstance(term, Neg) else total + go(term)
                return total
            case Mul(factors):
                product = go(factors[0])
                for factor in factors[1:]:
                    product *= go(factor)
                return product
            case Div(top, bottom):
                return divide(go(top), go(bottom))
            case Pow(base, Num(2.0)):
                x = go(base)
                return x * x
            case Pow(base, exponent):
                return power(go(base), go(exponent))
            case Fn(function, args):
                if function.point:
                    return float(function.point(*map(go, args)))
                inner = function.computed(args)
                return go(inner) if inner else math.nan
            case Cases(left, relation, right, above, otherwise):
                x, y = go(left), go(right)
                if x != x:
                    return x
                return go(above) if is_above(x, relation, y) else go(otherwise)

    return go(node)


def source(node: Formula, ref: Callable[[Symbol], str]) -> str:
    """Python text of `evaluate`, for `exec` with `primitives.NAMESPACE`; ref gives a symbol's text.

    >>> source(Mul((Num(0.5), Pow(ONE, TWO))), lambda symbol: str(symbol))
    '0.5*(1.0*1.0)'
    """

    def go(node: Formula) -> str:
        match node:
            case Sym(name):
                return ref(name)
            case Num(number):
                text = repr(float(number))
                return f"({text})" if text.startswith("-") else text
            case Neg(body):
                return f"(-{go(body)})"
            case Add(terms):
                text = go(terms[0])
                for term in terms[1:]:
                    text += f"-{go(term.body)}" if isinstance(term, Neg) else f"+{go(term)}"
                return f"({text})"
            case Mul(factors):
                return "*".join(
                    f"({go(f)})" if k and isinstance(f, (Div, Mul)) else go(f)
                    for k, f in enumerate(factors)
                )
            case Div(top, bottom):
                if _nonzero(bottom):
                    return f"({go(top)}/{_grouped(go(bottom), bottom)})"
                return f"div({go(top)},{go(bottom)})"
            case Pow(base, Num(2.0)) if isinstance(base, (Num, Sym)):
                return f"({go(base)}*{go(base)})"
            case Pow(base, Num(2.0)):
                # names its operand once: (x := ...) would leak, a call costs 30 ns
                return f"square({go(base)})"
            case Pow(base, exponent):
                return f"pow_({go(base)},{go(exponent)})"
            case Fn(function, args):
                inner = None if function.point else function.computed(args)
                if inner:
                    # a product within a product keeps its place, or it rounds otherwise
                    return f"({go(inner)})" if isinstance(inner, Mul) else go(inner)
                return f"{function.name}({','.join(map(go, args))})"
            case Cases(left, relation, right, above, otherwise):
                x, y = go(left), _bound(relation, right)
                return (
                    f"({go(above)} if {x}{relation}{y} else {go(otherwise)} if {x}=={x} else {x})"
                )

    def _bound(relation: str, node: Formula) -> str:
        room = CORNER if relation == ">" else -CORNER
        return go(Num(node.value + room) if isinstance(node, Num) else Add((node, Num(room))))

    def _grouped(text: str, node: Formula) -> str:
        return f"({text})" if isinstance(node, (Mul, Div)) else text

    return go(node)


def _nonzero(node: Formula) -> bool:
    """Whether a denominator can never be 0: a number, or 1 + e^x."""
    match node:
        case Num(value):
            return value != 0
        case Add(terms):
            return all(_positive(t) for t in terms) and any(isinstance(t, Num) for t in terms)
        case _:
            return False


def _positive(node: Formula) -> bool:
    return (isinstance(node, Num) and node.value > 0) or (
        isinstance(node, Fn) and node.function.never_zero
    )
