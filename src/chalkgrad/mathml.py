"""Boxes as MathML Core."""

from __future__ import annotations

import re
from html import escape

from chalkgrad.boxes import (
    GREEK,
    SIGNS,
    Box,
    Fence,
    Frac,
    Grid,
    Id,
    Named,
    Number,
    Op,
    Root,
    Row,
    Script,
    Words,
    raisable,
    scientific,
    tall,
)


def to_mathml(box: Box) -> str:
    """A box as MathML Core, without the outer ``math``.

    >>> to_mathml(Frac(Number("1"), Id("n")))
    '<mfrac><mn>1</mn><mi>n</mi></mfrac>'
    """
    match box:
        case Id(text):
            return _id(text)
        case Number(text):
            return _number(text)
        case Op(text):
            form = ' form="prefix"' if text in ("neg", "d") else ""
            form = ' lspace="0" rspace="0"' if text == "d" else form
            return f"<mo{form}>{escape(SIGNS[text].mathml)}</mo>"
        case Words(text):
            return f"<mtext>{escape(_kept(text))}</mtext>"
        case Named(_, body):
            return to_mathml(body)
        case Row(items):
            return "<mrow>" + "".join(map(to_mathml, items)) + "</mrow>"
        case Fence(body, left, right):
            grow = tall(body)
            opening, closing = bracket(left, grow=grow), bracket(right, "postfix", grow=grow)
            return f"<mrow>{opening}{to_mathml(body)}{closing}</mrow>"
        case Frac(top, bottom):
            return f"<mfrac>{to_mathml(top)}{to_mathml(bottom)}</mfrac>"
        case Script(base, None, Words("^")):
            return f'<mover>{to_mathml(base)}<mo stretchy="false">^</mo></mover>'
        case Script(base, sub, sup):
            parts = [to_mathml(part) for part in (raisable(base), sub, sup) if part]
            tag = "msubsup" if sub and sup else "msub" if sub else "msup"
            return f"<{tag}>{''.join(parts)}</{tag}>"
        case Root(body):
            return f"<msqrt>{to_mathml(body)}</msqrt>"
        case Grid(rows, left, right):
            cells = "".join(
                "<mtr>" + "".join(f"<mtd>{to_mathml(cell)}</mtd>" for cell in row) + "</mtr>"
                for row in rows
            )
            closing = bracket(right, "postfix", grow=True)
            return f"<mrow>{bracket(left, grow=True)}<mtable>{cells}</mtable>{closing}</mrow>"


def bracket(sign: str, form: str = "prefix", *, grow: bool = False) -> str:
    """A bracket, or nothing; one that need not grow keeps to the width of its letter.

    Fonts for mathematics give the brackets that stretch more room on both sides, so that a number
    in brackets would stand loose.

    >>> bracket("(")
    '<mo form="prefix" stretchy="false">(</mo>'
    """
    stretchy = "" if grow else ' stretchy="false"'
    return f'<mo form="{form}"{stretchy}>{escape(sign)}</mo>' if sign else ""


def _kept(text: str) -> str:
    """Words whose spaces at the ends are kept: browsers drop all but no-break spaces there."""
    return re.sub(r"^\s+|\s+$", "\xa0", text)


def _id(text: str) -> str:
    if text.isdigit():
        return f"<mn>{text}</mn>"
    return f"<mi>{escape(GREEK.get(text, text))}</mi>"


def _number(text: str) -> str:
    mantissa, power = scientific(text)
    minus = mantissa.startswith("-")
    body = f"<mn>{escape(mantissa.lstrip('-').replace('inf', '∞'))}</mn>"
    if power:
        power = escape(power.replace("-", "−"))
        body += f"<mo>×</mo><msup><mn>10</mn><mn>{power}</mn></msup>"
    if minus:
        body = '<mo form="prefix">−</mo>' + body
    return f"<mrow>{body}</mrow>" if minus or power else body
