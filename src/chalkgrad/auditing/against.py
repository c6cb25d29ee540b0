"""Judging the figures of a document against the plan of its problem.

A figure is right if it is a rounding or a cut of the true value, or of what the document's own printed
figures give. Only what fits neither is wrong, and only where it is sure what the figure stands for.
"""

from __future__ import annotations

import math
import re
from itertools import islice, product
from typing import TYPE_CHECKING

from chalkgrad.auditing.arithmetic import FAILS, HOLDS, Opened, Shelf, meets, opened, step
from chalkgrad.auditing.forms import Forms, digits_of, lost_point
from chalkgrad.auditing.marks import Marks, as_printed
from chalkgrad.auditing.naming import Namer
from chalkgrad.auditing.parsing import Figure, Grid
from chalkgrad.auditing.places import Places, belongs
from chalkgrad.auditing.prose import ProseJudge
from chalkgrad.auditing.reasons import Variants, slips_of
from chalkgrad.auditing.records import ARITHMETIC, CARRIED, DAMAGE, OK, UNREAD, VALUE, WRONG
from chalkgrad.auditing.structure import Reader, Reading
from chalkgrad.formula import Add, Div, Fn, Mul, Neg, Num, Pow, Sym
from chalkgrad.marking.digits import ACCIDENTS, misread
from chalkgrad.marking.reach import reach, rounds_to
from chalkgrad.marking.written import significant

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from chalkgrad.auditing.chains import Chain, Side
    from chalkgrad.auditing.documents import Source
    from chalkgrad.auditing.places import Place
    from chalkgrad.auditing.worlds import Entity, World
    from chalkgrad.formula import Formula

_CHOICES = 256
_HIDDEN = 2.5
"""So many units can be lost on a way that is not shown."""
_GIVEN_DIGITS = 3
_DERIVATIVE = re.compile(r"^d\((.*)\)/d\((.*)\)$")
_SIBLINGS = {
    "w": ("grad_w", "new_w", "step_w"), "b": ("grad_b", "new_b", "step_b"), "new_w": ("w",), "new_b": ("b",),
    "z": ("da_dz", "delta"), "a": ("z", "da_dz", "t"), "grad_w": ("step_w",), "grad_b": ("step_b", "delta"),
    "t": ("a",),
}  # fmt: skip


