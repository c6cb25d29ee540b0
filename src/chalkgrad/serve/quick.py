"""Other numbers for a view that is there: what a change of a given number makes of all others.

The formulas of a network do not change with its numbers. So they are compiled once, as straight Python, and
kept by the shape of the problem; after that, another weight costs little more than writing the texts.
`make_view` gives the same texts, and is asked again once the page rests.
"""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import replace
from math import prod
from typing import TYPE_CHECKING, Any

from chalkgrad.activations import FUNCTIONS_OF_CODE
from chalkgrad.formula import source, symbols
from chalkgrad.network import make_plan
from chalkgrad.primitives import NAMESPACE
from chalkgrad.rounding import Digits, write
from chalkgrad.view.names import in_batch, view_name
from chalkgrad.view.templates import branches, outcomes, shape_of
from chalkgrad.working import given_text

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from chalkgrad.notation import Symbol
    from chalkgrad.plan import Plan
    from chalkgrad.problem import Problem
    from chalkgrad.view.templates import Shape

MOST_QUANTITIES = 6_000
_OWN = "own"
_SPACE: dict[str, object] = {**NAMESPACE, **{f.name: f.point for f in FUNCTIONS_OF_CODE}}
_KEPT = 4
_SURE, _NEAR = 12, 0.01
"""Digits that float64 holds for certain, and how near to the half of a unit a number is written out."""
_CHUNK = 400


class Compiled:
    """One iteration of a problem as functions of a list of values, constants included.

    Attributes:
        order: all quantities, each after those that it reads.
        index: the place of each.
        names: what each is called in the view.
        named: the place of each name.
        computed: places of those that are worked out.
        kept: for a copy of another quantity, the place of that one.
        forks: places whose formula has branches, and its shape.
    """

    def __init__(self, plan: Plan, wanted: Sequence[Symbol], several: bool) -> None:
        self.order: list[Symbol] = []
        self.index: dict[Symbol, int] = {}
        self.computed: list[int] = []
        self.kept: dict[int, int] = {}
        self.forks: dict[int, Shape] = {}
        for symbol in wanted:
            self._add(plan, symbol)
        self.names = [view_name(symbol, several) for symbol in self.order]
        self.named = {name: k for k, name in enumerate(self.names)}
        values, again = [], []
        for k in self.computed:
            definition = plan.definition(self.order[k])
            read = symbols(definition.formula)
            if definition.kept:
                self.kept[k] = self.index[read[0]]
            shape = shape_of(definition.formula)
            if any(True for _ in branches(shape.formula)):
                self.forks[k] = shape
            shown = source(definition.formula, self._ref)
            best = source(definition.stable, self._ref) if definition.stable else shown
            values.append(f" U[{k}]={best}")
            again.append(f" H[{k}]={shown}")
        self._values, self._again = _functions(values), _functions(again)

    def _ref(self, symbol: Symbol) -> str:
        return f"U[{self.index[symbol]}]"

    def _add(self, plan: Plan, wanted: Symbol) -> None:
        stack = [wanted]
        while stack:
            symbol = stack[-1]
            read: list[Symbol] = []
            given = plan.constant(symbol) is not None
            if symbol not in self.index and not given:
                definition = plan.definition(symbol)
                read = symbols(definition.formula)
                read = [*read, *(symbols(definition.stable) if definition.stable else ())]
            missing = [s for s in dict.fromkeys(read) if s not in self.index]
            if missing:
                stack += reversed(missing)
                continue
            stack.pop()
            if symbol not in self.index:
                self.index[symbol] = len(self.order)
                if not given:
                    self.computed.append(len(self.order))
                self.order.append(symbol)

    def values(self, plan: Plan) -> list[float]:
        """The value of every quantity."""
        found = [float(plan.constant(symbol) or 0.0) for symbol in self.order]
        for part in self._values:
            part(found, found)
        return found

    def again(self, operands: list[float]) -> list[float]:
        """What each formula gives at other values of what it reads."""
        made = [0.0] * len(self.order)
        for part in self._again:
            part(operands, made)
        return made


def _functions(lines: Sequence[str]) -> list[Callable[[list[float], list[float]], None]]:
    made: list[Any] = []
    for start in range(0, len(lines), _CHUNK):
        text = "\n".join(["def part(U,H):", *lines[start : start + _CHUNK]])
        space = dict(_SPACE)
        exec(compile(text, "<numbers>", "exec"), space)  # noqa: S102  formulas of our own tables
        made.append(space["part"])
    return made


_known: OrderedDict[str, Compiled] = OrderedDict()


