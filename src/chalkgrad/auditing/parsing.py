"""Tokens of mathematics as formula trees; what is not understood is said, never guessed.

Figures keep their place. Names become symbols whose kind is the printed name in one spelling
(``w_{5}^{new}`` is ``w5^new``, a derivative ``d(E)/d(w5)``); what quantity one means, `naming` finds out.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

from chalkgrad.activations import SIGMOID
from chalkgrad.auditing.lexing import AMP, BAD, CLOSE, CMD, GAP, NAME, NUM, OP, OPEN, ROW, WORD
from chalkgrad.formula import ONE, Add, Div, Fn, Formula, Function, Mul, Neg, Num, Pow, Sym
from chalkgrad.marking.written import Written, read
from chalkgrad.notation import Symbol
from chalkgrad.primitives import EXP, LN, POSITIVE_PART, SQRT, TANH

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from chalkgrad.auditing.lexing import Token

MOST_NESTED = 60
"""Deeper brackets are not read."""
_MOST_ENTRIES = 4_000
_MOST_FACTORS = 500


@dataclass(frozen=True, slots=True)
class Figure(Num):
    """A number as it is printed, with its place.

    Attributes:
        start, end: from where to where it stands; the minus in front of it belongs to it.
        unit: the size of its last place.
        bare: whether its last place says nothing: a whole number, a zero.
    """

    start: int = 0
    end: int = 0
    unit: float = 1.0
    bare: bool = False


@dataclass(frozen=True, slots=True)
class Grid:
    """A matrix or a vector."""

    rows: tuple[tuple[Formula, ...], ...]

    @property
    def size(self) -> tuple[int, int]:
        """Rows and columns."""
        return len(self.rows), len(self.rows[0])

    @property
    def entries(self) -> tuple[Formula, ...]:
        """All entries, row by row."""
        return tuple(entry for row in self.rows for entry in row)


Value: TypeAlias = Formula | Grid


class UnreadableError(Exception):
    """Why a side is not read."""


def _log(base: float) -> Callable[[float], float]:
    return lambda x: math.log(x, base) if x > 0 else -math.inf if x == 0 else math.nan


LOG = Function("log", LN.point, LN.over)
"""A logarithm whose base is not said."""
LOG10 = Function("log10", _log(10.0), lambda x: (_log(10.0)(x[0]), _log(10.0)(x[1])))
LOG2 = Function("log2", _log(2.0), lambda x: (_log(2.0)(x[0]), _log(2.0)(x[1])))
FUNCTIONS: dict[str, Function] = {
    "sigmoid": SIGMOID, "sigma": SIGMOID, "σ": SIGMOID, "logistic": SIGMOID, "sig": SIGMOID, "logsig": SIGMOID,
    "relu": POSITIVE_PART, "tanh": TANH, "exp": EXP, "ln": LN, "log": LOG, "log10": LOG10, "log2": LOG2,
    "sqrt": SQRT,
}  # fmt: skip
_ACCENTS = {
    r"\hat": "hat", r"\widehat": "hat", r"\bar": "bar", r"\tilde": "tilde", r"\vec": "",
    r"\mathcal": "", r"\mathbb": "",
    r"\mathbf": "", r"\dot": "dot",
}  # fmt: skip
_GREEK = frozenset((
    r"\alpha", r"\beta", r"\gamma", r"\delta", r"\Delta", r"\epsilon", r"\varepsilon", r"\zeta",
    r"\eta", r"\theta", r"\vartheta", r"\iota", r"\kappa", r"\lambda", r"\mu", r"\nu", r"\xi",
    r"\pi", r"\rho", r"\sigma", r"\tau", r"\phi", r"\varphi", r"\chi", r"\psi", r"\omega",
    r"\Theta", r"\Sigma", r"\Omega", r"\ell",
))  # fmt: skip
_SPELLED = {
    "δ": "delta", "θ": "theta", "η": "eta", "σ": "sigma", "Δ": "Delta", "ŷ": "yhat", "α": "alpha", "ω": "omega",
    "varepsilon": "epsilon", "vartheta": "theta", "varphi": "phi", "ell": "L", "γ": "gamma", "χ": "chi",
}  # fmt: skip
_DECIMAL_COMMA = re.compile(r"\{,\}|\\,|[\u202f\u2009]")


def number(text: str) -> Written | str:
    """The number that a token writes.

    >>> number("0{,}25").value, number("10{,}000").value, number(".5").value
    (0.25, 10000.0, 0.5)
    """
    if _DECIMAL_COMMA.search(text):
        head, *rest = _DECIMAL_COMMA.split(text)
        grouped = head != "0" and all(len(part.partition(".")[0]) == 3 for part in rest)
        text = head + "".join(rest) if grouped else head + "." + "".join(rest)
    return read(text)


def figure(
    text: str, start: int, end: int, *, minus: bool = False, percent: bool = False
) -> Figure | None:
    """The figure that a piece of a document writes, or None if it writes none."""
    got = number(text)
    if isinstance(got, str):
        return None
    value, unit = got.value, got.unit
    if percent:
        value, unit = value / 100, unit / 100
    sign = -1.0 if minus else 1.0
    zeros = text[0] == "0" and len(text) > 1 and text.isdigit()
    bare = got.bare and "." not in text and not zeros
    return Figure(sign * value, ("-" if minus else "") + text, start, end, unit, bare)


class Parser:
    """Reads the tokens of one side.

    Attributes:
        layered: whether a number written above a name is the number of a layer, not a power.
        figures: every figure that was read, in order.
    """

    def __init__(self, tokens: Sequence[Token], *, layered: bool = False) -> None:
        self.tokens, self.at, self.layered = tokens, 0, layered
        self.depth = 0
        self.figures: list[Figure] = []

    # ---------------------------------------------------------------- small steps
    def _peek(self, ahead: int = 0) -> Token | None:
        k = self.at + ahead
        return self.tokens[k] if k < len(self.tokens) else None

    def _is(self, text: str, ahead: int = 0) -> bool:
        token = self._peek(ahead)
        return token is not None and token.text == text and token.kind != WORD

    def _take(self, text: str) -> bool:
        if self._is(text):
            self.at += 1
            return True
        return False

    def _deeper(self) -> None:
        self.depth += 1
        if self.depth > MOST_NESTED:
            raise UnreadableError("brackets are nested too deeply")

    # ---------------------------------------------------------------- sums and products
    def whole(self) -> Value:
        """The side.

        Raises:
            UnreadableError: with the reason.
        """
        while self.at < len(self.tokens) and self.tokens[self.at].text in ("*", ".", ",", ":", ";"):
            self.at += 1
        end = len(self.tokens)
        while end > self.at and self.tokens[end - 1].text in (".", ",", ";", ":", "'", "%%"):
            end -= 1
        self.tokens = self.tokens[:end]
        if self.at >= end:
            raise UnreadableError("nothing stands there")
        value = self.sum()
        if self.at < end:
            raise UnreadableError(f'"{self.tokens[self.at].text[:20]}" is not understood here')
        return value

    def sum(self) -> Value:
        """A sum of products."""
        self._deeper()
        terms: list[Value] = []
        minus = False
        if self._take("-"):
            minus = not self._number_follows()
            if not minus:
                self.at -= 1
        else:
            self._take("+")
        term = self.product()
        terms.append(_negative(term) if minus else term)
        while self._is("+") or self._is("-"):
            minus = self._is("-")
            self.at += 1
            term = self.product()
            terms.append(_negative(term) if minus else term)
        self.depth -= 1
        return _sum(terms)

    def _number_follows(self) -> bool:
        """Whether a number stands here that is not the base of a power: a minus before it is its own."""
        token = self._peek()
        return token is not None and token.kind == NUM and not self._is("^", 1)

    def product(self) -> Value:
        """A product, with or without signs, and quotients in a line."""
        value = self.factor()
        while True:
            if self._take("*"):
                value = _product(value, self.factor())
            elif self._take("/"):
                value = _quotient(value, self.factor())
            elif self._take("⊙"):
                value = _entrywise(value, self.factor())
            elif self._starts_factor():
                if self.tokens[self.at].kind == NUM and self.tokens[self.at - 1].kind == NUM:
                    raise UnreadableError("two numbers stand side by side")
                value = _product(value, self.factor())
            else:
                return value

    def _starts_factor(self) -> bool:
        token = self._peek()
        if token is None:
            return False
        if token.kind in (NUM, BAD, NAME, WORD, OPEN):
            return True
        return token.kind == CMD and not token.text.startswith(r"\end")

    def factor(self) -> Value:
        """A base with its powers."""
        if self._is("-"):
            if self._peek(1) is None:
                raise UnreadableError("a minus stands alone")
            self.at += 1
            if self._number_follows():
                self.at -= 1
            else:
                self._deeper()
                value = _negative(self.factor())
                self.depth -= 1
                return value
        if self._is("+"):
            self.at += 1
        value = self.base()
        while True:
            if self._is("_"):
                self.at += 1
                self._group()
            elif self._is("^"):
                value = self._powered(value)
            elif self._is("!"):
                raise UnreadableError("a factorial is not worked out")
            else:
                return value

    def _powered(self, value: Value) -> Value:
        self.at += 1
        group = self._group()
        text = _spelled(group)
        if text in ("T", "top", "intercal", "t", "trans") and isinstance(value, Grid):
            return Grid(tuple(zip(*value.rows, strict=True)))
        if isinstance(value, Grid):
            raise UnreadableError("a power of a matrix is not worked out")
        exponent = self._inner(group)
        if isinstance(exponent, Grid):
            raise UnreadableError("a matrix as a power is not worked out")
        if isinstance(value, Pow):
            raise UnreadableError("a power of a power has no brackets")
        return Pow(value, exponent)

    def _inner(self, tokens: Sequence[Token]) -> Value:
        """A side within this one."""
        inner = Parser(tokens, layered=self.layered)
        inner.depth = self.depth + 1
        inner._deeper()
        value = inner.whole()
        self.figures += inner.figures
        return value

    # ---------------------------------------------------------------- what a product is made of
    def base(self) -> Value:
        """A number, a name, a bracket, a fraction, a function."""
        token = self._peek()
        if token is None:
            raise UnreadableError("something is missing at the end")
        if token.kind == OP and token.text == "-":
            return self._figure()
        if token.kind == NUM:
            return self._figure()
        if token.kind == BAD:
            self.at += 1
            return Sym(Symbol("?" + token.text, (), 0))
        if token.kind == OPEN:
            return self._bracket()
        if token.kind in (NAME, WORD):
            return self._name()
        if token.kind == CMD:
            return self._command(token)
        raise UnreadableError(f'"{token.text[:20]}" is not understood')

    def _figure(self) -> Figure:
        minus = self._is("-")
        first = self.tokens[self.at]
        if minus:
            self.at += 1
        token = self.tokens[self.at]
        self.at += 1
        percent = self._take("%")
        end = self.tokens[self.at - 1].end
        made = figure(token.text, first.start, end, minus=minus, percent=percent)
        if made is None:
            raise UnreadableError(f'"{token.text[:40]}" is not a number')
        self.figures.append(made)
        return made

    def _bracket(self) -> Value:
        opened = self.tokens[self.at].text
        self.at += 1
        closed = {"(": ")", "[": "]", "{": "}"}[opened]
        self._deeper()
        if self._is(closed):
            raise UnreadableError("a bracket is empty")
        parts = [self.sum()]
        while self._take(",") or self._take(";"):
            parts.append(self.sum())
            if len(parts) > _MOST_ENTRIES:
                raise UnreadableError("a list is too long")
        self.depth -= 1
        token = self._peek()
        if token is None or token.kind != CLOSE:
            raise UnreadableError("a bracket is not closed")
        self.at += 1
        if len(parts) == 1:
            return parts[0]
        if all(isinstance(p, Grid) for p in parts):
            rows = [p.rows[0] for p in parts if isinstance(p, Grid)]
            return _grid(rows)
        if any(isinstance(p, Grid) for p in parts):
            raise UnreadableError("a list of unequal parts")
        return _grid([[p for p in parts if not isinstance(p, Grid)]])

    def _group(self) -> Sequence[Token]:
        """What stands behind ``^`` or ``_``: a group in braces, or one token with its sign."""
        token = self._peek()
        if token is None:
            raise UnreadableError("something is missing behind ^ or _")
        if token.text == "{" and token.kind == OPEN:
            start, depth = self.at + 1, 0
            while self.at < len(self.tokens):
                t = self.tokens[self.at]
                depth += (t.text == "{") - (t.text == "}")
                self.at += 1
                if not depth:
                    return self.tokens[start : self.at - 1]
            raise UnreadableError("a brace is not closed")
        if token.text == "(" and token.kind == OPEN:
            start, depth = self.at, 0
            while self.at < len(self.tokens):
                t = self.tokens[self.at]
                depth += (t.kind == OPEN) - (t.kind == CLOSE)
                self.at += 1
                if not depth:
                    return self.tokens[start : self.at]
            raise UnreadableError("a bracket is not closed")
        start = self.at
        if token.text in ("-", "+"):
            self.at += 1
        self.at += 1
        return self.tokens[start : self.at]

    # ---------------------------------------------------------------- names
    def _name(self) -> Value:
        token = self.tokens[self.at]
        self.at += 1
        base = token.text.strip()
        if token.kind == WORD:
            if len(base.split()) > 4 or not re.search(r"\w", base):
                raise UnreadableError("words stand there")
            base = re.sub(r"\W+", "", base)
            following = self._peek()
            prefix = base.lower() in ("new", "updated", "old", "error", "final")
            if prefix and following is not None and _is_name(following):
                return Sym(Symbol(f"{base}:{self._name_key()}", (), 0))
        base = _SPELLED.get(base, base)
        if base == "e" and self._is("^"):
            self.at += 1
            return self._call(EXP, self._inner(self._group()))
        if ((base[:1] == "d" and len(base) > 1) or base == "∂") and self._is("/"):
            derived = self._typed_derivative(base)
            if derived:
                return derived
        function = FUNCTIONS.get(base.lower())
        if function is not None and base != "Sigma":
            called = self._function(function)
            if called is not None:
                return called
        if base.lower() in ("max", "min") and self._is("("):
            return self._largest(base.lower())
        self.at -= 1
        return Sym(Symbol(self._name_key(), (), 0))

    def _typed_derivative(self, base: str) -> Value | None:
        """``dE/dw5`` in a line."""
        following = self._peek(1)
        if (
            following is None
            or following.kind != NAME
            or following.text[0] != "d"
            or len(following.text) < 2
        ):
            return None
        self.at += 2
        bottom = following.text[1:] + self._marks()
        return Sym(Symbol(f"d({base[1:]})/d({bottom})", (), 0))

    def _name_key(self) -> str:
        """A name and what hangs on it, in one spelling."""
        token = self.tokens[self.at]
        self.at += 1
        if token.kind == CMD and token.text in _ACCENTS:
            inner = _spelled(self._group())
            base = inner + _ACCENTS[token.text]
        else:
            base = re.sub(r"\W+", "", token.text) if token.kind == WORD else token.text.lstrip("\\")
        return _SPELLED.get(base, base) + self._marks()

    def _marks(self) -> str:
        """Subscripts, superscripts that are no powers, primes, and ``(new)``."""
        low = high = ""
        while True:
            if self._is("_"):
                self.at += 1
                group = self._group()
                low += _spelled(group)
                following = self._peek()
                if (
                    len(group) == 1
                    and group[0].text == "-"
                    and following
                    and following.kind == NAME
                ):
                    low += following.text  # an underscore that was read as a minus set low
                    self.at += 1
            elif self._is("'"):
                self.at += 1
                high += "'"
            elif self._is("^"):
                was = self.at
                self.at += 1
                group = self._group()
                if not self._belongs_to_name(group):
                    self.at = was
                    break
                mark = _spelled(group)
                high += mark
            elif self._is("(") and self._peek(1) is not None and self._is(")", 2):
                inner = self.tokens[self.at + 1].text.strip().lower()
                if inner not in ("new", "old", "updated", "next"):
                    break
                self.at += 3
                high += inner
            else:
                break
        return low + ("^" + high if high else "")

    def _belongs_to_name(self, group: Sequence[Token]) -> bool:
        if not group:
            return False
        first = group[0]
        if first.text in ("(", "[", "+", "*", r"\prime", r"\dagger", r"\star") and len(group) <= 3:
            return all(t.kind != NAME or t.text in ("new", "old", "l", "L") for t in group)
        if len(group) == 1 and first.kind in (WORD, NAME):
            return True
        return self.layered and len(group) == 1 and first.kind == NUM and first.text.isdigit()

    # ---------------------------------------------------------------- functions and commands
    def _function(self, function: Function) -> Value | None:
        """A function with what it is applied to; None if nothing follows that it could be."""
        if self._is("_"):
            self.at += 1
            base = _spelled(self._group())
            function = {"10": LOG10, "2": LOG2, "e": LN}.get(base, function)
        if function in (SIGMOID, POSITIVE_PART) and not self._is("(") and not self._is("["):
            return None
        if self._is("'") or self._is("^"):
            return None
        if not self._starts_factor() and not self._is("-"):
            return None
        if self._is("(") or self._is("["):
            return self._call(function, self._bracket())
        return self._call(function, self.factor())

    def _call(self, function: Function, argument: Value) -> Value:
        if isinstance(argument, Grid):
            return Grid(tuple(tuple(Fn(function, (e,)) for e in row) for row in argument.rows))
        return Fn(function, (argument,))

    def _largest(self, name: str) -> Value:
        value = self._bracket()
        if not isinstance(value, Grid) or len(value.entries) != 2 or name == "min":
            raise UnreadableError(f"{name} is not understood here")
        one, two = value.entries
        if isinstance(one, Num) and one.value == 0:
            return Fn(POSITIVE_PART, (two,))
        if isinstance(two, Num) and two.value == 0:
            return Fn(POSITIVE_PART, (one,))
        raise UnreadableError("a maximum is only read against 0")

    def _command(self, token: Token) -> Value:
        text = token.text
        if text in (r"\frac", r"\dfrac", r"\tfrac", r"\cfrac"):
            self.at += 1
            return self._fraction()
        if text.startswith(r"\begin "):
            return self._matrix(text[7:])
        if text in _GREEK or text in _ACCENTS:
            if text == r"\sigma" and self._is("(", 1):
                self.at += 1
                return self._call(SIGMOID, self._bracket())
            return Sym(Symbol(self._name_key(), (), 0))
        if text == r"\sqrt":
            self.at += 1
            value = self._inner(self._group())
            return self._call(SQRT, value)
        name = text.lstrip("\\")
        if name in ("max", "min"):
            self.at += 1
            return self._largest(name)
        if name in FUNCTIONS:
            self.at += 1
            called = self._function(FUNCTIONS[name])
            if called is None:
                raise UnreadableError(f"{name} is applied to nothing")
            return called
        if text == r"\partial":
            return self._line_derivative()
        if text == r"\nabla":
            self.at += 1
            if self._is("_"):
                self.at += 1
                below = _spelled(self._group())
                above = self._name_key() if self._starts_factor() else "E"
                return Sym(Symbol(f"d({above})/d({below})", (), 0))
        reasons = {
            r"\sum": "a sum over an index",
            r"\prod": "a product over an index",
            r"\int": "an integral",
        }
        raise UnreadableError(f"{reasons.get(text, text[:20])} is not worked out")

    def _line_derivative(self) -> Value:
        """``\\partial E / \\partial w_5`` in a line."""
        self.at += 1
        top = self._name_key() if self._peek() is not None else ""
        if self._take("/") and self._take(r"\partial") and self._peek() is not None:
            return Sym(Symbol(f"d({top})/d({self._name_key()})", (), 0))
        raise UnreadableError("a derivative is not understood")

    def _fraction(self) -> Value:
        token = self._peek()
        if (
            token is not None
            and token.kind == NUM
            and len(token.text) == 2
            and token.text.isdigit()
        ):
            self.at += 1
            return Div(Num(float(token.text[0])), Num(float(token.text[1])))
        top = self._group()
        bottom = self._group()
        if top and bottom and _is_d(top[0]) and _is_d(bottom[0]):
            return Sym(Symbol(f"d({_after_d(top)})/d({_after_d(bottom)})", (), 0))
        return _quotient(self._inner(top), self._inner(bottom))

    def _matrix(self, environment: str) -> Value:
        """The entries of a matrix."""
        self.at += 1
        rows: list[list[Formula]] = [[]]
        entry: list[Token] = []
        depth, count = 0, 0
        if environment in ("cases", "dcases", "rcases"):
            raise UnreadableError("cases are not worked out")

        def close() -> None:
            nonlocal entry, count
            count += 1
            if count > _MOST_ENTRIES:
                raise UnreadableError("a matrix is too large")
            if entry:
                value = self._inner(entry)
                if isinstance(value, Grid):
                    raise UnreadableError("a matrix within a matrix is not worked out")
                rows[-1].append(value)
            entry = []

        while True:
            token = self._peek()
            if token is None:
                raise UnreadableError("a matrix is not closed")
            self.at += 1
            if token.kind == CMD and token.text.startswith((r"\begin ", r"\end ")):
                if token.text.startswith(r"\end "):
                    if not depth:
                        break
                    depth -= 1
                else:
                    depth += 1
                entry.append(token)
            elif not depth and token.kind in (AMP, ROW):
                close()
                if token.kind == ROW:
                    rows.append([])
            elif token.kind != GAP:
                entry.append(token)
        close()
        return _grid([row for row in rows if row])


# ---------------------------------------------------------------- names in one spelling
def _is_name(token: Token) -> bool:
    return token.kind in (NAME, WORD) or (token.kind == CMD and token.text in _GREEK)


def _is_d(token: Token) -> bool:
    return token.text in (r"\partial", "∂", "d", r"\delta", r"\mathrm{d}") or (
        token.kind == NAME and token.text[0] == "d" and len(token.text) > 1
    )


def _after_d(group: Sequence[Token]) -> str:
    first = group[0]
    if first.kind == NAME and first.text[0] == "d" and len(first.text) > 1:
        group = [first._replace(text=first.text[1:]), *group[1:]]
    else:
        group = group[1:]
    return _spelled(group)


def _spelled(tokens: Sequence[Token]) -> str:
    """Tokens as a name in one spelling: no braces, no underscores; what stands high after ``^``."""
    out: list[str] = []
    accent = ""
    for t in tokens:
        if t.kind == CMD and t.text in _ACCENTS:
            accent = _ACCENTS[t.text]
            continue
        if t.text in ("{", "}", "_", "-", " ") and t.kind != WORD:
            continue
        if t.kind == GAP:
            continue
        word = re.sub(r"\W+", "", t.text) if t.kind == WORD else t.text.lstrip("\\")
        if word == "prime":
            word = "'"
        out.append(_SPELLED.get(word, word))
        if accent:
            out.append(accent)
            accent = ""
    return re.sub(r"\^(?=hat|final|out|new)", "", "".join(out))


# ---------------------------------------------------------------- arithmetic of trees and grids
def _grid(rows: Sequence[Sequence[Formula]]) -> Value:
    if not rows or len({len(row) for row in rows}) != 1:
        raise UnreadableError("the rows of a matrix are of unequal length")
    return Grid(tuple(tuple(row) for row in rows))


def _negative(value: Value) -> Value:
    if isinstance(value, Grid):
        return Grid(tuple(tuple(Neg(e) for e in row) for row in value.rows))
    return Neg(value)


def _sum(terms: Sequence[Value]) -> Value:
    if len(terms) == 1:
        return terms[0]
    plain = [t for t in terms if not isinstance(t, Grid)]
    if len(plain) == len(terms):
        return Add(tuple(plain))
    grids = [t for t in terms if isinstance(t, Grid)]
    if plain or len({g.size for g in grids}) != 1:
        raise UnreadableError("the parts of a sum do not fit each other")
    rows = zip(*(g.rows for g in grids), strict=True)
    return Grid(tuple(tuple(Add(entries) for entries in zip(*row, strict=True)) for row in rows))


def _product(left: Value, right: Value) -> Value:
    if isinstance(left, Grid) and isinstance(right, Grid):
        inner = left.size[1]
        if inner != right.size[0]:
            if right.size == (1, inner):
                right = Grid(tuple((e,) for e in right.rows[0]))
            else:
                raise UnreadableError("these matrices cannot be multiplied")
        if left.size[0] * right.size[1] * inner > _MOST_ENTRIES:
            raise UnreadableError("these matrices are too large")
        columns = tuple(zip(*right.rows, strict=True))
        return Grid(tuple(tuple(_dot(row, column) for column in columns) for row in left.rows))
    if isinstance(left, Grid) or isinstance(right, Grid):
        return _entrywise(left, right)
    if isinstance(left, Mul) and len(left.factors) > _MOST_FACTORS:
        raise UnreadableError("a product is too long")
    factors: tuple[Formula, ...] = (
        (*left.factors, right) if isinstance(left, Mul) else (left, right)
    )
    return Mul(factors)


def _dot(row: tuple[Formula, ...], column: tuple[Formula, ...]) -> Formula:
    terms: tuple[Formula, ...] = tuple(Mul((a, b)) for a, b in zip(row, column, strict=True))
    return terms[0] if len(terms) == 1 else Add(terms)


def _entrywise(left: Value, right: Value) -> Value:
    if isinstance(left, Grid) and isinstance(right, Grid):
        if left.size != right.size:
            raise UnreadableError("these matrices are of unequal size")
        pairs = zip(left.rows, right.rows, strict=True)
        return Grid(tuple(tuple(Mul(p) for p in zip(a, b, strict=True)) for a, b in pairs))
    if isinstance(left, Grid) and not isinstance(right, Grid):
        return Grid(tuple(tuple(Mul((right, e)) for e in row) for row in left.rows))
    if isinstance(right, Grid) and not isinstance(left, Grid):
        return Grid(tuple(tuple(Mul((left, e)) for e in row) for row in right.rows))
    return _product(left, right)


def _quotient(top: Value, bottom: Value) -> Value:
    if isinstance(bottom, Grid):
        raise UnreadableError("a division by a matrix is not worked out")
    if isinstance(top, Grid):
        return _entrywise(top, Div(ONE, bottom))
    return Div(top, bottom)
