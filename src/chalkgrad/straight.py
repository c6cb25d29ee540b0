"""Many iterations: the plan written out as straight-line Python and run in a loop.

The same formulas in the same order as `run`, so the same float64; every quantity that a step needs is
one local variable. This is tier 0 of the engine: no dependency, half a microsecond a step on 2-2-2.
"""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING

from chalkgrad.activations import FUNCTIONS_OF_CODE
from chalkgrad.formula import source, symbols
from chalkgrad.notation import Symbol
from chalkgrad.primitives import NAMESPACE
from chalkgrad.rounding import store

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from chalkgrad.plan import Plan
    from chalkgrad.problem import Problem
    from chalkgrad.records import Stop
    from chalkgrad.rounding import Digits, Policy

_SPACE: dict[str, object] = {**NAMESPACE, **{f.name: f.point for f in FUNCTIONS_OF_CODE}}
_QUICK: dict[str, object] = {"exp": math.exp, "expm1": math.expm1}
"""The same functions as those of `primitives`, in half the time, but for an exception where they overflow."""

REASONS = ("", "loss", "change", "gradient")
"""Why training ends early: the bounds of ``[training.stop]``, in the order in which they are looked at."""


def first_state(plan: Plan) -> dict[Symbol, float]:
    """What the first iteration starts from."""
    return {s: float(plan.constant(s) or 0.0) for s, _ in plan.state(1)}


def trained_gradients(plan: Plan, iteration: int) -> list[Symbol]:
    """The gradients of the parameters that an iteration updates."""
    starts = (start for start, _ in plan.state(iteration))
    return [Symbol(f"grad_{s.kind}", s.index, iteration) for s in starts if s.kind in ("w", "b")]


def largest_gradient(plan: Plan, iteration: int, used: Mapping[Symbol, float]) -> float:
    """The size of the largest gradient of a trained parameter."""
    return max((abs(used[s]) for s in trained_gradients(plan, iteration)), default=0.0)


def met(stop: Stop, loss: float, before: float, largest: float) -> str:
    """Which bound of ``[training.stop]`` an iteration meets: ``loss``, ``change`` or ``gradient``.

    >>> from chalkgrad.records import Stop
    >>> met(Stop(change=0.1), 0.50, 0.55, 1.0)
    'change'
    """
    if stop.loss is not None and loss <= stop.loss:
        return "loss"
    if stop.change is not None and abs(loss - before) <= stop.change:
        return "change"
    return "gradient" if stop.gradient is not None and largest <= stop.gradient else ""


class Stepper:
    """Advances the parameters of a problem by whole iterations.

    Attributes:
        texts: the code of an iteration, one function; in online mode one for each sample, in turn.
    """

    def __init__(self, problem: Problem, plan: Plan, policy: Policy) -> None:
        self.problem, self.plan, self.policy = problem, plan, policy
        # In online mode every sample has code of its own; the states are the same names in each.
        period = len(problem.samples) if problem.training.mode == "online" else 1
        # Digits that name an iteration must not leak into the code of the others.
        named = max((k for k in iterations_apart(policy)), default=0)
        first = (named // period + 1) * period
        written = [self._write(first + k + 1) for k in range(period)]
        self.texts = tuple(text for text, _ in written)
        self._spaces = [space for _, space in written]
        self._loops: list[Callable[..., tuple[int, list[float], str]]] = []
        self._quick = True

    def advance(
        self, state: Mapping[Symbol, float], first: int, last: int, losses: list[float]
    ) -> tuple[dict[Symbol, float], int, str]:
        """Make the updates `first` to `last`, and add the loss before each to `losses`.

        Returns:
            The state after them, the number of the iteration that starts from it, and which bound of
            ``[training.stop]`` that iteration meets, or "": its update is not made then.
        """
        period = len(self.texts)
        self._loops = self._loops or [
            _made(text, {**space, **_QUICK})
            for text, space in zip(self.texts, self._spaces, strict=True)
        ]
        values = list(state.values())
        k, stopped = first, ""
        while k <= last and not stopped:
            loop = self._loops[(k - 1) % period]
            until = last if period == 1 else k
            known = len(losses)
            try:
                k, values, stopped = loop(k, until, values, losses)
            except OverflowError:
                if not self._quick:
                    raise
                # From here on with functions that are infinite where they overflow.
                del losses[known:]
                self._quick = False
                self._loops = list(map(_made, self.texts, self._spaces))
        names = [s for s, _ in self.plan.state(k)] if values else []
        return dict(zip(names, values, strict=True)), k, stopped

    # ---------------------------------------------------------------- writing the code
    def _write(self, iteration: int) -> tuple[str, dict[str, object]]:
        """The loop over an iteration as text, and the names that it reads."""
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
                definition = plan.definition(symbol)
                kept = definition.kept
                digits = None if kept else self.policy.stores(symbol.kind, str(symbol))
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
        for _, after in pairs:
            body += assign(after)
        stop = self.problem.training.stop
        if loss and stop:
            sizes = [f"abs({local[s]})" for s in trained_gradients(plan, iteration)]
            body.append(f"why=met(stop,{local[loss]},before,max({','.join([*sizes, '0.0'])},0.0))")
            body += ["if why: break", f"before={local[loss]}"]
            space.update(stop=stop, met=met)
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
        return text, space

    def _restored(self, symbol: Symbol, text: str, space: dict[str, object]) -> str:
        """A parameter as the next iteration uses it: it may be written with other digits there."""
        digits = self.policy.stores(symbol.kind, str(symbol)) if self.policy.by_name else None
        return _stored(text, digits, space) if digits else text


def _made(text: str, space: dict[str, object]) -> Callable[..., tuple[int, list[float], str]]:
    exec(compile(text, "<plan>", "exec"), space)  # noqa: S102  text made of numbers and own names
    loop: Callable[..., tuple[int, list[float], str]] = space["loop"]  # type: ignore[assignment]
    return loop


def _stored(text: str, digits: Digits, space: dict[str, object]) -> str:
    name = f"d{digits.kind}{digits.count}{digits.rounding}"
    space[name] = digits
    return f"store({text},{name})"


def iterations_apart(policy: Policy) -> set[int]:
    """Iterations with digits of their own, and those that hand on to them: they are worked one by one."""
    named = {int(m[1]) for name, _ in policy.by_name if (m := re.match(r"it(\d+)\.", name))}
    return {k for n in named for k in (n - 1, n) if k >= 1}
