"""How quantities are spelled in formulas.

A notation is a row of `NOTATIONS`; names that a problem file gives win over all of them.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from chalkgrad.boxes import GREEK, Box, Fence, Frac, Id, Named, Op, Row, Script, Words
from chalkgrad.light import dataclass, field
from chalkgrad.notation import KINDS, MEMORIES, Symbol, bare_name

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

_CONSTANT_LETTERS = {
    "lr": "eta", "weight_decay": "lambda", "momentum": "mu", "rho": "rho", "epsilon": "epsilon", "update": "k",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Shape:
    """What a notation needs to know of a network: sizes of the layers from the input on, and which share a bias."""

    sizes: tuple[int, ...]
    shared: tuple[bool, ...]

    def weight_number(self, layer: int, to: int, source: int) -> int:
        """The number of a weight in reading order: layer by layer, destination by destination."""
        before = sum(
            a * b for a, b in zip(self.sizes[: layer - 1], self.sizes[1:layer], strict=True)
        )
        return before + (to - 1) * self.sizes[layer - 1] + source

    def bias_number(self, index: tuple[int, ...]) -> int:
        """The number of a bias in reading order; a shared bias counts once."""
        before = zip(self.sizes[1 : index[0]], self.shared[: index[0] - 1], strict=True)
        return sum(1 if shared else n for n, shared in before) + (index[1] if len(index) > 1 else 1)

    def neuron(self, layer: int, j: int) -> str:
        """``h1`` and ``o2``; where there are several hidden layers, ``h2.1``."""
        if layer == len(self.sizes) - 1:
            return f"o{j}"
        return f"h{j}" if len(self.sizes) == 3 else f"h{layer}.{j}"


def _index(*parts: int) -> Id:
    return Id(("," if max(parts) > 9 else "").join(map(str, parts)))


def _contract(kind: str, index: tuple[int, ...], shape: Shape) -> Named:
    letter = _CONSTANT_LETTERS.get(kind, kind)
    if kind in ("beta1", "beta2"):
        return Named(GREEK["beta"] + kind[-1], Script(Id("beta"), Id(kind[-1])))
    if not index:
        return Named(GREEK.get(letter, letter), Id(letter))
    if kind in ("x", "t", "error"):
        head = "e" if kind == "error" else kind
        return Named(f"{head}[{index[0]}]", Script(Id(head), _index(*index)))
    layer = Fence(Id(str(index[0])))
    low = _index(*index[1:]) if len(index) > 1 else None
    head = GREEK.get(kind, kind)
    return Named(head + bare_name(kind, index)[len(kind) :], Script(Id(kind), low, layer))


def _numbered(kind: str, index: tuple[int, ...], shape: Shape) -> Named:
    if kind == "w":
        number = str(shape.weight_number(*index))
        return Named(f"w{number}", Script(Id("w"), Id(number)))
    if kind == "b":
        number = str(shape.bias_number(index))
        return Named(f"b{number}", Script(Id("b"), Id(number)))
    if kind in ("z", "a", "delta"):
        who = shape.neuron(*index)
        return Named(f"{GREEK.get(kind, kind)}_{who}", Script(Id(kind), Id(who)))
    if kind in ("x", "t"):
        return Named(f"{kind}{index[0]}", Script(Id(kind), Id(str(index[0]))))
    return _contract(kind, index, shape)


def _source_first(kind: str, index: tuple[int, ...], shape: Shape) -> Named:
    """``W_ij^l`` with the source first and the bias as index 0; net input theta, activation x."""
    layer = Id(str(index[0])) if index else None

    def made(letter: str, *low: int) -> Named:
        plain = f"{GREEK.get(letter, letter)}_{_index(*low).text}^{layer.text if layer else 0}"
        return Named(plain, Script(Id(letter), _index(*low), layer or Id("0")))

    if kind == "w":
        return made("W", index[2], index[1])
    if kind == "b":
        return made("W", 0, index[1] if len(index) > 1 else 1)
    if kind == "z":
        return made("theta", index[1])
    if kind == "a":
        return made("x", index[1])
    if kind == "delta":
        return made("delta", index[1])
    if kind == "x":
        return Named(f"x_{index[0]}^0", Script(Id("x"), Id(str(index[0])), Id("0")))
    if kind == "t":
        return Named(f"t_{index[0]}", Script(Id("t"), Id(str(index[0]))))
    return _contract(kind, index, shape)


NOTATIONS: dict[str, Callable[[str, tuple[int, ...], Shape], Named]] = {
    "index": _contract,
    "numbered": _numbered,
    "source_first": _source_first,
}


@dataclass(frozen=True)
class Speller:
    """Spells symbols in one notation.

    Attributes:
        shape: the network.
        notation: a key of `NOTATIONS`.
        names: names of the problem file, by symbol; iteration and sample are 0 where any is meant.
        samples: how many there are; where there is one, no mark is written.
        placed: whether some names are those of one iteration or sample.
    """

    shape: Shape
    notation: str = "index"
    names: Mapping[Symbol, str] = field(default_factory=dict)
    samples: int = 1
    placed: bool = False
    _known: dict[tuple[str, tuple[int, ...]], Named] = field(
        default_factory=dict, repr=False, compare=False
    )

    def base(self, kind: str, index: tuple[int, ...]) -> Named:
        """The spelling of a kind and its indices, without iteration and sample."""
        key = (kind, index)
        known = self._known.get(key)
        if known is None:
            known = self._known[key] = self._spell(kind, index)
        return known

    def _spell(self, kind: str, index: tuple[int, ...]) -> Named:
        given = self.names.get(Symbol(kind, index, 0, 0))
        if given:
            return _given_name(given)
        letter = NOTATIONS[self.notation]
        loss = Named("E", Id("E"))
        if kind == "loss":
            return loss
        if kind == "grad_a" and index[0] == 0:
            return derivative(loss, self.base("x", index[1:]))
        if kind in ("grad_a", "grad_w", "grad_b"):
            return derivative(loss, self.base(kind[-1], index))
        if kind == "da_dz":
            return derivative(self.base("a", index), self.base("z", index))
        if kind in ("dz_dw", "dz_db"):
            return derivative(self.base("z", index[:2]), self._parameter(kind[-1], index))
        if kind == "dz_da":
            inner = (
                self.base("a", (index[0] - 1, index[2]))
                if index[0] > 1
                else self.base("x", index[2:])
            )
            return derivative(self.base("z", index[:2]), inner)
        stem, _, which = kind.rpartition("_")
        if which in ("w", "b") and stem:
            inner = self.base(which, index)
            if stem == "new":
                return Named(f"{inner.plain}_new", _raised(inner.body, Id("new")))
            if stem == "step":
                return Named(f"Δ{inner.plain}", Row((Id("Delta"), inner.body)))
            head: Box = Id(MEMORIES[stem][0])
            if stem.endswith("unbiased"):
                head = Script(head, sup=Words("^"))
            mark = "^" if stem.endswith("unbiased") else ""
            return Named(
                f"{MEMORIES[stem][0]}{mark}({inner.plain})", Row((head, Fence(inner.body)))
            )
        return letter(kind, index, self.shape)

    def _parameter(self, which: str, index: tuple[int, ...]) -> Named:
        if which == "b" and self.shape.shared[index[0] - 1]:
            return self.base("b", index[:1])
        return self.base(which, index)

    def __call__(self, symbol: Symbol, context: Symbol | None = None) -> Named:
        """The spelling of `symbol` in a line about `context`: what they share is left unsaid."""
        if self.placed:
            for at in (
                (symbol.iteration, symbol.sample),
                (0, symbol.sample),
                (symbol.iteration, 0),
            ):
                given = self.names.get(Symbol(symbol.kind, symbol.index, *at))
                if given and any(at):
                    return _given_name(given)
        named = self.base(symbol.kind, symbol.index)
        sample = symbol.sample if self.samples > 1 else 0
        if sample and not (context and context.sample == sample):
            mark = Id(str(sample))
            plain = f"{named.plain}⟨{sample}⟩"
            if named.plain.startswith("∂E/"):  # the loss is the sample's, not the weight
                plain = f"∂E⟨{sample}⟩{named.plain.removeprefix('∂E')}"
            named = Named(plain, _raised(named.body, Fence(mark, "⟨", "⟩")))
        if not context or symbol.iteration == context.iteration or symbol.kind == "update":
            return named
        if KINDS[symbol.kind].constant:
            return named
        remembered = symbol.kind[:-2] in MEMORIES
        if remembered and symbol.iteration == context.iteration - 1:
            named = Named(f"{named.plain}_old", _raised(named.body, Words("old")))
        else:
            words = Words(f"it {symbol.iteration}")
            named = Named(f"it{symbol.iteration}.{named.plain}", _raised(named.body, words))
        return named


def contract_name(symbol: Symbol, context: Symbol | None, samples: int) -> str:
    """The contract's name of `symbol` in a line about `context`, with the prefixes that it needs there."""
    text = symbol.bare
    if symbol.sample and samples > 1 and not (context and context.sample == symbol.sample):
        text = f"s{symbol.sample}.{text}"
    if symbol.iteration > 1 and not (context and context.iteration == symbol.iteration):
        text = f"it{symbol.iteration}.{text}"
    elif context and context.iteration > 1 and symbol.iteration == 1:
        text = f"it1.{text}"
    return text


