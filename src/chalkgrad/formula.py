"""A formula is data: a tree over named quantities that everything else reads.

It is evaluated at points (`evaluate`) and over intervals (`enclose`), written out as Python for the fast
path (`source`), has its symbols replaced (`substitute`), and is set in boxes with the brackets that its
precedence asks for (`typeset`). The order of the operations is the same everywhere, so that every way
gives the same float64.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

from chalkgrad.boxes import Box, Fence, Frac, Grid, Id, Number, Op, Root, Row, Script, Words
from chalkgrad.notation import Symbol
from chalkgrad.rounding import plain

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

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
    """

    name: str
    point: Callable[..., float] | None = None
    over: Callable[..., Interval] | None = None
    define: Callable[..., Formula] | None = None
    stable: Callable[..., Formula] | None = None
    setting: Callable[..., Box] | None = None

    def __call__(self, *args: Formula) -> Fn:
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


# ---------------------------------------------------------------- primitives
def _exp(x: float) -> float:
    try:
        return math.exp(x)
    except OverflowError:
        return math.inf


def _expm1(x: float) -> float:
    try:
        return math.expm1(x)
    except OverflowError:
        return math.inf


def _ln(x: float) -> float:
    return math.log(x) if x > 0 else -math.inf if x == 0 else math.nan


def _sqrt(x: float) -> float:
    return math.sqrt(x) if x >= 0 else math.nan


def _div(a: float, b: float) -> float:
    if b:
        return a / b
    return math.nan if b != b or a != a or a == 0 else math.copysign(math.inf, a)


def _pow(x: float, n: float) -> float:
    try:
        return float(x**n)
    except ZeroDivisionError:
        return math.inf
    except OverflowError:
        return math.inf if x > 0 or n % 2 == 0 else -math.inf


def _xlogy(x: float, y: float) -> float:
    return 0.0 if x == 0 else x * _ln(y)


def _xdivy(x: float, y: float) -> float:
    return 0.0 if x == 0 else _div(x, y)


def _positive_part(x: float) -> float:
    return 0.0 if x <= 0 else x


def _sign(x: float) -> float:
    return 1.0 if x > 0 else -1.0 if x < 0 else x


def _logsumexp(*xs: float) -> float:
    top = max(xs)
    if math.isinf(top):
        return top
    return top + math.log(sum(_exp(x - top) for x in xs))


def _softmax(own: float, *everyone: float) -> float:
    top = max(everyone)
    return _div(_exp(own - top), sum(_exp(z - top) for z in everyone))


def rising(point: Callable[[float], float]) -> Callable[[Interval], Interval]:
    """The range of a function that never falls."""
    return lambda x: (point(x[0]), point(x[1]))


def _abs_range(x: Interval) -> Interval:
    low, high = sorted((abs(x[0]), abs(x[1])))
    return (0.0 if x[0] <= 0 <= x[1] else low, high)


def _corners(point: Callable[..., float]) -> Callable[..., Interval]:
    """The range of a function that is monotone in each of two arguments: from its corners."""

    def over(x: Interval, y: Interval) -> Interval:
        values = [point(p, q) for p in x for q in y]
        if any(v != v for v in values):
            return EVERYTHING
        if point is _xdivy and y[0] <= 0 <= y[1] and x != (0.0, 0.0):
            return EVERYTHING
        return (min(values), max(values))

    return over


def _softmax_range(own: Interval, *everyone: Interval) -> Interval:
    """Rises with its own net input and falls with the others."""
    at = everyone.index(own)
    ends = []
    for mine, others in ((0, 1), (1, 0)):
        zs = [z[mine] if k == at else z[others] for k, z in enumerate(everyone)]
        ends.append(_softmax(own[mine], *zs))
    return (ends[0], ends[1])


def _call(name: str) -> Callable[..., Box]:
    return lambda *args: Row((Id(name), Fence(_listed(args))))


def _listed(args: tuple[Box, ...]) -> Box:
    parts: list[Box] = []
    for arg in args:
        parts += [Op(","), arg] if parts else [arg]
    return Row(tuple(parts))


def _times(x: Box, *rest: Box) -> Box:
    """A factor before others, in brackets if it is a sum or begins with a minus."""
    return Row((_bracketed(x, _MUL), Op("*"), *rest))


