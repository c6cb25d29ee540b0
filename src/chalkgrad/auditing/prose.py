"""Figures that stand in prose and in tables: what they can be, without a line that works them out."""

from __future__ import annotations

import re
from functools import cached_property
from typing import TYPE_CHECKING

from chalkgrad.auditing.clock import OUT_OF_TIME
from chalkgrad.auditing.entities import Entity
from chalkgrad.auditing.figures import Figure, figure
from chalkgrad.auditing.following import follows
from chalkgrad.auditing.quantities import far
from chalkgrad.auditing.records import CARRIED, DAMAGE, OK, UNREAD, VALUE, WRONG
from chalkgrad.auditing.sources import PROSE
from chalkgrad.marking.digits import shown
from chalkgrad.marking.reach import rounds_to
from chalkgrad.marking.written import significant

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from chalkgrad.auditing.bench import Bench
    from chalkgrad.auditing.sources import Source

MOST_FIGURES = 100_000
"""More figures of one document's prose are not looked at."""
_NUMBER = re.compile(
    r"(?<![\w.,/\-−–@#:])[-−]?(?:\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d*\.\d+|\d+)(?:[eE][-+]?\d{1,3})?(?![\w/:@]|[.,-]\d|%)"
)
_TIMES = re.compile(
    r"\b(?:times|iterations?|epochs?|steps?|rounds?|updates?|repeat\w*|passes)\b", re.IGNORECASE
)
_FIRST = re.compile(r"\b(?:first|one|1st)\b", re.IGNORECASE)
_KINDS = (
    ("loss", re.compile(r"\b(?:error|loss|cost)\b", re.IGNORECASE)),
    ("a", re.compile(r"\b(?:outputs?|predictions?|predicts?|predicted)\b", re.IGNORECASE)),
    ("lr", re.compile(r"\b(?:learning[ -]rate|step size)\b", re.IGNORECASE)),
)
_LAYOUT = re.compile(
    r"\\(?:re)?newcommand|\\set[a-z]+|\\usepackage|\\documentclass|\\includegraphics|\\[vh]s(?:kip|pace)|\\fontsize"
    r"|\\definecolor|\\linespread|\\geometry|\\rule|\\raisebox|\\scalebox|\\put\b|\\begin\{(?:minipage|tabular)"
)
_YEAR = re.compile(r"(?:19|20)\d\d")
_SPEAKING = 5
"""So many significant digits say by themselves which quantity is meant."""
_AROUND = 160
_MOST_COUNTS = 8
"""After so many different numbers of repetitions it is looked what is seen then."""


def numbers(source: Source) -> Iterator[tuple[Figure, str]]:
    """The decimal numbers of the prose, and large whole ones, each with the words around it."""
    text, count = source.text, 0
    for passage in source.passages:
        if passage.kind != PROSE:
            continue
        for m in _NUMBER.finditer(text, passage.start, passage.end):
            count += 1
            if count > MOST_FIGURES:
                return
            written = m[0].replace("−", "-")
            minus = written.startswith("-")
            made = figure(written.lstrip("-").replace(",", ""), m.start(), m.end(), minus=minus)
            if made is None:
                continue
            begin = max(passage.start, m.start() - _AROUND)
            line = text.rfind("\n", begin, m.start()) + 1
            stop = text.find("\n", m.end(), min(passage.end, m.end() + _AROUND))
            if _LAYOUT.search(text, max(begin, line), m.start()):
                continue
            around = text[
                max(begin, line) : stop if stop > 0 else min(passage.end, m.end() + _AROUND)
            ]
            if made.bare and not (abs(made.value) >= 100 and _counts(m, around)):
                continue
            yield made, around


def _counts(number: re.Match[str], around: str) -> bool:
    """Whether a whole number says how often; what looks like a year only before the word itself."""
    if _YEAR.fullmatch(number[0]):
        return _TIMES.match(number.string, number.end() + 1) is not None
    return _TIMES.search(around) is not None