class Bench:
    """One document on the bench.

    Attributes:
        source: the document.
        chains: what it sets equal.
        world: the quantities of its problem.
        forms: in which forms it prints them.
        marks: what was found of its figures.
        wrong: for each quantity that is printed wrong, the line of its origin, by its printed size.
    """

    def __init__(
        self,
        source: Source,
        chains: Sequence[Chain],
        world: World,
        variants: Variants,
        before: Forms | None = None,
    ) -> None:
        self.source, self.chains, self.world = source, chains, world
        self.variants = variants
        self.later = before
        self.forms, self.namer = Forms(world, before), Namer(world)
        self.marks = Marks(source)
        self.reader = Reader(world, self.forms)
        self.shelf = _Ranges(self)
        self.wrong: dict[float, int] = {}
        self._entity: dict[int, Entity] = {}
        self._wrong_at: dict[int, tuple[Figure, Entity]] = {}
        self._misread: dict[int, tuple[tuple[str, str], ...]] = {}
        self.places = Places(source)
        self._unknown: set[float] = set()

    # ---------------------------------------------------------------- where we are
    def place(self, offset: int) -> Place:
        """The iteration and the sample that a place of the document speaks of."""
        return self.places.at(offset)

    def known(self, offset: int) -> bool:
        """Whether the iteration that a place speaks of was worked out."""
        iteration = self.places.at(offset).iteration
        return not iteration or iteration in self.world.numbers

    def heads(self, chain: Chain, offset: int) -> list[Entity]:
        """What a chain is said to work out: the meanings of its names."""
        out: dict[str, Entity] = {}
        names = list(dict.fromkeys(chain.names))
        updated = self._updates_itself(chain)
        for name in names:
            for e in self.namer.meanings(name):
                if updated and e.symbol is not None and e.symbol.kind in ("w", "b"):
                    new = self.world.get("new_" + e.symbol.kind, e.symbol.index, e.symbol.iteration)
                    if new is not None:
                        out.setdefault(new.label, new)
                        continue
                out.setdefault(e.label, e)
        place = self.place(offset)
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

    def _updates_itself(self, chain: Chain) -> bool:
        """Whether a name stands for its new value: ``w = w - eta dE/dw``, or an arrow."""
        from chalkgrad.formula import symbols

        if not chain.sides or not chain.sides[0].name:
            return False
        name = chain.sides[0].name
        for side in chain.sides[1:]:
            if side.relation == "←":
                return True
            if side.value is not None and not isinstance(side.value, Grid) and not side.name:
                names = [s.kind for s in symbols(side.value)]
                if name in names and len(names) > 1:
                    return True
        return False

    # ---------------------------------------------------------------- all chains
    def judge(self) -> None:
        """Judge every figure that stands in mathematics."""
        for chain in self.chains:
            self._list(chain)
            self._chain(chain)
        for chain in self.chains:
            self._rest(chain)
            self._beside_names(chain)
        ProseJudge(self).judge()

    def names(self) -> dict[str, str]:
        """Which printed name was taken for which quantity."""
        return {
            _DERIVATIVE.sub(r"∂\1/∂\2", name): label for name, label in self.namer.known.items()
        }

    def fits_in(self, start: int, other: World) -> bool:
        """Whether a wrong figure is that of the same quantity under another convention."""
        pair = self._wrong_at.get(start)
        if pair is None or pair[1].symbol is None:
            return False
        e = other.entities.get(pair[1].symbol)
        return e is not None and rounds_to(pair[0].value, pair[0].unit, e.true)

    def explain(self) -> None:
        """Say of every wrong figure why it is wrong, where that can be said."""
        for mark in self.marks.by_start.values():
            pair = self._wrong_at.get(mark.start)
            if pair is None or mark.verdict != WRONG or mark.slips or mark.kind == DAMAGE:
                continue
            fig, e = pair
            expected = float(mark.expected) if mark.expected else e.true
            mark.slips = slips_of(self.world, self.forms, self.variants, fig, e, expected)
            if not mark.slips:
                mark.slips = self._misread.get(mark.start, ())

    def _list(self, chain: Chain) -> None:
        for side in chain.sides:
            for start, end in side.bad:
                fig = Figure(math.nan, self.source.text[start:end], start, end)
                self.marks.set(fig, UNREAD, kind=DAMAGE, explanation="this is not a number")

    def _chain(self, chain: Chain) -> None:
        before: tuple[Side, ...] = ()
        readings: list[Reading | None] = []
        relations = True
        worked = False
        for side in chain.sides:
            cells = side.cells
            offset = side.start
            heads = self.heads(chain, offset) if self.known(offset) else []
            if side.relation == "⇒":
                self._then(before, cells, readings)
            made: list[Reading | None] = []
            rows: list[Entity | None] = []
            for k, cell in enumerate(cells):
                prior = before[k] if len(before) == len(cells) else None
                reading = readings[k] if len(readings) == len(cells) else None
                own: Sequence[Entity] = heads
                if isinstance(side.value, Grid):
                    own = self._entries(chain, side.value, k, offset) or _next_in_layer(
                        self.world, rows
                    )
                if cell.numeric and cell.literal is None:
                    if prior is not None and side.relation == "=" and prior.numeric:
                        self._expressions(prior, cell)
                    reading_ = self._expression(cell, own, self._result_after(chain, side, k))
                    made.append(reading_)
                    rows.append(reading_.target if reading_.sure else None)
                elif cell.literal is not None:
                    target = self._literal(
                        chain,
                        cell,
                        prior if side.relation == "=" else None,
                        reading,
                        own,
                        worked=worked,
                    )
                    made.append(Reading(target, (target,), sure=target is not None))
                    rows.append(target)
                else:
                    made.append(None)
                    rows.append(None)
                    if len(cells) > 1 and cell.figures:
                        self._loose_entry(cell)
            if not side.name or (" " in side.name and not self.namer.meanings(side.name)):
                worked = worked or side.literal is None
            relations = relations and side.relation != "<"
            before, readings = cells, made

    def _entries(self, chain: Chain, grid: Grid, k: int, offset: int) -> list[Entity]:
        """What entry k of a matrix is said to be, by the name that the chain begins with."""
        if not self.known(offset) or not chain.names:
            return []
        row, column = divmod(k, grid.size[1])
        place = self.place(offset)
        found = self.namer.entry(chain.names[0], row + 1, column + 1, grid.size)
        return [e for e in found if belongs(e, place)]

    def _loose_entry(self, cell: Side) -> None:
        """The figures of an entry that holds something unread."""
        for fig in cell.figures:
            self._operand(fig, None)

    def _result_after(self, chain: Chain, side: Side, k: int) -> Figure | None:
        """The figure that the following sides end in, as far as they are numbers; of a matrix, its entry k."""
        at = chain.sides.index(side)
        count = len(side.cells)
        for after in chain.sides[at + 1 :]:
            cells = after.cells
            if after.relation != "=" or len(cells) != count:
                return None
            if cells[k].literal is not None:
                return cells[k].literal
            if not cells[k].numeric and not after.name:
                return None
        return None

    # ---------------------------------------------------------------- expressions
    def _expression(self, cell: Side, heads: Sequence[Entity], result: Figure | None) -> Reading:
        made = opened(cell.value) if cell.value is not None else None  # type: ignore[arg-type]
        if made is None:
            return Reading(None, (), sure=False)
        fits = (
            None
            if result is None
            else lambda e: (
                rounds_to(result.value, result.unit, e.true) or (self._printed_before(result, e))
            )
        )
        holds = result is not None and rounds_to(result.value, result.unit, made.printed)
        if not self.known(cell.start):
            reading = Reading(None, (None,) * len(made.figures), sure=False)
        else:
            place = self.place(cell.start)
            worked = [e for e in heads if not e.given]
            reading = self.reader.read(made, worked, fits, holds=holds, place=place)
        for k, (fig, e) in enumerate(zip(made.figures, reading.operands, strict=True)):
            if k in reading.odd and e is not None:
                self._odd(fig, e)
            else:
                self._operand(fig, e, sure=reading.sure)
        return reading

    def _printed_before(self, fig: Figure, e: Entity) -> bool:
        return any(f.value == fig.value for f in self.forms.of.get(e.label, ()))

    def _operand(self, fig: Figure, e: Entity | None, *, sure: bool = False) -> None:
        """An operand that stands for a quantity as it should."""
        if e is None:
            found = self.forms.candidates(fig)
            if found and not fig.bare:
                origin = self.wrong.get(abs(fig.value))
                if origin is not None:
                    self._carried(fig, None, origin)
                else:
                    self.marks.set(fig, OK, name=_label(found[0]) if len(found) == 1 else None)
            return
        if e.symbol is None and e.given and fig.bare and not sure:
            return
        told = sure or self._tells(fig, e)
        if told:
            self._entity[fig.start] = e
        origin = self.wrong.get(abs(fig.value))
        if origin is not None and not rounds_to(fig.value, fig.unit, e.true):
            self._carried(fig, e, origin)
            return
        right = e.given or rounds_to(fig.value, fig.unit, e.true)
        if e.given and abs(fig.value - e.true) > 1e-12 * max(1.0, abs(e.true)) and not e.symbol:
            right = True
        if fig.bare and e.symbol is None and e.given:
            return  # the 1 of 1 - a
        self.marks.set(fig, OK if right else CARRIED, name=_label(e), explanation="" if right else
                       "it goes on from figures of this document that are rounded")  # fmt: skip
        if told and not e.given:
            self.forms.keep(fig, e)

    def _carried(self, fig: Figure, e: Entity | None, origin: int) -> None:
        line = self.marks.line(fig.start)
        if origin == line:
            self.marks.set(fig, OK if e is None else CARRIED, name=_label(e), cause=None)
            return
        self.marks.set(
            fig, CARRIED, name=_label(e), cause=origin,
            explanation=f"it repeats the wrong figure of line {origin}",
        )  # fmt: skip

    def _odd(self, fig: Figure, e: Entity) -> None:
        """An operand that is not the number of the quantity that it must stand for."""
        if rounds_to(fig.value, fig.unit, e.true):
            self._operand(fig, e, sure=True)
            return
        printed = self.forms.at.get(abs(fig.value), ())
        if (printed or abs(fig.value) in self._unknown) and all(e.symbol is None for e in printed):
            self.marks.set(
                fig,
                UNREAD,
                explanation="it was printed before, for something that is not understood",
            )
            return
        origin = self.wrong.get(abs(fig.value))
        if origin is not None and origin != self.marks.line(fig.start):
            self._carried(fig, e, origin)
            return
        if any(k.label.lstrip("-") == e.label.lstrip("-") for k in printed):
            self.marks.set(fig, CARRIED, name=_label(e))
            return
        if not self._values_printed(e) and abs(fig.value - e.true) <= _HIDDEN * fig.unit:
            # worked out where nobody sees it, from figures that were rounded
            self.marks.set(
                fig, CARRIED, name=_label(e), expected=as_printed(e.true, fig),
                explanation="its last digit differs from the true value; how it was worked out is not shown",
            )  # fmt: skip
            self.forms.keep(fig, e)
            return
        core = digits_of(fig.text)
        forms = [*self.forms.of.get(e.label.lstrip("-"), ())]
        texts = [f.text for f in forms] + [f"{abs(e.true):.12g}"]
        expected = next((t.lstrip("-") for t in texts if digits_of(t) == core), None)
        whole = "." not in fig.text or fig.text.lstrip("-").startswith("00")
        if expected is not None:
            want = ("-" if e.true < 0 else "") + expected
            if whole and want.lstrip("-") != fig.text.lstrip("-"):
                why = f"its decimal point is lost: {want} belongs here"
            else:
                why = f"its sign does not belong here: {want}"
            self.marks.set(fig, WRONG, kind=DAMAGE, name=_label(e), expected=want, explanation=why)
            return
        near = [
            t
            for t in texts[:-1]
            if any(_same_number(m, abs(fig.value)) for m in misread(t.lstrip("-")))
        ]
        right = [f.text for f in forms if abs(f.value) not in self.wrong]
        known = right[0] if right else as_printed(e.true, fig)
        if whole and len(core) >= 3:
            self.marks.set(
                fig, WRONG, kind=DAMAGE, name=_label(e), expected=known,
                explanation=f"its decimal point is lost, and its digits are not those of {_label(e)} = {known}",
            )  # fmt: skip
            return
        near = [t for t in near if abs(float(t)) not in self.wrong]
        if near:
            self.marks.set(
                fig, WRONG, kind=VALUE, name=_label(e), expected=near[0],
                explanation=f"{_label(e)} was printed as {near[0]}: the digits were not copied right",
                slips=(("miscopied", f"{near[0]} was not copied right."),),
            )  # fmt: skip
            self.wrong.setdefault(abs(fig.value), self.marks.line(fig.start))
            return
        others = [x.label for x in self.forms.candidates(fig) if x.symbol is not None]
        also = f"; {fig.text} is {', '.join(others[:3])}" if others else ""
        self.marks.set(
            fig, WRONG, kind=VALUE, name=_label(e), expected=known,
            explanation=f"here stands {_label(e)}, which is {known}{also}",
            slips=(("other_operand", f"{fig.text} stands where {_label(e)} = {known} belongs."),),
        )  # fmt: skip

    # ---------------------------------------------------------------- expression after expression
    def _expressions(self, left: Side, right: Side) -> None:
        assert left.value is not None
        assert right.value is not None
        for part, fig in aligned(left.value, right.value):  # type: ignore[arg-type]
            inner = opened(part)
            if inner is None or isinstance(part, Num):
                continue
            reading = self.reader.read(inner, (), _fitting(fig), place=self.place(fig.start))
            self._result(fig, inner, reading, (), worked=True)

    # ---------------------------------------------------------------- results
    def _literal(
        self,
        chain: Chain,
        cell: Side,
        prior: Side | None,
        reading: Reading | None,
        heads: Sequence[Entity],
        *,
        worked: bool,
    ) -> Entity | None:
        fig = cell.literal
        assert fig is not None
        if prior is not None and prior.numeric and prior.literal is None and reading is not None:
            made = step(prior, cell, self.shelf)
            inner = opened(prior.value)  # type: ignore[arg-type]
            if inner is not None:
                verdict = made.verdict if made is not None else ""
                e = self._result(fig, inner, reading, heads, worked=True, verdict=verdict)
                if e is not None and reading.sure:
                    self._learn(chain, e)
                return e
        if prior is not None and prior.literal is not None and prior.literal.value == fig.value:
            e = self._entity.get(prior.literal.start)
            self._operand(fig, e)
            return e
        if not cell.relation and not heads:
            self._operand(fig, None)
            return None
        return self._named(chain, fig, heads, worked=worked)

    def _result(
        self,
        fig: Figure,
        inner: Opened,
        reading: Reading,
        heads: Sequence[Entity],
        *,
        worked: bool,
        verdict: str = "",
    ) -> Entity | None:
        """The result of an expression of numbers."""
        target = reading.target
        line = self.marks.line(fig.start)
        mended = self._mended(inner, reading)
        possible = [target] if target is not None and reading.sure else [*heads]
        if target is not None and not reading.sure and not possible:
            possible = [target]
        if target is not None and not reading.sure:
            possible.append(target)
        if verdict == FAILS and not reading.sure:
            # what fails by its own numbers is not saved by a product that happens to fit
            possible = [e for e in possible if e.symbol is not None]
        true = next((e for e in possible if rounds_to(fig.value, fig.unit, e.true)), None)
        follows = rounds_to(fig.value, fig.unit, inner.printed) or verdict == HOLDS
        if not follows and mended is not None:
            follows = rounds_to(fig.value, fig.unit, mended)
        if not follows:
            follows = self._other_forms(fig, inner, reading)
        if true is not None and true.symbol is None and not reading.sure:
            e = self._by_a_slip(fig, heads)
            if e is not None:
                return e
        if true is not None:
            self._keep(fig, true, OK)
            if not follows and verdict == FAILS and not reading.odd:
                mark = self.marks.by_start[fig.start]
                if mark.verdict == OK:
                    mark.verdict, mark.kind = CARRIED, ARITHMETIC
                    came = as_printed(inner.printed, fig)
                    mark.explanation = (
                        f"it is the true value, but the figures printed here give {came}"
                    )
                    mark.cause = self._cause(inner.figures, line)
            return true
        if follows:
            cause = self._cause(inner.figures, line)
            e = target if target is not None else (possible[0] if possible else None)
            named = self._one_quantity(heads)
            if named is not None and not reading.sure:
                e = named  # what it is called says more than a product that was guessed
            if e is None:
                self.marks.set(fig, OK)
                self._unknown.add(abs(fig.value))
                return None
            self._keep(fig, e, CARRIED, cause)
            if cause is not None:
                self.wrong.setdefault(abs(fig.value), cause)
            return e
        if reading.odd and target is not None and self._digits_right(fig, target):
            want = as_printed(target.true, fig)
            self.marks.set(
                fig, WRONG, kind=DAMAGE, name=_label(target), expected=want,
                explanation=f"its sign does not belong here: {want}",
            )  # fmt: skip
            return target
        if target is not None and self._restated(fig, target) and not worked:
            return target
        expected = as_printed(mended if mended is not None else inner.printed, fig)
        if target is None and verdict != FAILS:
            self.marks.set(fig, UNREAD, explanation="what it works out is not understood")
            self._unknown.add(abs(fig.value))
            return None
        e = target
        proved = e is not None and (reading.sure or e.symbol is not None)
        if e is not None and not e.given:
            expected = self._expected(e, inner, fig, mended)
        self.marks.set(
            fig, WRONG, kind=ARITHMETIC, name=_label(e) if proved else None, expected=expected,
            explanation=f"the figures printed here give {expected}",
        )  # fmt: skip
        self.wrong.setdefault(abs(fig.value), line)
        self._misread[fig.start] = _misread_operand(fig, inner)
        if e is not None:
            if proved:
                self._wrong_at[fig.start] = (fig, e)
            self._entity[fig.start] = e
            self.forms.keep(fig, e)
        return e

    def _expected(self, e: Entity, inner: Opened, fig: Figure, mended: float | None) -> str:
        value = mended if mended is not None else inner.printed
        return as_printed(value if math.isfinite(value) else e.true, fig)

    def _digits_right(self, fig: Figure, e: Entity) -> bool:
        return rounds_to(-fig.value, fig.unit, e.true)

    def _mended(self, inner: Opened, reading: Reading) -> float | None:
        """The value of an expression with its odd figures put right."""
        if not reading.odd:
            return None
        values = []
        for k, (f, e) in enumerate(zip(inner.figures, reading.operands, strict=True)):
            if k in reading.odd and e is not None:
                printed = self.forms.values(e)
                values.append(printed[-1])
            else:
                values.append(f.value)
        return inner.at(values)

    def _other_forms(self, fig: Figure, inner: Opened, reading: Reading) -> bool:
        """Whether a result follows from other printed forms of its operands."""
        lists = []
        operands = [
            e if reading.sure or self._tells(f, e) else None
            for f, e in zip(inner.figures, reading.operands, strict=True)
        ]
        for f, e in zip(inner.figures, operands, strict=True):
            values = [f.value]
            if e is not None and not e.given:
                values += self._values(e)
            lists.append(list(dict.fromkeys(values)))
        for chosen in islice(product(*lists), _CHOICES):
            if rounds_to(fig.value, fig.unit, inner.at(chosen)):
                return True
        ranges = [self.forms.range_of(f, e) for f, e in zip(inner.figures, operands, strict=True)]
        return not reading.odd and meets(fig, inner.over(ranges))

    def _by_a_slip(self, fig: Figure, heads: Sequence[Entity]) -> Entity | None:
        """The quantity that a line names, if a slip makes it this figure: right arithmetic of a wrong formula.

        A name alone accuses nobody: lecturers call a part by the name of the whole. So the figure is none of
        any quantity, and what a slip known by name gives for this one.
        """
        if self._one_quantity(heads) is None or significant(fig.value, fig.unit) < 2:
            return None
        e = heads[0]
        if (
            e.symbol is None
            or e.given
            or any(x.symbol is not None for x in self.world.matching(fig))
        ):
            return None
        found = slips_of(self.world, self.forms, self.variants, fig, e, e.true)
        slips = tuple(s for s in found if s[0] not in ACCIDENTS)
        if not slips:
            return None
        expected = as_printed(e.true, fig)
        self.marks.set(
            fig, WRONG, kind=VALUE, name=_label(e), expected=expected, slips=slips,
            explanation=f"the figures printed here give it, but {_label(e)} is {expected}",
        )  # fmt: skip
        self.wrong.setdefault(abs(fig.value), self.marks.line(fig.start))
        self._wrong_at[fig.start] = (fig, e)
        self._entity[fig.start] = e
        self.forms.keep(fig, e)
        return e

    def _tells(self, fig: Figure, e: Entity | None) -> bool:
        """Whether a figure says by itself which quantity it is: of two digits half a network could be a cut."""
        if e is None or e.given or significant(fig.value, fig.unit) > _GIVEN_DIGITS:
            return True
        return any(
            known.label == e.label.lstrip("-") for known in self.forms.at.get(abs(fig.value), ())
        )

    def _values(self, e: Entity, apart: int = -1) -> list[float]:
        """The printed forms of a quantity, those further down included; they are right or carried."""
        out = self.forms.values(e, apart)
        if self.later is not None:
            out += [v for v in self.later.values(e, apart) if v not in out]
        return out

    def _values_printed(self, e: Entity) -> bool:
        """Whether a quantity is printed anywhere as a result that is not wrong."""
        label = e.label.lstrip("-")
        printed = [*self.forms.of.get(label, ())]
        if self.later is not None:
            printed += self.later.of.get(label, ())
        return e.given or any(abs(f.value) not in self.wrong for f in printed)

    def _cause(self, figures: Sequence[Figure], line: int) -> int | None:
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

    def _keep(self, fig: Figure, e: Entity, verdict: str, cause: int | None = None) -> None:
        why = ""
        if verdict == CARRIED:
            why = (
                "it follows from the figures printed before it"
                if cause is None
                else (f"it follows from the wrong figure of line {cause}")
            )
        self.marks.set(fig, verdict, name=_label(e), explanation=why, cause=cause,
                       expected=as_printed(e.true, fig) if verdict == CARRIED else None)  # fmt: skip
        self._entity[fig.start] = e
        if not e.given:
            self.forms.keep(fig, e)

    def _restated(self, fig: Figure, e: Entity) -> bool:
        """Whether a figure only repeats what was printed for a quantity; then it is marked."""
        for f in self.forms.of.get(e.label, ()):
            if f.value == fig.value or rounds_to(fig.value, fig.unit, f.value):
                origin = self.wrong.get(abs(f.value))
                if origin is None:
                    self._keep(fig, e, CARRIED)
                else:
                    self._carried(fig, e, origin)
                self._entity[fig.start] = e
                return True
        return False

    # ---------------------------------------------------------------- results that only a name leads to
    def _named(
        self, chain: Chain, fig: Figure, heads: Sequence[Entity], *, worked: bool
    ) -> Entity | None:
        true = next((e for e in heads if rounds_to(fig.value, fig.unit, e.true)), None)
        if true is not None:
            self._keep(fig, true, OK)
            self._learn(chain, true)
            return true
        for e in heads:
            if not e.given and self._follows(fig, e):
                self._keep(fig, e, CARRIED, self._cause_of(e, fig))
                return e
        if self._symbolic(chain, fig):
            if not heads or self._sure(chain, heads) is None:
                self.marks.set(fig, OK)
                self._unknown.add(abs(fig.value))
                return None
            self._keep(fig, heads[0], CARRIED)
            return heads[0]
        if not worked:
            for e in heads:
                if self._restated(fig, e):
                    return e
            for e in self._siblings(heads):
                if rounds_to(fig.value, fig.unit, e.true):
                    self._keep(fig, e, OK)
                    return e
                if self._restated(fig, e):
                    return e
        return self._unfit(chain, fig, heads)

    def _unfit(self, chain: Chain, fig: Figure, heads: Sequence[Entity]) -> Entity | None:
        """A figure that is no value of the quantity that its names mean."""
        sure = self._sure(chain, heads)
        if not heads:
            self._operand(fig, None)
            if self.marks.get(fig) is None and not fig.bare:
                self.marks.set(fig, UNREAD, explanation="no quantity of the problem is named here")
            return None
        for e in heads:
            whole = "." not in fig.text and (len(digits_of(fig.text)) > 2 or lost_point(fig))
            if whole and any(d.label == e.label.lstrip("-") for d in self.forms.damaged(fig)):
                want = self._damage_text(fig, e)
                self.marks.set(
                    fig, WRONG, kind=DAMAGE, name=_label(e), expected=want,
                    explanation=f"its decimal point is lost: {want} belongs here",
                )  # fmt: skip
                return e
        if sure is None:
            if fig.bare:
                return None
            self.marks.set(
                fig, UNREAD, explanation=f"it is not clear which quantity is meant: {_names(heads)}"
            )
            return None
        # a weight that has the number of a result can be the updated one
        newer = sure.given and (fig.bare or abs(fig.value) in self.forms.at)
        if newer or abs(fig.value) in self._unknown:
            self.marks.set(
                fig, UNREAD, name=_label(sure),
                explanation=f"{_label(sure)} is {as_printed(sure.true, fig)}, and this figure may be another one",
            )  # fmt: skip
            return None
        expected = as_printed(self._carried_value(sure), fig)
        self.marks.set(
            fig,
            WRONG,
            kind=VALUE,
            name=_label(sure),
            expected=expected,
            explanation=f"it should be {expected}",
        )
        self.wrong.setdefault(abs(fig.value), self.marks.line(fig.start))
        self._wrong_at[fig.start] = (fig, sure)
        self._entity[fig.start] = sure
        self.forms.keep(fig, sure)
        return sure

    def _damage_text(self, fig: Figure, e: Entity) -> str:
        core = digits_of(fig.text)
        places = len(core) - 1 - math.floor(math.log10(abs(e.true))) if e.true else len(core)
        return f"{e.true:.{max(0, min(17, places))}f}"

    def _sure(self, chain: Chain, heads: Sequence[Entity]) -> Entity | None:
        """The one quantity that is meant, where that is sure."""
        kinds = {(e.symbol.kind, e.symbol.index) for e in heads if e.symbol is not None}
        if len(kinds) == 1:
            iterations = {e.symbol.iteration for e in heads if e.symbol is not None}
            if len(iterations) == 1:
                return heads[0]
            printed = [e for e in heads if e.label in self.forms.of]
            return printed[-1] if printed else heads[0]
        learned = {self.namer.known[n] for n in chain.names if n in self.namer.known}
        fitting = [e for e in heads if e.symbol is not None and e.symbol.bare in learned]
        if fitting and len({e.symbol.bare for e in fitting if e.symbol}) == 1:
            return fitting[0]
        return None

    def _one_quantity(self, heads: Sequence[Entity]) -> Entity | None:
        """What names mean, if they mean one quantity, in whichever iteration."""
        kinds = {
            (e.symbol.kind, e.symbol.index) if e.symbol is not None else (e.label, ())
            for e in heads
        }
        if len(kinds) != 1:
            return None
        fresh = [e for e in heads if e.label not in self.forms.of]
        return (fresh or list(heads))[0]

    def _learn(self, chain: Chain, e: Entity) -> None:
        if e.symbol is None:
            return
        for name in chain.names:
            if any(m.label == e.label for m in self.namer.meanings(name)):
                self.namer.known.setdefault(name, e.symbol.bare)

    def _siblings(self, heads: Sequence[Entity]) -> Iterator[Entity]:
        for e in heads:
            s = e.symbol
            if s is None:
                continue
            for kind in _SIBLINGS.get(s.kind, ()):
                for iteration in range(1, self.world.iterations + 1):
                    other = self.world.get(kind, s.index, iteration, s.sample)
                    if other is not None:
                        yield other

    def _symbolic(self, chain: Chain, fig: Figure) -> bool:
        """Whether a figure follows from a formula of names of its own chain, at printed figures."""
        from chalkgrad.formula import Sym, evaluate, symbols

        for side in chain.sides:
            value = side.value
            if value is None or isinstance(value, (Grid, Sym)) or side.numeric:
                continue
            names = list(dict.fromkeys(symbols(value)))
            if not names or len(names) > 8:
                continue
            lists = []
            for s in names:
                values: list[float] = []
                for e in self.namer.meanings(s.kind)[:6]:
                    values += [v for v in (*self._values(e), e.true) if v not in values]
                lists.append(values)
            if not all(lists):
                continue
            for chosen in islice(product(*lists), _CHOICES):
                at = dict(zip(names, chosen, strict=True))
                if rounds_to(fig.value, fig.unit, evaluate(value, at.__getitem__)):
                    return True
        return False

    # ---------------------------------------------------------------- follow-through by the plan
    def _written(self, apart: int = -1) -> tuple[list[float | None], list[float | None]]:
        """The printed figure of each quantity, and its unit; a figure at `apart` supports nothing."""
        compiled = self.world.ground.compiled
        values: list[float | None] = [None] * len(compiled.order)
        units: list[float | None] = [None] * len(compiled.order)
        for symbol, e in self.world.entities.items():
            place = compiled.index.get(symbol)
            printed = [f for f in self.forms.of.get(e.label, ()) if f.start != apart]
            if place is not None and printed and not e.given:
                finest = printed[-1]
                values[place], units[place] = finest.value, finest.unit
        return values, units

    def _follows(self, fig: Figure, e: Entity) -> bool:
        """Whether the plan gives a figure at the document's own printed forms."""
        compiled = self.world.ground.compiled
        place = compiled.index.get(e.symbol) if e.symbol is not None else None
        if place is None:
            return False
        values, units = self._written(fig.start)
        values[place] = None
        computed, used = compiled.run(values)
        if rounds_to(fig.value, fig.unit, computed[place]):
            return True
        reached, _ = reach(compiled, values, units, None)
        if meets(fig, reached[place]):
            return True
        reads = compiled.reads[place]
        if not reads or len(reads) > 8:
            return False
        lists = []
        for k in reads:
            operand = self.world.entities.get(compiled.order[k])
            own = self._values(operand, fig.start) if operand is not None else []
            lists.append([*dict.fromkeys([*own, used[k]])])
        for choice in islice(product(*lists), _CHOICES):
            at = list(used)
            for k, v in zip(reads, choice, strict=True):
                at[k] = v
            if rounds_to(fig.value, fig.unit, compiled.point(place, at)):
                return True
        return False

    def _carried_value(self, e: Entity) -> float:
        """What a quantity comes to at the document's own figures."""
        compiled = self.world.ground.compiled
        place = compiled.index.get(e.symbol) if e.symbol is not None else None
        if place is None:
            return e.true
        values, _ = self._written()
        values[place] = None
        return compiled.run(values)[0][place]

    def _cause_of(self, e: Entity, fig: Figure) -> int | None:
        """The line of a wrong figure that a quantity leans on."""
        compiled = self.world.ground.compiled
        place = compiled.index.get(e.symbol) if e.symbol is not None else None
        if place is None or rounds_to(fig.value, fig.unit, e.true):
            return None
        for k in compiled.reads[place]:
            operand = self.world.entities.get(compiled.order[k])
            for f in self.forms.of.get(operand.label, ()) if operand is not None else ():
                if abs(f.value) in self.wrong:
                    return self.wrong[abs(f.value)]
        return None

    # ---------------------------------------------------------------- what remains
    def _then(
        self, before: Sequence[Side], cells: Sequence[Side], readings: Sequence[Reading | None]
    ) -> None:
        """Net inputs, an arrow, activations."""
        if len(before) != len(cells):
            return
        for cell, reading in zip(cells, readings, strict=False):
            fig = cell.literal
            target = reading.target if reading is not None else None
            if fig is None or target is None or target.symbol is None or target.symbol.kind != "z":
                continue
            s = target.symbol
            e = self.world.get("a", s.index, s.iteration, s.sample)
            if e is not None and (rounds_to(fig.value, fig.unit, e.true) or self._follows(fig, e)):
                self._keep(fig, e, OK if rounds_to(fig.value, fig.unit, e.true) else CARRIED)

    def _beside_names(self, chain: Chain) -> None:
        """Figures that are nothing known, where the formula of names before them says what belongs there."""
        for left, right in zip(chain.sides, chain.sides[1:], strict=False):
            one, two = left.value, right.value
            if right.relation != "=" or not isinstance(one, Mul) or not isinstance(two, Mul):
                continue
            if len(one.factors) != len(two.factors):
                continue
            for name, fig in zip(one.factors, two.factors, strict=True):
                if not isinstance(name, Sym) or not isinstance(fig, Figure):
                    continue
                mark = self.marks.get(fig)
                if mark is None or mark.verdict != UNREAD:
                    continue
                meant = {
                    e.label: e
                    for e in self.namer.meanings(name.name.kind)
                    if belongs(e, self.place(fig.start))
                }
                if len(meant) == 1 and self._values_printed(next(iter(meant.values()))):
                    self._odd(fig, next(iter(meant.values())))

    def _rest(self, chain: Chain) -> None:
        for side in chain.sides:
            for fig in side.figures:
                if self.marks.get(fig) is not None:
                    continue
                if "." not in fig.text and (lost_point(fig) or len(digits_of(fig.text)) > 2):
                    damaged = [] if self.forms.candidates(fig) else self.forms.damaged(fig)
                    if damaged:
                        self._odd(fig, damaged[0])
                        continue
                if not fig.bare:
                    self._operand(fig, None)
                    if self.marks.get(fig) is None:
                        self.marks.set(
                            fig, UNREAD,
                            explanation=side.reason or "it is no figure of the problem, nor one printed before",
                        )  # fmt: skip


