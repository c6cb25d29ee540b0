"""The lines of working in matrix style: a whole layer at once, in which the entry chosen is framed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from chalkgrad.activations import ACTIVATIONS
from chalkgrad.boxes import Box, Fence, Grid, Id, Named, Op, Row, Script, Words
from chalkgrad.notation import Symbol
from chalkgrad.spelling import derivative
from chalkgrad.view.names import in_batch, view_name
from chalkgrad.view.templates import to_template

if TYPE_CHECKING:
    from collections.abc import Callable

    from chalkgrad.problem import Problem

MOST = 6
"""Rows and columns that are written out; of more the first two, the last and the one chosen are."""
_R, _C = 0, -1  # in place of an index: the row, the column
_TIMES = Op("matmul")


class Matrices:
    """Writes the lines of one problem; templates have the names of the view in their slots."""

    def __init__(self, problem: Problem, name: Callable[[Symbol], str]) -> None:
        self.problem, self.name = problem, name
        self.sizes, self.depth = problem.sizes, len(problem.layers)
        self.several = in_batch(problem)

    def lines(self, symbol: Symbol) -> dict[str, str] | None:
        """Left side, symbols, numbers and result of the whole that a quantity is an entry of.

        Returns:
            Templates under ``l f n v``, without those that say nothing; None where the quantity is no
            entry of anything, or has a formula of its own.
        """
        make = getattr(self, f"_{symbol.kind}", None)
        if make is None or len(symbol.index) < 2:
            return None
        sides: dict[str, Box] | None = make(symbol, *symbol.index)
        return {key: to_template(box) for key, box in sides.items()} if sides else None

    # ---------------------------------------------------------------- whole layers
    def whole(self, letter: str, layer: int, mark: str = "") -> Named:
        """The name of a vector or matrix of a layer."""
        if letter == "a" and layer == 0:
            return Named("x", Id("x"))
        raised: Box = Fence(Id(str(layer)))
        return Named(letter, Script(Id(letter), Id(mark) if mark else None, raised))

    def gradient(self, letter: str, layer: int) -> Named:
        """The name of the gradient by a vector or matrix."""
        return derivative(Named("E", Id("E")), self.whole(letter, layer))

    def column(self, at: Symbol, rows: int, own: str = "") -> Box:
        """A vector as a column: the numbers of quantities that differ in their neuron alone."""
        return self.grid(at, rows, 1, own)

    def grid(self, at: Symbol, rows: int, columns: int, own: str = "", across: str = "") -> Box:
        """A matrix of numbers; `own` and `across` say which index of the entry chosen is a row, a column.

        In the name, the row stands as R and the column as C. The view writes out a small grid, and of a
        large one the first two rows and columns, the last, and those of the entry chosen.
        """
        self.mention(at, rows, columns)
        return Grid(((Id(f"‹g {self.pattern(at)};{rows};{own};{columns};{across}›"),),))

    def pattern(self, at: Symbol) -> str:
        """The name of a quantity with letters for the indices that are 0 (a row) and -1 (a column)."""
        name = view_name(at, self.several)
        return name.replace("-1", "C").replace("[0", "[R").replace(",0", ",R")

    def mention(self, at: Symbol, rows: int, columns: int) -> None:
        """Note the quantities that a grid surely shows."""
        for r in window(rows):
            for c in window(columns):
                index = tuple(r if n == 0 else c if n == -1 else n for n in at.index)
                self.name(at._replace(index=index))

    def entering(self, symbol: Symbol, layer: int, letter: int) -> Symbol:
        """What enters a layer: activations of the one before, or inputs."""
        if layer == 1:
            return Symbol("x", (letter,), 0, symbol.sample)
        return symbol._replace(kind="a", index=(layer - 1, letter))

    def of(self, symbol: Symbol, kind: str = "") -> Box:
        """A vector of a layer as a column, with the entry chosen in it."""
        layer = symbol.index[0]
        at = symbol._replace(kind=kind or symbol.kind, index=(layer, _R))
        return self.column(at, self.sizes[layer], "j")

    # ---------------------------------------------------------------- one kind each
    def _z(self, symbol: Symbol, layer: int, j: int) -> dict[str, Box]:
        record = self.problem.layers[layer - 1]
        rows, columns = self.sizes[layer], self.sizes[layer - 1]
        names: list[Box] = [self.whole("W", layer), _TIMES, self.whole("a", layer - 1)]
        numbers: list[Box] = [
            self.grid(Symbol("w", (layer, _R, _C)), rows, columns, "j"),
            _TIMES,
            self.column(self.entering(symbol, layer, _R), columns),
        ]
        if record.bias is not None:
            sign = Op("+" if self.problem.training.bias_input == 1 else "-")
            index = (layer,) if record.shares_bias else (layer, _R)
            names += [sign, self.whole("b", layer)]
            numbers += [sign, self.column(Symbol("b", index), rows, "j")]
        return {
            "l": self.whole("z", layer),
            "f": Row(tuple(names)),
            "n": Row(tuple(numbers)),
            "v": self.of(symbol),
        }

    def _a(self, symbol: Symbol, layer: int, j: int) -> dict[str, Box]:
        name = Words(self.problem.layers[layer - 1].activation.name.replace("_", " "))
        return {
            "l": self.whole("a", layer),
            "f": Row((name, Fence(self.whole("z", layer)))),
            "n": Row((name, self.of(symbol, "z"))),
            "v": self.of(symbol),
        }

    def _grad_a(self, symbol: Symbol, layer: int, i: int) -> dict[str, Box] | None:
        if layer in (0, self.depth):
            return None
        t = self.problem.training
        kind = "new_w" if t.update_order == "in_place" and self.problem.updates else "w"
        after = layer + 1
        back = self.whole("W", after, "new" if kind == "new_w" else "")
        here, there = self.sizes[layer], self.sizes[after]
        delta = symbol._replace(kind="delta", index=(after, _R))
        return {
            "l": self.gradient("a", layer),
            "f": Row((Script(back, sup=Op("T")), _TIMES, self.whole("delta", after))),
            "n": Row(
                (
                    self.grid(Symbol(kind, (after, _C, _R)), here, there, "j"),
                    _TIMES,
                    self.column(delta, there),
                )
            ),
            "v": self.of(symbol),
        }

    def _delta(self, symbol: Symbol, layer: int, j: int) -> dict[str, Box] | None:
        whole = ACTIVATIONS[self.problem.layers[layer - 1].activation.name].whole_layer
        if whole or (layer == self.depth and self.problem.pairing):
            return None
        slope = derivative(self.whole("a", layer), self.whole("z", layer))
        return {
            "l": self.whole("delta", layer),
            "f": Row((self.gradient("a", layer), Op("hadamard"), slope)),
            "n": Row((self.of(symbol, "grad_a"), Op("hadamard"), self.of(symbol, "da_dz"))),
            "v": self.of(symbol),
        }

    def _grad_w(self, symbol: Symbol, layer: int, j: int, i: int) -> dict[str, Box]:
        rows, columns = self.sizes[layer], self.sizes[layer - 1]
        batch = self.problem.batch(1)
        here = symbol._replace(sample=symbol.sample or (batch[0] if len(batch) == 1 else 0))
        flat = Script(self.whole("a", layer - 1), sup=Op("T"))
        delta = here._replace(kind="delta", index=(layer, _R))
        return {
            "l": self.gradient("W", layer),
            "f": Row((self.whole("delta", layer), _TIMES, flat)),
            "n": Row(
                (
                    self.column(delta, rows, "j"),
                    _TIMES,
                    self.grid(self.entering(here, layer, _C), 1, columns, "", "i"),
                )
            ),
            "v": self.grid(symbol._replace(index=(layer, _R, _C)), rows, columns, "j", "i"),
        }

    def _new_w(self, symbol: Symbol, layer: int, j: int, i: int) -> dict[str, Box] | None:
        training = self.problem.training
        if training.optimizer.name != "sgd" or any(training.optimizer.params.values()):
            return None
        rows, columns = self.sizes[layer], self.sizes[layer - 1]

        def of(kind: str) -> Box:
            at = symbol._replace(kind=kind, index=(layer, _R, _C))
            return self.grid(at, rows, columns, "j", "i")

        rate = Id(f"‹n {self.name(Symbol('lr', (), 0))}›")
        return {
            "l": self.whole("W", layer, "new"),
            "f": Row(
                (self.whole("W", layer), Op("-"), Id("eta"), _TIMES, self.gradient("W", layer))
            ),
            "n": Row((of("w"), Op("-"), rate, Op("*"), of("grad_w"))),
            "v": of("new_w"),
        }


def window(n: int) -> list[int]:
    """The rows of a large grid that are shown whatever is chosen.

    >>> window(3), window(40)
    ([1, 2, 3], [1, 2, 40])
    """
    return list(range(1, n + 1)) if n <= MOST else [1, 2, n]


def matrix_rule(
    matrices: Matrices, symbol: Symbol, template: Callable[[str], int]
) -> dict[str, Any] | None:
    """The rule of a quantity in matrix style, with the numbers of its templates."""
    lines = matrices.lines(symbol)
    return {key: template(text) for key, text in lines.items()} if lines else None
