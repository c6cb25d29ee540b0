"""All numbers of a view as texts: a column for each quantity, an entry for each iteration."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from chalkgrad.formula import evaluate
from chalkgrad.rounding import Digits, write
from chalkgrad.view.names import at_iteration
from chalkgrad.view.templates import branches, outcomes, shape_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from chalkgrad.notation import Symbol
    from chalkgrad.plan import Definition
    from chalkgrad.working import Iteration, Step, Working

OWN = "own"
"""The set of digits in which a problem file has its numbers written."""
Columns = dict[str, Any]


class Table:
    """The numbers of one working: value and text of every symbol, iteration by iteration."""

    def __init__(self, working: Working) -> None:
        self.working = working
        self.rows = [_row(iteration) for iteration in working.iterations]

    def entry(self, symbol: Symbol, k: int) -> tuple[float, str, Step | None] | None:
        """Value, text and line of a symbol of the first iteration, at the k-th iteration worked, from 0."""
        number = self.working.iterations[k].number
        return self.rows[k].get(at_iteration(symbol, number, self.working.problem))

    def text(self, symbol: Symbol, k: int, digits: str) -> str:
        """A number as a set of digits has it; given numbers, and copies of them, as they were written."""
        found = self.entry(symbol, k)
        if found is None:
            return ""
        value, own, step = found
        number = self.working.iterations[k].number
        here = at_iteration(symbol, number, self.working.problem)
        as_it_is = digits == OWN or self.working.plan.constant(here) is not None
        if as_it_is or (step and step.definition.kept):
            return own
        return write(value, Digits("significant", int(digits)))

    def marked(self, step: Step, digits: str) -> bool:
        """Whether the operands as written in a set of digits give another last digit."""
        definition = step.definition
        if definition.kept or not step.operands:
            return False
        if digits == OWN:
            return step.marked
        want = Digits("significant", int(digits))
        plan = self.working.plan

        def operand(symbol: Symbol) -> float:
            if plan.constant(symbol) is not None:
                return float(step.operands[symbol])
            return float(write(step.values[symbol], want))

        return write(evaluate(definition.formula, operand), want) != write(step.value, want)


def _row(iteration: Iteration) -> dict[Symbol, tuple[float, str, Step | None]]:
    found: dict[Symbol, tuple[float, str, Step | None]] = {}
    for step in iteration.steps():
        for symbol, text in step.operands.items():
            found.setdefault(symbol, (step.values[symbol], text, None))
        found[step.symbol] = (step.value, step.text, step)
    return found


# ---------------------------------------------------------------- columns
def columns(
    tables: Mapping[str, Table], names: Mapping[str, Symbol], digits: Sequence[str]
) -> dict[str, Any]:
    """Texts, marks and branches taken: those of the first style, and where others differ, theirs.

    Returns:
        ``{"columns": {digits: {name: text or texts}}, "marks": {digits: {name: 1 or places}},
        "cases": {name: branch or branches}, "styled": {style: the same, where it differs}}``
    """
    made = {style: _columns_of(table, names, digits) for style, table in tables.items()}
    first = next(iter(made))
    base: dict[str, Any] = dict(made[first])
    styled = {}
    for style, own in made.items():
        differing = _differing(own, base) if style != first else {}
        if differing:
            styled[style] = differing
    return base | ({"styled": styled} if styled else {})


def _columns_of(table: Table, names: Mapping[str, Symbol], digits: Sequence[str]) -> Columns:
    count = range(len(table.rows))
    texts: Columns = {d: {} for d in digits}
    marks: Columns = {d: {} for d in digits}
    cases: Columns = {}
    for name, symbol in names.items():
        found = [table.entry(symbol, k) for k in count]
        if not any(found):
            continue
        steps = [entry[2] if entry else None for entry in found]
        for d in digits:
            texts[d][name] = _short([table.text(symbol, k, d) for k in count])
            marked = [k for k, step in enumerate(steps) if step and table.marked(step, d)]
            if marked:
                marks[d][name] = 1 if len(marked) == len(steps) else marked
        forks = [_branch(step.definition, step) if step else 0 for step in steps]
        if any(forks):
            cases[name] = _short(forks)
    return {"columns": texts, "marks": marks, "cases": cases}


def _branch(definition: Definition, step: Step) -> int:
    """The number of the template with the branches that a line takes."""
    shape = shape_of(definition.formula)
    if not any(True for _ in branches(shape.formula)):
        return 0
    taken = outcomes(shape.formula, lambda at: step.values[shape.reads[at]])
    return sum(over << n for n, over in enumerate(taken))


def _short(entries: list[Any]) -> Any:
    """A column, or its only entry."""
    return entries[0] if entries and entries.count(entries[0]) == len(entries) else entries


def _differing(own: Columns, base: Columns) -> Columns:
    """What a style has otherwise; a mark that it has not is 0."""
    texts = {
        d: {n: t for n, t in column.items() if t != base["columns"][d].get(n)}
        for d, column in own["columns"].items()
    }
    marks = {
        d: {n: own["marks"][d].get(n, 0) for n in {**base["marks"][d], **column}}
        for d, column in own["marks"].items()
    }
    marks = {
        d: {n: m for n, m in column.items() if m != base["marks"][d].get(n, 0)}
        for d, column in marks.items()
    }
    cases = {n: c for n, c in own["cases"].items() if c != base["cases"].get(n)}
    kept = {"columns": texts, "marks": marks}
    out: Columns = {key: {d: c for d, c in value.items() if c} for key, value in kept.items()}
    out["cases"] = cases
    return {key: value for key, value in out.items() if value}
