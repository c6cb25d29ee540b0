"""Where a parameter stands in the flat vector of a network, and which one stands at a place."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chalkgrad.notation import bare_name

if TYPE_CHECKING:
    from chalkgrad.training.architecture import Architecture


def place_of(made: Architecture, which: str, index: tuple[int, ...]) -> int:
    """Where ``w`` or ``b`` with these indices stands.

    >>> from chalkgrad.examples import example
    >>> from chalkgrad.training.architecture import Architecture
    >>> place_of(Architecture.of(example("mazur")), "w", (2, 1, 2))
    5
    """
    layer = index[0]
    if which == "b":
        return int(made.bias_slice(layer).start) + (index[1] - 1 if len(index) > 1 else 0)
    return (
        int(made.weight_slice(layer).start) + (index[1] - 1) * made.sizes[layer - 1] + index[2] - 1
    )


def name_at(made: Architecture, place: int) -> str:
    """The name of the parameter at a place.

    >>> from chalkgrad.examples import example
    >>> from chalkgrad.training.architecture import Architecture
    >>> name_at(Architecture.of(example("mazur")), 5)
    'w[2][1,2]'
    """
    for layer in range(1, made.depth + 1):
        part = made.weight_slice(layer)
        if place in range(part.start, part.stop):
            j, i = divmod(place - part.start, made.sizes[layer - 1])
            return bare_name("w", (layer, j + 1, i + 1))
    layer = next(l for l in range(1, made.depth + 1) if place < made.bias_slice(l).stop)
    j = place - made.bias_slice(layer).start
    shared = made.bias_sizes[layer - 1] == 1 and made.sizes[layer] > 1
    return bare_name("b", (layer,) if shared else (layer, j + 1))
