"""What could explain an origin: every rewrite and every accident that yields what was written.

The rewrites of its own formula and of its cone are tried: of the ancestors that are not written, without
crossing a written line. Each is worked out at the written values and at the true ones with only the
wrong lines put in.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple

from chalkgrad.marking.digits import ACCIDENTS, accidents, coarser, misread, shown
from chalkgrad.marking.reach import rounds_to, slack
from chalkgrad.marking.records import RIGHT

if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import TypeAlias

    from chalkgrad.formula import Interval
    from chalkgrad.marking.judging import Judged

    _Rewritten: TypeAlias = tuple[int, list[tuple[int, str, str]], list[float]]
    """A place, the rewrites of its formula (rank, slip, detail), and what the origin would be under each."""

LAST_DIGIT, EXACT, NEAR, WIDER, DOUBTFUL, PAIR = -1, 0, 1, 2, 3, 4
"""Tiers: one unit of the last place; the digits match; within reach of rounding; wider; a doubtful
accident; two slips together."""
_MISREAD = 104


class Candidate(NamedTuple):
    """A slip that could explain an origin."""

    tier: int
    rank: int
    place: int
    slip: str
    detail: str
    value: float | None


def candidates_of(
    judged: Judged, o: int, here: tuple[float, float], exact: Sequence[float]
) -> list[Candidate]:
    """All that could explain an origin; `here` is what it would be at the figures written, and at exact ones."""
    value, unit = judged.values[o] or 0.0, judged.units[o] or 0.0
    compiled, true = judged.ground.compiled, judged.ground.compiled.true
    bases = (judged.used, exact)
    out: list[Candidate] = []
    for x in here:
        if abs(value - x) <= 1.5 * unit * (1 + 1e-6):
            out.append(Candidate(LAST_DIGIT, 0, o, "badly_rounded", shown(x, unit), x))
            break
    made = _rewritten(judged, o, bases)
    out += _matching(judged, o, made)
    written = judged.lines[o].written
    for a in accidents(written, (here[0], true[o])):
        rank = a.accident.rank
        sure = rank < _MISREAD and a.same_sign and a.accident.id != "digit_too_many"
        out.append(
            Candidate(
                NEAR if sure else DOUBTFUL,
                rank + (0 if a.same_sign else 10),
                o,
                a.accident.id,
                a.detail,
                value,  # a lost zero is a shifted point: what yields the same text is one reading
            )
        )
    copied, dust = ACCIDENTS["copied"], judged.ground.dust
    if compiled.plan.constant(compiled.order[o]) is not None:
        # A given is copied, never worked: another given of the same text is what was copied.
        for symbol in judged.ground.setting.givens():
            if symbol != compiled.order[o] and compiled.plan.constant(symbol) == value:
                name = judged.ground.setting.name(symbol)
                out.append(Candidate(NEAR, copied.rank, o, copied.id, name, None))
    elif written.digits >= 3 and value:
        low, high = _near(value, unit, dust)
        for k, (x, v) in enumerate(zip(true, judged.values, strict=True)):
            if not (low <= x <= high or v == value) or k == o:
                continue
            if k in judged.lines and judged.lines[k].verdict != RIGHT:
                continue  # a line that went wrong itself, perhaps because of this one, explains none
            if v == value or rounds_to(value, unit, x, dust):
                name = judged.ground.name(k)
                out.append(Candidate(NEAR, copied.rank, o, copied.id, name, None))
    if written.digits >= 3 and all(c.tier >= DOUBTFUL for c in out):
        out += _operands(judged, o)
    if not out and written.digits >= 3:
        out = _pairs(judged, o, made)
    best: dict[tuple[int, str, str], Candidate] = {}
    for c in out:
        known = best.get(c[2:5])
        if known is None or c[:2] < known[:2]:
            best[c[2:5]] = c
    return list(best.values())


def _near(value: float, unit: float, more: float) -> Interval:
    """Where everything lies of which `value` can be a rounding or a cut, and a little beyond: a quick test."""
    far = 1.01 * (unit + more) + 1e-12 * abs(value)
    return value - far, value + far


def _rewritten(judged: Judged, o: int, bases: Sequence[Sequence[float]]) -> list[_Rewritten]:
    """What the origin would be under each rewrite in its cone."""
    ground, sight = judged.ground, judged.sight
    point = ground.compiled.point
    out = []
    for q in sight.cone(o):
        heads, function = ground.rewrites(q)
        if not heads:
            continue
        for base in bases:
            made = function(base)
            if q != o:
                after = list(base)
                for n, x in enumerate(made):
                    if x == x:
                        after[q] = x
                        for k in sight.path(q, o):
                            after[k] = point(k, after)
                        made[n] = after[o]
            out.append((q, heads, made))
    return out


def _matching(judged: Judged, o: int, made: Sequence[_Rewritten]) -> list[Candidate]:
    value, unit, dust = judged.values[o] or 0.0, judged.units[o] or 0.0, judged.ground.dust
    low, high = judged.reached[o] if judged.reached else (0.0, 0.0)
    spread = min((high - low) / 2, 0.05 * abs(value)) + slack(value, unit)
    if not math.isfinite(spread):
        spread = slack(value, unit)
    low, high = _near(value, unit, dust + spread)
    out = []
    for q, heads, values in made:
        for (rank, slip, detail), x in zip(heads, values, strict=True):
            if not low <= x <= high:
                continue
            if rounds_to(value, unit, x, dust):
                out.append(Candidate(EXACT, rank, q, slip, detail, x))
            elif abs(value - x) <= unit + spread:
                tier = NEAR if spread <= 2 * unit else WIDER
                out.append(Candidate(tier, rank, q, slip, detail, x))
    return out


def _operands(judged: Judged, o: int) -> list[Candidate]:
    """The right formula with one of its written operands misread, or rounded to fewer places."""
    compiled = judged.ground.compiled
    value, unit = judged.values[o] or 0.0, judged.units[o] or 0.0
    out = []
    for d in compiled.reads[o]:
        if d not in judged.lines:
            continue
        text = judged.lines[d].written.text.strip()
        for accident, others in (("operand_misread", misread), ("rounded_early", coarser)):
            row = ACCIDENTS[accident]
            for other in others(text):
                base = list(judged.used)
                base[d] = float(other)
                x = compiled.point(o, base)
                if x != judged.computed[o] and rounds_to(value, unit, x):
                    detail = f"{other} in place of {judged.ground.name(d)} = {text}"
                    out.append(Candidate(DOUBTFUL, row.rank, o, row.id, detail, x))
                    break
    return out + _all_coarser(judged, o)


def _all_coarser(judged: Judged, o: int) -> list[Candidate]:
    """The right formula with every written operand rounded to the same few places."""
    compiled, row = judged.ground.compiled, ACCIDENTS["rounded_early"]
    value, unit = judged.values[o] or 0.0, judged.units[o] or 0.0
    written = [d for d in compiled.reads[o] if d in judged.lines]
    if len(written) < 2:
        return []
    for places in range(4, 0, -1):
        base = list(judged.used)
        for d in written:
            base[d] = round(base[d], places)
        x = compiled.point(o, base)
        if base != list(judged.used) and x != judged.computed[o] and rounds_to(value, unit, x):
            detail = f"every figure at {places} decimal{'s' if places > 1 else ''}"
            return [Candidate(DOUBTFUL, row.rank, o, row.id, detail, x)]
    return []


def _pairs(judged: Judged, o: int, made: Sequence[_Rewritten]) -> list[Candidate]:
    """A slip of a formula and an accident of its digits together: a shifted point, or a lost minus."""
    written, unit = judged.lines[o].written, judged.units[o] or 0.0
    out = []
    for q, heads, values in made:
        for (rank, slip, detail), x in zip(heads, values, strict=True):
            for a in accidents(written, (x,)):
                if a.accident.id == "point_shifted" and a.same_sign:
                    both = f"{detail}|{a.detail}"
                    out.append(Candidate(PAIR, rank, q, f"{slip}+{a.accident.id}", both, None))
            if slip != "sign" and rounds_to(-(judged.values[o] or 0.0), unit, x):
                out.append(Candidate(PAIR, rank, q, f"{slip}+sign", f"{detail}|", None))
    return out
