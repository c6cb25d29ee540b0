"""What is said beside a verdict: fewer digits than asked for, badly rounded digits, causes."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from chalkgrad.marking.digits import shown
from chalkgrad.marking.judging import Judged, outside_range
from chalkgrad.marking.reach import rounds_to
from chalkgrad.marking.records import FOLLOWED, RIGHT, WRONG

if TYPE_CHECKING:
    from collections.abc import Mapping

    from chalkgrad.marking.diagnosis import Finding
    from chalkgrad.marking.written import Written
    from chalkgrad.rounding import Digits


def unit_at(size: float, digits: Digits) -> float:
    """The last place of a number of this size at these digits."""
    if digits.kind == "decimals":
        return 10.0**-digits.count
    if not 0 < size < math.inf:
        return 0.0
    return float(10.0 ** (math.floor(math.log10(size)) - digits.count + 1))


def is_short(written: Written, digits: Digits) -> bool:
    """Whether a number is written with fewer digits than asked for."""
    kind, count = digits.kind, digits.count
    if written.bare:
        return False
    if kind == "decimals":
        return written.unit > 10.0**-count * 1.5
    return written.digits < count


def remarks_on(judged: Judged, place: int, *, short: bool) -> tuple[str, ...]:
    """Sentences beside the verdict of a line."""
    out = []
    if short:
        out.append("fewer digits than asked for")
    line = judged.lines[place]
    if line.trivial:
        out.append(f"{_left_over(judged, place)} nothing was left to work out here: no marks")
    if outside_range(judged, place):
        out.append("the activation function cannot give such a value")
    elif line.verdict == RIGHT and judged.computed:
        # A fact, no accusation: more digits than are written may have been used.
        v, u, x = line.written.value, judged.units[place] or 0.0, judged.computed[place]
        reads = judged.ground.compiled.reads[place]
        beside = abs(v - x) <= 2 * u and not rounds_to(v, u, x)
        if beside and judged.sight.written.issuperset(reads):
            out.append(f"from your figures as they are written it is {shown(x, u)}")
    return tuple(out)


def _left_over(judged: Judged, place: int) -> str:
    """Why a line that follows is trivial, as the beginning of a sentence."""
    if judged.computed[place]:
        return "after the earlier slip the old value stays as it is, so"
    return "after the earlier slip this is 0, whatever is done, so"


def causes_of(judged: Judged, findings: Mapping[int, Finding]) -> dict[int, str]:
    """For each line that follows, and each origin that another explains, the name of its first cause."""
    lines = judged.lines
    bad = [k for k in sorted(judged.odd) if lines[k].verdict in (WRONG, FOLLOWED)]
    root: dict[int, int] = {}
    for at, k in enumerate(bad):
        finding = findings.get(k)
        if finding and finding.same_as is not None:
            root[k] = root.get(finding.same_as, finding.same_as)
        elif lines[k].verdict == FOLLOWED:
            earlier = judged.leaning(k, bad[:at])
            if earlier:
                first = min(earlier)
                root[k] = root.get(first, first)
    return {k: judged.ground.name(r) for k, r in root.items()}
