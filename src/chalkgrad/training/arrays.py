"""A formula as lines of NumPy: one more reader of the same trees, over whole batches.

Every node that two formulas share is one line, so a slope that reads the activation costs nothing twice.
What depends on numbers alone (the rate, the count of updates) stays a Python number: it never widens
float32, and it is worked out once.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from chalkgrad.activations import FUNCTIONS_OF_CODE
from chalkgrad.formula import (
    Add,
    Cases,
    Div,
    Fn,
    Formula,
    Function,
    Mul,
    Neg,
    Num,
    Pow,
    Sym,
    source,
    symbols,
)
from chalkgrad.notation import Symbol
from chalkgrad.primitives import NAMESPACE
from chalkgrad.training.extra import np
from chalkgrad.training.special import ARRAY_FUNCTIONS

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping


def named(kind: str) -> Sym:
    """A symbol of array code: a whole batch of z, a, t, or a whole vector of parameters.

    >>> named("z").name.kind
    'z'
    """
    return Sym(Symbol(kind))


def namespace() -> dict[str, object]:
    """What the lines call: array functions as ``array_...``, those of numbers under their own names."""
    arrays = {f"array_{name}": function for name, function in ARRAY_FUNCTIONS.items()}
    points = {f.name: f.point for f in FUNCTIONS_OF_CODE}
    return {"np": np, "where": np.where, **NAMESPACE, **points, **arrays}


def never_zero(node: Formula) -> bool:
    """Whether a denominator can never be 0: a number, or one plus what is above 0."""
    match node:
        case Num(value):
            return value != 0
        case Add(terms):
            return any(isinstance(t, Num) and t.value > 0 for t in terms) and all(
                (isinstance(t, Num) and t.value > 0)
                or (isinstance(t, Fn) and t.function.never_zero)
                for t in terms
            )
        case _:
            return False


_OF_ROW = ("softmax", "logsumexp")
"""Functions of a whole row; they share the powers of its numbers."""
_POWERS = Function("powers")


class Lines:
    """Writes formulas as statements; a node that stands already is read by its name.

    Attributes:
        text: the lines so far.

    >>> lines = Lines({"z": "z1"})
    >>> lines.write(Div(Num(1.0), Add((Num(1.0), named("z")))))
    'v1'
    >>> lines.text
    ['v0 = 1.0 + z1', 'v1 = array_div(1.0, v0)']
    """

    def __init__(self, names: Mapping[str, str], numbers: Collection[str] = ()) -> None:
        self.names = dict(names)
        self.numbers = frozenset(numbers)
        self.text: list[str] = []
        self._known: dict[tuple[Formula, bool], str] = {}
        self._count = 0

    def rename(self, **names: str) -> None:
        """Give symbols another meaning from here on; nothing written before is read again."""
        self.names.update(names)
        self._known.clear()

    def is_number(self, node: Formula) -> bool:
        """Whether a formula depends on numbers alone."""
        return all(s.kind in self.numbers for s in symbols(node))

    def write(self, node: Formula, *, guarded: bool = True) -> str:
        """Write what a formula needs; return the name or number that holds its value.

        Args:
            node: the formula.
            guarded: whether an undefined condition of `Cases` makes the value undefined. A slope need
                not be: the net input was undefined before it, and so the loss is.
        """
        if isinstance(node, Sym):
            return self.names[node.name.kind]
        if self.is_number(node):
            text = source(node, lambda symbol: self.names[symbol.kind])
            return text if isinstance(node, Num) else self._line(node, text, guarded)
        known = self._known.get((node, guarded))
        return known or self._line(node, self._text(node, guarded), guarded)

    def _line(self, node: Formula, text: str, guarded: bool) -> str:
        known = self._known.get((node, guarded))
        if known:
            return known
        name = f"v{self._count}"
        self._count += 1
        self.text.append(f"{name} = {text}")
        self._known[node, guarded] = name
        return name

    def _powers(self, row: Formula, name: str) -> str:
        """The name of the powers of a row, worked out once for all that read them."""
        return self._line(Fn(_POWERS, (row,)), f"array_powers({name})", False)

    def _text(self, node: Formula, guarded: bool) -> str:
        def go(part: Formula) -> str:
            return self.write(part, guarded=guarded)

        match node:
            case Neg(body):
                return f"-{go(body)}"
            case Add(terms):
                text = go(terms[0])
                for term in terms[1:]:
                    text += f" - {go(term.body)}" if isinstance(term, Neg) else f" + {go(term)}"
                return text
            case Mul(factors):
                return " * ".join(map(go, factors))
            case Div(top, bottom):
                if never_zero(bottom):
                    return f"{go(top)} / {go(bottom)}"
                return f"array_div({go(top)}, {go(bottom)})"
            case Pow(base, Num(2.0)):
                name = go(base)
                return f"{name} * {name}"
            case Pow(base, exponent):
                return f"array_pow_({go(base)}, {go(exponent)})"
            case Fn(function, args):
                inner = None if function.point else function.computed(args)
                if inner:
                    return go(inner)
                if function.name in _OF_ROW:
                    return f"array_{function.name}({self._powers(args[-1], go(args[-1]))})"
                return f"array_{function.name}({', '.join(map(go, args))})"
            case Cases(left, relation, right, above, otherwise):
                x = go(left)
                rest = go(otherwise)
                if guarded:
                    rest = f"where({x} == {x}, {rest}, {x})"
                elif isinstance(above, Num) and isinstance(otherwise, Num):
                    rest = f"{x}.dtype.type({rest})"  # two numbers alone would widen float32
                return f"where({x} {relation} {go(right)}, {go(above)}, {rest})"
            case _:
                raise TypeError(node)
