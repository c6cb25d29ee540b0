"""Steps of a layer as equations between matrices and vectors; the numbers are those of the steps."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chalkgrad.boxes import (
    Box,
    Fence,
    Grid,
    Id,
    Named,
    Number,
    Op,
    Row,
    Script,
    Words,
    tall,
    to_plain,
)
from chalkgrad.notation import Symbol
from chalkgrad.rendering.document import Equation
from chalkgrad.sentences import say
from chalkgrad.spelling import derivative
from chalkgrad.typesetting import numeral, typeset, unrepeated

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from chalkgrad.formula import Formula
    from chalkgrad.plan import Group
    from chalkgrad.spelling import Speller
    from chalkgrad.working import Step, Working

TIMES = Op("matmul")
MOST_ROWS = 16
"""Rows of a matrix that are written together; a larger one is written in bands, so that each fits on a page."""
LONGEST_ENTRY = 48
"""Characters of an entry from which on fewer rows are written together."""


def matrix_equations(
    working: Working, group: Group, worked: Sequence[Step], aside: Sequence[Step], speller: Speller
) -> tuple[Equation, ...]:
    """The equations of one group in matrix notation."""
    steps = {step.symbol: step for step in (*worked, *aside)}
    return tuple(_Matrices(working, group, steps, speller).equations(worked))


def _row(*items: Box) -> Row:
    return Row(items)


def _band(box: Box, rows: slice) -> Box:
    """Some rows of every matrix of a right side.

    What stands on the right of a product enters all of its rows: it is kept, and a column lies down.
    """
    match box:
        case Grid(cells, left, right):
            return Grid(cells[rows], left, right)
        case Fence(body):
            return Fence(_band(body, rows))
        case Row(items):
            before = (Row(()), *items)
            return Row(
                tuple(
                    _lying(item) if last == TIMES else _band(item, rows)
                    for last, item in zip(before, items, strict=False)
                )
            )
        case _:
            return box


def _lying(box: Box) -> Box:
    """A tall column as the transpose of a row, which may go on in the next line."""
    if not isinstance(box, Grid) or len(box.rows) <= MOST_ROWS:
        return box
    row = Grid((tuple(cell for cells in box.rows for cell in cells),))
    return Named(f"{to_plain(row)}ᵀ", Script(row, sup=Op("T")))


def _longest(box: Box) -> int:
    """Characters of the longest entry of a matrix in a right side."""
    match box:
        case Grid(rows):
            return max(len(to_plain(cell)) for row in rows for cell in row)
        case Row(items):
            return max(map(_longest, items), default=0)
        case Fence(body) | Named(_, body):
            return _longest(body)
        case _:
            return 0


class _Matrices:
    def __init__(
        self, working: Working, group: Group, steps: dict[Symbol, Step], speller: Speller
    ) -> None:
        self.working, self.group, self.steps, self.speller = working, group, steps, speller
        self.sizes, self.language = working.problem.sizes, working.language
        self.layer = group.layer
        first = next(iter(steps))
        self.it, self.s = first.iteration, first.sample
        self.texts: dict[Symbol, str] = {}
        for step in steps.values():
            self.texts.update(step.operands)
            self.texts[step.symbol] = step.text

    # ---- names of whole layers
    def name(self, letter: str, layer: int, kind: str = "") -> Named:
        head = "x" if letter == "a" and layer == 0 else letter
        body: Box = Id(head) if head == "x" else Script(Id(head), sup=Fence(Id(str(layer))))
        plain = head if head == "x" else f"{'δ' if head == 'delta' else head}[{layer}]"
        named = Named(plain, body)
        if kind == "new":
            return Named(f"{plain}_new", Script(Id(head), Id("new"), Fence(Id(str(layer)))))
        if kind == "grad":
            return derivative(Named("E", Id("E")), named)
        return named

    # ---- numbers of whole layers, as the steps write them
    def text(self, symbol: Symbol) -> str:
        return self.texts.get(symbol, "")

    def vector(self, texts: Iterable[str]) -> Box:
        return self.matrix((text,) for text in texts)

    def matrix(self, rows: Iterable[Iterable[str]]) -> Box:
        return Grid(tuple(tuple(numeral(t, self.language) for t in row) for row in rows))

    def set(self, formula: Formula, spell: Callable[[Symbol], Box]) -> Box:
        return typeset(formula, spell, language=self.language)

    def units(self, layer: int) -> range:
        return range(1, self.sizes[layer] + 1)

    def column(self, kind: str, layer: int) -> Box:
        if kind == "a" and layer == 0:
            return self.vector(self.text(Symbol("x", (i,), 0, self.sample)) for i in self.units(0))
        return self.vector(
            self.text(Symbol(kind, (layer, j), self.it, self.sample)) for j in self.units(layer)
        )

    @property
    def sample(self) -> int:
        return self.group.sample or self.s

    def grid(self, kind: str, layer: int, sample: int = 0, *, transposed: bool = False) -> Box:
        rows, columns = self.units(layer), self.units(layer - 1)
        if transposed:
            cells = [
                [self.text(Symbol(kind, (layer, j, i), self.it, sample)) for j in rows]
                for i in columns
            ]
        else:
            cells = [
                [self.text(Symbol(kind, (layer, j, i), self.it, sample)) for i in columns]
                for j in rows
            ]
        return self.matrix(cells)

    # ---- equations
    def equations(self, worked: Sequence[Step]) -> Iterable[Equation]:
        kinds: dict[str, list[Step]] = {}
        for step in worked:
            kinds.setdefault(step.symbol.kind, []).append(step)
        for kind, steps in kinds.items():
            made = getattr(self, f"_{kind}", None)
            if made is None or not all(len(s.symbol.index) > 1 for s in steps):
                yield from map(self.scalar, steps)
                continue
            left, right = made(steps)
            yield from self.bands(steps, left, right)

    def bands(self, steps: Sequence[Step], left: Box, right: list[Box]) -> Iterable[Equation]:
        """An equation between matrices; a tall one as several, each about some of its rows."""
        shown = right[-1]
        count = len(shown.rows) if isinstance(shown, Grid) else 1
        longest = max(map(_longest, right))
        most = max(1, min(MOST_ROWS, MOST_ROWS * LONGEST_ENTRY // max(longest, 1)))
        width = len(steps) // count
        for first in range(0, count, most):
            last = min(first + most, count)
            within = steps[first * width : last * width]
            boxes = [_band(box, slice(first, last)) for box in right]
            if first:  # the rule in symbols has been said
                boxes = [box for box in boxes if tall(box)]
            words = say("rows", self.language, first=first + 1, last=last, count=count)
            yield Equation(
                str(within[0].symbol), left, unrepeated(boxes), any(s.marked for s in within),
                words if count > most else "",
            )  # fmt: skip

    def scalar(self, step: Step) -> Equation:
        """A line about one number, as in the other styles."""

        def spell(s: Symbol) -> Box:
            return self.speller(s, step.symbol)

        formula = step.definition.formula
        numbers = self.set(step.with_numbers(formula), spell)
        boxes = (self.set(formula, spell), numbers, numeral(step.text, self.language))
        return Equation(str(step.symbol), spell(step.symbol), unrepeated(boxes), step.marked)

    def results(self, steps: Sequence[Step]) -> Box:
        """The values of a group as a vector, or as a matrix where they have two indices in the layer."""
        if len(steps[0].symbol.index) == 2:
            return self.vector(step.text for step in steps)
        width = self.sizes[self.layer - 1]
        texts = [step.text for step in steps]
        return self.matrix(texts[k : k + width] for k in range(0, len(texts), width))

    def _z(self, steps: Sequence[Step]) -> tuple[Box, list[Box]]:
        layer = self.layer
        record = self.working.problem.layers[layer - 1]
        symbols = _row(self.name("W", layer), TIMES, self.name("a", layer - 1))
        numbers = _row(self.grid("w", layer), TIMES, self.column("a", layer - 1))
        if record.bias is not None:
            sign = Op("+" if self.working.problem.training.bias_input == 1 else "-")
            texts = [
                self.text(Symbol("b", (layer,) if record.shares_bias else (layer, j), self.it))
                for j in self.units(layer)
            ]
            symbols = _row(*symbols.items, sign, self.name("b", layer))
            numbers = _row(*numbers.items, sign, self.vector(texts))
        return self.name("z", layer), [symbols, numbers, self.results(steps)]

    def _a(self, steps: Sequence[Step]) -> tuple[Box, list[Box]]:
        choice = self.working.problem.layers[self.layer - 1].activation
        named = Row((Words(choice.name), Fence(self.name("z", self.layer))))
        return self.name("a", self.layer), [named, self.results(steps)]

    def _grad_a(self, steps: Sequence[Step]) -> tuple[Box, list[Box]]:
        left = self.name("a", self.layer, "grad")
        if self.layer == len(self.sizes) - 1:
            # the loss is a sum over outputs: each entry has its own small formula
            shown = Grid(tuple((self.formula(s),) for s in steps))
            return left, [shown, self.numbers(steps), self.results(steps)]
        after = self.layer + 1
        in_place = self.working.problem.training.update_order == "in_place"
        kind = "new_w" if in_place and self.working.problem.updates else "w"
        back = self.name("W", after, "new" if kind == "new_w" else "")
        flipped = Named(f"{back.plain}ᵀ", Script(back, sup=Op("T")))
        symbols = _row(flipped, TIMES, self.name("delta", after))
        numbers = _row(self.grid(kind, after, transposed=True), TIMES, self.column("delta", after))
        return left, [symbols, numbers, self.results(steps)]

    def formula(self, step: Step) -> Box:
        """The formula of one entry, in symbols."""
        return self.set(step.definition.formula, lambda symbol: self.speller(symbol, step.symbol))

    def numbers(self, steps: Sequence[Step], width: int = 1) -> Box:
        """The formulas of the entries with their numbers, as a matrix of `width` columns."""
        boxes = [self.set(s.with_numbers(s.definition.formula), lambda _: Words("")) for s in steps]
        return Grid(tuple(tuple(boxes[k : k + width]) for k in range(0, len(boxes), width)))

    def _da_dz(self, steps: Sequence[Step]) -> tuple[Box, list[Box]]:
        left = derivative(self.name("a", self.layer), self.name("z", self.layer))
        return left, [self.numbers(steps), self.results(steps)]

    def _delta(self, steps: Sequence[Step]) -> tuple[Box, list[Box]]:
        left = self.name("delta", self.layer)
        first = steps[0]
        if Symbol("grad_a", first.symbol.index, self.it, self.sample) not in first.operands:
            shown = Grid(tuple((self.formula(s),) for s in steps))
            return left, [shown, self.numbers(steps), self.results(steps)]
        slope = derivative(self.name("a", self.layer), self.name("z", self.layer))
        symbols = _row(self.name("a", self.layer, "grad"), Op("hadamard"), slope)
        numbers = _row(
            self.column("grad_a", self.layer), Op("hadamard"), self.column("da_dz", self.layer)
        )
        return left, [symbols, numbers, self.results(steps)]

    def _grad_w(self, steps: Sequence[Step]) -> tuple[Box, list[Box]]:
        layer = self.layer
        left = self.name("W", layer, "grad")
        if self.group.phase == "gradient":
            return left, [*self.batch(steps), self.results(steps)]
        before = self.name("a", layer - 1)
        flat = Named(f"{before.plain}ᵀ", Script(before, sup=Op("T")))
        symbols = _row(self.name("delta", layer), TIMES, flat)
        column = self.column("a", layer - 1)
        entries = tuple(row[0] for row in column.rows) if isinstance(column, Grid) else ()
        numbers = _row(self.column("delta", layer), TIMES, Grid((entries,)))
        return left, [symbols, numbers, self.results(steps)]

    def batch(self, steps: Sequence[Step]) -> list[Box]:
        """The mean or sum over the samples, with a matrix for each."""
        count = len(steps[0].operands)
        width = self.sizes[self.layer - 1] if len(steps[0].symbol.index) == 3 else 1
        grids: list[Box] = []
        for k in range(count):
            texts = [list(step.operands.values())[k] for step in steps]
            grids.append(self.matrix(texts[n : n + width] for n in range(0, len(texts), width)))
        total: list[Box] = [grids[0]]
        for grid in grids[1:]:
            total += [Op("+"), grid]
        if self.working.problem.training.over_samples == "sum":
            return [Row(tuple(total))]
        return [_row(Number(f"1/{count}"), Op("*"), Fence(Row(tuple(total))))]

    def _grad_b(self, steps: Sequence[Step]) -> tuple[Box, list[Box]]:
        left = self.name("b", self.layer, "grad")
        if self.group.phase == "gradient":
            return left, [*self.batch(steps), self.results(steps)]
        minus = self.working.problem.training.bias_input == -1
        delta = self.name("delta", self.layer)
        return left, [_row(Op("neg"), delta) if minus else delta, self.results(steps)]

    def _new_w(self, steps: Sequence[Step]) -> tuple[Box, list[Box]]:
        return self._new("W", steps)

    def _new_b(self, steps: Sequence[Step]) -> tuple[Box, list[Box]]:
        return self._new("b", steps)

    def _new(self, letter: str, steps: Sequence[Step]) -> tuple[Box, list[Box]]:
        layer, which = self.layer, letter.lower()
        left = self.name(letter, layer, "new")
        rule = self.working.problem.training.optimizer.name
        if rule != "sgd":
            width = self.sizes[layer - 1] if which == "w" else 1
            return left, [self.numbers(steps, width), self.results(steps)]
        grad = "decayed" if any(s.kind.startswith("decayed") for s in steps[0].operands) else "grad"
        gradient = self.name(letter, layer, "grad")
        symbols = _row(self.name(letter, layer), Op("-"), Named("η", Id("eta")), TIMES, gradient)

        def given(kind: str) -> Box:
            texts = [step.operands[s] for step in steps for s in step.operands if s.kind == kind]
            width = self.sizes[layer - 1] if which == "w" else 1
            return self.matrix(texts[k : k + width] for k in range(0, len(texts), width))

        rate = Number(self.text(Symbol("lr", (), 0)))
        values = _row(given(which), Op("-"), rate, Op("*"), given(f"{grad}_{which}"))
        return left, [symbols, values, self.results(steps)]
