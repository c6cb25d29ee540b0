"""Slips of the update: the rate, the sign, what is updated with what, and the memory of a rule."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chalkgrad.formula import ZERO, Add, Fn, Mul, Neg, Num, Sym, mul
from chalkgrad.marking.trees import changed, pick, swap, turned, without
from chalkgrad.notation import MEMORIES, Symbol
from chalkgrad.primitives import SQRT

if TYPE_CHECKING:
    from collections.abc import Iterator

    from chalkgrad.formula import Formula
    from chalkgrad.marking.trees import Setting

RATE = Symbol("lr", (), 0)


def _parts(f: Formula) -> tuple[Formula, Formula] | None:
    """The old value and what is taken off it."""
    match f:
        case Add((old, Neg(step))):
            return old, step
        case _:
            return None


def rate_omitted(at: Setting, q: Symbol, f: Formula) -> Iterator[tuple[str, Formula]]:
    """No learning rate."""
    if RATE in pick(f, "lr"):
        yield "", without(f, RATE)


def ascent(at: Setting, q: Symbol, f: Formula) -> Iterator[tuple[str, Formula]]:
    """The step added."""
    parts = _parts(f)
    if parts:
        yield "", Add(parts)
    elif q.kind.startswith("step_") and f != ZERO:
        yield "", turned(f)
    elif q.kind.startswith("new_") and isinstance(f, Add):
        yield "", Add((f.terms[0], *map(turned, f.terms[1:])))


def step_for_value(at: Setting, q: Symbol, f: Formula) -> Iterator[tuple[str, Formula]]:
    """The step alone."""
    parts = _parts(f)
    if parts:
        yield "", Neg(parts[1])
        yield "without its sign", parts[1]


def not_updated(at: Setting, q: Symbol, f: Formula) -> Iterator[tuple[str, Formula]]:
    """The old value."""
    parts = _parts(f)
    if parts:
        yield "", parts[0]
    elif isinstance(f, Add) and q.kind.startswith("new_"):
        yield "", f.terms[0]


def rate_shifted(at: Setting, q: Symbol, f: Formula) -> Iterator[tuple[str, Formula]]:
    """A learning rate ten times off."""
    if RATE in pick(f, "lr"):
        for factor, words in ((0.1, "ten times too small"), (10.0, "ten times too large")):
            yield words, swap(f, {RATE: Mul((Num(factor), Sym(RATE)))})


def other_gradient(at: Setting, q: Symbol, f: Formula) -> Iterator[tuple[str, Formula]]:
    """The gradient of another parameter."""
    for g in pick(f, "grad_w", "grad_b"):
        if g.sample:
            continue
        if g.kind == "grad_w":
            for index in at.entries(g.index[0]):
                if index != g.index:
                    other = g._replace(index=index)
                    yield at.name(other), swap(f, {g: other})
        elif len(g.index) == 2:
            for other in at.others(g, 1):
                yield at.name(other), swap(f, {g: other})


def other_old_value(at: Setting, q: Symbol, f: Formula) -> Iterator[tuple[str, Formula]]:
    """The old value of another weight."""
    for w in pick(f, "w"):
        for index in at.entries(w.index[0]):
            if index != w.index:
                other = w._replace(index=index)
                yield at.name(other), swap(f, {w: other})


def delta_for_gradient(at: Setting, q: Symbol, f: Formula) -> Iterator[tuple[str, Formula]]:
    """Delta for the gradient."""
    batch = at.problem.batch(max(q.iteration, 1))
    gradients = pick(f, "grad_w")
    if len(batch) == 1 and gradients:
        delta = Symbol("delta", q.index[:2], q.iteration, batch[0])
        yield "", swap(f, dict.fromkeys(gradients, delta))


def frozen_bias_updated(at: Setting, q: Symbol, f: Formula) -> Iterator[tuple[str, Formula]]:
    """The bias is updated though this problem keeps it fixed."""
    if q.kind == "new_b" and isinstance(f, Sym):
        gradient = Sym(Symbol("grad_b", q.index, q.iteration))
        yield "", Add((f, Neg(Mul((Sym(RATE), gradient)))))


# ---------------------------------------------------------------- rules with a memory
def memory_forgotten(at: Setting, q: Symbol, f: Formula) -> Iterator[tuple[str, Formula]]:
    """What was remembered is left out: velocity and moments start anew."""
    earlier = [
        s
        for s in pick(f, *(f"{m}_{p}" for m in MEMORIES for p in "wb"))
        if s.iteration < q.iteration
    ]
    if earlier:
        yield "", swap(f, dict.fromkeys(earlier, ZERO))


def memory_unweighted(at: Setting, q: Symbol, f: Formula) -> Iterator[tuple[str, Formula]]:
    """A decay or momentum left out."""
    constants = pick(f, "momentum", "beta1", "beta2", "rho")
    for s in constants:
        yield f"{s.kind} left out", without(f, s)


def gradient_for_velocity(at: Setting, q: Symbol, f: Formula) -> Iterator[tuple[str, Formula]]:
    """Plain descent in place of the rule."""
    kinds = [f"{m}_{p}" for m in MEMORIES for p in "wb"]
    if q.kind in ("new_w", "new_b") and pick(f, *kinds):
        which = q.kind[-1]
        gradient = Sym(Symbol(f"grad_{which}", q.index, q.iteration))
        old = Sym(Symbol(which, q.index, q.iteration))
        yield "", Add((old, Neg(mul(Sym(RATE), gradient))))


def moment_uncorrected(at: Setting, q: Symbol, f: Formula) -> Iterator[tuple[str, Formula]]:
    """Moments before the correction of their bias."""
    table = {}
    for s in pick(f, *(f"{m}_unbiased_{p}" for m in ("first", "second") for p in "wb")):
        table[s] = s._replace(kind=s.kind.replace("unbiased", "moment"))
    if table:
        yield "", swap(f, table)


def root_omitted(at: Setting, q: Symbol, f: Formula) -> Iterator[tuple[str, Formula]]:
    """No square root."""
    new = changed(f, lambda n: n.args[0] if isinstance(n, Fn) and n.function is SQRT else n)
    if new != f:
        yield "", new


def decay_forgotten(at: Setting, q: Symbol, f: Formula) -> Iterator[tuple[str, Formula]]:
    """No weight decay."""
    if pick(f, "weight_decay"):
        yield "", swap(f, dict.fromkeys(pick(f, "weight_decay"), ZERO))
