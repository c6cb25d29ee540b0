"""One side of a chain: an expression of numbers read, or the figure that it ends in judged."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chalkgrad.auditing.arithmetic import step
from chalkgrad.auditing.assigning import Reading
from chalkgrad.auditing.figures import Figure
from chalkgrad.auditing.named import named_result
from chalkgrad.auditing.opening import opened
from chalkgrad.auditing.operands import odd_operand, operand
from chalkgrad.auditing.results import result
from chalkgrad.formula import Add, Div, Fn, Mul, Neg, Num, Pow
from chalkgrad.marking.reach import rounds_to

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from chalkgrad.auditing.bench import Bench
    from chalkgrad.auditing.entities import Entity
    from chalkgrad.auditing.sides import Chain, Side
    from chalkgrad.formula import Formula


def read_line(bench: Bench, cell: Side, heads: Sequence[Entity], printed: Figure | None) -> Reading:
    """The quantities that an expression of numbers is made of, each of its figures judged."""
    made = opened(cell.value) if cell.value is not None else None  # type: ignore[arg-type]
    if made is None:
        return Reading(None, (), sure=False)
    fits = (
        None
        if printed is None
        else lambda e: (
            rounds_to(printed.value, printed.unit, e.true) or (bench.printed_before(printed, e))
        )
    )
    holds = printed is not None and rounds_to(printed.value, printed.unit, made.printed)
    if not bench.known(cell.start):
        reading = Reading(None, (None,) * len(made.figures), sure=False)
    else:
        place = bench.place(cell.start)
        worked = [e for e in heads if not e.given]
        reading = bench.reader.read(made, worked, fits, holds=holds, place=place)
    for k, (fig, e) in enumerate(zip(made.figures, reading.operands, strict=True)):
        if k in reading.odd and e is not None:
            odd_operand(bench, fig, e)
        else:
            operand(bench, fig, e, sure=reading.sure)
    return reading


def between_lines(bench: Bench, left: Side, right: Side) -> None:
    """Judge the parts that are worked out from one expression to the next."""
    assert left.value is not None
    assert right.value is not None
    for part, fig in aligned(left.value, right.value):  # type: ignore[arg-type]
        inner = opened(part)
        if inner is None or isinstance(part, Num):
            continue
        reading = bench.reader.read(inner, (), _fitting(fig), place=bench.place(fig.start))
        result(bench, fig, inner, reading, (), worked=True)


def literal(
    bench: Bench,
    chain: Chain,
    cell: Side,
    prior: Side | None,
    reading: Reading | None,
    heads: Sequence[Entity],
    *,
    worked: bool,
) -> Entity | None:
    """The quantity that a side of one figure is, the figure judged; None if that is not known."""
    fig = cell.literal
    assert fig is not None
    if prior is not None and prior.numeric and prior.literal is None and reading is not None:
        made = step(prior, cell, bench.shelf)
        inner = opened(prior.value)  # type: ignore[arg-type]
        if inner is not None:
            verdict = made.verdict if made is not None else ""
            e = result(bench, fig, inner, reading, heads, worked=True, verdict=verdict)
            if e is not None and reading.sure:
                bench.learn(chain, e)
            return e
    if prior is not None and prior.literal is not None and prior.literal.value == fig.value:
        e = bench.meant.get(prior.literal.start)
        operand(bench, fig, e)
        return e
    if not cell.relation and not heads:
        operand(bench, fig, None)
        return None
    return named_result(bench, chain, fig, heads, worked=worked)


def aligned(left: Formula, right: Formula) -> Iterator[tuple[Formula, Figure]]:
    """Where the next expression has a figure in place of a part that was worked out: the part, and the figure."""
    stack = [(left, right)]
    while stack:
        one, two = stack.pop()
        if isinstance(two, Figure):
            if not isinstance(one, Num):
                yield one, two
            continue
        if isinstance(one, (Add, Mul)) and type(one) is type(two):
            a = one.terms if isinstance(one, Add) else one.factors
            b = two.terms if isinstance(two, Add) else two.factors
            if len(a) == len(b):
                stack += list(zip(a, b, strict=True))
        elif isinstance(one, Neg) and isinstance(two, Neg):
            stack.append((one.body, two.body))
        elif isinstance(one, Div) and isinstance(two, Div):
            stack += [(one.top, two.top), (one.bottom, two.bottom)]
        elif isinstance(one, Pow) and isinstance(two, Pow):
            stack.append((one.base, two.base))
        elif isinstance(one, Fn) and isinstance(two, Fn) and one.function is two.function:
            stack += list(zip(one.args, two.args, strict=True))


def _fitting(fig: Figure) -> Callable[[Entity], bool]:
    return lambda e: rounds_to(fig.value, fig.unit, e.true)
