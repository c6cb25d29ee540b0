"""Equations on a grid, with lines of mathematics that may wrap."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

from chalkgrad.boxes import Box, Fence, Grid, Op, Row, tall, to_plain
from chalkgrad.mathml import bracket, to_mathml
from chalkgrad.rendering.lines import bends, lines
from chalkgrad.rendering.widths import EM, wide

if TYPE_CHECKING:
    from collections.abc import Iterator

    from chalkgrad.rendering.document import Equation, Says

_LONG = 32
"""From so many letters on, mathematics may be broken at its signs; less fits a phone."""
_ROOM = 32 * EM
"""What a sheet of A4 has room for beside a left side."""
_EQUALS = '<mo form="infix">=</mo>'


def equation(item: Equation, anchor: str, says: Says) -> str:
    """A chain of equalities on a grid: the left side, and beside it one line for each step."""
    own = f' id="{escape(anchor)}"' if anchor else ""
    short = " short" if len(item.steps) < 2 else ""
    out = [f'<div class="eq{short}"{own} data-name="{escape(item.name)}">']
    if item.words:
        out.append(f'<p class="words">{escape(item.words)}</p>')
    out.append(f'<div class="left"><math display="block">{to_mathml(item.left)}</math></div>')
    for number, step in enumerate(item.steps, 1):
        last = number == len(item.steps)
        mark = _dagger(says) if last and item.marked else ""
        value = " value" if last else ""
        out.append(f'<div class="step{value}">{_line(step)}{mark}</div>')
    out.append("</div>\n")
    return "".join(out)


def _dagger(says: Says) -> str:
    words = escape(says("page_mark"))
    return (
        f'<sup class="mark" title="{words}"><span aria-hidden="true">†</span>'
        f'<span class="sr"> ({words})</span></sup>'
    )


# ---------------------------------------------------------------- lines that wrap
def _line(step: Box) -> str:
    """One step with its equals sign; a long one is several `math` elements, to wrap between them.

    Browsers do not break lines of MathML by themselves.
    """
    pieces = [[_EQUALS]]
    seam = "<wbr>"
    matrices = any(isinstance(item, Grid) for item in _flat(step))
    if not bends(step, _ROOM) or (matrices and wide(step) > _ROOM):
        # what cannot wrap is cut, so that paper has room for it
        for k, part in enumerate(lines(step, _ROOM)):
            pieces += [[]] if k else []
            pieces[-1].append(to_mathml(part))
        seam = "<br>"
    elif len(to_plain(step)) >= _LONG:
        items = list(_flat(step))
        signs = [Op("+"), Op("-")]
        cuts = signs if any(item in signs for item in items[1:]) else [Op("*")]
        for item in items:
            begins = pieces == [[_EQUALS]]
            if item in cuts and not begins:
                pieces.append([])
            mathml = item if isinstance(item, str) else to_mathml(item)
            # a sign that begins an element would be set as a prefix, without its spaces
            infix = '<mo form="infix">' if item in cuts and not begins else "<mo>"
            pieces[-1].append(mathml.replace("<mo>", infix) if item in cuts else mathml)
    if len(pieces) == 1:
        return f'<math display="block">{_EQUALS}<mrow>{to_mathml(step)}</mrow></math>'
    rows = (f"{first}<mrow>{''.join(rest)}</mrow>" for first, *rest in pieces)
    wrapped = (f'<math displaystyle="true">{row}</math>' for row in rows)
    return f'<span class="wrap">{seam.join(wrapped)}</span>'


def _flat(box: Box) -> Iterator[Box | str]:
    """What stands side by side; long brackets are opened, themselves as MathML, if none must grow."""
    match box:
        case Row(items):
            for item in items:
                yield from _flat(item)
        case Fence(body, left, right) if not tall(body) and len(to_plain(body)) >= _LONG:
            yield bracket(left)
            yield from _flat(body)
            yield bracket(right, "postfix")
        case _:
            yield box
