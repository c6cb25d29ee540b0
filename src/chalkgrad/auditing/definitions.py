"""Printed definitions that are not those of their quantity: compared by their values in the second world.

A definition is called wrong only if it is none of the quantities that its left side can mean, for no meaning
of any of its names; and only if it is the formula of another quantity, or one change makes it right.
"""

from __future__ import annotations

import math
from itertools import product
from typing import TYPE_CHECKING

from chalkgrad.auditing.derivatives import confirmed, derivative
from chalkgrad.auditing.entities import own_number, same
from chalkgrad.auditing.figures import Figure
from chalkgrad.auditing.grids import Grid, UnreadableError
from chalkgrad.auditing.lexing import tokens_of
from chalkgrad.auditing.parsing import Parser
from chalkgrad.auditing.slipped import slipped
from chalkgrad.auditing.spelling import is_d
from chalkgrad.auditing.tokens import TooLong
from chalkgrad.formula import Add, Neg, Sym, evaluate, symbols

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from chalkgrad.auditing.bench import Bench
    from chalkgrad.auditing.entities import Entity
    from chalkgrad.auditing.records import Finding
    from chalkgrad.auditing.sides import Chain, Side
    from chalkgrad.formula import Formula
    from chalkgrad.notation import Symbol

_POINTS = ((0.37, 0.1313), (0.83, -0.0471), (0.59, 0.0929))
"""Where formulas are compared: a first number, and how much further each name has its own."""
_MOST_NAMES = 10
_CHOICES = 4_000
"""So many ways to read a formula are tried; one that has more is not judged: the right one may be behind."""


def wrong_definition(bench: Bench, chain: Chain, first: Side, second: Side) -> Iterator[Finding]:
    """The finding that the definition of a quantity makes, if it is that of another one."""
    found = _without_rate(bench, chain, first, second) or _of_another(bench, chain, first, second)
    if found is not None:
        yield found


def value_at(formula: Formula, values: dict[Symbol, float]) -> float:
    """The value of a formula; not a number where it has none."""
    try:
        return evaluate(formula, lambda s: values.get(s, math.nan))
    except (OverflowError, ValueError, TypeError):
        return math.nan


def at_points(formula: Formula, called: Callable[[str], str] = str) -> tuple[float, ...]:
    """The values of a formula where every name has a number of its own, the same in every formula.

    `called` gives one name for all names of a quantity.
    """
    own = {s: own_number(called(s.kind)) for s in dict.fromkeys(symbols(formula))}
    return tuple(value_at(formula, {s: a + b * n for s, n in own.items()}) for a, b in _POINTS)


def meanings(bench: Bench, name: str) -> Sequence[Entity]:
    """What a name can mean in the first iteration."""
    found = bench.namer.meanings(name)
    return [e for e in found if e.symbol is None or e.symbol.iteration <= 1]


def _readings(bench: Bench, value: Formula) -> tuple[list[Symbol], list[tuple[Entity, ...]]] | None:
    """The names of a formula and all that they can mean together; None if there is too much of it."""
    names = list(dict.fromkeys(symbols(value)))
    if not 1 < len(names) <= _MOST_NAMES:
        return None
    lists = [meanings(bench, s.kind) for s in names]
    if not all(lists) or math.prod(map(len, lists)) > _CHOICES:
        return None
    return names, list(product(*lists))


def _value(value: Formula, names: Sequence[Symbol], chosen: Sequence[Entity]) -> float:
    return value_at(value, {s: e.other for s, e in zip(names, chosen, strict=True)})


# ---------------------------------------------------------------- another quantity
def _of_another(bench: Bench, chain: Chain, first: Side, second: Side) -> Finding | None:
    """``H1 = x1 w1 + ...``: the definition of a quantity by the formula of another one."""
    value = second.value
    if value is None or isinstance(value, (Grid, Sym)) or not first.name or second.numeric:
        return None
    if first.name in {s.kind for s in symbols(value)}:
        return None  # an update: what stands on the left is the new value
    heads = [e for e in bench.heads(chain, first.start) if e.symbol is not None and not e.given]
    own = [e for e in bench.namer.meanings(first.name) if e.symbol is not None and not e.given]
    made = _readings(bench, value) if own else None
    if made is None:
        return None
    names, readings = made
    targets = [*own, *heads]
    elsewhere: list[Entity] = []
    for chosen in readings:
        at = _value(value, names, chosen)
        if any(same(at, e.other) for e in targets):
            return None
        elsewhere += [e for e in bench.world.structured(at) if e.symbol is not None and not e.given]
    # it is a proper formula, but of another quantity: of one of the same kind, so that no habit explains it
    kinds = {e.symbol.kind for e in own if e.symbol is not None}
    if kinds - {"z", "a"} and len(kinds) > 1:
        return None
    other = next((e for e in elsewhere if e.symbol is not None and e.symbol.kind in kinds), None)
    if other is None or other.symbol is None:
        if elsewhere or len(kinds) > 1:
            return None
        why = _one_name(bench, value, names, readings, own)
        return slipped(bench, second, why, name=own[0].label) if why else None
    kept = next(e for e in own if e.symbol is not None and e.symbol.kind == other.symbol.kind)
    return slipped(
        bench, second, f"this is the formula of {other.label}; {first.name} on the left is {kept.label}",
        name=kept.label,
    )  # fmt: skip


