"""The audit of documents: every figure that they print, and whether it holds."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING

from chalkgrad.auditing.against import judge
from chalkgrad.auditing.bench import Bench
from chalkgrad.auditing.chains import chains_of
from chalkgrad.auditing.clock import ALLOWED, OUT_OF_TIME, Clock
from chalkgrad.auditing.documents import read_document
from chalkgrad.auditing.places import Places
from chalkgrad.auditing.plain import judged_alone
from chalkgrad.auditing.prose import ProseJudge
from chalkgrad.auditing.quantities import iterations_of
from chalkgrad.auditing.records import OK, WRONG, Audit
from chalkgrad.auditing.renamed import gradient_names
from chalkgrad.auditing.symbolic import formula_slips
from chalkgrad.auditing.variants import Variants
from chalkgrad.auditing.worlds import MOST_QUANTITIES, World
from chalkgrad.errors import ChalkgradError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from chalkgrad.auditing.records import Finding
    from chalkgrad.auditing.sides import Chain
    from chalkgrad.auditing.sources import Source
    from chalkgrad.auditing.variants import Variant
    from chalkgrad.problem import Problem

_NO_FIGURES = (
    "none of its numbers stands in mathematics, in a table or beside a name; "
    "what is audited is Markdown, LaTeX, a notebook or plain text"
)
_FEWER = 2
"""Another convention must explain so many wrong figures, and make no right one wrong."""


def audit(
    documents: Mapping[str, str], problem: Problem | None = None, *, seconds: float = ALLOWED
) -> Audit:
    """Every figure of the documents, judged by the arithmetic of its own line, and by a problem's plan.

    >>> made = audit({"n.md": "$z = 0.1 * 0.5 + 0.3 = 0.36$"})
    >>> [(f.line, f.column, f.printed, f.expected) for f in made.wrong]
    [(1, 24, '0.36', '0.35')]
    """
    figures: list[Finding] = []
    notes: list[str] = []
    names: dict[str, str] = {}
    conventions: dict[str, str] = {}
    lines = {}
    ground = _Ground(problem) if problem is not None else None
    if ground is not None and ground.note:
        notes.append(ground.note)
    for name, text in documents.items():
        clock = Clock(seconds)
        source = read_document(name, text)
        lines[name] = source.lines
        notes += source.notes
        chains, left_out = chains_of(source, clock)
        notes += left_out
        if ground is None or ground.world is None:
            found = judged_alone(source, chains, clock).findings()
        else:
            bench, held = ground.judge(source, chains, clock)
            held.update(gradient_names(bench))
            found = bench.marks.findings()
            names.update(bench.names())
            before = f"{name}: " if len(documents) > 1 else ""
            conventions.update({before + key: words for key, words in held.items()})
            found = sorted([*found, *formula_slips(bench)], key=lambda f: (f.line, f.column))
        if not found and not left_out and any(map(str.isdecimal, text)):
            notes.append(f"{name}: {_NO_FIGURES}")
        late = next((f.line for f in found if f.explanation == OUT_OF_TIME), None)
        if clock.over() and not left_out:
            notes.append(clock.note(f"{name}: line {late}" if late else f"{name}: line 1"))
        figures += found
    return Audit(
        MappingProxyType(lines),
        tuple(figures),
        MappingProxyType(conventions),
        MappingProxyType(names),
        tuple(notes),
    )


class _Ground:
    """A problem made ready to hold documents against."""

    def __init__(self, problem: Problem) -> None:
        self.variants = Variants(problem)
        self.note = ""
        self.problem = problem
        self.world: World | None = None
        try:
            self.world = World(problem)
        except OverflowError:
            self.note = f"the problem has more than {MOST_QUANTITIES:,} quantities: the arithmetic alone is judged"
        except ChalkgradError as error:
            self.note = (
                f"the problem cannot be worked out ({error}): the arithmetic alone is judged"
            )

    def judge(
        self, source: Source, chains: Sequence[Chain], clock: Clock
    ) -> tuple[Bench, dict[str, str]]:
        """A judged document, and the conventions that it keeps to and the problem does not."""
        assert self.world is not None
        world = self.world
        later = frozenset(Places(source).iterations)
        if iterations_of(self.problem, later) != iterations_of(self.problem, frozenset()):
            world = World(self.problem, also=later)
        bench = _twice(source, chains, world, self.variants, clock)
        wrong = _wrong(bench)
        held: dict[str, str] = {}
        if len(wrong) >= _FEWER:
            best = None
            for variant in self.variants.all():
                if clock.over():
                    break
                if not _promising(bench, variant):
                    continue
                try:
                    world = variant.world(self.problem)
                except (ChalkgradError, OverflowError):
                    continue
                other = _twice(source, chains, world, self.variants, clock)
                left = _wrong(other)
                if (
                    not clock.over()
                    and left <= wrong
                    and len(left) <= len(wrong) - _FEWER
                    and (best is None or len(left) < best[0])
                ):
                    best = (len(left), other, variant.convention)
            if best is not None:
                bench = best[1]
                held[best[2].id] = best[2].sentence
        bench.explain()
        return bench, held


def _twice(
    source: Source, chains: Sequence[Chain], world: World, variants: Variants, clock: Clock
) -> Bench:
    """A document judged, then judged again with what it prints further down in mind."""
    first = Bench(source, chains, world, variants, clock=clock)
    judge(first)
    if _faultless(first):
        ProseJudge(first).judge()
        if _faultless(first):
            return first
    if clock.over():
        return first
    bench = Bench(source, chains, world, variants, first.forms, clock=clock)
    judge(bench)
    ProseJudge(bench).judge()
    return bench


def _faultless(bench: Bench) -> bool:
    return all(m.verdict == OK for m in bench.marks.by_start.values())


def _wrong(bench: Bench) -> set[int]:
    return {start for start, m in bench.marks.by_start.items() if m.verdict == WRONG}


def _promising(bench: Bench, variant: Variant) -> bool:
    """Whether another convention gives wrong figures of this document."""
    return sum(bench.fits_in(start, variant) for start in _wrong(bench)) >= _FEWER
