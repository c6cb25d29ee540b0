"""Names of quantities.

A `Symbol` is a kind and its indices (layer, neuron it goes to, neuron it comes from; all from 1), with
the iteration and the sample it belongs to. Its canonical text is ``it2.s3.w[1][2,3]``. How they are
spelled is a matter of `spelling`.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import NamedTuple

from chalkgrad.errors import RequestError, nearest
from chalkgrad.light import dataclass


class Symbol(NamedTuple):
    """One quantity.

    Attributes:
        kind: a key of `KINDS`.
        index: layer, to, from; as many as the kind takes.
        iteration: from 1; 0 for what no iteration changes (inputs, targets, constants).
        sample: from 1; 0 for what belongs to the whole batch.
    """

    kind: str
    index: tuple[int, ...] = ()  # type: ignore[assignment]  # tuple.index is not missed
    iteration: int = 1
    sample: int = 0

    def __str__(self) -> str:
        prefix = f"it{self.iteration}." if self.iteration else ""
        return prefix + (f"s{self.sample}." if self.sample else "") + self.bare

    @property
    def bare(self) -> str:
        """The name without prefixes, as in ``w[1][2,3]``."""
        return bare_name(self.kind, self.index)


@lru_cache(maxsize=100_000)
def bare_name(kind: str, index: tuple[int, ...]) -> str:
    """A kind and its indices as text: the first in its own brackets, the others together."""
    text = f"{kind}[{index[0]}]" if index else kind
    return f"{text}[{','.join(map(str, index[1:]))}]" if len(index) > 1 else text


@dataclass(frozen=True, slots=True)
class Kind:
    """What one kind of quantity is.

    Attributes:
        sizes: how many indices it may take.
        words: what it is, with ``{0}`` and so on for the indices.
        of_sample: whether it belongs to a sample (then its name takes ``s3.``, as do `PARTED`).
        constant: whether no iteration changes it.
    """

    sizes: tuple[int, ...]
    words: str
    of_sample: bool = False
    constant: bool = False


KINDS: dict[str, Kind] = {
    "x": Kind((1,), "input {0}", of_sample=True, constant=True),
    "t": Kind((1,), "target of output {0}", of_sample=True, constant=True),
    "w": Kind((3,), "weight of layer {0} from {2} to {1}"),
    "b": Kind((2, 1), "bias of layer {0}"),
    "z": Kind((2,), "net input of neuron {1} of layer {0}", of_sample=True),
    "a": Kind((2,), "activation of neuron {1} of layer {0}", of_sample=True),
    "loss": Kind((0,), "loss"),
    "error": Kind((1,), "error of output {0}, target minus activation", of_sample=True),
    "grad_a": Kind((2,), "gradient by the activation of neuron {1} of layer {0}", of_sample=True),
    "da_dz": Kind((2,), "slope of the activation of neuron {1} of layer {0}", of_sample=True),
    "delta": Kind((2,), "delta of neuron {1} of layer {0}", of_sample=True),
    "grad_w": Kind((3,), "gradient by the weight of layer {0} from {2} to {1}"),
    "grad_b": Kind((2, 1), "gradient by the bias of layer {0}"),
    "step_w": Kind((3,), "change of the weight of layer {0} from {2} to {1}"),
    "step_b": Kind((2, 1), "change of the bias of layer {0}"),
    "new_w": Kind((3,), "updated weight of layer {0} from {2} to {1}"),
    "new_b": Kind((2, 1), "updated bias of layer {0}"),
    # factors that the chain rule names; their values are those of other quantities
    "dz_dw": Kind((3,), "what enters the weight", of_sample=True),
    "dz_db": Kind((2,), "what enters the bias", of_sample=True),
    "dz_da": Kind((3,), "weight on the way", of_sample=True),
    # constants of the training
    "lr": Kind((0,), "learning rate", constant=True),
    "weight_decay": Kind((0,), "weight decay", constant=True),
    "momentum": Kind((0,), "momentum", constant=True),
    "rho": Kind((0,), "decay of the mean square", constant=True),
    "beta1": Kind((0,), "decay of the first moment", constant=True),
    "beta2": Kind((0,), "decay of the second moment", constant=True),
    "epsilon": Kind((0,), "small number under the fraction", constant=True),
    "update": Kind((0,), "number of the update"),
}
PARTED = ("loss", "grad_w", "grad_b")
"""Kinds of the batch that each sample has a part in: with ``s3.`` they are that part."""
MEMORIES = {
    "decayed": ("g", "gradient with weight decay"),
    "velocity": ("v", "velocity"),
    "square_sum": ("s", "sum of squared gradients"),
    "mean_square": ("s", "mean square of the gradient"),
    "first_moment": ("m", "first moment"),
    "second_moment": ("v", "second moment"),
    "first_unbiased": ("m", "first moment without its bias"),
    "second_unbiased": ("v", "second moment without its bias"),
}
for _memory, (_letter, _words) in MEMORIES.items():
    KINDS[f"{_memory}_w"] = Kind((3,), _words + " of the weight of layer {0} from {2} to {1}")
    KINDS[f"{_memory}_b"] = Kind((2, 1), _words + " of the bias of layer {0}")

_NAME = re.compile(r"(?:it(\d+)\.)?(?:s(\d+)\.)?([A-Za-z_]\w*)((?:\[[\d,]+\])*)")


def parse(name: str) -> Symbol:
    """The symbol of a canonical name; an iteration that is not named is 1, a sample that is not, 0.

    Raises:
        RequestError: the text is not a name of the vocabulary.

    >>> parse("it2.s3.w[1][2,3]")
    Symbol(kind='w', index=(1, 2, 3), iteration=2, sample=3)
    """
    symbol = named(name)
    if symbol:
        return symbol
    m = _NAME.fullmatch(re.sub(r"\s", "", name))
    kind = KINDS.get(m[3]) if m else None
    if not m or not kind:
        hint = nearest(m[3] if m else name, KINDS)
        raise RequestError(f'"{name}" is not a name of a quantity' + (f"; {hint}" if hint else ""))
    if "0" in (m[1], m[2]):
        raise RequestError(f'"{name}": iterations and samples are counted from 1')
    raise RequestError(f'"{name}" must be written like {bare_name(m[3], (1,) * kind.sizes[0])}')


def named(name: str) -> Symbol | None:
    """The symbol of a canonical name as `parse` gives it, or None where the text is no such name."""
    m = _NAME.fullmatch(re.sub(r"\s", "", name))
    kind = KINDS.get(m[3]) if m else None
    if not m or not kind or "0" in (m[1], m[2]):
        return None
    index = tuple(int(number) for number in re.findall(r"\d+", m[4]))
    if len(index) not in kind.sizes or bare_name(m[3], index) != m[3] + m[4]:
        return None
    iteration = 0 if kind.constant else int(m[1] or 1)
    return Symbol(m[3], index, iteration, int(m[2] or 0))


def split_prefix(name: str) -> tuple[str, str]:
    """A name as its prefixes and the rest; the prefixes in small letters.

    >>> split_prefix("IT2.s3.w5")
    ('it2.s3.', 'w5')
    """
    m = re.match(r"(?:it\d+\.)?(?:s\d+\.)?", name, re.IGNORECASE)
    end = m.end() if m else 0
    return name[:end].lower(), name[end:]
