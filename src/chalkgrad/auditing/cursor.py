"""A place among the tokens of one side, and the names that stand there."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from chalkgrad.auditing.grids import UnreadableError
from chalkgrad.auditing.spelling import ACCENTS, SPELLED, spelled
from chalkgrad.auditing.tokens import BAD, CLOSE, CMD, NAME, NUM, OPEN, WORD

if TYPE_CHECKING:
    from collections.abc import Sequence

    from chalkgrad.auditing.figures import Figure
    from chalkgrad.auditing.tokens import Token

MOST_NESTED = 60
"""Deeper brackets are not read."""


class Cursor:
    """A place among tokens.

    Attributes:
        tokens: of one side.
        at: the number of the next one.
        layered: whether a number written above a name is the number of a layer, not a power.
        depth: how many brackets are open.
        figures: every figure that was read, in order.
    """

    def __init__(self, tokens: Sequence[Token], *, layered: bool = False) -> None:
        self.tokens, self.at, self.layered = tokens, 0, layered
        self.depth = 0
        self.figures: list[Figure] = []

    def peek(self, ahead: int = 0) -> Token | None:
        """The token that comes so many places further on; None behind the end."""
        k = self.at + ahead
        return self.tokens[k] if k < len(self.tokens) else None

    def stands(self, text: str, ahead: int = 0) -> bool:
        """Whether a sign stands here; a word is none."""
        token = self.peek(ahead)
        return token is not None and token.text == text and token.kind != WORD

    def take(self, text: str) -> bool:
        """Whether a sign stood here; then it is passed."""
        if self.stands(text):
            self.at += 1
            return True
        return False

    def deeper(self) -> None:
        """Open a bracket."""
        self.depth += 1
        if self.depth > MOST_NESTED:
            raise UnreadableError("brackets are nested too deeply")

    def starts_factor(self) -> bool:
        """Whether something stands here that a product can go on with."""
        token = self.peek()
        if token is None:
            return False
        if token.kind in (NUM, BAD, NAME, WORD, OPEN):
            return True
        return token.kind == CMD and not token.text.startswith(r"\end")

    def group(self) -> Sequence[Token]:
        """What stands behind ``^`` or ``_``: a group in braces, or one token with its sign."""
        token = self.peek()
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

    def name_key(self) -> str:
        """A name and what hangs on it, in one spelling."""
        token = self.tokens[self.at]
        self.at += 1
        if token.kind == CMD and token.text in ACCENTS:
            inner = spelled(self.group())
            base = inner + ACCENTS[token.text]
        else:
            base = re.sub(r"\W+", "", token.text) if token.kind == WORD else token.text.lstrip("\\")
        return SPELLED.get(base, base) + self.marks()

    def marks(self) -> str:
        """Subscripts, superscripts that are no powers, primes, and ``(new)``."""
        low = high = ""
        while True:
            if self.stands("_"):
                self.at += 1
                group = self.group()
                low += spelled(group)
                following = self.peek()
                if (
                    len(group) == 1
                    and group[0].text == "-"
                    and following
                    and following.kind == NAME
                ):
                    low += following.text  # an underscore that was read as a minus set low
                    self.at += 1
            elif self.stands("'"):
                self.at += 1
                high += "'"
            elif self.stands("^"):
                was = self.at
                self.at += 1
                group = self.group()
                if not self._belongs_to_name(group):
                    self.at = was
                    break
                mark = spelled(group)
                high += mark
            elif self.stands("(") and self.peek(1) is not None and self.stands(")", 2):
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
