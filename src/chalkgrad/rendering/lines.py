"""Mathematics broken into lines that are no wider than there is room, for renderers that measure."""

from __future__ import annotations

import re
from dataclasses import dataclass
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
    tall,
)
from chalkgrad.rendering.widths import EM, wide

if TYPE_CHECKING:
    from collections.abc import Iterator


@dataclass(frozen=True, slots=True)
class _Atom:
    """What never breaks; a line may break before a `sign`, and in need `after` what allows it."""

    box: Box
    width: float
    sign: bool = False
    after: bool = False


SIGNS = tuple(map(Op, ("+", "-", "=", "~", "<", "<=", ">", ">=", "->")))
"""Signs before which a line may break."""
_DOTS = tuple(map(Op, ("*", "hadamard", "matmul", ",")))
_INDENT = 2 * EM


def lines(box: Box, room: float) -> list[Box]:
    """Mathematics on one line, or on several that are no wider than the room in points.

    A matrix is cut into blocks of columns: the first has the opening bracket, the last the closing one.

    >>> from chalkgrad.boxes import to_plain
    >>> row = Grid((tuple(map(Number, ("0.125", "0.250", "0.375", "0.500"))),))
    >>> [to_plain(line) for line in lines(row, 130.0)]
    ['[0.125 0.250', '0.375 0.500]']
    """
    if wide(box) <= room:
        return [box]
    full: list[Box] = []
    line: list[Box] = []
    width = 0.0
    for piece in _pieces(list(_atoms(box, room)), room):
        piece_width = sum(atom.width for atom in piece)
        if line and width + piece_width > room:
            full.append(Row(tuple(line)))
            line, width = [], _INDENT
        line += [atom.box for atom in piece]
        width += piece_width
    return [*full, Row(tuple(line))]


def bends(box: Box, room: float) -> bool:
    """Whether what sets lines by itself can keep a box to the room: no part of it is too wide."""
    match box:
        case Row(items):
            return all(bends(item, room) for item in items)
        case Named(_, body):
            return bends(body, room)
        case Fence(body) if not tall(body):
            return bends(body, room)
        case _:
            return wide(box) <= room


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
    elif box in SIGNS or box in _DOTS:
        yield _Atom(box, wide(box), sign=box in SIGNS, after=box in _DOTS)
    elif wide(box) <= room - _INDENT:
        yield _Atom(box, wide(box))
    else:
        yield from _cut(box, room)


def _cut(box: Box, room: float) -> Iterator[_Atom]:
    match box:
        case Named(_, body):
            yield from _atoms(body, room)
        case Fence(body, left, right):
            # a bracket without its partner, which may come to stand on another line
            yield _Atom(Fence(Row(()), left, ""), 0.6 * EM)
            yield from _atoms(body, room)
            yield _Atom(Fence(Row(()), "", right), 0.6 * EM, after=True)
        case Frac(top, bottom):
            yield from _atoms(Fence(top), room)
            yield _Atom(Op("/"), 0.6 * EM)
            yield from _atoms(
                bottom if isinstance(bottom, (Id, Number, Named)) else Fence(bottom), room
            )
        case Root(body):
            yield from _atoms(Script(Fence(body), sup=Frac(Number("1"), Number("2"))), room)
        case Script(base, sub, sup):
            yield from _atoms(base, room)
            yield _Atom(Script(Row(()), sub, sup), wide(box) - wide(base), after=True)
        case Words(text) | Id(text):
            for word in re.findall(r"\s*\S{1,12}", text):
                yield _Atom(Words(word), wide(Words(word)), after=True)
        case Grid(rows, left, right):
            yield from _grid(rows, left, right, room)
        case _:
            yield _Atom(box, wide(box), after=True)


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
        cells = (tuple(_cell(row[c], widths[c] - EM) for c in block) for row in full)
        opening = left if block is blocks[0] else ""
        closing = right if block is blocks[-1] else ""
        yield _Atom(
            Grid(tuple(cells), opening, closing), sum(widths[c] for c in block) + EM, after=True
        )


def _cell(box: Box, room: float) -> Box:
    """A cell, on several lines if it must be."""
    first, *rest = lines(box, room)
    later = ((Row((Op("quad"), line)),) for line in rest)
    return Grid(((first,), *later), "", "") if rest else first
