"""References to numbered equations: "putting the value of e^-y in equation (5)", where what follows is (6).

Said only of one number in one sentence, right before mathematics that goes on with "=", where both equations
are read, and what follows is the other one in value and, but for the one thing that was put in, as it is
written; and where the equation that is named is surely neither.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from typing import TYPE_CHECKING

from chalkgrad.auditing.grids import Grid
from chalkgrad.auditing.likeness import alike, unlike, valued
from chalkgrad.auditing.slipped import Stretch, slipped
from chalkgrad.auditing.sources import PROSE
from chalkgrad.formula import Fn, Num, children

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from chalkgrad.auditing.bench import Bench
    from chalkgrad.auditing.likeness import Printed
    from chalkgrad.auditing.records import Finding
    from chalkgrad.auditing.sides import Chain, Side
    from chalkgrad.formula import Formula

_PUT = re.compile(
    r"\b(?:put(?:ting|s)?|plug(?:ging|s)?|substitut(?:e|es|ing)|insert(?:ing|s)?)\b(?P<before>[^\n]{1,200}?)"
    r"\bin(?:to)?\s+(?:the\s+)?(?P<named>(?:equation|eqn|eq)\b\.?\s*(?:no\.?|number)?[\s~]*\(?(?P<number>\d{1,3})\)?)",
    re.IGNORECASE,
)
_ANOTHER = re.compile(
    r"\(\s*\d|\b(?:equations?|eqns?|eqs?|from|and|by|using|with)\b|[.;?!]\s", re.IGNORECASE
)
_NUMBERED = re.compile(
    r"\\tag\*?\s*\{\s*\(?(?P<tag>\d{1,3})\)?\s*\}"
    r"|\\[lc]?dots[a-z]?(?:\s|\.|\\[lc]?dots[a-z]?)*+\(\s*(?P<led>\d{1,3})\s*\)"
)
_NEAR = 3
"""An equation that is confused with another one stands so few numbers from it."""
_LAYOUT = re.compile(r"\\begin\s*\{[a-z]+\*?\}|\b(?:we|get|have|obtain|as|follows|gives)\b")
"""What may stand between a sentence and the mathematics that it speaks of."""


def wrong_references(bench: Bench) -> Iterator[Finding]:
    """The findings that references to an equation make which is another one."""
    text = bench.source.text
    put = list(_PUT.finditer(text))
    if not put:
        return
    sides = sorted(
        ((s, chain) for chain in bench.chains for s in chain.sides), key=lambda pair: pair[0].start
    )
    numbered = _numbered(bench, sides)
    read = {k: p for k, (side, _) in numbered.items() if (p := _printed(bench, side)) is not None}
    starts = [s.start for s, _ in sides]
    for m in put:
        if bench.clock.over():
            return
        number = int(m["number"])
        left, follows = _following(bench, sides, bisect_right(starts, m.end()), m.end())
        if follows is None or _ANOTHER.search(m["before"]):
            continue
        own = _printed(bench, follows)
        named = numbered.get(number)
        if own is None or named is None or named[0].start > m.start() or left in named[1].names:
            continue
        said = [p for s in named[1].sides if (p := _printed(bench, s)) is not None]
        last = read.get(number)
        if last is None or not all(unlike(own, p) for p in said) or _put_into(last, own):
            continue
        others = [
            (k, side)
            for k, (side, chain) in numbered.items()
            if k != number
            and side.start < m.start()
            and (not left or left in chain.names)
            and (p := read.get(k)) is not None
            and alike(own, p)
            and _put_into(p, own)
        ]
        if len(others) != 1 or abs(others[0][0] - number) > _NEAR:
            continue
        right, side = others[0]
        yield slipped(
            bench,
            Stretch(m.start("named"), m.end("named")),
            f"what follows is equation ({right}) of line {bench.source.place(side.start)[0]} with the value "
            f"put in, and not equation ({number})",
            expected=m["named"].replace(m["number"], str(right)),
        )


def _numbered(bench: Bench, sides: Sequence[tuple[Side, Chain]]) -> dict[int, tuple[Side, Chain]]:
    """The last side of each numbered equation with its chain; numbers that stand twice are left out."""
    text = bench.source.text
    starts = [s.start for s, _ in sides]
    found: dict[int, tuple[Side, Chain]] = {}
    twice: set[int] = set()
    for p in bench.source.passages:
        if p.kind == PROSE:
            continue
        for m in _NUMBERED.finditer(text, p.start, p.end):
            number = int(m["tag"] or m["led"])
            k = bisect_right(starts, m.start()) - 1
            if number in found:
                twice.add(number)
            if k >= 0 and starts[k] >= p.start and "\\\\" not in text[starts[k] : m.start()]:
                found[number] = sides[k]
    return {number: pair for number, pair in found.items() if number not in twice}


def _following(
    bench: Bench, sides: Sequence[tuple[Side, Chain]], first: int, after: int
) -> tuple[str, Side | None]:
    """The side that stands right behind a sentence and "=", and the name before it; None if there is none."""
    if first >= len(sides):
        return "", None
    side = sides[first][0]
    between = _LAYOUT.sub("", bench.source.text[after : side.start])
    if between.strip(" \t\n$&:=,*_{}[]\\"):
        return "", None
    if side.relation == "=":
        return "", side
    after_name = sides[first + 1][0] if first + 1 < len(sides) and side.name else None
    if after_name is None or after_name.relation != "=" or after_name.passage != side.passage:
        return "", None
    return side.name, after_name


def _printed(bench: Bench, side: Side) -> Printed | None:
    """A side with its values; None if it is not read to the end, or numbers are put in."""
    if side.value is None or isinstance(side.value, Grid):
        return None
    made = valued(bench, side.start, (str(side.start),), side.value)
    return made if made.worlds else None


def _put_into(one: Printed, two: Printed) -> bool:
    """Whether a formula is another one with one part of it replaced."""
    assert one.formula is not None
    assert two.formula is not None
    return _one_change(one.formula, two.formula)


def _one_change(one: Formula, two: Formula) -> bool:
    mine, others = children(one), children(two)
    if type(one) is not type(two) or not mine or len(mine) != len(others):
        return False
    differ = [(a, b) for a, b in zip(mine, others, strict=True) if not _written_alike(a, b)]
    return len(differ) == 1


def _written_alike(one: Formula, two: Formula) -> bool:
    """Whether two formulas are written alike, wherever they stand."""
    stack = [(one, two)]
    while stack:
        a, b = stack.pop()
        if isinstance(a, Num) and isinstance(b, Num):
            if a.value != b.value:
                return False
            continue
        mine, others = children(a), children(b)
        if type(a) is not type(b) or len(mine) != len(others):
            return False
        if isinstance(a, Fn) and isinstance(b, Fn) and a.function is not b.function:
            return False
        if not mine and a != b:
            return False
        stack += zip(mine, others, strict=True)
    return True
