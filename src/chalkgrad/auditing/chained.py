"""Chains of formulas that break by themselves: a step out of line, a sum over an index that its terms have not."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from chalkgrad.auditing.definitions import at_points
from chalkgrad.auditing.entities import all_same
from chalkgrad.auditing.grids import Grid
from chalkgrad.auditing.slipped import slipped
from chalkgrad.formula import Num, Sym, children, symbols

if TYPE_CHECKING:
    from collections.abc import Iterator

    from chalkgrad.auditing.bench import Bench
    from chalkgrad.auditing.records import Finding
    from chalkgrad.auditing.sides import Chain, Side
    from chalkgrad.formula import Formula

_MOST_NAMES = 8
_SUM = re.compile(
    r"\\sum\s*(?:\\limits\s*)?_\s*(?:\{\s*(?P<braced>[ijkn])\s*(?:=[^{}]*)?\}|(?P<bare>[ijkn])\b)"
)
_INDEX = re.compile(
    r"[_^]\s*(?:\{\s*\(?(?P<braced>[ijkn]{1,2})\)?\s*\}|(?P<bare>[ijkn]))(?![A-Za-z])"
)


# ---------------------------------------------------------------- steps
def wrong_steps(bench: Bench, chain: Chain) -> Iterator[Finding]:
    """The formulas between two formulas that are equal, if they are equal to neither."""
    if len(chain.sides) < 4:
        return
    run: list[Side] = []
    for side in [*chain.sides[1:], None]:
        if side is not None and side.relation == "=" and _compared(side):
            run.append(side)
            continue
        for before, at, after in zip(run, run[1:], run[2:], strict=False):
            one, two, three = map(_values, (before, at, after))
            if all_same(one, three) and not all_same(one, two) and _names(at) <= _names(before):
                yield slipped(
                    bench, at, "the formulas before and after this one are equal, and this one is another"
                )  # fmt: skip
        run = []


def _compared(side: Side) -> bool:
    """Whether a side is a formula of names, and of no number but small whole ones."""
    value = side.value
    if value is None or isinstance(value, (Grid, Sym)) or side.name:
        return False
    if not 0 < len(_names(side)) <= _MOST_NAMES or any("(" in name for name in _names(side)):
        return False
    stack: list[Formula] = [value]
    while stack:
        node = stack.pop()
        if isinstance(node, Num) and node.value not in (0, 0.5, 1, 2):
            return False
        stack.extend(children(node))
    return True


def _names(side: Side) -> set[str]:
    assert side.value is not None
    assert not isinstance(side.value, Grid)
    return {s.kind for s in symbols(side.value)}


def _values(side: Side) -> tuple[float, ...]:
    assert side.value is not None
    assert not isinstance(side.value, Grid)
    return at_points(side.value)


# ---------------------------------------------------------------- sums
def unbound_sums(bench: Bench, chain: Chain) -> Iterator[Finding]:
    """The sums over an index that none of their terms has, while another one stands in its place."""
    left = chain.sides[0]
    for side in chain.sides[1:]:
        if side.value is not None or side.end - side.start > 2_000:
            continue
        text = bench.source.text[side.start : side.end]
        bound = {m["braced"] or m["bare"] for m in _SUM.finditer(text)}
        if len(bound) != 1 or len(_SUM.findall(text)) != 1:
            continue
        index = bound.pop()
        m = next(_SUM.finditer(text))
        terms = re.sub(r"^\s*\^\s*(?:\{[^{}]*\}|\w)", "", text[m.end() :])
        letters = set("".join(i["braced"] or i["bare"] for i in _INDEX.finditer(terms)))
        outside = bench.source.text[left.start : left.end] + text[: m.start()]
        free = {
            c
            for c in letters
            if not re.search(rf"(?<![A-Za-z\\]){c}(?![A-Za-z])|{c}{{2}}", outside)
        }
        if len(free) == 1 and free == letters and not re.search(rf"(?<![A-Za-z\\]){index}", terms):
            yield slipped(
                bench, side, f"the sum runs over {index}, and what is summed has the index {free.pop()}"
            )  # fmt: skip
