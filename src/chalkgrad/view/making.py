"""Make the view of a problem: the object of ``chalkgrad.view/1``, which is all that a page is given."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from chalkgrad.compose import about, harmless
from chalkgrad.errors import LimitError, RequestError
from chalkgrad.network import STYLES, make_plan
from chalkgrad.notation import KINDS, Symbol
from chalkgrad.rounding import MOST_DIGITS, Digits, Policy, write
from chalkgrad.sentences import say
from chalkgrad.solving import solve
from chalkgrad.view.assets import words
from chalkgrad.view.curve import curve
from chalkgrad.view.drawing import MOST_WEIGHTS, Drawing
from chalkgrad.view.names import in_batch, spellers, view_symbol
from chalkgrad.view.numbers import OWN, Table, columns
from chalkgrad.view.paths import Ways, path_records
from chalkgrad.view.quantities import Writer
from chalkgrad.view.steps import steps

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from chalkgrad.plan import Plan
    from chalkgrad.problem import Problem
    from chalkgrad.working import Working

SCHEMA = "chalkgrad.view/1"
USUAL_ITERATIONS = 100
"""How far the view of a small network goes that asks for a single iteration."""
MOST_LINES = 2_400
"""Lines of working over all iterations that are worked in full."""


def make_view(
    problem: Problem,
    *,
    iterations: int | None = None,
    work: Sequence[int] | None = None,
    digits: Sequence[int] = (4, 6),
    styles: Sequence[str] = STYLES,
    notation: str | None = None,
    language: str = "en",
    opened: Sequence[int] = (),
    sample: int = 1,
) -> dict[str, Any]:
    """The view of a problem: drawing, formulas, numbers as texts, steps, curve.

    Args:
        problem: what to show.
        iterations: how many there are; by default those of the problem, or 100 for a small network that
            asks for one.
        work: which of them are worked in full; by default the first ones and a few more up to the last.
        digits: sets of significant digits to choose from, besides those of the problem.
        styles: of ``chain``, ``delta`` and ``matrix``, the one shown first in front.
        notation: the one shown first; by default the names of the problem, else indices.
        language: of the sentences.
        opened: for each layer from the inputs on, the neuron that is opened where a layer is folded.
        sample: the sample that is shown first; of a large batch the only one that is there.

    Raises:
        RequestError: a style, notation, iteration or neuron that there is not.
        LimitError: the network has more weights than a view has room for.

    >>> from chalkgrad.examples import example
    >>> view = make_view(example("mazur"), iterations=2)
    >>> view["columns"]["own"]["z[1][1]"][0], view["quantities"]["grad_w[2][1,1]"]["words"]
    ('0.3775', 'gradient of the weight from hidden 1 to output 1')
    """
    state = State.of(problem, iterations, work, digits, styles, language, opened, sample)
    symbols = list(state.drawing.symbols(state.plan))
    part = state.part(symbols)
    notations = list(spellers(problem))
    if notation is not None and notation not in notations:
        raise RequestError(f'notation must be one of {" ".join(notations)}, got "{notation}"')
    working = state.working
    made: dict[str, Any] = {
        "schema": SCHEMA,
        "language": language,
        "words": words(language),
        "title": harmless(problem.title) or say("untitled", language),
        "conventions": about(working),
        "layers": state.drawing.layers(language),
        "opened": list(state.drawing.opened),
        "samples": len(problem.batch(1)),
        "sample": state.drawing.samples[0] if in_batch(problem) else 0,
        "here": list(state.drawing.samples),
        "loss": problem.training.loss.name,
        "pairing": problem.pairing,
        "iterations": len(working.losses) - 1 if working.updates else 1,
        "its": [i.number for i in working.iterations],
        "styles": list(styles),
        "notations": notations,
        "notation": notation or notations[0],
        "digits": list(state.digits),
        "digits_words": working.policy.digits.words,
        "start": _start(problem, part["quantities"]),
        **part,
        "steps": steps(state.plan, state.drawing, language),
        "curve": curve(working),
    }
    return {key: value for key, value in made.items() if value is not None}


def view_part(problem: Problem, names: Iterable[str], **settings: Any) -> dict[str, Any]:
    """More quantities of a view, by name: what `make_view` left out of a large network.

    Args:
        problem: as of `make_view`.
        names: names of the view, such as ``s2.grad_w[1][12,7]``.
        **settings: as of `make_view`.

    Returns:
        ``{"quantities": ..., "columns": ..., "templates": ...}`` and so on, to be added to the view's
        own. Templates are counted from 0 in every part.

    >>> from chalkgrad.examples import example
    >>> sorted(view_part(example("mazur"), ["z[1][1]"], iterations=1)["quantities"])
    ['b[1]', 'w[1][1,1]', 'w[1][1,2]', 'x[1]', 'x[2]', 'z[1][1]']
    """
    chosen = {
        key: settings.get(key)
        for key in ("iterations", "work", "digits", "styles", "language", "opened", "sample")
    }
    wanted = [view_symbol(problem, name) for name in names]
    state = State.of(
        problem, chosen["iterations"], chosen["work"], chosen["digits"] or (4, 6),
        chosen["styles"] or STYLES, chosen["language"] or "en", chosen["opened"] or (),
        chosen["sample"] or 1, wanted,
    )  # fmt: skip
    return state.part(wanted)


@dataclass(frozen=True)
class State:
    """One problem, worked in each style as far as a view of it needs."""

    problem: Problem
    drawing: Drawing
    plans: Mapping[str, Plan]
    tables: Mapping[str, Table]
    digits: tuple[str, ...]
    language: str

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
        if not styles or any(style not in STYLES for style in styles):
            raise RequestError(f"styles must be some of {' '.join(STYLES)}, got {list(styles)}")
        if any(not 1 <= d <= MOST_DIGITS for d in digits):
            raise RequestError(f"digits must be from 1 to {MOST_DIGITS}, got {list(digits)}")
        drawing = Drawing.of(problem, opened, sample)
        plans = {style: make_plan(problem, style) for style in styles}
        plan = plans[styles[0]]
        symbols = [*drawing.symbols(plan), *wanted]
        count = _count(problem, len(symbols), iterations)
        if problem.training.stop and problem.updates:
            count = max(1, solve(problem, iterations=count, work=[1], only=["loss"]).updates)
        # where nothing is rounded on the way, the styles agree to the last digit that is shown
        carried = problem.arithmetic.mode == "carried" or any(
            d.carried for _, d in problem.arithmetic.by_name
        )
        apart = [*styles] if carried else styles[:1]
        most = max(1, min(60, MOST_LINES // max(len(symbols) * len(apart), 1)))
        chosen = list(work) if work is not None else _worked(count, most)
        only = _only(problem, symbols)
        tables = {
            style: Table(solve(problem, iterations=count, work=chosen, style=style, only=only))
            for style in apart
        }
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
    def working(self) -> Working:
        """The working of the style that is shown first."""
        return next(iter(self.tables.values())).working

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
        return {"quantities": records, "templates": list(writer.templates), **made}

    def _paths(
        self, symbols: Sequence[Symbol], writer: Writer, records: dict[str, Any]
    ) -> dict[str, list[Symbol]]:
        """Add its paths to the record of every hidden gradient; the factors of each path by its name."""
        depth = len(self.problem.layers)
        table = next(iter(self.tables.values()))
        ways: dict[int, Ways] = {}
        found: dict[str, list[Symbol]] = {}

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
            made = path_records(symbol, ways[sample], writer.name, self.language)
            records[writer.name(symbol)] |= made
            names = {writer.name(s): s for s in writer.mentioned}
            for path in made["paths"]:
                found[path["id"]] = [names[f] for f in path["factors"]]
        return found

    def _products(self, factors: Sequence[Symbol], digits: str) -> str | list[str]:
        """The product along a path, iteration by iteration."""
        table = next(iter(self.tables.values()))
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


def _count(problem: Problem, lines: int, iterations: int | None) -> int:
    """How many iterations the view of a problem has."""
    if not problem.updates:
        return 1
    if iterations is not None:
        return iterations
    own = problem.training.iterations
    small = lines <= MOST_LINES // 4
    return own if own > 1 or not small else USUAL_ITERATIONS


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


def _only(problem: Problem, symbols: Sequence[Symbol]) -> tuple[str, ...]:
    """What to work: everything of a small network, what is drawn of a large one."""
    if problem.weight_count <= 600:
        return ()
    worked = [s for s in symbols if not KINDS[s.kind].constant and s.iteration == 1]
    return tuple((f"s{s.sample}." if s.sample else "") + s.bare for s in worked)


def _start(problem: Problem, records: Mapping[str, Any]) -> str:
    """What is chosen at first: the gradient of the first weight, which has the most to show."""
    several = "s1." if in_batch(problem) else ""
    wanted = [f"{several}grad_w[1][", "grad_w[1][", f"{several}a[", "z["]
    for begin in wanted:
        for name in records:
            if name.startswith(begin) and "rule" in records[name]:
                return name
    return next(iter(records))
