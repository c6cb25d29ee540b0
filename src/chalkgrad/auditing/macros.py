"""Macros that a document defines, expanded within bounds."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from chalkgrad.auditing.tokens import CMD, MOST_TOKENS, Token, TooLong, raw_tokens

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_MOST_PER_MACRO = 2_000


class Macro(NamedTuple):
    """A macro of the document: how many arguments it takes, and its text."""

    arguments: int
    body: str


_MACRO = re.compile(
    r"\\(?:re|provide)?newcommand\*?\s*\{?\s*(?P<name>\\[A-Za-z]+)\s*\}?\s*(?:\[(?P<count>\d)\])?\s*(?P<brace>\{)"
    r"|\\def\s*(?P<def>\\[A-Za-z]+)\s*(?P<params>(?:#\d)*)\s*(?P<dbrace>\{)"
    r"|\\DeclareMathOperator\*?\s*\{\s*(?P<op>\\[A-Za-z]+)\s*\}\s*\{(?P<opname>[^{}]*)\}"
)


def macros_of(text: str) -> dict[str, Macro]:
    """The macros that a document defines, as far as they are simple.

    >>> macros_of(r"\\newcommand{\\pd}[2]{\\frac{\\partial #1}{\\partial #2}}")
    {'\\\\pd': Macro(arguments=2, body='\\\\frac{\\\\partial #1}{\\\\partial #2}')}
    """
    out: dict[str, Macro] = {}
    if (
        "\\newcommand" not in text
        and "\\def" not in text
        and "command" not in text
        and "\\Decl" not in text
    ):
        return out
    for m in _MACRO.finditer(text):
        if m["op"]:
            out[m["op"]] = Macro(0, rf"\mathrm{{{m['opname']}}}")
            continue
        end = _closing(text, m.end() - 1, m.end() + _MOST_PER_MACRO)
        if end < 0:
            continue
        count = int(m["count"] or 0) if m["name"] else len(m["params"] or "") // 2
        out[m["name"] or m["def"]] = Macro(count, text[m.end() : end])
    return out


def _closing(text: str, at: int, limit: int) -> int:
    """Where the brace that opens at `at` is closed, or -1."""
    depth = 0
    limit = min(limit, len(text))
    while at < limit:
        c = text[at]
        if c == "\\":
            at += 1
        elif c == "{":
            depth += 1
        elif c == "}":
            depth -= 1
            if not depth:
                return at
        at += 1
    return -1


def expanded(raw: Sequence[Token], macros: Mapping[str, Macro]) -> list[Token]:
    """Tokens with the macros of a document put in.

    Raises:
        TooLong: there are more than are read then.
    """
    out: list[Token] = []
    stack = list(reversed(raw))
    bodies: dict[str, list[Token]] = {}
    steps = 0
    while stack:
        token = stack.pop()
        macro = macros.get(token.text) if token.kind == CMD else None
        if macro is None:
            out.append(token)
            if len(out) > MOST_TOKENS:
                raise TooLong
            continue
        steps += 1
        if steps > MOST_TOKENS // 10 or len(stack) > MOST_TOKENS:
            raise TooLong
        arguments = [_argument(stack) for _ in range(macro.arguments)]
        if token.text not in bodies:
            bodies[token.text] = raw_tokens(macro.body, 0, len(macro.body), (0, 0))
        body: list[Token] = []
        source = iter(bodies[token.text])
        for t in source:
            if t.text == "#":
                number = next(source, None)
                k = int(number.text) if number and number.text.isdigit() else 0
                if 0 < k <= len(arguments):
                    body += arguments[k - 1]
            else:
                body.append(t._replace(start=token.start, end=token.end))
        stack += reversed(body)
    return out


def _argument(stack: list[Token]) -> list[Token]:
    """The next argument: what a pair of braces holds, or one token."""
    if not stack:
        return []
    first = stack.pop()
    if first.text not in ("{", "{{"):
        return [first]
    depth, out = 1, []
    while stack:
        t = stack.pop()
        if t.text in ("{", "{{"):
            depth += 1
        elif t.text == "}":
            depth -= 1
            if not depth:
                break
        out.append(t)
    return out
