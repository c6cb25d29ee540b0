"""A document while it is judged: what its names mean where, and what was found of its figures."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from chalkgrad.auditing.arithmetic import Shelf
from chalkgrad.auditing.forms import Forms
from chalkgrad.auditing.marks import Marks, as_printed, label_of
from chalkgrad.auditing.naming import Namer
from chalkgrad.auditing.places import Places, belongs
from chalkgrad.auditing.reasons import slips_of
from chalkgrad.auditing.records import CARRIED, DAMAGE, OK, WRONG
from chalkgrad.auditing.structure import Reader
from chalkgrad.marking.reach import rounds_to
from chalkgrad.marking.written import significant

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from chalkgrad.auditing.clock import Clock
    from chalkgrad.auditing.entities import Entity
    from chalkgrad.auditing.figures import Figure
    from chalkgrad.auditing.places import Place
    from chalkgrad.auditing.sides import Chain
    from chalkgrad.auditing.sources import Source
    from chalkgrad.auditing.variants import Variant, Variants
    from chalkgrad.auditing.worlds import World

_GIVEN_DIGITS = 3
_DERIVATIVE = re.compile(r"^d\((.*)\)/d\((.*)\)$")


class Bench:
    """One document on the bench.

    Attributes:
        source: the document.
        chains: what it sets equal.
        world: the quantities of its problem.
        forms: in which forms it prints them.
        marks: what was found of its figures.
        wrong: for each quantity that is printed wrong, the line of its origin, by its printed size.
        right: what such a figure has to be multiplied by to be right, by its printed size.
        meant: the quantity that a figure stands for, by where it stands.
        wrong_at: the figures that are wrong and the quantities that they should be, by where they stand.
        misreadings: an operand that was misread, by where the result stands.
        clock: the time that is left.
        unknown: the sizes of results that are right, but of no quantity that is known.
    """

    def __init__(
        self,
        source: Source,
        chains: Sequence[Chain],
        world: World,
        variants: Variants,
        before: Forms | None = None,
        *,
        clock: Clock,
    ) -> None:
        self.source, self.chains, self.world = source, chains, world
        self.variants = variants
        self.clock = clock
        self.later = before
        self.forms, self.namer = Forms(world, before), Namer(world)
        self.marks = Marks(source)
        self.reader = Reader(world, self.forms)
        self.wrong: dict[float, int] = {}
        self.right: dict[float, float] = {}
        self.meant: dict[int, Entity] = {}
        self.shelf = _Ranges(self.forms, self.meant)
        self.wrong_at: dict[int, tuple[Figure, Entity]] = {}
        self.misreadings: dict[int, tuple[tuple[str, str], ...]] = {}
        self.places = Places(source)
        self.unknown: set[float] = set()
        self._heads: dict[tuple[int, Place], list[Entity]] = {}

    def place(self, offset: int) -> Place:
        """The iteration and the sample that a place of the document speaks of."""
        return self.places.at(offset)

    def known(self, offset: int) -> bool:
        """Whether the iteration that a place speaks of was worked out."""
        iteration = self.places.at(offset).iteration
        return not iteration or iteration in self.world.numbers

    def heads(self, chain: Chain, offset: int) -> list[Entity]:
        """What a chain is said to work out: the meanings of its names."""
        place = self.place(offset)
        known = self._heads.get((id(chain), place))
        if known is None:
            known = self._heads[id(chain), place] = self._meant_by(chain, place)
        return known

    def _meant_by(self, chain: Chain, place: Place) -> list[Entity]:
        out: dict[str, Entity] = {}
        updated = chain.updates_itself()
        for name in dict.fromkeys(chain.names):
            for e in self.namer.meanings(name):
                if updated and e.symbol is not None and e.symbol.kind in ("w", "b"):
                    new = self.world.get("new_" + e.symbol.kind, e.symbol.index, e.symbol.iteration)
                    if new is not None:
                        out.setdefault(new.label, new)
                        continue
                out.setdefault(e.label, e)
        heads = list(out.values())
        if place.iteration:
            now = [
                e
                for e in heads
                if e.symbol is None or e.symbol.iteration in (0, place.iteration) or e.given
            ]
            heads = now or heads
        if place.sample:
            heads = [e for e in heads if belongs(e, place)] or heads
        return heads

    def names(self) -> dict[str, str]:
        """Which printed name was taken for which quantity."""
        return {
            _DERIVATIVE.sub(r"∂\1/∂\2", name): label for name, label in self.namer.known.items()
        }

    def worked_out(self, fig: Figure | None) -> Entity | None:
        """What a figure stands for, if it was found right, or right by the figures before it."""
        mark = self.marks.get(fig) if fig is not None else None
        if fig is None or mark is None or mark.verdict not in (OK, CARRIED):
            return None
        return self.meant.get(fig.start)

    def fits_in(self, start: int, other: Variant) -> bool:
        """Whether a wrong figure is that of the same quantity under another convention."""
        pair = self.wrong_at.get(start)
        if pair is None or pair[1].symbol is None:
            return False
        value = other.value(pair[1].symbol)
        return value is not None and rounds_to(pair[0].value, pair[0].unit, value)

    def explain(self) -> None:
        """Say of every wrong figure why it is wrong, where that can be said."""
        for mark in self.marks.by_start.values():
            if self.clock.over():
                return
            pair = self.wrong_at.get(mark.start)
            if pair is None or mark.verdict != WRONG or mark.slips or mark.kind == DAMAGE:
                continue
            fig, e = pair
            expected = float(mark.expected) if mark.expected else e.true
            mark.slips = slips_of(self.world, self.forms, self.variants, fig, e, expected)
            if not mark.slips:
                mark.slips = self.misreadings.get(mark.start, ())

    def values(self, e: Entity, apart: int = -1) -> list[float]:
        """The printed forms of a quantity, those further down included; they are right or carried."""
        out = self.forms.values(e, apart)
        if self.later is not None:
            out += [v for v in self.later.values(e, apart) if v not in out]
        return out

    def printed(self, e: Entity) -> bool:
        """Whether a quantity is printed anywhere as a result that is not wrong."""
        label = e.label.lstrip("-")
        printed = [*self.forms.of.get(label, ())]
        if self.later is not None:
            printed += self.later.of.get(label, ())
        return e.given or any(abs(f.value) not in self.wrong for f in printed)

    def printed_before(self, fig: Figure, e: Entity) -> bool:
        """Whether a figure was printed for a quantity before."""
        return any(f.value == fig.value for f in self.forms.of.get(e.label, ()))

    def tells(self, fig: Figure, e: Entity | None) -> bool:
        """Whether a figure says by itself which quantity it is: of two digits half a network could be a cut."""
        if e is None or e.given or significant(fig.value, fig.unit) > _GIVEN_DIGITS:
            return True
        return any(
            known.label == e.label.lstrip("-") for known in self.forms.at.get(abs(fig.value), ())
        )

    def cause(self, figures: Sequence[Figure], line: int) -> int | None:
        """The line of the wrong figure that operands go back to."""
        for f in figures:
            mark = self.marks.get(f)
            if mark is None:
                continue
            if mark.verdict == WRONG and mark.kind != DAMAGE:
                return self.marks.line(f.start) if self.marks.line(f.start) != line else line
            if mark.cause is not None:
                return mark.cause
        return None

    def keep(
        self, fig: Figure, e: Entity, verdict: str, cause: int | None = None, why: str = ""
    ) -> None:
        """Mark a figure as one of the forms in which a quantity is printed."""
        if verdict == CARRIED and not why:
            why = (
                "it follows from the figures printed before it"
                if cause is None
                else (f"it follows from the wrong figure of line {cause}")
            )
        self.marks.set(fig, verdict, name=label_of(e), explanation=why, cause=cause,
                       expected=as_printed(e.true, fig) if verdict == CARRIED else None)  # fmt: skip
        self.meant[fig.start] = e
        if not e.given:
            self.forms.keep(fig, e)

    def learn(self, chain: Chain, e: Entity) -> None:
        """Remember which quantity the names of a chain stand for."""
        if e.symbol is None:
            return
        for name in chain.names:
            if any(m.label == e.label for m in self.namer.meanings(name)):
                self.namer.known.setdefault(name, e.symbol.bare)

    def accuse(self, fig: Figure, expected: str) -> None:
        """Remember a wrong figure as the origin of what goes on from it, and what belongs in its place."""
        size = abs(fig.value)
        self.wrong.setdefault(size, self.marks.line(fig.start))
        if size:
            self.right.setdefault(size, float(expected) / fig.value)

    def repeats(self, fig: Figure, e: Entity) -> int | None:
        """The line of the wrong figure that a figure of a quantity repeats; none where it puts its sign right."""
        size = abs(fig.value)
        if self.right.get(size) == -1 and e.true * fig.value > 0:
            return None
        return self.wrong.get(size)

    def echoed(self, fig: Figure, candidates: Sequence[Entity]) -> int | None:
        """The line of the wrong figure that a figure without a name repeats.

        None where it is a given number by itself, or too short for that to be more than an accident.
        """
        if any(e.given and e.true == fig.value and e.symbol is not None for e in candidates):
            return None
        if significant(fig.value, fig.unit) < _GIVEN_DIGITS:
            return None
        return self.wrong.get(abs(fig.value))

    def carry(self, fig: Figure, e: Entity | None, origin: int) -> None:
        """Mark a figure that repeats a wrong one."""
        line = self.marks.line(fig.start)
        if origin == line:
            self.marks.set(fig, OK if e is None else CARRIED, name=label_of(e), cause=None)
            return
        self.marks.set(
            fig, CARRIED, name=label_of(e), cause=origin,
            explanation=f"it repeats the wrong figure of line {origin}",
        )  # fmt: skip

    def restated(self, fig: Figure, e: Entity) -> bool:
        """Whether a figure only repeats what was printed for a quantity; then it is marked."""
        for f in self.forms.of.get(e.label, ()):
            if f.value == fig.value or rounds_to(fig.value, fig.unit, f.value):
                origin = self.wrong.get(abs(f.value))
                if origin is None:
                    self.keep(fig, e, CARRIED)
                else:
                    self.carry(fig, e, origin)
                self.meant[fig.start] = e
                return True
        return False

    def one_quantity(self, heads: Sequence[Entity]) -> Entity | None:
        """What names mean, if they mean one quantity, in whichever iteration."""
        kinds = {
            (e.symbol.kind, e.symbol.index) if e.symbol is not None else (e.label, ())
            for e in heads
        }
        if len(kinds) != 1:
            return None
        fresh = [e for e in heads if e.label not in self.forms.of]
        return (fresh or list(heads))[0]


class _Ranges(Shelf):
    """Operands stand for their digits and, where those allow it, the true value of their quantity."""

    def __init__(self, forms: Forms, meant: Mapping[int, Entity]) -> None:
        super().__init__()
        self.forms, self.meant = forms, meant

    def range_of(self, fig: Figure) -> tuple[float, float]:
        return self.forms.range_of(fig, self.meant.get(fig.start))
