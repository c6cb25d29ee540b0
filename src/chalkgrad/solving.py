"""Work a problem: the iterations asked for in full, the others as fast as they go."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, SupportsIndex

from chalkgrad.errors import LimitError, expect, one_of
from chalkgrad.extent import check_found, groups_of, worked_in_full
from chalkgrad.formula import Num, as_written, evaluate, settled
from chalkgrad.light import dataclass, field
from chalkgrad.network import STYLES, make_plan
from chalkgrad.plan import Definition, Group
from chalkgrad.problem import Problem, expect_problem
from chalkgrad.rounding import Policy, store, write
from chalkgrad.run import Trace, run
from chalkgrad.selecting import check_reach, select
from chalkgrad.sentences import LANGUAGES
from chalkgrad.spelling import NOTATIONS
from chalkgrad.straight import Stepper, first_state, iterations_apart, largest_gradient, met
from chalkgrad.working import Iteration, Step, Working, given_text

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from chalkgrad.notation import Symbol
    from chalkgrad.plan import Plan
    from chalkgrad.selecting import Selection

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
    language: str = "en",
    policy: Policy | None = None,
) -> Working:
    """Work a problem: forward pass, loss, every gradient, the updates, again for each iteration.

    Args:
        problem: what to work.
        iterations: how many, in place of the problem's own.
        work: which iterations to work in full; by default those that all of `only` name; else all, where
            that is at most 2,000 lines; else the first two, the last, and those that `only` names.
        only: names, kinds such as ``grad_w`` or patterns with ``*`` that are to be shown; where none is
            a pattern, no other line is made.
        style: ``chain`` (products of named factors), ``delta`` or ``matrix``.
        notation: ``index``, ``numbered`` or ``source_first``; names of the problem win over all.
        language: of the sentences and headings, ``en`` or ``de``.
        policy: in place of the problem's own arithmetic.

    Raises:
        RequestError: an unknown style, notation, language or name, or an iteration that there is not.
        LimitError: more lines than the limit.

    >>> from chalkgrad.examples import example
    >>> working = solve(example("mazur"))
    >>> round(working["loss"], 9), working.step("z[1][1]").text
    (0.298371109, '0.3775')
    """
    expect_problem(problem)
    one_of("style", style, STYLES)
    one_of("notation", notation, NOTATIONS)
    one_of("language", language, LANGUAGES)
    if policy is not None:
        expect(policy, Policy, "policy", 'a Policy, as Policy("carried")')
    only = (only,) if isinstance(only, str) else only
    expect(only, Iterable, "only", 'names, as ["loss"]')
    for name in only:
        expect(name, str, "only", 'names, as ["loss"]')
    if work is not None:
        expect(work, Iterable, "work", "whole numbers, as [1, 2]")
        for k in work:
            expect(k, SupportsIndex, "work", "whole numbers, as [1, 2]")
    if iterations is not None:
        problem = problem.with_(iterations=iterations)
    policy = policy or problem.arithmetic
    plan = make_plan(problem, style)
    chosen, selections = _scope(problem, plan, policy, only, work)
    course = _course(problem, plan, policy, chosen, selections)
    working = Working(
        problem, plan, policy, style, notation, tuple(course.worked), tuple(course.losses),
        updates=course.updates, stopped=course.stopped, final=course.state, only=selections,
        language=language,
    )  # fmt: skip
    check_found(selections, {i.number: [s.symbol for s in i.steps()] for i in working.iterations})
    return working


def shown(problem: Problem, only: Sequence[str] = (), style: str = "chain") -> list[Symbol]:
    """The quantities whose lines `solve` shows, in the order of the working, without their values.

    Raises:
        RequestError: a name or pattern that no line fits, as `solve` does.
        LimitError: more lines than the limit.

    >>> from chalkgrad.examples import example
    >>> [symbol.bare for symbol in shown(example("mazur"), ["new_w[2][1,*]", "loss"])]
    ['loss', 'new_w[2][1,1]', 'new_w[2][1,2]']
    """
    plan = make_plan(problem, style)
    chosen, selections = _scope(problem, plan, problem.arithmetic, only)
    if not selections:
        return [s for k in chosen for g in groups_of(problem, plan, k, ()) for s in g.symbols]
    there: dict[int, list[Symbol]] = {k: [] for k in chosen}
    for k, symbols in there.items():
        for group in groups_of(problem, plan, k, selections):
            symbols += (*group.symbols, *group.aside)
            for s in group.symbols if group.phase == "known" else ():
                if plan.constant(s) is None:
                    plan.definition(s)  # refuses what this problem has not
    check_found(selections, there)
    fitting = (s for k in chosen for s in there[k] if any(each.fits(s, k) for each in selections))
    return list(dict.fromkeys(fitting))


def iteration_count(
    problem: Problem, plan: Plan | None = None, policy: Policy | None = None
) -> int:
    """How many iterations there are: as many as asked for, or until training is stopped.

    >>> from chalkgrad.examples import example
    >>> example("xor").training.iterations, iteration_count(example("xor"))
    (1000, 578)
    """
    if not problem.updates or not problem.training.stop:
        return problem.training.iterations if problem.updates else 1
    # How far training gets decides what can be worked in full: a quick pass finds out.
    plan = plan or make_plan(problem)
    return max(_course(problem, plan, policy or problem.arithmetic, (), ()).updates, 1)


def _scope(
    problem: Problem,
    plan: Plan,
    policy: Policy,
    only: Sequence[str],
    work: Sequence[int] | None = None,
) -> tuple[list[int], tuple[Selection, ...]]:
    """The iterations to work in full, and what is asked for of them."""
    selections = tuple(s for text in only for s in select(text, problem))
    count = iteration_count(problem, plan, policy)
    for selection in selections:
        check_reach(selection, count)
    lines = sum(len(g.symbols) + len(g.aside) for g in groups_of(problem, plan, 1, selections))
    chosen = worked_in_full(work, count, lines, FULL_LINES, selections)
    if lines * len(chosen) > problem.limits["lines"]:
        raise LimitError("lines", "lines of working", lines * len(chosen), problem.limits["lines"])
    return chosen, selections


@dataclass(slots=True)
class _Course:
    """What became of a run: iterations in full, losses, the last state, and why it ended."""

    worked: list[Iteration] = field(default_factory=list)
    losses: list[float] = field(default_factory=list)
    state: dict[Symbol, float] = field(default_factory=dict)
    updates: int = 0
    stopped: str = ""


def _course(
    problem: Problem,
    plan: Plan,
    policy: Policy,
    chosen: Collection[int],
    selections: Sequence[Selection],
) -> _Course:
    """Go through all iterations, those chosen in full."""
    course = _Course(state=first_state(plan))
    count = problem.training.iterations if problem.updates else 1
    slow = sorted({*chosen, *iterations_apart(policy)})
    stepper: Stepper | None = None
    k = 1
    while k <= count and not course.stopped:
        if k not in slow:
            stepper = stepper or Stepper(problem, plan, policy)
            until = min((c for c in slow if c > k), default=count + 1) - 1
            course.state, k, course.stopped = stepper.advance(course.state, k, until, course.losses)
            continue
        groups = groups_of(problem, plan, k, selections)
        iteration, trace = _work(plan, policy, k, course.state, groups)
        if k in chosen:
            course.worked.append(iteration)
        loss = plan.loss(k)
        if loss and problem.updates:
            before = course.losses[-1] if course.losses else float("inf")
            most = largest_gradient(plan, k, trace.used)
            course.stopped = met(problem.training.stop, trace.used[loss], before, most)
        if loss:
            course.losses.append(trace.used[loss])
        if not course.stopped:
            k += 1
            course.state = _state(plan, k, trace, policy)
    loss = plan.loss(k)
    if problem.updates:
        course.updates = k - 1
        if loss and not course.stopped:
            # one more forward pass: the loss after the last update
            course.losses.append(run(plan, [loss], policy, start=course.state).used[loss])
    return course


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
    return iteration_of(plan, policy, k, trace, state, groups), trace


def iteration_of(
    plan: Plan,
    policy: Policy,
    k: int,
    trace: Trace,
    state: Mapping[Symbol, float],
    groups: tuple[Group, ...],
) -> Iteration:
    """An iteration in full, or the groups of it that are wanted, from the values of a trace.

    Args:
        plan: what was worked.
        policy: its digits.
        k: the number of the iteration.
        trace: its values.
        state: what it starts from, which no line works out.
        groups: the lines.
    """
    texts: dict[Symbol, str] = {}

    def text(symbol: Symbol) -> str:
        known = texts.get(symbol)
        if known is None:
            given = plan.constant(symbol)
            known = trace.written.get(symbol)
            digits = policy.digits_for(symbol.kind, str(symbol))
            if known is None and given is not None:
                known = given_text(given, digits, policy)
            elif known is None and symbol not in state and plan.definition(symbol).kept:
                known = text(plan.reads(symbol)[0])  # a copy is written as what it copies
            elif known is None:
                value = trace.used[symbol]
                if symbol in trace.computed:
                    formula = plan.definition(symbol).formula
                    value = settled(formula, value, trace.used.__getitem__)
                known = write(value, digits)
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
        formula, of = as_written(definition.formula), lambda s: float(operands[s])
        here = evaluate(formula, of)
        if symbol not in trace.written:  # what is stored is stored with its dust
            here = settled(formula, here, of)
        return Step(
            symbol, definition, trace.used[symbol], written, operands, values,
            marked=not definition.kept and write(here, digits) != written,
        )  # fmt: skip

    made = tuple((g, tuple(map(step, g.symbols)), tuple(map(step, g.aside))) for g in groups)
    return Iteration(k, made)


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
