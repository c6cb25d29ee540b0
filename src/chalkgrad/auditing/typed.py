"""Mathematics typed without TeX, in the tokens of TeX: ``w[2][1,1]``, ``[0.5 -0.3; 0.2 0.8]``, ``∂E/∂w₅``, ``x²``.

A bracket with whole numbers behind a name belongs to the name. A bracket that stands alone is a matrix, if
blanks part its numbers or semicolons its rows; a bracket around one number is one where it is a whole side.
"""

from __future__ import annotations

import re
from itertools import pairwise, zip_longest
from typing import TYPE_CHECKING

from chalkgrad.auditing.spelling import SPELLED
from chalkgrad.auditing.tokens import (
    AMP,
    CLOSE,
    CMD,
    NAME,
    NUM,
    OP,
    OPEN,
    REL,
    ROW,
    Token,
    raw_tokens,
)
from chalkgrad.marking.written import SUPERSCRIPTS

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_FROM_ZERO = re.compile(r"\w(?:\[\d{1,4}\])?\[(?:\d{1,4}[ ]*,[ ]*)?0[ ]*[,\]]")
_LOW = str.maketrans("₀₁₂₃₄₅₆₇₈₉", "0123456789")
_RAISED = re.compile(r"[⁰¹²³⁴⁵⁶⁷⁸⁹]+|ᵀ")
_COMMANDS = {"∂": r"\partial", "√": r"\sqrt"}
_SIGNS = ("-", "−", "–", "+")


def counted_from_zero(text: str) -> bool:
    """Whether a document counts its indices from 0, as programs do: then none in brackets is read."""
    return _FROM_ZERO.search(text) is not None


def typed_tokens(text: str, start: int, end: int, *, indexed: bool) -> list[Token]:
    """The tokens of a stretch of typed mathematics, in the spelling of TeX.

    Args:
        text: of the document.
        start: where the mathematics begins.
        end: where it ends.
        indexed: whether whole numbers in brackets behind a name are its indices.
    """
    raw = [made for t in raw_tokens(text, start, end, None) for made in _spelled(t)]
    named = _named(raw) if indexed else raw
    return list(_laid_out(text, named))


def _spelled(t: Token) -> Iterator[Token]:
    """A token with its small digits and signs as TeX has them."""
    if t.text in _COMMANDS:
        yield t._replace(kind=CMD, text=_COMMANDS[t.text])
        return
    if t.kind != NAME:
        yield t
        return
    m = _RAISED.search(t.text)
    if m is None or m.end() < len(t.text):
        yield t._replace(text=t.text.translate(_LOW))
        return
    middle = t.start + m.start()
    if m.start():
        yield Token(NAME, t.text[: m.start()].translate(_LOW), t.start, middle)
    yield Token(OP, "^", middle, middle)
    if m[0] == "ᵀ":
        yield Token(NAME, "T", middle, t.end)
    else:
        yield Token(NUM, m[0].translate(SUPERSCRIPTS), middle, t.end)


# ---------------------------------------------------------------- names
def _named(raw: Sequence[Token]) -> list[Token]:
    """Tokens in which a name and the numbers in brackets behind it are one."""
    out: list[Token] = []
    k = 0
    while k < len(raw):
        t = raw[k]
        k += 1
        if t.kind == NAME and k < len(raw) and _pointed(t, raw[k]):
            t = Token(NAME, t.text + raw[k].text, t.start, raw[k].end)
            k += 1
        if t.kind == NAME:
            stop = k
            while (after := _index(raw, stop)) > stop:
                stop = after
            if stop > k:
                index = "".join(x.text for x in raw[k:stop])
                t = Token(NAME, SPELLED.get(t.text, t.text) + index, t.start, raw[stop - 1].end)
                k = stop
        out.append(t)
    return out


def _pointed(name: Token, after: Token) -> bool:
    """Whether the number of a neuron stands behind that of its layer, as in ``h2.3``."""
    return after.start == name.end and name.text[-1].isdigit() and after.text[:1] == "."


def _index(raw: Sequence[Token], k: int) -> int:
    """Behind the whole numbers in brackets that stand here, close to what is before; `k` where there are none."""
    closing = {"[": "]", "⟨": "⟩"}.get(raw[k].text) if k < len(raw) else None
    if closing is None or raw[k].start != raw[k - 1].end:
        return k
    at = k + 1
    while at + 1 < len(raw) and raw[at].kind == NUM and raw[at].text.isdigit():
        if raw[at + 1].text == closing:
            return at + 2
        if raw[at + 1].text != ",":
            return k
        at += 2
    return k


