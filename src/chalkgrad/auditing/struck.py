"""Derivatives whose signs were read as something else: ``2z/2w = x``, where ``∂z/∂w = x`` was printed.

That is only said where the line has the value of the derivative, has not that of the quotient as it is printed.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from chalkgrad.auditing.entities import same
from chalkgrad.auditing.grids import Grid
from chalkgrad.auditing.records import DAMAGE
from chalkgrad.auditing.slipped import slipped
from chalkgrad.formula import Div, Mul, Num, Sym, divide, symbols

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from chalkgrad.auditing.bench import Bench
    from chalkgrad.auditing.entities import Entity
    from chalkgrad.auditing.records import Finding
    from chalkgrad.auditing.sides import Chain
    from chalkgrad.formula import Formula

_READ_AS = (2, 6, 8, 9)
"""What the sign of a derivative is read as; a letter could be a quantity."""


def struck_derivatives(bench: Bench) -> Iterator[Finding]:
    """The quotients of a document that were derivatives."""
    found = [(c, names) for c in bench.chains if (names := _begins(c)) is not None]
    printed = _printed(bench) if found else frozenset()
    for chain, (above, below) in found:
        if bench.clock.over():
            return
        worked = {e.label for s in chain.labels for e in bench.namer.meanings(s.name)}
        worked |= {
            bench.meant[f.start].label
            for s in chain.sides
            if (f := s.literal) and f.start in bench.meant
        }
        meant = [e for e in _meanings(bench, above, below) if e.label in worked]
        if not meant or _quotient(bench, above, below, meant):
            continue
        top = above if above in printed else _called(bench, above, below, meant)
        why = f"its signs of a derivative were read as numbers: ∂{top}/∂{below} belongs here"
        if top != above:
            why += f"; {meant[0].label} is the derivative of {top}, and nothing else is called {above} here"
        yield slipped(bench, chain.sides[0], why, kind=DAMAGE, name=meant[0].label)


def _begins(chain: Chain) -> tuple[str, str] | None:
    """The names in the quotient that a chain begins with, if something is set equal to it."""
    first, *rest = chain.sides
    if not rest or rest[0].relation != "=" or rest[0].passage != first.passage:
        return None
    return None if first.value is None or isinstance(first.value, Grid) else _struck(first.value)


def _struck(value: Formula) -> tuple[str, str] | None:
    """The names above and below, if the same digit that a sign is read as stands before both."""
    match value:
        case Div(Mul((Num(one), Sym(above))), Mul((Num(two), Sym(below)))) if (
            one == two and one in _READ_AS
        ):
            return above.kind, below.kind
        case _:
            return None


def _printed(bench: Bench) -> frozenset[str]:
    """The names that stand anywhere but behind a sign that was misread, those within derivatives included."""
    out: set[str] = set()
    for chain in bench.chains:
        for side in chain.sides:
            value = side.value
            if value is None or isinstance(value, Grid) or _struck(value) is not None:
                continue
            for name in {s.kind for s in symbols(value)}:
                out.update((name, *re.split(r"[ ()]+", name)))
    return frozenset(out)


def _meanings(bench: Bench, top: str, bottom: str) -> Sequence[Entity]:
    return bench.namer.meanings(f"d({top})/d({bottom})")


def _quotient(bench: Bench, top: str, bottom: str, meant: Sequence[Entity]) -> bool:
    """Whether the quotient as it is printed has the value too: z = w x without a bias."""
    values = [
        divide(a.other, b.other)
        for a in bench.namer.meanings(top)
        for b in bench.namer.meanings(bottom)
        if b.other
    ]
    return any(same(v, e.other) for v in values for e in meant)


def _called(bench: Bench, top: str, bottom: str, meant: Sequence[Entity]) -> str:
    """What the document calls the quantity above elsewhere; the name above, if that is not one name."""
    wanted = {e.label for e in meant}
    own = {e.label for e in bench.namer.meanings(top)}
    names = [
        name
        for name in bench.namer.known
        if "(" not in name
        and own.intersection(e.label for e in bench.namer.meanings(name))
        and wanted.intersection(e.label for e in _meanings(bench, name, bottom))
    ]
    return names[0] if len(names) == 1 else top
