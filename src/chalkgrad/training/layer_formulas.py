"""What a layer computes, as formulas over a whole batch: shared by the engines."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chalkgrad.activations import ACTIVATIONS, parameters
from chalkgrad.formula import mul
from chalkgrad.losses import LOSSES, PAIRINGS
from chalkgrad.training.arrays import named

if TYPE_CHECKING:
    from chalkgrad.formula import Formula
    from chalkgrad.training.architecture import Architecture


def value_of(architecture: Architecture, layer: int) -> Formula:
    """The activation of a layer in z, and in all z of the layer where it reads them."""
    choice = architecture.activations[layer - 1]
    row = ACTIVATIONS[choice.name]
    whole = (named("layer"),) if row.whole_layer else ()
    return row.value(named("z"), *whole, *parameters(choice.filled(row.params)))


def slope_of(architecture: Architecture, layer: int) -> Formula:
    """Its slope in z and a."""
    choice = architecture.activations[layer - 1]
    row = ACTIVATIONS[choice.name]
    return row.slope(named("z"), named("a"), *parameters(choice.filled(row.params)))


def loss_formulas(architecture: Architecture) -> tuple[Formula, Formula]:
    """E_j and dE/dz_j of the last layer; in the form of the pairing where there is one."""
    training = architecture.training
    row = LOSSES[training.loss.name]
    params = parameters(training.loss.filled(row.params))
    z, a, t = named("z"), named("a"), named("t")
    terms = (a, *((t,) if row.takes else ()), *params)
    choice = architecture.activations[-1]
    pair = PAIRINGS.get((choice.name, row.name))
    if pair:
        own = parameters(choice.filled(ACTIVATIONS[choice.name].params))
        return pair.stable(z, t, (named("layer"),), *own), pair.delta(a, t, *own)
    slope = slope_of(architecture, architecture.depth)
    return row.value(*terms), mul(row.slope(*terms), slope)
