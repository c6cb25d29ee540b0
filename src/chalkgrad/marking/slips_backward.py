"""Slips of the backward pass: slopes, deltas, the way back through the weights, gradients."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chalkgrad.activations import ACTIVATIONS, SIGMOID_SLOPE, TANH_SLOPE, parameters
from chalkgrad.formula import ONE, ZERO, Add, Cases, Mul, Sym, mul, sub
from chalkgrad.marking.trees import as_sum, pick, swap, turned, without
from chalkgrad.notation import Symbol

if TYPE_CHECKING:
    from collections.abc import Iterator

    from chalkgrad.formula import Formula
    from chalkgrad.marking.trees import Setting


# ---------------------------------------------------------------- the slope of the activation
def slope_at_wrong_value(at: Setting, q: Symbol, f: Formula) -> Iterator[tuple[str, Formula]]:
    """The derivative at a, or with z where a belongs."""
    z, a = Sym(q._replace(kind="z")), Sym(q._replace(kind="a"))
    choice = at.problem.layers[q.index[0] - 1].activation
    row = ACTIVATIONS[choice.name]
    if row.whole_layer or not pick(f, "a", "z"):
        return
    params = parameters(choice.filled(row.params))
    if row.slope_of_z(a, *params) != f:
        yield "f'(a)", row.slope_of_z(a, *params)
    if pick(f, "a"):
        yield "z in place of a", row.slope(z, z, *params)


def another_slope(at: Setting, q: Symbol, f: Formula) -> Iterator[tuple[str, Formula]]:
    """What is taken for the derivative of this activation."""
    z, a = Sym(q._replace(kind="z")), Sym(q._replace(kind="a"))
    forms: dict[str, Formula] = {
        "1 - a²": TANH_SLOPE(a), "a(1 - a)": SIGMOID_SLOPE(a), "1 - a": sub(ONE, a), "a": a, "z": z,
        "a(1 + a)": Mul((a, Add((ONE, a)))), "0": ZERO,
    }  # fmt: skip
    name = at.problem.layers[q.index[0] - 1].activation.name
    for words in _TAKEN_FOR_SLOPE.get(name, ("a(1 - a)", "1 - a²")):
        if forms[words] != f:
            yield words, forms[words]


_TAKEN_FOR_SLOPE = {
    "sigmoid": ("1 - a²", "1 - a", "a", "a(1 + a)"), "tanh": ("a(1 - a)", "1 - a", "a"), "relu": ("a", "z"),
    "leaky_relu": ("a", "z"), "identity": ("a", "0"), "linear": ("a", "0", "z"), "softmax": ("1 - a²", "a"),
}  # fmt: skip


def dead_side(at: Setting, q: Symbol, f: Formula) -> Iterator[tuple[str, Formula]]:
    """The slope of the other side of the kink."""
    if isinstance(f, Cases):
        yield "the slope of the live side on the dead side", f.above
        yield "the slope of the dead side on the live side", f.otherwise


# ---------------------------------------------------------------- delta
def slope_forgotten(at: Setting, q: Symbol, f: Formula) -> Iterator[tuple[str, Formula]]:
    """Delta without the derivative of the activation."""
    for s in pick(f, "da_dz"):
        yield "", without(f, s)


def slope_twice(at: Setting, q: Symbol, f: Formula) -> Iterator[tuple[str, Formula]]:
    """The derivative of the activation twice."""
    for s in pick(f, "da_dz"):
        yield "", mul(f, Sym(s))


def a_for_slope(at: Setting, q: Symbol, f: Formula) -> Iterator[tuple[str, Formula]]:
    """The activation for its derivative."""
    for s in pick(f, "da_dz"):
        yield "", swap(f, {s: s._replace(kind="a")})


def slope_of_neighbour(at: Setting, q: Symbol, f: Formula) -> Iterator[tuple[str, Formula]]:
    """The derivative of another neuron."""
    for s in pick(f, "da_dz"):
        for other in at.others(s, 1):
            yield at.name(other), swap(f, {s: other})


def slope_though_cancelled(at: Setting, q: Symbol, f: Formula) -> Iterator[tuple[str, Formula]]:
    """A derivative that cancels against the loss."""
    if at.paired(q.index[0]) and not pick(f, "da_dz"):
        choice = at.problem.layers[-1].activation
        row = ACTIVATIONS[choice.name]
        params = parameters(choice.filled(row.params))
        z, a = Sym(q._replace(kind="z")), Sym(q._replace(kind="a"))
        yield "", mul(f, row.slope(z, a) if row.whole_layer else row.slope(z, a, *params))


def error_turned(at: Setting, q: Symbol, f: Formula) -> Iterator[tuple[str, Formula]]:
    """Target minus activation."""
    if q.index[0] == at.depth and pick(f, "t", "error"):
        yield "", turned(f)


# ---------------------------------------------------------------- back through the weights
def updated_early(at: Setting, q: Symbol, f: Formula) -> Iterator[tuple[str, Formula]]:
    """Weights that are updated already: all of them, or one."""
    ws = pick(f, "w")
    if ws and at.problem.updates:
        yield "", swap(f, {w: w._replace(kind="new_w") for w in ws})
        if len(ws) > 1:
            for w in ws:
                yield at.name(w._replace(kind="new_w")), swap(f, {w: w._replace(kind="new_w")})


def path_omitted(at: Setting, q: Symbol, f: Formula) -> Iterator[tuple[str, Formula]]:
    """A sum over paths without one of them."""
    whole, terms = as_sum(f)
    if pick(f, "delta") and len(terms) > 1:
        for m in range(len(terms)):
            yield str(m + 1), whole(*terms[:m], *terms[m + 1 :])


def transposed_back(at: Setting, q: Symbol, f: Formula) -> Iterator[tuple[str, Formula]]:
    """A row of weights for a column."""
    ws, sizes = pick(f, "w", "new_w"), at.problem.sizes
    if ws and sizes[ws[0].index[0]] == sizes[ws[0].index[0] - 1]:
        yield "", swap(f, {w: w._replace(index=(w.index[0], w.index[2], w.index[1])) for w in ws})


def column_of_neighbour(at: Setting, q: Symbol, f: Formula) -> Iterator[tuple[str, Formula]]:
    """The weights that come from another neuron."""
    ws = pick(f, "w", "new_w")
    if ws:
        for other in at.others(ws[0], 2):
            i = other.index[2]
            yield str(i), swap(f, {w: w._replace(index=(*w.index[:2], i)) for w in ws})


def one_weight_back(at: Setting, q: Symbol, f: Formula) -> Iterator[tuple[str, Formula]]:
    """One weight of the network for another one."""
    for w in pick(f, "w", "new_w"):
        for layer in range(1, at.depth + 1):
            for index in at.entries(layer):
                if index != w.index:
                    other = w._replace(index=index)
                    yield f"{at.name(other)} for {at.name(w)}", swap(f, {w: other})


def weights_forgotten(at: Setting, q: Symbol, f: Formula) -> Iterator[tuple[str, Formula]]:
    """Deltas without weights."""
    ws = pick(f, "w", "new_w")
    if ws:
        yield "", without(f, *ws)


def error_for_delta(at: Setting, q: Symbol, f: Formula) -> Iterator[tuple[str, Formula]]:
    """The gradient by the activation for delta."""
    deltas = [d for d in pick(f, "delta") if not at.paired(d.index[0])]
    if deltas:
        yield "", swap(f, {d: d._replace(kind="grad_a") for d in deltas})


# ---------------------------------------------------------------- gradients
def delta_of_neighbour(at: Setting, q: Symbol, f: Formula) -> Iterator[tuple[str, Formula]]:
    """The delta of another neuron."""
    deltas = pick(f, "delta")
    if len(deltas) == 1:
        for other in at.others(deltas[0], 1):
            yield at.name(other), swap(f, {deltas[0]: other})


def wrong_input(at: Setting, q: Symbol, f: Formula) -> Iterator[tuple[str, Formula]]:
    """Another value that enters, or the one that leaves."""
    inputs, deltas = pick(f, "a", "x"), pick(f, "delta")
    if len(inputs) == 1 and deltas:
        own = inputs[0]
        for other in at.others(own, 0 if own.kind == "x" else 1):
            yield at.name(other), swap(f, {own: other})
        mine = deltas[0]._replace(kind="a")
        yield f"{at.name(mine)}, which leaves the neuron", swap(f, {own: mine})


def input_omitted(at: Setting, q: Symbol, f: Formula) -> Iterator[tuple[str, Formula]]:
    """Delta alone."""
    inputs = pick(f, "a", "x")
    if inputs and pick(f, "delta"):
        yield "", without(f, *inputs)


def weight_for_input(at: Setting, q: Symbol, f: Formula) -> Iterator[tuple[str, Formula]]:
    """The weight for the value that enters through it."""
    inputs = pick(f, "a", "x")
    if inputs and pick(f, "delta"):
        weight = Symbol("w", q.index, q.iteration)
        yield "", swap(f, dict.fromkeys(inputs, weight))


def branch_omitted(at: Setting, q: Symbol, f: Formula) -> Iterator[tuple[str, Formula]]:
    """The gradient of a shared bias without one of its neurons."""
    deltas = pick(f, "delta")
    if len(q.index) == 1 and len(deltas) > 1:
        for d in deltas:
            yield f"{at.name(d)} left out", swap(f, {d: ZERO})
        if len(deltas) > 2:
            for d in deltas:
                yield f"{at.name(d)} alone", swap(f, {o: ZERO for o in deltas if o != d})


def sample_omitted(at: Setting, q: Symbol, f: Formula) -> Iterator[tuple[str, Formula]]:
    """The gradient of a batch without one of its samples, or of one sample alone."""
    parts = pick(f, "grad_w", "grad_b")
    if len(parts) > 1:
        for part in parts:
            yield f"sample {part.sample} left out", swap(f, {part: ZERO})
        for part in parts:
            yield f"sample {part.sample} alone", Sym(part)


def turned_whole(at: Setting, q: Symbol, f: Formula) -> Iterator[tuple[str, Formula]]:
    """The negative."""
    if f != ZERO:
        yield "", turned(f)