class _Ranges(Shelf):
    """Operands stand for their digits and, where those allow it, the true value of their quantity."""

    def __init__(self, bench: Bench) -> None:
        super().__init__()
        self.bench = bench

    def range_of(self, fig: Figure) -> tuple[float, float]:
        return self.bench.forms.range_of(fig, self.bench._entity.get(fig.start))  # noqa: SLF001


def aligned(left: Formula, right: Formula) -> Iterator[tuple[Formula, Figure]]:
    """Where the next expression has a figure in place of a part that was worked out: the part, and the figure."""
    stack = [(left, right)]
    while stack:
        one, two = stack.pop()
        if isinstance(two, Figure):
            if not isinstance(one, Num):
                yield one, two
            continue
        if isinstance(one, (Add, Mul)) and type(one) is type(two):
            a = one.terms if isinstance(one, Add) else one.factors
            b = two.terms if isinstance(two, Add) else two.factors
            if len(a) == len(b):
                stack += list(zip(a, b, strict=True))
        elif isinstance(one, Neg) and isinstance(two, Neg):
            stack.append((one.body, two.body))
        elif isinstance(one, Div) and isinstance(two, Div):
            stack += [(one.top, two.top), (one.bottom, two.bottom)]
        elif isinstance(one, Pow) and isinstance(two, Pow):
            stack.append((one.base, two.base))
        elif isinstance(one, Fn) and isinstance(two, Fn) and one.function is two.function:
            stack += list(zip(one.args, two.args, strict=True))


