"""The slips: one frozen row each, in the order in which they are tried and named.

A slip is a rewrite of the formula of one quantity. The order is what was measured to name planted slips
best: what is common stands before what is rare, a bare sign last.
"""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING

from chalkgrad.formula import symbols
from chalkgrad.light import dataclass
from chalkgrad.marking import slips_backward as back
from chalkgrad.marking import slips_forward as forth
from chalkgrad.marking import slips_update as update

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from chalkgrad.formula import Formula
    from chalkgrad.marking.trees import Setting
    from chalkgrad.notation import Symbol


@dataclass(frozen=True, slots=True)
class Slip:
    """One kind of slip.

    Attributes:
        id: its name in reports.
        kinds: the kinds of quantities whose formula it rewrites.
        rewrite: yields pairs (detail, rewritten formula).
        sentence: what the student is told; ``{q}`` is the quantity, ``{d}`` the detail.
        source: where the slip is known from.
    """

    id: str
    kinds: tuple[str, ...]
    rewrite: Callable[[Setting, Symbol, Formula], Iterator[tuple[str, Formula]]]
    sentence: str
    source: str = "a part of the formula replaced"


MOST_FORMS = 150
"""Forms of one slip that are tried for one quantity: a wide layer has thousands of wrong weights."""
_WORK = 3_000
PRINTED = "seen in printed lecture notes"
_LEFT_OUT = "a part of the formula left out"
_MEMORY_W = ("velocity", "square_sum", "mean_square", "first_moment", "second_moment", "decayed")
_NEW = ("new_w", "new_b", "step_w", "step_b")
_MEMORY = tuple(f"{m}_{p}" for m in _MEMORY_W for p in "wb")
_GRADS = ("grad_w", "grad_b")

