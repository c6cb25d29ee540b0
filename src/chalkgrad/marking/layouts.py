"""Layouts of sheets: the names of its rows, resolved once for every sheet that has them."""

from __future__ import annotations

from contextlib import suppress
from functools import cached_property
from typing import TYPE_CHECKING

from chalkgrad.errors import ChalkgradError, LimitError, RequestError
from chalkgrad.light import dataclass
from chalkgrad.marking.conventions import Convention, conventions
from chalkgrad.marking.ground import Ground, Grounds
from chalkgrad.marking.records import NOUGHT
from chalkgrad.marking.spellings import plain_name
from chalkgrad.marking.trees import Setting
from chalkgrad.network import make_plan
from chalkgrad.selecting import there_are
from chalkgrad.solving import iteration_count

if TYPE_CHECKING:
    from collections.abc import Sequence
    from fractions import Fraction

    from chalkgrad.marking.judging import Line
    from chalkgrad.marking.records import Answer
    from chalkgrad.marking.scheme import Scheme
    from chalkgrad.notation import Symbol
    from chalkgrad.plan import Plan
    from chalkgrad.problem import Problem

_LAYOUTS = 64
"""Layouts of sheets that are kept ready; a class that was handed one blank sheet has one."""
_NAMES = 100_000
"""Names that are remembered."""


@dataclass(slots=True)
class Layout:
    """The names of a sheet, resolved once: which row is which quantity.

    Attributes:
        rows: for each row its symbol, or the reason why there is none.
        names: the canonical name of each row.
        last: for each row whether it is the last one for its quantity.
        notes: remarks about quantities that come twice.
        asked: quantities that are asked for and have no row.
        worth: the marks of each row.
        right: for each row what was found to be a rounding of the true value, by its text.
        ground, places, variants: made when they are first needed.
    """

    rows: list[Symbol | str]
    names: list[str]
    last: list[bool]
    notes: list[str]
    asked: list[Symbol]
    worth: list[Fraction]
    right: list[dict[str, tuple[Answer, Line]]]
    ground: Ground | None = None
    places: list[int] | None = None
    variants: list[tuple[Convention, Ground, list[int]]] | None = None


class Layouts:
    """The layouts of one problem's sheets that were met, and what each is judged on.

    Attributes:
        problem: what is marked.
        setting: what may be known of its network.
    """

    def __init__(self, problem: Problem, scheme: Scheme, ask: Sequence[str]) -> None:
        self.problem, self.scheme = problem, scheme
        self.setting = Setting(problem)
        self._asked = [problem.symbol(name) for name in ask]
        self._chosen = frozenset(self._asked)
        self._layouts: dict[tuple[str, ...], Layout] = {}
        self._grounds = Grounds()
        self._known: dict[str, Symbol | str] = {}

    def of(self, names: tuple[str, ...]) -> Layout:
        """The rows of a sheet with these names."""
        known = self._layouts.get(names)
        if known is None:
            if len(self._layouts) >= _LAYOUTS:
                self._layouts.clear()
            known = self._layouts[names] = self._make_layout(names)
        return known

    def _make_layout(self, names: tuple[str, ...]) -> Layout:
        rows: list[Symbol | str] = [self.resolve(name) for name in names]
        canonical = [
            name if isinstance(row, str) else self.setting.name(row)
            for row, name in zip(rows, names, strict=True)
        ]
        place: dict[Symbol, int] = {}
        notes = []
        for k, row in enumerate(rows):
            if not isinstance(row, str):
                if row in place:
                    notes.append(
                        f"{canonical[k]} is answered more than once: the last answer counts"
                    )
                place[row] = k
        last = [isinstance(row, str) or place[row] == k for k, row in enumerate(rows)]
        asked = [s for s in self._asked if s not in place]
        chosen = self._chosen  # what is asked, and nothing beside it, earns marks
        worth = [
            NOUGHT if isinstance(r, str) or (chosen and r not in chosen) else self.scheme.worth(n)
            for r, n in zip(rows, canonical, strict=True)
        ]
        right: list[dict[str, tuple[Answer, Line]]] = [{} for _ in rows]
        return Layout(rows, canonical, last, list(dict.fromkeys(notes)), asked, worth, right)

    def resolve(self, name: str) -> Symbol | str:
        """The quantity that a name means, in any case; or why there is none."""
        known = self._known.get(name)
        if known is None:
            if len(self._known) > _NAMES:
                self._known.clear()
            known = self._known[name] = self._find(name)
        return known

    def _find(self, name: str) -> Symbol | str:
        if len(name) > 200:
            return f'"{name[:40]}..." is not the name of a quantity'
        try:
            symbol = self._symbol(name)
            self._value_exists(symbol)
        except ChalkgradError as error:
            return str(error)
        except (IndexError, KeyError, RecursionError):
            return f'"{name}" is not a quantity of this problem'
        return symbol

    def _symbol(self, name: str) -> Symbol:
        """The symbol of a name in any case, or as a handout prints it; the last fault is the one to tell."""
        plain = plain_name(name, self.problem.names)
        spellings = (name, name.lower()) if plain == name else (name, name.lower(), plain)
        for spelling in spellings[:-1]:
            with suppress(ChalkgradError):
                return self.problem.symbol(spelling)
        return self.problem.symbol(spellings[-1])

    def _value_exists(self, symbol: Symbol) -> None:
        plan = self._plain_plan
        if symbol.iteration > 1 and not self.problem.updates:
            raise RequestError(f'"{symbol}" needs a learning_rate, the problem has none')
        if symbol.iteration > 1 and self.problem.training.stop and symbol.iteration > self._reached:
            raise RequestError(f'"{symbol}": {there_are(self._reached)}')
        most = self.problem.limits["iterations"]
        if symbol.iteration > most:
            raise LimitError("iterations", "iterations", symbol.iteration, most)
        if plan.constant(symbol) is None:
            plan.definition(symbol)

    @cached_property
    def _reached(self) -> int:
        """The iterations until training is stopped: what comes after them is nothing that is asked."""
        return iteration_count(self.problem)

    @cached_property
    def _plain_plan(self) -> Plan:
        return make_plan(self.problem, "matrix")

    def ground_of(self, layout: Layout) -> tuple[Ground, list[int]]:
        """The ground of a layout, and the place of each of its rows (-1 where there is none)."""
        if layout.ground is None or layout.places is None:
            symbols = [row for row in layout.rows if not isinstance(row, str)]
            layout.ground = self._grounds.get(self.problem, [*symbols, *layout.asked])
            layout.places = _places(layout, layout.ground)
        return layout.ground, layout.places

    def variants(self, layout: Layout) -> list[tuple[Convention, Ground, list[int]]]:
        """The same rows on the ground of every other convention."""
        if layout.variants is None:
            symbols = [row for row in layout.rows if not isinstance(row, str)]
            layout.variants = []
            for convention in conventions(self.problem):
                try:
                    ground = self._grounds.get(
                        convention.problem,
                        [*symbols, *layout.asked],
                        convention.id,
                        convention.habit,
                    )
                except ChalkgradError:
                    continue
                layout.variants.append((convention, ground, _places(layout, ground)))
        return layout.variants


def _places(layout: Layout, ground: Ground) -> list[int]:
    index = ground.compiled.index
    return [-1 if isinstance(row, str) else index.get(row, -1) for row in layout.rows]
