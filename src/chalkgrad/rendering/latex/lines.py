"""Mathematics broken into lines that are no wider than there is room."""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import zip_longest
from typing import TYPE_CHECKING

from chalkgrad.boxes import (
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
)
from chalkgrad.rendering.latex.widths import EM, wide
from chalkgrad.tex import delimiter, to_tex

if TYPE_CHECKING:
    from collections.abc import Iterator


@dataclass(frozen=True, slots=True)
class _Atom:
    """What never breaks; a line may break before a `sign`, and in need `after` what allows it."""

    tex: str
    width: float
    sign: bool = False
    after: bool = False


_SIGNS = tuple(map(Op, ("+", "-", "=", "~", "<", "<=", ">", ">=", "->")))
_DOTS = tuple(map(Op, ("*", "hadamard", "matmul", ",")))
_INDENT = 2 * EM


def lines(box: Box, room: float) -> list[str]:
    """Mathematics on one line, or on several that are no wider than the room."""
    if wide(box) <= room:
        return [to_tex(box)]
    full, line, width = [], "", 0.0
    for piece in _pieces(list(_atoms(box, room)), room):
        piece_width = sum(atom.width for atom in piece)
        if line and width + piece_width > room:
            full.append(line)
            line, width = "", _INDENT
        # {} keeps the spaces of an operator at the start or the end of a line
        line += "{}" if not line and piece[0].sign else ""
        line += "".join(atom.tex for atom in piece) + ("{}" if piece[-1].after else "")
        width += piece_width
    return [*full, line]


def _pieces(atoms: list[_Atom], room: float) -> list[list[_Atom]]:
    """Atoms in groups that stay on a line: terms with their sign, or factors of too wide terms."""
    terms: list[list[_Atom]] = [[]]
    for atom in atoms:
        if atom.sign and terms[-1]:
            terms.append([])
        terms[-1].append(atom)
    pieces: list[list[_Atom]] = []
    for term in filter(None, terms):
        if sum(atom.width for atom in term) <= room - _INDENT:
            pieces.append(term)
            continue
        pieces.append([])
        for atom in term:
            pieces[-1].append(atom)
            if atom.after:
                pieces.append([])
    return [piece for piece in pieces if piece]


def _atoms(box: Box, room: float) -> Iterator[_Atom]:
    """A box cut as far as its width asks for: rows always, brackets and fractions if they must."""
    if isinstance(box, Row):
        for item in box.items:
            yield from _atoms(item, room)
    elif box in _SIGNS or box in _DOTS:
        yield _Atom(to_tex(box), wide(box), sign=box in _SIGNS, after=box in _DOTS)
    elif wide(box) <= room - _INDENT:
        yield _Atom(to_tex(box), wide(box))
    else:
        yield from _cut(box, room)


def _cut(box: Box, room: float) -> Iterator[_Atom]:
    match box:
        case Named(_, body):
            yield from _atoms(body, room)
        case Fence(body, left, right):
            yield _Atom(rf"\bigl{delimiter(left, 'l')}", 0.6 * EM)
            yield from _atoms(body, room)
            yield _Atom(rf"\bigr{delimiter(right, 'r')}", 0.6 * EM, after=True)
        case Frac(top, bottom):
            yield from _atoms(Fence(top), room)
            yield _Atom("/", 0.6 * EM)
            yield from _atoms(
                bottom if isinstance(bottom, (Id, Number, Named)) else Fence(bottom), room
            )
        case Root(body):
            yield from _atoms(Script(Fence(body), sup=Frac(Number("1"), Number("2"))), room)
        case Script(base, sub, sup):
            yield from _atoms(base, room)
            yield _Atom(to_tex(Script(Row(()), sub, sup)), wide(box) - wide(base), after=True)
        case Words(text) | Id(text):
            for word in re.findall(r"\s*\S{1,12}", text):
                yield _Atom(to_tex(Words(word)), wide(Words(word)), after=True)
        case Grid(rows, left, right):
            yield from _grid(rows, left, right, room)
        case _:
            yield _Atom(to_tex(box), wide(box), after=True)


def _grid(rows: tuple[tuple[Box, ...], ...], left: str, right: str, room: float) -> Iterator[_Atom]:
    """A wide matrix, its columns in blocks side by side and its cells on several lines."""
    columns = max(map(len, rows), default=0)
    full = [(*row, *[Row(())] * (columns - len(row))) for row in rows]
    most = room - 3 * EM
    # a case distinction keeps its conditions beside its values
    widest = most / columns if left == "{" and columns else most
    widths = [min(widest, max(wide(row[c]) for row in full) + EM) for c in range(columns)]
    blocks: list[list[int]] = [[]]
    for c in range(columns):
        if blocks[-1] and sum(widths[k] for k in blocks[-1]) + widths[c] > most:
            blocks.append([])
        blocks[-1].append(c)
    for block in blocks:
        cells = [[lines(row[c], widths[c] - EM) for c in block] for row in full]
        body = " \\\\[6pt]\n".join(map(_grid_row, cells))
        columns_spec = "l" if any(len(cell) > 1 for row in cells for cell in row) else "r"
        spec = columns_spec * max(1, len(block))
        opening = delimiter(left if block is blocks[0] else "", "l")
        closing = delimiter(right if block is blocks[-1] else "", "r")
        array = rf"\begin{{array}}{{@{{}}{spec}@{{}}}} {body} \end{{array}}"
        tex = rf"\left{opening}{array}\right{closing}"
        yield _Atom(tex, sum(widths[c] for c in block) + EM, after=True)


def _grid_row(cells: list[list[str]]) -> str:
    rows = zip_longest(*cells, fillvalue="")
    indented = ([r"\quad " * bool(k and line) + line for line in row] for k, row in enumerate(rows))
    return " \\\\[2pt]\n".join(map(" & ".join, indented))
