"""The lines of working in matrix style: a whole layer at once, in which the entry chosen is framed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from chalkgrad.activations import ACTIVATIONS
from chalkgrad.boxes import Box, Fence, Grid, Id, Named, Op, Row, Script, Words
from chalkgrad.notation import Symbol, derivative
from chalkgrad.view.templates import to_template

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from chalkgrad.problem import Problem

MOST = 6
"""Rows and columns that are written out; of more the first two, the last and the one chosen are."""
_TIMES = Op("matmul")


class Matrices:
    """Writes the lines of one problem; templates have the names of the view in their slots."""

    def __init__(self, problem: Problem, name: Callable[[Symbol], str]) -> None:
        self.problem, self.name = problem, name
        self.sizes, self.depth = problem.sizes, len(problem.layers)

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

    def window(self, n: int, own: int) -> list[int]:
        """The rows or columns that are shown, 0 for those left out."""
        if n <= MOST:
            return list(range(1, n + 1))
        kept = sorted({1, 2, own, n})
        out: list[int] = []
        for k in kept:
            out += [0] if out and k > out[-1] + 1 else []
            out.append(k)
        return out

    def number(self, symbol: Symbol | None) -> Box:
        """A slot for a number, or dots."""
        return Id(f"‹n {self.name(symbol)}›") if symbol else Id("⋯")

    def column(self, at: Callable[[int], Symbol], rows: Sequence[int]) -> Box:
        """A vector as a column."""
        return Grid(tuple((self.number(at(j)) if j else Id("⋮"),) for j in rows))

    def grid(
        self, at: Callable[[int, int], Symbol], rows: Sequence[int], columns: Sequence[int]
    ) -> Box:
        """A matrix."""
        return Grid(
            tuple(tuple(self.number(at(r, c) if r and c else None) for c in columns) for r in rows)
        )

    def entering(self, symbol: Symbol, layer: int) -> Callable[[int], Symbol]:
        """What enters a layer: activations of the one before, or inputs."""
        if layer == 1:
            return lambda i: Symbol("x", (i,), 0, symbol.sample)
        return lambda i: symbol._replace(kind="a", index=(layer - 1, i))

    # ---------------------------------------------------------------- one kind each
    def _z(self, symbol: Symbol, layer: int, j: int) -> dict[str, Box]:
        record = self.problem.layers[layer - 1]
        rows, columns = self.window(self.sizes[layer], j), self.window(self.sizes[layer - 1], 1)
        names: list[Box] = [self.whole("W", layer), _TIMES, self.whole("a", layer - 1)]
        numbers: list[Box] = [
            self.grid(lambda r, c: Symbol("w", (layer, r, c)), rows, columns),
            _TIMES,
            self.column(self.entering(symbol, layer), columns),
        ]
        if record.bias is not None:
            sign = Op("+" if self.problem.training.bias_input == 1 else "-")
            shared = record.shares_bias
            names += [sign, self.whole("b", layer)]
            numbers += [
                sign,
                self.column(lambda r: Symbol("b", (layer,) if shared else (layer, r)), rows),
            ]
        return {
            "l": self.whole("z", layer),
            "f": Row(tuple(names)),
            "n": Row(tuple(numbers)),
            "v": self.column(lambda r: symbol._replace(index=(layer, r)), rows),
        }

    def _a(self, symbol: Symbol, layer: int, j: int) -> dict[str, Box]:
        name = self.problem.layers[layer - 1].activation.name.replace("_", " ")
        rows = self.window(self.sizes[layer], j)
        return {
            "l": self.whole("a", layer),
            "f": Row((Words(name), Fence(self.whole("z", layer)))),
            "n": Row(
                (
                    Words(name),
                    Fence(
                        self.column(lambda r: symbol._replace(kind="z", index=(layer, r)), rows),
                        "",
                        "",
                    ),
                )
            ),
            "v": self.column(lambda r: symbol._replace(index=(layer, r)), rows),
        }

    def _grad_a(self, symbol: Symbol, layer: int, i: int) -> dict[str, Box] | None:
        if layer in (0, self.depth):
            return None
        t = self.problem.training
        kind = "new_w" if t.update_order == "in_place" and self.problem.updates else "w"
        after = layer + 1
        rows, columns = self.window(self.sizes[layer], i), self.window(self.sizes[after], 1)
        back = self.whole("W", after, "new" if kind == "new_w" else "")
        return {
            "l": self.gradient("a", layer),
            "f": Row((Script(back, sup=Op("T")), _TIMES, self.whole("delta", after))),
            "n": Row(
                (
                    self.grid(lambda r, c: Symbol(kind, (after, c, r)), rows, columns),
                    _TIMES,
                    self.column(lambda k: symbol._replace(kind="delta", index=(after, k)), columns),
                )
            ),
            "v": self.column(lambda r: symbol._replace(index=(layer, r)), rows),
        }

    def _delta(self, symbol: Symbol, layer: int, j: int) -> dict[str, Box] | None:
        whole = ACTIVATIONS[self.problem.layers[layer - 1].activation.name].whole_layer
        if whole or (layer == self.depth and self.problem.pairing):
            return None
        rows = self.window(self.sizes[layer], j)
        slope = derivative(self.whole("a", layer), self.whole("z", layer))

        def of(kind: str) -> Box:
            return self.column(lambda r: symbol._replace(kind=kind, index=(layer, r)), rows)

        return {
            "l": self.whole("delta", layer),
            "f": Row((self.gradient("a", layer), Op("hadamard"), slope)),
            "n": Row((of("grad_a"), Op("hadamard"), of("da_dz"))),
            "v": of("delta"),
        }

    def _grad_w(self, symbol: Symbol, layer: int, j: int, i: int) -> dict[str, Box]:
        rows, columns = self.window(self.sizes[layer], j), self.window(self.sizes[layer - 1], i)
        sample = symbol.sample or (
            self.problem.batch(1)[0] if len(self.problem.batch(1)) == 1 else 0
        )
        here = symbol._replace(sample=sample)
        enter = self.entering(here, layer)
        flat = tuple(self.number(enter(c)) if c else Id("⋯") for c in columns)
        return {
            "l": self.gradient("W", layer),
            "f": Row(
                (
                    self.whole("delta", layer),
                    _TIMES,
                    Script(self.whole("a", layer - 1), sup=Op("T")),
                )
            ),
            "n": Row(
                (
                    self.column(lambda r: here._replace(kind="delta", index=(layer, r)), rows),
                    _TIMES,
                    Grid((flat,)),
                )
            ),
            "v": self.grid(lambda r, c: symbol._replace(index=(layer, r, c)), rows, columns),
        }

    def _new_w(self, symbol: Symbol, layer: int, j: int, i: int) -> dict[str, Box] | None:
        training = self.problem.training
        if training.optimizer.name != "sgd" or any(training.optimizer.params.values()):
            return None
        rows, columns = self.window(self.sizes[layer], j), self.window(self.sizes[layer - 1], i)

        def of(kind: str) -> Box:
            return self.grid(
                lambda r, c: symbol._replace(kind=kind, index=(layer, r, c)), rows, columns
            )

        rate = Symbol("lr", (), 0)
        return {
            "l": self.whole("W", layer, "new"),
            "f": Row(
                (self.whole("W", layer), Op("-"), Id("eta"), _TIMES, self.gradient("W", layer))
            ),
            "n": Row((of("w"), Op("-"), self.number(rate), Op("*"), of("grad_w"))),
            "v": of("new_w"),
        }


def matrix_rule(
    matrices: Matrices, symbol: Symbol, template: Callable[[str], int]
) -> dict[str, Any] | None:
    """The rule of a quantity in matrix style, with the numbers of its templates."""
    lines = matrices.lines(symbol)
    return {key: template(text) for key, text in lines.items()} if lines else None
