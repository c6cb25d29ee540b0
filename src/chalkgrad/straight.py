"""Many iterations: the plan written out as straight-line Python and run in a loop.

The same formulas in the same order as `run`, so the same float64; every quantity that a step needs is
one local variable. This is tier 0 of the engine: no dependency, half a microsecond a step on 2-2-2.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from chalkgrad.activations import FUNCTIONS_OF_CODE
from chalkgrad.formula import source, symbols
from chalkgrad.primitives import NAMESPACE
from chalkgrad.rounding import store

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from chalkgrad.notation import Symbol
    from chalkgrad.plan import Plan
    from chalkgrad.problem import Problem
    from chalkgrad.records import Stop
    from chalkgrad.rounding import Digits, Policy

_SPACE: dict[str, object] = {**NAMESPACE, **{f.name: f.point for f in FUNCTIONS_OF_CODE}}


class Stepper:
    """Advances the parameters of a problem by whole iterations.

    Attributes:
        losses: the loss before each update made so far.
        stopped: which bound of `Stop` ended training, or "".
    """

    def __init__(self, problem: Problem, plan: Plan, policy: Policy) -> None:
        self.problem, self.plan, self.policy = problem, plan, policy
        # In online mode every sample has code of its own; the states are the same names in each.
        period = len(problem.samples) if problem.training.mode == "online" else 1
        # Digits that name an iteration must not leak into the code of the others.
        named = max((k for k in iterations_apart(policy)), default=0)
        first = (named // period + 1) * period
        self._loops = [self._compile(first + k + 1) for k in range(period)]
        self.losses: list[float] = []
        self.stopped = ""

    def start(self) -> dict[Symbol, float]:
        """The state before the first update."""
        return {s: float(self.plan.constant(s) or 0.0) for s, _ in self.plan.state(1)}

    def advance(
        self, state: Mapping[Symbol, float], first: int, last: int
    ) -> tuple[dict[Symbol, float], int]:
        """Make the updates `first` to `last`; return the state that iteration follows, and its number.

        Stops before an update whose iteration meets a bound of ``[training.stop]``.
        """
        period = len(self._loops)
        values = list(state.values())
        k = first
        while k <= last and not self.stopped:
            loop = self._loops[(k - 1) % period]
            until = last if period == 1 else k
            k, values, self.stopped = loop(k, until, values, self.losses)
        names = [s for s, _ in self.plan.state(k)] if values else []
        return dict(zip(names, values, strict=True)), k

    # ---------------------------------------------------------------- writing the code
    def _compile(self, iteration: int) -> Callable[..., tuple[int, list[float], str]]:
        plan = self.plan
        pairs = plan.state(iteration)
        local: dict[Symbol, str] = {start: f"p{n}" for n, (start, _) in enumerate(pairs)}
        state = list(local.values())
        space = dict(_SPACE)

        def ref(symbol: Symbol) -> str:
            known = local.get(symbol)
            if known:
                return known
            if symbol.kind == "update":
                return "float(k)"
            number = float(plan.constant(symbol) or 0.0)
            return (
                f"({number!r})" if str(number).startswith("-") or number != number else repr(number)
            )

        def assign(wanted: Symbol | None) -> list[str]:
            """Lines that work out a symbol and all it reads, those that stand already left out."""
            lines: list[str] = []
            stack = [wanted] if wanted else []
            while stack:
                symbol = stack[-1]
                if symbol in local or symbol.kind == "update" or plan.constant(symbol) is not None:
                    stack.pop()
                    continue
                digits = self.policy.stores(symbol.kind, str(symbol))
                definition = plan.definition(symbol)
                stable = definition.stable if not digits else None
                formula = stable or definition.formula
                missing = [
                    s
                    for s in dict.fromkeys(symbols(formula))
                    if s not in local and s.kind != "update" and plan.constant(s) is None
                ]
                if missing:
                    stack += missing
                    continue
                text = source(formula, ref)
                if digits:
                    text = _stored(text, digits, space)
                name = local[symbol] = f"v{len(local)}"
                lines.append(f"{name}={text}")
                stack.pop()
            return lines

        loss = plan.loss(iteration)
        body = assign(loss)
        if loss:
            body.append(f"append({local[loss]})")
        stop = self.problem.training.stop
        if loss:
            body += _stops(stop, local[loss])
        for _, after in pairs:
            body += assign(after)
        grads = [local[s] for s in local if s.kind in ("grad_w", "grad_b") and not s.sample]
        if stop.gradient is not None and grads:
            most = f"max({','.join(f'abs({g})' for g in grads)},0.0)"
            body.append(f"if {most}<={stop.gradient!r}: why='gradient'; break")
        moved = [
            (local[a], self._restored(a, ref(b), space)) for a, b in pairs if local[a] != ref(b)
        ]
        if moved:
            body.append(f"{','.join(a for a, _ in moved)}={','.join(b for _, b in moved)}")
        body.append("k+=1")
        unpack = f"\n {','.join(state)},=state" if state else ""
        packed = ",".join(state)
        lines = "\n  ".join(body)
        text = (
            f"def loop(k,last,state,losses):{unpack}\n append=losses.append\n why=''\n"
            f" before=losses[-1] if losses else float('inf')\n"
            f" while k<=last:\n  {lines}\n return k,[{packed}],why"
        )
        space["store"] = store
        exec(compile(text, "<plan>", "exec"), space)  # noqa: S102  text made of numbers and own names
        loop: Callable[..., tuple[int, list[float], str]] = space["loop"]  # type: ignore[assignment]
        return loop

    def _restored(self, symbol: Symbol, text: str, space: dict[str, object]) -> str:
        """A parameter as the next iteration uses it: it may be written with other digits there."""
        digits = self.policy.stores(symbol.kind, str(symbol)) if self.policy.by_name else None
        return _stored(text, digits, space) if digits else text


def _stored(text: str, digits: Digits, space: dict[str, object]) -> str:
    name = f"d{digits.kind}{digits.count}{digits.rounding}"
    space[name] = digits
    return f"store({text},{name})"


def iterations_apart(policy: Policy) -> set[int]:
    """Iterations with digits of their own, and those that hand on to them: they are worked one by one."""
    named = {int(m[1]) for name, _ in policy.by_name if (m := re.match(r"it(\d+)\.", name))}
    return {k for n in named for k in (n - 1, n) if k >= 1}


def _stops(stop: Stop, loss: str) -> list[str]:
    lines = []
    if stop.loss is not None:
        lines.append(f"if {loss}<={stop.loss!r}: why='loss'; break")
    if stop.change is not None:
        lines.append(f"if abs({loss}-before)<={stop.change!r}: why='change'; break")
        lines.append(f"before={loss}")
    return lines
