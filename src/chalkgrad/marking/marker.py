"""Marking one sheet: from names and texts to verdicts, origins, causes and slips."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from chalkgrad.errors import ChalkgradError, LimitError, RequestError
from chalkgrad.marking.conventions import Convention, conventions
from chalkgrad.marking.diagnosis import Finding, diagnose
from chalkgrad.marking.digits import ACCIDENTS, accidents
from chalkgrad.marking.ground import Ground, Grounds
from chalkgrad.marking.judging import Judged, judge
from chalkgrad.marking.reach import rounds_to
from chalkgrad.marking.records import (
    FOLLOWED,
    MISSING,
    NOUGHT,
    RIGHT,
    UNREAD,
    WRONG,
    Answer,
    Named,
    Sheet,
)
from chalkgrad.marking.remarks import causes_of, is_short, remarks_on, unit_at
from chalkgrad.marking.scheme import Scheme, award
from chalkgrad.marking.trees import Setting
from chalkgrad.marking.written import Written, read
from chalkgrad.network import make_plan
from chalkgrad.rounding import Policy

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from fractions import Fraction

    from chalkgrad.notation import Symbol
    from chalkgrad.plan import Plan
    from chalkgrad.problem import Problem

_KEPT = 2_000
"""Texts of right answers that are remembered for a row."""
_LAYOUTS = 64
"""Layouts of sheets that are kept ready; a class that was handed one blank sheet has one."""


@dataclass(slots=True)
class Layout:
    """The names of a sheet, resolved once: which row is which quantity.

    Attributes:
        rows: for each row its symbol, or the reason why there is none.
        names: the canonical name of each row.
        last: for each row whether it is the last one for its quantity.
        notes: remarks about quantities that come twice.
        asked: quantities that are asked for and have no row.
        worth: the marks of each row.
        right: for each row the answers that were found to be a rounding of the true value, by their text.
        ground, places, variants: made when they are first needed.
    """

    rows: list[Symbol | str]
    names: list[str]
    last: list[bool]
    notes: list[str]
    asked: list[Symbol]
    worth: list[Fraction]
    right: list[dict[str, Answer]]
    ground: Ground | None = None
    places: list[int] | None = None
    variants: list[tuple[Convention, Ground, list[int]]] | None = None


class Marker:
    """Marks sheets of one problem; what it learns of a layout it keeps for the next sheet.

    >>> from chalkgrad.examples import example
    >>> marker = Marker(example("mazur"))
    >>> sheet = marker.mark("ann", [("z[1][1]", "0.3775"), ("a[1][1]", "0.60"), ("loss", "0,29837")])
    >>> [(answer.name, answer.verdict) for answer in sheet.answers]
    [('z[1][1]', 'right'), ('a[1][1]', 'wrong'), ('loss', 'right')]
    """

    def __init__(
        self, problem: Problem, scheme: Scheme | None = None, ask: Sequence[str] = ()
    ) -> None:
        self.problem, self.scheme = problem, scheme or Scheme()
        self.setting = Setting(problem)
        self._asked = [problem.symbol(name) for name in ask]
        self._layouts: dict[tuple[str, ...], Layout] = {}
        self._grounds = Grounds()
        self._known: dict[str, Symbol | str] = {}

    @cached_property
    def _stated(self) -> Callable[[float], float] | None:
        """The place to which figures are asked for, for sheets that show none of their own.

        The scheme says it, or else the arithmetic of the problem file, the coarsest of its digits.
        """
        arithmetic = self.problem.arithmetic
        if self.scheme.digits:
            stated = [self.scheme.digits]
        elif arithmetic != Policy():
            stated = [arithmetic.digits, *(digits for _, digits in arithmetic.by_name)]
        else:
            return None
        return lambda size: max(unit_at(size, digits) for digits in stated)

    # ---------------------------------------------------------------- layouts
    def layout(self, names: tuple[str, ...]) -> Layout:
        """The rows of a sheet with these names."""
        known = self._layouts.get(names)
        if known is None:
            if len(self._layouts) >= _LAYOUTS:
                self._layouts.clear()
            known = self._layouts[names] = self._make_layout(names)
        return known

    def _make_layout(self, names: tuple[str, ...]) -> Layout:
        rows: list[Symbol | str] = [self.resolve(name) for name in names]
        canonical = [
            name if isinstance(row, str) else self.setting.name(row)
            for row, name in zip(rows, names, strict=True)
        ]
        place: dict[Symbol, int] = {}
        notes = []
        for k, row in enumerate(rows):
            if not isinstance(row, str):
                if row in place:
                    notes.append(
                        f"{canonical[k]} is answered more than once: the last answer counts"
                    )
                place[row] = k
        last = [isinstance(row, str) or place[row] == k for k, row in enumerate(rows)]
        asked = [s for s in self._asked if s not in place]
        worth = [
            NOUGHT if isinstance(r, str) else self.scheme.worth(n)
            for r, n in zip(rows, canonical, strict=True)
        ]
        right: list[dict[str, Answer]] = [{} for _ in rows]
        return Layout(rows, canonical, last, list(dict.fromkeys(notes)), asked, worth, right)

    def resolve(self, name: str) -> Symbol | str:
        """The quantity that a name means, in any case; or why there is none."""
        known = self._known.get(name)
        if known is None:
            if len(self._known) > 100_000:
                self._known.clear()
            known = self._known[name] = self._find(name)
        return known

    def _find(self, name: str) -> Symbol | str:
        if len(name) > 200:
            return f'"{name[:40]}..." is not the name of a quantity'
        try:
            try:
                symbol = self.problem.symbol(name)
            except ChalkgradError:
                symbol = self.problem.symbol(name.lower())
            self._value_exists(symbol)
        except ChalkgradError as error:
            return str(error)
        except (IndexError, KeyError, RecursionError):
            return f'"{name}" is not a quantity of this problem'
        return symbol

    def _value_exists(self, symbol: Symbol) -> None:
        plan = self._plain_plan
        if symbol.iteration > 1 and not self.problem.updates:
            raise RequestError(f'"{symbol}" needs a learning_rate, the problem has none')
        most = self.problem.limits["iterations"]
        if symbol.iteration > most:
            raise LimitError("iterations", "iterations", symbol.iteration, most)
        if plan.constant(symbol) is None:
            plan.definition(symbol)

    @cached_property
    def _plain_plan(self) -> Plan:
        return make_plan(self.problem, "matrix")

    def ground_of(self, layout: Layout) -> tuple[Ground, list[int]]:
        """The ground of a layout, and the place of each of its rows (-1 where there is none)."""
        if layout.ground is None or layout.places is None:
            symbols = [row for row in layout.rows if not isinstance(row, str)]
            layout.ground = self._grounds.get(self.problem, [*symbols, *layout.asked])
            layout.places = _places(layout, layout.ground)
        return layout.ground, layout.places

    # ---------------------------------------------------------------- one sheet
    def mark(self, name: str, rows: Sequence[tuple[str, str]], notes: Iterable[str] = ()) -> Sheet:
        """Mark the rows (name, answer) of a sheet."""
        layout = self.layout(tuple(row[0] for row in rows))
        known = [right.get(text) for right, (_, text) in zip(layout.right, rows, strict=True)]
        if known and not layout.asked and None not in known:
            # Every line was met before on this layout, and was right by itself.
            return Sheet(name, tuple(known), "", (*layout.notes, *notes))  # type: ignore[arg-type]
        ground, places = self.ground_of(layout)
        written: dict[int, Written] = {}
        reasons: dict[int, str] = {}
        true = ground.compiled.true
        for k, (_, text) in enumerate(rows):
            place = places[k]
            if place < 0 or not layout.last[k]:
                continue
            got = read(text)
            if isinstance(got, str):
                if text.strip():
                    reasons[k] = got
            elif not math.isfinite(true[place]):
                reasons[k] = f"{layout.names[k]} has no finite value in this problem"
            else:
                written[place] = got
        sure = {places[k] for k, answer in enumerate(known) if answer}
        judged = judge(ground, written, self._stated, sure)
        convention = ""
        followed_by: dict[int, float] = {}
        findings: dict[int, Finding] = {}
        if judged.origins:
            convention, followed_by, judged, findings = self._explain(layout, judged, written)
        answers = self._answers(layout, rows, places, judged, findings, followed_by, reasons)
        answers += [
            Answer(self.setting.name(s), "", MISSING, true[ground.compiled.index[s]])
            for s in layout.asked
        ]
        return Sheet(
            name, award(self.scheme, self.setting, answers), convention, (*layout.notes, *notes)
        )

    def _answers(
        self,
        layout: Layout,
        rows: Sequence[tuple[str, str]],
        places: list[int],
        judged: Judged,
        findings: Mapping[int, Finding],
        followed_by: Mapping[int, float],
        reasons: Mapping[int, str],
    ) -> list[Answer]:
        key = self.ground_of(layout)[0].compiled.true
        out: list[Answer] = []
        names = layout.names
        odd = judged.odd
        plain = not odd and not followed_by
        digits = self.scheme.digits
        causes = {} if plain else causes_of(judged, findings, self.setting.name)
        for k, (given, text) in enumerate(rows):
            place = places[k]
            if not layout.last[k]:
                continue
            row = layout.rows[k]
            if isinstance(row, str):
                out.append(Answer(given, text, UNREAD if text.strip() else MISSING, remarks=(row,)))
                continue
            expected = key[place]
            line = judged.lines.get(place)
            if line is None:
                reason = reasons.get(k)
                verdict = UNREAD if reason else MISSING
                remarks: tuple[str, ...] = (reason,) if reason else ()
                out.append(Answer(names[k], text, verdict, expected, remarks=remarks))
                continue
            short = digits is not None and is_short(line.written, digits)
            if place not in odd and not short:
                answer = layout.right[k].get(text)
                if answer is None:
                    worth = layout.worth[k]
                    answer = Answer(names[k], text, RIGHT, expected, marks=worth, out_of=worth)
                    if not line.written.bare and len(layout.right[k]) < _KEPT:
                        layout.right[k][text] = answer
                out.append(answer)
                continue
            followed = followed_by.get(place)
            if followed is None and judged.computed and line.verdict != RIGHT:
                followed = judged.computed[place]
            if followed == expected:
                followed = None
            finding = findings.get(place)
            remarks = remarks_on(judged, place, short=short)
            out.append(
                Answer(
                    names[k], text, line.verdict, expected, followed,
                    finding.names if finding and line.verdict == WRONG else (),
                    causes.get(place), remarks, short, line.trivial,
                )
            )  # fmt: skip
        return out

    # ---------------------------------------------------------------- why
    def _explain(
        self, layout: Layout, judged: Judged, written: Mapping[int, Written]
    ) -> tuple[str, dict[int, float], Judged, dict[int, Finding]]:
        """Conventions before names, where there are two origins or more."""
        if len(judged.origins) > 1:
            found = self._convention(layout, judged, written)
            if found:
                convention, under, places = found
                return self._within(convention, under, places, judged)
        findings = diagnose(judged)
        unexplained = [o for o in judged.origins if not findings[o].names]
        if unexplained:
            for o in unexplained:
                names = self._by_convention(layout, judged, o)
                if names:
                    findings[o] = Finding(names)
        return "", {}, judged, findings

    def _variants(self, layout: Layout) -> list[tuple[Convention, Ground, list[int]]]:
        if layout.variants is None:
            symbols = [row for row in layout.rows if not isinstance(row, str)]
            layout.variants = []
            for convention in conventions(self.problem):
                try:
                    ground = self._grounds.get(
                        convention.problem,
                        [*symbols, *layout.asked],
                        convention.id,
                        convention.habit,
                    )
                except ChalkgradError:
                    continue
                layout.variants.append((convention, ground, _places(layout, ground)))
        return layout.variants

    def _convention(
        self, layout: Layout, judged: Judged, written: Mapping[int, Written]
    ) -> tuple[Convention, Judged, dict[int, int]] | None:
        """The variant under which two origins or more disappear and no line becomes one that was none."""
        base = set(judged.origins)
        best: tuple[int, Convention, Judged, dict[int, int]] | None = None
        for convention, ground, places in self._variants(layout):
            there = dict(zip(layout.places or [], places, strict=True))
            if any(there.get(k, -1) < 0 for k in written):
                continue
            here = {there[k]: k for k in written}
            other = judge(ground, {there[k]: w for k, w in written.items()}, self._stated)
            left = {here[k] for k in other.origins}
            if (
                left <= base
                and len(left) <= len(base) - 2
                and (best is None or len(left) < best[0])
            ):
                best = (len(left), convention, other, here)
        return best[1:] if best else None

    def _within(
        self, convention: Convention, under: Judged, here: Mapping[int, int], judged: Judged
    ) -> tuple[str, dict[int, float], Judged, dict[int, Finding]]:
        """A sheet that keeps to another convention: one cause, and the rest is judged within it."""
        findings = diagnose(under)
        back = {k: findings[p] for p, k in here.items() if p in findings}
        gone = [k for k in judged.origins if k not in back]
        there = {k: p for p, k in here.items()}
        followed = {}
        first = gone[0]
        name = self.setting.name(judged.ground.compiled.order[first])
        computed = under.computed or under.ground.compiled.true
        allowed = self.scheme.conventions
        named = (Named(f"convention:{convention.id}", convention.sentence, name),)
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
        return convention.sentence, followed, judged, back

    def _by_convention(self, layout: Layout, judged: Judged, o: int) -> tuple[Named, ...]:
        """One line alone that fits another convention, perhaps with an accident of its digits."""
        written = judged.lines[o].written
        if written.digits < 3:
            return ()
        k = (layout.places or []).index(o)
        name = self.setting.name(judged.ground.compiled.order[o])
        for convention, ground, places in self._variants(layout):
            x = ground.compiled.true[places[k]] if places[k] >= 0 else math.nan
            if not math.isfinite(x) or x == judged.ground.compiled.true[o]:
                continue
            slip = f"convention:{convention.id}"
            if rounds_to(written.value, judged.units[o] or 0.0, x):
                return (Named(slip, convention.sentence, name),)
            for a in accidents(written, (x,)):
                if a.accident.id == "point_shifted" and a.same_sign:
                    text = ACCIDENTS["point_shifted"].sentence.format(q=name, d=a.detail)
                    return (
                        Named(f"{slip}+point_shifted", f"{convention.sentence} And: {text}", name),
                    )
        return ()


def _places(layout: Layout, ground: Ground) -> list[int]:
    index = ground.compiled.index
    return [-1 if isinstance(row, str) else index.get(row, -1) for row in layout.rows]
