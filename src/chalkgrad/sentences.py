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
    }
)
LANGUAGES: Mapping[str, Mapping[str, str]] = MappingProxyType({"en": ENGLISH})


def say(key: str, language: str = "en", **slots: object) -> str:
    """A sentence with its slots filled.

    >>> say("iteration", k=3)
    'Iteration 3'
    """
    return LANGUAGES[language].get(key, ENGLISH[key]).format(**slots)
