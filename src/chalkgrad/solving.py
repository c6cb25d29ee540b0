"""Work a problem: the iterations asked for in full, the others as fast as they go."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

from chalkgrad.errors import LimitError, RequestError
from chalkgrad.formula import Num, evaluate
from chalkgrad.network import STYLES, make_plan
from chalkgrad.notation import NOTATIONS
from chalkgrad.plan import Definition, Group
from chalkgrad.rounding import store, write
from chalkgrad.run import Trace, run
from chalkgrad.straight import Stepper, iterations_apart
from chalkgrad.working import Iteration, Step, Working, given_text, matches

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from chalkgrad.notation import Symbol
    from chalkgrad.plan import Plan
    from chalkgrad.problem import Problem
    from chalkgrad.rounding import Policy

FULL_LINES = 2_000
"""Up to so many lines of working, every iteration is worked in full."""


def solve(
    problem: Problem,
    *,
    iterations: int | None = None,
    work: Sequence[int] | None = None,
    only: Sequence[str] = (),
    style: str = "chain",
    notation: str = "index",
    policy: Policy | None = None,
) -> Working:
    """Work a problem: forward pass, loss, every gradient, the updates, again for each iteration.

    Args:
        problem: what to work.
        iterations: how many, in place of the problem's own.
        work: which iterations to work in full; by default all, where that is at most 2,000 lines,
            else the first two and the last.
        only: names or patterns with ``*`` that are to be shown; the others are worked all the same.
        style: ``chain`` (products of named factors), ``delta`` or ``matrix``.
        notation: ``index``, ``numbered`` or ``source_first``; names of the problem win over all.
        policy: in place of the problem's own arithmetic.

    Raises:
        RequestError: an unknown style, notation or name.
        LimitError: more lines than the limit.

    >>> from chalkgrad.examples import example
    >>> working = solve(example("mazur"))
    >>> round(working["loss"], 9), working.step("z[1][1]").text
    (0.298371109, '0.3775')
    """
    _one_of("style", style, STYLES)
    _one_of("notation", notation, NOTATIONS)
    if iterations is not None:
        problem = problem.with_(iterations=iterations)
    policy = policy or problem.arithmetic
    plan = make_plan(problem, style)
    asked = [name for pattern in only for name in _expanded(pattern.strip(), problem)]
    named = tuple(problem.symbol(pattern) for pattern in asked if "*" not in pattern)
    alone = 0 < len(named) == len(asked)
    count = problem.training.iterations if problem.updates else 1
    lines = sum(len(g.symbols) + len(g.aside) for g in _groups(plan, 1, named, alone=alone))
    chosen = _which(work, count, lines, named)
    if lines * len(chosen) > problem.limits["lines"]:
        raise LimitError("lines", "lines of working", lines * len(chosen), problem.limits["lines"])
    worked: list[Iteration] = []
    apart = iterations_apart(policy)
    stepper: Stepper | None = None
    losses: list[float] = []
    state = {s: float(plan.constant(s) or 0.0) for s, _ in plan.state(1)}
    stopped, k = "", 1
    while k <= count and not stopped:
        if k in chosen or k in apart:
            iteration, trace = _work(plan, policy, k, state, _groups(plan, k, named, alone=alone))
            stopped = _stop(problem, plan, trace, k, losses)
            symbol = plan.loss(k)
            if symbol:
                losses.append(trace.used[symbol])
            if k in chosen:
                worked.append(iteration)
            if stopped:
                break
            k += 1
            state = _state(plan, k, trace, policy)
            continue
        stepper = stepper or Stepper(problem, plan, policy)
        stepper.losses = losses
        until = min((c for c in (*chosen, *apart) if c > k), default=count + 1) - 1
        state, k = stepper.advance(state, k, until)
        stopped = stepper.stopped
    symbol = plan.loss(k)
    if problem.updates and symbol and not stopped:
        # one more forward pass: the loss after the last update
        losses.append(run(plan, [symbol], policy, start=state).used[symbol])
    updates = k - 1 if problem.updates else 0
    if stopped and work is None and worked and updates > worked[-1].number:
        # The last iteration is known only now; it is worked in full as well.
        also = [*(i.number for i in worked), updates]
        return solve(problem, work=also, only=only, style=style, notation=notation, policy=policy)
    working = Working(
        problem, plan, policy, style, notation, tuple(worked), tuple(losses),
        updates=updates, stopped=stopped, final=state, only=tuple(asked),
    )  # fmt: skip
    _all_found(working)
    return working


def _expanded(text: str, problem: Problem) -> list[str]:
    """``W[1]`` and ``grad_W[1]`` are all their entries; every other name stays."""
    matrix = re.fullmatch(r"(.*?)W\[(\d+)\]", text)
    if not matrix or not 1 <= int(matrix[2]) <= len(problem.layers):
        return [text]
    layer = int(matrix[2])
    rows, columns = problem.sizes[layer], problem.sizes[layer - 1]
    return [
        f"{matrix[1]}w[{layer}][{j},{i}]" for j in range(1, rows + 1) for i in range(1, columns + 1)
    ]


def _all_found(working: Working) -> None:
    """Refuse a name or pattern that none of the lines worked in full has."""
    for pattern in working.only:
        found = (s for s in working.steps() if matches(s.symbol, pattern, working.problem))
        if next(found, None) is None:
            shown = ", ".join(str(i.number) for i in working.iterations) or "none"
            raise RequestError(
                f'"{pattern}" is none of the lines worked in full (iterations {shown}); '
                "--json without --only lists them all"
            )


def _one_of(what: str, got: str, valid: Iterable[str]) -> None:
    if got not in valid:
        raise RequestError(f'{what} must be one of {" ".join(valid)}, got "{got}"')


def _groups(plan: Plan, k: int, named: tuple[Symbol, ...], *, alone: bool) -> tuple[Group, ...]:
    """What is worked in an iteration: all of it, or if `alone` the quantities named and nothing else."""
    groups = plan.groups(k)
    wanted = {(s.kind, s.index) for s in named}
    if alone:
        groups = tuple(replace(g, symbols=_among(g, wanted), aside=()) for g in groups)
    found = {(s.kind, s.index) for g in groups for s in (*g.symbols, *g.aside)}
    rest = [s for s in named if (s.kind, s.index) not in found]
    if rest:  # parameters, inputs, factors: known, but no line of the working
        here = tuple(s._replace(iteration=k) if s.iteration else s for s in rest)
        groups = (Group("known", 0, 0, here), *groups)
    return tuple(g for g in groups if g.symbols)


def _among(group: Group, wanted: set[tuple[str, tuple[int, ...]]]) -> tuple[Symbol, ...]:
    everything = (*group.symbols, *group.aside)
    return tuple(s for s in everything if (s.kind, s.index) in wanted)


def _which(
    work: Sequence[int] | None, count: int, lines: int, named: tuple[Symbol, ...]
) -> list[int]:
    """The iterations to work in full."""
    if work is None:
        everything = range(1, count + 1)
        if count <= 2 or lines * count <= FULL_LINES:
            return list(everything)
        also = {s.iteration for s in named if 1 <= s.iteration <= count}
        return sorted({1, 2, count} | also)
    for k in work:
        if not 1 <= k <= count:
            raise RequestError(f"work: there is no iteration {k}, they are 1 to {count}")
    return sorted(set(work))


def _work(
    plan: Plan,
    policy: Policy,
    k: int,
    state: Mapping[Symbol, float],
    groups: tuple[Group, ...],
) -> tuple[Iteration, Trace]:
    loss = plan.loss(k)
    wanted = [s for g in groups for s in (*g.symbols, *g.aside)]
    wanted += [loss] if loss else []
    wanted += [end for _, end in plan.state(k)]
    trace = run(plan, wanted, policy, start=state)
    texts: dict[Symbol, str] = {}

    def text(symbol: Symbol) -> str:
        known = texts.get(symbol)
        if known is None:
            given = plan.constant(symbol)
            known = trace.written.get(symbol)
            digits = policy.digits_for(symbol.kind, str(symbol))
            if known is None and given is not None:
                known = given_text(given, digits, policy)
            elif known is None:
                known = write(trace.used[symbol], digits)
            texts[symbol] = known
        return known

    def step(symbol: Symbol) -> Step:
        given = plan.constant(symbol)
        if given is not None or symbol in state:
            number = Definition(Num(trace.used[symbol], text(symbol)))
            return Step(symbol, number, trace.used[symbol], text(symbol), {}, {}, marked=False)
        definition = plan.definition(symbol)
        read = plan.reads(symbol)
        operands = {s: text(s) for s in read}
        values = {s: trace.used[s] for s in read}
        written = text(symbol)
        digits = policy.digits_for(symbol.kind, str(symbol))
        here = evaluate(definition.formula, lambda s: float(operands[s]))
        return Step(
            symbol, definition, trace.used[symbol], written, operands, values,
            marked=write(here, digits) != written,
        )  # fmt: skip

    made = tuple((g, tuple(map(step, g.symbols)), tuple(map(step, g.aside))) for g in groups)
    return Iteration(k, made), trace


def _stop(problem: Problem, plan: Plan, trace: Trace, k: int, losses: list[float]) -> str:
    """Which bound of ``[training.stop]`` an iteration worked in full meets, in the order of `Stepper`."""
    stop, symbol = problem.training.stop, plan.loss(k)
    if not stop or not symbol or not problem.updates:
        return ""
    loss = trace.used[symbol]
    if stop.loss is not None and loss <= stop.loss:
        return "loss"
    if stop.change is not None and losses and abs(loss - losses[-1]) <= stop.change:
        return "change"
    trained = [s for s, _ in plan.state(k) if s.kind in ("w", "b")]  # a frozen bias never settles
    grads = [abs(trace.used[s._replace(kind=f"grad_{s.kind}")]) for s in trained]
    if stop.gradient is not None and grads and max(grads) <= stop.gradient:
        return "gradient"
    return ""


def _state(plan: Plan, k: int, trace: Trace, policy: Policy) -> dict[Symbol, float]:
    """What iteration k starts from, after the trace of the one before.

    A parameter may be written with other digits where it is used again.
    """
    ends = [end for _, end in plan.state(k - 1)]
    starts = [start for start, _ in plan.state(k)]
    state = {start: trace.used[end] for start, end in zip(starts, ends, strict=True)}
    for symbol, value in state.items() if policy.by_name else ():
        digits = policy.stores(symbol.kind, str(symbol))
        if digits:
            state[symbol] = store(value, digits)
    return state
