"""Whether two printed formulas are one thing, or surely two: as written, at points, and in the second world.

Names count for the quantities that they mean, so that ω_5 and w_5 are one; a formula that is not read, or in
which numbers are put in, is neither like another one nor unlike it, unless both are written alike.
"""

from __future__ import annotations

import math
from functools import partial
from itertools import product
from typing import TYPE_CHECKING

from chalkgrad.auditing.definitions import at_points, meanings, value_at
from chalkgrad.auditing.derivatives import derivative
from chalkgrad.auditing.entities import all_same, same
from chalkgrad.auditing.grids import Grid, UnreadableError
from chalkgrad.auditing.lexing import tokens_of
from chalkgrad.auditing.parsing import Parser
from chalkgrad.auditing.spelling import SPELLED
from chalkgrad.auditing.tokens import TooLong
from chalkgrad.formula import Num, Sym, children, symbols
from chalkgrad.light import dataclass

if TYPE_CHECKING:
    from collections.abc import Sequence

    from chalkgrad.auditing.bench import Bench
    from chalkgrad.auditing.entities import Entity
    from chalkgrad.formula import Formula
    from chalkgrad.notation import Symbol

_MOST_NAMES = 10
_CHOICES = 256


@dataclass(frozen=True, slots=True)
class Printed:
    """A printed formula.

    Attributes:
        start: where it stands.
        written: its tokens, in one spelling.
        formula: its tree, or None.
        free: its values where each quantity has a number of its own, or nothing.
        worlds: its values in the second world, for all that its names can mean; or nothing.
        value: the one of them that the figures of the document settle; none if several are left, or if it is
            the same in both worlds, and tells nothing.
        derived: the top of the derivative that it is by its name, or nothing.
        loss: whether that is a loss, of whose derivatives factors are a convention.
    """

    start: int
    written: tuple[str, ...]
    formula: Formula | None
    free: tuple[float, ...] = ()
    worlds: tuple[float, ...] = ()
    value: float | None = None
    derived: str = ""
    loss: bool = False


def printed_at(bench: Bench, start: int, end: int) -> Printed | None:
    """The formula that stands in a stretch of a document; None if nothing does."""
    try:
        tokens = tokens_of(bench.source.text, start, end, {})
    except TooLong:
        return None
    written = tuple(_spelt(t.text.lstrip("\\")) for t in tokens)
    try:
        value = Parser(tokens).whole()
    except (UnreadableError, RecursionError):
        value = None
    if not written:
        return None
    if value is None or isinstance(value, Grid):
        return Printed(start, written, None)
    return valued(bench, start, written, value)


def valued(bench: Bench, start: int, written: tuple[str, ...], formula: Formula) -> Printed:
    """A formula with its values."""
    names = list(dict.fromkeys(symbols(formula)))
    if not names or len(names) > _MOST_NAMES or _put_in(formula):
        return Printed(start, written, formula)
    free = at_points(formula, partial(called, bench))
    meant = [meanings(bench, s.kind) for s in names]
    if not all(meant) or math.prod(map(len, meant)) > _CHOICES:
        return Printed(start, written, formula, free)
    worlds = tuple(_at(formula, names, [e.other for e in chosen]) for chosen in product(*meant))
    settled = [_settled(bench, s.kind, found) for s, found in zip(names, meant, strict=True)]
    value = None
    if all(len(found) == 1 for found in settled):
        value = _at(formula, names, [found[0].other for found in settled])
        if same(value, _at(formula, names, [found[0].true for found in settled])):
            value = None
    made = derivative(formula.name.kind) if isinstance(formula, Sym) else None
    above = made.top if made is not None else ""
    loss = any(e.symbol and e.symbol.kind == "loss" for e in meanings(bench, above))
    return Printed(start, written, formula, free, worlds, value, above, loss)


def _settled(bench: Bench, name: str, found: Sequence[Entity]) -> Sequence[Entity]:
    """What a name means by the figures that are printed beside it, as far as they say so."""
    known = bench.namer.known.get(name)
    return [e for e in found if e.symbol is not None and e.symbol.bare == known] or found


def alike(one: Printed, two: Printed) -> bool:
    """Whether two formulas are one thing."""
    if one.written == two.written:
        return True
    if one.free and two.free and all_same(one.free, two.free):
        return True
    return one.value is not None and two.value is not None and same(one.value, two.value)


def unlike(one: Printed, two: Printed) -> bool:
    """Whether two formulas are surely two things, whatever their names mean."""
    if alike(one, two) or not one.worlds or not two.worlds:
        return False
    if (one.loss and not two.derived) or (two.loss and not one.derived):
        return False
    if not all(map(math.isfinite, (*one.worlds, *two.worlds))):
        return False
    return not any(same(a, b) for a in one.worlds for b in two.worlds)


def called(bench: Bench, name: str) -> str:
    """One name for all names of a quantity."""
    meant = {e.label for e in meanings(bench, name)}
    return meant.pop() if len(meant) == 1 else _spelt(name)


def _spelt(name: str) -> str:
    name = SPELLED.get(name, name)
    return "w" + name[5:] if name.startswith("omega") else name


def _at(formula: Formula, names: Sequence[Symbol], values: Sequence[float]) -> float:
    return value_at(formula, dict(zip(names, values, strict=True)))


def _put_in(formula: Formula) -> bool:
    """Whether numbers stand in a formula that are more than its form."""
    stack = [formula]
    while stack:
        node = stack.pop()
        if isinstance(node, Num) and node.value not in (0, 0.5, 1, 2, -1):
            return True
        stack.extend(children(node))
    return False
