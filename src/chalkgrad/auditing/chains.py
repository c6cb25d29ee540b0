"""Chains of equalities: what a document sets equal, over lines and blocks."""

from __future__ import annotations

import re
from contextlib import suppress
from typing import TYPE_CHECKING

from chalkgrad.auditing.figures import figure
from chalkgrad.auditing.grids import UnreadableError
from chalkgrad.auditing.lexing import tokens_of, typed
from chalkgrad.auditing.macros import macros_of
from chalkgrad.auditing.parsing import Parser
from chalkgrad.auditing.sides import Chain, Side
from chalkgrad.auditing.sources import PLAIN, PROSE
from chalkgrad.auditing.statements import (
    EQUAL,
    OTHER,
    joined,
    rows_of,
    segments,
    split_at_relations,
)
from chalkgrad.auditing.tokens import AMP, BAD, CLOSE, MOST_TOKENS, NUM, OP, OPEN, REL, TooLong
from chalkgrad.auditing.typed import counted_from_zero

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from chalkgrad.auditing.clock import Clock
    from chalkgrad.auditing.figures import Figure
    from chalkgrad.auditing.sources import Source
    from chalkgrad.auditing.tokens import Token

_MOST_SIDES = 100
"""A longer chain is cut: nobody follows it."""
_MOST_WRITTEN = 300_000
"""So many tokens more than characters can come of the macros of a document."""
_MOST_NOTES = 3
_FEW_WORDS = 3
"""So many words between two pieces of mathematics do not part a chain."""
_LAYERED = re.compile(
    r"(?:W|w|\\delta|\\theta|\\chi)\s*_\s*(?:\{\s*\w{1,3}\s*\}|\w)\s*\^\s*\{?\s*\d\s*\}?"
    r"|(?:W|w|\\delta|\\theta|\\chi)\s*\^\s*\{?\s*\d\s*\}?\s*_"
    r"|[δθχ]_\w{1,3}\^\d|\b[Ww]_\d\d\^\d"
)


def chains_of(source: Source, clock: Clock | None = None) -> tuple[list[Chain], list[str]]:
    """The chains of a document in order, and notes on what was left out.

    >>> from chalkgrad.auditing.documents import read_document
    >>> chains, _ = chains_of(read_document("n.md", "$z = 0.1*0.5$\\n\\n$= 0.05$"))
    >>> [(len(c.sides), c.names) for c in chains]
    [(3, ['z'])]
    """
    macros = macros_of(source.text)
    layered = bool(_LAYERED.search(source.text))
    indexed = not counted_from_zero(source.text)
    builder = _Builder()
    notes = []
    gap = ""
    written = left_out = 0
    for k, passage in enumerate(source.passages):
        if passage.kind == PROSE:
            gap += source.text[passage.start : passage.end]
            continue
        if clock is not None and clock.over():
            notes.append(clock.note(f"{source.name}: line {source.place(passage.start)[0]}"))
            break
        tokens = None
        if written <= _MOST_WRITTEN:
            with suppress(TooLong):
                if passage.kind == PLAIN:
                    tokens = typed(source.text, passage.start, passage.end, indexed=indexed)
                else:
                    tokens = tokens_of(source.text, passage.start, passage.end, macros)
        if tokens is None:
            written += MOST_TOKENS if macros else 0
            left_out += 1
            line = source.place(passage.start)[0]
            if left_out <= _MOST_NOTES:
                notes.append(
                    f"{source.name}:{line}: mathematics that is too long when written out was left out"
                )
            builder.part()
            continue
        written += max(0, len(tokens) - (passage.end - passage.start))
        builder.passage(rows_of(tokens), k, passage.display, len(gap.split()), layered)
        gap = ""
    if left_out > _MOST_NOTES:
        notes.append(
            f"{source.name}: {left_out - _MOST_NOTES} more pieces were left out as too long"
        )
    return [c for c in builder.chains if c.sides], notes


def _side(relation: str, tokens: Sequence[Token], passage: int, *, layered: bool) -> Side:
    parser = Parser(tokens, layered=layered)
    value, reason = None, ""
    try:
        value = parser.whole()
    except UnreadableError as error:
        reason = str(error)
    except RecursionError:
        reason = "brackets are nested too deeply"
    figures = parser.figures
    if _only_labels(tokens):
        value, reason = None, "these are numbers of equations"
    if value is None:
        figures = list(_loose(tokens))
    bad = [(t.start, t.end) for t in tokens if t.kind == BAD]
    start = tokens[0].start if tokens else 0
    end = tokens[-1].end if tokens else 0
    return Side(relation, value, reason, figures, bad, start, end, passage)


