"""A problem worked as far as its view needs it, in each style, and records and numbers made of that."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from chalkgrad.errors import LimitError, RequestError
from chalkgrad.network import STYLES, make_plan
from chalkgrad.notation import KINDS, Symbol
from chalkgrad.plan import Group
from chalkgrad.rounding import MOST_DIGITS, Digits, Policy, write
from chalkgrad.run import run
from chalkgrad.sentences import LANGUAGES
from chalkgrad.solving import iteration_count, iteration_of, solve
from chalkgrad.straight import first_state
from chalkgrad.view.drawing import MOST_WEIGHTS, Drawing
from chalkgrad.view.names import in_batch, spellers
from chalkgrad.view.numbers import OWN, Table, columns
from chalkgrad.view.paths import Ways, path_records
from chalkgrad.view.quantities import Writer
from chalkgrad.working import Working

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from chalkgrad.plan import Plan
    from chalkgrad.problem import Problem

USUAL_ITERATIONS = 100
"""How far the view of a small network goes that asks for a single iteration."""
MOST_LINES = 2_400
"""Lines of working over all iterations that are worked in full."""
MOST_TRAINED = 600
"""Weights of a network whose iterations are all there; a larger one has its first."""


@dataclass(frozen=True)
class State:
    """One problem, worked in each style as far as a view of it needs."""

    problem: Problem
    drawing: Drawing
    plans: Mapping[str, Plan]
    tables: Mapping[str, Table]
    digits: tuple[str, ...]
    language: str
    _activations: dict[Symbol, float] = field(default_factory=dict)

    @staticmethod
    def of(
        problem: Problem,
        iterations: int | None,
        work: Sequence[int] | None,
        digits: Sequence[int],
        styles: Sequence[str],
        language: str,
        opened: Sequence[int],
        sample: int,
        wanted: Sequence[Symbol] = (),
    ) -> State:
        """Work a problem for its view."""
        if problem.weight_count > MOST_WEIGHTS:
            raise LimitError("weights", "weights in a view", problem.weight_count, MOST_WEIGHTS)
        if language not in LANGUAGES:
            raise RequestError(f'language must be one of {" ".join(LANGUAGES)}, got "{language}"')
        if not styles or any(style not in STYLES for style in styles):
            raise RequestError(f"styles must be some of {' '.join(STYLES)}, got {list(styles)}")
        if any(not 1 <= d <= MOST_DIGITS for d in digits):
            raise RequestError(f"digits must be from 1 to {MOST_DIGITS}, got {list(digits)}")
        drawing = Drawing.of(problem, opened, sample)
        plans = {style: make_plan(problem, style) for style in styles}
        plan = plans[styles[0]]
        symbols = [*drawing.symbols(plan), *wanted]
        # where nothing is rounded on the way, the styles agree to the last digit that is shown
        carried = problem.arithmetic.mode == "carried" or any(
            d.carried for _, d in problem.arithmetic.by_name
        )
        apart = [*styles] if carried else styles[:1]
        if problem.weight_count > MOST_TRAINED:
            workings = {
                style: _first(problem, plans[style], style, symbols, language) for style in apart
            }
        else:
            lines = sum(len(g.symbols) + len(g.aside) for g in plan.groups(1))
            count = _count(problem, lines, iterations)
            most = max(1, min(60, MOST_LINES // (lines * len(apart))))
            chosen = list(work) if work is not None else _worked(count, most)
            workings = {
                style: solve(problem, iterations=count, work=chosen, style=style, language=language)
                for style in apart
            }
        first = Table(workings[apart[0]], workings[apart[0]].plan)
        tables = {apart[0]: first}
        for style in styles[1:]:
            if style in workings:
                tables[style] = Table(workings[style], workings[style].plan)
            else:
                tables[style] = Table(first.working, plans[style], first.rows)
        same = Policy(digits=Digits("significant", problem.arithmetic.digits.count))
        more = [
            d for d in dict.fromkeys(digits) if problem.arithmetic != same or d != same.digits.count
        ]
        return State(problem, drawing, plans, tables, (OWN, *map(str, more)), language)

    @property
    def plan(self) -> Plan:
        """The plan of the style that is shown first."""
        return next(iter(self.plans.values()))

    @property
    def table(self) -> Table:
        """The numbers of the style that is shown first."""
        return next(iter(self.tables.values()))

    @property
    def working(self) -> Working:
        """The working of the style that is shown first."""
        return self.table.working

    def activation(self, layer: int, j: int) -> float:
        """The activation of a neuron, or an input, in the first iteration and the sample shown first."""
        sample = self.drawing.samples[0] if in_batch(self.problem) else self.problem.batch(1)[0]
        known = self.problem.samples[sample - 1].input
        if not layer:
            return float(known[j - 1])
        symbol = Symbol("a", (layer, j), 1, sample)
        trace = run(self.plan, [symbol], Policy(), start=self._activations)
        self._activations.update(trace.used)
        return trace.used[symbol]

    def part(self, symbols: Sequence[Symbol]) -> dict[str, Any]:
        """Records and numbers of quantities, and of all that they mention."""
        writer = Writer(self.problem, self.plans, spellers(self.problem), self.language)
        records = {writer.name(s): writer.record(s) for s in symbols}
        products = self._paths(symbols, writer, records)
        for symbol in list(writer.mentioned):
            name = writer.name(symbol)
            if name not in records:
                records[name] = {**writer.spelled(symbol), "uses": {}, "mentioned": 1}
        names = {writer.name(s): s for s in list(writer.mentioned)}
        made = columns(self.tables, names, self.digits)
        for name, factors in products.items():
            for d in self.digits:
                made["columns"][d][name] = self._products(factors, d)
        return {
            "quantities": records,
            "templates": list(writer.templates),
            "says": list(writer.says),
            **made,
        }

    def _paths(
        self, symbols: Sequence[Symbol], writer: Writer, records: dict[str, Any]
    ) -> dict[str, list[Symbol]]:
        """Add its paths to the record of every hidden gradient; the factors of each path by its name."""
        depth = len(self.problem.layers)
        table = self.table
        ways: dict[int, Ways] = {}
        found: dict[str, list[str]] = {}

        def value(symbol: Symbol) -> float:
            entry = table.entry(symbol, 0)
            return entry[0] if entry else 0.0

        for symbol in symbols:
            kind, index = symbol.kind, symbol.index
            if kind not in ("grad_a", "delta", "grad_w") or not 0 < index[0] < depth:
                continue
            sample = symbol.sample or (0 if in_batch(self.problem) else self.problem.batch(1)[0])
            if not sample:
                continue  # of the whole batch: the parts of its samples have paths
            if sample not in ways:
                ways[sample] = Ways(self.problem, sample, value)
            name = writer.name(symbol)
            made = path_records(symbol, ways[sample], writer.name)
            records[name] |= made
            for number, path in enumerate(made["paths"], 1):
                found[f"{name}~{number}"] = path["factors"]
        named = {n: s for s, n in writer.mentioned.items()}
        return {name: [named[factor] for factor in factors] for name, factors in found.items()}

    def _products(self, factors: Sequence[Symbol], digits: str) -> str | list[str]:
        """The product along a path, iteration by iteration."""
        table = self.table
        policy = self.working.policy
        texts = []
        for k in range(len(table.rows)):
            product = 1.0
            for factor in factors:
                entry = table.entry(factor, k)
                product *= entry[0] if entry else float("nan")
            want = policy.digits if digits == OWN else Digits("significant", int(digits))
            texts.append(write(product, want))
        return texts[0] if len(set(texts)) == 1 else texts


def _first(
    problem: Problem, plan: Plan, style: str, symbols: Sequence[Symbol], language: str
) -> Working:
    """The first iteration of a large network, with the lines that are drawn and no others."""
    loss = plan.loss(1)
    state = first_state(plan)
    wanted = [s for s in symbols if not KINDS[s.kind].constant and s.iteration == 1]
    trace = run(plan, [*wanted, *([loss] if loss else [])], problem.arithmetic, start=state)
    groups = (Group("known", 0, 0, tuple(wanted)),)
    made = iteration_of(plan, problem.arithmetic, 1, trace, state, groups)
    losses = (trace.used[loss],) if loss else ()
    return Working(
        problem, plan, problem.arithmetic, style, "index", (made,), losses,
        updates=0, stopped="", final={}, language=language,
    )  # fmt: skip


def _count(problem: Problem, lines: int, iterations: int | None) -> int:
    """How many iterations the view of a problem has."""
    if not problem.updates:
        return 1
    own = problem.training.iterations
    small = lines <= MOST_LINES // 4
    count = iterations or (own if own > 1 or not small else USUAL_ITERATIONS)
    return iteration_count(problem.with_(iterations=count))


def _worked(count: int, most: int) -> list[int]:
    """Which iterations are worked in full: the first ones, then further and further apart, and the last."""
    if count <= most:
        return list(range(1, count + 1))
    if most == 1:
        return [1]
    steady = max(1, most // 2)
    rest = most - steady
    ratio = (count / steady) ** (1 / rest)
    far = (round(steady * ratio ** (k + 1)) for k in range(rest))
    return sorted({*range(1, steady + 1), *(min(max(k, steady), count) for k in far), count})