SLIPS: tuple[Slip, ...] = (
    Slip("bias_omitted", ("z",), forth.bias_omitted, "In {q} the bias is left out.", PRINTED),
    Slip("bias_sign", ("z",), forth.bias_sign, "In {q} the bias has the wrong sign."),
    Slip("transposed", ("z",), forth.transposed,
         "{q} takes the weights of a column for those of a row: the weight matrix is transposed.", PRINTED),
    Slip("neighbours_weights", ("z",), forth.row_of_neighbour, "{q} takes the weights that lead to neuron {d}."),
    Slip("one_weight", ("z",), forth.one_weight, "{q} takes one wrong weight: {d}.", PRINTED),
    Slip("neighbours_bias", ("z",), forth.bias_of_neighbour, "{q} takes the bias of a neighbour, {d}."),
    Slip("inputs_interchanged", ("z",), forth.inputs_interchanged, "In {q} two inputs are interchanged: {d}."),
    Slip("z_for_a", ("z", "grad_w"), forth.z_for_a,
         "{q} takes the net input z of the layer before where its activation a belongs."),
    Slip("x_for_a", ("z", "grad_w"), forth.x_for_a,
         "{q} takes the inputs x where the activations of the layer before belong."),
    Slip("earlier_weights", ("z", "grad_a"), forth.earlier_weights,
         "{q} takes the parameters from before the last update."),
    Slip("other_sample", ("z", "loss", "grad_a", "delta", "grad_w"), forth.other_sample,
         "{q} takes the numbers of sample {d}."),
    Slip("term_omitted", ("z", "loss"), forth.term_omitted, "In the sum for {q} term {d} is left out.",
         _LEFT_OUT),
    Slip("sign_of_term", ("z", "loss", "grad_a"), forth.sign_of_term,
         "In the sum for {q} term {d} has the wrong sign.", PRINTED),
    # ---- the activation
    Slip("activation_forgotten", ("a",), forth.activation_forgotten,
         "{q} is still the net input: the activation function was not applied.", _LEFT_OUT),
    Slip("sign_of_exponent", ("a",), forth.sign_of_exponent,
         "In {q} the exponent has the wrong sign: it is e to the power of -z."),
    Slip("another_activation", ("a",), forth.another_activation, "{q} is made with {d}, another activation."),
    Slip("not_normalised", ("a",), forth.not_normalised,
         "{q} is e to the power of z alone: it was not divided by the sum over the layer.", _LEFT_OUT),
    Slip("other_neuron", ("a",), forth.other_neuron_z, "{q} is made from the value of neuron {d}.",
         PRINTED),
    # ---- the loss
    Slip("log10", ("loss",), forth.log10,
         "{q} is made with the base-10 logarithm; the natural logarithm belongs here.", PRINTED),
    Slip("log2", ("loss",), forth.log2,
         "{q} is made with the base-2 logarithm; the natural logarithm belongs here."),
    Slip("not_squared", ("loss",), forth.not_squared, "In {q} the difference is not squared {d}.", _LEFT_OUT),
    Slip("factor_half", ("loss", "grad_a", "delta"), forth.half, "{q} has a factor 1/2 too many."),
    Slip("factor_two", ("loss", "grad_a", "delta"), forth.double, "{q} has a factor 2 too many."),
    Slip("over_outputs", ("loss", "grad_a"), forth.mean_of_outputs,
         "{q} is a mean over the outputs where a sum is asked for, or the other way round."),
    Slip("sum_for_mean", ("loss", *_GRADS), forth.sum_for_mean,
         "{q} is {d} by the number of samples once too often."),
    Slip("wrong_target", ("loss", "grad_a", "delta"), forth.wrong_target,
         "{q} takes the target of another output, {d}."),
    Slip("other_output", ("grad_a", "delta"), forth.other_output, "{q} takes another output, {d}."),
    # ---- the slope
    Slip("slope_at_wrong_value", ("da_dz",), back.slope_at_wrong_value,
         "In {q} the derivative is taken at the wrong value: {d}."),
    Slip("another_slope", ("da_dz",), back.another_slope,
         "{q} is made as {d}, which is not the derivative of this activation."),
    # ---- delta
    Slip("slope_forgotten", ("delta",), back.slope_forgotten,
         "In {q} the derivative of the activation is left out.", _LEFT_OUT),
    Slip("dead_side", ("da_dz",), back.dead_side, "{q} is taken on the wrong side of the kink: {d}."),
    Slip("slope_twice", ("delta",), back.slope_twice, "In {q} the derivative of the activation comes twice."),
    Slip("a_for_slope", ("delta",), back.a_for_slope,
         "{q} takes the activation where its derivative belongs."),
    Slip("neighbours_slope", ("delta",), back.slope_of_neighbour, "{q} takes the slope of a neighbour, {d}."),
    Slip("other_neurons_slope", ("da_dz",), forth.other_neuron_z, "{q} is made from the value of neuron {d}.",
         PRINTED),
    Slip("slope_though_cancelled", ("delta",), back.slope_though_cancelled,
         "In {q} the derivative of the activation comes once more, though it cancels against the loss."),
    Slip("error_sign", ("grad_a", "delta"), back.error_turned,
         "{q} is target minus activation; it is activation minus target.", PRINTED),
    # ---- back through the weights
    Slip("updated_early", ("grad_a",), back.updated_early,
         "{q} goes back through weights that were updated already; the old ones belong here.", PRINTED),
    Slip("path_omitted", ("grad_a",), back.path_omitted,
         "In {q} one of the paths to the loss is left out: path {d}.", _LEFT_OUT),
    Slip("transposed_back", ("grad_a",), back.transposed_back,
         "{q} goes back through the transposed weights."),
    Slip("neighbours_weights_back", ("grad_a",), back.column_of_neighbour,
         "{q} goes back through the weights that come from neuron {d}."),
    Slip("one_weight_back", ("grad_a",), back.one_weight_back, "{q} goes back through a wrong weight: {d}.",
         PRINTED),
    Slip("weights_forgotten", ("grad_a",), back.weights_forgotten, "In {q} the weights are left out.",
         _LEFT_OUT),
    Slip("error_for_delta", ("grad_a", *_GRADS), back.error_for_delta,
         "{q} takes the gradient by the activation where delta belongs: the slope is missing.", _LEFT_OUT),
    # ---- gradients
    Slip("neighbours_delta", _GRADS, back.delta_of_neighbour, "{q} takes the delta of another neuron, {d}."),
    Slip("wrong_input", ("grad_w",), back.wrong_input,
         "{q} is delta times the wrong value: {d}.", PRINTED),
    Slip("input_omitted", ("grad_w",), back.input_omitted,
         "In {q} the value that enters through the weight is left out.", _LEFT_OUT),
    Slip("weight_for_input", ("grad_w",), back.weight_for_input,
         "{q} takes the weight itself where the value that enters through it belongs."),
    Slip("branch_omitted", ("grad_b",), back.branch_omitted,
         "{q} belongs to a bias that the layer shares, and not all of its neurons are in: {d}.", _LEFT_OUT),
    Slip("sample_omitted", _GRADS, back.sample_omitted, "{q} is not made of all samples: {d}.", _LEFT_OUT),
    # ---- the update
    Slip("rate_omitted", (*_NEW, *_MEMORY), update.rate_omitted, "In {q} the learning rate is left out.", PRINTED),
    Slip("ascent", _NEW, update.ascent,
         "In {q} the step is added: that goes up the slope, not down.", PRINTED),
    Slip("step_for_value", ("new_w", "new_b"), update.step_for_value,
         "{q} is the step alone {d}; the old value was not taken along."),
    Slip("not_updated", ("new_w", "new_b"), update.not_updated, "{q} is the old value: it was not updated.",
         PRINTED),
    Slip("rate_shifted", _NEW, update.rate_shifted, "{q} is made with a learning rate that is {d}."),
    Slip("gradient_for_velocity", ("new_w", "new_b"), update.gradient_for_velocity,
         "{q} is made by plain gradient descent: the memory of the update rule is left out.", _LEFT_OUT),
    Slip("memory_forgotten", _MEMORY, update.memory_forgotten,
         "{q} starts anew: what was remembered from the iteration before is left out.", _LEFT_OUT),
    Slip("memory_unweighted", _MEMORY, update.memory_unweighted, "In {q} a constant is left out: {d}.",
         _LEFT_OUT),
    Slip("moment_uncorrected", ("new_w", "new_b", "step_w", "step_b"), update.moment_uncorrected,
         "{q} takes the moments before the correction of their bias.", _LEFT_OUT),
    Slip("root_omitted", _NEW, update.root_omitted, "In {q} the square root is left out.", _LEFT_OUT),
    Slip("decay_forgotten", ("decayed_w", "decayed_b", *_NEW), update.decay_forgotten,
         "In {q} the weight decay is left out.", _LEFT_OUT),
    Slip("other_gradient", (*_NEW, *_MEMORY), update.other_gradient,
         "{q} takes the gradient of another parameter, {d}."),
    Slip("other_old_value", ("new_w",), update.other_old_value,
         "{q} starts from the old value of another weight, {d}."),
    Slip("delta_for_gradient", ("new_w", "step_w"), update.delta_for_gradient,
         "{q} takes delta where the gradient belongs: the value that enters is missing.", _LEFT_OUT),
    Slip("frozen_bias_updated", ("new_b",), update.frozen_bias_updated,
         "{q} is updated, though this problem keeps its biases fixed."),
    Slip("other_loss", ("loss", "grad_a"), forth.other_loss, "{q} is that of another loss, {d}."),
    Slip("sign", ("z", "a", "loss", "error", "grad_a", "da_dz", "delta", *_GRADS, *_NEW, *_MEMORY),
         back.turned_whole, "{q} has the wrong sign.", PRINTED),
)  # fmt: skip

BY_KIND: dict[str, tuple[tuple[int, Slip], ...]] = {
    kind: tuple((rank, s) for rank, s in enumerate(SLIPS) if kind in s.kinds)
    for kind in dict.fromkeys(k for s in SLIPS for k in s.kinds)
}
BY_ID: dict[str, Slip] = {s.id: s for s in SLIPS}


def rewrites(
    at: Setting, symbol: Symbol, formula: Formula
) -> Iterator[tuple[int, Slip, str, Formula]]:
    """All single rewrites of one formula, in order: (rank, slip, detail, formula)."""
    size = sum(1 for _ in symbols(formula))
    most = max(4, min(MOST_FORMS, _WORK // max(1, size)))
    for rank, row in BY_KIND.get(symbol.kind, ()):
        for detail, new in islice(row.rewrite(at, symbol, formula), most):
            if new != formula:
                yield rank, row, detail, new
