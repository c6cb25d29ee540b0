"""What a line works out: the quantities that its figures stand for, and the quantity that comes of them."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING

from chalkgrad.auditing.assigning import MOST_FIGURES, Named, Reading, combinations, only
from chalkgrad.auditing.entities import Entity
from chalkgrad.auditing.places import Place, belongs
from chalkgrad.auditing.repairing import repaired

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from chalkgrad.auditing.figures import Figure
    from chalkgrad.auditing.forms import Forms
    from chalkgrad.auditing.opening import Opened
    from chalkgrad.auditing.worlds import World

_MOST_HEADS = 3


class Reader:
    """Reads expressions by their structure in the second world."""

    def __init__(self, world: World, forms: Forms) -> None:
        self.world, self.forms = world, forms

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
        if not figures or len(figures) > MOST_FIGURES:
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
        mended = None
        if single and not right:
            mended = repaired(self.world, self.forms, opened, figures, choices, heads, fits, place)
        if mended is not None:
            return mended
        if found is not None:
            return found
        if unknown:
            return Reading(None, tuple(only(c) for c in choices), sure=False)
        return self._on_the_way(opened, figures, choices, fits)

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
        named = Named(heads)
        for operands in combinations(figures, choices, self.world.related(heads)):
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
        for operands in islice(combinations(figures, choices, set()), 64):
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
        return first or Reading(None, tuple(only(c) for c in choices), sure=False)


def _expression(figures: Sequence[Figure], operands: Sequence[Entity]) -> str:
    named = [e.label for e in operands]
    text = " · ".join(dict.fromkeys(named))
    return text if len(text) <= 80 else text[:77] + "..."
