"""The working of a problem: every line with its formula, its numbers and its value, and proof that they fit."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

from chalkgrad.errors import LimitError, RequestError, VerificationError
from chalkgrad.formula import Formula, Num, enclose, evaluate, substitute, symbols
from chalkgrad.network import STYLES, make_plan
from chalkgrad.notation import NOTATIONS, Symbol
from chalkgrad.rounding import Policy, interval, plain, store, write
from chalkgrad.run import Trace, run
from chalkgrad.straight import Stepper, iterations_apart

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from chalkgrad.plan import Definition, Group, Plan
    from chalkgrad.problem import Problem

FULL_LINES = 2_000
"""Up to so many lines of working, every iteration is worked in full."""


@dataclass(frozen=True, slots=True)
class Step:
    """One line of working.

    Attributes:
        symbol: what it is about.
        definition: its formula and rule.
        value: what is used downstream, at full precision (under ``carried``, as it is stored).
        text: the value as it is written.
        operands: how each symbol that the formula reads is written.
        values: the same as numbers.
        marked: whether the operands as written give another last digit.
    """

    symbol: Symbol
    definition: Definition
    value: float
    text: str
    operands: Mapping[Symbol, str]
    values: Mapping[Symbol, float]
    marked: bool

    def with_numbers(self, formula: Formula) -> Formula:
        """A formula over this step's operands with their written numbers in place of the symbols."""
        return substitute(
            formula,
            lambda s: Num(self.values[s], self.operands[s]),
        )


@dataclass(frozen=True, slots=True)
class Iteration:
    """One iteration in full: its groups of steps, in order, and those aside."""

    number: int
    groups: tuple[tuple[Group, tuple[Step, ...], tuple[Step, ...]], ...]

    def steps(self) -> Iterator[Step]:
        """All steps, those aside after those of their group."""
        for _, worked, aside in self.groups:
            yield from worked
            yield from aside


@dataclass(frozen=True)
class Working:
    """A worked problem.

    Attributes:
        problem: what was worked.
        plan: its definitions.
        policy: exact or carried, and the digits.
        style, notation: how the gradients are made up, and how symbols are spelled.
        iterations: those worked in full.
        losses: one before each update, and one after the last; empty without a loss.
        updates: how many updates were made.
        stopped: which bound ended training early, or "".
        final: the parameters after the last update; what was given, without updates.
        only: patterns of names that shorten what is shown, or empty.
    """

    problem: Problem
    plan: Plan
    policy: Policy
    style: str
    notation: str
    iterations: tuple[Iteration, ...]
    losses: tuple[float, ...]
    updates: int
    stopped: str
    final: Mapping[Symbol, float] = field(repr=False)
    only: tuple[str, ...] = ()

    def steps(self) -> Iterator[Step]:
        """All steps of all iterations worked in full."""
        for iteration in self.iterations:
            yield from iteration.steps()

    def chosen(self, step: Step) -> bool:
        """Whether a step is shown under `only`."""
        return not self.only or any(matches(step.symbol, p, self.problem) for p in self.only)

    def step(self, name: str) -> Step:
        """The line about one quantity, by any of its names.

        Raises:
            RequestError: no such quantity, or its iteration was not worked in full.
        """
        symbol = self.problem.symbol(name)
        for step in self.steps():
            if step.symbol == symbol:
                return step
        raise RequestError(f'"{name}" is not among the iterations worked in full; ask with work=')

    def __getitem__(self, name: str) -> float:
        return self.step(name).value

    def verify(self) -> None:
        """Prove that the working keeps its rules.

        Raises:
            VerificationError: with every finding; that is a bug of chalkgrad.
        """
        findings = list(findings_of(self))
        if findings:
            raise VerificationError(findings)

    def text_of(self, symbol: Symbol, value: float) -> str:
        """How a value of a quantity is written."""
        given = self.plan.constant(symbol)
        if given is not None:
            return getattr(given, "text", plain(float(given)))
        return write(value, self.policy.digits_for(symbol.kind, str(symbol)))

    def _repr_mimebundle_(self, **_: object) -> dict[str, str]:
        from chalkgrad.show import mimebundle  # noqa: PLC0415  the renderers read this module

        return mimebundle(self)


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
    asked = [_checked(pattern, problem) for pattern in only]
    count = problem.training.iterations if problem.updates else 1
    lines = sum(len(g.symbols) + len(g.aside) for g in plan.groups(1))
    chosen = _which(work, count, lines, problem)
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
            iteration, trace = _work(plan, problem, policy, k, state)
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
    return Working(
        problem, plan, policy, style, notation, tuple(worked), tuple(losses),
        updates=k - 1 if problem.updates else 0, stopped=stopped, final=state, only=tuple(asked),
    )  # fmt: skip


def _one_of(what: str, got: str, valid: Iterable[str]) -> None:
    if got not in valid:
        raise RequestError(f'{what} must be one of {" ".join(valid)}, got "{got}"')


def _checked(pattern: str, problem: Problem) -> str:
    if "*" not in pattern:
        problem.symbol(pattern)
    return pattern.strip()


def matches(symbol: Symbol, pattern: str, problem: Problem) -> bool:
    """Whether a name or a pattern with ``*`` means a symbol; prefixes that are left out mean any."""
    if "*" in pattern:
        text = pattern.replace("[", "[[]")
        forms = {symbol.bare, str(symbol), f"it{symbol.iteration}.{symbol.bare}"}
        if symbol.sample:
            forms.add(f"s{symbol.sample}.{symbol.bare}")
        forms |= {n for n, target in problem.names.items() if target == symbol.bare}
        return any(fnmatchcase(form, text) for form in forms)
    meant = problem.symbol(pattern)
    prefix = pattern.rpartition(".")[0]
    return (
        (meant.kind, meant.index) == (symbol.kind, symbol.index)
        and ("it" not in prefix or meant.iteration == symbol.iteration)
        and (not meant.sample or meant.sample == symbol.sample)
    )


