"""What a line works out: the quantities that its figures stand for, and the quantity that comes of them."""

from __future__ import annotations

import math
from bisect import bisect_left, bisect_right
from dataclasses import dataclass
from itertools import islice, product
from typing import TYPE_CHECKING

from chalkgrad.auditing.entities import Entity, same
from chalkgrad.auditing.places import Place, belongs

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from chalkgrad.auditing.arithmetic import Opened
    from chalkgrad.auditing.figures import Figure
    from chalkgrad.auditing.forms import Forms
    from chalkgrad.auditing.worlds import World

_TRIES = 1_200
_MOST_FIGURES = 60
_WIDTH = 6
_MOST_HEADS = 3


@dataclass(frozen=True, slots=True)
class Reading:
    """How an expression of numbers is read.

    Attributes:
        target: the quantity that it works out: one of the plan, or a product on the way.
        operands: for each figure the quantity it stands for, or None.
        sure: whether the structure proves it.
        odd: places of figures that stand for a quantity whose number they are not.
    """

    target: Entity | None
    operands: tuple[Entity | None, ...]
    sure: bool
    odd: tuple[int, ...] = ()


class Reader:
    """Reads expressions by their structure in the second world."""

    def __init__(self, world: World, forms: Forms) -> None:
        self.world, self.forms = world, forms
        self._known: dict[tuple[str, ...], set[str]] = {}

    def read(
        self,
        opened: Opened,
        heads: Sequence[Entity],
        fits: Callable[[Entity], bool] | None,
        *,
        holds: bool = False,
        place: Place = Place(0, 0),  # noqa: B008  a tuple that never changes
    ) -> Reading:
        """Read an expression.

        Args:
            opened: the expression.
            heads: what the chain is said to work out.
            fits: whether the printed result can be that of a quantity; None where none is printed.
            holds: whether the printed result follows from the printed figures.
            place: which iteration and sample are spoken of.
        """
        figures = opened.figures
        if not figures or len(figures) > _MOST_FIGURES:
            return Reading(None, (None,) * len(figures), sure=False)
        known: dict[float, list[Entity]] = {}
        for f in figures:
            if f.value not in known:
                known[f.value] = self.forms.candidates(f, place)
        choices = [known[f.value] for f in figures]
        for k, f in enumerate(figures):
            if not choices[k]:
                choices[k] = self.forms.complements(f, place)
        unknown = [k for k, c in enumerate(choices) if not c]
        found, fitting = None, False
        if not unknown:
            found, fitting = self._search(opened, figures, choices, heads, fits)
            if found is not None and (fitting or holds):
                return found
        right = holds and not unknown and fits is not None and any(map(fits, heads))
        # a figure is only held to be another one where one quantity is meant
        heads = [e for e in heads if belongs(e, place)]
        single = len({e.label for e in heads}) <= _MOST_HEADS
        repaired = None
        if single and not right:
            repaired = self._repaired(opened, figures, choices, heads, fits, place)
        if repaired is not None:
            return repaired
        if found is not None:
            return found
        if unknown:
            return Reading(None, tuple(_only(c) for c in choices), sure=False)
        return self._on_the_way(opened, figures, choices, fits)

    # ---------------------------------------------------------------- choosing quantities
    def _related(self, heads: Sequence[Entity]) -> set[str]:
        key = tuple(e.label for e in heads)
        known = self._known.get(key)
        if known is not None:
            return known
        compiled = self.world.ground.compiled
        out = self._known[key] = set()
        for e in heads:
            place = compiled.index.get(e.symbol) if e.symbol is not None else None
            if place is None:
                continue
            for k in (place, *compiled.ancestors[place]):
                out.update(self.world.around(k))
        return out

    def _combinations(
        self, figures: Sequence[Figure], choices: Sequence[Sequence[Entity]], related: set[str]
    ) -> Iterator[tuple[Entity, ...]]:
        """Assignments, likely ones first: equal numbers together, then each by itself."""

        def ranked(entities: Sequence[Entity]) -> list[Entity]:
            if not related:
                return list(entities)
            near = [e for e in entities if e.label.lstrip("-") in related or e.symbol is None]
            return near + [e for e in entities if e not in near]

        keys = [f.value for f in figures]
        distinct = list(dict.fromkeys(keys))
        lists = [ranked(choices[keys.index(v)]) for v in distinct]
        _trim(lists)
        if len(distinct) == len(keys):
            yield from islice(product(*lists), _TRIES)
            return
        for combination in islice(product(*lists), _TRIES):
            by = dict(zip(distinct, combination, strict=True))
            yield tuple(by[v] for v in keys)
        lists = [ranked(c) for c in choices]
        _trim(lists)
        yield from islice(product(*lists), _TRIES)

    def _search(
        self,
        opened: Opened,
        figures: Sequence[Figure],
        choices: Sequence[Sequence[Entity]],
        heads: Sequence[Entity],
        fits: Callable[[Entity], bool] | None,
    ) -> tuple[Reading | None, bool]:
        """An assignment under which a quantity of the plan comes out; whether it is named, or its result fits."""
        other: Reading | None = None
        later: Reading | None = None
        named = _Named(heads)
        for operands in self._combinations(figures, choices, self._related(heads)):
            value = opened.at([e.other for e in operands])
            found = named.first(value)
            if found is not None and value != 0:
                return Reading(found, operands, sure=True), True
            if found is not None and other is None:
                # 0 in every world proves nothing, and contradicts nothing
                other = Reading(found, operands, sure=False)
            if other is None:
                for e in self.world.structured(value):
                    if e.given:
                        continue
                    reading = Reading(e, operands, sure=True)
                    if fits is None or fits(e):
                        other = reading
                        break
                    later = later or reading
            if other is not None and not heads:
                return other, True
        return other or later, other is not None

    def _on_the_way(
        self,
        opened: Opened,
        figures: Sequence[Figure],
        choices: Sequence[Sequence[Entity]],
        fits: Callable[[Entity], bool] | None,
    ) -> Reading:
        """A product on the way: no quantity of the plan, but one that later lines go on from."""
        first: Reading | None = None
        for operands in islice(self._combinations(figures, choices, set()), 64):
            true, other = (
                opened.at([e.true for e in operands]),
                opened.at([e.other for e in operands]),
            )
            if true != true or other != other:
                continue
            label = _expression(figures, operands)
            reading = Reading(Entity(label, true, other), operands, sure=False)
            if fits is None or fits(reading.target):  # type: ignore[arg-type]
                return reading
            first = first or reading
        return first or Reading(None, tuple(_only(c) for c in choices), sure=False)

    # ---------------------------------------------------------------- figures that went wrong
    def _repaired(
        self,
        opened: Opened,
        figures: Sequence[Figure],
        choices: Sequence[Sequence[Entity]],
        heads: Sequence[Entity],
        fits: Callable[[Entity], bool] | None,
        place: Place,
    ) -> Reading | None:
        """An assignment with damaged figures mended, or with one figure that should be another."""
        related = self._related(heads)

        def target(operands: Sequence[Entity]) -> Entity | None:
            value = opened.at([e.other for e in operands])
            if value == 0 or value != value:
                return None
            for e in heads:
                if same(value, e.other):
                    return e
            if fits is not None and not heads:
                for e in self.world.structured(value):
                    if fits(e):
                        return e
            return None

        mended: list[list[Entity]] = []
        odd: set[int] = set()
        for k, f in enumerate(figures):
            damaged = self.forms.damaged(f) if not choices[k] else []
            missed = [e for e, _ in self.forms.miscopied(f)] if not choices[k] else []
            mended.append([*choices[k], *damaged, *missed])
            if not choices[k]:
                odd.add(k)
        missing = [k for k, c in enumerate(mended) if not c]
        if odd and not missing:
            for operands in self._combinations(figures, mended, related):
                e = target(operands)
                if e is not None:
                    return Reading(e, operands, sure=True, odd=tuple(sorted(odd)))
        if len(missing) > 1:
            return None
        # one figure that should be another one: only if what is worked out is named, or its result is right
        targets = list(heads) or [e for e in self._results(fits) if belongs(e, place)]
        for k in missing or range(len(figures)):
            if figures[k].bare and abs(figures[k].value) <= 1:
                continue  # a 0 or a 1 can stand for too much
            for chosen in self._single(mended, k, related):
                solved = self._solved(opened, chosen, k, targets, mended[k], related)
                if solved is not None:
                    return Reading(*solved, sure=True, odd=tuple(sorted(odd | {k})))
        return None

    def _results(self, fits: Callable[[Entity], bool] | None) -> list[Entity]:
        """Quantities that a printed result can be."""
        if fits is None:
            return []
        return [e for e in self.world.entities.values() if not e.given and e.true and fits(e)][
            :_WIDTH
        ]

    def _solved(
        self,
        opened: Opened,
        operands: Sequence[Entity | None],
        k: int,
        targets: Sequence[Entity],
        own: Sequence[Entity],
        related: set[str],
    ) -> tuple[Entity, tuple[Entity, ...]] | None:
        """What figure k must stand for, so that one of some quantities comes out; None if that is nothing."""
        values = [0.0 if e is None else e.other for e in operands]
        values[k] = 0.0
        low = opened.at(values)
        values[k] = 1.0
        slope = opened.at(values) - low
        if not slope or slope != slope:
            return None
        for o in own:
            values[k] = -o.other
            value = opened.at(values)
            e = next((e for e in targets if same(value, e.other)), None)
            if e is not None:
                full = [o.turned() if m == k else x for m, x in enumerate(operands)]
                return e, tuple(x for x in full if x is not None)
        for e in targets:
            need = (e.other - low) / slope
            values[k] = need
            if not same(opened.at(values), e.other):
                # within a square or an exponent: one after the other
                need = next(
                    (x for x in self._values(related) if self._gives(opened, values, k, x, e)),
                    math.nan,
                )
            for found in self.world.structured(need):
                flipped = any(found.label.lstrip("-") == o.label.lstrip("-") for o in own)
                turned = found.label.startswith("-")
                if (turned and not flipped) or (related and found.label.lstrip("-") not in related):
                    continue
                if any(found.label == o.label for o in own):
                    continue
                full = [found if m == k else o for m, o in enumerate(operands)]
                return e, tuple(o for o in full if o is not None)
        return None

    def _values(self, related: set[str]) -> list[float]:
        """The values, in the second world, that a figure of a line about some quantities can have."""
        entities = self.world.entities
        return [e.other for e in entities.values() if e.label in related and e.true][:_MOST_FIGURES]

    @staticmethod
    def _gives(opened: Opened, values: list[float], k: int, x: float, e: Entity) -> bool:
        values[k] = x
        return same(opened.at(values), e.other)

    def _single(
        self, choices: Sequence[Sequence[Entity]], k: int, related: set[str]
    ) -> Iterator[tuple[Entity | None, ...]]:
        """Assignments of all figures but k, few for each."""
        lists: list[list[Entity | None]] = [
            [None] if m == k else list(_few(c, related)) for m, c in enumerate(choices)
        ]
        count = 1
        for c in lists:
            count *= max(1, len(c))
        if count > 64:
            lists = [c[:2] for c in lists]
        yield from islice(product(*lists), 128)


