"""Mathematics as tokens, each with its place; macros of the document are expanded within bounds."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chalkgrad.auditing.macros import Macro, expanded
from chalkgrad.auditing.tokens import CLOSE, CMD, GAP, NUM, OP, OPEN, REL, Token, raw_tokens
from chalkgrad.auditing.typed import typed_tokens

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_SKIPPED = frozenset((
    r"\left", r"\right", r"\big", r"\Big", r"\bigg", r"\Bigg", r"\bigl", r"\bigr", r"\Bigl",
    r"\Bigr", r"\displaystyle", r"\textstyle", r"\limits", r"\nolimits", r"\,", r"\:", r"\;", r"\!",
    r"\>", r"\/", r"\hspace", r"\nonumber", r"\notag", r"\bigstar", r"\checkmark", r"\star",
    r"\hfill", r"\underbrace", r"\overbrace", r"\underline", r"\overline", r"\boxed", r"\cancel",
    r"\bf", r"\rm", r"\it", r"\small", r"\large", r"\scriptstyle", r"\middle", r"\displaylimits",
    r"\protect", r"\hline", r"\vspace", r"\ensuremath", r"\mathstrut", r"\strut", r"\centering",
    r"\bigm", "\\ ", "\\\n", "\\\t",
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
    "≅": "≈", "→": "⇒", "↦": "⇒", "⇒": "⇒", "⟹": "⇒", "←": "←", "<": "<", ">": "<", "<=": "<", ">=": "<",
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


def typed(text: str, start: int, end: int, *, indexed: bool) -> list[Token]:
    """The tokens of a stretch of mathematics that is typed without TeX.

    Raises:
        TooLong: it is longer than what is read.
    """
    return _plain(typed_tokens(text, start, end, indexed=indexed))


def tokens_of(
    text: str, start: int, end: int, macros: Mapping[str, Macro] | None = None
) -> list[Token]:
    """The tokens of a stretch of text, macros expanded, what only looks left out.

    Raises:
        TooLong: with the macros expanded it is longer than what is read.
    """
    raw = list(raw_tokens(text, start, end, None))
    if macros and any(t.kind == CMD and t.text in macros for t in raw):
        raw = expanded(raw, macros)
    return _plain(raw)


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
