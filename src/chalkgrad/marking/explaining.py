"""Why lines are wrong: another convention of the whole sheet before slips, slips before nothing."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from chalkgrad.light import dataclass, field
from chalkgrad.marking.diagnosis import Finding, diagnose
from chalkgrad.marking.digits import ACCIDENTS, accidents
from chalkgrad.marking.judging import Judged, judge
from chalkgrad.marking.reach import rounds_to
from chalkgrad.marking.records import FOLLOWED, RIGHT, WRONG, Named

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from chalkgrad.marking.conventions import Convention
    from chalkgrad.marking.layouts import Layout, Layouts

    Stated = Callable[[float], float]


@dataclass(frozen=True, slots=True)
class Explained:
    """Why lines of a sheet are wrong.

    Attributes:
        findings: the names of each origin, by place.
        convention: the sentence of the convention that the whole sheet keeps, or nothing.
        followed: what lines are worth under that convention, by place.
    """

    findings: Mapping[int, Finding]
    convention: str = ""
    followed: Mapping[int, float] = field(default_factory=dict)


def explain(
    layouts: Layouts,
    layout: Layout,
    judged: Judged,
    stated: Stated | None,
) -> Explained:
    """Conventions before names, where there are two origins or more; verdicts may change under one."""
    if len(judged.origins) > 1:
        found = _convention(layouts, layout, judged, stated)
        if found:
            return _within(layouts, *found, judged)
    findings = diagnose(judged)
    unexplained = [o for o in judged.origins if not findings[o].names]
    if unexplained:
        for o in unexplained:
            names = _by_convention(layouts, layout, judged, o)
            if names:
                findings[o] = Finding(names)
    return Explained(findings)


def _convention(
    layouts: Layouts,
    layout: Layout,
    judged: Judged,
    stated: Stated | None,
) -> tuple[Convention, Judged, dict[int, int]] | None:
    """The variant under which two origins or more disappear and no line becomes one that was none."""
    base = set(judged.origins)
    written = {k: line.written for k, line in judged.lines.items()}
    best: tuple[int, Convention, Judged, dict[int, int]] | None = None
    for convention, ground, places in layouts.variants(layout):
        there = dict(zip(layout.places or [], places, strict=True))
        if any(there.get(k, -1) < 0 for k in written):
            continue
        here = {there[k]: k for k in written}
        other = judge(ground, {there[k]: w for k, w in written.items()}, stated)
        left = {here[k] for k in other.origins}
        if left <= base and len(left) <= len(base) - 2 and (best is None or len(left) < best[0]):
            best = (len(left), convention, other, here)
    return best[1:] if best else None


def _within(
    layouts: Layouts, convention: Convention, under: Judged, here: Mapping[int, int], judged: Judged
) -> Explained:
    """A sheet that keeps to another convention: one cause, and the rest is judged within it."""
    findings = diagnose(under)
    back = {k: findings[p] for p, k in here.items() if p in findings}
    gone = [k for k in judged.origins if k not in back]
    there = {k: p for p, k in here.items()}
    followed = {}
    first = gone[0]
    name = judged.ground.name(first)
    computed = under.computed or under.ground.compiled.true
    # A slip that was made throughout is one slip; no scheme takes it for a convention.
    allowed = "once" if convention.slip else layouts.scheme.conventions
    slip = convention.slip or f"convention:{convention.id}"
    named = (Named(slip, convention.sentence, name),)
    for k, line in judged.lines.items():
        if line.verdict != RIGHT:
            followed[k] = computed[there[k]]
            if allowed == "accept" and under.lines[there[k]].verdict == RIGHT:
                line.verdict = RIGHT
    if allowed != "accept":
        for k in gone:
            judged.lines[k].verdict = WRONG if k == first or allowed == "wrong" else FOLLOWED
            back[k] = Finding(
                named if judged.lines[k].verdict == WRONG else (), None if k == first else first
            )
    judged.origins = [k for k in judged.origins if judged.lines[k].verdict == WRONG]
    return Explained(back, "" if convention.slip else convention.sentence, followed)


def _by_convention(layouts: Layouts, layout: Layout, judged: Judged, o: int) -> tuple[Named, ...]:
    """One line alone that fits another convention, perhaps with an accident of its digits."""
    written = judged.lines[o].written
    if written.digits < 3:
        return ()
    k = (layout.places or []).index(o)
    name = judged.ground.name(o)
    for convention, ground, places in layouts.variants(layout):
        x = ground.compiled.true[places[k]] if places[k] >= 0 else math.nan
        if not math.isfinite(x) or x == judged.ground.compiled.true[o]:
            continue
        slip = convention.slip or f"convention:{convention.id}"
        if rounds_to(written.value, judged.units[o] or 0.0, x):
            return (Named(slip, convention.sentence, name),)
        for a in accidents(written, (x,)):
            if a.accident.id == "point_shifted" and a.same_sign:
                text = ACCIDENTS["point_shifted"].sentence.format(q=name, d=a.detail)
                return (Named(f"{slip}+point_shifted", f"{convention.sentence} And: {text}", name),)
    return ()
