"""The forms in which a document prints its quantities: for every number what it can stand for."""

from __future__ import annotations

from bisect import bisect_left, insort
from typing import TYPE_CHECKING

from chalkgrad.auditing.entities import Entity, constant
from chalkgrad.auditing.places import Place, belongs
from chalkgrad.marking.digits import misread
from chalkgrad.marking.reach import preimage, rounds_to

if TYPE_CHECKING:
    from collections.abc import Iterator

    from chalkgrad.auditing.figures import Figure
    from chalkgrad.auditing.worlds import World
    from chalkgrad.formula import Interval

_ANYWHERE = Place(0, 0)
_MOST = 12
_MOST_FORMS = 24
_COEFFICIENTS = (0.5, 1.0, 2.0)
_SMALL = 10
"""A larger whole number is no coefficient."""


class Forms:
    """What was printed so far, and what each number can stand for.

    Attributes:
        of: for each quantity, by its label, the numbers in which it was printed.
        at: for each printed number, by its size, the quantities it was printed for, turned to be positive.
    """

    def __init__(self, world: World, later: Forms | None = None) -> None:
        self.world, self.later = world, later
        self.of: dict[str, list[Figure]] = {}
        self.at: dict[float, list[Entity]] = {}
        self._sizes: list[float] = []
        self._cores: dict[str, list[Entity]] = {}
        for e in world.entities.values():
            if e.given and e.true:
                self._core(f"{abs(e.true):.12g}", e if e.true > 0 else e.turned())

    def keep(self, fig: Figure, e: Entity) -> None:
        """A figure was printed for a quantity."""
        size = abs(fig.value)
        positive = e if fig.value >= 0 else e.turned()
        known = self.at.get(size)
        if known is None:
            known = self.at[size] = []
            insort(self._sizes, size)
        if len(known) < _MOST and all(k.label != positive.label for k in known):
            known.append(positive)
            self._core(fig.text, positive)
        label, sign = (e.label[1:], -1) if e.label.startswith("-") else (e.label, 1)
        printed = self.of.setdefault(label, [])
        if len(printed) < _MOST_FORMS and all(
            p.value != sign * fig.value or p.unit != fig.unit for p in printed
        ):
            if sign > 0:
                printed.append(fig)
            else:
                from dataclasses import replace

                printed.append(replace(fig, value=-fig.value))

    def _core(self, text: str, positive: Entity) -> None:
        core = digits_of(text)
        if len(core) > 1 or "." in text:
            known = self._cores.setdefault(core, [])
            if len(known) < _MOST and all(k.label != positive.label for k in known):
                known.append(positive)

    def values(self, e: Entity, apart: int = -1) -> list[float]:
        """The values of a quantity that a line can go on from: as printed, or else its true one.

        A figure at `apart` is left out: none supports itself.
        """
        minus = e.label.startswith("-")
        label = e.label[1:] if minus else e.label
        printed = [f.value for f in self.of.get(label, ()) if f.start != apart]
        if e.given or not printed:
            return [e.true]
        return [-v if minus else v for v in printed]

    def range_of(self, fig: Figure, e: Entity | None) -> Interval:
        """What an operand can stand for: its digits, and the true value where they allow it."""
        v = fig.value
        if e is None or e.given:
            return (v, v)
        low, high = preimage(v, fig.unit)
        if low <= e.true <= high:
            return (min(v, e.true), max(v, e.true))
        return (
            low,
            high,
        )  # the document went on from another number, and nobody knows its further digits

    def candidates(self, fig: Figure, place: Place = _ANYWHERE) -> list[Entity]:
        """What a figure can stand for at a place, the likelier first."""
        out: dict[str, Entity] = {}
        minus = fig.value < 0
        if lost_point(fig):
            return []

        def take(e: Entity) -> None:
            if belongs(e, place):
                out.setdefault(e.label, e)

        for printed in self.at.get(abs(fig.value), ()):
            e = printed.turned() if minus else printed
            quantity = self.world.named.get(e.turned().label)
            if quantity is not None and e.true * fig.value < 0:
                # it was printed with the wrong sign, and here it has the right one
                take(quantity)
            take(e)
        matching = [e for e in self.world.matching(fig) if belongs(e, place)]
        for e in matching:
            if e.given and e.true == fig.value:
                take(e)
        if (
            fig.bare and abs(fig.value) <= _SMALL and not fig.text.lstrip("-").startswith("00")
        ) or (abs(fig.value) in _COEFFICIENTS):
            take(constant(fig.value))
        close = sorted(matching, key=lambda e: abs(e.true - fig.value))
        for e in close:
            if len(out) >= _MOST:
                break
            if not (e.given and e.true != fig.value):
                take(e)
        for e in self._rounded(fig):
            if len(out) >= _MOST:
                break
            take(e.turned() if minus else e)
        if self.later is not None:
            for e in self.later.at.get(abs(fig.value), ()):
                if len(out) < _MOST:
                    take(e.turned() if minus else e)
        return list(out.values())

    def complements(self, fig: Figure, place: Place = _ANYWHERE) -> list[Entity]:
        """One minus an activation, where a figure can be that."""
        from dataclasses import replace

        if not 0 < fig.value < 1 or fig.bare:
            return []
        rest = replace(fig, value=1 - fig.value)
        return [
            Entity(f"1 - {e.label}", 1 - e.true, 1 - e.other)
            for e in self.candidates(rest, place)
            if e.symbol is not None and e.symbol.kind in ("a", "t")
        ]

    def _rounded(self, fig: Figure) -> Iterator[Entity]:
        """Printed numbers of which a figure is a rounding."""
        v, u = abs(fig.value), fig.unit
        k = bisect_left(self._sizes, v - u * 1.01)
        while k < len(self._sizes) and self._sizes[k] <= v + u * 1.01:
            if self._sizes[k] != v and rounds_to(v, u, self._sizes[k]):
                for e in self.at[self._sizes[k]]:
                    if not e.given:
                        yield e
            k += 1

    def damaged(self, fig: Figure) -> list[Entity]:
        """What the digits of a figure were before a point was lost or a minus came to them; positive."""
        text = fig.text
        if lost_point(fig):
            value = float("0." + text.lstrip("-"))
            return [
                e
                for e in self.world.entities.values()
                if e.given and abs(e.true - value) <= 1e-12 * value
            ]
        found = list(self._cores.get(digits_of(text), ()))
        if "." not in text and len(digits_of(text)) >= 3:
            for e in self.world.entities.values():
                if e.true and not e.given and _same_digits(digits_of(text), abs(e.true)):
                    positive = e if e.true > 0 else e.turned()
                    if all(k.label != positive.label for k in found):
                        found.append(positive)
        return found

    def miscopied(self, fig: Figure) -> list[tuple[Entity, str]]:
        """Quantities of whose printed forms a figure is a near miss, and that form."""
        out: list[tuple[Entity, str]] = []
        if fig.bare:
            return out
        v, u = abs(fig.value), fig.unit
        places = len(fig.text.partition(".")[2])
        low = bisect_left(self._sizes, v * 0.5)
        k = low
        while k < len(self._sizes) and self._sizes[k] <= v * 2 + u and k < low + 400:
            size = self._sizes[k]
            k += 1
            for e in self.at[size]:
                for form in self.of.get(e.label.lstrip("-"), ()):
                    near = abs(len(form.text.partition(".")[2]) - places) <= 1
                    if abs(form.value) != size or not near:
                        continue
                    if any(_equal(other, v) for other in misread(form.text.lstrip("-"))):
                        out.append((e.turned() if fig.value < 0 else e, form.text))
        return out


def lost_point(fig: Figure) -> bool:
    """Whether a whole number begins with zeros, as none does.

    >>> from chalkgrad.auditing.figures import figure
    >>> lost_point(figure("0001", 0, 4)), lost_point(figure("10", 0, 2))
    (True, False)
    """
    text = fig.text.lstrip("-")
    return text.isdigit() and text[0] == "0" and len(text) > 1


def digits_of(text: str) -> str:
    """The digits of a number from the first that is not 0 to the last that is not 0.

    >>> digits_of("-0.0740"), digits_of("7414"), digits_of(".7414")
    ('74', '7414', '7414')
    """
    return "".join(c for c in text if c.isdigit()).strip("0")


def _same_digits(core: str, value: float) -> bool:
    shown = f"{value:.{len(core) + 2}e}".partition("e")[0].replace(".", "")
    rounded = f"{value:.{max(0, len(core) - 1)}e}".partition("e")[0].replace(".", "")
    return rounded.rstrip("0") == core.rstrip("0") or shown[: len(core)] == core


def _equal(text: str, value: float) -> bool:
    try:
        return abs(float(text) - value) <= 1e-15 + 1e-12 * abs(value)
    except ValueError:
        return False