def _shape(problem: Problem) -> str:
    """Everything that the formulas of a problem depend on: all but its numbers."""
    training = problem.training
    layers = [
        (layer.activation, layer.bias is not None, layer.shares_bias) for layer in problem.layers
    ]
    targets = len(problem.samples[0].target) if problem.samples else 0
    rest = replace(training, learning_rate=None), training.learning_rate is not None
    return repr((problem.sizes, layers, len(problem.samples), targets, rest))


def _compiled(problem: Problem, plan: Plan) -> Compiled | None:
    key = _shape(problem)
    found = _known.get(key)
    if found is None:
        wanted = [s for g in plan.groups(1) for s in (*g.symbols, *g.aside)]
        if len(wanted) > MOST_QUANTITIES:
            return None
        found = _known[key] = Compiled(plan, wanted, in_batch(problem))
        if len(_known) > _KEPT:
            _known.popitem(last=False)
    _known.move_to_end(key)
    return found


def numbers(
    problem: Problem, digits: Sequence[str], paths: Mapping[str, Sequence[str]] | None = None
) -> dict[str, Any] | None:
    """All numbers of the first iteration of a view, its marks and branches; None where this is no quick matter.

    Args:
        problem: as of the view.
        digits: of its sets, those that are asked for.
        paths: by name, products that the view shows, each as the names of its factors.

    >>> from chalkgrad.examples import example
    >>> numbers(example("xor"), ["own"])["columns"]["own"]["loss"]
    '0.127467'
    """
    policy = problem.arithmetic
    if policy.mode != "exact" or any(d.carried for _, d in policy.by_name):
        return None
    plan = make_plan(problem, "chain")
    compiled = _compiled(problem, plan)
    if compiled is None:
        return None
    order, names, named = compiled.order, compiled.names, compiled.named
    try:
        values = compiled.values(plan)
    except (ArithmeticError, ValueError):
        return None
    given = {
        k: given_text(number, policy.digits_for(s.kind, str(s)), policy)
        for k, s in enumerate(order)
        if (number := plan.constant(s)) is not None
    }
    products = {
        name: prod(values[named[factor]] for factor in factors)
        for name, factors in (paths or {}).items()
        if all(factor in named for factor in factors)
    }
    columns: dict[str, dict[str, str]] = {}
    marks: dict[str, dict[str, int]] = {}
    made: dict[Digits | None, tuple[list[str], list[int]] | None] = {}
    for key in digits:
        wanted = Digits("significant", int(key)) if key != _OWN else None
        if wanted is None and not policy.by_name:
            wanted = policy.digits
        if wanted not in made:
            made[wanted] = _written(problem, compiled, values, given, wanted)
        found = made[wanted]
        if found is None:
            return None
        columns[key] = dict(zip(names, found[0], strict=True))
        columns[key] |= {n: write(v, wanted or policy.digits) for n, v in products.items()}
        marks[key] = {names[k]: 1 for k in found[1]}
    cases = {}
    for k, shape in compiled.forks.items():
        taken = outcomes(shape.formula, lambda at: values[compiled.index[shape.reads[at]]])  # noqa: B023
        number = sum(over << n for n, over in enumerate(taken))
        if number:
            cases[names[k]] = number
    return {"columns": columns, "marks": marks, "cases": cases}


def _written(
    problem: Problem,
    compiled: Compiled,
    values: list[float],
    given: dict[int, str],
    digits: Digits | None,
) -> tuple[list[str], list[int]] | None:
    """Every text in some digits (None: each in its own), and the places where † stands."""
    policy, order = problem.arithmetic, compiled.order
    wanted = [digits or policy.digits_for(symbol.kind, str(symbol)) for symbol in order]
    texts = [given.get(k) or write(values[k], wanted[k]) for k in range(len(order))]
    operands = [float(text) for text in texts]
    for k, of in compiled.kept.items():
        texts[k] = texts[of]
        if digits is None:
            operands[k] = operands[of]
    try:
        again = compiled.again(operands)
    except (ArithmeticError, ValueError):
        return None
    marked = [
        k
        for k in compiled.computed
        if k not in compiled.kept and _other(texts[k], operands[k], again[k], wanted[k])
    ]
    return texts, marked


def _other(text: str, shown: float, value: float, digits: Digits) -> bool:
    """Whether a value is written otherwise than a text, whose own value is `shown`.

    A text with all its digits, the last of them no 0, stands for what is nearer to it than half a unit of that
    digit, and for nothing else; so most values need not be written.
    """
    if "e" not in text and text[-1] not in "0fn" and digits.rounding != "truncate":
        whole, _, places = text.partition(".")
        count = len((whole + places).lstrip("-0"))
        full = count > 1 and count == digits.count
        if digits.kind == "decimals":
            full = len(places) == digits.count
        if full and count <= _SURE:
            units = abs(value - shown) * 10.0 ** len(places)
            if abs(units - 0.5) > _NEAR:
                return units > 0.5
    return write(value, digits) != text
