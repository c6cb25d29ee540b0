"""Which lines of a training step are worked for what was asked, and under which headings they stand."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING

from chalkgrad.notation import KINDS, MEMORIES, Symbol
from chalkgrad.plan import Group

if TYPE_CHECKING:
    from collections.abc import Sequence

    from chalkgrad.plan import Plan
    from chalkgrad.problem import Problem
    from chalkgrad.selecting import Selection

_PHASES = {
    "z": "forward", "a": "forward", "loss": "loss", "error": "loss", "grad_a": "backward",
    "da_dz": "backward", "delta": "backward", "grad_w": "gradient", "grad_b": "gradient",
}  # fmt: skip


def lines_of(plan: Plan, problem: Problem, k: int, selections: Sequence[Selection]) -> list[Symbol]:
    """The symbols that are asked for, in working order; all of the step where nothing is."""
    if all(s.meant for s in selections) and selections:
        found = [symbol for s in selections for symbol in _meant(s, problem, k)]
    else:
        groups = plan.groups(k)
        every = [s for g in groups for s in (*g.symbols, *g.aside)]
        if not selections:
            return every
        found = [s for s in every if any(each.fits(s, k) for each in selections)]
    depth = len(problem.layers)
    return sorted(dict.fromkeys(found), key=lambda s: _place(s, depth))


def _meant(selection: Selection, problem: Problem, k: int) -> list[Symbol]:
    """The symbols of this iteration that a name means: one, or one a sample."""
    symbol = selection.meant
    if symbol is None:
        return []
    spec = KINDS[symbol.kind]
    at = symbol._replace(iteration=0 if spec.constant else k, sample=selection.sample or 0)
    if spec.of_sample and not selection.sample:
        return [at._replace(sample=s) for s in problem.batch(k)]
    return [at]


def chain_of(plan: Plan, symbol: Symbol, k: int, samples: Sequence[int]) -> list[Symbol]:
    """A parameter with its gradient, the parts that some samples have in it, and its update."""
    which, index = symbol.kind, symbol.index
    gradient = Symbol(f"grad_{which}", index, k)
    found = [Symbol(which, index, k)]
    found += [gradient._replace(sample=s) for s in samples]
    found.append(gradient)

    def add(line: Symbol) -> None:
        """A line of the update after what it reads of this iteration's memory."""
        if line.iteration == k and line.kind[:-2] in (*MEMORIES, "new") and line not in found:
            for read in plan.reads(line):
                add(read)
            found.append(line)

    add(Symbol(f"new_{which}", index, k))
    return found


def grouped(symbols: Sequence[Symbol]) -> tuple[Group, ...]:
    """Lines in working order under their headings."""

    def heading(symbol: Symbol) -> tuple[str, int, int]:
        phase, layer = _phase(symbol)
        # elsewhere every line names its own sample
        return phase, layer, symbol.sample if phase == "forward" else 0

    return tuple(
        Group(phase, layer, sample, tuple(lines))
        for (phase, layer, sample), lines in groupby(symbols, heading)
    )


def _phase(symbol: Symbol) -> tuple[str, int]:
    """The heading of a line: its phase and layer."""
    stem = symbol.kind[:-2]
    phase = "update" if stem in (*MEMORIES, "new", "step") else _PHASES.get(symbol.kind, "known")
    if phase == "gradient" and symbol.sample:
        phase = "backward"
    if phase in ("known", "loss"):
        return phase, 0
    return phase, max(symbol.index[0], 1)


def _place(symbol: Symbol, depth: int) -> tuple[int, ...]:
    """Where a line stands in the order of working."""
    phase, layer = _phase(symbol)
    return {
        "known": (0,),
        "forward": (1, symbol.sample, layer),
        "loss": (2,),
        "backward": (3, depth - layer, 0),
        "gradient": (3, depth - layer, 1),
        "update": (4, layer),
    }[phase]
