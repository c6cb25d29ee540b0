"""What to trust for one problem: right, rounded and slipped sheets drawn from it, and how they are judged."""

from __future__ import annotations

import math
import random
from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from chalkgrad.marking.marker import Marker
from chalkgrad.marking.records import WRONG
from chalkgrad.marking.slips import rewrites
from chalkgrad.rounding import Digits, write
from chalkgrad.sentences import counted

if TYPE_CHECKING:
    from collections.abc import Sequence

    from chalkgrad.marking.ground import Ground
    from chalkgrad.problem import Problem

STYLES: tuple[Digits, ...] = (
    Digits("decimals", 3), Digits("decimals", 4), Digits("decimals", 6),
    Digits("significant", 3), Digits("significant", 4), Digits("significant", 6),
)  # fmt: skip


@dataclass(slots=True)
class Counts:
    """How sheets of one number of digits were judged."""

    right: int = 0
    accused: int = 0
    slipped: int = 0
    found: int = 0
    named: int = 0
    missed: dict[str, int] = field(default_factory=lambda: defaultdict(int))


def self_test(problem: Problem, sheets: int = 60, seed: int = 1) -> dict[str, Counts]:
    """Draw sheets of a problem and judge them: for each number of digits the counts.

    Args:
        problem: what is tested.
        sheets: right sheets, and as many slipped ones, for each number of digits.
        seed: of the drawing.
    """
    from chalkgrad.marking.asking import asked_names

    rng = random.Random(seed)  # noqa: S311  reproducible sheets are the purpose
    marker = Marker(problem)
    names = asked_names(
        problem, ["z", "a", "loss", "delta", "grad_w", "grad_b"] if not problem.updates else ()
    )
    layout = marker.layouts.of(tuple(names))
    ground, places = marker.layouts.ground_of(layout)
    choices = [
        (k, slip.id, formula)
        for k in sorted(set(places))
        for _, slip, _, formula in rewrites(
            ground.setting,
            ground.compiled.order[k],
            ground.compiled.formula(ground.compiled.order[k]),
        )
        if ground.compiled.knows(formula)
    ]
    out = {}
    for digits in STYLES:
        counts = out[digits.words] = Counts()
        for number in range(sheets):
            carried = number % 2 == 1
            rounding = ("half_up", "half_even", "truncate")[number % 3]
            style = Digits(digits.kind, digits.count, rounding)
            rows = _sheet(ground, names, places, style, {}, carried=carried)
            if rows is None:
                continue
            counts.right += 1
            counts.accused += any(a.verdict == WRONG for a in marker.mark("", rows).answers)
            k, slip, formula = rng.choice(choices)
            _slipped(
                marker, ground, names, places, style, (k, slip, formula), counts, rows, carried
            )
    return out


def _sheet(
    ground: Ground,
    names: Sequence[str],
    places: Sequence[int],
    style: Digits,
    put: dict[int, float],
    *,
    carried: bool,
) -> list[tuple[str, str]] | None:
    """A sheet as it would be written; `put` holds values in place of computed ones."""
    compiled = ground.compiled
    used = [math.nan] * len(compiled.order)
    shown = set(places)
    for k in range(len(used)):
        value = put.get(k, compiled.point(k, used))
        if not math.isfinite(value):
            return None
        used[k] = float(write(value, style)) if carried and k in shown else value
    return [(name, write(used[p], style)) for name, p in zip(names, places, strict=True)]


def _slipped(
    marker: Marker, ground: Ground, names: Sequence[str], places: Sequence[int], style: Digits,
    planted: tuple[int, str, object], counts: Counts, rows: list[tuple[str, str]], carried: bool,
) -> None:  # fmt: skip
    k, slip, formula = planted
    used = [float(text) for _, text in rows]
    base = list(ground.compiled.true)
    if carried:
        for p, v in zip(places, used, strict=True):
            base[p] = v
    value = ground.compiled.function([formula])(base)[0]  # type: ignore[list-item]
    if not math.isfinite(value):
        return
    slipped = _sheet(ground, names, places, style, {k: value}, carried=carried)
    at = places.index(k)
    if slipped is None or float(slipped[at][1]) == float(rows[at][1]):
        return
    counts.slipped += 1
    answers = {a.name: a for a in marker.mark("", slipped).answers}
    answer = answers[names[at]]
    if answer.verdict != WRONG:
        counts.missed[slip] += 1
        return
    counts.found += 1
    counts.named += any(s.slip in (slip, "badly_rounded") for s in answer.slips if s.reading == 0)


def self_test_text(problem: Problem, sheets: int = 60) -> tuple[str, bool]:
    """The counts as a table, and whether no right sheet was accused."""
    counts = self_test(problem, sheets)
    lines = [f"{'digits':24}{'right sheets':>14}{'accused':>9}{'slips':>8}{'found':>8}{'named':>8}"]
    for words, c in counts.items():
        found = f"{100 * c.found / c.slipped:.0f} %" if c.slipped else "-"
        named = f"{100 * c.named / c.found:.0f} %" if c.found else "-"
        lines.append(f"{words:24}{c.right:>14}{c.accused:>9}{c.slipped:>8}{found:>8}{named:>8}")
    missed: dict[str, int] = defaultdict(int)
    for c in counts.values():
        for slip, n in c.missed.items():
            missed[slip] += n
    if missed:
        worst = sorted(missed.items(), key=lambda x: -x[1])[:5]
        lines.append("not seen at their digits: " + ", ".join(f"{slip} ({n})" for slip, n in worst))
    accused = sum(c.accused for c in counts.values())
    lines.append(
        "no right sheet was accused"
        if not accused
        else f"{counted(accused, 'right sheet was', 'right sheets were')} accused"
    )
    return "\n".join(lines) + "\n", not accused