def derivative(of: Named, by: Named) -> Named:
    """The spelling of a partial derivative."""
    top, bottom = Row((Op("d"), of.body)), Row((Op("d"), by.body))
    return Named(f"∂{of.plain}/∂{by.plain}", Frac(top, bottom))


def _raised(body: Box, mark: Box) -> Box:
    """A box with a mark above right; beside a superscript that is there already."""
    match body:
        case Script(base, sub, None):
            return Script(base, sub, mark)
        case Script(base, sub, sup) if sup:
            return Script(base, sub, Row((sup, Words(" "), mark)))
        case Frac(Row((d, of)), bottom) if d == Op("d"):
            return Frac(Row((d, _raised(of, mark))), bottom)
        case _:
            return Script(body, sup=mark)


def _given_name(name: str) -> Named:
    """A name of a problem file: ``w5`` and ``out_o1`` get a subscript, Greek words their letter."""
    m = re.fullmatch(r"([A-Za-z]+)_?(\w*?)'?", name)
    if not m:
        return Named(name, Words(name))
    head, low = m[1], m[2]
    if not low:
        return Named(GREEK.get(head, name), Id(head))
    if "_" in low:
        low = low.replace("_", ",")
    return Named(GREEK.get(head, head) + name[len(head) :], Script(Id(head), Id(low)))
