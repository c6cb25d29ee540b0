"""Labels that name another quantity than the one that their line works out.

A name alone accuses nobody: its line must surely work out one quantity of the plan, and the document must
have printed another figure for what the name means elsewhere.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from chalkgrad.auditing.derivatives import confirmed, derivative
from chalkgrad.auditing.slipped import slipped
from chalkgrad.marking.reach import rounds_to

if TYPE_CHECKING:
    from collections.abc import Iterator

    from chalkgrad.auditing.bench import Bench
    from chalkgrad.auditing.entities import Entity
    from chalkgrad.auditing.figures import Figure
    from chalkgrad.auditing.records import Finding
    from chalkgrad.auditing.sides import Chain, Side

_OF_PARAMETERS = ("grad_w", "grad_b", "new_w", "new_b", "step_w", "step_b", "w", "b")
"""Lecturers write the name of a weight for its gradient, its step and its new value."""
_GOES_ON = re.compile(r"\s*(?:\\cdot|\\times|[-+*/·×⋅])")
"""What begins so is the rest of a formula, and no label."""


def wrong_labels(bench: Bench, chain: Chain) -> Iterator[Finding]:
    """The labels of a chain that name something else."""
    fig = _last(chain)
    target = bench.worked_out(fig)
    if fig is None or target is None or target.symbol is None:
        return
    meant = (target.symbol.kind, target.symbol.index)
    text = bench.source.text
    labels = [s for s in chain.labels if s.relation in ("", "=") and _heads(text, s, chain)]
    if any(meant in _own(bench, s.name) for s in labels if derivative(s.name) is not None):
        labels = [s for s in labels if derivative(s.name) is not None]
    for label in labels:
        own = _own(bench, label.name)
        if meant not in own and _contradicts(bench, fig, target, label, own):
            named = f"{next(iter(own.values())).label}"
            yield slipped(
                bench, label, f"this line works out {target.label}; {_shown(label.name)} is {named}", name=named,
                expected=None,
            )  # fmt: skip


def _heads(text: str, label: Side, chain: Chain) -> bool:
    """Whether numbers, or names and a number, follow a label in its own piece of mathematics."""
    if _GOES_ON.match(text, label.start):
        return False
    after = [s for s in chain.sides if s.start > label.start]
    if not after or after[0].relation != "=" or after[0].passage != label.passage:
        return False
    return all(s.numeric or s.name for s in after)


def _shown(name: str) -> str:
    made = derivative(name)
    return f"∂{made.top}/∂{made.bottom}" if made is not None else name


def _last(chain: Chain) -> Figure | None:
    """The figure that a chain ends in, if something says what it is made of: an expression, or a name."""
    last = chain.sides[-1]
    if last.literal is None or last.relation != "=" or len(chain.sides) < 2:
        return None
    worked = any(s.numeric and s.literal is None for s in chain.sides)
    named = any(s.relation == "=" and s.passage == last.passage for s in chain.labels)
    return last.literal if worked or named else None


def _own(bench: Bench, name: str) -> dict[tuple[str, tuple[int, ...]], Entity]:
    """What a name means by itself, whatever the iteration and the sample."""
    out: dict[tuple[str, tuple[int, ...]], Entity] = {}
    for e in bench.namer.meanings(name):
        if e.symbol is not None:
            out.setdefault((e.symbol.kind, e.symbol.index), e)
        else:
            return {}
    return out


def _contradicts(
    bench: Bench,
    fig: Figure,
    target: Entity,
    label: Side,
    own: dict[tuple[str, tuple[int, ...]], Entity],
) -> bool:
    """Whether a label means what is printed elsewhere, and is not the figure that it stands by."""
    if len({index for _, index in own}) != 1 or not confirmed(bench, label.name):
        return False
    assert target.symbol is not None
    kind = target.symbol.kind
    if any(k != kind and k in _OF_PARAMETERS and kind in _OF_PARAMETERS for k, _ in own):
        return False
    meanings = bench.namer.meanings(label.name)
    if any(rounds_to(fig.value, fig.unit, e.true) for e in meanings):
        return False
    printed = [f for e in meanings for f in bench.forms.of.get(e.label, ())]
    given = any(e.given for e in meanings)
    return (given or bool(printed)) and all(f.value != fig.value for f in printed)