EXP = Function("exp", _exp, rising(_exp), setting=lambda x: Script(Id("e"), sup=x))
EXPM1 = Function("expm1", _expm1, rising(_expm1))
LN = Function("ln", _ln, rising(_ln), setting=_call("ln"))
LOG1P = Function("log1p", math.log1p, rising(math.log1p))
TANH = Function("tanh", math.tanh, rising(math.tanh), setting=_call("tanh"))
ERF = Function("erf", math.erf, rising(math.erf), setting=_call("erf"))
SQRT = Function("sqrt", _sqrt, rising(_sqrt), setting=Root)
ABS = Function("abs", abs, _abs_range, setting=lambda x: Fence(x, "|", "|"))
SIGN = Function("sign", _sign, rising(_sign), setting=_call("sign"))
POSITIVE_PART = Function(
    "positive_part",
    _positive_part,
    rising(_positive_part),
    setting=lambda x: _call("max")(Number("0"), x),
)
XLOGY = Function(
    "xlogy", _xlogy, _corners(_xlogy), setting=lambda x, y: _times(x, Id("ln"), Fence(y))
)
XDIVY = Function("xdivy", _xdivy, _corners(_xdivy), setting=Frac)
LOGSUMEXP = Function(
    "logsumexp",
    _logsumexp,
    lambda *xs: (_logsumexp(*(x[0] for x in xs)), _logsumexp(*(x[1] for x in xs))),
)
SOFTMAX = Function("softmax", _softmax, _softmax_range)
_DIV = Function("div", _div)
_POW = Function("pow_", _pow)
PRIMITIVES = (
    EXP, EXPM1, LN, LOG1P, TANH, ERF, SQRT, ABS, SIGN, POSITIVE_PART, XLOGY, XDIVY, LOGSUMEXP, SOFTMAX, _DIV, _POW,
)  # fmt: skip
NAMESPACE: dict[str, object] = {row.name: row.point for row in PRIMITIVES}
"""What generated code may call."""


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


def symbols(node: Formula) -> Iterator[Symbol]:
    """The symbols that a formula reads, in reading order, repeated where it names them again."""
    if isinstance(node, Sym):
        yield node.name
    for child in children(node):
        yield from symbols(child)


def substitute(node: Formula, replace: Callable[[Symbol], Formula]) -> Formula:
    """The same tree with every symbol replaced."""

    def go(node: Formula) -> Formula:
        match node:
            case Sym(name):
                return replace(name)
            case Num():
                return node
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

    return go(node)


def evaluate(node: Formula, value: Callable[[Symbol], float]) -> float:
    """The float64 of a formula.

    >>> evaluate(Div(ONE, Add((ONE, EXP(Neg(Num(0.3775)))))), lambda symbol: 0.0)
    0.5932699921071872
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
                return _div(go(top), go(bottom))
            case Pow(base, Num(2.0)):
                x = go(base)
                return x * x
            case Pow(base, exponent):
                return _pow(go(base), go(exponent))
            case Fn(function, args):
                if function.point:
                    return float(function.point(*map(go, args)))
                inner = function.computed(args)
                return go(inner) if inner else math.nan
            case Cases(left, relation, right, above, otherwise):
                x, y = go(left), go(right)
                if x != x:
                    return x
                return go(above) if x > y or (relation == ">=" and x == y) else go(otherwise)

    return go(node)


def source(node: Formula, ref: Callable[[Symbol], str]) -> str:
    """Python text of `evaluate`, for `exec` with `NAMESPACE`; ref gives the text of a symbol.

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
                return go(inner) if inner else f"{function.name}({','.join(map(go, args))})"
            case Cases(left, relation, right, above, otherwise):
                x, y = go(left), go(right)
                return f"({go(above)} if {x}{relation}{y} else {go(otherwise)} if {x}=={x} else {x})"

    def _grouped(text: str, node: Formula) -> str:
        return f"({text})" if isinstance(node, (Mul, Div)) else text

    return go(node)


def _square(x: float) -> float:
    return x * x


NAMESPACE["square"] = _square


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
        isinstance(node, Fn) and node.function is EXP
    )


def enclose(node: Formula, value: Callable[[Symbol], Interval]) -> Interval:
    """An interval that holds the formula's value for every choice of its symbols from their intervals.

    It is as narrow as can be where each symbol is named once. What cannot be bounded is `EVERYTHING`.
    """

    def go(node: Formula) -> Interval:
        match node:
            case Sym(name):
                return value(name)
            case Num(number):
                return (number, number)
            case Neg(body):
                low, high = go(body)
                return (-high, -low)
            case Add(terms):
                ends = [go(term) for term in terms]
                return _clean(sum(e[0] for e in ends), sum(e[1] for e in ends))
            case Mul(factors):
                return _product([go(factor) for factor in factors])
            case Div(top, bottom):
                low, high = go(bottom)
                if low <= 0 <= high:
                    return EVERYTHING
                return _product([go(top), (1 / high, 1 / low)])
            case Pow(base, exponent):
                (low, high), (n, _) = go(base), go(exponent)
                corners = (_pow(low, n), _pow(high, n))
                if n % 2 == 0 and low <= 0 <= high:
                    return (0.0, max(corners))
                return _clean(min(corners), max(corners))
            case Fn(function, args):
                if function.over:
                    low, high = function.over(*map(go, args))
                    return _clean(low, high)
                make = function.define or function.stable
                return go(make(*args)) if make else EVERYTHING
            case Cases(left, relation, right, above, otherwise):
                (low, high), (edge_low, edge_high) = go(left), go(right)
                if low > edge_high or (relation == ">=" and low == edge_high):
                    return go(above)
                if high < edge_low or (relation == ">" and high == edge_low):
                    return go(otherwise)
                one, two = go(above), go(otherwise)
                return (min(one[0], two[0]), max(one[1], two[1]))

    return go(node)


