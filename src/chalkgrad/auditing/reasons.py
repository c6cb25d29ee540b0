"""Why a figure is wrong: the slips of marking and its conventions, held against what a document prints."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chalkgrad.marking.diagnosis import diagnose
from chalkgrad.marking.digits import ACCIDENTS, accidents
from chalkgrad.marking.judging import Judged, Line
from chalkgrad.marking.reach import rounds_to
from chalkgrad.marking.records import RIGHT
from chalkgrad.marking.records import WRONG as WRONG_LINE
from chalkgrad.marking.written import Written

if TYPE_CHECKING:
    from collections.abc import Sequence

    from chalkgrad.auditing.entities import Entity
    from chalkgrad.auditing.figures import Figure
    from chalkgrad.auditing.forms import Forms
    from chalkgrad.auditing.variants import Variants
    from chalkgrad.auditing.worlds import World

_MOST_SLIPS = 4
_DUST = 1e-6
_ENOUGH = 3
"""With fewer digits any other convention fits some figure."""


def slips_of(
    world: World, forms: Forms, variants: Variants, fig: Figure, e: Entity, expected: float
) -> tuple[tuple[str, str], ...]:
    """The slips that explain a wrong figure of a quantity, the likelier first.

    Args:
        world: the quantities.
        forms: the forms in which they are printed.
        variants: other conventions.
        fig: the figure.
        e: the quantity that it stands for.
        expected: what the document's own figures give.
    """
    written = Written(fig.text, fig.value, fig.unit, fig.bare)
    out: list[tuple[str, str]] = []
    # a digit dropped or a point shifted in a figure of many digits is no accident of arithmetic
    for a in accidents(written, (expected, e.true)):
        if a.accident.id == "point_shifted" and a.same_sign:
            out.append(
                (a.accident.id, ACCIDENTS[a.accident.id].sentence.format(q=e.label, d=a.detail))
            )
            break
    if e.symbol is not None:
        out += [s for s in _diagnosed(world, forms, fig, e, written) if s not in out]
        if not out and written.digits >= _ENOUGH:
            for variant in variants.all():
                other = variant.value(e.symbol)
                if other is not None and other != e.true and rounds_to(fig.value, fig.unit, other):
                    out.append((f"convention:{variant.convention.id}", variant.convention.sentence))
    if not out:
        for a in accidents(written, (expected, e.true)):
            if not _can_be(world, fig, e, a.accident.id, a.detail):
                continue
            out.append(
                (a.accident.id, ACCIDENTS[a.accident.id].sentence.format(q=e.label, d=a.detail))
            )
    return tuple(dict.fromkeys(out))[:_MOST_SLIPS]


def _diagnosed(
    world: World, forms: Forms, fig: Figure, e: Entity, written: Written
) -> list[tuple[str, str]]:
    """The diagnosis of marking, for one figure among those printed."""
    ground = world.ground
    compiled = ground.compiled
    place = compiled.index.get(e.symbol) if e.symbol is not None else None
    if place is None:
        return []
    count = len(compiled.order)
    values: list[float | None] = [None] * count
    units: list[float | None] = [None] * count
    lines: dict[int, Line] = {}
    for k, symbol in enumerate(compiled.order):
        other = world.entities.get(symbol)
        printed: Sequence[Figure] = forms.of.get(other.label, ()) if other is not None else ()
        if k != place and printed and other is not None and not other.given:
            last = printed[0]
            values[k], units[k] = last.value, last.unit
            right = rounds_to(last.value, last.unit, compiled.true[k])
            lines[k] = Line(
                Written(last.text, last.value, last.unit, last.bare), RIGHT if right else WRONG_LINE
            )
    values[place], units[place] = fig.value, fig.unit
    lines[place] = Line(written, WRONG_LINE)
    computed, used = compiled.run(values)
    judged = Judged(ground, values, units, lines, computed, used, [], [place], frozenset((place,)))
    found = diagnose(judged)[place]
    return [
        (n.slip, n.explanation)
        for n in found.names
        if _can_be(world, fig, e, n.slip, _detail(n.explanation))
    ]


def _detail(sentence: str) -> str:
    """What the sentence of an accident names: the word behind its colon."""
    return sentence.rpartition(": ")[2].partition(" ")[0].rstrip(".")


def _can_be(world: World, fig: Figure, e: Entity, slip: str, detail: str) -> bool:
    """Whether a slip is possible that fits the digits of a figure alone.

    A given number is copied as it is, not rounded; what is exact at its last place is not rounded at all;
    and a single digit, to which one came, is half of all figures.
    """
    if slip == "copied":
        other = world.named.get(detail)
        if other is None:
            return True
        later = e.symbol and other.symbol and other.symbol.iteration > e.symbol.iteration > 0
        return not later and (not other.given or abs(other.true) == abs(fig.value))
    if slip == "badly_rounded":
        return abs(e.true - round(e.true / fig.unit) * fig.unit) > _DUST * fig.unit
    if slip in ("digit_too_many", "digit_doubled"):
        return len(detail.replace(".", "").lstrip("-0")) > 1
    return True
