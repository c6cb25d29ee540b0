"""The numbers that a document gives: what is printed beside the names of inputs, targets, weights and biases."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from chalkgrad.auditing.figures import Figure
from chalkgrad.auditing.grids import Grid
from chalkgrad.auditing.sources import PROSE

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from chalkgrad.auditing.sides import Chain
    from chalkgrad.auditing.sources import Source
    from chalkgrad.formula import Formula

_INPUT = re.compile(r"(?:x|X|i|input|in)_?(\d+)(?: i\d+| x\d+)?")
_TARGET = re.compile(
    r"(?:t|T|target|d|ytrue|y|Y|desiredoutput|desired|label)_?(?:o|out)?(\d*)", re.IGNORECASE
)
WEIGHT = re.compile(r"(?:w|W|omega)_?(\d+)")
_BIAS = re.compile(r"(?:b|B|bias)_?(\d*)")
_MATRIX = re.compile(r"(?:W|w)\^?\(?_?(\d)\)?")
_RATE = re.compile(r"eta|LR|lr|alpha|learningrate|eta learningrate", re.IGNORECASE)
_RATE_IN_WORDS = re.compile(r"learning rate\b[^\d\n]{0,40}?(\d*\.\d+)", re.IGNORECASE)
_CELLS = re.compile(r"\s*\|\s*|\t+| {2,}")
_NUMBER = re.compile(r"[-−]?(?:\d+\.?\d*|\.\d+)")


@dataclass
class Found:
    """What was found: numbers as they are written."""

    inputs: dict[int, str] = field(default_factory=dict)
    targets: dict[int, str] = field(default_factory=dict)
    weights: dict[int, str] = field(default_factory=dict)
    biases: dict[int, str] = field(default_factory=dict)
    grids: dict[int, list[list[str]]] = field(default_factory=dict)
    bias_rows: dict[int, list[str]] = field(default_factory=dict)
    rate: str = ""


def collect(source: Source, chains: Sequence[Chain]) -> Found:
    """The numbers that a document gives, the first one for each name."""
    found = Found()
    for name, fig in _tables(source):
        _assign(found, name, fig)
    for chain in chains:
        names = [s for s in chain.sides if s.name]
        last = chain.sides[-1]
        if len(chain.sides) > 3 or not names or len(names) != len(chain.sides) - 1:
            continue
        if any(s.relation not in ("", "=") for s in chain.sides):
            continue
        if (
            last.literal is not None
            and "." not in last.literal.text
            and last.literal.text[:1] == "0"
            and last.literal.text != "0"
        ):
            continue
        for side in names:
            if last.literal is not None:
                _assign(found, side.name, last.literal.text)
            elif isinstance(last.value, Grid):
                _assign_grid(found, side.name, last.value)
    if not found.rate:
        m = _RATE_IN_WORDS.search(source.text)
        found.rate = m[1] if m else ""
    return found


def _assign(found: Found, name: str, text: str) -> None:
    """A name that stands for a number of the problem; its first number counts."""
    bare = name.replace("^", "")
    if m := _INPUT.fullmatch(bare):
        found.inputs.setdefault(int(m[1]), text)
    elif m := WEIGHT.fullmatch(bare):
        found.weights.setdefault(int(m[1]), text)
    elif m := _BIAS.fullmatch(bare):
        found.biases.setdefault(int(m[1] or 1), text)
    elif _RATE.fullmatch(bare):
        found.rate = found.rate or text
    elif m := _TARGET.fullmatch(bare.replace(" ", "")):
        found.targets.setdefault(int(m[1] or 1), text)


def _assign_grid(found: Found, name: str, grid: Grid) -> None:
    rows = [[_text(e) for e in row] for row in grid.rows]
    if any(not t for row in rows for t in row):
        return
    flat = [t for row in rows for t in row]
    if name in ("X", "x"):
        for k, t in enumerate(flat, 1):
            found.inputs.setdefault(k, t)
    elif name in ("Y", "y", "T", "t"):
        for k, t in enumerate(flat, 1):
            found.targets.setdefault(k, t)
    elif m := _MATRIX.fullmatch(name):
        found.grids.setdefault(int(m[1]), rows)
    elif m := _BIAS.fullmatch(name.replace("^", "").replace("(", "").replace(")", "")):
        found.bias_rows.setdefault(int(m[1] or 1), flat)


def _text(e: Formula) -> str:
    return e.text if isinstance(e, Figure) else ""


def _tables(source: Source) -> Iterator[tuple[str, str]]:
    """Names in one row of a table, numbers in the next."""
    for passage in source.passages:
        if passage.kind != PROSE:
            continue
        before: list[str] = []
        for line in source.text[passage.start : passage.end].split("\n"):
            if len(line) > 500:
                continue
            cells = [c for c in _CELLS.split(line.strip(" |")) if c]
            if cells and all(set(c) <= set("-: ") for c in cells):
                continue
            if len(cells) == len(before) > 1 and all(_NUMBER.fullmatch(c) for c in cells):
                for name, number in zip(before, cells, strict=True):
                    yield re.sub(r"[\s_$\\{}]", "", name), number.replace("−", "-")
            before = cells
