"""The lines of a piece of mathematics, the statements of a line, and the sides of a statement, as tokens."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from chalkgrad.auditing.tokens import AMP, CLOSE, CMD, GAP, NUM, OP, OPEN, REL, ROW, WORD

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from chalkgrad.auditing.tokens import Token

EQUAL, THEN, BECOMES, OTHER = "=", "⇒", "←", "<"
_LAYOUTS = frozenset((
    "equation", "align", "aligned", "alignat", "alignedat", "gather", "gathered", "multline", "eqnarray", "math",
    "displaymath", "flalign", "split", "dmath",
))  # fmt: skip
_ASIDE = re.compile(
    r"\b(?:where|here|with|and|for|if|so|then|since|that|from|as|when|hence|thus|therefore|using|given|or|because|at|by)\b|,",
    re.IGNORECASE,
)


def rows_of(tokens: Sequence[Token]) -> list[list[Token]]:
    """The lines of a piece of mathematics; what only lays out is gone, matrices are whole."""
    rows: list[list[Token]] = [[]]
    inner: list[str] = []
    ends = _ends(tokens)
    for k, t in enumerate(tokens):
        if t.kind == CMD and t.text.startswith(r"\begin "):
            name = t.text[7:]
            if not inner and (
                name in _LAYOUTS
                or (name not in ("cases", "dcases") and _has_relation(tokens, k, ends))
            ):
                rows.append([])
                continue
            inner.append(name)
        elif t.kind == CMD and t.text.startswith(r"\end "):
            if not inner:
                rows.append([])
                continue
            inner.pop()
        elif not inner and t.kind == ROW:
            rows.append([])
            continue
        elif not inner and t.kind == AMP:
            continue
        rows[-1].append(t)
    return [row for row in rows if row]


def _ends(tokens: Sequence[Token]) -> dict[int, int]:
    stack: list[int] = []
    out = {}
    for k, t in enumerate(tokens):
        if t.kind == CMD and t.text.startswith(r"\begin "):
            stack.append(k)
        elif t.kind == CMD and t.text.startswith(r"\end ") and stack:
            out[stack.pop()] = k
    return out


def _has_relation(tokens: Sequence[Token], k: int, ends: dict[int, int]) -> bool:
    """Whether an environment holds equalities of its own, and so only lays them out."""
    return any(t.kind == REL and t.text == EQUAL for t in tokens[k : ends.get(k, k)])


def segments(row: Sequence[Token]) -> Iterator[list[Token]]:
    """The statements of a line: parted by commas, wide gaps and words."""
    depth = inner = 0
    out: list[Token] = []
    for k, t in enumerate(row):
        if t.kind == CMD and t.text.startswith((r"\begin ", r"\end ")):
            inner += 1 if t.text.startswith(r"\begin ") else -1
        if not inner:
            if t.kind == OPEN:
                depth += 1
            elif t.kind == CLOSE:
                depth = max(0, depth - 1)
        parts = not inner and (
            (depth == 0 and t.kind == OP and t.text in (",", ";") and not _in_number(row, k))
            or (t.kind == GAP and depth == 0 and not _goes_on(row, k))
            or (t.kind == WORD and depth == 0 and bool(_ASIDE.search(t.text)))
        )
        if parts:
            yield out
            out = []
            depth = 0
        elif t.kind != GAP or inner:
            out.append(t)
    yield out


def _in_number(row: Sequence[Token], k: int) -> bool:
    """Whether a comma stands between two digits, so that it can belong to a number or part two."""
    if row[k].text != "," or not 0 < k < len(row) - 1:
        return False
    one, two = row[k - 1], row[k + 1]
    return one.kind == two.kind == NUM and one.end == row[k].start and row[k].end == two.start


def _goes_on(row: Sequence[Token], k: int) -> bool:
    """Whether what stands behind a gap belongs to what stands before it."""
    if k + 1 >= len(row) or k == 0:
        return True
    following = row[k + 1]
    if following.kind == REL or (following.kind == OP and following.text in "*+/"):
        return True
    return row[k - 1].kind in (REL, GAP)


def split_at_relations(segment: Sequence[Token]) -> list[tuple[str, list[Token]]]:
    """Sides with the relation before each; brackets that are not closed do not hide a relation."""
    out: list[tuple[str, list[Token]]] = [("", [])]
    balanced = sum((t.kind == OPEN) - (t.kind == CLOSE) for t in segment) == 0
    depth = 0
    for t in segment:
        if balanced:
            depth += (t.kind == OPEN) - (t.kind == CLOSE)
        if t.kind == CMD and t.text.startswith(r"\begin "):
            depth += 1
        elif t.kind == CMD and t.text.startswith(r"\end "):
            depth -= 1
        if t.kind == REL and depth <= 0:
            relation = EQUAL if t.text in "=≈" else t.text
            out.append((relation, []))
        else:
            out[-1][1].append(t)
    return out


def _multiplied(before: Sequence[Token], row: Sequence[Token]) -> bool:
    """Whether a line is the second matrix of a product that the line before begins."""
    return (
        bool(row)
        and row[0].kind == CMD
        and row[0].text.startswith(r"\begin ")
        and before[-1].text.startswith(r"\end ")
        and any(t.kind == REL for t in before)
    )


def _unfinished(row: Sequence[Token]) -> bool:
    """Whether a line ends in an operator, or with a bracket that is open."""
    last = row[-1]
    if last.kind == OP and last.text in ("*", "+", "-", "/"):
        return True
    depth = 0
    for t in row:
        if t.kind == OPEN and t.text != "{":
            depth += 1
        elif t.kind == CLOSE and t.text != "}":
            depth -= 1
    return depth == 1 and any(t.kind == NUM for t in row) and any(t.kind == REL for t in row)


def joined(rows: Sequence[Sequence[Token]]) -> list[list[Token]]:
    """Lines that begin with an operator belong to the line before."""
    out: list[list[Token]] = []
    for row in rows:
        begin = 0
        while begin < len(row) and row[begin].kind == GAP:
            begin += 1
        first = row[begin] if begin < len(row) else None
        goes_on = first is not None and first.kind == OP and first.text in ("*", "+", "/")
        if first is not None and first.kind == OP and first.text == "-":
            goes_on = not any(t.kind == REL for t in row)
        if out and (_unfinished(out[-1]) or _multiplied(out[-1], row[begin:])):
            goes_on = True
        if goes_on and out:
            out[-1] += row[begin:]
        else:
            out.append(list(row))
    return out
