"""Run a plan: every quantity's value, computed from its inputs and used downstream.

``run(plan, wanted, policy, given)`` is the whole of it: with nothing given it is the worked solution,
with a student's answers given it is follow-through.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from chalkgrad.formula import Sym, evaluate
from chalkgrad.formula import symbols as _symbols
from chalkgrad.light import dataclass, field
from chalkgrad.rounding import write

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from chalkgrad.notation import Symbol
    from chalkgrad.plan import Plan
    from chalkgrad.rounding import Policy


@dataclass(frozen=True, slots=True)
class Trace:
    """Two values of each quantity.

    Attributes:
        computed: from its inputs, by its formula.
        used: what others read; the given value where there is one.
        written: the text of each value that was rounded when it was stored.
    """

    computed: dict[Symbol, float] = field(default_factory=dict)
    used: dict[Symbol, float] = field(default_factory=dict)
    written: dict[Symbol, str] = field(default_factory=dict)


def run(
    plan: Plan,
    wanted: Iterable[Symbol],
    policy: Policy,
    given: Mapping[Symbol, float] | None = None,
    start: Mapping[Symbol, float] | None = None,
) -> Trace:
    """Work out the wanted quantities and all that they read.

    Args:
        plan: the definitions.
        wanted: what to work out; best in working order, but any order will do.
        policy: which values are rounded when they are stored, and to which digits.
        given: values to use in place of computed ones (they are computed all the same).
        start: values that are taken as known and not worked out, such as the weights of an iteration.
    """
    given = given or {}
    trace = Trace(used=dict(start or {}))
    used, computed = trace.used, trace.computed

    def work_out(symbol: Symbol) -> None:
        definition = plan.definition(symbol)
        formula = definition.formula
        digits = policy.stores(symbol.kind, str(symbol))
        if definition.kept and isinstance(formula, Sym):
            value = computed[symbol] = used[formula.name]
            used[symbol] = given.get(symbol, value)
            if formula.name in trace.written:
                trace.written[symbol] = trace.written[formula.name]
            return
        if definition.stable and not digits and not given:
            formula = definition.stable
        value = evaluate(formula, used.__getitem__)
        if digits:
            text = trace.written[symbol] = write(value, digits)
            value = float(text)
        computed[symbol] = value
        used[symbol] = given.get(symbol, value)

    def reads(symbol: Symbol) -> tuple[Symbol, ...]:
        stable = plan.definition(symbol).stable
        extra = tuple(set(_symbols(stable))) if stable else ()
        return plan.reads(symbol) + extra

    for asked in wanted:
        stack = [asked]
        while stack:
            symbol = stack[-1]
            if symbol in used:
                stack.pop()
                continue
            number = plan.constant(symbol)
            if number is not None:
                used[symbol] = given.get(symbol, float(number))
                stack.pop()
                continue
            missing = [s for s in reads(symbol) if s not in used]
            if missing:
                stack += missing
            else:
                work_out(symbol)
                stack.pop()
    return trace