def _which(work: Sequence[int] | None, count: int, lines: int, problem: Problem) -> list[int]:
    """The iterations to work in full."""
    if work is None:
        everything = range(1, count + 1)
        if count <= 2 or lines * count <= FULL_LINES:
            return list(everything)
        return [1, 2, count]
    for k in work:
        if not 1 <= k <= count:
            raise RequestError(f"work: there is no iteration {k}, they are 1 to {count}")
    return sorted(set(work))


def _work(
    plan: Plan, problem: Problem, policy: Policy, k: int, state: Mapping[Symbol, float]
) -> tuple[Iteration, Trace]:
    groups = plan.groups(k)
    wanted = [s for g in groups for s in (*g.symbols, *g.aside)]
    trace = run(plan, wanted, policy, start=state)
    texts: dict[Symbol, str] = {}

    def text(symbol: Symbol) -> str:
        known = texts.get(symbol)
        if known is None:
            given = plan.constant(symbol)
            known = trace.written.get(symbol)
            if known is None and given is not None:
                known = getattr(given, "text", None) or plain(float(given))
            elif known is None:
                known = write(trace.used[symbol], policy.digits_for(symbol.kind, str(symbol)))
            texts[symbol] = known
        return known

    def step(symbol: Symbol) -> Step:
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
    grads = [abs(v) for s, v in trace.used.items() if s.kind in ("grad_w", "grad_b") and not s.sample]
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


# ---------------------------------------------------------------- proof
def findings_of(working: Working) -> Iterator[str]:
    """What breaks the rules of a working; nothing, unless chalkgrad has a bug."""
    plan, policy = working.plan, working.policy
    seen: set[Symbol] = set()
    for iteration in working.iterations:
        starts = {start for start, _ in plan.state(iteration.number)}
        for step in iteration.steps():
            for rule in (_defined_earlier, _reads_back, _complete, _follows):
                yield from rule(step, seen | starts, plan, policy)
            seen.add(step.symbol)


def _defined_earlier(step: Step, seen: set[Symbol], plan: Plan, policy: Policy) -> Iterator[str]:
    for symbol in step.operands:
        if symbol not in seen and plan.constant(symbol) is None:
            yield f"{step.symbol}: reads {symbol} before it is defined"


def _reads_back(step: Step, seen: set[Symbol], plan: Plan, policy: Policy) -> Iterator[str]:
    """A number that is shown reads as its value: exactly if carried, else within its digits."""
    shown = float(step.text)
    if math.isnan(step.value) and math.isnan(shown):
        return
    if policy.stores(step.symbol.kind, str(step.symbol)):
        if shown != step.value:
            yield f"{step.symbol}: shows {step.text}, holds {step.value!r}"
        return
    low, high = interval(step.text)
    truncated = policy.digits_for(step.symbol.kind, str(step.symbol)).rounding == "truncate"
    slack = (high - low) if truncated else 1e-12 * max(1.0, abs(step.value))
    if not low - slack <= step.value <= high + slack:
        yield f"{step.symbol}: shows {step.text} for {step.value!r}"


def _complete(step: Step, seen: set[Symbol], plan: Plan, policy: Policy) -> Iterator[str]:
    """What is shown reads every symbol of the formula, and its numbers are those of the symbols."""
    shown = set(symbols(step.definition.formula))
    if shown != set(step.operands):
        yield f"{step.symbol}: the operands are not those of the formula"
    for symbol, text in step.operands.items():
        value = step.values[symbol]
        low, high = interval(text)
        wide = (high - low) + 1e-12 * max(1.0, abs(value)) if math.isfinite(value) else 0
        if math.isfinite(value) and not low - wide <= value <= high + wide:
            yield f"{step.symbol}: shows {text} for {symbol} = {value!r}"


def _follows(step: Step, seen: set[Symbol], plan: Plan, policy: Policy) -> Iterator[str]:
    """A marked line may differ in its last digits, but its operands' intervals must hold the value."""
    own = policy.stores(step.symbol.kind, str(step.symbol))
    if own and step.marked and all(
        plan.constant(s) is not None or policy.stores(s.kind, str(s)) for s in step.operands
    ):
        yield f"{step.symbol}: does not follow from its printed operands"
    if not step.marked:
        return

    def operand(symbol: Symbol) -> tuple[float, float]:
        if plan.constant(symbol) is not None:
            return (float(step.operands[symbol]),) * 2
        low, high = interval(step.operands[symbol])
        digits = policy.digits_for(symbol.kind, str(symbol))
        if digits.rounding == "truncate":
            low, high = low - (high - low) / 2, high + (high - low) / 2
        return low, high

    low, high = enclose(step.definition.formula, operand)
    if own:  # the stored value is a rounding of what the operands give
        unit_low, unit_high = interval(step.text)
        low, high = low - (unit_high - unit_low), high + (unit_high - unit_low)
    dust = 1e-12 * max(1.0, abs(step.value))
    if math.isfinite(step.value) and not low - dust <= step.value <= high + dust:
        yield f"{step.symbol}: {step.value!r} is not within {low!r} to {high!r} of its operands"