def _only_labels(tokens: Sequence[Token]) -> bool:
    """Whether a side is nothing but whole numbers in brackets, such as (1)(2)(5)."""
    texts = [t for t in tokens if t.kind not in (OPEN, CLOSE)]
    return (
        len(texts) > 1
        and len(tokens) == 3 * len(texts)
        and all(t.kind == NUM and t.text.isdigit() for t in texts)
    )


def _loose(tokens: Sequence[Token]) -> Iterator[Figure]:
    """The figures of a side that is not read."""
    for k, t in enumerate(tokens):
        if t.kind != NUM:
            continue
        if k and tokens[k - 1].text in ("_", "^"):
            continue
        if k > 1 and tokens[k - 1].text == "{" and tokens[k - 2].text in ("_", "^"):
            continue
        before = tokens[k - 1] if k else None
        minus = (
            before is not None
            and before.text == "-"
            and (k == 1 or tokens[k - 2].kind in (OP, OPEN, REL, AMP))
        )
        start = before.start if minus and before else t.start
        made = figure(t.text, start, t.end, minus=minus)
        if made:
            yield made


class _Builder:
    """Puts statements together to chains."""

    def __init__(self) -> None:
        self.chains: list[Chain] = []
        self.current: Chain | None = None
        self.waiting = False

    def part(self) -> None:
        """Nothing goes on from here."""
        self.current, self.waiting = None, False

    def passage(
        self, rows: Sequence[Sequence[Token]], number: int, display: bool, words: int, layered: bool
    ) -> None:
        """Take the lines of one piece of mathematics; `words` stand between it and the one before."""
        near = words <= _FEW_WORDS
        if not display and words > 0:
            near = False
        if not near:
            self.part()
        for row in joined(rows):
            main: Chain | None = None
            first = True
            for segment in segments(row):
                if not segment:
                    continue
                sides = [
                    _side(relation, tokens, number, layered=layered)
                    for relation, tokens in split_at_relations(segment)
                    if tokens or relation
                ]
                self._statement(sides, display=display)
                if first:
                    main, first = self.current, False
            # what stands behind a comma is said by the way: the next line goes on with what is before
            self.current = main or self.current

    def _statement(self, sides: list[Side], *, display: bool) -> None:
        if not sides:
            return
        if self.waiting and self.current and len(sides) == 1 and not sides[0].relation:
            sides[0].relation = EQUAL
        self.waiting = sides[-1].end == 0 and bool(sides[-1].relation)
        sides = [s for s in sides if s.end]
        if not sides:
            return
        if len(sides) > _MOST_SIDES:
            for k in range(0, len(sides), _MOST_SIDES):
                self._new(sides[k : k + _MOST_SIDES], display)
            return
        if self.current is not None and len(self.current.sides) > _MOST_SIDES:
            self.part()
        if sides[0].relation:
            before = self.current.sides[-1] if self.current and self.current.sides else None
            # a result, and a new block that begins with "=": the work goes on, it is not the same number
            runs = (
                before is not None
                and before.literal is not None
                and before.passage != sides[0].passage
                and sides[0].literal is None
            )
            if self.current is None or runs:
                self._new([], display)
            assert self.current is not None
            self.current.add(sides)
            return
        joined = self._continues(sides)
        if joined:
            assert self.current is not None
            self.current.repeat(sides[:joined])
            self.current.add(sides[joined:])
        else:
            self._new(sides, display)

    def _new(self, sides: list[Side], display: bool) -> None:
        self.current = Chain([], display)
        self.current.add(sides)
        self.chains.append(self.current)

    def _continues(self, sides: Sequence[Side]) -> int:
        """How many names a statement begins with that only repeat what is being worked out; 0 if none."""
        chain = self.current
        names = 0
        while names < len(sides) and sides[names].name:
            names += 1
        if not chain or not chain.sides or not names or names == len(sides):
            return 0
        last = chain.sides[-1]
        if all(cell.literal is not None for cell in last.cells) or last.relation == OTHER:
            return 0
        if any(s.relation not in ("", EQUAL) for s in sides[: names + 1]):
            return 0
        own = {s.name for s in sides[:names]}
        if own.intersection(chain.names):
            return names
        # a chain that no name began: the name comes with the result
        if last.numeric and sides[names].literal is not None and not chain.names:
            return names
        return 0
