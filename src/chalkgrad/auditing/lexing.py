"""Mathematics as tokens, each with its place; macros of the document are expanded within bounds."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

NUM, BAD, NAME, CMD, OP, OPEN, CLOSE, AMP, ROW, GAP, WORD, REL = (
    "num", "bad", "name", "cmd", "op", "open", "close", "amp", "row", "gap", "word", "rel",
)  # fmt: skip
MOST_TOKENS = 60_000
"""A longer piece, after its macros are expanded, is left out."""
_MOST_PER_MACRO = 2_000


class Token(NamedTuple):
    """One token: what it is, how it is written, and from where to where it stands."""

    kind: str
    text: str
    start: int
    end: int


class Macro(NamedTuple):
    """A macro of the document: how many arguments it takes, and its text."""

    arguments: int
    body: str


class TooLong(Exception):
    """The mathematics is longer than what is read."""


_TOKEN = re.compile(
    r"(?P<space>[\s~]+)"
    r"|(?P<bad>\d+\.-[\d.]+|\d*\.\d+(?:\.\d+)+|\d+\.\.+\d+)"
    r"|(?P<num>(?:\d{1,3}(?:(?:\{,\}|\\,|\u202f|\u2009)\d{3})+(?![\d])|\d+)(?:(?:\.|\{,\})\d+)?(?:[eE][-+]?\d{1,3}(?![\w.]))?"
    r"|\.\d+|\d+\.(?!\d))"
    r"|(?P<text>\\(?:text|textrm|textbf|textit|textnormal|mathrm|operatorname\*?|mbox|mathit|mathsf|mathbf|boldsymbol|bf|rm)\s*\{)"
    r"|(?P<begin>\\begin\s*\{(?P<env>[A-Za-z]+)\*?\}(?:\s*(?P<cols>\{[lcr|@{} .\d]*\}))?)"
    r"|(?P<end>\\end\s*\{(?P<endenv>[A-Za-z]+)\*?\})"
    r"|(?P<row>\\\\\*?(?:\s*\[[-\d. a-z]*\])?|\\cr\b|\\newline\b)"
    r"|(?P<cmd>\\[A-Za-z]+|\\.)"
    r"|(?P<name>[^\W\d_]+\d*(?:[^\W\d_]+)?)"
    r"|(?P<rel>:=|<=|>=|=+|≈|≃|≅|→|⇒|⟹|←|[<>≤≥])"
    r"|(?P<op>\*\*|[-+*/^_!'|,;:%−–×·⋅∗÷√])"
    r"|(?P<open>[(\[{])|(?P<close>[)\]}])|(?P<amp>&)|(?P<other>.)",
    re.DOTALL,
)  # fmt: skip
_SKIPPED = frozenset((
    r"\left", r"\right", r"\big", r"\Big", r"\bigg", r"\Bigg", r"\bigl", r"\bigr", r"\Bigl",
    r"\Bigr", r"\displaystyle", r"\textstyle", r"\limits", r"\nolimits", r"\,", r"\:", r"\;", r"\!",
    r"\>", r"\/", r"\hspace", r"\nonumber", r"\notag", r"\bigstar", r"\checkmark", r"\star",
    r"\hfill", r"\underbrace", r"\overbrace", r"\underline", r"\overline", r"\boxed", r"\cancel",
    r"\bf", r"\rm", r"\it", r"\small", r"\large", r"\scriptstyle", r"\middle", r"\displaylimits",
    r"\protect", r"\hline", r"\vspace", r"\ensuremath", r"\mathstrut", r"\strut", r"\centering",
    r"\bigm",
))  # fmt: skip
_WRAPPING = frozenset((r"\boxed", r"\underline", r"\cancel", r"\ensuremath"))
_GAPS = frozenset((r"\quad", r"\qquad", r"\hskip", r"\enspace"))
_RELATIONS = {
    r"\approx": "≈", r"\simeq": "≈", r"\cong": "≈", r"\doteq": "≈", r"\sim": "≈", r"\equiv": "=",
    r"\coloneqq": "=", r"\Rightarrow": "⇒", r"\implies": "⇒", r"\Longrightarrow": "⇒", r"\to": "⇒",
    r"\rightarrow": "⇒", r"\therefore": "⇒", r"\longrightarrow": "⇒", r"\iff": "⇒",
    r"\Leftrightarrow": "⇒", r"\leftarrow": "←", r"\gets": "←", r"\Leftarrow": "←", r"\le": "<",
    r"\leq": "<", r"\ge": "<", r"\geq": "<", r"\lt": "<", r"\gt": "<", r"\ll": "<", r"\gg": "<",
    r"\ne": "<", r"\neq": "<", r"\in": "<", r"\propto": "<", r"\colon": "<", r"\mapsto": "⇒",
    r"\leadsto": "⇒", r"\triangleq": "=", "=": "=", "==": "=", ":=": "=", "≈": "≈", "≃": "≈",
    "≅": "≈", "→": "⇒", "⇒": "⇒", "⟹": "⇒", "←": "←", "<": "<", ">": "<", "<=": "<", ">=": "<",
    "≤": "<", "≥": "<",
}  # fmt: skip
_OPERATORS = {
    r"\times": "*", r"\cdot": "*", r"\ast": "*", r"\bullet": "*", "×": "*", "·": "*", "⋅": "*", "∗": "*",
    r"\div": "/", "÷": "/", "−": "-", "–": "-", r"\odot": "⊙", r"\circ": "⊙", r"\otimes": "⊗",
    r"\pm": "±", r"\mp": "±", r"\%": "%", r"\star": "*", "**": "^",
}  # fmt: skip
_BRACKETS = {
    r"\{": "(",
    r"\}": ")",
    r"\lbrace": "(",
    r"\rbrace": ")",
    r"\lbrack": "[",
    r"\rbrack": "]",
}
_ELLIPSES = frozenset((r"\dots", r"\ldots", r"\cdots", r"\dotsc", r"\dotsb", r"\vdots", r"\ddots"))
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


def tokens_of(
    text: str, start: int, end: int, macros: Mapping[str, Macro] | None = None
) -> list[Token]:
    """The tokens of a stretch of text, macros expanded, what only looks left out.

    Raises:
        TooLong: with the macros expanded it is longer than what is read.
    """
    raw = list(_raw(text, start, end, None))
    if macros and any(t.kind == CMD and t.text in macros for t in raw):
        raw = _expanded(raw, macros)
    return _plain(raw)


def _raw(text: str, start: int, end: int, at: tuple[int, int] | None) -> list[Token]:
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


def _expanded(raw: Sequence[Token], macros: Mapping[str, Macro]) -> list[Token]:
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
            bodies[token.text] = _raw(macro.body, 0, len(macro.body), (0, 0))
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


def _plain(raw: Sequence[Token]) -> list[Token]:
    """Tokens as the parser wants them: one spelling for each operator and relation, style left out."""
    out: list[Token] = []
    transparent: list[bool] = []
    k = 0
    while k < len(raw):
        t = raw[k]
        k += 1
        kind, text = t.kind, t.text
        if kind == CMD:
            if text in _SKIPPED or text in (r"\color", r"\textcolor"):
                if (
                    text in (r"\left", r"\right", r"\middle")
                    and k < len(raw)
                    and raw[k].text == "."
                ):
                    k += 1
                if text in (r"\color", r"\textcolor", r"\hspace", r"\vspace") and k < len(raw):
                    k = _after_group(raw, k)
                if text in _WRAPPING and k < len(raw) and raw[k].text == "{":
                    transparent.append(True)
                    k += 1
                continue
            if text in (
                r"\tag",
                r"\label",
                r"\ref",
                r"\eqref",
                r"\cite",
                r"\intertext",
                r"\phantom",
                r"\textcircled",
            ):
                k = _after_group(raw, k)
                continue
            if text in _ELLIPSES:
                k = _after_ellipsis(raw, k)
                continue
            if text in _GAPS:
                out.append(t._replace(kind=GAP))
            elif text in _RELATIONS:
                out.append(t._replace(kind=REL, text=_RELATIONS[text]))
            elif text in _OPERATORS:
                out.append(t._replace(kind=OP, text=_OPERATORS[text]))
            elif text in _BRACKETS:
                bracket = _BRACKETS[text]
                out.append(t._replace(kind=OPEN if bracket in "([" else CLOSE, text=bracket))
            else:
                out.append(t)
        elif kind == REL:
            out.append(t._replace(text=_RELATIONS.get(text, "=")))
        elif kind == OP and text in _OPERATORS:
            out.append(t._replace(text=_OPERATORS[text]))
        elif kind == OPEN:
            if text == "{{":
                transparent.append(True)
                continue
            if text == "{":
                if k < len(raw) and raw[k].text == "}" and not (out and out[-1].text in ("_", "^")):
                    k += 1  # an empty group only makes room
                    continue
                transparent.append(False)
            out.append(t)
        elif kind == CLOSE and text == "}":
            if transparent and transparent.pop():
                continue
            out.append(t)
        else:
            out.append(t)
    return out


def _after_group(raw: Sequence[Token], k: int) -> int:
    """Behind the group, or the one token, that follows."""
    if k >= len(raw) or raw[k].text not in ("{", "{{"):
        return k + 1
    depth = 0
    while k < len(raw):
        if raw[k].text in ("{", "{{"):
            depth += 1
        elif raw[k].text == "}":
            depth -= 1
            if not depth:
                return k + 1
        k += 1
    return k


def _after_ellipsis(raw: Sequence[Token], k: int) -> int:
    """Behind dots that lead to the number of an equation, and that number."""
    while k < len(raw) and (raw[k].text in _ELLIPSES or raw[k].text == "."):
        k += 1
    if (
        k + 2 < len(raw)
        and raw[k].text == "("
        and raw[k + 1].kind == NUM
        and raw[k + 2].text == ")"
    ):
        k += 3
    return k
