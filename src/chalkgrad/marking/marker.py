"""Marking one sheet: from names and texts to verdicts, origins, causes and slips."""

from __future__ import annotations

import math
from collections import Counter
from functools import cached_property
from typing import TYPE_CHECKING

from chalkgrad.errors import ChalkgradError
from chalkgrad.marking.asking import asked_names
from chalkgrad.marking.explaining import Explained, explain
from chalkgrad.marking.judging import judge
from chalkgrad.marking.layouts import Layouts
from chalkgrad.marking.records import MISSING, RIGHT, UNREAD, WRONG, Answer, Sheet
from chalkgrad.marking.remarks import causes_of, is_short, remarks_on, unit_at
from chalkgrad.marking.scheme import Marks, Scheme, habit_of
from chalkgrad.marking.written import read, significant
from chalkgrad.rounding import Policy

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from chalkgrad.marking.judging import Judged, Line
    from chalkgrad.marking.layouts import Layout
    from chalkgrad.marking.written import Written
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
        self.problem, self.scheme, self._ask = problem, scheme or Scheme(), ask
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

    @cached_property
    def asked(self) -> int | None:
        """How many answers that are worth marks are asked for, else stand on the blank sheet.

        None where the blank sheet of this problem would be too long.
        """
        try:
            names = self._ask or asked_names(self.problem)
        except ChalkgradError:
            return None
        return sum(1 for name in names if self.scheme.worth(name))

    # ---------------------------------------------------------------- one sheet
    def mark(self, name: str, rows: Sequence[tuple[str, str]], notes: Iterable[str] = ()) -> Sheet:
        """Mark the rows (name, answer) of a sheet."""
        layout = self.layouts.of(tuple(row[0] for row in rows))
        known = [right.get(text) for right, (_, text) in zip(layout.right, rows, strict=True)]
        if known and not layout.asked and None not in known:
            # Every line was met before on this layout, and was right by itself.
            answers = tuple([met[0] for met in known if met])
            return Sheet(name, answers, "", (*layout.notes, *notes))
        ground, places = self.layouts.ground_of(layout)
        right: dict[int, Line] = {}
        written: dict[int, Written] = {}
        reasons: dict[int, str] = {}
        true = ground.compiled.true
        for k, met in enumerate(known):
            place = places[k]
            if met:
                right[place] = met[1]
                continue
            if place < 0 or not layout.last[k]:
                continue
            text = rows[k][1]
            got = read(text)
            if isinstance(got, str):
                if text.strip():
                    reasons[k] = got
            elif not math.isfinite(true[place]):
                reasons[k] = f"{layout.names[k]} has no finite value in this problem"
            else:
                written[place] = got
        judged = judge(ground, written, self._stated, right)
        why = Explained({})
        if judged.origins:
            why = explain(self.layouts, layout, judged, self._stated)
        answers = self._answers(layout, rows, known, judged, why, reasons)
        return Sheet(name, answers, why.convention, (*layout.notes, *notes))

    def _answers(
        self,
        layout: Layout,
        rows: Sequence[tuple[str, str]],
        known: Sequence[tuple[Answer, Line] | None],
        judged: Judged,
        why: Explained,
        reasons: Mapping[int, str],
    ) -> tuple[Answer, ...]:
        """The answers of the rows, with their marks; and those that were asked for and are missing."""
        ground, places = self.layouts.ground_of(layout)
        key, findings, odd = ground.compiled.true, why.findings, judged.odd
        digits, marks = self.scheme.digits, Marks(self.scheme)
        causes = causes_of(judged, findings) if odd else {}
        met_slips: dict[str, str] = {}
        often = _often(rows) if findings else frozenset()
        out: list[Answer] = []
        for k, met in enumerate(known):
            if met:
                out.append(met[0])
                continue
            if not layout.last[k]:
                continue
            given, text = rows[k]
            row, place, name, worth = layout.rows[k], places[k], layout.names[k], layout.worth[k]
            if isinstance(row, str):
                out.append(Answer(given, text, UNREAD if text.strip() else MISSING, remarks=(row,)))
                continue
            expected = key[place]
            line = judged.lines.get(place)
            if line is None:
                reason = reasons.get(k)
                said, verdict = ((reason,), UNREAD) if reason else ((), MISSING)
                out.append(Answer(name, text, verdict, expected, remarks=said, out_of=worth))
                continue
            short = digits is not None and is_short(line.written, digits)
            if place not in odd and not short:
                answer = Answer(name, text, RIGHT, expected, marks=worth, out_of=worth)
                if not line.written.bare and len(layout.right[k]) < _KEPT:
                    layout.right[k][text] = (answer, line)
                out.append(answer)
                continue
            followed = why.followed.get(place)
            if followed is None and judged.computed and line.verdict != RIGHT:
                followed = judged.computed[place]
            if followed == expected:
                followed = None
            finding = findings.get(place)
            slips = finding.names if finding and line.verdict == WRONG else ()
            cause = causes.get(place)
            habit = ""
            # a single digit, or a figure that stands everywhere, fits one slip or another by chance
            if slips and significant(line.written.value, judged.units[place] or 1.0) > 1:
                habit = habit_of(slips) if text not in often else ""
            if habit:
                first = met_slips.setdefault(habit, name)
                cause = cause or (first if first != name else None)
            again = bool(habit) and cause is not None
            earned = marks.of(
                line.verdict, worth, slips, short=short, trivial=line.trivial, again=again
            )
            remarks = remarks_on(judged, place, short=short)
            out.append(
                Answer(
                    name, text, line.verdict, expected, followed, slips, cause,
                    remarks, short, line.trivial, earned, worth,
                )
            )  # fmt: skip
        for symbol in layout.asked:
            name, place = self.setting.name(symbol), ground.compiled.index[symbol]
            out.append(Answer(name, "", MISSING, key[place], out_of=self.scheme.worth(name)))
        return tuple(out)


def _often(rows: Sequence[tuple[str, str]]) -> frozenset[str]:
    """The texts that stand on a quarter of the lines or more: figures that nobody worked out."""
    counts = Counter(text for _, text in rows)
    return frozenset(text for text, n in counts.items() if n > 3 and 4 * n >= len(rows))
