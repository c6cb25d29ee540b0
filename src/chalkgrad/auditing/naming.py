"""Which quantity a printed name means: by the names of the problem, by common habits, by the numbers.

A habit that fits several quantities gives all of them, the likelier first; the figures decide.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from chalkgrad.auditing.entities import Entity, constant
from chalkgrad.auditing.habits import (
    ACTS,
    CONSTANTS,
    INDEXED,
    INPUTS,
    LOSSES,
    NETS,
    NEURON,
    OUTPUT,
    RATES,
    STAGE,
    TARGETS,
    WHOLE,
    WHOLE_KINDS,
)
from chalkgrad.errors import ChalkgradError
from chalkgrad.notation import Symbol

if TYPE_CHECKING:
    from collections.abc import Iterator

    from chalkgrad.auditing.worlds import World


class Namer:
    """The meanings of printed names in one problem.

    Attributes:
        known: what a name was found to mean, by the figures printed beside it.
    """

    def __init__(self, world: World) -> None:
        self.world = world
        self.sizes = world.problem.sizes
        self.depth = len(world.problem.layers)
        self.known: dict[str, str] = {}
        self._given = {_plain(name): target for name, target in world.problem.names.items()}
        self._made: dict[str, tuple[Entity, ...]] = {}
        self.sure: set[str] = set()

    def meanings(self, name: str) -> tuple[Entity, ...]:
        """The quantities that a name can mean, in every iteration that the problem has; likelier ones first."""
        made = self._made.get(name)
        if made is None:
            if len(name) > 200:
                return ()
            made = self._made[name] = tuple(dict.fromkeys(self._find(name)))
        return made

    def entry(self, name: str, row: int, column: int, size: tuple[int, int]) -> tuple[Entity, ...]:
        """What an entry of a matrix or a vector means by the name of the whole; nothing if that is not known."""
        m = WHOLE.fullmatch(name)
        if not m:
            return ()
        kind, layer = (
            WHOLE_KINDS[m["letter"] or m["below"]],
            int(m["layer"] or m["under"] or self.depth),
        )
        if not 1 <= layer <= self.depth:
            return ()
        wide = self.sizes[layer - 1] if kind == "w" else 1
        if size not in ((self.sizes[layer], wide), (wide, self.sizes[layer])):
            return ()  # a part of what makes it, not the whole
        if m["new"]:
            kind = f"new_{kind}"
        if m["below"]:
            kind = {"w": "grad_w", "b": "grad_b", "a": "grad_a", "z": "delta"}.get(kind, "")
        if kind.endswith("w"):
            index: tuple[int, ...] = (layer, row, column)
        else:
            index = (layer, row) if column == 1 else (layer, column)
        found = tuple(self._each(kind, index)) if kind else ()
        if kind == "w" and row != column:
            # a given matrix can have its sources in rows
            found += tuple(self._each(kind, (layer, column, row)))
        return found

    # ---------------------------------------------------------------- how names are read
    def _find(self, name: str) -> Iterator[Entity]:
        derivative = re.fullmatch(
            r"d\((?P<top>.*)\)/d\((?P<bottom>[^()]*(?:\(\w+\))?[^()]*)\)", name
        )
        if derivative:
            yield from self._derivative(derivative["top"], derivative["bottom"])
            return
        if " " in name:
            # words typed one after the other, or a product that only names something
            joined = name.replace(" ", "")
            yield from self._find(joined)
            parts = name.split(" ")
            if len(parts) == 2:
                # two names of one quantity: x_1 (i_1)
                one, two = self.meanings(parts[0]), self.meanings(parts[1])
                yield from (e for e in one if any(e.label == other.label for other in two))
            return
        m = re.fullmatch(r"(?i)(new|updated|old|error):(.+)", name)
        if m:
            stage, core = m[1].lower(), m[2]
            if stage == "error":
                yield from self._kinds(core, "grad_")
            else:
                yield from self._staged(core, "" if stage == "old" else "new_")
            return
        m = re.fullmatch(r"(?:Error|error|Delta|grad|d)([wWbB]\w+)", name)
        if m:
            before = "step_" if name.startswith("Delta") else "grad_"
            yield from self._kinds(m[1], before)
        m = STAGE.fullmatch(name)
        if m and m["core"]:
            old = m["stage"].lower() == "old"
            yield from self._staged(m["core"], "" if old else "new_")
        yield from self._plain_name(name)

    def _kinds(self, core: str, before: str) -> Iterator[Entity]:
        """A gradient, a step or a new value of the parameter that a name means."""
        for e in self._plain_name(core):
            if e.symbol is not None and e.symbol.kind in ("w", "b"):
                yield from self._each(before + e.symbol.kind, e.symbol.index)

    _staged = _kinds

    def _each(self, kind: str, index: tuple[int, ...] = ()) -> Iterator[Entity]:
        """A quantity in every iteration and sample."""
        world = self.world
        seen = False
        for iteration in world.iterations:
            for sample in range(len(world.problem.samples) + 1):
                e = world.entities.get(Symbol(kind, index, iteration, sample))
                if e is not None:
                    seen = True
                    yield e
        if not seen:
            for sample in range(len(world.problem.samples) + 1):
                e = world.entities.get(Symbol(kind, index, 0, sample))
                if e is not None:
                    yield e

    def _plain_name(self, name: str) -> Iterator[Entity]:
        own = self._given.get(_plain(name))
        if own is None and name.startswith("omega"):
            own = self._given.get(_plain("w" + name[5:]))
        if own is not None:
            try:
                symbol = self.world.problem.symbol(own)
            except ChalkgradError:
                return
            self.sure.add(name)
            yield from self._each(symbol.kind, symbol.index)
            return
        low = name.casefold()
        if low in LOSSES or re.fullmatch(r"(?:loss|error|e|total\w*error)\^?\(?\d?\)?", low):
            yield from self._each("loss")
        if low in RATES:
            yield from self._each("lr")
        if low in CONSTANTS:
            yield from self._each(CONSTANTS[low])
        if low in ("m", "n") and len(self.world.problem.samples) == 1:
            yield constant(1.0)
        if name in OUTPUT or low in OUTPUT:
            yield from self._outputs()
        yield from self._indexed(name)
        yield from self._neurons(name)

    def _outputs(self) -> Iterator[Entity]:
        if self.sizes[-1] == 1:
            yield from self._each("a", (self.depth, 1))

    def _neurons(self, name: str) -> Iterator[Entity]:
        """``net_h1``, ``out_o1``, ``z_out``, ``H1_final``."""
        m = NEURON.fullmatch(name)
        if not m:
            m = re.fullmatch(
                r"(?P<letter>)(?P<layer>y|o|h|H|O)_?(?P<number>\d+)(?P<j>)_?(?P<final>final|out|act|hat)",
                name,
            )
            if not m:
                return
        hidden = m["layer"] in ("h", "H", "hidden")
        number = int(m["number"] or 1)
        if hidden and self.depth < 2:
            return
        if m["j"]:
            layer, j = number, int(m["j"])
        elif hidden and self.depth > 2:
            return
        else:
            layer, j = (1 if hidden else self.depth), number
        if not m["number"] and self.sizes[layer] > 1:
            return
        letter = m["letter"] or ""
        if m["final"]:
            yield from self._each("a", (layer, j))
        elif letter == "delta":
            yield from self._each("delta", (layer, j))
        elif letter in ("z", "net", "netin", "net_in", "in", "theta", "s", "u", "v", "sum"):
            yield from self._each("z", (layer, j))
        elif letter in ("a", "out", "act", "o"):
            yield from self._each("a", (layer, j))
        elif letter == "b":
            yield from self._bias(layer, j)
        elif letter == "":
            kinds = ("z", "a") if m["layer"] in ("H", "y", "Y") else ("a", "z")
            for kind in kinds:
                yield from self._each(kind, (layer, j))

    def _bias(self, layer: int, j: int) -> Iterator[Entity]:
        yield from self._each("b", (layer, j))
        yield from self._each("b", (layer,))

    def _indexed(self, name: str) -> Iterator[Entity]:
        """A letter with numbers: ``w5``, ``W_{12}^{(2)}``, ``x_1``, ``z_1^{(2)}``, ``delta_1^2``."""
        m = INDEXED.fullmatch(name)
        if not m:
            return
        letter, low, high = m["letter"], m["low"], (m["high"] or "")
        if letter in ("omega", "W", "Omega"):
            letter = "w"
        bracketed = high[:1] in ("(", "[")
        number = re.sub(r"\D", "", high)
        layer = int(number) if number else self.depth if high.strip("()[]") in ("L", "l") else None
        if low in ("i", "j"):
            low = "1" if self.sizes[-1] == 1 else ""
        digits = tuple(int(c) for c in low)
        whole = int(low) if low else None
        short = letter.casefold()
        if short == "w":
            yield from self._weights(digits, whole, layer, bracketed=bracketed)
            return
        if short in ("b", "bias"):
            yield from self._biases(whole, layer)
            return
        if letter == "delta":
            if layer is not None and whole:
                yield from self._each("delta", (layer, whole))
            elif layer is None:
                yield from self._running("delta", whole or 1)
            return
        if layer is not None:
            yield from self._in_layer(letter, layer, 1 if whole is None else whole)
            return
        if short in INPUTS and whole:
            yield from self._each("x", (whole,))
        if short in TARGETS:
            yield from self._target(whole)
        if letter in NETS and short not in ("a", "in"):
            yield from self._running("z", whole or 1)
        if letter in ACTS and short not in ("x", "y", "h"):
            yield from self._running("a", whole or 1)

    def _target(self, whole: int | None) -> Iterator[Entity]:
        if whole or self.sizes[-1] == 1:
            yield from self._each("t", (whole or 1,))

    def _weights(
        self, digits: tuple[int, ...], whole: int | None, layer: int | None, *, bracketed: bool
    ) -> Iterator[Entity]:
        if len(digits) == 2:
            one, two = digits
            layers = range(1, self.depth + 1) if layer is None else (layer,)
            for number in layers:
                if bracketed:
                    yield from self._each("w", (number, one, two))
                    if one == 0:
                        yield from self._bias(number, two)
                    continue
                # a bare number above: the source comes first, and source 0 is the bias
                if one == 0:
                    yield from self._bias(number, two)
                yield from self._each("w", (number, two, one))
                if layer is None:
                    yield from self._each("w", (number, one, two))
        if whole is not None and layer is None:
            yield from self._each("w", self._weight_at(whole))
        elif whole is None and self.sizes == (1, 1):
            yield from self._each("w", (1, 1, 1))
        elif len(digits) == 1 and layer is not None:
            if self.sizes[layer] == 1:
                yield from self._each("w", (layer, 1, digits[0]))
            elif self.sizes[layer - 1] == 1:
                yield from self._each("w", (layer, digits[0], 1))

    def _weight_at(self, number: int) -> tuple[int, ...]:
        for layer in range(1, self.depth + 1):
            wide = self.sizes[layer - 1]
            count = wide * self.sizes[layer]
            if 1 <= number <= count:
                return (layer, (number - 1) // wide + 1, (number - 1) % wide + 1)
            number -= count
        return (0, 0, 0)

    def _biases(self, whole: int | None, layer: int | None) -> Iterator[Entity]:
        if layer is not None:
            yield from self._bias(layer, whole or 1)
            return
        if whole is None:
            if self.depth == 1:
                yield from self._bias(1, 1)
            return
        shape = self.world.problem.shape
        for number in range(1, self.depth + 1):
            for j in (0, *range(1, self.sizes[number] + 1)):
                index = (number, j) if j else (number,)
                e = self.world.get("b", index)
                if e is not None and shape.bias_number(index) == whole:
                    yield from self._each("b", index)
        if whole <= self.depth:
            yield from self._bias(whole, 1)
        yield from self._bias(1, whole)

    def _running(self, kind: str, number: int) -> Iterator[Entity]:
        """A neuron by its number: counted through the network, or within the output layer."""
        rest = number
        for layer in range(1, self.depth + 1):
            if 1 <= rest <= self.sizes[layer]:
                yield from self._each(kind, (layer, rest))
            rest -= self.sizes[layer]
        if self.depth > 1:
            yield from self._each(kind, (self.depth, number))

    def _in_layer(self, letter: str, layer: int, j: int) -> Iterator[Entity]:
        if layer == 0 and letter in ("x", "a", "chi", "o", "h", "y"):
            if j == 0:
                yield constant(1.0)
            yield from self._each("x", (j,))
            return
        if j == 0:
            yield constant(1.0)
            return
        if letter in ("theta", "z", "net", "s", "u", "v", "in"):
            yield from self._each("z", (layer, j))
        elif letter in ("x", "a", "chi", "o", "out", "h", "y"):
            yield from self._each("a", (layer, j))

    # ---------------------------------------------------------------- derivatives
    def _derivative(self, top: str, bottom: str) -> Iterator[Entity]:
        part = re.fullmatch(r"(?:E|L|J|C|e|error|Error|Loss|loss)_?(?:o|out)?(\d)", top)
        if self.sizes[-1] == 1:
            part = None
        whole = part is None and self._is_loss(top)
        for below in self.meanings(bottom):
            s = below.symbol
            if s is None:
                continue
            if whole or part:
                yield from self._of_loss(s, int(part[1]) if part else 0)
            else:
                for above in self.meanings(top):
                    if above.symbol is not None:
                        yield from self._inner(above.symbol, s)

    def _is_loss(self, name: str) -> bool:
        return any(e.symbol is not None and e.symbol.kind == "loss" for e in self.meanings(name))

    def _of_loss(self, s: Symbol, part: int) -> Iterator[Entity]:
        kind = {"w": "grad_w", "b": "grad_b", "a": "grad_a", "z": "delta"}.get(s.kind)
        if kind is None:
            return
        if part and kind in ("grad_a", "delta") and s.index[0] == self.depth and s.index[1] != part:
            return
        if part and kind == "grad_a" and s.index[0] == self.depth - 1:
            yield from self._path(s, part)
            return
        if part and self.sizes[-1] > 1 and s.index[0] < self.depth:
            return
        yield from self._each(kind, s.index) if s.iteration <= 1 else ()

    def _path(self, s: Symbol, part: int) -> Iterator[Entity]:
        """What one output hands back to a hidden neuron."""
        for iteration in self.world.iterations:
            delta = self.world.get("delta", (self.depth, part), iteration, s.sample)
            weight = self.world.get("w", (self.depth, part, s.index[1]), iteration)
            if delta is not None and weight is not None:
                yield product(delta, weight)

    def _inner(self, above: Symbol, below: Symbol) -> Iterator[Entity]:
        world = self.world
        if above.iteration > 1 and below.iteration not in (0, above.iteration):
            return
        if (above.kind, below.kind) == ("a", "z") and above.index == below.index:
            if above.iteration == below.iteration:
                yield from self._one("da_dz", above.index, above)
        elif above.kind == "z" and below.kind == "w" and above.index == below.index[:2]:
            layer, source = below.index[0] - 1, below.index[2]
            if layer:
                yield from self._one("a", (layer, source), above)
            else:
                e = world.get("x", (source,), 0, above.sample)
                if e is not None:
                    yield e
        elif above.kind == "z" and below.kind == "b" and above.index[0] == below.index[0]:
            if len(below.index) == 1 or below.index == above.index:
                yield constant(float(world.problem.training.bias_input))
        elif above.kind == "z" and below.kind == "a" and above.index[0] == below.index[0] + 1:
            e = world.get("w", (*above.index, below.index[1]), above.iteration)
            if e is not None and below.iteration == above.iteration:
                yield e
        elif above.kind == "z" and below.kind == "x" and above.index[0] == 1:
            e = world.get("w", (*above.index, below.index[0]), above.iteration)
            if e is not None:
                yield e

    def _one(self, kind: str, index: tuple[int, ...], like: Symbol) -> Iterator[Entity]:
        e = self.world.get(kind, index, like.iteration, like.sample)
        if e is not None:
            yield e


def product(one: Entity, two: Entity) -> Entity:
    """The product of two quantities, as a quantity on the way."""
    return Entity(f"{one.label} * {two.label}", one.true * two.true, one.other * two.other)


def _plain(name: str) -> str:
    return re.sub(r"[_{}\s\\^]", "", name).casefold()
