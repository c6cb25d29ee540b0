"""Results of a line of numbers: true, following from what is printed, or wrong."""

from __future__ import annotations

import math
from itertools import islice, product
from typing import TYPE_CHECKING

from chalkgrad.auditing.arithmetic import FAILS, HOLDS
from chalkgrad.auditing.figures import scaled
from chalkgrad.auditing.marks import as_printed, label_of
from chalkgrad.auditing.opening import meets
from chalkgrad.auditing.plain import owned_up
from chalkgrad.auditing.reasons import slips_of
from chalkgrad.auditing.records import ARITHMETIC, CARRIED, DAMAGE, OK, UNREAD, VALUE, WRONG
from chalkgrad.auditing.remarked import called_wrong, of_another_case
from chalkgrad.marking.digits import ACCIDENTS, misread
from chalkgrad.marking.reach import rounds_to
from chalkgrad.marking.written import significant

if TYPE_CHECKING:
    from collections.abc import Sequence

    from chalkgrad.auditing.assigning import Reading
    from chalkgrad.auditing.bench import Bench
    from chalkgrad.auditing.entities import Entity
    from chalkgrad.auditing.figures import Figure
    from chalkgrad.auditing.opening import Opened

_CHOICES = 256
_GIVEN_DIGITS = 3


def result(
    bench: Bench,
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
    line = bench.marks.line(fig.start)
    mended = _mended(bench, inner, reading)
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
        follows = _other_forms(bench, fig, inner, reading)
    if true is not None and true.symbol is None and not reading.sure:
        e = _by_a_slip(bench, fig, heads)
        if e is not None:
            return e
    if true is not None:
        bench.keep(fig, true, OK)
        if not follows and verdict == FAILS and not reading.odd:
            mark = bench.marks.by_start[fig.start]
            if mark.verdict == OK:
                mark.verdict, mark.kind = CARRIED, ARITHMETIC
                came = as_printed(inner.printed, fig)
                mark.explanation = f"it is the true value, but the figures printed here give {came}"
                mark.cause = bench.cause(inner.figures, line)
        return true
    if follows:
        cause = bench.cause(inner.figures, line)
        e = target if target is not None else (possible[0] if possible else None)
        named = bench.one_quantity(heads)
        if named is not None and not reading.sure:
            e = named  # what it is called says more than a product that was guessed
        if e is None:
            bench.marks.set(fig, OK)
            bench.unknown.add(abs(fig.value))
            return None
        bench.keep(fig, e, CARRIED, cause)
        if cause is not None:
            bench.wrong.setdefault(abs(fig.value), cause)
        return e
    if reading.odd and target is not None and _digits_right(bench, fig, target):
        want = as_printed(target.true, fig)
        bench.marks.set(
            fig, WRONG, kind=DAMAGE, name=label_of(target), expected=want,
            explanation=f"its sign does not belong here: {want}",
        )  # fmt: skip
        return target
    if target is not None and bench.restated(fig, target) and not worked:
        return target
    expected = as_printed(mended if mended is not None else inner.printed, fig)
    unsure = verdict != FAILS or scaled(bench.source.original, fig)
    if not math.isfinite(inner.printed) or (target is None and unsure):
        bench.marks.set(fig, UNREAD, explanation="what it works out is not understood")
        bench.unknown.add(abs(fig.value))
        return None
    e = target
    proved = e is not None and (reading.sure or e.symbol is not None)
    if e is not None and not e.given:
        expected = _expected(bench, e, inner, fig, mended)
    origin = _right_but_for(bench, fig, inner, line)
    if e is not None and origin is not None:
        why = f"it follows from what belongs in place of the wrong figure of line {origin}"
        bench.keep(fig, e, CARRIED, origin, why)
        return e
    if owned_up(bench.source.original, fig, inner):
        why = "a mark says that it does not follow from what is printed"
        bench.marks.set(fig, UNREAD, explanation=why)
        return None
    if called_wrong(bench.source.original, fig.start, fig.end):
        bench.marks.set(fig, UNREAD, explanation="the words around it call it wrong")
        return None
    bench.marks.set(
        fig, WRONG, kind=ARITHMETIC, name=label_of(e) if proved else None, expected=expected,
        explanation=f"the figures printed here give {expected}",
    )  # fmt: skip
    bench.accuse(fig, expected)
    bench.misreadings[fig.start] = _misread_operand(fig, inner)
    if e is not None:
        if proved:
            bench.wrong_at[fig.start] = (fig, e)
        bench.meant[fig.start] = e
        bench.forms.keep(fig, e)
    return e


def _right_but_for(bench: Bench, fig: Figure, inner: Opened, line: int) -> int | None:
    """The line of the wrong figure that stands among the operands, if the result is that of the right one."""
    values, origin = [], None
    for f in inner.figures:
        size = abs(f.value)
        if size in bench.right and bench.wrong[size] != line:
            origin = bench.wrong[size]
            values.append(f.value * bench.right[size])
        else:
            values.append(f.value)
    return origin if rounds_to(fig.value, fig.unit, inner.at(values)) else None


def _digits_right(bench: Bench, fig: Figure, e: Entity) -> bool:
    return rounds_to(-fig.value, fig.unit, e.true)


def _expected(bench: Bench, e: Entity, inner: Opened, fig: Figure, mended: float | None) -> str:
    value = mended if mended is not None else inner.printed
    return as_printed(value if math.isfinite(value) else e.true, fig)


def _mended(bench: Bench, inner: Opened, reading: Reading) -> float | None:
    """The value of an expression with its odd figures put right."""
    if not reading.odd:
        return None
    values = []
    for k, (f, e) in enumerate(zip(inner.figures, reading.operands, strict=True)):
        if k in reading.odd and e is not None:
            printed = bench.forms.values(e)
            values.append(printed[-1])
        else:
            values.append(f.value)
    return inner.at(values)


def _other_forms(bench: Bench, fig: Figure, inner: Opened, reading: Reading) -> bool:
    """Whether a result follows from other printed forms of its operands."""
    lists = []
    operands = [
        e if reading.sure or bench.tells(f, e) else None
        for f, e in zip(inner.figures, reading.operands, strict=True)
    ]
    for f, e in zip(inner.figures, operands, strict=True):
        values = [f.value]
        if e is not None and not e.given:
            values += bench.values(e)
        lists.append(list(dict.fromkeys(values)))
    for chosen in islice(product(*lists), _CHOICES):
        if rounds_to(fig.value, fig.unit, inner.at(chosen)):
            return True
    ranges = [bench.forms.range_of(f, e) for f, e in zip(inner.figures, operands, strict=True)]
    return not reading.odd and meets(fig, inner.over(ranges))


def _by_a_slip(bench: Bench, fig: Figure, heads: Sequence[Entity]) -> Entity | None:
    """The quantity that a line names, if a slip makes it this figure: right arithmetic of a wrong formula.

    A name alone accuses nobody: lecturers call a part by the name of the whole. So the figure is none of
    any quantity, and what a slip known by name gives for this one.
    """
    if bench.one_quantity(heads) is None or significant(fig.value, fig.unit) < 2:
        return None
    e = heads[0]
    if e.symbol is None or e.given or any(x.symbol is not None for x in bench.world.matching(fig)):
        return None
    found = slips_of(bench.world, bench.forms, bench.variants, fig, e, e.true)
    slips = tuple(s for s in found if s[0] not in ACCIDENTS)
    if not slips or of_another_case(bench.source.original, fig.start, fig.end, given=e.given):
        return None
    expected = as_printed(e.true, fig)
    bench.marks.set(
        fig, WRONG, kind=VALUE, name=label_of(e), expected=expected, slips=slips,
        explanation=f"the figures printed here give it, but {label_of(e)} is {expected}",
    )  # fmt: skip
    bench.accuse(fig, expected)
    bench.wrong_at[fig.start] = (fig, e)
    bench.meant[fig.start] = e
    bench.forms.keep(fig, e)
    return e


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
