"""Every sentence and heading that a working shows, by key: one table a language, chosen by its code.

A new language is a new table with the same keys; what it leaves out is said in English.
"""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

ENGLISH: Mapping[str, str] = MappingProxyType(
    {
        "untitled": "Worked solution",
        "given": "Given",
        "inputs": "Inputs",
        "targets": "Targets",
        "weights": "Weights of layer {layer}",
        "bias": "Bias of layer {layer}",
        "shared": "shared by its neurons",
        "constants": "Constants",
        "network": "The network",
        "iteration": "Iteration {k}",
        "forward": "Forward pass",
        "known": "Known here",
        "loss": "Loss",
        "backward": "Backward pass, layer {layer}",
        "backward_output": "Backward pass, output layer",
        "gradient": "Gradients of layer {layer} over the batch",
        "update": "Update of layer {layer}",
        "sample": "sample {s}",
        "sample_number": "sample",
        "summary": "All iterations",
        "final": "Parameters after the last update",
        "agreement": "Agreement with central differences",
        "quantity": "quantity",
        "value": "value",
        "k": "updates made",
        "losses": "loss",
        "difference": "central difference",
        "relative": "relative difference",
        "chain_output": "Each gradient is a product along the chain from the loss to the parameter: "
        "how the loss changes with the activation, the activation with the net input, "
        "and the net input with the parameter.",
        "chain_hidden": "An activation of layer {layer} reaches the loss through every neuron of layer "
        "{next}: its gradient is the sum over these paths.",
        "delta_output": "With δ for the derivative of the loss by the net input, the gradient of a weight "
        "is δ of the neuron it enters times what the weight carries.",
        "delta_hidden": "The deltas of layer {next} go back through the weights and are added up; "
        "the slope of the activation turns the sum into δ.",
        "matrix_output": "δ is the gradient by the activations times the slopes, entry by entry (⊙); "
        "the gradient of a weight matrix is δ times the transposed vector of what enters.",
        "matrix_hidden": "The transposed weight matrix takes δ back to layer {layer}.",
        "paired": "With {activation} outputs and the loss {loss}, the product of the first two factors "
        "is simply a multiple of activation minus target, also where a factor is infinite.",
        "in_place": "Updates are made in place: hidden gradients go back through the weights that are "
        "updated already.",
        "frozen": "The biases are kept fixed: their gradients are shown, but nothing is updated.",
        "thresholds": "The bias is a weight on a constant input of −1 (a threshold): z = w·x − b.",
        "online": "Online: every iteration takes the next sample.",
        "before_after": "The loss before the update is {before}, after it {after}.",
        "before_after_many": "The loss falls from {before} to {after} in {updates} updates.",
        "rises": "The loss goes from {before} to {after} in {updates} updates.",
        "stopped_loss": "Training stopped after {updates} updates: the loss is at most {bound}.",
        "stopped_gradient": "Training stopped after {updates} updates: no gradient is larger than {bound}.",
        "stopped_change": "Training stopped after {updates} updates: the loss changed by at most {bound}.",
        "not_stopped": "The stopping criterion was not met within {updates} updates.",
        "not_all": "Worked in full: iterations {shown} of {count}. Ask for others with --work.",
        "exact": "Arithmetic: exact, shown to {digits}. Values are kept at full precision and rounded only "
        "where they are printed.",
        "carried": "Arithmetic: carried, {digits}. Every value is rounded when it is written down, and used "
        "so from then on.",
        "by_name": "Some quantities have digits of their own, from [arithmetic.digits] of the problem file.",
        "mixed": "exact and carried",
        "online_losses": "{updates} updates, one sample each; the loss shown is that of the sample whose "
        "turn it is: {before} first, {after} last.",
        "marked": "† The operands as printed give other digits at the end; the value is right, it comes "
        "from the operands at full precision.",
        "agreement_says": "Each gradient against (E(p + h) − E(p − h)) / 2h, from the loss alone; the largest "
        "difference is {worst}, relative to the largest gradient.",
        "agreement_in_place": "Hidden gradients of an update in place are no gradients at one point: "
        "they are compared in simultaneous order.",
        "agreement_kink": "A net input at or near a kink has no derivative there: {names}.",
        "alt_network": "Network of {sizes} neurons, inputs first, with its weights on the edges.",
        "alt_curve": "Loss over {updates} updates, from {before} to {after}.",
        "more_neurons": "{n} more",
        "about_loss": "loss {loss}, {over_outputs} over outputs",
        "about_over_samples": "{over_samples} over samples",
        "about_rate": "learning rate {rate}",
        "about_rule": "{rule}",
        "about_frozen": "biases kept fixed",
        "about_in_place": "updates in place",
        "about_online": "online",
        "about_policy": "{mode} arithmetic, {digits}",
        "undefined": "undefined",
        "note": "Note",
        "warning": "Warning",
        "continued": "{caption} (continued)",
        "layer": "layer {layer}",
        "run_step": "Step {step} of the run: epoch {epoch}, batch {batch} of {batches}. Its samples "
        "{samples} are the rows {rows} of the data, as the network takes them.",
        "run_step_own": "Step {step} of the run, on the problem's own samples.",
        "run_weighted": "Each sample counts with its weight.",
        "run_clipped": "The gradients are multiplied by {factor}, so that their norm keeps to the "
        "bound {bound}.",
        "run_float32": "The run computed in float32; this working has its numbers and goes on in "
        "float64.",
        "run_chosen": "The whole step has {lines} lines of working; shown are the loss and the "
        "parameter with the largest gradient. --only names others.",
        "no_points": "No finite values to draw.",
        "latex_needs": "Needs in the preamble: {packages}.",
        "latex_drawing": "tikz for the drawing",
        "page_contents": "Contents",
        "page_skip": "Skip to the text",
        "page_theme": "Theme",
        "page_auto": "auto",
        "page_light": "light",
        "page_dark": "dark",
        "page_mark": "does not follow from the printed digits: it was worked with more of them",
        "page_drawing": "Drawing of the network",
        "page_curve": "Curve",
        "page_table": "Table",
        "legend_positive": "positive",
        "legend_negative": "negative",
        "legend_bias": "bias",
        "legend_width": "the wider the edge, the larger the weight",
        # ---- the view: neurons, quantities, rules in words
        "who_input": "input {j}",
        "who_output": "output {j}",
        "who_hidden": "hidden {j}",
        "who_neuron": "neuron {j} of layer {layer}",
        "who_layer": "layer {layer}",
        "what_x": "{who}",
        "what_t": "target of {who}",
        "what_w": "weight from {source} to {to}",
        "what_b": "bias of {who}",
        "what_z": "net input of {who}",
        "what_a": "activation of {who}",
        "what_loss": "loss",
        "what_error": "error of {who}, target minus activation",
        "what_grad_a": "how the loss changes with the activation of {who}",
        "what_da_dz": "slope of the activation of {who}",
        "what_delta": "delta of {who}: how the loss changes with its net input",
        "what_grad_w": "gradient of the weight from {source} to {to}",
        "what_grad_b": "gradient of the bias of {who}",
        "what_step_w": "change of the weight from {source} to {to}",
        "what_step_b": "change of the bias of {who}",
        "what_new_w": "updated weight from {source} to {to}",
        "what_new_b": "updated bias of {who}",
        "what_dz_dw": "how the net input of {to} changes with the weight from {source}",
        "what_dz_db": "how the net input of {who} changes with its bias",
        "what_dz_da": "how the net input of {to} changes with {source}",
        "what_lr": "learning rate",
        "what_weight_decay": "weight decay",
        "what_momentum": "momentum",
        "what_rho": "decay of the mean square",
        "what_beta1": "decay of the first moment",
        "what_beta2": "decay of the second moment",
        "what_epsilon": "small number under the fraction",
        "what_update": "number of the update",
        "what_part": "{what}, the part of sample {s}",
        "what_sample": "{what}, sample {s}",
        "memory_decayed": "gradient with weight decay of the {of}",
        "memory_velocity": "velocity of the {of}",
        "memory_square_sum": "sum of squared gradients of the {of}",
        "memory_mean_square": "mean square of the gradient of the {of}",
        "memory_first_moment": "first moment of the {of}",
        "memory_second_moment": "second moment of the {of}",
        "memory_first_unbiased": "first moment without its bias, of the {of}",
        "memory_second_unbiased": "second moment without its bias, of the {of}",
        "memory_before": "{memory}, before this update",
        "rule_mean": "the mean over the samples",
        "rule_sum": "the sum over the samples",
        "rule_z": "the weighted inputs and the bias, added up",
        "rule_a": "{activation} of the net input",
        "rule_loss": "the {loss} of the outputs",
        "rule_error": "the target minus the activation",
        "rule_da_dz": "the slope of {activation} at the net input",
        "rule_grad_a_output": "the derivative of the {loss} by this output",
        "rule_grad_a": "one term for each of the {n} neurons it feeds",
        "rule_delta": "the gradient at the activation times the slope",
        "rule_delta_paired": "a multiple of activation minus target, as {activation} and {loss} fit together",
        "rule_grad_w": "the error reaching the neuron, times its slope, times what enters the edge",
        "rule_grad_b": "the delta of the neuron, since the bias enters with weight 1",
        "rule_grad_b_shared": "the deltas of the layer, added up",
        "rule_new": "the old value minus what the update rule takes off",
        "rule_step": "what the update rule adds",
        "rule_decayed": "the gradient plus the weight decay times the parameter",
        "rule_velocity": "momentum times the velocity before, plus the gradient",
        "rule_square_sum": "the sum before plus the gradient squared",
        "rule_mean_square": "a moving mean of the gradient squared",
        "rule_first_moment": "a moving mean of the gradient",
        "rule_second_moment": "a moving mean of the gradient squared",
        "rule_first_unbiased": "the first moment over one minus the power of its decay",
        "rule_second_unbiased": "the second moment over one minus the power of its decay",
        "note_frozen": "This problem keeps its biases fixed.",
        "step_forward": "Net input and activation of {who}",
        "step_loss": "The loss compares outputs with targets",
        "step_output": "The loss is made of the outputs",
        "step_delta": "Delta of {who}",
        "step_gradient": "Gradients of the weights into {who}",
        "step_batch": "Gradients of layer {layer} over all samples",
        "step_update": "Parameters of layer {layer} are updated",
        "step_sample": "{text}, sample {s}",
        "phase_forward": "Forward",
        "phase_backward": "Backward",
        "phase_update": "Update",
    }
)
LANGUAGES: Mapping[str, Mapping[str, str]] = MappingProxyType({"en": ENGLISH})


def say(key: str, language: str = "en", **slots: object) -> str:
    """A sentence with its slots filled.

    >>> say("iteration", k=3)
    'Iteration 3'
    """
    return LANGUAGES[language].get(key, ENGLISH[key]).format(**slots)
