"""What names and commands do: functions of an argument, fractions, derivatives, matrices."""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from typing import TYPE_CHECKING

from chalkgrad.activations import SIGMOID
from chalkgrad.auditing.cursor import Cursor
from chalkgrad.auditing.functions import FUNCTIONS, LOG2, LOG10
from chalkgrad.auditing.grids import MOST_ENTRIES, Grid, UnreadableError, divide, grid
from chalkgrad.auditing.spelling import ACCENTS, GREEK, SPELLED, after_d, is_d, is_name, spelled
from chalkgrad.auditing.tokens import AMP, CMD, GAP, NAME, NUM, ROW, WORD
from chalkgrad.formula import Div, Fn, Num, Sym
from chalkgrad.notation import Symbol
from chalkgrad.primitives import EXP, LN, POSITIVE_PART, SQRT

if TYPE_CHECKING:
    from collections.abc import Sequence

    from chalkgrad.auditing.grids import Value
    from chalkgrad.auditing.tokens import Token
    from chalkgrad.formula import Formula, Function


class Applied(Cursor, ABC):
    """Reads a name or a command with what it is applied to; the parts within it are read by a parser."""

    @abstractmethod
    def factor(self) -> Value:
        """A base with its powers."""

    @abstractmethod
    def bracket(self) -> Value:
        """What stands in brackets."""

    @abstractmethod
    def inner(self, tokens: Sequence[Token]) -> Value:
        """A side within this one."""

    def name(self) -> Value:
        """A name, with what it is applied to if it is that of a function."""
        token = self.tokens[self.at]
        self.at += 1
        base = token.text.strip()
        if token.kind == WORD:
            if len(base.split()) > 4 or not re.search(r"\w", base):
                raise UnreadableError("words stand there")
            base = re.sub(r"\W+", "", base)
            following = self.peek()
            prefix = base.lower() in ("new", "updated", "old", "error", "final")
            if prefix and following is not None and is_name(following):
                return Sym(Symbol(f"{base}:{self.name_key()}", (), 0))
        base = SPELLED.get(base, base)
        if base == "e" and self.stands("^"):
            self.at += 1
            return self._call(EXP, self.inner(self.group()))
        if base[:1] == "d" and len(base) > 1 and (self.stands("/") or self.stands("_")):
            derived = self._typed_derivative(base)
            if derived:
                return derived
        function = FUNCTIONS.get(base.lower())
        if function is not None and base != "Sigma":
            called = self._function(function)
            if called is not None:
                return called
        if base.lower() in ("max", "min") and self.stands("("):
            return self._largest(base.lower())
        self.at -= 1
        return Sym(Symbol(self.name_key(), (), 0))

    def _typed_derivative(self, base: str) -> Value | None:
        """``dE/dw5`` or ``dE_total/dw5`` in a line; None, and nothing passed, where it is none."""
        start = self.at
        top = base[1:] + self.marks()
        following = self.peek(1)
        if (
            not self.stands("/")
            or following is None
            or following.kind != NAME
            or following.text[0] != "d"
            or len(following.text) < 2
        ):
            self.at = start
            return None
        self.at += 2
        bottom = following.text[1:] + self.marks()
        return Sym(Symbol(f"d({top})/d({bottom})", (), 0))

    def _function(self, function: Function) -> Value | None:
        """A function with what it is applied to; None if nothing follows that it could be."""
        if self.stands("_"):
            self.at += 1
            base = spelled(self.group())
            function = {"10": LOG10, "2": LOG2, "e": LN}.get(base, function)
        if function in (SIGMOID, POSITIVE_PART) and not self.stands("(") and not self.stands("["):
            return None
        if self.stands("'") or self.stands("^"):
            return None
        if not self.starts_factor() and not self.stands("-"):
            return None
        if self.stands("(") or self.stands("["):
            return self._call(function, self.bracket())
        return self._call(function, self.factor())

    def _call(self, function: Function, argument: Value) -> Value:
        if isinstance(argument, Grid):
            return Grid(tuple(tuple(Fn(function, (e,)) for e in row) for row in argument.rows))
        return Fn(function, (argument,))

    def _largest(self, name: str) -> Value:
        if not self.stands("("):
            raise UnreadableError(f"{name} is applied to nothing in brackets")
        value = self.bracket()
        if not isinstance(value, Grid) or len(value.entries) != 2 or name == "min":
            raise UnreadableError(f"{name} is not understood here")
        one, two = value.entries
        if isinstance(one, Num) and one.value == 0:
            return Fn(POSITIVE_PART, (two,))
        if isinstance(two, Num) and two.value == 0:
            return Fn(POSITIVE_PART, (one,))
        raise UnreadableError("a maximum is only read against 0")

    def command(self, token: Token) -> Value:
        """What a command of TeX writes."""
        text = token.text
        if text in (r"\frac", r"\dfrac", r"\tfrac", r"\cfrac"):
            self.at += 1
            return self._fraction()
        if text.startswith(r"\begin "):
            return self._matrix(text[7:])
        if text in GREEK or text in ACCENTS:
            if text == r"\sigma" and self.stands("(", 1):
                self.at += 1
                return self._call(SIGMOID, self.bracket())
            return Sym(Symbol(self.name_key(), (), 0))
        if text == r"\sqrt":
            self.at += 1
            value = self.inner(self.group())
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
            if self.stands("_"):
                self.at += 1
                below = spelled(self.group())
                above = self.name_key() if self.starts_factor() else "E"
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
        top = self.name_key() if self.peek() is not None else ""
        if self.take("/") and self.take(r"\partial") and self.peek() is not None:
            return Sym(Symbol(f"d({top})/d({self.name_key()})", (), 0))
        raise UnreadableError("a derivative is not understood")

    def _fraction(self) -> Value:
        token = self.peek()
        if (
            token is not None
            and token.kind == NUM
            and len(token.text) == 2
            and token.text.isdigit()
        ):
            self.at += 1
            return Div(Num(float(token.text[0])), Num(float(token.text[1])))
        top = self.group()
        bottom = self.group()
        if top and bottom and is_d(top[0]) and is_d(bottom[0]):
            return Sym(Symbol(f"d({after_d(top)})/d({after_d(bottom)})", (), 0))
        return divide(self.inner(top), self.inner(bottom))

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
            if count > MOST_ENTRIES:
                raise UnreadableError("a matrix is too large")
            if entry:
                value = self.inner(entry)
                if isinstance(value, Grid):
                    raise UnreadableError("a matrix within a matrix is not worked out")
                rows[-1].append(value)
            entry = []

        while True:
            token = self.peek()
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
        return grid([row for row in rows if row])
