"""Formulas as MathML with slots: sent once, and filled by the view with symbols and with numbers.

A template is written for the shape of a formula, its symbols replaced by their positions; so the
formulas of a whole layer share one. The slots are ``‹s 3›`` (the symbol), ``‹n 3›`` (its number),
``‹p 3›`` (in brackets where it has a minus), ``‹q 3›`` (in brackets where it has a minus or a power of
ten) and ``‹m 3›`` (its negative). Which of them stands where is decided by `typesetting`, the one
place that knows precedence.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple, cast

from chalkgrad.boxes import Box, Fence, Frac, Grid, Id, Named, Number, Op, Root, Row, Script
from chalkgrad.formula import (
    Add,
    Cases,
    Div,
    Fn,
    Formula,
    Mul,
    Neg,
    Num,
    Pow,
    Sym,
    children,
    is_above,
    substitute,
    symbols,
)
from chalkgrad.mathml import to_mathml
from chalkgrad.notation import KINDS, Symbol
from chalkgrad.typesetting import typeset

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

LONGEST = 8
"""Terms of a sum that are written out; of a longer one the first two and the last are."""
ELLIPSIS = Symbol("⋯", (), 0)
_GRID = re.compile(r"<mtr><mtd><mi>(‹g [^›]*›)</mi></mtd></mtr>")
_SLOT = re.compile(
    r"<m(?:frac|sub)><mi>(‹[^›]*›)</mi><mi>‹›</mi></m(?:frac|sub)>|<mi>(‹[^›]*›)</mi>"
)


class Place(NamedTuple):
    """What stands for a symbol in a shape: its position, and how its spelling is set."""

    at: int
    like: str


class Shape(NamedTuple):
    """A formula without its names, and the symbols that belong in its places."""

    formula: Formula
    reads: tuple[Symbol, ...]


def shape_of(formula: Formula) -> Shape:
    """The shape of a formula; long sums are cut to their first two terms and the last.

    >>> shape_of(Mul((Sym(Symbol("lr", (), 0)), Sym(Symbol("w", (1, 1, 1)))))).reads[0].kind
    'lr'
    """
    formula = _shortened(formula)
    reads = tuple(s for s in dict.fromkeys(symbols(formula)) if s != ELLIPSIS)
    at = {s: n for n, s in enumerate(reads)}

    def placed(symbol: Symbol) -> Formula:
        if symbol == ELLIPSIS:
            return Sym(symbol)
        # the tree is read by its shape only: a place stands where a symbol stood
        return Sym(cast("Any", Place(at[symbol], _like(symbol))))

    return Shape(substitute(formula, placed), reads)


def _like(symbol: Symbol) -> str:
    """How the spelling of a symbol is set: as a fraction, with scripts, or as a letter."""
    if symbol.kind.startswith(("grad_", "da_", "dz_")):
        return "fraction"
    return "scripted" if KINDS[symbol.kind].sizes != (0,) else "letter"


def _shortened(node: Formula) -> Formula:
    match node:
        case Add(terms) if len(terms) > LONGEST:
            kept = (*terms[:2], Sym(ELLIPSIS), terms[-1])
            return Add(tuple(map(_shortened, kept)))
        case Add(terms):
            return Add(tuple(map(_shortened, terms)))
        case Mul(factors):
            return Mul(tuple(map(_shortened, factors)))
        case Neg(body):
            return Neg(_shortened(body))
        case Div(top, bottom):
            return Div(_shortened(top), _shortened(bottom))
        case Pow(base, exponent):
            return Pow(_shortened(base), _shortened(exponent))
        case Fn(function, args) if function.define and len(args) > LONGEST:
            return _shortened(function.define(*args))
        case Fn(function, args):
            return Fn(function, tuple(map(_shortened, args)))
        case _:
            return node


# ---------------------------------------------------------------- with symbols
@lru_cache(maxsize=4096)
def symbol_template(formula: Formula, language: str = "en") -> str:
    """The MathML of a shape with a slot for each symbol.

    >>> product = shape_of(Mul((Sym(Symbol("lr", (), 0)), Sym(Symbol("delta", (1, 1))))))
    >>> symbol_template(product.formula)
    '<mrow>‹s 0›<mo>⋅</mo>‹s 1›</mrow>'
    """
    return _breakable(typeset(formula, _spelled, language=language))


def _spelled(symbol: Any) -> Box:
    if not isinstance(symbol, Place):
        return Id("⋯")
    slot = Id(f"‹s {symbol.at}›")
    # a hollow part, taken off again, lets brackets grow and appear as they do around the real thing
    if symbol.like == "fraction":
        return Frac(slot, Id("‹›"))
    return Script(slot, Id("‹›")) if symbol.like == "scripted" else slot


def _breakable(box: Box) -> str:
    """A box as a template with the mark ``‹b›`` where a long sum may go on in another line."""
    signs = (Op("+"), Op("-"))
    if not isinstance(box, Row) or not any(item in signs for item in box.items):
        return to_template(box)
    return "".join(("‹b›" if item in signs else "") + to_template(item) for item in box.items)


def to_template(box: Box) -> str:
    """A box with slots as MathML."""
    return _SLOT.sub(lambda m: m[1] or m[2], _GRID.sub(r"\1", to_mathml(box)))


# ---------------------------------------------------------------- with numbers
def branches(formula: Formula) -> Iterator[tuple[int, str, float]]:
    """The case distinctions of a shape that numbers decide: place, relation and bound.

    >>> list(branches(shape_of(Num(1.0)).formula))
    []
    """
    stack = [formula]
    while stack:
        node = stack.pop()
        if isinstance(node, Cases) and isinstance(node.left, Sym) and isinstance(node.right, Num):
            yield cast("Any", node.left.name).at, node.relation, node.right.value
        stack.extend(reversed(children(node)))


@lru_cache(maxsize=4096)
def number_template(formula: Formula, taken: tuple[bool, ...] = (), language: str = "en") -> str:
    """The MathML of a shape with a slot for each number; `taken` says which branches are.

    >>> total = shape_of(Mul((Num(0.5), Sym(Symbol("delta", (1, 1))))))
    >>> number_template(total.formula)
    '<mrow><mn>0.5</mn><mo>⋅</mo>‹p 0›</mrow>'
    """
    chosen = {
        at: bound + (1 if over else -1)
        for (at, _, bound), over in zip(branches(formula), taken, strict=True)
    }

    def with_text(begin: str) -> Box:
        def number(place: Any) -> Formula:
            if not isinstance(place, Place):
                return Sym(place)
            return Num(chosen.get(place.at, 1.0), f"{begin}‹{place.at}›")

        return typeset(substitute(formula, number), _spelled, language=language)

    # brackets that stand around any number belong to a function, those around powers of ten and minus
    # signs alone to the number
    always, powers = ([b for _, b in _numbers(with_text(t))] for t in ("", "e"))
    codes = ("f" if a else "q" if b else "" for a, b in zip(always, powers, strict=True))
    return _breakable(_slotted(with_text("-"), codes))


def _numbers(box: Box) -> Iterator[tuple[str, bool]]:
    """The slots among the numbers of a box in reading order, and whether brackets stand around each."""
    match box:
        case Fence(Number(text)) if "‹" in text:
            yield text, True
        case Number(text):
            if "‹" in text:
                yield text, False
        case _:
            for part in _parts(box):
                yield from _numbers(part)


def _parts(box: Box) -> tuple[Box, ...]:
    match box:
        case Row(items):
            return items
        case Fence(body) | Root(body) | Named(_, body):
            return (body,)
        case Frac(top, bottom):
            return (top, bottom)
        case Script(base, sub, sup):
            return tuple(part for part in (base, sub, sup) if part)
        case Grid(rows):
            return tuple(cell for row in rows for cell in row)
        case _:
            return ()


def _slotted(box: Box, codes: Iterator[str]) -> Box:
    """The box with slots in place of marked numbers."""

    def slot(text: str, code: str) -> Id:
        return Id(f"‹{code} {text.strip('-‹›')}›")

    def go(box: Box) -> Box:
        match box:
            case Fence(Number(text), left, right) if "‹" in text:
                code = next(codes) or "p"
                return Fence(slot(text, "n"), left, right) if code == "f" else slot(text, code)
            case Number(text) if "‹" in text:
                return slot(text, next(codes) or ("n" if text.startswith("-") else "m"))
            case Row(items):
                return Row(tuple(map(go, items)))
            case Fence(body, left, right):
                return Fence(go(body), left, right)
            case Frac(top, bottom):
                return Frac(go(top), go(bottom))
            case Script(base, sub, sup):
                low = go(sub) if sub else None
                return Script(go(base), low, go(sup) if sup else None)
            case Root(body):
                return Root(go(body))
            case Named(plain, body):
                return Named(plain, go(body))
            case Grid(rows, left, right):
                return Grid(tuple(tuple(map(go, row)) for row in rows), left, right)
            case _:
                return box

    return go(box)


def outcomes(formula: Formula, value: Callable[[int], float]) -> tuple[bool, ...]:
    """Which branches of a shape its numbers take."""
    return tuple(is_above(value(at), relation, bound) for at, relation, bound in branches(formula))
