"""A plan written out once as straight-line Python, to be run for every sheet.

``run(given)`` works out every quantity twice: *computed* from what is used, and *used* downstream, which
is the given value where there is one. Single quantities are functions of the list of used values: at
points, for rewrites of a formula, and over intervals.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from chalkgrad.activations import FUNCTIONS_OF_CODE
from chalkgrad.formula import Num, source, symbols
from chalkgrad.marking.ranges import TROUBLE, interval_source, ranging
from chalkgrad.primitives import NAMESPACE

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from chalkgrad.formula import Formula, Interval
    from chalkgrad.notation import Symbol
    from chalkgrad.plan import Plan

_SPACE: dict[str, object] = {**NAMESPACE, **{f.name: f.point for f in FUNCTIONS_OF_CODE}}
_SIZE_OF_CHUNK = 400
"""Quantities in one function: the compiler of Python slows down on very long ones."""


class Compiled:
    """The quantities of a plan in working order, as functions.

    Attributes:
        order: the symbols, each after those that it reads.
        index: the place of a symbol in `order`.
        reads: for each quantity the places of what it reads.
        ancestors: for each quantity all that it leans on.
        true: the value of each quantity with nothing given.
    """

    def __init__(
        self,
        plan: Plan,
        wanted: Iterable[Symbol],
        *,
        as_quantity: frozenset[Symbol] = frozenset(),
        known: Mapping[Symbol, float] | None = None,
    ) -> None:
        """Compile.

        Args:
            plan: the definitions.
            wanted: quantities, in working order; what they read is added.
            as_quantity: symbols that are given by the problem and yet can be written on a sheet.
            known: values of parameters that are not worked out but taken from elsewhere.
        """
        self.plan, self._as_quantity, self._known = plan, as_quantity, known or {}
        self.order: list[Symbol] = []
        self.index: dict[Symbol, int] = {}
        self.reads: list[tuple[int, ...]] = []
        for symbol in wanted:
            self._add(symbol)
        self._run = self._compile_run()
        self.nothing: list[float | None] = [None] * len(self.order)
        self._points: dict[int, Callable[[Sequence[float]], float]] = {}
        self._intervals: dict[int, Callable[[Sequence[Interval]], Interval]] = {}
        self.ancestors: list[frozenset[int]] = []
        for reads in self.reads:
            self.ancestors.append(frozenset(reads).union(*(self.ancestors[k] for k in reads)))
        self.true = self._true()

    # ---------------------------------------------------------------- order
    def constant(self, symbol: Symbol) -> float | None:
        """The number of a symbol that is given, or None."""
        if symbol in self._known:
            return self._known[symbol]
        return self.plan.constant(symbol)

    def formula(self, symbol: Symbol) -> Formula:
        """The formula of a quantity."""
        if symbol in self._as_quantity:
            number = self.constant(symbol)
            if number is not None:
                return Num(float(number))
        return self.plan.definition(symbol).formula

    def _is_leaf(self, symbol: Symbol) -> bool:
        return symbol not in self._as_quantity and self.constant(symbol) is not None

    def _add(self, wanted: Symbol) -> None:
        stack = [wanted]
        while stack:
            symbol = stack[-1]
            if symbol in self.index or self._is_leaf(symbol):
                stack.pop()
                continue
            read = list(dict.fromkeys(symbols(self.formula(symbol))))
            missing = [s for s in read if s not in self.index and not self._is_leaf(s)]
            if missing:
                stack += reversed(missing)
                continue
            self.index[symbol] = len(self.order)
            self.order.append(symbol)
            self.reads.append(tuple(self.index[s] for s in read if s in self.index))
            stack.pop()

    # ---------------------------------------------------------------- points
    def _ref(self, symbol: Symbol) -> str:
        place = self.index.get(symbol)
        if place is not None:
            return f"U[{place}]"
        number = self.constant(symbol)
        if number is None:
            raise KeyError(symbol)
        return _literal(float(number))

    def _compile_run(self) -> Callable[..., None]:
        functions = []
        for start in range(0, len(self.order), _SIZE_OF_CHUNK):
            lines = ["def part(G,C,U):"]
            for k in range(start, min(start + _SIZE_OF_CHUNK, len(self.order))):
                text = source(self.formula(self.order[k]), self._ref)
                lines += [f" C[{k}]=v={text}", f" g=G[{k}]", f" U[{k}]=v if g is None else g"]
            space = dict(_SPACE)
            exec(compile("\n".join(lines), "<marking>", "exec"), space)  # noqa: S102  numbers and own names
            functions.append(space["part"])

        def run(given: Sequence[float | None], computed: list[float], used: list[float]) -> None:
            for part in functions:
                part(given, computed, used)  # type: ignore[operator]

        return run

    def run(self, given: Sequence[float | None]) -> tuple[list[float], list[float]]:
        """Computed and used values of every quantity."""
        computed, used = [0.0] * len(self.order), [0.0] * len(self.order)
        try:
            self._run(given, computed, used)
        except TROUBLE:
            return self._run_carefully(given)
        return computed, used

    def _run_carefully(self, given: Sequence[float | None]) -> tuple[list[float], list[float]]:
        """The same where one quantity has no value, as after a wild answer: it is undefined."""
        computed, used = [math.nan] * len(self.order), [math.nan] * len(self.order)
        for k, own in enumerate(given):
            computed[k] = self.point(k, used)
            used[k] = computed[k] if own is None else own
        return computed, used

    def _true(self) -> list[float]:
        """With nothing given, by the formulas that avoid a logarithm of 0 where there are such."""
        computed, used = self.run(self.nothing)
        for k, symbol in enumerate(self.order):
            stable = None if symbol in self._as_quantity else self.plan.definition(symbol).stable
            if stable and not math.isfinite(computed[k]):
                reach = all(
                    s in self.index or self.constant(s) is not None for s in symbols(stable)
                )
                if reach:
                    computed[k] = self.function([stable])(used)[0]
        return computed

    def point(self, k: int, used: Sequence[float]) -> float:
        """The formula of quantity k at used values; undefined where it has no value."""
        function = self._points.get(k)
        if function is None:
            text = source(self.formula(self.order[k]), self._ref)
            function = self._points[k] = _lambda(text, _SPACE)
        try:
            return function(used)
        except TROUBLE:
            return math.nan

    def knows(self, formula: Formula) -> bool:
        """Whether every symbol of a formula has a value here."""
        return all(s in self.index or self.constant(s) is not None for s in symbols(formula))

    def text(self, formula: Formula) -> str:
        """Python text of a formula over the list of used values."""
        return source(formula, self._ref)

    def function(
        self, formulas: Sequence[Formula | str]
    ) -> Callable[[Sequence[float]], list[float]]:
        """Formulas (or texts of them) as one function of the used values; undefined where one has no value."""
        texts = [f if isinstance(f, str) else self.text(f) for f in formulas]
        whole: Callable[[Sequence[float]], list[float]] = _lambda(f"[{','.join(texts)}]", _SPACE)
        parts: list[Callable[[Sequence[float]], float]] = []

        def safe(used: Sequence[float]) -> list[float]:
            try:
                return whole(used)
            except TROUBLE:
                parts[:] = parts or [_lambda(text, _SPACE) for text in texts]
                return [_tried(part, used) for part in parts]

        return safe

    # ---------------------------------------------------------------- intervals
    def interval(self, k: int, used: Sequence[Interval]) -> Interval:
        """The range of quantity k over intervals of what it reads."""
        function = self._intervals.get(k)
        if function is None:
            function = self._intervals[k] = self.interval_of(self.formula(self.order[k]))
        return function(used)

    def interval_of(self, formula: Formula) -> Callable[[Sequence[Interval]], Interval]:
        """The range of a formula over intervals of the used values, as a function."""
        return ranging(interval_source(formula, self._interval_ref))

    def _interval_ref(self, symbol: Symbol) -> str:
        place = self.index.get(symbol)
        if place is not None:
            return f"U[{place}]"
        text = _literal(float(self.constant(symbol) or 0.0))
        return f"({text},{text})"


def _literal(number: float) -> str:
    if not math.isfinite(number):
        return f"float('{number}')"
    return f"({number!r})" if number < 0 or str(number).startswith("-") else repr(number)


def _lambda(text: str, space: Mapping[str, object]) -> Any:
    return eval(f"lambda U: {text}", dict(space))  # noqa: S307  own text


def _tried(function: Callable[[Sequence[float]], float], used: Sequence[float]) -> float:
    try:
        return function(used)
    except TROUBLE:
        return math.nan