class ProseJudge:
    """Judges the figures of the prose once the mathematics is judged."""

    def __init__(self, bench: Bench) -> None:
        self.bench = bench
        self.variants = bench.variants
        self._after: tuple[int, ...] = ()
        self._late: list[Entity] = []

    def judge(self) -> None:
        """Judge every figure of the prose."""
        found = list(numbers(self.bench.source))
        for fig, _ in found:
            if fig.bare:
                self.bench.marks.set(fig, OK, name="iterations")
        self._repeated(dict.fromkeys(int(fig.value) for fig, _ in found if fig.bare))
        for fig, around in found:
            if not fig.bare and self.bench.clock.over():
                self.bench.marks.set(fig, UNREAD, explanation=OUT_OF_TIME)
            elif not fig.bare:
                self._figure(fig, around)

    def _repeated(self, counts: Iterable[int]) -> None:
        """Numbers of repetitions: what is seen after them is known too."""
        world = self.bench.world
        known = [c for c in counts if 2 <= c <= world.problem.limits["iterations"]][:_MOST_COUNTS]
        self._after = tuple(n for c in known for n in (c, c + 1))
        late = far(world.problem, world.habit, *self._after)
        self._late = [Entity(label, x, x) for label, x in late.items()]

    @cached_property
    def _others(self) -> list[tuple[Entity, str, str]]:
        """The same in the other order of updating."""
        for variant in self.variants.all() if self._late else ():
            c = variant.convention
            if c.id in ("in_place", "simultaneous"):
                seen = variant.far(*self._after)
                return [(Entity(label, x, x), c.id, c.sentence) for label, x in seen.items()]
        return []

    def _meant(self, around: str) -> list[Entity]:
        """What the words around a figure speak of."""
        world = self.bench.world
        kinds = {kind for kind, words in _KINDS if words.search(around)}
        depth = len(world.problem.layers)
        out = [
            e
            for s, e in world.entities.items()
            if s.kind in kinds and (s.kind != "a" or s.index[0] == depth)
        ]
        out += [e for e in self._late if e.label.split(".")[-1].split("[")[0] in kinds]
        return out

    def _figure(self, fig: Figure, around: str) -> None:
        bench = self.bench
        marks = bench.marks
        meant = self._meant(around)
        for e in (*meant, *self._late):
            if rounds_to(fig.value, fig.unit, e.true) and significant(fig.value, fig.unit) > 2:
                marks.set(fig, OK, name=e.label)
                return
        candidates = bench.forms.candidates(fig)
        exact = [
            e for e in candidates if (e.given and e.true == fig.value) or self._printed(fig, e)
        ]
        if exact:
            origin = bench.echoed(fig, exact)
            if origin is not None:
                marks.set(fig, CARRIED, name=exact[0].label, cause=origin,
                          explanation=f"it repeats the wrong figure of line {origin}")  # fmt: skip
            else:
                marks.set(fig, OK, name=exact[0].label if len(exact) == 1 else None)
            return
        digits = significant(fig.value, fig.unit)
        if candidates and digits >= _SPEAKING:
            marks.set(fig, OK, name=candidates[0].label)
            return
        if digits >= _SPEAKING and meant and self._explained(fig, meant):
            return
        marks.set(fig, UNREAD, explanation="no quantity of the problem is named here")

    def _printed(self, fig: Figure, e: Entity) -> bool:
        return any(f.value == fig.value for f in self.bench.forms.of.get(e.label.lstrip("-"), ()))

    def _explained(self, fig: Figure, meant: Sequence[Entity]) -> bool:
        """A figure that is wrong, and it is seen how it came about; or one that its own figures give."""
        marks = self.bench.marks
        for e in meant:
            if e.symbol is not None and not e.given and follows(self.bench, fig, e):
                marks.set(fig, CARRIED, name=e.label)
                return True
        others = [*self._others, *self._of_variants(meant)]
        labels = {e.label for e in meant}
        for e, name, words in others:
            if e.label in labels and rounds_to(fig.value, fig.unit, e.true):
                true = next(x for x in meant if x.label == e.label)
                expected = shown(true.true, fig.unit)
                marks.set(
                    fig, WRONG, kind=VALUE, name=e.label, expected=expected, explanation=f"it should be {expected}",
                    slips=((f"convention:{name}", words),),
                )  # fmt: skip
                return True
        for e, name, words in [*((m, "", "") for m in meant), *others]:
            shift = shifted(fig, e.true)
            if e.label in labels and shift:
                true = next(x for x in meant if x.label == e.label)
                expected = shown(true.true, fig.unit)
                slips = [("point_shifted", f"The decimal point is shifted, {shift}.")]
                if name:
                    slips.insert(0, (f"convention:{name}", words))
                marks.set(
                    fig, WRONG, kind=VALUE if name else DAMAGE, name=e.label, expected=expected,
                    explanation=f"it should be {expected}", slips=tuple(slips),
                )  # fmt: skip
                return True
        return False

    def _of_variants(self, meant: Sequence[Entity]) -> Iterator[tuple[Entity, str, str]]:
        for variant in self.variants.all():
            for e in meant:
                if e.symbol is not None:
                    other = variant.value(e.symbol)
                    if other is not None and other != e.true:
                        yield (
                            Entity(e.label, other, other),
                            variant.convention.id,
                            variant.convention.sentence,
                        )


def shifted(fig: Figure, value: float) -> str:
    """By how many places the decimal point of a figure is off, in words; "" if that is not it.

    >>> shifted(figure("0.159121960", 0, 11), 0.015912196)
    'by 1 to the right'
    """
    digits = len(str(int(fig.value / fig.unit + 0.5)).rstrip("0")) if fig.value > 0 else 0
    if digits < 4:
        return ""
    for k in (1, -1, 2, -2):
        unit = fig.unit * 10.0**-k
        if fig.text.endswith("0"):
            unit *= 10
        if rounds_to(fig.value * 10.0**-k, unit, value):
            return f"by {abs(k)} to the {'right' if k > 0 else 'left'}"
    return ""
