"""The hand working of one training step: only the lines that are asked for, whatever the size of the network.

The formulas are those of `chalkgrad.network`. What a line reads is worked out by its own formula where
that is short; net inputs, activations and gradients of hidden neurons, which read whole layers, come as
arrays.
"""

from __future__ import annotations

import re
from dataclasses import replace
from functools import cached_property, partial
from typing import TYPE_CHECKING

from chalkgrad.compose_sums import largest
from chalkgrad.errors import RequestError
from chalkgrad.formula import symbols
from chalkgrad.network import make_plan
from chalkgrad.notation import Symbol, split_prefix
from chalkgrad.problem import LIMITS, Problem
from chalkgrad.records import Sample
from chalkgrad.rounding import Policy
from chalkgrad.run import run
from chalkgrad.selecting import Selection, select
from chalkgrad.sentences import say
from chalkgrad.solving import FULL_LINES, iteration_of
from chalkgrad.training.extra import Array, np
from chalkgrad.training.layer_values import LayerValues, layer_values
from chalkgrad.training.places import name_at, place_of
from chalkgrad.training.step_lines import chain_of, grouped, lines_of
from chalkgrad.training.step_rewrites import clipping, scaled, weighted
from chalkgrad.working import Working

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from chalkgrad.training.replay import TrainingStep

MOST_TERMS = 8
"""Terms of a sum that are all shown; of a longer one the largest."""
_MOST_NAMES = 40
"""Rows of a batch that are all named."""


def problem_of(step: TrainingStep) -> Problem:
    """A step as a problem: the numbers before it, its samples as the network takes them, its learning rate.

    ``solve`` of it gives the step's gradients; its update too, where the rule remembers nothing.
    """
    course = step.course
    given = course.problem
    layers = course.architecture.layers(step.p.astype(float))
    limits = dict.fromkeys(LIMITS, float("inf"))
    if course.own:
        return replace(given, layers=layers, arithmetic=Policy(), note="", limits=limits)
    x, t = (part[step.samples].tolist() for part in (course.x, course.t))
    samples = tuple(Sample(tuple(a), tuple(b)) for a, b in zip(x, t, strict=True))
    training = replace(given.training, learning_rate=step.rate, mode="batch", iterations=1)
    names = {k: v for k, v in given.names.items() if not split_prefix(v)[0]}
    return Problem(layers, samples, training, title=given.title, names=names, limits=limits)


def work_step(
    step: TrainingStep,
    *,
    only: Sequence[str] = (),
    style: str = "chain",
    notation: str = "index",
    language: str = "en",
    policy: Policy | None = None,
) -> Working:
    """The working of a step, or of the quantities asked for.

    Args:
        step: as `step_of` gives it.
        only: names or patterns; the name of a weight or bias means its gradient and its update. Without
            any, all lines are worked where there are at most 2,000, else the loss and the parameter with
            the largest gradient.
        style: as of ``solve``.
        notation: the same.
        language: the same.
        policy: the same.

    Raises:
        RequestError: an unknown name, or a pattern over more lines than the limit.
    """
    return _StepWorker(step, style, language).working(only, notation, policy or Policy())


