"""Slips of the forward pass and of the loss."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from chalkgrad.activations import ACTIVATIONS, parameters
from chalkgrad.formula import ONE, TWO, ZERO, Div, Fn, Mul, Neg, Num, Pow, Sym, mul
from chalkgrad.losses import LOSSES
from chalkgrad.marking.trees import as_sum, changed, pick, swap, turned
from chalkgrad.primitives import EXP, LN, XLOGY

if TYPE_CHECKING:
    from collections.abc import Iterator

    from chalkgrad.formula import Formula
    from chalkgrad.marking.trees import Setting
    from chalkgrad.notation import Symbol

HALF = Num(0.5)


# ---------------------------------------------------------------- the weighted sum
def bias_omitted(at: Setting, q: Symbol, f: Formula) -> Iterator[tuple[str, Formula]]:
    """The weighted sum without its bias."""
    for b in pick(f, "b", "new_b"):
        yield "", swap(f, {b: ZERO})


def bias_sign(at: Setting, q: Symbol, f: Formula) -> Iterator[tuple[str, Formula]]:
    """The bias with the wrong sign."""
    for b in pick(f, "b", "new_b"):
        yield "", swap(f, {b: Neg(Sym(b))})


def transposed(at: Setting, q: Symbol, f: Formula) -> Iterator[tuple[str, Formula]]:
    """Weights of a column for those of a row."""
    ws, sizes = pick(f, "w", "new_w"), at.problem.sizes
    layer = q.index[0]
    if ws and sizes[layer] == sizes[layer - 1]:
        yield "", swap(f, {w: w._replace(index=(w.index[0], w.index[2], w.index[1])) for w in ws})


def row_of_neighbour(at: Setting, q: Symbol, f: Formula) -> Iterator[tuple[str, Formula]]:
    """The weights of another neuron."""
    for other in at.others(q, 1):
        k = other.index[1]
        row = {w: w._replace(index=(w.index[0], k, w.index[2])) for w in pick(f, "w", "new_w")}
        yield str(k), swap(f, row)


def one_weight(at: Setting, q: Symbol, f: Formula) -> Iterator[tuple[str, Formula]]:
    """One weight of the layer for another one."""
    for w in pick(f, "w", "new_w"):
        for index in at.entries(w.index[0]):
            if index != w.index:
                other = w._replace(index=index)
                yield f"{at.name(other)} for {at.name(w)}", swap(f, {w: other})


def bias_of_neighbour(at: Setting, q: Symbol, f: Formula) -> Iterator[tuple[str, Formula]]:
    """The bias of another neuron."""
    for b in pick(f, "b", "new_b"):
        if len(b.index) == 2:
            for other in at.others(b, 1):
                yield at.name(other), swap(f, {b: other})


def inputs_interchanged(at: Setting, q: Symbol, f: Formula) -> Iterator[tuple[str, Formula]]:
    """Two inputs interchanged."""
    inputs = pick(f, "a", "x")
    for m, one in enumerate(inputs):
        for two in inputs[m + 1 :]:
            yield f"{at.name(one)} and {at.name(two)}", swap(f, {one: two, two: one})


def z_for_a(at: Setting, q: Symbol, f: Formula) -> Iterator[tuple[str, Formula]]:
    """Net inputs for activations: all of them, or one."""
    activations = pick(f, "a")
    if activations:
        yield "", swap(f, {a: a._replace(kind="z") for a in activations})
    if len(activations) > 1:
        for a in activations:
            yield at.name(a), swap(f, {a: a._replace(kind="z")})


def x_for_a(at: Setting, q: Symbol, f: Formula) -> Iterator[tuple[str, Formula]]:
    """Inputs of the network for activations."""
    activations = pick(f, "a")
    if activations and all(a.index[1] <= at.problem.sizes[0] for a in activations):
        yield (
            "",
            swap(f, {a: a._replace(kind="x", index=a.index[1:], iteration=0) for a in activations}),
        )


def earlier_weights(at: Setting, q: Symbol, f: Formula) -> Iterator[tuple[str, Formula]]:
    """In a later iteration the parameters of the one before."""
    old = {p: p._replace(iteration=p.iteration - 1) for p in pick(f, "w", "b") if p.iteration > 1}
    if old:
        yield "", swap(f, old)


def other_sample(at: Setting, q: Symbol, f: Formula) -> Iterator[tuple[str, Formula]]:
    """Inputs or targets of another sample."""
    count = len(at.problem.samples)
    inputs = pick(f, "x", "t")
    for s in range(1, count + 1):
        if inputs and s != inputs[0].sample:
            yield str(s), swap(f, {x: x._replace(sample=s) for x in inputs})


def term_omitted(at: Setting, q: Symbol, f: Formula) -> Iterator[tuple[str, Formula]]:
    """A sum without one of its terms, or that term alone."""
    whole, terms = as_sum(f)
    if len(terms) < 2:
        return
    for m, term in enumerate(terms):
        if not (q.kind == "z" and isinstance(term, Sym)):
            yield str(m + 1), whole(*terms[:m], *terms[m + 1 :])
    if q.kind != "z" and len(terms) > 2:
        for m, term in enumerate(terms):
            yield f"all but {m + 1}", whole(term)


def sign_of_term(at: Setting, q: Symbol, f: Formula) -> Iterator[tuple[str, Formula]]:
    """One term with the wrong sign."""
    whole, terms = as_sum(f)
    if len(terms) > 1:
        for m, term in enumerate(terms):
            yield str(m + 1), whole(*terms[:m], turned(term), *terms[m + 1 :])


# ---------------------------------------------------------------- the activation
def activation_forgotten(at: Setting, q: Symbol, f: Formula) -> Iterator[tuple[str, Formula]]:
    """The net input itself."""
    yield "", Sym(q._replace(kind="z"))


def sign_of_exponent(at: Setting, q: Symbol, f: Formula) -> Iterator[tuple[str, Formula]]:
    """E to the power of z for e to the power of -z."""
    if at.problem.layers[q.index[0] - 1].activation.name in (
        "sigmoid",
        "softmax",
        "softplus",
        "silu",
    ):
        yield "", swap(f, {z: Neg(Sym(z)) for z in pick(f, "z")})


def another_activation(at: Setting, q: Symbol, f: Formula) -> Iterator[tuple[str, Formula]]:
    """Another activation function."""
    z = Sym(q._replace(kind="z"))
    own = at.problem.layers[q.index[0] - 1].activation.name
    for name in ("sigmoid", "tanh", "relu"):
        row = ACTIVATIONS[name]
        if name != own:
            yield name, row.value(z, *parameters(row.params))


def not_normalised(at: Setting, q: Symbol, f: Formula) -> Iterator[tuple[str, Formula]]:
    """Softmax without its sum."""
    if at.problem.layers[q.index[0] - 1].activation.name == "softmax":
        yield "", EXP(Sym(q._replace(kind="z")))


def other_neuron_z(at: Setting, q: Symbol, f: Formula) -> Iterator[tuple[str, Formula]]:
    """The value of another neuron of the layer."""
    if at.problem.layers[q.index[0] - 1].activation.name == "softmax" or isinstance(f, Sym):
        return
    own = pick(f, "z", "a")
    for other in at.others(q, 1):
        k = other.index[1]
        table = {s: s._replace(index=(s.index[0], k)) for s in own}
        if table:
            yield str(k), swap(f, table)


# ---------------------------------------------------------------- the loss
def _logarithm(f: Formula, base: float) -> Iterator[tuple[str, Formula]]:
    factor = Num(1 / math.log(base))

    def change(node: Formula) -> Formula:
        match node:
            case Fn(function, _) if function in (XLOGY, LN):
                return Mul((factor, node))
            case _:
                return node

    new = changed(f, change)
    if new != f:
        yield "", new


def log10(at: Setting, q: Symbol, f: Formula) -> Iterator[tuple[str, Formula]]:
    """The base-10 logarithm."""
    yield from _logarithm(f, 10.0)


def log2(at: Setting, q: Symbol, f: Formula) -> Iterator[tuple[str, Formula]]:
    """The base-2 logarithm."""
    yield from _logarithm(f, 2.0)


def not_squared(at: Setting, q: Symbol, f: Formula) -> Iterator[tuple[str, Formula]]:
    """The difference itself, not its square."""
    new = changed(f, lambda n: n.base if isinstance(n, Pow) and n.exponent == TWO else n)
    if new != f:
        yield "", new
        yield "and with the other sign", Neg(new)


def half(at: Setting, q: Symbol, f: Formula) -> Iterator[tuple[str, Formula]]:
    """A factor 1/2."""
    if f != ZERO:
        yield "", mul(HALF, f)


def double(at: Setting, q: Symbol, f: Formula) -> Iterator[tuple[str, Formula]]:
    """A factor 2."""
    if f != ZERO:
        yield "", mul(TWO, f)


def mean_of_outputs(at: Setting, q: Symbol, f: Formula) -> Iterator[tuple[str, Formula]]:
    """A mean over the outputs for a sum, or the other way round."""
    n = at.problem.sizes[-1]
    if n > 2 and (q.kind == "loss" or q.index[0] == at.depth):
        mean = at.problem.training.over_outputs == "mean"
        yield "", mul(Num(float(n)) if mean else Div(ONE, Num(float(n))), f)


def sum_for_mean(at: Setting, q: Symbol, f: Formula) -> Iterator[tuple[str, Formula]]:
    """A sum over the samples for their mean, or the other way round."""
    n = len(at.problem.batch(max(q.iteration, 1)))
    if n > 1 and not q.sample:
        yield "multiplied", mul(Num(float(n)), f)
        yield "divided", mul(Div(ONE, Num(float(n))), f)


def other_loss(at: Setting, q: Symbol, f: Formula) -> Iterator[tuple[str, Formula]]:
    """The derivative (or value) of another loss; factors of 1/2 have a name of their own."""
    training = at.problem.training
    if training.over_outputs == "mean" or (q.kind != "loss" and q.index[0] != at.depth):
        return
    a, t = pick(f, "a"), pick(f, "t")
    if len(a) != 1 or len(t) != 1:
        return
    names = ("half_squared_error", "absolute_error", "binary_cross_entropy", "cross_entropy")
    square = ("half_squared_error", "squared_error")
    for name in names:
        row = LOSSES[name]
        if name == training.loss.name or (name in square and training.loss.name in square):
            continue
        if row.accepts(at.problem.samples[t[0].sample - 1].target[t[0].index[0] - 1]):
            made = row.value if q.kind == "loss" else row.slope
            yield name, made(Sym(a[0]), Sym(t[0]))


def wrong_target(at: Setting, q: Symbol, f: Formula) -> Iterator[tuple[str, Formula]]:
    """The target of another output."""
    for t in pick(f, "t"):
        for other in at.others(t, 0):
            yield at.name(other), swap(f, {t: other})


def other_output(at: Setting, q: Symbol, f: Formula) -> Iterator[tuple[str, Formula]]:
    """Another output."""
    if q.index and q.index[0] == at.depth:
        for a in pick(f, "a"):
            for other in at.others(a, 1):
                yield at.name(other), swap(f, {a: other})
