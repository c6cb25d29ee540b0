"""Printed derivatives that are another one: by another variable, or with factors that do not cancel.

A name that means nothing known accuses nobody: two names are held to be two variables only if each has a
meaning in the problem and they have none in common, or if they differ in the letter of their index alone.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from chalkgrad.auditing.slipped import slipped

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from chalkgrad.auditing.bench import Bench
    from chalkgrad.auditing.records import Finding
    from chalkgrad.auditing.sides import Chain, Side

_BY = re.compile(r"d\((?P<top>.*)\)/d\((?P<bottom>[^()]*)\)")
_LETTERED = re.compile(r"(?P<base>[A-Za-z]+)(?P<letter>[ijkn])(?P<rest>\^.*)?")


class Derivative(NamedTuple):
    """A printed derivative: the names above and below."""

    top: str
    bottom: str


def derivative(name: str) -> Derivative | None:
    """The derivative that a name is.

    >>> derivative("d(E)/d(w5)")
    Derivative(top='E', bottom='w5')
    """
    m = _BY.fullmatch(name)
    return Derivative(m["top"], m["bottom"]) if m else None


def wrong_derivatives(bench: Bench, chain: Chain) -> Iterator[Finding]:
    """The derivatives of a chain that cannot be what its left side is."""
    first = chain.sides[0]
    left = derivative(first.name)
    if left is None:
        return
    for side in chain.sides[1:]:
        if side.relation != "=":
            return
        factors = [derivative(part) for part in side.name.split(" ")] if side.name else []
        if len(factors) > 1 and all(factors) and side.passage == first.passage:
            found = _uncancelled(bench, left, [f for f in factors if f], side)
            if found is not None:
                yield found
    second = chain.sides[1] if len(chain.sides) > 1 else None
    if second is not None and second.passage == first.passage:
        found = _variable(bench, left, second)
        if found is not None:
            yield found
    found = _reader(bench, chain, left, first)
    if found is not None:
        yield found


# ---------------------------------------------------------------- names
def _kinds(bench: Bench, name: str) -> set[tuple[object, ...]]:
    """What a name can mean, whatever the iteration and the sample."""
    return {
        (e.symbol.kind, e.symbol.index)
        for e in bench.namer.meanings(name)
        if e.symbol is not None
    }  # fmt: skip


def _plain(name: str) -> str:
    return re.sub(r"[_^]", "", name).casefold()


def _one(bench: Bench, a: str, b: str) -> bool:
    """Whether two names can be one variable."""
    if _plain(a) == _plain(b):
        return True
    if _LETTERED.fullmatch(a) or _LETTERED.fullmatch(b):
        return False  # whatever neuron is meant, the letter says whether it is the same
    return bool(_kinds(bench, a) & _kinds(bench, b))


def _two(bench: Bench, a: str, b: str) -> bool:
    """Whether two names are surely two variables."""
    one, two = _LETTERED.fullmatch(a), _LETTERED.fullmatch(b)
    if one is not None and two is not None:
        same_but_for_the_letter = (one["base"], one["rest"]) == (two["base"], two["rest"])
        return same_but_for_the_letter and one["letter"] != two["letter"]
    if one is not None or two is not None:
        return False
    meant, other = _kinds(bench, a), _kinds(bench, b)
    return bool(meant) and bool(other) and not meant & other


# ---------------------------------------------------------------- the chain rule
def _uncancelled(
    bench: Bench, left: Derivative, factors: Sequence[Derivative], side: Side
) -> Finding | None:
    """``dE/dw = dE/da * dz/dw``: factors of which a numerator meets no denominator."""
    above = [*(f.top for f in factors), left.bottom]
    below = [*(f.bottom for f in factors), left.top]
    for name in tuple(above):
        match = next((b for b in below if _plain(b) == _plain(name)), None)
        match = match or next((b for b in below if _one(bench, name, b)), None)
        if match is not None:
            above.remove(name)
            below.remove(match)
    if not above or len(above) > len(factors):
        return None
    pairs = list(zip(above, below, strict=True))
    if not all(_two(bench, a, b) for a, b in pairs):
        return None
    last = factors[-1].bottom
    for a, b in pairs:
        ends = a == left.bottom and b == last
        if ends and {k for k, _ in _kinds(bench, a)} != {k for k, _ in _kinds(bench, b)}:
            return None  # the product goes on, in a line that is not seen as part of this one
    a, b = pairs[0]
    return slipped(
        bench, side, f"this product is not the derivative on the left: ∂{a} above and ∂{b} below do not cancel"
    )  # fmt: skip


# ---------------------------------------------------------------- one derivative
def _variable(bench: Bench, left: Derivative, second: Side) -> Finding | None:
    """``dE/da = d(1/2 (t - a)^2)/dz``: a derivative of a formula, by another variable than its left side has."""
    right = derivative(second.name)
    if right is None or " " in second.name or "(" not in right.top or left.bottom == right.bottom:
        return None
    one, two = bench.namer.meanings(left.bottom), bench.namer.meanings(right.bottom)
    if not one or not two:
        return None
    by = {e.label for e in one}
    if two[0].label in by or one[0].label == two[0].label:
        return None
    return slipped(
        bench, second, f"this is a derivative by {right.bottom}; on the left stands one by {left.bottom}"
    )  # fmt: skip


def _reader(bench: Bench, chain: Chain, left: Derivative, first: Side) -> Finding | None:
    """``dy1/dw1 = x1``, where it is another neuron than y1 that reads w1 and has this derivative."""
    if bench.namer.meanings(first.name):
        return None
    tops, bottoms = _kinds(bench, left.top), _kinds(bench, left.bottom)
    if len(bottoms) != 1 or not tops or not confirmed(bench, left.bottom):
        return None
    kind, index = next(iter(bottoms))
    if kind != "w" or not isinstance(index, tuple) or len(index) != 3:
        return None
    layer, j, i = index
    if any(k not in ("z", "a", "t") or at == (layer, j) for k, at in tops):
        return None
    source = ("x", (i,)) if layer == 1 else ("a", (layer - 1, i))
    if not any(_kinds(bench, side.name) == {source} for side in chain.sides[1:] if side.name):
        return None
    return slipped(
        bench, first, f"z[{layer}][{j}] reads {left.bottom} and has this derivative; {left.top} is another quantity"
    )  # fmt: skip


def confirmed(bench: Bench, name: str) -> bool:
    """Whether the names of the problem or a figure of the document say what a name means."""
    if name in bench.namer.known or name in bench.namer.sure:
        return True
    made = derivative(name)
    return (
        made is not None
        and ("loss", ()) in _kinds(bench, made.top)
        and confirmed(bench, made.bottom)
    )
