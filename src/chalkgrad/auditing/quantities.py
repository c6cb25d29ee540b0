"""The quantities of a problem that are held against documents, and their values."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from chalkgrad.errors import ChalkgradError
from chalkgrad.marking.ground import Ground
from chalkgrad.marking.trees import Setting
from chalkgrad.network import make_plan
from chalkgrad.notation import Symbol

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from chalkgrad.marking.routes import Habit
    from chalkgrad.problem import Problem

MOST_WORK = 1_000_000
"""Weights times samples times iterations that are worked out to check one claim."""
_MOST_ITERATIONS, _MOST_LATER = 4, 3


def iterations_of(problem: Problem, also: frozenset[int]) -> list[int]:
    """The iterations that are looked at: the first ones, and others that a document speaks of."""
    if not problem.updates:
        return [1]
    first = range(1, min(problem.training.iterations, _MOST_ITERATIONS) + 1)
    work = problem.weight_count * max(1, len(problem.samples))
    most = min(problem.limits["iterations"], MOST_WORK / work)
    later = sorted(n for n in also if first[-1] < n <= most)[-_MOST_LATER:]
    return [*first, *later]


def symbols_of(problem: Problem, also: frozenset[int]) -> Iterator[Symbol]:
    """Every quantity of the first iterations, and of the forward pass after the last."""
    plan = make_plan(problem, "matrix")
    worked = iterations_of(problem, also)
    seen = sorted({*worked, *(n + 1 for n in worked)}) if problem.updates else worked
    depth = len(problem.layers)
    for iteration in seen:
        for before, _ in plan.state(iteration) if iteration == 1 else ():
            yield before
        for group in plan.groups(iteration):
            if iteration not in worked and group.phase not in ("forward", "loss"):
                continue
            yield from group.symbols
        samples = problem.batch(iteration)
        if iteration not in worked:
            continue
        for sample in samples:
            for layer in range(1, depth + 1):
                for j in range(1, problem.sizes[layer] + 1):
                    yield Symbol("grad_a", (layer, j), iteration, sample)
                    yield Symbol("da_dz", (layer, j), iteration, sample)
                    yield Symbol("delta", (layer, j), iteration, sample)
    for sample, record in enumerate(problem.samples, 1):
        for i in range(1, len(record.input) + 1):
            yield Symbol("x", (i,), 0, sample)
        for j in range(1, len(record.target) + 1):
            yield Symbol("t", (j,), 0, sample)
    for iteration in worked:
        if iteration > 1 and iteration - 1 not in worked:
            # what a late iteration starts from is worked out nowhere here
            yield from (before for before, _ in plan.state(iteration))
    for layer, row in enumerate(problem.layers, 1):
        for j, weights in enumerate(row.weights, 1):
            for i in range(1, len(weights) + 1):
                yield Symbol("w", (layer, j, i), 1)
            if isinstance(row.bias, tuple):
                yield Symbol("b", (layer, j), 1)
        if row.bias is not None and not isinstance(row.bias, tuple):
            yield Symbol("b", (layer,), 1)
    if problem.updates:
        for constant_ in ("lr", "momentum", "rho", "beta1", "beta2", "epsilon", "weight_decay"):
            symbol = Symbol(constant_, (), 0)
            if plan.constant(symbol) is not None:
                yield symbol


def values_of(ground: Ground, wanted: Sequence[Symbol]) -> dict[Symbol, float]:
    """The values of quantities, those that are given included; not a number where there is none."""
    compiled = ground.compiled
    out = {}
    for symbol in dict.fromkeys(wanted):
        place = compiled.index.get(symbol)
        if place is not None:
            out[symbol] = compiled.true[place]
        else:
            number = compiled.constant(symbol)
            out[symbol] = math.nan if number is None else float(number)
    return out


def far(problem: Problem, habit: Habit | None, *iterations: int) -> dict[str, float]:
    """Loss and outputs seen in late iterations, by name; those that are too late are left out."""
    weights = problem.weight_count * max(1, len(problem.samples))
    near = [n for n in iterations if n * weights <= MOST_WORK]
    if not problem.updates or not near:
        return {}
    depth, width = len(problem.layers), problem.sizes[-1]
    wanted = []
    for iteration in near:
        wanted.append(Symbol("loss", (), iteration, 0))
        if len(problem.batch(iteration)) == 1:
            sample = problem.batch(iteration)[0]
            wanted += [Symbol("a", (depth, j), iteration, sample) for j in range(1, width + 1)]
    try:
        values = values_of(Ground(problem, wanted, habit), wanted)
    except ChalkgradError:
        return {}
    setting = Setting(problem)
    return {setting.name(s): values[s] for s in wanted}
