"""Results that only a name leads to: a printed figure without the line that works it out."""

from __future__ import annotations

import math
from itertools import islice, product
from typing import TYPE_CHECKING

from chalkgrad.auditing.counting import counted_on
from chalkgrad.auditing.derivatives import derivative
from chalkgrad.auditing.following import carried_value, cause_of, follows, follows_right
from chalkgrad.auditing.forms import digits_of, lost_point
from chalkgrad.auditing.grids import Grid
from chalkgrad.auditing.marks import as_printed, label_of, names_of
from chalkgrad.auditing.operands import operand
from chalkgrad.auditing.records import CARRIED, DAMAGE, OK, UNREAD, VALUE, WRONG
from chalkgrad.auditing.remarked import of_another_case
from chalkgrad.formula import Add, Mul, Sym, evaluate, symbols
from chalkgrad.marking.reach import rounds_to
from chalkgrad.marking.written import significant

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from chalkgrad.auditing.bench import Bench
    from chalkgrad.auditing.entities import Entity
    from chalkgrad.auditing.figures import Figure
    from chalkgrad.auditing.sides import Chain, Side

_CHOICES = 256
_SPEAKING = 3
"""A figure of so many digits says which neuron it is, where only a habit of counting does."""
_SIBLINGS = {
    "w": ("grad_w", "new_w", "step_w"), "b": ("grad_b", "new_b", "step_b"), "new_w": ("w",), "new_b": ("b",),
    "z": ("da_dz", "delta"), "a": ("z", "da_dz", "t"), "grad_w": ("step_w",), "grad_b": ("step_b", "delta"),
    "t": ("a",),
}  # fmt: skip


def named_result(
    bench: Bench, chain: Chain, fig: Figure, heads: Sequence[Entity], *, worked: bool
) -> Entity | None:
    """The quantity that a figure beside a name is, the figure judged; None if that is not known."""
    true = next((e for e in heads if rounds_to(fig.value, fig.unit, e.true)), None)
    if true is not None:
        bench.keep(fig, true, OK)
        bench.learn(chain, true)
        return true
    for e in heads:
        if not e.given and follows(bench, fig, e):
            bench.keep(fig, e, CARRIED, cause_of(bench, e, fig))
            return e
    for e in heads:
        if not e.given and follows_right(bench, fig, e):
            bench.keep(fig, e, CARRIED)
            return e
    if _symbolic(bench, chain, fig):
        if not heads or _sure(bench, chain, heads) is None:
            bench.marks.set(fig, OK)
            bench.unknown.add(abs(fig.value))
            return None
        bench.keep(fig, heads[0], CARRIED)
        return heads[0]
    if not worked:
        for e in heads:
            if bench.restated(fig, e):
                return e
        for e in _siblings(bench, heads):
            if rounds_to(fig.value, fig.unit, e.true):
                bench.keep(fig, e, OK)
                return e
            if bench.restated(fig, e):
                return e
    if significant(fig.value, fig.unit) >= _SPEAKING:
        for e in (e for name in chain.names for e in counted_on(bench.world, name)):
            if rounds_to(fig.value, fig.unit, e.true) or follows(bench, fig, e):
                bench.keep(fig, e, OK if rounds_to(fig.value, fig.unit, e.true) else CARRIED)
                return e
    return _unfit(bench, chain, fig, heads)


def _unfit(bench: Bench, chain: Chain, fig: Figure, heads: Sequence[Entity]) -> Entity | None:
    """A figure that is no value of the quantity that its names mean."""
    sure = _sure(bench, chain, heads)
    if not heads:
        operand(bench, fig, None)
        if bench.marks.get(fig) is None and not fig.bare:
            bench.marks.set(fig, UNREAD, explanation="no quantity of the problem is named here")
        return None
    for e in heads:
        whole = "." not in fig.text and (len(digits_of(fig.text)) > 2 or lost_point(fig))
        if whole and any(d.label == e.label.lstrip("-") for d in bench.forms.damaged(fig)):
            want = _damage_text(bench, fig, e)
            bench.marks.set(
                fig, WRONG, kind=DAMAGE, name=label_of(e), expected=want,
                explanation=f"its decimal point is lost: {want} belongs here",
            )  # fmt: skip
            return e
    if sure is None:
        if fig.bare:
            return None
        bench.marks.set(
            fig, UNREAD, explanation=f"it is not clear which quantity is meant: {names_of(heads)}"
        )
        return None
    # a weight that has the number of a result can be the updated one
    newer = sure.given and (fig.bare or abs(fig.value) in bench.forms.at)
    if newer or abs(fig.value) in bench.unknown or _counted_otherwise(bench, chain, fig, sure):
        bench.marks.set(
            fig, UNREAD, name=label_of(sure),
            explanation=f"{label_of(sure)} is {as_printed(sure.true, fig)}, and this figure may be another one",
        )  # fmt: skip
        return None
    if of_another_case(bench.source.original, fig.start, fig.end, given=sure.given):
        why = f"{label_of(sure)} is {as_printed(sure.true, fig)}, and the words here speak of another case"
        bench.marks.set(fig, UNREAD, explanation=why)
        return None
    expected = as_printed(carried_value(bench, sure), fig)
    bench.marks.set(
        fig,
        WRONG,
        kind=VALUE,
        name=label_of(sure),
        expected=expected,
        explanation=f"it should be {expected}",
    )
    bench.accuse(fig, expected)
    bench.wrong_at[fig.start] = (fig, sure)
    bench.meant[fig.start] = sure
    bench.forms.keep(fig, sure)
    return sure


