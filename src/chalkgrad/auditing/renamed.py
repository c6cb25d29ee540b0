"""One name for two quantities: a bias that is given and another one in its place; weights' names for gradients."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

from chalkgrad.auditing.figures import Figure
from chalkgrad.auditing.records import OK
from chalkgrad.auditing.slipped import slipped
from chalkgrad.formula import Add, Neg, Sym
from chalkgrad.marking.reach import rounds_to

if TYPE_CHECKING:
    from collections.abc import Iterator

    from chalkgrad.auditing.bench import Bench
    from chalkgrad.auditing.entities import Entity
    from chalkgrad.auditing.records import Finding
    from chalkgrad.auditing.sides import Chain, Side

_FEWEST = 2
"""So many lines one after the other are a habit."""


# ---------------------------------------------------------------- a bias for another one
def one_name_for_two(bench: Bench) -> Iterator[Finding]:
    """``z2 = ... + b2 = ... - 0.2``, where the document gives ``b2 = 0``, and that is the bias of another layer."""
    stated = _stated(bench)
    for chain in bench.chains if stated else ():
        for left, right in pairwise(chain.sides):
            name, fig = _put_in(left, right)
            if fig is None or name not in stated:
                continue
            given, at = stated[name]
            used, mark = _bias(bench, bench.meant.get(fig.start)), bench.marks.get(fig)
            if used is None or mark is None or mark.verdict != OK or used.true == given.true:
                continue
            if _reads(bench, chain, used, given):
                line = bench.source.place(at)[0]
                yield slipped(
                    bench, left,
                    f"{name} stands here for {used.label} = {used.true:g}; line {line} gives {name} = "
                    f"{given.true:g}, which is {given.label}",
                    name=used.label,
                )  # fmt: skip


def _put_in(left: Side, right: Side) -> tuple[str, Figure | None]:
    """The one name that is a term of a sum by itself, and the number that is put in for it in the next side."""
    one, two = left.value, right.value
    if not isinstance(one, Add) or not isinstance(two, Add) or right.relation != "=":
        return "", None
    names = [t.name.kind for t in one.terms if isinstance(t, Sym)]
    before = [t for t in one.terms if isinstance(t, Figure)]
    terms = (t.body if isinstance(t, Neg) else t for t in two.terms)
    after = [t for t in terms if isinstance(t, Figure)]
    if before or len(names) != 1 or len(after) != 1 or len(one.terms) != len(two.terms):
        return "", None
    return names[0], after[0]


def _stated(bench: Bench) -> dict[str, tuple[Entity, int]]:
    """The names to which a document gives the number of one bias, once and for all, and where."""
    found: dict[str, list[Figure | None]] = {}
    for chain in bench.chains:
        if len(chain.sides) > 1:
            alone = len(chain.sides) == 2 and chain.sides[1].relation == "="
            for name in chain.names:
                found.setdefault(name, []).append(chain.sides[1].literal if alone else None)
    out: dict[str, tuple[Entity, int]] = {}
    for name, figures in found.items():
        fig = figures[0]
        if len(figures) > 1 or fig is None:
            continue
        own = [e for e in bench.namer.meanings(name) if e.given and e.true == fig.value]
        if len({e.label for e in own}) == 1 and _bias(bench, own[0]) is not None:
            out[name] = (own[0], fig.start)
    return out


def _bias(bench: Bench, e: Entity | None) -> Entity | None:
    """The given bias that an entity or its negative is."""
    known = bench.world.named.get(e.label.lstrip("-")) if e is not None else None
    return (
        known
        if known is not None and known.given and known.symbol and known.symbol.kind == "b"
        else None
    )


def _reads(bench: Bench, chain: Chain, used: Entity, given: Entity) -> bool:
    """Whether a chain rightly works out a net input that reads one bias and not the other."""
    target = bench.worked_out(chain.sides[-1].literal)
    if target is None or target.symbol is None:
        return False
    if target.symbol.kind != "z" or used.symbol is None or given.symbol is None:
        return False
    layer, j = target.symbol.index
    return used.symbol.index in ((layer, j), (layer,)) and given.symbol.index[0] != layer


# ---------------------------------------------------------------- weights' names for gradients
def gradient_names(bench: Bench) -> dict[str, str]:
    """The convention of a document that prints gradients under the names of the weights."""
    told: list[str] = []
    run: list[Side] = []
    for chain in [*bench.chains, None]:
        if chain is not None and _gradient(bench, chain):
            run.append(chain.sides[0])
            continue
        if len(run) >= _FEWEST:
            first, last = (bench.source.place(s.start)[0] for s in (run[0], run[-1]))
            lines = f"line {first}" if first == last else f"lines {first} to {last}"
            told.append(f"{run[0].name} to {run[-1].name} in {lines}")
        run = []
    if not told:
        return {}
    return {
        "gradient_names": f"the names of parameters stand for their gradients: {'; '.join(told)}"
    }


def _gradient(bench: Bench, chain: Chain) -> bool:
    """Whether a chain sets the name of a parameter equal to its gradient."""
    if len(chain.sides) != 2 or not chain.sides[0].name or chain.sides[1].relation != "=":
        return False
    fig = chain.sides[1].literal
    target = bench.worked_out(fig)
    if fig is None or target is None or target.symbol is None:
        return False
    kind, index = target.symbol.kind, target.symbol.index
    own = [e for e in bench.namer.meanings(chain.sides[0].name) if e.symbol is not None]
    return (
        kind in ("grad_w", "grad_b")
        and {(e.symbol.kind, e.symbol.index) for e in own if e.symbol}
        == {(kind.removeprefix("grad_"), index)}
        and not any(rounds_to(fig.value, fig.unit, e.true) for e in own)
    )
