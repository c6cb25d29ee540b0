"""Formulas in boxes, with the brackets that precedence asks for: the only place that decides on brackets."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chalkgrad.boxes import Box, Fence, Frac, Grid, Named, Number, Op, Row, Script, Words, to_plain
from chalkgrad.formula import Add, Cases, Div, Fn, Formula, Mul, Neg, Num, Pow, Sym, is_above
from chalkgrad.primitives import call
from chalkgrad.rounding import plain
from chalkgrad.sentences import say

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from chalkgrad.notation import Symbol

_ADD, _MUL, _POWER, _ATOM = 1, 2, 3, 4


def typeset(
    node: Formula,
    spell: Callable[[Symbol], Box],
    shown: Callable[[tuple[Formula, ...]], Sequence[int]] | None = None,
    language: str = "en",
) -> Box:
    """A formula in boxes, with brackets by precedence: sum, product, power; a minus in front binds as a sum.

    Args:
        node: the formula.
        spell: a symbol in boxes.
        shown: the places of the terms of a sum that are shown; a gap stands for the others.
        language: of the words of case distinctions.

    >>> from chalkgrad.boxes import to_plain
    >>> to_plain(typeset(Mul((Num(2.0), Num(-0.3))), lambda symbol: Id(str(symbol))))
    '2 · (−0.3)'
    """

    def go(node: Formula, level: int = 0) -> Box:
        box, own = _set(node)
        return Fence(box) if own < level else box

    def _set(node: Formula) -> tuple[Box, int]:
        """A node in boxes, and how strongly it binds: 1 as a sum, 2 a product, 3 a power, 4 alone."""
        match node:
            case Sym(name):
                return spell(name), _ATOM
            case Num(value, text):
                text = text or plain(value)
                binds = _ADD if text.startswith("-") else _MUL if "e" in text else _ATOM
                return numeral(text, language), binds
            case Neg(Num(_, text)) if text.startswith("-"):
                return Number(text[1:]), _ATOM  # e^(-(-0.4)) is written e^0.4
            case Neg(body):
                return Row((Op("neg"), go(body, _MUL))), _ADD
            case Add(terms):
                parts: list[Box] = []
                last = -1
                for place in shown(terms) if shown else range(len(terms)):
                    if place > last + 1:
                        parts += [Op("+"), Words("…")] if parts else [Words("…")]
                    parts += _term(terms[place], go, first=not parts)
                    last = place
                if last < len(terms) - 1:
                    parts += [Op("+"), Words("…")]
                return Row(tuple(parts)), _ADD
            case Mul(factors):
                parts = [go(factors[0], _MUL)]
                for factor in factors[1:]:
                    parts += [Op("*"), go(factor, _MUL)]
                return Row(tuple(parts)), _MUL
            case Div(top, bottom):
                return Frac(go(top), go(bottom)), _MUL
            case Pow(base, exponent):
                return Script(go(base, _ATOM), sup=go(exponent)), _POWER
            case Fn(function, args):
                if function.define:
                    return _set(function.define(*args))
                setting = function.setting or call(function.name)
                box = setting(*map(go, args))
                raised = isinstance(box, Script)  # e^x
                return box, _MUL if function.product else _POWER if raised else _ATOM
            case Cases(left, relation, right, above, otherwise):
                here = Row((go(left), Op(relation), go(right)))
                there = Row((go(left), Op("<=" if relation == ">" else "<"), go(right)))
                if not (isinstance(left, Num) and isinstance(right, Num)):
                    rows = (
                        (go(above), Row((Words(say("if", language)), here))),
                        (go(otherwise), Row((Words(say("if", language)), there))),
                    )
                    return Grid(rows, "{", ""), _ADD
                taken = is_above(left.value, relation, right.value)
                chosen, why = (above, here) if taken else (otherwise, there)
                return Row((go(chosen), Words(say("because", language)), why)), _ADD

    return go(node)


def _term(term: Formula, go: Callable[[Formula, int], Box], *, first: bool) -> list[Box]:
    """A term of a sum with its sign, which the first has only if it is a minus."""
    if first:
        return [go(term, 0)]
    if isinstance(term, Neg):
        return [Op("-"), go(term.body, _MUL)]
    return [Op("+"), go(term, _MUL)]


def numeral(text: str, language: str = "en") -> Box:
    """A written number; in place of one that is undefined, the word for that.

    >>> numeral("0.5"), numeral("nan", "de").body
    (Number(text='0.5'), Words(text='nicht definiert'))
    """
    return Named(text, Words(say("undefined", language))) if text == "nan" else Number(text)


def gaps(box: Box) -> bool:
    """Whether terms of a sum are left out in a formula.

    >>> gaps(Row((Number("1"), Op("+"), Words("…"))))
    True
    """
    match box:
        case Row(items):
            return Words("…") in items or any(map(gaps, items))
        case Fence(body):
            return gaps(body)
        case Frac(top, bottom):
            return gaps(top) or gaps(bottom)
        case Script(base, _, sup):
            return gaps(base) or (sup is not None and gaps(sup))
        case _:
            return False


def unrepeated(boxes: Iterable[Box]) -> tuple[Box, ...]:
    """The right sides of an equation without those that say the same as the one before."""
    kept: list[Box] = []
    for box in boxes:
        if not kept or to_plain(box) != to_plain(kept[-1]):
            kept.append(box)
    return tuple(kept)
