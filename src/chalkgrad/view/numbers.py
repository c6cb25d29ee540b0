"""All numbers of a view as texts: a column for each quantity, an entry for each iteration."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from chalkgrad.formula import evaluate
from chalkgrad.notation import Symbol
from chalkgrad.rounding import Digits, write
from chalkgrad.view.names import at_iteration
from chalkgrad.view.templates import branches, outcomes, shape_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from chalkgrad.plan import Definition, Plan
    from chalkgrad.working import Iteration, Step, Working

OWN = "own"
"""The set of digits in which a problem file has its numbers written."""
Columns = dict[str, Any]


Row = dict[Symbol, tuple[float, str, "Step | None"]]


class Table:
    """The numbers of one style: value and text of every symbol, iteration by iteration.

    Styles that agree to the last digit share the rows of one working, with definitions of their own.
    """

    def __init__(self, working: Working, plan: Plan, rows: list[Row] | None = None) -> None:
        self.working, self.plan = working, plan
        self.rows = rows or [_row(iteration) for iteration in working.iterations]
        self._forks: dict[tuple[str, tuple[int, ...]], bool] = {}

    def here(self, symbol: Symbol, k: int) -> Symbol:
        """A symbol of the first iteration, as it is in the k-th iteration worked, from 0."""
        return at_iteration(symbol, self.working.iterations[k].number, self.working.problem)

    def entry(self, symbol: Symbol, k: int) -> tuple[float, str, Step | None] | None:
        """Value, text and line of a symbol of the first iteration, in the k-th iteration worked."""
        return self.rows[k].get(self.here(symbol, k))

    def text(self, symbol: Symbol, k: int, digits: str) -> str:
        """A number as a set of digits has it; given numbers, and copies of them, as they were written."""
        return self._written(self.here(symbol, k), k, digits)

    def _written(self, here: Symbol, k: int, digits: str) -> str:
        found = self.rows[k].get(here)
        if found is None:
            return ""
        value, own, step = found
        as_it_is = digits == OWN or self.plan.constant(here) is not None
        if as_it_is or (step and step.definition.kept):
            return own
        return write(value, Digits("significant", int(digits)))

    def definition(self, symbol: Symbol, k: int) -> Definition | None:
        """What a line of the k-th iteration worked says, in this style; None where there is no line."""
        found = self.entry(symbol, k)
        return self.plan.definition(self.here(symbol, k)) if found and found[2] else None

    def marked(self, symbol: Symbol, k: int, digits: str) -> bool:
        """Whether the operands as written in a set of digits give another last digit."""
        definition, here = self.definition(symbol, k), self.here(symbol, k)
        if definition is None or definition.kept:
            return False
        found = self.rows[k][here][2]
        if found and found.definition is definition and digits == OWN:
            return found.marked
        policy = self.working.policy.digits_for(here.kind, str(here))
        want = policy if digits == OWN else Digits("significant", int(digits))
        value = evaluate(definition.formula, lambda s: float(self._written(s, k, digits) or "nan"))
        return write(value, want) != self._written(here, k, digits)

    def branch(self, symbol: Symbol, k: int) -> int:
        """The number of the template with the branches that a line takes."""
        definition = self.definition(symbol, k)
        alike = (symbol.kind, symbol.index[:1])  # a kind has one formula throughout a layer
        if definition is None or not self._forks.get(alike, True):
            return 0
        shape = shape_of(definition.formula)
        self._forks[alike] = any(True for _ in branches(shape.formula))
        if not self._forks[alike]:
            return 0
        taken = outcomes(shape.formula, lambda at: self.rows[k][shape.reads[at]][0])
        return sum(over << n for n, over in enumerate(taken))


def _row(iteration: Iteration) -> Row:
    found: Row = {}
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
    first = next(iter(tables))
    base = _columns_of(tables[first], names, digits)
    styled: dict[str, Columns] = {}
    for style, table in tables.items():
        if style != first:
            shared = base["columns"] if table.rows is tables[first].rows else None
            differing = _differing(_columns_of(table, names, digits, shared), base)
            styled |= {style: differing} if differing else {}
    return base | ({"styled": styled} if styled else {})


def _columns_of(
    table: Table, names: Mapping[str, Symbol], digits: Sequence[str], texts: Columns | None = None
) -> Columns:
    count = range(len(table.rows))
    known = {n: s for n, s in names.items() if any(table.entry(s, k) for k in count)}
    if texts is None:
        texts = {
            d: {n: _short([table.text(s, k, d) for k in count]) for n, s in known.items()}
            for d in digits
        }
    marks: Columns = {d: {} for d in digits}
    cases: Columns = {}
    for name, symbol in known.items():
        for d in digits:
            marked = [k for k in count if table.marked(symbol, k, d)]
            if marked:
                marks[d][name] = 1 if len(marked) == len(count) else marked
        forks = [table.branch(symbol, k) for k in count]
        if any(forks):
            cases[name] = _short(forks)
    return {"columns": texts, "marks": marks, "cases": cases}


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
    cases = {n: own["cases"].get(n, 0) for n in {**base["cases"], **own["cases"]}}
    cases = {n: c for n, c in cases.items() if c != base["cases"].get(n, 0)}
    kept = {"columns": texts, "marks": marks}
    out: Columns = {key: {d: c for d, c in value.items() if c} for key, value in kept.items()}
    out["cases"] = cases
    return {key: value for key, value in out.items() if value}