def _clean(low: float, high: float) -> Interval:
    return EVERYTHING if low != low or high != high else (low, high)


def _product(ends: list[Interval]) -> Interval:
    low, high = ends[0]
    for p, q in ends[1:]:
        corners = (low * p, low * q, high * p, high * q)
        if any(c != c for c in corners):
            return EVERYTHING
        low, high = min(corners), max(corners)
    return (low, high)


# ---------------------------------------------------------------- setting
_ADD, _MUL, _POWER = 1, 2, 3


def typeset(node: Formula, spell: Callable[[Symbol], Box]) -> Box:
    """A formula in boxes, with brackets by precedence: sum, product, power; a minus in front binds as a sum.

    >>> from chalkgrad.boxes import to_plain
    >>> to_plain(typeset(Mul((Num(2.0), Num(-0.3))), lambda symbol: Id(str(symbol))))
    '2 · (−0.3)'
    """

    def go(node: Formula, level: int = 0) -> Box:
        box, own = _set(node)
        return Fence(box) if own < level else box

    def _set(node: Formula) -> tuple[Box, int]:
        """A node in boxes, and how strongly it binds: 1 as a sum, 2 a product, 3 a power or atom."""
        match node:
            case Sym(name):
                return spell(name), _POWER
            case Num(value, text):
                text = text or plain(value)
                return Number(text), _ADD if text.startswith("-") else _MUL if "e" in text else _POWER
            case Neg(Num(_, text)) if text.startswith("-"):
                return Number(text[1:]), _POWER  # e^(-(-0.4)) is written e^0.4
            case Neg(body):
                return Row((Op("neg"), go(body, _MUL))), _ADD
            case Add(terms):
                parts: list[Box] = [go(terms[0], 0)]
                for term in terms[1:]:
                    minus = isinstance(term, Neg)
                    inner = term.body if isinstance(term, Neg) else term
                    parts += [Op("-" if minus else "+"), go(inner, _MUL)]
                return Row(tuple(parts)), _ADD
            case Mul(factors):
                parts = [go(factors[0], _MUL)]
                for factor in factors[1:]:
                    parts += [Op("*"), go(factor, _MUL)]
                return Row(tuple(parts)), _MUL
            case Div(top, bottom):
                return Frac(go(top), go(bottom)), _MUL
            case Pow(base, exponent):
                return Script(go(base, _POWER), sup=go(exponent)), _POWER
            case Fn(function, args):
                if function.define:
                    return _set(function.define(*args))
                if function in (XLOGY, XDIVY):
                    setting = function.setting or _call(function.name)
                    return setting(*map(go, args)), _MUL
                setting = function.setting or _call(function.name)
                return setting(*map(go, args)), _POWER
            case Cases(left, relation, right, above, otherwise):
                here = Row((go(left), Op(relation), go(right)))
                there = Row((go(left), Op("<=" if relation == ">" else "<"), go(right)))
                if not (isinstance(left, Num) and isinstance(right, Num)):
                    rows = (
                        (go(above), Row((Words("if "), here))),
                        (go(otherwise), Row((Words("if "), there))),
                    )
                    return Grid(rows, "{", ""), _ADD
                taken = left.value > right.value or (relation == ">=" and left.value == right.value)
                chosen, why = (above, here) if taken else (otherwise, there)
                return Row((go(chosen), Words(" because "), why)), _ADD

    return go(node)


def _bracketed(box: Box, level: int) -> Box:
    """Brackets around a box that is a sum or begins with a minus, where it stands as a factor."""
    match box:
        case Row(items) if level >= _MUL and any(i in (Op("+"), Op("-"), Op("neg")) for i in items):
            return Fence(box)
        case Number(text) if text.startswith("-"):
            return Fence(box)
        case _:
            return box