def _one_name(
    bench: Bench,
    value: Formula,
    names: Sequence[Symbol],
    readings: Sequence[Sequence[Entity]],
    targets: Sequence[Entity],
) -> str:
    """The sentence that says which one name of a formula makes it right; "" if no one does, or several do."""
    if len(readings) != 1 or not all(confirmed(bench, s.kind) for s in names):
        return ""
    found: set[tuple[str, str, str]] = set()
    chosen = list(readings[0])
    for k, (s, e) in enumerate(zip(names, chosen, strict=True)):
        for other in bench.world.entities.values():
            if e.symbol is None or other.symbol is None or other.label == e.label:
                continue
            if other.symbol.kind != e.symbol.kind or other.true == e.true:
                continue
            at = _value(value, names, [*chosen[:k], other, *chosen[k + 1 :]])
            found |= {(s.kind, other.label, t.label) for t in targets if same(at, t.other)}
    if len(found) != 1:
        return ""
    name, right, target = next(iter(found))
    return f"this is the formula of no quantity; with {right} in place of {name} it is that of {target}"


# ---------------------------------------------------------------- inside a derivative
def wrong_inside(bench: Bench, side: Side) -> Iterator[Finding]:
    """``d(x1 w1 + x2 w3 + b)/dw1``: a derivative of what is no quantity but for one name."""
    made = derivative(side.name)
    if made is None or "(" not in made.top:
        return
    value = _differentiated(bench, side)
    if value is None or isinstance(value, (Grid, Sym)):
        return
    read = _readings(bench, value)
    if read is None:
        return
    names, readings = read
    values = [_value(value, names, chosen) for chosen in readings]
    if any(e for at in values for e in bench.world.structured(at)):
        return
    targets = [e for s, e in bench.world.entities.items() if s.kind == "z" and s.iteration <= 1]
    why = _one_name(bench, value, names, readings, targets)
    if why:
        yield slipped(bench, side, why)


def _differentiated(bench: Bench, side: Side) -> Formula | Grid | None:
    """The formula that is differentiated in a side that is one derivative."""
    try:
        parser = Parser(tokens_of(bench.source.text, side.start, side.end, {}))
        if not parser.take(r"\frac"):
            return None
        top = parser.group()
        return Parser(top[1:]).whole() if top and is_d(top[0]) else None
    except (UnreadableError, TooLong, RecursionError, IndexError):
        return None


# ---------------------------------------------------------------- updates
def _without_rate(bench: Bench, chain: Chain, first: Side, second: Side) -> Finding | None:
    """``new w = 0.45 - dE/dw``: an update without the learning rate, which the problem has."""
    rate = bench.world.get("lr", (), 0, 0)
    value = second.value
    if rate is None or rate.true == 1 or not isinstance(value, Add) or len(value.terms) != 2:
        return None
    old, step = value.terms
    if not isinstance(step, Neg) or not isinstance(step.body, Sym):
        return None
    grads = {
        (e.symbol.kind, e.symbol.index) for e in meanings(bench, step.body.name.kind) if e.symbol
    }
    for e in bench.heads(chain, first.start):
        s = e.symbol
        if s is None or s.kind not in ("new_w", "new_b"):
            continue
        kind = s.kind.removeprefix("new_")
        grad, was = bench.world.get(f"grad_{kind}", s.index), bench.world.get(kind, s.index)
        if grad is None or was is None or grads != {(f"grad_{kind}", s.index)}:
            continue
        starts = isinstance(old, Figure) and old.value == was.true
        if isinstance(old, Sym):
            starts = any(m.label == was.label for m in meanings(bench, old.name.kind))
        if starts and same(e.other, was.other - rate.other * grad.other):
            return slipped(
                bench, second,
                f"the learning rate is missing: {e.label} = {was.label} - {rate.true:g} * {grad.label}",
                name=e.label,
            )  # fmt: skip
    return None
