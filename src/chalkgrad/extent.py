"""What of a problem is worked: which iterations in full, and which quantities of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chalkgrad.errors import RequestError
from chalkgrad.light import replace
from chalkgrad.notation import KINDS
from chalkgrad.plan import Group

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from chalkgrad.notation import Symbol
    from chalkgrad.plan import Plan
    from chalkgrad.problem import Problem
    from chalkgrad.selecting import Selection


def worked_in_full(
    work: Sequence[int] | None, count: int, lines: int, most: int, selections: Sequence[Selection]
) -> list[int]:
    """The iterations to work in full.

    Args:
        work: those that are asked for by number, or None.
        count: how many there are.
        lines: of working, that each has.
        most: lines up to which every iteration is worked in full.
        selections: what is asked for of them.
    """
    if work is None:
        everything = range(1, count + 1)
        if selections and all(s.iteration for s in selections):
            return sorted({s.iteration for s in selections if s.iteration})
        if count <= 2 or lines * count <= most:
            return list(everything)
        return sorted({1, 2, count} | {s.iteration for s in selections if s.iteration})
    for k in work:
        if not 1 <= k <= count:
            raise RequestError(f"work: there is no iteration {k}, they are 1 to {count}")
    return sorted(set(work))


def groups_of(
    problem: Problem, plan: Plan, k: int, selections: Sequence[Selection]
) -> tuple[Group, ...]:
    """What is worked in an iteration: all of it, or where no pattern is asked, that and nothing else."""
    groups = plan.groups(k)
    found = {(s.kind, s.index) for g in groups for s in (*g.symbols, *g.aside)}
    if selections and all(selection.meant or selection.kind for selection in selections):
        groups = tuple(replace(g, symbols=_among(g, k, selections), aside=()) for g in groups)
    known: list[Symbol] = []
    for selection in selections:
        symbol = selection.meant
        if symbol and (symbol.kind, symbol.index) not in found:
            # parameters, inputs, factors: known, but no line of the working
            spec = KINDS[symbol.kind]
            at = symbol._replace(iteration=0 if spec.constant else k, sample=0)
            each = [at._replace(sample=s) for s in problem.batch(k)] if spec.of_sample else [at]
            known += [s for s in each if selection.fits(s, k)]
    if known:
        groups = (Group("known", 0, 0, tuple(dict.fromkeys(known))), *groups)
    return tuple(g for g in groups if g.symbols)


def _among(group: Group, k: int, selections: Sequence[Selection]) -> tuple[Symbol, ...]:
    everything = (*group.symbols, *group.aside)
    return tuple(s for s in everything if any(each.fits(s, k) for each in selections))


def check_found(selections: Iterable[Selection], worked: Mapping[int, Sequence[Symbol]]) -> None:
    """Refuse a name or pattern that none of the lines worked in full has."""
    for selection in selections:
        if not any(selection.fits(s, k) for k, symbols in worked.items() for s in symbols):
            first, *_, last = (*worked, *worked)
            every = len(worked) > 2 and last - first == len(worked) - 1
            which = f"{first} to {last}" if every else ", ".join(map(str, worked))
            raise RequestError(
                f'"{selection.text}" is none of the lines worked in full (iterations {which})'
            )
