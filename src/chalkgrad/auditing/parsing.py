"""Tokens of mathematics as formula trees; what is not understood is said, never guessed.

Figures keep their place. Names become symbols whose kind is the printed name in one spelling
(``w_{5}^{new}`` is ``w5^new``, a derivative ``d(E)/d(w5)``); what quantity one means, `naming` finds out.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from chalkgrad.auditing.applied import Applied
from chalkgrad.auditing.figures import Figure, figure
from chalkgrad.auditing.grids import (
    MOST_ENTRIES,
    Grid,
    UnreadableError,
    add,
    divide,
    entrywise,
    grid,
    multiply,
    negative,
)
from chalkgrad.auditing.spelling import spelled
from chalkgrad.auditing.tokens import BAD, CLOSE, CMD, NAME, NUM, OP, OPEN, WORD
from chalkgrad.formula import Pow, Sym
from chalkgrad.notation import Symbol

if TYPE_CHECKING:
    from collections.abc import Sequence

    from chalkgrad.auditing.grids import Value
    from chalkgrad.auditing.tokens import Token


_STOPS = (".", ",", ";", ":", "%%")


class Parser(Applied):
    """Reads the tokens of one side."""

    def whole(self) -> Value:
        """The side.

        Raises:
            UnreadableError: with the reason.
        """
        while self.at < len(self.tokens) and self.tokens[self.at].text in ("*", ".", ",", ":", ";"):
            self.at += 1
        end = len(self.tokens)
        while end > self.at and self.tokens[end - 1].text in _STOPS:
            end -= 1
        self.tokens = self.tokens[:end]
        marked = self._marked_name()
        if marked is not None:
            return marked
        while end > self.at and self.tokens[end - 1].text in (*_STOPS, "'"):
            end -= 1
        self.tokens = self.tokens[:end]
        if self.at >= end:
            raise UnreadableError("nothing stands there")
        value = self.sum()
        if self.at < end:
            raise UnreadableError(f'"{self.tokens[self.at].text[:20]}" is not understood here')
        return value

    def _marked_name(self) -> Value | None:
        """A name alone with the mark of a new value behind it, ``w_8'`` or ``w8+``; None if it is none."""
        last = len(self.tokens) - 1
        if last <= self.at or self.tokens[last].text not in ("'", "+", "*"):
            return None
        if self.tokens[self.at].kind != NAME:
            return None
        start = self.at
        key = self.name_key()
        if self.at == last:
            key += f"{'' if '^' in key else '^'}{self.tokens[last].text}"
            self.at += 1
        if self.at > last:
            return Sym(Symbol(key, (), 0))
        self.at = start
        return None

    def sum(self) -> Value:
        """A sum of products."""
        self.deeper()
        terms: list[Value] = []
        minus = False
        if self.take("-"):
            minus = not self.number_follows()
            if not minus:
                self.at -= 1
        else:
            self.take("+")
        term = self.product()
        terms.append(negative(term) if minus else term)
        while self.stands("+") or self.stands("-"):
            minus = self.stands("-")
            self.at += 1
            term = self.product()
            terms.append(negative(term) if minus else term)
        self.depth -= 1
        return add(terms)

    def number_follows(self) -> bool:
        """Whether a number stands here that is not the base of a power: a minus before it is its own."""
        token = self.peek()
        return token is not None and token.kind == NUM and not self.stands("^", 1)

    def product(self) -> Value:
        """A product, with or without signs, and quotients in a line."""
        value = self.factor()
        while True:
            if self.take("*"):
                value = multiply(value, self.factor())
            elif self.take("/"):
                value = divide(value, self.factor())
            elif self.take("⊙"):
                value = entrywise(value, self.factor())
            elif self.starts_factor():
                if self.tokens[self.at].kind == NUM and self.tokens[self.at - 1].kind == NUM:
                    raise UnreadableError("two numbers stand side by side")
                value = multiply(value, self.factor())
            else:
                return value

    def factor(self) -> Value:
        """A base with its powers."""
        if self.stands("-"):
            if self.peek(1) is None:
                raise UnreadableError("a minus stands alone")
            self.at += 1
            if self.number_follows():
                self.at -= 1
            else:
                self.deeper()
                value = negative(self.factor())
                self.depth -= 1
                return value
        if self.stands("+"):
            self.at += 1
        value = self.base()
        while True:
            if self.stands("_"):
                self.at += 1
                self.group()
            elif self.stands("^"):
                value = self._powered(value)
            elif self.stands("!"):
                raise UnreadableError("a factorial is not worked out")
            else:
                return value

    def _powered(self, value: Value) -> Value:
        self.at += 1
        group = self.group()
        text = spelled(group)
        if text in ("T", "top", "intercal", "t", "trans") and isinstance(value, Grid):
            return Grid(tuple(zip(*value.rows, strict=True)))
        if isinstance(value, Grid):
            raise UnreadableError("a power of a matrix is not worked out")
        exponent = self.inner(group)
        if isinstance(exponent, Grid):
            raise UnreadableError("a matrix as a power is not worked out")
        if isinstance(value, Pow):
            raise UnreadableError("a power of a power has no brackets")
        return Pow(value, exponent)

    def inner(self, tokens: Sequence[Token]) -> Value:
        """A side within this one."""
        inner = Parser(tokens, layered=self.layered)
        inner.depth = self.depth + 1
        inner.deeper()
        value = inner.whole()
        self.figures += inner.figures
        return value

    def base(self) -> Value:
        """A number, a name, a bracket, a fraction, a function."""
        token = self.peek()
        if token is None:
            raise UnreadableError("something is missing at the end")
        if token.kind == OP and token.text == "-":
            return self.figure()
        if token.kind == NUM:
            return self.figure()
        if token.kind == BAD:
            self.at += 1
            return Sym(Symbol("?" + token.text, (), 0))
        if token.kind == OPEN:
            return self.bracket()
        if token.kind in (NAME, WORD):
            return self.name()
        if token.kind == CMD:
            return self.command(token)
        raise UnreadableError(f'"{token.text[:20]}" is not understood')

    def figure(self) -> Figure:
        """The number that stands here, with its sign."""
        minus = self.stands("-")
        first = self.tokens[self.at]
        if minus:
            self.at += 1
        token = self.tokens[self.at]
        self.at += 1
        percent = self.take("%")
        end = self.tokens[self.at - 1].end
        made = figure(token.text, first.start, end, minus=minus, percent=percent)
        if made is None:
            raise UnreadableError(f'"{token.text[:40]}" is not a number')
        self.figures.append(made)
        return made

    def bracket(self) -> Value:
        """What stands in brackets: one value, or a list as a matrix."""
        opened = self.tokens[self.at].text
        self.at += 1
        closed = {"(": ")", "[": "]", "{": "}"}[opened]
        self.deeper()
        if self.stands(closed):
            raise UnreadableError("a bracket is empty")
        parts = [self.sum()]
        while self.take(",") or self.take(";"):
            parts.append(self.sum())
            if len(parts) > MOST_ENTRIES:
                raise UnreadableError("a list is too long")
        self.depth -= 1
        token = self.peek()
        if token is None or token.kind != CLOSE:
            raise UnreadableError("a bracket is not closed")
        self.at += 1
        if len(parts) == 1:
            return parts[0]
        if all(isinstance(p, Grid) for p in parts):
            rows = [p.rows[0] for p in parts if isinstance(p, Grid)]
            return grid(rows)
        if any(isinstance(p, Grid) for p in parts):
            raise UnreadableError("a list of unequal parts")
        return grid([[p for p in parts if not isinstance(p, Grid)]])
