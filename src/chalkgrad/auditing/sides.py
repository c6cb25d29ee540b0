"""The sides of an equality, and chains of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chalkgrad.auditing.figures import Figure
from chalkgrad.auditing.grids import Grid
from chalkgrad.formula import Mul, Sym, children, symbols
from chalkgrad.light import dataclass, field

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from chalkgrad.auditing.grids import Value
    from chalkgrad.formula import Formula


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
    _numeric: bool | None = None

    @property
    def numeric(self) -> bool:
        """Whether it is made of numbers alone, one number in the end."""
        if self._numeric is None:
            value = self.value
            self._numeric = value is not None and not isinstance(value, Grid) and is_numeric(value)
        return self._numeric

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
    stack = [formula]
    while stack:
        node = stack.pop()
        if isinstance(node, Sym):
            return False
        stack.extend(children(node))
    return True


@dataclass(slots=True)
class Chain:
    """Sides that are set equal, one after the other; the first is often a name.

    Attributes:
        sides: in order.
        names: the names of sides that are names.
        labels: where names stand, those included that only repeat what is worked out and are no sides.
        display: whether it stands on lines of its own.
    """

    sides: list[Side]
    display: bool
    names: list[str] = field(default_factory=list)
    labels: list[Side] = field(default_factory=list)

    def add(self, sides: Sequence[Side]) -> None:
        """Go on with more sides."""
        self.sides += sides
        self.names += [s.name for s in sides if s.name]
        self.labels += [s for s in sides if s.name]

    def repeat(self, sides: Sequence[Side]) -> None:
        """Go on with names that are set equal to what comes next; names that it has are no news."""
        self.names += [s.name for s in sides if s.name and s.name not in self.names]
        self.labels += [s for s in sides if s.name]

    def updates_itself(self) -> bool:
        """Whether a name stands for its new value: ``w = w - eta dE/dw``, or an arrow."""
        if not self.sides or not self.sides[0].name:
            return False
        name = self.sides[0].name
        for side in self.sides[1:]:
            if side.relation == "←":
                return True
            if side.value is not None and not isinstance(side.value, Grid) and not side.name:
                names = [s.kind for s in symbols(side.value)]
                if name in names and len(names) > 1:
                    return True
        return False

    @property
    def figures(self) -> Iterator[Figure]:
        """All figures, in order."""
        for side in self.sides:
            yield from side.figures
