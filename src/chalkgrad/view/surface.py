"""The loss over two parameters as shades, contours and a path, all in places from 0 to 1."""

from __future__ import annotations

import math
from heapq import nsmallest
from itertools import combinations
from typing import TYPE_CHECKING, Any

from chalkgrad.activations import FUNCTIONS_OF_CODE
from chalkgrad.errors import RequestError
from chalkgrad.formula import source, symbols
from chalkgrad.notation import Symbol
from chalkgrad.primitives import NAMESPACE
from chalkgrad.rounding import Digits, write
from chalkgrad.view.contours import contours
from chalkgrad.view.curve import linear_axis

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from chalkgrad.plan import Plan
    from chalkgrad.view.drawing import Drawing
    from chalkgrad.view.numbers import Table

SHADES = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz-_"
"""A shade a letter, from the lowest loss to the highest."""
MOST_PAIRS = 28
MOST_WORK = 3_000_000
"""Weights times points that are worth their time: beyond, there is one surface, then none."""
_POINTS = 33
_FAR = 1e6
"""A training that goes further has left every surface worth drawing."""
_LEVELS = 9


def surfaces(
    drawing: Drawing, plan: Plan, table: Table, pairs: int = MOST_PAIRS
) -> dict[str, Any] | None:
    """Axes of the parameters that are drawn, and the surfaces over pairs of them; None where there are none."""
    problem = drawing.problem
    found = parameters(drawing, plan)
    if len(found) < 2 or not plan.loss(1):
        return None
    cost = problem.weight_count * len(problem.batch(1)) * _POINTS**2
    most = min(pairs, MOST_WORK // cost)
    if most < 1:
        return None
    axes = axes_of(found, table)
    chosen = _nearest(found, most)
    first = chosen[0]
    return {
        "axes": axes,
        "first": [first[0].bare, first[1].bare],
        "pairs": {f"{a.bare}|{b.bare}": surface(plan, a, b, axes) for a, b in chosen},
    }


def parameters(drawing: Drawing, plan: Plan) -> list[Symbol]:
    """The weights, and the biases that are trained, as far as they are drawn."""
    trained = [start for start, _ in plan.state(1) if start.kind in ("w", "b")]
    if not trained:
        trained = [
            Symbol("w", (number, j, i))
            for number, layer in enumerate(drawing.problem.layers, 1)
            for j, row in enumerate(layer.weights, 1)
            for i in range(1, len(row) + 1)
        ]
    return [symbol for symbol in trained if drawing.has(symbol)]


def _nearest(found: Sequence[Symbol], most: int) -> list[tuple[Symbol, Symbol]]:
    """The pairs that come first; of enough that go into one neuron the others need not be looked at."""
    neurons: dict[tuple[int, ...], list[Symbol]] = {}
    for symbol in found:
        if symbol.kind == "w":
            neurons.setdefault(symbol.index[:2], []).append(symbol)
    inner = [pair for own in neurons.values() for pair in combinations(own, 2)]
    return nsmallest(most, inner if len(inner) >= most else combinations(found, 2), key=_nearness)


def _nearness(pair: tuple[Symbol, Symbol]) -> tuple[int, ...]:
    """Pairs that go into one neuron come first, those of the last layers before them that lie deeper."""
    a, b = pair
    layers = abs(a.index[0] - b.index[0])
    apart = int(a.index[1:2] != b.index[1:2])
    biases = (a.kind == "b") + (b.kind == "b")
    return (biases, layers, apart, -a.index[0], *a.index[1:], *b.index[1:])


def axes_of(found: Sequence[Symbol], table: Table) -> dict[str, Any]:
    """For each parameter its ends, ticks and its place at every iteration worked; all are of one length."""
    last = len(table.rows)
    tracks = {}
    for symbol in found:
        track = [entry[0] for k in range(last) if (entry := table.entry(symbol, k))]
        end = table.entry(Symbol(f"new_{symbol.kind}", symbol.index), last - 1)
        tracks[symbol] = [*track, end[0]] if end else track
    near = {symbol: [v for v in t if abs(v) < _FAR] for symbol, t in tracks.items()}
    reach = max((max(t) - min(t) for t in near.values() if t), default=0.0)
    span = max(reach * 1.45, 2.0)
    axes = {}
    for symbol, track in tracks.items():
        kept = near[symbol] or [0.0]
        middle = (min(kept) + max(kept)) / 2
        low = middle - span / 2
        ticks, _ = linear_axis(low, low + span)
        axes[symbol.bare] = {
            "low": low,
            "span": span,
            "ticks": [[u, text] for u, text in ticks if 0.04 < u < 0.98],
            "track": [round((v - low) / span, 4) if abs(v) < _FAR else None for v in track],
        }
    return axes


def surface(plan: Plan, first: Symbol, second: Symbol, axes: Mapping[str, Any]) -> dict[str, Any]:
    """Shades and contours of the loss over two parameters, all others at their first values.

    Raises:
        RequestError: the two are the same.
    """
    if first == second:
        raise RequestError(f'"{first.bare}" and "{second.bare}" are the same parameter')
    at = loss_over(plan, first, second)
    x, y = axes[first.bare], axes[second.bare]
    steps = [k / (_POINTS - 1) for k in range(_POINTS)]
    grid = [[at(x["low"] + x["span"] * u, y["low"] + y["span"] * v) for u in steps] for v in steps]
    finite = [v for row in grid for v in row if math.isfinite(v)]
    low, high = (min(finite), max(finite)) if finite else (0.0, 1.0)
    scale = (len(SHADES) - 1) / ((high - low) or 1.0)

    def shade(value: float) -> str:
        return SHADES[round((value - low) * scale)] if math.isfinite(value) else SHADES[-1]

    levels = _levels(low, high)
    lines = contours(grid, levels) if high > low else {}
    short = Digits("significant", 3)
    return {
        "grid": "".join(shade(v) for row in grid for v in row),
        "points": _POINTS,
        "lines": [
            {"text": write(level, short), "points": line}
            for level, found in lines.items()
            for line in found
        ],
    }


def _levels(low: float, high: float) -> list[float]:
    """Round numbers between two losses, closer together near the lower one."""
    if not high > low:
        return []
    step = (high - low) / _LEVELS
    power = 10.0 ** math.floor(math.log10(step))
    step = next(unit * power for unit in (1, 2, 2.5, 5, 10) if unit * power >= step * 0.999)
    even = [step * k for k in range(math.ceil(low / step), math.floor(high / step) + 1)]
    low_ones = [step * part for part in (0.2, 0.4) if low < step * part < high]
    return [v for v in (*low_ones, *even) if low < v < high]


def loss_over(plan: Plan, first: Symbol, second: Symbol) -> Callable[[float, float], float]:
    """The loss of the first iteration as a function of two parameters, written out and compiled.

    What does not depend on the two is worked out once.
    """
    local = {first: "u", second: "v"}
    depends = {first, second}
    outer: list[str] = []
    inner: list[str] = []
    loss = plan.loss(1)
    stack = [loss] if loss else []

    def ref(symbol: Symbol) -> str:
        known = local.get(symbol)
        return known or f"({float(plan.constant(symbol) or 0.0)!r})"

    while stack:
        symbol = stack[-1]
        if symbol in local or plan.constant(symbol) is not None:
            stack.pop()
            continue
        definition = plan.definition(symbol)
        formula = definition.stable or definition.formula
        reads = symbols(formula)
        missing = [s for s in reads if s not in local and plan.constant(s) is None]
        if missing:
            stack += missing
            continue
        name = f"q{len(local)}"
        moves = any(s in depends for s in reads)
        (inner if moves else outer).append(f"{name}={source(formula, ref)}")
        if moves:
            depends.add(symbol)
        local[symbol] = name
        stack.pop()
    before = "\n ".join(["pass", *outer])
    body = "\n  ".join(["pass", *inner])
    end = local[loss] if loss else "0.0"
    text = f"def make():\n {before}\n def loss(u,v):\n  {body}\n  return {end}\n return loss"
    space: dict[str, Any] = {**NAMESPACE, **{f.name: f.point for f in FUNCTIONS_OF_CODE}}
    exec(compile(text, "<surface>", "exec"), space)  # noqa: S102  text made of numbers and own names
    made: Callable[[float, float], float] = space["make"]()
    return made
