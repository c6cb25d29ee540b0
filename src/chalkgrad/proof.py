"""The proof of a working: a table of rules that every line must keep; what breaks one is our bug."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from chalkgrad.formula import symbols
from chalkgrad.intervals import enclose
from chalkgrad.rounding import interval

if TYPE_CHECKING:
    from collections.abc import Iterator

    from chalkgrad.notation import Symbol
    from chalkgrad.plan import Plan
    from chalkgrad.rounding import Policy
    from chalkgrad.working import Step, Working


def findings_of(working: Working) -> Iterator[str]:
    """What breaks the rules of a working; nothing, unless chalkgrad has a bug."""
    plan, policy = working.plan, working.policy
    seen: set[Symbol] = set()
    rules = [_reads_back, _complete, _follows]
    if not working.only:  # a selection of lines reads what is not among them
        rules.insert(0, _defined_earlier)
    for iteration in working.iterations:
        starts = {start for start, _ in plan.state(iteration.number)}
        for step in iteration.steps():
            for rule in rules:
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
    if math.isinf(step.value):  # no digits to compare, and inf - inf is undefined
        if shown != step.value:
            yield f"{step.symbol}: shows {step.text} for {step.value!r}"
        return
    if policy.stores(step.symbol.kind, str(step.symbol)):
        if shown != step.value:
            yield f"{step.symbol}: shows {step.text}, holds {step.value!r}"
        return
    low, high = interval(step.text)
    truncated = policy.digits_for(step.symbol.kind, str(step.symbol)).rounding == "truncate"
    # a short decimal may be written from a float64 that lies beside it by a few units in the 16th digit
    slack = (high - low if truncated else 0.0) + 5e-15 * abs(step.value)
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
    if (
        own
        and step.marked
        and all(
            plan.constant(s) is not None or policy.stores(s.kind, str(s)) for s in step.operands
        )
    ):
        yield f"{step.symbol}: does not follow from its printed operands"
    if not step.marked:
        return

    def operand(symbol: Symbol) -> tuple[float, float]:
        written = float(step.operands[symbol])
        if plan.constant(symbol) is not None and written == step.values[symbol]:
            return (written, written)
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
