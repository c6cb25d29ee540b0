"""Chains of equalities: what a document sets equal, over lines and blocks."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from chalkgrad.auditing.documents import PROSE
from chalkgrad.auditing.figures import Figure, figure
from chalkgrad.auditing.grids import Grid, UnreadableError
from chalkgrad.auditing.lexing import (
    AMP,
    BAD,
    CLOSE,
    CMD,
    GAP,
    NUM,
    OP,
    OPEN,
    REL,
    ROW,
    WORD,
    TooLong,
    macros_of,
    tokens_of,
)  # fmt: skip
from chalkgrad.auditing.parsing import Parser
from chalkgrad.formula import Mul, Sym, children, symbols

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from chalkgrad.auditing.documents import Source
    from chalkgrad.auditing.grids import Value
    from chalkgrad.auditing.lexing import Token
    from chalkgrad.formula import Formula

EQUAL, THEN, BECOMES, OTHER = "=", "⇒", "←", "<"
_MOST_SIDES = 100
"""A longer chain is cut: nobody follows it."""
_FEW_WORDS = 3
"""So many words between two pieces of mathematics do not part a chain."""
_LAYOUTS = frozenset((
    "equation", "align", "aligned", "alignat", "alignedat", "gather", "gathered", "multline", "eqnarray", "math",
    "displaymath", "flalign", "split", "dmath",
))  # fmt: skip
_ASIDE = re.compile(
    r"\b(?:where|here|with|and|for|if|so|then|since|that|from|as|when|hence|thus|therefore|using|given|or|because|at|by)\b|,",
    re.IGNORECASE,
)
_LAYERED = re.compile(
    r"(?:W|w|\\delta|\\theta|\\chi)\s*_\s*(?:\{\s*\w{1,3}\s*\}|\w)\s*\^\s*\{?\s*\d\s*\}?"
    r"|(?:W|w|\\delta|\\theta|\\chi)\s*\^\s*\{?\s*\d\s*\}?\s*_"
)


@dataclass(slots=True)
class Side:
    """One side of an equality.

    Attributes:
        relation: what stands before it: ``=`` (also for ≈), ``⇒``, ``←``, ``<``, or nothing.
        value: its tree, or None.
        reason: why there is none.
        figures: its figures, in order.
        bad: places of what looks like a number and is none.
        start, end: where it stands.
        passage: the number of the piece of mathematics it stands in.
    """

    relation: str
    value: Value | None
    reason: str
    figures: list[Figure]
    bad: list[tuple[int, int]]
    start: int
    end: int
    passage: int = 0

    @property
    def numeric(self) -> bool:
        """Whether it is made of numbers alone, one number in the end."""
        return (
            self.value is not None and not isinstance(self.value, Grid) and is_numeric(self.value)
        )

    @property
    def literal(self) -> Figure | None:
        """The figure that it is, if it is a figure alone."""
        return self.value if isinstance(self.value, Figure) else None

    @property
    def name(self) -> str:
        """The name that it is, in one spelling; "" if it is none."""
        return name_of(self.value)

    @property
    def cells(self) -> tuple[Side, ...]:
        """The entries of a matrix as sides of their own; itself, if it is none."""
        if not isinstance(self.value, Grid):
            return (self,)
        return tuple(
            Side(
                self.relation, entry, "", figures_of(entry), [], self.start, self.end, self.passage
            )
            for entry in self.value.entries
        )


def figures_of(formula: Formula) -> list[Figure]:
    """The figures of a formula, in reading order."""
    out, stack = [], [formula]
    while stack:
        node = stack.pop()
        if isinstance(node, Figure):
            out.append(node)
        stack.extend(reversed(children(node)))
    return out


def name_of(value: Value | None) -> str:
    """The printed name that a tree is, or ""."""
    match value:
        case Sym(symbol) if not symbol.kind.startswith("?"):
            return symbol.kind
        case Mul(factors) if all(isinstance(f, Sym) for f in factors):
            return " ".join(f.name.kind for f in factors if isinstance(f, Sym))
        case _:
            return ""


def is_numeric(formula: Formula) -> bool:
    """Whether no name is in a formula."""
    return not symbols(formula)


@dataclass(slots=True)
class Chain:
    """Sides that are set equal, one after the other; the first is often a name.

    Attributes:
        sides: in order.
        names: the names of sides that are names.
        display: whether it stands on lines of its own.
    """

    sides: list[Side]
    display: bool
    names: list[str] = field(default_factory=list)

    def add(self, sides: Sequence[Side]) -> None:
        """Go on with more sides."""
        self.sides += sides
        self.names += [s.name for s in sides if s.name]

    @property
    def figures(self) -> Iterator[Figure]:
        """All figures, in order."""
        for side in self.sides:
            yield from side.figures


def chains_of(source: Source) -> tuple[list[Chain], list[str]]:
    """The chains of a document in order, and notes on what was left out.

    >>> from chalkgrad.auditing.documents import read_document
    >>> chains, _ = chains_of(read_document("n.md", "$z = 0.1*0.5$\\n\\n$= 0.05$"))
    >>> [(len(c.sides), c.names) for c in chains]
    [(3, ['z'])]
    """
    macros = macros_of(source.text)
    layered = bool(_LAYERED.search(source.text))
    builder = _Builder()
    notes = []
    gap = ""
    for k, passage in enumerate(source.passages):
        if passage.kind == PROSE:
            gap += source.text[passage.start : passage.end]
            continue
        try:
            tokens = tokens_of(source.text, passage.start, passage.end, macros)
        except TooLong:
            line = source.place(passage.start)[0]
            notes.append(
                f"{source.name}:{line}: mathematics that is too long when written out was left out"
            )
            builder.part()
            continue
        builder.passage(_rows(tokens), k, passage.display, len(gap.split()), layered)
        gap = ""
    return [c for c in builder.chains if c.sides], notes


# ---------------------------------------------------------------- rows and sides
def _rows(tokens: Sequence[Token]) -> list[list[Token]]:
    """The lines of a piece of mathematics; what only lays out is gone, matrices are whole."""
    rows: list[list[Token]] = [[]]
    inner: list[str] = []
    ends = _ends(tokens)
    for k, t in enumerate(tokens):
        if t.kind == CMD and t.text.startswith(r"\begin "):
            name = t.text[7:]
            if not inner and (
                name in _LAYOUTS
                or (name not in ("cases", "dcases") and _has_relation(tokens, k, ends))
            ):
                rows.append([])
                continue
            inner.append(name)
        elif t.kind == CMD and t.text.startswith(r"\end "):
            if not inner:
                rows.append([])
                continue
            inner.pop()
        elif not inner and t.kind == ROW:
            rows.append([])
            continue
        elif not inner and t.kind == AMP:
            continue
        rows[-1].append(t)
    return [row for row in rows if row]


def _ends(tokens: Sequence[Token]) -> dict[int, int]:
    stack: list[int] = []
    out = {}
    for k, t in enumerate(tokens):
        if t.kind == CMD and t.text.startswith(r"\begin "):
            stack.append(k)
        elif t.kind == CMD and t.text.startswith(r"\end ") and stack:
            out[stack.pop()] = k
    return out


def _has_relation(tokens: Sequence[Token], k: int, ends: dict[int, int]) -> bool:
    """Whether an environment holds equalities of its own, and so only lays them out."""
    return any(t.kind == REL and t.text == EQUAL for t in tokens[k : ends.get(k, k)])


def _segments(row: Sequence[Token]) -> Iterator[list[Token]]:
    """The statements of a line: parted by commas, wide gaps and words."""
    depth = inner = 0
    out: list[Token] = []
    for k, t in enumerate(row):
        if t.kind == CMD and t.text.startswith((r"\begin ", r"\end ")):
            inner += 1 if t.text.startswith(r"\begin ") else -1
        if not inner:
            if t.kind == OPEN:
                depth += 1
            elif t.kind == CLOSE:
                depth = max(0, depth - 1)
        parts = not inner and (
            (depth == 0 and t.kind == OP and t.text in (",", ";"))
            or (t.kind == GAP and depth == 0 and not _goes_on(row, k))
            or (t.kind == WORD and depth == 0 and bool(_ASIDE.search(t.text)))
        )
        if parts:
            yield out
            out = []
            depth = 0
        elif t.kind != GAP or inner:
            out.append(t)
    yield out


def _goes_on(row: Sequence[Token], k: int) -> bool:
    """Whether what stands behind a gap belongs to what stands before it."""
    if k + 1 >= len(row) or k == 0:
        return True
    following = row[k + 1]
    if following.kind == REL or (following.kind == OP and following.text in "*+/"):
        return True
    return row[k - 1].kind in (REL, GAP)


def _split(segment: Sequence[Token]) -> list[tuple[str, list[Token]]]:
    """Sides with the relation before each; brackets that are not closed do not hide a relation."""
    out: list[tuple[str, list[Token]]] = [("", [])]
    balanced = sum((t.kind == OPEN) - (t.kind == CLOSE) for t in segment) == 0
    depth = 0
    for t in segment:
        if balanced:
            depth += (t.kind == OPEN) - (t.kind == CLOSE)
        if t.kind == CMD and t.text.startswith(r"\begin "):
            depth += 1
        elif t.kind == CMD and t.text.startswith(r"\end "):
            depth -= 1
        if t.kind == REL and depth <= 0:
            relation = EQUAL if t.text in "=≈" else t.text
            out.append((relation, []))
        else:
            out[-1][1].append(t)
    return out


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


# ---------------------------------------------------------------- chains over lines and blocks
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
        for row in _joined(rows):
            main: Chain | None = None
            first = True
            for segment in _segments(row):
                if not segment:
                    continue
                sides = [
                    _side(relation, tokens, number, layered=layered)
                    for relation, tokens in _split(segment)
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
            self.current.names += [
                s.name for s in sides if s.name and s.name not in self.current.names
            ]
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
        if last.literal is not None or last.relation == OTHER:
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


def _multiplied(before: Sequence[Token], row: Sequence[Token]) -> bool:
    """Whether a line is the second matrix of a product that the line before begins."""
    return (
        bool(row)
        and row[0].kind == CMD
        and row[0].text.startswith(r"\begin ")
        and before[-1].text.startswith(r"\end ")
        and any(t.kind == REL for t in before)
    )


def _unfinished(row: Sequence[Token]) -> bool:
    """Whether a line ends in an operator, or with a bracket that is open."""
    last = row[-1]
    if last.kind == OP and last.text in ("*", "+", "-", "/"):
        return True
    depth = 0
    for t in row:
        if t.kind == OPEN and t.text != "{":
            depth += 1
        elif t.kind == CLOSE and t.text != "}":
            depth -= 1
    return depth == 1 and any(t.kind == NUM for t in row) and any(t.kind == REL for t in row)


def _joined(rows: Sequence[Sequence[Token]]) -> list[list[Token]]:
    """Lines that begin with an operator belong to the line before."""
    out: list[list[Token]] = []
    for row in rows:
        begin = 0
        while begin < len(row) and row[begin].kind == GAP:
            begin += 1
        first = row[begin] if begin < len(row) else None
        goes_on = first is not None and first.kind == OP and first.text in ("*", "+", "/")
        if first is not None and first.kind == OP and first.text == "-":
            goes_on = not any(t.kind == REL for t in row)
        if out and (_unfinished(out[-1]) or _multiplied(out[-1], row[begin:])):
            goes_on = True
        if goes_on and out:
            out[-1] += row[begin:]
        else:
            out.append(list(row))
    return out
