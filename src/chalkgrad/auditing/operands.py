"""Operands: figures in a line that works something out, which stand for a quantity."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chalkgrad.auditing.forms import digits_of
from chalkgrad.auditing.marks import as_printed, label_of
from chalkgrad.auditing.records import CARRIED, DAMAGE, OK, UNREAD, VALUE, WRONG
from chalkgrad.auditing.remarked import of_another_case
from chalkgrad.marking.digits import misread
from chalkgrad.marking.reach import rounds_to

if TYPE_CHECKING:
    from chalkgrad.auditing.bench import Bench
    from chalkgrad.auditing.entities import Entity
    from chalkgrad.auditing.figures import Figure

_HIDDEN = 2.5
"""So many units can be lost on a way that is not shown."""


def operand(bench: Bench, fig: Figure, e: Entity | None, *, sure: bool = False) -> None:
    """An operand that stands for a quantity as it should."""
    if e is None:
        found = bench.forms.candidates(fig)
        if found and not fig.bare:
            origin = bench.echoed(fig, found)
            if origin is not None:
                bench.carry(fig, None, origin)
            else:
                bench.marks.set(fig, OK, name=label_of(found[0]) if len(found) == 1 else None)
        return
    if e.symbol is None and e.given and fig.bare and not sure:
        return
    told = sure or bench.tells(fig, e)
    if told:
        bench.meant[fig.start] = e
    origin = bench.repeats(fig, e)
    if origin is not None and not rounds_to(fig.value, fig.unit, e.true):
        bench.carry(fig, e, origin)
        return
    right = e.given or rounds_to(fig.value, fig.unit, e.true)
    if e.given and abs(fig.value - e.true) > 1e-12 * max(1.0, abs(e.true)) and not e.symbol:
        right = True
    if fig.bare and e.symbol is None and e.given:
        return  # the 1 of 1 - a
    bench.marks.set(fig, OK if right else CARRIED, name=label_of(e), explanation="" if right else
                   "it goes on from figures of this document that are rounded")  # fmt: skip
    if told and not e.given:
        bench.forms.keep(fig, e)


def odd_operand(bench: Bench, fig: Figure, e: Entity) -> None:
    """An operand that is not the number of the quantity that it must stand for."""
    if rounds_to(fig.value, fig.unit, e.true):
        operand(bench, fig, e, sure=True)
        return
    printed = bench.forms.at.get(abs(fig.value), ())
    if (printed or abs(fig.value) in bench.unknown) and not any(map(_of_the_plan, printed)):
        bench.marks.set(
            fig,
            UNREAD,
            explanation="it was printed before, for something that is not understood",
        )
        return
    origin = bench.repeats(fig, e)
    if origin is not None and origin != bench.marks.line(fig.start):
        bench.carry(fig, e, origin)
        return
    stands_for = [k.turned().label if fig.value < 0 else k.label for k in printed]
    forms = [*bench.forms.of.get(e.label.lstrip("-"), ())]
    if e.label in stands_for or any(f.value == fig.value for f in forms):
        # with this sign it was printed before: then it is another sign of the line that went astray
        bench.marks.set(fig, CARRIED, name=label_of(e))
        return
    if not bench.printed(e) and abs(fig.value - e.true) <= _HIDDEN * fig.unit:
        # worked out where nobody sees it, from figures that were rounded
        bench.marks.set(
            fig, CARRIED, name=label_of(e), expected=as_printed(e.true, fig),
            explanation="its last digit differs from the true value; how it was worked out is not shown",
        )  # fmt: skip
        bench.forms.keep(fig, e)
        return
    size, true = abs(fig.value), abs(e.true)
    if any(f.unit > fig.unit and rounds_to(abs(f.value), f.unit, size) and rounds_to(abs(f.value), f.unit, true)
           for f in forms):  # fmt: skip
        bench.marks.set(
            fig, CARRIED, name=label_of(e), expected=as_printed(e.true, fig),
            explanation="it was printed with fewer digits; those that it has more are worked out nowhere",
        )  # fmt: skip
        return
    core = digits_of(fig.text)
    texts = [f.text for f in forms] + [f"{abs(e.true):.12g}"]
    expected = next((t.lstrip("-") for t in texts if digits_of(t) == core), None)
    whole = "." not in fig.text or fig.text.lstrip("-").startswith("00")
    if expected is not None:
        want = ("-" if e.true < 0 else "") + expected
        if whole and want.lstrip("-") != fig.text.lstrip("-"):
            why = f"its decimal point is lost: {want} belongs here"
        else:
            why = f"its sign does not belong here: {want}"
        bench.marks.set(fig, WRONG, kind=DAMAGE, name=label_of(e), expected=want, explanation=why)
        return
    near = [
        t
        for t in texts[:-1]
        if any(_same_number(m, abs(fig.value)) for m in misread(t.lstrip("-")))
    ]
    right = [f.text for f in forms if abs(f.value) not in bench.wrong]
    known = right[0] if right else as_printed(e.true, fig)
    if whole and len(core) >= 3:
        bench.marks.set(
            fig, WRONG, kind=DAMAGE, name=label_of(e), expected=known,
            explanation=f"its decimal point is lost, and its digits are not those of {label_of(e)} = {known}",
        )  # fmt: skip
        return
    near = [t for t in near if abs(float(t)) not in bench.wrong]
    if of_another_case(bench.source.original, fig.start, fig.end, given=e.given):
        bench.marks.set(fig, UNREAD, explanation="the words around it speak of another case")
        return
    if near:
        bench.marks.set(
            fig, WRONG, kind=VALUE, name=label_of(e), expected=near[0],
            explanation=f"{label_of(e)} was printed as {near[0]}: the digits were not copied right",
            slips=(("miscopied", f"{near[0]} was not copied right."),),
        )  # fmt: skip
        bench.accuse(fig, near[0])
        return
    others = [x.label for x in bench.forms.candidates(fig) if x.symbol is not None]
    also = f"; {fig.text} is {', '.join(others[:3])}" if others else ""
    bench.marks.set(
        fig, WRONG, kind=VALUE, name=label_of(e), expected=known,
        explanation=f"here stands {label_of(e)}, which is {known}{also}",
        slips=(("other_operand", f"{fig.text} stands where {label_of(e)} = {known} belongs."),),
    )  # fmt: skip


def _of_the_plan(e: Entity) -> bool:
    """Whether an entity is a quantity or its negative, and no product on the way."""
    return e.symbol is not None or (e.label.startswith("-") and " " not in e.label)


def _same_number(text: str, value: float) -> bool:
    try:
        return abs(float(text) - value) <= 1e-12 * max(1e-9, abs(value))
    except ValueError:
        return False
