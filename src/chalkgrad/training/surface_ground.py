"""What the surfaces of a problem stand on: its parameters, where two of them stand, the compiled loss over those.

Each is worked out once for a problem: the losses of a million points take a millisecond, and so would this.
"""

from __future__ import annotations

import weakref
from typing import TYPE_CHECKING, Any

from chalkgrad.errors import RequestError
from chalkgrad.network import make_plan
from chalkgrad.records import Choice, Sample, Stop
from chalkgrad.rounding import Policy
from chalkgrad.straight import Stepper
from chalkgrad.training.architecture import Architecture
from chalkgrad.training.extra import Array, np
from chalkgrad.training.tiers import places_of

if TYPE_CHECKING:
    from chalkgrad.problem import Problem
    from chalkgrad.training.data import Data
    from chalkgrad.training.lanes_llvm import Plane

_MOST_PLANES = 16
_PLANES: dict[str, tuple[Plane, Array]] = {}
"""Planes of this process by what they were made of: a surface that is drawn again is only worked again."""
_KNOWN: dict[int, dict[tuple[object, ...], Any]] = {}
"""What was worked out of a problem, which never changes, for as long as it lives."""


def _known(problem: Problem) -> dict[tuple[object, ...], Any]:
    if id(problem) not in _KNOWN:
        _KNOWN[id(problem)] = {}
        weakref.finalize(problem, _KNOWN.pop, id(problem)).atexit = False
    return _KNOWN[id(problem)]


def ground(problem: Problem, first: str, second: str) -> tuple[Architecture, Array, list[int]]:
    """The network of a surface, its parameters as a flat vector, and where the two stand in it."""
    known, key = _known(problem), (first, second)
    if key not in known:
        made = Architecture.of(problem)
        places = [_place(problem, made, name) for name in key]
        if places[0] == places[1]:
            raise RequestError(f'"{first}" and "{second}" are the same parameter')
        known[key] = made, made.pack(problem), places
    ground: tuple[Architecture, Array, list[int]] = known[key]
    return ground


def plane_of(problem: Problem, data: Data | None, places: list[int]) -> tuple[Plane, Array]:
    """The compiled loss over two parameters, and where what it starts from stands in the flat vector."""
    if data is not None:
        return _made_plane(problem, data, places)
    known, key = _known(problem), tuple(places)
    if key not in known:
        known[key] = _made_plane(problem, None, places)
    found: tuple[Plane, Array] = known[key]
    return found


def _made_plane(problem: Problem, data: Data | None, places: list[int]) -> tuple[Plane, Array]:
    """The same, found by what it is made of."""
    from chalkgrad.training.lanes_llvm import Plane

    forms = [
        (
            len(layer.weights),
            len(layer.weights[0]),
            layer.activation,
            layer.shares_bias,
            layer.bias is None,
        )
        for layer in problem.layers
    ]
    samples = problem.samples if data is None else (data.x.tobytes(), data.t.tobytes())
    key = repr((forms, problem.training, samples, places))
    if key not in _PLANES:
        if data is not None:
            rows = zip(data.x.tolist(), data.t.tolist(), strict=True)
            problem = problem.with_(samples=tuple(Sample(tuple(x), tuple(t)) for x, t in rows))
        # every parameter is one that an iteration starts from, also where biases stay, and nothing else is
        problem = problem.with_(
            arithmetic=Policy(), iterations=1, mode="batch", stop=Stop(), train_biases=True,
            optimizer=Choice("sgd"),
        )  # fmt: skip
        plan, at = make_plan(problem), places_of(problem)
        order = [at[start.kind, start.index] for start, _ in plan.state(1)]
        text = Stepper(problem, plan, Policy()).texts[0]
        plane = Plane(text, order.index(places[0]), order.index(places[1]))
        if len(_PLANES) >= _MOST_PLANES:
            del _PLANES[next(iter(_PLANES))]
        _PLANES[key] = plane, np.array(order)
    return _PLANES[key]


def _place(problem: Problem, made: Architecture, name: str) -> int:
    """Where a parameter stands in the flat vector."""
    symbol = problem.symbol(name)
    index = symbol.index
    if symbol.kind == "w":
        start = made.weight_slice(index[0]).start
        return int(start + (index[1] - 1) * made.sizes[index[0] - 1] + index[2] - 1)
    if symbol.kind == "b" and made.bias_sizes[index[0] - 1]:
        return int(made.bias_slice(index[0]).start + (index[1] - 1 if len(index) > 1 else 0))
    raise RequestError(f'"{name}" is no weight and no bias of this network')
