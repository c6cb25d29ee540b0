"""Which quantity a printed name means: by the names of the problem, by common habits, by the numbers.

A habit that fits several quantities gives all of them, the likelier first; the figures decide.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from chalkgrad.auditing.counting import (
    bias_of,
    biases_of,
    neurons_of,
    on_its_side,
    running,
    weights_of,
)
from chalkgrad.auditing.entities import Entity, constant
from chalkgrad.auditing.habits import (
    ACTS,
    CONSTANTS,
    INDEXED,
    INPUTS,
    LISTED,
    LOSSES,
    NETS,
    NEURON,
    OUTPUT,
    RATES,
    SAMPLED,
    STAGE,
    TARGETS,
    WHOLE,
    WHOLE_KINDS,
)
from chalkgrad.auditing.partials import derived
from chalkgrad.errors import ChalkgradError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from chalkgrad.auditing.worlds import World


_BEFORE = {"new": "new_", "updated": "new_", "old": ""}
"""Words before the name of a parameter, and what its kind begins with then."""


class Namer:
    """The meanings of printed names in one problem.

    Attributes:
        known: what a name was found to mean, by the figures printed beside it.
        turned: the layers whose weights stand in matrices with one column for each neuron.
    """

    def __init__(self, world: World) -> None:
        self.world = world
        self.sizes = world.problem.sizes
        self.depth = len(world.problem.layers)
        self.known: dict[str, str] = {}
        self._given = {_plain(name): target for name, target in world.problem.names.items()}
        self._made: dict[str, tuple[Entity, ...]] = {}
        self.sure: set[str] = set()
        self.turned: set[int] = set()

    def meanings(self, name: str) -> tuple[Entity, ...]:
        """The quantities that a name can mean, in every iteration that the problem has; likelier ones first."""
        made = self._made.get(name)
        if made is None:
            if len(name) > 200:
                return ()
            made = self._made[name] = tuple(dict.fromkeys(self._find(name)))
        return made

    def entry(
        self, name: str, row: int, column: int, size: tuple[int, int], *, updated: bool = False
    ) -> tuple[Entity, ...]:
        """What an entry of a matrix or a vector means by the name of the whole; nothing if that is not known.

        Of a matrix of weights that stands on its side, with one column for each neuron, so do its gradients;
        `turned` has the layers for which that was seen, and decides where a matrix is square.
        """
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
        if m["new"] or m["newer"] or (updated and not m["below"] and kind in ("w", "b")):
            kind = f"new_{kind}"
        if m["below"]:
            kind = {"w": "grad_w", "b": "grad_b", "a": "grad_a", "z": "delta"}.get(kind, "")
        if kind.endswith("w"):
            square = size[0] == size[1]
            if layer in self.turned if square else size[0] == wide:
                row, column = column, row
            index: tuple[int, ...] = (layer, row, column)
        else:
            index = (layer, row) if column == 1 else (layer, column)
        found = tuple(self.world.every(kind, index)) if kind else ()
        if kind == "w" and row != column:
            # a given matrix can have its sources in rows
            found += tuple(self.world.every(kind, (layer, column, row)))
        return found

    def lies(self, name: str, values: Sequence[float], size: tuple[int, int]) -> None:
        """Remember of a square matrix of given weights that it has a column for each neuron, if only that fits."""
        m = WHOLE.fullmatch(name)
        if m is not None and not m["below"] and WHOLE_KINDS[m["letter"]] == "w":
            layer = int(m["layer"] or self.depth)
            if on_its_side(self.world, layer, values, size):
                self.turned.add(layer)

    # ---------------------------------------------------------------- how names are read
    def _find(self, name: str) -> Iterator[Entity]:
        derivative = re.fullmatch(
            r"d\((?P<top>.*)\)/d\((?P<bottom>[^()]*(?:\(\w+\))?[^()]*)\)", name
        )
        if derivative:
            yield from derived(self.world, self.meanings, derivative["top"], derivative["bottom"])
            return
        if " " in name:
            # words typed one after the other, or a product that only names something
            joined = name.replace(" ", "")
            yield from self._find(joined)
            parts = name.split(" ")
            if len(parts) == 2 and parts[0].casefold() in _BEFORE:
                yield from self._kinds(parts[1], _BEFORE[parts[0].casefold()])
            elif len(parts) == 2:
                # two names of one quantity: x_1 (i_1)
                one, two = self.meanings(parts[0]), self.meanings(parts[1])
                yield from (e for e in one if any(e.label == other.label for other in two))
            return
        m = re.fullmatch(r"(?i)(new|updated|old|error):(.+)", name)
        if m:
            stage, core = m[1].casefold(), m[2]
            yield from self._kinds(core, _BEFORE.get(stage, "grad_"))
            return
        m = re.fullmatch(r"(?:Error|error|Delta|grad|d)([wWbB]\w+)", name)
        if m:
            before = "step_" if name.startswith("Delta") else "grad_"
            yield from self._kinds(m[1], before)
        m = STAGE.fullmatch(name)
        if m and m["core"]:
            old = m["stage"].lower() == "old"
            yield from self._kinds(m["core"], "" if old else "new_")
        yield from self._plain_name(name)

    def _kinds(self, core: str, before: str) -> Iterator[Entity]:
        """A gradient, a step or a new value of the parameter that a name means."""
        for e in self._plain_name(core):
            if e.symbol is not None and e.symbol.kind in ("w", "b"):
                yield from self.world.every(before + e.symbol.kind, e.symbol.index)

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
            yield from self.world.every(symbol.kind, symbol.index)
            return
        if name[-1:] in ("]", "⟩"):
            yield from self._bracketed(name)
            return
        low = name.casefold()
        if low in LOSSES or re.fullmatch(r"(?:loss|error|e|total\w*error)\^?\(?\d?\)?", low):
            yield from self.world.every("loss")
        if low in RATES:
            yield from self.world.every("lr")
        if low in CONSTANTS:
            yield from self.world.every(CONSTANTS[low])
        if low in ("m", "n") and len(self.world.problem.samples) == 1:
            yield constant(1.0)
        if name in OUTPUT or low in OUTPUT:
            yield from self._outputs()
        yield from self._indexed(name)
        yield from self._neurons(name)

    def _bracketed(self, name: str) -> Iterator[Entity]:
        """The names that a problem gives its quantities, ``w[2][1,1]``; a list, ``w[5]``; a sample, ``E⟨2⟩``."""
        m = SAMPLED.fullmatch(name)
        if m:
            for e in self._plain_name(m["core"]):
                if e.symbol is not None and e.symbol.sample == int(m["sample"]):
                    yield e
            return
        try:
            symbol = self.world.problem.symbol(name)
        except ChalkgradError:
            m = LISTED.fullmatch(name)
            if m:
                yield from neurons_of(self.world, m["letter"], int(m["number"]), 1)
                yield from self._plain_name(m["letter"] + m["number"])
            return
        yield from self.world.every(symbol.kind, symbol.index)

    def _outputs(self) -> Iterator[Entity]:
        if self.sizes[-1] == 1:
            yield from self.world.every("a", (self.depth, 1))

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
            yield from self.world.every("a", (layer, j))
        elif letter == "delta":
            yield from self.world.every("delta", (layer, j))
        elif letter in ("z", "net", "netin", "net_in", "in", "theta", "s", "u", "v", "sum"):
            yield from self.world.every("z", (layer, j))
        elif letter in ("a", "out", "act", "o"):
            yield from self.world.every("a", (layer, j))
        elif letter == "b":
            yield from bias_of(self.world, layer, j)
        elif letter == "":
            kinds = ("z", "a") if m["layer"] in ("H", "y", "Y") else ("a", "z")
            for kind in kinds:
                yield from self.world.every(kind, (layer, j))

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
            yield from weights_of(self.world, digits, whole, layer, bracketed=bracketed)
            return
        if short in ("b", "bias"):
            yield from biases_of(self.world, whole, layer)
            return
        if short in ("v", "velocity"):
            for e in weights_of(self.world, digits, whole, layer, bracketed=bracketed):
                if e.symbol is not None:
                    yield from self.world.every("velocity_w", e.symbol.index)
        if letter == "delta":
            if layer is not None and whole:
                yield from self.world.every("delta", (layer, whole))
            elif layer is None:
                yield from running(self.world, "delta", whole or 1)
            return
        if layer is not None:
            yield from neurons_of(self.world, letter, layer, 1 if whole is None else whole)
            return
        if short in INPUTS and whole:
            yield from self.world.every("x", (whole,))
        if short in TARGETS:
            yield from self._target(whole)
        if letter in NETS and short not in ("a", "in"):
            yield from running(self.world, "z", whole or 1)
        if letter in ACTS and short not in ("x", "y", "h"):
            yield from running(self.world, "a", whole or 1)

    def _target(self, whole: int | None) -> Iterator[Entity]:
        if whole or self.sizes[-1] == 1:
            yield from self.world.every("t", (whole or 1,))


def _plain(name: str) -> str:
    return re.sub(r"[_{}\s\\^]", "", name).casefold()
