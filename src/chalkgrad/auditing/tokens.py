"""Tokens of mathematics, each with its place."""

from __future__ import annotations

import re
from typing import NamedTuple

NUM, BAD, NAME, CMD, OP, OPEN, CLOSE, AMP, ROW, GAP, WORD, REL = (
    "num", "bad", "name", "cmd", "op", "open", "close", "amp", "row", "gap", "word", "rel",
)  # fmt: skip
MOST_TOKENS = 60_000
"""A longer piece, after its macros are expanded, is left out."""


class Token(NamedTuple):
    """One token: what it is, how it is written, and from where to where it stands."""

    kind: str
    text: str
    start: int
    end: int


class TooLong(Exception):
    """The mathematics is longer than what is read."""


_TOKEN = re.compile(
    r"(?P<space>[\s~]+)"
    r"|(?P<bad>\d+\.-[\d.]+|\d*\.\d+(?:\.\d+)+|\d+\.\.+\d+)"
    r"|(?P<num>(?:\d{1,3}(?:(?:\{,\}|\\,|\u202f|\u2009)\d{3})+(?![\d])|\d+)(?:(?:\.|\{,\})\d+)?(?:[eE][-+−]?\d{1,3}(?![\w.]))?"
    r"|\.\d+|\d+\.(?!\d))"
    r"|(?P<text>\\(?:text|textrm|textbf|textit|textnormal|mathrm|operatorname\*?|mbox|mathit|mathsf|mathbf|boldsymbol|bf|rm)\s*\{)"
    r"|(?P<begin>\\begin\s*\{(?P<env>[A-Za-z]+)\*?\}(?:\s*(?P<cols>\{[lcr|@{} .\d]*\}))?)"
    r"|(?P<end>\\end\s*\{(?P<endenv>[A-Za-z]+)\*?\})"
    r"|(?P<row>\\\\\*?(?:\s*\[[-\d. a-z]*\])?|\\cr\b|\\newline\b)"
    r"|(?P<cmd>\\[A-Za-z]+|\\.)"
    r"|(?P<name>[^\W\d_]+\d*(?:[^\W\d_]+)?)"
    r"|(?P<rel>:=|<=|>=|=+|≈|≃|≅|→|↦|⇒|⟹|←|[<>≤≥])"
    r"|(?P<op>\*\*|[-+*/^_!'|,;:%−–×·⋅∗÷√])"
    r"|(?P<open>[(\[{])|(?P<close>[)\]}])|(?P<amp>&)|(?P<other>.)",
    re.DOTALL,
)  # fmt: skip


def raw_tokens(text: str, start: int, end: int, at: tuple[int, int] | None) -> list[Token]:
    """Tokens as written; all at one place, if `at` says so."""
    out: list[Token] = []
    pos = start
    while pos < end:
        m = _TOKEN.match(text, pos, end)
        if not m:
            break
        kind = m.lastgroup or ""
        written = m[0]
        stop = m.end()
        if m["begin"]:
            made = Token(CMD, r"\begin " + m["env"], pos, stop)
        elif m["end"]:
            made = Token(CMD, r"\end " + m["endenv"], pos, stop)
        elif m["text"]:
            made, stop = _words(text, m.start(), m.end(), end)
        elif kind == "space":
            pos = stop
            continue
        elif kind == "other":
            made = Token(NAME if written == "∂" else OP, written, pos, stop)
        else:
            made = Token(kind, written, pos, stop)
        out.append(made if at is None else made._replace(start=at[0], end=at[1]))
        if len(out) > MOST_TOKENS:
            raise TooLong
        pos = stop
    return out


_WORDS = re.compile(r"[^{}\\$]*\}")


def _words(text: str, start: int, after: int, end: int) -> tuple[Token, int]:
    """``\\text{...}`` as one token of words, or as a brace to look into."""
    m = _WORDS.match(text, after, min(end, after + 400))
    inner = m[0][:-1] if m else ""
    if m and not re.search(r"\d*\.\d|=|^\s*-?\d+\s*$", inner):
        return Token(WORD, inner, start, m.end()), m.end()
    return Token(OPEN, "{{", start, after), after
