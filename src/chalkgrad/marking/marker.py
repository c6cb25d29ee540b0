"""Marking one sheet: from names and texts to verdicts, origins, causes and slips."""

from __future__ import annotations

import math
from functools import cached_property
from typing import TYPE_CHECKING

from chalkgrad.marking.explaining import Explained, explain
from chalkgrad.marking.judging import Judged, judge
from chalkgrad.marking.layouts import Layout, Layouts
from chalkgrad.marking.records import MISSING, RIGHT, UNREAD, WRONG, Answer, Sheet
from chalkgrad.marking.remarks import causes_of, is_short, remarks_on, unit_at
from chalkgrad.marking.scheme import Scheme, award
from chalkgrad.marking.written import Written, read
from chalkgrad.rounding import Policy

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from chalkgrad.problem import Problem

_KEPT = 2_000
"""Texts of right answers that are remembered for a row."""


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
        self.layouts = Layouts(problem, self.scheme, ask)
        self.setting = self.layouts.setting

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

    # ---------------------------------------------------------------- one sheet
    def mark(self, name: str, rows: Sequence[tuple[str, str]], notes: Iterable[str] = ()) -> Sheet:
        """Mark the rows (name, answer) of a sheet."""
        layout = self.layouts.of(tuple(row[0] for row in rows))
        known = [right.get(text) for right, (_, text) in zip(layout.right, rows, strict=True)]
        if known and not layout.asked and None not in known:
            # Every line was met before on this layout, and was right by itself.
            return Sheet(name, tuple(known), "", (*layout.notes, *notes))  # type: ignore[arg-type]
        ground, places = self.layouts.ground_of(layout)
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
        why = Explained({})
        if judged.origins:
            why = explain(self.layouts, layout, judged, written, self._stated)
        answers = self._answers(layout, rows, judged, why, reasons)
        answers += [
            Answer(self.setting.name(s), "", MISSING, true[ground.compiled.index[s]])
            for s in layout.asked
        ]
        return Sheet(
            name, award(self.scheme, self.setting, answers), why.convention, (*layout.notes, *notes)
        )

    def _answers(
        self,
        layout: Layout,
        rows: Sequence[tuple[str, str]],
        judged: Judged,
        why: Explained,
        reasons: Mapping[int, str],
    ) -> list[Answer]:
        ground, places = self.layouts.ground_of(layout)
        key, findings = ground.compiled.true, why.findings
        out: list[Answer] = []
        names = layout.names
        odd = judged.odd
        plain = not odd and not why.followed
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
            followed = why.followed.get(place)
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