# ---------------------------------------------------------------- lines and matrices
def _laid_out(text: str, tokens: Sequence[Token]) -> Iterator[Token]:
    """Tokens with a new row at each line that begins with a sign of equality, and with matrices."""
    closes = _brackets(tokens)
    alone = any(_whole_side(tokens, a, b) for a, b in closes.items())
    k = depth = 0
    while k < len(tokens):
        t = tokens[k]
        stop = closes.get(k)
        if t.kind == REL and k and not depth and "\n" in text[tokens[k - 1].end : t.start]:
            yield Token(ROW, r"\\", t.start, t.start)
        if not depth and _apart(text, tokens, k):
            yield Token(CMD, r"\quad", t.start, t.start)
        if stop is not None:
            rows = _rows(tokens[k + 1 : stop])
            if rows and (alone or len(rows) > 1 or len(rows[0]) > 1):
                yield from _matrix(t, rows, tokens[stop])
                k = stop + 1
                continue
        depth += (t.kind == OPEN) - (t.kind == CLOSE)
        yield t
        k += 1


def _apart(text: str, tokens: Sequence[Token], k: int) -> bool:
    """Whether a name that is set equal to something stands some blanks behind what is before it."""
    t, behind = tokens[k], tokens[k + 1 : k + 3]
    if not k or t.kind != NAME or tokens[k - 1].kind in (REL, OP):
        return False
    between = text[tokens[k - 1].end : t.start]
    if len(between) < 2 or not between.isspace() or "\n" in between:
        return False
    named = [x.kind for x in behind]
    return named[:1] == [REL] or named == [NAME, REL]


def _brackets(tokens: Sequence[Token]) -> dict[int, int]:
    """Where the square brackets close that stand within no other one, by where they open."""
    out: dict[int, int] = {}
    opened: list[int] = []
    for k, t in enumerate(tokens):
        if t.kind == OPEN and t.text == "[":
            opened.append(k)
        elif t.kind == CLOSE and t.text == "]" and opened:
            first = opened.pop()
            if not opened:
                out[first] = k
    return out


def _whole_side(tokens: Sequence[Token], first: int, last: int) -> bool:
    """Whether a bracket is all that stands between two signs of equality."""
    before = tokens[first - 1].kind == REL if first else False
    return before and (last + 1 == len(tokens) or tokens[last + 1].kind == REL)


def _rows(inner: Sequence[Token]) -> list[list[list[Token]]]:
    """The entries of a matrix by rows; none if it is no matrix, or could be a sum in brackets."""
    rows: list[list[list[Token]]] = [[[]]]
    depth = 0
    before: Token | None = None
    for t, after in zip_longest(inner, inner[1:]):
        if not depth and t.text == "," and t.kind == OP:
            return []
        if not depth and t.text == ";":
            rows.append([[]])
            before = None
            continue
        if before is not None and not depth and _parts(before, t, after):
            rows[-1].append([])
        rows[-1][-1].append(t)
        depth += (t.kind == OPEN) - (t.kind == CLOSE)
        before = t
    if not all(entry for row in rows for entry in row):
        return []
    wide = [entry for row in rows if len(row) > 1 for entry in row]
    if any(_spaced(entry) for entry in wide) or len({_numeric(e) for e in wide}) > 1:
        return []
    return rows


def _parts(before: Token, t: Token, after: Token | None) -> bool:
    """Whether a blank between two tokens parts two entries."""
    if before.end == t.start or before.kind == OP:
        return False
    if t.kind != OP:
        return True
    return t.text in _SIGNS and after is not None and after.start == t.end


def _spaced(entry: Sequence[Token]) -> bool:
    return any(a.end != b.start for a, b in pairwise(entry))


def _numeric(entry: Sequence[Token]) -> bool:
    return all(t.kind != NAME for t in entry)


def _matrix(
    opened: Token, rows: Sequence[Sequence[Sequence[Token]]], closed: Token
) -> Iterator[Token]:
    yield opened._replace(kind=CMD, text=r"\begin bmatrix")
    for r, row in enumerate(rows):
        for c, entry in enumerate(row):
            at = entry[0].start
            if c:
                yield Token(AMP, "&", at, at)
            elif r:
                yield Token(ROW, r"\\", at, at)
            yield from entry
    yield closed._replace(kind=CMD, text=r"\end bmatrix")
