"""Judging the figures of a document against the plan of its problem.

A figure is right if it is a rounding or a cut of the true value, or of what the document's own printed
figures give. Only what fits neither is wrong, and only where it is sure what the figure stands for.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from chalkgrad.auditing.assigning import Reading
from chalkgrad.auditing.clock import OUT_OF_TIME
from chalkgrad.auditing.figures import Figure
from chalkgrad.auditing.following import follows
from chalkgrad.auditing.forms import digits_of, lost_point
from chalkgrad.auditing.grids import Grid
from chalkgrad.auditing.lines import between_lines, literal, read_line
from chalkgrad.auditing.operands import odd_operand, operand
from chalkgrad.auditing.places import belongs
from chalkgrad.auditing.records import CARRIED, DAMAGE, OK, UNREAD
from chalkgrad.formula import Mul, Sym
from chalkgrad.marking.reach import rounds_to

if TYPE_CHECKING:
    from collections.abc import Sequence

    from chalkgrad.auditing.bench import Bench
    from chalkgrad.auditing.entities import Entity
    from chalkgrad.auditing.sides import Chain, Side
    from chalkgrad.auditing.worlds import World


def judge(bench: Bench) -> None:
    """Judge every figure that stands in mathematics."""
    for chain in bench.chains:
        if bench.clock.over():
            break
        _list(bench, chain)
        _chain(bench, chain)
    for chain in bench.chains:
        if bench.clock.over():
            for fig in chain.figures:
                if not fig.bare:
                    bench.marks.set(fig, UNREAD, explanation=OUT_OF_TIME)
            continue
        _rest(bench, chain)
        _beside_names(bench, chain)


def _list(bench: Bench, chain: Chain) -> None:
    for side in chain.sides:
        for start, end in side.bad:
            fig = Figure(math.nan, bench.source.text[start:end], start, end)
            bench.marks.set(fig, UNREAD, kind=DAMAGE, explanation="this is not a number")


def _chain(bench: Bench, chain: Chain) -> None:
    before: tuple[Side, ...] = ()
    readings: list[Reading | None] = []
    relations = True
    worked = False
    for side in chain.sides:
        cells = side.cells
        offset = side.start
        heads = bench.heads(chain, offset) if bench.known(offset) else []
        if side.relation == "⇒":
            _then(bench, before, cells, readings)
        made: list[Reading | None] = []
        rows: list[Entity | None] = []
        for k, cell in enumerate(cells):
            prior = before[k] if len(before) == len(cells) else None
            reading = readings[k] if len(readings) == len(cells) else None
            own: Sequence[Entity] = heads
            if isinstance(side.value, Grid):
                own = _entries(bench, chain, side.value, k, offset) or _next_in_layer(
                    bench.world, rows
                )
            if cell.numeric and cell.literal is None:
                if prior is not None and side.relation == "=" and prior.numeric:
                    between_lines(bench, prior, cell)
                reading_ = read_line(bench, cell, own, _result_after(bench, chain, side, k))
                made.append(reading_)
                rows.append(reading_.target if reading_.sure else None)
            elif cell.literal is not None:
                target = literal(
                    bench,
                    chain,
                    cell,
                    prior if side.relation == "=" else None,
                    reading,
                    own,
                    worked=worked,
                )
                made.append(Reading(target, (target,), sure=target is not None))
                rows.append(target)
            else:
                made.append(None)
                rows.append(None)
                if len(cells) > 1 and cell.figures:
                    _loose_entry(bench, cell)
        if not side.name or (" " in side.name and not bench.namer.meanings(side.name)):
            worked = worked or side.literal is None
        relations = relations and side.relation != "<"
        before, readings = cells, made


def _entries(bench: Bench, chain: Chain, grid: Grid, k: int, offset: int) -> list[Entity]:
    """What entry k of a matrix is said to be, by the name that the chain begins with."""
    if not bench.known(offset) or not chain.names:
        return []
    row, column = divmod(k, grid.size[1])
    place = bench.place(offset)
    name = chain.names[0]
    entries = [f.value for line in grid.rows for f in line if isinstance(f, Figure)]
    bench.namer.lies(name, entries, grid.size)
    found = bench.namer.entry(name, row + 1, column + 1, grid.size, updated=chain.updates_itself())
    return [e for e in found if belongs(e, place)]


def _loose_entry(bench: Bench, cell: Side) -> None:
    """The figures of an entry that holds something unread."""
    for fig in cell.figures:
        operand(bench, fig, None)


def _result_after(bench: Bench, chain: Chain, side: Side, k: int) -> Figure | None:
    """The figure that the following sides end in, as far as they are numbers; of a matrix, its entry k."""
    at = chain.sides.index(side)
    count = len(side.cells)
    for after in chain.sides[at + 1 :]:
        cells = after.cells
        if after.relation != "=" or len(cells) != count:
            return None
        if cells[k].literal is not None:
            return cells[k].literal
        if not cells[k].numeric and not after.name:
            return None
    return None


def _then(
    bench: Bench, before: Sequence[Side], cells: Sequence[Side], readings: Sequence[Reading | None]
) -> None:
    """Net inputs, an arrow, activations."""
    if len(before) != len(cells):
        return
    for cell, reading in zip(cells, readings, strict=False):
        fig = cell.literal
        target = reading.target if reading is not None else None
        if fig is None or target is None or target.symbol is None or target.symbol.kind != "z":
            continue
        s = target.symbol
        e = bench.world.get("a", s.index, s.iteration, s.sample)
        if e is not None and (rounds_to(fig.value, fig.unit, e.true) or follows(bench, fig, e)):
            bench.keep(fig, e, OK if rounds_to(fig.value, fig.unit, e.true) else CARRIED)


def _beside_names(bench: Bench, chain: Chain) -> None:
    """Figures that are nothing known, where the formula of names before them says what belongs there."""
    for left, right in zip(chain.sides, chain.sides[1:], strict=False):
        one, two = left.value, right.value
        if right.relation != "=" or not isinstance(one, Mul) or not isinstance(two, Mul):
            continue
        if len(one.factors) != len(two.factors):
            continue
        for name, fig in zip(one.factors, two.factors, strict=True):
            if not isinstance(name, Sym) or not isinstance(fig, Figure):
                continue
            mark = bench.marks.get(fig)
            if mark is None or mark.verdict != UNREAD:
                continue
            meant = {
                e.label: e
                for e in bench.namer.meanings(name.name.kind)
                if belongs(e, bench.place(fig.start))
            }
            if len(meant) == 1 and bench.printed(next(iter(meant.values()))):
                odd_operand(bench, fig, next(iter(meant.values())))


def _rest(bench: Bench, chain: Chain) -> None:
    for side in chain.sides:
        for fig in side.figures:
            if bench.marks.get(fig) is not None:
                continue
            if "." not in fig.text and (lost_point(fig) or len(digits_of(fig.text)) > 2):
                damaged = [] if bench.forms.candidates(fig) else bench.forms.damaged(fig)
                if damaged:
                    odd_operand(bench, fig, damaged[0])
                    continue
            if not fig.bare:
                operand(bench, fig, None)
                if bench.marks.get(fig) is None:
                    bench.marks.set(
                        fig, UNREAD,
                        explanation=side.reason or "it is no figure of the problem, nor one printed before",
                    )  # fmt: skip


def _next_in_layer(world: World, rows: Sequence[Entity | None]) -> list[Entity]:
    """The neuron after the last one of a vector."""
    if not rows or rows[-1] is None or rows[-1].symbol is None:
        return []
    s = rows[-1].symbol
    if len(s.index) != 2:
        return []
    e = world.entities.get(s._replace(index=(s.index[0], s.index[1] + 1)))
    return [e] if e is not None else []
