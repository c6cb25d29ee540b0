"""What slipped: of all that could explain what was written, the best, as sentences.

What could explain an origin is in `candidates`. All readings of the best tier are named, the likelier
first.
"""

from __future__ import annotations

from collections import Counter
from functools import lru_cache
from typing import TYPE_CHECKING

from chalkgrad.light import dataclass
from chalkgrad.marking.candidates import candidates_of
from chalkgrad.marking.digits import ACCIDENTS
from chalkgrad.marking.records import RIGHT, Named
from chalkgrad.marking.slips import BY_ID

if TYPE_CHECKING:
    from collections.abc import Sequence

    from chalkgrad.marking.candidates import Candidate
    from chalkgrad.marking.judging import Judged

MOST_NAMED = 12
"""Names that are listed for one origin; that more fit is said."""


@dataclass(frozen=True, slots=True)
class Finding:
    """The explanations of one origin.

    Attributes:
        names: the readings of the best tier, the likelier first.
        same_as: the place of an earlier origin that the same unwritten slip explains, or None.
    """

    names: tuple[Named, ...] = ()
    same_as: int | None = None


def diagnose(judged: Judged) -> dict[int, Finding]:
    """The explanations of every origin of a sheet."""
    if not judged.origins:
        return {}
    compiled = judged.ground.compiled
    # The worker who kept all digits: only wrong values differ from the true ones.
    wrong = {k for k, line in judged.lines.items() if line.verdict != RIGHT}
    kept = [v if k in wrong else None for k, v in enumerate(judged.values)]
    at_exact, exact = compiled.run(kept)
    found = {
        o: candidates_of(judged, o, (judged.computed[o], at_exact[o]), exact)
        for o in judged.origins
    }
    support: Counter[tuple[int, str, str]] = Counter()
    names: Counter[str] = Counter()
    for candidates in found.values():
        support.update({c[2:5] for c in candidates})
        names.update({c.slip for c in candidates})
    for o, candidates in found.items():
        candidates.sort(
            key=lambda c: (c.tier, -support[c[2:5]], -names[c.slip], c.rank, o - c.place)
        )
    out: dict[int, Finding] = {}
    firsts: dict[int, tuple[int, str, str]] = {}
    for o, candidates in found.items():
        best = [c for c in candidates if c.tier == candidates[0].tier]
        same = None
        if best:
            firsts[o] = key = best[0][2:5]
            if key[0] != o:
                same = next(
                    (p for p in judged.origins if p < o and any(c[2:5] == key for c in found[p])),
                    None,
                )
        out[o] = Finding(_named(judged, o, best), same)
    return out


def _named(judged: Judged, o: int, best: Sequence[Candidate]) -> tuple[Named, ...]:
    """Candidates as sentences; equal values are one reading with several names."""
    ground = judged.ground
    seen: set[tuple[str, int]] = set()
    values: list[float | None] = []
    readings: list[int] = []
    out: list[Named] = []
    for c in best:
        if (c.slip, c.place) in seen:
            continue
        seen.add((c.slip, c.place))
        x = c.value
        reading = next(
            (
                readings[m]
                for m, y in enumerate(values)
                if x is not None and y is not None and abs(x - y) <= 1e-9 * abs(x)
            ),
            max(readings, default=-1) + 1,
        )
        values.append(x)
        readings.append(reading)
        name = ground.name(c.place)
        out.append(Named(c.slip, sentence(c.slip, name, c.detail), name, reading))
        if len(out) == MOST_NAMED:
            break
    return tuple(out)


@lru_cache(maxsize=2_000)
def sentence(slip: str, name: str, detail: str) -> str:
    """What a slip is called, for one quantity."""
    parts = slip.split("+")
    made = []
    for part, own in zip(parts, detail.split("|") if len(parts) > 1 else [detail], strict=True):
        template = BY_ID[part].sentence if part in BY_ID else ACCIDENTS[part].sentence
        text = template.format(q=name, d=own).replace(" .", ".").replace(" ;", ";")
        made.append(text)
    return " And: ".join(made)