def _counted_otherwise(bench: Bench, chain: Chain, fig: Figure, sure: Entity) -> bool:
    """Whether a given number is that of a sibling, and only a habit of counting says which of them is meant."""
    if not sure.given or sure.symbol is None or bench.namer.sure.intersection(chain.names):
        return False
    siblings = (e for e in bench.world.matching(fig) if e.given and e.symbol is not None)
    return any(
        e.symbol and e.symbol.kind == sure.symbol.kind and e.true == fig.value for e in siblings
    )


def _damage_text(bench: Bench, fig: Figure, e: Entity) -> str:
    core = digits_of(fig.text)
    places = len(core) - 1 - math.floor(math.log10(abs(e.true))) if e.true else len(core)
    return f"{e.true:.{max(0, min(17, places))}f}"


def _sure(bench: Bench, chain: Chain, heads: Sequence[Entity]) -> Entity | None:
    """The one quantity that is meant, where that is sure."""
    if any(_of_another_function(bench, name) for name in chain.names):
        return None
    if any(_of_other_letters(bench, side) for side in chain.sides):
        return None
    kinds = {(e.symbol.kind, e.symbol.index) for e in heads if e.symbol is not None}
    if len(kinds) == 1:
        iterations = {e.symbol.iteration for e in heads if e.symbol is not None}
        if len(iterations) == 1:
            return heads[0]
        printed = [e for e in heads if e.label in bench.forms.of]
        return printed[-1] if printed else heads[0]
    learned = {bench.namer.known[n] for n in chain.names if n in bench.namer.known}
    fitting = [e for e in heads if e.symbol is not None and e.symbol.bare in learned]
    if fitting and len({e.symbol.bare for e in fitting if e.symbol}) == 1:
        return fitting[0]
    return None


def _of_another_function(bench: Bench, name: str) -> bool:
    """Whether a name is the derivative of a letter without a meaning here: nor are its own names ours."""
    made = derivative(name)
    return made is not None and made.top.isalnum() and not bench.namer.meanings(made.top)


def _of_other_letters(bench: Bench, side: Side) -> bool:
    """Whether a side is a sum or a product of letters alone that the problem has no meaning for, but for one."""
    value = side.value
    if not isinstance(value, (Add, Mul)) or side.numeric or side.figures:
        return False
    names = set(symbols(value))
    unknown = [s for s in names if len(s.kind) == 1 and not bench.namer.meanings(s.kind)]
    return len(unknown) >= max(1, len(names) - 1)


def _siblings(bench: Bench, heads: Sequence[Entity]) -> Iterator[Entity]:
    for e in heads:
        s = e.symbol
        if s is None:
            continue
        for kind in _SIBLINGS.get(s.kind, ()):
            for iteration in bench.world.iterations:
                other = bench.world.get(kind, s.index, iteration, s.sample)
                if other is not None:
                    yield other


def _symbolic(bench: Bench, chain: Chain, fig: Figure) -> bool:
    """Whether a figure follows from a formula of names of its own chain, at printed figures."""
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
            for e in bench.namer.meanings(s.kind)[:6]:
                values += [v for v in (*bench.values(e), e.true) if v not in values]
            lists.append(values)
        if not all(lists):
            continue
        for chosen in islice(product(*lists), _CHOICES):
            at = dict(zip(names, chosen, strict=True))
            if rounds_to(fig.value, fig.unit, evaluate(value, at.__getitem__)):
                return True
    return False