class _StepWorker:
    """Works lines of one step; holds the plan and, once a line needs them, the arrays."""

    def __init__(self, step: TrainingStep, style: str, language: str) -> None:
        self.step = step
        self.say = partial(say, language=language)
        self.language = language
        self.problem = problem_of(step)
        self.k = step.update
        self.style = style
        self.batch = self.problem.batch(self.k)
        self.notes: list[str] = []
        plan = make_plan(self.problem, style)
        if step.weights is not None:
            plan = plan.with_rewritten(weighted(self.problem, self.k, step.weights.tolist()))
            self.notes.append(self.say("run_weighted"))
        factor = clipping(step)
        if factor < 1.0:
            plan = plan.with_rewritten(scaled(factor))
            bound = f"{step.course.settings.clip:g}"
            self.notes.append(self.say("run_clipped", factor=f"{factor:.6g}", bound=bound))
        if step.p.dtype == np.float32:
            self.notes.append(self.say("run_float32"))
        self.plan = plan

    # ---------------------------------------------------------------- operands
    @cached_property
    def _arrays(self) -> LayerValues:
        x = np.array([self.problem.samples[s - 1].input for s in self.batch])
        t = np.array([self.problem.samples[s - 1].target for s in self.batch])
        t = t.reshape(len(x), -1)
        return layer_values(self.step.course.architecture, self.step.p.astype(float), x, t)

    def _known(self, symbol: Symbol) -> float | None:
        """The value of a symbol that is not worked out by its formula, or None."""
        kind, index, iteration, sample = symbol
        made, step = self.step.course.architecture, self.step
        if kind in ("w", "b"):
            return float(step.p[place_of(made, kind, index)])
        if iteration == self.k - 1 and kind[:-2] in step.memory:
            return float(step.memory[kind[:-2]][place_of(made, kind[-1], index)])
        if not sample or kind not in ("z", "a", "delta", "grad_a"):
            return None
        layer, j = index
        hidden = 1 <= layer < made.depth
        in_place = made.training.update_order == "in_place"
        if kind in ("delta", "grad_a") and (in_place or not hidden):
            return None
        table: Array | None = getattr(self._arrays, kind)[layer - 1]
        return None if table is None else float(table[self.batch.index(sample), j - 1])

    def _operands(self, wanted: Iterable[Symbol]) -> dict[Symbol, float]:
        """What lines read and do not work out themselves."""
        asked = set(wanted)
        found: dict[Symbol, float] = {}
        seen, stack = set(asked), list(asked)
        while stack:
            symbol = stack.pop()
            if self.plan.constant(symbol) is not None:
                continue
            if symbol not in asked or symbol.kind in ("w", "b"):
                value = self._known(symbol)
                if value is not None:
                    found[symbol] = value
                    continue
            stable = self.plan.definition(symbol).stable
            reads = [*self.plan.reads(symbol), *(symbols(stable) if stable else ())]
            fresh = [s for s in dict.fromkeys(reads) if s not in seen]
            seen.update(fresh)
            stack += fresh
        return found

    # ---------------------------------------------------------------- the working
    def working(self, only: Sequence[str], notation: str, policy: Policy) -> Working:
        """The lines asked for as a working of the one iteration."""
        problem, k = self.problem, self.k
        selections = [s for text in only for s in self._selected(text)]
        if not selections and self.lines > FULL_LINES:
            self.notes.append(self.say("run_chosen", lines=f"{self.lines:,}"))
            selections = [*self._selected("loss"), *self._selected(self._steepest())]
        lines = lines_of(self.plan, problem, k, selections)
        missing = [s for s in selections if not any(s.fits(line, k) for line in lines)]
        if missing:
            raise RequestError(f'"{missing[0].text}" is none of the lines of this step')
        operands = self._operands(lines)
        trace = run(self.plan, lines, policy, start=operands)
        groups = grouped(lines) if selections else self.plan.groups(k)
        iteration = iteration_of(self.plan, policy, k, trace, operands, groups)
        note = " ".join([self._about(), *self.notes])
        return Working(
            replace(problem, note=note), self.plan, policy, self.style, notation, (iteration,), (),
            updates=k, stopped="", final={}, only=tuple(selections), most_terms=MOST_TERMS,
            language=self.language,
        )  # fmt: skip

    @cached_property
    def lines(self) -> int:
        """How many lines the whole working of the step has, about."""
        made = self.step.course.architecture
        each = made.count + 5 * sum(made.sizes[1:])
        several = len(self.batch) > 1
        return each * len(self.batch) + made.count * (1 + several)

    def _selected(self, text: str) -> list[Selection]:
        """The selections of a name; of a parameter, those of its gradient and update."""
        prefix, bare = split_prefix(text.strip())
        found = re.search(r"it(\d+)\.", prefix)
        if found and int(found[1]) != self.k:
            raise RequestError(f'"{text}": this is the working of iteration {self.k}')
        wide = "*" in bare or re.fullmatch(r"(\w+_|)W\[\d+\]", bare)
        if wide and self.lines > LIMITS["lines"]:
            raise RequestError(
                f'"{text}" looks through {self.lines:,} lines of this step; '
                'name quantities one by one, as "grad_w[1][1,1]"'
            )
        chosen = select(text, self.problem)
        own = [s for s in chosen if s.meant and s.meant.kind in ("w", "b")]
        if not own or wide:
            return chosen
        return [
            Selection(text, symbol, sample=symbol.sample or None)
            for s in own if s.meant
            for symbol in chain_of(self.plan, s.meant, self.k, self._weightiest(s.meant))
        ]  # fmt: skip

    def _weightiest(self, symbol: Symbol) -> Sequence[int]:
        """The samples of the batch with the largest parts of a parameter's gradient; none of a single one."""
        if len(self.batch) == 1:
            return ()
        whole = Symbol(f"grad_{symbol.kind}", symbol.index, self.k)
        parts = [whole._replace(sample=s) for s in self.batch]
        used = run(self.plan, parts, Policy(), start=self._operands(parts)).used
        weights = [1.0] * len(parts) if self.step.weights is None else self.step.weights.tolist()
        sizes = [used[part] * w for part, w in zip(parts, weights, strict=True)]
        return [self.batch[k] for k in largest(sizes)]

    def _steepest(self) -> str:
        """The trained parameter with the largest gradient."""
        made = self.step.course.architecture
        place = int(np.abs(self.step.flat_gradient()[1][: made.trained]).argmax())
        return name_at(made, place)

    def _about(self) -> str:
        """Which step it is, and what it takes."""
        step, course = self.step, self.step.course
        if course.own:
            return self.say("run_step_own", step=step.number)
        epoch, at = divmod(step.number - 1, course.per_epoch)
        rows = [str(row) for row in step.rows]
        named = rows if len(rows) <= _MOST_NAMES else [*rows[:_MOST_NAMES], "…", rows[-1]]
        last = f"s{len(rows)}"
        samples = self.say("span", first="s1", last=last) if len(rows) > 1 else "s1"
        return self.say(
            "run_step", step=step.number, epoch=epoch + 1, batch=at + 1, batches=course.per_epoch,
            samples=samples, rows=", ".join(named),
        )  # fmt: skip