class _Named:
    """What a chain is said to work out, by its value in the second world."""

    def __init__(self, heads: Sequence[Entity]) -> None:
        self.heads = heads
        self.order = sorted(range(len(heads)), key=lambda k: heads[k].other)
        self.others = [heads[k].other for k in self.order]

    def first(self, value: float) -> Entity | None:
        """The first one that has a value; of 0 only one that is exactly 0."""
        if not self.heads or not math.isfinite(value):
            return None
        dust = 1e-8 * abs(value)
        low, high = bisect_left(self.others, value - dust), bisect_right(self.others, value + dust)
        near = [k for k in self.order[low:high] if same(value, self.heads[k].other)]
        return self.heads[min(near)] if near else None


def _few(entities: Sequence[Entity], related: set[str]) -> list[Entity]:
    near = [e for e in entities if e.label.lstrip("-") in related or e.symbol is None]
    return (near or list(entities))[:4]


def _trim(lists: list[list[Entity]]) -> None:
    """Shorten the longest lists until not too many combinations are left."""
    while True:
        count = 1
        for c in lists:
            count *= max(1, len(c))
        longest = max(range(len(lists)), key=lambda k: len(lists[k]))
        if count <= _TRIES or len(lists[longest]) <= 1:
            return
        lists[longest] = lists[longest][:-1]


def _only(choices: Sequence[Entity]) -> Entity | None:
    return choices[0] if len(choices) == 1 else None


def _expression(figures: Sequence[Figure], operands: Sequence[Entity]) -> str:
    named = [e.label for e in operands]
    text = " · ".join(dict.fromkeys(named))
    return text if len(text) <= 80 else text[:77] + "..."