def _fitting(fig: Figure) -> Callable[[Entity], bool]:
    return lambda e: rounds_to(fig.value, fig.unit, e.true)


def _misread_operand(fig: Figure, inner: Opened) -> tuple[tuple[str, str], ...]:
    """An operand of which a near miss gives the printed result."""
    values = [f.value for f in inner.figures]
    if not fig.value or significant(fig.value, fig.unit) < _GIVEN_DIGITS:
        return ()
    for k, f in enumerate(inner.figures):
        if f.bare:
            continue
        for other in misread(f.text.lstrip("-")):
            changed = [*values]
            changed[k] = math.copysign(float(other), f.value)
            if rounds_to(fig.value, fig.unit, inner.at(changed)):
                return (("operand_misread", f"It comes out with {other} in place of {f.text}."),)
    return ()


def _next_in_layer(world: World, rows: Sequence[Entity | None]) -> list[Entity]:
    """The neuron after the last one of a vector."""
    if not rows or rows[-1] is None or rows[-1].symbol is None:
        return []
    s = rows[-1].symbol
    if len(s.index) != 2:
        return []
    e = world.entities.get(s._replace(index=(s.index[0], s.index[1] + 1)))
    return [e] if e is not None else []


def _label(e: Entity | None) -> str | None:
    if e is None or (e.given and e.symbol is None):
        return None
    return e.label


def _names(entities: Sequence[Entity]) -> str:
    return ", ".join(dict.fromkeys(e.label for e in entities[:4]))


def _same_number(text: str, value: float) -> bool:
    try:
        return abs(float(text) - value) <= 1e-12 * max(1e-9, abs(value))
    except ValueError:
        return False
