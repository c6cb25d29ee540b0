"""What every neuron holds for some samples: z, a and the gradients, as arrays, one row a sample.

A line about one quantity of a large network takes its operands from here.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from chalkgrad.training.arrays import Lines, namespace
from chalkgrad.training.extra import Array, np
from chalkgrad.training.layer_formulas import loss_formulas, slope_of, value_of

if TYPE_CHECKING:
    from chalkgrad.formula import Formula
    from chalkgrad.training.architecture import Architecture


@dataclass(frozen=True)
class LayerValues:
    """The values of all neurons for some samples; number l - 1 of each list belongs to layer l.

    Attributes:
        z, a: net inputs and activations.
        delta: dE/dz of each sample's own loss.
        grad_a: dE/da of the hidden layers; None for the last, whose formula is short.
    """

    z: list[Array]
    a: list[Array]
    delta: list[Array]
    grad_a: list[Array | None]


def layer_values(architecture: Architecture, p: Array, x: Array, t: Array) -> LayerValues:
    """All of them for the samples x with the targets t."""
    W, b = architecture.views(p)
    sign = architecture.training.bias_input
    depth = architecture.depth
    zs: list[Array] = []
    activations: list[Array] = []
    a = x
    with np.errstate(all="ignore"):
        for l in range(1, depth + 1):
            z = a @ W[l - 1].T
            if architecture.bias_sizes[l - 1]:
                z = z + sign * b[l - 1]
            a = _apply(value_of(architecture, l), z=z, layer=z)
            zs.append(z)
            activations.append(a)
        over = 1 / t.shape[1] if architecture.training.over_outputs == "mean" else 1.0
        delta = over * _apply(loss_formulas(architecture)[1], z=z, layer=z, a=a, t=t)
        deltas: list[Array] = [delta]
        grads: list[Array | None] = [None]
        for l in range(depth - 1, 0, -1):
            grad = delta @ W[l]
            slope = _apply(slope_of(architecture, l), z=zs[l - 1], a=activations[l - 1])
            delta = grad * slope
            deltas.insert(0, delta)
            grads.insert(0, grad)
    return LayerValues(zs, activations, deltas, grads)


def _apply(formula: Formula, **arrays: Array) -> Array:
    """The value of a formula over arrays of one shape."""
    lines = Lines({name: name for name in arrays})
    name = lines.write(formula, guarded=False)
    space = {**namespace(), **arrays}
    exec("\n".join(lines.text), space)  # noqa: S102  text made of own names
    value = space[name] if name in space else float(name)
    return np.broadcast_to(np.asarray(value, dtype=float), arrays["z"].shape)
